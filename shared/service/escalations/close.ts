/** Work is over: nothing more is told of it, and the connected tool closes its item. */
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { iso, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';

export interface Closing {
	/** A word that lasts: sent, paid, recorded, approved, … */
	outcome: string;
	actor: string;
	/** Why it is over where nobody said so. */
	why?: string;
	/** What a person wrote; it may name somebody. */
	note?: string;
	/** Somebody said so, whether or not its cause is gone. */
	byPerson?: true;
}

/** Which open items: by our codes, or by their causes among the practice's live or test work. */
export type Which = { refs: readonly string[] } | { causes: readonly string[]; test: boolean };

/** Answers the codes of those that were open until now. */
export async function closeWorks(deps: Deps, tx: Tx, practice: Pick<Practice, 'id'>, which: Which, closing: Closing): Promise<string[]> {
	const refs = 'refs' in which ? which.refs : which.causes;
	if (refs.length === 0) return [];
	const now = iso(deps.now());
	let query = tx
		.updateTable('escalation')
		.set({ status: 'resolved', resolved_at: now, outcome: closing.outcome, next_rung_at: null, quiet: closing.byPerson === true })
		.where('practice_id', '=', practice.id)
		.where('status', '=', 'open')
		.where('refs' in which ? 'escalation_ref' : 'cause', 'in', refs);
	if ('causes' in which) query = query.where('test', '=', which.test);
	const rows = await query.returning(['escalation_ref', 'cause', 'account_ref', 'place', 'claimed_by']).execute();
	await deps.ledger.queue.addAll(
		tx,
		'deliver',
		// Also while it is being told right now: the job waits until that is over.
		rows
			.filter((row) => row.place !== null || row.claimed_by !== null)
			.map((row) => ({ data: { practice_id: practice.id, escalation_ref: row.escalation_ref } })),
	);
	await audit(
		tx,
		practice.id,
		rows.map((row) => ({
			at: now,
			actor: closing.actor,
			kind: 'escalation_resolved',
			subject: row.escalation_ref,
			body: { cause: row.cause, outcome: closing.outcome, account_ref: row.account_ref ?? '', ...(closing.why ? { why: closing.why } : {}) },
			...(closing.note ? { personal: { note: closing.note } } : {}),
		})),
	);
	return rows.map((row) => row.escalation_ref);
}
