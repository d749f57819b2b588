/** Accounts with everything the rules can read, for properties. */
import fc from 'fast-check';
import { DEFAULT_POLICY, type Policy } from '../../shared/contracts/policy.ts';
import { CHANNELS, type Channel, HOLD_REASONS, type HoldReason, LINE_STATES, PLAN_STATUSES, type PlanStatus } from '../../shared/contracts/words.ts';
import type { AccountFacts } from '../../shared/rules/index.ts';
import { account, contact, DAY, invoice, NOW } from './account.ts';

export const day = (offset: number): string => new Date(NOW + offset * DAY).toISOString().slice(0, 10);
const REFS = ['a', 'b', 'c', 'd'] as const;
const days = (min: number, max: number) => fc.integer({ min, max }).map(day);
const past = (most: number) => fc.integer({ min: NOW - most * DAY, max: NOW });
const money = fc.integer({ min: 0, max: 90_000 });
const refs = fc.uniqueArray(fc.constantFrom(...REFS), { maxLength: 2 });
const optional = { requiredKeys: [] as never[] };

const line = fc.record({
	line: fc.integer({ min: 1, max: 4 }),
	state: fc.constantFrom(...LINE_STATES),
	chargeMinor: fc.constant(9000),
	paidMinor: fc.constant(0),
	patientMinor: fc.integer({ min: 0, max: 40_000 }),
});

const invoiceWith = (ref: string) =>
	fc
		.record(
			{
				amountMinor: money,
				firstNoticeDate: days(-90, 0),
				serviceDate: days(-400, 0),
				asOf: past(5),
				disputed: fc.boolean(),
				lines: fc.array(line, { maxLength: 2 }),
				raisedDays: fc.constantFrom(0, 7, 15),
				remindedDays: fc.constantFrom(0, 7, 15),
				pausedDays: fc.integer({ min: 0, max: 9 }),
				patient: fc.record(
					{ ref: fc.constantFrom('p', 'q'), relation: fc.constantFrom('self', 'child', 'adult'), bornOn: days(-18 * 365 - 60, -18 * 365 + 60) },
					{ requiredKeys: ['ref', 'relation'] },
				),
				confidential: fc.boolean(),
				brand: fc.constantFrom('x', 'y'),
				insuranceSince: past(60),
				statusOverdue: fc.boolean(),
				onPlan: fc.boolean(),
				returnedAt: past(6),
			},
			optional,
		)
		.map((changes) => invoice({ ref, ...changes }));

const installment = (number: number) =>
	fc.record({
		number: fc.constant(number),
		dueOn: days(-50, 40),
		amountMinor: fc.constant(5000),
		paidMinor: fc.constantFrom(0, 2000, 5000),
		raised: fc.subarray(['due', 'missed'] as ('due' | 'missed')[]),
	});

