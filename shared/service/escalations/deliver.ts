/**
 * Staff work in the connected tool of its route. A job brings the tool in line with the row, whatever happened to it
 * since: opened, moved, changed, resolved. The claim keeps two jobs from telling the tool at once.
 */
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { type OpenConnection, openConnection } from '../connections.ts';
import { iso, type Practice, readPractice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { itemOf } from './item.ts';

export interface DeliverJob {
	practice_id: string;
	escalation_ref: string;
	/** The answer was lost once already. */
	again?: true;
	/** Where a move left the item behind: it is closed there. */
	left?: Place & { external_id: string };
}

interface Place {
	connection: string;
	target: string;
}

/** No call to a vendor takes so long: the claim is of a process that ended. */
const CLAIM_MS = 120_000;
const AGAIN_MS = 5_000;
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
	}
}

const isTemporary = (error: Failure): boolean => error.kind === 'limited' || error.kind === 'unavailable' || error.outcomeUnknown === true;

/** The tool may have taken it; a second lost answer is left to staff and to the next rung. */
async function tellAgain(deps: Deps, { again, ...job }: DeliverJob): Promise<void> {
	if (!again)
		await deps.ledger.practice(job.practice_id, (tx) =>
			deps.ledger.queue.add(tx, 'deliver', { ...job, again: true }, { startAfter: new Date(deps.now() + UNKNOWN_MS) }),
		);
}

interface Task extends Place {
	/** leave: it goes where no tool holds it; close: it is resolved. */
	kind: 'open' | 'update' | 'close' | 'leave';
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
		.select(['r.connection', 'r.target', 'r.label'])
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

/** What the tool has yet to be told; undefined: nothing. */
function taskOf(row: Row): Task | undefined {
	const held = row.external_id === null ? null : (row.place as Place | null);
	if (row.status !== 'open') return held ? { kind: 'close', ...held } : undefined;
	if (!row.connection) return held ? { kind: 'leave', ...held } : undefined;
	const wanted = { connection: row.connection, target: row.target ?? '' };
	return { kind: held?.connection === wanted.connection && held.target === wanted.target ? 'update' : 'open', ...wanted };
}

const open = (deps: Deps, practiceId: string, connection: string): Promise<OpenConnection> =>
	deps.ledger.practice(practiceId, (tx) => openConnection(deps, tx, practiceId, connection));

async function perform(deps: Deps, job: DeliverJob, { row, practice }: Claimed, { kind, ...place }: Task): Promise<void> {
	const { provider, http, credentials } = await open(deps, job.practice_id, place.connection);
	const actor = `vendor:${provider.id}`;
	const { work } = provider;
	if (!work) throw new Failure('invalid', `${provider.label} cannot hold staff work`);
	// A test key's work stays in Dunwell: a staff channel is a real place.
	if (row.test) throw new Failure('invalid', 'test work stays in Dunwell');
	const externalId = row.external_id ?? '';
	const item = itemOf(deps, practice, row, place.target);
	if (kind === 'close' || kind === 'leave') {
		await work.close?.(http, credentials, externalId, item);
		// By its old link a moved item must not be found: a flow that hears it was closed there would resolve it.
		const forgotten = kind === 'leave' ? { external_id: null, external_link: null } : {};
		return release(deps, job, { place: null, delivered_to: null, delivery_error: null, ...forgotten }, { actor, kind: 'escalation_closed_in_tool' });
	}
	const told = kind === 'open' ? await work.open(http, credentials, item) : await work.update?.(http, credentials, externalId, item);
	const result = { external_id: told?.externalId ?? row.external_id, external_link: told?.link ?? (kind === 'open' ? null : row.external_link) };
	const left = kind === 'open' && row.place && row.external_id ? { ...(row.place as Place), external_id: row.external_id } : undefined;
	await release(
		deps,
		job,
		{ ...result, place: JSON.stringify(place), delivered_to: row.label, delivery_error: null },
		{ actor, kind: 'escalation_delivered', ...result },
		left,
	);
}

interface Entry {
	actor: string;
	kind: string;
	[field: string]: unknown;
}

/** Records what became of the call and gives the claim back. */
async function release(deps: Deps, job: DeliverJob, set: object, entry?: Entry, left?: DeliverJob['left']): Promise<void> {
	await deps.ledger.practice(job.practice_id, async (tx) => {
		await tx
			.updateTable('escalation')
			.set({ ...set, claimed_by: null, claimed_at: null })
			.where('practice_id', '=', job.practice_id)
			.where('escalation_ref', '=', job.escalation_ref)
			.execute();
		if (left) await deps.ledger.queue.add(tx, 'deliver', { practice_id: job.practice_id, escalation_ref: job.escalation_ref, left });
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
