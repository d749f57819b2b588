/** What a review, a message and a change leave behind: seen through a policy that says what it is told to say. */
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../shared/contracts/policy.ts';
import type { AccountFacts, CompiledPolicy, Decision, RaisedEvent, ReminderDecision } from '../../shared/rules/index.ts';
import { type ChangedFacts, type SimulatedAccount, simulate } from '../../shared/rules/simulate.ts';
import { account, DAY, invoice, NOW } from './account.ts';

const nothing: Decision = {
	eligibleMinor: 8420,
	totalMinor: 8420,
	recipient: 'guarantor',
	canContact: true,
	blocked: [],
	events: [],
	raised: {},
	above: [],
	matched: [],
	arrangements: [],
	reminder: { verdict: 'hold', days: 0, amountMinor: 0, covers: [], occasions: [], reasons: [] },
	work: [],
	trace: [],
	policyHash: 'h',
	packs: [],
};

/** Answers one after the other, a day apart; what it was shown is kept. */
function told(answers: readonly Partial<Decision>[]): CompiledPolicy & { seen: AccountFacts[] } {
	const seen: AccountFacts[] = [];
	return {
		policy: DEFAULT_POLICY,
		hash: 'h',
		seen,
		decide(facts, now) {
			seen.push(facts);
			return { ...nothing, nextReviewAt: now + DAY, ...answers[seen.length - 1] };
		},
		baseline: () => ({ inv_1: 15, inv_2: 7 }),
		begin: () => ({ raised: {}, statusRaised: [], above: [], matched: [] }),
	};
}

/** The facts at each look, after the answers before it. */
function looks(given: Partial<SimulatedAccount>, answers: readonly Partial<Decision>[], days = answers.length + 1): AccountFacts[] {
	const policy = told(answers);
	simulate([{ facts: account(), changes: [], ...given }], policy, told([]), { from: NOW, to: NOW + days * DAY });
	return policy.seen;
}

const event = (changes: Partial<RaisedEvent>): RaisedEvent => ({
	type: 'account_flagged',
	key: 'key',
	amountMinor: 1,
	invoices: [],
	summary: '',
	reasons: [],
	...changes,
});
const send = (changes: Partial<ReminderDecision> = {}): Partial<Decision> => ({
	reminder: { verdict: 'send', message: 'reminder_2', days: 15, channel: 'sms', amountMinor: 8420, covers: ['inv_1'], occasions: [], reasons: [], ...changes },
});

