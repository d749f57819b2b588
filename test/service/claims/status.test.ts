import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccount, createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { eventsOf, settle } from '../flow/kit.ts';
import { type Claims, claimsOf, clp, HALF_DENIED, NOT_COVERED, short } from './kit.ts';

let service: Running;
let practice: TestPractice;
let claims: Claims;

beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
	service.clock.now = NOON;
	practice = await createPractice(service.url, { twilio: false });
	claims = claimsOf(service, practice);
});

/** An invoice of $170, of which $25 are the patient's, and one of $40 without insurance. */
async function halfDenied(lines = HALF_DENIED) {
	const account = await createAccount(practice, { your_reference: '10023', amount: 170, fields: { invoice: '501' } });
	await createAccount(practice, { your_reference: '10023', amount: 40, consent: false, fields: { invoice: '777' } });
	await claims.answer(clp('10023-501', '1', lines));
	const [row] = await claims.rows();
	return { account, claim: row?.claim_ref ?? '' };
}

const find = async () => practice.must('GET', '/api/accounts/find?your_reference=10023');
const audited = async (kind: string) => (await practice.setup('GET', '/audit?limit=500')).items.filter((item: { kind: string }) => item.kind === kind);

describe('a denied line', () => {
	it('pauses alone: the rest of its claim and the other invoices may be asked for', async () => {
		const { claim } = await halfDenied();
		const account = await find();
		expect(account).toMatchObject({ amount: 210, eligible_amount: 65, can_contact: true });
		expect(await eventsOf(practice, 'claim_denied')).toMatchObject([
			{
				claim_ref: claim,
				amount: 145,
				line_count: 1,
				line_total: 2,
				codes_text: 'CO-197',
				category: 'authorization',
				claim_count: 1,
				is_digest: false,
				raised_by: 'review',
			},
		]);
		expect((await claims.invoice('501')).insurance_since).toBeNull();
	});

	it('that was appealed still pauses, and the payer may deny it again', async () => {
		const { claim } = await halfDenied();
		const appealed = await claims.record({ status: 'appealed', claim_ref: claim, lines: '2', owner: 'denials_team' });
		expect(appealed.json).toMatchObject({
			outcome: 'moved',
			duplicate: false,
			lines_text: '2',
			line_count: 1,
			states_text: '1: adjudicated, $25.00 of the patient\n2: appealed, $145.00',
			amount: 25,
			owner: 'denials_team',
		});
		expect(await find()).toMatchObject({ eligible_amount: 65 });
		await claims.record({ status: 'denied', claim_ref: claim, lines: '2' });
		expect(short((await claims.rows())[0]?.lines)).toEqual(['adjudicated 2500', 'denied_open 0']);
		expect(await eventsOf(practice, 'claim_denied')).toHaveLength(1);
	});

	it('that was released with evidence lets exactly the given amount be asked, and the audit names evidence and actor', async () => {
		const { account, claim } = await halfDenied(NOT_COVERED);
		expect(await find()).toMatchObject({ eligible_amount: 65 });
		const released = await claims.record({
			status: 'released_to_patient',
			claim_ref: claim,
			lines: '2',
			amount: 60,
			evidence_kind: 'waiver',
			evidence: 'waiver of 2026-11-01, document 12',
			note: 'She signed at the desk.',
		});
		expect(released.json).toMatchObject({ outcome: 'moved', amount: 85, amount_text: '$85.00', warning_text: '' });
		expect(await find()).toMatchObject({ eligible_amount: 125 });
		const [entry] = await audited('claim_status_recorded');
		expect(entry).toMatchObject({
			subject: account,
			actor: expect.stringMatching(/^key:/),
			body: {
				claim_ref: claim,
				status: 'released_to_patient',
				lines: [{ line: 2, from: 'denied_open', to: 'final_patient', patient_minor: 6000 }],
				evidence_kind: 'waiver',
				evidence: 'waiver of 2026-11-01, document 12',
			},
		});
		expect((await practice.setup('GET', '/audit/check')).ok).toBe(true);
	});

	it('is not released without evidence, nor above what can be asked', async () => {
		const { claim } = await halfDenied(NOT_COVERED);
		const release = { status: 'released_to_patient', claim_ref: claim, lines: '2' };
		const proof = { evidence_kind: 'abn', evidence: 'ABN 4471' };
		for (const [body, status, field] of [
			[{ ...release, evidence: 'ABN 4471' }, 400, 'evidence_kind'],
			[{ ...release, evidence_kind: 'abn' }, 400, 'evidence'],
			[{ ...release, ...proof, amount: 145.01 }, 400, 'amount'],
			[{ ...release, ...proof, lines: '3' }, 400, 'lines'],
			[{ ...release, ...proof, lines: '1' }, 409, 'lines'],
			[{ status: 'appealed', claim_ref: claim, lines: '2', amount: 5 }, 400, 'amount'],
		] as const) {
			const refused = await claims.record(body);
			expect([refused.status, refused.json.errors[0].field]).toEqual([status, field]);
		}
		expect(short((await claims.rows())[0]?.lines)).toEqual(['adjudicated 2500', 'denied_open 0']);
		expect(await audited('claim_status_recorded')).toEqual([]);
	});

	it('that was written off is never asked for, and can be opened again', async () => {
		const { claim } = await halfDenied();
		expect((await claims.record({ status: 'written_off', claim_ref: claim })).json).toMatchObject({ lines_text: '2', amount: 25 });
		expect(await find()).toMatchObject({ eligible_amount: 65 });
		expect((await claims.record({ status: 'appealed', claim_ref: claim })).status).toBe(409);
		expect((await claims.record({ status: 'denied', claim_ref: claim, lines: '2' })).json).toMatchObject({ outcome: 'moved' });
	});

	it('of a QMB patient is never released', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 20, fields: { invoice: '501' } });
		await claims.answer([...clp('10023-501', '1', [{ charge: 100, paid: 80, cas: ['CAS*PR*2*20', 'LQ*HE*N782'] }])]);
		const [row] = await claims.rows();
		const refused = await claims.record({ status: 'released_to_patient', claim_ref: row?.claim_ref, lines: '1', evidence_kind: 'abn', evidence: 'ABN 1' });
		expect([refused.status, refused.json.code, refused.json.detail]).toEqual([
			409,
			'never_bill',
			'Line 1 cannot be released to the patient: its cost share must never be billed to the patient.',
		]);
	});
});

