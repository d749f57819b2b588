/** Accounts as the rules see them: one query for many accounts, whatever they hold. */
import { sql } from 'kysely';
import type { ClaimLine } from '../contracts/facts.ts';
import { Failure } from '../contracts/failure.ts';
import type { Channel, HoldReason } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import { zonesOf } from '../rules/index.ts';
import type { AccountFacts, ClaimFacts, ContactFacts, HoldFacts, InvoiceFacts, LineFacts } from '../rules/types.ts';
import { endExpired } from './hold-days.ts';
import type { Practice } from './practice.ts';
import type { Caller } from './types.ts';

export interface AccountRow {
	account_ref: string;
	test: boolean;
	your_reference: string;
	location: string;
	language: string;
	time_zone: string | null;
	state: string | null;
	zip: string | null;
	name: string | null;
	currency: string;
	owed_minor: number;
	last_payment_at: string | null;
	last_reply_at: string | null;
	settles_at: string | null;
	import_id: string | null;
	invoices: InvoiceRow[];
	holds: HoldRow[];
	contacts: { channel: Channel; address: string; valid: boolean }[];
	consents: { channel: Channel; state: 'granted' | 'revoked'; evidence: string; at: string }[];
	history: { channel: Channel; at: string }[];
	payments: {
		payment_ref: string;
		invoice: string | null;
		status: AccountFacts['payments'][number]['status'];
		amount_minor: number;
		at: string;
		code: string | null;
		method: string | null;
		will_retry: boolean;
		autopay: boolean;
		raised: boolean;
	}[];
	claims: { claim_ref: string; payer: string; invoice: string | null; lines: ClaimLine[]; raised_lines: number[] }[];
	work_open: boolean;
}

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
}

interface HoldRow {
	hold_ref: string;
	scope: string;
	target: string | null;
	reason: HoldReason;
	since: string;
	until: string | null;
}

export interface Account {
	row: AccountRow;
	facts: AccountFacts;
}

/** Contacts that count against the caps: everything that left or may have left, and what was reserved to leave. */
const COUNTED = sql`('sending', 'sent', 'delivered', 'undelivered', 'unknown', 'prepared')`;

/**
 * Reads accounts with all that the rules need. `lock` serialises what decides and then acts on an account, so that
 * two flows at once cannot both see a free cap.
 */
export async function loadAccounts(tx: Tx, practice: Practice, refs: readonly string[], now: number, lock = false): Promise<Account[]> {
	if (refs.length === 0) return [];
	// Locked in one order, or two batches over the same accounts would wait for each other for ever.
	if (lock) await sql`select 1 from account where practice_id = ${practice.id} and account_ref = any(${refs}) order by account_ref for update`.execute(tx);
	let rows = await readAccounts(tx, practice, refs, now);
	// A hold that ended by itself leaves its days with the invoices before anything is decided on their age.
	if (rows.some((row) => row.holds.some((hold) => hold.until !== null && ms(hold.until) <= now))) {
		await endExpired(tx, practice, now);
		rows = await readAccounts(tx, practice, refs, now);
	}
	return rows.map((row) => ({ row, facts: factsOf(practice, row, now) }));
}

