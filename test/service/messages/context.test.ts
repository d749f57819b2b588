import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../shared/contracts/policy.ts';
import type { AccountFacts } from '../../../shared/rules/types.ts';
import type { Account } from '../../../shared/service/accounts.ts';
import { toCompose } from '../../../shared/service/messages/context.ts';
import type { Practice } from '../../../shared/service/practice.ts';
import { NOON } from '../../kit/service.ts';

const practice = (policy: Partial<Policy> = {}) =>
	({ policy: { ...DEFAULT_POLICY, ...policy }, zone: 'America/New_York', settings: { pay_link: 'https://pay.example/here' } }) as Practice;
const invoice = { ref: 'inv_1', amountMinor: 8420, asOf: NOON, disputed: false, raisedDays: 0, remindedDays: 0, pausedDays: 0 };
const account = (facts: Partial<AccountFacts> = {}) =>
	({
		row: { language: 'es', currency: 'USD' },
		facts: { practiceZone: 'America/New_York', places: ['AZ'], invoices: [invoice], contacts: [], ...facts },
	}) as unknown as Account;
const asked = {
	message: 'reminder_1',
	channel: 'email' as const,
	recipient: 'guarantor' as const,
	amountMinor: 8420,
	covers: ['inv_1'],
	link: 'https://d.example/go/1',
	unsubscribe: '',
};
const made = (over: object = {}, facts: Partial<AccountFacts> = {}, policy: Partial<Policy> = {}) =>
	toCompose(practice(policy), account(facts), { ...asked, ...over }, NOON);

describe('the line about financial help', () => {
	it('begins with the second step', () => {
		expect(made().financialHelp).toBe(false);
		expect(made({ message: 'reminder_2' }).financialHelp).toBe(true);
		expect(made({ message: 'plan_missed' }).financialHelp).toBe(true);
		expect(made({ message: 'payment_failed' }).financialHelp).toBe(false);
	});

	it('stands in the first notice of a nonprofit hospital', () => {
		const hospital = { packs: { presets: ['hospital' as const], revoke_all: false } };
		expect(made({}, {}, hospital).financialHelp).toBe(true);
		expect(made({ message: 'notice' }, {}, hospital).financialHelp).toBe(true);
	});
});

describe('the day a message speaks of', () => {
	const plans = [
		{
			ref: 'p',
			status: 'active' as const,
			covers: [],
			brokenRaised: false,
			installments: [
				{ number: 2, dueOn: '2026-12-30', amountMinor: 100, paidMinor: 0, raised: [] },
				{ number: 1, dueOn: '2026-11-30', amountMinor: 100, paidMinor: 40, raised: [] },
				{ number: 0, dueOn: '2026-10-30', amountMinor: 100, paidMinor: 100, raised: [] },
			],
		},
	];
	const promise = { ref: 'x', status: 'open' as const, on: '2026-12-01', amountMinor: 1, paidMinor: 0, extensions: 0, covers: [], raised: [] };

	it('is that of the first installment not paid, or of the open promise', () => {
		expect(made({ message: 'plan_due' }, { plans }).dueOn).toBe('2026-11-30');
		expect(made({ message: 'promise_due' }, { promises: [promise, { ...promise, status: 'kept', on: '2026-01-01' }] }).dueOn).toBe('2026-12-01');
		expect(made({ message: 'plan_due' }).dueOn).toBeUndefined();
		expect(made({}, { plans }).dueOn).toBeUndefined();
	});
});

it('"past due" waits for the day that North Dakota sets, and for a day of service that is known', () => {
	const late = (facts: object, places = ['ND']) => made({}, { places, invoices: [{ ...invoice, ...facts }] }).lateByLaw;
	expect(late({ serviceDate: '2026-08-01', firstNoticeDate: '2026-10-01' })).toBe(true);
	expect(late({ serviceDate: '2026-10-01', firstNoticeDate: '2026-10-05' })).toBe(false);
	expect(late({})).toBe(false);
	expect(late({}, ['AZ'])).toBe(true);
});

it('an amount by text needs the risk notice; an e-mail names it anyway', () => {
	const contacts = [{ channel: 'sms' as const, valid: true, served: true, consent: 'granted' as const }];
	expect(made({ channel: 'sms' }, { contacts }).riskNotice).toBe(false);
	expect(made({ channel: 'sms' }, { contacts: contacts.map((contact) => ({ ...contact, riskNotice: true })) }).riskNotice).toBe(true);
	expect(made().riskNotice).toBe(true);
});

it('paper names the page itself: a link made for one message is too long to type', () => {
	expect(made().link).toBe('https://d.example/go/1');
	expect(made({ channel: 'letter' }).link).toBe('https://pay.example/here');
});
