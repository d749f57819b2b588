/** The periodic review. */
import { sql } from 'kysely';
import { iso, readPractice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { reviewAccounts } from './accounts.ts';
import { batchSize, JOB_MS, letOthers } from './pace.ts';

/** The periodic review of one practice: due accounts only, so its cost follows what happened. */
export async function reviewDue(deps: Deps, job: { practice_id: string }): Promise<number> {
	const stopAt = performance.now() + JOB_MS;
	let count = 0;
	for (;;) {
		const batch = batchSize(deps, count);
		const done = await deps.ledger.practice(job.practice_id, async (tx) => {
			// Rows another process is reviewing are skipped: several services share the work.
			const { rows } = await sql<{
				account_ref: string;
			}>`select account_ref from account where practice_id = ${job.practice_id} and next_review_at <= ${iso(deps.now())}
				order by next_review_at limit ${batch} for update skip locked`.execute(tx);
			if (rows.length === 0) return 0;
			const practice = await readPractice(tx, job.practice_id, deps.now());
			await reviewAccounts(
				deps,
				tx,
				practice,
				rows.map((row) => row.account_ref),
				{ raisedBy: 'review', locked: true, actor: 'review', sending: practice.policy.sending },
			);
			return rows.length;
		});
		count += done;
		if (done < batch) break;
		await letOthers();
		if (performance.now() > stopAt) {
			await deps.ledger.practice(job.practice_id, (tx) => deps.ledger.queue.add(tx, 'review', job));
			break;
		}
	}
	return count;
}