describe('after a review', () => {
	test('positions rise and never fall', () => {
		const [, first, second] = looks({}, [{ raised: { inv_1: 15 } }, { raised: { inv_1: 7 } }]);
		expect([first?.invoices[0]?.raisedDays, second?.invoices[0]?.raisedDays]).toEqual([15, 15]);
	});

	test('what the next one compares with is what this one found', () => {
		const [first, second] = looks({}, [{ totalMinor: 77, above: [20_000], matched: ['rule_a'] }]);
		expect([first?.previousMinor, first?.above, first?.matched]).toEqual([undefined, undefined, undefined]);
		expect([second?.previousMinor, second?.above, second?.matched]).toEqual([77, [20_000], ['rule_a']]);
	});

	test('what was raised of payments, appointments, flags, disputes and claims is marked, and nothing else', () => {
		const raised = false;
		const facts = account({
			payments: ['pay_1', 'pay_2'].map((ref) => ({ ref, status: 'failed', amountMinor: 1, at: NOW, raised })),
			appointments: ['app_1', 'app_2'].map((ref) => ({ ref, completedAt: NOW, certain: true, raised })),
			flags: ['flg_1', 'flg_2'].map((ref) => ({ ref, purpose: 'review', priority: 'low', at: NOW, raised })),
			disputes: ['dsp_1', 'dsp_2'].map((ref) => ({ ref, reason: 'not_mine', at: NOW, acknowledged: false, raised })),
			claims: ['clm_1', 'clm_2'].map((ref) => ({ ref, payer: 'P', lines: [], raisedLines: [1] })),
		});
		const events = [
			event({ payment: 'pay_1' }),
			event({ appointment: 'app_1' }),
			event({ flag: 'flg_1' }),
			event({ dispute: 'dsp_1' }),
			event({ claim: 'clm_1', lines: [2, 3] }),
			event({ claim: 'clm_2' }),
		];
		const [, after] = looks({ facts }, [{ events }]);
		const marks = (list: readonly { raised: boolean }[] | undefined) => list?.map((one) => one.raised);
		expect([marks(after?.payments), marks(after?.appointments), marks(after?.flags), marks(after?.disputes)]).toEqual(Array(4).fill([true, false]));
		expect(after?.claims.map((claim) => claim.raisedLines)).toEqual([[1, 2, 3], [1]]);
	});

	test('installments, plans and promises keep the stages that were told, and stand where the rules put them', () => {
		const installments = [1, 2].map((number) => ({ number, dueOn: '2026-12-01', amountMinor: 1, paidMinor: 0, raised: [] }));
		const facts = account({
			plans: ['pln_1', 'pln_2'].map((ref) => ({ ref, status: 'active', covers: [], installments, brokenRaised: false })),
			promises: ['prm_1', 'prm_2'].map((ref) => ({
				ref,
				status: 'open',
				on: '2026-12-01',
				amountMinor: 1,
				paidMinor: 0,
				extensions: 0,
				covers: [],
				raised: [],
			})),
		});
		const [, second, third] = looks({ facts }, [
			{
				events: [
					event({ plan: 'pln_1', installment: 1, stage: 'coming' }),
					event({ plan: 'pln_1', installment: 2, stage: 'missed' }),
					event({ promise: 'prm_1', stage: 'due' }),
					event({ promise: 'prm_2' }),
				],
				arrangements: [
					{ ref: 'pln_1', status: 'missed' },
					{ ref: 'prm_2', status: 'kept' },
				],
			},
			{ events: [event({ plan: 'pln_1', installment: 2, stage: 'broken' }), event({ promise: 'prm_1', stage: 'broken' })] },
		]);
		expect(second?.plans?.map((plan) => [plan.status, plan.brokenRaised, plan.installments.map((one) => one.raised)])).toEqual([
			['missed', false, [['due'], ['missed']]],
			['active', false, [[], []]],
		]);
		expect(second?.promises?.map((promise) => [promise.status, promise.raised])).toEqual([
			['open', ['due']],
			['kept', []],
		]);
		expect(third?.plans?.map((plan) => plan.brokenRaised)).toEqual([true, false]);
		expect(third?.promises?.[0]?.raised).toEqual(['due', 'broken']);
	});

	test('an account without plans stays without', () => {
		const [, after] = looks({}, [{ arrangements: [{ ref: 'pln_1', status: 'broken' }], events: [event({})] }]);
		expect([after?.plans, after?.promises, after?.appointments, after?.flags, after?.disputes]).toEqual(Array(5).fill(undefined));
	});

	test("the source's own word overdue is told once", () => {
		const facts = account({ invoices: [invoice({ statusOverdue: true }), invoice({ ref: 'inv_2', statusOverdue: true }), invoice({ ref: 'inv_3' })] });
		const [, after] = looks({ facts }, [{ events: [event({ type: 'balance_overdue', invoices: ['inv_1', 'inv_3'], stage: 'status' })] }]);
		expect(after?.invoices.map((one) => one.statusRaised)).toEqual([true, undefined, undefined]);
	});

	test('staff work about the account stays open, a ladder by its name; of a fact nobody knows it does not', () => {
		const work = { title: 'T', severity: 'normal' as const, amountMinor: 1 };
		const [, unknown, ladder, again, unpaid] = looks({}, [
			{ work: [{ ...work, cause: 'unknown_zone', reason: 'unknown_zone' }] },
			{ work: [{ ...work, cause: 'ladder_x:acc_1', reason: 'ladder_x', ladder: 'x' }] },
			{ work: [{ ...work, cause: 'ladder_y:acc_1', reason: 'ladder_x', ladder: 'y' }] },
			{ work: [{ ...work, cause: 'unpaid_45:acc_1', reason: 'unpaid_45' }] },
		]);
		expect([unknown?.workOpen, unknown?.openLadders]).toEqual([false, []]);
		expect([ladder?.workOpen, ladder?.openLadders, again?.openLadders]).toEqual([false, ['x'], ['x', 'y']]);
		expect([unpaid?.workOpen, unpaid?.openLadders]).toEqual([true, ['x', 'y']]);
	});

	test('events wait for a message until the local day ends', () => {
		const soon = { nextReviewAt: NOW + 3_600_000 };
		const policy = told([
			{ events: [event({ key: 'one', days: 7, type: 'balance_overdue' })], ...soon },
			{ events: [event({ key: 'one', days: 7, type: 'balance_overdue' }), event({ key: 'two' })] },
		]);
		simulate([{ facts: account(), changes: [] }], policy, told([]), { from: NOW, to: NOW + 3 * DAY });
		expect(policy.seen.map((facts) => facts.pendingEvents?.map(({ key, at }) => [key, at - NOW]))).toEqual([
			undefined,
			[['one', 0]],
			[
				['one', 0],
				['two', 3_600_000],
			],
			[],
		]);
		expect(policy.seen[1]?.pendingEvents).toEqual([{ key: 'one', type: 'balance_overdue', at: NOW, days: 7 }]);
	});
});

