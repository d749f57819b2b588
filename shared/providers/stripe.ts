import type { AccountHint, BalanceFact, Fact, PaymentFact } from '../contracts/facts.ts';
import { Failure } from '../contracts/failure.ts';
import { defineProvider, type Page, type VendorHttp } from '../contracts/provider.ts';
import { object, optional, secret } from '../contracts/schema.ts';
import { badSignature, hmac, jsonBody, requireFresh, sameText } from './signing.ts';

/** Decides the shape of answers. Webhooks come in the shape of the endpoint's own version: only fields common to old and new are read without a fallback. */
const VERSION = '2026-10-28.endive';
const API = 'https://api.stripe.com/v1';

const auth = object({
	secret_key: secret(
		'Secret key',
		'Starts with sk_ or rk_. In the Stripe Dashboard under Developers, API keys; a restricted key needs to read invoices, charges and events, and to write invoices if Stripe shall send reminders.',
	),
	webhook_secret: optional(secret('Webhook signing secret', 'Starts with whsec_. Shown in the Stripe Dashboard at the webhook endpoint after it was added.')),
});

export default defineProvider({
	id: 'stripe',
	label: 'Stripe',
	docs: 'https://docs.stripe.com/api',
	hosts: ['api.stripe.com'],
	auth,
	authorize: (request, credentials) => ({
		...request,
		headers: { ...request.headers, authorization: `Bearer ${credentials.secret_key}`, 'stripe-version': VERSION },
	}),
	/** Reads what is needed anyway: a restricted key may not be allowed to read the account itself. https://docs.stripe.com/api/invoices/list */
	async check(http, credentials) {
		const { data } = await list<Invoice>(http, 'invoices', { limit: 1 });
		return { label: `${data[0]?.account_name || 'Stripe'}${/^[sr]k_test_/.test(credentials.secret_key) ? ' (test mode)' : ''}` };
	},
	/** https://docs.stripe.com/error-codes. A `rate_limit` may come with status 400. */
	failure(response) {
		if (response.status < 400) return undefined;
		const { error } = response.json() as { error?: { type?: string; code?: string } };
		const vendorCode = error?.code ?? error?.type;
		if (vendorCode === 'rate_limit' || vendorCode === 'lock_timeout')
			return new Failure('limited', 'Stripe receives too many requests at the moment. Wait and try again.', { vendorCode });
		if (error?.type === 'idempotency_error')
			return new Failure('conflict', 'Stripe has this idempotency key for another request. Start again with a new one.', { vendorCode: 'idempotency_error' });
		return undefined;
	},
	read: {
		/** Two parts, because an invoice can not be asked for by the day it was paid: all that is open now, then what happened since. */
		async page(http, _credentials, { since, cursor = 'open:', now }): Promise<Page<Fact>> {
			const [part = '', after = ''] = cursor.split(':');
			const paging = { limit: 100, ...(after && { starting_after: after }) };
			if (part === 'open') {
				// https://docs.stripe.com/api/invoices/list
				const { data, has_more } = await list<Invoice>(http, 'invoices', { status: 'open', ...paging });
				return { items: data.flatMap((invoice) => balanceOf(invoice, now)), next: has_more ? `open:${data.at(-1)?.id}` : 'events:' };
			}
			// https://docs.stripe.com/api/events/list; events are kept for 30 days.
			const { data, has_more } = await list<StripeEvent>(http, 'events', {
				'types[]': POLLED,
				'created[gte]': Math.floor(Date.parse(since) / 1000),
				...paging,
			});
			const items: Fact[] = [];
			for (const event of data) items.push(...(await withAccount(http, event)));
			return { items, ...(has_more && { next: `events:${data.at(-1)?.id}` }) };
		},
		/** https://docs.stripe.com/api/invoices/retrieve */
		async invoice(http, _credentials, externalId, now) {
			try {
				const invoice = (await http.send({ method: 'GET', url: `${API}/invoices/${encodeURIComponent(externalId)}` })).json() as Invoice;
				return balanceOf(invoice, now)[0];
			} catch (error) {
				if (error instanceof Failure && error.kind === 'missing') return undefined;
				throw error;
			}
		},
	},
	webhook: {
		/** https://docs.stripe.com/webhooks#verify-manually. Any v1 counts: there are two while the secret is rolled. */
		verify(request, credentials, now) {
			const parts = (request.headers['stripe-signature'] ?? '').split(',').map((part) => part.trim().split('='));
			const timestamp = parts.find(([name]) => name === 't')?.[1];
			const expected =
				credentials.webhook_secret && hmac('sha256', credentials.webhook_secret, Buffer.concat([Buffer.from(`${timestamp}.`), request.body]), 'hex');
			if (!expected || !parts.some(([name, value]) => name === 'v1' && sameText(value ?? '', expected))) throw badSignature('Stripe');
			requireFresh('Stripe', timestamp, now);
		},
		parse(request) {
			const event = jsonBody(request) as StripeEvent;
			const facts = factsOf(event);
			return facts.length === 0 ? [] : [{ id: event.id, type: 'facts', facts }];
		},
		setup: `In the Stripe Dashboard under Developers, Webhooks add an endpoint with this address for the events invoice.overdue, invoice.finalized, invoice.updated, invoice.paid, invoice.voided, invoice.marked_uncollectible, invoice.payment_failed, payment_intent.payment_failed, payment_intent.succeeded, charge.failed and charge.dispute.created, and copy its signing secret into this connection.`,
	},
	remind: {
		idempotency: 'header',
		/** https://docs.stripe.com/api/invoices/send: only open invoices that are paid by the customer; in test mode no mail leaves. */
		async invoice(http, _credentials, externalId, idempotencyKey) {
			const url = `${API}/invoices/${encodeURIComponent(externalId)}/send`;
			const invoice = (
				await http.send({ method: 'POST', url, headers: { 'idempotency-key': idempotencyKey.slice(0, 255) }, form: [], idempotent: true })
			).json() as Invoice;
			return { externalId: invoice.id, status: 'sent', rawStatus: invoice.livemode ? 'sent' : 'sent (test mode)' };
		},
	},
});

