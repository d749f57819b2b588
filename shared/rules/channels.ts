/** Which channel a message may take: lawful, reachable, served, consented to, and worth its price. */
import { formatMoney } from '../contracts/money.ts';
import type { Channel } from '../contracts/words.ts';
import { reaches } from './law/consent.ts';
import type { Law } from './law/law.ts';
import { leaf } from './leaves.ts';
import type { Plan } from './plan.ts';
import { type ReasonCode, reason } from './reasons.ts';
import type { AccountFacts, ContactFacts, Leaf, Reason, Trace } from './types.ts';

const PAPER: readonly Channel[] = ['letter', 'fax'];

/** Letters lie in a mailbox; everything else makes a sound or lights a screen. */
export const keepsHours = (channel: Channel): boolean => channel !== 'letter';

/** Channels that may be used, in the policy's order; when there is none, why. */
export interface Channels {
	open: Channel[];
	reasons: Reason[];
}

interface Door {
	plan: Plan;
	law: Law;
	facts: AccountFacts;
	now: number;
	trace: Trace[];
}

/** How far a contact got, so that of two numbers the better one explains. */
const PROGRESS: readonly ReasonCode[] = [
	'no_contact',
	'channel_not_served',
	'contact_invalid',
	'only_contact',
	'fax_not_requested',
	'consent_revoked',
	'unknown_consent',
];

/** What somebody chose; else the place the person asked for and no other (45 CFR 164.522(b)); else the policy's order. */
export function candidatesFor(plan: Plan, facts: AccountFacts, wanted: Channel | undefined): readonly Channel[] {
	if (wanted !== undefined) return [wanted];
	const only = facts.contacts.filter(isOnly).map((contact) => contact.channel);
	if (only.length === 0) return plan.policy.channels;
	const known = plan.policy.channels.filter((channel) => only.includes(channel));
	return known.length > 0 ? known : [...new Set(only)].sort();
}

const isOnly = (contact: ContactFacts): boolean => contact.only === true;

export function channelsFor(door: Door, amountMinor: number, candidates: readonly Channel[]): Channels {
	const open: Channel[] = [];
	const closed = new Map<ReasonCode, Channel[]>();
	for (const channel of candidates) {
		const leaves: Leaf[] = [];
		const why = refusal(door, amountMinor, channel, leaves);
		if (why === undefined) open.push(channel);
		else closed.set(why, [...(closed.get(why) ?? []), channel]);
		door.trace.push({
			rule: `channel_${channel}`,
			outcome: why === undefined ? 'pass' : 'deny',
			text: why === undefined ? 'It may be used.' : words(why, [channel], door, amountMinor).text,
			leaves,
		});
	}
	return { open, reasons: open.length > 0 ? [] : [...closed].map(([why, channels]) => words(why, channels, door, amountMinor)) };
}

function words(code: ReasonCode, channels: readonly Channel[], { plan, facts }: Door, amountMinor: number): Reason {
	if (code !== 'below_paper_minimum') return reason(code, facts.recipient === undefined ? { channels } : { channels, who: facts.recipient });
	return reason(code, { amount: formatMoney(amountMinor, facts.currency), minimum: formatMoney(plan.minimumIn(facts.currency).paperMinor, facts.currency) });
}

function refusal(door: Door, amountMinor: number, channel: Channel, leaves: Leaf[]): ReasonCode | undefined {
	const { plan, law, facts, now } = door;
	const forbidden = law.forbidden.get(channel);
	if (forbidden !== undefined) {
		leaf(leaves, 'lawful', '=', true, forbidden === 'unknown_place' ? undefined : false);
		return forbidden;
	}
	if (PAPER.includes(channel) && leaf(leaves, 'amount_minor', '>=', plan.minimumIn(facts.currency).paperMinor, amountMinor) !== true)
		return 'below_paper_minimum';
	if (channel === 'letter' && leaf(leaves, 'mail_came_back', '=', false, mailCameBack(facts, now)) !== true) return 'hold_returned_mail';
	const why = contactsRefusal(door, channel, leaves);
	if (why !== undefined) return why;
	const stopped = reaches(law, facts, channel);
	if (!stopped && !law.revokeAll) return undefined;
	return leaf(leaves, 'opted_out_elsewhere', '=', false, stopped) === true ? undefined : 'revoked_elsewhere';
}

/** That hold stops letters and nothing else. */
const mailCameBack = ({ holds }: AccountFacts, now: number): boolean =>
	holds.some((hold) => hold.reason === 'returned_mail' && hold.since <= now && (hold.until === undefined || now < hold.until));

function contactsRefusal({ law, facts }: Door, channel: Channel, leaves: Leaf[]): ReasonCode | undefined {
	const elsewhere = facts.contacts.some(isOnly);
	let best = 0;
	for (const contact of contactsFor(facts, channel)) {
		const why =
			reachRefusal(contact, leaves) ??
			(elsewhere && leaf(leaves, 'only_place', '=', true, isOnly(contact)) !== true ? 'only_contact' : undefined) ??
			(law.onRequest.has(channel) && leaf(leaves, 'requested', '=', true, contact.requested === true) !== true ? 'fax_not_requested' : undefined) ??
			consentRefusal(law, facts, contact, leaves);
		if (why === undefined) return undefined;
		best = Math.max(best, PROGRESS.indexOf(why));
	}
	if (best === 0) leaf(leaves, 'contact', 'known', undefined, undefined);
	return PROGRESS[best];
}

/** Of several the most promising first, so that the order in which they are recorded never shows. */
function contactsFor(facts: AccountFacts, channel: Channel): readonly ContactFacts[] {
	const contacts = facts.contacts.filter((contact) => contact.channel === channel);
	return contacts.length > 1 ? contacts.sort((a, b) => rank(b) - rank(a)) : contacts;
}

const rank = (contact: ContactFacts): number =>
	Number(contact.served) * 24 +
	Number(contact.valid) * 12 +
	Number(isOnly(contact)) * 6 +
	Number(contact.requested === true) * 3 +
	['revoked', 'unknown', 'granted'].indexOf(contact.consent);

function reachRefusal(contact: ContactFacts, leaves: Leaf[]): ReasonCode | undefined {
	if (leaf(leaves, 'served', '=', true, contact.served) !== true) return 'channel_not_served';
	return leaf(leaves, 'valid', '=', true, contact.valid) === true ? undefined : 'contact_invalid';
}

function consentRefusal(law: Law, facts: AccountFacts, contact: ContactFacts, leaves: Leaf[]): ReasonCode | undefined {
	const consent = contact.consent === 'unknown' ? undefined : contact.consent;
	const granted = leaf(leaves, 'consent', '=', 'granted', consent);
	if (granted === false) return 'consent_revoked';
	if (granted === true) return undefined;
	if (law.consent.has(contact.channel)) return 'unknown_consent';
	const asked = law.consentInCollections.has(contact.channel) && leaf(leaves, 'in_collections', '=', false, facts.inCollections) !== true;
	return asked ? 'unknown_consent' : undefined;
}