describe('after a message', () => {
	test('each invoice stands on its own step, and the contact counts', () => {
		const facts = account({
			invoices: [invoice(), invoice({ ref: 'inv_2' }), invoice({ ref: 'inv_3' }), invoice({ ref: 'inv_4' })],
			history: [
				{ at: NOW - 32 * DAY, channel: 'sms' },
				{ at: NOW - 20 * DAY, channel: 'email' },
			],
		});
		const [, after] = looks({ facts }, [send({ covers: ['inv_1', 'inv_2', 'inv_3'] })]);
		expect(after?.invoices.map((one) => one.remindedDays)).toEqual([15, 7, 0, 0]);
		expect(after?.history).toEqual([
			{ at: NOW - 20 * DAY, channel: 'email' },
			{ at: NOW, channel: 'sms', invoices: ['inv_1', 'inv_2', 'inv_3'], occasions: [] },
		]);
	});

	test('that is not of the ladder no position moves; what it answers waits no longer', () => {
		const facts = account({ disputes: ['dsp_1', 'dsp_2'].map((ref) => ({ ref, reason: 'not_mine', at: NOW, acknowledged: false, raised: true })) });
		const [, after] = looks({ facts }, [
			{
				events: [event({ key: 'payment_disputed:dsp_1', type: 'payment_disputed' }), event({ key: 'other' })],
				...send({ days: 0, occasions: [{ key: 'payment_disputed:dsp_1', type: 'payment_disputed' }] }),
			},
		]);
		expect(after?.invoices[0]?.remindedDays).toBe(0);
		expect(after?.pendingEvents?.map(({ key }) => key)).toEqual(['other']);
		expect(after?.disputes?.map((dispute) => dispute.acknowledged)).toEqual([true, false]);
	});

	test('a policy that would send for ever is stopped', () => {
		const answers = Array.from({ length: 100 }, () => send());
		const { a } = simulate([{ facts: account(), changes: [] }], told(answers), told([]), { from: NOW, to: NOW + DAY });
		expect([a.messages, a.due]).toEqual([20, 20]);
	});

	test('a message without a channel does not leave', () => {
		const { channel: _, ...reminder } = send().reminder as ReminderDecision;
		const { a } = simulate([{ facts: account(), changes: [] }], told([{ reminder }]), told([]), { from: NOW, to: NOW + DAY });
		expect(a.messages).toBe(0);
	});
});

