import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../shared/contracts/policy.ts';
import { ABSOLUTE_HOLDS, type Channel, HOLD_REASONS, type HoldReason, type LineState } from '../../shared/contracts/words.ts';
import { type AccountFacts, compilePolicy, type HoldFacts, type InvoiceFacts, type LineFacts } from '../../shared/rules/index.ts';
import { account, codes, contact, DAY, decide, HOUR, invoice, iso, NOW, policyWith, without } from './account.ts';

const hold = (reason: HoldReason, changes: Partial<HoldFacts> = {}): HoldFacts => ({ reason, since: NOW - HOUR, ...changes });
const line = (number: number, state: LineFacts['state'], patientMinor = 0): LineFacts => ({
	line: number,
	state,
	chargeMinor: 10_000,
	paidMinor: 0,
	patientMinor,
});
const emailAt = (...ago: number[]) => ago.map((length) => ({ at: NOW - length, channel: 'email' as const }));
const callAt = (...ago: number[]) => ago.map((length) => ({ at: NOW - length, channel: 'voice' as const }));
const withInvoice = (changes: Partial<InvoiceFacts>, more: Partial<AccountFacts> = {}): AccountFacts => account({ invoices: [invoice(changes)], ...more });
const unknownShare = (changes: Partial<InvoiceFacts> = {}): InvoiceFacts => without(invoice(changes), 'finalShare');
const noAnchor = (changes: Partial<InvoiceFacts> = {}): InvoiceFacts => without(invoice(changes), 'firstNoticeDate');

describe('an account on which nothing stands against a message', () => {
	test('gets the message of the latest milestone, by the first channel, with one fallback', () => {
		expect(decide(account()).reminder).toEqual({
			verdict: 'send',
			message: 'reminder_2',
			days: 15,
			channel: 'email',
			fallback: 'sms',
			amountMinor: 8420,
			covers: ['inv_1'],
			occasions: [{ key: 'balance_overdue:acc_1:inv_1@15', type: 'balance_overdue' }],
			reasons: [],
		});
	});

	test('raises one event for that milestone', () => {
		const decision = decide(account());
		expect(decision.events).toEqual([
			{
				type: 'balance_overdue',
				key: 'balance_overdue:acc_1:inv_1@15',
				amountMinor: 8420,
				invoices: ['inv_1'],
				days: 15,
				message: 'reminder_2',
				summary: '$84.20 is unpaid 15 days after the first notice.',
				reasons: ['$84.20: 16 days since 2026-11-08, the 15 day step is reached.'],
			},
		]);
		expect(decision.raised).toEqual({ inv_1: 15 });
	});

	test("may be contacted, carries the policy's hash and is due again at the next milestone's midnight", () => {
		const decision = decide(account());
		expect([decision.canContact, decision.blocked, decision.policyHash, decision.eligibleMinor, decision.totalMinor]).toEqual([true, [], 'hash_1', 8420, 8420]);
		expect(iso(decision.nextReviewAt)).toBe('2026-12-08T05:00:00.000Z');
	});
});

describe('absolute holds', () => {
	test.each(ABSOLUTE_HOLDS.map((reason) => [reason]))('%s stops every message and opens no work', (reason) => {
		const decision = decide(account({ holds: [hold(reason)] }));
		expect(decision.reminder.verdict).toBe('hold');
		expect(codes(decision)).toEqual([`hold_${reason}`]);
		expect([decision.canContact, decision.eligibleMinor, decision.work]).toEqual([false, 0, []]);
		expect(decision.reminder.reasons[0]?.remedy).toBe(
			'No message may go out while this hold stands. Staff release it only when the fact turns out to be wrong.',
		);
	});

	test('no request gets through one', () => {
		for (const request of [
			{ message: 'reminder_1' },
			{ message: 'own_words' },
			{ because: { type: 'payment_failed' as const } },
			{ channel: 'letter' as const },
			{ invoices: ['inv_1'] },
		]) {
			expect(decide(account({ holds: [hold('bankruptcy')] }), { request }).reminder.verdict, JSON.stringify(request)).toBe('hold');
		}
	});

	test.each([
		['bankruptcy', true],
		['deceased', true],
		['attorney', true],
		['qmb', false],
		['never_bill', false],
		['dispute', false],
		['gfe_dispute', false],
		['promise', true],
	] as const)('%s: a step crossed before it raises an event: %s', (reason, raises) => {
		expect(decide(account({ holds: [hold(reason)] })).events.length > 0).toBe(raises);
	});

	test('one on an invoice leaves the others', () => {
		const decision = decide(account({ invoices: [invoice(), invoice({ ref: 'inv_2', amountMinor: 500 })], holds: [hold('qmb', { invoice: 'inv_1' })] }));
		expect([decision.eligibleMinor, decision.canContact, decision.reminder.covers, decision.events[0]?.invoices]).toEqual([500, true, ['inv_2'], ['inv_2']]);
	});

	test('every hold reason has its sentence', () => {
		for (const reason of Object.keys(HOLD_REASONS) as HoldReason[]) {
			// An import only delays; mail that came back stops letters alone.
			if (reason === 'import_settling' || reason === 'returned_mail') continue;
			const decision = decide(account({ holds: [hold(reason)] }));
			expect(codes(decision)).toEqual([`hold_${reason}`]);
		}
	});
});

