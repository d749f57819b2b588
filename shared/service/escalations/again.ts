/** Work that is found again while it is open: it moves up when it is more urgent now, and once for each new step of its cause. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import type { Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { type Move, moveUp, type OpenRow, openRows } from './move.ts';
import { isWorkingMoment } from './rungs.ts';
import { higher, type NewWork, RANK, type Severity } from './words.ts';

export interface FoundAgain {
	ref: string;
	/** How urgent it is so far. */
	severity: Severity;
	work: NewWork;
	/** When it would be due if it were opened now, milliseconds. */
	dueAt: number;
}

export async function foundAgain(deps: Deps, tx: Tx, practice: Practice, found: readonly FoundAgain[]): Promise<void> {
	// A step that a review finds at night waits for those who count days while staff are there: it is found again.
	const open = isWorkingMoment(practice, deps.now());
	const rising = found.filter(({ severity, work }) => (work.step === undefined ? RANK[work.severity] > RANK[severity] : open));
	if (rising.length === 0) return;
	const refs = rising.map(({ ref }) => ref);
	const rows = new Map((await openRows(tx, practice.id).where('e.escalation_ref', 'in', refs).execute()).map((row) => [row.escalation_ref, row]));
	const moves = rising.flatMap((one) => {
		const row = rows.get(one.ref);
		return row ? [moveOf(row, one)] : [];
	});
	const told = await toldBefore(tx, practice.id, moves);
	await moveUp(
		deps,
		tx,
		practice,
		moves.filter((move) => !told.has(keyOf(move))),
	);
}

const moveOf = (row: OpenRow, { work, dueAt }: FoundAgain): Move => ({
	row,
	severity: higher(row.severity, work.severity),
	route: work.route,
	owner: work.owner,
	rung: row.rung,
	actor: work.actor,
	causedBy: work.causedBy,
	...(work.step === undefined
		? { occurrence: `severity:${work.severity}`, why: 'It is more urgent now.' }
		: { occurrence: `step:${work.step}`, why: `${work.title}.`, title: work.title, ...(work.dueDate === undefined ? {} : { dueAt }) }),
});

const keyOf = ({ row, occurrence }: Move): string => `escalation:${row.escalation_ref}:${occurrence}`;

async function toldBefore(tx: Tx, practiceId: string, moves: readonly Move[]): Promise<Set<string>> {
	const { rows } = await sql<{
		key: string;
	}>`select key from event where practice_id = ${practiceId} and test in (true, false) and key = any(${moves.map(keyOf)})`.execute(tx);
	return new Set(rows.map((row) => row.key));
}
