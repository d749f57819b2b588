/** What the next review finds: positions, due times and marks of what was raised. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { iso, type Practice } from '../practice.ts';
import type { Reviewed } from './accounts.ts';

/** Positions, due times and marks of what was raised: set-based, because a periodic review writes thousands. */
export async function writeDecisions(tx: Tx, practice: Practice, reviewed: readonly Reviewed[], now: string): Promise<void> {
	const accounts = reviewed.map(({ account, decision }) => ({
		ref: account.row.account_ref,
		owed: decision.totalMinor,
		next: decision.nextReviewAt === undefined ? null : iso(decision.nextReviewAt),
	}));
	await sql`update account set owed_minor = x.owed, next_review_at = x.next, reviewed_at = ${now}
		from jsonb_to_recordset(${JSON.stringify(accounts)}::jsonb) as x(ref text, owed bigint, next timestamptz)
		where practice_id = ${practice.id} and account_ref = x.ref`.execute(tx);
	const raised = reviewed.flatMap(({ decision }) => Object.entries(decision.raised).map(([ref, days]) => ({ ref, days })));
	if (raised.length > 0)
		await sql`update invoice set raised_days = greatest(raised_days, x.days)
			from jsonb_to_recordset(${JSON.stringify(raised)}::jsonb) as x(ref text, days int)
			where practice_id = ${practice.id} and invoice_ref = x.ref`.execute(tx);
	const payments = reviewed.flatMap(({ decision }) => decision.events.flatMap((event) => event.payment ?? []));
	if (payments.length > 0) await sql`update payment set raised = true where practice_id = ${practice.id} and payment_ref = any(${payments})`.execute(tx);
	const claims = reviewed.flatMap(({ decision }) => decision.events.flatMap((event) => (event.claim ? [{ ref: event.claim, lines: event.lines ?? [] }] : [])));
	for (const claim of claims)
		await sql`update claim set raised_lines = (select array(select distinct x from unnest(raised_lines || ${claim.lines}::int[]) x order by x)) where practice_id = ${practice.id} and claim_ref = ${claim.ref}`.execute(
			tx,
		);
}
