import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccount, createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { dump, eventsOf, remittance, settle } from '../flow/kit.ts';
import { acknowledgement, type Claims, claimsOf, clp, HALF_DENIED, short } from './kit.ts';

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

const find = async () => practice.must('GET', '/api/accounts/find?your_reference=10023');
const PAID = [{ charge: 100, paid: 75, cas: ['CAS*PR*2*25'] }];
const reversed = (number: string, payerClaim = `P${number}`) => [
	`CLP*${number}*22*-100*-75**12*${payerClaim}`,
	'NM1*QC*1*ROE*JANE****MI*X1',
	'SVC*HC:99213*-100*-75',
	'DTM*472*20261101',
	'CAS*PR*2*-25',
];

describe('a remittance that comes again', () => {
	it('changes nothing and tells nobody, also after staff have worked its lines', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 170, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '1', HALF_DENIED));
		const [row] = await claims.rows();
		await claims.record({ status: 'appealed', claim_ref: row?.claim_ref });
		const before = await dump(service, practice, ['claim', 'invoice', 'event'], { event: ['seq'] });
		await service.advance(3_600_000);
		expect(await claims.answer(clp('10023-501', '1', HALF_DENIED))).toMatchObject({ changed: 0, unchanged: 1 });
		expect(await dump(service, practice, ['claim', 'invoice', 'event'], { event: ['seq'] })).toEqual(before);
	});

	it('does not undo the reversal that came after it', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 25, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '1', PAID));
		await claims.answer(reversed('10023-501'), 'T200');
		expect(await claims.answer(clp('10023-501', '1', PAID))).toMatchObject({ changed: 0 });
		expect(short((await claims.rows())[0]?.lines)).toEqual(['reversed -2500']);
	});

	it('with another trace is another answer: the same line denied anew is told anew', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 170, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '1', HALF_DENIED));
		const [row] = await claims.rows();
		await claims.record({ status: 'corrected', claim_ref: row?.claim_ref });
		await claims.answer(clp('10023-501', '1', HALF_DENIED), 'T200');
		expect(short((await claims.rows())[0]?.lines)).toEqual(['adjudicated 2500', 'denied_open 0']);
		expect(await eventsOf(practice, 'claim_denied')).toHaveLength(2);
	});
});

