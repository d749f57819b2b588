import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { Provider, VendorHttp, VendorRequest, WorkItem } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/teams.ts';
import { readSpec, specsPresent, testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { item as sample } from './samples.ts';

const teams = provider as Required<Pick<Provider, 'check' | 'oauth'>> & { work: Required<NonNullable<Provider['work']>> };
const team = '5b1a3c2e-0d4f-4e6a-8b7c-9d0e1f2a3b4c';
const channel = '19:abc-DEF_123@thread.tacv2';
const item: WorkItem = { ...sample, target: `${team}/${channel}`, text: 'acc_X4 owes <$84.20> & has *not* answered.\n\nAmount: $84.20' };
const signedIn = { client_id: 'app', client_secret: 'secret-of-the-app', access_token: 'token-of-the-person' };
const url =
	'https://prod-00.westus.logic.azure.com/workflows/0a1b/triggers/manual/paths/invoke?api-version=2016-06-01&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=sig-of-the-flow';
const workflow = { webhook_url: url };
const secrets = ['secret-of-the-app', 'token-of-the-person', 'sig-of-the-flow', item.text];
const cardOf = (title: string) =>
	`{"type":"AdaptiveCard","$schema":"http://adaptivecards.io/schemas/adaptive-card.json","version":"1.4","body":[{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"${title}","size":"Medium","weight":"Bolder"}]},{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"acc_X4 owes <$84.20> & has *not* answered."}]},{"type":"RichTextBlock","inlines":[{"type":"TextRun","text":"Amount: $84.20"}]},{"type":"FactSet","facts":[{"title":"Severity","value":"High"},{"title":"Due","value":"2026-11-30"}]}],"actions":[{"type":"Action.OpenUrl","title":"Open in Dunwell","url":"${item.link}"}]}`;
const posted = (title: string) =>
	`{"importance":"high","body":{"contentType":"html","content":"<attachment id=\\"card\\"></attachment>"},"attachments":[{"id":"card","contentType":"application/vnd.microsoft.card.adaptive","content":${JSON.stringify(cardOf(title))}}]}`;
const sent = (title: string) =>
	`{"type":"message","attachments":[{"contentType":"application/vnd.microsoft.card.adaptive","contentUrl":null,"content":${cardOf(title)}}]}`;
const messages = `https://graph.microsoft.com/v1.0/teams/${team}/channels/19%3Aabc-DEF_123%40thread.tacv2/messages`;
const headers = { authorization: 'Bearer token-of-the-person', 'content-type': 'application/json' };
const webUrl = 'https://teams.microsoft.com/l/message/19%3Aabc/1616990032035';
const created = { status: 201, body: { id: '1616990032035', webUrl } };
const opened = { externalId: `${team}/${channel}/1616990032035`, link: webUrl };
const byFlow = { externalId: 'webhook:esc_9' };
const accepted = { status: 202, body: '' };
const title = 'Balance unpaid after 60 days';

testProvider(provider, {
	credentials: { client_id: 'app', client_secret: 'secret-of-the-app', tenant: team },
	secrets,
	cases: [
		{
			capability: 'work.open',
			name: 'staff work is a card in the channel, and no word of it is read as Markdown',
			credentials: signedIn,
			call: (http) => teams.work.open(http, signedIn, item),
			replies: [created],
			wire: [{ method: 'POST', url: messages, headers, body: posted(title) }],
			result: opened,
		},
		{
			capability: 'work.open',
			name: 'a route may name the channel by the link that Teams gives',
			credentials: signedIn,
			call: (http) =>
				teams.work.open(http, signedIn, {
					...item,
					target: `https://teams.microsoft.com/l/channel/19%3Aabc-DEF_123%40thread.tacv2/Billing%20team?groupId=${team}&tenantId=${team}`,
				}),
			replies: [created],
			wire: [{ method: 'POST', url: messages, headers, body: posted(title) }],
			result: opened,
		},
		{
			capability: 'work.update',
			name: 'a change is an answer in its thread',
			credentials: signedIn,
			call: (http) => teams.work.update(http, signedIn, opened.externalId, item),
			replies: [{ status: 201, body: { id: '1616990099999' } }],
			wire: [{ method: 'POST', url: `${messages}/1616990032035/replies`, headers, body: posted(`Update: ${title}`) }],
			result: { externalId: opened.externalId },
		},
		{
			capability: 'work.close',
			name: 'so is its end',
			credentials: signedIn,
			call: (http) => teams.work.close(http, signedIn, opened.externalId, item),
			replies: [created],
			wire: [{ method: 'POST', url: `${messages}/1616990032035/replies`, headers, body: posted(`Resolved: ${title}`) }],
			result: undefined,
		},
		{
			capability: 'check',
			name: 'the connection is named as who signed in',
			credentials: signedIn,
			call: (http) => teams.check(http, signedIn),
			replies: [{ body: { displayName: 'Dana Ruiz', userPrincipalName: 'dana@practice.example' } }],
			wire: [{ method: 'GET', url: 'https://graph.microsoft.com/v1.0/me', headers: { authorization: headers.authorization } }],
			result: { label: 'Dana Ruiz (dana@practice.example)' },
			harmless: true,
		},
	],
	failures: [
		{
			name: 'a token that has ended is a dead credential',
			credentials: signedIn,
			call: (http: VendorHttp) => teams.work.open(http, signedIn, item),
			reply: { status: 401, body: { error: { code: 'InvalidAuthenticationToken', message: 'Lifetime validation failed.' } } },
			kind: 'auth',
			vendorCode: 'InvalidAuthenticationToken',
		},
		{
			name: 'an answer without an id is broken',
			credentials: signedIn,
			call: (http: VendorHttp) => teams.work.open(http, signedIn, item),
			reply: { status: 201, body: {} },
			kind: 'broken',
		},
		{
			name: 'an answer that names nobody is broken',
			credentials: signedIn,
			call: (http: VendorHttp) => teams.check(http, signedIn),
			reply: { body: {} },
			kind: 'broken',
		},
		...[
			'',
			'C012AB3CD',
			`${team}/General`,
			`not-a-team/${channel}`,
			'https://teams.microsoft.com/l/team/19%3Aabc%40thread.tacv2/x',
			'https://x.example/%E0%A4%A',
		].map((target) => ({
			name: `the target "${target}" names no channel`,
			credentials: signedIn,
			call: (http: VendorHttp) => teams.work.open(http, signedIn, { ...item, target }),
			reply: created,
			kind: 'invalid' as const,
			code: 'target_not_valid',
		})),
	],
});

testProvider(provider, {
	credentials: workflow,
	secrets,
	cases: [
		{
			capability: 'work.open',
			name: 'a workflow gets the same card, and no token',
			credentials: { ...workflow, access_token: 'token-of-the-person' },
			call: (http) => teams.work.open(http, workflow, item),
			replies: [accepted],
			wire: [{ method: 'POST', url, headers: { 'content-type': 'application/json' }, body: sent(title) }],
			result: byFlow,
		},
		{
			capability: 'work.update',
			name: 'what a workflow posted can not be answered, so a change is a message of its own',
			call: (http) => teams.work.update(http, workflow, byFlow.externalId, item),
			replies: [accepted],
			wire: [{ method: 'POST', url, body: sent(`Update: ${title}`) }],
			result: byFlow,
		},
		{
			capability: 'work.close',
			name: 'so is its end by the workflow',
			call: (http) => teams.work.close(http, workflow, byFlow.externalId, item),
			replies: [accepted],
			wire: [{ method: 'POST', url, body: sent(`Resolved: ${title}`) }],
			result: undefined,
		},
		{
			capability: 'work.update',
			name: 'what a workflow posted before somebody signed in goes on in the channel',
			credentials: signedIn,
			call: (http) => teams.work.update(http, signedIn, byFlow.externalId, item),
			replies: [created],
			wire: [{ method: 'POST', url: messages, headers, body: posted(`Update: ${title}`) }],
			result: opened,
		},
		{
			capability: 'work.update',
			name: 'what somebody posted who is signed in no more goes on by the workflow',
			call: (http) => teams.work.update(http, workflow, opened.externalId, item),
			replies: [accepted],
			wire: [{ method: 'POST', url, body: sent(`Update: ${title}`) }],
			result: byFlow,
		},
		{
			capability: 'check',
			name: 'a workflow is checked by its form alone',
			call: (http) => teams.check(http, workflow),
			replies: [],
			wire: [],
			result: { label: 'Microsoft Teams workflow' },
		},
	],
	failures: [
		...[
			'https://practice.webhook.office.com/webhookb2/0a1b/IncomingWebhook/x/y',
			'https://prod-00.westus.logic.azure.com/workflows/0a1b/triggers/manual/paths/invoke',
			'https://prod-00.westus.logic.azure.com.evil.example/workflows/x?sig=y',
			'http://prod-00.westus.logic.azure.com/workflows/x?sig=y',
		].map((webhook_url) => ({
			name: `${webhook_url} is no workflow's`,
			credentials: { webhook_url },
			call: (http: VendorHttp) => teams.check(http, { webhook_url }),
			reply: {},
			kind: 'invalid' as const,
			code: 'webhook_url_not_valid',
		})),
		...[
			['check', (http: VendorHttp) => teams.check(http, {})],
			['open', (http: VendorHttp) => teams.work.open(http, {}, item)],
			['update', (http: VendorHttp) => teams.work.update(http, {}, opened.externalId, item)],
		].map(([name, call]) => ({
			name: `neither a workflow nor anybody signed in: ${name} says so`,
			credentials: {},
			call: call as (http: VendorHttp) => Promise<unknown>,
			reply: created,
			kind: 'auth' as const,
			code: 'not_signed_in',
		})),
	],
	skip: [
		{ what: 'empty body', reason: 'a workflow answers 202 with an empty body: the flow began' },
		{ what: 'html body', reason: 'what a flow answers is up to the flow; every 2xx says that it began' },
	],
});

describe('Microsoft Teams', () => {
	const written = async (over: Partial<WorkItem>): Promise<unknown> => {
		let request: VendorRequest | undefined;
		const http: VendorHttp = {
			send: async (one) => {
				request = one;
				return { status: 202, headers: {}, text: '', json: () => ({}) };
			},
		};
		await teams.work.open(http, workflow, { ...item, ...over });
		return (request?.json as { attachments: { content: unknown }[] }).attachments[0]?.content;
	};

	test('signs in at the tenant, or at any organization', () => {
		expect([teams.oauth.authorizationUrl({}), teams.oauth.tokenUrl({ tenant: 'practice.example' })]).toEqual([
			'https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize',
			'https://login.microsoftonline.com/practice.example/oauth2/v2.0/token',
		]);
	});

	test('a card stays under 20 KB, however long the words', async () => {
		const long = await written({ title: '€'.repeat(5000), text: '€'.repeat(50_000) });
		expect(Buffer.byteLength(JSON.stringify(long))).toBeLessThan(20_000);
	});

	test.skipIf(!specsPresent)('every card fits the published schema of Adaptive Cards 1.4 (skipped where DUNWELL_SPECS is absent)', async () => {
		const { $schema: _draft, id: _id, ...schema } = readSpec('msteams/adaptive-card.1.4.0.schema.json') as Record<string, unknown>;
		const ajv = new Ajv({ strict: false, unicodeRegExp: false });
		addFormats.default(ajv);
		const valid = ajv.compile(schema);
		const { dueDate: _due, ...undated } = item;
		for (const one of [await written({}), await written({ title: '', text: '' }), await written({ ...undated, severity: 'low' })])
			expect([valid(one), valid.errors]).toEqual([true, null]);
		expect(valid({ type: 'AdaptiveCard', version: '1.4', body: [{ type: 'RichTextBlock', inlines: 'no list' }] })).toBe(false);
	});
});

const graphCases = [{ name: 'a card is a valid request', credentials: signedIn, call: (http: VendorHttp) => teams.work.open(http, signedIn, item) }];
testAgainstSpec(provider, workflow, 'msteams/contract.json', [
	...graphCases,
	{ name: "a workflow's card is a valid request", call: (http) => teams.work.open(http, workflow, item) },
]);
testAgainstSpec(provider, signedIn, 'msteams/openapi.graph-messages.json', [
	...graphCases,
	{ name: 'an answer is a valid request', call: (http) => teams.work.update(http, signedIn, opened.externalId, item) },
]);