const facts = {
	zones: fc.uniqueArray(fc.constantFrom('America/New_York', 'America/Chicago'), { minLength: 1, maxLength: 2 }),
	invoices: fc.subarray([...REFS]).chain((found) => fc.tuple(...found.map(invoiceWith))),
	creditMinor: fc.constantFrom(0, 0, 5000),
	holds: fc.array(
		fc.record(
			{
				reason: fc.constantFrom(...(Object.keys(HOLD_REASONS) as HoldReason[])),
				invoice: fc.constantFrom('a', 'b'),
				since: past(60),
				until: fc.integer({ min: NOW, max: NOW + 9 * DAY }),
			},
			{ requiredKeys: ['reason', 'since'] },
		),
		{ maxLength: 1 },
	),
	contacts: fc.subarray(['email', 'sms', 'letter'] as Channel[]).map((channels) => channels.map((channel) => contact(channel))),
	history: fc.array(
		fc.record(
			{
				at: past(32),
				channel: fc.constantFrom(...(Object.keys(CHANNELS) as Channel[])),
				failed: fc.boolean(),
				invoices: refs,
				occasions: fc.constant(['account_flagged:acc_1:flag_1']),
			},
			{ requiredKeys: ['at', 'channel'] },
		),
		{ maxLength: 3 },
	),
	payments: fc.uniqueArray(
		fc.record(
			{
				ref: fc.constantFrom('pay_1', 'pay_2'),
				invoice: fc.constantFrom('a', 'b'),
				status: fc.constantFrom('succeeded', 'failed', 'returned', 'disputed'),
				amountMinor: fc.constant(5000),
				at: past(20),
				code: fc.constantFrom('R01', 'R02', 'R10', 'R15', 'R16', 'expired_card', 'odd'),
				willRetry: fc.boolean(),
				raised: fc.boolean(),
				retries: fc.integer({ min: 0, max: 3 }),
			},
			{ requiredKeys: ['ref', 'status', 'amountMinor', 'at', 'raised'] },
		),
		{ maxLength: 2, selector: (one) => one.ref },
	),
	claims: fc.uniqueArray(
		fc.record(
			{
				ref: fc.constantFrom('clm_1', 'clm_2'),
				payer: fc.constant('Aetna'),
				lines: fc.uniqueArray(line, { maxLength: 2, selector: (one) => one.line }),
				raisedLines: fc.subarray([0, 1, 2]),
				deadlineOn: days(-5, 40),
				rejected: fc.boolean(),
				refundMinor: fc.constantFrom(0, 1500),
				invoice: fc.constantFrom('a', 'b'),
			},
			{ requiredKeys: ['ref', 'payer', 'lines', 'raisedLines'] },
		),
		{ maxLength: 2, selector: (one) => one.ref },
	),
	workOpen: fc.boolean(),
	lastPaymentAt: past(40),
	lastReplyAt: past(3),
	guarantorSigned: fc.constantFrom(true, true, true, false),
	appointments: fc.uniqueArray(
		fc.record(
			{
				ref: fc.constantFrom('apt_1', 'apt_2', 'apt_3'),
				completedAt: past(4),
				residualMinor: fc.constantFrom(0, 3000),
				certain: fc.boolean(),
				invoice: fc.constantFrom('a', 'b', 'z'),
				raised: fc.boolean(),
			},
			{ requiredKeys: ['ref', 'completedAt', 'certain', 'raised'] },
		),
		{ maxLength: 3, selector: (one) => one.ref },
	),
	plans: fc.array(
		fc.record(
			{
				ref: fc.constant('pln_1'),
				status: fc.constantFrom(...(Object.keys(PLAN_STATUSES) as PlanStatus[])),
				covers: refs,
				installments: fc.tuple(installment(1), installment(2), installment(3)),
				brokenRaised: fc.boolean(),
				since: past(40),
			},
			{ requiredKeys: ['ref', 'status', 'covers', 'installments', 'brokenRaised'] },
		),
		{ maxLength: 1 },
	),
	promises: fc.array(
		fc.record(
			{
				ref: fc.constant('prm_1'),
				status: fc.constantFrom('open', 'open', 'kept', 'broken', 'cancelled'),
				on: days(-8, 8),
				amountMinor: fc.constant(4000),
				paidMinor: fc.constantFrom(0, 1000, 4000),
				extensions: fc.integer({ min: 0, max: 4 }),
				covers: refs,
				raised: fc.subarray(['due', 'kept', 'partial', 'broken'] as ('due' | 'kept' | 'partial' | 'broken')[]),
				since: past(40),
			},
			{ requiredKeys: ['ref', 'status', 'on', 'amountMinor', 'paidMinor', 'extensions', 'covers', 'raised'] },
		),
		{ maxLength: 1 },
	),
	flags: fc.uniqueArray(
		fc.record({
			ref: fc.constantFrom('flag_1', 'flag_2'),
			purpose: fc.constantFrom('reminder', 'review'),
			priority: fc.constantFrom('low', 'high'),
			at: past(5),
			raised: fc.boolean(),
		}),
		{ maxLength: 2, selector: (one) => one.ref },
	),
	cycles: fc.uniqueArray(fc.record({ closedOn: days(-400, 0), unpaidMinor: fc.constantFrom(0, 4000) }), { maxLength: 4, selector: (one) => one.closedOn }),
	disputes: fc.uniqueArray(
		fc.record(
			{
				ref: fc.constantFrom('dsp_1', 'dsp_2'),
				invoice: fc.constantFrom('a', 'b'),
				payment: fc.constantFrom('pay_1', 'pay_9'),
				reason: fc.constant('not_mine'),
				at: past(9),
				acknowledged: fc.boolean(),
				raised: fc.boolean(),
			},
			{ requiredKeys: ['ref', 'reason', 'at', 'acknowledged', 'raised'] },
		),
		{ maxLength: 2, selector: (one) => one.ref },
	),
	highDeductible: fc.boolean(),
	planType: fc.constantFrom('ppo', 'hdhp'),
	thresholds: fc.subarray([5000, 40_000]),
	above: fc.subarray([5000, 20_000]),
	matched: fc.subarray(['old', 'high_deductible', 'recurring', 'silent']),
	openLadders: fc.subarray(['large', 'late']),
	nextStatementOn: days(-2, 6),
	pendingEvents: fc.subarray([
		{ key: 'account_flagged:acc_1:flag_1', type: 'account_flagged' as const, at: NOW },
		{ key: 'payment_failed:acc_1:pay_1:failed:soft', type: 'payment_failed' as const, at: NOW },
		{ key: 'balance_overdue:acc_1:a@7', type: 'balance_overdue' as const, at: NOW },
		{ key: 'balance_over_threshold:acc_1:20000:5', type: 'balance_over_threshold' as const, at: NOW },
		{ key: 'payment_plan_due:acc_1:pln_1:1:missed', type: 'payment_plan_due' as const, at: NOW },
	]),
};

export const richAccounts = fc.record(facts, optional).map((changes) => account(changes as Partial<AccountFacts>));

/** Every part of it does something. */
export const RICH_POLICY: Policy = {
	...DEFAULT_POLICY,
	closures: ['2026-11-27'],
	rules: [
		{
			id: 'old',
			label: 'Old and large',
			when: { all: [{ any: [{ fact: 'oldest_days', op: '>', value: 20 }] }, { any: [{ fact: 'balance', op: '>=', value: 50 }] }] },
		},
		{
			id: 'silent',
			label: 'Silent for long',
			when: {
				all: [
					{
						any: [
							{ fact: 'days_since_payment', op: '>=', value: 15 },
							{ fact: 'messages_30_days', op: '<', value: 1 },
						],
					},
				],
			},
			message: 'own_words',
		},
	],
	escalation: {
		...DEFAULT_POLICY.escalation,
		ladders: [
			{ id: 'large', when: { minimum_amount: 300, days: 20 }, severity: 'high' },
			{ id: 'late', when: { deadline_days: 10 }, severity: 'normal' },
			{ id: 'unheard', when: { attempts: 1, delivery_failures: 1 }, severity: 'low' },
		],
	},
};
