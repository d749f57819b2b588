/** The consent in force at an instant, with its evidence: from the entries that granted, revoked or relied on it. */
import type { Channel } from '../../contracts/words.ts';
import type { ConsentRow } from '../accounts/rows.ts';
import type { Entry } from './past.ts';

const CHANNELS: readonly Channel[] = ['sms', 'voice', 'email', 'fax', 'portal', 'letter'];

/** What stands now is the truth from its own instant on; what it replaced is known from the audit, or not at all. */
export function consentsAt(now: readonly ConsentRow[], entries: readonly Entry[], at: number): ConsentRow[] {
	return CHANNELS.flatMap((channel) => {
		const current = now.find((consent) => consent.channel === channel);
		if (current !== undefined && Date.parse(current.at) <= at) return [current];
		return entries
			.filter((entry) => entry.at <= at)
			.flatMap((entry) => consentOf(entry, channel, entries) ?? [])
			.slice(-1);
	});
}

function consentOf({ kind, body, at }: Entry, channel: Channel, entries: readonly Entry[]): ConsentRow | undefined {
	const consent = (state: 'granted' | 'revoked', evidence: string, since = at): ConsentRow => ({
		channel,
		state,
		evidence,
		purpose: 'billing',
		risk_notice_at: null,
		at: new Date(since).toISOString(),
	});
	// The relative's are the relative's own.
	if (body.recipient === 'relative') return undefined;
	if (kind === 'consent_revoked') return body.channels?.includes(channel) ? consent('revoked', body.how ?? '') : undefined;
	// A message that left names the consent it relied on.
	if (kind === 'reminder_leaving')
		return body.channel === channel && body.consent ? consent(body.consent.state, body.consent.evidence, Date.parse(body.consent.at)) : undefined;
	const named = (kind === 'account_updated' || kind === 'account_created') && body.fields?.includes(`${channel}_consent`);
	// A No has an entry of its own beside it.
	const refused = entries.some(
		(other) => other.kind === 'consent_revoked' && other.body.recipient !== 'relative' && other.at === at && other.body.channels?.includes(channel),
	);
	return named && !refused ? consent('granted', body.consent_evidence ?? '') : undefined;
}
