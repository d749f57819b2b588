import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Provider, RawRequest, VendorHttp } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/mailgun.ts';
import { testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { email, raw } from './samples.ts';

const mailgun = provider as Required<Pick<Provider, 'check' | 'send' | 'webhook'>>;
const credentials = { api_key: 'key-of-the-test', domain: 'mg.practice.example', webhook_signing_key: 'test-signing-key' };
const eu = { api_key: 'key-of-the-test', domain: 'mg.practice.example', region: 'eu', template: 'bill & more' };
const basic = Buffer.from('api:key-of-the-test').toString('base64');
const authorization = `Basic ${basic}`;
const api = 'https://api.mailgun.net/v3/mg.practice.example';
const attempted = { ...email, attemptedAt: '2026-11-24T12:00:00Z' };
const lookUp = `${api}/events?begin=1795521540&ascending=yes&recipient=someone%40patient.example&limit=300`;
const find = (http: VendorHttp) => mailgun.send.find?.(http, credentials, attempted) ?? Promise.reject();

/** The bytes of RFC 7578, written apart from the provider; the boundary is checked for what it is made of. */
function form(fields: [string, string][]): { body: string; type: string } {
	const boundary = `dunwell-${createHash('sha256').update(JSON.stringify(fields)).digest('hex').slice(0, 40)}`;
	const lines = fields.flatMap(([name, value]) => [`--${boundary}`, `Content-Disposition: form-data; name="${name}"`, '', value]);
	return { body: [...lines, `--${boundary}--`, ''].join('\r\n'), type: `multipart/form-data; boundary=${boundary}` };
}
const full = form([
	['from', '"Valley Allergy" <billing@practice.example>'],
	['to', 'someone@patient.example'],
	['subject', 'Your statement is ready'],
	['text', 'Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2'],
	['html', '<p>$84.20 is open.</p>'],
	['o:tag', 'dunwell'],
	['o:tracking', 'no'],
	['o:require-tls', 'yes'],
	['h:List-Unsubscribe', '<https://dunwell.example/api/go/tok>'],
	['h:List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
	['v:dunwell_reference', 'rem_7Q2'],
]);
const merged = form([
	['from', '"O\\"Neill \\\\ Sons" <billing@practice.example>'],
	['to', 'someone@patient.example'],
	['subject', 'Your statement is ready'],
	['text', 'Due: <5 & more'],
	['template', 'bill & more'],
	[
		't:variables',
		'{"subject":"Your statement is ready","text":"Due: <5 & more","html":"<pre>Due: &#60;5 &#38; more</pre>","language":"en","practice":"O\\"Neill \\\\ Sons","unsubscribe_url":"https://dunwell.example/api/go/tok"}',
	],
	['o:tag', 'dunwell'],
	['o:tracking', 'no'],
	['o:require-tls', 'yes'],
	['h:List-Unsubscribe', '<https://dunwell.example/api/go/tok>'],
	['h:List-Unsubscribe-Post', 'List-Unsubscribe=One-Click'],
	['v:dunwell_reference', 'rem_7Q2'],
]);
const inTemplate = { ...email, html: '', text: 'Due: <5 & more', fromName: 'O"Neill \\ Sons' };

const event = (word: string, more: object = {}) => ({
	event: word,
	id: `id-${word}`,
	timestamp: 1_795_521_600.25,
	recipient: 'someone@patient.example',
	'user-variables': { dunwell_reference: 'rem_7Q2' },
	message: { headers: { 'message-id': '2026.1@mg.practice.example' } },
	...more,
});
const at = '2026-11-24T12:00:00.250Z';
const delivery = { type: 'delivery', externalId: '2026.1@mg.practice.example', reference: 'rem_7Q2', at };
const optOut = { type: 'opt_out', channel: 'email', address: 'someone@patient.example', at };

/** Signs as Mailgun's documentation describes, with a token of its own for each moment. */
function signed(body: string, when: number): RawRequest {
	const timestamp = String(Math.floor(when / 1000));
	const token = createHash('sha256').update(timestamp).digest('hex').slice(0, 50);
	const signature = createHmac('sha256', 'test-signing-key').update(timestamp).update(token).digest('hex');
	return raw(
		'https://dunwell.example/api/hooks/mailgun/s',
		{ 'content-type': 'application/json' },
		`{"signature":${JSON.stringify({ timestamp, token, signature })},"event-data":${body}}`,
	);
}
const opened = (request: RawRequest) => JSON.parse(Buffer.from(request.body).toString('utf8')) as { signature: Record<string, string> };

testProvider(provider, {
	credentials,
	secrets: [credentials.api_key, basic, credentials.webhook_signing_key, email.to, email.subject as string],
	cases: [
		{
			capability: 'send.message',
			name: 'a mail goes to one person, without tracking, by TLS only and with one-click unsubscribe',
			call: (http) => mailgun.send.message(http, credentials, email),
			replies: [{ body: { id: '<2026.1@mg.practice.example>', message: 'Queued. Thank you.' } }],
			wire: [{ method: 'POST', url: `${api}/messages`, headers: { authorization, 'content-type': full.type }, body: full.body }],
			result: { externalId: '2026.1@mg.practice.example', status: 'sent', rawStatus: 'queued' },
		},
		{
			capability: 'send.message',
			name: 'a template gets the words as variables, at the European host, and names with quotes are quoted',
			credentials: eu,
			call: (http) => mailgun.send.message(http, eu, inTemplate),
			replies: [{ body: { id: '<2026.2@mg.practice.example>' } }],
			wire: [
				{
					method: 'POST',
					url: 'https://api.eu.mailgun.net/v3/mg.practice.example/messages',
					headers: { authorization, 'content-type': merged.type },
					body: merged.body,
				},
			],
			result: { externalId: '2026.2@mg.practice.example', status: 'sent', rawStatus: 'queued' },
		},
		{
			capability: 'send.find',
			name: 'a lost mail is found by our reference, with the last that became of it',
			call: find,
			replies: [
				{
					body: {
						items: [
							event('accepted'),
							event('delivered', { 'user-variables': { dunwell_reference: 'rem_other' } }),
							event('failed', { severity: 'temporary' }),
							event('opened'),
							event('complained'),
						],
					},
				},
			],
			wire: [{ method: 'GET', url: lookUp, headers: { authorization } }],
			result: { externalId: '2026.1@mg.practice.example', status: 'sent', rawStatus: 'temporary_fail' },
			harmless: true,
		},
		{
			capability: 'send.find',
			name: 'a mail that is not listed half an hour later was not taken',
			call: find,
			replies: [{ headers: { date: 'Tue, 24 Nov 2026 12:30:01 GMT' }, body: { items: [] } }],
			wire: [{ method: 'GET', url: lookUp }],
			result: undefined,
			harmless: true,
		},
		{
			capability: 'check',
			name: 'the connection is named as the domain is',
			call: (http) => mailgun.check(http, credentials),
			replies: [{ body: { domain: { name: 'mg.practice.example', state: 'active' } } }],
			wire: [{ method: 'GET', url: 'https://api.mailgun.net/v4/domains/mg.practice.example', headers: { authorization } }],
			result: { label: 'mg.practice.example (United States)' },
			harmless: true,
		},
		{
			capability: 'check',
			name: 'a template is looked at before patients are',
			credentials: eu,
			call: (http) => mailgun.check(http, eu),
			replies: [
				{ body: { domain: { name: 'mg.practice.example', state: 'active' } } },
				{ body: { template: { version: { template: '<h1>Hi</h1>{{{html}}}' } } } },
			],
			wire: [
				{ method: 'GET', url: 'https://api.eu.mailgun.net/v4/domains/mg.practice.example' },
				{ method: 'GET', url: 'https://api.eu.mailgun.net/v3/mg.practice.example/templates/bill%20%26%20more?active=yes' },
			],
			result: { label: 'mg.practice.example (European Union)' },
			harmless: true,
		},
	],
	failures: [
		{
			name: 'an address that is none is an invalid recipient',
			call: (http) => mailgun.send.message(http, credentials, email),
			reply: { status: 400, body: { message: `'to' parameter is not a valid address: ${email.to}` } },
			kind: 'invalid',
			code: 'invalid_recipient',
		},
		{
			name: 'another refusal is no invalid recipient',
			call: (http) => mailgun.send.message(http, credentials, email),
			reply: { status: 400, body: { message: "'from' parameter is not a valid address" } },
			kind: 'invalid',
		},
		{
			name: 'a sandbox domain is a matter of set-up',
			call: (http) => mailgun.send.message(http, credentials, email),
			reply: { status: 403, body: { message: `Domain mg.practice.example is not allowed to send: Free accounts are for test purposes only. ${email.to}` } },
			kind: 'denied',
			code: 'config',
		},
		{
			name: 'a dead key is answered in plain text',
			call: (http) => mailgun.check(http, credentials),
			reply: { status: 401, headers: { 'content-type': 'text/plain' }, body: 'Forbidden' },
			kind: 'auth',
		},
		{
			name: 'a domain that is not verified is no working connection',
			call: (http) => mailgun.check(http, credentials),
			reply: { body: { domain: { name: 'mg.practice.example', state: 'unverified' } } },
			kind: 'denied',
			code: 'config',
			vendorCode: 'unverified',
		},
		{
			name: 'a template that would show nothing is no working connection',
			credentials: eu,
			call: (http) => mailgun.check(http, eu),
			reply: { body: { domain: { state: 'active' }, template: { version: { template: 'Hello {{name}}' } } } },
			kind: 'invalid',
			code: 'config',
		},
		{
			name: 'an answer without an id is broken',
			call: (http) => mailgun.send.message(http, credentials, email),
			reply: { body: { message: 'Queued. Thank you.' } },
			kind: 'broken',
		},
		{
			name: 'a mail without a subject is not sent',
			call: (http) => mailgun.send.message(http, credentials, { ...email, subject: '' }),
			reply: {},
			kind: 'invalid',
			code: 'subject_missing',
		},
		...(
			[
				['before half an hour has passed', { date: 'Tue, 24 Nov 2026 12:29:59 GMT' }, []],
				['when the events of its day are gone', { date: 'Thu, 26 Nov 2026 12:00:01 GMT' }, []],
				['when more is listed than one page', { date: 'Tue, 24 Nov 2026 13:00:00 GMT' }, Array.from({ length: 300 }, () => ({ event: 'delivered' }))],
			] as const
		).map(([name, headers, items]) => ({
			name: `a mail that is not listed may have been sent ${name}`,
			call: find,
			reply: { headers, body: { items } },
			kind: 'unavailable' as const,
		})),
	],
	webhook: {
		signed,
		body: JSON.stringify(
			event('failed', { severity: 'permanent', reason: 'suppress-unsubscribe', 'delivery-status': { code: 606, message: 'someone@patient.example' } }),
		),
		events: [
			{ ...delivery, id: 'id-failed', status: 'undelivered', rawStatus: 'permanent_fail', code: 'suppress-unsubscribe', fault: 'none' },
			{ ...optOut, id: 'id-failed:opt_out', how: 'suppress-unsubscribe' },
		] as never,
		signatureHeader: 'signature',
		inBody: {
			read: (request) => opened(request).signature['signature'] ?? '',
			write(request, signature) {
				const { signature: parts, ...rest } = opened(request);
				return { ...request, body: Buffer.from(JSON.stringify({ ...(signature !== undefined && { signature: { ...parts, signature } }), ...rest })) };
			},
		},
		unknownStatus: JSON.stringify(event('never_heard_of')),
		wrongSecret: { ...credentials, webhook_signing_key: 'another' },
	},
	skip: [{ what: 'old timestamp', reason: 'Mailgun delivers again for eight hours, so nine are taken; tested below' }],
});

describe('Mailgun signatures', () => {
	const vector = { timestamp: '1700000000', token: '0123456789abcdef0123456789abcdef0123456789abcdef01' };
	const signature = 'c275f7e86b6d2eadffd03949cf3901424761c7792b511c091d96823cf5d5949c';
	const request = (parts: object) => raw('https://x.example', {}, JSON.stringify({ signature: parts, 'event-data': event('delivered') }));
	const verify =
		(parts: object, now: number, given: Record<string, unknown> = credentials) =>
		() =>
			mailgun.webhook.verify(request(parts), given, now);
	const refused = (code: string) => expect.objectContaining({ kind: 'auth', code });

	test('the vector is accepted within nine hours, whether its time is text or a number', () => {
		expect(verify({ ...vector, signature }, 1_700_000_000_000)).not.toThrow();
		expect(verify({ ...vector, timestamp: 1_700_000_000, signature }, 1_700_000_000_000)).not.toThrow();
		expect(verify({ ...vector, signature }, 1_700_032_400_000)).not.toThrow();
		expect(verify({ ...vector, signature }, 1_700_032_401_000)).toThrow(refused('stale_signature'));
	});
	test('digits moved between time and token, no token, and no key are refused', () => {
		expect(verify({ timestamp: '17000000000', token: vector.token.slice(1), signature }, 17_000_000_000_000)).toThrow(refused('bad_signature'));
		const bare = createHmac('sha256', 'test-signing-key').update('1700000000').digest('hex');
		expect(verify({ timestamp: '1700000000', token: '', signature: bare }, 1_700_000_000_000)).toThrow(refused('bad_signature'));
		expect(verify({ ...vector, signature }, 1_700_000_000_000, { ...credentials, webhook_signing_key: '' })).toThrow(refused('bad_signature'));
	});
	test('the token is what comes once', () => {
		expect(mailgun.webhook.once?.(request({ ...vector, signature }))).toBe(vector.token);
	});
});

describe('what Mailgun reports', () => {
	const parse = (one: object) =>
		mailgun.webhook.parse(raw('https://x.example', {}, JSON.stringify({ 'event-data': one })), '2026-11-25T00:00:00.000Z', credentials);

	test.each([
		['accepted', {}, 'sent', 'accepted', undefined],
		['delivered', { 'delivery-status': { code: 250 } }, 'delivered', 'delivered', undefined],
		['failed', { severity: 'temporary', 'delivery-status': { code: 421 } }, 'sent', 'temporary_fail', undefined],
		['failed', { severity: 'permanent', reason: 'bounce', 'delivery-status': { code: 550 } }, 'undelivered', 'permanent_fail', '550'],
		['failed', { severity: 'permanent', reason: 'suppress-bounce', 'delivery-status': { code: 605 } }, 'undelivered', 'permanent_fail', 'suppress-bounce'],
		['failed', { severity: 'permanent', 'delivery-status': { code: 'someone@patient.example' } }, 'undelivered', 'permanent_fail', undefined],
		[
			'failed',
			{ severity: 'permanent', reason: 'bounce', 'delivery-status': { code: 552, 'enhanced-code': '5.2.2' } },
			'undelivered',
			'permanent_fail',
			'552',
			'none',
		],
		['failed', { severity: 'permanent', reason: 'espblock', 'delivery-status': { code: 550 } }, 'undelivered', 'permanent_fail', '550', 'none'],
		['rejected', {}, 'undelivered', 'rejected', undefined, 'none'],
	])('%s %o is %s', (word, more, status, rawStatus, code, fault?: string) => {
		expect(parse(event(word, more))).toEqual([{ ...delivery, id: `id-${word}`, status, rawStatus, ...(code && { code }), ...(fault && { fault }) }]);
	});
	test('leaving and complaining are opt-outs, also when Mailgun knew of them before', () => {
		for (const how of ['unsubscribed', 'complained']) expect(parse(event(how))).toEqual([{ ...optOut, id: `id-${how}:opt_out`, how }]);
		expect(parse(event('failed', { severity: 'permanent', reason: 'suppress-complaint' }))).toEqual([
			{ ...delivery, id: 'id-failed', status: 'undelivered', rawStatus: 'permanent_fail', code: 'suppress-complaint', fault: 'none' },
			{ ...optOut, id: 'id-failed:opt_out', how: 'suppress-complaint' },
		]);
	});
	test('reading and clicking is not told, and a body without an event is none', () => {
		for (const word of ['opened', 'clicked', 'stored']) expect(parse(event(word))).toEqual([]);
		expect(mailgun.webhook.parse(raw('https://x.example', {}, '{}'), at, credentials)).toEqual([]);
	});
});

testAgainstSpec(provider, credentials, 'mailgun/openapi.json', [
	{ name: 'a mail is a valid request', call: (http) => mailgun.send.message(http, credentials, email) },
	{ name: 'a mail by template is a valid request', call: (http) => mailgun.send.message(http, eu, inTemplate), credentials: eu },
	{ name: 'the search for a mail is a valid request', call: find },
	{ name: 'the check is a valid request', call: (http) => mailgun.check(http, credentials) },
]);
