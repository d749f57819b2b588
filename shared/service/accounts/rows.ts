/** An account with all that is known of it, as one query reads it. Amounts in minor units, instants as ISO text. */
import type { Channel, EventType, HoldReason, PatientRelation, RelativeRelation } from '../../contracts/words.ts';
import type { AccountFacts } from '../../rules/types.ts';
import type { ClaimRow } from '../claims/facts.ts';

export interface InvoiceRow {
	invoice_ref: string;
	your_reference: string;
	amount_minor: number;
	currency: string;
	due_date: string | null;
	first_notice_date: string | null;
	service_date: string | null;
	final_share: boolean | null;
	disputed: boolean;
	source: string;
	connection: string | null;
	external_id: string | null;
	as_of: string;
	raised_days: number;
	reminded_days: number;
	paused_days: number;
	again_since: string | null;
	patient_ref: string | null;
	patient_relation: PatientRelation | null;
	patient_born_on: string | null;
	confidential: boolean;
	estimate_minor: number | null;
	insurance_since: string | null;
	status_overdue: boolean;
	status_raised: boolean;
	returned_at: string | null;
}

export interface HoldRow {
	hold_ref: string;
	scope: string;
	target: string | null;
	reason: HoldReason;
	since: string;
	until: string | null;
}

export interface ContactRow {
	channel: Channel;
	address: string;
	valid: boolean;
	only_here: boolean;
	requested: boolean;
}

export interface ConsentRow {
	channel: Channel;
	state: 'granted' | 'revoked';
	evidence: string;
	purpose: 'billing' | 'all';
	risk_notice_at: string | null;
	at: string;
}

/** The one relative on file, with contacts and consents of their own. */
export interface RelativeRow {
	name: string;
	relation: RelativeRelation;
	authorized_at: string | null;
	/** How the guarantor authorised it. */
	evidence: string;
	until: string | null;
	revoked_at: string | null;
	instead: boolean;
	language: string;
	state: string | null;
	zip: string | null;
	contacts: ContactRow[];
	consents: ConsentRow[];
}

/** A contact that counts against the caps, of this account or of another one of the same guarantor. */
export interface PastRow {
	channel: Channel;
	at: string;
	account_ref: string;
	covers: string[];
	conversation: boolean;
	failed: boolean;
	/** Keys of the events it answered. */
	occasions: string[];
}

export interface PaymentRow {
	payment_ref: string;
	invoice: string | null;
	status: AccountFacts['payments'][number]['status'];
	amount_minor: number;
	at: string;
	code: string | null;
	method: 'card' | 'ach' | 'check' | 'cash' | 'other' | null;
	will_retry: boolean;
	retries: number;
	autopay: boolean;
	raised: boolean;
}

export interface AppointmentRow {
	appointment_ref: string;
	completed_at: string;
	residual_minor: number | null;
	certain: boolean;
	invoice: string | null;
	raised: boolean;
}

export interface Installment {
	number: number;
	/** YYYY-MM-DD */
	due_on: string;
	amount_minor: number;
	raised: ('due' | 'missed')[];
}

export interface ArrangementRow {
	arrangement_ref: string;
	kind: 'plan' | 'promise';
	status: string;
	total_minor: number;
	/** What the invoices it covers owed when it was made. */
	owed_minor: number;
	/** What was paid on them since, by payments that were recorded. */
	paid_minor: number;
	installments: Installment[];
	covers: string[];
	extensions: number;
	raised: string[];
	resting_since: string | null;
}

export interface FlagRow {
	flag_ref: string;
	purpose: 'reminder' | 'review';
	priority: 'low' | 'normal' | 'high';
	note: string | null;
	actor: string;
	at: string;
	raised: boolean;
}

export interface DisputeRow {
	dispute_ref: string;
	invoice: string | null;
	payment: string | null;
	reason: string;
	at: string;
	acknowledged: boolean;
	raised: boolean;
}

export interface AccountRow {
	account_ref: string;
	test: boolean;
	your_reference: string;
	location: string;
	language: string;
	time_zone: string | null;
	state: string | null;
	zip: string | null;
	plan_type: string | null;
	high_deductible: boolean | null;
	name: string | null;
	currency: string;
	owed_minor: number;
	last_payment_at: string | null;
	last_reply_at: string | null;
	settles_at: string | null;
	reviewed_at: string | null;
	import_id: string | null;
	guarantor: string | null;
	guarantor_signed: boolean | null;
	in_collections: boolean | null;
	above: number[];
	matched: string[];
	/** It came with a first import and was never reviewed: what is true of it now is no news. */
	of_first_import: boolean;
	invoices: InvoiceRow[];
	holds: HoldRow[];
	/** The guarantor's own, like the consents. */
	contacts: ContactRow[];
	consents: ConsentRow[];
	relative: RelativeRow | null;
	history: PastRow[];
	payments: PaymentRow[];
	claims: ClaimRow[];
	appointments: AppointmentRow[];
	arrangements: ArrangementRow[];
	flags: FlagRow[];
	disputes: DisputeRow[];
	cycles: { closed_on: string; unpaid_minor: number }[];
	pending: { key: string; type: EventType; at: string; days: number | null }[];
	ladders: string[];
	work_open: boolean;
}
