import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../shared/contracts/policy.ts';
import { type CheckInput, checkReminderRules, compilePolicy, explain, explainRules } from '../../shared/rules/index.ts';
import { account, HOUR, invoice, NOW } from './account.ts';

const input = (changes: Partial<CheckInput> = {}): CheckInput => ({
	amount: 84.2,
	days_overdue: 16,
	has_consent: 'yes',
	insurance_final: 'yes',
	state: 'NY',
	...changes,
});
const check = (changes: Partial<CheckInput> = {}) => checkReminderRules(input(changes), NOW);

describe('checking a balance that a flow describes', () => {
	test('allowed', () => {
		expect(check()).toEqual({
			allowed: true,
			decision: 'send',
			reasons_text: 'A reminder may be sent.',
			next_possible_at: '2026-11-24T16:00:00.000Z',
			message: 'reminder_2',
			what_would_change_it: '',
		});
	});

	test('not due yet: says when it will be', () => {
		expect(check({ days_overdue: 3 })).toEqual({
			allowed: false,
			decision: 'hold',
			reasons_text: 'No step of the ladder is due: the next is at 7 days.',
			next_possible_at: '2026-11-28T05:00:00.000Z',
			message: '',
			what_would_change_it: 'Nothing to do: the next step is due on 2026-11-28 00:00 (America/New_York).',
		});
	});

	test('outside the hours it waits', () => {
		expect(check({ state: 'HI' })).toMatchObject({ allowed: false, decision: 'wait', next_possible_at: '2026-11-24T18:00:00.000Z', message: 'reminder_2' });
	});

	test.each<[string, Partial<CheckInput>, string]>([
		['no consent', { has_consent: 'no' }, 'The guarantor opted out: E-mail, Text message.'],
		['unknown consent', { has_consent: 'unknown' }, 'No consent to billing messages is recorded: E-mail, Text message.'],
		['no consent for the channel', { has_consent: 'no', channel: 'voice' }, 'The guarantor opted out: Phone call.'],
		['insurance open', { insurance_final: 'no' }, 'Insurance may still change the amount.'],
		['insurance unknown', { insurance_final: 'unknown' }, 'Nobody has said whether the amount is the final patient share.'],
		['disputed', { disputed: true }, 'The amount is disputed.'],
		['denied', { denied_claim_open: true }, 'The claim is denied and not settled: what the patient owes is not known yet.'],
		['on hold', { on_hold: true }, 'Reminders are on hold: Waiting for staff.'],
		['bankrupt or deceased', { bankruptcy_or_deceased: true }, 'Bankruptcy or death is reported: messages must stop.'],
		['no place', { state: '' }, 'The time zone of the guarantor is not known, so no hour is known to be decent.'],
		['no day', { days_overdue: undefined }, 'Neither a first notice nor a due date is recorded, so the balance has no age.'],
		['nothing owed', { amount: 0 }, 'Nothing is owed.'],
	])('%s holds', (_, changes, text) => {
		expect(check(changes)).toMatchObject({ allowed: false, decision: 'hold', reasons_text: text, next_possible_at: '' });
	});

	test('a channel that needs no consent', () => {
		expect(check({ channel: 'letter', has_consent: 'unknown', state: undefined })).toMatchObject({ allowed: true });
	});

	test('contacts of today and of the week count against the caps, as late as they can have been', () => {
		expect(check({ messages_today: 1 })).toMatchObject({ decision: 'wait', next_possible_at: '2026-11-25T13:00:00.000Z' });
		expect(check({ messages_last_7_days: 2 })).toMatchObject({ decision: 'wait', next_possible_at: '2026-12-01T13:00:00.000Z' });
		expect(check({ messages_last_7_days: 1, messages_today: 0 })).toMatchObject({ decision: 'send' });
		expect(check({ messages_last_7_days: 1, messages_today: 1, channel: 'sms' }).reasons_text).toBe(
			'The guarantor heard from the practice once today; the policy allows 1.',
		);
	});

	test('the zone that a flow knows, and the area code beside it', () => {
		expect(check({ time_zone: 'America/Chicago', state: undefined })).toMatchObject({ allowed: true });
		expect(check({ time_zone: 'America/New_York', state: undefined, area_code: '808' })).toMatchObject({
			decision: 'wait',
			next_possible_at: '2026-11-24T18:00:00.000Z',
		});
		expect(check({ time_zone: 'America/New_York', state: 'HI' })).toMatchObject({ decision: 'wait' });
		expect(check({ state: undefined, area_code: '212' })).toMatchObject({ allowed: true });
	});

	test('a due date instead of days, and an amount in another currency', () => {
		expect(check({ days_overdue: undefined, due_date: '2026-11-17', currency: 'cad' })).toMatchObject({ allowed: true, message: 'reminder_1' });
		expect(check({ days_overdue: undefined, due_date: '' })).toMatchObject({ decision: 'hold' });
	});

	test.each<[Partial<CheckInput>, string]>([
		[{ amount: -1 }, '"amount" must be a decimal amount of 0 or more, such as 84.20.'],
		[{ amount: 1.001 }, '"amount" must be a decimal amount of 0 or more, such as 84.20.'],
		[{ due_date: '2026-02-30', days_overdue: undefined }, '"due_date" must be a real date such as 2026-11-24.'],
		[{ time_zone: 'EST5' }, '"time_zone" must be an IANA name such as America/New_York.'],
		[{ area_code: '60' }, '"area_code" must be the three digits of the area code, such as 602.'],
	])('%j is refused by field', (changes, message) => {
		expect(() => check(changes)).toThrow(message);
	});
});

