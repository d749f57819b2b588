/** The ledger's tables as Kysely sees them; migrations are the truth. bigint is read as number: amounts stay far below 2^53. */
import type { ColumnType, Generated } from 'kysely';

/** Written as JSON text (both drivers serialise objects differently), read as a value. */
// biome-ignore lint/suspicious/noExplicitAny: a jsonb column holds whatever its writer documents
type Json = ColumnType<any, string, string>;
// biome-ignore lint/suspicious/noExplicitAny: as above
type JsonWithDefault = ColumnType<any, string | undefined, string>;
// biome-ignore lint/suspicious/noExplicitAny: as above
type JsonOrNull = ColumnType<any, string | null | undefined, string | null>;
/** Written as an ISO instant or a Date, read as a Date. */
type Instant = ColumnType<Date, Date | string, Date | string>;
type InstantOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;

export interface PracticeTable {
	practice_id: string;
	name: string;
	time_zone: string;
	currency: Generated<string>;
	settings: JsonWithDefault;
	policy: Json;
	policy_hash: string;
	paused: Generated<boolean>;
	created_at: Instant;
	closed_at: InstantOrNull;
}

export interface PolicyVersionTable {
	practice_id: string;
	policy_hash: string;
	policy: Json;
	since: Instant;
	actor: string;
}

export interface ApiKeyTable {
	practice_id: string;
	key_id: string;
	hash: Uint8Array;
	mode: string;
	scopes: string[];
	label: string;
	created_at: Instant;
	expires_at: InstantOrNull;
	revoked_at: InstantOrNull;
}

export interface StaffTable {
	practice_id: string;
	staff: string;
	name: string;
	email: string | null;
	phone: string | null;
}

export interface RouteTable {
	practice_id: string;
	route: string;
	label: string;
	connection: string | null;
	target: Generated<string>;
	staff: string | null;
	channel: string | null;
	sender: Generated<string>;
	problem: string | null;
}

export interface ConnectionTable {
	practice_id: string;
	connection: string;
	vendor: string;
	label: Generated<string>;
	credentials: Uint8Array;
	hook_hash: Uint8Array;
	hook_secret: Uint8Array;
	status: Generated<string>;
	status_text: Generated<string>;
	checked_at: InstantOrNull;
	cursor: JsonOrNull;
	final_share: boolean | null;
	tokens: Uint8Array | null;
	tokens_version: Generated<number>;
	refresh_by: string | null;
	refresh_at: InstantOrNull;
	sign_in_hash: Uint8Array | null;
	sign_in: Uint8Array | null;
	sign_in_until: InstantOrNull;
	created_at: Instant;
}

export interface SenderTable {
	practice_id: string;
	channel: string;
	connection: string;
	address: string;
	name: Generated<string>;
}

export interface AccountTable {
	practice_id: string;
	account_ref: string;
	test: boolean;
	your_reference: string;
	location: Generated<string>;
	language: Generated<string>;
	time_zone: string | null;
	state: string | null;
	zip: string | null;
	plan_type: string | null;
	high_deductible: boolean | null;
	name: string | null;
	currency: string;
	owed_minor: Generated<number>;
	last_payment_at: InstantOrNull;
	last_reply_at: InstantOrNull;
	settles_at: InstantOrNull;
	next_review_at: InstantOrNull;
	reviewed_at: InstantOrNull;
	import_id: string | null;
	guarantor: string | null;
	guarantor_signed: boolean | null;
	in_collections: boolean | null;
	above: Generated<number[]>;
	matched: Generated<string[]>;
	created_at: Instant;
	updated_at: Instant;
}

export interface ContactPointTable {
	practice_id: string;
	account_ref: string;
	recipient: Generated<string>;
	channel: string;
	address: string;
	valid: Generated<boolean>;
	invalid_reason: string | null;
	only_here: Generated<boolean>;
	requested: Generated<boolean>;
	updated_at: Instant;
}

