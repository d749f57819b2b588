/** QMB remark codes speak of the person's coverage, not of one line: the account is held for good until staff look (CMS, N781-N783). */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { newRef } from '../refs.ts';
import type { Recording } from '../sighting.ts';

export async function neverBill(tx: Tx, to: Recording, account: string, now: string): Promise<void> {
	await sql`insert into hold (practice_id, hold_ref, scope, test, account_ref, reason, actor, since, import_id)
		select ${to.practiceId}, ${newRef('hold')}, 'account', ${to.test}, ${account}, 'qmb', ${to.actor}, ${now}, ${to.importId ?? null}
		where not exists (select from hold where practice_id = ${to.practiceId} and account_ref = ${account} and reason = 'qmb' and released_at is null)`.execute(
		tx,
	);
}
