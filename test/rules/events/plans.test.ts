import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import type { AccountFacts } from '../../../shared/rules/index.ts';
import { account, codes, DAY, decide, HOUR, invoice, iso, NOW, policyWith } from '../account.ts';

type Plan = NonNullable<AccountFacts['plans']>[number];
type Installment = Plan['installments'][number];
type Promised = NonNullable<AccountFacts['promises']>[number];

const part = (number: number, dueOn: string, changes: Partial<Installment> = {}): Installment => ({
	number,
	dueOn,
	amountMinor: 2000,
	paidMinor: 0,
	raised: [],
	...changes,
});
const paid = (number: number, dueOn: string) => part(number, dueOn, { paidMinor: 2000 });
const plan = (installments: Installment[], changes: Partial<Plan> = {}): Plan => ({
	ref: 'pln_1',
	status: 'active',
	covers: ['inv_1'],
	installments,
	brokenRaised: false,
	...changes,
});
const on = (one: Plan, changes: Partial<AccountFacts> = {}) => account({ plans: [one], ...changes });
const stages = (facts: AccountFacts) => decide(facts).events.map((event) => `${event.stage}${event.installment === undefined ? '' : ` ${event.installment}`}`);

describe('a payment plan', () => {
	test('silences the ladder of what it covers, and new charges start their own', () => {
		const decision = decide(on(plan([part(1, '2026-12-10')]), { invoices: [invoice(), invoice({ ref: 'inv_2', amountMinor: 1000 })] }));
		expect(decision.reminder).toMatchObject({ verdict: 'send', message: 'reminder_2', covers: ['inv_2'], amountMinor: 1000 });
		expect(decision.events.map((event) => event.invoices)).toEqual([['inv_2']]);
		expect(decision.totalMinor).toBe(9420);
	});

	test('is the reason where it covers everything', () => {
		const decision = decide(on(plan([part(1, '2026-12-10')], { covers: [] })));
		expect(decision.reminder.reasons).toEqual([
			{
				code: 'on_plan',
				text: 'A payment plan covers it: its installments are told, not the balance.',
				remedy: 'Nothing to do while the plan runs; cancel the plan to ask for the balance again.',
			},
		]);
		expect(codes(decide(account({ invoices: [invoice({ onPlan: true })] })))).toEqual(['on_plan']);
	});

	test.each(['proposed', 'completed', 'cancelled'] as const)('that is %s silences nothing and tells nothing', (status) => {
		const decision = decide(on(plan([part(1, '2026-11-24')], { status })));
		expect([decision.reminder.message, decision.events.map((event) => event.type), decision.arrangements]).toEqual(['reminder_2', ['balance_overdue'], []]);
	});

	test('opens no work for an unpaid balance that it covers', () => {
		expect(decide(on(plan([part(1, '2026-12-10')]), { invoices: [invoice({ firstNoticeDate: '2026-09-01' })] })).work).toEqual([]);
	});

	test.each([
		['2026-11-28', []],
		['2026-11-27', ['coming 1']],
		['2026-11-24', ['coming 1']],
		['2026-11-23', []],
	])('an installment due on %s, seen three days ahead: %j', (dueOn, expected) => {
		expect(stages(on(plan([part(1, dueOn)])))).toEqual(expected);
	});

	test('the coming installment is a message over its own amount', () => {
		const decision = decide(on(plan([part(1, '2026-11-26', { paidMinor: 500 })])));
		expect(decision.events).toEqual([
			{
				type: 'payment_plan_due',
				key: 'payment_plan_due:acc_1:pln_1:1:coming',
				amountMinor: 1500,
				invoices: ['inv_1'],
				plan: 'pln_1',
				stage: 'coming',
				installment: 1,
				message: 'plan_due',
				summary: 'An installment of $15.00 is due on 2026-11-26.',
				reasons: ['An installment of $15.00 is due on 2026-11-26.'],
			},
		]);
		expect(decision.reminder).toMatchObject({ verdict: 'send', message: 'plan_due', days: 0, amountMinor: 1500, covers: [] });
		expect(decision.reminder.occasions).toEqual([{ key: 'payment_plan_due:acc_1:pln_1:1:coming', type: 'payment_plan_due' }]);
	});

	test('tells each installment once, and a policy may tell none', () => {
		expect(stages(on(plan([part(1, '2026-11-26', { raised: ['due'] })])))).toEqual([]);
		const policy = policyWith({ plan: { ...DEFAULT_POLICY.plan, remind_days_before: 0 } });
		expect(decide(on(plan([part(1, '2026-11-24')])), { policy }).events).toEqual([]);
	});

	test.each([
		['2026-11-24', 'active', []],
		['2026-11-23', 'grace', []],
		['2026-11-19', 'grace', []],
		['2026-11-18', 'missed', ['missed 1']],
		['2026-10-26', 'missed', ['missed 1']],
		['2026-10-25', 'broken', ['broken']],
	] as const)('unpaid since %s it is %s: %j', (dueOn, status, expected) => {
		const facts = on(plan([part(1, dueOn, { raised: ['due'] }), part(2, '2027-01-10')]));
		expect(decide(facts).arrangements).toEqual(status === 'active' ? [] : [{ ref: 'pln_1', status }]);
		expect(stages(facts)).toEqual(expected);
	});

	test('breaks after two installments missed in a row, not after two apart', () => {
		expect(stages(on(plan([part(1, '2026-11-05', { raised: ['missed'] }), part(2, '2026-11-12')])))).toEqual(['broken']);
		expect(stages(on(plan([part(1, '2026-11-01', { raised: ['missed'] }), paid(2, '2026-11-08'), part(3, '2026-11-15')])))).toEqual(['missed 3']);
	});

	test('that breaks is told with what is missed, and staff decide', () => {
		const facts = on(plan([part(2, '2026-11-12'), part(1, '2026-11-05')]));
		const decision = decide(facts);
		expect(decision.events[0]).toMatchObject({
			key: 'payment_plan_due:acc_1:pln_1:broken',
			amountMinor: 4000,
			stage: 'broken',
			message: 'plan_missed',
			summary: 'A payment plan is broken: $40.00 of it is unpaid.',
			reasons: ['2 installments missed.', 'One was due on 2026-11-05.', 'One was due on 2026-11-12.'],
		});
		expect(decision.work).toEqual([
			{
				cause: 'plan_broken:acc_1:pln_1',
				reason: 'unpaid_after_reminders',
				title: 'A payment plan is broken, 2 installments missed',
				severity: 'normal',
				amountMinor: 4000,
			},
		]);
		expect(decision.reminder).toMatchObject({ verdict: 'send', message: 'plan_missed', amountMinor: 4000 });
		const told = decide(on(plan([part(1, '2026-10-25', { raised: ['due', 'missed'] }), part(2, '2027-01-10')])));
		expect([told.events.map((event) => [event.stage, event.message]), told.reminder.verdict, codes(told)]).toEqual([
			[['broken', undefined]],
			'hold',
			['plan_broken'],
		]);
		const later = decide(on(plan([part(2, '2026-11-12'), part(1, '2026-11-05')], { status: 'broken', brokenRaised: true })));
		expect([later.events, codes(later), later.work.length]).toEqual([[], ['plan_broken'], 1]);
		const one = decide(on(plan([part(1, '2026-10-01')]))).work[0]?.title;
		expect(one).toBe('A payment plan is broken, 1 installment missed');
	});

	test('broken by staff is no event', () => {
		expect(stages(on(plan([part(1, '2026-10-01')], { status: 'broken' })))).toEqual([]);
	});

	test('paid to the last is completed, and no longer silences', () => {
		const decision = decide(on(plan([paid(1, '2026-10-01'), paid(2, '2026-11-01')])));
		expect([decision.arrangements, decision.reminder.message]).toEqual([[{ ref: 'pln_1', status: 'completed' }], 'reminder_2']);
		expect(decide(on(plan([]))).arrangements).toEqual([]);
	});

	test('a missed installment and a due step of another invoice make one message over both', () => {
		const decision = decide(
			on(plan([part(1, '2026-11-12', { raised: ['due'] }), part(2, '2027-01-10')]), { invoices: [invoice(), invoice({ ref: 'inv_2', amountMinor: 1000 })] }),
		);
		expect(decision.reminder).toMatchObject({ message: 'plan_missed', days: 15, covers: ['inv_2'], amountMinor: 3000 });
		expect(decision.reminder.occasions.map(({ type }) => type)).toEqual(['payment_plan_due', 'balance_overdue']);
	});

	test('a coming installment rides with a due step', () => {
		const decision = decide(on(plan([part(1, '2026-11-26')]), { invoices: [invoice(), invoice({ ref: 'inv_2', amountMinor: 1000 })] }));
		expect(decision.reminder).toMatchObject({ message: 'reminder_2', days: 15, covers: ['inv_2'], amountMinor: 3000 });
		expect(decision.reminder.occasions.map(({ type }) => type)).toEqual(['balance_overdue', 'payment_plan_due']);
	});

	test('a hold that is no part of the plan holds its messages, and leaves the others', () => {
		const disputed = on(plan([part(1, '2026-11-26')]), { invoices: [invoice({ disputed: true })] });
		expect([decide(disputed).reminder.verdict, codes(decide(disputed))]).toEqual(['hold', ['disputed']]);
		const other = on(plan([part(1, '2026-11-26')]), { invoices: [invoice({ disputed: true }), invoice({ ref: 'inv_2' })] });
		expect(decide(other).reminder).toMatchObject({ message: 'reminder_2', covers: ['inv_2'], amountMinor: 8420 });
		const held = on(plan([part(1, '2026-11-26')]), { holds: [{ reason: 'payment_plan', since: NOW - DAY }] });
		expect(decide(held).reminder).toMatchObject({ verdict: 'send', message: 'plan_due' });
		const mail = on(plan([part(1, '2026-11-26')]), { holds: [{ reason: 'returned_mail', since: NOW - DAY }] });
		expect(decide(mail).reminder.verdict).toBe('send');
		const everything = on(plan([part(1, '2026-11-26')], { covers: [] }), { invoices: [invoice({ disputed: true })] });
		expect(codes(decide(everything))).toEqual(['disputed']);
	});

	test('asked for because of an installment that is paid by now, it is over', () => {
		const request = { because: { type: 'payment_plan_due' as const, key: 'payment_plan_due:acc_1:pln_1:1:coming' } };
		expect(codes(decide(on(plan([paid(1, '2026-11-26'), part(2, '2027-01-10')])), { request }))).toEqual(['event_over']);
		expect(decide(on(plan([part(1, '2026-11-26', { raised: ['due'] })])), { request }).reminder).toMatchObject({ verdict: 'send', message: 'plan_due' });
	});

	test.each([
		['the reminder', part(1, '2026-12-10'), '2026-12-07T05:00:00.000Z'],
		['the first late day', part(1, '2026-11-24', { raised: ['due'] }), '2026-11-25T05:00:00.000Z'],
		['the end of grace', part(1, '2026-11-21'), '2026-11-27T05:00:00.000Z'],
		['the break', part(1, '2026-10-30', { raised: ['missed'] }), '2026-11-29T05:00:00.000Z'],
	])('is looked at again at %s', (_, one, expected) => {
		expect(iso(decide(on(plan([one]), { invoices: [] })).nextReviewAt)).toBe(expected);
	});

	test('that ended is not looked at again, nor are installments that are paid', () => {
		expect(decide(on(plan([part(1, '2026-12-10')], { status: 'cancelled' }), { invoices: [] })).nextReviewAt).toBeUndefined();
		expect(decide(on(plan([paid(1, '2026-12-10')]), { invoices: [] })).nextReviewAt).toBeUndefined();
	});
});