export interface ConsentTable {
	practice_id: string;
	account_ref: string;
	recipient: Generated<string>;
	channel: string;
	state: string;
	evidence: string;
	purpose: Generated<string>;
	risk_notice_at: InstantOrNull;
	actor: string;
	at: Instant;
}

export interface RelativeTable {
	practice_id: string;
	account_ref: string;
	name: Generated<string>;
	relation: string;
	authorized_at: InstantOrNull;
	evidence: Generated<string>;
	until: InstantOrNull;
	revoked_at: InstantOrNull;
	instead: Generated<boolean>;
	language: Generated<string>;
	state: string | null;
	zip: string | null;
	actor: string;
	updated_at: Instant;
}

export interface InvoiceTable {
	practice_id: string;
	invoice_ref: string;
	account_ref: string;
	your_reference: Generated<string>;
	amount_minor: number;
	original_minor: number | null;
	currency: string;
	due_date: string | null;
	first_notice_date: string | null;
	service_date: string | null;
	final_share: boolean | null;
	disputed: Generated<boolean>;
	source: string;
	connection: string | null;
	external_id: string | null;
	as_of: Instant;
	raised_days: Generated<number>;
	reminded_days: Generated<number>;
	paused_days: Generated<number>;
	again_since: InstantOrNull;
	patient_ref: string | null;
	patient_relation: string | null;
	patient_born_on: string | null;
	confidential: Generated<boolean>;
	estimate_minor: number | null;
	insurance_since: InstantOrNull;
	status_overdue: Generated<boolean>;
	status_raised: Generated<boolean>;
	returned_at: InstantOrNull;
	import_id: string | null;
	created_at: Instant;
	updated_at: Instant;
}

export interface PaymentTable {
	practice_id: string;
	payment_ref: string;
	account_ref: string;
	your_reference: string;
	invoice: string | null;
	amount_minor: number;
	currency: string;
	status: string;
	method: string | null;
	code: string | null;
	will_retry: Generated<boolean>;
	retries: Generated<number>;
	autopay: Generated<boolean>;
	at: Instant;
	as_of: Instant;
	raised: Generated<boolean>;
	applied: JsonWithDefault;
	source: string;
	import_id: string | null;
}

export interface ClaimTable {
	practice_id: string;
	claim_ref: string;
	account_ref: string;
	your_reference: string;
	payer_claim: Generated<string>;
	payer: string;
	status_code: string;
	trace: Generated<string>;
	charge_minor: number;
	paid_minor: number;
	currency: string;
	invoice: string | null;
	lines: Json;
	raised_lines: Generated<number[]>;
	owner: string | null;
	worked: JsonWithDefault;
	acknowledgements: JsonWithDefault;
	rejected: Generated<boolean>;
	service_from: string | null;
	denied_at: InstantOrNull;
	deadline_on: string | null;
	deadline_rule: string | null;
	refund_minor: Generated<number>;
	as_of: Instant;
	source: string;
	import_id: string | null;
}

export interface HoldTable {
	practice_id: string;
	hold_ref: string;
	scope: string;
	test: boolean;
	account_ref: string | null;
	target: string | null;
	reason: string;
	note: string | null;
	actor: string;
	since: Instant;
	until: InstantOrNull;
	released_at: InstantOrNull;
	import_id: string | null;
}

export interface EventTable {
	practice_id: string;
	event_id: string;
	seq: Generated<number | null>;
	type: string;
	key: string;
	test: boolean;
	account_ref: string | null;
	amount_minor: Generated<number>;
	raised_by: string;
	caused_by: Generated<string>;
	occurred_at: Instant;
	body: Json;
}

export interface SubscriptionTable {
	practice_id: string;
	subscription_id: string;
	type: string;
	test: boolean;
	target: Uint8Array;
	target_hash: Uint8Array;
	target_host: string;
	filters: Json;
	surface: string;
	key_id: string;
	secret_hash: Uint8Array;
	created_at: Instant;
	last_delivery_at: InstantOrNull;
	last_status: number | null;
	failures: Generated<number>;
	removed_at: InstantOrNull;
	removed_reason: string | null;
}

