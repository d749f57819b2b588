/**
 * The ledger's tables and the few functions that must be one round trip.
 *
 * - Every table's primary key leads with practice_id: the tenant boundary (row-level security) and the column to
 *   distribute by. There are no foreign keys between them, so that a practice can move or be closed table by table.
 * - Requests run as dunwell_app under row-level security; dunwell_system only sees which practices have work due.
 * - Functions called with `ledger.call` are SECURITY DEFINER and owned by dunwell_app: they run under the same policies.
 * - Limited to what PostgreSQL 15 knows.
 */

/** Tables under row-level security, in the order in which a practice is exported. */
export const TABLES = [
	'practice',
	'policy_version',
	'api_key',
	'staff',
	'route',
	'connection',
	'sender',
	'account',
	'contact_point',
	'consent',
	'relative',
	'invoice',
	'payment',
	'claim',
	'hold',
	'event',
	'subscription',
	'delivery',
	'reminder',
	'escalation',
	'staff_message',
	'appointment',
	'arrangement',
	'flag',
	'dispute',
	'cycle',
	'print_batch',
	'import',
	'import_change',
	'review',
	'idempotency',
	'vendor_event',
	'sending',
	'link',
	'audit',
	'audit_head',
] as const;

const tables = `
create table practice (
	practice_id text primary key,
	name text not null,
	time_zone text not null,
	currency text not null default 'USD',
	settings jsonb not null default '{}',
	policy jsonb not null,
	policy_hash text not null,
	paused boolean not null default false,
	created_at timestamptz not null,
	closed_at timestamptz
);

create table policy_version (
	practice_id text not null,
	policy_hash text not null,
	policy jsonb not null,
	since timestamptz not null,
	actor text not null,
	primary key (practice_id, policy_hash, since)
);

create table api_key (
	practice_id text not null,
	key_id text not null,
	hash bytea not null,
	mode text not null check (mode in ('test', 'live', 'operator')),
	scopes text[] not null,
	label text not null,
	created_at timestamptz not null,
	expires_at timestamptz,
	revoked_at timestamptz,
	primary key (practice_id, key_id)
);

create table staff (
	practice_id text not null,
	staff text not null,
	name text not null,
	email text,
	phone text,
	primary key (practice_id, staff)
);

create table route (
	practice_id text not null,
	route text not null,
	label text not null,
	connection text,
	target text not null default '',
	staff text,
	-- How a person is written to, and from which number or mailbox. Null: the connected tool holds the work.
	channel text check (channel in ('sms', 'email')),
	sender text not null default '',
	-- Why it reaches nobody until it is set again; null: nothing of the kind is known.
	problem text,
	primary key (practice_id, route)
);

create table connection (
	practice_id text not null,
	connection text not null,
	vendor text not null,
	label text not null default '',
	credentials bytea not null,
	hook_hash bytea not null,
	hook_secret bytea not null,
	status text not null default 'unchecked' check (status in ('unchecked', 'working', 'broken')),
	status_text text not null default '',
	checked_at timestamptz,
	cursor jsonb,
	final_share boolean,
	-- What a sign-in at the vendor gave, sealed; each answer of the vendor is one version more.
	tokens bytea,
	tokens_version integer not null default 0,
	-- The process that is refreshing them right now.
	refresh_by text,
	refresh_at timestamptz,
	-- A sign-in that was begun: hash of its state, and sealed what proves that the same service ends it.
	sign_in_hash bytea,
	sign_in bytea,
	sign_in_until timestamptz,
	created_at timestamptz not null,
	primary key (practice_id, connection)
);

create table sender (
	practice_id text not null,
	channel text not null,
	connection text not null,
	address text not null,
	name text not null default '',
	primary key (practice_id, channel)
);

create table account (
	practice_id text not null,
	account_ref text not null,
	test boolean not null,
	your_reference text not null,
	location text not null default '',
	language text not null default 'en',
	time_zone text,
	state text,
	zip text,
	plan_type text,
	high_deductible boolean,
	name text,
	currency text not null,
	owed_minor bigint not null default 0,
	last_payment_at timestamptz,
	last_reply_at timestamptz,
	settles_at timestamptz,
	next_review_at timestamptz,
	reviewed_at timestamptz,
	import_id text,
	-- Accounts of one guarantor share the caps and the day's one message: the practice's own code for that person.
	guarantor text,
	-- False when another person signed as guarantor, or nobody did.
	guarantor_signed boolean,
	-- Debt collection procedures have begun (6 RCNY 2-191).
	in_collections boolean,
	-- Thresholds it is above and own rules it meets, as the last review found.
	above bigint[] not null default '{}',
	matched text[] not null default '{}',
	created_at timestamptz not null,
	updated_at timestamptz not null,
	primary key (practice_id, account_ref)
);
create unique index account_your_reference on account (practice_id, test, your_reference);
create index account_guarantor on account (practice_id, test, guarantor) where guarantor is not null;
-- The periodic review reads only this: its size is the number of due accounts, not of accounts.
create index account_due on account (next_review_at, practice_id) where next_review_at is not null;

create table contact_point (
	practice_id text not null,
	account_ref text not null,
	-- Whose it is: the guarantor's, or the relative's on file.
	recipient text not null default 'guarantor' check (recipient in ('guarantor', 'relative')),
	channel text not null,
	address text not null,
	valid boolean not null default true,
	invalid_reason text,
	-- Reach the person here and nowhere else (45 CFR 164.522(b)).
	only_here boolean not null default false,
	-- Asked for: fax goes nowhere unasked.
	requested boolean not null default false,
	updated_at timestamptz not null,
	primary key (practice_id, account_ref, recipient, channel)
);
create index contact_point_address on contact_point (practice_id, channel, address);

create table consent (
	practice_id text not null,
	account_ref text not null,
	-- A consent belongs to the user of the number, not to the account.
	recipient text not null default 'guarantor' check (recipient in ('guarantor', 'relative')),
	channel text not null,
	state text not null check (state in ('granted', 'revoked')),
	evidence text not null,
	-- What was agreed to or revoked: messages about bills, or all.
	purpose text not null default 'billing' check (purpose in ('billing', 'all')),
	-- When the person was told that the channel is not private and still preferred it.
	risk_notice_at timestamptz,
	actor text not null,
	at timestamptz not null,
	primary key (practice_id, account_ref, recipient, channel)
);

-- The one relative whom the guarantor lets be told of the account (45 CFR 164.510(b)): told, never asked to pay.
create table relative (
	practice_id text not null,
	account_ref text not null,
	name text not null default '',
	relation text not null check (relation in ('spouse', 'parent', 'adult_child', 'guardian', 'other')),
	authorized_at timestamptz,
	-- How the guarantor authorised it.
	evidence text not null default '',
	until timestamptz,
	revoked_at timestamptz,
	-- Gets the messages in the guarantor's place when nobody says who.
	instead boolean not null default false,
	language text not null default 'en',
	state text,
	zip text,
	actor text not null,
	updated_at timestamptz not null,
	primary key (practice_id, account_ref)
);

create table invoice (
	practice_id text not null,
	invoice_ref text not null,
	account_ref text not null,
	your_reference text not null default '',
	amount_minor bigint not null,
	original_minor bigint,
	currency text not null,
	due_date date,
	first_notice_date date,
	service_date date,
	final_share boolean,
	disputed boolean not null default false,
	source text not null,
	connection text,
	external_id text,
	as_of timestamptz not null,
	raised_days integer not null default 0,
	reminded_days integer not null default 0,
	paused_days integer not null default 0,
	-- Since when it is owed anew, after it had been paid: its ladder began again then.
	again_since timestamptz,
	-- Who received the care, where it was not the guarantor; the practice's own code for that person.
	patient_ref text,
	patient_relation text check (patient_relation in ('self', 'child', 'adult')),
	patient_born_on date,
	confidential boolean not null default false,
	-- What the good faith estimate said (45 CFR 149.610).
	estimate_minor bigint,
	-- Since when all that is left of it lies with a payer: the ladder's clock stands.
	insurance_since timestamptz,
	status_overdue boolean not null default false,
	status_raised boolean not null default false,
	returned_at timestamptz,
	import_id text,
	created_at timestamptz not null,
	updated_at timestamptz not null,
	primary key (practice_id, invoice_ref)
);
create unique index invoice_your_reference on invoice (practice_id, account_ref, your_reference);

create table payment (
	practice_id text not null,
	payment_ref text not null,
	account_ref text not null,
	your_reference text not null,
	invoice text,
	amount_minor bigint not null,
	currency text not null,
	status text not null check (status in ('succeeded', 'failed', 'returned', 'disputed')),
	method text,
	code text,
	will_retry boolean not null default false,
	-- How often this debit was tried again (Nacha allows two more tries).
	retries integer not null default 0,
	autopay boolean not null default false,
	at timestamptz not null,
	as_of timestamptz not null,
	raised boolean not null default false,
	-- What of it was taken off which invoices, so that a returned payment opens the same ones again.
	applied jsonb not null default '[]',
	source text not null,
	import_id text,
	primary key (practice_id, payment_ref)
);
create unique index payment_your_reference on payment (practice_id, account_ref, your_reference);

create table claim (
	practice_id text not null,
	claim_ref text not null,
	account_ref text not null,
	your_reference text not null,
	payer_claim text not null default '',
	payer text not null,
	status_code text not null,
	trace text not null default '',
	charge_minor bigint not null,
	paid_minor bigint not null,
	currency text not null,
	invoice text,
	lines jsonb not null,
	raised_lines integer[] not null default '{}',
	-- Who works the denial, and what was done: status, evidence, actor and instant, in order.
	owner text,
	worked jsonb not null default '[]',
	-- The latest acknowledgement (277CA) of each source.
	acknowledgements jsonb not null default '[]',
	rejected boolean not null default false,
	service_from date,
	denied_at timestamptz,
	deadline_on date,
	deadline_rule text,
	-- What the patient paid of a share that a reversal took back.
	refund_minor bigint not null default 0,
	as_of timestamptz not null,
	source text not null,
	import_id text,
	primary key (practice_id, claim_ref)
);
create unique index claim_your_reference on claim (practice_id, account_ref, your_reference, payer_claim);

create table hold (
	practice_id text not null,
	hold_ref text not null,
	scope text not null check (scope in ('account', 'invoice', 'location', 'import', 'practice')),
	test boolean not null,
	account_ref text,
	target text,
	reason text not null,
	note text,
	actor text not null,
	since timestamptz not null,
	until timestamptz,
	released_at timestamptz,
	import_id text,
	primary key (practice_id, hold_ref)
);
create index hold_account on hold (practice_id, account_ref) where released_at is null;
create index hold_wide on hold (practice_id, scope) where released_at is null and account_ref is null;

create table event (
	practice_id text not null,
	event_id text not null,
	seq bigint generated always as identity,
	type text not null,
	key text not null,
	test boolean not null,
	account_ref text,
	amount_minor bigint not null default 0,
	raised_by text not null,
	caused_by text not null default '',
	occurred_at timestamptz not null,
	body jsonb not null,
	primary key (practice_id, event_id)
);
create unique index event_key on event (practice_id, test, key);
create index event_recent on event (practice_id, type, test, seq desc);
create index event_account on event (practice_id, account_ref, seq desc);

create table subscription (
	practice_id text not null,
	subscription_id text not null,
	type text not null,
	test boolean not null,
	target bytea not null,
	target_hash bytea not null,
	target_host text not null,
	filters jsonb not null,
	surface text not null,
	key_id text not null,
	secret_hash bytea not null,
	created_at timestamptz not null,
	last_delivery_at timestamptz,
	last_status integer,
	failures integer not null default 0,
	removed_at timestamptz,
	removed_reason text,
	primary key (practice_id, subscription_id)
);
create index subscription_active on subscription (practice_id, type) where removed_at is null;

create table delivery (
	practice_id text not null,
	delivery_id text not null,
	subscription_id text not null,
	event_id text not null,
	status text not null default 'pending' check (status in ('pending', 'delivered', 'dead', 'dropped')),
	attempts integer not null default 0,
	next_at timestamptz,
	last_status integer,
	last_error text,
	delivered_at timestamptz,
	created_at timestamptz not null,
	primary key (practice_id, delivery_id)
);
create unique index delivery_once on delivery (practice_id, subscription_id, event_id);
create index delivery_pending on delivery (practice_id, next_at) where status = 'pending';

create table reminder (
	practice_id text not null,
	reminder_ref text not null,
	intent_key text not null,
	test boolean not null,
	account_ref text not null,
	status text not null,
	channel text,
	-- Whom it is for.
	recipient text not null default 'guarantor',
	fallback text,
	fallback_of text,
	message text not null,
	step_days integer not null default 0,
	covers text[] not null default '{}',
	amount_minor bigint not null default 0,
	currency text not null,
	address text,
	connection text,
	vendor text,
	subject text,
	body_text text,
	body_html text,
	language text not null default 'en',
	because_of text,
	request jsonb not null default '{}',
	reasons jsonb not null default '[]',
	decision jsonb,
	policy_hash text not null,
	actor text not null,
	performed_by text,
	batch text,
	-- Events of the day it answers, by event_id: later calls because of them are duplicates.
	occasions text[] not null default '{}',
	-- Consent, packs of law and text versions in force when it left.
	evidence jsonb,
	print_batch text,
	created_at timestamptz not null,
	send_at timestamptz,
	expires_at timestamptz,
	claimed_at timestamptz,
	claimed_by text,
	sent_at timestamptz,
	settled_at timestamptz,
	external_id text,
	raw_status text,
	failure_code text,
	primary key (practice_id, reminder_ref)
);
-- One intent, one reminder: what makes twenty equal calls at once one message.
create unique index reminder_intent on reminder (practice_id, intent_key);
create index reminder_account on reminder (practice_id, account_ref, created_at);
create index reminder_recent on reminder (practice_id, created_at);
create index reminder_external on reminder (practice_id, vendor, external_id) where external_id is not null;
create index reminder_open on reminder (practice_id, status, claimed_at) where status in ('sending', 'scheduled', 'prepared');

create table escalation (
	practice_id text not null,
	escalation_ref text not null,
	cause text not null,
	test boolean not null,
	account_ref text,
	reason text not null,
	severity text not null,
	title text not null,
	note text,
	amount_minor bigint not null default 0,
	currency text not null,
	route text not null,
	owner text,
	status text not null check (status in ('open', 'resolved')),
	due_at timestamptz,
	opened_at timestamptz not null,
	resolved_at timestamptz,
	outcome text,
	actor text not null,
	external_id text,
	external_link text,
	delivered_to text,
	delivery_error text,
	accounts text[] not null default '{}',
	-- Where the connected tool holds it, or who was told: {connection, target, channel, sender}; null when nobody else knows of it (any more).
	place jsonb,
	-- The process that is telling a connected tool right now.
	claimed_by text,
	claimed_at timestamptz,
	-- The ladder that opened it, the rung it stands on, and when it next moves up or has missed its due date.
	ladder text,
	rung integer not null default 0,
	next_rung_at timestamptz,
	-- A person ended it while its cause stood: reviews do not open it again before the cause was gone once.
	quiet boolean not null default false,
	-- Since when it is the owner's because somebody gave it to them; null when nobody did, or it moved up since.
	taken_at timestamptz,
	primary key (practice_id, escalation_ref)
);
-- One open item per cause.
create unique index escalation_cause on escalation (practice_id, test, cause) where status = 'open';
create index escalation_account on escalation (practice_id, account_ref);
create index escalation_quiet on escalation (practice_id, cause) where quiet;
create index escalation_rung on escalation (practice_id, next_rung_at) where status = 'open';
create index escalation_link on escalation (practice_id, external_link) where external_link is not null;

-- What staff were written of their work, and what became of each message. No patient's: it counts for no cap and stands in no timeline.
create table staff_message (
	practice_id text not null,
	message_ref text not null,
	escalation_ref text not null,
	-- Digest of what it says and to whom.
	content_key text not null,
	connection text not null,
	vendor text not null,
	channel text not null check (channel in ('sms', 'email')),
	address text not null,
	subject text,
	body_text text not null,
	status text not null check (status in ('sending', 'sent', 'delivered', 'undelivered', 'failed', 'unknown')),
	created_at timestamptz not null,
	-- When the vendor was last called for it.
	claimed_at timestamptz not null,
	sent_at timestamptz,
	settled_at timestamptz,
	external_id text,
	raw_status text,
	failure_code text,
	primary key (practice_id, message_ref)
);
-- The same thing is said once.
create unique index staff_message_once on staff_message (practice_id, escalation_ref, content_key);
create index staff_message_external on staff_message (practice_id, vendor, external_id) where external_id is not null;
create index staff_message_open on staff_message (practice_id, connection) where status = 'sent' and settled_at is null;

create table appointment (
	practice_id text not null,
	appointment_ref text not null,
	account_ref text not null,
	your_reference text not null,
	completed_at timestamptz not null,
	-- What it leaves to pay; null until it is known.
	residual_minor bigint,
	currency text not null,
	-- A copay known at the visit, or the payer has adjudicated: no estimate is told as a debt.
	certain boolean not null default false,
	invoice text,
	raised boolean not null default false,
	as_of timestamptz not null,
	source text not null,
	primary key (practice_id, appointment_ref)
);
create unique index appointment_your_reference on appointment (practice_id, account_ref, your_reference);

-- Payment plans and promises to pay. A promise is one installment.
create table arrangement (
	practice_id text not null,
	arrangement_ref text not null,
	account_ref text not null,
	kind text not null check (kind in ('plan', 'promise')),
	your_reference text not null default '',
	status text not null,
	currency text not null,
	total_minor bigint not null,
	-- What the invoices it covers owed when it was made: what fell off since was paid.
	owed_minor bigint not null default 0,
	-- [{number, due_on, amount_minor, paid_minor, raised}]
	installments jsonb not null,
	-- Invoices it covers; empty covers all that was owed when it was made.
	covers text[] not null default '{}',
	-- Since when it speaks for them: their ladder rests. A plan that is only proposed does not yet.
	resting_since timestamptz,
	extensions integer not null default 0,
	raised text[] not null default '{}',
	source text not null,
	actor text not null,
	created_at timestamptz not null,
	updated_at timestamptz not null,
	primary key (practice_id, arrangement_ref)
);
create index arrangement_account on arrangement (practice_id, account_ref);

create table flag (
	practice_id text not null,
	flag_ref text not null,
	account_ref text not null,
	purpose text not null check (purpose in ('reminder', 'review')),
	priority text not null check (priority in ('low', 'normal', 'high')),
	note text,
	actor text not null,
	at timestamptz not null,
	raised boolean not null default false,
	cleared_at timestamptz,
	primary key (practice_id, flag_ref)
);
create index flag_account on flag (practice_id, account_ref) where cleared_at is null;

create table dispute (
	practice_id text not null,
	dispute_ref text not null,
	account_ref text not null,
	invoice text,
	payment text,
	reason text not null,
	source text not null,
	actor text not null,
	at timestamptz not null,
	acknowledged_at timestamptz,
	raised boolean not null default false,
	resolved_at timestamptz,
	outcome text,
	primary key (practice_id, dispute_ref)
);
create index dispute_account on dispute (practice_id, account_ref) where resolved_at is null;

-- What each closed statement cycle left unpaid: recurring balances are counted from here.
create table cycle (
	practice_id text not null,
	account_ref text not null,
	closed_on date not null,
	unpaid_minor bigint not null,
	primary key (practice_id, account_ref, closed_on)
);

create table print_batch (
	practice_id text not null,
	print_batch text not null,
	test boolean not null,
	cycle_on date not null,
	letters integer not null,
	pages integer not null,
	pdf bytea not null,
	digest bytea not null,
	actor text not null,
	created_at timestamptz not null,
	printed_at timestamptz,
	primary key (practice_id, print_batch)
);

create table import (
	practice_id text not null,
	import_id text not null,
	test boolean not null,
	kind text not null,
	source_name text not null,
	digest bytea not null,
	baseline boolean not null,
	summary jsonb not null,
	actor text not null,
	at timestamptz not null,
	undone_at timestamptz,
	undone_by text,
	primary key (practice_id, import_id)
);
create index import_digest on import (practice_id, test, digest);

create table import_change (
	practice_id text not null,
	import_id text not null,
	change bigint generated always as identity,
	table_name text not null,
	before jsonb,
	after jsonb not null,
	primary key (practice_id, import_id, change)
);

-- No query searches in these; statistics of documents would cost more than all others together.
alter table import_change alter before set statistics 0, alter after set statistics 0;
alter table event alter body set statistics 0;

create table review (
	practice_id text not null,
	review_ref text not null,
	test boolean not null,
	mode text not null,
	filters jsonb not null,
	totals jsonb not null,
	items jsonb not null,
	actor text not null,
	at timestamptz not null,
	primary key (practice_id, review_ref)
);

create table idempotency (
	practice_id text not null,
	operation text not null,
	key text not null,
	test boolean not null,
	body_hash text not null,
	answer jsonb,
	at timestamptz not null,
	primary key (practice_id, test, operation, key)
);

create table vendor_event (
	practice_id text not null,
	vendor text not null,
	event_id text not null,
	at timestamptz not null,
	primary key (practice_id, vendor, event_id)
);

-- The process that lets this practice's due reminders go, one at a time for all processes.
create table sending (
	practice_id text primary key,
	held_by text,
	held_at timestamptz
);

create table link (
	practice_id text not null,
	token_hash bytea not null,
	kind text not null check (kind in ('pay', 'unsubscribe')),
	account_ref text not null,
	reminder_ref text not null,
	channel text not null,
	expires_at timestamptz not null,
	used_at timestamptz,
	primary key (practice_id, token_hash)
);

create table audit (
	practice_id text not null,
	seq bigint not null,
	at timestamptz not null,
	actor text not null,
	kind text not null,
	subject text not null default '',
	body jsonb not null,
	personal jsonb,
	personal_digest bytea,
	hash bytea not null,
	primary key (practice_id, seq)
);
alter table audit alter body set statistics 0, alter personal set statistics 0;
create index audit_subject on audit (practice_id, subject, seq);

create table audit_head (
	practice_id text primary key,
	seq bigint not null,
	hash bytea not null
);
`;

