import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../shared/contracts/policy.ts';
import type { Channel } from '../../../shared/contracts/words.ts';
import type { AccountFacts, PastContact } from '../../../shared/rules/index.ts';
import { account, codes, contact, DAY, decide, HOUR, invoice, iso, NOW, policyWith, without } from '../account.ts';

/** The policy's own caps out of the way. */
const caps = { per_day: 50, per_7_days: 50, per_30_days: 50, voice_per_day: 50, voice_per_7_days: 50 };
const loose = (changes: Partial<Policy> = {}): Policy => policyWith({ caps, ...changes });
const past = (channel: Channel, ago: number, changes: Partial<PastContact> = {}): PastContact => ({ at: NOW - ago, channel, ...changes });
const old = (changes = {}) => invoice({ dueDate: '2026-10-01', ...changes });
const inMassachusetts = (history: PastContact[], changes: Partial<AccountFacts> = {}): AccountFacts =>
	account({ places: ['MA'], invoices: [old()], contacts: [contact('sms'), contact('voice'), contact('email')], history, ...changes });
const bySms = { policy: loose(), request: { channel: 'sms' as const } };

describe('Massachusetts: two calls or texts in 7 days about one debt', () => {
	test('the third waits until the first is 7 days old', () => {
		const decision = decide(inMassachusetts([past('sms', DAY), past('voice', 3 * DAY)]), bySms);
		expect([decision.reminder.verdict, codes(decision), iso(decision.reminder.sendAt)]).toEqual(['wait', ['cap_debt'], '2026-11-28T16:00:00.000Z']);
		expect(decision.reminder.reasons[0]?.text).toBe('The guarantor heard of this debt 2 times in 7 days; the law allows 2 (MA-2IN7).');
		const entry = decision.trace.find((found) => found.rule === 'cap_debt' && found.subject === 'inv_1');
		expect([entry?.outcome, entry?.leaves.map(({ fact, actual, ok }) => [fact, actual, ok])]).toEqual([
			'wait',
			[
				['days_past_due', 54, false],
				['contacts_about_it_7_days', 2, false],
			],
		]);
	});

	test.each([
		['one that left the window does not count', [past('sms', DAY), past('voice', 7 * DAY)], {}],
		['nor an e-mail', [past('sms', DAY), past('email', 2 * DAY)], {}],
		['nor a text that did not arrive', [past('sms', DAY), past('sms', 2 * DAY, { failed: true })], {}],
		['nor one about another debt', [past('sms', DAY), past('sms', 2 * DAY, { invoices: ['inv_9'] })], {}],
		['a debt of 30 days is none yet', [past('sms', DAY), past('voice', 3 * DAY)], { invoices: [old({ dueDate: '2026-10-25' })] }],
		['another state', [past('sms', DAY), past('voice', 3 * DAY)], { places: ['RI'] }],
	])('%s', (_, history, changes) => {
		expect(decide(inMassachusetts(history, changes), bySms).reminder.verdict).toBe('send');
	});

	test.each([
		['an unanswered dial rang', [past('sms', DAY), past('voice', 2 * DAY, { failed: true })], {}],
		['one about this debt among others', [past('sms', DAY, { invoices: ['inv_1', 'inv_9'] }), past('voice', 2 * DAY)], {}],
		['a debt of 31 days', [past('sms', DAY), past('voice', 3 * DAY)], { invoices: [old({ dueDate: '2026-10-24' })] }],
		['a debt whose due date nobody knows', [past('sms', DAY), past('voice', 3 * DAY)], { invoices: [without(old(), 'dueDate')] }],
		['a due date that is none', [past('sms', DAY), past('voice', 3 * DAY)], { invoices: [old({ dueDate: '2026-02-30' })] }],
		['where nobody knows the state', [past('sms', DAY), past('voice', 3 * DAY)], { places: [] }],
	])('%s counts', (_, history, changes) => {
		expect(codes(decide(inMassachusetts(history, changes), bySms))).toEqual(['cap_debt']);
	});

	test('e-mail goes first while texts and calls must wait, and is no fallback target for them', () => {
		const policy = loose({ channels: ['sms', 'voice', 'email'] });
		const history = [past('sms', DAY), past('voice', 3 * DAY)];
		expect(decide(inMassachusetts(history), { policy }).reminder).toMatchObject({ channel: 'email', verdict: 'send' });
		expect(decide(inMassachusetts(history), { policy }).reminder.fallback).toBeUndefined();
		expect(decide(inMassachusetts([]), { policy }).reminder).toMatchObject({ channel: 'sms', fallback: 'voice' });
	});

	test('of two debts the one that must wait longest speaks for the message', () => {
		const history = [past('sms', DAY, { invoices: ['a'] }), past('sms', 5 * DAY), past('sms', 2 * DAY, { invoices: ['b'] })];
		const invoices = [old({ ref: 'a' }), old({ ref: 'b' })];
		const decision = decide(inMassachusetts(history, { invoices }), bySms);
		expect([codes(decision), iso(decision.reminder.sendAt)]).toEqual([['cap_debt'], '2026-11-26T16:00:00.000Z']);
		const more = decide(inMassachusetts([...history, past('sms', 3 * DAY, { invoices: ['b'] })], { invoices }), bySms);
		expect([codes(more), iso(more.reminder.sendAt)]).toEqual([['cap_debt'], '2026-11-28T16:00:00.000Z']);
		expect(decide(inMassachusetts(history.toReversed(), { invoices: invoices.toReversed() }), bySms)).toEqual(decision);
	});

	test('a message about one debt is not held by the other', () => {
		const history = [past('sms', DAY, { invoices: ['a'] }), past('sms', 5 * DAY, { invoices: ['a'] })];
		const facts = inMassachusetts(history, { invoices: [old({ ref: 'a' }), old({ ref: 'b' })] });
		expect(decide(facts, { policy: loose(), request: { channel: 'sms', invoices: ['b'] } }).reminder.verdict).toBe('send');
		expect(codes(decide(facts, { policy: loose(), request: { channel: 'sms', invoices: ['a'] } }))).toEqual(['cap_debt']);
	});

	test('far below the cap one line of the trace says so for every debt', () => {
		const decision = decide(inMassachusetts([past('sms', DAY)]), bySms);
		const entries = decision.trace.filter((found) => found.rule === 'cap_debt');
		expect(entries.map(({ text, subject }) => [text, subject])).toContainEqual(['At most 1 of 2 in 7 days about any debt (MA-2IN7).', undefined]);
	});
});