describe('other holds', () => {
	test('hold until they are released', () => {
		const decision = decide(account({ holds: [hold('staff_review')] }));
		expect(decision.reminder.reasons).toEqual([
			{ code: 'hold_staff_review', text: 'Reminders are on hold: Waiting for staff.', remedy: 'Release the hold with Resume Reminders when it is settled.' },
		]);
		expect(decision.nextReviewAt).toBeUndefined();
	});

	test('with an end say when, and are looked at again then', () => {
		const until = NOW + 5 * DAY;
		const decision = decide(account({ holds: [hold('promise', { until })] }));
		expect(decision.reminder.reasons[0]).toEqual({
			code: 'hold_promise',
			text: 'Reminders are on hold: Promised to pay.',
			remedy: 'The hold ends on 2026-11-29 11:00 (America/New_York), or when staff release it with Resume Reminders.',
			until,
		});
		expect([decision.reminder.verdict, decision.nextReviewAt]).toEqual(['hold', until]);
	});

	test('that ended or have not begun do not count, but the one to come is looked at again', () => {
		const decision = decide(account({ holds: [hold('promise', { until: NOW }), hold('other', { since: NOW + HOUR })] }));
		expect([decision.reminder.verdict, decision.nextReviewAt]).toEqual(['send', NOW + HOUR]);
	});

	test('two on one invoice give both reasons once, whatever their order', () => {
		const holds = [
			hold('promise'),
			hold('coding_review'),
			hold('coding_review', { since: NOW - 2 * HOUR }),
			hold('coding_review', { invoice: 'inv_1' }),
			hold('coding_review', { until: NOW + DAY }),
		];
		expect(codes(decide(account({ holds })))).toEqual(['hold_coding_review', 'hold_promise']);
		expect(decide(account({ holds: holds.toReversed() }))).toEqual(decide(account({ holds })));
	});

	test('stop the ladder on the day they began', () => {
		const decision = decide(withInvoice({ raisedDays: 7, remindedDays: 7 }, { holds: [hold('coding_review', { since: Date.parse('2026-11-20T15:00:00Z') })] }));
		expect([decision.events, decision.raised]).toEqual([[], {}]);
		expect(decision.trace.find((entry) => entry.rule === 'ladder')?.text).toBe('Day 12 on the ladder, stopped by a hold: the 7 day step is reached.');
	});

	test('the earliest of several stops it', () => {
		const decision = decide(account({ holds: [hold('promise', { since: NOW - 3 * DAY }), hold('coding_review', { since: NOW - DAY })] }));
		expect(decision.trace.find((entry) => entry.rule === 'ladder')?.text).toBe('Day 13 on the ladder, stopped by a hold: the 7 day step is reached.');
	});
});

describe('what may be asked for', () => {
	test('with lines: the final ones, while a denied line pauses', () => {
		const decision = decide(
			withInvoice({ amountMinor: 9000, lines: [line(1, 'adjudicated', 3000), line(2, 'denied_open', 4000), line(3, 'final_patient', 500)] }),
		);
		expect([decision.eligibleMinor, decision.reminder.amountMinor, decision.totalMinor, decision.events[0]?.amountMinor]).toEqual([3500, 3500, 9000, 3500]);
	});

	test('lines never ask for more than the invoice', () => {
		expect(decide(withInvoice({ amountMinor: 1000, lines: [line(1, 'adjudicated', 3000)] })).eligibleMinor).toBe(1000);
	});

	test('lines decide even where the share was not said to be final', () => {
		expect(decide(account({ invoices: [unknownShare({ lines: [line(1, 'final_patient', 8000)] })] })).eligibleMinor).toBe(8000);
	});

	test('an empty list of lines is no line', () => {
		expect(decide(withInvoice({ lines: [] })).eligibleMinor).toBe(8420);
	});

	test.each([
		['pending', 'waiting_insurance'],
		['crossover', 'waiting_insurance'],
		['corrected', 'waiting_insurance'],
		['reversed', 'waiting_insurance'],
		['final_writeoff', 'nothing_owed'],
		['never_bill', 'hold_never_bill'],
		['denied_open', 'denied_claim'],
		['in_appeal', 'denied_claim'],
	] as const)('a line that is %s is not asked for and raises nothing: %s', (state, code) => {
		const decision = decide(withInvoice({ lines: [line(1, state, 8420)] }));
		expect([decision.eligibleMinor, decision.events, decision.raised]).toEqual([0, [], {}]);
		expect(codes(decision)).toEqual([code]);
	});

	test('of several lines the one that somebody must still act on says why: staff before the payer, the payer before nobody', () => {
		const why = (...states: LineState[]) => codes(decide(withInvoice({ lines: states.map((state, index) => line(index + 1, state, 8420)) })));
		expect([why('never_bill', 'pending', 'denied_open'), why('final_writeoff', 'never_bill', 'pending'), why('final_writeoff', 'never_bill')]).toEqual([
			['denied_claim'],
			['waiting_insurance'],
			['hold_never_bill'],
		]);
		expect(codes(decide(withInvoice({ lines: [line(1, 'adjudicated', 0)] })))).toEqual(['nothing_owed']);
	});

	test('a share that is not final waits for insurance', () => {
		const decision = decide(withInvoice({ finalShare: false }));
		expect([codes(decision), decision.events]).toEqual([['waiting_insurance'], []]);
	});

	test('an unknown share holds and is work, yet the event states the amount', () => {
		const decision = decide(account({ invoices: [unknownShare()] }));
		expect([codes(decision), decision.canContact, decision.events[0]?.amountMinor]).toEqual([['unknown_final_share'], false, 8420]);
		expect(decision.reminder.reasons[0]?.unknownFact).toBe(true);
		expect(decision.work).toEqual([
			{
				cause: 'unknown_final_share',
				reason: 'unknown_final_share',
				title: 'Say whether the amount is the final patient share',
				severity: 'normal',
				amountMinor: 8420,
			},
		]);
	});

	test('an unknown share of one invoice is work while the other goes on', () => {
		const decision = decide(account({ invoices: [invoice(), unknownShare({ ref: 'inv_2' })] }));
		expect([decision.reminder.verdict, decision.reminder.covers, decision.work.map((work) => work.cause)]).toEqual([
			'send',
			['inv_1'],
			['unknown_final_share'],
		]);
	});

	test('a disputed invoice is not owed as it stands', () => {
		const decision = decide(withInvoice({ disputed: true }));
		expect([codes(decision), decision.events, decision.work]).toEqual([['disputed'], [], []]);
	});

	test('an account without an open invoice owes nothing and is never due', () => {
		const decision = decide(account({ invoices: [], holds: [hold('promise', { until: NOW + DAY })] }));
		expect([codes(decision), decision.totalMinor, decision.nextReviewAt]).toEqual([['nothing_owed'], 0, undefined]);
	});

	test('below the minimum nothing is sent and nothing raised', () => {
		const decision = decide(withInvoice({ amountMinor: 99 }));
		expect([codes(decision), decision.events]).toEqual([['below_minimum'], []]);
		expect(decision.reminder.reasons[0]?.text).toBe('$0.99 is below the smallest balance for a message ($1.00).');
		expect(decide(withInvoice({ amountMinor: 100 })).reminder.verdict).toBe('send');
	});

	test('a minimum that the currency can not express is rounded up', () => {
		const policy = policyWith({ minimum: { message: 0.5, paper: 5, staff: 25 } });
		expect(decide(withInvoice({ amountMinor: 1 }, { currency: 'JPY' }), { policy }).reminder.verdict).toBe('send');
		expect(decide(withInvoice({ amountMinor: 49 }), { policy }).reminder.verdict).toBe('hold');
	});
});

