/** Accounts and all that the rules need, in one statement: each part by an index that leads with practice and account. */
import { type RawBuilder, sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { clockMinutes, localDay, startOfDay } from '../../rules/index.ts';
import { CLAIM_COLUMNS } from '../claims/facts.ts';
import type { Practice } from '../practice.ts';
import type { AccountRow } from './rows.ts';

const DAY_MS = 86_400_000;

/** Contacts that count against the caps: everything that left or may have left, and what was reserved to leave. */
const COUNTED = sql`('sending', 'sent', 'delivered', 'undelivered', 'unknown', 'prepared')`;

/** Events that a message to the guarantor can answer. */
const TELLABLE = sql`('balance_overdue', 'balance_over_threshold', 'appointment_balance_due', 'payment_failed', 'payment_disputed', 'payment_plan_due', 'rule_matched', 'account_flagged')`;

/** A list of JSON objects, by index scans alone; `[]` of none. */
const rowsOf = (columns: readonly string[], from: RawBuilder<unknown>, order = '') =>
	sql`(select coalesce(json_agg(json_build_object(${sql.raw(columns.map((column) => `'${column.split(' as ').at(-1)?.split('.').at(-1)}', ${column.split(' as ')[0]}`).join(', '))})${sql.raw(order && ` order by ${order}`)}), '[]') from ${from})`;

const own = (table: string, alias: string, and = '') =>
	sql.raw(`${table} ${alias} where ${alias}.practice_id = a.practice_id and ${alias}.account_ref = a.account_ref${and && ` and ${and}`}`);

const invoices = rowsOf(
	[
		'i.invoice_ref',
		'i.your_reference',
		'i.amount_minor',
		'i.currency',
		'i.due_date',
		'i.first_notice_date',
		'i.service_date',
		'i.final_share',
		'i.disputed',
		'i.source',
		'i.connection',
		'i.external_id',
		'i.as_of',
		'i.raised_days',
		'i.reminded_days',
		'i.paused_days',
		'i.again_since',
		'i.patient_ref',
		'i.patient_relation',
		'i.patient_born_on',
		'i.confidential',
		'i.estimate_minor',
		'i.insurance_since',
		'i.status_overdue',
		'i.status_raised',
		'i.returned_at',
	],
	// What fell to zero since the last review is read once more: the rules see the fall.
	own('invoice', 'i', '(i.amount_minor <> 0 or a.reviewed_at is null or i.updated_at >= a.reviewed_at)'),
	'i.invoice_ref',
);

const holds = rowsOf(
	['h.hold_ref', 'h.scope', 'h.target', 'h.reason', 'h.since', 'h.until'],
	sql`hold h where h.practice_id = a.practice_id and h.released_at is null and (h.account_ref = a.account_ref
		or (h.account_ref is null and h.test = a.test and (h.scope = 'practice' or (h.scope = 'location' and h.target = a.location) or (h.scope = 'import' and h.target = a.import_id))))`,
);

/** Accounts of one guarantor share what the person has heard. */
const household = sql`case when a.guarantor is null then array[a.account_ref] else array(
	select g.account_ref from account g where g.practice_id = a.practice_id and g.test = a.test and g.guarantor = a.guarantor) end`;

const history = (since: string) =>
	rowsOf(
		[
			'm.channel',
			'coalesce(m.sent_at, m.claimed_at, m.created_at) as at',
			'm.account_ref',
			'm.covers',
			"m.raw_status is not distinct from 'reached' as conversation",
			"m.status = 'undelivered' as failed",
			"case when m.occasions = '{}' then '{}' else array(select e.key from event e where e.practice_id = m.practice_id and e.event_id = any(m.occasions)) end as occasions",
		],
		sql`reminder m where m.practice_id = a.practice_id and m.account_ref = any(${household}) and m.status in ${COUNTED} and m.channel is not null
			and m.created_at >= ${since}::timestamptz - interval '30 days' and coalesce(m.sent_at, m.claimed_at, m.created_at) >= ${since}::timestamptz`,
	);

const CONTACT = ['c.channel', 'c.address', 'c.valid', 'c.only_here', 'c.requested'];
const CONSENT = ['c.channel', 'c.state', 'c.evidence', 'c.purpose', 'c.risk_notice_at', 'c.at'];
const of = (recipient: 'guarantor' | 'relative'): string => `c.recipient = '${recipient}'`;

const relative = sql`(select json_build_object('name', r.name, 'relation', r.relation, 'authorized_at', r.authorized_at, 'evidence', r.evidence, 'until', r.until, 'revoked_at', r.revoked_at,
	'instead', r.instead, 'language', r.language, 'state', r.state, 'zip', r.zip,
	'contacts', ${rowsOf(CONTACT, own('contact_point', 'c', of('relative')))}, 'consents', ${rowsOf(CONSENT, own('consent', 'c', of('relative')))}) from ${own('relative', 'r')})`;

const payments = (since: string) =>
	rowsOf(
		['p.payment_ref', 'p.invoice', 'p.status', 'p.amount_minor', 'p.at', 'p.code', 'p.method', 'p.will_retry', 'p.retries', 'p.autopay', 'p.raised'],
		sql`payment p where p.practice_id = a.practice_id and p.account_ref = a.account_ref and (not p.raised or p.at >= ${since}::timestamptz)`,
	);

/** What was paid on the invoices of a plan or promise since it was made: payments that name one of them, or none. */
const PAID_SINCE = `(select coalesce(sum(p.amount_minor), 0) from payment p where p.practice_id = r.practice_id and p.account_ref = r.account_ref and p.status = 'succeeded' and p.at >= r.created_at
	and (coalesce(p.invoice, '') = '' or exists (select from invoice i where i.practice_id = r.practice_id and i.invoice_ref = any(r.covers) and p.invoice in (i.invoice_ref, i.your_reference))))`;

const arrangements = rowsOf(
	[
		'r.arrangement_ref',
		'r.kind',
		'r.status',
		'r.total_minor',
		'r.owed_minor',
		`${PAID_SINCE} as paid_minor`,
		'r.installments',
		'r.covers',
		'r.extensions',
		'r.raised',
		'r.resting_since',
	],
	own('arrangement', 'r', "r.status not in ('completed', 'cancelled', 'kept')"),
	'r.arrangement_ref',
);

const pending = (since: string) =>
	rowsOf(
		['e.key', 'e.type', 'e.occurred_at as at', "case when e.type = 'balance_overdue' then (e.body->>'days_overdue')::int end as days"],
		sql`event e where e.practice_id = a.practice_id and e.account_ref = a.account_ref and e.occurred_at >= ${since}::timestamptz and e.type in ${TELLABLE}
			and not exists (select from reminder m where m.practice_id = e.practice_id and m.account_ref = e.account_ref and e.event_id = any(m.occasions)
				and m.status not in ('suppressed', 'cancelled', 'failed'))`,
		'e.seq',
	);

/** Today on the practice's clock, and what was raised the evening before when no message could go out any more. */
const pendingSince = (practice: Practice, now: number): number =>
	startOfDay(localDay(now, practice.zone), practice.zone) - (DAY_MS - clockMinutes(practice.policy.hours.end) * 60_000);

export async function readAccounts(tx: Tx, practice: Practice, refs: readonly string[], now: number): Promise<AccountRow[]> {
	const since = new Date(now - 30 * DAY_MS).toISOString();
	const { rows } = await sql<AccountRow>`
		select a.account_ref, a.test, a.your_reference, a.location, a.language, a.time_zone, a.state, a.zip, a.plan_type, a.high_deductible, a.name, a.currency, a.owed_minor,
			a.guarantor, a.guarantor_signed, a.in_collections, to_json(a.above) as above, to_json(a.matched) as matched, a.import_id,
			to_json(a.last_payment_at) #>> '{}' as last_payment_at, to_json(a.last_reply_at) #>> '{}' as last_reply_at,
			to_json(a.settles_at) #>> '{}' as settles_at, to_json(a.reviewed_at) #>> '{}' as reviewed_at,
			a.reviewed_at is null and a.import_id is not null and exists (select from import i where i.practice_id = a.practice_id and i.import_id = a.import_id and i.baseline) as of_first_import,
			${invoices} as invoices,
			${holds} as holds,
			${rowsOf(CONTACT, own('contact_point', 'c', of('guarantor')))} as contacts,
			${rowsOf(CONSENT, own('consent', 'c', of('guarantor')))} as consents,
			${relative} as relative,
			${history(since)} as history,
			${payments(since)} as payments,
			${rowsOf(CLAIM_COLUMNS, own('claim', 'c'), 'c.claim_ref')} as claims,
			${rowsOf(['v.appointment_ref', 'v.completed_at', 'v.residual_minor', 'v.certain', 'v.invoice', 'v.raised'], own('appointment', 'v'), 'v.completed_at, v.appointment_ref')} as appointments,
			${arrangements} as arrangements,
			${rowsOf(['f.flag_ref', 'f.purpose', 'f.priority', 'f.note', 'f.actor', 'f.at', 'f.raised'], own('flag', 'f', 'f.cleared_at is null'), 'f.flag_ref')} as flags,
			${rowsOf(['d.dispute_ref', 'd.invoice', 'd.payment', 'd.reason', 'd.at', 'd.acknowledged_at is not null as acknowledged', 'd.raised'], own('dispute', 'd', 'd.resolved_at is null'), 'd.dispute_ref')} as disputes,
			${rowsOf(['y.closed_on', 'y.unpaid_minor'], own('cycle', 'y'), 'y.closed_on')} as cycles,
			${pending(new Date(pendingSince(practice, now)).toISOString())} as pending,
			array(select e.ladder from ${own('escalation', 'e', "e.status = 'open' and e.ladder is not null")}) as ladders,
			exists (select from ${own('escalation', 'e', "e.status = 'open' and e.reason = 'unpaid_after_reminders'")}) as work_open
		from account a where a.practice_id = ${practice.id} and a.account_ref = any(${refs}) order by a.account_ref`.execute(tx);
	return rows;
}

/**
 * Locks accounts, and those of the same guarantors, so that two flows at once cannot both see a free cap. In one order,
 * or two batches over the same accounts would wait for each other for ever.
 */
export async function lockWithGuarantors(tx: Tx, practiceId: string, refs: readonly string[]): Promise<void> {
	await sql`select count(*) from (select 1 from account where practice_id = ${practiceId} and account_ref = any(array(
		select unnest(${refs}::text[]) union
		select g.account_ref from account a join account g on g.practice_id = a.practice_id and g.test = a.test and g.guarantor = a.guarantor
		where a.practice_id = ${practiceId} and a.account_ref = any(${refs}) and a.guarantor is not null)) order by account_ref for update) locked`.execute(tx);
}