const promise = (changes: Partial<Promised> = {}): Promised => ({
	ref: 'prm_1',
	status: 'open',
	on: '2026-11-20',
	amountMinor: 4000,
	paidMinor: 0,
	extensions: 0,
	covers: ['inv_1'],
	raised: [],
	...changes,
});
const promised = (changes: Partial<Promised>, more: Partial<AccountFacts> = {}) => account({ promises: [promise(changes)], ...more });

describe('a promise to pay', () => {
	test('pauses what it covers until three business days after its day, past the weekend and the holiday', () => {
		const decision = decide(promised({}));
		expect(decision.reminder.reasons).toEqual([
			{
				code: 'promised',
				text: 'Payment is promised.',
				remedy: 'Nothing to do: the promise ends on 2026-11-26 00:00 (America/New_York).',
				until: Date.parse('2026-11-26T05:00:00Z'),
			},
		]);
		expect([decision.events, decision.arrangements, iso(decision.nextReviewAt)]).toEqual([[], [], '2026-11-26T05:00:00.000Z']);
		// Monday 23, Tuesday 24, Wednesday 25; the day of Thanksgiving does not count.
		expect(decide(promised({ on: '2026-11-24', raised: ['due'] })).reminder.reasons[0]?.until).toBe(Date.parse('2026-12-01T05:00:00Z'));
		const closed = policyWith({ closures: ['2026-11-27'] });
		expect(decide(promised({ on: '2026-11-24', raised: ['due'] }), { policy: closed }).reminder.reasons[0]?.until).toBe(Date.parse('2026-12-02T05:00:00Z'));
	});

	test('leaves what it does not cover, and covers everything when it names nothing', () => {
		expect(decide(promised({}, { invoices: [invoice(), invoice({ ref: 'inv_2' })] })).reminder.covers).toEqual(['inv_2']);
		expect(codes(decide(promised({ covers: [] }, { invoices: [invoice(), invoice({ ref: 'inv_2' })] })))).toEqual(['promised']);
	});

	test.each<[string, Partial<Promised>, string, string | undefined, number]>([
		['paid before its day', { on: '2026-12-24', paidMinor: 4000 }, 'kept', undefined, 4000],
		['paid late, but whole', { on: '2026-11-10', paidMinor: 4100 }, 'kept', undefined, 4000],
		['paid in part', { on: '2026-11-18', paidMinor: 1000 }, 'partial', 'promise_broken', 3000],
		['not paid', { on: '2026-11-18' }, 'broken', 'promise_broken', 4000],
		['its day', { on: '2026-11-24', paidMinor: 500 }, 'due', 'promise_due', 3500],
	])('%s: %j', (_, changes, stage, message, amountMinor) => {
		const decision = decide(promised(changes));
		const event = decision.events.find(({ type }) => type === 'payment_plan_due');
		expect([event?.stage, event?.message, event?.amountMinor]).toEqual([stage, message, amountMinor]);
		expect(event?.key).toBe(`payment_plan_due:acc_1:prm_1:${changes.on}:${stage}`);
		expect(decision.arrangements).toEqual(stage === 'due' ? [] : [{ ref: 'prm_1', status: stage }]);
		expect(decide(promised({ ...changes, raised: ['due', 'kept', 'partial', 'broken'] })).events.map(({ type }) => type)).toEqual(
			stage === 'due' ? [] : ['balance_overdue'],
		);
	});

	test('says in words what became of it', () => {
		expect(decide(promised({ on: '2026-11-18', paidMinor: 1000 })).events[1]).toMatchObject({
			summary: 'A promise of $40.00 by 2026-11-18 was kept in part.',
			reasons: ['$10.00 of $40.00 was paid.'],
			promise: 'prm_1',
			invoices: ['inv_1'],
		});
	});

	test('broken, the ladder goes on in the same message', () => {
		const decision = decide(promised({ on: '2026-11-18' }));
		expect(decision.reminder).toMatchObject({ verdict: 'send', message: 'promise_broken', days: 15, covers: ['inv_1'], amountMinor: 8420 });
		expect(decision.reminder.occasions.map(({ key }) => key)).toEqual(['payment_plan_due:acc_1:prm_1:2026-11-18:broken', 'balance_overdue:acc_1:inv_1@15']);
	});

	test('its days do not age what it covers, neither while it stands nor when it ends', () => {
		const since = Date.parse('2026-11-12T15:00:00Z');
		const age = (facts: AccountFacts) => decide(facts).trace.find(({ rule }) => rule === 'ladder')?.text;
		expect(age(promised({}))).toBe('Day 16 on the ladder: the 15 day step is reached.');
		expect(age(promised({ since }))).toBe('Day 4 on the ladder, at rest while it is arranged: the first step is not reached.');
		// Noticed on 2026-11-08, promised on the 12th: the review that finds it broken does not catch up.
		expect(age(promised({ since, on: '2026-11-18' }))).toBe('Day 4 on the ladder: the first step is not reached.');
		expect(decide(promised({ since, on: '2026-11-18' })).reminder).toMatchObject({ message: 'promise_broken', days: 0 });
		expect(age(promised({ since, status: 'broken' }))).toBe('Day 16 on the ladder: the 15 day step is reached.');
		expect(age(promised({ since, covers: ['inv_2'] }))).toBe('Day 16 on the ladder: the 15 day step is reached.');
	});

	test('that was made before the balance began to age takes no more days than there were', () => {
		const since = Date.parse('2026-11-01T15:00:00Z');
		const age = (more: Partial<AccountFacts>) => decide(promised({ since, on: '2026-11-18' }, more)).trace.find(({ rule }) => rule === 'ladder')?.text;
		expect(age({})).toBe('Day 0 on the ladder: the first step is not reached.');
		const { firstNoticeDate: _, ...ageless } = invoice();
		expect(age({ invoices: [ageless] })).toBe('The balance has no age: neither a first notice nor a due date is recorded.');
	});

	test('and a plan beside it: the ladder rests since the first of them', () => {
		const facts = promised(
			{ since: Date.parse('2026-11-14T15:00:00Z') },
			{ plans: [plan([part(1, '2026-12-10')], { since: Date.parse('2026-11-11T15:00:00Z') })] },
		);
		expect(decide(facts).trace.find(({ rule }) => rule === 'ladder')?.text).toBe(
			'Day 3 on the ladder, at rest while it is arranged: the first step is not reached.',
		);
	});

	test('on its day a message speaks of what was promised', () => {
		expect(decide(promised({ on: '2026-11-24', paidMinor: 500 })).reminder).toMatchObject({
			verdict: 'send',
			message: 'promise_due',
			amountMinor: 3500,
			covers: [],
		});
	});

	test.each(['kept', 'broken', 'cancelled'] as const)('that is %s pauses nothing', (status) => {
		expect(decide(promised({ status, raised: ['kept', 'broken'] })).reminder.message).toBe('reminder_2');
	});

	test('moved more often than the policy allows is for staff to decide', () => {
		expect(decide(promised({ extensions: 2 })).work).toEqual([]);
		expect(decide(promised({ extensions: 3, paidMinor: 500 })).work).toEqual([
			{
				cause: 'promise_moved:acc_1:prm_1',
				reason: 'unpaid_after_reminders',
				title: 'A promise was moved 3 times: decide how to go on',
				severity: 'normal',
				amountMinor: 3500,
			},
		]);
	});

	test('for a day that is none pauses until it is recorded anew', () => {
		const decision = decide(promised({ on: '2026-02-30' }));
		expect(decision.reminder.reasons).toEqual([{ code: 'promised', text: 'Payment is promised.', remedy: 'Record the promise again with a real day.' }]);
		expect([decision.events, decision.arrangements]).toEqual([[], []]);
	});

	test('is looked at again on its day and the day after', () => {
		expect(iso(decide(promised({ on: '2026-12-01' })).nextReviewAt)).toBe('2026-12-01T05:00:00.000Z');
		expect(iso(decide(promised({ on: '2026-11-24', raised: ['due'] })).nextReviewAt)).toBe('2026-11-25T05:00:00.000Z');
	});

	test('the first hour of the day after grace ends it', () => {
		const end = Date.parse('2026-11-26T05:00:00Z');
		const facts = promised({}, { invoices: [invoice({ asOf: end })] });
		expect(decide(facts, { now: end - 1 }).arrangements).toEqual([]);
		expect(decide(facts, { now: end }).arrangements).toEqual([{ ref: 'prm_1', status: 'broken' }]);
		expect(decide(facts, { now: end + HOUR }).events.map((event) => event.stage ?? event.days)).toEqual([15, 'broken']);
	});
});
