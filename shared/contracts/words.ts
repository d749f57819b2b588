/** The product's closed vocabularies. Keys travel on the wire and lie in the database: they never change. */

export const CHANNELS = { sms: 'Text message', voice: 'Phone call', email: 'E-mail', letter: 'Letter', fax: 'Fax', portal: 'Portal message' } as const;
export type Channel = keyof typeof CHANNELS;

/** The life of a reminder. `unknown` is final until a person or the vendor says otherwise; it is never sent again blindly. */
export const REMINDER_STATUSES = {
	prepared: 'Prepared for another app to send',
	awaiting_approval: 'Waiting for approval',
	scheduled: 'Scheduled',
	sending: 'Being sent',
	sent: 'Sent',
	delivered: 'Delivered',
	undelivered: 'Not delivered',
	failed: 'Refused by the sending service',
	suppressed: 'Not sent: the rules forbid it',
	cancelled: 'Cancelled',
	unknown: 'Outcome unknown',
} as const;
export type ReminderStatus = keyof typeof REMINDER_STATUSES;

/** What a vendor says of a message, in our words. */
export type DeliveryStatus = 'sent' | 'delivered' | 'undelivered' | 'unknown';

export const HOLD_REASONS = {
	bankruptcy: 'Bankruptcy',
	deceased: 'Deceased',
	qmb: 'Qualified Medicare Beneficiary: never bill cost sharing',
	attorney: 'Represented by an attorney',
	never_bill: 'Never bill',
	dispute: 'Disputed',
	gfe_dispute: 'Good faith estimate dispute',
	coding_review: 'Coding review',
	financial_assistance: 'Financial assistance pending',
	payment_plan: 'On a payment plan',
	promise: 'Promised to pay',
	staff_review: 'Waiting for staff',
	import_settling: 'Recently imported',
	other: 'Other',
} as const;
export type HoldReason = keyof typeof HOLD_REASONS;
/** No policy, release or staff choice lets a message through these. */
export const ABSOLUTE_HOLDS: readonly HoldReason[] = ['bankruptcy', 'deceased', 'qmb', 'attorney', 'never_bill'];

export const EVENT_TYPES = [
	'balance_overdue',
	'payment_failed',
	'claim_denied',
	'balance_paid',
	'reminder_not_delivered',
	'patient_replied',
	'escalation_raised',
	'review_finished',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

/** Service-line states, domain: a denied line pauses, the rest may go on. */
export const LINE_STATES = [
	'pending',
	'adjudicated',
	'crossover',
	'denied_open',
	'in_appeal',
	'corrected',
	'final_patient',
	'final_writeoff',
	'reversed',
	'never_bill',
] as const;
export type LineState = (typeof LINE_STATES)[number];