const POLLED =
	'invoice.paid invoice.voided invoice.marked_uncollectible invoice.payment_failed payment_intent.payment_failed payment_intent.succeeded charge.failed charge.dispute.created'.split(
		' ',
	);

type Id = string | { id: string } | null | undefined;
interface Customed {
	id: string;
	currency: string;
	metadata?: Record<string, string> | null;
	customer?: Id;
}
interface Invoice extends Customed {
	number?: string | null;
	/** The practice's own name at Stripe. */
	account_name?: string | null;
	status: string;
	livemode: boolean;
	amount_due: number;
	amount_remaining: number;
	attempt_count: number;
	collection_method: string;
	due_date?: number | null;
	next_payment_attempt?: number | null;
	status_transitions?: { finalized_at?: number | null };
	customer_email?: string | null;
	customer_name?: string | null;
	customer_phone?: string | null;
	customer_address?: { country?: string | null; state?: string | null; postal_code?: string | null } | null;
	/** Until 2025 only. */
	payment_intent?: Id;
}
interface Payment extends Customed {
	amount: number;
	amount_received?: number;
	payment_intent?: Id;
	charge?: Id;
	latest_charge?: Id;
	last_payment_error?: { code?: string; decline_code?: string; charge?: string; payment_method?: { type?: string } } | null;
	failure_code?: string | null;
	payment_method_details?: { type?: string } | null;
	payment_details?: { order_reference?: string | null } | null;
	/** Until 2025 only. */
	invoice?: Id;
}
interface StripeEvent {
	id: string;
	object: string;
	type: string;
	created: number;
	data?: { object: unknown };
}

async function list<T extends { id: string }>(
	http: VendorHttp,
	what: string,
	query: Record<string, string | number | string[]>,
): Promise<{ data: T[]; has_more: boolean }> {
	return (await http.send({ method: 'GET', url: `${API}/${what}`, query })).json() as { data: T[]; has_more: boolean };
}

const idOf = (value: Id): string | undefined => (typeof value === 'string' ? value : value?.id);
const instant = (seconds: number): string => new Date(seconds * 1000).toISOString();
/** The practice's zone is not known here. In the Americas the UTC day is the same or the next one, so nobody is late too early. */
const day = (seconds: number): string => instant(seconds).slice(0, 10);

function account(object: Customed): AccountHint {
	const yourReference = object.metadata?.['account_number'] || idOf(object.customer);
	return yourReference ? { yourReference } : {};
}

/** A draft is nobody's debt yet; paid, void and written-off (uncollectible) invoices are none any more. */
function balanceOf(invoice: Invoice, asOf: string): BalanceFact[] {
	const hint = account(invoice);
	if (invoice.status === 'draft' || hint.yourReference === undefined) return [];
	const { customer_name: name, customer_email: email, customer_phone: phone, customer_address: address } = invoice;
	const inUs = address?.country === 'US' && /^[A-Z]{2}$/.test(address.state ?? '');
	// What Stripe charges by itself has no due date: it is due when it is finalized.
	const due = invoice.due_date ?? invoice.status_transitions?.finalized_at;
	const settled = ['paid', 'void', 'uncollectible'].includes(invoice.status);
	const fact: BalanceFact = {
		kind: 'balance',
		source: 'stripe',
		account: {
			...hint,
			...(name && { name }),
			...(email && { email }),
			...(phone && { phone }),
			...(inUs && { state: address.state as string }),
			...(inUs && address.postal_code && { zip: address.postal_code }),
		},
		currency: invoice.currency.toUpperCase(),
		asOf,
		invoice: invoice.number ?? invoice.id,
		amountMinor: settled ? 0 : invoice.amount_remaining,
		originalMinor: invoice.amount_due,
		...(due && { dueDate: day(due) }),
		// A practice invoices what is left after insurance. A status that is not known yet leaves it open, which holds.
		...((settled || invoice.status === 'open') && { finalPatientShare: true }),
		externalId: invoice.id,
	};
	return [fact];
}

