/** Facts into the ledger: the one way by which forms, files and vendors' webhooks change what is known. */
import { sql } from 'kysely';
import parsePhone from 'libphonenumber-js/min';
import type { BalanceFact, Fact } from '../contracts/facts.ts';
import type { HoldReason } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import { audit } from './audit.ts';
import { recordAcknowledgement } from './claims/acknowledge.ts';
import { type ClaimOutcome, recordClaim } from './claims/record.ts';
import { settleClaims } from './claims/settle.ts';
import { type PaymentOutcome, recordPayment } from './payments.ts';
import { iso, readPractice } from './practice.ts';
import { newRef } from './refs.ts';
import type { Recording } from './sighting.ts';
import type { Deps } from './types.ts';

/** E.164, or undefined when it is no number that can be dialled. US is meant where no country is written. */
export function e164(phone: string): string | undefined {
	const parsed = parsePhone(phone, 'US');
	return parsed?.isPossible() ? parsed.number : undefined;
}

/** As contact points are kept; a vendor writes numbers and mailboxes in its own way. */
export const addressOf = (channel: string, address: string): string => (channel === 'email' ? address.trim().toLowerCase() : (e164(address) ?? address));

export interface BalanceRow {
	i: number;
	account_ref?: string;
	your_reference?: string;
	new_account_ref: string;
	new_invoice_ref: string;
	new_dispute_ref?: string;
	invoice: string;
	amount_minor: number;
	original_minor?: number;
	currency: string;
	due_date?: string;
	first_notice_date?: string;
	service_date?: string;
	final_share?: boolean;
	disputed?: boolean;
	patient_ref?: string;
	patient_relation?: string;
	patient_born_on?: string;
	confidential?: boolean;
	estimate_minor?: number;
	status_overdue?: boolean;
	/** Of a first import: what the source calls overdue is history. */
	status_raised?: boolean;
	source: string;
	connection?: string;
	external_id?: string;
	as_of: string;
	/** Ladder position of a new invoice: what a first import counts as history. */
	raised_days?: number;
	location?: string;
	language?: string;
	state?: string;
	zip?: string;
	plan_type?: string;
	high_deductible?: boolean;
	name?: string;
	contacts?: { channel: string; address: string }[];
	consents?: { channel: string; state: string; evidence: string }[];
	holds?: { reason: HoldReason; hold_ref: string }[];
}

export interface BalanceOutcome {
	i: number;
	account_ref: string | null;
	your_reference: string | null;
	invoice_ref: string | null;
	outcome: 'created' | 'updated' | 'unchanged' | 'paid' | 'older_ignored' | 'missing' | 'other_currency';
	previous_minor: number;
	amount_minor: number;
	currency: string;
}

const defined = <T extends object>(value: T): Partial<T> =>
	Object.fromEntries(Object.entries(value).filter(([, v]) => v !== undefined && v !== '')) as Partial<T>;

/** One fact as a row of `record_balances`. */
export function balanceRow(fact: BalanceFact, i: number, connection?: string): BalanceRow {
	const { account } = fact;
	const phone = account.phone === undefined ? undefined : e164(account.phone);
	const contacts = [
		...(phone
			? [
					{ channel: 'sms', address: phone },
					{ channel: 'voice', address: phone },
				]
			: []),
		...(account.email ? [{ channel: 'email', address: account.email.trim().toLowerCase() }] : []),
	];
	const consents = (account.consent ?? []).map((c) => ({ channel: c.channel, state: c.granted ? 'granted' : 'revoked', evidence: c.evidence }));
	const holds = (['bankruptcy', 'deceased', 'qmb'] as const).filter((reason) => account[reason]).map((reason) => ({ reason, hold_ref: newRef('hold') }));
	return {
		i,
		new_account_ref: newRef('acc'),
		new_invoice_ref: newRef('inv'),
		invoice: fact.invoice ?? '',
		amount_minor: fact.amountMinor,
		currency: fact.currency,
		source: fact.source,
		as_of: fact.asOf,
		...defined({
			account_ref: account.accountRef,
			your_reference: account.accountRef ? undefined : account.yourReference,
			original_minor: fact.originalMinor,
			due_date: fact.dueDate,
			first_notice_date: fact.firstNoticeDate,
			service_date: fact.serviceDate,
			final_share: fact.finalPatientShare,
			disputed: fact.disputed,
			new_dispute_ref: fact.disputed ? newRef('dsp') : undefined,
			patient_ref: fact.patient?.ref,
			patient_relation: fact.patient?.relation,
			patient_born_on: fact.patient?.bornOn,
			confidential: fact.confidential,
			estimate_minor: fact.estimateMinor,
			status_overdue: fact.statusOverdue,
			connection,
			external_id: fact.externalId,
			location: account.location,
			language: account.language,
			state: account.state,
			zip: account.zip,
			plan_type: account.planType,
			high_deductible: account.highDeductible,
			name: account.name,
		}),
		...(contacts.length > 0 ? { contacts } : {}),
		...(consents.length > 0 ? { consents } : {}),
		...(holds.length > 0 ? { holds } : {}),
	} as BalanceRow;
}

