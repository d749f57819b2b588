import { describe, expect, test } from 'vitest';
import type { Condition } from '../../../shared/contracts/condition.ts';
import { DEFAULT_POLICY, type Policy } from '../../../shared/contracts/policy.ts';
import type { AccountFacts } from '../../../shared/rules/index.ts';
import { account, codes, contact, DAY, decide, invoice, iso, NOW, policyWith } from '../account.ts';

type Comparison = Condition['all'][number]['any'][number];
const rule = (...any: Comparison[]): Policy => policyWith({ rules: [{ id: 'own', label: 'Ours', when: { all: [{ any }] } }] });
const quiet = [invoice({ raisedDays: 15, remindedDays: 15, asOf: NOW })];
const known = (changes: Partial<AccountFacts> = {}) => account({ invoices: quiet, matched: [], ...changes });
const meets = (comparison: Comparison, changes: Partial<AccountFacts> = {}): boolean | undefined => {
	const { trace, matched } = decide(known(changes), { policy: rule(comparison) });
	const text = trace.find((entry) => entry.rule === 'rule_matched' && entry.subject === 'own')?.text;
	return text === 'Whether it meets "Ours" is not known.' ? undefined : matched.includes('own');
};
const claim = (state: 'denied_open' | 'adjudicated') => ({
	ref: 'clm_1',
	payer: 'Aetna',
	raisedLines: [1],
	lines: [{ line: 1, state, chargeMinor: 100, paidMinor: 0, patientMinor: 100 }],
});

