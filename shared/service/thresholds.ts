/** Amounts above which somebody wants to hear: the practice's own, and those that subscriptions chose. */
import { sql } from 'kysely';
import { toMinor } from '../contracts/money.ts';
import type { Tx } from '../ledger/open.ts';

/**
 * A new amount finds accounts that owe more than it already. Nothing of them has risen: without a mark each would raise
 * an event for a balance that somebody has known for months.
 */
export async function beginThreshold(tx: Tx, practiceId: string, amount: number): Promise<void> {
	const { currency } = await tx.selectFrom('practice').select('currency').where('practice_id', '=', practiceId).executeTakeFirstOrThrow();
	const minor = toMinor(amount, currency) ?? 0;
	if (minor === 0) return;
	await sql`update account set above = array_append(above, ${minor}::bigint)
		where practice_id = ${practiceId} and currency = ${currency} and owed_minor > ${minor} and not ${minor}::bigint = any(above)`.execute(tx);
}