describe('record_claim_status', () => {
	it('names the line that cannot take the status', async () => {
		const { claim } = await halfDenied();
		const refused = await claims.record({ status: 'appealed', claim_ref: claim, lines: '1,2' });
		expect([refused.status, refused.json.code, refused.json.errors]).toEqual([
			409,
			'line_cannot_move',
			[{ field: 'lines', message: 'Line 1 cannot be appealed: it was paid.' }],
		]);
	});

	it('answers the first result for the same key, and unchanged for the same wish', async () => {
		const { claim } = await halfDenied();
		const first = await claims.record({ status: 'appealed', claim_ref: claim, idempotency_key: 'k1' });
		const again = await claims.record({ status: 'appealed', claim_ref: claim, idempotency_key: 'k1' });
		expect(again.json).toEqual({ ...first.json, duplicate: true });
		expect((await claims.record({ status: 'appealed', claim_ref: claim })).json).toMatchObject({ outcome: 'unchanged', line_count: 0 });
		expect(await audited('claim_status_recorded')).toHaveLength(1);
		expect((await claims.record({ status: 'appealed', claim_ref: claim, owner: 'denials_team' })).json).toMatchObject({
			outcome: 'owner_changed',
			owner: 'denials_team',
		});
	});

	it('cancels what waits when less of it is to be asked', async () => {
		const { claim } = await halfDenied(NOT_COVERED);
		await claims.record({ status: 'released_to_patient', claim_ref: claim, evidence_kind: 'abn', evidence: 'ABN 4471' });
		const waiting = await practice.must('POST', '/api/reminders/prepare', { your_reference: '10023', channel: 'sms' });
		expect(waiting).toMatchObject({ amount: 210 });
		expect((await claims.record({ status: 'denied', claim_ref: claim, lines: '2' })).json).toMatchObject({ cancelled_count: 1 });
	});

	it('records a denial that no remittance told of, and its remittance takes its place', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 145, fields: { invoice: '502' } });
		const denied = { status: 'denied', claim: '10023-502', your_reference: '10023', payer: 'EXAMPLE HEALTH PLAN', code: 'CO-197', amount: 145, invoice: '502' };
		expect((await claims.record({ ...denied, payer: undefined })).json.errors[0].field).toBe('payer');
		expect((await claims.record({ ...denied, amount: undefined })).json.errors[0].field).toBe('amount');
		expect((await claims.record({ ...denied, status: 'appealed', code: undefined, amount: undefined })).status).toBe(404);
		const created = await claims.record(denied);
		expect(created.json).toMatchObject({ outcome: 'created', lines_text: '1', states_text: '1: denied, $145.00', amount: 0 });
		expect(await find()).toMatchObject({ eligible_amount: 0 });
		expect(await eventsOf(practice, 'claim_denied')).toMatchObject([{ codes_text: 'CO-197', category: 'authorization', amount: 145 }]);
		expect((await claims.record(denied)).json).toMatchObject({ outcome: 'unchanged', claim_ref: created.json.claim_ref });

		await claims.answer(clp('10023-502', '1', [{ charge: 145, paid: 100, cas: ['CAS*PR*2*45'] }]));
		expect((await claims.rows()).map((row) => [row.claim_ref, row.payer_claim, short(row.lines)])).toEqual([
			[created.json.claim_ref, 'P10023-502', ['adjudicated 4500']],
		]);
		expect(await find()).toMatchObject({ eligible_amount: 45 });
	});

	it('finds no claim of the other mode, and asks which one when a number is not enough', async () => {
		const { claim } = await halfDenied();
		const other = await fetch(`${practice.url}/api/claims`, {
			method: 'POST',
			headers: { authorization: `Bearer ${practice.test}`, 'content-type': 'application/json' },
			body: JSON.stringify({ status: 'appealed', claim_ref: claim }),
		});
		expect(other.status).toBe(404);
		await claims.answer(clp('10023-501', '2', HALF_DENIED, 'SECOND'), 'T200');
		const refused = await claims.record({ status: 'appealed', claim: '10023-501', your_reference: '10023' });
		expect([refused.status, refused.json.code]).toEqual([409, 'claim_not_unique']);
		expect((await claims.record({ status: 'appealed' })).json.errors[0].field).toBe('claim_ref');
	});

	it('takes no free text on Zapier', async () => {
		const { claim } = await halfDenied();
		const refused = await practice.call('POST', '/api/claims', {
			body: { status: 'appealed', claim_ref: claim, note: 'Jane called.' },
			headers: { 'dunwell-surface': 'zapier' },
		});
		expect([refused.status, refused.json.errors[0].field]).toEqual([400, 'note']);
		await settle(service, practice);
	});
});