describe('a change', () => {
	const changed = (facts: AccountFacts, change: ChangedFacts, answers: readonly Partial<Decision>[] = [{}]): AccountFacts =>
		looks({ facts, changes: [{ at: NOW + DAY, facts: change }] }, answers).at(-1) as AccountFacts;

	test('of an invoice changes what it names, not what was raised, reminded and paused', () => {
		const before = invoice({ raisedDays: 15, remindedDays: 7, pausedDays: 2, statusRaised: true });
		const after = changed(account({ invoices: [before] }), {
			invoices: [{ ref: 'inv_1', amountMinor: 1, raisedDays: 0, remindedDays: 30, pausedDays: 9, statusRaised: false }],
		});
		expect(after.invoices).toEqual([{ ...before, amountMinor: 1 }]);
	});

	test('of an invoice that is owed anew begins its ladder from the foot', () => {
		const before = invoice({ raisedDays: 15, remindedDays: 7, pausedDays: 2 });
		const after = changed(account({ invoices: [before] }), { invoices: [{ ref: 'inv_1', againSince: NOW + DAY }] });
		expect(after.invoices).toEqual([{ ...before, againSince: NOW + DAY, raisedDays: 0, remindedDays: 0, pausedDays: 0 }]);
	});

	test('brings an invoice that was not known', () => {
		const after = changed(account(), { invoices: [{ ref: 'inv_2', amountMinor: 5 }] });
		expect(after.invoices[1]).toEqual({ ref: 'inv_2', amountMinor: 5, asOf: NOW + DAY, disputed: false, raisedDays: 0, remindedDays: 0, pausedDays: 0 });
	});

	test('of a payment is news when its status is another', () => {
		const payment = { ref: 'pay_1', status: 'failed' as const, amountMinor: 1, at: NOW, raised: true };
		const facts = account({ payments: [payment] });
		const raised = (after: AccountFacts) => after.payments.map((one) => [one.ref, one.raised]);
		expect(raised(changed(facts, { payments: [{ ...payment, raised: false }] }))).toEqual([['pay_1', true]]);
		expect(raised(changed(facts, { payments: [{ ...payment, status: 'returned', raised: false }] }))).toEqual([['pay_1', false]]);
		expect(raised(changed(facts, { payments: [{ ...payment, ref: 'pay_2', raised: false }] }))).toEqual([
			['pay_1', true],
			['pay_2', false],
		]);
	});

	test('of claims, appointments, flags, disputes, plans and promises keeps what was told of them', () => {
		const one = { number: 1, dueOn: '2026-12-01', amountMinor: 1, paidMinor: 0, raised: ['due' as const] };
		const facts = account({
			claims: [{ ref: 'clm_1', payer: 'P', lines: [], raisedLines: [1] }],
			appointments: [{ ref: 'app_1', completedAt: NOW, certain: true, raised: true }],
			flags: [{ ref: 'flg_1', purpose: 'review', priority: 'low', at: NOW, raised: true }],
			disputes: [{ ref: 'dsp_1', reason: 'not_mine', at: NOW, acknowledged: true, raised: true }],
			plans: [{ ref: 'pln_1', status: 'active', covers: [], installments: [one], brokenRaised: true }],
			promises: [{ ref: 'prm_1', status: 'open', on: '2026-12-01', amountMinor: 1, paidMinor: 0, extensions: 0, covers: [], raised: ['due'] }],
		});
		const after = changed(facts, {
			claims: [{ ref: 'clm_1', payer: 'Q', lines: [], raisedLines: [] }],
			appointments: [{ ref: 'app_1', completedAt: NOW, certain: false, raised: false }],
			flags: [{ ref: 'flg_1', purpose: 'review', priority: 'high', at: NOW, raised: false }],
			disputes: [{ ref: 'dsp_1', reason: 'wrong_amount', at: NOW, acknowledged: false, raised: false }],
			plans: [
				{
					ref: 'pln_1',
					status: 'active',
					covers: [],
					installments: [
						{ ...one, paidMinor: 1, raised: [] },
						{ ...one, number: 2, raised: [] },
					],
					brokenRaised: false,
				},
			],
			promises: [{ ref: 'prm_1', status: 'open', on: '2026-12-02', amountMinor: 1, paidMinor: 0, extensions: 1, covers: [], raised: [] }],
		});
		expect(after.claims).toEqual([{ ref: 'clm_1', payer: 'Q', lines: [], raisedLines: [1] }]);
		expect(after.appointments).toEqual([{ ref: 'app_1', completedAt: NOW, certain: false, raised: true }]);
		expect(after.flags).toEqual([{ ref: 'flg_1', purpose: 'review', priority: 'high', at: NOW, raised: true }]);
		expect(after.disputes).toEqual([{ ref: 'dsp_1', reason: 'wrong_amount', at: NOW, acknowledged: true, raised: true }]);
		expect(after.plans?.[0]).toMatchObject({
			brokenRaised: true,
			installments: [
				{ paidMinor: 1, raised: ['due'] },
				{ number: 2, raised: [] },
			],
		});
		expect(after.promises?.[0]).toMatchObject({ on: '2026-12-02', extensions: 1, raised: ['due'] });
	});

	test('says that a dispute was acknowledged elsewhere', () => {
		const dispute = { ref: 'dsp_1', reason: 'not_mine', at: NOW, acknowledged: false, raised: true };
		const after = changed(account({ disputes: [dispute] }), { disputes: [{ ...dispute, acknowledged: true }] });
		expect(after.disputes?.[0]?.acknowledged).toBe(true);
	});

	test('takes away what is no longer there', () => {
		const flags = ['flg_1', 'flg_2'].map((ref) => ({ ref, purpose: 'review' as const, priority: 'low' as const, at: NOW, raised: true }));
		const seen = looks({ facts: account({ flags }), changes: [{ at: NOW + DAY, facts: {}, gone: ['flg_1', 'flg_9'] }] }, [{}]);
		expect(seen.at(-1)?.flags?.map((flag) => flag.ref)).toEqual(['flg_2']);
		expect(seen.at(-1)?.invoices).toEqual(account().invoices);
	});

	test('brings the first of each kind, contacts made elsewhere, and a channel that changed', () => {
		const change: ChangedFacts = {
			claims: [{ ref: 'clm_1', payer: 'P', lines: [], raisedLines: [] }],
			appointments: [{ ref: 'app_1', completedAt: NOW, certain: true, raised: false }],
			flags: [{ ref: 'flg_1', purpose: 'review', priority: 'low', at: NOW, raised: false }],
			disputes: [{ ref: 'dsp_1', reason: 'not_mine', at: NOW, acknowledged: false, raised: false }],
			plans: [{ ref: 'pln_1', status: 'active', covers: [], installments: [], brokenRaised: false }],
			promises: [{ ref: 'prm_1', status: 'open', on: '2026-12-01', amountMinor: 1, paidMinor: 0, extensions: 0, covers: [], raised: [] }],
			history: [{ at: NOW + DAY, channel: 'voice', conversation: true }],
			contacts: [{ channel: 'sms', valid: true, served: true, consent: 'revoked' }],
			lastReplyAt: NOW + DAY,
		};
		const after = changed(account({ history: [{ at: NOW, channel: 'sms' }] }), change);
		const { history, contacts, ...rest } = change;
		expect(after).toMatchObject(rest);
		expect(after.history).toEqual([{ at: NOW, channel: 'sms' }, ...(history ?? [])]);
		expect(after.contacts.map((one) => [one.channel, one.consent])).toEqual([
			['email', 'granted'],
			['sms', 'revoked'],
		]);
	});
});