describe("a rule of the practice's own", () => {
	test('raises an event when an account begins to meet it, and not again while it does', () => {
		const policy = rule({ fact: 'balance', op: '>=', value: 84.2 });
		expect(decide(known(), { policy }).events).toEqual([
			{
				type: 'rule_matched',
				key: `rule_matched:acc_1:own:${NOW}`,
				amountMinor: 8420,
				invoices: ['inv_1'],
				matched: 'own',
				summary: 'The account meets the rule "Ours" with $84.20 owed.',
				reasons: ['It began to meet "Ours".'],
			},
		]);
		const again = decide(known({ matched: ['own'] }), { policy });
		expect([again.events, again.matched]).toEqual([[], ['own']]);
		expect(again.trace.find(({ subject }) => subject === 'own')?.text).toBe('It meets "Ours", as it did.');
	});

	test('that nobody looked at before has not begun', () => {
		const decision = decide(account({ invoices: quiet }), { policy: rule({ fact: 'balance', op: '>', value: 1 }) });
		expect([decision.events, decision.matched]).toEqual([[], ['own']]);
	});

	test('is forgotten when it is met no longer, and kept while a fact is unknown', () => {
		const policy = rule({ fact: 'plan_type', op: '=', value: 'hdhp' });
		expect(decide(known({ matched: ['own'], planType: 'ppo' }), { policy }).matched).toEqual([]);
		expect(decide(known({ matched: ['own'] }), { policy }).matched).toEqual(['own']);
		const unknown = decide(known(), { policy });
		expect([unknown.events, unknown.matched]).toEqual([[], []]);
		expect(unknown.trace.find(({ subject }) => subject === 'own')).toEqual({
			rule: 'rule_matched',
			outcome: 'skip',
			subject: 'own',
			text: 'Whether it meets "Ours" is not known.',
			leaves: [{ fact: 'plan_type', op: '=', expected: 'hdhp', actual: undefined, ok: undefined }],
		});
	});

	test.each<[Comparison, Partial<AccountFacts>, boolean | undefined]>([
		[{ fact: 'balance', op: '>', value: 84.2 }, {}, false],
		[{ fact: 'eligible', op: '>=', value: 84.2 }, {}, true],
		[{ fact: 'eligible', op: '<', value: 1 }, { invoices: [invoice({ disputed: true })] }, true],
		[{ fact: 'oldest_days', op: '=', value: 16 }, {}, true],
		[{ fact: 'oldest_days', op: '=', value: 0 }, { invoices: [invoice({ disputed: true })] }, true],
		[{ fact: 'oldest_days', op: '>=', value: 1 }, { invoices: [invoice({ firstNoticeDate: '2026-02-30' })] }, undefined],
		[{ fact: 'unpaid_invoices', op: '=', value: 2 }, { invoices: [invoice(), invoice({ ref: 'b' })] }, true],
		[{ fact: 'messages_30_days', op: '>=', value: 1 }, { history: [{ at: NOW - 30 * DAY, channel: 'email' }] }, false],
		[{ fact: 'messages_30_days', op: '>=', value: 1 }, { history: [{ at: NOW - 30 * DAY + 1, channel: 'email' }] }, true],
		[{ fact: 'delivery_failures', op: '>=', value: 1 }, { history: [{ at: NOW - DAY, channel: 'email' }] }, false],
		[{ fact: 'delivery_failures', op: '>=', value: 1 }, { history: [{ at: NOW - DAY, channel: 'email', failed: true }] }, true],
		[{ fact: 'days_since_payment', op: '>=', value: 9 }, {}, undefined],
		[{ fact: 'days_since_payment', op: '>=', value: 9 }, { lastPaymentAt: NOW - 9 * DAY }, true],
		[{ fact: 'days_since_payment', op: '>=', value: 9 }, { lastPaymentAt: NOW - 8 * DAY }, false],
		[{ fact: 'unpaid_cycles', op: '>=', value: 1 }, {}, false],
		[{ fact: 'unpaid_cycles', op: '>=', value: 1 }, { cycles: [{ closedOn: '2026-10-01', unpaidMinor: 2500 }] }, true],
		[{ fact: 'high_deductible', op: '=', value: true }, {}, undefined],
		[{ fact: 'high_deductible', op: '=', value: true }, { highDeductible: true }, true],
		[{ fact: 'state', op: '=', value: 'FL' }, { state: 'FL' }, true],
		[{ fact: 'state', op: '=', value: 'FL' }, {}, undefined],
		[{ fact: 'location', op: '=', value: 'Main Street' }, { location: 'Main Street' }, true],
		[{ fact: 'denied_claim_open', op: '=', value: true }, { claims: [claim('denied_open')] }, true],
		[{ fact: 'denied_claim_open', op: '=', value: true }, { claims: [claim('adjudicated')] }, false],
		[{ fact: 'denied_claim_open', op: '=', value: true }, { invoices: [invoice({ lines: claim('denied_open').lines })] }, true],
		[{ fact: 'on_plan', op: '=', value: true }, {}, false],
		[{ fact: 'on_plan', op: '=', value: true }, { invoices: [invoice({ onPlan: true })] }, true],
		[{ fact: 'on_plan', op: '=', value: true }, { plans: [{ ref: 'p', status: 'active', covers: ['inv_9'], installments: [], brokenRaised: false }] }, true],
		[{ fact: 'on_plan', op: '=', value: true }, { plans: [{ ref: 'p', status: 'cancelled', covers: [], installments: [], brokenRaised: false }] }, false],
	])('%j', (comparison, changes, expected) => {
		expect(meets(comparison, changes)).toBe(expected);
	});

	test('holds in every group, by one comparison of each', () => {
		const policy = policyWith({
			rules: [
				{
					id: 'own',
					label: 'Ours',
					when: {
						all: [
							{
								any: [
									{ fact: 'plan_type', op: '=', value: 'hdhp' },
									{ fact: 'balance', op: '>', value: 50 },
								],
							},
							{ any: [{ fact: 'unpaid_invoices', op: '<', value: 2 }] },
						],
					},
				},
			],
		});
		expect(decide(known(), { policy }).matched).toEqual(['own']);
		expect(decide(known({ invoices: [...quiet, invoice({ ref: 'b' })] }), { policy }).matched).toEqual([]);
	});

	test('with a message of its own sends it; without one it leaves it to the ladder', () => {
		const when = { all: [{ any: [{ fact: 'balance' as const, op: '>' as const, value: 50 }] }] };
		const own = policyWith({ rules: [{ id: 'own', label: 'Ours', when, message: 'call_us' }] });
		expect(decide(known(), { policy: own }).reminder).toMatchObject({ verdict: 'send', message: 'call_us', days: 0, amountMinor: 8420 });
		const silent = policyWith({ rules: [{ id: 'own', label: 'Ours', when }] });
		const because = { type: 'rule_matched' as const, key: `rule_matched:acc_1:own:${NOW}` };
		expect(codes(decide(known(), { policy: silent, request: { because } }))).toEqual(['not_due']);
		expect(decide(account({ matched: ['own'] }), { policy: silent, request: { because } }).reminder).toMatchObject({
			message: 'reminder_2',
			occasions: [{ type: 'balance_overdue' }, { key: because.key, type: 'rule_matched' }],
		});
	});

	test.each([
		['the day its age is reached', rule({ fact: 'oldest_days', op: '>=', value: 20 }), {}, '2026-11-28T05:00:00.000Z'],
		['the day after, which "above" means', rule({ fact: 'oldest_days', op: '>', value: 16 }), {}, '2026-11-25T05:00:00.000Z'],
		['the day since the payment', rule({ fact: 'days_since_payment', op: '>=', value: 9 }), { lastPaymentAt: NOW - 6 * DAY }, '2026-11-27T05:00:00.000Z'],
		[
			'the minute a message no longer counts',
			rule({ fact: 'messages_30_days', op: '<', value: 1 }),
			{ history: [{ at: NOW - 29 * DAY, channel: 'email' as const }] },
			'2026-11-25T16:00:00.000Z',
		],
	])('is looked at again on %s', (_, policy, changes, expected) => {
		expect(iso(decide(known(changes), { policy }).nextReviewAt)).toBe(expected);
	});
});

