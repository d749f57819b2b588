/** What became of messages at vendors that do not tell by themselves: they are asked, with growing pauses, until each word is final or the time for one is over. */
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { loadAccount } from '../accounts.ts';
import { connectionBroken, markConnection } from '../connection-status.ts';
import { type OpenConnection, openConnection } from '../connections.ts';
import { hearOfMessage } from '../escalations/staff-outcome.ts';
import { hearOptOut } from '../opt-outs.ts';
import { iso, readPractice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { tellNotDelivered } from './outcome.ts';
import { readRow } from './rows.ts';

interface Job {
	practice_id: string;
	connection: string;
}

/** InterFAX tries a busy number for hours; what it does not know after three days it will not know. */
const SILENT_MS = 3 * 86_400_000;
/** Mail servers try for up to five days before they send a mail back (RFC 5321, 4.5.4.1). */
const BOUNCES_MS = 5 * 86_400_000;
const SHORTEST_MS = 2 * 60_000;
const LONGEST_MS = 3_600_000;
const AT_ONCE = 200;
/** Five calls in one round: InterFAX takes six in a minute. */
const MOST = 1000;

export const statusKey = ({ practice_id, connection }: Job): string => `${practice_id}:${connection}:statuses`;

/** The next question, after half the age of the youngest message that is not final (ms since 1970 at which it left). One waits for each connection. */
export async function askLater(
	deps: Deps,
	tx: Tx,
	practiceId: string,
	{ name, provider }: Pick<OpenConnection, 'name' | 'provider'>,
	left: number,
): Promise<void> {
	if (!provider.send?.status) return;
	const job = { practice_id: practiceId, connection: name };
	const pause = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (deps.now() - left) / 2));
	await deps.ledger.queue.add(tx, 'poll', { ...job, statuses: true }, { startAfter: new Date(deps.now() + pause), singletonKey: statusKey(job) });
}

/** One round for one connection. Safe to call any number of times at once: a word that is known changes nothing. */
export async function askStatuses(deps: Deps, job: Job): Promise<void> {
	const { practice_id: practiceId } = job;
	const open = await deps.ledger.practice(practiceId, (tx) => openMessages(tx, job));
	if (open.length === 0) return;
	const connection = await deps.ledger.practice(practiceId, (tx) => openConnection(deps, tx, practiceId, job.connection));
	const failuresOnly = connection.provider.send?.failuresOnly === true;
	const silent = open.filter((row) => deps.now() - row.left > (failuresOnly ? BOUNCES_MS : SILENT_MS));
	const asked = open.filter((row) => !silent.includes(row));
	if (failuresOnly) await deps.ledger.practice(practiceId, (tx) => letRest(tx, job, deps.now()));
	const atOnce = failuresOnly ? MOST : AT_ONCE;
	const final = new Set<string>();
	try {
		for (let i = 0; i < asked.length; i += atOnce) for (const id of await askOnce(deps, practiceId, connection, asked.slice(i, i + atOnce))) final.add(id);
	} catch (error) {
		if (!(error instanceof Failure) || (error.kind !== 'auth' && error.kind !== 'denied')) throw error;
		const refused = error;
		await deps.ledger.practice(practiceId, async (tx) => {
			const practice = await readPractice(tx, practiceId, deps.now());
			if (!failuresOnly || refused.kind === 'auth') return connectionBroken(deps, tx, practice, connection, refused, 'reminder_not_delivered');
			// It sends; only what comes back is not heard.
			await markConnection(deps, tx, practiceId, connection.name, 'working', refused.message);
			await askLater(deps, tx, practiceId, connection, asked.at(0)?.left ?? deps.now());
		});
		return;
	}
	if (!failuresOnly) for (const { ref } of silent) await giveUp(deps, practiceId, ref);
	const youngest = asked.find((row) => !final.has(row.id));
	if (youngest) await deps.ledger.practice(practiceId, (tx) => askLater(deps, tx, practiceId, connection, youngest.left));
}

