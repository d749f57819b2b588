import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { OutgoingMessage, Provider, RawRequest } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/callfire.ts';
import { createVendorHttp } from '../../shared/service/vendor-http.ts';
import { testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { type Reply, startVendor } from '../kit/vendor-server.ts';
import { message, raw } from './samples.ts';

const callfire = provider as Required<Pick<Provider, 'check' | 'send' | 'webhook'>>;
const credentials = { api_login: 'login-1', api_password: 'password-of-the-test', webhook_secret: 'cf-secret' };
const basic = `Basic ${Buffer.from('login-1:password-of-the-test').toString('base64')}`;
const broadcasting = { ...credentials, voice_broadcast: 14_898_572_003 };
const headers = { authorization: basic, 'content-type': 'application/json' };
const call: OutgoingMessage = { ...message, channel: 'voice', text: 'You owe $84.20.', voicemail: 'Please call Valley Allergy.', language: 'es' };
const NOON = Date.parse('2026-11-24T12:00:00Z');
const URL = 'https://dunwell.example/api/hooks/callfire/s';

/** The body as CallFire writes it at `at`, signed over its bytes. */
function signed(body: string, at: number, encoding: 'hex' | 'base64' = 'hex'): RawRequest {
	const bytes = body.replace(/"timestamp":\d+/, `"timestamp":${at}`);
	const signature = createHmac('sha1', credentials.webhook_secret).update(bytes).digest(encoding);
	return raw(URL, { 'x-callfire-signature': signature, 'content-type': 'application/json' }, bytes);
}
/** Ids beyond what a number holds, as in CallFire's own samples. */
const told = (resourceType: string, ...resources: string[]) =>
	`{"timestamp":${NOON},"webhookId":1,"resourceType":"${resourceType}","events":[${resources.map((one) => `{"eventType":"Finished","resource":${one}}`).join(',')}]}`;
const finished = (id: string, word: string, kind = 'finalCallResult') =>
	`{"id":${id},"state":"FINISHED","${kind}":"${word}","toNumber":"15005550010","attributes":{"dunwell_reference":"rem_7Q2"}}`;
const at = '2026-11-24T12:00:00.000Z';
const delivery = { type: 'delivery', reference: 'rem_7Q2', at };
const items = (...list: string[]) => ({ headers: { 'content-type': 'application/json' }, body: `{"items":[${list.join(',')}]}` });

testProvider(provider, {
	credentials,
	secrets: ['password-of-the-test', 'cf-secret', basic, message.to, '15005550010'],
	cases: [
		{
			capability: 'send.message',
			name: 'a text goes to one number, and its id is whole although it is larger than a number holds',
			call: (http) => callfire.send.message(http, credentials, message),
			replies: [items('{"id":7421904611193532419,"state":"READY","toNumber":"15005550010"}')],
			wire: [
				{
					method: 'POST',
					url: 'https://api.callfire.com/v2/texts?strictValidation=true',
					headers,
					body: '[{"phoneNumber":"15005550010","fromNumber":"15005550006","attributes":{"dunwell_reference":"rem_7Q2"},"message":"Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2"}]',
				},
			],
			result: { externalId: '7421904611193532419', status: 'sent', rawStatus: 'READY' },
		},
		{
			capability: 'send.message',
			name: 'a call speaks Spanish to a person and leaves the other text on a machine',
			call: (http) => callfire.send.message(http, credentials, call),
			replies: [items('{"id":12,"state":"SELECTED"}')],
			wire: [
				{
					method: 'POST',
					url: 'https://api.callfire.com/v2/calls?strictValidation=true',
					headers,
					body: '[{"phoneNumber":"15005550010","fromNumber":"15005550006","attributes":{"dunwell_reference":"rem_7Q2"},"liveMessage":"You owe $84.20.","machineMessage":"Please call Valley Allergy.","voice":"SPANISH1"}]',
				},
			],
			result: { externalId: '12', status: 'sent', rawStatus: 'SELECTED' },
		},
		{
			capability: 'send.message',
			name: "a call joins the practice's voice broadcast",
			credentials: broadcasting,
			call: (http) => callfire.send.message(http, broadcasting, call),
			replies: [items('{"id":12,"state":"SELECTED"}')],
			wire: [
				{
					method: 'POST',
					url: 'https://api.callfire.com/v2/calls?campaignId=14898572003&strictValidation=true',
					headers,
					body: '[{"phoneNumber":"15005550010","fromNumber":"15005550006","attributes":{"dunwell_reference":"rem_7Q2"},"liveMessage":"You owe $84.20.","machineMessage":"Please call Valley Allergy.","voice":"SPANISH1"}]',
				},
			],
			result: { externalId: '12', status: 'sent', rawStatus: 'SELECTED' },
		},
		{
			capability: 'send.message',
			name: 'a text joins none',
			credentials: broadcasting,
			call: (http) => callfire.send.message(http, broadcasting, message),
			replies: [items('{"id":13,"state":"READY"}')],
			wire: [
				{
					method: 'POST',
					url: 'https://api.callfire.com/v2/texts?strictValidation=true',
					body: '[{"phoneNumber":"15005550010","fromNumber":"15005550006","attributes":{"dunwell_reference":"rem_7Q2"},"message":"Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2"}]',
				},
			],
			result: { externalId: '13', status: 'sent', rawStatus: 'READY' },
		},
		{
			capability: 'check',
			name: 'a voice broadcast is looked for before anybody is called',
			credentials: broadcasting,
			call: (http) => callfire.check(http, broadcasting),
			replies: [{ body: { id: 7, name: 'Valley Allergy' } }, { body: { id: 14_898_572_003 } }],
			wire: [
				{ method: 'GET', url: 'https://api.callfire.com/v2/me/account?fields=id%2Cname' },
				{ method: 'GET', url: 'https://api.callfire.com/v2/calls/broadcasts/14898572003?fields=id', headers: { authorization: basic } },
			],
			result: { label: 'Valley Allergy' },
			harmless: true,
		},
		{
			capability: 'send.message',
			name: 'a call without a text for machines leaves nothing there',
			call: (http) => {
				const { voicemail: _none, ...spoken } = call;
				return callfire.send.message(http, credentials, { ...spoken, language: 'en' });
			},
			replies: [items('{"id":13,"state":"READY"}')],
			wire: [
				{
					method: 'POST',
					url: 'https://api.callfire.com/v2/calls?strictValidation=true',
					headers,
					body: '[{"phoneNumber":"15005550010","fromNumber":"15005550006","attributes":{"dunwell_reference":"rem_7Q2"},"liveMessage":"You owe $84.20.","voice":"FEMALE1"}]',
				},
			],
			result: { externalId: '13', status: 'sent', rawStatus: 'READY' },
		},
		{
			capability: 'send.find',
			name: 'a lost text is found by our reference among those to the number',
			call: (http) => callfire.send.find?.(http, credentials, { ...message, attemptedAt: at }) ?? Promise.reject(new Error('no find')),
			replies: [
				items('{"id":1,"state":"FINISHED","finalTextResult":"SENT","attributes":{"dunwell_reference":"rem_other"}}', finished('2', 'DNT', 'finalTextResult')),
			],
			wire: [
				{
					method: 'GET',
					url: `https://api.callfire.com/v2/texts?limit=100&toNumber=15005550010&inbound=false&intervalBegin=${NOON - 60_000}`,
					headers: { authorization: basic },
				},
			],
			result: { externalId: '2', status: 'undelivered', rawStatus: 'DNT' },
			harmless: true,
		},
		{
			capability: 'send.find',
			name: 'a call that CallFire never took is not found',
			call: (http) => callfire.send.find?.(http, credentials, { ...call, attemptedAt: at }) ?? Promise.reject(new Error('no find')),
			replies: [items()],
			wire: [
				{
					method: 'GET',
					url: `https://api.callfire.com/v2/calls?limit=100&toNumber=15005550010&inbound=false&intervalBegin=${NOON - 60_000}`,
				},
			],
			result: undefined,
			harmless: true,
		},
		{
			capability: 'check',
			name: 'the connection works and is named by its account',
			call: (http) => callfire.check(http, credentials),
			replies: [{ body: { id: 7, name: 'Valley Allergy' } }],
			wire: [{ method: 'GET', url: 'https://api.callfire.com/v2/me/account?fields=id%2Cname', headers: { authorization: basic } }],
			result: { label: 'Valley Allergy' },
			harmless: true,
		},
	],
	failures: [
		{
			name: 'a call to a voice broadcast that is none goes nowhere',
			credentials: broadcasting,
			call: (http) => callfire.send.message(http, broadcasting, call),
			reply: { status: 404, body: { httpStatusCode: 404, message: 'not found' } },
			kind: 'missing',
		},
		{
			name: 'a number on the do-not-contact list has opted out',
			call: (http) => callfire.send.message(http, credentials, message),
			reply: items('{"id":14,"state":"DNC"}'),
			kind: 'denied',
			code: 'opted_out',
			vendorCode: 'DNC',
		},
		{
			name: 'a number that CallFire does not dial is an invalid recipient',
			call: (http) => callfire.send.message(http, credentials, call),
			reply: items('{"id":15,"state":"INVALID"}'),
			kind: 'invalid',
			code: 'invalid_recipient',
			vendorCode: 'INVALID',
		},
		{
			name: 'an answer without an item is not understood',
			call: (http) => callfire.send.message(http, credentials, message),
			reply: items(),
			kind: 'broken',
		},
		{
			name: 'a list that goes on proves nothing',
			call: (http) => callfire.send.find?.(http, credentials, { ...message, attemptedAt: at }) ?? Promise.resolve(),
			reply: items(...Array.from({ length: 100 }, (_, i) => `{"id":${i},"state":"FINISHED"}`)),
			kind: 'unavailable',
		},
	],
	webhook: {
		signed,
		body: told('OutboundCall', finished('7421904611193532419', 'LA'), finished('8', 'BUSY'), finished('9', 'DNC')),
		events: [
			{ ...delivery, id: '7421904611193532419:LA', externalId: '7421904611193532419', status: 'delivered', rawStatus: 'LA' },
			{ ...delivery, id: '8:BUSY', externalId: '8', status: 'undelivered', rawStatus: 'BUSY', fault: 'none' },
			{ ...delivery, id: '9:DNC', externalId: '9', status: 'undelivered', rawStatus: 'DNC', fault: 'none' },
			{ id: '9:opt_out', type: 'opt_out', channel: 'voice', address: '+15005550010', how: 'DNC', at },
		] as never,
		signatureHeader: 'x-callfire-signature',
		unknownStatus: told('OutboundText', finished('10', 'never_heard_of', 'finalTextResult')),
		wrongSecret: { ...credentials, webhook_secret: 'another-secret' },
	},
	skip: [{ what: 'old timestamp', reason: 'CallFire may deliver again with the first time, so a day is allowed; events have ids of their own' }],
});

describe('what CallFire signs', () => {
	const vector = raw(URL, { 'x-callfire-signature': 'ecb8d525b6ed6a39e48b5cb7c8f2b16ea016f2d8' }, '{"timestamp":1469540830377,"webhookId":1}');
	test('is taken in either way of writing an HMAC', () => {
		const then = 1_469_540_830_377;
		expect(() => callfire.webhook.verify(vector, credentials, then)).not.toThrow();
		expect(() => callfire.webhook.verify({ ...vector, headers: { 'x-callfire-signature': '7LjVJbbtajnki1y3yPKxbqAW8tg=' } }, credentials, then)).not.toThrow();
	});
	test('is refused when it is older than a day', () => {
		const body = told('OutboundCall');
		expect(() => callfire.webhook.verify(signed(body, NOON - 86_400_000), credentials, NOON)).not.toThrow();
		expect(() => callfire.webhook.verify(signed(body, NOON - 86_401_000), credentials, NOON)).toThrow(expect.objectContaining({ code: 'stale_signature' }));
	});
	test('is refused without a time', () => {
		const bytes = '{"events":[]}';
		const signature = createHmac('sha1', 'cf-secret').update(bytes).digest('hex');
		expect(() => callfire.webhook.verify(raw(URL, { 'x-callfire-signature': signature }, bytes), credentials, NOON)).toThrow(
			expect.objectContaining({ code: 'stale_signature' }),
		);
	});
});

describe('what CallFire reports', () => {
	const parse = (body: string) => callfire.webhook.parse(raw(URL, {}, body), at, credentials);
	test('a text from a patient is a reply', () => {
		expect(
			parse(told('InboundText', '{"id":7421904611193532420,"fromNumber":"15005550010","toNumber":"15005550006","message":"STOP","inbound":true}')),
		).toEqual([{ id: '7421904611193532420', type: 'reply', channel: 'sms', from: '+15005550010', to: '+15005550006', text: 'STOP', at }]);
	});
	test('a text that the carrier took is sent, not delivered; one to a blocked number is an opt-out', () => {
		expect(parse(told('OutboundText', finished('1', 'SENT', 'finalTextResult'), finished('2', 'DNT', 'finalTextResult')))).toEqual([
			{ ...delivery, id: '1:SENT', externalId: '1', status: 'sent', rawStatus: 'SENT' },
			{ ...delivery, id: '2:DNT', externalId: '2', status: 'undelivered', rawStatus: 'DNT', fault: 'none' },
			{ id: '2:opt_out', type: 'opt_out', channel: 'sms', address: '+15005550010', how: 'DNT', at },
		]);
	});
	test('a number that is none is at fault itself', () => {
		expect(parse(told('OutboundText', finished('1', 'INVALID', 'finalTextResult')))).toEqual([
			{ ...delivery, id: '1:INVALID', externalId: '1', status: 'undelivered', rawStatus: 'INVALID' },
		]);
	});
	test('broadcasts, incoming calls and resources without an id are not told', () => {
		expect(parse(told('CallBroadcast', '{"id":1}'))).toEqual([]);
		expect(parse(told('InboundCall', '{"id":1}'))).toEqual([]);
		expect(parse(told('InboundText', '{"id":1}'))).toEqual([]);
		expect(parse(told('OutboundCall', '{}'))).toEqual([]);
		expect(parse('{"webhookId":1}')).toEqual([]);
	});
});

/** Where these webhooks stand at CallFire: what is asked of it. */
async function registered(found: Reply): Promise<[string, string, string][]> {
	await using vendor = await startVendor([found, { status: 201, body: { id: 9 } }]);
	const http = createVendorHttp({ provider, credentials, vendorUrls: { callfire: vendor.url } });
	await callfire.webhook.register?.(http, credentials, URL);
	return vendor.seen.map(({ method, path, body }) => [method, path, body]);
}
const hook = (resource: string) =>
	`{"name":"Dunwell ${resource}","resource":"${resource}","events":["Finished"],"callback":"${URL}","secret":"cf-secret","enabled":true}`;

describe('the address for reports', () => {
	const SEARCH = ['GET', `/v2/webhooks?callback=${encodeURIComponent(URL)}&limit=100`, ''];
	test('is entered for each kind where none is; those for other addresses are left alone', async () => {
		expect(await registered(items(`{"id":1,"resource":"InboundText","callback":"${URL}2"}`))).toEqual([
			SEARCH,
			...['OutboundCall', 'OutboundText', 'InboundText'].map((resource) => ['POST', '/v2/webhooks', hook(resource)]),
		]);
	});
	test('that stands is renewed with the secret of today, and stands once for each kind', async () => {
		const standing = (id: string, resource: string) => `{"id":${id},"resource":"${resource}","callback":"${URL}","enabled":false}`;
		const list = [standing('7421904611193532419', 'OutboundCall'), standing('2', 'OutboundText'), standing('3', 'InboundText'), standing('4', 'InboundText')];
		expect(await registered(items(...list))).toEqual([
			SEARCH,
			['PUT', '/v2/webhooks/7421904611193532419', hook('OutboundCall')],
			['PUT', '/v2/webhooks/2', hook('OutboundText')],
			['PUT', '/v2/webhooks/3', hook('InboundText')],
			['DELETE', '/v2/webhooks/4', ''],
		]);
	});
});

testAgainstSpec(provider, credentials, 'callfire/openapi.json', [
	// What stands there by the description is none of ours.
	{ name: 'what is entered is valid', call: (http) => callfire.webhook.register?.(http, credentials, URL) ?? Promise.resolve(), requests: 4 },
	{
		name: 'what is renewed and taken away is valid',
		call: async (http) => {
			const list = ['OutboundCall', 'OutboundText', 'InboundText', 'InboundText'].map(
				(resource, i) => `{"id":${i},"resource":"${resource}","callback":"${URL}"}`,
			);
			const text = `{"items":[${list.join(',')}]}`;
			await callfire.webhook.register?.(
				{ send: async (request) => (request.method === 'GET' ? { status: 200, headers: {}, text, json: () => JSON.parse(text) } : http.send(request)) },
				credentials,
				URL,
			);
		},
		requests: 4,
	},
	{ name: 'a text is a valid request', call: (http) => callfire.send.message(http, credentials, message) },
	{ name: 'a call of a voice broadcast is a valid request', call: (http) => callfire.send.message(http, broadcasting, call) },
	{ name: 'the check of a voice broadcast is a valid request', call: (http) => callfire.check(http, broadcasting), requests: 2 },
	{ name: 'a call is a valid request', call: (http) => callfire.send.message(http, credentials, call) },
	{
		name: 'a search of texts is a valid request',
		call: (http) => callfire.send.find?.(http, credentials, { ...message, attemptedAt: at }) ?? Promise.resolve(),
	},
	{ name: 'a search of calls is a valid request', call: (http) => callfire.send.find?.(http, credentials, { ...call, attemptedAt: at }) ?? Promise.resolve() },
	{ name: 'the check is a valid request', call: (http) => callfire.check(http, credentials) },
]);