describe('a high-deductible plan', () => {
	const large = (changes: Partial<AccountFacts> = {}) =>
		known({ invoices: [invoice({ amountMinor: 50_000, firstNoticeDate: '2026-11-22' })], highDeductible: true, ...changes });

	test('is offered a payment plan earlier than the ladder would speak', () => {
		const decision = decide(large());
		expect(decision.events.map(({ matched, message }) => [matched, message])).toEqual([['high_deductible', 'plan_offer']]);
		expect(decision.reminder).toMatchObject({ verdict: 'send', message: 'plan_offer', days: 0, amountMinor: 50_000 });
	});

	test('with the first step the offer takes its place; later steps keep their words', () => {
		const step = (firstNoticeDate: string, matched: string[] = ['high_deductible']) =>
			decide(large({ matched, invoices: [invoice({ amountMinor: 50_000, firstNoticeDate })] })).reminder;
		expect([step('2026-11-17').message, step('2026-11-17').days]).toEqual(['plan_offer', 7]);
		expect(step('2026-11-09').message).toBe('reminder_2');
		expect(step('2026-11-09', []).message).toBe('reminder_2');
	});

	test.each<[string, Partial<AccountFacts>, string[]]>([
		['a cent too little', { invoices: [invoice({ amountMinor: 49_999 })] }, []],
		['another plan', { highDeductible: false }, []],
		['held', { invoices: [invoice({ amountMinor: 50_000, disputed: true })] }, []],
		['enough', {}, ['high_deductible']],
	])('%s', (_, changes, matched) => {
		expect(decide(large(changes)).matched).toEqual(matched);
	});

	test('is never guessed: unknown leaves a trace and no event', () => {
		const facts = large();
		delete facts.highDeductible;
		const decision = decide(facts);
		expect([decision.events, decision.matched]).toEqual([[], []]);
		expect(decision.trace.find(({ subject }) => subject === 'high_deductible')?.text).toBe('Whether it meets "High-deductible plan" is not known.');
	});

	test('needs something to ask for even where the policy asks for no minimum', () => {
		const policy = policyWith({ high_deductible: { minimum: 0 } });
		expect(decide(large({ invoices: [] }), { policy }).matched).toEqual([]);
		expect(decide(large(), { policy }).matched).toEqual(['high_deductible']);
	});
});