/**
 * The chain: hash(n) = sha256(hash(n-1) ‖ header ‖ sha256(body) ‖ personal digest). The head row is locked, so
 * entries of one practice are strictly ordered; it is taken last in a transaction to be held shortly.
 * jsonb's text form is canonical (keys sorted, spaces fixed), so the digest can be computed again from the row.
 */
const audit = `
create function audit_header(p_seq bigint, p_at timestamptz, p_actor text, p_kind text, p_subject text) returns bytea language sql immutable as $$
	select convert_to(jsonb_build_array(p_seq, (extract(epoch from p_at) * 1000000)::bigint, p_actor, p_kind, p_subject)::text, 'UTF8')
$$;

create function audit_append(p_practice text, p_entries jsonb) returns void language plpgsql as $$
declare
	v_seq bigint;
	v_hash bytea;
	v_digest bytea;
	e record;
begin
	select seq, hash into v_seq, v_hash from audit_head where practice_id = p_practice for update;
	if not found then
		raise exception 'audit head of practice is missing';
	end if;
	for e in
		select x.at, x.actor, x.kind, coalesce(x.subject, '') as subject, coalesce(x.body, '{}'::jsonb) as body, x.personal
		from jsonb_to_recordset(p_entries) as x(at timestamptz, actor text, kind text, subject text, body jsonb, personal jsonb)
	loop
		v_seq := v_seq + 1;
		v_digest := case when e.personal is null then null else sha256(convert_to(e.personal::text, 'UTF8')) end;
		v_hash := sha256(v_hash || audit_header(v_seq, e.at, e.actor, e.kind, e.subject) || sha256(convert_to(e.body::text, 'UTF8')) || coalesce(v_digest, ''::bytea));
		insert into audit (practice_id, seq, at, actor, kind, subject, body, personal, personal_digest, hash)
		values (p_practice, v_seq, e.at, e.actor, e.kind, e.subject, e.body, e.personal, v_digest, v_hash);
	end loop;
	update audit_head set seq = v_seq, hash = v_hash where practice_id = p_practice;
end
$$;

-- The first entry that does not fit the chain, or null: what the check command asks.
create function audit_check(p_practice text) returns jsonb language plpgsql as $$
declare
	v_hash bytea := ''::bytea;
	v_seq bigint := 0;
	e record;
	v_head record;
begin
	for e in select * from audit where practice_id = p_practice order by seq loop
		v_seq := v_seq + 1;
		if e.seq <> v_seq then
			return jsonb_build_object('seq', v_seq, 'problem', 'entry is missing');
		end if;
		if e.personal is not null and sha256(convert_to(e.personal::text, 'UTF8')) is distinct from e.personal_digest then
			return jsonb_build_object('seq', v_seq, 'problem', 'personal part was changed');
		end if;
		v_hash := sha256(v_hash || audit_header(e.seq, e.at, e.actor, e.kind, e.subject) || sha256(convert_to(e.body::text, 'UTF8')) || coalesce(e.personal_digest, ''::bytea));
		if v_hash <> e.hash then
			return jsonb_build_object('seq', v_seq, 'problem', 'entry was changed');
		end if;
	end loop;
	select seq, hash into v_head from audit_head where practice_id = p_practice;
	if v_head.seq is distinct from v_seq or (v_seq > 0 and v_head.hash is distinct from v_hash) then
		return jsonb_build_object('seq', v_seq + 1, 'problem', 'last entries are missing');
	end if;
	return jsonb_build_object('entries', v_seq);
end
$$;
`;

