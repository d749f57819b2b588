import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Provider, RawRequest, VendorHttp } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/generic.ts';
import { createVendorHttp } from '../../shared/service/vendor-http.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { startVendor } from '../kit/vendor-server.ts';
import { email, item, message, raw } from './samples.ts';

const generic = provider as Required<Pick<Provider, 'check' | 'send' | 'webhook'>> & { work: Required<NonNullable<Provider['work']>> };
const bytes = Buffer.from('twenty-four bytes, or so');
const url = 'https://systems.practice.example/dunwell?tenant=7';
const credentials = { secret: `whsec_${bytes.toString('base64')}`, url };
const now = '2026-11-24T12:00:00.000Z';
const seconds = String(Date.parse(now) / 1000);

const v1 = (key: string | Buffer, id: string, at: string, body: string) => `v1,${createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64')}`;
function signed(body: string, at: number): RawRequest {
	const when = String(Math.floor(at / 1000));
	return raw(
		'https://dunwell.example/api/hooks/generic/s',
		{ 'webhook-id': 'msg_1', 'webhook-timestamp': when, 'webhook-signature': v1(bytes, 'msg_1', when, body) },
		body,
	);
}
const wire = (key: string, body: string) => ({
	method: 'POST',
	url,
	headers: {
		'content-type': 'application/json',
		'idempotency-key': key,
		'webhook-id': key,
		'webhook-timestamp': seconds,
		'webhook-signature': v1(bytes, key, seconds, body),
	},
	body,
});
const parse = (body: unknown, fields?: object) =>
	generic.webhook.parse(raw('https://x.example', { 'webhook-id': 'msg_1' }, JSON.stringify(body)), now, {
		...credentials,
		...(fields && { fields: JSON.stringify(fields) }),
	});

const mailBody =
	'{"type":"message","data":{"reference":"rem_7Q2","channel":"email","to":"someone@patient.example","from":"billing@practice.example","text":"Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2","language":"en","subject":"Your statement is ready","html":"<p>$84.20 is open.</p>","from_name":"Valley Allergy","unsubscribe_url":"https://dunwell.example/api/go/tok","callback_url":"https://dunwell.example/api/hooks/vendor/s3cr3t"}}';
const work = (type: string, id: string) =>
	`{"type":"${type}","data":{"reference":"esc_9","title":"Balance unpaid after 60 days","text":"acc_X4 owes <$84.20> & has not answered.","link":"https://dunwell.example/api/accounts/acc_X4?a=1&b=2","severity":"high","target":"C012AB3CD","due_date":"2026-11-30","external_id":"${id}"}}`;
const digest = createHmac('sha256', 'esc_9')
	.update(
		JSON.stringify([
			{ reference: item.reference, title: item.title, text: item.text, link: item.link, severity: item.severity, target: item.target },
			item.dueDate,
		]),
	)
	.digest('hex')
	.slice(0, 16);