describe('a recurring balance', () => {
	const cycle = (closedOn: string, unpaidMinor = 3000) => ({ closedOn, unpaidMinor });
	const visit = (ref: string, days: number, residualMinor?: number, certain = true) => ({
		ref,
		completedAt: NOW - days * DAY,
		...(residualMinor === undefined ? {} : { residualMinor }),
		certain,
		raised: true,
	});
	const three = [cycle('2026-08-01'), cycle('2026-09-01'), cycle('2026-10-01')];
	const found = (changes: Partial<AccountFacts>) => decide(known(changes)).matched;

	test('unpaid in three cycles is told, without a message: it asks for a talk', () => {
		const decision = decide(known({ cycles: three }));
		expect(decision.events.map(({ matched, message, summary }) => [matched, message, summary])).toEqual([
			['recurring', undefined, 'The account meets the rule "Recurring balance" with $84.20 owed.'],
		]);
		expect(codes(decision)).toEqual(['not_due']);
	});

	test.each<[string, Partial<AccountFacts>, string[]]>([
		['two cycles', { cycles: three.slice(1) }, []],
		['a cycle of a year ago', { cycles: [...three.slice(1), cycle('2025-11-24')] }, []],
		['a cycle a day younger', { cycles: [...three.slice(1), cycle('2025-11-25')] }, ['recurring']],
		['a cycle that left too little', { cycles: [...three.slice(1), cycle('2026-08-01', 2499)] }, []],
		['a cycle that was paid', { cycles: [...three.slice(1), cycle('2026-08-01', 0)] }, []],
		['each of the last three visits', { appointments: [visit('a', 3, 2500), visit('b', 40, 2500), visit('c', 80, 2500)] }, ['recurring']],
		['two visits', { appointments: [visit('a', 3, 2500), visit('b', 40, 2500)] }, []],
		['the last visit left nothing', { appointments: [visit('z', 1, 0), visit('a', 3, 2500), visit('b', 40, 2500), visit('c', 80, 2500)] }, []],
		['an older visit left nothing', { appointments: [visit('a', 3, 2500), visit('b', 40, 2500), visit('c', 80, 2500), visit('d', 90, 0)] }, ['recurring']],
	])('%s', (_, changes, matched) => {
		expect(found(changes)).toEqual(matched);
	});

	test('a visit that would decide and is not known makes it unknown', () => {
		const appointments = [visit('a', 3), visit('b', 40, 2500), visit('c', 80, 2500)];
		expect(found({ appointments })).toEqual([]);
		expect(found({ appointments, matched: ['recurring'] })).toEqual(['recurring']);
		expect(found({ appointments: [visit('a', 3, 2500, false), visit('b', 40, 2500), visit('c', 80, 2500)], matched: ['recurring'] })).toEqual(['recurring']);
		expect(found({ appointments: [visit('a', 3), visit('b', 40, 0), visit('c', 80, 2500)], matched: ['recurring'] })).toEqual([]);
	});

	test('is looked at again when a cycle leaves the months', () => {
		expect(iso(decide(known({ invoices: [], cycles: [cycle('2026-01-31')] })).nextReviewAt)).toBe('2027-01-31T05:00:00.000Z');
		const policy = policyWith({ recurring: { ...DEFAULT_POLICY.recurring, months: 13 } });
		expect(iso(decide(known({ invoices: [], cycles: [cycle('2026-01-31'), cycle('2026-02-30')] }), { policy }).nextReviewAt)).toBe('2027-02-28T05:00:00.000Z');
	});
});

describe('an account that is flagged', () => {
	const flag = (purpose: 'reminder' | 'review', raised = false) => ({ ref: 'flag_1', purpose, priority: 'high' as const, at: NOW, raised });

	test('for a reminder sends the words of the step it stands on', () => {
		const decision = decide(known({ flags: [flag('reminder')] }));
		expect(decision.events).toEqual([
			{
				type: 'account_flagged',
				key: 'account_flagged:acc_1:flag_1',
				amountMinor: 8420,
				invoices: ['inv_1'],
				flag: 'flag_1',
				stage: 'reminder',
				summary: 'The account is flagged for a reminder, high priority.',
				reasons: ['The account is flagged for a reminder, high priority.'],
			},
		]);
		expect(decision.reminder).toMatchObject({ verdict: 'send', message: 'reminder_2', days: 0 });
		expect(decision.work).toEqual([]);
	});

	test('before the first step sends the notice', () => {
		expect(decide(known({ flags: [flag('reminder')], invoices: [invoice({ firstNoticeDate: '2026-11-20' })] })).reminder.message).toBe('notice');
	});

	test('for review opens work of its priority and sends nothing', () => {
		const decision = decide(known({ flags: [flag('review')] }));
		expect(decision.work).toEqual([
			{ cause: 'flagged:acc_1:flag_1', reason: 'other', title: 'The account is flagged for review', severity: 'high', amountMinor: 8420 },
		]);
		expect(codes(decision)).toEqual(['not_due']);
	});

	test('is told once; what asks because of it finds it standing', () => {
		expect(decide(known({ flags: [flag('review', true)] })).events).toEqual([]);
		const request = { because: { type: 'account_flagged' as const, key: 'account_flagged:acc_1:flag_1' } };
		expect(decide(known({ flags: [flag('reminder', true)] }), { request }).reminder).toMatchObject({ verdict: 'send', message: 'reminder_2' });
		expect(codes(decide(known(), { request }))).toEqual(['event_over']);
	});

	test('is held by what holds the balance', () => {
		expect(codes(decide(known({ flags: [flag('reminder')], contacts: [contact('sms', { consent: 'revoked' })] })))).toEqual(['no_contact', 'consent_revoked']);
	});
});
