/**
 * The ladder's clock stands while all that is left of an invoice lies with a payer. Since when is kept on the invoice;
 * when it ends, the days are added to those on hold, without days that a hold counts (domain: days on hold do not count).
 */
import { sql } from 'kysely';
import { toMinor } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import { iso, type Practice } from '../practice.ts';
import { type ClaimRow, liesWithPayer, linesBehind } from './facts.ts';

type Where = Pick<Practice, 'id' | 'zone' | 'policy'>;

interface Invoice {
	invoice_ref: string;
	your_reference: string;
	amount_minor: number;
	insurance_since: string | null;
}

interface Held {
	currency: string;
	invoices: readonly Invoice[];
	claims: readonly ClaimRow[];
}

/** Invoices whose clock must stop, and whose must go on, by what is known of their claims. */
export function changesOf(practice: Pick<Practice, 'policy'>, { currency, invoices, claims }: Held): { stop: string[]; resume: string[] } {
	const minimum = toMinor(practice.policy.minimum.message, currency) ?? 0;
	const stop: string[] = [];
	const resume: string[] = [];
	for (const invoice of invoices) {
		const stands = invoice.amount_minor > 0 && liesWithPayer(linesBehind(claims, invoice.your_reference), minimum);
		if (stands && invoice.insurance_since === null) stop.push(invoice.invoice_ref);
		if (!stands && invoice.insurance_since !== null) resume.push(invoice.invoice_ref);
	}
	return { stop, resume };
}

/** The same for accounts that were read already: a balance may come after the claim it belongs to. True when a clock changed. */
export function keepPauses(tx: Tx, practice: Where, accounts: readonly { row: Held }[], now: number): Promise<boolean> {
	const changes = accounts
		.filter(({ row }) => row.claims.length > 0 || row.invoices.some((i) => i.insurance_since !== null))
		.map(({ row }) => changesOf(practice, row));
	return applyPauses(tx, practice, { stop: changes.flatMap(({ stop }) => stop), resume: changes.flatMap(({ resume }) => resume) }, now);
}

/** Stops and resumes the clocks of these accounts' invoices. True when one changed. */
export async function syncPauses(tx: Tx, practice: Where, refs: readonly string[], now: number): Promise<boolean> {
	if (refs.length === 0) return false;
	const { rows } = await sql<Held>`
		select a.currency,
			(select coalesce(json_agg(json_build_object('invoice_ref', i.invoice_ref, 'your_reference', i.your_reference, 'amount_minor', i.amount_minor, 'insurance_since', i.insurance_since)), '[]')
				from invoice i where i.practice_id = a.practice_id and i.account_ref = a.account_ref) as invoices,
			(select coalesce(json_agg(json_build_object('your_reference', c.your_reference, 'status_code', c.status_code, 'invoice', c.invoice, 'lines', c.lines, 'rejected', c.rejected) order by c.claim_ref), '[]')
				from claim c where c.practice_id = a.practice_id and c.account_ref = a.account_ref) as claims
		from account a where a.practice_id = ${practice.id} and a.account_ref = any(${[...refs]})`.execute(tx);
	const changes = rows.map((row) => changesOf(practice, row));
	return applyPauses(tx, practice, { stop: changes.flatMap(({ stop }) => stop), resume: changes.flatMap(({ resume }) => resume) }, now);
}

/** Writes what `changesOf` found. True when there was something. */
export async function applyPauses(tx: Tx, practice: Where, { stop, resume }: { stop: string[]; resume: string[] }, now: number): Promise<boolean> {
	if (stop.length > 0)
		await sql`update invoice set insurance_since = ${iso(now)} where practice_id = ${practice.id} and invoice_ref = any(${stop}) and insurance_since is null`.execute(
			tx,
		);
	if (resume.length > 0) await resumeAt(tx, practice, resume, iso(now));
	return stop.length + resume.length > 0;
}

/**
 * Whole days from the day it stopped, and not before the balance began to age. A hold counts its own days when it ends,
 * one that stands now as well: those are left to it.
 */
async function resumeAt(tx: Tx, { id, zone, policy }: Where, refs: readonly string[], at: string): Promise<void> {
	const anchor = policy.anchor === 'first_notice' ? sql`coalesce(i.first_notice_date, i.due_date)` : sql`i.due_date`;
	const day = (instant: ReturnType<typeof sql>) => sql`(${instant} at time zone ${zone})::date`;
	await sql`
		with counted as (
			select i.invoice_ref, count(*)::int as days
			from invoice i join account a on a.practice_id = i.practice_id and a.account_ref = i.account_ref
			cross join lateral generate_series(greatest(${day(sql`i.insurance_since`)}, ${anchor})::timestamp, (${day(sql`${at}::timestamptz`)} - 1)::timestamp, interval '1 day') as d(day)
			where i.practice_id = ${id} and i.invoice_ref = any(${[...refs]}) and i.insurance_since is not null
				and not exists (select from hold o where o.practice_id = ${id} and o.test = a.test
					and d.day >= ${day(sql`o.since`)} and d.day < ${day(sql`coalesce(o.released_at, least(o.until, ${at}::timestamptz), ${at}::timestamptz)`)}
					and case o.scope when 'invoice' then o.target = i.invoice_ref when 'account' then o.account_ref = i.account_ref when 'location' then o.target = a.location when 'import' then o.target = a.import_id else true end)
			group by i.invoice_ref
		)
		update invoice i set insurance_since = null, paused_days = i.paused_days + coalesce((select days from counted where counted.invoice_ref = i.invoice_ref), 0)
		where i.practice_id = ${id} and i.invoice_ref = any(${[...refs]}) and i.insurance_since is not null`.execute(tx);
}
