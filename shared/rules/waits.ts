/** What only time stands against: settling imports, silence after something happened, caps, hours. */
import type { Channel } from '../contracts/words.ts';
import { DAY, HOUR, instantOf, localDayNumber, MINUTE } from './calendar.ts';
import { type Hours, nextAllowed } from './hours.ts';
import type { Law } from './law/law.ts';
import { leaf } from './leaves.ts';
import type { Plan } from './plan.ts';
import { type ReasonCode, type ReasonFacts, reason } from './reasons.ts';
import type { AccountFacts, Leaf, PastContact, Reason, Trace } from './types.ts';

/** Reasons whose `until` is undefined never pass by themselves (a cap of 0, an unknown zone). */
export interface Waits {
	/** Whatever the channel. */
	common: Reason[];
	/** For calls. */
	voice: Reason[];
	/** By the clock, for a channel; channels with the same hours share their answer. Letters have none. */
	hours(channel: Channel): Reason[];
}

export interface Scene {
	facts: AccountFacts;
	now: number;
	trace: Trace[];
}

const NONE: readonly Reason[] = [];

export function waitsOf(plan: Plan, law: Law, facts: AccountFacts, now: number, trace: Trace[]): Waits {
	const scene: Scene = { facts, now, trace };
	const common: Reason[] = [];
	const voice: Reason[] = [];
	const { caps, cooldown, settle_minutes } = plan.policy;
	settling(scene, common, settle_minutes);
	silence(scene, common, 'cooldown_payment', 'ms_since_payment', facts.lastPaymentAt, cooldown.after_payment_days * DAY, { days: cooldown.after_payment_days });
	silence(scene, common, 'cooldown_reply', 'ms_since_reply', facts.lastReplyAt, cooldown.after_reply_hours * HOUR, { limit: cooldown.after_reply_hours });
	dayCap(scene, common, 'cap_day', facts.history, caps.per_day);
	windowCap(scene, common, 'cap_7_days', facts.history, caps.per_7_days, 7);
	windowCap(scene, common, 'cap_30_days', facts.history, caps.per_30_days, 30);
	const calls = facts.history.filter((contact) => contact.channel === 'voice');
	dayCap(scene, voice, 'voice_cap_day', calls, caps.voice_per_day);
	windowCap(scene, voice, 'voice_cap_7_days', calls, caps.voice_per_7_days, 7);
	return { common, voice, hours: hoursByChannel(scene, law) };
}

/** Writes a rule's word down; what does not pass becomes a reason. */
export function note(
	{ trace, facts }: Scene,
	into: Reason[],
	code: ReasonCode,
	leaves: Leaf[],
	ok: boolean,
	passed: string,
	words: Omit<ReasonFacts, 'until'>,
	until?: number,
	subject?: string,
): void {
	if (ok) {
		// No spread here: it is the hottest line of a review.
		trace.push(subject === undefined ? { rule: code, outcome: 'pass', text: passed, leaves } : { rule: code, outcome: 'pass', subject, text: passed, leaves });
		return;
	}
	const told = facts.recipient === undefined ? words : { ...words, who: facts.recipient };
	const why = reason(code, until === undefined ? told : { ...told, until: { at: until, zone: facts.practiceZone } });
	const entry: Trace = { rule: code, outcome: until === undefined ? 'hold' : 'wait', text: why.text, leaves };
	if (subject !== undefined) entry.subject = subject;
	if (until !== undefined) entry.until = until;
	trace.push(entry);
	into.push(why);
}

function settling(scene: Scene, into: Reason[], minutes: number): void {
	const { facts, now } = scene;
	let until = now;
	for (const hold of facts.holds) {
		if (hold.reason === 'import_settling' && hold.since <= now) until = Math.max(until, hold.until ?? hold.since + minutes * MINUTE);
	}
	const leaves: Leaf[] = [];
	const ok = leaf(leaves, 'settled_at', '<=', now, until) === true;
	note(scene, into, 'settling', leaves, ok, 'No import is settling.', {}, until);
}

function silence(
	scene: Scene,
	into: Reason[],
	code: ReasonCode,
	fact: string,
	happened: number | undefined,
	length: number,
	words: Omit<ReasonFacts, 'until'>,
): void {
	if (happened === undefined) return;
	const leaves: Leaf[] = [];
	const ok = leaf(leaves, fact, '>=', length, scene.now - happened) === true;
	note(scene, into, code, leaves, ok, 'Long enough ago.', words, happened + length);
}

