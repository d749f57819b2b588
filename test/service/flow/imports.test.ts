import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { samplePractice } from '../../../shared/files/sample/practice.ts';
import { call, createAccount, createPractice, dayBefore, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { claim, days, dump, eventsOf, remittance, settle } from './kit.ts';

let service: Running;
let practice: TestPractice;

beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
	service.clock.now = NOON;
	practice = await createPractice(service.url, { twilio: false });
});

/** What the practice knows; not what reviews and sends note beside it. */
const FACTS = ['account', 'invoice', 'claim', 'payment', 'hold', 'consent', 'contact_point'] as const;
const OWN = {
	account: ['owed_minor', 'next_review_at', 'reviewed_at', 'updated_at', 'settles_at'],
	invoice: ['raised_days', 'reminded_days', 'paused_days', 'updated_at'],
	payment: ['raised'],
	claim: ['raised_lines'],
} as const;
const facts = () => dump(service, practice, FACTS, OWN);
const countOf = async (): Promise<Record<string, number>> =>
	service.rows(practice.id, async (tx) => {
		const rows = await tx
			.selectFrom('event')
			.select((eb) => ['type', eb.fn.countAll<number>().as('count')])
			.where('practice_id', '=', practice.id)
			.groupBy('type')
			.execute();
		return Object.fromEntries(rows.map((row) => [row.type, Number(row.count)]));
	});
const importFile = (kind: 'remittance' | 'aging_report', content: string, headers: Record<string, string> = {}) =>
	practice.must('POST', '/api/files', { kind, content }, headers);
const rows = (list: object[], more: object = {}) => practice.must('POST', '/api/balances/import', { rows: list, source_name: 'sheet', ...more });
const undo = (ref: string) => practice.call('POST', `/api/imports/${ref}/undo`);
const audited = async (kind: string) => (await practice.setup('GET', '/audit?limit=500')).items.filter((item: { kind: string }) => item.kind === kind);

describe('a file that is imported again', () => {
	const { agingReport, remittance: sample835 } = samplePractice('2026-11-24T12:00:00-05:00');

	it('changes nothing and tells nobody twice: the sample remittance, with the same key, another key and none', async () => {
		await importFile('aging_report', agingReport);
		const first = await importFile('remittance', sample835, { 'idempotency-key': 'k1' });
		expect(first).toMatchObject({ duplicate: false, preview: false });
		expect(first.changed).toBeGreaterThan(10);
		await settle(service, practice);
		const before = await facts();
		const told = await countOf();
		expect(told['claim_denied']).toBeGreaterThan(1);
		expect(told['balance_overdue']).toBeGreaterThan(5);
		await service.advance(3_600_000);

		expect(await importFile('remittance', sample835, { 'idempotency-key': 'k1' })).toEqual({ ...first, duplicate: true });
		for (const headers of [{ 'idempotency-key': 'k2' }, {}]) {
			const again = await importFile('remittance', sample835, headers as Record<string, string>);
			expect(again).toMatchObject({ changed: 0, duplicate: false });
			expect(again.unchanged).toBe(first.changed + first.unchanged);
			await settle(service, practice);
		}
		expect(await facts()).toEqual(before);
		expect(await countOf()).toEqual(told);
	});

	it('changes nothing when the aging report comes again within the day, and fires nothing', async () => {
		const first = await importFile('aging_report', agingReport);
		expect(first.rows_read).toBeGreaterThanOrEqual(200);
		expect(first.accounts).toBeGreaterThanOrEqual(60);
		await settle(service, practice);
		const before = await dump(service, practice, ['account', 'invoice'], { account: [...OWN.account], invoice: [...OWN.invoice, 'as_of'] });
		const told = await countOf();
		await service.advance(3_600_000);
		const again = await importFile('aging_report', agingReport);
		expect(again.changed).toBe(0);
		await settle(service, practice);
		expect(await dump(service, practice, ['account', 'invoice'], { account: [...OWN.account], invoice: [...OWN.invoice, 'as_of'] })).toEqual(before);
		expect(await countOf()).toEqual(told);
	});

	it('is only read with preview_only', async () => {
		const before = await dump(service, practice, FACTS);
		const preview = await practice.must('POST', '/api/files', { kind: 'remittance', content: sample835, preview_only: true });
		expect(preview).toMatchObject({ preview: true, import_ref: '', changed: 0 });
		expect(preview.claims).toBeGreaterThan(5);
		expect(await dump(service, practice, FACTS)).toEqual(before);
		expect(await countOf()).toEqual({});
	});
});

