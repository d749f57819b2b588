/**
 * What the ledger remembers of accounts beside what is true now: rows with their instants, and the audit's entries.
 *
 * It does not remember everything. Dates, lines' amounts, whether an amount is the final share, marks of disputes on
 * an invoice, addresses and what a person is (state, zone, plan type) are read as they are now; that a source confirmed
 * an unchanged amount is not written down, so an amount counts as confirmed until its source was last heard of it.
 * Days an invoice lay with a payer before now are not given back. What was erased stays erased.
 */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import type { AppointmentRow, ArrangementRow, ContactRow, DisputeRow, FlagRow, HoldRow, InvoiceRow, PastRow, PaymentRow } from '../accounts/rows.ts';
import type { Practice } from '../practice.ts';

export interface Entry {
	seq: number;
	at: number;
	kind: string;
	// biome-ignore lint/suspicious/noExplicitAny: each kind of entry has its own body
	body: any;
}

/** An amount set, by one row of an audited recording. */
export interface AmountSet {
	seq: number;
	at: number;
	invoice: string;
	before: number;
	after: number;
	created: boolean;
}

export interface PastEvent {
	key: string;
	type: string;
	at: string;
	days: number | null;
	invoices: string;
	answered_at: string | null;
}

export interface Past {
	account_ref: string;
	invoices: (InvoiceRow & { created_at: string })[];
	holds: (HoldRow & { released_at: string | null })[];
	contacts: (ContactRow & { updated_at: string })[];
	/** Everything that left, also long ago. */
	sent: (PastRow & { step_days: number; elsewhere: boolean })[];
	payments: PaymentRow[];
	appointments: AppointmentRow[];
	arrangements: (ArrangementRow & { created_at: string; updated_at: string })[];
	flags: (FlagRow & { cleared_at: string | null })[];
	disputes: (DisputeRow & { acknowledged_at: string | null; resolved_at: string | null })[];
	work: { reason: string; ladder: string | null; opened_at: string; resolved_at: string | null }[];
	events: PastEvent[];
	entries: Entry[];
	amounts: AmountSet[];
}

const list = (columns: string, from: string, order: string) =>
	sql.raw(`(select coalesce(json_agg(to_json(t) order by ${order}), '[]') from (select ${columns} from ${from}) t)`);
const own = (table: string, and = '') => `${table} x where x.practice_id = a.practice_id and x.account_ref = a.account_ref${and}`;
const COUNTED = "('sending', 'sent', 'delivered', 'undelivered', 'unknown')";
/** Accounts of one guarantor share what the person has heard. */
const HOUSEHOLD = `case when a.guarantor is null then array[a.account_ref] else array(
	select g.account_ref from account g where g.practice_id = a.practice_id and g.test = a.test and g.guarantor = a.guarantor) end`;
const LEFT = 'coalesce(x.sent_at, x.claimed_at, x.created_at)';

/** Kinds of entries by which a past state is known. */
const KINDS = [
	'payment_recorded',
	'claim_recorded',
	'claim_status_recorded',
	'consent_revoked',
	'account_created',
	'account_updated',
	'reply_received',
	'reminder_leaving',
];

