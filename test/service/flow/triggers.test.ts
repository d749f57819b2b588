/** Each trigger from the call that causes it to the body a flow receives: what fires it, what does not, and which subscription hears. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccount, createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { days, eventsOf, type Listener, settle, startListener, subscribe } from './kit.ts';

const DAY = 86_400_000;
const at = (ms: number): string => new Date(ms).toISOString();

let service: Running;
let zap: Listener;
let practice: TestPractice;
let number = 0;

beforeAll(async () => {
	zap = await startListener();
	service = await startService();
});
beforeEach(async () => {
	service.clock.now = NOON;
	number += 1;
	practice = await createPractice(service.url, { twilio: false, name: `Practice ${number}` });
});
afterAll(async () => {
	await service.close();
	await zap[Symbol.asyncDispose]();
});

const balance = (your_reference: string, amount: number, fields: object = {}) =>
	practice.must('POST', '/api/balances', { your_reference, amount, first_notice_date: '2026-11-23', final_patient_share: true, ...fields });
const summaries = async (type: string) => (await eventsOf(practice, type)).map((event) => event.summary).reverse();
const heard = (path: string) => zap.at(`/${practice.id}/${path}`);
const listen = (type: string, path: string, filters: object = {}) => subscribe(practice, type, `${zap.url}/${practice.id}/${path}`, filters);

describe('Balance Over Threshold', () => {
	it("fires once above the practice's amount, not again while the balance hangs around it, and again after a real fall", async () => {
		for (const [minutes, amount] of [150, 210, 230, 190, 205, 180, 201].entries()) {
			service.clock.now = NOON + minutes * 60_000;
			await balance('A', amount);
			await settle(service, practice);
		}
		expect(await summaries('balance_over_threshold')).toEqual(['$210.00 is owed, more than $200.00.', '$201.00 is owed, more than $200.00.']);
	});

	it('is heard for the amount that each subscription chose, and for no other', async () => {
		await listen('balance_over_threshold', 'own');
		await listen('balance_over_threshold', 'five_hundred', { amount: 500 });
		await listen('balance_over_threshold', 'fifty', { amount: 50 });
		await balance('A', 60);
		await settle(service, practice);
		service.clock.now += 60_000;
		await balance('A', 600);
		await settle(service, practice);
		const said = (path: string) => heard(path).map((body) => [body.threshold, body.amount, body.from_policy]);
		expect(said('own')).toEqual([[200, 600, true]]);
		expect(said('five_hundred')).toEqual([[500, 600, false]]);
		expect(said('fifty')).toEqual([[50, 60, false]]);
	});

	it('says nothing of balances that were above an amount before somebody chose it', async () => {
		await balance('A', 150);
		await settle(service, practice);
		await listen('balance_over_threshold', 'hundred', { amount: 100 });
		const policy = (await practice.setup('GET', '/policy')).policy;
		await practice.setup('PUT', '/policy', { ...policy, threshold: { ...policy.threshold, amount: 120 } });
		service.clock.now += 60_000;
		await balance('A', 155);
		await settle(service, practice);
		expect(await eventsOf(practice, 'balance_over_threshold')).toEqual([]);
		service.clock.now += 60_000;
		await balance('B', 155);
		await settle(service, practice);
		expect(heard('hundred').map((body) => body.amount)).toEqual([155]);
	});

	it('says nothing of what a first import brings', async () => {
		await practice.must('POST', '/api/balances/import', { rows: [{ your_reference: 'A', amount: 900, final_patient_share: true, status_overdue: true }] });
		await settle(service, practice);
		expect(await eventsOf(practice, 'balance_over_threshold')).toEqual([]);
		expect(await eventsOf(practice, 'balance_overdue')).toEqual([]);
		service.clock.now += 60_000;
		await balance('A', 100);
		await settle(service, practice);
		service.clock.now += 60_000;
		await balance('A', 300);
		await settle(service, practice);
		expect(await summaries('balance_over_threshold')).toEqual(['$300.00 is owed, more than $200.00.']);
	});
});

describe('Appointment Balance Due', () => {
	const visit = (fields: object, completed = NOON - 3_600_000) =>
		practice.must('POST', '/api/appointments', { your_reference: 'A', appointment: 'V-1', completed_at: at(completed), ...fields });

	it('waits for the hours of the policy after a visit whose copay was not collected', async () => {
		await balance('A', 35);
		expect(await visit({ copay_due: 35, copay_collected: 10 })).toMatchObject({
			outcome: 'created',
			amount_due: 25,
			amount_due_text: '$25.00',
			is_certain: true,
			told_at: '2026-11-25T11:00:00-05:00',
			event_raised: false,
		});
		await service.advance(22 * 3_600_000);
		await settle(service, practice);
		expect(await eventsOf(practice, 'appointment_balance_due')).toEqual([]);
		await service.advance(3_600_000);
		await settle(service, practice);
		const [event, ...others] = await eventsOf(practice, 'appointment_balance_due');
		expect(event).toMatchObject({ amount: 25, completed_at: '2026-11-24T11:00:00-05:00', summary: 'An appointment leaves $25.00 due.' });
		await days(service, practice, 2);
		expect([others, await eventsOf(practice, 'appointment_balance_due')]).toEqual([[], [event]]);
	});

	it('never tells an estimate; when the payer has answered, the same appointment is told', async () => {
		await balance('A', 62.5);
		expect(await visit({}, NOON - 2 * DAY)).toMatchObject({ outcome: 'created', amount_due_text: '', is_certain: false, told_at: '' });
		expect(await visit({ amount_due: 80 }, NOON - 2 * DAY)).toMatchObject({ outcome: 'updated', amount_due: 80, is_certain: false, event_raised: false });
		expect(await visit({ amount_due: 80 }, NOON - 2 * DAY)).toMatchObject({ outcome: 'unchanged' });
		expect(await visit({ amount_due: 1, as_of: at(NOON - DAY) }, NOON - 2 * DAY)).toMatchObject({ outcome: 'older_ignored', amount_due: 80 });
		service.clock.now += 60_000;
		expect(await visit({ amount_due: 62.5, certain: true }, NOON - 2 * DAY)).toMatchObject({ outcome: 'updated', event_raised: true });
		expect((await eventsOf(practice, 'appointment_balance_due')).map((event) => event.amount)).toEqual([62.5]);
	});

	it('says what is wrong with a visit that is yet to come or whose copay is not given', async () => {
		await balance('A', 35);
		const refused = async (fields: object, completed?: number) =>
			(
				await practice.call('POST', '/api/appointments', {
					body: { your_reference: 'A', appointment: 'V-1', completed_at: at(completed ?? NOON), ...fields },
				})
			).json.errors;
		expect(await refused({}, NOON + DAY)).toEqual([
			{ field: 'completed_at', message: '"completed_at" lies in the future. Record an appointment when it is completed.' },
		]);
		expect(await refused({ copay_collected: 5 })).toEqual([
			{ field: 'copay_due', message: '"copay_due" is needed beside "copay_collected": what was due of it.' },
		]);
	});
});

describe('Payment Failed and Payment Disputed', () => {
	const pay = (payment: string, fields: object) => practice.must('POST', '/api/payments', { your_reference: 'A', payment, amount: 60, ...fields });

	it('says what kind of failure it is and what to do, and opens work where only staff may act', async () => {
		await balance('A', 120);
		await pay('P-1', { status: 'failed', method: 'card', code: 'expired_card' });
		await pay('P-2', { status: 'returned', method: 'ach', code: 'R10' });
		await pay('P-3', { status: 'failed', method: 'ach', code: 'R01', retries: 2 });
		const said = (await eventsOf(practice, 'payment_failed')).map((event) => [event.code, event.stage, event.message]).reverse();
		expect(said).toEqual([
			['expired_card', 'hard', 'payment_method_needed'],
			['R10', 'unauthorized', ''],
			['R01', 'hard', 'payment_method_needed'],
		]);
		const work = (await eventsOf(practice, 'escalation_raised')).filter((event) => event.reason === 'payment_failed');
		expect(work.map((event) => event.severity)).toEqual(['high']);
		await listen('payment_failed', 'stopped', { stage: 'unauthorized' });
		expect(await eventsOf(practice, 'payment_failed', '?stage=unauthorized')).toHaveLength(1);
	});

	it('a disputed payment is told once and pauses the invoice it paid, until the dispute is won', async () => {
		await balance('A', 60, { invoice: 'I-1' });
		service.clock.now += 60_000;
		await pay('P-1', { status: 'succeeded', method: 'card', invoice: 'I-1' });
		service.clock.now += 60_000;
		await pay('P-1', { status: 'disputed', method: 'card', invoice: 'I-1', code: 'fraudulent', dispute_reason: 'not_mine' });
		await settle(service, practice);
		const disputed = await eventsOf(practice, 'payment_disputed');
		expect(disputed).toHaveLength(1);
		expect(disputed[0]).toMatchObject({ amount: 60, dispute_reason: 'Not mine', code: 'fraudulent', disputed_at: '2026-11-24T12:02:00-05:00' });
		const explain = () => practice.must('GET', '/api/accounts/find?your_reference=A');
		expect((await explain()).invoices[0]).toMatchObject({ amount: 60 });
		expect(await practice.must('POST', '/api/reminders', { your_reference: 'A', message: 'notice' })).toMatchObject({
			status: 'suppressed',
			reason_code: 'disputed',
		});
		// A source that knows nothing of the processor's dispute does not end it.
		service.clock.now += 60_000;
		await balance('A', 60, { invoice: 'I-1', disputed: false });
		expect(await practice.must('POST', '/api/reminders', { your_reference: 'A', message: 'notice' })).toMatchObject({ reason_code: 'disputed' });
		service.clock.now += 60_000;
		await pay('P-1', { status: 'succeeded', method: 'card', invoice: 'I-1' });
		await settle(service, practice);
		const open = await service.rows(practice.id, (tx) => tx.selectFrom('dispute').select(['outcome']).execute());
		expect(open).toEqual([{ outcome: 'won' }]);
	});
});

describe('Payment Plan Due', () => {
	const arrange = (fields: object) => practice.must('POST', '/api/arrangements', { your_reference: 'A', ...fields });
	const stages = async () =>
		(await eventsOf(practice, 'payment_plan_due')).map((event) => [event.kind, event.stage, event.installment, event.amount, event.due_on]).reverse();

	it('splits an amount to the cent, months by their last days, the remainder first', async () => {
		await balance('A', 100);
		expect(await arrange({ kind: 'plan', first_on: '2027-01-31', installments: 3 })).toMatchObject({
			outcome: 'created',
			status: 'proposed',
			amount: 100,
			next_due_on: '2027-01-31',
			installments_text: '1: $33.34 on 2027-01-31\n2: $33.33 on 2027-02-28\n3: $33.33 on 2027-03-31',
		});
		expect(await arrange({ kind: 'plan', first_on: '2027-01-31', installments: 3 })).toMatchObject({ outcome: 'unchanged' });
		expect(await arrange({ kind: 'plan', status: 'active' })).toMatchObject({ outcome: 'updated', status: 'active' });
		expect(await arrange({ kind: 'plan', status: 'cancelled' })).toMatchObject({ outcome: 'updated', status: 'cancelled', next_due_on: '' });
		const refused = async (fields: object) =>
			(await practice.call('POST', '/api/arrangements', { body: { your_reference: 'A', kind: 'plan', ...fields } })).json;
		expect((await refused({ status: 'cancelled' })).code).toBe('arrangement_not_found');
		expect((await refused({ installments: 3 })).errors[0].field).toBe('first_on');
		expect((await refused({ first_on: '2026-11-23', installments: 3 })).errors[0].field).toBe('first_on');
		expect((await refused({ first_on: '2026-12-01' })).errors[0].field).toBe('installments');
		expect((await refused({ first_on: '2026-12-01', installments: 3, amount: 100.01 })).errors[0].field).toBe('amount');
	});

	it('tells an installment that comes due, is missed, and breaks the plan with the second; the ladder is silent meanwhile', async () => {
		await balance('A', 100, { first_notice_date: '2026-11-20' });
		await arrange({ kind: 'plan', status: 'active', first_on: '2026-11-28', installments: 4, every: 'week' });
		await days(service, practice, 20);
		expect(await stages()).toEqual([
			['plan', 'due', 1, 25, '2026-11-28'],
			['plan', 'due', 2, 25, '2026-12-05'],
			['plan', 'missed', 1, 25, '2026-11-28'],
			['plan', 'due', 3, 25, '2026-12-12'],
			['plan', 'broken', 0, 50, ''],
		]);
		expect((await eventsOf(practice, 'balance_overdue')).filter((event) => event.occurred_at < '2026-12-10')).toEqual([]);
		const work = (await eventsOf(practice, 'escalation_raised')).map((event) => event.title);
		expect(work.filter((title) => title.startsWith('A payment plan is broken'))).toHaveLength(1);
	});

	it('counts payments towards the oldest installment, recorded ones or what fell off the balance, never both', async () => {
		await balance('A', 100);
		await arrange({ kind: 'plan', status: 'active', first_on: '2026-11-25', installments: 2, every: 'week' });
		await service.advance(3_600_000);
		await practice.must('POST', '/api/payments', { your_reference: 'A', payment: 'P-1', status: 'succeeded', amount: 50 });
		await service.advance(3_600_000);
		await balance('A', 50);
		await days(service, practice, 5);
		const [second, first] = await eventsOf(practice, 'payment_plan_due');
		expect([first, second].map((event) => [event?.stage, event?.installment, event?.paid_amount, event?.remaining_amount])).toEqual([
			['due', 1, 0, 100],
			['due', 2, 50, 50],
		]);
		await balance('A', 0);
		await settle(service, practice);
		const rows = await service.rows(practice.id, (tx) => tx.selectFrom('arrangement').select('status').execute());
		expect(rows).toEqual([{ status: 'completed' }]);
	});

	it('a promise is told on its day and when it is broken, three business days later; moved, it begins anew', async () => {
		await balance('A', 84.2);
		expect(await arrange({ kind: 'promise', first_on: '2026-11-25' })).toMatchObject({ outcome: 'created', status: 'open', amount: 84.2, extensions: 0 });
		await days(service, practice, 1);
		expect(await arrange({ kind: 'promise', first_on: '2026-12-01' })).toMatchObject({ outcome: 'extended', extensions: 1, next_due_on: '2026-12-01' });
		await days(service, practice, 12);
		expect((await stages()).map((stage) => [stage[1], stage[4]])).toEqual([
			['due', '2026-11-25'],
			['due', '2026-12-01'],
			['broken', '2026-12-01'],
		]);
	});

	it('neither a promise nor a plan ages what it covers, a hold beside it counts once, and the past knows it', async () => {
		const pausedDays = async () =>
			(await service.rows(practice.id, (tx) => tx.selectFrom('invoice').select('paused_days').execute())).map((row) => row.paused_days);
		const looked = async (dayNumber: number) => {
			service.clock.now = NOON + dayNumber * DAY;
			await practice.must('POST', '/api/reviews', { mode: 'report_only' });
			return (await practice.must('GET', '/api/accounts/explain?your_reference=A')).rules_text as string;
		};
		await balance('A', 84.2);
		await arrange({ kind: 'promise', first_on: '2026-11-30' });
		expect(await looked(5)).toContain('Day 1 on the ladder, at rest while it is arranged');
		// Broken on 2026-12-04, after three business days: ten days went by.
		expect(await looked(10)).toContain('Day 1 on the ladder: the first step is not reached');
		expect(await pausedDays()).toEqual([10]);
		expect(await looked(16)).toContain('Day 7 on the ladder');
		await arrange({ kind: 'plan', amount: 84.2, installments: 2, first_on: '2026-12-20', status: 'active' });
		service.clock.now += 2 * DAY;
		await practice.must('POST', '/api/holds', { scope: 'account', reason: 'staff_review', your_reference: 'A' });
		service.clock.now += 2 * DAY;
		await practice.must('POST', '/api/holds/release', { scope: 'account', your_reference: 'A' });
		expect(await pausedDays()).toEqual([12]);
		service.clock.now += DAY;
		await arrange({ kind: 'plan', status: 'cancelled' });
		expect(await pausedDays()).toEqual([15]);
		expect(await looked(22)).toContain('Day 8 on the ladder');
		const then = (await practice.must('GET', '/api/accounts/explain?your_reference=A&on=2026-12-01')).rules_text;
		expect(then).toContain('Day 1 on the ladder, at rest while it is arranged');
	});

	it('cancels what waits about the money that is promised', async () => {
		await createAccount(practice, { your_reference: 'A', days: 8, fields: { final_patient_share: true } });
		await practice.must('POST', '/api/reminders', { your_reference: 'A', when: 'on_date', send_on: '2026-11-27' });
		await arrange({ kind: 'promise', first_on: '2026-12-01' });
		const rows = await service.rows(practice.id, (tx) => tx.selectFrom('reminder').select(['status', 'failure_code']).execute());
		expect(rows).toEqual([{ status: 'cancelled', failure_code: 'hold_promise' }]);
	});
});

describe('Rule Matched', () => {
	it("fires when an account begins to meet one of the practice's own rules, to the subscription that asked for it", async () => {
		const policy = (await practice.setup('GET', '/policy')).policy;
		const when = { all: [{ any: [{ fact: 'balance', op: '>', value: 300 }] }] };
		await practice.setup('PUT', '/policy', { ...policy, rules: [{ id: 'large', label: 'Large balance', when }] });
		await listen('rule_matched', 'large', { rule: 'large' });
		await listen('rule_matched', 'recurring', { rule: 'recurring' });
		expect((await practice.must('GET', '/api/choices/rules')).items).toEqual([
			{ id: 'large', label: 'Large balance' },
			{ id: 'high_deductible', label: 'High-deductible plan' },
			{ id: 'recurring', label: 'Recurring balance' },
		]);
		for (const [minutes, amount] of [100, 301, 350, 200, 400].entries()) {
			service.clock.now = NOON + minutes * 60_000;
			await balance('A', amount);
			await settle(service, practice);
		}
		expect(heard('large').map((body) => [body.rule, body.rule_label, body.amount])).toEqual([
			['large', 'Large balance', 301],
			['large', 'Large balance', 400],
		]);
		expect(heard('recurring')).toEqual([]);
	});
});

describe('Account Flagged', () => {
	const flag = (fields: object) => practice.must('POST', '/api/accounts/flag', { your_reference: 'A', ...fields });

	it('is told once a day for each purpose and priority, and opens work when it asks for staff', async () => {
		await balance('A', 84.2);
		await listen('account_flagged', 'urgent', { priority: 'high' });
		const first = await flag({ purpose: 'review' });
		expect(first).toMatchObject({ status: 'flagged', event_raised: true });
		expect(await flag({ purpose: 'review' })).toMatchObject({ status: 'already_flagged', flag_ref: first.flag_ref, event_raised: false });
		expect(await flag({ purpose: 'review', priority: 'high' })).toMatchObject({ status: 'flagged', event_raised: true });
		await settle(service, practice);
		expect(heard('urgent').map((body) => [body.purpose, body.priority])).toEqual([['review', 'high']]);
		expect(await flag({ purpose: 'review', clear: true })).toMatchObject({ status: 'cleared' });
		expect(await flag({ purpose: 'review', clear: true })).toMatchObject({ status: 'not_flagged', flag_ref: '' });
		const work = (await eventsOf(practice, 'escalation_raised')).filter((event) => event.title === 'The account is flagged for review');
		expect(work.map((event) => event.severity).sort()).toEqual(['high', 'normal']);
	});

	it('for a reminder is taken off by the reminder that answers it', async () => {
		await createAccount(practice, { your_reference: 'A', days: 8, fields: { final_patient_share: true } });
		await flag({ purpose: 'reminder' });
		const [event] = await eventsOf(practice, 'account_flagged');
		const sent = await practice.must('POST', '/api/reminders', { your_reference: 'A', because_of: event.event_id });
		expect(sent).toMatchObject({ was_sent: true, covers_text: expect.stringContaining('Account Flagged') });
		const rows = await service.rows(practice.id, (tx) => tx.selectFrom('flag').select('cleared_at').execute());
		expect(rows).toEqual([{ cleared_at: new Date(NOON) }]);
	});
});

describe('a balance that its source calls overdue', () => {
	it('is told once, however often the source takes it back and says it again', async () => {
		for (const [minutes, status_overdue] of [false, true, true, false, true].entries()) {
			service.clock.now = NOON + minutes * 60_000;
			await balance('A', 84 + minutes, { status_overdue });
			await settle(service, practice);
		}
		expect((await eventsOf(practice, 'balance_overdue')).map((event) => [event.amount, event.days_overdue])).toEqual([[85, 0]]);
	});
});

describe('an account review', () => {
	it('looks at the accounts that its filters name and no others', async () => {
		await balance('A', 84.2);
		await balance('B', 90);
		await practice.must('POST', '/api/accounts', { your_reference: 'B', plan_type: 'self_pay' });
		await practice.must('POST', '/api/accounts/flag', { your_reference: 'A', purpose: 'review' });
		await settle(service, practice);
		const reviewed = async (filters: object) => (await practice.must('POST', '/api/reviews', filters)).accounts_reviewed;
		expect([await reviewed({}), await reviewed({ plan_type: 'self_pay' }), await reviewed({ flagged: true }), await reviewed({ only_due: true })]).toEqual([
			2, 1, 1, 0,
		]);
		await balance('A', 85);
		expect(await reviewed({ only_due: true })).toBe(1);
	});
});