describe('New York City: three contacts in 7 days per account, once collecting has begun', () => {
	const history = [past('email', DAY), past('letter', 2 * DAY), past('sms', 3 * DAY, { failed: true })];
	const inTheCity = (inCollections: boolean | undefined, changes: Partial<AccountFacts> = {}) =>
		account({ places: ['NY', 'NYC'], history, ...(inCollections === undefined ? {} : { inCollections }), ...changes });

	test.each([
		['begun', true, ['cap_debt']],
		['not known', undefined, ['cap_debt']],
		['not begun', false, []],
	])('%s', (_, inCollections, expected) => {
		expect(codes(decide(inTheCity(inCollections), { policy: loose() }))).toEqual(expected);
	});

	test('the fourth waits for the first to leave', () => {
		const decision = decide(inTheCity(true), { policy: loose() });
		expect(iso(decision.reminder.sendAt)).toBe('2026-11-28T16:00:00.000Z');
	});

	test('not before 1 September 2026', () => {
		const ago = (day: string) => Date.parse(`${day}T17:00:00Z`);
		const run = (day: string) => {
			const now = ago(day);
			const shifted = history.map((one) => ({ ...one, at: one.at - NOW + now }));
			return codes(decide(inTheCity(true, { history: shifted, invoices: [invoice({ firstNoticeDate: '2026-08-10', asOf: now })] }), { policy: loose(), now }));
		};
		expect([run('2026-08-31'), run('2026-09-01')]).toEqual([[], ['cap_debt']]);
	});
});

