/** How far an opt-out reaches, and what a channel may name. */
import type { Channel } from '../../contracts/words.ts';
import type { AccountFacts } from '../types.ts';
import type { Law } from './law.ts';

/** Calls and texts are one medium to the law (47 CFR 64.1200(a)(10)). */
const PHONE: readonly Channel[] = ['sms', 'voice'];

/**
 * Does an opt-out on another channel stop this one? Who said "everything" meant it, on whatever day and whatever the
 * law reads into less (47 CFR 64.1200(a)(10)). Where the law or the policy takes one opt-out for all, one by phone
 * stops calls and texts.
 */
export function reaches(law: Law, facts: AccountFacts, channel: Channel): boolean {
	const phone = law.revokeAll && PHONE.includes(channel);
	return facts.contacts.some((contact) => contact.consent === 'revoked' && (contact.scope === 'all' || (phone && PHONE.includes(contact.channel))));
}

/**
 * May a message on this channel name an amount? A text only when everybody it may reach was told of the risk
 * and still prefers it; a voicemail and a fax cover never.
 */
export function mayNameAmount(law: Law, facts: AccountFacts, channel: Channel): boolean {
	const needs = law.amount.get(channel);
	if (needs === undefined) return true;
	const contacts = facts.contacts.filter((contact) => contact.channel === channel && contact.valid && contact.consent !== 'revoked');
	return needs === 'risk_notice' && contacts.length > 0 && contacts.every((contact) => contact.riskNotice === true);
}
