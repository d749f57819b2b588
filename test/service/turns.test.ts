/** Turns at a vendor's account: by the database's clock, for all processes and practices together. */

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Ledger, Tx } from '../../shared/ledger/open.ts';
import { providers } from '../../shared/providers/registry.ts';
import { closeTurns, paceOf, takeTurn } from '../../shared/service/turns.ts';
import { LEDGERS, openTestLedger, type TestLedger } from '../kit/database.ts';

for (const { title, kind, skip } of LEDGERS)
	describe.skipIf(skip)(`turns at a vendor, ${title}`, () => {
		let test: TestLedger;
		let ledger: Ledger;
		let number = 0;
		const pace = (intervalMs: number) => ({ account: `account-${number++}`, intervalMs });
		const as = <T>(practice: string, work: (tx: Tx) => Promise<T>): Promise<T> => ledger.practice(practice, work);

		beforeAll(async () => {
			test = await openTestLedger(kind);
			ledger = test.ledger;
		});
		afterAll(() => test.close());

		it('come one interval apart, whoever asks and however many ask at once', async () => {
			const own = pace(60_000);
			const turns = await Promise.all(Array.from({ length: 20 }, (_, i) => as(`practice-${i % 3}`, (tx) => takeTurn(tx, own, 3_600_000))));
			expect(turns.map(({ granted }) => granted)).toEqual(Array(20).fill(true));
			const waits = turns.map(({ waitMs }) => waitMs).sort((a, b) => a - b);
			expect(waits[0]).toBe(0);
			// Asking took some of it.
			expect(waits.map((wait) => Math.ceil(wait / 60_000))).toEqual(Array.from({ length: 20 }, (_, i) => i));
		});

		it('are not given further away than the patience, and then nothing is taken', async () => {
			const own = pace(60_000);
			expect(await as('p', (tx) => takeTurn(tx, own, 0))).toEqual({ granted: true, waitMs: 0 });
			const refused = await as('p', (tx) => takeTurn(tx, own, 50_000));
			expect(refused.granted).toBe(false);
			expect(refused.waitMs).toBeGreaterThan(50_000);
			const given = await as('p', (tx) => takeTurn(tx, own, 60_000));
			expect(given.granted).toBe(true);
			expect(given.waitMs).toBeLessThanOrEqual(60_000);
		});

		it('are not saved up while nobody asks', async () => {
			const own = pace(50);
			await as('p', (tx) => takeTurn(tx, own, 0));
			await new Promise((resolve) => setTimeout(resolve, 300));
			expect(await as('p', (tx) => takeTurn(tx, own, 0))).toEqual({ granted: true, waitMs: 0 });
			expect((await as('p', (tx) => takeTurn(tx, own, 0))).granted).toBe(false);
		});

		it('are given back by a transaction that fails', async () => {
			const own = pace(60_000);
			const failing = as('p', async (tx) => {
				await takeTurn(tx, own, 0);
				throw new Error('half-way');
			});
			await expect(failing).rejects.toThrow('half-way');
			expect((await as('p', (tx) => takeTurn(tx, own, 0))).granted).toBe(true);
		});

		it('are closed for every practice when the vendor says that it is too much, and never opened earlier by a shorter word', async () => {
			const own = pace(1);
			await as('one', (tx) => closeTurns(tx, own, 60));
			await as('two', (tx) => closeTurns(tx, own, 1));
			const { granted, waitMs } = await as('two', (tx) => takeTurn(tx, own, 10_000));
			expect(granted).toBe(false);
			expect(waitMs).toBeGreaterThan(55_000);
			expect(waitMs).toBeLessThanOrEqual(60_000);
		});

		it('are nobody’s to read or to write past the functions', async () => {
			await expect(as('p', (tx) => sql`select * from vendor_turn`.execute(tx))).rejects.toMatchObject({ message: expect.stringContaining('42501') });
			await expect(as('p', (tx) => sql`delete from vendor_turn`.execute(tx))).rejects.toMatchObject({ message: expect.stringContaining('42501') });
		});
	});

describe('the pace of a connection', () => {
	const twilio = providers['twilio'];
	const outlook = providers['outlook'];
	if (!twilio || !outlook) throw new Error('no such vendors');
	const credentials = { account_sid: 'AC1', auth_token: 't' };

	it('is of the account: the same for two practices that share one, and a twentieth slower than the vendor allows', () => {
		const [one, two, other] = [
			paceOf('p1', 'a', twilio, credentials),
			paceOf('p2', 'b', twilio, { ...credentials, auth_token: 'rotated' }),
			paceOf('p1', 'a', twilio, { ...credentials, account_sid: 'AC2' }),
		];
		expect(one).toEqual({ account: expect.stringMatching(/^[0-9a-f]{64}$/), intervalMs: 105 });
		expect(two).toEqual(one);
		expect(other?.account).not.toBe(one?.account);
	});

	it('is of the connection where the account has no name', () => {
		expect(paceOf('p1', 'mail', outlook, {})?.intervalMs).toBe(2100);
		expect(paceOf('p1', 'mail', outlook, {})?.account).not.toBe(paceOf('p2', 'mail', outlook, {})?.account);
	});

	it("is the operator's where the operator gives one, and none where the vendor sets none", () => {
		expect(paceOf('p1', 'a', twilio, credentials, 50)?.intervalMs).toBe(21);
		expect(providers['sandbox'] && paceOf('p1', 'a', providers['sandbox'], {}, 50)).toBeUndefined();
	});
});