describe('days that do not count', () => {
	const HOLD = { reason: 'staff_review' as const, since: NOW + DAY, until: NOW + 4 * DAY };
	const pausedBy = (facts: Partial<AccountFacts>, days = 8) =>
		looks({ facts: account(facts) }, [], days)
			.at(-1)
			?.invoices.map((one) => one.pausedDays);

	test('are those of a hold, of two that overlap only once, and none of an import that settles', () => {
		expect(pausedBy({ holds: [HOLD] })).toEqual([3]);
		expect(pausedBy({ holds: [HOLD, { ...HOLD, since: NOW + 2 * DAY, until: NOW + 5 * DAY }] })).toEqual([4]);
		expect(pausedBy({ holds: [{ ...HOLD, reason: 'import_settling' }] })).toEqual([0]);
	});

	test('are those of the invoice that the hold is on', () => {
		expect(pausedBy({ invoices: [invoice(), invoice({ ref: 'inv_2' })], holds: [{ ...HOLD, invoice: 'inv_2' }] })).toEqual([0, 3]);
	});

	test('begin when the balance begins to age', () => {
		expect(pausedBy({ invoices: [invoice({ firstNoticeDate: '2026-11-27' })], holds: [HOLD] })).toEqual([1]);
		const { firstNoticeDate: _, ...undated } = invoice();
		expect(pausedBy({ invoices: [{ ...undated, dueDate: '2026-11-26' }], holds: [HOLD] })).toEqual([2]);
		expect(pausedBy({ invoices: [undated, { ...undated, ref: 'inv_2', dueDate: 'soon' }], holds: [HOLD] })).toEqual([3, 3]);
	});

	test('are those that an invoice lies with the payer', () => {
		const facts = account({ invoices: [invoice({ insuranceSince: NOW - 2 * DAY })] });
		const seen = looks({ facts, changes: [{ at: NOW + 3 * DAY, facts: { invoices: [{ ref: 'inv_1', insuranceSince: null }] } }] }, [], 5);
		expect(seen.map((one) => one.invoices[0]?.pausedDays)).toEqual([0, 0, 0, 5, 5]);
		expect(seen.at(-1)?.invoices[0]).not.toHaveProperty('insuranceSince');
	});

	test('are those of a promise or a plan, and those with the payer beside it only once', () => {
		const promise = { ref: 'prm_1', on: '2026-11-25', amountMinor: 8420, paidMinor: 0, extensions: 0, covers: [], raised: [] };
		const promises = [{ ...promise, status: 'open' as const, since: NOW - DAY }];
		const ends = { arrangements: [{ ref: 'prm_1', kind: 'promise' as const, status: 'broken' as const }] };
		const paused = (facts: Partial<AccountFacts>) =>
			looks({ facts: account({ promises, ...facts }) }, [{}, {}, ends], 5).map((one) => one.invoices[0]?.pausedDays);
		expect(paused({})).toEqual([0, 0, 0, 3, 3]);
		expect(paused({ promises: [{ ...promise, status: 'broken', since: NOW - DAY }] })).toEqual([0, 0, 0, 0, 0]);
		// Still with the payer: nothing is handed over yet.
		expect(paused({ invoices: [invoice({ insuranceSince: NOW - 2 * DAY })] })).toEqual([0, 0, 0, 0, 0]);
	});

	test('are counted to the day of the release, whenever that is known', () => {
		const facts = account({ holds: [{ reason: 'staff_review', since: NOW - 3 * DAY }] });
		const seen = looks({ facts, changes: [{ at: NOW + 2 * DAY, facts: { holds: [] } }] }, [], 4);
		expect(seen.map((one) => one.invoices[0]?.pausedDays)).toEqual([0, 0, 5, 5]);
	});
});
