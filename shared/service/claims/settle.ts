/** What follows when claims have changed: clocks stop or go on, messages about them do not leave, their accounts are due. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { iso, type Practice } from '../practice.ts';
import { cancelWaiting } from '../reminders/plan.ts';
import type { Deps } from '../types.ts';
import { syncPauses } from './pause.ts';

export interface Touched {
	account_ref: string;
	/** By the practice's number; empty is the account's one running balance. */
	invoice: string;
}

/** Answers how many waiting reminders were cancelled, for `reason` (one word): the amounts they ask for are decided anew. */
export async function settleClaims(deps: Deps, tx: Tx, practice: Practice, touched: readonly Touched[], reason: string): Promise<number> {
	if (touched.length === 0) return 0;
	const now = deps.now();
	const refs = [...new Set(touched.map(({ account_ref }) => account_ref))];
	await syncPauses(tx, practice, refs, now);
	await sql`update account set next_review_at = ${iso(now)}, updated_at = ${iso(now)} where practice_id = ${practice.id} and account_ref = any(${refs})`.execute(
		tx,
	);
	const { rows } = await sql<{ reminder_ref: string }>`
		select distinct r.reminder_ref from jsonb_to_recordset(${JSON.stringify(touched)}::jsonb) as t(account_ref text, invoice text)
		join invoice i on i.practice_id = ${practice.id} and i.account_ref = t.account_ref and i.your_reference = t.invoice
		join reminder r on r.practice_id = i.practice_id and r.account_ref = i.account_ref and r.covers @> array[i.invoice_ref] and r.status in ('scheduled', 'awaiting_approval', 'prepared')`.execute(
		tx,
	);
	if (rows.length === 0) return 0;
	return cancelWaiting(deps, tx, practice, { reminderRefs: rows.map(({ reminder_ref }) => reminder_ref) }, reason);
}
