import { expect, test } from 'vitest';
import type { Provider, VendorHttp } from '../../shared/contracts/provider.ts';
import { mime } from '../../shared/providers/mime.ts';
import provider from '../../shared/providers/outlook.ts';
import { testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { dsn, email } from './samples.ts';

const outlook = provider as Required<Pick<Provider, 'check' | 'oauth'>> & { send: Required<NonNullable<Provider['send']>> };
const credentials = { client_id: 'c1d2', client_secret: 'secret-of-the-app' };
const signedIn = { ...credentials, access_token: 'eyJ.of-the-test' };
const headers = { authorization: 'Bearer eyJ.of-the-test' };
const message = { ...email, at: '2026-11-24T12:00:00.000Z' };
const asked = { ...message, attemptedAt: '2026-11-24T12:00:00.000Z' };
const MESSAGES = 'https://graph.microsoft.com/v1.0/me/messages';
const draft = { status: 201, body: { id: 'AAMk/1=', isDraft: true, internetMessageId: '<rem_7Q2@practice.example>' } };
const FIND = `${MESSAGES}?$filter=internetMessageId%20eq%20%27%3Crem_7Q2@practice.example%3E%27&$select=id,isDraft`;
const OURS = '<rem_7Q2@practice.example>';
const REPORTS = `${MESSAGES}?$filter=receivedDateTime%20ge%202026-11-24T12:00:00.000Z%20and%20singleValueExtendedProperties/any(ep:%20ep/id%20eq%20%27String%200x001A%27%20and%20ep/value%20eq%20%27REPORT.IPM.Note.NDR%27)&$orderby=receivedDateTime%20desc&$select=id&$top=500`;
const REPORT = `${MESSAGES}/AAMk%2F9%3D/$value`;
const reports = { body: { value: [{ id: 'AAMk/9=' }] } };
const ask = (http: VendorHttp) => outlook.send.status(http, credentials, ['AAMk/1='], message.at);
const mail = (text: string) => ({ headers: { 'content-type': 'text/plain' }, body: text });
/** One report stands in the mailbox. */
const reported = (name: string, text: string, sent: object[] | undefined, result: unknown) => ({
	capability: 'send.status' as const,
	name,
	credentials: signedIn,
	call: ask,
	replies: [reports, mail(text), ...(sent ? [{ body: { value: sent } }] : [])],
	wire: [
		{ method: 'GET', url: REPORTS, headers: { ...headers, prefer: 'IdType="ImmutableId"' } },
		{ method: 'GET', url: REPORT, headers },
		...(sent ? [{ method: 'GET', url: FIND, headers }] : []),
	],
	result,
	harmless: true,
});
const found = { externalId: 'AAMk/1=', status: 'sent', rawStatus: 'accepted' };

testProvider(provider, {
	credentials,
	secrets: ['eyJ.of-the-test', 'secret-of-the-app', email.to, email.subject as string],
	cases: [
		{
			capability: 'send.message',
			name: 'a mail becomes a draft from its MIME bytes, and the draft is sent',
			credentials: signedIn,
			call: (http) => outlook.send.message(http, credentials, message),
			replies: [draft, { status: 202 }],
			wire: [
				{
					method: 'POST',
					url: MESSAGES,
					headers: { ...headers, 'content-type': 'text/plain', prefer: 'IdType="ImmutableId"' },
					body: (await mime(message)).toString('base64'),
				},
				{ method: 'POST', url: `${MESSAGES}/AAMk%2F1%3D/send`, headers },
			],
			result: found,
		},
		{
			capability: 'send.find',
			name: 'a mail is found among what was sent by the id that we gave it',
			credentials: signedIn,
			call: (http) => outlook.send.find(http, credentials, asked),
			replies: [
				{
					body: {
						value: [
							{ id: 'AAMk/0=', isDraft: true },
							{ id: 'AAMk/1=', isDraft: false },
						],
					},
				},
			],
			wire: [{ method: 'GET', url: FIND, headers }],
			result: found,
			harmless: true,
		},
		{
			capability: 'check',
			name: 'the connection is named by the mailbox that is signed in',
			credentials: signedIn,
			call: (http) => outlook.check(http, credentials),
			replies: [{ body: { mail: 'billing@practice.example', userPrincipalName: 'billing@practice.onmicrosoft.com' } }],
			wire: [{ method: 'GET', url: 'https://graph.microsoft.com/v1.0/me', headers }],
			result: { label: 'billing@practice.example' },
			harmless: true,
		},
		reported(
			'a report of a failure is a bounce of the mail that it returns, with the code of RFC 3463',
			dsn({ of: OURS }),
			[{ id: 'AAMk/1=', isDraft: false }],
			[{ externalId: 'AAMk/1=', status: 'undelivered', rawStatus: 'failed', code: '5.1.1' }],
		),
		reported(
			'a failure without a code is one all the same',
			dsn({ of: OURS, status: '550' }),
			[{ id: 'AAMk/1=', isDraft: false }],
			[{ externalId: 'AAMk/1=', status: 'undelivered', rawStatus: 'failed' }],
		),
		reported('a delay is no bounce', dsn({ of: OURS, action: 'delayed', status: '4.4.7' }), undefined, []),
		reported('a mail of the staff that came back is none of ours', dsn({ of: OURS }), [{ id: 'AAMk/2=', isDraft: false }], []),
		reported('an absence note that was filed as a report is none', 'Auto-Submitted: auto-replied\r\n\r\nAction: failed', undefined, []),
		{
			capability: 'send.status',
			name: 'a mailbox without reports says nothing',
			credentials: signedIn,
			call: ask,
			replies: [{ body: { value: [] } }],
			wire: [{ method: 'GET', url: REPORTS }],
			result: [],
			harmless: true,
		},
	],
	failures: [
		{
			name: 'an address that Exchange does not take is an invalid recipient',
			credentials: signedIn,
			call: (http) => outlook.send.message(http, credentials, message),
			reply: { status: 400, body: { error: { code: 'ErrorInvalidRecipients', message: `At least one recipient is not valid: ${email.to}` } } },
			kind: 'invalid',
			code: 'invalid_recipient',
			vendorCode: 'ErrorInvalidRecipients',
		},
		{
			name: 'a mailbox that may not send as this address is denied',
			credentials: signedIn,
			call: (http) => outlook.send.message(http, credentials, message),
			reply: { status: 403, body: { error: { code: 'ErrorSendAsDenied', message: 'x' } } },
			kind: 'denied',
			vendorCode: 'ErrorSendAsDenied',
		},
		{
			name: 'what is only a draft leaves the outcome open: it may be on its way',
			credentials: signedIn,
			call: (http) => outlook.send.find(http, credentials, asked),
			reply: { body: { value: [{ id: 'AAMk/0=', isDraft: true }] } },
			kind: 'missing',
		},
		{
			name: 'what is not found leaves the outcome open: Exchange may have given it another id',
			credentials: signedIn,
			call: (http) => outlook.send.find(http, credentials, asked),
			reply: { body: { value: [] } },
			kind: 'missing',
		},
	],
	skip: [{ what: 'empty body', of: 'send.find', reason: 'An empty answer of Graph is no message, which leaves the outcome open.' }],
});

test("the sign-in is at the practice's own tenant where it is named", () => {
	expect([outlook.oauth.authorizationUrl({ tenant: 'a b' }), outlook.oauth.tokenUrl({})]).toEqual([
		'https://login.microsoftonline.com/a%20b/oauth2/v2.0/authorize',
		'https://login.microsoftonline.com/organizations/oauth2/v2.0/token',
	]);
});

test.skip('A draft from MIME against outlook-graph/openapi.json (skipped: the description knows messages as JSON alone; MIME is described at outlook-send-mime-message)', () => {});

/** https://learn.microsoft.com/en-us/graph/api/user-list-messages and outlook-get-mime-message; the reduced description has neither. */
const text = (name: string) => ({ name, in: 'query', schema: { type: 'string' } });
const lists = {
	operationId: 'me.ListMessages',
	parameters: [text('$filter'), text('$select'), text('$orderby'), { name: '$top', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 1000 } }],
	responses: {
		200: { description: 'OK', content: { 'application/json': { schema: { type: 'object' }, example: { value: [{ id: 'AAMk/9=', isDraft: false }] } } } },
	},
};
const value = {
	operationId: 'me.GetMime',
	parameters: [{ name: 'message-id', in: 'path', required: true, schema: { type: 'string' } }],
	responses: { 200: { description: 'OK', content: { 'text/plain': { schema: { type: 'string' }, example: dsn({ of: OURS }) } } } },
};

testAgainstSpec(
	provider,
	signedIn,
	'outlook-graph/openapi.json',
	[
		{ name: 'the search fits what is documented', call: (http) => outlook.send.find(http, credentials, asked) },
		{ name: 'the reports, one of them and the mail it returns fit what is documented', call: ask, requests: 3 },
	],
	{ '/me/messages': { get: lists }, '/me/messages/{message-id}/$value': { get: value } },
);
