/** What the next review finds: positions, due times and marks of what was raised. Set-based, because a periodic review writes thousands. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import type { RaisedEvent } from '../../rules/types.ts';
import { iso, type Practice } from '../practice.ts';
import type { How, Reviewed } from './accounts.ts';
import { writeArrangements } from './arrangements.ts';

export async function writeDecisions(tx: Tx, practice: Practice, reviewed: readonly Reviewed[], how: How, now: string): Promise<void> {
	await writeAccounts(tx, practice, reviewed, how, now);
	const raised = reviewed.flatMap(({ decision }) => Object.entries(decision.raised).map(([ref, days]) => ({ ref, days })));
	if (raised.length > 0)
		await sql`update invoice set raised_days = greatest(raised_days, x.days)
			from jsonb_to_recordset(${JSON.stringify(raised)}::jsonb) as x(ref text, days int)
			where practice_id = ${practice.id} and invoice_ref = x.ref`.execute(tx);
	const events = reviewed.flatMap(({ decision }) => decision.events);
	if (events.length > 0) await markRaised(tx, practice.id, events);
	await writeArrangements(tx, practice, reviewed, now);
}

/** The thresholds an account is above and the rules it meets are written only where they changed: most never do. */
async function writeAccounts(tx: Tx, practice: Practice, reviewed: readonly Reviewed[], how: How, now: string): Promise<void> {
	// A review that only reports takes nothing from the practice's own, which is to plan what is due: else looking would lose a reminder.
	const onlyLooked = how.sending === 'flows' && practice.policy.sending !== 'flows';
	const accounts = reviewed.map(({ account: { row }, decision }) => ({
		ref: row.account_ref,
		owed: decision.totalMinor,
		next: onlyLooked && decision.reminder.verdict === 'send' ? now : decision.nextReviewAt === undefined ? null : iso(decision.nextReviewAt),
		...(same(row.above, decision.above) ? {} : { above: decision.above }),
		...(same(row.matched, decision.matched) ? {} : { matched: decision.matched }),
	}));
	await sql`update account set owed_minor = x.owed, next_review_at = x.next, reviewed_at = ${now}, above = coalesce(x.above, account.above), matched = coalesce(x.matched, account.matched)
		from jsonb_to_recordset(${JSON.stringify(accounts)}::jsonb) as x(ref text, owed bigint, next timestamptz, above bigint[], matched text[])
		where practice_id = ${practice.id} and account_ref = x.ref`.execute(tx);
}

const same = <T>(a: readonly T[], b: readonly T[]): boolean => a.length === b.length && a.every((one) => b.includes(one));

async function markRaised(tx: Tx, practiceId: string, events: readonly RaisedEvent[]): Promise<void> {
	const refs = (of: (event: RaisedEvent) => string | undefined): string[] => events.flatMap((event) => of(event) ?? []);
	const marks = [
		{ table: 'payment', key: 'payment_ref', refs: refs((event) => event.payment) },
		{ table: 'appointment', key: 'appointment_ref', refs: refs((event) => event.appointment) },
		{ table: 'flag', key: 'flag_ref', refs: refs((event) => event.flag) },
		{ table: 'dispute', key: 'dispute_ref', refs: refs((event) => event.dispute) },
	];
	for (const { table, key, refs: found } of marks)
		if (found.length > 0)
			await sql`update ${sql.table(table)} set raised = true where practice_id = ${practiceId} and ${sql.ref(key)} = any(${found})`.execute(tx);
	// Once a step or the source's own word was told, the source's word is no news any more.
	const overdue = events.flatMap((event) => (event.type === 'balance_overdue' ? event.invoices : []));
	if (overdue.length > 0)
		await sql`update invoice set status_raised = true where practice_id = ${practiceId} and invoice_ref = any(${overdue}) and status_overdue and not status_raised`.execute(
			tx,
		);
	for (const event of events)
		if (event.claim)
			await sql`update claim set raised_lines = (select array(select distinct x from unnest(raised_lines || ${event.lines ?? []}::int[]) x order by x)) where practice_id = ${practiceId} and claim_ref = ${event.claim}`.execute(
				tx,
			);
}