describe('credits', () => {
	const two = [
		invoice({ ref: 'new', amountMinor: 3000, firstNoticeDate: '2026-11-15' }),
		invoice({ ref: 'old', amountMinor: 2000, firstNoticeDate: '2026-11-01' }),
	];

	test('pay the oldest first', () => {
		const decision = decide(account({ invoices: two, creditMinor: 2500 }));
		expect([decision.eligibleMinor, decision.totalMinor, decision.reminder.covers]).toEqual([2500, 2500, ['new']]);
		expect(decision.events[0]?.invoices).toEqual(['new']);
	});

	test('that cover everything suppress everything', () => {
		const decision = decide(account({ invoices: two, creditMinor: 5000 }));
		expect([codes(decision), decision.totalMinor, decision.events]).toEqual([['credit_balance'], 0, []]);
		expect(decide(account({ invoices: two, creditMinor: 9000 })).totalMinor).toBe(0);
	});

	test('take invoices of the same day by their reference, and those without a day last', () => {
		const decision = decide(
			account({ invoices: [noAnchor({ ref: 'a' }), noAnchor({ ref: 'b' }), invoice({ ref: 'd' }), invoice({ ref: 'c' })], creditMinor: 8420 }),
		);
		expect(decision.reminder.covers).toEqual(['d']);
	});

	test('never lift an amount that is held', () => {
		expect(decide(account({ invoices: [unknownShare()], creditMinor: 420 })).eligibleMinor).toBe(0);
	});
});

