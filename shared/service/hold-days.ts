/** Days on hold do not age a balance: they are added to its invoices once, when the hold ends, whoever or whatever ends it. */
import { sql } from 'kysely';
import type { Tx } from '../ledger/open.ts';
import type { Practice } from './practice.ts';

type Where = Pick<Practice, 'id' | 'zone' | 'policy'>;

interface Hold {
	hold_ref: string;
	scope: string;
	account_ref: string | null;
	target: string | null;
}

/**
 * Ends a hold at an instant and adds its days to the invoices it covered. Days that another hold on the invoice has
 * counted, and days before the balance began to age, do not count again. False when it was ended before.
 */
export async function endHold(tx: Tx, practice: Where, hold: Hold, at: string): Promise<boolean> {
	const { id, zone, policy } = practice;
	const ended = await tx
		.updateTable('hold')
		.set({ released_at: at })
		.where('practice_id', '=', id)
		.where('hold_ref', '=', hold.hold_ref)
		.where('released_at', 'is', null)
		.returning('hold_ref')
		.executeTakeFirst();
	if (!ended) return false;
	const anchor = policy.anchor === 'first_notice' ? sql`coalesce(i.first_notice_date, i.due_date)` : sql`i.due_date`;
	const day = (instant: ReturnType<typeof sql>) => sql`(${instant} at time zone ${zone})::date`;
	const mine =
		hold.scope === 'invoice'
			? sql`i.invoice_ref = ${hold.target}`
			: hold.account_ref
				? sql`i.account_ref = ${hold.account_ref}`
				: hold.scope === 'location'
					? sql`a.location = ${hold.target}`
					: hold.scope === 'import'
						? sql`a.import_id = ${hold.target}`
						: sql`true`;
	await sql`
		with h as (select * from hold where practice_id = ${id} and hold_ref = ${hold.hold_ref}),
		others as (select o.* from hold o, h where o.practice_id = ${id} and o.hold_ref <> h.hold_ref and o.test = h.test and o.released_at > h.since and o.since < h.released_at),
		counted as (
			select i.invoice_ref, count(*)::int as days
			from h join invoice i on i.practice_id = h.practice_id join account a on a.practice_id = i.practice_id and a.account_ref = i.account_ref and a.test = h.test
			cross join lateral generate_series(greatest(${day(sql`h.since`)}, ${anchor})::timestamp, (${day(sql`h.released_at`)} - 1)::timestamp, interval '1 day') as d(day)
			where i.practice_id = ${id} and ${mine} and i.amount_minor > 0 and i.created_at < h.released_at
				and not exists (select from others o where d.day >= ${day(sql`o.since`)} and d.day < ${day(sql`o.released_at`)}
					and case o.scope when 'invoice' then o.target = i.invoice_ref when 'account' then o.account_ref = i.account_ref when 'location' then o.target = a.location when 'import' then o.target = a.import_id else true end)
			group by i.invoice_ref
		)
		update invoice set paused_days = paused_days + counted.days from counted where invoice.practice_id = ${id} and invoice.invoice_ref = counted.invoice_ref`.execute(
		tx,
	);
	return true;
}

/** Holds whose last day has passed end as if somebody had released them then. */
export async function endExpired(tx: Tx, practice: Where, now: number): Promise<void> {
	const rows = await tx
		.selectFrom('hold')
		.selectAll()
		.where('practice_id', '=', practice.id)
		.where('released_at', 'is', null)
		.where('until', '<=', new Date(now))
		.orderBy('until')
		.execute();
	for (const row of rows) await endHold(tx, practice, row, (row.until ?? new Date(now)).toISOString());
}