testProvider(provider, {
	credentials,
	secrets: [credentials.secret, bytes.toString('base64'), 'tenant=7', message.to, message.text],
	cases: [
		{
			capability: 'send.message',
			name: 'a message goes out as signed JSON with its key',
			call: (http) => generic.send.message(http, credentials, email),
			replies: [{ body: { id: 'M-1', status: 'queued' } }],
			wire: [wire('key_rem_7Q2', mailBody)],
			result: { externalId: 'M-1', status: 'sent', rawStatus: 'queued' },
			harmless: true,
		},
		{
			capability: 'send.message',
			name: 'an answer without a body takes the message under our reference',
			call: (http) => generic.send.message(http, credentials, email),
			replies: [{ status: 204 }],
			wire: [wire('key_rem_7Q2', mailBody)],
			result: { externalId: 'rem_7Q2', status: 'sent', rawStatus: 'accepted' },
			harmless: true,
		},
		{
			capability: 'send.message',
			name: 'a status word that is not known stays unknown',
			call: (http) => generic.send.message(http, credentials, email),
			replies: [{ body: { status: 'never_heard_of' } }],
			wire: [wire('key_rem_7Q2', mailBody)],
			result: { externalId: 'rem_7Q2', status: 'unknown', rawStatus: 'never_heard_of' },
			harmless: true,
		},
		{
			capability: 'work.open',
			name: "staff work opens under the other system's id",
			call: (http) => generic.work.open(http, credentials, item),
			replies: [{ body: { id: 'T-1' } }],
			wire: [wire(`work.opened:esc_9:${digest}`, work('work.opened', 'esc_9'))],
			result: { externalId: 'T-1' },
			harmless: true,
		},
		{
			capability: 'work.update',
			name: 'a change names the item by that id',
			call: (http) => generic.work.update(http, credentials, 'T-1', item),
			replies: [{ status: 204 }],
			wire: [wire(`work.updated:esc_9:${digest}`, work('work.updated', 'T-1'))],
			result: { externalId: 'T-1' },
			harmless: true,
		},
		{
			capability: 'work.close',
			name: 'so does its end',
			call: (http) => generic.work.close(http, credentials, 'T-1', item),
			replies: [{ status: 204 }],
			wire: [wire(`work.closed:esc_9:${digest}`, work('work.closed', 'T-1'))],
			result: undefined,
			harmless: true,
		},
		{
			capability: 'check',
			name: 'the connection is named by its host, without path and query',
			call: (http) => generic.check(http, credentials),
			replies: [{ status: 204 }],
			wire: [wire('check', '{"type":"check","data":{}}')],
			result: { label: 'systems.practice.example' },
			harmless: true,
		},
		{
			capability: 'check',
			name: 'a connection that only receives calls nobody',
			credentials: { secret: credentials.secret },
			call: (http) => generic.check(http, { secret: credentials.secret }),
			replies: [],
			wire: [],
			result: { label: 'Incoming webhook' },
			harmless: true,
		},
	],
	failures: [
		{
			name: 'a connection that only receives can not send',
			call: (http) => generic.send.message(http, { secret: credentials.secret }, message),
			reply: {},
			kind: 'invalid',
			code: 'url_missing',
		},
		...[
			['not JSON', '{'],
			['no object', '[]'],
			['an unknown field', '{"surname":"x"}'],
			['a path that is no text', '{"amount":1}'],
		].map(([name, fields]) => ({
			name: `a field map with ${name} is refused when the connection is made`,
			call: (http: VendorHttp) => generic.check(http, { ...credentials, fields }),
			reply: {},
			kind: 'invalid' as const,
			code: 'field_map_not_valid',
		})),
	],
	webhook: {
		signed,
		body: '{"kind":"balance","your_reference":"A-100","amount":"1,084.20","invoice":7,"due_date":"2026-10-31","final_patient_share":true,"as_of":"2026-11-24T05:00:00-05:00"}',
		events: [
			{
				id: 'msg_1',
				type: 'facts',
				facts: [
					{
						kind: 'balance',
						source: 'generic',
						account: { yourReference: 'A-100' },
						currency: 'USD',
						asOf: '2026-11-24T10:00:00.000Z',
						invoice: '7',
						amountMinor: 108_420,
						dueDate: '2026-10-31',
						finalPatientShare: true,
					},
				],
			},
		],
		signatureHeader: 'webhook-signature',
		unknownStatus: '{"type":"delivery","data":{"reference":"rem_7Q2","status":"never_heard_of"}}',
		wrongSecret: { ...credentials, secret: `whsec_${Buffer.from('another secret of length').toString('base64')}` },
	},
	skip: [
		{ what: 'empty body', reason: 'the other system may answer without a body; any 2xx has taken it' },
		{ what: 'html body', reason: 'the other system may answer anything; any 2xx has taken it' },
	],
});

describe('signatures of any system', () => {
	test('the published example of Standard Webhooks is accepted', () => {
		const request = raw(
			'https://x.example',
			{
				'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
				'webhook-timestamp': '1614265330',
				'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
			},
			'{"test": 2432232314}',
		);
		expect(() => generic.webhook.verify(request, { secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }, 1_614_265_330_000)).not.toThrow();
	});
	test('any one signature of the list is enough, and a secret without whsec_ is used as it is', () => {
		const headers = {
			'webhook-id': 'm',
			'webhook-timestamp': seconds,
			'webhook-signature': `v1,AAAA ${v1('a raw secret of enough length', 'm', seconds, '{}')}`,
		};
		expect(() => generic.webhook.verify(raw('https://x.example', headers, '{}'), { secret: 'a raw secret of enough length' }, Date.parse(now))).not.toThrow();
	});
	test('the id is signed too', () => {
		const request = signed('{}', Date.parse(now));
		expect(() => generic.webhook.verify({ ...request, headers: { ...request.headers, 'webhook-id': 'msg_2' } }, credentials, Date.parse(now))).toThrow(
			expect.objectContaining({ code: 'bad_signature' }),
		);
	});
});