async function readAccounts(tx: Tx, practice: Practice, refs: readonly string[], now: number): Promise<AccountRow[]> {
	const since = new Date(now - 30 * 86_400_000).toISOString();
	const { rows } = await sql<AccountRow>`
		select a.account_ref, a.test, a.your_reference, a.location, a.language, a.time_zone, a.state, a.zip, a.name, a.currency, a.owed_minor,
			to_json(a.last_payment_at) #>> '{}' as last_payment_at, to_json(a.last_reply_at) #>> '{}' as last_reply_at, to_json(a.settles_at) #>> '{}' as settles_at, a.import_id,
			(select coalesce(json_agg(json_build_object('invoice_ref', i.invoice_ref, 'your_reference', i.your_reference, 'amount_minor', i.amount_minor, 'currency', i.currency, 'due_date', i.due_date,
				'first_notice_date', i.first_notice_date, 'service_date', i.service_date, 'final_share', i.final_share, 'disputed', i.disputed, 'source', i.source, 'connection', i.connection,
				'external_id', i.external_id, 'as_of', i.as_of, 'raised_days', i.raised_days, 'reminded_days', i.reminded_days, 'paused_days', i.paused_days, 'again_since', i.again_since) order by i.invoice_ref), '[]')
				from invoice i where i.practice_id = a.practice_id and i.account_ref = a.account_ref and (i.amount_minor <> 0 or a.reviewed_at is null or i.updated_at >= a.reviewed_at)) as invoices,
			(select coalesce(json_agg(json_build_object('hold_ref', h.hold_ref, 'scope', h.scope, 'target', h.target, 'reason', h.reason, 'since', h.since, 'until', h.until)), '[]')
				from hold h where h.practice_id = a.practice_id and h.released_at is null and (h.account_ref = a.account_ref
					or (h.account_ref is null and h.test = a.test and (h.scope = 'practice' or (h.scope = 'location' and h.target = a.location) or (h.scope = 'import' and h.target = a.import_id))))) as holds,
			(select coalesce(json_agg(json_build_object('channel', c.channel, 'address', c.address, 'valid', c.valid)), '[]')
				from contact_point c where c.practice_id = a.practice_id and c.account_ref = a.account_ref) as contacts,
			(select coalesce(json_agg(json_build_object('channel', c.channel, 'state', c.state, 'evidence', c.evidence, 'at', c.at)), '[]')
				from consent c where c.practice_id = a.practice_id and c.account_ref = a.account_ref) as consents,
			(select coalesce(json_agg(json_build_object('channel', m.channel, 'at', coalesce(m.sent_at, m.claimed_at, m.created_at))), '[]')
				from reminder m where m.practice_id = a.practice_id and m.account_ref = a.account_ref and m.status in ${COUNTED} and m.channel is not null and m.created_at >= ${since}::timestamptz - interval '30 days'
					and coalesce(m.sent_at, m.claimed_at, m.created_at) >= ${since}::timestamptz) as history,
			(select coalesce(json_agg(json_build_object('payment_ref', p.payment_ref, 'invoice', p.invoice, 'status', p.status, 'amount_minor', p.amount_minor, 'at', p.at, 'code', p.code, 'method', p.method,
				'will_retry', p.will_retry, 'autopay', p.autopay, 'raised', p.raised)), '[]')
				from payment p where p.practice_id = a.practice_id and p.account_ref = a.account_ref and (not p.raised or p.at >= ${since}::timestamptz)) as payments,
			(select coalesce(json_agg(json_build_object('claim_ref', c.claim_ref, 'payer', c.payer, 'invoice', c.invoice, 'lines', c.lines, 'raised_lines', c.raised_lines) order by c.claim_ref), '[]')
				from claim c where c.practice_id = a.practice_id and c.account_ref = a.account_ref) as claims,
			exists (select from escalation e where e.practice_id = a.practice_id and e.account_ref = a.account_ref and e.status = 'open' and e.reason = 'unpaid_after_reminders') as work_open
		from account a where a.practice_id = ${practice.id} and a.account_ref = any(${refs}) order by a.account_ref`.execute(tx);
	return rows;
}

const ms = (text: string): number => Date.parse(text);

function factsOf(practice: Practice, row: AccountRow, now: number): AccountFacts {
	const phone = row.contacts.find((c) => c.channel === 'sms')?.address ?? row.contacts.find((c) => c.channel === 'voice')?.address;
	const zones = row.time_zone
		? [row.time_zone]
		: zonesOf({ practiceZone: practice.zone, ...(row.state ? { state: row.state } : {}), ...(row.zip ? { zip: row.zip } : {}), ...(phone ? { phone } : {}) });
	return {
		ref: row.account_ref,
		currency: row.currency,
		practiceZone: practice.zone,
		zones,
		// Invoices that fell to zero since the last review are there too: the rules see the fall.
		invoices: row.invoices.filter((invoice) => invoice.amount_minor >= 0).map((invoice) => invoiceFacts(row, invoice)),
		// A negative balance is the patient's money: it is never netted inside an invoice.
		creditMinor: row.invoices.reduce((sum, invoice) => sum + Math.max(0, -invoice.amount_minor), 0),
		holds: holdFacts(practice, row, now),
		contacts: contactFacts(practice, row),
		history: row.history.map((h) => ({ at: ms(h.at), channel: h.channel })),
		payments: row.payments.map((p) => ({
			ref: p.payment_ref,
			...(p.invoice ? { invoice: p.invoice } : {}),
			status: p.status,
			amountMinor: p.amount_minor,
			at: ms(p.at),
			...(p.code ? { code: p.code } : {}),
			willRetry: p.will_retry,
			raised: p.raised,
		})),
		claims: row.claims.map(claimFacts),
		...(row.last_payment_at ? { lastPaymentAt: ms(row.last_payment_at) } : {}),
		...(row.last_reply_at ? { lastReplyAt: ms(row.last_reply_at) } : {}),
		previousMinor: row.owed_minor,
		workOpen: row.work_open,
	};
}

