/** Open work moves up: more urgent, elsewhere, to somebody else. Who listens hears what changed; the connected tool follows. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { SEVERITIES } from '../../operations/fields.ts';
import { audit } from '../audit.ts';
import { raise } from '../events.ts';
import { iso, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { type WorkView, workEvent } from './event.ts';
import { DUNWELL_ONLY, type Route, readRoutes } from './routes.ts';
import { nextRungAt } from './rungs.ts';
import { type EscalationReason, type Severity, titleWithoutNames } from './words.ts';

export interface OpenRow {
	escalation_ref: string;
	cause: string;
	test: boolean;
	account_ref: string | null;
	your_reference: string | null;
	location: string | null;
	reason: EscalationReason;
	severity: Severity;
	title: string;
	amount_minor: number;
	currency: string;
	route: string;
	owner: string | null;
	due_at: Date | null;
	opened_at: Date;
	delivered_to: string | null;
	rung: number;
}

/** Open items with what an event says of their account. */
export const openRows = (tx: Tx, practiceId: string) =>
	tx
		.selectFrom('escalation as e')
		.leftJoin('account as a', (join) => join.onRef('a.practice_id', '=', 'e.practice_id').onRef('a.account_ref', '=', 'e.account_ref'))
		.select([
			'e.escalation_ref',
			'e.cause',
			'e.test',
			'e.account_ref',
			'a.your_reference',
			'a.location',
			sql<EscalationReason>`e.reason`.as('reason'),
			sql<Severity>`e.severity`.as('severity'),
			'e.title',
			'e.amount_minor',
			'e.currency',
			'e.route',
			'e.owner',
			'e.due_at',
			'e.opened_at',
			'e.delivered_to',
			'e.rung',
		])
		.where('e.practice_id', '=', practiceId)
		.where('e.status', '=', 'open');

export const viewOf = (row: OpenRow): WorkView => ({
	ref: row.escalation_ref,
	test: row.test,
	reason: row.reason,
	severity: row.severity,
	title: titleWithoutNames(row),
	accountRef: row.account_ref ?? undefined,
	yourReference: row.your_reference ?? undefined,
	location: row.location ?? undefined,
	amountMinor: row.amount_minor,
	currency: row.currency,
	owner: row.owner ?? '',
	dueAt: row.due_at?.getTime(),
	route: row.route,
	deliveredTo: row.delivered_to ?? '',
});

export interface Move {
	row: OpenRow;
	severity: Severity;
	/** Where it goes then; absent, where it was. A route that is none leaves it there as well. */
	route?: string | undefined;
	owner?: string | undefined;
	rung: number;
	/** What the work now says, where a stage of its cause has other words or an earlier end. */
	title?: string | undefined;
	dueAt?: number | undefined;
	/** Which occurrence of moving up it is: the same one is told once. */
	occurrence: string;
	why: string;
	actor: string;
	causedBy?: string | undefined;
}

/** Answers where each item is now. */
export async function moveUp(deps: Deps, tx: Tx, practice: Practice, moves: readonly Move[]): Promise<{ ref: string; route: string; owner: string }[]> {
	if (moves.length === 0) return [];
	const routes = await readRoutes(
		tx,
		practice.id,
		moves.flatMap(({ row, route }) => [row.route, ...(route ? [route] : [])]),
	);
	const moved = moves.map((move) => ({ ...move, ...destination(routes, move) }));
	await write(tx, practice, moved, deps.now());
	await raise(
		deps,
		tx,
		practice,
		moved.map((move) =>
			workEvent(
				deps,
				practice,
				{ ...viewOf(newRow(move)), severity: move.severity, route: move.to, owner: move.newOwner },
				{ change: 'moved_up', occurrence: move.occurrence, changes: changesOf(routes, move), actor: move.actor, causedBy: move.causedBy },
			),
		),
	);
	await deps.ledger.queue.addAll(
		tx,
		'deliver',
		moved
			.filter(({ row, to }) => row.delivered_to !== null || routes.get(to)?.connection)
			.map(({ row }) => ({ data: { practice_id: practice.id, escalation_ref: row.escalation_ref } })),
	);
	await audit(
		tx,
		practice.id,
		moved.map((move) => ({
			at: iso(deps.now()),
			actor: move.actor,
			kind: 'escalation_moved_up',
			subject: move.row.escalation_ref,
			body: { occurrence: move.occurrence, rung: move.rung, severity: move.severity, route: move.to, owner: move.newOwner },
		})),
	);
	return moved.map(({ row, to, newOwner }) => ({ ref: row.escalation_ref, route: to, owner: newOwner }));
}

type Moved = Move & ReturnType<typeof destination>;

function destination(routes: ReadonlyMap<string, Route>, { row, route, owner }: Move): { to: string; newOwner: string } {
	const known = route !== undefined && (route === DUNWELL_ONLY || routes.has(route));
	const to = known ? route : row.route;
	const arrives = to === row.route ? undefined : routes.get(to)?.staff;
	return { to, newOwner: owner ?? arrives ?? row.owner ?? '' };
}

const newRow = ({ row, title, dueAt }: Move): OpenRow => ({
	...row,
	title: title ?? row.title,
	due_at: dueAt !== undefined && (row.due_at === null || dueAt < row.due_at.getTime()) ? new Date(dueAt) : row.due_at,
});

/** An earlier due date may be missed earlier; null: as it was. */
function nextAfter(practice: Practice, move: Move, now: number): string | null {
	const { due_at: due, opened_at: opened } = newRow(move);
	if (due === null || due.getTime() === move.row.due_at?.getTime()) return null;
	const next = nextRungAt(practice, { openedAt: opened.getTime(), dueAt: due.getTime() }, now);
	return next === undefined ? null : iso(next);
}

async function write(tx: Tx, practice: Practice, moved: readonly Moved[], now: number): Promise<void> {
	const values = moved.map((move) => ({
		ref: move.row.escalation_ref,
		severity: move.severity,
		route: move.to,
		owner: move.newOwner === '' ? null : move.newOwner,
		rung: move.rung,
		title: newRow(move).title,
		due_at: newRow(move).due_at,
		next: nextAfter(practice, move, now),
	}));
	await sql`update escalation set severity = x.severity, route = x.route, owner = x.owner, rung = x.rung, taken_at = null, title = x.title, due_at = x.due_at, next_rung_at = coalesce(x.next, escalation.next_rung_at)
		from jsonb_to_recordset(${JSON.stringify(values)}::jsonb) as x(ref text, severity text, route text, owner text, rung int, title text, due_at timestamptz, next timestamptz)
		where practice_id = ${practice.id} and escalation_ref = x.ref and status = 'open'`.execute(tx);
}

function changesOf(routes: ReadonlyMap<string, Route>, { row, severity, to, newOwner, why }: Moved): string[] {
	return [
		why,
		...(severity === row.severity ? [] : [`Severity: ${SEVERITIES[row.severity]} to ${SEVERITIES[severity]}.`]),
		...(to === row.route ? [] : [`Route: ${routes.get(to)?.label ?? 'Dunwell only'}.`]),
		...(newOwner === (row.owner ?? '') ? [] : [`Owner: ${newOwner}.`]),
	];
}