describe('a reversal', () => {
	it('takes the share back and cancels what waits for it', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 25, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '1', PAID));
		expect(await practice.must('POST', '/api/reminders/prepare', { your_reference: '10023', channel: 'sms' })).toMatchObject({ amount: 25 });
		await claims.answer(reversed('10023-501'), 'T200');
		expect(await find()).toMatchObject({ eligible_amount: 0, can_contact: false });
		const cancelled = await service.rows(practice.id, (tx) => tx.selectFrom('reminder').select(['status', 'failure_code']).execute());
		expect(cancelled).toEqual([{ status: 'cancelled', failure_code: 'claim_changed' }]);
	});

	it.each<[string, () => Promise<unknown>, number]>([
		[
			'by a payment that was recorded',
			() => practice.must('POST', '/api/payments', { your_reference: '10023', payment: 'P1', status: 'succeeded', amount: 25, invoice: '501' }),
			2500,
		],
		[
			'in part',
			() => practice.must('POST', '/api/payments', { your_reference: '10023', payment: 'P1', status: 'succeeded', amount: 10, invoice: '501' }),
			1000,
		],
		['as the source says', () => practice.must('POST', '/api/balances', { your_reference: '10023', invoice: '501', amount: 0 }), 2500],
		['not at all', () => Promise.resolve(), 0],
	])('of a share that was paid %s is money to return', async (_, pay, cents) => {
		await createAccount(practice, { your_reference: '10023', amount: 25, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '1', PAID));
		await service.advance(3_600_000);
		await pay();
		await settle(service, practice);
		await claims.answer(reversed('10023-501'), 'T200');
		const [row] = await claims.rows();
		expect(row?.refund_minor).toBe(cents);
		expect(await find()).toMatchObject({ eligible_amount: 0 });
	});

	it('that is corrected pays the new share first from what was to be returned, and staff say when the rest was', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 25, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '1', PAID));
		await service.advance(3_600_000);
		await practice.must('POST', '/api/payments', { your_reference: '10023', payment: 'P1', status: 'succeeded', amount: 25, invoice: '501' });
		await claims.answer(reversed('10023-501'), 'T200');
		await claims.answer(clp('10023-501', '1', [{ charge: 100, paid: 90, cas: ['CAS*PR*2*10'] }], 'NEW'), 'T300');
		expect((await claims.rows()).map((row) => [row.payer_claim, short(row.lines), row.refund_minor])).toEqual([
			['NEW', ['adjudicated 1000'], 0],
			['P10023-501', ['reversed -2500'], 1500],
		]);
		const old = (await claims.rows()).find((row) => row.payer_claim !== 'NEW');
		expect((await claims.record({ status: 'refunded', claim_ref: old?.claim_ref })).json).toMatchObject({ outcome: 'moved', line_count: 0 });
		expect((await claims.record({ status: 'refunded', claim_ref: old?.claim_ref })).json).toMatchObject({ outcome: 'unchanged' });
		expect((await claims.rows()).map((row) => row.refund_minor)).toEqual([0, 0]);
	});

	it('is staff work, which ends the debt to the patient when it is done', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 25, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '1', PAID));
		await service.advance(3_600_000);
		await practice.must('POST', '/api/payments', { your_reference: '10023', payment: 'P1', status: 'succeeded', amount: 25, invoice: '501' });
		await claims.answer(reversed('10023-501'), 'T200');
		const works = (await eventsOf(practice, 'escalation_raised')).filter((event) => event.title.startsWith('Return '));
		expect(works).toMatchObject([{ amount: 25, title: 'Return $25.00 to the patient: the payer reversed the claim' }]);
		await practice.must('POST', '/api/escalations/resolve', { escalation_ref: works[0].escalation_ref, outcome: 'done' });
		expect((await claims.rows()).map((row) => row.refund_minor)).toEqual([0]);
		await practice.must('POST', '/api/reviews', {});
		expect((await eventsOf(practice, 'escalation_raised')).filter((event) => event.title.startsWith('Return '))).toHaveLength(1);
	});

	it('under a number of its own takes back the claim whose charge it negates', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 25, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '1', PAID));
		await claims.answer(reversed('10023-501', 'OTHER'), 'T200');
		expect((await claims.rows()).map((row) => [row.payer_claim, short(row.lines)])).toEqual([['P10023-501', ['reversed -2500']]]);
	});
});

describe('a claim of several payers', () => {
	it('leaves the patient what the last payer left, not what the first one did', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 100, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '1', PAID));
		expect(await find()).toMatchObject({ eligible_amount: 25 });
		await claims.answer(clp('10023-501', '2', [{ charge: 100, paid: 20, cas: ['CAS*OA*23*75', 'CAS*PR*3*5'] }], 'SECOND'), 'T200');
		expect(await find()).toMatchObject({ eligible_amount: 5 });
	});

	it('waits for the next payer, and then no longer', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 100, fields: { invoice: '501' } });
		await claims.answer(clp('10023-501', '19', PAID));
		expect(await find()).toMatchObject({ eligible_amount: 0 });
		expect((await claims.invoice('501')).insurance_since).not.toBeNull();
		await claims.answer(clp('10023-501', '2', [{ charge: 100, paid: 20, cas: ['CAS*OA*23*75', 'CAS*PR*3*5'] }], 'SECOND'), 'T200');
		expect(await find()).toMatchObject({ eligible_amount: 5 });
		expect((await claims.invoice('501')).insurance_since).toBeNull();
	});
});

it('a copy of a paid claim is no new denial', async () => {
	await createAccount(practice, { your_reference: '10023', amount: 25, fields: { invoice: '501' } });
	await claims.answer(clp('10023-501', '1', PAID));
	await claims.answer(clp('10023-501', '1', [{ charge: 100, cas: ['CAS*CO*18*100'] }]), 'T200');
	await claims.answer(clp('10023-501', '1', [{ charge: 100, cas: ['CAS*CO*18*100'] }], 'COPY'), 'T300');
	expect((await claims.rows()).map((row) => [row.payer_claim, short(row.lines)])).toEqual([
		['COPY', ['final_writeoff 0']],
		['P10023-501', ['adjudicated 2500']],
	]);
	expect(await eventsOf(practice, 'claim_denied')).toEqual([]);
	expect(await find()).toMatchObject({ eligible_amount: 25 });
});