describe('explaining a decision', () => {
	const lines = (facts: ReturnType<typeof account>): string[] => explain(compilePolicy(DEFAULT_POLICY, 'h').decide(facts, NOW), facts);

	test('what goes out, and by which rules', () => {
		const told = lines(account());
		expect(told.slice(0, 3)).toEqual([
			'$84.20 is owed; $84.20 of it may be asked for now.',
			'The message "reminder_2" over $84.20 may go out now by e-mail.',
			'Event: $84.20 is unpaid 15 days after the first notice.',
		]);
		expect(told.at(-1)).toBe('It is looked at again on 2026-12-08 00:00 (America/New_York).');
	});

	test('each rule, for who wants to know', () => {
		expect(explainRules(compilePolicy(DEFAULT_POLICY, 'h').decide(account(), NOW))).toContain(
			'Rule ladder (inv_1) passes: Day 16 on the ladder: the 15 day step is reached.',
		);
	});

	test('nothing to ask for is not also called too little for paper', () => {
		const facts = account({ invoices: [invoice({ disputed: true })], contacts: [{ channel: 'letter', valid: true, served: true, consent: 'unknown' }] });
		expect(
			compilePolicy(DEFAULT_POLICY, 'h')
				.decide(facts, NOW)
				.blocked.map((why) => why.code),
		).not.toContain('below_paper_minimum');
	});

	test('why it waits', () => {
		const told = lines(account({ history: [{ at: NOW - HOUR, channel: 'email' }] }));
		expect(told[1]).toBe('The message "reminder_2" over $84.20 may go out by e-mail on 2026-11-25 08:00 (America/New_York).');
		expect(told[2]).toBe(
			'The guarantor heard from the practice once today; the policy allows 1. Nothing to do: it may go out on 2026-11-25 00:00 (America/New_York).',
		);
	});

	test('why nothing goes out, and what staff are asked', () => {
		const told = lines(account({ zones: [], invoices: [invoice({ firstNoticeDate: '2026-11-23' })] }));
		expect(told.slice(0, 4)).toEqual([
			'$84.20 is owed; $84.20 of it may be asked for now.',
			'No message goes out.',
			'No step of the ladder is due: the next is at 7 days. Nothing to do: the next step is due on 2026-11-30 00:00 (America/New_York).',
			'Staff work: Record the state and ZIP code.',
		]);
	});

	test('a paid account is at rest', () => {
		expect(lines(account({ invoices: [] })).at(-1)).toBe('Time alone changes nothing here.');
	});
});
