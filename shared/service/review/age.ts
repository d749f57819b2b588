/** How old what an account owes is. */

import { restingSince } from '../../rules/arrangements.ts';
import { daysBetween, localDay } from '../../rules/index.ts';
import type { AccountFacts } from '../../rules/types.ts';
import type { Practice } from '../practice.ts';

/** Age of the oldest unpaid invoice by the policy's anchor, without days on hold or under a plan or a promise; 0 when none has an age. */
export function oldestDays(practice: Practice, facts: Pick<AccountFacts, 'invoices' | 'holds' | 'plans' | 'promises'>, now: number): number {
	const { invoices, holds } = facts;
	const standing = holds.filter((hold) => hold.since <= now && (hold.until === undefined || hold.until > now));
	const ages = invoices
		.filter((invoice) => invoice.amountMinor > 0)
		.map((invoice) => {
			const anchor = practice.policy.anchor === 'first_notice' ? (invoice.firstNoticeDate ?? invoice.dueDate) : invoice.dueDate;
			const stopped = standing.filter((hold) => hold.invoice === undefined || hold.invoice === invoice.ref).map((hold) => hold.since);
			for (const since of [invoice.insuranceSince, restingSince(facts, invoice.ref)]) if (since !== undefined) stopped.push(since);
			return anchor ? daysBetween(anchor, localDay(Math.min(now, ...stopped), practice.zone)) - invoice.pausedDays : 0;
		});
	return Math.max(0, ...ages);
}
