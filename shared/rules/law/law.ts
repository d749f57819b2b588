/** The law that binds a message: of all packs that match, the strictest value of each parameter. */
import type { Policy } from '../../contracts/policy.ts';
import { CHANNELS, type Channel } from '../../contracts/words.ts';
import { dayNumber, localDayNumber } from '../calendar.ts';
import { clockMinutes, type Hours, narrow } from '../hours.ts';
import type { AccountFacts, Trace } from '../types.ts';
import type { NoticeLine, Pack, Parameter } from './pack.ts';
import { PACKS } from './packs-data.ts';

type Kind<K extends Parameter['kind']> = Extract<Parameter, { kind: K }>;

/** A cap of one law on contacts about one debt. */
export type DebtCap = Kind<'cap'> & { pack: string; channels: readonly Channel[] };
export type Silence = Kind<'silence_after_conversation'> & { pack: string; channels: readonly Channel[] };
export interface Notice {
	line: NoticeLine;
	channels: readonly Channel[];
	/** 0: always; n: from the nth step of the ladder on. */
	fromStep: number;
}

export interface Law {
	/** Id and day of review of each pack that was in force, as they stand in decisions. */
	packs: string[];
	/** When a message may arrive: the policy's hours, narrowed. Equal hours are the same object. */
	hours: Readonly<Record<Channel, Hours>>;
	/** Channels that need a recorded consent, by law or by policy; and those that need it once collecting has begun. */
	consent: ReadonlySet<Channel>;
	consentInCollections: ReadonlySet<Channel>;
	/** Why a channel is closed. `unknown_place`: some states close it, and nobody knows the state. */
	forbidden: ReadonlyMap<Channel, 'sms_collector' | 'recorded_call' | 'unknown_place'>;
	onRequest: ReadonlySet<Channel>;
	caps: readonly DebtCap[];
	silences: readonly Silence[];
	/** An opt-out on one channel reaches others. */
	revokeAll: boolean;
	/** Whether a channel may name an amount; a channel that is not here may. */
	amount: ReadonlyMap<Channel, 'risk_notice' | 'never'>;
	notices: readonly Notice[];
	/** The latest day that any state asks to wait for; undefined where none does. */
	delinquent: { serviceDays: number; billDays: number } | undefined;
	estimate: { excessMinor: number; days: number } | undefined;
	/** Day number on which some pack begins or has ended; `optOuts`: nothing but how far an opt-out reaches changes then. */
	next: { day: number; optOuts: boolean } | undefined;
	/** Which packs were read, for every decision the same object. */
	trace: Trace;
}

export interface LawBook {
	/**
	 * `places` in any order; undefined or empty is unknown: then every state's pack binds. `day` is the number of
	 * the practice's local day.
	 */
	at(places: readonly string[] | undefined, day: number): Law;
}

const ANYWHERE: readonly string[] = [];
const channels = Object.keys(CHANNELS) as Channel[];

const books = new WeakMap<Policy, LawBook>();

/** Reads a policy once; the laws of places and days are kept, so that a review of many accounts builds few. */
export function lawBook(policy: Policy): LawBook {
	let book = books.get(policy);
	if (book === undefined) {
		book = newBook(policy);
		books.set(policy, book);
	}
	return book;
}

/** The law of an account at an instant (milliseconds), for who composes or explains a message. */
export const lawOf = (policy: Policy, facts: Pick<AccountFacts, 'places' | 'practiceZone'>, now: number): Law =>
	lawBook(policy).at(facts.places, localDayNumber(now, facts.practiceZone));

function newBook(policy: Policy): LawBook {
	const packs = PACKS.filter((pack) => pack.roles.includes(policy.role) && (pack.preset === undefined || policy.packs.presets.includes(pack.preset)));
	const turns = turningDays(packs);
	const laws = new Map<string, Law>();
	let last: { places: readonly string[]; day: number; law: Law } | undefined;
	return {
		at(places = ANYWHERE, day) {
			// A review asks for the same law again and again.
			if (last !== undefined && last.day === day && sameTexts(last.places, places)) return last.law;
			let era = 0;
			while (era < turns.length && (turns[era] as number) <= day) era += 1;
			const key = `${era} ${places.toSorted().join(' ')}`;
			let law = laws.get(key);
			if (law === undefined) {
				law = buildLaw(policy, packs, places.toSorted(), day, turns[era]);
				laws.set(key, law);
			}
			last = { places, day, law };
			return law;
		},
	};
}

const sameTexts = (a: readonly string[], b: readonly string[]): boolean => a.length === b.length && a.every((text, at) => text === b[at]);

const onlyOptOuts = (packs: readonly Pack[], day: number): boolean =>
	packs.filter((pack) => inForce(pack, day) !== inForce(pack, day - 1)).every((pack) => pack.parameters.every((rule) => rule.kind === 'revocation_of_all'));

/** Days on which some pack begins, or has ended. */
function turningDays(packs: readonly Pack[]): number[] {
	const days = packs.flatMap((pack) =>
		pack.effectiveTo === undefined ? [dayNumber(pack.effectiveFrom)] : [dayNumber(pack.effectiveFrom), dayNumber(pack.effectiveTo) + 1],
	);
	return [...new Set(days)].sort((a, b) => a - b);
}

