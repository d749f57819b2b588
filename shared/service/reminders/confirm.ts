/** Somebody else sent a reminder, or did not, and says so: the other app, a person at the printer, staff who asked the patient. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { closeWorks } from '../escalations/close.ts';
import { iso, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { markAnswered } from './occasions.ts';
import type { Row } from './rows.ts';

export interface Said {
	/** not_sent releases it; any other word counts as a contact made. */
	outcome: string;
	/** When it left, milliseconds. */
	at: number;
	actor: string;
}

/** A reminder waits for somebody's word while it is prepared, or while nobody knows what became of it. */
export async function confirmReminder(deps: Deps, tx: Tx, practice: Practice, row: Row, said: Said): Promise<'confirmed' | 'released' | 'already_recorded'> {
	const waits = row.status === 'prepared' || row.status === 'unknown';
	// A late confirmation still counts: the message went out, whatever became of the reservation.
	const late = row.expires_at !== null && row.status === 'cancelled';
	if (said.outcome === 'not_sent' ? !waits : !waits && !late) return 'already_recorded';
	const result = said.outcome === 'not_sent' ? 'released' : 'confirmed';
	await (result === 'confirmed' ? confirm(tx, practice.id, row, said) : release(deps, tx, practice.id, row));
	const causes = ['prepared', 'by_hand', 'reminder'].map((about) => `${about}:${row.reminder_ref}`);
	await closeWorks(deps, tx, practice, { causes, test: row.test }, { outcome: result, actor: said.actor });
	return result;
}

async function confirm(tx: Tx, practiceId: string, row: Row, { outcome, at }: Said): Promise<void> {
	await tx
		.updateTable('reminder')
		// What had an unknown outcome left when the sending service was called.
		.set({ status: 'sent', sent_at: row.status === 'unknown' ? (row.claimed_at ?? iso(at)) : iso(at), failure_code: null, raw_status: outcome })
		.where('practice_id', '=', practiceId)
		.where('reminder_ref', '=', row.reminder_ref)
		.execute();
	await markAnswered(tx, practiceId, row, at);
	if (row.step_days > 0)
		await sql`update invoice set reminded_days = greatest(reminded_days, ${row.step_days}) where practice_id = ${practiceId} and invoice_ref = any(${row.covers})`.execute(
			tx,
		);
}

const release = (deps: Deps, tx: Tx, practiceId: string, row: Row) =>
	tx
		.updateTable('reminder')
		.set({
			status: row.status === 'unknown' ? 'failed' : 'cancelled',
			settled_at: iso(deps.now()),
			failure_code: row.status === 'unknown' ? 'not_sent' : 'released',
		})
		.where('practice_id', '=', practiceId)
		.where('reminder_ref', '=', row.reminder_ref)
		.execute();
