/**
 * What the rules read and what they answer. Instants are milliseconds since 1970 (UTC), days are
 * "YYYY-MM-DD" in the practice's zone, money is minor units of `currency`. Nothing here names a person.
 *
 * `undefined` in a fact means unknown. An unknown fact makes a restricting rule hold; it never lets a
 * message through.
 */
import type { Channel, EventType, HoldReason, LineState, PatientRelation, PlanStatus, PromiseStatus, Recipient, RelativeRelation } from '../contracts/words.ts';

export interface LineFacts {
	line: number;
	state: LineState;
	chargeMinor: number;
	paidMinor: number;
	/** Deductible, coinsurance and copay: PR-1, PR-2, PR-3. */
	patientMinor: number;
	category?: string;
}

/** Who received the care, where it is not simply the guarantor. Never named. */
export interface PatientFacts {
	/** Our code: two invoices with the same one are for the same person. */
	ref: string;
	relation: PatientRelation;
	/** YYYY-MM-DD; undefined is unknown, which holds for a child. */
	bornOn?: string;
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
	serviceDate?: string;
	/** Absent: the guarantor. */
	patient?: PatientFacts;
	/** Care that the guarantor must not learn of from us (a minor's own consent, a patient's restriction). */
	confidential?: boolean;
	/** The name it goes out under, where the practice has several: two brands are never told in one message. */
	brand?: string;
	/** Since when (ms) all that is left of it lies with the payer (denial, appeal, crossover): the ladder's clock stands. */
	insuranceSince?: number;
	/** The source system itself says overdue. */
	statusOverdue?: boolean;
	/** An event for `statusOverdue` was raised already. */
	statusRaised?: boolean;
	/** Installments cover it: its own ladder is silent. */
	onPlan?: boolean;
	/** Self-pay: what the good faith estimate said, minor units. */
	estimateMinor?: number;
	/** When (ms) a payment for it came back: the ladder waits from here. */
	returnedAt?: number;
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
	/** What the consent or its revocation speaks of; absent is billing. */
	scope?: 'billing' | 'all';
	/** The person was told that the channel is not private and still prefers it: amounts may be named. */
	riskNotice?: boolean;
	/** Fax: the guarantor asked for it. */
	requested?: boolean;
	/** The person asked to be reached here and nowhere else (45 CFR 164.522(b)). */
	only?: boolean;
}

/** The one relative on file. Told, never asked: nobody owes by being related. */
export interface RelativeFacts {
	relation: RelativeRelation;
	/** Since when (ms) the guarantor lets them be told; absent: nobody recorded that the guarantor does. */
	authorizedAt?: number;
	/** Until when (ms); absent is until it is taken back. */
	until?: number;
	revoked?: boolean;
	/** Gets the messages in the guarantor's place when nobody says who. */
	instead?: boolean;
	contacts: readonly ContactFacts[];
	/** As of the account: empty is unknown. */
	zones: readonly string[];
	places?: readonly string[];
}

/** A contact that counts against the caps: sent by us, or made elsewhere and recorded. */
export interface PastContact {
	at: number;
	channel: Channel;
	/** Invoices it spoke of, for caps per debt; absent counts against every debt. */
	invoices?: readonly string[];
	/** Somebody talked with the person: more than a message left. */
	conversation?: boolean;
	/** It did not arrive. */
	failed?: boolean;
	/** Events it answered, by key: they are not told twice. */
	occasions?: readonly string[];
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
	/** For people to read: the code says what the rules need. */
	method?: 'card' | 'ach' | 'check' | 'cash' | 'other';
	/** How often this debit was tried again already. */
	retries?: number;
	autopay?: boolean;
}

export interface AppointmentFacts {
	ref: string;
	completedAt: number;
	/** What it leaves for the patient to pay; undefined is not known yet. */
	residualMinor?: number;
	/** The residual is a copay that was known at the visit, or the payer has adjudicated. */
	certain: boolean;
	invoice?: string;
	raised: boolean;
}

export interface InstallmentFacts {
	number: number;
	/** YYYY-MM-DD */
	dueOn: string;
	amountMinor: number;
	paidMinor: number;
	/** Events raised for it already. */
	raised: readonly ('due' | 'missed')[];
}

export interface PlanFacts {
	ref: string;
	status: PlanStatus;
	/** Invoices whose ladder it replaces. */
	covers: readonly string[];
	installments: readonly InstallmentFacts[];
	/** An event for its breaking was raised already. */
	brokenRaised: boolean;
	/** Since when the ladder of what it covers rests; its days do not age a balance. Absent: they do. */
	since?: number;
}

export interface PromiseFacts {
	ref: string;
	status: PromiseStatus;
	/** YYYY-MM-DD */
	on: string;
	amountMinor: number;
	/** Paid since it was made. */
	paidMinor: number;
	/** How often it was moved. */
	extensions: number;
	covers: readonly string[];
	raised: readonly ('due' | 'kept' | 'partial' | 'broken')[];
	/** As of a plan. */
	since?: number;
}

export interface FlagFacts {
	ref: string;
	/** reminder: asks for one; review: asks for staff. */
	purpose: 'reminder' | 'review';
	priority: 'low' | 'normal' | 'high';
	at: number;
	raised: boolean;
}

/** A statement cycle that has closed. */
export interface CycleFacts {
	/** YYYY-MM-DD */
	closedOn: string;
	/** Still unpaid of it so many days after its notice as the policy says. */
	unpaidMinor: number;
}

export interface DisputeFacts {
	ref: string;
	invoice?: string;
	payment?: string;
	reason: string;
	at: number;
	acknowledged: boolean;
	raised: boolean;
}

