import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { type AccountFacts, compilePolicy, type InvoiceFacts } from '../../../shared/rules/index.ts';
import { account, codes, decide, invoice, NOW, policyWith, without } from '../account.ts';

const young: Partial<InvoiceFacts> = { firstNoticeDate: '2026-11-20', statusOverdue: true };
const keys = (facts: AccountFacts) => decide(facts).events.map((event) => event.key);

describe('what its source calls overdue', () => {
	test('is told once, before any step is reached, and sends nothing by itself', () => {
		const decision = decide(account({ invoices: [invoice(young)] }));
		expect(decision.events).toEqual([
			{
				type: 'balance_overdue',
				key: 'balance_overdue:acc_1:inv_1@status',
				amountMinor: 8420,
				invoices: ['inv_1'],
				stage: 'status',
				summary: '$84.20 is overdue, as the billing system says.',
				reasons: ['$84.20: the billing system says overdue.'],
			},
		]);
		expect([decision.raised, codes(decision)]).toEqual([{}, ['not_due']]);
		expect(keys(account({ invoices: [invoice({ ...young, statusRaised: true })] }))).toEqual([]);
	});

	test.each<[string, Partial<InvoiceFacts>]>([
		['after a step was told', { ...young, raisedDays: 7, pausedDays: 1 }],
		['disputed', { ...young, disputed: true }],
		['on a plan', { ...young, onPlan: true }],
		['not overdue', { ...young, statusOverdue: false }],
	])('is no news %s', (_, changes) => {
		expect(keys(account({ invoices: [invoice(changes)] }))).toEqual([]);
	});

	test('without any day of its own still is', () => {
		expect(keys(account({ invoices: [without(invoice(young), 'firstNoticeDate')] }))).toEqual(['balance_overdue:acc_1:inv_1@status']);
	});

	test('joins the step that another invoice reached, in one event', () => {
		const { events, raised } = decide(account({ invoices: [invoice(young), invoice({ ref: 'inv_2', amountMinor: 1000 })] }));
		expect(events.map(({ key, days, amountMinor, stage }) => [key, days, amountMinor, stage])).toEqual([
			['balance_overdue:acc_1:inv_1@status,inv_2@15', 15, 9420, undefined],
		]);
		expect(raised).toEqual({ inv_2: 15 });
	});

	test('and reached a step counts as that step', () => {
		expect(keys(account({ invoices: [invoice({ statusOverdue: true })] }))).toEqual(['balance_overdue:acc_1:inv_1@15']);
	});
});

describe('where a first import finds an account', () => {
	const compiled = compilePolicy(
		policyWith({ rules: [{ id: 'large', label: 'Large', when: { all: [{ any: [{ fact: 'balance', op: '>', value: 100 }] }] } }] }),
		'h',
	);
	const found = account({
		invoices: [invoice({ amountMinor: 60_000 }), invoice({ ref: 'b', ...young }), invoice({ ref: 'a', ...young })],
		thresholds: [70_000, 90_000],
		highDeductible: true,
	});

	test('is its steps, its thresholds, its rules and what the source calls overdue', () => {
		expect(compiled.begin(found, NOW)).toEqual({
			raised: { inv_1: 15 },
			statusRaised: ['a', 'b'],
			above: [20_000, 70_000],
			matched: ['high_deductible', 'large'],
		});
		expect(compiled.begin(account({ invoices: [] }), NOW)).toEqual({ raised: {}, statusRaised: [], above: [], matched: [] });
	});

	test('recorded, none of it is told; what comes later is', () => {
		const { raised, above, matched, statusRaised } = compiled.begin(found, NOW);
		const begun: AccountFacts = {
			...found,
			above,
			matched,
			invoices: found.invoices.map((one) => ({
				...one,
				raisedDays: raised[one.ref] ?? 0,
				remindedDays: raised[one.ref] ?? 0,
				statusRaised: statusRaised.includes(one.ref),
			})),
		};
		const first = compiled.decide(begun, NOW);
		expect([first.events, codes(first)]).toEqual([[], ['not_due']]);
		const more = { ...begun, invoices: [...begun.invoices, invoice({ ref: 'c', amountMinor: 30_000, firstNoticeDate: '2026-11-24' })] };
		expect(compiled.decide(more, NOW).events.map((event) => event.thresholdMinor)).toEqual([90_000]);
	});

	test('an account that was not looked at raises neither thresholds nor rules, even unrecorded', () => {
		expect(compiled.decide(found, NOW).events.map(({ type }) => type)).toEqual(['balance_overdue']);
	});

	test('the default policy finds the same', () => {
		expect(compilePolicy(DEFAULT_POLICY, 'h').begin(found, NOW).matched).toEqual(['high_deductible']);
	});
});
