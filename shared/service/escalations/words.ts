/** What staff work is, and its words. */
import { formatMoney } from '../../contracts/money.ts';
import { ESCALATION_REASONS } from '../../operations/fields.ts';

export type EscalationReason = keyof typeof ESCALATION_REASONS;
export type Severity = 'low' | 'normal' | 'high';

export interface NewWork {
	/** One open item per cause. */
	cause: string;
	test: boolean;
	reason: EscalationReason;
	severity: Severity;
	/** One line without names: it travels in events. */
	title: string;
	/** What a person wrote instead, which may name somebody: for staff's eyes, in no event. */
	ownTitle?: string;
	note?: string;
	accountRef?: string;
	yourReference?: string;
	location?: string;
	/** Work about a fact nobody knows lists its accounts instead. */
	accounts?: readonly string[];
	amountMinor?: number;
	currency?: string;
	route?: string;
	owner?: string;
	dueDate?: string;
	/** Until it is due; absent, the policy's usual number. */
	dueBusinessDays?: number;
	/** The policy's ladder that asks for it, by id: one open item for each ladder and account. */
	ladder?: string;
	/** Names a stage of the same cause, such as days left: work that is open already moves up once for each. */
	step?: string;
	actor: string;
	causedBy?: string;
}

/** A ladder's work about an account has one cause, whatever the rules call it. */
export const causeOfWork = ({ ladder, accountRef, cause }: Pick<NewWork, 'ladder' | 'accountRef' | 'cause'>): string =>
	ladder && accountRef ? `ladder:${ladder}:${accountRef}` : cause;

export const RANK: Record<Severity, number> = { low: 0, normal: 1, high: 2 };

/** Urgency may rise and never falls. */
export const higher = (a: Severity, b: Severity): Severity => (RANK[b] > RANK[a] ? b : a);

export interface OpenedWork {
	ref: string;
	opened: boolean;
	owner: string;
	dueAt: number | undefined;
	route: string;
}

export const WHAT_TO_DO: Record<EscalationReason, string> = {
	unpaid_after_reminders: 'Call the guarantor: offer help, a plan, or correct what is wrong.',
	payment_failed: 'Ask for another way to pay; do not try the same account again where the bank says so.',
	claim_denied: 'Work the denial by its category; nothing is asked of the patient meanwhile.',
	disputed: 'Look into the dispute, answer the patient, then settle or correct the balance.',
	reminder_not_delivered: 'Find a working number or address, or reach the person another way. An unknown outcome is checked with the sending service first.',
	patient_asked: 'Answer the patient.',
	missing_information: 'Record the missing fact for the listed accounts, or once for their source.',
	financial_hardship: 'Offer financial help or a payment plan.',
	deadline_near: 'Act before the deadline passes.',
	send_by_hand: 'Send or hand over the message, then resolve this with the outcome Sent: that records the contact.',
	other: 'See the note.',
};

export const plainTitle = (reason: EscalationReason, amountMinor: number, currency: string): string =>
	`${ESCALATION_REASONS[reason]}${amountMinor > 0 ? `: ${formatMoney(amountMinor, currency)}` : ''}`;

/** Work that somebody asked for, whose title somebody may have written. */
export const isAsked = (cause: string): boolean => cause.startsWith('escalate:');

/** A title as those may read it who may not see whom it is about. */
export const titleWithoutNames = (work: { cause: string; reason: string; title: string; amount_minor: number; currency: string }): string =>
	isAsked(work.cause) ? plainTitle(work.reason as EscalationReason, work.amount_minor, work.currency) : work.title;