/** Tables whose rows an import may change, with what names a row of a practice in them. */
const IMPORTED: Readonly<Record<string, string>> = {
	account: 'account_ref',
	contact_point: 'account_ref, recipient, channel',
	consent: 'account_ref, recipient, channel',
	invoice: 'invoice_ref',
	payment: 'payment_ref',
	claim: 'claim_ref',
	hold: 'hold_ref',
	dispute: 'dispute_ref',
};

const importing = "when (coalesce(current_setting('dunwell.import_id', true), '') <> '')";

/**
 * What an import changed, row by row, so that it can be undone: noted by statement, for an import writes thousands of
 * rows with one. Without statistics of the changed rows a nested loop looks cheap; over thousands of rows it is not.
 */
const imports = `
create function note_import_insert() returns trigger language plpgsql as $$
begin
	insert into import_change (practice_id, import_id, table_name, before, after)
	select n.practice_id, current_setting('dunwell.import_id'), tg_table_name, null, to_jsonb(n) from new_rows n;
	return null;
end
$$;
${Object.entries(IMPORTED)
	.map(
		([table, key]) => `
create function note_${table}_update() returns trigger language plpgsql set enable_nestloop = off as $$
begin
	insert into import_change (practice_id, import_id, table_name, before, after)
	select n.practice_id, current_setting('dunwell.import_id'), '${table}', to_jsonb(o), to_jsonb(n) from new_rows n join old_rows o using (practice_id, ${key});
	return null;
