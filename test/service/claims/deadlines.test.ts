import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { createAccount, createPractice, DAY, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { eventsOf, settle } from '../flow/kit.ts';
import { acknowledgement, type Claims, claimsOf, clp, HALF_DENIED } from './kit.ts';

let service: Running;
let practice: TestPractice;
let claims: Claims;

beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());

/** The remittance is of 20 November: 5 days until it counts as received, and 40 to appeal. */
const RULE = { id: 'example_plan', payer: 'Example Health Plan', file_days: 90, appeal_days: 40, receipt_days: 5, source: 'contract of 2026' };

beforeEach(async () => {
	service.clock.now = NOON;
	practice = await createPractice(service.url, {
		twilio: false,
		policy: { claims: { ...DEFAULT_POLICY.claims, payers: [RULE] }, escalation: { ...DEFAULT_POLICY.escalation, rungs: [] } },
	});
	claims = claimsOf(service, practice);
	await createAccount(practice, { your_reference: '10023', amount: 170, fields: { invoice: '501' } });
});

const APPEALABLE = [HALF_DENIED[0] as (typeof HALF_DENIED)[number], { charge: 145, cas: ['CAS*CO*50*145'] }];
/** The timer's look at this moment. */
const tick = async (at: string) => {
	service.clock.now = Date.parse(at);
	await settle(service, practice);
};
/** Oldest first. */
const told = async () =>
	(await eventsOf(practice, 'escalation_raised')).filter((event) => event.reason === 'deadline_near' && event.change !== 'overdue').reverse();

describe('a denial deadline', () => {
	it('is told with the denial, by the rule of its payer and never without one', async () => {
		await claims.answer(clp('10023-501', '1', APPEALABLE));
		expect((await claims.rows())[0]).toMatchObject({ deadline_on: '2027-01-04', deadline_rule: 'example_plan' });
		expect(await eventsOf(practice, 'claim_denied')).toMatchObject([{ deadline_on: '2027-01-04', deadline_rule: 'example_plan' }]);
		await practice.setup('PUT', '/policy', { ...DEFAULT_POLICY, settle_minutes: 0 });
		await claims.answer(clp('10023-777', '1', APPEALABLE), 'T200');
		expect((await eventsOf(practice, 'claim_denied'))[0]).toMatchObject({ deadline_on: '', deadline_rule: '' });
	});

	it('opens staff work at the first threshold and moves it up at each next one, once', async () => {
		await claims.answer(clp('10023-501', '1', APPEALABLE));
		await tick('2026-12-03T15:00:00Z');
		expect(await told()).toEqual([]);
		for (const at of [
			'2026-12-04T15:00:00Z',
			'2026-12-04T15:01:00Z',
			'2026-12-21T15:00:00Z',
			'2026-12-28T15:00:00Z',
			'2026-12-29T15:00:00Z',
			'2026-12-31T15:00:00Z',
		])
			await tick(at);
		expect((await told()).map((event) => [event.change, event.severity, event.occurred_at.slice(0, 10)])).toEqual([
			['opened', 'normal', '2026-12-04'],
			['moved_up', 'normal', '2026-12-21'],
			['moved_up', 'high', '2026-12-28'],
			['moved_up', 'high', '2026-12-31'],
		]);
		expect((await told())[0]).toMatchObject({ amount: 145, title: '31 days are left to act on a claim, until 2027-01-04 (example_plan)' });
	});

	it('is told to whoever works the claim', async () => {
		await claims.answer(clp('10023-501', '1', APPEALABLE));
		const [row] = await claims.rows();
		const owned = await claims.record({ status: 'denied', claim_ref: row?.claim_ref, owner: 'denials_team' });
		expect(owned.json).toMatchObject({ outcome: 'owner_changed', owner: 'denials_team', deadline_on: '2027-01-04' });
		await tick('2026-12-07T15:00:00Z');
		expect(await told()).toMatchObject([{ owner: 'denials_team' }]);
	});

	it('is quiet once the denial was appealed, and its work ends', async () => {
		await claims.answer(clp('10023-501', '1', APPEALABLE));
		await tick('2026-12-07T15:00:00Z');
		const [row] = await claims.rows();
		await claims.record({ status: 'appealed', claim_ref: row?.claim_ref });
		await tick('2026-12-28T15:00:00Z');
		expect(await told()).toHaveLength(1);
		const works = await service.rows(practice.id, (tx) =>
			tx.selectFrom('escalation').select(['status', 'reason']).where('reason', '=', 'deadline_near').execute(),
		);
		expect(works).toEqual([{ status: 'resolved', reason: 'deadline_near' }]);
	});

	it('of a rejected claim is the one for filing', async () => {
		await claims.acknowledge(acknowledgement('10023-501', 'A7:562:85'));
		expect((await claims.rows())[0]).toMatchObject({ deadline_on: '2027-01-30', deadline_rule: 'example_plan' });
		await tick('2026-12-31T15:00:00Z');
		expect((await told()).map((event) => event.title)).toEqual(['30 days are left to act on a claim, until 2027-01-30 (example_plan)']);
		await tick('2026-12-31T16:00:00Z');
		const works = await service.rows(practice.id, (tx) => tx.selectFrom('escalation').select('status').where('reason', '=', 'deadline_near').execute());
		expect(works).toEqual([{ status: 'open' }]);
	});

	it('stands in what a review and an import say when they finish', async () => {
		await claims.answer(clp('10023-501', '1', APPEALABLE));
		const [imported] = await eventsOf(practice, 'review_finished');
		const [row] = await claims.rows();
		const line = `2027-01-04 (example_plan)  ${row?.claim_ref}  `;
		expect(imported).toMatchObject({ kind: 'import', denials_by_category_text: 'Appeal: 1 line, $145.00', deadlines_text: expect.stringContaining(line) });
		service.clock.now += DAY;
		await practice.must('POST', '/api/reviews', {});
		const [reviewed] = await eventsOf(practice, 'review_finished');
		expect(reviewed).toMatchObject({ kind: 'review', denials_by_category_text: 'Appeal: 1 line, $145.00', deadlines_text: expect.stringContaining(line) });
	});
});