describe('the field map', () => {
	const map = {
		records: 'data.rows',
		kind: '=payment',
		your_reference: 'Acct. no',
		payment: 'id',
		amount: 'sum',
		currency: '=EUR',
		status: 'state',
		method: 'how',
		will_retry: 'again',
		at: 'when',
		email: 'who.mail',
		deceased: 'dead',
		code: 'why',
	};
	test('finds each field at its path, a name with a dot in it, and takes values after = as they are', () => {
		const rows = [
			{
				'Acct. no': 'A-1',
				id: 55,
				sum: 20,
				state: 'returned',
				how: 'ach',
				again: 'no',
				when: '2026-11-23T09:00:00Z',
				who: { mail: 'a@b.example' },
				dead: '',
				why: 'R01',
			},
		];
		expect(parse({ data: { rows } }, map)).toEqual([
			{
				id: 'msg_1',
				type: 'facts',
				facts: [
					{
						kind: 'payment',
						source: 'generic',
						account: { yourReference: 'A-1', email: 'a@b.example' },
						currency: 'EUR',
						asOf: now,
						payment: '55',
						amountMinor: 2000,
						status: 'returned',
						method: 'ach',
						willRetry: false,
						code: 'R01',
						at: '2026-11-23T09:00:00.000Z',
					},
				],
			},
		]);
		expect(parse({ data: { rows: [] } }, map)).toEqual([]);
	});
	test.each([
		['kind', { kind: 'refund', your_reference: 'A', amount: 1 }, '"records.0.kind" must be one of balance, payment.'],
		['amount', { kind: 'balance', your_reference: 'A', amount: 'eighty' }, '"records.0.amount" must be an amount such as 84.20.'],
		['amount', { kind: 'balance', your_reference: 'A' }, '"records.0.amount" is required.'],
		['amount', { kind: 'balance', your_reference: 'A', amount: {} }, '"records.0.amount" must be text.'],
		['your_reference', { kind: 'balance', amount: 1 }, '"records.0.your_reference" is required.'],
		['due_date', { kind: 'balance', your_reference: 'A', amount: 1, due_date: '24/11/2026' }, '"records.0.due_date" must be a date such as 2026-11-24.'],
		[
			'as_of',
			{ kind: 'balance', your_reference: 'A', amount: 1, as_of: '2026-11-24T09:30:00' },
			'"records.0.as_of" must be a date and time with offset such as 2026-11-24T09:30:00-05:00.',
		],
		['disputed', { kind: 'balance', your_reference: 'A', amount: 1, disputed: 'perhaps' }, '"records.0.disputed" must be true or false.'],
		[
			'status',
			{ kind: 'payment', your_reference: 'A', amount: 1, payment: 'p', status: 'maybe' },
			'"records.0.status" must be one of succeeded, failed, returned, disputed.',
		],
	])('a wrong %s is refused by name', (_field, record, sentence) => {
		expect(() => parse(record)).toThrow(expect.objectContaining({ kind: 'invalid', code: 'invalid_field', message: expect.stringContaining(sentence) }));
	});
	test('the refusal of a value does not repeat it', () => {
		expect(() => parse({ kind: 'balance', your_reference: 'A', amount: 'Jane Roe' })).toThrow(
			expect.objectContaining({ message: expect.not.stringContaining('Jane') }),
		);
	});
	test('a path reaches own values only', () => {
		expect(() => parse({ amount: 1 }, { kind: '=balance', your_reference: 'constructor.name', amount: 'amount' })).toThrow(
			expect.objectContaining({ code: 'invalid_field' }),
		);
	});
});

describe('what any system may tell of messages', () => {
	test('a delivery, a reply and an opt-out are read', () => {
		expect(parse({ type: 'delivery', data: { id: 'M-1', reference: 'rem_7Q2', status: 'bounced', at: '2026-11-24T11:00:00Z' } })).toEqual([
			{ id: 'msg_1', type: 'delivery', externalId: 'M-1', reference: 'rem_7Q2', status: 'undelivered', rawStatus: 'bounced', at: '2026-11-24T11:00:00Z' },
		]);
		expect(parse({ type: 'reply', data: { channel: 'portal', from: 'P-1', text: 'Who is this?' } })).toEqual([
			{ id: 'msg_1', type: 'reply', channel: 'portal', from: 'P-1', text: 'Who is this?', at: now },
		]);
		expect(parse({ type: 'opt_out', data: { channel: 'fax', address: '+15005550010' } })).toEqual([
			{ id: 'msg_1', type: 'opt_out', channel: 'fax', address: '+15005550010', how: 'reported', at: now },
		]);
	});
	test('what is missing is named', () => {
		for (const [body, field] of [
			[{ type: 'delivery', data: { reference: 'r' } }, 'data.status'],
			[{ type: 'reply', data: { channel: 'pigeon', from: 'a', text: 'b' } }, 'data.channel'],
			[{ type: 'opt_out', data: { channel: 'sms' } }, 'data.address'],
		] as const)
			expect(() => parse(body)).toThrow(expect.objectContaining({ fields: [expect.objectContaining({ field })] }));
	});
});

describe('where any system may be', () => {
	const send = (to: string, allowLoopback = false) =>
		generic.send.message(
			createVendorHttp({ provider, credentials: { ...credentials, url: to }, allowLoopback, sleep: async () => {} }),
			{ ...credentials, url: to },
			message,
		);
	test.each([
		'http://systems.practice.example/x',
		'https://localhost/x',
		'https://127.0.0.1/x',
		'https://10.1.2.3/x',
		'https://[::1]/x',
		'https://[::ffff:10.0.0.1]/x',
		'https://169.254.169.254/latest',
		'https://intranet/x',
		'https://user:pw@systems.practice.example/x',
		'ftp://systems.practice.example',
	])('%s is refused', async (to) => {
		await expect(send(to)).rejects.toMatchObject({ kind: 'invalid', code: 'address_not_public' });
	});
	test('this machine is called in development only', async () => {
		await using vendor = await startVendor([{ body: { id: 'M-1' } }]);
		await expect(send(`${vendor.url}/x`, true)).resolves.toMatchObject({ externalId: 'M-1' });
		await expect(send(`${vendor.url}/x`)).rejects.toMatchObject({ code: 'address_not_public' });
		await expect(send(vendor.url.replace('127.0.0.1', 'localhost'), true)).resolves.toMatchObject({ externalId: 'M-1' });
		expect(vendor.seen.length).toBe(2);
	});
});