/** `since` (milliseconds): what was recorded of amounts after it. */
export async function readPast(tx: Tx, practice: Practice, refs: readonly string[], since: number): Promise<Map<string, Past>> {
	const { rows } = await sql<Past>`
		select a.account_ref,
			${list('x.*', own('invoice'), 'invoice_ref')} as invoices,
			${list(
				'x.*, x.until',
				`hold x where x.practice_id = a.practice_id and (x.account_ref = a.account_ref or (x.account_ref is null and x.test = a.test
				and (x.scope = 'practice' or (x.scope = 'location' and x.target = a.location) or (x.scope = 'import' and x.target = a.import_id))))`,
				'hold_ref',
			)} as holds,
			${list('x.channel, x.address, x.valid, x.only_here, x.requested, x.updated_at', own('contact_point', " and x.recipient = 'guarantor'"), 'channel')} as contacts,
			${list(
				`x.channel, ${LEFT} as at, x.account_ref, x.covers, x.raw_status is not distinct from 'reached' as conversation, x.status = 'undelivered' as failed, x.step_days,
					x.vendor is null and x.expires_at is null as elsewhere, array(select e.key from event e where e.practice_id = x.practice_id and e.event_id = any(x.occasions)) as occasions`,
				`reminder x where x.practice_id = a.practice_id and x.account_ref = any(${HOUSEHOLD}) and x.status in ${COUNTED} and x.channel is not null`,
				'at',
			)} as sent,
			${list('x.payment_ref, x.invoice, x.status, x.amount_minor, x.at, x.code, x.method, x.will_retry, x.retries, x.autopay, x.raised', own('payment'), 'payment_ref')} as payments,
			${list('x.appointment_ref, x.completed_at, x.residual_minor, x.certain, x.invoice, x.raised', own('appointment'), 'completed_at, appointment_ref')} as appointments,
			${list('x.*, 0 as paid_minor', own('arrangement'), 'arrangement_ref')} as arrangements,
			${list('x.flag_ref, x.purpose, x.priority, x.note, x.actor, x.at, x.raised, x.cleared_at', own('flag'), 'flag_ref')} as flags,
			${list('x.dispute_ref, x.invoice, x.payment, x.reason, x.at, x.acknowledged_at is not null as acknowledged, x.raised, x.acknowledged_at, x.resolved_at', own('dispute'), 'dispute_ref')} as disputes,
			${list('x.reason, x.ladder, x.opened_at, x.resolved_at', own('escalation'), 'opened_at')} as work,
			${list(
				`x.key, x.type, x.occurred_at as at, case when x.type = 'balance_overdue' then (x.body->>'days_overdue')::int end as days, coalesce(x.body->>'invoices_text', '') as invoices,
					(select min(coalesce(m.sent_at, m.claimed_at)) from reminder m where m.practice_id = x.practice_id and m.account_ref = x.account_ref and x.event_id = any(m.occasions)) as answered_at`,
				own('event'),
				'at, key',
			)} as events,
			${list('x.seq, extract(epoch from x.at) * 1000 as at, x.kind, x.body', `audit x where x.practice_id = a.practice_id and x.subject = a.account_ref and x.kind in (${KINDS.map((kind) => `'${kind}'`).join(', ')})`, 'seq')} as entries,
			'[]'::json as amounts
		from account a where a.practice_id = ${practice.id} and a.account_ref = any(${refs}) order by a.account_ref`.execute(tx);
	const past = new Map(rows.map((row) => [row.account_ref, row]));
	for (const { account_ref: ref, ...amount } of await readAmounts(tx, practice.id, refs, since)) past.get(ref)?.amounts.push(amount);
	return past;
}

/** Amounts were recorded one by one, or hundreds in one entry of an import. */
async function readAmounts(tx: Tx, practiceId: string, refs: readonly string[], since: number): Promise<(AmountSet & { account_ref: string })[]> {
	const { rows } = await sql<AmountSet & { account_ref: string }>`
		select r.account_ref, x.seq::int as seq, (extract(epoch from x.at) * 1000)::float8 as at, r.invoice_ref as invoice, r.previous_minor::float8 as before, r.amount_minor::float8 as after, r.outcome = 'created' as created
		from audit x cross join lateral jsonb_to_recordset(x.body->'rows') as r(account_ref text, invoice_ref text, previous_minor bigint, amount_minor bigint, outcome text)
		where x.practice_id = ${practiceId} and x.kind = 'balances_recorded' and x.at > ${new Date(since)} and r.account_ref = any(${refs}) and r.outcome <> 'older_ignored'
		order by x.seq`.execute(tx);
	return rows;
}
