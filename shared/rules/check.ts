/** The rules for one balance that a flow describes itself: nothing is looked up, nothing is remembered. */
import { DEFAULT_POLICY } from '../contracts/default-policy.ts';
import { invalidField } from '../contracts/failure.ts';
import { toMinor } from '../contracts/money.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Channel } from '../contracts/words.ts';
import { blankAccount, blankInvoice } from './blank.ts';
import { dayNumber, dayText, instantOf, localDayNumber, offsetAt } from './calendar.ts';
import { compilePolicy } from './decide.ts';
import { placesOf } from './law/places.ts';
import type { AccountFacts, HoldFacts, PastContact, Reason } from './types.ts';
import { zonesOf } from './zones.ts';

export type YesNo = 'yes' | 'no' | 'unknown';

/** What a form can ask for. Empty text is as good as absent. */
export interface CheckInput {
	/** Decimal, in `currency`. */
	amount: number;
	currency?: string | undefined;
	/** Days since the first notice; wins over `due_date`. */
	days_overdue?: number | undefined;
	/** YYYY-MM-DD */
	due_date?: string | undefined;
	has_consent: YesNo;
	/** Empty: whichever channel of the default policy needs consent. */
	channel?: Channel | '' | undefined;
	state?: string | undefined;
	/** IANA name, when the flow knows it. */
	time_zone?: string | undefined;
	/** Three digits of the phone number. */
	area_code?: string | undefined;
	messages_last_7_days?: number | undefined;
	messages_today?: number | undefined;
	insurance_final: YesNo;
	disputed?: boolean | undefined;
	denied_claim_open?: boolean | undefined;
	on_hold?: boolean | undefined;
	bankruptcy_or_deceased?: boolean | undefined;
}

export interface CheckResult {
	allowed: boolean;
	decision: 'send' | 'wait' | 'hold';
	reasons_text: string;
	/** ISO 8601 in UTC; empty while something other than time stands against it. */
	next_possible_at: string;
	/** The step of the default ladder: reminder_1, reminder_2, reminder_3; empty before the first. */
	message: string;
	what_would_change_it: string;
}

/** A letter needs no consent: with it, a flow that knows of no consent would read "allowed". */
const POLICY: Policy = { ...DEFAULT_POLICY, channels: DEFAULT_POLICY.channels.filter((channel) => DEFAULT_POLICY.consent.includes(channel)) };
const compiled = compilePolicy(POLICY, 'default');
const UNKNOWN_PLACE_ZONE = 'America/New_York';

/** Decides by the default policy. Throws Failure `invalid` naming the field for an amount, date or zone that is none. */
export function checkReminderRules(input: CheckInput, now: number): CheckResult {
	const facts = factsOf(input, now);
	const { reminder, trace } = compiled.decide(facts, now, input.channel ? { channel: input.channel } : {});
	const reasons = reminder.reasons.map((why) =>
		why.code === 'hold_bankruptcy' ? { ...why, text: 'Bankruptcy or death is reported: messages must stop.' } : why,
	);
	const reached = trace.find((entry) => entry.rule === 'ladder')?.leaves.find((found) => found.ok === true)?.expected;
	return {
		allowed: reminder.verdict === 'send',
		decision: reminder.verdict,
		reasons_text: reasons.length === 0 ? 'A reminder may be sent.' : sentences(reasons, 'text'),
		next_possible_at: nextPossible(reminder.verdict, reminder.sendAt, reasons, now),
		message: POLICY.milestones.find((milestone) => milestone.days === reached)?.message ?? '',
		what_would_change_it: sentences(reasons, 'remedy'),
	};
}

const sentences = (reasons: readonly Reason[], part: 'text' | 'remedy'): string => [...new Set(reasons.map((why) => why[part]))].join(' ');

/** Until a step is due only time stands against it, although the ladder calls that a hold. */
function nextPossible(verdict: CheckResult['decision'], sendAt: number | undefined, reasons: readonly Reason[], now: number): string {
	const notDue = reasons.length === 1 && reasons[0]?.code === 'not_due' ? reasons[0].until : undefined;
	const at = verdict === 'send' ? now : (sendAt ?? notDue);
	return at === undefined ? '' : new Date(at).toISOString();
}

