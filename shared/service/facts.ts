/** Facts into the ledger: the one way by which forms, files and vendors' webhooks change what is known. */
import { sql } from 'kysely';
import parsePhone from 'libphonenumber-js/min';
import type { AccountHint, BalanceFact, ClaimFact, Fact, PaymentFact } from '../contracts/facts.ts';
import type { HoldReason } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import { audit } from './audit.ts';
import { iso } from './practice.ts';
import { canonical, newRef } from './refs.ts';
import type { Deps } from './types.ts';

/** E.164, or undefined when it is no number that can be dialled. US is meant where no country is written. */
export function e164(phone: string): string | undefined {
	const parsed = parsePhone(phone, 'US');
	return parsed?.isPossible() ? parsed.number : undefined;
}

export interface BalanceRow {
	i: number;
	account_ref?: string;
	your_reference?: string;
	new_account_ref: string;
	new_invoice_ref: string;
	invoice: string;
	amount_minor: number;
	original_minor?: number;
	currency: string;
	due_date?: string;
	first_notice_date?: string;
	service_date?: string;
	final_share?: boolean;
	disputed?: boolean;
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
	idempotency?: { operation: string; key: string; bodyHash: string };
}

export const balanceArgument = (batch: BalanceBatch): object => ({
	now: iso(batch.now),
	test: batch.test,
	actor: batch.actor,
	people: batch.rows.some((row) => row.contacts || row.consents || row.holds),
	rows: batch.rows,
	...(batch.importId ? { import_id: batch.importId } : {}),
	...(batch.settlesAt ? { settles_at: iso(batch.settlesAt) } : {}),
	...(batch.idempotency ? { operation: batch.idempotency.operation, idempotency_key: batch.idempotency.key, body_hash: batch.idempotency.bodyHash } : {}),
});

