import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../shared/contracts/policy.ts';
import type { AccountFacts, ClaimFacts, InvoiceFacts, LineFacts } from '../../shared/rules/index.ts';
import { account, codes, DAY, decide, invoice, iso, NOW, policyWith, without } from './account.ts';

type Ladder = Policy['escalation']['ladders'][number];
const ladders = (...given: Ladder[]): Policy => policyWith({ escalation: { ...DEFAULT_POLICY.escalation, ladders: given } });
const ladder = (when: Ladder['when'], changes: Partial<Ladder> = {}): Ladder => ({ id: 'own', when, severity: 'high', ...changes });
const opened = (facts: AccountFacts, ...given: Ladder[]) => decide(facts, { policy: ladders(...given) }).work.flatMap((work) => work.ladder ?? []);
const line = (number: number, state: LineFacts['state']): LineFacts => ({ line: number, state, chargeMinor: 10_000, paidMinor: 0, patientMinor: 0 });
const claim = (changes: Partial<ClaimFacts> = {}): ClaimFacts => ({
	ref: 'clm_1',
	payer: 'Aetna',
	lines: [line(1, 'denied_open'), line(2, 'adjudicated')],
	raisedLines: [1],
	...changes,
});
const quiet = (changes: Partial<InvoiceFacts> = {}): InvoiceFacts => invoice({ raisedDays: 15, remindedDays: 15, ...changes });
const mail = (ago: number, failed = false) => ({ at: NOW - ago, channel: 'email' as const, ...(failed ? { failed } : {}) });

