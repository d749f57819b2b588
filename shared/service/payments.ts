/** Payments into the ledger: what they take off invoices, and what comes back when they are returned or disputed. */
import { sql } from 'kysely';
import type { PaymentFact } from '../contracts/facts.ts';
import type { Tx } from '../ledger/open.ts';
import { audit } from './audit.ts';
import { openDisputes, settleDisputes } from './disputes.ts';
import { iso } from './practice.ts';
import { newRef } from './refs.ts';
import { accountOf, type Recording } from './sighting.ts';
import type { Deps } from './types.ts';

export interface PaymentOutcome {
	account_ref: string;
	payment_ref: string;
	outcome: 'recorded' | 'status_changed' | 'unchanged' | 'older_ignored';
}

/** What a payment took off an invoice: given back when it is returned. */
interface Applied {
	invoice_ref: string;
	minor: number;
}

type Before = Awaited<ReturnType<typeof readPayment>>;

const readPayment = (tx: Tx, practiceId: string, account: string, number: string) =>
	tx
		.selectFrom('payment')
		.selectAll()
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', account)
		.where('your_reference', '=', number)
		.executeTakeFirst();

export async function recordPayment(deps: Deps, tx: Tx, to: Recording, fact: PaymentFact): Promise<PaymentOutcome> {
	const account = await accountOf(deps, tx, to, fact.account, fact.currency);
	const now = iso(deps.now());
	await sql`select 1 from account where practice_id = ${to.practiceId} and account_ref = ${account} for update`.execute(tx);
	const before = await readPayment(tx, to.practiceId, account, fact.payment);
	if (before && before.as_of.getTime() > Date.parse(fact.asOf)) return { account_ref: account, payment_ref: before.payment_ref, outcome: 'older_ignored' };
	if (isSame(before, fact)) return { account_ref: account, payment_ref: before?.payment_ref ?? '', outcome: 'unchanged' };

	const taken = before ? (before.applied as Applied[]) : [];
	await giveBack(tx, to.practiceId, taken, now);
	const applied = fact.status === 'succeeded' ? await apply(tx, to.practiceId, account, fact, now) : [];
	const payment = before?.payment_ref ?? newRef('pay');
	await write(tx, to, account, payment, fact, before, applied);
	const reopened = taken.length > 0 ? taken.map((part) => part.invoice_ref) : await named(tx, to.practiceId, account, fact.invoice);
	// From here the ladder waits: a step right after money came back would be the second blow of one day.
	if (fact.status === 'returned')
		await sql`update invoice set returned_at = ${now}, updated_at = ${now} where practice_id = ${to.practiceId} and invoice_ref = any(${reopened})`.execute(tx);
	if (before?.status === 'disputed')
		await settleDisputes(tx, to.practiceId, { accountRef: account, payment }, fact.status === 'succeeded' ? 'won' : 'lost', now);
	if (fact.status === 'disputed')
		await openDisputes(tx, to, { accountRef: account, payment, invoices: reopened, reason: fact.disputeReason, source: fact.source, at: fact.at }, now);
	await tx
		.updateTable('account')
		.set({ next_review_at: now, updated_at: now, ...(fact.status === 'succeeded' ? { last_payment_at: fact.at } : {}) })
		.where('practice_id', '=', to.practiceId)
		.where('account_ref', '=', account)
		.execute();
	await audit(tx, to.practiceId, [
		{
			at: now,
			actor: to.actor,
			kind: 'payment_recorded',
			subject: account,
			body: {
				payment_ref: payment,
				status: fact.status,
				amount_minor: fact.amountMinor,
				currency: fact.currency,
				...(fact.code ? { code: fact.code } : {}),
				applied,
			},
		},
	]);
	return { account_ref: account, payment_ref: payment, outcome: before ? 'status_changed' : 'recorded' };
}

const isSame = (before: Before, fact: PaymentFact): boolean =>
	before !== undefined &&
	before.status === fact.status &&
	before.amount_minor === fact.amountMinor &&
	(fact.code ?? before.code) === before.code &&
	(fact.retries ?? before.retries) === before.retries &&
	(fact.willRetry ?? false) === before.will_retry;

async function write(tx: Tx, to: Recording, account: string, payment: string, fact: PaymentFact, before: Before, applied: readonly Applied[]): Promise<void> {
	const values = {
		invoice: fact.invoice ?? null,
		amount_minor: fact.amountMinor,
		currency: fact.currency,
		status: fact.status,
		method: fact.method ?? before?.method ?? null,
		code: fact.code ?? null,
		will_retry: fact.willRetry ?? false,
		retries: fact.retries ?? before?.retries ?? 0,
		autopay: fact.autopay ?? before?.autopay ?? false,
		at: fact.at,
		as_of: fact.asOf,
		raised: false,
		applied: JSON.stringify(applied),
		source: fact.source,
	};
	if (before) await tx.updateTable('payment').set(values).where('practice_id', '=', to.practiceId).where('payment_ref', '=', payment).execute();
	else
		await tx
			.insertInto('payment')
			.values({
				practice_id: to.practiceId,
				payment_ref: payment,
				account_ref: account,
				your_reference: fact.payment,
				import_id: to.importId ?? null,
				...values,
			})
			.execute();
}

async function giveBack(tx: Tx, practiceId: string, taken: readonly Applied[], now: string): Promise<void> {
	for (const part of taken)
		await sql`update invoice set amount_minor = amount_minor + ${part.minor}, updated_at = ${now} where practice_id = ${practiceId} and invoice_ref = ${part.invoice_ref}`.execute(
			tx,
		);
}

/** The invoice that a payment names, by our code; none where it names none. */
async function named(tx: Tx, practiceId: string, account: string, invoice: string | undefined): Promise<string[]> {
	if (invoice === undefined) return [];
	const { rows } = await sql<{ invoice_ref: string }>`select invoice_ref from invoice
		where practice_id = ${practiceId} and account_ref = ${account} and (your_reference = ${invoice} or invoice_ref = ${invoice})`.execute(tx);
	return rows.map((row) => row.invoice_ref);
}

/** Takes a payment off the invoice it names, else off the oldest; never off an amount that was read after the payment and contains it. */
async function apply(tx: Tx, practiceId: string, account: string, fact: PaymentFact, now: string): Promise<Applied[]> {
	const { rows } = await sql<{ invoice_ref: string; amount_minor: number }>`
		select invoice_ref, amount_minor from invoice
		where practice_id = ${practiceId} and account_ref = ${account} and amount_minor > 0 and currency = ${fact.currency} and as_of < ${fact.at}::timestamptz
			and (${fact.invoice ?? null}::text is null or your_reference = ${fact.invoice ?? null} or invoice_ref = ${fact.invoice ?? null})
		order by coalesce(first_notice_date, due_date, created_at::date), invoice_ref`.execute(tx);
	let left = fact.amountMinor;
	const applied: Applied[] = [];
	for (const row of rows) {
		const minor = Math.min(left, Number(row.amount_minor));
		if (minor <= 0) break;
		await sql`update invoice set amount_minor = amount_minor - ${minor}, updated_at = ${now} where practice_id = ${practiceId} and invoice_ref = ${row.invoice_ref}`.execute(
			tx,
		);
		applied.push({ invoice_ref: row.invoice_ref, minor });
		left -= minor;
	}
	return applied;
}