/** Inside a transaction that does more, such as an import. */
export async function recordBalancesIn(tx: Tx, practiceId: string, batch: BalanceBatch): Promise<BalanceOutcome[]> {
	const { rows } = await sql<{
		answer: { rows: BalanceOutcome[] };
	}>`select record_balances(${practiceId}, ${JSON.stringify({ ...balanceArgument(batch), audit: false })}::jsonb) as answer`.execute(tx);
	const outcomes = rows[0]?.answer.rows ?? [];
	const written = outcomes
		.filter(({ outcome }) => outcome !== 'unchanged' && outcome !== 'missing' && outcome !== 'other_currency')
		.map(({ your_reference: _, ...row }) => row);
	await audit(tx, practiceId, [
		{
			at: iso(batch.now),
			actor: batch.actor,
			kind: 'balances_recorded',
			subject: batch.importId ?? outcomes[0]?.account_ref ?? '',
			body: { test: batch.test, rows: written },
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

export interface Recording {
	practiceId: string;
	test: boolean;
	actor: string;
	importId?: string;
	settlesAt?: number;
	connection?: string;
}

export interface Recorded {
	accounts: Set<string>;
	changed: number;
	unchanged: number;
	balances: BalanceOutcome[];
	payments: PaymentOutcome[];
	claims: { claim_ref: string; changed: boolean }[];
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
	for (const fact of facts) {
		if (fact.kind === 'payment') {
			const outcome = await recordPayment(deps, tx, to, fact);
			recorded.payments.push(outcome);
			recorded.accounts.add(outcome.account_ref);
			if (outcome.outcome === 'unchanged' || outcome.outcome === 'older_ignored') recorded.unchanged += 1;
			else recorded.changed += 1;
		} else if (fact.kind === 'claim') {
			const outcome = await recordClaim(deps, tx, to, fact);
			recorded.claims.push(outcome);
			recorded.accounts.add(outcome.account_ref);
			if (outcome.changed) recorded.changed += 1;
			else recorded.unchanged += 1;
		}
	}
	return recorded;
}

/** The account of a fact, made on first sight. */
async function accountOf(deps: Deps, tx: Tx, to: Recording, hint: AccountHint, currency: string): Promise<string> {
	if (hint.accountRef) return hint.accountRef;
	const now = iso(deps.now());
	const inserted = await tx
		.insertInto('account')
		.values({
			practice_id: to.practiceId,
			account_ref: newRef('acc'),
			test: to.test,
			your_reference: hint.yourReference ?? '',
			name: hint.name ?? null,
			currency,
			location: hint.location ?? '',
			state: hint.state ?? null,
			zip: hint.zip ?? null,
			time_zone: null,
			plan_type: null,
			high_deductible: null,
			settles_at: to.settlesAt ? iso(to.settlesAt) : null,
			next_review_at: now,
			import_id: to.importId ?? null,
			created_at: now,
			updated_at: now,
		})
		.onConflict((conflict) => conflict.doNothing())
		.returning('account_ref')
		.executeTakeFirst();
	if (inserted) return inserted.account_ref;
	const row = await tx
		.selectFrom('account')
		.select('account_ref')
		.where('practice_id', '=', to.practiceId)
		.where('test', '=', to.test)
		.where('your_reference', '=', hint.yourReference ?? '')
		.executeTakeFirstOrThrow();
	return row.account_ref;
}

export interface PaymentOutcome {
	account_ref: string;
	payment_ref: string;
	outcome: 'recorded' | 'status_changed' | 'unchanged' | 'older_ignored';
}

/** What a payment took off an invoice: given back when it is returned. */
interface Applied {
	invoice_ref: string;
	minor: number;
}

export async function recordPayment(deps: Deps, tx: Tx, to: Recording, fact: PaymentFact): Promise<PaymentOutcome> {
	const account = await accountOf(deps, tx, to, fact.account, fact.currency);
	const now = iso(deps.now());
	await sql`select 1 from account where practice_id = ${to.practiceId} and account_ref = ${account} for update`.execute(tx);
	const before = await tx
		.selectFrom('payment')
		.selectAll()
		.where('practice_id', '=', to.practiceId)
		.where('account_ref', '=', account)
		.where('your_reference', '=', fact.payment)
		.executeTakeFirst();
	if (before && before.as_of.getTime() > Date.parse(fact.asOf)) return { account_ref: account, payment_ref: before.payment_ref, outcome: 'older_ignored' };
	const same =
		before &&
		before.status === fact.status &&
		before.amount_minor === fact.amountMinor &&
		(fact.code ?? before.code) === before.code &&
		(fact.willRetry ?? false) === before.will_retry;
	if (same) return { account_ref: account, payment_ref: before.payment_ref, outcome: 'unchanged' };

	let applied: Applied[] = before ? (before.applied as Applied[]) : [];
	if (applied.length > 0) {
		for (const part of applied) {
			await sql`update invoice set amount_minor = amount_minor + ${part.minor}, updated_at = ${now} where practice_id = ${to.practiceId} and invoice_ref = ${part.invoice_ref}`.execute(
				tx,
			);
		}
		applied = [];
	}
	if (fact.status === 'succeeded') applied = await apply(tx, to.practiceId, account, fact, now);

	const payment = before?.payment_ref ?? newRef('pay');
	const values = {
		invoice: fact.invoice ?? null,
		amount_minor: fact.amountMinor,
		currency: fact.currency,
		status: fact.status,
		method: fact.method ?? before?.method ?? null,
		code: fact.code ?? null,
		will_retry: fact.willRetry ?? false,
		autopay: fact.autopay ?? before?.autopay ?? false,
		at: fact.at,
		as_of: fact.asOf,
		raised: false,
		applied: JSON.stringify(applied),
		source: fact.source,
	};
	if (before) await tx.updateTable('payment').set(values).where('practice_id', '=', to.practiceId).where('payment_ref', '=', payment).execute();
	else
		await tx
			.insertInto('payment')
			.values({
				practice_id: to.practiceId,
				payment_ref: payment,
				account_ref: account,
				your_reference: fact.payment,
				import_id: to.importId ?? null,
				...values,
			})
			.execute();
	await tx
		.updateTable('account')
		.set({ next_review_at: now, updated_at: now, ...(fact.status === 'succeeded' ? { last_payment_at: fact.at } : {}) })
		.where('practice_id', '=', to.practiceId)
		.where('account_ref', '=', account)
		.execute();
	await audit(tx, to.practiceId, [
		{
			at: now,
			actor: to.actor,
			kind: 'payment_recorded',
			subject: account,
			body: {
				payment_ref: payment,
				status: fact.status,
				amount_minor: fact.amountMinor,
				currency: fact.currency,
				...(fact.code ? { code: fact.code } : {}),
				applied,
			},
		},
	]);
	return { account_ref: account, payment_ref: payment, outcome: before ? 'status_changed' : 'recorded' };
}

/** Takes a payment off the invoice it names, else off the oldest; never off an amount that was read after the payment and contains it. */
async function apply(tx: Tx, practiceId: string, account: string, fact: PaymentFact, now: string): Promise<Applied[]> {
	const { rows } = await sql<{ invoice_ref: string; amount_minor: number }>`
		select invoice_ref, amount_minor from invoice
		where practice_id = ${practiceId} and account_ref = ${account} and amount_minor > 0 and currency = ${fact.currency} and as_of < ${fact.at}::timestamptz
			and (${fact.invoice ?? null}::text is null or your_reference = ${fact.invoice ?? null} or invoice_ref = ${fact.invoice ?? null})
		order by coalesce(first_notice_date, due_date, created_at::date), invoice_ref`.execute(tx);
	let left = fact.amountMinor;
	const applied: Applied[] = [];
	for (const row of rows) {
		const minor = Math.min(left, Number(row.amount_minor));
		if (minor <= 0) break;
		await sql`update invoice set amount_minor = amount_minor - ${minor}, updated_at = ${now} where practice_id = ${practiceId} and invoice_ref = ${row.invoice_ref}`.execute(
			tx,
		);
		applied.push({ invoice_ref: row.invoice_ref, minor });
		left -= minor;
	}
	return applied;
}

export async function recordClaim(deps: Deps, tx: Tx, to: Recording, fact: ClaimFact): Promise<{ account_ref: string; claim_ref: string; changed: boolean }> {
	const account = await accountOf(deps, tx, to, fact.account, fact.currency);
	const now = iso(deps.now());
	const identity = { practice_id: to.practiceId, account_ref: account, your_reference: fact.claim, payer_claim: fact.payerClaim ?? '' };
	const before = await tx
		.selectFrom('claim')
		.selectAll()
		.where('practice_id', '=', to.practiceId)
		.where('account_ref', '=', account)
		.where('your_reference', '=', fact.claim)
		.where('payer_claim', '=', identity.payer_claim)
		.forUpdate()
		.executeTakeFirst();
	const lines = JSON.stringify(fact.lines);
	const values = {
		payer: fact.payer,
		status_code: fact.statusCode,
		trace: fact.trace ?? '',
		charge_minor: fact.chargeMinor,
		paid_minor: fact.paidMinor,
		currency: fact.currency,
		invoice: fact.invoice ?? null,
		lines,
		as_of: fact.asOf,
		source: fact.source,
	};
	// The same remittance again: nothing changes and nothing is due, however much later it comes.
	if (before && before.trace === values.trace && before.status_code === values.status_code && canonical(before.lines) === canonical(fact.lines))
		return { account_ref: account, claim_ref: before.claim_ref, changed: false };
	if (before && before.as_of.getTime() > Date.parse(fact.asOf)) return { account_ref: account, claim_ref: before.claim_ref, changed: false };
	const claim = before?.claim_ref ?? newRef('clm');
	if (before) await tx.updateTable('claim').set(values).where('practice_id', '=', to.practiceId).where('claim_ref', '=', claim).execute();
	else
		await tx
			.insertInto('claim')
			.values({ ...identity, claim_ref: claim, import_id: to.importId ?? null, ...values })
			.execute();
	await sql`update account set next_review_at = ${now}, updated_at = ${now} where practice_id = ${to.practiceId} and account_ref = ${account}`.execute(tx);
	if (fact.lines.some((line) => line.state === 'never_bill')) await neverBill(deps, tx, to, account);
	await audit(tx, to.practiceId, [
		{
			at: now,
			actor: to.actor,
			kind: 'claim_recorded',
			subject: account,
			body: {
				claim_ref: claim,
				status_code: fact.statusCode,
				trace: values.trace,
				charge_minor: fact.chargeMinor,
				paid_minor: fact.paidMinor,
				states: fact.lines.map((line) => line.state),
			},
		},
	]);
	return { account_ref: account, claim_ref: claim, changed: true };
}

/** QMB remark codes speak of the person's coverage, not of one line: the account is held for good until staff look (CMS, N781-N783). */
async function neverBill(deps: Deps, tx: Tx, to: Recording, account: string): Promise<void> {
	const now = iso(deps.now());
	await sql`insert into hold (practice_id, hold_ref, scope, test, account_ref, reason, actor, since, import_id)
		select ${to.practiceId}, ${newRef('hold')}, 'account', ${to.test}, ${account}, 'qmb', ${to.actor}, ${now}, ${to.importId ?? null}
		where not exists (select from hold where practice_id = ${to.practiceId} and account_ref = ${account} and reason = 'qmb' and released_at is null)`.execute(
		tx,
	);
}
