import { createHmac } from 'node:crypto';
import { Ajv } from 'ajv';
import { describe, expect, test } from 'vitest';
import type { Provider, RawRequest, VendorHttp } from '../../shared/contracts/provider.ts';
import { hmac } from '../../shared/providers/signing.ts';
import provider from '../../shared/providers/stripe.ts';
import { readSpec, specsPresent, testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { raw } from './samples.ts';

const stripe = provider as Required<Pick<Provider, 'check' | 'webhook' | 'remind'>> & { read: Required<NonNullable<Provider['read']>> };
const credentials = { secret_key: 'sk_test_key_of_the_test', webhook_secret: 'whsec_of_the_test' };
const headers = { authorization: 'Bearer sk_test_key_of_the_test', 'stripe-version': '2026-10-28.endive' };
const now = '2026-11-24T12:00:00.000Z';
const created = Date.parse(now) / 1000;
const query = { since: '2026-11-23T12:00:00.000Z', now };

const invoice = (over: object = {}) => ({
	id: 'in_1',
	object: 'invoice',
	number: 'INV-7',
	status: 'open',
	livemode: false,
	currency: 'usd',
	amount_due: 10_000,
	amount_remaining: 8420,
	attempt_count: 0,
	collection_method: 'send_invoice',
	due_date: 1_793_491_199,
	next_payment_attempt: null,
	customer: 'cus_9',
	customer_name: 'Test Person',
	customer_email: 'someone@patient.example',
	customer_phone: null,
	metadata: { account_number: 'A-100' },
	customer_address: { line1: '1 Main St', line2: null, city: 'Phoenix', country: 'US', state: 'AZ', postal_code: '85004' },
	status_transitions: { finalized_at: 1_790_985_600, marked_uncollectible_at: null, paid_at: null, voided_at: null },
	...over,
});
const account = { yourReference: 'A-100', name: 'Test Person', email: 'someone@patient.example', state: 'AZ', zip: '85004' };
const balance = {
	kind: 'balance',
	source: 'stripe',
	account,
	currency: 'USD',
	asOf: now,
	invoice: 'INV-7',
	amountMinor: 8420,
	originalMinor: 10_000,
	dueDate: '2026-10-31',
	finalPatientShare: true,
	externalId: 'in_1',
};
const event = (type: string, object: object, over: object = {}) => ({
	id: `evt_${type}`,
	object: 'event',
	type,
	created,
	livemode: false,
	data: { object },
	...over,
});
const payment = { kind: 'payment', source: 'stripe', currency: 'USD', asOf: now, at: now };
const intent = {
	id: 'pi_1',
	object: 'payment_intent',
	currency: 'usd',
	amount: 8420,
	customer: 'cus_9',
	metadata: {},
	latest_charge: 'ch_1',
	last_payment_error: { code: 'card_declined', decline_code: 'insufficient_funds', payment_method: { type: 'card' } },
};
const dispute = { id: 'dp_1', object: 'dispute', currency: 'usd', amount: 8420, charge: 'ch_1', payment_intent: 'pi_1', metadata: {} };

const signature = (body: string, at: number, secret = credentials.webhook_secret) =>
	createHmac('sha256', secret)
		.update(`${Math.floor(at / 1000)}.${body}`)
		.digest('hex');
const hooked = (body: string, header: string): RawRequest => raw('https://dunwell.example/api/hooks/stripe/s', { 'stripe-signature': header }, body);
const signed = (body: string, at: number) => hooked(body, `t=${Math.floor(at / 1000)},v1=${signature(body, at)}`);
const parse = (body: object) => stripe.webhook.parse(hooked(JSON.stringify(body), ''), now, credentials);
const eventsUrl =
	'https://api.stripe.com/v1/events?types%5B%5D=invoice.paid&types%5B%5D=invoice.voided&types%5B%5D=invoice.marked_uncollectible&types%5B%5D=invoice.payment_failed&types%5B%5D=payment_intent.payment_failed&types%5B%5D=payment_intent.succeeded&types%5B%5D=charge.failed&types%5B%5D=charge.dispute.created&created%5Bgte%5D=1795435200&limit=100';

testProvider(provider, {
	credentials,
	secrets: ['sk_test_key_of_the_test', 'whsec_of_the_test', 'someone@patient.example'],
	cases: [
		{
			capability: 'remind.invoice',
			name: 'a reminder by Stripe carries the key that keeps it from going twice',
			call: (http) => stripe.remind.invoice(http, credentials, 'in_1', 'key_rem_7Q2'),
			replies: [{ body: invoice({ livemode: true }) }],
			wire: [
				{
					method: 'POST',
					url: 'https://api.stripe.com/v1/invoices/in_1/send',
					headers: { ...headers, 'idempotency-key': 'key_rem_7Q2', 'content-type': 'application/x-www-form-urlencoded' },
				},
			],
			result: { externalId: 'in_1', status: 'sent', rawStatus: 'sent' },
			harmless: true,
		},
		{
			capability: 'read.page',
			name: 'the first page is open invoices; a draft and one without a customer are left out',
			call: (http) => stripe.read.page(http, credentials, query),
			replies: [
				{ body: { data: [invoice(), invoice({ id: 'in_2', status: 'draft' }), invoice({ id: 'in_3', metadata: {}, customer: null })], has_more: true } },
			],
			wire: [{ method: 'GET', url: 'https://api.stripe.com/v1/invoices?status=open&limit=100', headers }],
			result: { items: [balance], next: 'open:in_3' },
			harmless: true,
		},
		{
			capability: 'read.page',
			name: 'the last page of open invoices leads to what happened since',
			call: (http) => stripe.read.page(http, credentials, { ...query, cursor: 'open:in_3' }),
			replies: [{ body: { data: [], has_more: false } }],
			wire: [{ method: 'GET', url: 'https://api.stripe.com/v1/invoices?status=open&limit=100&starting_after=in_3' }],
			result: { items: [], next: 'events:' },
			harmless: true,
		},
		{
			capability: 'read.page',
			name: "what happened since is read from events, and a dispute's account from its charge",
			call: (http) => stripe.read.page(http, credentials, { ...query, cursor: 'events:' }),
			replies: [
				{
					body: { data: [event('invoice.paid', invoice({ status: 'paid', amount_remaining: 0 })), event('charge.dispute.created', dispute)], has_more: false },
				},
				{ body: { id: 'ch_1', customer: 'cus_9', metadata: {} } },
			],
			wire: [
				{ method: 'GET', url: eventsUrl, headers },
				{ method: 'GET', url: 'https://api.stripe.com/v1/charges/ch_1' },
			],
			result: {
				items: [
					{ ...balance, amountMinor: 0 },
					{ ...payment, account: { yourReference: 'cus_9' }, payment: 'pi_1', amountMinor: 8420, status: 'disputed' },
				],
			},
			harmless: true,
		},
		{
			capability: 'read.invoice',
			name: 'one invoice is read as it is now',
			call: (http) => stripe.read.invoice(http, credentials, 'in_1', now),
			replies: [{ body: invoice() }],
			wire: [{ method: 'GET', url: 'https://api.stripe.com/v1/invoices/in_1', headers }],
			result: balance,
			harmless: true,
		},
		{
			capability: 'read.invoice',
			name: 'an invoice that is gone is undefined',
			call: (http) => stripe.read.invoice(http, credentials, 'in_1', now),
			replies: [{ status: 404, body: { error: { type: 'invalid_request_error', code: 'resource_missing' } } }],
			wire: [{ method: 'GET', url: 'https://api.stripe.com/v1/invoices/in_1' }],
			result: undefined,
			harmless: true,
		},
		...(
			[
				['the name on its invoices', [invoice({ account_name: 'Valley Allergy' })], 'Valley Allergy (test mode)'],
				['the vendor while there are none', [], 'Stripe (test mode)'],
			] as const
		).map(([name, data, label]) => ({
			capability: 'check' as const,
			name: `the connection is named by ${name}, and says that it is a test`,
			call: (http: VendorHttp) => stripe.check(http, credentials),
			replies: [{ body: { data, has_more: false } }],
			wire: [{ method: 'GET', url: 'https://api.stripe.com/v1/invoices?limit=1', headers }],
			result: { label },
			harmless: true,
		})),
	],
	failures: [
		...(
			[
				['rate_limit with status 400', 400, { type: 'invalid_request_error', code: 'rate_limit' }, 'limited', 'rate_limit'],
				['an idempotency key of another request', 400, { type: 'idempotency_error' }, 'conflict', 'idempotency_error'],
				[
					'another code',
					400,
					{ type: 'invalid_request_error', code: 'invoice_not_editable', message: 'someone@patient.example' },
					'invalid',
					'invoice_not_editable',
				],
				['402', 402, { type: 'card_error', code: 'card_declined' }, 'denied', 'card_declined'],
			] as const
		).map(([name, status, error, kind, vendorCode]) => ({
			name: `${name} is ${kind}`,
			call: (http: VendorHttp) => stripe.remind.invoice(http, credentials, 'in_1', 'k'),
			reply: { status, body: { error } },
			kind,
			vendorCode,
		})),
	],
	webhook: {
		signed,
		body: JSON.stringify(event('invoice.overdue', invoice())),
		events: [{ id: 'evt_invoice.overdue', type: 'facts', facts: [balance] }] as never,
		signatureHeader: 'stripe-signature',
		wrongSecret: { ...credentials, webhook_secret: 'whsec_of_another' },
	},
	skip: [{ what: 'unknown status', reason: 'Stripe reports facts, not deliveries; unknown invoice statuses have a test of their own' }],
});

describe('Stripe signatures', () => {
	const body = '{"id":"evt_1","type":"invoice.overdue"}';
	const dev = { ...credentials, webhook_secret: 'whsec_dev' };
	const v1 = 'f6f3b01ed5f8fb621986a24b962621132e0860d63569ed6b49e18435517934e5';
	const verify =
		(header: string, using: object = dev) =>
		() =>
			stripe.webhook.verify(hooked(body, header), using as typeof dev, 1_700_000_000_000);
	test('the computed vector and the SDK vector agree', () => {
		expect(verify(`t=1700000000,v1=${v1}`)).not.toThrow();
		expect(hmac('sha256', 'test_secret', '😀', 'hex')).toBe('837da296d05c4fe31f61d5d7ead035099d9585a5bcde87de952012a78f0b0c43');
	});
	test('any v1 counts while a secret is rolled; v0 never does', () => {
		expect(verify(`t=1700000000,v1=${'0'.repeat(64)},v1=${v1}`)).not.toThrow();
		expect(verify(`t=1700000000,v0=${v1}`)).toThrow(expect.objectContaining({ kind: 'auth' }));
	});
	test('without a signing secret nothing is accepted', () => {
		expect(verify(`t=1700000000,v1=${v1}`, { secret_key: 'sk_test_x' })).toThrow(expect.objectContaining({ code: 'bad_signature' }));
	});
});

describe('what Stripe reports', () => {
	test.each([
		['paid', 0],
		['void', 0],
		['uncollectible', 0],
		['open', 8420],
	])('an invoice that is %s leaves %d to pay', (status, amountMinor) => {
		expect(parse(event('invoice.updated', invoice({ status })))).toEqual([{ id: 'evt_invoice.updated', type: 'facts', facts: [{ ...balance, amountMinor }] }]);
	});
	test('a status nobody has heard of does not say that the share is final, so it holds', () => {
		const { finalPatientShare: _unknown, ...held } = balance;
		expect(parse(event('invoice.updated', invoice({ status: 'never_heard_of' })))).toEqual([{ id: 'evt_invoice.updated', type: 'facts', facts: [held] }]);
	});
	test('yen are not hundredths, a draft number is the id, an expanded customer counts, and nothing is made up', () => {
		const bare = invoice({
			number: null,
			currency: 'jpy',
			metadata: null,
			customer: { id: 'cus_8' },
			customer_name: null,
			customer_email: null,
			customer_address: { country: 'CA', state: 'ON', postal_code: 'M5V' },
			due_date: null,
			collection_method: 'charge_automatically',
		});
		expect(parse(event('invoice.finalized', bare))).toEqual([
			{
				id: 'evt_invoice.finalized',
				type: 'facts',
				facts: [{ ...balance, account: { yourReference: 'cus_8' }, currency: 'JPY', invoice: 'in_1', dueDate: '2026-10-03' }],
			},
		]);
	});
	test('a failed attempt says whether Stripe tries again', () => {
		const failed = (over: object) =>
			parse(event('invoice.payment_failed', invoice({ attempt_count: 2, collection_method: 'charge_automatically', ...over })))[0];
		const fact = { ...payment, account: { yourReference: 'A-100' }, payment: 'in_1:2', invoice: 'INV-7', amountMinor: 8420, status: 'failed', autopay: true };
		expect(failed({ next_payment_attempt: created + 3600 })).toEqual({
			id: 'evt_invoice.payment_failed',
			type: 'facts',
			facts: [balance, { ...fact, willRetry: true }],
		});
		expect(failed({})).toMatchObject({ facts: [balance, { ...fact, willRetry: false }] });
		expect(failed({ payment_intent: 'pi_1' })).toMatchObject({ facts: [balance, { payment: 'pi_1:2' }] });
	});
	test('one attempt is told once: of an invoice by the invoice, of a payment intent by the intent', () => {
		const fact = {
			...payment,
			account: { yourReference: 'cus_9' },
			payment: 'pi_1:ch_1',
			amountMinor: 8420,
			status: 'failed',
			willRetry: false,
			method: 'card',
			code: 'insufficient_funds',
		};
		expect(parse(event('payment_intent.payment_failed', intent))).toEqual([{ id: 'evt_payment_intent.payment_failed', type: 'facts', facts: [fact] }]);
		expect(
			parse(event('charge.failed', { id: 'ch_1', currency: 'usd', amount: 8420, customer: 'cus_9', payment_intent: 'pi_1', failure_code: 'card_declined' })),
		).toEqual([]);
		expect(parse(event('payment_intent.payment_failed', { ...intent, payment_details: { order_reference: 'in_1' } }))).toEqual([]);
		expect(parse(event('payment_intent.payment_failed', { ...intent, invoice: 'in_1' }))).toEqual([]);
	});
	test('a charge without an intent is told by itself, with its bank', () => {
		const charge = {
			id: 'py_1',
			currency: 'usd',
			amount: 500,
			customer: 'cus_9',
			payment_intent: null,
			failure_code: 'insufficient_funds',
			payment_method_details: { type: 'us_bank_account' },
		};
		expect(parse(event('charge.failed', charge))).toMatchObject([
			{ facts: [{ payment: 'py_1', method: 'ach', code: 'insufficient_funds', status: 'failed' }] },
		]);
	});
	test('a payment that succeeds and one that is disputed have the same number', () => {
		expect(parse(event('payment_intent.succeeded', { ...intent, last_payment_error: null, amount_received: 8000 }))).toMatchObject([
			{ facts: [{ payment: 'pi_1', amountMinor: 8000, status: 'succeeded' }] },
		]);
		expect(parse(event('charge.dispute.created', dispute))).toMatchObject([
			{ facts: [{ payment: 'pi_1', amountMinor: 8420, status: 'disputed', account: {} }] },
		]);
	});
	test('thin events, other events and payments of nobody we know are set aside', () => {
		expect(parse({ id: 'evt_thin', object: 'v2.core.event', type: 'v1.billing.meter.error_report_triggered', created: now })).toEqual([]);
		expect(parse(event('customer.created', { id: 'cus_9', currency: 'usd' }))).toEqual([]);
		expect(parse(event('payment_intent.payment_failed', { ...intent, customer: null }))).toEqual([]);
	});
});

test.skipIf(!specsPresent)('the invoice of these tests has fields of the current version only (skipped where DUNWELL_SPECS is absent)', () => {
	const { $defs } = readSpec('stripe/current-objects.schema.json') as { $defs: Record<string, { properties: Record<string, object> }> };
	const properties = $defs['invoice']?.properties ?? {};
	expect(Object.keys(invoice()).filter((name) => !Object.hasOwn(properties, name))).toEqual([]);
	const valid = new Ajv({ strict: false }).compile({ $defs, type: 'object', properties });
	expect([valid(invoice()), valid.errors]).toEqual([true, null]);
});

testAgainstSpec(provider, credentials, 'stripe/openapi.2023-08-16.json', [
	{ name: 'the list of open invoices is a valid request', call: (http) => stripe.read.page(http, credentials, { ...query, cursor: 'open:in_1' }) },
	{ name: 'the list of events is a valid request', call: (http) => stripe.read.page(http, credentials, { ...query, cursor: 'events:evt_1' }) },
	{ name: 'one invoice is a valid request', call: (http) => stripe.read.invoice(http, credentials, 'in_1', now) },
	{ name: 'the check is a valid request', call: (http) => stripe.check(http, credentials) },
	{ name: 'the reminder is a valid request', call: (http) => stripe.remind.invoice(http, credentials, 'in_1', 'key') },
]);
