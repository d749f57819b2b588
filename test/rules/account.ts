/** An account that may be reminded: the tests change one thing at a time. */
import { DEFAULT_POLICY, type Policy } from '../../shared/contracts/policy.ts';
import { type AccountFacts, type ContactFacts, compilePolicy, type Decision, type InvoiceFacts, type ReminderRequest } from '../../shared/rules/index.ts';

/** A Tuesday, 11:00 in New York. */
export const NOW = Date.parse('2026-11-24T16:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** First notice on 2026-11-08: day 16, past the 15 day step. */
export const invoice = (changes: Partial<InvoiceFacts> = {}): InvoiceFacts => ({
	ref: 'inv_1',
	amountMinor: 8420,
	firstNoticeDate: '2026-11-08',
	asOf: NOW - HOUR,
	finalShare: true,
	disputed: false,
	raisedDays: 0,
	remindedDays: 0,
	pausedDays: 0,
	...changes,
});

export const contact = (channel: ContactFacts['channel'], changes: Partial<ContactFacts> = {}): ContactFacts => ({
	channel,
	valid: true,
	served: true,
	consent: 'granted',
	...changes,
});

export const account = (changes: Partial<AccountFacts> = {}): AccountFacts => ({
	ref: 'acc_1',
	currency: 'USD',
	practiceZone: 'America/New_York',
	zones: ['America/New_York'],
	// A state without a pack of its own.
	places: ['NJ'],
	invoices: [invoice()],
	creditMinor: 0,
	holds: [],
	contacts: [contact('email'), contact('sms')],
	history: [],
	payments: [],
	claims: [],
	workOpen: false,
	...changes,
});

export const without = <T extends object, K extends keyof T>(value: T, ...keys: K[]): Omit<T, K> => {
	const copy = { ...value };
	for (const key of keys) delete copy[key];
	return copy;
};

export const policyWith = (changes: Partial<Policy>): Policy => ({ ...DEFAULT_POLICY, ...changes });

export interface Run {
	policy?: Policy;
	now?: number;
	request?: ReminderRequest;
}

export const decide = (facts: AccountFacts, { policy = DEFAULT_POLICY, now = NOW, request }: Run = {}): Decision =>
	compilePolicy(policy, 'hash_1').decide(facts, now, request);

export const codes = (decision: Decision): string[] => decision.reminder.reasons.map((why) => why.code);
export const iso = (at: number | undefined): string | undefined => (at === undefined ? undefined : new Date(at).toISOString());