export interface DeliveryTable {
	practice_id: string;
	delivery_id: string;
	subscription_id: string;
	event_id: string;
	status: Generated<string>;
	attempts: Generated<number>;
	next_at: InstantOrNull;
	last_status: number | null;
	last_error: string | null;
	delivered_at: InstantOrNull;
	created_at: Instant;
}

export interface ReminderTable {
	practice_id: string;
	reminder_ref: string;
	intent_key: string;
	test: boolean;
	account_ref: string;
	status: string;
	channel: string | null;
	recipient: Generated<string>;
	fallback: string | null;
	fallback_of: string | null;
	message: string;
	step_days: Generated<number>;
	covers: Generated<string[]>;
	amount_minor: Generated<number>;
	currency: string;
	address: string | null;
	connection: string | null;
	vendor: string | null;
	subject: string | null;
	body_text: string | null;
	body_html: string | null;
	language: Generated<string>;
	because_of: string | null;
	request: JsonWithDefault;
	reasons: JsonWithDefault;
	decision: JsonOrNull;
	policy_hash: string;
	actor: string;
	performed_by: string | null;
	batch: string | null;
	occasions: Generated<string[]>;
	evidence: JsonOrNull;
	print_batch: string | null;
	created_at: Instant;
	send_at: InstantOrNull;
	expires_at: InstantOrNull;
	claimed_at: InstantOrNull;
	claimed_by: string | null;
	sent_at: InstantOrNull;
	settled_at: InstantOrNull;
	external_id: string | null;
	raw_status: string | null;
	failure_code: string | null;
}

export interface EscalationTable {
	practice_id: string;
	escalation_ref: string;
	cause: string;
	test: boolean;
	account_ref: string | null;
	reason: string;
	severity: string;
	title: string;
	note: string | null;
	amount_minor: Generated<number>;
	currency: string;
	route: string;
	owner: string | null;
	status: string;
	due_at: InstantOrNull;
	opened_at: Instant;
	resolved_at: InstantOrNull;
	outcome: string | null;
	actor: string;
	external_id: string | null;
	external_link: string | null;
	delivered_to: string | null;
	delivery_error: string | null;
	accounts: Generated<string[]>;
	place: JsonOrNull;
	claimed_by: string | null;
	claimed_at: InstantOrNull;
	ladder: string | null;
	rung: Generated<number>;
	next_rung_at: InstantOrNull;
	quiet: Generated<boolean>;
	taken_at: InstantOrNull;
}

export interface StaffMessageTable {
	practice_id: string;
	message_ref: string;
	escalation_ref: string;
	content_key: string;
	connection: string;
	vendor: string;
	channel: string;
	address: string;
	subject: string | null;
	body_text: string;
	status: string;
	created_at: Instant;
	claimed_at: Instant;
	sent_at: InstantOrNull;
	settled_at: InstantOrNull;
	external_id: string | null;
	raw_status: string | null;
	failure_code: string | null;
}

export interface AppointmentTable {
	practice_id: string;
	appointment_ref: string;
	account_ref: string;
	your_reference: string;
	completed_at: Instant;
	residual_minor: number | null;
	currency: string;
	certain: Generated<boolean>;
	invoice: string | null;
	raised: Generated<boolean>;
	as_of: Instant;
	source: string;
}

export interface ArrangementTable {
	practice_id: string;
	arrangement_ref: string;
	account_ref: string;
	kind: string;
	your_reference: Generated<string>;
	status: string;
	currency: string;
	total_minor: number;
	owed_minor: Generated<number>;
	installments: Json;
	covers: Generated<string[]>;
	extensions: Generated<number>;
	raised: Generated<string[]>;
	resting_since: Instant | null;
	source: string;
	actor: string;
	created_at: Instant;
	updated_at: Instant;
}

