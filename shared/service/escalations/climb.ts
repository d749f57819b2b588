/** Work that nobody finishes climbs the policy's rungs and says when it missed its due date: each once, and only while staff are there. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { firstWorkingMoment } from '../../rules/index.ts';
import { raise } from '../events.ts';
import { iso, type Practice, readPractice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { workEvent } from './event.ts';
import { type Move, moveUp, type OpenRow, openRows, viewOf } from './move.ts';
import { isWorkingMoment, nextRungAt, rungAt } from './rungs.ts';
import { higher } from './words.ts';

/** Items in one transaction. */
const BATCH = 100;

/** However many ticks were missed, an item climbs once, to the rung it would stand on. Several processes share the items. */
export async function climbWork(deps: Deps, practiceId: string): Promise<void> {
	for (let done = BATCH; done === BATCH; ) {
		done = await deps.ledger.practice(practiceId, async (tx) => {
			const practice = await readPractice(tx, practiceId, deps.now());
			// Out of hours everything waits for the morning, also what should have moved while the service was down.
			return isWorkingMoment(practice, deps.now()) ? climbBatch(deps, tx, practice) : 0;
		});
	}
}

async function climbBatch(deps: Deps, tx: Tx, practice: Practice): Promise<number> {
	const now = deps.now();
	const rows = await openRows(tx, practice.id)
		.where('e.next_rung_at', '<=', new Date(now))
		.orderBy('e.next_rung_at')
		.orderBy('e.escalation_ref')
		.limit(BATCH)
		.forUpdate('e')
		.skipLocked()
		.execute();
	if (rows.length === 0) return 0;
	await schedule(tx, practice, rows, now);
	await raise(
		deps,
		tx,
		practice,
		rows
			.filter((row) => hasMissed(practice, row, now))
			.map((row) => workEvent(deps, practice, viewOf(row), { change: 'overdue', occurrence: 'overdue', changes: [], actor: 'review' })),
	);
	await moveUp(
		deps,
		tx,
		practice,
		rows.flatMap((row) => climbOf(practice, row, now)),
	);
	return rows.length;
}

const hasMissed = ({ zone, policy }: Practice, row: OpenRow, now: number): boolean =>
	row.due_at !== null && firstWorkingMoment(row.due_at.getTime(), zone, policy.closures) <= now;

function climbOf(practice: Practice, row: OpenRow, now: number): Move[] {
	const number = rungAt(practice, row.opened_at.getTime(), now);
	const rung = practice.policy.escalation.rungs[number - 1];
	if (!rung || number <= row.rung) return [];
	const days = rung.after_business_days;
	return [
		{
			row,
			severity: higher(row.severity, rung.severity),
			route: rung.route,
			owner: rung.owner,
			rung: number,
			occurrence: `rung:${number}`,
			why: `Nobody finished it in ${days} business ${days === 1 ? 'day' : 'days'}.`,
			actor: 'review',
		},
	];
}

async function schedule(tx: Tx, practice: Practice, rows: readonly OpenRow[], now: number): Promise<void> {
	const values = rows.map((row) => {
		const next = nextRungAt(practice, { openedAt: row.opened_at.getTime(), dueAt: row.due_at?.getTime() }, now);
		return { ref: row.escalation_ref, next: next === undefined ? null : iso(next) };
	});
	await sql`update escalation set next_rung_at = x.next from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as x(ref text, next timestamptz)
		where practice_id = ${practice.id} and escalation_ref = x.ref`.execute(tx);
}
