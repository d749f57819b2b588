/**
 * What the rules read and what they answer. Instants are milliseconds since 1970 (UTC), days are
 * "YYYY-MM-DD" in the practice's zone, money is minor units of `currency`. Nothing here names a person.
 *
 * `undefined` in a fact means unknown. An unknown fact makes a restricting rule hold; it never lets a
 * message through.
 */
import type { Channel, EventType, HoldReason, LineState } from '../contracts/words.ts';

export interface LineFacts {
	line: number;
	state: LineState;
	chargeMinor: number;
	paidMinor: number;
	/** Deductible, coinsurance and copay: PR-1, PR-2, PR-3. */
	patientMinor: number;
	category?: string;
}

export interface InvoiceFacts {
	ref: string;
	/** What the source says is the patient's to pay now; never negative (credits are `creditMinor`). */
	amountMinor: number;
	dueDate?: string;
	firstNoticeDate?: string;
	/** When the source last confirmed the amount. */
	asOf: number;
	/** Is the amount the final patient share? Unknown holds. Lines decide where there are any. */
	finalShare?: boolean;
	disputed: boolean;
	/** Service lines of the claim behind the invoice; the eligible amount is theirs. */
	lines?: LineFacts[];
	/** Days of the highest milestone an event was raised for, and a message was sent for. They never fall. */
	raisedDays: number;
	remindedDays: number;
	/** Calendar days spent on hold: they do not age the balance. */
	pausedDays: number;
	/** Since when (ms) it is owed anew under the same reference, after it had been paid. */
	againSince?: number;
}

export interface HoldFacts {
	reason: HoldReason;
	/** Absent: everything of the account. */
	invoice?: string;
	since: number;
	/** The hold ends by itself here; absent means it lasts until it is released. */
	until?: number;
}

export interface ContactFacts {
	channel: Channel;
	/** False after a hard bounce, a wrong number, a full stop from the vendor. */
	valid: boolean;
	/** A connected vendor or staff serves the channel. */
	served: boolean;
	consent: 'granted' | 'revoked' | 'unknown';
}

/** A contact that counts against the caps: sent by us, or made elsewhere and recorded. */
export interface PastContact {
	at: number;
	channel: Channel;
}

export interface PaymentFacts {
	ref: string;
	invoice?: string;
	status: 'succeeded' | 'failed' | 'returned' | 'disputed';
	amountMinor: number;
	at: number;
	code?: string;
	/** The vendor itself will try again. */
	willRetry?: boolean;
	/** An event was raised for it already. */
	raised: boolean;
}

export interface ClaimFacts {
	ref: string;
	payer: string;
	lines: LineFacts[];
	/** Numbers of the denied lines an event was raised for already. */
	raisedLines: number[];
}

export interface AccountFacts {
	ref: string;
	currency: string;
	/** IANA name of the practice's zone: calendar days and business days are counted in it. */
	practiceZone: string;
	/** Every zone the recipient may be in, by address, area code and practice; empty is unknown. */
	zones: readonly string[];
	invoices: readonly InvoiceFacts[];
	/** Money of the patient's that lies unapplied; positive. */
	creditMinor: number;
	holds: readonly HoldFacts[];
	contacts: readonly ContactFacts[];
	/** The past 30 days, any order. */
	history: readonly PastContact[];
	payments: readonly PaymentFacts[];
	claims: readonly ClaimFacts[];
	lastPaymentAt?: number;
	lastReplyAt?: number;
	/** What was owed at the last review, to see it fall to zero. */
	previousMinor?: number;
	/** Staff work for an unpaid balance is open already. */
	workOpen: boolean;
}

/** One leaf that was looked at. */
export interface Leaf {
	fact: string;
	op: '=' | '<' | '<=' | '>' | '>=' | 'in' | 'known';
	expected: unknown;
	actual: unknown;
	/** undefined: the fact is unknown. */
	ok: boolean | undefined;
}

/** One rule's word. `hold` and `deny` stop a message; `wait` moves it to `until`; `fire` raises an event. */
export interface Trace {
	rule: string;
	outcome: 'pass' | 'hold' | 'deny' | 'wait' | 'fire' | 'skip';
	/** The invoice, payment or claim it looked at; absent when it is the account. */
	subject?: string;
	/** A sentence for a person, without names. */
	text: string;
	leaves: Leaf[];
	/** When the outcome can change by time alone. */
	until?: number;
}

/** Why not, in words, and what would change it. */
export interface Reason {
	/** The rule's id: `consent`, `hours`, `cap_7_days`, `hold_dispute`, … A closed list: REASONS in reasons.ts. */
	code: string;
	text: string;
	remedy: string;
	until?: number;
	/** The reason is a fact nobody knows: it becomes one work item per reason and day. */
	unknownFact?: boolean;
}

export interface RaisedEvent {
	type: EventType;
	/** Same key, same occurrence: the ledger keeps the first. */
	key: string;
	amountMinor: number;
	invoices: string[];
	/** balance_overdue: the milestone. */
	days?: number;
	/** The message of the ladder that belongs to it. */
	message?: string;
	payment?: string;
	claim?: string;
	lines?: number[];
	/** One sentence, with the amount, without names. */
	summary: string;
	reasons: string[];
}

export interface StaffWork {
	/** One open item per cause. */
	cause: string;
	reason: string;
	title: string;
	severity: 'low' | 'normal' | 'high';
	amountMinor: number;
}

/** What a flow or a person asks of Send Reminder; absent fields are the rules' to choose. */
export interface ReminderRequest {
	message?: string;
	channel?: Channel;
	/** Only these invoices. */
	invoices?: string[];
	/** The step was taken by a message that did not get through: its fallback says the same once more, whatever the ladder says. */
	repeat?: true;
	/** The event that asks for it: payment_failed has its own message and no milestone. */
	because?: { type: EventType; days?: number };
}

export interface ReminderDecision {
	/** send: now. wait: at `sendAt`. hold: not until something changes. */
	verdict: 'send' | 'wait' | 'hold';
	message?: string;
	/** Milestone days the message stands for; 0 when it is not of the ladder. */
	days: number;
	channel?: Channel;
	/** The next channel, if delivery fails and the policy allows one fallback. */
	fallback?: Channel;
	amountMinor: number;
	covers: string[];
	sendAt?: number;
	reasons: Reason[];
}

export interface Decision {
	eligibleMinor: number;
	totalMinor: number;
	/** May the guarantor be contacted about the eligible amount at all (hours and caps aside)? */
	canContact: boolean;
	/** Why not. Includes waits (hours, caps) with their `until`. */
	blocked: Reason[];
	events: RaisedEvent[];
	/** Invoice → the milestone now raised. Only rises. */
	raised: Record<string, number>;
	/** What the ladder would send now. `hold` with reason `not_due` when no step is due. */
	reminder: ReminderDecision;
	work: StaffWork[];
	/** When time alone can next change anything; undefined: never. */
	nextReviewAt?: number;
	trace: Trace[];
	policyHash: string;
}