export interface BalanceBatch {
	test: boolean;
	actor: string;
	now: number;
	rows: BalanceRow[];
	importId?: string;
	settlesAt?: number;
	/** Of a first import: what it brings is history. */
	first?: true;
	idempotency?: { operation: string; key: string; bodyHash: string };
}

export const balanceArgument = (batch: BalanceBatch): object => ({
	now: iso(batch.now),
	test: batch.test,
	actor: batch.actor,
	people: batch.rows.some((row) => row.contacts || row.consents || row.holds),
	disputes: batch.rows.some((row) => row.disputed !== undefined || row.amount_minor === 0),
	...(batch.first ? { first: true } : {}),
	rows: batch.rows,
	...(batch.importId ? { import_id: batch.importId } : {}),
	...(batch.settlesAt ? { settles_at: iso(batch.settlesAt) } : {}),
	...(batch.idempotency ? { operation: batch.idempotency.operation, idempotency_key: batch.idempotency.key, body_hash: batch.idempotency.bodyHash } : {}),
});

/** What was written of people beside their balances. Names and addresses lie beside the chain of audit entries, not in it. */
interface WrittenPeople {
	names?: Record<string, string>;
	contacts?: { account_ref: string; channel: string; address: string }[];
	consents?: { account_ref: string; channel: string; state: string; evidence: string }[];
	holds?: { account_ref: string; reason: string; hold_ref: string }[];
}

/** Inside a transaction that does more, such as an import. */
export async function recordBalancesIn(tx: Tx, practiceId: string, batch: BalanceBatch): Promise<BalanceOutcome[]> {
	const { rows } = await sql<{
		answer: { rows: BalanceOutcome[]; people?: WrittenPeople | null };
	}>`select record_balances(${practiceId}, ${JSON.stringify({ ...balanceArgument(batch), audit: false })}::jsonb) as answer`.execute(tx);
	const outcomes = rows[0]?.answer.rows ?? [];
	const { names, contacts, ...people } = rows[0]?.answer.people ?? {};
	const written = outcomes
		.filter(({ outcome }) => outcome !== 'unchanged' && outcome !== 'missing' && outcome !== 'other_currency')
		.map(({ your_reference: _, ...row }) => row);
	await audit(tx, practiceId, [
		{
			at: iso(batch.now),
			actor: batch.actor,
			kind: 'balances_recorded',
			subject: batch.importId ?? outcomes[0]?.account_ref ?? '',
			body: { ...people, test: batch.test, rows: written },
			...(names || contacts ? { personal: { ...(names ? { names } : {}), ...(contacts ? { contacts } : {}) } } : {}),
		},
	]);
	return outcomes;
}