function factsOf(input: CheckInput, now: number): AccountFacts {
	const currency = input.currency?.trim().toUpperCase() || 'USD';
	const amountMinor = toMinor(input.amount, currency);
	if (amountMinor === undefined || amountMinor < 0) throw invalidField('amount', '"amount" must be a decimal amount of 0 or more, such as 84.20.');
	const zones = zonesFor(input);
	const practiceZone = zones[0] ?? UNKNOWN_PLACE_ZONE;
	const channels = input.channel ? [input.channel] : POLICY.channels;
	const consent = ({ yes: 'granted', no: 'revoked', unknown: 'unknown' } as const)[input.has_consent];
	return {
		...blankAccount('checked', currency, practiceZone),
		zones,
		places: placesFor(input),
		invoices: [
			{
				...blankInvoice('checked', amountMinor, now),
				disputed: input.disputed === true,
				...anchorFacts(input, localDayNumber(now, practiceZone)),
				...(input.insurance_final === 'unknown' ? {} : { finalShare: input.insurance_final === 'yes' }),
				...(input.denied_claim_open === true ? { lines: [{ line: 1, state: 'denied_open', chargeMinor: amountMinor, paidMinor: 0, patientMinor: 0 }] } : {}),
			},
		],
		holds: holdsOf(input, now),
		contacts: channels.map((channel) => ({ channel, valid: true, served: true, consent })),
		history: historyOf(input, now, practiceZone),
	};
}

function zonesFor(input: CheckInput): readonly string[] {
	const code = input.area_code?.trim();
	if (code && !/^\d{3}$/.test(code)) throw invalidField('area_code', '"area_code" must be the three digits of the area code, such as 602.');
	const phone = code ? `+1${code}5550100` : undefined;
	const named = input.time_zone?.trim();
	if (!named) return zonesOf({ state: input.state, phone });
	checkZone(named);
	const byPlace = phone === undefined && !input.state?.trim() ? [] : zonesOf({ state: input.state, phone });
	return [...new Set([named, ...byPlace])];
}

const placesFor = ({ state, area_code }: CheckInput): readonly string[] =>
	placesOf({ state, phone: area_code?.trim() ? `+1${area_code.trim()}5550100` : undefined });

function checkZone(name: string): void {
	try {
		offsetAt(0, name);
	} catch {
		throw invalidField('time_zone', '"time_zone" must be an IANA name such as America/New_York.');
	}
}

function anchorFacts({ days_overdue, due_date }: CheckInput, today: number): { firstNoticeDate?: string; dueDate?: string } {
	if (days_overdue !== undefined) return { firstNoticeDate: dayText(today - Math.trunc(days_overdue)) };
	const due = due_date?.trim();
	if (!due) return {};
	if (Number.isNaN(dayNumber(due))) throw invalidField('due_date', '"due_date" must be a real date such as 2026-11-24.');
	return { dueDate: due };
}

function holdsOf(input: CheckInput, now: number): HoldFacts[] {
	const holds: HoldFacts[] = [];
	if (input.bankruptcy_or_deceased === true) holds.push({ reason: 'bankruptcy', since: now });
	if (input.on_hold === true) holds.push({ reason: 'staff_review', since: now });
	return holds;
}

/** The flow knows how many, not when: the latest instants they can have had, so that no cap ends too early. */
function historyOf(input: CheckInput, now: number, zone: string): PastContact[] {
	const today = Math.max(0, Math.trunc(input.messages_today ?? 0));
	const before = Math.max(0, Math.trunc(input.messages_last_7_days ?? 0) - today);
	const yesterday = instantOf(localDayNumber(now, zone), 0, zone) - 1;
	const channel: Channel = input.channel || 'email';
	return [...repeat(today, { at: now, channel }), ...repeat(before, { at: yesterday, channel })];
}

const repeat = (count: number, contact: PastContact): PastContact[] => Array.from({ length: Math.min(count, 100) }, () => contact);
