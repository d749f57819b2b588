import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertNoTransaction, type Ledger } from '../../shared/ledger/open.ts';
import { LEDGERS, openTestLedger, type TestLedger } from '../kit/database.ts';

const account = (practice_id: string, account_ref: string) => ({
	practice_id,
	account_ref,
	test: true,
	your_reference: account_ref,
	currency: 'USD',
	created_at: new Date(0),
	updated_at: new Date(0),
});

for (const { title, kind, skip } of LEDGERS) {
	describe.skipIf(skip)(`Transactions, ${title}`, () => {
		let opened: TestLedger;
		let ledger: Ledger;

		beforeAll(async () => {
			opened = await openTestLedger(kind);
			ledger = opened.ledger;
		});
		afterAll(() => opened.close());

		it('shows a practice its own rows and no others', async () => {
			await ledger.practice('seen', (tx) => tx.insertInto('account').values(account('seen', 'a1')).execute());
			const own = await ledger.practice('seen', (tx) => tx.selectFrom('account').select('account_ref').execute());
			const other = await ledger.practice('stranger', (tx) => tx.selectFrom('account').select('account_ref').execute());
			expect({ own, other }).toEqual({ own: [{ account_ref: 'a1' }], other: [] });
		});

		it('refuses a row of another practice', async () => {
			const attempt = ledger.practice('mine', (tx) => tx.insertInto('account').values(account('yours', 'a1')).execute());
			await expect(attempt).rejects.toMatchObject({ name: 'Failure', kind: 'broken', vendorCode: '42501' });
		});

		it("works as the application role, and as the system role, under the ledger's search path", async () => {
			const read = sql<{ role: string; path: string; practice: string }>`
				select current_user::text as role, current_setting('search_path') as path, current_setting('dunwell.practice_id') as practice`;
			const app = await ledger.practice('p', (tx) => read.execute(tx));
			const system = await ledger.system((tx) => read.execute(tx));
			expect(app.rows).toEqual([{ role: 'dunwell_app', path: 'dunwell, pg_temp', practice: 'p' }]);
			expect(system.rows).toEqual([{ role: 'dunwell_system', path: 'dunwell, pg_temp', practice: '' }]);
		});

		it('leaves nothing of the practice behind for the next statement', async () => {
			await ledger.practice('left', (tx) => tx.insertInto('account').values(account('left', 'a1')).execute());
			const { rows } = await ledger.system((tx) => sql<{ practice: string }>`select current_setting('dunwell.practice_id') as practice`.execute(tx));
			expect(rows).toEqual([{ practice: '' }]);
		});

		it('does not let the system role read what a patient owes', async () => {
			await expect(ledger.system((tx) => tx.selectFrom('invoice').selectAll().execute())).rejects.toMatchObject({ kind: 'broken', vendorCode: '42501' });
		});

		it('does not let an application change the audit trail', async () => {
			await expect(ledger.practice('p', (tx) => tx.updateTable('audit').set({ actor: 'x' }).execute())).rejects.toMatchObject({ vendorCode: '42501' });
		});

		it('reads bigint as number, date as text, timestamptz as Date and bytea as bytes', async () => {
			const { rows } = await ledger.practice('p', (tx) =>
				sql`select 9007199254740991::bigint as n, date '2026-02-28' as d, timestamptz '2026-01-02 03:04:05+00' as t, '\\x00ff'::bytea as b, '{"a":1}'::jsonb as j`.execute(
					tx,
				),
			);
			const { b, ...rest } = rows[0] as { b: Uint8Array };
			expect(rest).toEqual({ n: 9007199254740991, d: '2026-02-28', t: new Date('2026-01-02T03:04:05Z'), j: { a: 1 } });
			expect([...b]).toEqual([0, 255]);
		});

		it('rolls back when the work throws, and passes the error on as it is', async () => {
			const error = new TypeError('a fault in the work');
			const attempt = ledger.practice('rolled', async (tx) => {
				await tx.insertInto('account').values(account('rolled', 'a1')).execute();
				throw error;
			});
			await expect(attempt).rejects.toBe(error);
			expect(await ledger.practice('rolled', (tx) => tx.selectFrom('account').selectAll().execute())).toEqual([]);
		});

		it('keeps the row that a unique violation quotes out of the message', async () => {
			const attempt = ledger.practice('twice', async (tx) => {
				await tx.insertInto('account').values(account('twice', 'Jane Doe')).execute();
				await tx.insertInto('account').values(account('twice', 'Jane Doe')).execute();
			});
			await expect(attempt).rejects.toMatchObject({ kind: 'conflict', code: 'ledger_conflict', message: 'The ledger already holds an entry with this key.' });
		});

		it('refuses practice, system and call inside a transaction, and names what was called', async () => {
			const inside = (work: () => Promise<unknown>) => ledger.practice('p', () => work());
			const code = 'nested_transaction';
			const remedy = "was called inside a ledger transaction; use the transaction's own handle (tx).";
			await expect(inside(() => ledger.practice('p', async () => undefined))).rejects.toMatchObject({ code, message: `practice() ${remedy}` });
			await expect(inside(() => ledger.system(async () => undefined))).rejects.toMatchObject({ code, message: `system() ${remedy}` });
			await expect(inside(() => ledger.call('authenticate', 'p', {}))).rejects.toMatchObject({ code, message: `call('authenticate') ${remedy}` });
			await expect(ledger.system(() => ledger.practice('p', async () => undefined))).rejects.toMatchObject({ code });
		});

		it('lets nothing wait for a vendor inside a transaction', async () => {
			assertNoTransaction('A vendor was called');
			await expect(ledger.practice('p', async () => assertNoTransaction('A vendor was called'))).rejects.toMatchObject({
				code: 'inside_transaction',
				message: 'A vendor was called inside a ledger transaction; end the transaction first.',
			});
		});

		it('lets work that outlives its transaction open one of its own', async () => {
			let later: Promise<string> | undefined;
			await ledger.practice('p', async () => {
				later = new Promise<void>((resolve) => setTimeout(resolve, 50)).then(() => ledger.practice('p', async () => 'opened'));
			});
			expect(await later).toBe('opened');
		});

		it('takes many transactions at once and keeps them apart', async () => {
			const practices = Array.from({ length: 40 }, (_, n) => `many${n}`);
			const answers = await Promise.all(
				practices.map((practice) =>
					ledger.practice(practice, async (tx) => {
						await tx.insertInto('account').values(account(practice, 'a1')).execute();
						const rows = await tx.selectFrom('account').select('practice_id').execute();
						return rows.map((row) => row.practice_id);
					}),
				),
			);
			expect(answers).toEqual(practices.map((practice) => [practice]));
		});

		it('calls a function of the ledger in one statement, and refuses a name that is none', async () => {
			expect(await ledger.call('authenticate', 'nobody', { hash: 'ff' })).toBeNull();
			await expect(ledger.call('x(); drop table account; --', 'p', {})).rejects.toMatchObject({ kind: 'broken' });
			await expect(ledger.call('no_such_function', 'p', {})).rejects.toMatchObject({ kind: 'broken', vendorCode: '42883' });
		});

		it('needs a practice', async () => {
			await expect(ledger.practice('', async () => undefined)).rejects.toMatchObject({ message: 'practice() needs a practice id.' });
		});
	});
}