describe('the ladder', () => {
	test.each([
		['2026-11-18', 0, undefined],
		['2026-11-17', 7, 'reminder_1'],
		['2026-11-09', 15, 'reminder_2'],
		['2026-10-26', 15, 'reminder_2'],
		['2026-10-25', 30, 'reminder_3'],
		['2026-01-01', 30, 'reminder_3'],
	])('a first notice on %s has reached day %i', (firstNoticeDate, days, message) => {
		const decision = decide(withInvoice({ firstNoticeDate }));
		expect([decision.raised['inv_1'] ?? 0, decision.reminder.message]).toEqual([days, message]);
	});

	test("the day turns at the practice's midnight, not at UTC's", () => {
		const facts = withInvoice({ firstNoticeDate: '2026-11-17', asOf: Date.parse('2026-11-24T00:00:00Z') });
		expect(decide(facts, { now: Date.parse('2026-11-24T04:59:59Z') }).raised).toEqual({});
		expect(decide(facts, { now: Date.parse('2026-11-24T05:00:00Z') }).raised).toEqual({ inv_1: 7 });
	});

	test('days of 23 and 25 hours are days', () => {
		const spring = withInvoice({ firstNoticeDate: '2026-03-02' });
		expect(decide(spring, { now: Date.parse('2026-03-09T03:59:59Z') }).raised).toEqual({});
		expect(decide(spring, { now: Date.parse('2026-03-09T04:00:00Z') }).raised).toEqual({ inv_1: 7 });
		const autumn = withInvoice({ firstNoticeDate: '2026-10-26' });
		expect(decide(autumn, { now: Date.parse('2026-11-02T04:59:59Z') }).raised).toEqual({});
		expect(decide(autumn, { now: Date.parse('2026-11-02T05:00:00Z') }).raised).toEqual({ inv_1: 7 });
	});

	test('days on hold do not count', () => {
		expect(decide(withInvoice({ pausedDays: 2 })).raised).toEqual({ inv_1: 7 });
		expect(iso(decide(withInvoice({ pausedDays: 2 })).nextReviewAt)).toBe('2026-11-25T05:00:00.000Z');
	});

	test('what was raised and sent is not again, and never falls', () => {
		const decision = decide(withInvoice({ raisedDays: 15, remindedDays: 15 }));
		expect([decision.events, decision.raised, codes(decision)]).toEqual([[], {}, ['not_due']]);
		const higher = decide(withInvoice({ raisedDays: 30, remindedDays: 30 }));
		expect([higher.events, higher.raised, codes(higher)]).toEqual([[], {}, ['not_due']]);
	});

	test('events and messages keep separate positions', () => {
		expect(decide(withInvoice({ raisedDays: 15 })).reminder.message).toBe('reminder_2');
		expect(decide(withInvoice({ remindedDays: 15 })).events[0]?.days).toBe(15);
	});

	test('what is owed anew after it was paid raises an event of its own, with a key of its own', () => {
		const againSince = Date.parse('2026-11-01T15:00:00Z');
		expect(decide(withInvoice({ againSince })).events[0]?.key).toBe(`balance_overdue:acc_1:inv_1#${againSince}@15`);
	});

	test('several invoices make one event, for the highest milestone, over those newly crossed', () => {
		const decision = decide(
			account({
				invoices: [
					invoice({ ref: 'b', amountMinor: 1000, firstNoticeDate: '2026-10-20' }),
					invoice({ ref: 'a', amountMinor: 2000, firstNoticeDate: '2026-11-15' }),
					invoice({ ref: 'c', amountMinor: 4000, raisedDays: 15, remindedDays: 15 }),
				],
			}),
		);
		expect(decision.events.map(({ key, days, amountMinor, message }) => ({ key, days, amountMinor, message }))).toEqual([
			{ key: 'balance_overdue:acc_1:a@7,b@30', days: 30, amountMinor: 3000, message: 'reminder_3' },
		]);
		expect(decision.raised).toEqual({ a: 7, b: 30 });
		expect([decision.reminder.covers, decision.reminder.amountMinor]).toEqual([['b', 'a'], 3000]);
	});

	test('a balance without a first notice ages from its due date, and says so', () => {
		const decision = decide(account({ invoices: [noAnchor({ dueDate: '2026-11-17' })] }));
		expect(decision.events[0]?.summary).toBe('$84.20 is unpaid 7 days after the due date.');
	});

	test('the policy may age from the due date alone', () => {
		const policy = policyWith({ anchor: 'due_date' });
		expect(decide(withInvoice({ dueDate: '2026-11-16' }), { policy }).events[0]?.summary).toBe('$84.20 is unpaid 7 days after the due date.');
		expect(codes(decide(account(), { policy }))).toEqual(['unknown_anchor']);
	});

	test.each([
		['no day', noAnchor()],
		['a day that is none', invoice({ firstNoticeDate: '2026-02-30' })],
	])('%s: the age is unknown, which holds and is work', (_, only) => {
		const decision = decide(account({ invoices: [only] }));
		expect([codes(decision), decision.canContact, decision.events, decision.nextReviewAt]).toEqual([['unknown_anchor'], true, [], undefined]);
		expect(decision.work.map((work) => work.cause)).toEqual(['unknown_anchor']);
	});

	test('not yet due says when', () => {
		const decision = decide(withInvoice({ raisedDays: 15, remindedDays: 15 }));
		expect(decision.reminder.reasons[0]).toEqual({
			code: 'not_due',
			text: 'No step of the ladder is due: the next is at 30 days.',
			remedy: 'Nothing to do: the next step is due on 2026-12-08 00:00 (America/New_York).',
			until: Date.parse('2026-12-08T05:00:00Z'),
		});
	});

	test('after the last step it says that staff take over', () => {
		const decision = decide(withInvoice({ firstNoticeDate: '2026-10-20', raisedDays: 30, remindedDays: 30 }));
		expect(decision.reminder.reasons[0]).toEqual({
			code: 'not_due',
			text: 'No step of the ladder is due, and none is left.',
			remedy: 'Staff take it from here.',
		});
	});

	test('of several invoices the next to be due is named', () => {
		const reminded = { raisedDays: 15, remindedDays: 15 };
		const decision = decide(
			account({ invoices: [invoice(reminded), invoice({ ref: 'inv_2', firstNoticeDate: '2026-11-20' }), invoice({ ref: 'inv_3', ...reminded })] }),
		);
		expect(iso(decision.reminder.reasons[0]?.until)).toBe('2026-11-27T05:00:00.000Z');
	});

	test('the baseline of an import is what was crossed by age alone', () => {
		const facts = account({
			invoices: [
				invoice(),
				invoice({ ref: 'young', firstNoticeDate: '2026-11-23' }),
				noAnchor({ ref: 'unknown' }),
				invoice({ ref: 'old', firstNoticeDate: '2025-01-01', disputed: true }),
			],
		});
		expect(compilePolicy(DEFAULT_POLICY, 'h').baseline(facts, NOW)).toEqual({ inv_1: 15, old: 30 });
	});

	test('no backlog fires once the baseline is recorded', () => {
		const facts = withInvoice({ firstNoticeDate: '2025-01-01' });
		const base = compilePolicy(DEFAULT_POLICY, 'h').baseline(facts, NOW)['inv_1'] ?? 0;
		const decision = decide(withInvoice({ firstNoticeDate: '2025-01-01', raisedDays: base, remindedDays: base }));
		expect([decision.events, decision.reminder.verdict]).toEqual([[], 'hold']);
	});
});

describe('channels and consent', () => {
	test('the first channel of the policy that may be used', () => {
		const decision = decide(account({ contacts: [contact('sms'), contact('letter')] }));
		expect([decision.reminder.channel, decision.reminder.fallback]).toEqual(['sms', 'letter']);
	});

	test('no fallback when the policy wants none, or when the channel was asked for', () => {
		expect(decide(account(), { policy: policyWith({ fallback: false }) }).reminder.fallback).toBeUndefined();
		const { channel, fallback } = decide(account(), { request: { channel: 'sms' } }).reminder;
		expect([channel, fallback]).toEqual(['sms', undefined]);
	});

	test.each([
		['consent_revoked', { consent: 'revoked' }],
		['unknown_consent', { consent: 'unknown' }],
		['contact_invalid', { valid: false }],
		['channel_not_served', { served: false }],
	] as const)('%s stops the channel', (code, changes) => {
		const decision = decide(account({ contacts: [contact('sms', changes)] }), { request: { channel: 'sms' } });
		expect([codes(decision), decision.reminder.verdict, decision.reminder.channel]).toEqual([[code], 'hold', undefined]);
	});

	test('unknown consent is work', () => {
		const decision = decide(account({ contacts: [contact('email', { consent: 'unknown' }), contact('sms', { consent: 'unknown' })] }));
		expect(codes(decision)).toEqual(['unknown_consent', 'no_contact']);
		expect(decision.reminder.reasons[0]?.text).toBe('No consent to billing messages is recorded: E-mail, Text message.');
		expect(decision.work.map((work) => work.cause)).toEqual(['unknown_consent']);
	});

	test('a channel that needs no consent goes on without, but never against a refusal', () => {
		expect(decide(account({ contacts: [contact('letter', { consent: 'unknown' })] })).reminder.channel).toBe('letter');
		expect(codes(decide(account({ contacts: [contact('letter', { consent: 'revoked' })] })))).toEqual(['no_contact', 'consent_revoked']);
	});

	test('of two numbers the one that works is used, and the better one explains', () => {
		const bad = contact('email', { valid: false });
		expect(decide(account({ contacts: [bad, contact('email')] })).reminder.channel).toBe('email');
		const contacts = [bad, contact('email', { consent: 'unknown' })];
		expect(codes(decide(account({ contacts }), { request: { channel: 'email' } }))).toEqual(['unknown_consent']);
		expect(decide(account({ contacts: contacts.toReversed() }))).toEqual(decide(account({ contacts })));
	});

	test('carriers refuse texts of third-party collectors', () => {
		const policy = policyWith({ role: 'debt_collector', channels: ['sms'] });
		expect(codes(decide(account(), { policy }))).toEqual(['sms_collector']);
		expect(decide(account(), { policy: policyWith({ role: 'servicer', channels: ['sms'] }) }).reminder.channel).toBe('sms');
	});

	test('paper has a minimum of its own', () => {
		const contacts = [contact('letter'), contact('fax')];
		expect(codes(decide(withInvoice({ amountMinor: 499 }, { contacts }), { request: { channel: 'letter' } }))).toEqual(['below_paper_minimum']);
		expect(codes(decide(withInvoice({ amountMinor: 499 }, { contacts }), { request: { channel: 'fax' } }))).toEqual(['below_paper_minimum']);
		expect(decide(withInvoice({ amountMinor: 500 }, { contacts }), { request: { channel: 'letter' } }).reminder.verdict).toBe('send');
	});
});