export interface FlagTable {
	practice_id: string;
	flag_ref: string;
	account_ref: string;
	purpose: string;
	priority: string;
	note: string | null;
	actor: string;
	at: Instant;
	raised: Generated<boolean>;
	cleared_at: InstantOrNull;
}

export interface DisputeTable {
	practice_id: string;
	dispute_ref: string;
	account_ref: string;
	invoice: string | null;
	payment: string | null;
	reason: string;
	source: string;
	actor: string;
	at: Instant;
	acknowledged_at: InstantOrNull;
	raised: Generated<boolean>;
	resolved_at: InstantOrNull;
	outcome: string | null;
}

export interface CycleTable {
	practice_id: string;
	account_ref: string;
	closed_on: string;
	unpaid_minor: number;
}

export interface PrintBatchTable {
	practice_id: string;
	print_batch: string;
	test: boolean;
	cycle_on: string;
	letters: number;
	pages: number;
	pdf: Uint8Array;
	digest: Uint8Array;
	actor: string;
	created_at: Instant;
	printed_at: InstantOrNull;
}

export interface ImportTable {
	practice_id: string;
	import_id: string;
	test: boolean;
	kind: string;
	source_name: string;
	digest: Uint8Array;
	baseline: boolean;
	summary: Json;
	actor: string;
	at: Instant;
	undone_at: InstantOrNull;
	undone_by: string | null;
}

export interface ImportChangeTable {
	practice_id: string;
	import_id: string;
	change: Generated<number | null>;
	table_name: string;
	before: JsonOrNull;
	after: Json;
}

export interface ReviewTable {
	practice_id: string;
	review_ref: string;
	test: boolean;
	mode: string;
	filters: Json;
	totals: Json;
	items: Json;
	actor: string;
	at: Instant;
}

export interface IdempotencyTable {
	practice_id: string;
	operation: string;
	key: string;
	test: boolean;
	body_hash: string;
	answer: JsonOrNull;
	at: Instant;
}

export interface SendingTable {
	practice_id: string;
	held_by: string | null;
	held_at: InstantOrNull;
}

export interface VendorEventTable {
	practice_id: string;
	vendor: string;
	event_id: string;
	at: Instant;
}

export interface LinkTable {
	practice_id: string;
	token_hash: Uint8Array;
	kind: string;
	account_ref: string;
	reminder_ref: string;
	channel: string;
	expires_at: Instant;
	used_at: InstantOrNull;
}

export interface AuditTable {
	practice_id: string;
	seq: number;
	at: Instant;
	actor: string;
	kind: string;
	subject: Generated<string>;
	body: Json;
	personal: JsonOrNull;
	personal_digest: Uint8Array | null;
	hash: Uint8Array;
}

export interface AuditHeadTable {
	practice_id: string;
	seq: number;
	hash: Uint8Array;
}

export interface Database {
	practice: PracticeTable;
	policy_version: PolicyVersionTable;
	api_key: ApiKeyTable;
	staff: StaffTable;
	route: RouteTable;
	connection: ConnectionTable;
	sender: SenderTable;
	account: AccountTable;
	contact_point: ContactPointTable;
	consent: ConsentTable;
	relative: RelativeTable;
	invoice: InvoiceTable;
	payment: PaymentTable;
	claim: ClaimTable;
	hold: HoldTable;
	event: EventTable;
	subscription: SubscriptionTable;
	delivery: DeliveryTable;
	reminder: ReminderTable;
	escalation: EscalationTable;
	staff_message: StaffMessageTable;
	appointment: AppointmentTable;
	arrangement: ArrangementTable;
	flag: FlagTable;
	dispute: DisputeTable;
	cycle: CycleTable;
	print_batch: PrintBatchTable;
	import: ImportTable;
	import_change: ImportChangeTable;
	review: ReviewTable;
	idempotency: IdempotencyTable;
	vendor_event: VendorEventTable;
	sending: SendingTable;
	link: LinkTable;
	audit: AuditTable;
	audit_head: AuditHeadTable;
}