describe('an import that is undone', () => {
	it('leaves the facts as they were before it, and the audit shows both', async () => {
		await createAccount(practice, { your_reference: 'A', days: 3, amount: 50, fields: { invoice: '1', location: 'Main Street' } });
		await createAccount(practice, { your_reference: 'B', days: 3, amount: 70, fields: { invoice: '1' } });
		await settle(service, practice);
		const before = await facts();
		await service.advance(60_000);
		const done = await rows([
			{ your_reference: 'A', invoice: '1', amount: 20, patient_name: 'Jane Roe', phone: '(317) 555-0199', location: 'Side Street' },
			{ your_reference: 'A', invoice: '2', amount: 33, first_notice_date: dayBefore(NOON, 8) },
			{ your_reference: 'B', invoice: '1', amount: 0 },
			{ your_reference: 'N', invoice: '1', amount: 11, email: 'n@example.com', state: 'NY' },
		]);
		expect(done).toMatchObject({ created: 2, updated: 1, paid: 1, refused: 0 });
		await settle(service, practice);
		expect(await facts()).not.toEqual(before);
		await service.advance(60_000);
		const undone = await undo(done.import_ref);
		expect([undone.status, undone.json]).toEqual([200, { import_ref: done.import_ref, restored: expect.any(Number), kept: 0, cancelled_count: 0 }]);
		expect(undone.json.restored).toBeGreaterThan(5);
		expect(await facts()).toEqual(before);
		expect((await audited('import_recorded')).map((item: { subject: string }) => item.subject)).toEqual([done.import_ref]);
		expect((await audited('import_undone')).map((item: { subject: string; body: object }) => [item.subject, item.body])).toEqual([
			[done.import_ref, { restored: undone.json.restored, kept: 0, cancelled: 0 }],
		]);
		expect((await practice.setup('GET', '/audit/check')).ok).toBe(true);
	});

	it('takes the sample remittance back, holds of QMB patients included', async () => {
		await rows([
			{ your_reference: '10023', invoice: '501', amount: 100 },
			{ your_reference: '10024', invoice: '601', amount: 20 },
		]);
		await settle(service, practice);
		const before = await facts();
		await service.advance(60_000);
		const done = await importFile(
			'remittance',
			remittance([
				...claim('10023-501', '1', 100, 0, ['CAS*CO*197*100']),
				...claim('10024-601', '1', 100, 80, ['CAS*PR*2*20', 'LQ*HE*N782']),
				...claim('10025-701', '1', 100, 75, ['CAS*PR*2*25']),
			]),
		);
		await settle(service, practice);
		expect((await facts())['hold']).toHaveLength(1);
		expect((await undo(done.import_ref)).json).toMatchObject({ kept: 0 });
		expect(await facts()).toEqual(before);
	});

	it('can be imported once more, and is then no repetition', async () => {
		const file = remittance(claim('10023-501', '1', 100, 0, ['CAS*CO*197*100']));
		const first = await importFile('remittance', file);
		await settle(service, practice);
		await undo(first.import_ref);
		const again = await importFile('remittance', file);
		expect(again.changed).toBe(1);
		expect((await facts())['claim']).toHaveLength(1);
	});

	it('keeps what a later fact changed, and says how much', async () => {
		const done = await rows([
			{ your_reference: 'A', invoice: '1', amount: 20 },
			{ your_reference: 'B', invoice: '1', amount: 30 },
		]);
		await service.advance(60_000);
		await practice.must('POST', '/api/balances', { your_reference: 'A', invoice: '1', amount: 15 });
		const undone = (await undo(done.import_ref)).json;
		expect(undone.kept).toBeGreaterThan(0);
		const left = await practice.must('GET', '/api/accounts/find?your_reference=A');
		expect(left.amount).toBe(15);
		expect((await practice.call('GET', '/api/accounts/find?your_reference=B')).status).toBe(404);
	});

	it('keeps an account that it made when something else came for it later: an invoice, a payment, a consent, a hold', async () => {
		const done = await rows(['I', 'P', 'C', 'H', 'X'].map((your_reference) => ({ your_reference, invoice: '1', amount: 20 })));
		await service.advance(60_000);
		await practice.must('POST', '/api/balances', { your_reference: 'I', invoice: '2', amount: 9 });
		await practice.must('POST', '/api/payments', { your_reference: 'P', payment: 'p1', status: 'failed', amount: 9 });
		await practice.must('POST', '/api/accounts', { your_reference: 'C', email_consent: 'yes', consent_evidence: 'form' });
		await practice.must('POST', '/api/holds', { scope: 'account', reason: 'attorney', your_reference: 'H' });
		await undo(done.import_ref);
		const found = async (reference: string) => (await practice.call('GET', `/api/accounts/find?your_reference=${reference}`)).json;
		expect(await found('I')).toMatchObject({ amount: 9, invoice_count: 1 });
		expect(await found('P')).toMatchObject({ amount: 0, invoice_count: 0 });
		expect((await found('C')).consent_text).toContain('email: agreed');
		expect(await found('H')).toMatchObject({ on_hold: true });
		expect((await practice.call('GET', '/api/accounts/find?your_reference=X')).status).toBe(404);
		await settle(service, practice);
	});

	it('cancels the reminders that wait for it, and keeps an account that was written to', async () => {
		const sending = await createPractice(service.url, { twilio: false, policy: { sending: 'approval' } });
		practice = sending;
		const done = await rows([
			{ your_reference: 'A', invoice: '1', amount: 20, first_notice_date: dayBefore(NOON, 7), phone: '(317) 555-0142', state: 'NY', final_patient_share: true },
			{ your_reference: 'B', invoice: '1', amount: 30, first_notice_date: dayBefore(NOON, 7), phone: '(317) 555-0143', state: 'NY', final_patient_share: true },
		]);
		for (const your_reference of ['A', 'B']) await practice.must('POST', '/api/accounts', { your_reference, sms_consent: 'yes', consent_evidence: 'form' });
		const sent = await practice.must('POST', '/api/reminders', { your_reference: 'B' });
		expect(sent.status).toBe('sent');
		await settle(service, practice);
		expect((await undo(done.import_ref)).json).toMatchObject({ cancelled_count: 1 });
		expect((await practice.call('GET', '/api/accounts/find?your_reference=B')).json).toMatchObject({ amount: 0 });
		const statuses = await service.rows(practice.id, (tx) =>
			tx.selectFrom('reminder').select(['status', 'failure_code']).where('practice_id', '=', practice.id).orderBy('status').execute(),
		);
		expect(statuses).toEqual([
			{ status: 'cancelled', failure_code: 'import_undone' },
			{ status: 'delivered', failure_code: null },
		]);
	});

	it('is undone once: the second time is a conflict, an unknown one and one of another practice are not found', async () => {
		const done = await rows([{ your_reference: 'A', amount: 20 }]);
		expect((await undo(done.import_ref)).status).toBe(200);
		const again = await undo(done.import_ref);
		expect([again.status, again.json.code, again.json.detail]).toEqual([409, 'already_undone', 'This import was undone before.']);
		expect((await undo('imp_nothing')).status).toBe(404);
		const mine = await rows([{ your_reference: 'A', amount: 20 }]);
		const other = await createPractice(service.url, { twilio: false });
		expect((await other.call('POST', `/api/imports/${mine.import_ref}/undo`)).status).toBe(404);
		// A test key has no business with live data either.
		expect((await call(service.url, practice.test, 'POST', `/api/imports/${mine.import_ref}/undo`)).status).toBe(404);
		expect((await facts())['invoice']).toHaveLength(1);
	});
});