describe('stale balances', () => {
	test('72 hours are fresh, a second more is not', () => {
		expect(decide(withInvoice({ asOf: NOW - 72 * HOUR })).reminder.verdict).toBe('send');
		const decision = decide(withInvoice({ asOf: NOW - 72 * HOUR - 1000 }));
		expect([codes(decision), decision.canContact]).toEqual([['stale_balance'], false]);
		expect(decision.reminder.reasons[0]?.text).toBe('The balance was confirmed 72 hours ago, longer than the 72 that the policy allows.');
		expect(decision.events).toHaveLength(1);
	});

	test('the oldest of what the message covers counts, and nothing else', () => {
		const old = invoice({ ref: 'old', asOf: NOW - 100 * HOUR, remindedDays: 15 });
		expect(decide(account({ invoices: [invoice(), old] })).reminder.verdict).toBe('send');
		expect(codes(decide(account({ invoices: [invoice(), { ...old, remindedDays: 0 }] })))).toEqual(['stale_balance']);
	});
});

describe('what only time stands against', () => {
	test('an import that settles', () => {
		const decision = decide(account({ holds: [hold('import_settling', { since: NOW - 10 * 60_000 })] }));
		expect([decision.reminder.verdict, codes(decision), iso(decision.reminder.sendAt), decision.canContact]).toEqual([
			'wait',
			['settling'],
			'2026-11-24T16:20:00.000Z',
			true,
		]);
		expect(decide(account({ holds: [hold('import_settling', { until: NOW + HOUR })] })).reminder.sendAt).toBe(NOW + HOUR);
		expect(decide(account({ holds: [hold('import_settling', { since: NOW - 30 * 60_000 })] })).reminder.verdict).toBe('send');
		expect(decide(account({ holds: [hold('import_settling', { since: NOW + 60_000 })] })).reminder.verdict).toBe('send');
	});

	test('silence after a payment and after a reply', () => {
		const paid = decide(account({ lastPaymentAt: NOW - 2 * DAY }));
		expect([paid.reminder.verdict, codes(paid), iso(paid.reminder.sendAt)]).toEqual(['wait', ['cooldown_payment'], '2026-11-25T16:00:00.000Z']);
		const wrote = decide(account({ lastReplyAt: NOW - 40 * HOUR }));
		expect([wrote.reminder.verdict, codes(wrote), iso(wrote.reminder.sendAt)]).toEqual(['wait', ['cooldown_reply'], '2026-11-25T00:00:00.000Z']);
		expect(decide(account({ lastPaymentAt: NOW - 3 * DAY, lastReplyAt: NOW - 48 * HOUR })).reminder.verdict).toBe('send');
	});

	test('one a day, until the next midnight and the next decent hour', () => {
		const decision = decide(account({ history: emailAt(3 * HOUR) }));
		expect([decision.reminder.verdict, codes(decision), iso(decision.reminder.sendAt), decision.nextReviewAt]).toEqual([
			'wait',
			['cap_day'],
			'2026-11-25T13:00:00.000Z',
			decision.reminder.sendAt,
		]);
		expect(decision.blocked[0]?.text).toBe('The guarantor heard from the practice once today; the policy allows 1.');
	});

	test('a day is a day on every clock that the guarantor may live by', () => {
		// 01:00 in New York, yet still the evening of the same day in Los Angeles when it went out.
		const facts = account({ zones: ['America/New_York', 'America/Los_Angeles'], history: [{ at: Date.parse('2026-11-24T06:00:00Z'), channel: 'sms' }] });
		expect(codes(decide(facts, { now: Date.parse('2026-11-24T17:00:00Z') }))).toEqual(['cap_day']);
		expect(iso(decide(facts, { now: Date.parse('2026-11-24T17:00:00Z') }).blocked[0]?.until)).toBe('2026-11-25T08:00:00.000Z');
		expect(decide(account({ history: [{ at: Date.parse('2026-11-24T04:30:00Z'), channel: 'sms' }] })).reminder.verdict).toBe('send');
	});

	test('two in 7 rolling days, across all channels', () => {
		const decision = decide(account({ history: [...emailAt(2 * DAY), ...callAt(6 * DAY)] }));
		expect([codes(decision), iso(decision.reminder.sendAt)]).toEqual([['cap_7_days'], '2026-11-25T16:00:00.000Z']);
		const leaving = decide(account({ history: emailAt(2 * DAY, 7 * DAY) }));
		expect([leaving.reminder.verdict, codes(leaving)]).toEqual(['send', []]);
	});

	test('with more than the cap in the window, enough must leave it', () => {
		const decision = decide(account({ history: emailAt(2 * DAY, 6 * DAY, 3 * DAY) }));
		expect(iso(decision.reminder.sendAt)).toBe('2026-11-28T16:00:00.000Z');
	});

	test('six in 30 rolling days', () => {
		const decision = decide(account({ history: emailAt(8 * DAY, 9 * DAY, 10 * DAY, 12 * DAY, 20 * DAY, 29 * DAY) }));
		expect([codes(decision), iso(decision.reminder.sendAt)]).toEqual([['cap_30_days'], '2026-11-25T16:00:00.000Z']);
	});

	test('a cap of none is no wait', () => {
		const caps = { ...DEFAULT_POLICY.caps, per_day: 0, per_7_days: 0 };
		const decision = decide(account(), { policy: policyWith({ caps }) });
		expect([decision.reminder.verdict, codes(decision), decision.canContact]).toEqual(['hold', ['cap_day', 'cap_7_days'], false]);
		expect(decision.reminder.reasons[0]?.remedy).toBe('The policy allows none at all: change its caps.');
	});

	test('a call over its caps comes after every other channel, and waits when it is alone', () => {
		const policy = policyWith({ channels: ['voice', 'email'], caps: { ...DEFAULT_POLICY.caps, per_day: 5, per_7_days: 9 } });
		const contacts = [contact('voice'), contact('email')];
		const free = decide(account({ contacts }), { policy }).reminder;
		expect([free.channel, free.fallback]).toEqual(['voice', 'email']);
		const capped = decide(account({ contacts, history: callAt(HOUR) }), { policy }).reminder;
		expect([capped.channel, capped.fallback, capped.verdict]).toEqual(['email', undefined, 'send']);
		const alone = decide(account({ contacts: [contact('voice')], history: callAt(HOUR, 2 * DAY, 3 * DAY) }), { policy });
		expect([alone.reminder.channel, codes(alone), iso(alone.reminder.sendAt)]).toEqual([
			'voice',
			['voice_cap_day', 'voice_cap_7_days'],
			'2026-11-28T16:00:00.000Z',
		]);
		expect(alone.blocked.map((why) => why.text)).toEqual([
			'The guarantor was called once today; the policy allows 1.',
			'The guarantor was called 3 times in 7 days; the policy allows 3.',
		]);
	});

	test('one message a day on each channel, however many the policy allows in all', () => {
		const policy = policyWith({
			channels: ['email', 'sms', 'voice'],
			caps: { ...DEFAULT_POLICY.caps, per_day: 5, voice_per_day: 5, per_7_days: 9, voice_per_7_days: 9 },
		});
		const today = (...used: Channel[]) => used.map((channel) => ({ at: NOW - HOUR, channel }));
		const reminded = (...used: Channel[]) => {
			const { reminder } = decide(account({ contacts: [contact('email'), contact('sms'), contact('voice')], history: today(...used) }), { policy });
			return [reminder.verdict, reminder.channel, reminder.fallback, reminder.reasons.map((why) => why.code), iso(reminder.sendAt)];
		};
		expect(reminded('email')).toEqual(['send', 'sms', 'voice', [], undefined]);
		expect(reminded('email', 'sms')).toEqual(['send', 'voice', undefined, [], undefined]);
		// Midnight has passed by then, and the hours have begun.
		expect(reminded('email', 'sms', 'voice')).toEqual(['wait', 'email', undefined, ['channel_day'], '2026-11-25T13:00:00.000Z']);
		const told = decide(account({ history: today('email') }), { policy, request: { channel: 'email' } }).reminder.reasons[0]?.text;
		expect(told).toBe('The guarantor had a message today by this channel already: E-mail.');
	});

	test('hours', () => {
		const night = Date.parse('2026-11-24T03:00:00Z');
		const decision = decide(withInvoice({ asOf: night }), { now: night });
		expect([decision.reminder.verdict, codes(decision), iso(decision.reminder.sendAt), decision.canContact]).toEqual([
			'wait',
			['hours'],
			'2026-11-24T13:00:00.000Z',
			true,
		]);
	});

	test('an unknown zone holds and is work', () => {
		const decision = decide(account({ zones: [] }));
		expect([decision.reminder.verdict, codes(decision), decision.canContact, decision.work.map((work) => work.cause)]).toEqual([
			'hold',
			['unknown_zone'],
			false,
			['unknown_zone'],
		]);
	});

	test('zones without a common hour hold', () => {
		const policy = policyWith({ hours: { start: '09:00', end: '10:00', sunday: true } });
		expect(codes(decide(account({ zones: ['America/New_York', 'Pacific/Honolulu'] }), { policy }))).toEqual(['no_common_hour']);
	});

	test('a letter has no hour', () => {
		const night = Date.parse('2026-11-24T03:00:00Z');
		expect(decide(withInvoice({ asOf: night }, { contacts: [contact('letter')], zones: [] }), { now: night }).reminder.verdict).toBe('send');
	});

	test('all reasons are given, those that pass last', () => {
		const decision = decide(account({ contacts: [], history: emailAt(HOUR), lastReplyAt: NOW - HOUR }));
		expect(codes(decision)).toEqual(['no_contact', 'cooldown_reply', 'cap_day']);
		expect(decision.reminder.verdict).toBe('hold');
		expect(decision.reminder.sendAt).toBeUndefined();
	});
});

