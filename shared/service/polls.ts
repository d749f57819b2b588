/** Reading billing sources page by page, where a vendor has no webhook for a fact or one was missed. */
import { Failure } from '../contracts/failure.ts';
import { connectionBroken, markConnection } from './connection-status.ts';
import { openConnection } from './connections.ts';
import { recordFacts } from './facts.ts';
import { nudge } from './nudge.ts';
import { iso, readPractice } from './practice.ts';
import type { Deps } from './types.ts';

/** Vendors' clocks and indexes lag: each poll reads a little of what the last one read. Facts are deduplicated by the ledger. */
const OVERLAP_MS = 10 * 60_000;
const FIRST_DAYS = 90;
const PAGES = 50;

interface Cursor {
	since: string;
	next?: string;
}

/** One poll of one connection: pages until the end, each recorded with its cursor, so that a crash goes on where it was. */
export async function poll(deps: Deps, job: { practice_id: string; connection: string }): Promise<void> {
	for (let page = 0; page < PAGES; page += 1) {
		const { connection, cursor } = await deps.ledger.practice(job.practice_id, async (tx) => ({
			connection: await openConnection(deps, tx, job.practice_id, job.connection),
			cursor: (
				await tx
					.selectFrom('connection')
					.select('cursor')
					.where('practice_id', '=', job.practice_id)
					.where('connection', '=', job.connection)
					.executeTakeFirst()
			)?.cursor as Cursor | null | undefined,
		}));
		const read = connection.provider.read;
		if (!read) return;
		const now = deps.now();
		const since = cursor?.since ?? iso(now - FIRST_DAYS * 86_400_000);
		try {
			const result = await read.page(connection.http, connection.credentials, { since, now: iso(now), ...(cursor?.next ? { cursor: cursor.next } : {}) });
			const next: Cursor = result.next ? { since, next: result.next } : { since: iso(now - OVERLAP_MS) };
			await deps.ledger.practice(job.practice_id, async (tx) => {
				const facts = result.items.filter((fact) => fact.account.yourReference || fact.account.accountRef);
				await recordFacts(deps, tx, { practiceId: job.practice_id, test: false, actor: `vendor:${connection.provider.id}`, connection: job.connection }, facts);
				await tx
					.updateTable('connection')
					.set({ cursor: JSON.stringify(next) })
					.where('practice_id', '=', job.practice_id)
					.where('connection', '=', job.connection)
					.execute();
				await markConnection(deps, tx, job.practice_id, job.connection, 'working', '');
			});
			if (result.items.length > 0) nudge(deps, job.practice_id);
			if (!result.next) return;
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			if (error.kind !== 'auth' && error.kind !== 'denied') throw error;
			await deps.ledger.practice(job.practice_id, async (tx) => {
				await connectionBroken(deps, tx, await readPractice(tx, job.practice_id, deps.now()), connection, error);
			});
			return;
		}
	}
	await deps.ledger.practice(job.practice_id, (tx) => deps.ledger.queue.add(tx, 'poll', job));
}
