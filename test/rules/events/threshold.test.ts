import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import type { AccountFacts } from '../../../shared/rules/index.ts';
import { account, decide, invoice, NOW, policyWith } from '../account.ts';

const owing = (amountMinor: number, changes: Partial<AccountFacts> = {}): AccountFacts =>
	account({ invoices: [invoice({ amountMinor, raisedDays: 15, remindedDays: 15, asOf: NOW })], above: [], ...changes });
const told = (facts: AccountFacts, policy = DEFAULT_POLICY) => {
	const { events, above } = decide(facts, { policy });
	return { events: events.filter((event) => event.type === 'balance_over_threshold').map((event) => event.thresholdMinor), above };
};

describe('a balance rises above a threshold', () => {
	test('and the event says what is owed and which amount it passed', () => {
		expect(decide(owing(20_001)).events).toEqual([
			{
				type: 'balance_over_threshold',
				key: `balance_over_threshold:acc_1:20000:${NOW}`,
				amountMinor: 20_001,
				invoices: ['inv_1'],
				message: 'balance_threshold',
				thresholdMinor: 20_000,
				summary: '$200.01 is owed, more than $200.00.',
				reasons: ['What is owed rose above $200.00.'],
			},
		]);
	});

	test.each<[string, number, number[] | undefined, number[], number[]]>([
		['exactly the threshold', 20_000, [], [], []],
		['a cent above', 20_001, [], [20_000], [20_000]],
		['above, as at the last review', 25_000, [20_000], [], [20_000]],
		['back below it, within the hysteresis', 18_001, [20_000], [], [20_000]],
		['fallen by 10 percent', 18_000, [20_000], [], []],
		['not looked at before', 25_000, undefined, [], [20_000]],
	])('%s', (_, amount, above, events, now) => {
		const facts = owing(amount);
		if (above === undefined) delete facts.above;
		else facts.above = above;
		expect(told(facts)).toEqual({ events, above: now });
	});

	test('subscriptions choose their own, each with its own hysteresis and its own event', () => {
		expect(told(owing(60_000, { thresholds: [50_000, 10_000, 50_000], above: [10_000] }))).toEqual({
			events: [20_000, 50_000],
			above: [10_000, 20_000, 50_000],
		});
		expect(told(owing(9001, { thresholds: [10_000], above: [10_000] }))).toEqual({ events: [], above: [10_000] });
	});

	test('none of the policy leaves those of the subscriptions', () => {
		const policy = policyWith({ threshold: { amount: 0, hysteresis_percent: 0 } });
		expect(told(owing(60_000), policy)).toEqual({ events: [], above: [] });
		expect(told(owing(60_000, { thresholds: [30_000] }), policy)).toEqual({ events: [30_000], above: [30_000] });
		expect(told(owing(30_000, { thresholds: [30_000], above: [30_000] }), policy)).toEqual({ events: [], above: [] });
	});

	test('counts only what is owed: not a denied or a disputed amount', () => {
		expect(told(account({ above: [], invoices: [invoice({ amountMinor: 90_000, disputed: true })] }))).toEqual({ events: [], above: [] });
	});

	test('the trace says what it saw', () => {
		const entry = decide(owing(18_500, { above: [20_000] })).trace.find(({ rule }) => rule === 'balance_over_threshold');
		expect(entry).toEqual({
			rule: 'balance_over_threshold',
			outcome: 'skip',
			text: 'It is above the threshold, as it was.',
			leaves: [
				{ fact: 'owed_minor', op: '>', expected: 20_000, actual: 18_500, ok: false },
				{ fact: 'was_above', op: '=', expected: false, actual: true, ok: false },
			],
		});
		expect(decide(owing(100)).trace.find(({ rule }) => rule === 'balance_over_threshold')?.text).toBe('It is not above the threshold.');
	});

	test('is for staff: it sends nothing by itself, and has its message when a flow asks', () => {
		const facts = owing(25_000);
		expect(decide(facts).reminder).toMatchObject({ verdict: 'hold', occasions: [] });
		const key = `balance_over_threshold:acc_1:20000:${NOW}`;
		expect(decide(facts, { request: { because: { type: 'balance_over_threshold', key } } }).reminder).toMatchObject({
			verdict: 'send',
			message: 'balance_threshold',
			days: 0,
			amountMinor: 25_000,
			occasions: [{ key, type: 'balance_over_threshold' }],
		});
	});

	test('asked for after the balance fell back, it is over; after more was charged, it stands', () => {
		const because = { type: 'balance_over_threshold' as const, key: 'balance_over_threshold:acc_1:20000:5' };
		expect(decide(owing(15_000, { above: [20_000] }), { request: { because } }).reminder.reasons[0]?.code).toBe('event_over');
		expect(decide(owing(25_000, { above: [20_000] }), { request: { because } }).reminder).toMatchObject({ verdict: 'send', message: 'balance_threshold' });
	});
});
