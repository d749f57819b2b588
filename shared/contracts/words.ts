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
	medicaid: 'Medicaid: the balance must not be billed',
	workers_comp: "Workers' compensation pays",
	capitation: 'Paid by capitation',
	crossover: 'Another payer has yet to answer',
	confidential: 'Confidential care',
	wrong_guarantor: 'Another person may be the one who owes',
	hospice: 'In hospice care',
	incarcerated: 'Incarcerated',
	abuse: 'Contact may endanger the person',
	returned_mail: 'Mail came back',
	other: 'Other',
} as const;
export type HoldReason = keyof typeof HOLD_REASONS;
/** No policy, release or staff choice lets a message through these. */
export const ABSOLUTE_HOLDS: readonly HoldReason[] = ['bankruptcy', 'deceased', 'qmb', 'attorney', 'never_bill', 'medicaid', 'workers_comp', 'capitation'];

export const EVENT_TYPES = [
	'balance_overdue',
	'balance_over_threshold',
	'appointment_balance_due',
	'payment_failed',
	'payment_disputed',
	'payment_plan_due',
	'claim_denied',
	'rule_matched',
	'account_flagged',
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

/** Why a patient says that an amount is wrong. */
export const DISPUTE_REASONS = {
	not_mine: 'Not mine',
	already_paid: 'Already paid',
	insurance_should_pay: 'Insurance should pay',
	wrong_amount: 'Wrong amount',
	service_quality: 'Quality of the service',
	good_faith_estimate: 'More than the good faith estimate',
} as const;
export type DisputeReason = keyof typeof DISPUTE_REASONS;

/** A payment plan's life. `grace`: an installment is late, but within the days of grace. */
export const PLAN_STATUSES = {
	proposed: 'Proposed',
	active: 'Active',
	grace: 'Installment late, within the days of grace',
	missed: 'Installment missed',
	broken: 'Broken',
	completed: 'Completed',
	cancelled: 'Cancelled',
} as const;
export type PlanStatus = keyof typeof PLAN_STATUSES;

export const PROMISE_STATUSES = { open: 'Open', kept: 'Kept', partial: 'Kept in part', broken: 'Broken', cancelled: 'Cancelled' } as const;
export type PromiseStatus = keyof typeof PROMISE_STATUSES;

/** Rules every practice has beside its own, by id. */
export const BUILT_IN_RULES: Readonly<Record<string, string>> = { high_deductible: 'High-deductible plan', recurring: 'Recurring balance' };

/** Who owes: the patient, a child of the guarantor under 18, or another adult. */
export const PATIENT_RELATIONS = { self: 'The guarantor', child: 'A child of the guarantor', adult: 'Another adult' } as const;
export type PatientRelation = keyof typeof PATIENT_RELATIONS;

/** Who gets a message: who owes, or the one relative whom that person lets be told (45 CFR 164.510(b)). */
export const RECIPIENTS = { guarantor: 'Guarantor', relative: 'Authorised relative' } as const;
export type Recipient = keyof typeof RECIPIENTS;

/** What the relative is to the guarantor. None of them owes by that. */
export const RELATIVE_RELATIONS = { spouse: 'Spouse', parent: 'Parent', adult_child: 'Adult child', guardian: 'Guardian', other: 'Other' } as const;
export type RelativeRelation = keyof typeof RELATIVE_RELATIONS;