end
$$;
create trigger note_import_insert after insert on ${table} referencing new table as new_rows for each statement ${importing} execute function note_import_insert();
create trigger note_import_update after update on ${table} referencing old table as old_rows new table as new_rows for each statement ${importing} execute function note_${table}_update();`,
	)
	.join('\n')}
`;

/**
 * Records balances: accounts, contact points, consents, holds, invoices, audit and the idempotency key in one
 * statement, so that one balance over HTTP costs one round trip and is whole or absent.
 * Rows must not name the same invoice twice (an upsert cannot touch a row twice): the caller collapses them.
 */
const recordBalances = `
create function begins_again(known invoice, said invoice) returns boolean language sql immutable as $$
	select known.amount_minor <= 0 and said.amount_minor > 0
		and greatest(said.first_notice_date, said.due_date) > coalesce(greatest(known.first_notice_date, known.due_date), '-infinity'::date)
$$;

create function record_balances(p_practice text, p jsonb) returns jsonb language plpgsql security definer set search_path = dunwell, pg_temp as $$
declare
	v_now timestamptz := (p->>'now')::timestamptz;
	v_test boolean := (p->>'test')::boolean;
	v_actor text := p->>'actor';
	v_import text := p->>'import_id';
	v_settles timestamptz := (p->>'settles_at')::timestamptz;
	v_key text := p->>'idempotency_key';
	v_answer jsonb;
	v_hash text;
	v_final jsonb;
	v_marked text[];
	v_names jsonb;
	v_people jsonb;
	v_due text[];
begin
	-- For many rows a plan of their own pays; one balance must not pay for planning.
	perform set_config('dunwell.practice_id', p_practice, true), set_config('dunwell.import_id', coalesce(v_import, ''), true),
		set_config('plan_cache_mode', case when jsonb_array_length(p->'rows') > 20 then 'force_custom_plan' else 'auto' end, true);
	-- What the practice said once is true of every amount of a source.
	select settings->'final_share' into v_final from practice where practice_id = p_practice;

	if v_key is not null then
		insert into idempotency (practice_id, operation, key, test, body_hash, at)
		values (p_practice, p->>'operation', v_key, v_test, p->>'body_hash', v_now)
		on conflict do nothing;
		if not found then
			select answer, body_hash into v_answer, v_hash from idempotency
			where practice_id = p_practice and test = v_test and operation = p->>'operation' and key = v_key;
			return jsonb_build_object('replay', v_answer, 'same_body', v_hash = p->>'body_hash');
		end if;
	end if;

	-- Accounts named by the practice's own number are made on first sight; those named by our code must exist.
	with marked as (
	insert into account (practice_id, account_ref, test, your_reference, location, language, state, zip, plan_type, high_deductible, name, currency, settles_at, next_review_at, import_id, created_at, updated_at)
	select distinct on (r.your_reference)
		p_practice, r.new_account_ref, v_test, r.your_reference, coalesce(r.location, ''), coalesce(r.language, 'en'), r.state, r.zip, r.plan_type, r.high_deductible, r.name, r.currency, v_settles, v_now, v_import, v_now, v_now
	from jsonb_to_recordset(p->'rows') as r(i int, account_ref text, your_reference text, new_account_ref text, location text, language text, state text, zip text, plan_type text, high_deductible boolean, name text, currency text)
	where r.account_ref is null
	order by r.your_reference, r.i desc
	on conflict (practice_id, test, your_reference) do update set
		location = case when excluded.location <> '' then excluded.location else account.location end,
		language = case when excluded.language <> 'en' then excluded.language else account.language end,
		state = coalesce(excluded.state, account.state),
		zip = coalesce(excluded.zip, account.zip),
		plan_type = coalesce(excluded.plan_type, account.plan_type),
		high_deductible = coalesce(excluded.high_deductible, account.high_deductible),
		name = coalesce(excluded.name, account.name),
		settles_at = greatest(excluded.settles_at, account.settles_at),
		next_review_at = v_now,
		updated_at = v_now
	-- A row that says nothing new is not touched: repeating an import must change nothing.
	where (excluded.location <> '' and excluded.location <> account.location)
		or (excluded.language <> 'en' and excluded.language <> account.language)
		or (excluded.state is not null and excluded.state is distinct from account.state)
		or (excluded.zip is not null and excluded.zip is distinct from account.zip)
		or (excluded.plan_type is not null and excluded.plan_type is distinct from account.plan_type)
		or (excluded.high_deductible is not null and excluded.high_deductible is distinct from account.high_deductible)
		or (excluded.name is not null and excluded.name is distinct from account.name)
	returning account_ref, name
	)
	select array_agg(account_ref), jsonb_object_agg(account_ref, name) filter (where name is not null) into v_marked, v_names from marked;

	-- Each row looks its account and invoice up by a whole key (lateral, limit 1): a join would be planned by statistics, and read every account of the practice where there are none yet.

	with r as (
		select * from jsonb_to_recordset(p->'rows') as x(i int, account_ref text, your_reference text, new_invoice_ref text, invoice text, amount_minor bigint, original_minor bigint, currency text,
			due_date date, first_notice_date date, service_date date, final_share boolean, disputed boolean, source text, connection text, external_id text, as_of timestamptz, raised_days int,
			patient_ref text, patient_relation text, patient_born_on date, confidential boolean, estimate_minor bigint, status_overdue boolean, status_raised boolean)
	), known as (
		select r.*, a.account_ref as ref, a.test = v_test as found, a.currency = r.currency as same_currency, coalesce(a.your_reference, r.your_reference) as shown_reference
		from r left join lateral (
			select account_ref, test, your_reference, currency from account where practice_id = p_practice and account_ref = r.account_ref
			union all
			select account_ref, test, your_reference, currency from account where r.account_ref is null and practice_id = p_practice and test = v_test and your_reference = r.your_reference
			limit 1
		) a on true
	), old as (
		select k.*, o.invoice_ref as old_ref, o.amount_minor as old_minor, o.as_of as old_as_of, o.disputed as old_disputed, o.final_share as old_final, o.due_date as old_due, o.first_notice_date as old_notice,
			o.confidential as old_confidential, o.status_overdue as old_status_overdue, o.patient_ref as old_patient, o.patient_relation as old_relation, o.patient_born_on as old_born, o.estimate_minor as old_estimate
		from known k left join lateral (select * from invoice i where i.practice_id = p_practice and i.account_ref = k.ref and i.your_reference = k.invoice limit 1) o on true
	), written as (
		insert into invoice (practice_id, invoice_ref, account_ref, your_reference, amount_minor, original_minor, currency, due_date, first_notice_date, service_date, final_share, disputed,
			source, connection, external_id, as_of, raised_days, reminded_days, patient_ref, patient_relation, patient_born_on, confidential, estimate_minor, status_overdue, status_raised, import_id, created_at, updated_at)
		select p_practice, o.new_invoice_ref, o.ref, o.invoice, o.amount_minor, o.original_minor, o.currency, o.due_date, o.first_notice_date, o.service_date, coalesce(o.final_share, (v_final->>o.source)::boolean), coalesce(o.disputed, o.old_disputed, false),
			o.source, o.connection, o.external_id, o.as_of, coalesce(o.raised_days, 0), coalesce(o.raised_days, 0),
			o.patient_ref, o.patient_relation, o.patient_born_on, coalesce(o.confidential, o.old_confidential, false), o.estimate_minor, coalesce(o.status_overdue, o.old_status_overdue, false), coalesce(o.status_raised, false), v_import, v_now, v_now
		from old o where o.found and o.same_currency
		on conflict (practice_id, account_ref, your_reference) do update set
			amount_minor = excluded.amount_minor,
			original_minor = coalesce(excluded.original_minor, invoice.original_minor),
			due_date = coalesce(excluded.due_date, invoice.due_date),
			first_notice_date = coalesce(excluded.first_notice_date, invoice.first_notice_date),
			service_date = coalesce(excluded.service_date, invoice.service_date),
			final_share = coalesce(excluded.final_share, invoice.final_share),
			-- A payment that is disputed pauses its invoice, whatever a source that does not know of it says.
			disputed = excluded.disputed or (invoice.disputed and exists (select from dispute d where d.practice_id = p_practice and d.account_ref = invoice.account_ref
				and d.invoice = invoice.invoice_ref and d.payment is not null and d.resolved_at is null)),
			source = excluded.source,
			connection = coalesce(excluded.connection, invoice.connection),
			external_id = coalesce(excluded.external_id, invoice.external_id),
			as_of = excluded.as_of,
			patient_ref = coalesce(excluded.patient_ref, invoice.patient_ref),
			patient_relation = coalesce(excluded.patient_relation, invoice.patient_relation),
			patient_born_on = coalesce(excluded.patient_born_on, invoice.patient_born_on),
			confidential = excluded.confidential,
			estimate_minor = coalesce(excluded.estimate_minor, invoice.estimate_minor),
			status_overdue = excluded.status_overdue,
			-- What is not overdue any more may become so again, and is news then.
			status_raised = excluded.status_overdue and invoice.status_raised and not begins_again(invoice, excluded),
			-- What was paid and is owed anew, with a later notice, is another debt under the same number: it climbs the ladder from its foot.
			raised_days = case when begins_again(invoice, excluded) then 0 else invoice.raised_days end,
			reminded_days = case when begins_again(invoice, excluded) then 0 else invoice.reminded_days end,
			paused_days = case when begins_again(invoice, excluded) then 0 else invoice.paused_days end,
			again_since = case when begins_again(invoice, excluded) then v_now else invoice.again_since end,
			updated_at = v_now
		-- Of two amounts of one instant (a corrected report of the same day, two calls in one millisecond) the later call is believed.
		where excluded.as_of > invoice.as_of or (excluded.as_of = invoice.as_of and excluded.amount_minor <> invoice.amount_minor)
		returning invoice_ref, account_ref, your_reference
	), outcome as (
		select o.i, o.ref, o.shown_reference, o.amount_minor, o.currency, coalesce(w.invoice_ref, o.old_ref) as invoice_ref, o.old_minor,
			case
				when o.found is not true then 'missing'
				when not o.same_currency then 'other_currency'
				when o.old_ref is null then 'created'
				when o.as_of < o.old_as_of then 'older_ignored'
				when w.invoice_ref is null or (o.amount_minor = o.old_minor and coalesce(o.disputed, o.old_disputed) = o.old_disputed
					and (o.final_share is null or o.final_share is not distinct from o.old_final) and (o.due_date is null or o.due_date is not distinct from o.old_due)
					and (o.first_notice_date is null or o.first_notice_date is not distinct from o.old_notice)
					and coalesce(o.status_overdue, o.old_status_overdue) = o.old_status_overdue and coalesce(o.confidential, o.old_confidential) = o.old_confidential
					and (o.patient_ref is null or o.patient_ref is not distinct from o.old_patient) and (o.patient_relation is null or o.patient_relation is not distinct from o.old_relation)
					and (o.patient_born_on is null or o.patient_born_on is not distinct from o.old_born) and (o.estimate_minor is null or o.estimate_minor is not distinct from o.old_estimate)) then 'unchanged'
				when o.amount_minor = 0 then 'paid'
				else 'updated'
			end as outcome
		from old o left join written w on w.account_ref = o.ref and w.your_reference = o.invoice
	)
	select array_agg(ref) filter (where outcome in ('created', 'updated', 'paid') and ref <> all (coalesce(v_marked, '{}'))), coalesce(jsonb_agg(jsonb_build_object('i', i, 'account_ref', ref, 'your_reference', shown_reference, 'invoice_ref', invoice_ref, 'outcome', outcome, 'previous_minor', coalesce(old_minor, 0),
		'amount_minor', case when outcome = 'older_ignored' then old_minor else amount_minor end, 'currency', currency) order by i), '[]'::jsonb)
	into v_due, v_answer from outcome;

	-- Those in v_marked are due already. Being due is no fact of an import, so it is not noted as a change of it.
	perform set_config('dunwell.import_id', '', true);
	if cardinality(v_due) = 1 then
		update account set next_review_at = v_now, updated_at = v_now where practice_id = p_practice and account_ref = v_due[1] and next_review_at is distinct from v_now;
	elsif v_due is not null then
		update account set next_review_at = v_now, updated_at = v_now where practice_id = p_practice and account_ref = any(v_due) and next_review_at is distinct from v_now;
	end if;
	perform set_config('dunwell.import_id', coalesce(v_import, ''), true);

	if (p->>'people')::boolean then
		v_people := record_people(p_practice, p->'rows', v_answer, v_now, v_test, v_actor, v_import);
	end if;
	if (p->>'disputes')::boolean then
		perform record_disputes(p_practice, p->'rows', v_answer, v_now, v_actor, (p->>'first')::boolean);
	end if;

	-- What was refused was not recorded. Inside a larger transaction the entry is the caller's, to be written last.
	if coalesce((p->>'audit')::boolean, true) and (v_import is not null or exists (select from jsonb_array_elements(v_answer) x where x->>'outcome' not in ('missing', 'other_currency'))) then
		perform audit_append(p_practice, jsonb_build_array(jsonb_build_object(
			'at', v_now, 'actor', v_actor, 'kind', 'balances_recorded', 'subject', coalesce(v_import, v_answer->0->>'account_ref', ''),
			'personal', case when v_names is null and v_people->'contacts' is null then null else jsonb_strip_nulls(jsonb_build_object('names', v_names, 'contacts', v_people->'contacts')) end,
			'body', coalesce(v_people - 'contacts', '{}'::jsonb) || jsonb_build_object('test', v_test, 'rows', (select coalesce(jsonb_agg(x - 'your_reference'), '[]'::jsonb) from jsonb_array_elements(v_answer) x where x->>'outcome' not in ('unchanged', 'missing', 'other_currency'))))));
	end if;

	-- A refused call keeps no key: corrected, it may come again with the same one.
	if v_key is not null and not exists (select from jsonb_array_elements(v_answer) x where x->>'outcome' not in ('missing', 'other_currency')) then
		delete from idempotency where practice_id = p_practice and test = v_test and operation = p->>'operation' and key = v_key;
	elsif v_key is not null then
		update idempotency set answer = v_answer where practice_id = p_practice and test = v_test and operation = p->>'operation' and key = v_key;
	end if;
	return jsonb_build_object('rows', v_answer, 'people', case when v_people is not null or v_names is not null then jsonb_strip_nulls(coalesce(v_people, '{}'::jsonb) || jsonb_build_object('names', v_names)) end);
end
$$;

-- Contact points, consents and holds that came with facts; what was written of them. A consent never returns by import once it was revoked by the patient.
create function record_people(p_practice text, p_rows jsonb, p_answer jsonb, p_now timestamptz, p_test boolean, p_actor text, p_import text) returns jsonb language plpgsql as $$
declare
	v_contacts jsonb;
	v_consents jsonb;
	v_holds jsonb;
begin
	with written as (
	insert into contact_point (practice_id, account_ref, channel, address, updated_at)
	select distinct on (a.account_ref, c.channel) p_practice, a.account_ref, c.channel, c.address, p_now
	from jsonb_to_recordset(p_rows) as r(i int, contacts jsonb)
	join jsonb_to_recordset(p_answer) as a(i int, account_ref text, outcome text) on a.i = r.i and a.outcome <> 'missing'
	cross join lateral jsonb_to_recordset(r.contacts) as c(channel text, address text)
	order by a.account_ref, c.channel, r.i desc
	on conflict (practice_id, account_ref, recipient, channel) do update set address = excluded.address, valid = true, invalid_reason = null, updated_at = p_now
	where contact_point.address <> excluded.address
	returning account_ref, channel, address
	)
	select jsonb_agg(to_jsonb(written) order by account_ref, channel) into v_contacts from written;

	with written as (
	insert into consent (practice_id, account_ref, channel, state, evidence, actor, at)
	select distinct on (a.account_ref, c.channel) p_practice, a.account_ref, c.channel, c.state, c.evidence, p_actor, p_now
	from jsonb_to_recordset(p_rows) as r(i int, consents jsonb)
	join jsonb_to_recordset(p_answer) as a(i int, account_ref text, outcome text) on a.i = r.i and a.outcome <> 'missing'
	cross join lateral jsonb_to_recordset(r.consents) as c(channel text, state text, evidence text)
	order by a.account_ref, c.channel, r.i desc
	on conflict (practice_id, account_ref, recipient, channel) do update set state = excluded.state, evidence = excluded.evidence, purpose = excluded.purpose, actor = excluded.actor, at = excluded.at
	where consent.state <> excluded.state and (excluded.state = 'revoked' or p_import is null)
	returning account_ref, channel, state, evidence
	)
	select jsonb_agg(to_jsonb(written) order by account_ref, channel) into v_consents from written;

	with written as (
	insert into hold (practice_id, hold_ref, scope, test, account_ref, reason, actor, since, import_id)
	select distinct on (a.account_ref, h.reason) p_practice, h.hold_ref, 'account', p_test, a.account_ref, h.reason, p_actor, p_now, p_import
	from jsonb_to_recordset(p_rows) as r(i int, holds jsonb)
	join jsonb_to_recordset(p_answer) as a(i int, account_ref text, outcome text) on a.i = r.i and a.outcome <> 'missing'
	cross join lateral jsonb_to_recordset(r.holds) as h(reason text, hold_ref text)
	where not exists (select from hold x where x.practice_id = p_practice and x.account_ref = a.account_ref and x.reason = h.reason and x.released_at is null)
	returning account_ref, reason, hold_ref
	)
	select jsonb_agg(to_jsonb(written) order by account_ref, reason) into v_holds from written;
	return jsonb_strip_nulls(jsonb_build_object('contacts', v_contacts, 'consents', v_consents, 'holds', v_holds));
end
$$;

-- A balance that is disputed opens one dispute of its invoice; one that is not any more ends it. Disputes of a first import are history: nobody is told that they were received.
create function record_disputes(p_practice text, p_rows jsonb, p_answer jsonb, p_now timestamptz, p_actor text, p_first boolean) returns void language plpgsql as $$
begin
	insert into dispute (practice_id, dispute_ref, account_ref, invoice, reason, source, actor, at, acknowledged_at)
	select p_practice, r.new_dispute_ref, a.account_ref, a.invoice_ref, 'unknown', r.source, p_actor, p_now, case when p_first then p_now end
	from jsonb_to_recordset(p_rows) as r(i int, disputed boolean, new_dispute_ref text, source text)
	join jsonb_to_recordset(p_answer) as a(i int, account_ref text, invoice_ref text, outcome text) on a.i = r.i and a.outcome in ('created', 'updated', 'unchanged')
	where r.disputed and not exists (select from dispute d where d.practice_id = p_practice and d.account_ref = a.account_ref and d.invoice = a.invoice_ref and d.resolved_at is null);

	update dispute d set resolved_at = p_now, outcome = case when a.outcome = 'paid' then 'paid' else 'settled' end
	from jsonb_to_recordset(p_rows) as r(i int, disputed boolean)
	join jsonb_to_recordset(p_answer) as a(i int, account_ref text, invoice_ref text, outcome text) on a.i = r.i and a.outcome in ('created', 'updated', 'unchanged', 'paid')
	where d.practice_id = p_practice and d.account_ref = a.account_ref and d.invoice = a.invoice_ref and d.resolved_at is null and d.payment is null and (not r.disputed or a.outcome = 'paid');
end
$$;
`;