describe('collectors: seven calls in 7 days, and none after a talk', () => {
	const collector = loose({ role: 'debt_collector', channels: ['voice', 'email'] });
	const calls = (count: number): PastContact[] => Array.from({ length: count }, (_, at) => past('voice', (at + 1) * 20 * HOUR, { failed: true }));
	const facts = (history: PastContact[], changes: Partial<AccountFacts> = {}) => account({ contacts: [contact('voice')], history, ...changes });

	test('the eighth waits', () => {
		expect(codes(decide(facts(calls(6)), { policy: collector }))).toEqual([]);
		const decision = decide(facts(calls(7)), { policy: collector });
		expect([codes(decision), iso(decision.reminder.sendAt)]).toEqual([['cap_debt'], '2026-11-25T20:00:00.000Z']);
	});

	test('a practice in its own name has its own caps on calls', () => {
		const policy = policyWith({ caps: { ...DEFAULT_POLICY.caps, per_day: 5, per_7_days: 9 }, channels: ['voice'] });
		expect(codes(decide(facts(calls(3)), { policy }))).toEqual(['voice_cap_7_days']);
		expect(codes(decide(facts(calls(7)), { policy: loose({ channels: ['voice'] }) }))).toEqual([]);
	});

	test('the day of a talk is the first of seven, on every clock', () => {
		const talk = past('voice', 6 * DAY + 2 * HOUR, { conversation: true });
		const decision = decide(facts([talk], { zones: ['America/New_York', 'America/Los_Angeles'] }), { policy: collector });
		expect([codes(decision), iso(decision.reminder.reasons[0]?.until), iso(decision.reminder.sendAt)]).toEqual([
			['silence_conversation'],
			'2026-11-25T08:00:00.000Z',
			'2026-11-25T16:00:00.000Z',
		]);
		expect(decision.reminder.reasons[0]?.text).toBe('Somebody talked with the guarantor about this debt: no call within 7 days (REGF-7IN7).');
	});

	test.each([
		['a talk of seven days ago', past('voice', 7 * DAY, { conversation: true })],
		['a call that nobody answered', past('voice', DAY)],
		['a talk about another debt', past('voice', DAY, { conversation: true, invoices: ['inv_9'] })],
		['a talk by e-mail', past('email', DAY, { conversation: true })],
	])('%s is no obstacle', (_, one) => {
		expect(codes(decide(facts([one]), { policy: collector }))).toEqual([]);
	});

	test('after a talk e-mail goes on', () => {
		const both = facts([past('voice', DAY, { conversation: true })], { contacts: [contact('voice'), contact('email')] });
		expect(decide(both, { policy: collector }).reminder).toMatchObject({ channel: 'email', verdict: 'send' });
	});

	test('California binds the practice the same way', () => {
		const talked = facts([past('voice', DAY, { conversation: true })], { places: ['CA'] });
		expect(codes(decide(talked, { policy: loose({ channels: ['voice'] }) }))).toEqual(['silence_conversation']);
		expect(codes(decide({ ...talked, places: ['NV'] }, { policy: loose({ channels: ['voice'] }) }))).toEqual([]);
	});
});

describe('a message about no debt that may be asked for', () => {
	test('counts against all of them', () => {
		const history = [past('sms', DAY), past('sms', 2 * DAY)];
		const disputed = inMassachusetts(history, { invoices: [old({ disputed: true })] });
		expect(codes(decide(disputed, bySms))).toEqual(['disputed', 'cap_debt']);
		expect(codes(decide(inMassachusetts(history, { invoices: [old({ amountMinor: 0 })] }), bySms))).toEqual(['nothing_owed', 'cap_debt']);
	});
});