export interface ClaimFacts {
	ref: string;
	payer: string;
	lines: LineFacts[];
	/** Numbers of the denied lines an event was raised for already; 0 stands for the whole claim, when it was rejected. */
	raisedLines: number[];
	/** The invoice behind it, by our code: nothing of a rejected claim is asked for. */
	invoice?: string;
	/** The remittance that brought the denial (TRN02, CLP07): the same lines denied by a later one are a new occurrence. */
	trace?: string;
	/** Last day to act, by a rule of the payer's; absent without a rule. */
	deadlineOn?: string;
	/** Short name of that rule: a deadline is never shown without it. */
	deadlineRule?: string;
	/** The staff member who works it. */
	owner?: string;
	/** A rejection before adjudication (277CA): nothing of it may go to the patient. */
	rejected?: boolean;
	/** The patient paid a share that a reversal took back: money to return, not to ask for. */
	refundMinor?: number;
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
	/**
	 * Where law may come from: states by address, area code and practice, and cities (`NYC`), two letters else.
	 * Empty is unknown; the strictest rule of all of them wins.
	 */
	places?: readonly string[];
	/** The practice has begun debt collection procedures on it (NYC); unknown counts as begun where a law asks. */
	inCollections?: boolean;
	/** False: another person signed, or nobody did; undefined is the usual case that nobody questions. */
	guarantorSigned?: boolean;
	/** Absent here and below: there are none. */
	appointments?: readonly AppointmentFacts[];
	plans?: readonly PlanFacts[];
	promises?: readonly PromiseFacts[];
	flags?: readonly FlagFacts[];
	cycles?: readonly CycleFacts[];
	disputes?: readonly DisputeFacts[];
	planType?: string;
	highDeductible?: boolean;
	/** State of residence, two letters, for the practice's own rules; law reads `places`. */
	state?: string;
	location?: string;
	/**
	 * Amounts (minor) that subscriptions chose beside the policy's threshold. Whoever adds one puts it into `above` of
	 * the accounts that are over it, or each of them raises an event for a balance that did not rise.
	 */
	thresholds?: readonly number[];
	/** Of all thresholds, those it has risen above and not fallen back from. Absent: never looked at, so nothing has risen. */
	above?: readonly number[];
	/** Rules it met at the last review, by id: the practice's own, high_deductible, recurring. Absent: never looked at. */
	matched?: readonly string[];
	/** Events that no message has answered yet, by key and type: today's, and last evening's when it was too late for one. */
	pendingEvents?: readonly { key: string; type: EventType; at: number; days?: number }[];
	/** Ladders of staff work that are open for it already, by id. */
	openLadders?: readonly string[];
	/** The next statement, YYYY-MM-DD, when the practice keeps a cycle. */
	nextStatementOn?: string;
	relative?: RelativeFacts;
	/** Set by the rules alone (recipient.ts): contacts, zones and places are those for a message to the relative. */
	recipient?: 'relative';
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
	appointment?: string;
	plan?: string;
	installment?: number;
	promise?: string;
	flag?: string;
	dispute?: string;
	/** rule_matched: the id of the rule. */
	matched?: string;
	/** balance_over_threshold: the threshold (minor). */
	thresholdMinor?: number;
	/**
	 * payment_plan_due: coming, missed, broken; of a promise: due, kept, partial, broken. payment_failed: soft, hard,
	 * bad_account, unauthorized, frozen, deceased, unknown. claim_denied: rejected. balance_overdue: status. account_flagged: reminder, review.
	 */
	stage?: string;
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
	/** What the policy's ladder says of it; absent: the usual. */
	route?: string;
	owner?: string;
	dueBusinessDays?: number;
	/** The id of the ladder that asks for it. */
	ladder?: string;
	/** A stage of the same cause, such as days left: open work moves up once for each. */
	step?: string;
}

/** What a flow or a person asks of Send Reminder; absent fields are the rules' to choose. */
export interface ReminderRequest {
	message?: string;
	channel?: Channel;
	/** Left out: the guarantor, or the relative who gets the messages in the guarantor's place. */
	recipient?: Recipient;
	/** Only these invoices. */
	invoices?: string[];
	/** The step was taken by a message that did not get through: its fallback says the same once more, whatever the ladder says. */
	repeat?: true;
	/** The event that asks for it: payment_failed has its own message and no milestone. With its key it is never told twice. */
	because?: { type: EventType; days?: number; key?: string };
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
	/** The events of the day that it answers, the one that chose the message first; empty when it is the ladder's alone. */
	occasions: { key: string; type: EventType }[];
	sendAt?: number;
	reasons: Reason[];
}

export interface Decision {
	eligibleMinor: number;
	totalMinor: number;
	/** Whom a message is for. */
	recipient: Recipient;
	/** May the recipient be contacted about the eligible amount at all (hours and caps aside)? */
	canContact: boolean;
	/** Why not. Includes waits (hours, caps) with their `until`. */
	blocked: Reason[];
	events: RaisedEvent[];
	/** Invoice → the milestone now raised. Only rises. */
	raised: Record<string, number>;
	/** Thresholds (minor) it is above now, and own rules it meets now: the next review's `above` and `matched`. */
	above: number[];
	matched: string[];
	/** Plans and promises whose status follows from time and payments. */
	arrangements: { ref: string; status: PlanStatus | PromiseStatus }[];
	/** What the ladder would send now. `hold` with reason `not_due` when no step is due. */
	reminder: ReminderDecision;
	work: StaffWork[];
	/** When time alone can next change anything; undefined: never. */
	nextReviewAt?: number;
	trace: Trace[];
	policyHash: string;
	/** Ids and reviewed-on days of the packs of law that were in force for it. */
	packs: string[];
}