/**
 * Takes an import back, change by change from the last to the first. A row that a later fact has changed stays as it
 * is and is counted as kept. Positions on the ladder and marks of what was raised are not facts of the import: they stay.
 */
const undoImport = `
create function undo_import(p_practice text, p_import text, p_now timestamptz) returns jsonb language plpgsql as $$
declare
	c record;
	v_current jsonb;
	v_restored int := 0;
	v_kept int := 0;
	v_keys text[];
	v_own text[];
	v_accounts text[] := '{}';
	v_where text;
begin
	for c in select * from import_change where practice_id = p_practice and import_id = p_import order by change desc loop
		-- What names a row, and what reviews and sends write to it beside the facts.
		v_keys := case c.table_name when 'account' then array['account_ref'] when 'invoice' then array['invoice_ref'] when 'payment' then array['payment_ref'] when 'claim' then array['claim_ref'] when 'hold' then array['hold_ref'] when 'dispute' then array['dispute_ref'] else array['account_ref', 'recipient', 'channel'] end;
		v_own := case c.table_name when 'account' then array['owed_minor', 'next_review_at', 'reviewed_at', 'updated_at', 'settles_at', 'above', 'matched'] when 'invoice' then array['raised_days', 'reminded_days', 'paused_days', 'updated_at', 'insurance_since', 'status_raised', 'returned_at'] when 'payment' then array['raised'] when 'claim' then array['raised_lines', 'owner'] when 'dispute' then array['acknowledged_at', 'raised'] else array[]::text[] end;
		v_accounts := v_accounts || (c.after->>'account_ref');
		select string_agg(format('%I = %L', k, c.after->>k), ' and ') into v_where from unnest(v_keys) k;
		v_current := null;
		execute format('select to_jsonb(t) from %I t where practice_id = $1 and %s for update', c.table_name, v_where) into v_current using p_practice;
		if v_current is null or (v_current - v_own) <> (c.after - v_own) then
			v_kept := v_kept + 1;
			continue;
		end if;
		-- An account that something else came for since, or that was written to, must not vanish from under it.
		if c.table_name = 'account' and c.before is null and (
			exists (select from invoice where practice_id = p_practice and account_ref = c.after->>'account_ref')
			or exists (select from payment where practice_id = p_practice and account_ref = c.after->>'account_ref')
			or exists (select from claim where practice_id = p_practice and account_ref = c.after->>'account_ref')
			or exists (select from hold where practice_id = p_practice and account_ref = c.after->>'account_ref')
			or exists (select from consent where practice_id = p_practice and account_ref = c.after->>'account_ref')
			or exists (select from contact_point where practice_id = p_practice and account_ref = c.after->>'account_ref')
			or exists (select from relative where practice_id = p_practice and account_ref = c.after->>'account_ref')
			or exists (select from reminder where practice_id = p_practice and account_ref = c.after->>'account_ref' and status in ('sending', 'sent', 'delivered', 'undelivered', 'failed', 'unknown'))
		) then
			v_kept := v_kept + 1;
			continue;
		end if;
		execute format('delete from %I where practice_id = $1 and %s', c.table_name, v_where) using p_practice;
		if c.before is not null then
			execute format('insert into %1$I select (jsonb_populate_record(null::%1$I, $1)).*', c.table_name)
				using c.before || (select coalesce(jsonb_object_agg(k, v_current->k), '{}'::jsonb) from unnest(v_own) k);
		end if;
		v_restored := v_restored + 1;
	end loop;
	update account set next_review_at = p_now where practice_id = p_practice and account_ref = any(v_accounts);
	return jsonb_build_object('restored', v_restored, 'kept', v_kept, 'accounts', to_jsonb(array(select distinct unnest(v_accounts))));
end
$$;
`;