describe('requests', () => {
	const reminded = { raisedDays: 15, remindedDays: 15 };

	test('a step by its name, when it is due', () => {
		const { message, days, verdict } = decide(account(), { request: { message: 'reminder_1' } }).reminder;
		expect([message, days, verdict]).toEqual(['reminder_1', 7, 'send']);
	});

	test('a step that went out already', () => {
		const decision = decide(withInvoice(reminded), { request: { message: 'reminder_2' } });
		expect(decision.reminder.reasons).toEqual([
			{
				code: 'already_reminded',
				text: 'The 15 day message went out already.',
				remedy: 'Nothing to do: the next step is due on 2026-12-08 00:00 (America/New_York).',
				until: Date.parse('2026-12-08T05:00:00Z'),
			},
		]);
		const last = decide(withInvoice({ firstNoticeDate: '2026-10-01', raisedDays: 30, remindedDays: 30 }), { request: { message: 'reminder_3' } });
		expect(last.reminder.reasons[0]?.remedy).toBe('No further step is left on the ladder.');
	});

	test('the fallback of a message that did not get through repeats its step', () => {
		const { message, days, verdict, covers } = decide(withInvoice(reminded), { request: { message: 'reminder_2', repeat: true } }).reminder;
		expect([message, days, verdict, covers]).toEqual(['reminder_2', 0, 'send', ['inv_1']]);
	});

	test('a step that is not due names its day', () => {
		const decision = decide(account(), { request: { message: 'reminder_3' } });
		expect([codes(decision), decision.reminder.message, iso(decision.reminder.reasons[0]?.until)]).toEqual([
			['not_due'],
			'reminder_3',
			'2026-12-08T05:00:00.000Z',
		]);
		expect(codes(decide(account({ invoices: [noAnchor()] }), { request: { message: 'reminder_1' } }))).toEqual(['unknown_anchor']);
	});

	test('a message that two steps share means the higher one that is due', () => {
		const policy = policyWith({
			milestones: [
				{ days: 7, message: 'nudge' },
				{ days: 15, message: 'nudge' },
				{ days: 30, message: 'nudge' },
			],
		});
		expect(decide(account(), { policy, request: { message: 'nudge' } }).reminder.days).toBe(15);
	});

	test("a message of the practice's own is outside the ladder", () => {
		const { message, days, verdict, covers } = decide(withInvoice(reminded), { request: { message: 'plan_offer' } }).reminder;
		expect([message, days, verdict, covers]).toEqual(['plan_offer', 0, 'send', ['inv_1']]);
	});

	test('a failed payment has its own message and no milestone', () => {
		const { message, days, verdict, amountMinor } = decide(withInvoice(reminded), { request: { because: { type: 'payment_failed' } } }).reminder;
		expect([message, days, verdict, amountMinor]).toEqual(['payment_failed', 0, 'send', 8420]);
	});

	test('an overdue event whose message went out', () => {
		const because = { type: 'balance_overdue' as const, days: 15 };
		expect(codes(decide(withInvoice(reminded), { request: { because } }))).toEqual(['already_reminded']);
		expect(codes(decide(withInvoice({ firstNoticeDate: '2026-11-23' }), { request: { because } }))).toEqual(['not_due']);
		expect(decide(account(), { request: { because: { ...because, days: 7 } } }).reminder.days).toBe(15);
		expect(codes(decide(withInvoice(reminded), { request: { because: { type: 'claim_denied' } } }))).toEqual(['not_due']);
	});

	test('only the invoices that were named', () => {
		const facts = account({ invoices: [invoice(), invoice({ ref: 'inv_2', amountMinor: 90 }), invoice({ ref: 'inv_3', disputed: true })] });
		const one = decide(facts, { request: { invoices: ['inv_1'] } }).reminder;
		expect([one.verdict, one.covers, one.amountMinor]).toEqual(['send', ['inv_1'], 8420]);
		expect(codes(decide(facts, { request: { invoices: ['inv_2'] } }))).toEqual(['below_minimum']);
		expect(codes(decide(facts, { request: { invoices: ['inv_3'] } }))).toEqual(['disputed']);
		expect(codes(decide(facts, { request: { invoices: ['inv_1', 'inv_9'] } }))).toEqual(['invoice_not_found']);
		expect(decide(facts, { request: { invoices: ['inv_1', 'inv_1'] } }).reminder.verdict).toBe('send');
	});
});

