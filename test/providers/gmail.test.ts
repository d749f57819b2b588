import { describe, expect, test } from 'vitest';
import type { Provider, VendorHttp } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/gmail.ts';
import { mime } from '../../shared/providers/mime.ts';
import { testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { email } from './samples.ts';

const gmail = provider as Required<Pick<Provider, 'check' | 'oauth'>> & { send: Required<NonNullable<Provider['send']>> };
const credentials = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-of-the-test' };
const signedIn = { ...credentials, access_token: 'ya29.of-the-test' };
const headers = { authorization: 'Bearer ya29.of-the-test' };
const message = { ...email, at: '2026-11-24T12:00:00.000Z' };
const plain = { ...message, html: '', subject: '', fromName: '', unsubscribeUrl: '' };
const MESSAGES = 'https://gmail.googleapis.com/gmail/v1/users/me/messages';
const SEND = `${MESSAGES}/send`;
const LIST = `${MESSAGES}?maxResults=500&includeSpamTrash=true`;
const open = (id: string) => `${MESSAGES}/${id}?format=metadata&metadataHeaders=Content-Type&metadataHeaders=Subject&metadataHeaders=X-Failed-Recipients`;
const ask = (http: VendorHttp, ids = ['m1', 'm2']) => gmail.send.status(http, credentials, ids, message.at);
const REPORT = 'multipart/report; boundary="0000"; report-type=delivery-status';
const mail = (type: string, subject: string, failed?: string) => ({
	body: {
		payload: {
			headers: [
				{ name: 'content-type', value: type },
				{ name: 'Subject', value: subject },
				...(failed ? [{ name: 'X-Failed-Recipients', value: failed }] : []),
			],
		},
	},
});
const inThread = (id: string, threadId = 't1') => ({ id, threadId });
/** One mail came back beside ours. */
const answered = (name: string, reply: ReturnType<typeof mail>, result: unknown) => ({
	capability: 'send.status' as const,
	name,
	credentials: signedIn,
	call: (http: VendorHttp) => ask(http, ['m1']),
	replies: [{ body: { messages: [inThread('b1'), inThread('m1'), inThread('x', 't9')] } }, reply],
	wire: [
		{ method: 'GET', url: LIST, headers },
		{ method: 'GET', url: open('b1'), headers },
	],
	result,
	harmless: true,
});

const MIME = [
	'List-Unsubscribe: <https://dunwell.example/api/go/tok>',
	'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
	'From: Valley Allergy <billing@practice.example>',
	'To: someone@patient.example',
	'Subject: Your statement is ready',
	'Message-ID: <rem_7Q2@practice.example>',
	'Date: Tue, 24 Nov 2026 12:00:00 +0000',
	'MIME-Version: 1.0',
	'Content-Type: multipart/alternative;',
	' boundary="--_NmP-e86bde7bf07d860a-Part_1"',
	'',
	'----_NmP-e86bde7bf07d860a-Part_1',
	'Content-Type: text/plain; charset=utf-8',
	'Content-Transfer-Encoding: 7bit',
	'',
	'Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2',
	'----_NmP-e86bde7bf07d860a-Part_1',
	'Content-Type: text/html; charset=utf-8',
	'Content-Transfer-Encoding: 7bit',
	'',
	'<p>$84.20 is open.</p>',
	'----_NmP-e86bde7bf07d860a-Part_1--',
	'',
].join('\r\n');
const PLAIN = [
	'From: billing@practice.example',
	'To: someone@patient.example',
	'Message-ID: <rem_7Q2@practice.example>',
	'Date: Tue, 24 Nov 2026 12:00:00 +0000',
	'Content-Transfer-Encoding: 7bit',
	'MIME-Version: 1.0',
	'Content-Type: text/plain; charset=utf-8',
	'',
	'Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2',
	'',
].join('\r\n');
const asRaw = (text: string): string => JSON.stringify({ raw: Buffer.from(text).toString('base64url') });

testProvider(provider, {
	credentials,
	secrets: ['ya29.of-the-test', 'GOCSPX-of-the-test', email.to, email.subject as string],
	cases: [
		{
			capability: 'send.message',
			name: 'a mail goes as one MIME message in base64url, with HTML beside the text and one-click unsubscribe',
			credentials: signedIn,
			call: (http) => gmail.send.message(http, credentials, message),
			replies: [{ body: { id: '18f0', threadId: '18f0', labelIds: ['SENT'] } }],
			wire: [{ method: 'POST', url: SEND, headers: { ...headers, 'content-type': 'application/json' }, body: asRaw(MIME) }],
			result: { externalId: '18f0', status: 'sent', rawStatus: 'accepted' },
		},
		{
			capability: 'send.message',
			name: 'plain text alone is one part',
			credentials: signedIn,
			call: (http) => gmail.send.message(http, credentials, plain),
			replies: [{ body: { id: '18f1' } }],
			wire: [{ method: 'POST', url: SEND, headers, body: asRaw(PLAIN) }],
			result: { externalId: '18f1', status: 'sent', rawStatus: 'accepted' },
		},
		{
			capability: 'check',
			name: 'the connection is named by the mailbox that is signed in',
			credentials: signedIn,
			call: (http) => gmail.check(http, credentials),
			replies: [{ body: { sub: '1', email: 'billing@practice.example', email_verified: true } }],
			wire: [{ method: 'GET', url: 'https://openidconnect.googleapis.com/v1/userinfo', headers }],
			result: { label: 'billing@practice.example' },
			harmless: true,
		},
		answered('a report of a failure in its thread is a bounce', mail(REPORT, 'Delivery Status Notification (Failure)', email.to), [
			{ externalId: 'm1', status: 'undelivered', rawStatus: 'failed' },
		]),
		answered('a report that Gmail still tries is none', mail(REPORT, 'Delivery Status Notification (Delay)', email.to), []),
		answered('a report that names no address is none', mail(REPORT, 'Delivery Status Notification (Failure)'), []),
		answered('an absence note is none, whatever its subject', mail('multipart/alternative; boundary="0000"', 'Failure to be in the office', email.to), []),
		answered('a receipt for a mail that was read is none', mail('multipart/report; report-type=disposition-notification', 'Failed', email.to), []),
		{
			capability: 'send.status',
			name: 'the mailbox is listed until each of our mails was seen, and only what stands beside one of ours is opened',
			credentials: signedIn,
			call: (http) => ask(http),
			replies: [{ body: { messages: [inThread('x', 't9'), inThread('m2', 't2')], nextPageToken: 'p 2' } }, { body: { messages: [inThread('m1')] } }],
			wire: [
				{ method: 'GET', url: LIST },
				{ method: 'GET', url: `${LIST}&pageToken=p+2` },
			],
			result: [],
			harmless: true,
		},
		{
			capability: 'send.status',
			name: 'of two of our mails in one thread neither is said to have come back',
			credentials: signedIn,
			call: (http) => ask(http),
			replies: [{ body: { messages: [inThread('b1'), inThread('m2'), inThread('m1')] } }],
			wire: [{ method: 'GET', url: LIST }],
			result: [],
			harmless: true,
		},
		{
			capability: 'send.status',
			name: 'a mailbox that was emptied says nothing',
			credentials: signedIn,
			call: (http) => ask(http),
			replies: [{ body: { resultSizeEstimate: 0 } }],
			wire: [{ method: 'GET', url: LIST }],
			result: [],
			harmless: true,
		},
	],
	failures: (
		[
			['a rate limit that comes as 403 is limited', 403, 'userRateLimitExceeded', '', 'limited', 'limited', undefined],
			["the day's limit is waited for", 403, 'dailyLimitExceeded', '', 'limited', 'limited', 3600],
			['what was not ticked at the sign-in is denied', 403, 'insufficientPermissions', '', 'denied', 'denied', undefined],
			['an address that Gmail does not take is an invalid recipient', 400, 'invalidArgument', 'Invalid To header', 'invalid', 'invalid_recipient', undefined],
		] as const
	).map(([name, status, reason, text, kind, code, retryAfterSeconds]) => ({
		name,
		credentials: signedIn,
		call: (http) => gmail.send.message(http, credentials, message),
		reply: { status, body: { error: { code: status, message: text, errors: [{ domain: 'global', reason, message: text }] } } },
		kind,
		code,
		vendorCode: reason,
		...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
	})),
});

describe('A message as MIME', () => {
	test('lets nothing of a name, a subject or an address become a header of its own', async () => {
		const text = (
			await mime({ ...message, fromName: 'Ann\r\nBcc: a@b.example', subject: 'Hi\r\nBcc: c@d.example', to: 'x@y.example\r\nBcc: e@f.example' })
		).toString();
		const [head = ''] = text.split('\r\n\r\n');
		expect(head.split('\r\n').filter((line) => /^(bcc|cc):/i.test(line))).toEqual([]);
	});

	test('encodes what is not ASCII in the subject and the name (RFC 2047), and never has a bare line feed', async () => {
		const text = (await mime({ ...message, fromName: 'Clínica Peña', subject: 'Su saldo está listo', text: 'Línea 1\nLínea 2' })).toString();
		expect(text).toContain('Subject: =?UTF-8?Q?Su_saldo_est=C3=A1_listo?=');
		expect(text).toContain('From: =?UTF-8?Q?Cl=C3=ADnica_Pe=C3=B1a?= <billing@practice.example>');
		expect(text.replaceAll('\r\n', '')).not.toContain('\n');
	});
});

test('Google is asked for a refresh token each time, for sending, and where it is granted for the headers of mails', () => {
	expect(gmail.oauth.parameters).toEqual({ access_type: 'offline', prompt: 'consent' });
	expect(gmail.oauth.scopes).toEqual(['https://www.googleapis.com/auth/gmail.send', 'https://www.googleapis.com/auth/userinfo.email']);
	expect(gmail.oauth.optionalScopes).toEqual(['https://www.googleapis.com/auth/gmail.metadata']);
});

/** https://developers.google.com/workspace/gmail/api/reference/rest/v1/users.messages/list, which the reduced description lacks; without q, which gmail.metadata may not use. */
const list = {
	operationId: 'gmail.users.messages.list',
	parameters: [
		{ name: 'userId', in: 'path', required: true, schema: { type: 'string' } },
		{ name: 'maxResults', in: 'query', schema: { type: 'integer', maximum: 500 } },
		{ name: 'pageToken', in: 'query', schema: { type: 'string' } },
		{ name: 'includeSpamTrash', in: 'query', schema: { type: 'boolean' } },
	],
	responses: {
		200: {
			description: 'OK',
			content: { 'application/json': { schema: { type: 'object' }, example: { messages: [inThread('b1'), inThread('m1')] } } },
		},
	},
};

testAgainstSpec(
	provider,
	signedIn,
	'gmail/openapi.derived.json',
	[
		{ name: 'the message fits the description', call: (http) => gmail.send.message(http, credentials, message) },
		{ name: 'the list and what is opened fit the description', call: (http) => ask(http, ['m1']), requests: 2 },
	],
	{ '/gmail/v1/users/{userId}/messages': { get: list } },
);
