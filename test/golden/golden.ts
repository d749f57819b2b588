/**
 * The golden file: accounts written down by hand with what must be decided about them, read from test/golden/cases.
 * A case says only how its account differs from the base account, in the facts' own words (shared/rules/types.ts):
 * instants stand as ISO 8601, days as YYYY-MM-DD, money in minor units.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DEFAULT_POLICY, type Policy } from '../../shared/contracts/policy.ts';
import type { AccountFacts, Decision, ReminderRequest } from '../../shared/rules/types.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
type Fields = Record<string, Json>;

export interface Expected {
	verdict: Decision['reminder']['verdict'];
	recipient: Decision['recipient'];
	message?: string;
	channel?: string;
	fallback?: string;
	/** Minor units that the message asks for. */
	amount: number;
	covers: string[];
	/** Types of the events it answers, the most important first. */
	occasions: string[];
	/** ISO 8601 in UTC. */
	sendAt?: string;
	/** Code and sentence of each reason. */
	reasons: string[];
	/** Type and key of each event. */
	events: string[];
	/** Cause and title of each piece of staff work. */
	work: string[];
	canContact: boolean;
}

export interface GoldenCase {
	case: string;
	/** Ids of the rules it is about, as the packs and the reasons have them. */
	rules: string[];
	/** The instant of the decision, with offset. */
	at: string;
	/** Differences from the base account; null takes a fact away, which makes it unknown. */
	account: Fields;
	/** Differences from the default policy. */
	policy?: Fields;
	request?: ReminderRequest;
	expect: Partial<Expected> & Pick<Expected, 'verdict'>;
}

const FOLDER = join(import.meta.dirname, 'cases');

/** A Tuesday, 11:00 in New York; the invoice is on day 16 of its ladder, past the step at 15 days. */
export const BASE: Fields = {
	ref: 'acc_1',
	currency: 'USD',
	practiceZone: 'America/New_York',
	zones: ['America/New_York'],
	places: ['PA'],
	invoices: [
		{
			ref: 'inv_1',
			amountMinor: 8420,
			firstNoticeDate: '2026-11-08',
			asOf: '2026-11-24T15:00:00Z',
			finalShare: true,
			disputed: false,
			raisedDays: 7,
			remindedDays: 7,
			pausedDays: 0,
		},
	],
	creditMinor: 0,
	holds: [],
	contacts: [
		{ channel: 'email', valid: true, served: true, consent: 'granted' },
		{ channel: 'sms', valid: true, served: true, consent: 'granted' },
	],
	history: [],
	payments: [],
	claims: [],
	workOpen: false,
};

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Objects are merged, lists and values replaced, null takes away. The first invoice of a case begins from the base's. */
function merged(base: Fields, changes: Fields): Fields {
	const out: Fields = { ...base };
	for (const [key, value] of Object.entries(changes)) {
		const before = out[key];
		if (value === null) delete out[key];
		else if (isFields(value) && isFields(before)) out[key] = merged(before, value);
		else if (key === 'invoices' && Array.isArray(value)) out[key] = value.map((invoice) => merged((BASE['invoices'] as Fields[])[0] ?? {}, invoice as Fields));
		else out[key] = value;
	}
	return out;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d/;

/** Instants as the rules have them: milliseconds. */
function withInstants(value: Json): unknown {
	if (typeof value === 'string') return INSTANT.test(value) ? Date.parse(value) : value;
	if (Array.isArray(value)) return value.map(withInstants);
	return isFields(value) ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, withInstants(inner)])) : value;
}

export const casesIn = (file: string): GoldenCase[] => JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as GoldenCase[];
export const caseFiles = (): string[] =>
	readdirSync(FOLDER)
		.filter((name) => name.endsWith('.json'))
		.sort();

export const factsOf = (golden: GoldenCase): AccountFacts => withInstants(merged(BASE, golden.account)) as AccountFacts;
export const policyOf = (golden: GoldenCase): Policy => merged(DEFAULT_POLICY as unknown as Fields, golden.policy ?? {}) as unknown as Policy;

/** A decision in the golden file's words. */
export function told({ reminder, recipient, events, work, canContact }: Decision): Expected {
	return {
		verdict: reminder.verdict,
		recipient,
		...(reminder.message === undefined ? {} : { message: reminder.message }),
		...(reminder.channel === undefined ? {} : { channel: reminder.channel }),
		...(reminder.fallback === undefined ? {} : { fallback: reminder.fallback }),
		amount: reminder.amountMinor,
		covers: reminder.covers,
		occasions: reminder.occasions.map(({ type }) => type),
		...(reminder.sendAt === undefined ? {} : { sendAt: new Date(reminder.sendAt).toISOString() }),
		reasons: reminder.reasons.map(({ code, text }) => `${code}: ${text}`),
		events: events.map(({ type, key }) => `${type} ${key}`),
		work: work.map(({ cause, title }) => `${cause}: ${title}`),
		canContact,
	};
}