const inForce = (pack: Pack, day: number): boolean =>
	dayNumber(pack.effectiveFrom) <= day && (pack.effectiveTo === undefined || day <= dayNumber(pack.effectiveTo));

function buildLaw(policy: Policy, packs: readonly Pack[], places: readonly string[], day: number, turn: number | undefined): Law {
	const binding = packs.filter((pack) => inForce(pack, day) && (places.length === 0 || pack.jurisdiction === 'US' || places.includes(pack.jurisdiction)));
	const rules = binding.flatMap((pack) => rulesOf(pack, policy.role));
	const names = binding.map((pack) => `${pack.id}@${pack.reviewedOn}`);
	return {
		packs: names,
		hours: hoursOf(policy, of(rules, 'window')),
		consent: new Set([...policy.consent, ...channelsOf(of(rules, 'consent').filter((rule) => rule.inCollections !== true))]),
		consentInCollections: new Set(channelsOf(of(rules, 'consent'))),
		forbidden: new Map(of(rules, 'forbidden').flatMap((rule) => rule.channels.map((channel) => [channel, whyForbidden(rule, places)]))),
		onRequest: new Set(channelsOf(of(rules, 'on_request'))),
		caps: of(rules, 'cap'),
		silences: of(rules, 'silence_after_conversation'),
		revokeAll: policy.packs.revoke_all || of(rules, 'revocation_of_all').length > 0,
		amount: new Map(of(rules, 'amount').flatMap((rule) => rule.channels.map((channel) => [channel, rule.needs]))),
		notices: of(rules, 'notice'),
		delinquent: largest(of(rules, 'delinquent_after')),
		estimate: of(rules, 'estimate_excess')[0],
		next: turn === undefined ? undefined : { day: turn, optOuts: onlyOptOuts(packs, turn) },
		trace: traceOf(names, places),
	};
}

/** A parameter with what it narrows of its pack. */
type Rule = Parameter & { pack: string; jurisdiction: string; channels: readonly Channel[] };

const rulesOf = (pack: Pack, role: Policy['role']): Rule[] =>
	pack.parameters
		.filter((parameter) => parameter.roles === undefined || parameter.roles.includes(role))
		.map((parameter) => ({ channels: pack.channels, ...parameter, pack: pack.id, jurisdiction: pack.jurisdiction }));

const of = <K extends Parameter['kind']>(rules: readonly Rule[], kind: K) => rules.filter((rule): rule is Extract<Rule, { kind: K }> => rule.kind === kind);

const channelsOf = (rules: readonly Rule[]): Channel[] => rules.flatMap((rule) => rule.channels);

function hoursOf({ hours }: Policy, windows: readonly Extract<Rule, { kind: 'window' }>[]): Record<Channel, Hours> {
	const daily = { start: clockMinutes(hours.start), end: clockMinutes(hours.end) };
	const own: Hours = { daily, sunday: hours.sunday ? daily : undefined };
	const kept: Hours[] = [];
	const one = (hours: Hours): Hours => {
		const same = kept.find((known) => JSON.stringify(known) === JSON.stringify(hours));
		if (same === undefined) kept.push(hours);
		return same ?? hours;
	};
	const byChannel = channels.map((channel) => [
		channel,
		one(
			windows
				.filter((rule) => rule.channels.includes(channel))
				.map(windowOf)
				.reduce(narrow, own),
		),
	]);
	return Object.fromEntries(byChannel) as Record<Channel, Hours>;
}

const windowOf = ({ daily, sunday = daily }: Kind<'window'>): Hours => ({
	daily: { start: clockMinutes(daily[0]), end: clockMinutes(daily[1]) },
	sunday: { start: clockMinutes(sunday[0]), end: clockMinutes(sunday[1]) },
});

/** A state's ban where nobody knows the state is a gap in the facts, and staff can close it. */
const whyForbidden = (rule: Extract<Rule, { kind: 'forbidden' }>, places: readonly string[]) =>
	places.length === 0 && rule.jurisdiction !== 'US' ? ('unknown_place' as const) : rule.reason;

function largest(rules: readonly Kind<'delinquent_after'>[]): Law['delinquent'] {
	if (rules.length === 0) return undefined;
	return { serviceDays: Math.max(...rules.map((rule) => rule.serviceDays)), billDays: Math.max(...rules.map((rule) => rule.billDays)) };
}

function traceOf(packs: readonly string[], places: readonly string[]): Trace {
	const known = places.length > 0;
	return {
		rule: 'law',
		outcome: 'pass',
		text: known ? `The law of ${places.join(', ')} and of the United States binds.` : 'Nobody knows the state: the law of every state binds.',
		leaves: [
			{ fact: 'places', op: 'known', expected: undefined, actual: known ? places.join(', ') : undefined, ok: known },
			{ fact: 'packs', op: '>', expected: 0, actual: packs.length, ok: packs.length > 0 },
		],
	};
}