interface Open {
	ref: string;
	id: string;
	/** Milliseconds since 1970. */
	left: number;
}

/** The time in which a message comes back is over: it stays `sent`, and nobody is told. */
async function letRest(tx: Tx, job: Job, now: number): Promise<void> {
	for (const table of ['reminder', 'staff_message'] as const)
		await tx
			.updateTable(table)
			.set({ settled_at: iso(now) })
			.where('practice_id', '=', job.practice_id)
			.where('connection', '=', job.connection)
			.where('status', '=', 'sent')
			.where('settled_at', 'is', null)
			.where(sql<boolean>`coalesce(sent_at, created_at) < ${iso(now - BOUNCES_MS)}`)
			.execute();
}

/** To patients and to staff, newest first: they are the ones of which there is most to hear. What was given up has been settled. */
async function openMessages(tx: Tx, job: Job): Promise<Open[]> {
	const { rows } = await sql<{ ref: string; id: string; left: Date }>`
		select reminder_ref as ref, external_id as id, coalesce(sent_at, created_at) as left from reminder
		where practice_id = ${job.practice_id} and connection = ${job.connection} and status = 'sent' and settled_at is null and external_id is not null
		union all select message_ref, external_id, coalesce(sent_at, created_at) from staff_message
		where practice_id = ${job.practice_id} and connection = ${job.connection} and status = 'sent' and settled_at is null and external_id is not null
		order by 3 desc limit ${MOST}`.execute(tx);
	return rows.map((row) => ({ ...row, left: new Date(row.left).getTime() }));
}

/** Records what the vendor says and answers which messages are final. */
async function askOnce(deps: Deps, practiceId: string, { name, provider, http, credentials }: OpenConnection, asked: readonly Open[]): Promise<string[]> {
	const ids = asked.map(({ id }) => id);
	const since = iso(Math.min(...asked.map(({ left }) => left)));
	const told = (await provider.send?.status?.(http, credentials, ids, since)) ?? [];
	const mine = told.filter((one) => ids.includes(one.externalId));
	await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId, deps.now());
		for (const one of mine) {
			await hearOfMessage(deps, tx, practice, provider.id, one);
			if (one.optedOut) await hearOptOut(deps, tx, practice, { vendor: provider.id, connection: name, ...one.optedOut, how: one.code ?? one.rawStatus });
		}
		await markConnection(deps, tx, practiceId, name, 'working', '');
	});
	return mine.filter(({ status }) => status === 'delivered' || status === 'undelivered').map(({ externalId }) => externalId);
}

/** It went, and nobody knows whether it arrived: staff hear once, and it is not asked for again. */
async function giveUp(deps: Deps, practiceId: string, ref: string): Promise<void> {
	await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId, deps.now());
		const settled = await tx
			.updateTable('reminder')
			.set({ settled_at: iso(deps.now()) })
			.where('practice_id', '=', practiceId)
			.where('reminder_ref', '=', ref)
			.where('status', '=', 'sent')
			.where('settled_at', 'is', null)
			.returning('reminder_ref')
			.executeTakeFirst();
		// What staff were told stays told: the next rung tells them again.
		if (!settled) return settleStaff(tx, practiceId, ref, deps.now());
		const row = await readRow(tx, practiceId, ref);
		const account = await loadAccount(tx, practice, row.account_ref, deps.now());
		const text = 'The sending service took it and did not say within three days whether it arrived.';
		await tellNotDelivered(deps, tx, practice, account.row, row, 'unknown', [{ code: 'outcome_unknown', text, remedy: '' }], row.because_of ?? row.actor);
	});
}

async function settleStaff(tx: Tx, practiceId: string, ref: string, now: number): Promise<void> {
	await tx
		.updateTable('staff_message')
		.set({ settled_at: iso(now) })
		.where('practice_id', '=', practiceId)
		.where('message_ref', '=', ref)
		.where('status', '=', 'sent')
		.where('settled_at', 'is', null)
		.execute();
}
