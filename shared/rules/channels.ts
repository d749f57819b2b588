/** Which channel a message may take: reachable, served, consented to, and worth its price. */
import { formatMoney } from '../contracts/money.ts';
import type { Channel } from '../contracts/words.ts';
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

/** How far a contact got, so that of two numbers the better one explains. */
const PROGRESS: readonly ReasonCode[] = ['no_contact', 'channel_not_served', 'contact_invalid', 'consent_revoked', 'unknown_consent'];

export function channelsFor(plan: Plan, facts: AccountFacts, amountMinor: number, candidates: readonly Channel[], trace: Trace[]): Channels {
	const open: Channel[] = [];
	const closed = new Map<ReasonCode, Channel[]>();
	for (const channel of candidates) {
		const leaves: Leaf[] = [];
		const why = refusal(plan, facts, amountMinor, channel, leaves);
		if (why === undefined) open.push(channel);
		else closed.set(why, [...(closed.get(why) ?? []), channel]);
		trace.push({
			rule: `channel_${channel}`,
			outcome: why === undefined ? 'pass' : 'deny',
			text: why === undefined ? 'It may be used.' : words(why, [channel], plan, facts, amountMinor).text,
			leaves,
		});
	}
	return { open, reasons: open.length > 0 ? [] : [...closed].map(([why, channels]) => words(why, channels, plan, facts, amountMinor)) };
}

function words(code: ReasonCode, channels: readonly Channel[], plan: Plan, facts: AccountFacts, amountMinor: number): Reason {
	if (code !== 'below_paper_minimum') return reason(code, { channels });
	return reason(code, { amount: formatMoney(amountMinor, facts.currency), minimum: formatMoney(plan.minimumIn(facts.currency).paperMinor, facts.currency) });
}

function refusal(plan: Plan, facts: AccountFacts, amountMinor: number, channel: Channel, leaves: Leaf[]): ReasonCode | undefined {
	if (channel === 'sms' && leaf(leaves, 'role', 'in', ['creditor', 'servicer'], plan.policy.role) !== true) return 'sms_collector';
	if (PAPER.includes(channel) && leaf(leaves, 'amount_minor', '>=', plan.minimumIn(facts.currency).paperMinor, amountMinor) !== true)
		return 'below_paper_minimum';
	let best = 0;
	for (const contact of contactsFor(facts, channel)) {
		const why = contactRefusal(contact, plan.needsConsent.has(channel), leaves);
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

const rank = ({ served, valid, consent }: ContactFacts): number => Number(served) * 6 + Number(valid) * 3 + ['revoked', 'unknown', 'granted'].indexOf(consent);

function contactRefusal(contact: ContactFacts, needsConsent: boolean, leaves: Leaf[]): ReasonCode | undefined {
	if (leaf(leaves, 'served', '=', true, contact.served) !== true) return 'channel_not_served';
	if (leaf(leaves, 'valid', '=', true, contact.valid) !== true) return 'contact_invalid';
	const consent = contact.consent === 'unknown' ? undefined : contact.consent;
	const granted = leaf(leaves, 'consent', '=', 'granted', consent);
	if (granted === false) return 'consent_revoked';
	return granted === undefined && needsConsent ? 'unknown_consent' : undefined;
}
