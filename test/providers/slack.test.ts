import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { Provider, VendorHttp } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/slack.ts';
import { readSpec, specsPresent, testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { item } from './samples.ts';

const slack = provider as Required<Pick<Provider, 'check'>> & { work: Required<NonNullable<Provider['work']>> };
const credentials = { bot_token: 'xoxb-token-of-the-test' };
const hook = 'https://hooks.slack.com/services/T000/B000/secretOfTheHook';
const viaHook = { webhook_url: hook };
const headers = { authorization: 'Bearer xoxb-token-of-the-test', 'content-type': 'application/json; charset=utf-8' };
const context =
	'{"type":"context","elements":[{"type":"mrkdwn","text":"High · due 2026-11-30 · <https://dunwell.example/api/accounts/acc_X4?a=1&amp;b=2|Open in Dunwell>"}]}';
const section = '{"type":"section","text":{"type":"mrkdwn","text":"acc_X4 owes &lt;$84.20&gt; &amp; has not answered."}}';
const blocks = (title: string) => `[{"type":"header","text":{"type":"plain_text","text":"${title}"}},${section},${context}]`;
const posted = { body: { ok: true, channel: 'C012AB3CD', ts: '1700000000.000100' } };
const opened = { externalId: 'C012AB3CD:1700000000.000100' };
const byHook = { externalId: 'webhook:esc_9' };
const resolved = `"text":"Resolved: Balance unpaid after 60 days","blocks":${blocks(`Resolved: ${item.title}`)}`;
const resolvedInPlace = {
	method: 'POST',
	url: 'https://slack.com/api/chat.update',
	headers,
	body: `{"channel":"C012AB3CD","ts":"1700000000.000100",${resolved}}`,
};
const resolvedInThread = {
	method: 'POST',
	url: 'https://slack.com/api/chat.postMessage',
	headers,
	body: `{"channel":"C012AB3CD","thread_ts":"1700000000.000100",${resolved},"unfurl_links":false}`,
};
const ok = { body: 'ok', headers: { 'content-type': 'text/html' } };

testProvider(provider, {
	credentials,
	secrets: ['xoxb-token-of-the-test', 'secretOfTheHook', item.text],
	cases: [
		{
			capability: 'work.open',
			name: 'staff work is posted as blocks, escaped, and found again by channel and time',
			call: (http) => slack.work.open(http, credentials, item),
			replies: [posted],
			wire: [
				{
					method: 'POST',
					url: 'https://slack.com/api/chat.postMessage',
					headers,
					body: `{"channel":"C012AB3CD","text":"Balance unpaid after 60 days","blocks":${blocks(item.title)},"unfurl_links":false}`,
				},
			],
			result: opened,
		},
		{
			capability: 'work.update',
			name: 'a change changes the message and is told in its thread',
			call: (http) => slack.work.update(http, credentials, opened.externalId, item),
			replies: [posted, { body: { ok: true, channel: 'C012AB3CD', ts: '1700000777.000100' } }],
			wire: [
				{
					method: 'POST',
					url: 'https://slack.com/api/chat.update',
					headers,
					body: `{"channel":"C012AB3CD","ts":"1700000000.000100","text":"Balance unpaid after 60 days","blocks":${blocks(item.title)}}`,
				},
				{
					method: 'POST',
					url: 'https://slack.com/api/chat.postMessage',
					headers,
					body: `{"channel":"C012AB3CD","thread_ts":"1700000000.000100","text":"Update: Balance unpaid after 60 days","blocks":${blocks(`Update: ${item.title}`)},"unfurl_links":false}`,
				},
			],
			result: opened,
		},
		{
			capability: 'work.close',
			name: 'what is closed says so',
			call: (http) => slack.work.close(http, credentials, opened.externalId, item),
			replies: [posted],
			wire: [resolvedInPlace],
			result: undefined,
			harmless: true,
		},
		...(['edit_window_closed', 'cant_update_message'] as const).map((error) => ({
			capability: 'work.close' as const,
			name: `the end of what can not be changed any more (${error}) is told in its thread`,
			call: (http: VendorHttp) => slack.work.close(http, credentials, opened.externalId, item),
			replies: [{ body: { ok: false, error } }, posted],
			wire: [resolvedInPlace, resolvedInThread],
			result: undefined,
		})),
		{
			capability: 'work.close',
			name: 'the end of a message that somebody deleted is told to nobody',
			call: (http) => slack.work.close(http, credentials, opened.externalId, item),
			replies: [{ body: { ok: false, error: 'message_not_found' } }],
			wire: [resolvedInPlace],
			result: undefined,
			harmless: true,
		},
		{
			capability: 'work.update',
			name: 'a change of a message that somebody deleted is posted anew',
			call: (http) => slack.work.update(http, credentials, 'C012AB3CD:1600000000.000100', item),
			replies: [{ body: { ok: false, error: 'message_not_found' } }, posted],
			wire: [
				{
					method: 'POST',
					url: 'https://slack.com/api/chat.update',
					headers,
					body: `{"channel":"C012AB3CD","ts":"1600000000.000100","text":"Balance unpaid after 60 days","blocks":${blocks(item.title)}}`,
				},
				{
					method: 'POST',
					url: 'https://slack.com/api/chat.postMessage',
					headers,
					body: `{"channel":"C012AB3CD","text":"Update: Balance unpaid after 60 days","blocks":${blocks(`Update: ${item.title}`)},"unfurl_links":false}`,
				},
			],
			result: opened,
		},
		{
			capability: 'work.open',
			name: 'an incoming webhook gets the same blocks, and no token',
			credentials: viaHook,
			call: (http) => slack.work.open(http, viaHook, item),
			replies: [ok],
			wire: [{ method: 'POST', url: hook, body: `{"text":"Balance unpaid after 60 days","blocks":${blocks(item.title)},"unfurl_links":false}` }],
			result: byHook,
		},
		{
			capability: 'work.update',
			name: 'what a webhook posted can not be changed, so a change is a message of its own',
			credentials: viaHook,
			call: (http) => slack.work.update(http, viaHook, byHook.externalId, item),
			replies: [ok],
			wire: [
				{
					method: 'POST',
					url: hook,
					body: `{"text":"Update: Balance unpaid after 60 days","blocks":${blocks(`Update: ${item.title}`)},"unfurl_links":false}`,
				},
			],
			result: byHook,
		},
		{
			capability: 'work.update',
			name: 'what a webhook posted before there was a token goes on in the channel of the route',
			call: (http) => slack.work.update(http, credentials, byHook.externalId, item),
			replies: [posted],
			wire: [
				{
					method: 'POST',
					url: 'https://slack.com/api/chat.postMessage',
					headers,
					body: `{"channel":"C012AB3CD","text":"Update: Balance unpaid after 60 days","blocks":${blocks(`Update: ${item.title}`)},"unfurl_links":false}`,
				},
			],
			result: opened,
		},
		{
			capability: 'work.open',
			name: 'a route that names no channel goes where the webhook goes, also beside a token',
			credentials: { ...credentials, ...viaHook },
			call: (http) => slack.work.open(http, { ...credentials, ...viaHook }, { ...item, target: '' }),
			replies: [ok],
			wire: [{ method: 'POST', url: hook, body: `{"text":"Balance unpaid after 60 days","blocks":${blocks(item.title)},"unfurl_links":false}` }],
			result: byHook,
		},
		{
			capability: 'work.close',
			name: 'so is its end by the webhook',
			credentials: viaHook,
			call: (http) => slack.work.close(http, viaHook, byHook.externalId, item),
			replies: [ok],
			wire: [
				{
					method: 'POST',
					url: hook,
					body: `{"text":"Resolved: Balance unpaid after 60 days","blocks":${blocks('Resolved: Balance unpaid after 60 days')},"unfurl_links":false}`,
				},
			],
			result: undefined,
		},
		{
			capability: 'check',
			name: 'the connection is named as the workspace and the bot are',
			call: (http) => slack.check(http, credentials),
			replies: [{ body: { ok: true, team: 'Valley', user: 'dunwell' } }],
			wire: [{ method: 'POST', url: 'https://slack.com/api/auth.test', headers: { authorization: headers.authorization } }],
			result: { label: 'Valley (dunwell)' },
		},
		{
			capability: 'check',
			name: 'a webhook is checked by its form alone',
			credentials: viaHook,
			call: (http) => slack.check(http, viaHook),
			replies: [],
			wire: [],
			result: { label: 'Slack incoming webhook' },
		},
	],
	failures: [
		...(
			[
				['invalid_auth', 'auth'],
				['token_revoked', 'auth'],
				['missing_scope', 'denied'],
				['not_in_channel', 'denied'],
				['channel_not_found', 'missing'],
				['is_archived', 'missing'],
				['msg_too_long', 'too_large'],
				['ratelimited', 'limited'],
				['internal_error', 'unavailable'],
				['invalid_blocks', 'invalid'],
				['constructor', 'invalid'],
			] as const
		).map(([error, kind]) => ({
			name: `200 with ${error} is ${kind}`,
			call: (http: VendorHttp) => slack.work.open(http, credentials, item),
			reply: { body: { ok: false, error, needed: 'chat:write' } },
			kind,
			vendorCode: error,
		})),
		...(
			[
				[404, 'no_service', 'auth'],
				[403, 'invalid_token', 'auth'],
				[403, 'action_prohibited', 'denied'],
				[410, 'channel_is_archived', 'missing'],
				[400, 'invalid_payload', 'invalid'],
			] as const
		).map(([status, word, kind]) => ({
			name: `a webhook's ${word} is ${kind}`,
			credentials: viaHook,
			call: (http: VendorHttp) => slack.work.open(http, viaHook, item),
			reply: { status, body: word },
			kind,
			vendorCode: word,
		})),
		{ name: 'an answer without a time is broken', call: (http) => slack.work.open(http, credentials, item), reply: { body: { ok: true } }, kind: 'broken' },
		...[{}, { webhook_url: 'https://hooks.slack.com/workflows/T/A/1/x' }, { webhook_url: 'https://hooks.slack.com.evil.example/services/T/B/x' }].map(
			(none, index) => ({
				name: `no token and no right webhook is no connection (${index + 1})`,
				credentials: none,
				call: (http: VendorHttp) => slack.check(http, none),
				reply: {},
				kind: 'invalid' as const,
				code: 'credentials_missing',
			}),
		),
	],
});

describe('Slack blocks', () => {
	type Written = { text: string; blocks: { text: { text: string } }[] };
	const written = async (call: (http: VendorHttp) => Promise<unknown>): Promise<Written[]> => {
		const all: Written[] = [];
		await call({
			send: async (request) => {
				all.push(request.json as Written);
				return { status: 200, headers: {}, text: '', json: () => posted.body };
			},
		});
		return all;
	};
	test('long words are cut to what Slack takes, never inside an entity or an emoji', async () => {
		const [message] = await written((http) => slack.work.open(http, credentials, { ...item, title: '😀'.repeat(100), text: '&'.repeat(3000) }));
		expect(message?.blocks[0]?.text.text).toBe(`${'😀'.repeat(74)}…`);
		expect(message?.blocks[1]?.text.text).toBe(`${'&amp;'.repeat(599)}…`);
	});
	test.skipIf(!specsPresent)('the blocks of every message are those of the published types (skipped where DUNWELL_SPECS is absent)', async () => {
		const ajv = new Ajv({ strict: false });
		ajv.addSchema(readSpec('slack/block-kit.schema.json') as object, 'kit');
		const valid = ajv.compile({ $ref: 'kit#/definitions/NotificationBlocks' });
		const { dueDate: _due, ...undated } = item;
		const all = await written(async (http) => {
			await slack.work.open(http, credentials, item);
			await slack.work.open(http, viaHook, { ...undated, severity: 'low' });
			await slack.work.update(http, credentials, opened.externalId, item);
			await slack.work.close(http, credentials, opened.externalId, item);
			await slack.work.close(http, viaHook, byHook.externalId, item);
		});
		expect(all.map((message) => [valid(message.blocks), valid.errors])).toEqual(Array.from({ length: 6 }, () => [true, null]));
		expect(valid([{ type: 'header', text: 'not an object' }])).toBe(false);
	});
	// The published description has it as a form only; its fields are the same.
	test.skipIf(!specsPresent)('a change has the fields of chat.update and no other (skipped where DUNWELL_SPECS is absent)', async () => {
		const { paths } = readSpec('slack/openapi2.web-api.json') as {
			paths: Record<string, { post: { parameters: { name: string; in: string; required?: boolean }[] } }>;
		};
		const fields = paths['/chat.update']?.post.parameters.filter((parameter) => parameter.in === 'formData') ?? [];
		const [change] = await written((http) => slack.work.close(http, credentials, opened.externalId, item));
		const names = Object.keys(change ?? {});
		expect(names.filter((name) => !fields.some((field) => field.name === name))).toEqual([]);
		expect(fields.filter((field) => field.required && !names.includes(field.name))).toEqual([]);
		expect(fields.length).toBeGreaterThan(4);
	});
});

/** The description has no chat.update. */
const changed = { status: 200, headers: {}, text: '', json: () => posted.body };
testAgainstSpec(provider, credentials, 'slack/contract.json', [
	{ name: 'a message is a valid request', call: (http) => slack.work.open(http, credentials, item) },
	{
		name: 'an answer in a thread is a valid request',
		call: (http) =>
			slack.work.update(
				{ send: async (request) => (request.url.endsWith('chat.update') ? changed : http.send(request)) },
				credentials,
				opened.externalId,
				item,
			),
	},
	{ name: "a webhook's message is a valid request", credentials: viaHook, call: (http) => slack.work.open(http, viaHook, item) },
	{ name: 'the check is a valid request', call: (http) => slack.check(http, credentials) },
]);
