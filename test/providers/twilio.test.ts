import { createHash, createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Provider, RawRequest, VendorHttp } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/twilio.ts';
import { testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { message, raw } from './samples.ts';

const twilio = provider as Required<Pick<Provider, 'check' | 'send' | 'webhook'>>;
const sid = `AC${'0123456789abcdef'.repeat(2)}`;
const credentials = { account_sid: sid, auth_token: '12345-token-of-the-test' };
const basic = Buffer.from(`${sid}:12345-token-of-the-test`).toString('base64');
const api = `https://api.twilio.com/2010-04-01/Accounts/${sid}`;
const headers = { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' };
const hook = 'https://dunwell.example/api/hooks/twilio/s3cr3t';
const words = `Call <us> & "now", it's`;
const call = { ...message, channel: 'voice' as const, text: words, voicemail: words, language: 'es' };
/** A call that says one thing to a person and another to a machine. */
const twofold = { ...call, text: 'Hola, ¿nos llama?', voicemail: 'Mensaje & más' };
/** Where Twilio reports what becomes of the message. */
const report = `${message.callbackUrl}?reference=rem_7Q2`;
const sayUrl = `${report}&say=${Buffer.from('{"person":"Hola, ¿nos llama?","machine":"Mensaje & más","language":"es"}').toString('base64url')}`;
/** A text of two letters as it goes out. */
const hi = new URLSearchParams([
	['To', message.to],
	['From', message.from],
	['Body', 'Hi'],
	['StatusCallback', report],
]).toString();
const attempted = { ...message, attemptedAt: '2026-11-24T12:00:00Z' };
const listed = (over: object) => ({
	sid: 'SM1',
	status: 'delivered',
	date_created: 'Tue, 24 Nov 2026 12:00:01 +0000',
	body: message.text,
	from: message.from,
	...over,
});

/** Signs as Twilio's documentation describes, written apart from the provider. */
function signed(body: string, _at: number, url = hook): RawRequest {
	const pairs = [...new URLSearchParams(body)].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
	const text = url + pairs.map(([name, value]) => name + value).join('');
	return raw(
		url,
		{
			'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
			'x-twilio-signature': createHmac('sha1', credentials.auth_token).update(text).digest('base64'),
		},
		body,
	);
}

testProvider(provider, {
	credentials,
	secrets: [credentials.auth_token, basic, message.to, message.text],
	cases: [
		{
			capability: 'send.message',
			name: 'a text goes out as a form with the status address',
			call: (http) => twilio.send.message(http, credentials, message),
			replies: [{ status: 201, body: { sid: 'SM1', status: 'queued' } }],
			wire: [
				{
					method: 'POST',
					url: `${api}/Messages.json`,
					headers,
					body: 'To=%2B15005550010&From=%2B15005550006&Body=Valley+Allergy%3A+%2484.20+is+open+%26+due.+Pay%3A+https%3A%2F%2Fpay.example%2Fx%3Fa%3D1%2B2&StatusCallback=https%3A%2F%2Fdunwell.example%2Fapi%2Fhooks%2Fvendor%2Fs3cr3t%3Freference%3Drem_7Q2',
				},
			],
			result: { externalId: 'SM1', status: 'sent', rawStatus: 'queued' },
		},
		{
			capability: 'send.message',
			name: 'a sender that starts with MG is a messaging service, and a word that is not known stays unknown',
			call: (http) => twilio.send.message(http, credentials, { ...message, from: `MG${'a'.repeat(32)}`, text: 'Hi' }),
			replies: [{ status: 201, body: { sid: 'SM2', status: 'never_heard_of' } }],
			wire: [
				{
					method: 'POST',
					url: `${api}/Messages.json`,
					headers,
					body: `To=%2B15005550010&MessagingServiceSid=MG${'a'.repeat(32)}&Body=Hi&StatusCallback=https%3A%2F%2Fdunwell.example%2Fapi%2Fhooks%2Fvendor%2Fs3cr3t%3Freference%3Drem_7Q2`,
				},
			],
			result: { externalId: 'SM2', status: 'unknown', rawStatus: 'never_heard_of' },
		},
		{
			capability: 'send.message',
			name: 'a call speaks the escaped text in the language and waits for a machine to end',
			call: (http) => twilio.send.message(http, credentials, call),
			replies: [{ status: 201, body: { sid: 'CA1', status: 'queued' } }],
			wire: [
				{
					method: 'POST',
					url: `${api}/Calls.json`,
					headers,
					body: new URLSearchParams([
						['To', '+15005550010'],
						['From', '+15005550006'],
						['Twiml', '<Response><Say language="es-MX">Call &#60;us&#62; &#38; &#34;now&#34;, it&#39;s</Say></Response>'],
						['MachineDetection', 'DetectMessageEnd'],
						['StatusCallback', report],
					]).toString(),
				},
			],
			result: { externalId: 'CA1', status: 'sent', rawStatus: 'queued' },
		},
		{
			capability: 'send.message',
			name: 'a call with other words for a machine asks for them when somebody picks up',
			call: (http) => twilio.send.message(http, credentials, twofold),
			replies: [{ status: 201, body: { sid: 'CA1', status: 'queued' } }],
			wire: [
				{
					method: 'POST',
					url: `${api}/Calls.json`,
					headers,
					body: new URLSearchParams([
						['To', '+15005550010'],
						['From', '+15005550006'],
						['Url', sayUrl],
						['MachineDetection', 'DetectMessageEnd'],
						['StatusCallback', report],
					]).toString(),
				},
			],
			result: { externalId: 'CA1', status: 'sent', rawStatus: 'queued' },
		},
		...(
			[
				['a mobile number is texted', { body: { valid: true, line_type_intelligence: { type: 'mobile', error_code: null } } }],
				['a number whose kind Lookup does not know is texted', { body: { valid: true, line_type_intelligence: { type: null, error_code: 60601 } } }],
				['a number is texted when Lookup is not to be had', { status: 400, body: { code: 60606, message: 'Package not enabled', status: 400 } }],
				['a number is texted when Lookup answers with nothing', { body: '' }],
			] as const
		).map(([name, reply]) => ({
			capability: 'send.message' as const,
			name,
			credentials: { ...credentials, lookup: 'first_text' },
			call: (http: VendorHttp) => twilio.send.message(http, { ...credentials, lookup: 'first_text' }, { ...message, text: 'Hi', first: true }),
			replies: [reply, { status: 201, body: { sid: 'SM1', status: 'queued' } }],
			wire: [
				{
					method: 'GET',
					url: 'https://lookups.twilio.com/v2/PhoneNumbers/%2B15005550010?Fields=line_type_intelligence',
					headers: { authorization: headers.authorization },
				},
				{ method: 'POST', url: `${api}/Messages.json`, headers, body: hi },
			],
			result: { externalId: 'SM1', status: 'sent' as const, rawStatus: 'queued' },
		})),
		{
			capability: 'send.find',
			name: 'a lost text is found by number, time and text',
			call: (http) => twilio.send.find?.(http, credentials, attempted) ?? Promise.reject(),
			replies: [{ body: { messages: [listed({ sid: 'SM9', body: 'Another' }), listed({ sid: 'SM8' })], next_page_uri: null } }],
			wire: [{ method: 'GET', url: `${api}/Messages.json?To=%2B15005550010&PageSize=50`, headers: { authorization: headers.authorization } }],
			result: { externalId: 'SM8', status: 'delivered', rawStatus: 'delivered' },
			harmless: true,
		},
		{
			capability: 'send.find',
			name: 'the same text of an earlier day is not the lost one',
			call: (http) => twilio.send.find?.(http, credentials, attempted) ?? Promise.reject(),
			replies: [{ body: { messages: [listed({ date_created: 'Mon, 23 Nov 2026 12:00:01 +0000' })], next_page_uri: '/more' } }],
			wire: [{ method: 'GET', url: `${api}/Messages.json?To=%2B15005550010&PageSize=50` }],
			result: undefined,
			harmless: true,
		},
		{
			capability: 'send.find',
			name: 'a lost call is found by number, sender and time',
			call: (http) => twilio.send.find?.(http, credentials, { ...attempted, channel: 'voice' }) ?? Promise.reject(),
			replies: [{ body: { calls: [listed({ sid: 'CA7', from: '+15005550099' }), listed({ sid: 'CA8', status: 'no-answer' })] } }],
			wire: [{ method: 'GET', url: `${api}/Calls.json?To=%2B15005550010&PageSize=50` }],
			result: { externalId: 'CA8', status: 'undelivered', rawStatus: 'no-answer' },
			harmless: true,
		},
		{
			capability: 'check',
			name: 'the connection is named as the account is',
			call: (http) => twilio.check(http, credentials),
			replies: [{ body: { friendly_name: 'Valley Allergy', status: 'active' } }],
			wire: [{ method: 'GET', url: `${api}.json`, headers: { authorization: headers.authorization } }],
			result: { label: 'Valley Allergy' },
			harmless: true,
		},
	],
	failures: [
		...(
			[
				['a landline is not texted', { valid: true, line_type_intelligence: { type: 'landline' } }, 'not_textable', '21614'],
				['a number that Lookup calls not valid is not texted', { valid: false, validation_errors: ['TOO_SHORT'] }, 'invalid_recipient', '21211'],
			] as const
		).map(([name, body, code, vendorCode]) => ({
			name,
			call: (http: VendorHttp) => twilio.send.message(http, { ...credentials, lookup: 'first_text' }, { ...message, first: true }),
			reply: { body },
			kind: 'invalid' as const,
			code,
			vendorCode,
		})),
		...(
			[
				[21610, 400, 'denied', 'opted_out'],
				[21211, 400, 'invalid', 'invalid_recipient'],
				[21614, 400, 'invalid', 'not_textable'],
				[21612, 400, 'invalid', 'invalid_recipient'],
				[21408, 403, 'denied', 'config'],
				[21606, 400, 'denied', 'config'],
				[21212, 400, 'denied', 'config'],
				[21608, 403, 'denied', 'config'],
				[20003, 401, 'auth', 'auth'],
				[21617, 400, 'too_large', 'too_large'],
				[20429, 400, 'limited', 'limited'],
				[21611, 400, 'limited', 'limited'],
				[20404, 404, 'missing', 'missing'],
			] as const
		).map(([vendorCode, status, kind, code]) => ({
			name: `error ${vendorCode} is ${kind}, ${code}`,
			call: (http: VendorHttp) => twilio.send.message(http, credentials, message),
			reply: { status, body: { code: vendorCode, message: `The 'To' number ${message.to} is not right`, status } },
			kind,
			code,
			vendorCode: String(vendorCode),
		})),
		{
			name: 'a suspended account is no working connection',
			call: (http) => twilio.check(http, credentials),
			reply: { body: { friendly_name: 'Valley', status: 'suspended' } },
			kind: 'denied',
			code: 'config',
			vendorCode: 'suspended',
		},
		{
			name: 'an answer without an id is broken',
			call: (http) => twilio.send.message(http, credentials, message),
			reply: { status: 201, body: {} },
			kind: 'broken',
		},
		{
			name: 'a call of more than 4,000 characters is too large',
			call: (http) => twilio.send.message(http, credentials, { ...call, text: 'a'.repeat(4000), voicemail: 'a'.repeat(4000) }),
			reply: {},
			kind: 'too_large',
		},
		{
			name: 'a full page of newer messages can not say that the lost one is not there',
			call: (http) => twilio.send.find?.(http, credentials, attempted) ?? Promise.reject(),
			reply: { body: { messages: [listed({ body: 'Another' })], next_page_uri: '/more' } },
			kind: 'unavailable',
		},
	],
	webhook: {
		signed,
		body: 'ErrorCode=30003&MessageSid=SM1&MessageStatus=undelivered&SmsSid=SM1&SmsStatus=undelivered&To=%2B15005550010&From=%2B15005550006',
		events: [
			{
				id: 'SM1:undelivered',
				type: 'delivery',
				externalId: 'SM1',
				status: 'undelivered',
				rawStatus: 'undelivered',
				code: '30003',
				fault: 'none',
				at: '2026-11-24T12:00:00.000Z',
			},
		],
		signatureHeader: 'x-twilio-signature',
		unknownStatus: 'MessageSid=SM1&MessageStatus=never_heard_of',
		wrongSecret: { ...credentials, auth_token: 'another-token' },
	},
	skip: [
		{ what: 'old timestamp', reason: 'Twilio signs no time; a replay has the same event id' },
		{ what: 'future timestamp', reason: 'Twilio signs no time; a replay has the same event id' },
	],
});

describe('Twilio signatures', () => {
	const published = raw(
		'https://mycompany.com/myapp.php?foo=1&bar=2',
		{ 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': 'RSOYDt4T1cUTdK1PDd93/VVr8B8=' },
		'CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212',
	);
	const token = { ...credentials, auth_token: '12345' };
	const refused = expect.objectContaining({ kind: 'auth', code: 'bad_signature' });

	test('the published vector is accepted, also with a port or an override fragment in our address', () => {
		for (const url of [
			published.url,
			'https://mycompany.com:443/myapp.php?foo=1&bar=2',
			'https://mycompany.com:8443/myapp.php?foo=1&bar=2',
			`${published.url}#rc=5`,
		])
			expect(() => twilio.webhook.verify({ ...published, url }, token, 0), url).not.toThrow();
	});
	test('a signature made with the standard port is accepted', () => {
		const body = 'MessageSid=SM1';
		expect(() => twilio.webhook.verify({ ...signed(body, 0, hook.replace('example/', 'example:443/')), url: hook }, credentials, 0)).not.toThrow();
	});
	test('another query is refused', () => {
		expect(() => twilio.webhook.verify({ ...published, url: 'https://mycompany.com/myapp.php?foo=1&bar=3' }, token, 0)).toThrow(refused);
	});
	test('repeated values are signed once and sorted, and names sort by code unit', () => {
		const request = (text: string) =>
			raw(
				hook,
				{ 'content-type': 'application/x-www-form-urlencoded', 'x-twilio-signature': createHmac('sha1', '12345').update(text).digest('base64') },
				'a=B&a=A2b&a=B&Zed=1',
			);
		expect(() => twilio.webhook.verify(request(`${hook}Zed1aA2baB`), token, 0)).not.toThrow();
		expect(() => twilio.webhook.verify(request(`${hook}aA2baBZed1`), token, 0)).toThrow(refused);
		expect(() => twilio.webhook.verify(request(`${hook}Zed1aA2baBaB`), token, 0)).toThrow(refused);
	});
	test('a JSON body counts only with its hash in the signed address', () => {
		const body = '{"a":1}';
		const url = `${hook}?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
		const headers = (of: string) => ({ 'content-type': 'application/json', 'x-twilio-signature': createHmac('sha1', '12345').update(of).digest('base64') });
		expect(() => twilio.webhook.verify(raw(url, headers(url), body), token, 0)).not.toThrow();
		expect(() => twilio.webhook.verify(raw(url, headers(url), '{"a":2}'), token, 0)).toThrow(refused);
		expect(() => twilio.webhook.verify(raw(hook, headers(hook), body), token, 0)).toThrow(refused);
	});
});

describe('what a call says', () => {
	const { answer } = twilio.webhook;
	const said = (by: string, url = sayUrl) => typeof answer === 'function' && answer(signed(`CallSid=CA1&CallStatus=in-progress&AnsweredBy=${by}`, 0, url)).body;
	const Say = (text: string) => `<Response><Say language="es-MX">${text}</Say></Response>`;

	test('a person hears the message', () => {
		expect(said('human')).toBe(Say('Hola, ¿nos llama?'));
	});
	test.each(['machine_start', 'machine_end_beep', 'machine_end_silence', 'machine_end_other', 'unknown', ''])('%s is left what others may hear', (by) => {
		expect(said(by)).toBe(Say('Mensaje &#38; más'));
	});
	test('a fax machine hears nothing, and without words for a machine neither does one', async () => {
		expect(said('fax')).toBe('<Response><Hangup/></Response>');
		const nothing = `${report}&say=${Buffer.from('{"person":"Hi","machine":"","language":"en"}').toString('base64url')}`;
		expect(said('machine_end_beep', nothing)).toBe('<Response><Hangup/></Response>');
		expect(said('human', nothing)).toBe('<Response><Say language="en-US">Hi</Say></Response>');
	});
	test('a report of delivery is answered with nothing to say', () => {
		expect(said('human', hook)).toBe('<Response/>');
	});
	test('words that were changed on the way are not signed', () => {
		const request = signed('CallSid=CA1&AnsweredBy=human', 0, sayUrl);
		expect(() => twilio.webhook.verify(request, credentials, 0)).not.toThrow();
		expect(() => twilio.webhook.verify({ ...request, url: sayUrl.replace('say=ey', 'say=eY') }, credentials, 0)).toThrow(
			expect.objectContaining({ kind: 'auth', code: 'bad_signature' }),
		);
	});
});

describe('what Twilio reports', () => {
	const parse = (body: string, url = hook) => twilio.webhook.parse(raw(url, {}, body), '2026-11-24T12:00:00.000Z', credentials);
	test('a reply keeps its words, and a stop word alone is a stop', () => {
		const reply = (text: string, more = '') =>
			parse(`MessageSid=SM5&SmsStatus=received&From=%2B15005550010&To=%2B15005550006&Body=${encodeURIComponent(text)}${more}`);
		const event = { id: 'SM5', type: 'reply', channel: 'sms', from: '+15005550010', to: '+15005550006', at: '2026-11-24T12:00:00.000Z' };
		expect(reply(' stop ')).toEqual([{ ...event, text: ' stop ', keyword: 'stop' }]);
		expect(reply('Please stop')).toEqual([{ ...event, text: 'Please stop' }]);
		expect(reply('yes')).toEqual([{ ...event, text: 'yes' }]);
		expect(reply('UNSTOP')).toEqual([{ ...event, text: 'UNSTOP', keyword: 'start' }]);
		expect(reply('basta', '&OptOutType=STOP')).toEqual([{ ...event, text: 'basta', keyword: 'stop' }]);
		expect(reply('')).toEqual([{ ...event, text: '' }]);
	});
	test('a call reports its own time, and a fax machine is no delivery', () => {
		const body = 'CallSid=CA1&CallStatus=completed&Direction=outbound-api&Timestamp=Tue%2C+24+Nov+2026+11%3A00%3A00+%2B0000';
		expect(parse(body)).toEqual([
			{ id: 'CA1:completed', type: 'delivery', externalId: 'CA1', status: 'delivered', rawStatus: 'completed', at: '2026-11-24T11:00:00.000Z' },
		]);
		expect(parse(`${body}&AnsweredBy=fax`)).toEqual([expect.objectContaining({ id: 'CA1:fax', status: 'undelivered', rawStatus: 'fax', fault: 'channel' })]);
	});
	test('a report names the message that asked for it', () => {
		expect(parse('MessageSid=SM1&MessageStatus=sent', `${hook}?reference=rem_7Q2`)).toEqual([
			expect.objectContaining({ externalId: 'SM1', reference: 'rem_7Q2' }),
		]);
	});
	test.each([
		['MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30005', undefined],
		['CallSid=CA1&CallStatus=failed', undefined],
		['MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30006', 'channel'],
		['MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30004', 'channel'],
		['MessageSid=SM1&MessageStatus=undelivered&ErrorCode=30003', 'none'],
		['MessageSid=SM1&MessageStatus=failed&ErrorCode=30034', 'none'],
		['MessageSid=SM1&MessageStatus=undelivered', 'none'],
		['CallSid=CA1&CallStatus=busy', 'none'],
		['CallSid=CA1&CallStatus=no-answer', 'none'],
		['CallSid=CA1&CallStatus=canceled', 'none'],
		['CallSid=CA1&CallStatus=completed', undefined],
	])('what %s says of the number: %s', (body, fault) => {
		expect(parse(body).map((event) => (event.type === 'delivery' ? event.fault : event.type))).toEqual([fault]);
	});
	test('an opt-out that a messaging service finds after it took the text is one', () => {
		const at = '2026-11-24T12:00:00.000Z';
		expect(parse('MessageSid=SM1&MessageStatus=failed&ErrorCode=21610&To=%2B15005550010')).toEqual([
			{ id: 'SM1:failed', type: 'delivery', externalId: 'SM1', status: 'undelivered', rawStatus: 'failed', code: '21610', fault: 'none', at },
			{ id: 'SM1:opt_out', type: 'opt_out', channel: 'sms', address: '+15005550010', how: '21610', at },
		]);
	});
	test('a call that comes in, or a body without an id, is no event', () => {
		expect(parse('CallSid=CA1&CallStatus=ringing&Direction=inbound')).toEqual([]);
		expect(parse('hello=1')).toEqual([]);
	});
});

testAgainstSpec(provider, credentials, 'twilio/openapi.api-v2010.json', [
	{ name: 'a text is a valid request', call: (http) => twilio.send.message(http, credentials, message) },
	{
		name: 'a text by messaging service is a valid request',
		call: (http) => twilio.send.message(http, credentials, { ...message, from: `MG${'a'.repeat(32)}` }),
	},
	{ name: 'a call is a valid request', call: (http) => twilio.send.message(http, credentials, call) },
	{ name: 'a call that asks what to say is a valid request', call: (http) => twilio.send.message(http, credentials, twofold) },
	{ name: 'the search for a text is a valid request', call: (http) => twilio.send.find?.(http, credentials, attempted) ?? Promise.reject() },
	{
		name: 'the search for a call is a valid request',
		call: (http) => twilio.send.find?.(http, credentials, { ...attempted, channel: 'voice' }) ?? Promise.reject(),
	},
	{ name: 'the check is a valid request', call: (http) => twilio.check(http, credentials) },
]);

testAgainstSpec(provider, credentials, 'twilio/openapi.lookups-v2.json', [
	{
		name: 'the look-up before a first text is a valid request',
		call: async (http) => {
			// What follows the look-up is described elsewhere.
			const only: VendorHttp = { send: (request) => (request.method === 'GET' ? http.send(request) : Promise.reject(new Error('described elsewhere'))) };
			await twilio.send.message(only, { ...credentials, lookup: 'first_text' }, { ...message, first: true });
		},
	},
]);

test.each([
	['a call', { ...call, first: true as const }, 'first_text'],
	['a number that was texted before', message, 'first_text'],
	['a first text, when the connection does not ask for it', { ...message, first: true as const }, undefined],
])('%s is not looked up', async (_what, one, lookup) => {
	const asked: string[] = [];
	const http: VendorHttp = {
		async send({ url }) {
			asked.push(new URL(url).hostname);
			return { status: 201, headers: {}, text: '', json: () => ({ sid: 'SM1', status: 'queued' }) };
		},
	};
	await twilio.send.message(http, { ...credentials, ...(lookup && { lookup }) }, one);
	expect(asked).toEqual(['api.twilio.com']);
});
