import { sql } from 'kysely';
import { afterAll, expect, it, vi } from 'vitest';
import { openTestLedger } from '../kit/database.ts';

const { ledger, close } = await openTestLedger('embedded');
afterAll(close);

const counted = (): Promise<number> =>
	ledger.practice('pr_upkeep', async (tx) => {
		const { rows } = await sql<{ reltuples: number }>`select reltuples from pg_class where oid = 'dunwell.account'::regclass`.execute(tx);
		return Number(rows[0]?.reltuples);
	});

it('The embedded database counts a table again once it has grown, as a server does by itself', async () => {
	expect(await counted()).toBeLessThanOrEqual(0);
	await ledger.practice('pr_upkeep', (tx) =>
		sql`insert into account (practice_id, account_ref, test, your_reference, currency, created_at, updated_at)
			select 'pr_upkeep', 'acc_' || n, false, 'A-' || n, 'USD', now(), now() from generate_series(1, 3000) n`.execute(tx),
	);
	await vi.waitFor(async () => expect(await counted()).toBe(3000), { timeout: 10_000, interval: 200 });
});