/** Who calls? One round trip, and nothing else is read before the key is known to be good. */
const authenticate = `
create function authenticate(p_practice text, p jsonb) returns jsonb language plpgsql security definer set search_path = dunwell, pg_temp as $$
declare
	v jsonb;
begin
	perform set_config('dunwell.practice_id', p_practice, true);
	select jsonb_build_object('key_id', k.key_id, 'mode', k.mode, 'scopes', k.scopes, 'label', k.label, 'expires_at', k.expires_at, 'revoked_at', k.revoked_at,
		'practice', case when r.practice_id is null then null else jsonb_build_object('name', r.name, 'time_zone', r.time_zone, 'currency', r.currency, 'paused', r.paused, 'closed_at', r.closed_at) end)
	into v
	from api_key k left join practice r on r.practice_id = k.practice_id
	where k.practice_id = p_practice and k.hash = decode(p->>'hash', 'hex');
	return v;
end
$$;
`;

const security = TABLES.map(
	(table) => `alter table ${table} enable row level security;
create policy own_practice on ${table} to dunwell_app using (practice_id = current_setting('dunwell.practice_id', true)) with check (practice_id = current_setting('dunwell.practice_id', true));`,
).join('\n');

/**
 * When each account at a vendor may take its next message. No practice's: those that share one account there share its
 * rate. `account` is a digest, so that the row tells nothing. By the database's clock, since no two processes' clocks agree.
 * take_turn answers the milliseconds to wait until the turn that it gives; none is given further away than p_patience,
 * then the answer is what is lacking, as a negative number. close_turns: nobody before so many milliseconds from now.
 */