describe('the first import of a source', () => {
	const old = (your_reference: string, age: number) => ({
		your_reference,
		amount: 40,
		first_notice_date: dayBefore(NOON, age),
		state: 'NY',
		final_patient_share: true,
	});
	const overdue = async () => (await eventsOf(practice, 'balance_overdue')).map((event) => event.days_overdue).sort((a, b) => a - b);

	it('is a baseline: no backlog, but what is reached that very day and after it', async () => {
		const done = await rows([old('A', 60), old('B', 16), old('C', 15), old('D', 7), old('E', 6)]);
		expect(done.baseline_text).toMatch(/^3 balances were overdue before this first import/);
		await settle(service, practice);
		expect(await overdue()).toEqual([7, 15]);
		await days(service, practice, 1);
		expect(await overdue()).toEqual([7, 7, 15]);
		await days(service, practice, 13);
		// B reached 30 days on the 14th day; C, D and E have gone on as well.
		expect(await overdue()).toEqual([7, 7, 15, 15, 15, 30]);
	});

	it('is a baseline for each source, and the next import of the same source is none', async () => {
		await rows([old('A', 20)]);
		await settle(service, practice);
		expect(await overdue()).toEqual([]);
		await service.advance(60_000);
		expect((await rows([old('A', 20), old('B', 20)])).baseline_text).toBe('');
		await settle(service, practice);
		expect(await overdue()).toEqual([15]);
		expect((await practice.must('POST', '/api/balances/import', { rows: [old('C', 20)], source_name: 'other sheet' })).baseline_text).toMatch(/^1 balances/);
		await settle(service, practice);
		expect(await overdue()).toEqual([15]);
	});

	it('tells that it finished, with what came of it, and holds its messages while it can still be undone', async () => {
		await practice.setup('PUT', '/policy', { ...(await practice.setup('GET', '/policy')).policy, settle_minutes: 30 });
		const done = await rows([{ ...old('A', 7), phone: '(317) 555-0142' }]);
		expect(done.settles_at).toBe('2026-11-24T12:30:00-05:00');
		await practice.must('POST', '/api/accounts', { your_reference: 'A', sms_consent: 'yes', consent_evidence: 'form' });
		const [event] = await eventsOf(practice, 'review_finished', '?kind=import');
		expect(event).toMatchObject({ review_ref: done.import_ref, raised_by: 'import', accounts_reviewed: 1 });
		const early = await practice.must('POST', '/api/reminders', { your_reference: 'A', when: 'only_now' });
		expect(early).toMatchObject({ status: 'suppressed', reason_code: 'settling', next_possible_at: '2026-11-24T12:30:00-05:00' });
		await service.advance(30 * 60_000);
		expect(await practice.must('POST', '/api/reminders', { your_reference: 'A', when: 'only_now' })).toMatchObject({ status: 'sent' });
	});
});
