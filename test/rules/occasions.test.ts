import { describe, expect, test } from 'vitest';
import type { EventType } from '../../shared/contracts/words.ts';
import type { AccountFacts } from '../../shared/rules/index.ts';
import { account, codes, contact, DAY, decide, HOUR, invoice, iso, NOW, policyWith } from './account.ts';

/** A payment failed, the 15 day step is reached, a visit leaves something, the threshold is passed, and a rule begins to be met. */
const busy = (changes: Partial<AccountFacts> = {}): AccountFacts =>
	account({
		invoices: [invoice({ amountMinor: 60_000, asOf: NOW })],
		payments: [{ ref: 'pay_1', status: 'failed', amountMinor: 5000, at: NOW, raised: false, code: 'insufficient_funds' }],
		appointments: [{ ref: 'apt_1', completedAt: NOW - 2 * DAY, residualMinor: 2000, certain: true, raised: false }],
		highDeductible: true,
		above: [],
		matched: [],
		...changes,
	});

const KEYS = {
	payment: 'payment_failed:acc_1:pay_1:failed:soft',
	overdue: 'balance_overdue:acc_1:inv_1@15',
	visit: 'appointment_balance_due:acc_1:apt_1',
	threshold: `balance_over_threshold:acc_1:20000:${NOW}`,
	rule: `rule_matched:acc_1:high_deductible:${NOW}`,
};
const TYPES: Record<keyof typeof KEYS, EventType> = {
	payment: 'payment_failed',
	overdue: 'balance_overdue',
	visit: 'appointment_balance_due',
	threshold: 'balance_over_threshold',
	rule: 'rule_matched',
};
const all = Object.keys(KEYS) as (keyof typeof KEYS)[];

describe('several triggers of one day', () => {
	test('make one message: the words of the most important, and all of them named', () => {
		const { events, reminder } = decide(busy());
		expect(events.map((event) => event.key).sort()).toEqual(Object.values(KEYS).sort());
		expect(reminder).toEqual({
			verdict: 'send',
			message: 'payment_failed',
			days: 15,
			channel: 'email',
			fallback: 'sms',
			amountMinor: 60_000,
			covers: ['inv_1'],
			occasions: all.map((name) => ({ key: KEYS[name], type: TYPES[name] })),
			reasons: [],
		});
	});

	test('leave one entry in the trace that names them', () => {
		expect(decide(busy()).trace.find(({ rule }) => rule === 'occasions')).toEqual({
			rule: 'occasions',
			outcome: 'pass',
			text: 'The message answers 5 events: payment failed, balance overdue, appointment balance due, balance over threshold, rule matched.',
			leaves: [{ fact: 'events_answered', op: '>', expected: 0, actual: 5, ok: true }],
		});
		expect(decide(account()).trace.find(({ rule }) => rule === 'occasions')?.text).toBe('The message answers one event: balance overdue.');
	});

	test('whichever of them asks first, the message is the same', () => {
		const recorded = busy({
			invoices: [invoice({ amountMinor: 60_000, asOf: NOW, raisedDays: 15 })],
			payments: [{ ref: 'pay_1', status: 'failed', amountMinor: 5000, at: NOW, raised: true, code: 'insufficient_funds' }],
			appointments: [{ ref: 'apt_1', completedAt: NOW - 2 * DAY, residualMinor: 2000, certain: true, raised: true }],
			above: [20_000],
			matched: ['high_deductible'],
			pendingEvents: all.map((name) => ({ key: KEYS[name], type: TYPES[name], at: NOW })).reverse(),
		});
		for (const name of all) {
			const { reminder } = decide(recorded, { request: { because: { type: TYPES[name], key: KEYS[name] } } });
			expect([reminder.message, reminder.occasions.map(({ key }) => key)]).toEqual(['payment_failed', Object.values(KEYS)]);
		}
	});

	test('once it went out, each of them is answered', () => {
		const history = [{ at: NOW - HOUR, channel: 'email' as const, occasions: Object.values(KEYS) }];
		for (const name of all)
			expect(codes(decide(busy({ history }), { request: { because: { type: TYPES[name], key: KEYS[name] } } }))).toEqual(['already_covered']);
		expect(codes(decide(busy({ history }), { request: { message: 'reminder_2', because: { type: 'balance_overdue', key: KEYS.overdue } } }))).toEqual([
			'already_covered',
		]);
	});

	test('what was answered before is not named again', () => {
		const history = [{ at: NOW - 2 * DAY, channel: 'email' as const, occasions: [KEYS.payment, KEYS.visit] }];
		expect(decide(busy({ history })).reminder).toMatchObject({
			message: 'reminder_2',
			occasions: [{ key: KEYS.overdue }, { key: KEYS.threshold }, { key: KEYS.rule }],
		});
	});

	test('a message that did not get through is repeated by its fallback all the same', () => {
		const history = [{ at: NOW - HOUR, channel: 'email' as const, failed: true, occasions: [KEYS.overdue] }];
		const policy = policyWith({ caps: { per_day: 2, per_7_days: 3, per_30_days: 6, voice_per_day: 1, voice_per_7_days: 3 } });
		const request = { message: 'reminder_2', repeat: true as const, channel: 'sms' as const, because: { type: 'balance_overdue' as const, key: KEYS.overdue } };
		expect(decide(busy({ history }), { policy, request }).reminder).toMatchObject({ verdict: 'send', message: 'reminder_2', channel: 'sms' });
	});

	test('an event of the evening that still stands is told in the morning', () => {
		const facts = account({
			invoices: [invoice({ remindedDays: 15, raisedDays: 15 })],
			payments: [{ ref: 'pay_1', status: 'failed', amountMinor: 5000, at: NOW - 14 * HOUR, raised: true, code: 'insufficient_funds' }],
			pendingEvents: [{ key: KEYS.payment, type: 'payment_failed', at: NOW - 14 * HOUR }],
		});
		expect(decide(facts).reminder).toMatchObject({ verdict: 'send', message: 'payment_failed', days: 0, occasions: [{ key: KEYS.payment }] });
		const paid = { ...facts, payments: facts.payments.map((one) => ({ ...one, status: 'succeeded' as const })) };
		expect(codes(decide(paid))).toEqual(['not_due']);
	});

	test('an overdue event whose step went out is no occasion any more', () => {
		const facts = account({
			invoices: [invoice({ raisedDays: 15, remindedDays: 15 })],
			payments: [{ ref: 'pay_1', status: 'failed', amountMinor: 5000, at: NOW, raised: false }],
			pendingEvents: [{ key: KEYS.overdue, type: 'balance_overdue', at: NOW, days: 15 }],
		});
		expect(decide(facts).reminder.occasions.map(({ type }) => type)).toEqual(['payment_failed']);
	});

	test('words chosen by name answer what asked for them and the step they are, nothing else', () => {
		const named = (message: string) => decide(busy(), { request: { message, because: { type: 'payment_failed', key: KEYS.payment } } }).reminder;
		expect(named('own_words')).toMatchObject({ message: 'own_words', days: 0, occasions: [{ key: KEYS.payment, type: 'payment_failed' }] });
		expect(named('reminder_2').occasions.map(({ key }) => key)).toEqual([KEYS.payment, KEYS.overdue]);
	});

	test('a message that is held answers nothing', () => {
		expect(decide(busy({ contacts: [] })).reminder).toMatchObject({ verdict: 'hold', occasions: [] });
		expect(decide(busy({ history: [{ at: NOW - HOUR, channel: 'email' }] })).reminder).toMatchObject({ verdict: 'wait', occasions: { length: 5 } });
	});

	test('a payment that staff must look at first is not answered by another message', () => {
		const facts = busy({ payments: [{ ref: 'pay_1', status: 'returned', amountMinor: 5000, at: NOW, raised: false, code: 'R10' }] });
		expect(decide(facts).reminder.occasions.map(({ type }) => type)).toEqual([
			'balance_overdue',
			'appointment_balance_due',
			'balance_over_threshold',
			'rule_matched',
		]);
	});

	test('a denial asks for insurance details where its category does, and for nothing else', () => {
		const claim = (category: string) => ({
			ref: 'clm_1',
			payer: 'Aetna',
			raisedLines: [1],
			lines: [{ line: 1, state: 'denied_open' as const, chargeMinor: 100, paidMinor: 0, patientMinor: 0, category }],
		});
		const asked = (category: string) => decide(account({ claims: [claim(category)] }), { request: { because: { type: 'claim_denied' } } }).reminder;
		expect(asked('eligibility')).toMatchObject({ verdict: 'send', message: 'insurance_update', amountMinor: 0, covers: [] });
		expect(asked('cob').message).toBe('insurance_update');
		expect(asked('coding').message).toBe('reminder_2');
		expect(asked('never_heard_of').message).toBe('reminder_2');
	});
});