describe('a ladder of staff work', () => {
	test.each<[string, Ladder['when'], AccountFacts, boolean]>([
		['from an amount on', { minimum_amount: 84.2 }, account(), true],
		['a cent below it', { minimum_amount: 84.21 }, account(), false],
		['from an age on', { days: 16 }, account(), true],
		['a day too young', { days: 17 }, account(), false],
		['an age of what is not owed', { days: 0 }, account({ invoices: [invoice({ disputed: true })] }), false],
		['an age nobody knows', { days: 1 }, account({ invoices: [without(invoice(), 'firstNoticeDate')] }), false],
		['after so many messages', { attempts: 2 }, account({ history: [mail(8 * DAY), mail(9 * DAY)] }), true],
		['one of which did not arrive', { attempts: 2 }, account({ history: [mail(8 * DAY), mail(9 * DAY, true)] }), false],
		['one of which came before the payment', { attempts: 2 }, account({ history: [mail(8 * DAY), mail(19 * DAY)], lastPaymentAt: NOW - 10 * DAY }), false],
		['one of which is 30 days old', { attempts: 2 }, account({ history: [mail(8 * DAY), mail(30 * DAY)] }), false],
		['after two that did not arrive', { delivery_failures: 2 }, account({ history: [mail(DAY, true), mail(9 * DAY, true)] }), true],
		['after one', { delivery_failures: 2 }, account({ history: [mail(DAY, true), mail(9 * DAY)] }), false],
		['after two, with nothing owed', { delivery_failures: 2 }, account({ invoices: [], history: [mail(DAY, true), mail(9 * DAY, true)] }), false],
		['an amount of nothing', { minimum_amount: 0 }, account({ invoices: [] }), false],
		['before a deadline, with nothing owed', { deadline_days: 10 }, account({ invoices: [], claims: [claim({ deadlineOn: '2026-12-04' })] }), true],
		['an age beside it, with nothing owed', { days: 0, deadline_days: 10 }, account({ invoices: [], claims: [claim({ deadlineOn: '2026-12-04' })] }), false],
		['before a deadline', { deadline_days: 10 }, account({ claims: [claim({ deadlineOn: '2026-12-04' })] }), true],
		['a day earlier', { deadline_days: 10 }, account({ claims: [claim({ deadlineOn: '2026-12-05' })] }), false],
		[
			'the nearest of two',
			{ deadline_days: 10 },
			account({ claims: [claim({ deadlineOn: '2027-01-04' }), claim({ ref: 'clm_2', deadlineOn: '2026-12-01' })] }),
			true,
		],
		['without a deadline', { deadline_days: 10 }, account({ claims: [claim()] }), false],
		['of a claim that is settled', { deadline_days: 10 }, account({ claims: [claim({ deadlineOn: '2026-12-04', lines: [line(1, 'corrected')] })] }), false],
		['all that is given must hold', { minimum_amount: 50, days: 17 }, account(), false],
		['and does', { minimum_amount: 50, days: 16, attempts: 1 }, account({ history: [mail(8 * DAY)] }), true],
	])('%s', (_, when, facts, opens) => {
		expect(opened(facts, ladder(when))).toEqual(opens ? ['own'] : []);
	});

	test('says where its work goes, and opens none while it is open', () => {
		const policy = ladders(ladder({ minimum_amount: 50 }, { route: 'billing_team', owner: 'ana', due_business_days: 1 }));
		expect(decide(account(), { policy }).work).toEqual([
			{
				cause: 'ladder:own:acc_1',
				reason: 'unpaid_after_reminders',
				title: '$84.20 is owed: own',
				severity: 'high',
				amountMinor: 8420,
				ladder: 'own',
				route: 'billing_team',
				owner: 'ana',
				dueBusinessDays: 1,
			},
		]);
		expect(decide(account({ openLadders: ['own'] }), { policy }).work).toEqual([]);
		expect(decide(account({ openLadders: ['other'] }), { policy }).work).toHaveLength(1);
	});

	test('ends with an absolute hold, but for a deadline', () => {
		const holds = [{ reason: 'bankruptcy' as const, since: NOW - DAY }];
		expect(opened(account({ holds }), ladder({ minimum_amount: 0 }))).toEqual([]);
		expect(opened(account({ holds, claims: [claim({ deadlineOn: '2026-12-01' })] }), ladder({ deadline_days: 10 }))).toEqual(['own']);
	});

	test('several open in an order of their own', () => {
		expect(opened(account(), ladder({ days: 1 }, { id: 'z' }), ladder({ days: 2 }, { id: 'a' }))).toEqual(['a', 'z']);
	});

	test.each([
		['its age', ladders(ladder({ days: 20 })), {}, '2026-11-28T05:00:00.000Z'],
		['its deadline', ladders(ladder({ deadline_days: 20 })), { claims: [claim({ deadlineOn: '2026-12-18' })] }, '2026-11-28T05:00:00.000Z'],
		['the day a failure no longer counts', ladders(ladder({ delivery_failures: 2 })), { history: [mail(28 * DAY, true)] }, '2026-11-26T16:00:00.000Z'],
	])('is looked at again at %s', (_, policy, changes, at) => {
		expect(iso(decide(account({ invoices: [quiet()], ...changes }), { policy }).nextReviewAt)).toBe(at);
	});

	test('the trace says what it saw', () => {
		expect(decide(account(), { policy: ladders(ladder({ days: 17 })) }).trace.find(({ rule }) => rule === 'ladder_work')).toEqual({
			rule: 'ladder_work',
			outcome: 'skip',
			subject: 'own',
			text: 'It opens nothing.',
			leaves: [
				{ fact: 'ladder_open', op: '=', expected: false, actual: false, ok: true },
				{ fact: 'absolute_hold', op: '=', expected: false, actual: false, ok: true },
				{ fact: 'oldest_days', op: '>=', expected: 17, actual: 16, ok: false },
			],
		});
	});
});