describe('other events', () => {
	const payment = { ref: 'pay_1', status: 'failed' as const, amountMinor: 5000, at: NOW - HOUR, raised: false };

	test('a payment that failed is told, with its cause', () => {
		const [, event] = decide(account({ payments: [{ ...payment, invoice: 'inv_1', code: 'insufficient_funds' }] })).events;
		expect(event).toEqual({
			type: 'payment_failed',
			key: 'payment_failed:acc_1:pay_1:failed:soft',
			amountMinor: 5000,
			invoices: ['inv_1'],
			message: 'payment_failed',
			payment: 'pay_1',
			stage: 'soft',
			summary: 'A payment of $50.00 failed.',
			reasons: ['Cause: insufficient funds (insufficient_funds).', 'It may be tried again; ask for another way to pay meanwhile.'],
		});
	});

	test('one that came back says so in words', () => {
		const [, event] = decide(account({ payments: [{ ...payment, status: 'returned', code: 'R02' }] })).events;
		expect([event?.summary, event?.reasons, event?.invoices]).toEqual([
			'A payment of $50.00 was returned.',
			['Cause: account closed (R02).', 'The account can not be debited: ask for the right account or another way to pay.'],
			[],
		]);
		expect(decide(account({ payments: [payment] })).events[1]?.reasons).toEqual(['The processor gave no cause.']);
	});

	test.each([
		['succeeded', { status: 'succeeded' }],
		['disputed', { status: 'disputed' }],
		['told already', { raised: true }],
		['to be tried again by the vendor', { willRetry: true }],
	] as const)('a payment that is %s raises nothing', (_, changes) => {
		expect(decide(account({ payments: [{ ...payment, ...changes }] })).events.map((event) => event.type)).toEqual(['balance_overdue']);
	});

	test('several come in the order of their numbers', () => {
		const decision = decide(
			account({
				payments: [
					{ ...payment, ref: 'b' },
					{ ...payment, ref: 'a' },
					{ ...payment, ref: 'a' },
				],
			}),
		);
		expect(decision.events.slice(1).map((event) => event.payment)).toEqual(['a', 'a', 'b']);
	});

	test('a denied claim names payer, lines and category, once per set of lines', () => {
		const claim = {
			ref: 'clm_1',
			payer: 'Aetna',
			lines: [{ ...line(3, 'denied_open'), category: 'fix_resubmit' }, line(1, 'adjudicated', 500), line(2, 'denied_open')],
			raisedLines: [],
		};
		const [, event] = decide(account({ claims: [claim] })).events;
		expect(event).toEqual({
			type: 'claim_denied',
			key: 'claim_denied:acc_1:clm_1:2,3',
			amountMinor: 20_000,
			invoices: [],
			claim: 'clm_1',
			lines: [2, 3],
			summary: 'Aetna denied 2 lines of a claim: $200.00.',
			reasons: ['Aetna denied line 2, $100.00: not classified.', 'Aetna denied line 3, $100.00: fix resubmit.'],
		});
		const later = decide(account({ claims: [{ ...claim, raisedLines: [3] }] })).events[1];
		expect([later?.key, later?.summary]).toEqual(['claim_denied:acc_1:clm_1:2', 'Aetna denied 1 line of a claim: $100.00.']);
		expect(decide(account({ claims: [{ ...claim, raisedLines: [2, 3] }] })).events).toHaveLength(1);
	});

	test('a balance that fell to zero is told once', () => {
		const paid = decide(account({ invoices: [invoice({ amountMinor: 0, asOf: NOW })], previousMinor: 8420, lastPaymentAt: NOW - HOUR }));
		expect(paid.events).toEqual([
			{
				type: 'balance_paid',
				key: `balance_paid:acc_1:${NOW}`,
				amountMinor: 8420,
				invoices: ['inv_1'],
				summary: 'The balance of $84.20 is paid or credited.',
				reasons: ['The balance of $84.20 is paid or credited.'],
			},
		]);
		expect(decide(account({ invoices: [], previousMinor: 8420 })).events.map((event) => event.key)).toEqual(['balance_paid:acc_1:0']);
		expect(decide(account({ previousMinor: 8420 })).events.map((event) => event.type)).toEqual(['balance_overdue']);
		expect(decide(account({ invoices: [], previousMinor: 0 })).events).toEqual([]);
	});
});