function invoiceFacts(row: AccountRow, invoice: InvoiceRow): InvoiceFacts {
	const lines = linesOf(row, invoice);
	return {
		ref: invoice.invoice_ref,
		amountMinor: invoice.amount_minor,
		...(invoice.due_date ? { dueDate: invoice.due_date } : {}),
		...(invoice.first_notice_date ? { firstNoticeDate: invoice.first_notice_date } : {}),
		asOf: ms(invoice.as_of),
		...(invoice.final_share === null ? {} : { finalShare: invoice.final_share }),
		disputed: invoice.disputed,
		...(lines.length > 0 ? { lines } : {}),
		raisedDays: invoice.raised_days,
		remindedDays: invoice.reminded_days,
		pausedDays: invoice.paused_days,
		...(invoice.again_since ? { againSince: ms(invoice.again_since) } : {}),
	};
}

/** The service lines behind an invoice: of the claim that names it, or of the account's claims when it has one running balance. */
function linesOf(row: AccountRow, invoice: InvoiceRow): LineFacts[] {
	const claims = row.claims.filter((claim) => (claim.invoice ?? '') === invoice.your_reference);
	return claims.flatMap((claim) => claim.lines.map(lineFacts));
}

const lineFacts = (line: ClaimLine): LineFacts => ({
	line: line.line,
	state: line.state,
	chargeMinor: line.chargeMinor,
	paidMinor: line.paidMinor,
	patientMinor: line.patientMinor,
	...(line.category ? { category: line.category } : {}),
});

const claimFacts = (claim: AccountRow['claims'][number]): ClaimFacts => ({
	ref: claim.claim_ref,
	payer: claim.payer,
	lines: claim.lines.map(lineFacts),
	raisedLines: claim.raised_lines,
});

function holdFacts(practice: Practice, row: AccountRow, now: number): HoldFacts[] {
	const holds: HoldFacts[] = row.holds.map((hold) => ({
		reason: hold.reason,
		...(hold.scope === 'invoice' && hold.target ? { invoice: hold.target } : {}),
		since: ms(hold.since),
		...(hold.until ? { until: ms(hold.until) } : {}),
	}));
	const settles = row.settles_at ? ms(row.settles_at) : 0;
	// Settling is a wait, not a pause of the ladder: its `since` is now, so that no day is lost to it.
	if (settles > now) holds.push({ reason: 'import_settling', since: now, until: settles });
	if (practice.paused) holds.push({ reason: 'staff_review', since: now });
	return holds;
}

function contactFacts(practice: Practice, row: AccountRow): ContactFacts[] {
	const consent = (channel: Channel): ContactFacts['consent'] => row.consents.find((c) => c.channel === channel)?.state ?? 'unknown';
	const known: ContactFacts[] = row.contacts.map((c) => ({
		channel: c.channel,
		valid: c.valid,
		served: practice.served.has(c.channel),
		consent: consent(c.channel),
	}));
	// A letter needs no address of ours: the text goes to a print batch, where the practice has set one up.
	return practice.served.has('letter') ? [...known, { channel: 'letter', valid: true, served: true, consent: consent('letter') }] : known;
}

/** The account an input names. @throws Failure `invalid` when neither key is given, `missing` when it is not this practice's. */
export async function findRef(tx: Tx, caller: Caller, key: { account_ref?: string; your_reference?: string }): Promise<string> {
	if (!key.account_ref && !key.your_reference) {
		const message = 'Give "account_ref" or "your_reference" to say which account it is about.';
		throw new Failure('invalid', message, { code: 'account_required', fields: [{ field: 'account_ref', message }] });
	}
	let query = tx.selectFrom('account').select('account_ref').where('practice_id', '=', caller.practiceId).where('test', '=', caller.test);
	if (key.account_ref) query = query.where('account_ref', '=', key.account_ref);
	if (key.your_reference) query = query.where('your_reference', '=', key.your_reference);
	const row = await query.executeTakeFirst();
	if (row) return row.account_ref;
	const field = key.account_ref ? 'account_ref' : 'your_reference';
	const message = `No account of this practice has this ${field}${caller.test ? ' among the test accounts (this is a test key)' : ''}. Check it, or record a balance for it first.`;
	throw new Failure('missing', message, { code: 'account_not_found', fields: [{ field, message }] });
}

export async function loadAccount(tx: Tx, practice: Practice, ref: string, now: number, lock = false): Promise<Account> {
	const [account] = await loadAccounts(tx, practice, [ref], now, lock);
	if (!account) throw new Failure('missing', 'The account no longer exists.', { code: 'account_not_found' });
	return account;
}
