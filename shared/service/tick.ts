/** The clock's work: which practices have accounts due, claims or deliveries that got stuck, and sources to poll. */
import { sql } from 'kysely';
import type { Tx } from '../ledger/open.ts';
import { KEY_DAYS } from './once.ts';
import { iso } from './practice.ts';
import { statusKey } from './reminders/statuses.ts';
import type { Deps } from './types.ts';

const POLL_MINUTES = 15;
const DAY_SECONDS = 86_400;
const STALE_MS = 120_000;

/** Only lists practices and adds jobs; the jobs do the work, one practice each, on whichever process is free. */
export async function tick(deps: Deps): Promise<{ practices: number }> {
	const now = deps.now();
	const stale = iso(now - STALE_MS);
	const found = await deps.ledger.system(async (tx) => {
		const due = await sql<{
			practice_id: string;
		}>`select distinct practice_id from account where next_review_at <= ${iso(now)} and practice_id in (select practice_id from practice where closed_at is null)`.execute(
			tx,
		);
		const stuck = await sql<{ practice_id: string }>`
			select practice_id from reminder where status = 'sending' or status = 'unknown' or (status = 'scheduled' and send_at < ${stale}) or (status = 'prepared' and expires_at < ${iso(now)})
			union select practice_id from delivery where status = 'pending' and next_at < ${stale}
			union select practice_id from practice where closed_at is null`.execute(tx);
		const sources = await tx.selectFrom('connection').select(['practice_id', 'connection', 'vendor', 'status']).where('status', '<>', 'broken').execute();
		return { due: due.rows, stuck: stuck.rows, sources };
	});
	const minute = Math.floor(now / 60_000);
	const practices = new Set([...found.due, ...found.stuck].map((row) => row.practice_id));
	for (const practice of practices) {
		await deps.ledger.practice(practice, async (tx) => {
			if (found.due.some((row) => row.practice_id === practice))
				await deps.ledger.queue.add(tx, 'review', { practice_id: practice }, { singletonKey: practice, singletonSeconds: 30 });
			if (found.stuck.some((row) => row.practice_id === practice))
				await deps.ledger.queue.add(tx, 'sweep', { practice_id: practice }, { singletonKey: practice, singletonSeconds: 30 });
			for (const source of found.sources.filter((row) => row.practice_id === practice)) {
				const provider = deps.providers[source.vendor];
				const job = { practice_id: practice, connection: source.connection };
				const key = `${practice}:${source.connection}`;
				const every = { singletonSeconds: POLL_MINUTES * 60 };
				if (provider?.read) await deps.ledger.queue.add(tx, 'poll', job, { singletonKey: key, ...every });
				// Mends a question that was lost: one that waits keeps its time.
				if (provider?.send?.status) await deps.ledger.queue.add(tx, 'poll', { ...job, statuses: true }, { singletonKey: statusKey(job), ...every });
				if (provider?.webhook?.register && source.status === 'working')
					await deps.ledger.queue.add(tx, 'poll', { ...job, register: true }, { singletonKey: `${key}:register`, singletonSeconds: DAY_SECONDS });
			}
			// Once an hour is enough for what only has to go some day.
			if (minute % 60 === 0) await forget(tx, practice, now);
		});
	}
	// Turns of accounts that are used no more.
	if (minute % 60 === 0) await deps.ledger.system((tx) => sql`delete from vendor_turn where next_at < now() - interval '1 day'`.execute(tx));
	return { practices: practices.size };
}

/** Keys and vendor event ids are remembered longer than any replay, then go. */
async function forget(tx: Tx, practice: string, now: number): Promise<void> {
	const before = new Date(now - KEY_DAYS * 86_400_000);
	await tx.deleteFrom('idempotency').where('practice_id', '=', practice).where('at', '<', before).execute();
	await tx.deleteFrom('vendor_event').where('practice_id', '=', practice).where('at', '<', before).execute();
}
