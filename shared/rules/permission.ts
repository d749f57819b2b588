/** May the guarantor be written to about some invoices, when, and how? Every reason is found, not only the first. */
import { formatMoney } from '../contracts/money.ts';
import type { Channel } from '../contracts/words.ts';
import { HOUR } from './calendar.ts';
import { candidatesFor, channelsFor, keepsHours } from './channels.ts';
import type { InvoiceView } from './eligibility.ts';
import { debtWaits } from './law/caps.ts';
import type { Law } from './law/law.ts';
import { leaf } from './leaves.ts';
import type { Plan } from './plan.ts';
import { reason } from './reasons.ts';
import type { AccountFacts, InvoiceFacts, Leaf, Reason, Trace } from './types.ts';
import { allowedAt, oneADay, type Waits } from './waits.ts';

export interface Scope {
	plan: Plan;
	law: Law;
	facts: AccountFacts;
	now: number;
	waits: Waits;
	/** Account-wide holds that no money question can lift. */
	absolute: readonly Reason[];
	/** Bankruptcies, also those that spare later charges: they stop what is not asked for by invoice. */
	stays: readonly Reason[];
	trace: Trace[];
}

export interface Permission {
	amountMinor: number;
	/** Not until something changes. */
	stops: Reason[];
	/** Not until time passes. */
	waits: Reason[];
	channel: Channel | undefined;
	fallback: Channel | undefined;
	/** When it may go out; undefined while something stops it. */
	at: number | undefined;
}

/** What a message asks for beside the invoices' own money. */
export interface Asking {
	/** The channel somebody chose. */
	channel?: Channel | undefined;
	/** An installment, or a payment that came back: money of no invoice that may be asked for. */
	extraMinor?: number;
	/** It asks for no money (an acknowledgement): no amount is needed, and silence after a reply does not stand against the answer to it. */
	plain?: boolean;
	/** What holds or delays this message alone. */
	stops?: readonly Reason[];
	waits?: readonly Reason[];
}

export function permissionFor(scope: Scope, views: readonly InvoiceView[], asking: Asking = {}): Permission {
	const { plan, facts } = scope;
	const wanted = asking.channel;
	const amountMinor = asking.plain === true ? 0 : views.reduce((sum, view) => sum + view.eligibleMinor, asking.extraMinor ?? 0);
	const stops = [...scope.absolute, ...(asking.stops ?? [])];
	if (asking.plain === true || asking.extraMinor !== undefined) for (const why of scope.stays) addOnce(stops, why);
	if (amountMinor > 0) belowMinimum(scope, amountMinor, stops);
	else if (asking.plain !== true) for (const why of whyNothing(views)) addOnce(stops, why);
	// What asks for no money is not too small for paper.
	const worth = asking.plain === true ? plan.minimumIn(facts.currency).paperMinor : amountMinor;
	const { open, reasons } = channelsFor(scope, worth, candidatesFor(plan, facts, wanted));
	// Nothing to ask for says why by itself; that nothing is also too little for paper would only confuse.
	stops.push(...(worth === 0 ? reasons.filter((why) => why.code !== 'below_paper_minimum') : reasons));
	if (asking.plain !== true) stale(scope, views, stops);
	const [first, ...others] = byPace(scope, open, views);
	const fallback = plan.policy.fallback && wanted === undefined ? others.find((other) => other.waits.length === 0)?.channel : undefined;
	return { amountMinor, channel: first?.channel, fallback, ...timing(scope, first, stops, asking) };
}

const COOLDOWNS: readonly string[] = ['cooldown_payment', 'cooldown_reply'];

/** A channel and what only time stands against it alone: caps on calls, one message a day, and caps of law on a debt. */
interface Paced {
	channel: Channel;
	waits: readonly Reason[];
}

const FREE: readonly Reason[] = [];

/** A channel over its caps comes after every other. */
function byPace(scope: Scope, open: readonly Channel[], views: readonly InvoiceView[]): readonly Paced[] {
	const invoices = spokenOf(scope.facts, views);
	const paced = open.map((channel): Paced => ({ channel, waits: paceOf(scope, channel, invoices) }));
	return paced.every((one) => one.waits.length === 0)
		? paced
		: [...paced.filter((one) => one.waits.length === 0), ...paced.filter((one) => one.waits.length > 0)];
}