/** A day is the local day, of the practice and of every zone the guarantor may be in: two messages on one day of any of them are two a day. */
function dayCap(scene: Scene, into: Reason[], code: ReasonCode, contacts: readonly PastContact[], limit: number, words: Omit<ReasonFacts, 'until'> = {}): void {
	const { facts, now } = scene;
	let count = contacts.length === 0 ? 0 : countToday(contacts, now, facts.practiceZone);
	let until = now;
	if (contacts.length > 0 || limit === 0) {
		until = nextMidnight(now, facts.practiceZone);
		for (const zone of facts.zones) {
			count = Math.max(count, countToday(contacts, now, zone));
			until = Math.max(until, nextMidnight(now, zone));
		}
	}
	const leaves: Leaf[] = [];
	const ok = leaf(leaves, code === 'voice_cap_day' ? 'calls_today' : 'messages_today', '<', limit, count) === true;
	note(scene, into, code, leaves, ok, `${count} of ${limit} today.`, { count, limit, ...words }, limit === 0 ? undefined : until);
}

/** One message for a guarantor on one channel on one local day, whatever the policy's caps allow. A cap of one a day says so already. */
export function oneADay(scene: Scene, caps: Plan['policy']['caps'], channel: Channel): readonly Reason[] {
	if (caps.per_day <= 1 || (channel === 'voice' && caps.voice_per_day <= 1)) return NONE;
	const found: Reason[] = [];
	const contacts = scene.facts.history.filter((contact) => contact.channel === channel);
	dayCap(scene, found, 'channel_day', contacts, 1, { channels: [channel] });
	return found;
}

function countToday(contacts: readonly PastContact[], now: number, zone: string): number {
	const today = localDayNumber(now, zone);
	let count = 0;
	for (const { at } of contacts) if (localDayNumber(at, zone) === today) count += 1;
	return count;
}

const nextMidnight = (now: number, zone: string): number => instantOf(localDayNumber(now, zone) + 1, 0, zone);

function windowCap(scene: Scene, into: Reason[], code: ReasonCode, contacts: readonly PastContact[], limit: number, days: number): void {
	const leaves: Leaf[] = [];
	const inside = within(contacts, scene.now, days);
	const count = inside.length;
	const ok = leaf(leaves, `${code === 'voice_cap_7_days' ? 'calls' : 'messages'}_${days}_days`, '<', limit, count) === true;
	note(scene, into, code, leaves, ok, `${count} of ${limit} in ${days} days.`, { count, limit }, ok ? undefined : freedAt(inside, limit, days));
}

/** Instants of the contacts that still count. Rolling: one counts until the same minute `days` days later. */
export function within(contacts: readonly PastContact[], now: number, days: number): number[] {
	const inside: number[] = [];
	for (const { at } of contacts) if (now - at < days * DAY) inside.push(at);
	return inside;
}

/** With n over the cap, the nth oldest must leave the window before there is room for one; undefined when there never is. */
export function freedAt(inside: number[], limit: number, days: number): number | undefined {
	const freed = inside.sort((a, b) => a - b)[inside.length - limit];
	return freed === undefined ? undefined : freed + days * DAY;
}

function hoursByChannel(scene: Scene, { hours }: Law): Waits['hours'] {
	const asked: { hours: Hours; reasons: Reason[] }[] = [];
	return (channel) => {
		const wanted = hours[channel];
		const known = asked.find((answer) => answer.hours === wanted);
		if (known !== undefined) return known.reasons;
		const reasons = hoursNow(scene, wanted);
		asked.push({ hours: wanted, reasons });
		return reasons;
	};
}

function hoursNow(scene: Scene, hours: Hours): Reason[] {
	const { facts, now, trace } = scene;
	const found: Reason[] = [];
	const leaves: Leaf[] = [];
	const zones = facts.zones.length === 0 ? undefined : facts.zones.join(', ');
	if (leaf(leaves, 'recipient_zones', 'known', undefined, zones) !== true) {
		note(scene, found, 'unknown_zone', leaves, false, '', {});
		return found;
	}
	const next = nextAllowed(now, facts.zones, hours);
	leaf(leaves, 'next_allowed', '<=', now, next);
	if (next === undefined) note(scene, found, 'no_common_hour', leaves, false, '', {});
	else if (next > now) note(scene, found, 'hours', leaves, false, '', {}, next);
	else trace.push({ rule: 'hours', outcome: 'pass', text: 'It is a decent hour wherever the guarantor may be.', leaves });
	return found;
}

/**
 * The first instant at which no wait stands any more; undefined when no hour is ever allowed. Caps and
 * cooldowns stay passed once they have, so only the hours need a second look at the end.
 */
export function allowedAt(facts: AccountFacts, now: number, untils: readonly number[], hours: Hours | undefined): number | undefined {
	const at = Math.max(now, ...untils);
	return hours === undefined ? at : nextAllowed(at, facts.zones, hours);
}
