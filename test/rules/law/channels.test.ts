import { describe, expect, test } from 'vitest';
import type { ContactFacts } from '../../../shared/rules/index.ts';
import { lawOf, mayNameAmount } from '../../../shared/rules/index.ts';
import { account, codes, contact, DAY, decide, invoice, NOW, policyWith } from '../account.ts';

const JANUARY_30 = Date.parse('2027-01-30T17:00:00Z');
const JANUARY_31 = Date.parse('2027-01-31T17:00:00Z');
const on = (now: number) => ({ now, policy: policyWith({ max_balance_age_hours: 8760 }) });
const revokeAll = policyWith({ packs: { presets: [], revoke_all: true } });
const voiceFirst = policyWith({ channels: ['voice', 'sms', 'email'] });

describe('consent', () => {
	test('calls and texts need one by law, whatever the policy says', () => {
		const policy = policyWith({ consent: [] });
		const unknown = { consent: 'unknown' } as const;
		expect(codes(decide(account({ contacts: [contact('sms', unknown)] }), { policy, request: { channel: 'sms' } }))).toEqual(['unknown_consent']);
		expect(decide(account({ contacts: [contact('email', unknown)] }), { policy }).reminder.channel).toBe('email');
	});

	test('a consent to everything covers billing', () => {
		expect(decide(account({ contacts: [contact('sms', { scope: 'all' })] })).reminder.channel).toBe('sms');
	});

	test.each([
		['begun', true, 'unknown_consent'],
		['not known to have begun', undefined, 'unknown_consent'],
		['not begun', false, undefined],
	])('in New York City each electronic medium needs its own once collecting has %s', (_, inCollections, code) => {
		const policy = policyWith({ consent: [], channels: ['email'] });
		const facts = account({
			places: ['NY', 'NYC'],
			contacts: [contact('email', { consent: 'unknown' })],
			...(inCollections === undefined ? {} : { inCollections }),
		});
		expect(codes(decide(facts, { policy }))).toEqual(code === undefined ? [] : [code]);
		const before = Date.parse('2026-08-31T17:00:00Z');
		const old = { ...facts, invoices: [invoice({ firstNoticeDate: '2026-08-15', asOf: before })] };
		expect(codes(decide(old, { policy, now: before }))).toEqual([]);
	});
});

describe('an opt-out', () => {
	const stopped = contact('sms', { consent: 'revoked' });

	test('stops its own channel at once', () => {
		expect(decide(account({ contacts: [contact('email'), stopped] })).reminder).toMatchObject({ channel: 'email', verdict: 'send' });
		expect(codes(decide(account({ contacts: [stopped] }), { request: { channel: 'sms' } }))).toEqual(['consent_revoked']);
	});

	test('of a text reaches calls from the day of the law, and e-mail never', () => {
		const facts = account({ contacts: [contact('voice'), stopped], invoices: [invoice()] });
		const ask = (now: number) => codes(decide(facts, { ...on(now), request: { channel: 'voice' } }));
		expect([ask(JANUARY_30), ask(JANUARY_31)]).toEqual([[], ['revoked_elsewhere']]);
		const mail = account({ contacts: [contact('email'), stopped] });
		expect(decide(mail, on(JANUARY_31)).reminder.channel).toBe('email');
	});

	test('reaches it before that day where the policy wants so', () => {
		const decision = decide(account({ contacts: [contact('voice'), stopped] }), { policy: revokeAll, request: { channel: 'voice' } });
		expect(codes(decision)).toEqual(['revoked_elsewhere']);
		expect(decision.reminder.reasons[0]?.text).toBe('The guarantor opted out, and the opt-out reaches: Phone call.');
	});

	test('from everything stops every channel, letters included', () => {
		const contacts = [contact('email'), contact('letter'), contact('sms', { consent: 'revoked', scope: 'all' })];
		const everywhere = ['revoked_elsewhere', 'consent_revoked'];
		expect(codes(decide(account({ contacts }), { policy: revokeAll }))).toEqual(everywhere);
		// Who said it meant it: the law of that day is about those who said less.
		expect([codes(decide(account({ contacts }), on(JANUARY_30))), codes(decide(account({ contacts }), on(JANUARY_31)))]).toEqual([everywhere, everywhere]);
	});

	test('nobody else loses anything on that day', () => {
		expect(decide(account(), { policy: revokeAll }).reminder.channel).toBe('email');
	});

	test('makes the account due on the day the law changes, and only that account', () => {
		const facts = (contacts: ContactFacts[]) =>
			account({ contacts, workOpen: true, invoices: [invoice({ raisedDays: 30, remindedDays: 30, firstNoticeDate: '2026-09-01' })] });
		expect(decide(facts([contact('email'), stopped])).nextReviewAt).toBe(Date.parse('2027-01-31T05:00:00Z'));
		expect(decide(facts([contact('email')])).nextReviewAt).toBeUndefined();
	});
});