const turns = `
create table vendor_turn (
	account text primary key,
	next_at timestamptz not null
);
create function take_turn(p_account text, p_interval double precision, p_patience double precision) returns double precision language plpgsql security definer set search_path = dunwell, pg_temp as $$
declare
	v_now timestamptz := clock_timestamp();
	v_next timestamptz;
begin
	insert into vendor_turn as t (account, next_at) values (p_account, v_now + p_interval * interval '1 millisecond')
	on conflict (account) do update set next_at = greatest(t.next_at, v_now) + p_interval * interval '1 millisecond'
		where t.next_at <= v_now + p_patience * interval '1 millisecond'
	returning next_at - p_interval * interval '1 millisecond' into v_next;
	if found then
		return greatest(extract(epoch from v_next - clock_timestamp()) * 1000, 0);
	end if;
	return -greatest((select extract(epoch from next_at - clock_timestamp()) * 1000 from vendor_turn where account = p_account), 1);
end
$$;
create function close_turns(p_account text, p_for double precision) returns void language sql security definer set search_path = dunwell, pg_temp as $$
	insert into vendor_turn as t (account, next_at) values (p_account, clock_timestamp() + p_for * interval '1 millisecond')
	on conflict (account) do update set next_at = greatest(t.next_at, excluded.next_at);
$$;
`;