function paceOf(scope: Scope, channel: Channel, invoices: readonly InvoiceFacts[]): readonly Reason[] {
	const calls = channel === 'voice' ? scope.waits.voice : FREE;
	if (scope.facts.history.length === 0) return calls;
	return [...calls, ...oneADay(scope, scope.plan.policy.caps, channel), ...debtWaits(scope, scope.law, channel, invoices)];
}

/** What a message would speak of: what it asks for, else all it was asked about, else everything. */
function spokenOf(facts: AccountFacts, views: readonly InvoiceView[]): readonly InvoiceFacts[] {
	const asked = views.filter((view) => view.eligibleMinor > 0);
	const named = asked.length > 0 ? asked : views;
	return named.length > 0 ? named.map((view) => view.facts) : facts.invoices;
}

function addOnce(reasons: Reason[], why: Reason): void {
	if (!reasons.some((known) => known.code === why.code)) reasons.push(why);
}

function whyNothing(views: readonly InvoiceView[]): readonly Reason[] {
	return views.length === 0 ? [reason('nothing_owed')] : views.flatMap((view) => view.why);
}

function belowMinimum({ plan, facts, trace }: Scope, amountMinor: number, stops: Reason[]): void {
	const minimum = plan.minimumIn(facts.currency).messageMinor;
	const leaves: Leaf[] = [];
	const ok = leaf(leaves, 'amount_minor', '>=', minimum, amountMinor) === true;
	if (ok) {
		trace.push({ rule: 'minimum', outcome: 'pass', text: `${formatMoney(amountMinor, facts.currency)} is worth a message.`, leaves });
		return;
	}
	const why = reason('below_minimum', { amount: formatMoney(amountMinor, facts.currency), minimum: formatMoney(minimum, facts.currency) });
	stops.push(why);
	trace.push({ rule: 'minimum', outcome: 'hold', text: why.text, leaves });
}

/** The oldest confirmation of what the message would state. */
function stale({ plan, now, trace }: Scope, views: readonly InvoiceView[], stops: Reason[]): void {
	let oldest = Number.POSITIVE_INFINITY;
	for (const view of views) if (view.eligibleMinor > 0) oldest = Math.min(oldest, view.facts.asOf);
	if (oldest === Number.POSITIVE_INFINITY) return;
	const limit = plan.policy.max_balance_age_hours;
	const leaves: Leaf[] = [];
	const ok = leaf(leaves, 'balance_age_ms', '<=', limit * HOUR, now - oldest) === true;
	const why = ok ? undefined : reason('stale_balance', { count: Math.floor((now - oldest) / HOUR), limit });
	if (why !== undefined) stops.push(why);
	trace.push({ rule: 'stale_balance', outcome: ok ? 'pass' : 'hold', text: why?.text ?? `Confirmed within ${limit} hours.`, leaves });
}

function timing({ law, facts, now, waits }: Scope, first: Paced | undefined, stops: Reason[], asking: Asking): Pick<Permission, 'stops' | 'waits' | 'at'> {
	// Without a channel to go by, the narrowest hours say when one could.
	const channel = first?.channel ?? 'sms';
	const hours = keepsHours(channel) ? law.hours[channel] : undefined;
	const common = asking.plain === true ? waits.common.filter((why) => !COOLDOWNS.includes(why.code)) : waits.common;
	const all = [...(asking.waits ?? FREE), ...common, ...(first?.waits ?? FREE), ...(hours === undefined ? FREE : waits.hours(channel))];
	const passing: Reason[] = [];
	const untils: number[] = [];
	for (const why of all) {
		// A reason without an end (a cap of 0, an unknown zone) is no wait.
		if (why.until === undefined) stops.push(why);
		else {
			passing.push(why);
			untils.push(why.until);
		}
	}
	return { stops, waits: passing, at: stops.length > 0 ? undefined : allowedAt(facts, now, untils, hours) };
}