/** Locks the known accounts that facts are about, in the order in which everybody locks them: two batches over the same accounts would else wait for each other. */
export async function lockAccounts(tx: Tx, practiceId: string, test: boolean, facts: readonly Fact[]): Promise<void> {
	const refs = [...new Set(facts.flatMap((fact) => fact.account.accountRef ?? []))];
	const numbers = [...new Set(facts.flatMap((fact) => (fact.account.accountRef ? [] : (fact.account.yourReference ?? []))))];
	if (refs.length + numbers.length === 0) return;
	// Counted, so that thousands of locks are one row of an answer.
	await sql`select count(*) from (
		select 1 from account where practice_id = ${practiceId} and account_ref = any(array(
			select unnest(${refs}::text[]) union select account_ref from account where practice_id = ${practiceId} and test = ${test} and your_reference = any(${numbers}::text[])))
		order by account_ref for update) locked`.execute(tx);
}

/**
 * Two rows for one invoice cannot be written by one statement. The later one wins, by `asOf` and then by position;
 * the earlier one is reported as older.
 */
export function collapse(rows: readonly BalanceRow[]): { kept: BalanceRow[]; older: number[] } {
	const latest = new Map<string, BalanceRow>();
	const older: number[] = [];
	for (const row of rows) {
		const key = `${row.account_ref ?? ''}\u0000${row.your_reference ?? ''}\u0000${row.invoice}`;
		const before = latest.get(key);
		if (before && Date.parse(before.as_of) > Date.parse(row.as_of)) {
			older.push(row.i);
			continue;
		}
		if (before) older.push(before.i);
		latest.set(key, row);
	}
	return { kept: [...latest.values()].sort((a, b) => a.i - b.i), older };
}

export interface Recorded {
	accounts: Set<string>;
	changed: number;
	unchanged: number;
	balances: BalanceOutcome[];
	payments: PaymentOutcome[];
	claims: ClaimOutcome[];
}

/** Records any mix of facts in the caller's transaction. */
export async function recordFacts(deps: Deps, tx: Tx, to: Recording, facts: readonly Fact[]): Promise<Recorded> {
	const now = deps.now();
	const recorded: Recorded = { accounts: new Set(), changed: 0, unchanged: 0, balances: [], payments: [], claims: [] };
	await lockAccounts(tx, to.practiceId, to.test, facts);
	const balances = facts.filter((fact) => fact.kind === 'balance');
	if (balances.length > 0) {
		const { kept } = collapse(balances.map((fact, i) => balanceRow(fact, i, to.connection)));
		recorded.balances = await recordBalancesIn(tx, to.practiceId, {
			test: to.test,
			actor: to.actor,
			now,
			rows: kept,
			...(to.importId ? { importId: to.importId } : {}),
			...(to.settlesAt ? { settlesAt: to.settlesAt } : {}),
		});
		for (const outcome of recorded.balances) {
			if (outcome.account_ref) recorded.accounts.add(outcome.account_ref);
			if (outcome.outcome === 'unchanged' || outcome.outcome === 'older_ignored') recorded.unchanged += 1;
			else recorded.changed += 1;
		}
	}
	if (to.importId) await sql`select set_config('dunwell.import_id', ${to.importId}, true)`.execute(tx);
	const practice = facts.some((fact) => fact.kind === 'claim' || fact.kind === 'acknowledgement') ? await readPractice(tx, to.practiceId, now) : undefined;
	for (const fact of facts) {
		if (fact.kind === 'payment') {
			const outcome = await recordPayment(deps, tx, to, fact);
			recorded.payments.push(outcome);
			recorded.accounts.add(outcome.account_ref);
			if (outcome.outcome === 'unchanged' || outcome.outcome === 'older_ignored') recorded.unchanged += 1;
			else recorded.changed += 1;
		} else if (practice && fact.kind !== 'balance') {
			const outcome = fact.kind === 'claim' ? await recordClaim(deps, tx, to, practice, fact) : await recordAcknowledgement(deps, tx, to, practice, fact);
			recorded.claims.push(outcome);
			recorded.accounts.add(outcome.account_ref);
			if (outcome.changed) recorded.changed += 1;
			else recorded.unchanged += 1;
		}
	}
	if (practice)
		await settleClaims(
			deps,
			tx,
			practice,
			recorded.claims.filter(({ changed }) => changed),
			'claim_changed',
		);
	return recorded;
}