/** The chain can be added to, not changed: dunwell_app has no update or delete on it. */
const grants = `
grant usage on schema dunwell to dunwell_app, dunwell_system;
grant select, insert, update, delete on all tables in schema dunwell to dunwell_app;
revoke update, delete on audit from dunwell_app;
revoke all on vendor_turn from dunwell_app;
grant select, delete on vendor_turn to dunwell_system;
grant select (practice_id, closed_at, paused) on practice to dunwell_system;
grant select (practice_id, next_review_at) on account to dunwell_system;
grant select (practice_id, status, claimed_at, send_at, expires_at) on reminder to dunwell_system;
grant select (practice_id, status, next_at) on delivery to dunwell_system;
grant select (practice_id, connection, vendor, status) on connection to dunwell_system;
${['practice', 'account', 'reminder', 'delivery', 'connection'].map((table) => `create policy lists_work on ${table} for select to dunwell_system using (true);`).join('\n')}
revoke execute on all functions in schema dunwell from public;
grant execute on all functions in schema dunwell to dunwell_app;
grant create on schema dunwell to dunwell_app;
alter function record_balances(text, jsonb) owner to dunwell_app;
alter function authenticate(text, jsonb) owner to dunwell_app;
revoke create on schema dunwell from dunwell_app;
`;

export const up = [
	'create schema if not exists dunwell;',
	'set local search_path to dunwell;',
	tables,
	audit,
	imports,
	recordBalances,
	undoImport,
	authenticate,
	turns,
	security,
	grants,
].join('\n');
