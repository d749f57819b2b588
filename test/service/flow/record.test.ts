/** The record that is kept: whole, provable, and each practice's own. */
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TABLES } from '../../../shared/ledger/migrations/0001_ledger.ts';
import { pgliteOptions } from '../../../shared/ledger/pglite.ts';
import { type Folder, LEDGERS, migratedFolder } from '../../kit/database.ts';
import { createAccount, createPractice, movedTo, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { claim, remittance, settle, startListener, subscribe } from './kit.ts';

/** A bit of everything that leaves a trace. */
async function live(service: Running, practice: TestPractice): Promise<void> {
	const ref = await createAccount(practice, {
		your_reference: 'A-1',
		days: 8,
		fields: { patient_name: 'Jane Roe', email: 'jane@example.com', invoice: 'I-1' },
	});
	await practice.must('POST', '/api/files', { kind: 'remittance', content: remittance(claim('C1-501', '1', 100, 0, ['CAS*CO*197*100'])) });
	const { import_ref } = await practice.must('POST', '/api/balances/import', { rows: [{ your_reference: 'A-3', amount: 5 }] });
	await settle(service, practice);
	await practice.must('POST', '/api/reminders', { account_ref: ref });
	await practice.must('POST', '/api/payments', { account_ref: ref, payment: 'P-1', status: 'failed', amount: 5 });
	const { hold_ref } = await practice.must('POST', '/api/holds', { scope: 'account', account_ref: ref, reason: 'promise', note: 'Jane pays on Friday' });
	await practice.must('POST', '/api/holds/release', { hold_ref });
	const visit = { appointment: 'V-1', completed_at: new Date(service.clock.now - 3_600_000).toISOString(), copay_due: 20 };
	await practice.must('POST', '/api/appointments', { account_ref: ref, ...visit });
	await practice.must('POST', '/api/arrangements', { account_ref: ref, kind: 'promise', amount: 5, first_on: '2026-12-01' });
	await practice.must('POST', '/api/accounts/flag', { account_ref: ref, purpose: 'review', note: 'Jane moved' });
	await practice.must('POST', '/api/balances', { your_reference: 'A-4', amount: 9, disputed: true });
	await practice.must('POST', '/api/escalations', { account_ref: ref, reason: 'other', text: 'Call Jane' });
	await practice.must('POST', `/api/imports/${import_ref}/undo`);
	await practice.must('POST', '/api/accounts', { account_ref: ref, sms_consent: 'no' });
	await practice.must('GET', `/api/accounts/find?account_ref=${ref}`);
	await practice.must('POST', '/api/reviews', {});
	await settle(service, practice);
}

interface Entry {
	seq: number;
	kind: string;
	actor: string;
	subject: string;
	body: Record<string, unknown>;
	personal: Record<string, unknown> | null;
}

describe('the audit chain', () => {
	let folder: Folder;
	let service: Running;
	let practice: TestPractice;
	let other: TestPractice;
	let entries: Entry[];

	const open = async () => {
		service = await startService({ dataDir: folder.path });
		if (practice) practice = movedTo(practice, service.url);
		if (other) other = movedTo(other, service.url);
	};
	/** As somebody with the database's own key could: no role of the service may. */
	const tamper = async (statement: string, values: unknown[] = []) => {
		await service.close();
		const database = await PGlite.create(pgliteOptions(join(folder.path, 'database')));
		await database.query(statement, values);
		await database.close();
		await open();
	};
	const check = (of = practice) => of.setup('GET', '/audit/check');

	beforeAll(async () => {
		folder = await migratedFolder();
		await open();
		practice = await createPractice(service.url, { twilio: false });
		other = await createPractice(service.url, { twilio: false, name: 'Other' });
		await live(service, practice);
		entries = (await practice.must('GET', '/api/setup/audit?limit=500')).items;
	});
	afterAll(async () => {
		await service.close();
		folder.remove();
	});

	it('holds every kind of act once, in order, with who did it, and is whole', async () => {
		expect(entries.map((entry) => entry.seq)).toEqual(entries.map((_, i) => i + 1));
		const kinds = entries.map((entry) => entry.kind);
		for (const kind of [
			'practice_created',
			'policy_changed',
			'balances_recorded',
			'account_updated',
			'claim_recorded',
			'import_recorded',
			'import_undone',
			'reminder_scheduled',
			'reminder_leaving',
			'reminder_sent',
			'payment_recorded',
			'hold_placed',
			'hold_released',
			'escalation_opened',
			'consent_revoked',
			'account_read',
			'review_finished',
		])
			expect([kind, kinds.includes(kind)]).toEqual([kind, true]);
		expect(entries.every((entry) => /^(key:|operator:|staff:|vendor:|patient$|system$|review$)/.test(entry.actor))).toBe(true);
		const left = entries.find((entry) => entry.kind === 'reminder_leaving');
		expect(left?.body).toMatchObject({
			channel: 'sms',
			vendor: 'sandbox',
			amount_minor: 8420,
			policy_hash: expect.stringMatching(/^[0-9a-f]{64}$/),
			digest: expect.stringMatching(/^[0-9a-f]{64}$/),
			consent: { state: 'granted', evidence: 'intake form' },
		});
		expect(await check()).toMatchObject({ ok: true });
		expect((await check()).entries).toBeGreaterThanOrEqual(entries.length);
	});

	it('says of what came with balances whom it reaches and who agreed, names and addresses beside it', async () => {
		await other.must('POST', '/api/balances', { your_reference: 'B-1', amount: 12, patient_name: 'Ann Poe', email: 'Ann@example.com' });
		const [entry] = ((await other.must('GET', '/api/setup/audit?limit=500')).items as Entry[]).filter(({ kind }) => kind === 'balances_recorded');
		const ref = (entry?.body as { rows: { account_ref: string }[] }).rows[0]?.account_ref ?? '';
		expect(entry?.body).toEqual({ test: false, rows: [expect.objectContaining({ account_ref: ref, outcome: 'created', amount_minor: 1200 })] });
		expect(entry?.personal).toEqual({ names: { [ref]: 'Ann Poe' }, contacts: [{ account_ref: ref, channel: 'email', address: 'ann@example.com' }] });
	});

	it('keeps what names a person beside the chain, not in it', () => {
		for (const entry of entries) expect(JSON.stringify(entry.body)).not.toMatch(/Jane|Roe|jane@|3175550142/);
		expect(JSON.stringify(entries.map((entry) => entry.personal))).toMatch(/Jane pays on Friday/);
	});

	it('shows personal parts only to a key that may see them', async () => {
		const { api_key } = await practice.setup('POST', '/keys', { mode: 'live', scopes: ['setup'], label: 'admin' });
		const answer = await fetch(`${service.url}/api/setup/audit?limit=500`, { headers: { authorization: `Bearer ${api_key}` } });
		expect(await answer.text()).not.toMatch(/Jane|Roe|jane@/);
	});

	it('stays whole when personal parts are erased', async () => {
		await tamper('update dunwell.audit set personal = null where practice_id = $1', [practice.id]);
		expect(await check()).toMatchObject({ ok: true });
		expect(JSON.stringify((await practice.must('GET', '/api/setup/audit?limit=500')).items)).not.toMatch(/Jane|Roe/);
	});

	it('shows the first entry that was changed, added to or taken away, and no other practice suffers', async () => {
		const paid = entries.find((entry) => entry.kind === 'payment_recorded')?.seq ?? 0;
		await tamper(`update dunwell.audit set body = jsonb_set(body, '{amount_minor}', '1') where practice_id = $1 and seq = $2`, [practice.id, paid]);
		expect(await check()).toEqual({
			ok: false,
			entries: paid - 1,
			text: `Entry ${paid}: entry was changed. What comes before it is whole; compare with a backup.`,
		});
		expect(await check(other)).toMatchObject({ ok: true });
		await tamper(`update dunwell.audit set body = jsonb_set(body, '{amount_minor}', '500') where practice_id = $1 and seq = $2`, [practice.id, paid]);
		expect(await check()).toMatchObject({ ok: true });
		await tamper(`update dunwell.audit set actor = 'patient' where practice_id = $1 and seq = $2`, [practice.id, paid]);
		expect((await check()).text).toMatch(`Entry ${paid}: entry was changed`);
		await tamper('delete from dunwell.audit where practice_id = $1 and seq = $2', [practice.id, paid]);
		expect((await check()).text).toMatch(`Entry ${paid}: entry is missing`);
		await tamper('delete from dunwell.audit where practice_id = $1 and seq >= $2', [practice.id, paid]);
		expect((await check()).text).toMatch(/last entries are missing/);
	});
});

for (const { title, kind, skip } of LEDGERS) {
	describe.skipIf(skip)(`row-level security, ${title}`, () => {
		let service: Running;
		let one: TestPractice;
		let two: TestPractice;
		/** Tables in which each practice has rows. */
		let filled: readonly string[];

		const owners = (of: string, table: string): Promise<string[]> =>
			service.rows(of, async (tx) =>
				(await sql<{ practice_id: string }>`select distinct practice_id from ${sql.table(table)}`.execute(tx)).rows.map((row) => row.practice_id),
			);

		beforeAll(async () => {
			service = await startService({ kind });
			const zap = await startListener();
			one = await createPractice(service.url, { twilio: false, name: 'One' });
			two = await createPractice(service.url, { twilio: false, name: 'Two' });
			for (const practice of [one, two]) {
				await practice.setup('PUT', '/staff/ann', { name: 'Ann' });
				await practice.setup('PUT', '/routes/desk', { label: 'Desk', connection: 'outbox', channel: 'sms', target: '+13175550177', sender: '+12125550199' });
				await practice.must('POST', '/api/escalations', { reason: 'other', route: 'desk' });
				await subscribe(practice, 'balance_overdue', `${zap.url}/${practice.id}`);
				await live(service, practice);
				await practice.must('POST', '/api/accounts', {
					your_reference: 'A-1',
					relative_name: 'Ann Poe',
					relative_relation: 'spouse',
					relative_authorization: 'Form of 1 November',
				});
				await practice.must('POST', '/api/payments', { your_reference: 'A-1', payment: 'P-2', status: 'failed', amount: 5, idempotency_key: 'k' });
			}
			await zap[Symbol.asyncDispose]();
			filled = TABLES.filter((table) => !['vendor_event', 'cycle', 'print_batch', 'sending'].includes(table));
		});
		afterAll(() => service.close());

		it('lets a practice see its own rows in every table, and no row of another, though nothing asks for it', async () => {
			for (const table of filled) {
				expect([table, await owners(one.id, table)]).toEqual([table, [one.id]]);
				expect([table, await owners(two.id, table)]).toEqual([table, [two.id]]);
			}
		});

		it('shows nothing at all when no practice is set', async () => {
			await service.rows(one.id, async (tx) => {
				await sql`select set_config('dunwell.practice_id', '', true)`.execute(tx);
				for (const table of TABLES) {
					const { rows } = await sql`select 1 from ${sql.table(table)} limit 1`.execute(tx);
					expect([table, rows]).toEqual([table, []]);
				}
			});
		});

		it('lets nothing be written for another practice, changed there or taken away', async () => {
			await expect(service.rows(one.id, (tx) => tx.insertInto('staff').values({ practice_id: two.id, staff: 'eve', name: 'Eve' }).execute())).rejects.toThrow(
				/SQLSTATE 42501/,
			);
			const before = await service.rows(two.id, (tx) => tx.selectFrom('account').selectAll().execute());
			await service.rows(one.id, async (tx) => {
				expect((await tx.updateTable('account').set({ owed_minor: 1 }).where('practice_id', '=', two.id).executeTakeFirst()).numUpdatedRows).toBe(0n);
				expect((await tx.deleteFrom('account').where('practice_id', '=', two.id).executeTakeFirst()).numDeletedRows).toBe(0n);
			});
			expect(await service.rows(two.id, (tx) => tx.selectFrom('account').selectAll().execute())).toEqual(before);
		});

		it('keeps the functions of the ledger inside as well', async () => {
			const answer = await service.rows(
				one.id,
				async (tx) =>
					(
						await sql<{
							n: number;
						}>`select count(*)::int as n from jsonb_array_elements(coalesce(undo_import(${two.id}, 'imp_x', now()) -> 'accounts', '[]'))`.execute(tx)
					).rows[0]?.n,
			);
			expect(answer).toBe(0);
			await expect(service.rows(one.id, (tx) => sql`select audit_append(${two.id}, '[]'::jsonb)`.execute(tx))).rejects.toThrow(/SQLSTATE P0001/);
		});
	});
}
