/** The ladder rests while a plan or a promise speaks for a balance: its days are added to the invoices once, when it ends. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { isPlanResting, isPromiseResting } from '../../rules/arrangements.ts';
import type { PlanFacts, PromiseFacts } from '../../rules/types.ts';
import type { Practice } from '../practice.ts';

export const isResting = (kind: 'plan' | 'promise', status: string): boolean =>
	kind === 'plan' ? isPlanResting({ status: status as PlanFacts['status'] }) : isPromiseResting({ status: status as PromiseFacts['status'] });

/**
 * Adds the days of arrangements that end at an instant to what they cover. Days that a hold counts, or will when it
 * ends, days with the payer now, and days of an arrangement that goes on are left to those.
 */
export async function endRest(tx: Tx, { id, zone, policy }: Pick<Practice, 'id' | 'zone' | 'policy'>, refs: readonly string[], at: string): Promise<void> {
	const anchor = policy.anchor === 'first_notice' ? sql`coalesce(i.first_notice_date, i.due_date)` : sql`i.due_date`;
	const day = (instant: ReturnType<typeof sql>) => sql`(${instant} at time zone ${zone})::date`;
	const covers = (table: string) => sql.raw(`(cardinality(${table}.covers) = 0 or i.invoice_ref = any(${table}.covers))`);
	await sql`
		with counted as (
			select i.invoice_ref, count(distinct d.day)::int as days
			from arrangement r join invoice i on i.practice_id = r.practice_id and i.account_ref = r.account_ref and ${covers('r')}
			join account a on a.practice_id = i.practice_id and a.account_ref = i.account_ref
			cross join lateral generate_series(greatest(${day(sql`r.resting_since`)}, ${anchor})::timestamp, (${day(sql`${at}::timestamptz`)} - 1)::timestamp, interval '1 day') as d(day)
			where r.practice_id = ${id} and r.arrangement_ref = any(${[...refs]}) and r.resting_since is not null and i.amount_minor > 0
				and (i.insurance_since is null or d.day < ${day(sql`i.insurance_since`)})
				and not exists (select from hold o where o.practice_id = ${id} and o.test = a.test and d.day >= ${day(sql`o.since`)} and d.day < ${day(sql`coalesce(o.released_at, 'infinity')`)}
					and case o.scope when 'invoice' then o.target = i.invoice_ref when 'account' then o.account_ref = i.account_ref when 'location' then o.target = a.location when 'import' then o.target = a.import_id else true end)
				and not exists (select from arrangement o where o.practice_id = ${id} and o.account_ref = i.account_ref and o.arrangement_ref <> all(${[...refs]}) and ${covers('o')}
					and d.day >= ${day(sql`o.resting_since`)} and (o.status in ('active', 'grace', 'missed') or (o.kind = 'plan' and o.status = 'broken') or o.status = 'open'))
			group by i.invoice_ref
		)
		update invoice set paused_days = paused_days + counted.days from counted where invoice.practice_id = ${id} and invoice.invoice_ref = counted.invoice_ref`.execute(
		tx,
	);
}