describe('closed channels', () => {
	test('Minnesota: no machine dials about medical debt', () => {
		const facts = account({ places: ['MN'], contacts: [contact('voice'), contact('sms')] });
		expect(codes(decide(facts, { request: { channel: 'voice' } }))).toEqual(['recorded_call']);
		expect(decide(facts, { policy: voiceFirst }).reminder.channel).toBe('sms');
		expect(decide({ ...facts, places: ['WI'] }, { policy: voiceFirst }).reminder.channel).toBe('voice');
	});

	test('where nobody knows the state a call holds and is work, a text goes on', () => {
		const facts = account({ places: [], contacts: [contact('voice'), contact('sms')] });
		const decision = decide(facts, { policy: policyWith({ channels: ['voice'] }) });
		expect([codes(decision), decision.work.map((work) => [work.cause, work.title])]).toEqual([
			['unknown_place'],
			[['unknown_place', 'Record the state and ZIP code']],
		]);
		expect(decision.reminder.reasons[0]?.text).toBe('The state of the guarantor is not known, and some states forbid: Phone call.');
		expect(decide(facts, { policy: voiceFirst }).reminder.channel).toBe('sms');
	});

	test('a fax goes only to who asked for it', () => {
		const ask = (changes: Partial<ContactFacts>) => codes(decide(account({ contacts: [contact('fax', changes)] }), { request: { channel: 'fax' } }));
		expect([ask({}), ask({ requested: false }), ask({ requested: true })]).toEqual([['fax_not_requested'], ['fax_not_requested'], []]);
	});

	test('of two fax numbers the one that was asked for is used', () => {
		const contacts = [contact('fax'), contact('fax', { requested: true })];
		const decision = decide(account({ contacts }), { request: { channel: 'fax' } });
		expect(decision.reminder.channel).toBe('fax');
		expect(decide(account({ contacts: contacts.toReversed() }), { request: { channel: 'fax' } })).toEqual(decision);
	});
});

describe('the place a person asked to be reached at', () => {
	test('beats every other, also one outside the policy', () => {
		const contacts = [contact('email'), contact('sms', { only: true })];
		expect(decide(account({ contacts })).reminder).toMatchObject({ channel: 'sms', verdict: 'send' });
		expect(decide(account({ contacts })).reminder.fallback).toBeUndefined();
		expect(decide(account({ contacts: [contact('email'), contact('portal', { only: true })] })).reminder.channel).toBe('portal');
	});

	test('refuses what somebody chose instead', () => {
		const contacts = [contact('email'), contact('sms', { only: true })];
		const decision = decide(account({ contacts }), { request: { channel: 'email' } });
		expect(codes(decision)).toEqual(['only_contact']);
		expect(decision.reminder.reasons[0]?.text).toBe('The guarantor asked to be reached at another place only, not by: E-mail.');
	});

	test('is one number of two', () => {
		const contacts = [contact('sms'), contact('sms', { only: true, consent: 'unknown' })];
		expect(codes(decide(account({ contacts }), { request: { channel: 'sms' } }))).toEqual(['unknown_consent']);
	});

	test('needs consent like any other, and holds without a second way', () => {
		const contacts = [contact('email'), contact('sms', { only: true, consent: 'unknown' })];
		expect(codes(decide(account({ contacts })))).toEqual(['unknown_consent']);
	});
});

describe('mail that came back', () => {
	const holds = [{ reason: 'returned_mail' as const, since: NOW - DAY }];
	const contacts = [contact('letter'), contact('email')];

	test('stops letters and nothing else', () => {
		const decision = decide(account({ holds, contacts: [contact('letter')] }));
		expect([codes(decision), decision.eligibleMinor]).toEqual([['no_contact', 'hold_returned_mail'], 8420]);
		expect(decision.reminder.reasons[1]).toMatchObject({
			text: 'Mail came back: no letter goes out. Other channels go on.',
			remedy: 'Record the new address, then release the hold with Resume Reminders.',
		});
		expect(decide(account({ holds, contacts }), { policy: policyWith({ channels: ['letter', 'email'] }) }).reminder.channel).toBe('email');
	});

	test.each([
		['has not begun', { since: NOW + DAY }],
		['has ended', { since: NOW - DAY, until: NOW }],
	])('but not when the hold %s', (_, changes) => {
		const facts = account({ holds: [{ reason: 'returned_mail', ...changes }], contacts });
		expect(decide(facts, { request: { channel: 'letter' } }).reminder.verdict).toBe('send');
	});

	test('until it ends', () => {
		const facts = account({ holds: [{ reason: 'returned_mail', since: NOW - DAY, until: NOW + 1 }], contacts });
		expect(codes(decide(facts, { request: { channel: 'letter' } }))).toEqual(['hold_returned_mail']);
	});
});

describe('naming an amount', () => {
	const may = (channel: ContactFacts['channel'], contacts: ContactFacts[]): boolean => {
		const facts = account({ contacts });
		return mayNameAmount(lawOf(policyWith({}), facts, NOW), facts, channel);
	};
	const told = contact('sms', { riskNotice: true });

	test.each([
		['a text to who was told of the risk', 'sms', [told], true],
		['a text to who was not', 'sms', [contact('sms')], false],
		['a text that may reach another number too', 'sms', [told, contact('sms')], false],
		['a number that does not work does not count', 'sms', [told, contact('sms', { valid: false })], true],
		['one that opted out does not count', 'sms', [told, contact('sms', { consent: 'revoked' })], true],
		['no number', 'sms', [contact('email', { riskNotice: true })], false],
		['a voicemail', 'voice', [contact('voice', { riskNotice: true })], false],
		['a fax', 'fax', [contact('fax', { riskNotice: true })], false],
		['an e-mail', 'email', [contact('email')], true],
		['a letter', 'letter', [], true],
		['the portal', 'portal', [], true],
	] as const)('%s', (_, channel, contacts, expected) => {
		expect(may(channel, [...contacts])).toBe(expected);
	});
});