describe('the deadline of a denial', () => {
	const left = (deadlineOn: string, changes: Partial<ClaimFacts> = {}) => decide(account({ invoices: [], claims: [claim({ deadlineOn, ...changes })] })).work;

	test.each([
		['2026-12-25', []],
		['2026-12-24', ['30_days_left', 'normal', '30 days are left to act on a claim, until 2026-12-24']],
		['2026-12-08', ['14_days_left', 'normal', '14 days are left to act on a claim, until 2026-12-08']],
		['2026-12-01', ['7_days_left', 'high', '7 days are left to act on a claim, until 2026-12-01']],
		['2026-11-25', ['2_days_left', 'high', '1 day is left to act on a claim, until 2026-11-25']],
		['2026-11-24', ['2_days_left', 'high', '0 days are left to act on a claim, until 2026-11-24']],
		['2026-11-23', ['2_days_left', 'high', 'The deadline of a claim passed on 2026-11-23']],
	])('on %s: %j', (deadlineOn, expected) => {
		expect(left(deadlineOn).flatMap((work) => [work.step, work.severity, work.title])).toEqual(expected);
	});

	test('is one item for each claim, over what is denied', () => {
		expect(left('2026-12-01')).toMatchObject([{ cause: 'deadline:acc_1:clm_1', reason: 'deadline_near', amountMinor: 10_000 }]);
		expect(left('2026-12-01', { rejected: true })[0]?.amountMinor).toBe(20_000);
	});

	test('is none without a rule of the payer, and none when the denial is worked', () => {
		const decision = decide(account({ claims: [claim()] }));
		expect(decision.work).toEqual([]);
		expect(decision.trace.find(({ rule }) => rule === 'claim_deadline')?.text).toBe('No rule of the payer gives a deadline.');
		expect(left('2026-12-01', { lines: [line(1, 'final_writeoff')] })).toEqual([]);
	});

	test('is looked at again at each of its days, and the day after', () => {
		const next = (deadlineOn: string) => iso(decide(account({ invoices: [], claims: [claim({ deadlineOn })] })).nextReviewAt);
		// Thanksgiving is told the day before.
		expect([next('2026-12-26'), next('2026-12-25'), next('2026-11-24')]).toEqual(Array(3).fill('2026-11-25T05:00:00.000Z'));
		expect(decide(account({ invoices: [], claims: [claim()] })).nextReviewAt).toBeUndefined();
	});
});

describe('a claim that was rejected', () => {
	test('is told once, and nothing of its invoice is asked for', () => {
		const facts = (raisedLines: number[]) =>
			account({ claims: [claim({ rejected: true, raisedLines, invoice: 'inv_1', lines: [], deadlineOn: '2027-03-01' })] });
		const decision = decide(facts([]));
		expect(decision.events).toEqual([
			{
				type: 'claim_denied',
				key: 'claim_denied:acc_1:clm_1:rejected',
				amountMinor: 0,
				invoices: ['inv_1'],
				claim: 'clm_1',
				lines: [0],
				stage: 'rejected',
				summary: 'Aetna rejected a claim before looking at it.',
				reasons: ['A rejection has no appeal and the time to file keeps running: correct the claim and send it again.', 'The last day to act is 2027-03-01.'],
			},
		]);
		expect([codes(decision), decision.eligibleMinor]).toEqual([['claim_rejected'], 0]);
		expect(decide(facts([0])).events).toEqual([]);
		expect(decide(account({ invoices: [quiet(), quiet({ ref: 'inv_2' })], claims: [claim({ rejected: true, invoice: 'inv_1' })] })).eligibleMinor).toBe(8420);
	});

	test('of a known amount says it', () => {
		expect(decide(account({ claims: [claim({ rejected: true, raisedLines: [1] })] })).events.at(-1)?.summary).toBe(
			'Aetna rejected a claim of $200.00 before looking at it.',
		);
	});

	test('a denial by a later remittance is a new occurrence', () => {
		const key = (trace: string) => decide(account({ claims: [claim({ raisedLines: [], trace })] })).events.at(-1)?.key;
		expect([key('T1'), key('T2')]).toEqual(['claim_denied:acc_1:clm_1:T1:1', 'claim_denied:acc_1:clm_1:T2:1']);
	});
});

describe('money that is the patient’s', () => {
	test('after a reversal is work, never a reminder', () => {
		const decision = decide(account({ invoices: [], claims: [claim({ lines: [line(1, 'reversed')], refundMinor: 1500 })] }));
		expect(decision.work).toEqual([
			{
				cause: 'refund:acc_1:clm_1',
				reason: 'other',
				title: 'Return $15.00 to the patient: the payer reversed the claim',
				severity: 'normal',
				amountMinor: 1500,
			},
		]);
		expect(codes(decision)).toEqual(['nothing_owed']);
		expect(decide(account({ claims: [claim({ lines: [], refundMinor: 0 })] })).work).toEqual([]);
	});
});

