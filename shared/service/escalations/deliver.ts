/**
 * Staff work where its route leads: a connected tool, or a person. A job brings them in line with the row, whatever
 * happened to it since: opened, moved, changed, resolved. The claim keeps two jobs from telling at once.
 */
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { NewJob, Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { type OpenConnection, openConnection } from '../connections.ts';
import { iso, type Practice, readPractice } from '../practice.ts';
import { waitForTurn } from '../turns.ts';
import type { Deps } from '../types.ts';
import { callBackOf } from './call-back.ts';
import { itemOf } from './item.ts';
import { isSamePlace, type Place, type Task } from './place.ts';
import type { StaffChannel } from './routes.ts';
import { stopRoutes } from './stopped.ts';
import { tellPerson, waitsUntil } from './to-person.ts';
import { type Told, tellTool } from './to-tool.ts';

export interface DeliverJob {
	practice_id: string;
	escalation_ref: string;
	/** The answer was lost once already. */
	again?: true;
	/** Where a move left the item of a tool behind: it is closed there. */
	left?: Place & { external_id: string };
}

/** No call to a vendor takes so long: the claim is of a process that ended. */
const CLAIM_MS = 120_000;
const AGAIN_MS = 5_000;
/** For a turn at a busy vendor; other work goes on then. */
const PATIENCE_MS = 2000;
/** After a lost answer. */
const UNKNOWN_MS = 60_000;

/**
 * Retried by the queue while the tool cannot be reached; a refusal is kept on the item for staff. After a crash, and once
 * after a lost answer, it is told again with the same reference: of a doubled item and a silent one, the silent one costs money.
 */
export async function deliverWork(deps: Deps, job: DeliverJob): Promise<void> {
	if (job.left) return closeLeft(deps, job, job.left);
	const found = await claim(deps, job);
	if (!found) return;
	const task = taskOf(found.row);
	if (!task) return release(deps, job, {});
	try {
		await perform(deps, job, found, task);
	} catch (error) {
		if (!(error instanceof Failure) || isTemporary(error)) {
			await release(deps, job, error instanceof Failure ? { delivery_error: error.message } : {});
			if (error instanceof Failure && error.outcomeUnknown) return tellAgain(deps, job);
			throw error;
		}
		const entry = { actor: 'system', kind: 'escalation_not_delivered', connection: task.connection, error: error.message };
		await release(deps, job, { delivery_error: error.message }, entry);
		if (task.channel && error.code === 'opted_out') await stopped(deps, job, found.practice, task);
	}
}

/** The vendor knew of an opt-out that nobody told us. */
const stopped = (deps: Deps, job: DeliverJob, practice: Practice, { connection, target, sender }: Task): Promise<boolean> =>
	deps.ledger.practice(job.practice_id, (tx) => stopRoutes(deps, tx, practice, { connection, address: target, sender, actor: 'system' }));

const isTemporary = (error: Failure): boolean => error.kind === 'limited' || error.kind === 'unavailable' || error.outcomeUnknown === true;

/** The tool may have taken it; a second lost answer is left to staff and to the next rung. */
async function tellAgain(deps: Deps, { again, ...job }: DeliverJob): Promise<void> {
	if (!again)
		await deps.ledger.practice(job.practice_id, (tx) =>
			deps.ledger.queue.add(tx, 'deliver', { ...job, again: true }, { startAfter: new Date(deps.now() + UNKNOWN_MS) }),
		);
}

interface Claimed {
	row: Row;
	practice: Practice;
}

type Row = NonNullable<Awaited<ReturnType<typeof readRow>>>;

const readRow = (tx: Tx, { practice_id, escalation_ref }: DeliverJob) =>
	tx
		.selectFrom('escalation as e')
		.leftJoin('route as r', (join) => join.onRef('r.practice_id', '=', 'e.practice_id').onRef('r.route', '=', 'e.route'))
		.selectAll('e')
		.select(['r.connection', 'r.target', 'r.channel', 'r.sender', 'r.label', 'r.problem'])
		.where('e.practice_id', '=', practice_id)
		.where('e.escalation_ref', '=', escalation_ref)
		.executeTakeFirst();

/** Takes the item for this process. undefined: it is gone, or another job is telling the tool and this one comes again. */
async function claim(deps: Deps, job: DeliverJob): Promise<Claimed | undefined> {
	return deps.ledger.practice(job.practice_id, async (tx) => {
		const now = deps.now();
		// One process owns the embedded database: a claim that is not its own is of a process that ended.
		const free = deps.ledger.kind === 'embedded' ? sql<boolean>`claimed_by is distinct from ${deps.processId}` : sql<boolean>`claimed_by is null`;
		const taken = await tx
			.updateTable('escalation')
			.set({ claimed_by: deps.processId, claimed_at: iso(now) })
			.where('practice_id', '=', job.practice_id)
			.where('escalation_ref', '=', job.escalation_ref)
			.where(sql<boolean>`(${free} or claimed_at < ${iso(now - CLAIM_MS)})`)
			.returning('escalation_ref')
			.executeTakeFirst();
		const row = await readRow(tx, job);
		if (!row) return undefined;
		if (!taken) {
			await deps.ledger.queue.add(tx, 'deliver', job, { startAfter: new Date(now + AGAIN_MS) });
			return undefined;
		}
		return { row, practice: await readPractice(tx, job.practice_id, now) };
	});
}

/** What is yet to be told; undefined: nothing. */
function taskOf(row: Row): Task | undefined {
	const held = row.external_id === null ? null : (row.place as Place | null);
	if (row.status !== 'open') return held ? { kind: 'close', ...held } : undefined;
	if (!row.connection) return held ? { kind: 'leave', ...held } : undefined;
	const wanted = { connection: row.connection, target: row.target ?? '', channel: row.channel as StaffChannel | null, sender: row.sender ?? '' };
	return { kind: held && isSamePlace(held, wanted) ? 'update' : 'open', ...wanted };
}

const open = (deps: Deps, practiceId: string, connection: string): Promise<OpenConnection> =>
	deps.ledger.practice(practiceId, (tx) => openConnection(deps, tx, practiceId, connection));

async function perform(deps: Deps, job: DeliverJob, { row, practice }: Claimed, task: Task): Promise<void> {
	const morning = waitsUntil(practice, row, task, deps.now());
	if (morning !== undefined) return release(deps, job, {}, undefined, { data: job, startAfter: new Date(morning) });
	// A test key's work stays in Dunwell: a staff channel is a real place.
	if (row.test) throw new Failure('invalid', 'test work stays in Dunwell');
	if (task.channel && row.problem) throw new Failure('denied', row.problem);
	const connection = await open(deps, job.practice_id, task.connection);
	const rings = task.kind === 'open' && !task.channel && connection.provider.work?.callsBack;
	const called = rings && (await deps.ledger.practice(job.practice_id, (tx) => callBackOf(tx, practice, row.account_ref, deps.now())));
	if (called && 'at' in called) return release(deps, job, {}, undefined, { data: job, startAfter: new Date(called.at) });
	const busyMs = connection.pace && (await waitForTurn(deps.ledger, job.practice_id, connection.pace, PATIENCE_MS));
	if (busyMs !== undefined) return release(deps, job, {}, undefined, { data: job, startAfter: new Date(deps.now() + busyMs) });
	const told = task.channel
		? await tellPerson({ deps, practice, row, task, connection })
		: await tellTool(connection, task.kind, row.external_id ?? '', {
				...itemOf(deps, practice, row, task.target),
				...(called ? { callBack: called.phone } : {}),
			});
	await recordTold(deps, job, row, task, `vendor:${connection.provider.id}`, told);
}

/** undefined: a person was told nothing. */
async function recordTold(deps: Deps, job: DeliverJob, row: Row, { kind, ...place }: Task, actor: string, told: Told | undefined): Promise<void> {
	if (kind === 'close' || kind === 'leave') {
		// By its old link a moved item must not be found: a flow that hears it was closed there would resolve it.
		const forgotten = kind === 'leave' ? { external_id: null, external_link: null } : {};
		const set = { place: null, delivered_to: null, delivery_error: null, ...forgotten };
		return release(deps, job, set, told && { actor, kind: place.channel ? 'escalation_end_told' : 'escalation_closed_in_tool' });
	}
	if (told === undefined) return release(deps, job, {});
	const result = { external_id: told.external_id ?? row.external_id, external_link: told.external_link ?? (kind === 'open' ? null : row.external_link) };
	const before = kind === 'open' && row.external_id ? (row.place as Place | null) : null;
	// What a person was told stays told.
	const left = before && !before.channel && row.external_id ? { ...before, external_id: row.external_id } : undefined;
	await release(
		deps,
		job,
		{ ...result, place: JSON.stringify(place), delivered_to: row.label, delivery_error: null },
		{ actor, kind: 'escalation_delivered', ...result },
		left && { data: { practice_id: job.practice_id, escalation_ref: job.escalation_ref, left } },
	);
}

interface Entry {
	actor: string;
	kind: string;
	[field: string]: unknown;
}

/** Records what became of the call and gives the claim back. */
async function release(deps: Deps, job: DeliverJob, set: object, entry?: Entry, next?: NewJob): Promise<void> {
	await deps.ledger.practice(job.practice_id, async (tx) => {
		await tx
			.updateTable('escalation')
			.set({ ...set, claimed_by: null, claimed_at: null })
			.where('practice_id', '=', job.practice_id)
			.where('escalation_ref', '=', job.escalation_ref)
			.execute();
		if (next) await deps.ledger.queue.addAll(tx, 'deliver', [next]);
		if (entry) await record(deps, tx, job, entry);
	});
}

/** What moved elsewhere is no longer open where it was. A tool that refuses keeps it, and the chain says so. */
async function closeLeft(deps: Deps, job: DeliverJob, left: Place & { external_id: string }): Promise<void> {
	const found = await deps.ledger.practice(job.practice_id, async (tx) => {
		const row = await readRow(tx, job);
		return row && { row, practice: await readPractice(tx, job.practice_id, deps.now()) };
	});
	if (!found) return;
	const item = itemOf(deps, found.practice, found.row, left.target);
	try {
		const { provider, http, credentials } = await open(deps, job.practice_id, left.connection);
		await provider.work?.close?.(http, credentials, left.external_id, { ...item, text: `Moved to ${found.row.label ?? 'Dunwell'}.\n${item.text}` });
		await note(deps, job, { actor: `vendor:${provider.id}`, kind: 'escalation_left_tool', external_id: left.external_id });
	} catch (error) {
		// Closing twice does no harm.
		if (!(error instanceof Failure) || isTemporary(error)) throw error;
		await note(deps, job, {
			actor: 'system',
			kind: 'escalation_not_left_tool',
			connection: left.connection,
			external_id: left.external_id,
			error: error.message,
		});
	}
}

const note = (deps: Deps, job: DeliverJob, entry: Entry): Promise<void> => deps.ledger.practice(job.practice_id, (tx) => record(deps, tx, job, entry));

const record = (deps: Deps, tx: Tx, job: DeliverJob, { actor, kind, ...body }: Entry): Promise<void> =>
	audit(tx, job.practice_id, [{ at: iso(deps.now()), actor, kind, subject: job.escalation_ref, body }]);
