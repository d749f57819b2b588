import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OutgoingMessage, Provider, RawRequest, VendorHttp } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/ringcentral.ts';
import { renew } from '../../shared/service/oauth/client.ts';
import type { Deps } from '../../shared/service/types.ts';
import { createVendorHttp } from '../../shared/service/vendor-http.ts';
import { type Paths, type Prism, specsPresent, startPrism, testAgainstSpec } from '../kit/prism.ts';
import { type ProviderCase, testProvider } from '../kit/provider-contract.ts';
import { type Reply, startVendor } from '../kit/vendor-server.ts';
import { item, message, raw } from './samples.ts';

const ringcentral = provider as Required<Pick<Provider, 'check' | 'oauth' | 'work'>> & {
	send: Required<NonNullable<Provider['send']>>;
	webhook: Required<NonNullable<Provider['webhook']>>;
};
const TOKEN = 'a token of our own';
const credentials = { client_id: 'p4AKOjwZRw-dEIrKaB_Nvw', client_secret: 'secret-of-the-test', jwt: 'jwt-of-the-test', verification_token: TOKEN };
const signedIn = { ...credentials, access_token: 'at-of-the-test' };
const highVolume = { ...signedIn, sms: 'high_volume' };
const bearer = { authorization: 'Bearer at-of-the-test' };
const json = { ...bearer, 'content-type': 'application/json' };
const fax: OutgoingMessage = { ...message, channel: 'fax', pdf: Buffer.from('%PDF-1.7 a page') };
const at = '2026-11-24T12:00:00.000Z';
const NOON = Date.parse(at);
const BASE = 'https://platform.ringcentral.com/restapi/v1.0';
const EXTENSION = `${BASE}/account/~/extension/~`;
const FROM = 'direction=Outbound&dateFrom=2026-11-24T11%3A59%3A00.000Z&perPage=1000';
const TO = 'phoneNumber=%2B15005550010';
const HOOK = 'https://dunwell.example/api/hooks/ringcentral/s3cr3t';
const OWN = `${HOOK}?token=${createHash('sha256').update(TOKEN).digest('hex').slice(0, 16)}`;

type Given = typeof signedIn & { sms?: string };

const send = (http: VendorHttp, one: OutgoingMessage = message, given: Given = signedIn) => ringcentral.send.message(http, given, one);
const find = (http: VendorHttp, one: OutgoingMessage = message, given: Given = signedIn) => ringcentral.send.find(http, given, { ...one, attemptedAt: at });
const status = (http: VendorHttp, ids: string[]) => ringcentral.send.status(http, signedIn, ids, at);
const register = (http: VendorHttp, given: Given = signedIn) => ringcentral.webhook.register(http, given, HOOK);
const text = (id: number, messageStatus: string, deliveryErrorCode?: string) => ({
	id,
	type: 'SMS',
	to: [{ phoneNumber: message.to }],
	subject: message.text,
	messageStatus,
	...(deliveryErrorCode && { deliveryErrorCode }),
});
const batched = (batchId: string, messageStatus: string, errorCode?: string) => ({
	id: '7086',
	batchId,
	from: message.from,
	to: [message.to],
	text: message.text,
	direction: 'Outbound',
	messageStatus,
	...(errorCode && { errorCode }),
});

const callBack = { ...item, target: '+15005550012', callBack: message.to };
const ring = (http: VendorHttp) => ringcentral.work.open(http, signedIn, callBack);
const BOUNDARY = `dunwell-${createHash('sha256').update('[["to","+15005550010"],["faxResolution","High"],["coverIndex","0"]]%PDF-1.7 a page').digest('hex').slice(0, 40)}`;
const SMS_BODY = `{"from":{"phoneNumber":"+15005550006"},"to":[{"phoneNumber":"+15005550010"}],"text":"Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2"}`;
const INSTANT = '/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS';
const HIGH_VOLUME = ['messages?direction=Inbound', 'messages?direction=Outbound', 'opt-outs'].map((name) => `/restapi/v1.0/account/~/a2p-sms/${name}`);
const subscription = (id: string, address: string, state = 'Active') => ({ id, status: state, deliveryMode: { transportType: 'WebHook', address } });
const wanted = (filters: string[]) => `"eventFilters":${JSON.stringify(filters)},"expiresIn":1209600`;