describe('staff work', () => {
	const old = { firstNoticeDate: '2026-10-10', raisedDays: 30, remindedDays: 30 };

	test('an old unpaid balance, once', () => {
		expect(decide(withInvoice(old)).work).toEqual([
			{ cause: 'unpaid_45:acc_1', reason: 'unpaid_45', title: '$84.20 is unpaid after 45 days', severity: 'normal', amountMinor: 8420 },
		]);
		expect(decide(withInvoice(old, { workOpen: true })).work).toEqual([]);
	});

	test.each([
		['below the minimum', withInvoice({ ...old, amountMinor: 2499 })],
		['a day early', withInvoice({ ...old, firstNoticeDate: '2026-10-11' })],
		['the guarantor died', withInvoice(old, { holds: [hold('deceased')] })],
		['disputed', withInvoice({ ...old, disputed: true })],
	])('none when %s', (_, facts) => {
		expect(decide(facts).work).toEqual([]);
	});

	test('its day is a day to look again, while no work is open', () => {
		const facts = withInvoice({ ...old, firstNoticeDate: '2026-10-11' });
		expect(iso(decide(facts).nextReviewAt)).toBe('2026-11-25T05:00:00.000Z');
		expect(decide({ ...facts, workOpen: true }).nextReviewAt).toBeUndefined();
	});

	test('nothing too small to ask for is work', () => {
		expect(decide(account({ invoices: [unknownShare({ amountMinor: 99 })], zones: [] })).work).toEqual([]);
		expect(
			decide(account({ invoices: [unknownShare({ amountMinor: 0 })], zones: [] }), { policy: policyWith({ minimum: { message: 0, paper: 0, staff: 0 } }) })
				.work,
		).toEqual([]);
	});

	test('one item for an unknown fact, however many invoices have it', () => {
		expect(decide(account({ invoices: [unknownShare(), unknownShare({ ref: 'inv_2' })] })).work.map((work) => [work.cause, work.amountMinor])).toEqual([
			['unknown_final_share', 16_840],
		]);
	});
});

describe('the trace', () => {
	test('holds each rule, what it saw and what it said', () => {
		const { trace } = decide(account());
		expect(trace.find((entry) => entry.rule === 'ladder')).toEqual({
			rule: 'ladder',
			outcome: 'pass',
			subject: 'inv_1',
			text: 'Day 16 on the ladder: the 15 day step is reached.',
			leaves: [
				{ fact: 'age_days', op: '>=', expected: 30, actual: 16, ok: false },
				{ fact: 'age_days', op: '>=', expected: 15, actual: 16, ok: true },
			],
		});
		expect(trace.find((entry) => entry.rule === 'cap_7_days')?.leaves).toEqual([{ fact: 'messages_7_days', op: '<', expected: 2, actual: 0, ok: true }]);
		expect(trace.find((entry) => entry.rule === 'eligibility')?.leaves).toEqual([
			{ fact: 'disputed', op: '=', expected: false, actual: false, ok: true },
			{ fact: 'final_patient_share', op: '=', expected: true, actual: true, ok: true },
			{ fact: 'active_holds', op: '=', expected: 0, actual: 0, ok: true },
		]);
	});

	test('an unknown fact is written as unknown', () => {
		const { trace } = decide(account({ invoices: [unknownShare()], contacts: [contact('email', { consent: 'unknown' })] }));
		expect(trace.find((entry) => entry.rule === 'eligibility')?.leaves).toContainEqual({
			fact: 'final_patient_share',
			op: '=',
			expected: true,
			actual: undefined,
			ok: undefined,
		});
		expect(trace.find((entry) => entry.rule === 'channel_email')?.leaves).toContainEqual({
			fact: 'consent',
			op: '=',
			expected: 'granted',
			actual: undefined,
			ok: undefined,
		});
	});
});
