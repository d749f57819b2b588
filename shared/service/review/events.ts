/** What the rules found, as events: what every event carries, and the trigger's own fields by family. */
import type { EventType } from '../../contracts/words.ts';
import type { NewEvent } from '../events.ts';
import type { How } from './accounts.ts';
import { appointmentBalanceDue } from './fields/appointment.ts';
import { claimDenied } from './fields/claim.ts';
import { paymentDisputed } from './fields/dispute.ts';
import { accountFlagged } from './fields/flag.ts';
import { balanceOverdue } from './fields/overdue.ts';
import { balancePaid } from './fields/paid.ts';
import { paymentFailed } from './fields/payment.ts';
import { paymentPlanDue } from './fields/plan.ts';
import { ruleMatched } from './fields/rule.ts';
import { balanceOverThreshold } from './fields/threshold.ts';
import type { Told } from './fields/told.ts';

const FIELDS: Partial<Record<EventType, (told: Told) => Record<string, unknown>>> = {
	balance_overdue: balanceOverdue,
	balance_over_threshold: balanceOverThreshold,
	appointment_balance_due: appointmentBalanceDue,
	payment_failed: paymentFailed,
	payment_disputed: paymentDisputed,
	payment_plan_due: paymentPlanDue,
	claim_denied: claimDenied,
	rule_matched: ruleMatched,
	account_flagged: accountFlagged,
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
