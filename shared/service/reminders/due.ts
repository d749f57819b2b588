/**
 * What is due leaves. A practice has one job for all its reminders, however many there are, so that the next practice's
 * job never stands behind five thousand of them; and one process at a time works it, so that a practice takes one turn
 * at a vendor when another takes one.
 */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { iso } from '../practice.ts';
import type { Deps } from '../types.ts';
import { call, take } from './dispatch.ts';
import { CLAIM_MS, putOff, type SendJob, sendLater } from './rows.ts';

/** So long a run lasts; then the job goes to the end of the queue. */
const RUN_MS = 10_000;
/** A run that is older belongs to a process that ended. */
const LEASE_MS = RUN_MS + CLAIM_MS;
/** Messages of one channel that are being handed over at the same time. */
const AT_ONCE = 8;
const AT_A_LOOK = 100;
/** Until a reminder that could not even be looked at is looked at again. */
const AGAIN_MS = 60_000;
/** Between two runs that found nothing to do though something is due: another process has it in hand. */
const REST_MS = 1000;

/** The queue's `send` job. */
export async function sendDue(deps: Deps, { practice_id: practiceId }: SendJob, stopping?: AbortSignal): Promise<void> {
	const channels = await deps.ledger.practice(practiceId, async (tx) => ((await hold(deps, tx, practiceId)) ? dueChannels(deps, tx, practiceId) : undefined));
	if (!channels) return;
	const end = performance.now() + RUN_MS;
	const leftMs = () => (stopping?.aborted ? 0 : Math.max(0, end - performance.now()));
	const lanes = await Promise.all(channels.map((channel) => lane(deps, practiceId, channel, leftMs)));
	await deps.ledger.practice(practiceId, (tx) => letGo(deps, tx, practiceId, lanes));
}

/** False: another run has the practice. It looks for what came meanwhile before it lets go; the job is for the case that it died. */
async function hold(deps: Deps, tx: Tx, practiceId: string): Promise<boolean> {
	const now = deps.now();
	const mine = { held_by: deps.processId, held_at: iso(now) };
	// One process owns the embedded database: a run that is not its own is of a process that ended.
	const ended = deps.ledger.kind === 'embedded' ? sql<boolean>`sending.held_by <> ${deps.processId}` : sql<boolean>`false`;
	const held = await tx
		.insertInto('sending')
		.values({ practice_id: practiceId, ...mine })
		.onConflict((conflict) =>
			conflict
				.column('practice_id')
				.doUpdateSet(mine)
				.where((eb) => eb.or([eb('sending.held_by', 'is', null), eb('sending.held_at', '<', new Date(now - LEASE_MS)), ended])),
		)
		.returning('practice_id')
		.executeTakeFirst();
	if (!held) await sendLater(deps, tx, practiceId, now + LEASE_MS);
	return held !== undefined;
}

const due = (deps: Deps, tx: Tx, practiceId: string) =>
	tx
		.selectFrom('reminder')
		.where('practice_id', '=', practiceId)
		.where('status', '=', 'scheduled')
		.where((eb) => eb.or([eb('send_at', 'is', null), eb('send_at', '<=', new Date(deps.now()))]));

const dueChannels = async (deps: Deps, tx: Tx, practiceId: string): Promise<(string | null)[]> =>
	(await due(deps, tx, practiceId).select('channel').distinct().execute()).map(({ channel }) => channel);

/** Lets go and sees to the next run. `lanes`: from when on each that left something could go on. */
async function letGo(deps: Deps, tx: Tx, practiceId: string, lanes: readonly (number | undefined)[]): Promise<void> {
	// The row first: whoever is kept waiting by it finds no reminder that this look misses.
	await tx.updateTable('sending').set({ held_by: null, held_at: null }).where('practice_id', '=', practiceId).where('held_by', '=', deps.processId).execute();
	const now = deps.now();
	const { left, next } = await tx
		.selectFrom('reminder')
		.select([
			sql<number>`count(*) filter (where coalesce(send_at, '-infinity') <= ${iso(now)})::int`.as('left'),
			sql<Date | null>`min(send_at) filter (where send_at > ${iso(now)})`.as('next'),
		])
		.where('practice_id', '=', practiceId)
		.where('status', '=', 'scheduled')
		.executeTakeFirstOrThrow();
	const resume = lanes.filter((at) => at !== undefined);
	const at = [...(next ? [next.getTime()] : []), ...(left === 0 ? [] : resume.length > 0 ? resume : [now + REST_MS])];
	if (at.length > 0) await sendLater(deps, tx, practiceId, Math.min(...at));
}

/**
 * One channel's reminders, the longest due first, each tried once. Channels have mostly vendors of their own, and a slow
 * one does not hold up the others. Answers when something is left: from when on a new run is worth it.
 */
async function lane(deps: Deps, practiceId: string, channel: string | null, leftMs: () => number): Promise<number | undefined> {
	const tried: string[] = [];
	const inTurn = oneAtATime();
	let resumeAt: number | undefined;
	const patienceMs = () => (resumeAt === undefined ? leftMs() : 0);
	const send = async (ref: string): Promise<void> => {
		try {
			const taken = await take(deps, practiceId, ref, { inTurn, patienceMs });
			if (!taken) return;
			if ('busyMs' in taken) resumeAt ??= deps.now() + taken.busyMs;
			else await call(deps, taken);
		} catch (error) {
			deps.log.error({ reminder: ref, error: error instanceof Error ? error.name : 'unknown' }, 'a due reminder could not be looked at');
			await deps.ledger.practice(practiceId, (tx) => putOff(tx, practiceId, ref, deps.now() + AGAIN_MS));
		}
	};
	while (resumeAt === undefined) {
		const refs = await deps.ledger.practice(practiceId, (tx) => nextDue(deps, tx, practiceId, channel, tried));
		if (refs.length === 0) break;
		tried.push(...refs);
		const work = async (): Promise<void> => {
			for (let ref = refs.shift(); ref !== undefined && resumeAt === undefined; ref = refs.shift()) {
				if (leftMs() === 0) resumeAt = deps.now();
				else await send(ref);
			}
		};
		await Promise.all(Array.from({ length: AT_ONCE }, work));
	}
	return resumeAt;
}

const nextDue = async (deps: Deps, tx: Tx, practiceId: string, channel: string | null, tried: readonly string[]): Promise<string[]> => {
	const rows = await due(deps, tx, practiceId)
		.select('reminder_ref')
		.where('channel', 'is not distinct from', channel)
		.where(sql<boolean>`reminder_ref <> all(${[...tried]}::text[])`)
		.orderBy('send_at')
		.orderBy('created_at')
		.limit(AT_A_LOOK)
		.execute();
	return rows.map((row) => row.reminder_ref);
};

/** Of what waits for a turn at the same vendor only one stands in the vendor's line: else the practice with most to send had most of it. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
	let last: Promise<unknown> = Promise.resolve();
	return (work) => {
		const mine = last.then(work);
		last = mine.catch(() => undefined);
		return mine;
	};
}
