/**
 * Facts as sources report them: vendors' webhooks and pages, files, forms. The ledger records facts and
 * nothing else; rules read what the ledger makes of them. Money in minor units, dates as YYYY-MM-DD in the
 * practice's zone, instants as ISO 8601.
 */
import type { Channel, DisputeReason, LineState, PatientRelation } from './words.ts';

/** Whom a fact is about: the practice's own number for the account (guarantor), and what the source knows of them. */
export interface AccountHint {
	/** Our code (`acc_…`) or the practice's own number; one of the two. */
	accountRef?: string;
	yourReference?: string;
	name?: string;
	email?: string;
	phone?: string;
	language?: string;
	location?: string;
	/** US state or territory, two letters, and ZIP code: they decide hours and law. */
	state?: string;
	zip?: string;
	planType?: string;
	highDeductible?: boolean;
	/** Flags of the source that mean an absolute hold. */
	deceased?: boolean;
	bankruptcy?: boolean;
	qmb?: boolean;
	/** Consent the source can prove, by channel. `evidence` names the column, form or document. */
	consent?: { channel: Channel; granted: boolean; evidence: string }[];
}

interface Sourced {
	/** Vendor id or `api`, `import`, `generic`. */
	source: string;
	account: AccountHint;
	currency: string;
	/** When the source knew this. Older than what is recorded is ignored. */
	asOf: string;
}

/** What is the patient's to pay now for one invoice, or for the account as a whole. */
export interface BalanceFact extends Sourced {
	kind: 'balance';
	/** The practice's number for the invoice; absent means the account's single running balance. */
	invoice?: string;
	amountMinor: number;
	originalMinor?: number;
	dueDate?: string;
	/** Day of the first notice to the patient; the aging anchor. */
	firstNoticeDate?: string;
	serviceDate?: string;
	/** False while insurance may still change the amount; undefined is unknown and holds. */
	finalPatientShare?: boolean;
	disputed?: boolean;
	/** Who received the care, where that is not simply the guarantor. */
	patient?: { ref?: string; relation?: PatientRelation; bornOn?: string };
	/** The guarantor must not learn of it from us. */
	confidential?: boolean;
	/** Self-pay: what the good faith estimate said. */
	estimateMinor?: number;
	/** The source itself says overdue. */
	statusOverdue?: boolean;
	/** The vendor's own id, to read the invoice again before a send. */
	externalId?: string;
}

export interface PaymentFact extends Sourced {
	kind: 'payment';
	/** The practice's or vendor's number of the payment: the same one twice is one payment. */
	payment: string;
	invoice?: string;
	amountMinor: number;
	status: 'succeeded' | 'failed' | 'returned' | 'disputed';
	method?: 'card' | 'ach' | 'check' | 'cash' | 'other';
	/** The processor's code: `insufficient_funds`, `R01`, … */
	code?: string;
	/** True when the vendor itself will try again, so nobody needs to be told yet. */
	willRetry?: boolean;
	/** How often this debit was tried again already. */
	retries?: number;
	/** Why it is disputed, of DISPUTE_REASONS. */
	disputeReason?: DisputeReason;
	autopay?: boolean;
	at: string;
}

export interface Adjustment {
	group: 'CO' | 'PR' | 'OA' | 'PI' | 'CR';
	/** Claim adjustment reason code (CARC). */
	code: string;
	amountMinor: number;
}

export interface ClaimLine {
	/** Position in the claim, 1-based. */
	line: number;
	procedure?: string;
	serviceDate?: string;
	chargeMinor: number;
	paidMinor: number;
	adjustments: Adjustment[];
	/** Remittance advice remark codes (RARC). */
	remarks: string[];
	state: LineState;
	/** PR-1, PR-2, PR-3: deductible, coinsurance, copay. */
	patientMinor: number;
	/** What the denial is about and who works it; a key of DENIAL_CATEGORIES, absent when the line is not denied. */
	category?: string;
}

export interface ClaimFact extends Sourced {
	kind: 'claim';
	/** Patient control number (CLP01). */
	claim: string;
	/** Payer's claim number (CLP07). */
	payerClaim?: string;
	payer: string;
	/** Claim status code (CLP02). */
	statusCode: string;
	/** Trace number of the remittance (TRN02). */
	trace?: string;
	chargeMinor: number;
	paidMinor: number;
	lines: ClaimLine[];
	invoice?: string;
}

/** One status of a claim acknowledgement (STC01, STC10 or STC11 of a 277CA). */
export interface AcknowledgementStatus {
	/** Claim status category code: A0 to A8, P0 to P5, F0 to F4, R…, E…, D0. */
	category: string;
	/** Claim status code; what exactly is wrong or done. */
	status: string;
	/** Entity code: whom it is about, such as PR (payer) or 85 (billing provider). */
	entity?: string;
	/** Service line, 1-based in the order of the file; absent means the claim. */
	line?: number;
}

/**
 * What a clearinghouse or payer says of a claim before it is decided (277CA). Several come for one claim: of each
 * `sender` the latest `asOf` counts.
 */
export interface AcknowledgementFact extends Sourced {
	kind: 'acknowledgement';
	/** Patient control number, as in CLP01 of the remittance. */
	claim: string;
	/** Payer's claim number, once it has one (REF*1K). */
	payerClaim?: string;
	/** Who speaks: the information source of the file. */
	sender: string;
	/** Whether the sender is the payer or a clearinghouse on the way to it. */
	senderKind: 'payer' | 'clearinghouse';
	/** rejected: never entered adjudication, without appeal rights; nothing of it may go to the patient. */
	outcome: 'accepted' | 'rejected' | 'pending' | 'finalised' | 'unknown';
	/** The status that decided the outcome, and all of them. */
	category: string;
	statusCode: string;
	statuses: AcknowledgementStatus[];
	/** One sentence in our words; never the free text of the file. */
	text: string;
	/** YYYY-MM-DD the status took effect (STC02). */
	effectiveOn?: string;
	/** First day of service. */
	serviceFrom?: string;
	/** Total claim charge (STC04). */
	chargeMinor?: number;
	/** Invoice, where the claim number names it. */
	invoice?: string;
}

export type Fact = BalanceFact | PaymentFact | ClaimFact | AcknowledgementFact;
