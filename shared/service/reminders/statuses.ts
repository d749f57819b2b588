/** What became of messages at vendors that do not tell by themselves: they are asked, with growing pauses, until each word is final. */
import { Failure } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { loadAccount } from '../accounts.ts';
import { connectionBroken, markConnection } from '../connection-status.ts';
import { type OpenConnection, openConnection } from '../connections.ts';
import { iso, readPractice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { applyDelivery, tellNotDelivered } from './outcome.ts';
import { readRow } from './rows.ts';

interface Job {
	practice_id: string;
	connection: string;
}

/** InterFAX tries a busy number for hours; what it does not know after three days it will not know. */
const SILENT_MS = 3 * 86_400_000;
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
	const silent = open.filter((row) => deps.now() - row.left > SILENT_MS);
	const asked = open.filter((row) => !silent.includes(row));
	const connection = await deps.ledger.practice(practiceId, (tx) => openConnection(deps, tx, practiceId, job.connection));
	const final = new Set<string>();
	try {
		for (let i = 0; i < asked.length; i += AT_ONCE)
			for (const id of await askOnce(
				deps,
				practiceId,
				connection,
				asked.slice(i, i + AT_ONCE).map((row) => row.id),
			))
				final.add(id);
	} catch (error) {
		if (!(error instanceof Failure) || (error.kind !== 'auth' && error.kind !== 'denied')) throw error;
		await deps.ledger.practice(practiceId, async (tx) =>
			connectionBroken(deps, tx, await readPractice(tx, practiceId, deps.now()), connection, error, 'reminder_not_delivered'),
		);
		return;
	}
	for (const { ref } of silent) await giveUp(deps, practiceId, ref);
	const youngest = asked.filter((row) => !final.has(row.id)).at(-1);
	if (youngest) await deps.ledger.practice(practiceId, (tx) => askLater(deps, tx, practiceId, connection, youngest.left));
}

/** Oldest first. What was given up has been settled. */
async function openMessages(tx: Tx, job: Job): Promise<{ ref: string; id: string; left: number }[]> {
	const rows = await tx
		.selectFrom('reminder')
		.select(['reminder_ref', 'external_id', 'sent_at', 'created_at'])
		.where('practice_id', '=', job.practice_id)
		.where('connection', '=', job.connection)
		.where('status', '=', 'sent')
		.where('settled_at', 'is', null)
		.where('external_id', 'is not', null)
		.orderBy('sent_at')
		.limit(MOST)
		.execute();
	return rows.map((row) => ({ ref: row.reminder_ref, id: row.external_id ?? '', left: (row.sent_at ?? row.created_at).getTime() }));
}

/** Records what the vendor says and answers which messages are final. */
async function askOnce(deps: Deps, practiceId: string, { name, provider, http, credentials }: OpenConnection, ids: readonly string[]): Promise<string[]> {
	const told = (await provider.send?.status?.(http, credentials, ids)) ?? [];
	const mine = told.filter((one) => ids.includes(one.externalId));
	await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId, deps.now());
		for (const one of mine) await applyDelivery(deps, tx, practice, provider.id, one);
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
		if (!settled) return;
		const row = await readRow(tx, practiceId, ref);
		const account = await loadAccount(tx, practice, row.account_ref, deps.now());
		const text = 'The sending service took it and did not say within three days whether it arrived.';
		await tellNotDelivered(deps, tx, practice, account.row, row, 'unknown', [{ code: 'outcome_unknown', text, remedy: '' }], row.because_of ?? row.actor);
	});
}