describe('a payer that does not answer', () => {
	const crossing = (insuranceSince: number, state: LineFacts['state'] = 'crossover') =>
		account({ invoices: [invoice({ lines: [line(1, state)], insuranceSince })] });

	test('after 45 days is asked for by staff', () => {
		expect(decide(crossing(NOW - 44 * DAY)).work).toEqual([]);
		expect(decide(crossing(NOW - 45 * DAY)).work).toEqual([
			{ cause: 'crossover:acc_1:inv_1', reason: 'claim_denied', title: 'The next payer has not answered for 45 days', severity: 'normal', amountMinor: 8420 },
		]);
		expect(decide(crossing(NOW - 90 * DAY, 'denied_open')).work).toEqual([]);
		expect(iso(decide(crossing(NOW - 44 * DAY)).nextReviewAt)).toBe('2026-11-25T05:00:00.000Z');
	});

	test('counts from a hold that staff set for it, too', () => {
		const holds = [
			{ reason: 'crossover' as const, invoice: 'inv_1', since: NOW - 50 * DAY },
			{ reason: 'crossover' as const, invoice: 'inv_9', since: NOW - 99 * DAY },
		];
		expect(decide(account({ holds })).work.map((work) => work.title)).toEqual(['The next payer has not answered for 50 days']);
		expect(decide({ ...crossing(NOW - 60 * DAY), holds }).work.map((work) => work.title)).toEqual(['The next payer has not answered for 60 days']);
	});
});

describe('what lies with the payer', () => {
	test('does not age: the ladder stands where it stood', () => {
		const decision = decide(account({ invoices: [invoice({ insuranceSince: Date.parse('2026-11-20T15:00:00Z') })] }));
		expect(decision.trace.find(({ rule }) => rule === 'ladder')?.text).toBe('Day 12 on the ladder, stopped by a hold: the 7 day step is reached.');
	});

	test('the earlier of a hold and the payer stops it', () => {
		const facts = account({ invoices: [invoice({ insuranceSince: NOW - DAY })], holds: [{ reason: 'other', since: NOW - 3 * DAY }] });
		expect(decide(facts).trace.find(({ rule }) => rule === 'ladder')?.text).toBe('Day 13 on the ladder, stopped by a hold: the 7 day step is reached.');
	});
});

describe('a disputed amount', () => {
	test('that names no invoice is over everything', () => {
		const disputes = [{ ref: 'dsp_1', reason: 'good_faith_estimate', at: NOW, acknowledged: true, raised: true }];
		expect(decide(account({ invoices: [invoice(), invoice({ ref: 'b', amountMinor: 80 })], disputes })).work[0]).toMatchObject({
			title: '$85.00 is disputed: good faith estimate',
			amountMinor: 8500,
		});
	});
});

describe('a credit', () => {
	const credit = (creditMinor: number, invoices = [invoice()]) => decide(account({ creditMinor, invoices })).work;

	test('that covers all that is open is applied or returned by staff', () => {
		expect(credit(9000)).toEqual([
			{
				cause: 'credit:acc_1',
				reason: 'other',
				title: 'Apply or return a credit of $90.00: it covers all that is open',
				severity: 'normal',
				amountMinor: 9000,
			},
		]);
		expect(credit(8420)).toHaveLength(1);
		expect(credit(100, [invoice({ amountMinor: 100 })])).toHaveLength(1);
	});

	test('with nothing open is returned, unless it is too small for staff', () => {
		expect(credit(2500, [])).toMatchObject([{ title: 'Apply or return a credit of $25.00: nothing is open' }]);
		expect(credit(2499, [])).toEqual([]);
		expect(credit(2499, [invoice({ amountMinor: -2499 })])).toEqual([]);
	});

	test('that covers only a part is no work: the rest is asked for', () => {
		expect(credit(8419)).toEqual([]);
	});
});