describe('an acknowledgement', () => {
	it('that rejects a claim is told once, however often it comes, and blocks its invoice', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 100, fields: { invoice: '501' } });
		await createAccount(practice, { your_reference: '10023', amount: 40, consent: false, fields: { invoice: '777' } });
		const file = acknowledgement('10023-501', 'A7:562:85');
		expect(await claims.acknowledge(file)).toMatchObject({ claims: 1, rejected_claims: 1, changed: 1, denied_lines: 0 });
		expect(await find()).toMatchObject({ amount: 140, eligible_amount: 40 });
		const [event] = await eventsOf(practice, 'claim_denied');
		expect(event).toMatchObject({ amount: 100, category: 'fix_resubmit', codes_text: 'A7:562', payer: 'EXAMPLE HEALTH PLAN', can_contact: true });
		expect((await claims.invoice('501')).insurance_since).not.toBeNull();

		expect(await claims.acknowledge(file)).toMatchObject({ changed: 0, unchanged: 1 });
		await claims.acknowledge(acknowledgement('10023-501', 'A7:562:85', '20261124*0930'));
		await claims.acknowledge(acknowledgement('10023-501', 'A3:21', '20261124*1030', 'SOME CLEARINGHOUSE'));
		expect(await eventsOf(practice, 'claim_denied')).toHaveLength(1);
	});

	it('that accepts the claim after it was sent again lifts the rejection; another rejection is news', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 100, fields: { invoice: '501' } });
		await claims.acknowledge(acknowledgement('10023-501', 'A7:562:85'));
		const [row] = await claims.rows();
		expect(row?.rejected).toBe(true);
		expect((await claims.record({ status: 'corrected', claim_ref: row?.claim_ref })).json).toMatchObject({
			outcome: 'moved',
			states_text: '1: corrected, $100.00',
		});
		expect((await claims.rows())[0]?.rejected).toBe(false);
		await service.advance(3_600_000);
		await claims.acknowledge(acknowledgement('10023-501', 'A1:19', '20261124*1500', 'SOME CLEARINGHOUSE'));
		expect((await claims.rows())[0]?.rejected).toBe(false);
		expect(await find()).toMatchObject({ eligible_amount: 0 });
		await claims.acknowledge(acknowledgement('10023-501', 'A7:562:85', '20261124*1600'));
		expect((await claims.rows())[0]?.rejected).toBe(true);
		expect(await eventsOf(practice, 'claim_denied')).toHaveLength(2);
	});

	it('of a claim whose remittance follows gives way to it', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 25, fields: { invoice: '501' } });
		await claims.acknowledge(acknowledgement('10023-501', 'A7:562:85', '20261110*0930'));
		await claims.answer(clp('10023-501', '1', PAID));
		expect((await claims.rows()).map((row) => [row.payer_claim, row.rejected, short(row.lines)])).toEqual([['P10023-501', false, ['adjudicated 2500']]]);
		expect(await find()).toMatchObject({ eligible_amount: 25 });
	});

	it('that accepts a claim nobody knows blocks nothing', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 100, fields: { invoice: '501' } });
		await claims.acknowledge(acknowledgement('10023-501', 'A2:20:PR'));
		expect(await find()).toMatchObject({ eligible_amount: 100 });
		expect(await eventsOf(practice, 'claim_denied')).toEqual([]);
	});

	it('can be taken back with its import', async () => {
		await createAccount(practice, { your_reference: '10023', amount: 100, fields: { invoice: '501' } });
		await settle(service, practice);
		const before = await dump(service, practice, ['claim', 'invoice'], { invoice: ['raised_days', 'updated_at'] });
		const done = await claims.acknowledge(acknowledgement('10023-501', 'A7:562:85'));
		expect((await practice.call('POST', `/api/imports/${done.import_ref}/undo`)).json).toMatchObject({ kept: 0 });
		expect(await dump(service, practice, ['claim', 'invoice'], { invoice: ['raised_days', 'updated_at'] })).toEqual(before);
		expect(await find()).toMatchObject({ eligible_amount: 100 });
	});

	it('that is broken names the place and records nothing', async () => {
		const before = await dump(service, practice, ['claim', 'account', 'import']);
		const refused = await practice.call('POST', '/api/files', { body: { kind: 'acknowledgement', content: remittance([]) } });
		expect(refused.status).toBe(400);
		expect(await dump(service, practice, ['claim', 'account', 'import'])).toEqual(before);
	});
});