describe('a letter near a statement', () => {
	const paper = (nextStatementOn: string) => account({ contacts: [contact('letter')], nextStatementOn });
	test.each([
		['2026-11-24', 'send', undefined],
		['2026-11-25', 'wait', '2026-11-25T05:00:00.000Z'],
		['2026-11-27', 'wait', '2026-11-27T05:00:00.000Z'],
		['2026-11-28', 'send', undefined],
		['2026-02-30', 'send', undefined],
	])('on %s: %s', (day, verdict, at) => {
		const decision = decide(paper(day));
		expect([decision.reminder.verdict, iso(decision.reminder.sendAt)]).toEqual([verdict, at]);
	});

	test('goes with it, and says so', () => {
		expect(decide(paper('2026-11-27')).reminder.reasons).toEqual([
			{
				code: 'statement',
				text: 'A statement goes out in a few days: the letter goes with it.',
				remedy: 'Nothing to do: it may go out on 2026-11-27 00:00 (America/New_York).',
				until: Date.parse('2026-11-27T05:00:00Z'),
			},
		]);
	});

	test('only a step of the ladder waits, only on paper, and never past what holds it', () => {
		expect(decide(paper('2026-11-27'), { request: { message: 'own_words' } }).reminder.verdict).toBe('send');
		expect(decide({ ...paper('2026-11-27'), contacts: [contact('email')] }).reminder.verdict).toBe('send');
		const stale = { ...paper('2026-11-27'), invoices: [invoice({ asOf: NOW - 9 * DAY })] };
		expect(codes(decide(stale))).toEqual(['stale_balance', 'statement']);
		expect(decide(stale).reminder.verdict).toBe('hold');
		const capped = {
			...paper('2026-11-25'),
			history: [
				{ at: NOW - DAY, channel: 'email' as const },
				{ at: NOW - 2 * DAY, channel: 'email' as const },
			],
		};
		expect(iso(decide(capped).reminder.sendAt)).toBe('2026-11-29T16:00:00.000Z');
	});
});
