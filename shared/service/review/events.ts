/** What the rules found, as events: what every event carries, and the trigger's own fields by family. */
import type { EventType } from '../../contracts/words.ts';
import type { NewEvent } from '../events.ts';
import type { How } from './accounts.ts';
import { claimDenied } from './fields/claim.ts';
import { balanceOverdue } from './fields/overdue.ts';
import { balancePaid } from './fields/paid.ts';
import { paymentFailed } from './fields/payment.ts';
import type { Told } from './fields/told.ts';

const FIELDS: Partial<Record<EventType, (told: Told) => Record<string, unknown>>> = {
	balance_overdue: balanceOverdue,
	payment_failed: paymentFailed,
	claim_denied: claimDenied,
	balance_paid: balancePaid,
};

export function newEvent(told: Told, how: How): NewEvent {
	const { account, decision, event } = told;
	return {
		type: event.type,
		key: event.key,
		test: account.row.test,
		accountRef: account.row.account_ref,
		yourReference: account.row.your_reference,
		location: account.row.location,
		currency: account.row.currency,
		amountMinor: event.amountMinor,
		raisedBy: how.raisedBy,
		...(how.causedBy ? { causedBy: how.causedBy } : {}),
		summary: event.summary,
		reasons: event.reasons,
		canContact: decision.canContact,
		blocked: decision.blocked.map((reason) => reason.text),
		fields: FIELDS[event.type]?.(told) ?? {},
	};
}
