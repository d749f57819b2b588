/** Disputes: what a patient says is not owed. They stand until somebody settles them. */
import { sql } from 'kysely';
import type { Tx } from '../ledger/open.ts';
import { audit } from './audit.ts';
import { newRef } from './refs.ts';

interface NewDispute {
	accountRef: string;
	payment?: string;
	/** Our codes; none is the account as a whole. */
	invoices: readonly string[];
	/** Of DISPUTE_REASONS; undefined when nobody said. */
	reason: string | undefined;
	source: string;
	/** When it was disputed, ISO. */
	at: string;
}

/**
 * One standing dispute for each payment or invoice. A disputed payment is one occurrence, however many invoices it was
 * for, and they are not asked for meanwhile.
 */
export async function openDisputes(tx: Tx, to: { practiceId: string; actor: string }, dispute: NewDispute, now: string): Promise<number> {
	const invoices = dispute.invoices.length > 0 ? [...dispute.invoices] : [null];
	const rows = invoices.map((invoice, i) => ({ ref: newRef('dsp'), invoice, told: i > 0 }));
	const { rows: opened } = await sql<{ dispute_ref: string }>`
		insert into dispute (practice_id, dispute_ref, account_ref, invoice, payment, reason, source, actor, at, raised)
		select ${to.practiceId}, x.ref, ${dispute.accountRef}, x.invoice, ${dispute.payment ?? null}::text, ${dispute.reason ?? 'unknown'}, ${dispute.source}, ${to.actor}, ${dispute.at}::timestamptz, x.told
		from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(ref text, invoice text, told boolean)
		where not exists (select from dispute d where d.practice_id = ${to.practiceId} and d.account_ref = ${dispute.accountRef} and d.resolved_at is null
			and d.invoice is not distinct from x.invoice and d.payment is not distinct from ${dispute.payment ?? null}::text)
		returning dispute_ref`.execute(tx);
	if (dispute.payment && dispute.invoices.length > 0)
		await sql`update invoice set disputed = true, updated_at = ${now} where practice_id = ${to.practiceId} and invoice_ref = any(${dispute.invoices})`.execute(
			tx,
		);
	await audit(
		tx,
		to.practiceId,
		opened.map((row) => ({
			at: now,
			actor: to.actor,
			kind: 'dispute_opened',
			subject: dispute.accountRef,
			body: { dispute_ref: row.dispute_ref, reason: dispute.reason ?? 'unknown', ...(dispute.payment ? { payment_ref: dispute.payment } : {}) },
		})),
	);
	return opened.length;
}

/** The dispute of the account as a whole that stands, if one does. */
export async function standingDispute(tx: Tx, practiceId: string, accountRef: string): Promise<string | undefined> {
	const row = await tx
		.selectFrom('dispute')
		.select('dispute_ref')
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', accountRef)
		.where('invoice', 'is', null)
		.where('payment', 'is', null)
		.where('resolved_at', 'is', null)
		.executeTakeFirst();
	return row?.dispute_ref;
}

/** Ends what is disputed of a payment, of an invoice, or of the whole account. */
export async function settleDisputes(
	tx: Tx,
	practiceId: string,
	what: { accountRef: string; payment?: string; invoice?: string },
	outcome: 'won' | 'lost' | 'settled',
	now: string,
): Promise<number> {
	let query = tx
		.updateTable('dispute')
		.set({ resolved_at: now, outcome })
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', what.accountRef)
		.where('resolved_at', 'is', null);
	if (what.payment !== undefined) query = query.where('payment', '=', what.payment);
	if (what.invoice !== undefined) query = query.where('invoice', '=', what.invoice);
	const rows = await query.returning(['invoice', 'payment']).execute();
	const paused = rows.flatMap((row) => (row.payment && row.invoice ? [row.invoice] : []));
	if (paused.length > 0)
		await sql`update invoice set disputed = false, updated_at = ${now} where practice_id = ${practiceId} and invoice_ref = any(${paused})`.execute(tx);
	return rows.length;
}
