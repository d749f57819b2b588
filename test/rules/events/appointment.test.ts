import { describe, expect, test } from 'vitest';
import type { AccountFacts } from '../../../shared/rules/index.ts';
import { account, DAY, decide, HOUR, invoice, iso, NOW, policyWith } from '../account.ts';

type Visit = NonNullable<AccountFacts['appointments']>[number];
const visit = (changes: Partial<Visit> = {}): Visit => ({
	ref: 'apt_1',
	completedAt: NOW - DAY,
	residualMinor: 3000,
	certain: true,
	raised: false,
	...changes,
});
const quiet = [invoice({ raisedDays: 15, remindedDays: 15 })];
const having = (appointments: Visit[], changes: Partial<AccountFacts> = {}) => account({ invoices: quiet, appointments, ...changes });
const seen = (one: Visit, changes: Partial<AccountFacts> = {}) => decide(having([one], changes)).trace.find(({ rule }) => rule === 'appointment_balance_due');

describe('what an appointment leaves due', () => {
	test('is told 24 hours after the visit, once it is certain', () => {
		const { events, reminder } = decide(having([visit({ invoice: 'inv_1' })]));
		expect(events).toEqual([
			{
				type: 'appointment_balance_due',
				key: 'appointment_balance_due:acc_1:apt_1',
				amountMinor: 3000,
				invoices: ['inv_1'],
				message: 'appointment_balance',
				appointment: 'apt_1',
				summary: 'An appointment leaves $30.00 due.',
				reasons: ['An appointment leaves $30.00 due.', 'The amount is certain: a copay known at the visit, or what the payer left.'],
			},
		]);
		expect([reminder.verdict, reminder.message, reminder.days, reminder.occasions.length]).toEqual(['send', 'appointment_balance', 0, 1]);
	});

	test('a minute too early waits, and is looked at again when it may be told', () => {
		const decision = decide(having([visit({ completedAt: NOW - DAY + 60_000 })]));
		expect([decision.events, iso(decision.nextReviewAt)]).toEqual([[], '2026-11-24T16:01:00.000Z']);
		expect(seen(visit({ completedAt: NOW - HOUR }))).toMatchObject({ outcome: 'wait', text: 'It is told 24 hours after the visit.', until: NOW + 23 * HOUR });
	});

	test.each<[string, Visit, string]>([
		['an estimate', visit({ certain: false }), 'What it leaves due is not certain yet: neither a known copay nor an answer of the payer.'],
		[
			'an amount nobody knows',
			{ ref: 'apt_1', completedAt: NOW - DAY, certain: true, raised: false },
			'What it leaves due is not certain yet: neither a known copay nor an answer of the payer.',
		],
		['nothing', visit({ residualMinor: 0 }), 'It leaves nothing that is worth telling.'],
		['less than the smallest balance', visit({ residualMinor: 99 }), 'It leaves nothing that is worth telling.'],
		['told already', visit({ raised: true }), 'It was told already.'],
	])('%s raises nothing', (_, one, text) => {
		expect(seen(one)?.text).toBe(text);
		expect(decide(having([one])).events).toEqual([]);
	});

	test('is never more than what is still owed of its invoice', () => {
		const amounts = (amountMinor: number) =>
			decide(having([visit({ invoice: 'inv_1' })], { invoices: [invoice({ amountMinor, raisedDays: 15 })] })).events.map((event) => event.amountMinor);
		expect([amounts(8420), amounts(2000), amounts(0)]).toEqual([[3000], [2000], []]);
	});

	test('an invoice that is not recorded yet does not matter for a copay that is known', () => {
		expect(decide(having([visit({ invoice: 'inv_9' })])).events[0]?.amountMinor).toBe(3000);
	});

	test('is not told while an installment plan covers its invoice', () => {
		expect(decide(having([visit({ invoice: 'inv_1' })], { invoices: [invoice({ onPlan: true })] })).events).toEqual([]);
	});

	test('without a smallest balance still needs an amount', () => {
		const policy = policyWith({ minimum: { message: 0, paper: 0, staff: 0 } });
		expect(decide(having([visit({ residualMinor: 0 })]), { policy }).events).toEqual([]);
		expect(decide(having([visit({ residualMinor: 1 })]), { policy }).events).toHaveLength(1);
	});

	test('asked for after it was told, it stands until it is paid', () => {
		const because = { type: 'appointment_balance_due' as const, key: 'appointment_balance_due:acc_1:apt_1' };
		expect(decide(having([visit({ raised: true })]), { request: { because } }).reminder).toMatchObject({ verdict: 'send', message: 'appointment_balance' });
		const paid = having([visit({ raised: true, residualMinor: 0 })]);
		expect(decide(paid, { request: { because } }).reminder.reasons[0]?.code).toBe('event_over');
	});
});
