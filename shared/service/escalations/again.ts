/** Work that is found again while it is open: it moves up when it is more urgent now, and once for each new step of its cause. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { firstWorkingMoment } from '../../rules/index.ts';
import { iso, type Practice } from '../practice.ts';
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

export async function foundAgain(deps: Deps, tx: Tx, practice: Practice, found: readonly FoundAgain[]): ReturnType<typeof moveUp> {
	const late = isWorkingMoment(practice, deps.now()) ? [] : found.filter(({ work }) => work.step !== undefined);
	await inTheMorning(deps, tx, practice, late);
	const rising = found.filter((one) => !late.includes(one) && (one.work.step !== undefined || RANK[one.work.severity] > RANK[one.severity]));
	if (rising.length === 0) return [];
	const refs = rising.map(({ ref }) => ref);
	const rows = new Map((await openRows(tx, practice.id).where('e.escalation_ref', 'in', refs).execute()).map((row) => [row.escalation_ref, row]));
	const moves = rising.flatMap((one) => {
		const row = rows.get(one.ref);
		return row ? [moveOf(row, one)] : [];
	});
	const told = await toldBefore(tx, practice.id, moves);
	return moveUp(
		deps,
		tx,
		practice,
		moves.filter((move) => !told.has(keyOf(move))),
	);
}

/** A step that a review finds at night is found again when staff are there. */
async function inTheMorning(deps: Deps, tx: Tx, practice: Practice, found: readonly FoundAgain[]): Promise<void> {
	const refs = found.flatMap(({ work }) => work.accountRef ?? []);
	if (refs.length === 0) return;
	const morning = iso(firstWorkingMoment(deps.now(), practice.zone, practice.policy.closures));
	await sql`update account set next_review_at = least(next_review_at, ${morning}) where practice_id = ${practice.id} and account_ref = any(${refs})`.execute(
		tx,
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