/** What is registered, where these subscriptions stand. */
const registers = (name: string, records: object[], wire: ProviderCase['wire'], given: Given = signedIn): [string, object[], ProviderCase['wire'], Given] => [
	name,
	records,
	[{ method: 'GET', url: `${BASE}/subscription`, headers: bearer }, ...wire],
	given,
];
const created = (filters = [INSTANT]) => ({
	method: 'POST',
	url: `${BASE}/subscription`,
	body: `{${wanted(filters)},"deliveryMode":{"transportType":"WebHook","address":"${OWN}","verificationToken":"${TOKEN}"}}`,
});

/** As RingCentral posts it at `at`. */
const signed = (body: string, when: number): RawRequest =>
	raw(
		OWN,
		{ 'verification-token': TOKEN, 'content-type': 'application/json' },
		body.replaceAll(/"timestamp":"[^"]+"/g, `"timestamp":"${new Date(when).toISOString()}"`),
	);
const told = (event: string, body: object, uuid = 'u-1') =>
	JSON.stringify({ uuid, event: `/restapi/v1.0/account/1/${event}`, timestamp: at, subscriptionId: 's', body });
const OUTBOUND = 'a2p-sms/messages?direction=Outbound';

testProvider(provider, {
	credentials,
	secrets: ['secret-of-the-test', 'jwt-of-the-test', 'at-of-the-test', TOKEN, message.to],
	cases: [
		{
			capability: 'send.message',
			name: 'a text of the extension goes to one number',
			credentials: signedIn,
			call: (http) => send(http),
			replies: [{ body: { ...text(402406985008, 'Queued'), conversationId: 1 } }],
			wire: [{ method: 'POST', url: `${EXTENSION}/sms`, headers: json, body: SMS_BODY }],
			result: { externalId: '402406985008', status: 'sent', rawStatus: 'Queued' },
		},
		{
			capability: 'send.message',
			name: 'a high-volume text is a batch of one',
			credentials: highVolume,
			call: (http) => send(http, message, highVolume),
			replies: [{ status: 201, body: { id: '95bc9e86-e93a', batchSize: 1, status: 'Processing', rejected: [] } }],
			wire: [
				{
					method: 'POST',
					url: `${BASE}/account/~/a2p-sms/batches`,
					headers: json,
					body: `{"from":"+15005550006","text":"Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2","messages":[{"to":["+15005550010"]}]}`,
				},
			],
			result: { externalId: 'batch/95bc9e86-e93a', status: 'sent', rawStatus: 'Processing' },
		},
		{
			capability: 'send.message',
			name: 'a fax is one page without a cover, whatever texts leave from',
			credentials: highVolume,
			call: (http) => send(http, fax, highVolume),
			replies: [{ body: { id: 404, type: 'Fax', messageStatus: 'Queued', to: [{ phoneNumber: message.to, messageStatus: 'Queued' }] } }],
			wire: [
				{
					method: 'POST',
					url: `${EXTENSION}/fax`,
					headers: { ...bearer, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
					body: [
						`--${BOUNDARY}`,
						'Content-Disposition: form-data; name="to"',
						'',
						'+15005550010',
						`--${BOUNDARY}`,
						'Content-Disposition: form-data; name="faxResolution"',
						'',
						'High',
						`--${BOUNDARY}`,
						'Content-Disposition: form-data; name="coverIndex"',
						'',
						'0',
						`--${BOUNDARY}`,
						'Content-Disposition: form-data; name="attachment"; filename="fax.pdf"',
						'Content-Type: application/pdf',
						'',
						'%PDF-1.7 a page',
						`--${BOUNDARY}--`,
						'',
					].join('\r\n'),
				},
			],
			result: { externalId: '404', status: 'sent', rawStatus: 'Queued' },
		},
		{
			capability: 'send.find',
			name: 'a lost text is found by its words among those to the number',
			credentials: signedIn,
			call: (http) => find(http),
			replies: [{ body: { records: [{ ...text(1, 'Sent'), subject: 'Another text' }, text(2, 'Delivered')] } }],
			wire: [{ method: 'GET', url: `${EXTENSION}/message-store?${FROM}&${TO}&messageType=SMS`, headers: bearer }],
			result: { externalId: '2', status: 'delivered', rawStatus: 'Delivered' },
			harmless: true,
		},
		{
			capability: 'send.find',
			name: 'a text that RingCentral never took is not found',
			credentials: signedIn,
			call: (http) => find(http),
			replies: [{ body: { records: [] } }],
			wire: [{ method: 'GET', url: `${EXTENSION}/message-store?${FROM}&${TO}&messageType=SMS` }],
			result: undefined,
			harmless: true,
		},
		{
			capability: 'send.find',
			name: 'a lost high-volume text is found by its words, with its batch',
			credentials: highVolume,
			call: (http) => find(http, message, highVolume),
			replies: [{ body: { records: [{ ...batched('b-1', 'Sent'), text: 'Another text' }, batched('b-2', 'DeliveryFailed', 'SMS-CAR-430')] } }],
			wire: [{ method: 'GET', url: `${BASE}/account/~/a2p-sms/messages?${FROM}&${TO}&view=Detailed` }],
			result: { externalId: 'batch/b-2', status: 'undelivered', rawStatus: 'DeliveryFailed' },
			harmless: true,
		},
		{
			capability: 'send.find',
			name: 'a lost fax is found by its number',
			credentials: signedIn,
			call: (http) => find(http, fax),
			replies: [{ body: { records: [{ id: 404, type: 'Fax', messageStatus: 'Sent', to: [{ phoneNumber: message.to }] }] } }],
			wire: [{ method: 'GET', url: `${EXTENSION}/message-store?${FROM}&${TO}&messageType=Fax` }],
			result: { externalId: '404', status: 'delivered', rawStatus: 'Sent' },
			harmless: true,
		},
		{
			capability: 'send.status',
			name: 'what became of texts and faxes of the extension is asked in pages, and their words keep their meaning',
			credentials: signedIn,
			call: (http) => status(http, ['1', '2', '3', '4', '5', '6', '7', '8', '9']),
			replies: [
				{
					body: {
						records: [text(1, 'Queued'), text(2, 'Sent'), text(3, 'Delivered'), text(4, 'DeliveryFailed', 'SMS-UP-430'), text(99, 'Delivered')],
						navigation: { nextPage: { uri: 'https://platform.ringcentral.com/restapi/x' } },
					},
				},
				{
					body: {
						records: [
							text(5, 'SendingFailed', 'SMS-RC-413'),
							text(6, 'DeliveryFailed', 'SMS-CAR-104'),
							{ id: 7, type: 'Fax', messageStatus: 'Sent', to: [{ phoneNumber: message.to }] },
							{ id: 8, type: 'Fax', messageStatus: 'SendingFailed', to: [{ phoneNumber: message.to, faxErrorCode: 'NoFaxMachine' }] },
							text(9, 'never_heard_of'),
						],
						navigation: {},
					},
				},
			],
			wire: [
				{ method: 'GET', url: `${EXTENSION}/message-store?${FROM}`, headers: bearer },
				{ method: 'GET', url: `${EXTENSION}/message-store?${FROM}&page=2`, headers: bearer },
			],
			result: [
				{ externalId: '1', status: 'sent', rawStatus: 'Queued' },
				{ externalId: '2', status: 'sent', rawStatus: 'Sent' },
				{ externalId: '3', status: 'delivered', rawStatus: 'Delivered' },
				{ externalId: '4', status: 'undelivered', rawStatus: 'DeliveryFailed', code: 'SMS-UP-430', fault: 'none' },
				{
					externalId: '5',
					status: 'undelivered',
					rawStatus: 'SendingFailed',
					code: 'SMS-RC-413',
					fault: 'none',
					optedOut: { channel: 'sms', address: message.to },
				},
				{ externalId: '6', status: 'unknown', rawStatus: 'DeliveryFailed', code: 'SMS-CAR-104' },
				{ externalId: '7', status: 'delivered', rawStatus: 'Sent' },
				{ externalId: '8', status: 'undelivered', rawStatus: 'SendingFailed', code: 'NoFaxMachine' },
				{ externalId: '9', status: 'unknown', rawStatus: 'never_heard_of' },
			],
			harmless: true,
		},
		{
			capability: 'send.status',
			name: 'high-volume texts are asked for where they are kept',
			credentials: signedIn,
			call: (http) => status(http, ['batch/b-1', 'batch/b-2']),
			replies: [
				{ body: { records: [batched('b-1', 'Delivered'), { id: '1', messageStatus: 'Delivered' }], paging: { nextPageToken: 'npgt1' } } },
				{ body: { records: [batched('b-2', 'SendingFailed', 'SMS-CAR-413')], paging: {} } },
			],
			wire: [
				{ method: 'GET', url: `${BASE}/account/~/a2p-sms/messages?${FROM}` },
				{ method: 'GET', url: `${BASE}/account/~/a2p-sms/messages?${FROM}&pageToken=npgt1` },
			],
			result: [
				{ externalId: 'batch/b-1', status: 'delivered', rawStatus: 'Delivered' },
				{
					externalId: 'batch/b-2',
					status: 'undelivered',
					rawStatus: 'SendingFailed',
					code: 'SMS-CAR-413',
					fault: 'none',
					optedOut: { channel: 'sms', address: message.to },
				},
			],
			harmless: true,
		},
		{
			capability: 'work.open',
			name: 'a staff member is rung first, and asked before the other phone rings',
			credentials: signedIn,
			call: ring,
			replies: [{ body: { id: 'Y3MxNzE4', uri: 'x', status: { callStatus: 'InProgress', callerStatus: 'InProgress', calleeStatus: 'InProgress' } } }],
			wire: [
				{
					method: 'POST',
					url: `${EXTENSION}/ring-out`,
					headers: json,
					body: '{"from":{"phoneNumber":"+15005550012"},"to":{"phoneNumber":"+15005550010"},"playPrompt":true}',
				},
			],
			result: { externalId: 'Y3MxNzE4' },
		},
		{
			capability: 'check',
			name: 'the connection works and is named by its extension',
			credentials: signedIn,
			call: (http) => ringcentral.check(http, signedIn),
			replies: [
				{ body: { id: 1, name: 'Front Desk', extensionNumber: '101', status: 'Enabled', contact: { company: 'Valley Allergy', email: 'x@practice.example' } } },
			],
			wire: [{ method: 'GET', url: EXTENSION, headers: bearer }],
			result: { label: 'Valley Allergy, Front Desk, extension 101' },
			harmless: true,
		},
	],
	failures: [
		...(
			[
				['a text that is refused at once for an opt-out', text(1, 'SendingFailed', 'SMS-RC-413'), 'denied', 'opted_out', 'SMS-RC-413'],
				['a text to a landline', text(1, 'SendingFailed', 'SMS-UP-410'), 'invalid', 'not_textable', 'SMS-UP-410'],
				['a text that is refused for another reason', text(1, 'SendingFailed', 'SMS-RC-430'), 'invalid', 'invalid', 'SMS-RC-430'],
				['a text that is refused without a reason', text(1, 'SendingFailed'), 'invalid', 'invalid', 'SendingFailed'],
			] as const
		).map(([name, body, kind, code, vendorCode]) => ({
			name: `${name} did not leave`,
			call: (http: VendorHttp) => send(http),
			credentials: signedIn,
			reply: { body },
			kind,
			code,
			vendorCode,
		})),
		{
			name: 'a high-volume text whose number is rejected did not leave',
			call: (http) => send(http, message, highVolume),
			credentials: highVolume,
			reply: {
				status: 201,
				body: { id: 'b', status: 'Processing', rejected: [{ index: 1, to: [message.to], errorCode: 'CMN-100', description: message.to }] },
			},
			kind: 'invalid',
			code: 'invalid_recipient',
			vendorCode: 'CMN-100',
		},
		{
			name: 'a text without an id is not understood',
			call: (http) => send(http),
			credentials: signedIn,
			reply: { body: { messageStatus: 'Queued' } },
			kind: 'broken',
		},
		{
			name: 'a batch without an id is not understood',
			call: (http) => send(http, message, highVolume),
			credentials: highVolume,
			reply: { status: 201, body: { status: 'Processing' } },
			kind: 'broken',
		},
		{
			name: 'a text of 1,001 letters does not leave',
			call: (http) => send(http, { ...message, text: 'a'.repeat(1001) }),
			credentials: signedIn,
			reply: { body: text(1, 'Queued') },
			kind: 'too_large',
		},
		{
			name: 'a fax without its page does not leave',
			call: (http) => send(http, { ...message, channel: 'fax' }),
			reply: {},
			kind: 'invalid',
			code: 'pdf_missing',
		},
		...(
			[
				['a permission that is missing', 403, { errorCode: 'CMN-401', message: 'x' }, 'denied', 'config', 'CMN-401'],
				[
					'a number that is none',
					400,
					{ errors: [{ errorCode: 'CMN-101', message: message.to, parameterName: 'to[0].phoneNumber' }] },
					'invalid',
					'invalid_recipient',
					'CMN-101',
				],
				[
					"a sender that is not the extension's",
					400,
					{ errors: [{ errorCode: 'CMN-101', message: 'x', parameterName: 'from.phoneNumber' }] },
					'denied',
					'config',
					'CMN-101',
				],
				['another parameter', 400, { errors: [{ errorCode: 'CMN-101', message: 'x', parameterName: 'text' }] }, 'invalid', 'invalid', 'CMN-101'],
				['an error of its own', 400, { errorCode: 'MSG-242', message: 'x' }, 'invalid', 'invalid', 'MSG-242'],
			] as const
		).map(([name, code, body, kind, ours, vendorCode]) => ({
			name: `${name} is told by RingCentral's code`,
			call: (http: VendorHttp) => send(http),
			credentials: signedIn,
			reply: { status: code, body },
			kind,
			code: ours,
			vendorCode,
		})),
		{
			name: 'too many requests wait a minute, since each one starts the penalty anew',
			call: (http) => send(http),
			credentials: signedIn,
			reply: { status: 429, body: { errorCode: 'CMN-301', message: 'x' } },
			kind: 'limited',
			vendorCode: 'CMN-301',
			retryAfterSeconds: 60,
		},
		{
			name: 'an address that RingCentral cannot reach is named',
			call: (http) => register(http),
			credentials: signedIn,
			reply: { status: 400, body: { errorCode: 'SUB-525', message: 'WebHook server response is invalid' } },
			kind: 'invalid',
			code: 'hook_unreachable',
			vendorCode: 'SUB-525',
		},
		{
			name: 'an extension that is not enabled does not send',
			call: (http) => ringcentral.check(http, signedIn),
			credentials: signedIn,
			reply: { body: { name: 'Front Desk', status: 'Disabled' } },
			kind: 'denied',
			code: 'config',
			vendorCode: 'Disabled',
		},
		{
			name: 'a call that is not placed is told',
			call: ring,
			credentials: signedIn,
			reply: { body: { id: '1', status: { callStatus: 'InternationalDisabled' } } },
			kind: 'invalid',
			vendorCode: 'InternationalDisabled',
		},
		{ name: 'a call without an id is not understood', call: ring, credentials: signedIn, reply: { body: {} }, kind: 'broken' },
		{
			name: 'a list that goes on proves nothing',
			call: (http) => find(http),
			credentials: signedIn,
			reply: { body: { records: Array.from({ length: 1000 }, (_, i) => ({ ...text(i, 'Sent'), subject: 'x' })) } },
			kind: 'unavailable',
		},
		{
			name: 'a high-volume text without its batch is not understood',
			call: (http) => find(http, message, highVolume),
			credentials: highVolume,
			reply: { body: { records: [{ id: '1', text: message.text, messageStatus: 'Sent' }] } },
			kind: 'broken',
		},
	],
	webhook: {
		signed,
		body: told(OUTBOUND, batched('b-1', 'Delivered')),
		events: [{ id: 'u-1', type: 'delivery', externalId: 'batch/b-1', status: 'delivered', rawStatus: 'Delivered', at }],
		signatureHeader: 'verification-token',
		unknownStatus: told(OUTBOUND, batched('b-1', 'never_heard_of')),
		wrongSecret: { ...credentials, verification_token: 'another token of ours' },
	},
	skip: [
		{ what: 'changed body', reason: 'RingCentral signs no body: a secret address and a secret header are all there is' },
		{ what: 'old timestamp', reason: 'RingCentral may deliver again with the first time, so a day is allowed; events have ids of their own' },
	],
});

test('a text of exactly 1,000 letters leaves, and long lists are not read for ever', async () => {
	await using vendor = await startVendor([{ body: text(1, 'Queued') }, { body: { records: [], navigation: { nextPage: {} } } }]);
	const http = createVendorHttp({ provider, credentials: signedIn, vendorUrls: { ringcentral: vendor.url } });
	await send(http, { ...message, text: 'a'.repeat(1000) });
	expect(await status(http, ['1'])).toEqual([]);
	expect(vendor.seen).toHaveLength(11);
});

describe('the address for reports', () => {
	test.each([
		registers('is entered where none is', [subscription('other', 'https://elsewhere.example/hook')], [created()]),
		registers('is renewed where it stands', [subscription('s 1', OWN)], [{ method: 'PUT', url: `${BASE}/subscription/s%201`, body: `{${wanted([INSTANT])}}` }]),
		registers('hears of high-volume texts where they leave from there', [], [created([INSTANT, ...HIGH_VOLUME])], highVolume),
		registers(
			'is entered anew where RingCentral gave it up, where the token was another, and stands once',
			[subscription('1', OWN, 'Blacklisted'), subscription('2', `${HOOK}?token=0000000000000000`), subscription('3', HOOK)],
			[created(), ...['1', '2', '3'].map((id) => ({ method: 'DELETE', url: `${BASE}/subscription/${id}` }))],
		),
		registers(
			'that two have entered at once stands once afterwards',
			[subscription('1', OWN), subscription('2', OWN)],
			[
				{ method: 'PUT', url: `${BASE}/subscription/1`, body: `{${wanted([INSTANT])}}` },
				{ method: 'DELETE', url: `${BASE}/subscription/2` },
			],
		),
	])('%s', async (_name, records, wire, given) => {
		const list: Reply = { body: { uri: 'x', records } };
		await using vendor = await startVendor([list, { body: {} }]);
		const http = createVendorHttp({ provider, credentials: given, vendorUrls: { ringcentral: vendor.url } });
		await register(http, given);
		expect(vendor.seen.map(({ method, path, body }) => ({ method, url: `https://platform.ringcentral.com${path}`, body }))).toEqual(
			wire.map(({ method, url, body = '' }) => ({ method, url, body })),
		);
	});
});

describe('what RingCentral posts', () => {
	const parse = (event: string, body: object) => ringcentral.webhook.parse(signed(told(event, body), NOON), at, credentials);
	const verify =
		(request: RawRequest, now = NOON) =>
		() =>
			ringcentral.webhook.verify(request, credentials, now);
	const answer = (request: RawRequest) => (typeof ringcentral.webhook.answer === 'function' ? ringcentral.webhook.answer(request) : ringcentral.webhook.answer);

	test('first is a token that it wants to see again; nothing that comes with it is believed', () => {
		const handshake = raw(
			OWN,
			{ 'validation-token': 'abc-123' },
			told('message-store/instant?type=SMS', { from: { phoneNumber: message.to }, subject: 'STOP' }),
		);
		expect(verify(handshake)).not.toThrow();
		expect(ringcentral.webhook.parse(handshake, at, credentials)).toEqual([]);
		expect(answer(handshake)).toEqual({ type: 'application/json', body: '{}', headers: { 'validation-token': 'abc-123' } });
		expect(answer({ ...handshake, headers: { 'validation-token': 'a'.repeat(256) } })).toEqual({ type: 'application/json', body: '{}' });
		expect(verify({ ...handshake, headers: { ...handshake.headers, 'verification-token': 'wrong' } })).toThrow(
			expect.objectContaining({ code: 'bad_signature' }),
		);
	});
	test('is answered with 200', () => {
		expect(answer(signed(told(OUTBOUND, {}), NOON))).toEqual({ type: 'application/json', body: '{}' });
	});
	test('is refused when it is older than a day, or without a time', () => {
		const body = told(OUTBOUND, {});
		expect(verify(signed(body, NOON - 86_400_000))).not.toThrow();
		expect(verify(signed(body, NOON - 86_401_000))).toThrow(expect.objectContaining({ code: 'stale_signature' }));
		expect(verify(raw(OWN, { 'verification-token': TOKEN }, '{"uuid":"u"}'))).toThrow(expect.objectContaining({ code: 'stale_signature' }));
	});
	test('of a text to the extension is a reply, with the words on which RingCentral acts itself', () => {
		const instant = (subject: string) => ({
			id: '3062991514017',
			to: [{ phoneNumber: '+15005550007' }, { phoneNumber: message.from, target: true }],
			from: { phoneNumber: message.to, location: 'Mountain View, CA' },
			type: 'SMS',
			direction: 'Inbound',
			subject,
			messageStatus: 'Received',
		});
		const reply = { id: 'u-1', type: 'reply', channel: 'sms', from: message.to, to: message.from, at };
		const event = 'extension/2/message-store/instant?type=SMS';
		expect(parse(event, instant(' Stop '))).toEqual([{ ...reply, text: ' Stop ', keyword: 'stop' }]);
		expect(parse(event, instant('UNSTOP'))).toEqual([{ ...reply, text: 'UNSTOP', keyword: 'start' }]);
		expect(parse(event, instant('stop calling me at work'))).toEqual([{ ...reply, text: 'stop calling me at work' }]);
		expect(parse(event, { subject: 'nobody' })).toEqual([]);
	});
	test('of a text to a high-volume number is a reply; an opt-out there is one, and its end is none', () => {
		expect(
			parse('a2p-sms/messages?direction=Inbound&to=x', { ...batched('', 'Delivered'), from: message.to, to: [message.from], direction: 'Inbound', text: 'Hi' }),
		).toEqual([{ id: 'u-1', type: 'reply', channel: 'sms', from: message.to, to: message.from, text: 'Hi', at }]);
		const optOut = { from: message.from, to: message.to };
		expect(parse('a2p-sms/opt-outs', { ...optOut, active: true })).toEqual([
			{ id: 'u-1:opt_out', type: 'opt_out', channel: 'sms', address: message.to, how: 'opt-out', at },
		]);
		expect(parse('a2p-sms/opt-outs', { ...optOut, active: false })).toEqual([]);
	});
	test('of a high-volume text that was stopped by an opt-out is both', () => {
		const delivery = { id: 'u-1', type: 'delivery', externalId: 'batch/b-1', at };
		expect(parse(OUTBOUND, batched('b-1', 'SendingFailed', 'SMS-UP-413'))).toEqual([
			{ ...delivery, status: 'undelivered', rawStatus: 'SendingFailed', code: 'SMS-UP-413', fault: 'none' },
			{ id: 'u-1:opt_out', type: 'opt_out', channel: 'sms', address: message.to, how: 'SMS-UP-413', at },
		]);
		expect(parse(OUTBOUND, batched('b-1', 'DeliveryFailed', 'SMS-CAR-199'))).toEqual([
			{ ...delivery, status: 'unknown', rawStatus: 'DeliveryFailed', code: 'SMS-CAR-199' },
		]);
	});
	test('of a landline says that it takes no texts, and of a fax number that it is none; what is refused for another reason says nothing of it', () => {
		const fault = (body: object) => (parse(OUTBOUND, body)[0] as { fault?: string }).fault;
		expect(['SMS-UP-410', 'SMS-CAR-411', 'SMS-CAR-412', 'SMS-RC-403', undefined].map((code) => fault(batched('b-1', 'DeliveryFailed', code)))).toEqual([
			'channel',
			'channel',
			'none',
			'none',
			'none',
		]);
		const fax = (faxErrorCode: string) => fault({ ...batched('b-1', 'SendingFailed'), to: [{ phoneNumber: message.to, faxErrorCode }] });
		expect([fax('InvalidNumber'), fax('LineBusy')]).toEqual([undefined, 'none']);
	});
	test('is no report, and trips nothing', () => {
		for (const body of ['[]', '[null]', '{}', '{"uuid":7,"body":{}}', '{"uuid":"u","body":7}', '{"uuid":"u","event":7,"body":{}}'])
			expect(ringcentral.webhook.parse(signed(body, NOON), at, credentials)).toEqual([]);
		for (const odd of [{ from: null, to: null }, { to: [null] }, { from: 7, to: [7], text: 7 }, { from: {}, to: [{}], messageStatus: 7 }])
			for (const event of [OUTBOUND, 'a2p-sms/opt-outs', 'extension/2/message-store/instant?type=SMS'])
				expect(parse(event, { active: true, ...odd })).toEqual([]);
	});
	test('says nothing where it names no message or is of another kind', () => {
		expect(parse(OUTBOUND, { id: '1', direction: 'Outbound', messageStatus: 'Delivered' })).toEqual([]);
		expect(parse('extension/2/presence', { from: message.to })).toEqual([]);
		expect(ringcentral.webhook.parse(signed(`{"timestamp":"${at}"}`, NOON), at, credentials)).toEqual([]);
	});
});

test('a JWT stands in for the person, and names the account whose pace is kept; a person who signs in has the connection for a name', () => {
	const { jwt: _none, ...person } = credentials;
	expect([ringcentral.oauth.assertion?.(credentials), ringcentral.oauth.assertion?.(person)]).toEqual(['jwt-of-the-test', undefined]);
	expect([provider.rate?.account?.(credentials as never), provider.rate?.account?.(person as never)]).toEqual(['jwt-of-the-test', undefined]);
});

/** https://developers.ringcentral.com/api-reference/Message-Store/listMessages, which the reduced description lacks. */
const list: Paths[string] = {
	get: {
		operationId: 'listMessages',
		parameters: [
			...['accountId', 'extensionId'].map((name) => ({ name, in: 'path', required: true, schema: { type: 'string' } })),
			{ name: 'direction', in: 'query', schema: { type: 'array', items: { type: 'string', enum: ['Inbound', 'Outbound'] } } },
			{ name: 'messageType', in: 'query', schema: { type: 'array', items: { type: 'string', enum: ['Fax', 'SMS', 'VoiceMail', 'Pager'] } } },
			{ name: 'dateFrom', in: 'query', schema: { type: 'string', format: 'date-time' } },
			{ name: 'page', in: 'query', schema: { type: 'integer' } },
			{ name: 'perPage', in: 'query', schema: { type: 'integer' } },
			{ name: 'phoneNumber', in: 'query', schema: { type: 'string' } },
		],
		responses: { 200: { description: 'OK', content: { 'application/json': { schema: { type: 'object' }, example: { records: [] } } } } },
	},
};

testAgainstSpec(
	provider,
	signedIn,
	'ringcentral/openapi.json',
	[
		{ name: 'a text is a valid request', call: (http) => send(http) },
		{ name: 'a high-volume text is a valid request', call: (http) => send(http, message, highVolume) },
		{ name: 'a fax is a valid request', call: (http) => send(http, fax) },
		{ name: 'a search of texts is a valid request', call: (http) => find(http) },
		{ name: 'a search of faxes is a valid request', call: (http) => find(http, fax) },
		{ name: 'a search of high-volume texts is a valid request', call: (http) => find(http, message, highVolume) },
		// The list of the description always has a next page.
		{ name: 'both questions are valid requests', call: (http) => status(http, ['1', 'batch/1']), requests: 11 },
		{ name: 'a call-back is a valid request', call: ring },
		{ name: 'the check is a valid request', call: (http) => ringcentral.check(http, signedIn) },
	],
	{ '/restapi/v1.0/account/{accountId}/extension/{extensionId}/message-store': list },
);
testAgainstSpec(provider, signedIn, 'ringcentral/contract.json', [
	{ name: 'a text holds nothing that RingCentral does not name', call: (http) => send(http) },
	{ name: 'a high-volume text holds nothing that RingCentral does not name', call: (http) => send(http, message, highVolume) },
]);

describe.skipIf(!specsPresent)('RingCentral in its description: subscriptions and sign-ins', () => {
	let strict: Prism;
	let official: Prism;
	beforeAll(async () => {
		strict = await startPrism('ringcentral/contract.json');
		official = await startPrism('ringcentral/openapi.json');
	});
	afterAll(() => Promise.all([strict.close(), official.close()]));

	test('one that is new, renewed and ended are valid requests', async () => {
		await using vendor = await startVendor([
			{ body: { records: [subscription('1', OWN), subscription('2', HOOK)] } },
			{ body: {} },
			{ body: {} },
			{ body: { records: [] } },
			{},
		]);
		const heard = createVendorHttp({ provider, credentials: signedIn, vendorUrls: { ringcentral: vendor.url } });
		await register(heard);
		await register(heard);
		const answers = await Promise.all(
			vendor.seen.map(async ({ method, path, headers, body }) => {
				const { url } = method === 'POST' ? strict : official;
				const response = await fetch(url + path, {
					method,
					headers: { authorization: headers.authorization ?? '', ...(body && { 'content-type': headers['content-type'] ?? '' }) },
					...(body && { body }),
				});
				return [method, response.status < 400 && response.headers.get('sl-violations') === null];
			}),
		);
		expect(answers).toEqual(['GET', 'PUT', 'DELETE', 'GET', 'POST'].map((method) => [method, true]));
	});
	test('a signed statement is exchanged for a token by a valid request', async () => {
		const deps = { config: { vendorUrls: { ringcentral: strict.url }, oauthClients: {} }, now: () => NOON } as unknown as Deps;
		const place = { practiceId: 'p', connection: 'rc', provider: provider as Provider, credentials: { ...credentials } };
		expect(await renew(deps, place, undefined)).toMatchObject({ access_token: expect.any(String), issued_at: NOON });
		const { jwt: _none, ...person } = credentials;
		expect(await renew(deps, { ...place, credentials: person }, { access_token: 'a', refresh_token: 'r', issued_at: 0, expires_at: 0 })).toMatchObject({
			access_token: expect.any(String),
		});
	});
});