/** @returns nothing for events that are not about money owed, and for thin events (v2.core.event), which carry no object */
function factsOf(event: StripeEvent): Fact[] {
	if (event.object !== 'event' || !event.data) return [];
	const asOf = instant(event.created);
	const [about] = event.type.split('.');
	if (about === 'invoice') {
		const invoice = event.data.object as Invoice;
		return event.type === 'invoice.payment_failed' ? [...balanceOf(invoice, asOf), ...failedInvoice(invoice, asOf)] : balanceOf(invoice, asOf);
	}
	return payment(event.type, event.data.object as Payment, asOf);
}

const paymentFact = (object: Customed, asOf: string, rest: Pick<PaymentFact, 'payment' | 'amountMinor' | 'status'> & Partial<PaymentFact>): PaymentFact => ({
	kind: 'payment',
	source: 'stripe',
	account: account(object),
	currency: object.currency.toUpperCase(),
	asOf,
	at: asOf,
	...rest,
});

/** One failure of an invoice is told here and nowhere else: only the invoice knows whether Stripe tries again. */
function failedInvoice(invoice: Invoice, asOf: string): PaymentFact[] {
	if (account(invoice).yourReference === undefined) return [];
	return [
		paymentFact(invoice, asOf, {
			payment: `${idOf(invoice.payment_intent) ?? invoice.id}:${invoice.attempt_count}`,
			invoice: invoice.number ?? invoice.id,
			amountMinor: invoice.amount_remaining,
			status: 'failed',
			willRetry: typeof invoice.next_payment_attempt === 'number',
			autopay: invoice.collection_method === 'charge_automatically',
		}),
	];
}

const METHODS: Record<string, NonNullable<PaymentFact['method']>> = { card: 'card', us_bank_account: 'ach', ach_debit: 'ach' };

function payment(type: string, object: Payment, asOf: string): PaymentFact[] {
	if (type === 'charge.dispute.created')
		return [
			paymentFact(object, asOf, { payment: idOf(object.payment_intent) ?? idOf(object.charge) ?? object.id, amountMinor: object.amount, status: 'disputed' }),
		];
	if (type !== 'payment_intent.payment_failed' && type !== 'payment_intent.succeeded' && type !== 'charge.failed') return [];
	if (account(object).yourReference === undefined) return [];
	const error = object.last_payment_error;
	const method = METHODS[error?.payment_method?.type ?? object.payment_method_details?.type ?? ''];
	if (type === 'payment_intent.succeeded')
		return [paymentFact(object, asOf, { payment: object.id, amountMinor: object.amount_received ?? object.amount, status: 'succeeded' })];
	// The same attempt as payment_intent.payment_failed, or as invoice.payment_failed.
	const ofInvoice = idOf(object.invoice) ?? object.payment_details?.order_reference?.startsWith('in_');
	if (idOf(object.payment_intent) !== undefined || ofInvoice) return [];
	const attempt = idOf(object.latest_charge) ?? error?.charge;
	const code = error?.decline_code ?? error?.code ?? object.failure_code;
	return [
		paymentFact(object, asOf, {
			payment: attempt ? `${object.id}:${attempt}` : object.id,
			amountMinor: object.amount,
			status: 'failed',
			willRetry: false,
			...(method && { method }),
			...(code && { code }),
		}),
	];
}

/** A dispute does not name the customer; its charge does. https://docs.stripe.com/api/charges/retrieve */
async function withAccount(http: VendorHttp, event: StripeEvent): Promise<Fact[]> {
	const facts = factsOf(event);
	const charge = event.type === 'charge.dispute.created' ? idOf((event.data?.object as Payment).charge) : undefined;
	if (charge === undefined || facts[0]?.account.yourReference !== undefined) return facts;
	const found = (await http.send({ method: 'GET', url: `${API}/charges/${encodeURIComponent(charge)}` })).json() as Payment;
	return facts.map((fact) => ({ ...fact, account: account(found) }));
}
