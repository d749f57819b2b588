/** Record Balance, Import Balances, Record Payment, Update Account. */
import { sql } from 'kysely';
import type { BalanceFact } from '../contracts/facts.ts';
import { Failure, type FieldError, invalidField } from '../contracts/failure.ts';
import { formatMoney, fromMinor, toMinor } from '../contracts/money.ts';
import type { Static } from '../contracts/schema.ts';
import { errorsOf } from '../contracts/validate.ts';
import type { Tx } from '../ledger/open.ts';
import { row as rowSchema } from '../operations/import_balances.ts';
import type { input as balanceInput } from '../operations/record_balance.ts';
import type { Service } from '../operations/registry.ts';
import { findRef, loadAccount } from './accounts.ts';
import { audit } from './audit.ts';
import { type BalanceOutcome, balanceArgument, balanceRow, e164, recordPayment } from './facts.ts';
import { importFacts } from './imports.ts';
import { nudge } from './nudge.ts';
import { bodyHash, keyOf, keyReused, once } from './once.ts';
import { accountLink, actorOf, causeOf, iso, type Practice, readPractice, shown } from './practice.ts';
import { newRef } from './refs.ts';
import { optOut } from './replies.ts';
import { reviewAccounts } from './review/accounts.ts';
import type { Caller, Deps } from './types.ts';

/** What a call needs of its practice and what hardly ever changes: read once in a while, so that recording stays one round trip. */
interface Basics {
	currency: string;
	shareReference: boolean;
	at: number;
}
const BASICS_MS = 5000;
const basicsOf = new WeakMap<object, Map<string, Basics>>();

async function basics(deps: Deps, practiceId: string): Promise<Basics> {
	const cache = basicsOf.get(deps.ledger) ?? new Map<string, Basics>();
	basicsOf.set(deps.ledger, cache);
	const known = cache.get(practiceId);
	if (known && performance.now() - known.at < BASICS_MS) return known;
	const row = await deps.ledger.practice(practiceId, (tx) =>
		tx.selectFrom('practice').select(['currency', 'settings']).where('practice_id', '=', practiceId).executeTakeFirstOrThrow(),
	);
	const fresh: Basics = {
		currency: row.currency,
		shareReference: (row.settings as { share_your_reference?: boolean }).share_your_reference === true,
		at: performance.now(),
	};
	cache.set(practiceId, fresh);
	return fresh;
}

type BalanceInput = Omit<Static<typeof balanceInput>, 'idempotency_key'>;

/** An input as a fact. @throws Failure `invalid` naming the field */
export function balanceFact(input: BalanceInput, practice: { currency: string }, source: string, now: number, field = (name: string) => name): BalanceFact {
	const currency = input.currency ?? practice.currency;
	const minor = (name: 'amount' | 'original_amount'): number | undefined => {
		const value = input[name];
		if (value === undefined) return undefined;
		const converted = toMinor(value, currency);
		if (converted === undefined) throw invalidField(field(name), `"${field(name)}" has more decimals than ${currency} has.`);
		return converted;
	};
	if (!input.account_ref && !input.your_reference)
		throw invalidField(field('your_reference'), `Give "${field('your_reference')}" or "${field('account_ref')}" to say whose balance it is.`);
	if (input.phone !== undefined && e164(input.phone) === undefined)
		throw invalidField(field('phone'), `"${field('phone')}" is not a phone number that can be dialled. Give it with area code, such as (212) 555-0100.`);
	if (input.as_of !== undefined && Date.parse(input.as_of) > now + 300_000)
		throw invalidField(field('as_of'), `"${field('as_of')}" lies in the future. Give the moment at which the source knew the amount.`);
	const original = minor('original_amount');
	return {
		kind: 'balance',
		source,
		currency,
		asOf: input.as_of ?? iso(now),
		amountMinor: minor('amount') ?? 0,
		account: {
			...(input.account_ref ? { accountRef: input.account_ref } : {}),
			...(input.your_reference ? { yourReference: input.your_reference } : {}),
			...(input.patient_name ? { name: input.patient_name } : {}),
			...(input.email ? { email: input.email } : {}),
			...(input.phone ? { phone: input.phone } : {}),
			...(input.location ? { location: input.location } : {}),
			...(input.state ? { state: input.state } : {}),
			...(input.zip ? { zip: input.zip } : {}),
		},
		...(input.invoice ? { invoice: input.invoice } : {}),
		...(original === undefined ? {} : { originalMinor: original }),
		...(input.due_date ? { dueDate: input.due_date } : {}),
		...(input.first_notice_date ? { firstNoticeDate: input.first_notice_date } : {}),
		...(input.service_date ? { serviceDate: input.service_date } : {}),
		...(input.final_patient_share === undefined ? {} : { finalPatientShare: input.final_patient_share }),
		...(input.disputed === undefined ? {} : { disputed: input.disputed }),
	};
}

export const recordBalance =
	(deps: Deps, caller: Caller): Service['record_balance'] =>
	async (input) => {
		const practice = await basics(deps, caller.practiceId);
		const now = deps.now();
		const row = balanceRow(balanceFact(input, practice, 'api', now), 0);
		const key = keyOf(caller, input);
		const hash = key === undefined ? '' : bodyHash(input);
		const answer = await deps.ledger.call<{ rows?: BalanceOutcome[]; replay?: BalanceOutcome[]; same_body?: boolean }>(
			'record_balances',
			caller.practiceId,
			balanceArgument({
				test: caller.test,
				actor: actorOf(caller),
				now,
				rows: [row],
				...(key === undefined ? {} : { idempotency: { operation: 'record_balance', key, bodyHash: hash } }),
			}),
		);
		if (answer.replay && !answer.same_body) throw keyReused();
		const outcome = (answer.rows ?? answer.replay)?.[0];
		if (!outcome) throw new Failure('broken', 'The balance could not be recorded.');
		refuse(outcome, caller);
		if (answer.rows && outcome.outcome !== 'unchanged' && outcome.outcome !== 'older_ignored') nudge(deps, caller.practiceId);
		return {
			account_ref: outcome.account_ref ?? '',
			your_reference: practice.shareReference ? (outcome.your_reference ?? '') : '',
			invoice_ref: outcome.invoice_ref ?? '',
			outcome: outcome.outcome as 'created',
			duplicate: answer.replay !== undefined,
			amount: fromMinor(outcome.amount_minor, outcome.currency),
			amount_text: formatMoney(outcome.amount_minor, outcome.currency),
			previous_amount: fromMinor(outcome.previous_minor, outcome.currency),
			currency: outcome.currency,
			link: accountLink(deps, outcome.account_ref ?? ''),
		};
	};

function refuse(outcome: BalanceOutcome, caller: Caller): void {
	if (outcome.outcome === 'missing') {
		const message = `No account of this practice has this account_ref${caller.test ? ' among the test accounts (this is a test key)' : ''}. Check it, or name the account by your_reference.`;
		throw new Failure('missing', message, { code: 'account_not_found', fields: [{ field: 'account_ref', message }] });
	}
	if (outcome.outcome === 'other_currency')
		throw invalidField('currency', 'The account is kept in another currency. Amounts of different currencies are never added: use another account.');
}

/** Rows one by one against the strict schema: good rows are kept, bad ones come back with the remedy and never with the value. */
function readRows(
	rows: readonly unknown[],
	practice: Practice,
	source: string,
	now: number,
): { facts: { fact: BalanceFact; position: number }[]; problems: (FieldError & { position: number })[] } {
	const facts: { fact: BalanceFact; position: number }[] = [];
	const problems: (FieldError & { position: number })[] = [];
	rows.forEach((value, i) => {
		const position = i + 1;
		const errors = errorsOf(rowSchema, value);
		if (errors.length > 0) {
			problems.push(...errors.map((error) => ({ ...error, position })));
			return;
		}
		try {
			facts.push({ fact: balanceFact(value as BalanceInput, practice, source, now), position });
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			problems.push(...error.fields.map((field) => ({ ...field, position })));
		}
	});
	return { facts, problems };
}

export const importBalances =
	(deps: Deps, caller: Caller): Service['import_balances'] =>
	async (input) => {
		const source = input.source_name ?? 'import';
		const answer = await once(deps, caller, 'import_balances', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const { facts, problems } = readRows(input.rows, practice, source, deps.now());
			const done = await importFacts(deps, tx, practice, caller, {
				kind: 'balances',
				sourceName: source,
				digestOf: JSON.stringify(input.rows),
				facts: facts.map(({ fact }) => fact),
				summary: { rows_read: input.rows.length, refused: problems.length },
			});
			const refused = [
				...problems.map(({ position, field, message }) => ({ position: `row ${position}`, field, message })),
				...done.refused.map((r) => ({ position: `row ${facts[r.index]?.position ?? 0}`, field: r.field, message: r.message })),
			];
			const count = (outcome: BalanceOutcome['outcome']) => done.balances.filter((b) => b.outcome === outcome).length;
			return {
				import_ref: done.importId,
				rows_read: input.rows.length,
				created: count('created'),
				updated: count('updated'),
				unchanged: count('unchanged'),
				paid: count('paid'),
				older_ignored: count('older_ignored') + done.superseded,
				refused: new Set(refused.map((p) => p.position)).size,
				problems: refused.slice(0, 500),
				problems_text: refused
					.map((p) => `${p.position}: ${p.message}`)
					.join('\n')
					.slice(0, 20_000),
				baseline_text: done.baselineText,
				settles_at: done.settlesAt,
				link: deps.config.publicUrl,
			};
		});
		nudge(deps, caller.practiceId);
		return answer;
	};

export const recordPaymentUse =
	(deps: Deps, caller: Caller): Service['record_payment'] =>
	(input) =>
		once(deps, caller, 'record_payment', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const currency = input.currency ?? practice.currency;
			const amountMinor = toMinor(input.amount, currency);
			if (amountMinor === undefined) throw invalidField('amount', `"amount" has more decimals than ${currency} has.`);
			const at = input.at ?? iso(deps.now());
			if (Date.parse(at) > deps.now() + 300_000) throw invalidField('at', '"at" lies in the future. Give the moment of the payment.');
			const ref = await findRef(tx, caller, input);
			const done = await recordPayment(
				deps,
				tx,
				{ practiceId: practice.id, test: caller.test, actor: actorOf(caller) },
				{
					kind: 'payment',
					source: 'api',
					account: { accountRef: ref },
					currency,
					asOf: iso(deps.now()),
					payment: input.payment,
					amountMinor,
					status: input.status,
					...(input.invoice ? { invoice: input.invoice } : {}),
					...(input.method ? { method: input.method } : {}),
					...(input.code ? { code: input.code } : {}),
					willRetry: input.will_retry ?? false,
					autopay: input.autopay ?? false,
					at,
				},
			);
			// Decided at once: a failed payment is news now, and the answer says whether anybody was told.
			const review =
				done.outcome === 'unchanged' || done.outcome === 'older_ignored'
					? undefined
					: await reviewAccounts(deps, tx, practice, [ref], {
							raisedBy: `key:${caller.keyId}`,
							causedBy: causeOf(caller),
							actor: actorOf(caller),
							sending: practice.policy.sending,
						});
			const account = await loadAccount(tx, practice, ref, deps.now());
			const owed = account.facts.invoices.reduce((sum, invoice) => sum + invoice.amountMinor, 0) - account.facts.creditMinor;
			return {
				account_ref: ref,
				your_reference: shown(practice, account.row.your_reference),
				payment_ref: done.payment_ref,
				outcome: done.outcome,
				amount: fromMinor(amountMinor, currency),
				amount_text: formatMoney(amountMinor, currency),
				balance_amount: fromMinor(owed, account.row.currency),
				balance_amount_text: formatMoney(owed, account.row.currency),
				currency,
				event_raised: (review?.events ?? 0) > 0,
				link: accountLink(deps, ref),
			};
		});

const CONSENT_FIELDS = { sms_consent: 'sms', email_consent: 'email', voice_consent: 'voice' } as const;
const PLAIN_FIELDS = {
	language: 'language',
	location: 'location',
	state: 'state',
	time_zone: 'time_zone',
	plan_type: 'plan_type',
	high_deductible: 'high_deductible',
	patient_name: 'name',
	zip: 'zip',
} as const;

export const updateAccount =
	(deps: Deps, caller: Caller): Service['update_account'] =>
	(input) =>
		once(deps, caller, 'update_account', input, async (tx) => {
			const now = iso(deps.now());
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			if (input.time_zone !== undefined && !zoneExists(input.time_zone))
				throw invalidField('time_zone', '"time_zone" is not a time zone. Give an IANA name such as America/Phoenix.');
			const yes = (Object.keys(CONSENT_FIELDS) as (keyof typeof CONSENT_FIELDS)[]).filter((field) => input[field] === 'yes');
			if (yes.length > 0 && !input.consent_evidence)
				throw invalidField('consent_evidence', '"consent_evidence" is needed with every Yes: name the form, column or document that proves it.');
			const phone = input.phone === undefined ? undefined : e164(input.phone);
			if (input.phone !== undefined && phone === undefined)
				throw invalidField('phone', '"phone" is not a phone number that can be dialled. Give it with area code, such as (212) 555-0100.');

			const { ref, created } = await findOrCreate(deps, tx, caller, practice, input);
			const before = await loadAccount(tx, practice, ref, deps.now(), true);
			const changed: string[] = [];
			const values: Record<string, unknown> = {};
			for (const [field, column] of Object.entries(PLAIN_FIELDS) as [keyof typeof PLAIN_FIELDS, string][]) {
				const value = input[field];
				if (value === undefined || (before.row as unknown as Record<string, unknown>)[column] === value) continue;
				values[column] = value;
				changed.push(field);
			}
			if (Object.keys(values).length > 0)
				await tx
					.updateTable('account')
					.set({ ...values, updated_at: now, next_review_at: now })
					.where('practice_id', '=', practice.id)
					.where('account_ref', '=', ref)
					.execute();

			const points = [
				...(phone
					? ([
							['sms', phone],
							['voice', phone],
						] as const)
					: []),
				...(input.email ? ([['email', input.email.trim().toLowerCase()]] as const) : []),
			];
			for (const [channel, address] of points) {
				if (before.row.contacts.some((c) => c.channel === channel && c.address === address && c.valid)) continue;
				await tx
					.insertInto('contact_point')
					.values({ practice_id: practice.id, account_ref: ref, channel, address, updated_at: now })
					.onConflict((conflict) =>
						conflict.columns(['practice_id', 'account_ref', 'channel']).doUpdateSet({ address, valid: true, invalid_reason: null, updated_at: now }),
					)
					.execute();
				const field = channel === 'email' ? 'email' : 'phone';
				if (!changed.includes(field)) changed.push(field);
			}
			for (const [field, channel] of Object.entries(CONSENT_FIELDS) as [keyof typeof CONSENT_FIELDS, 'sms' | 'email' | 'voice'][]) {
				const wanted = input[field];
				if (wanted === undefined) continue;
				const state = wanted === 'yes' ? 'granted' : 'revoked';
				if (before.row.consents.find((c) => c.channel === channel)?.state === state) continue;
				changed.push(field);
				if (state === 'revoked') {
					await optOut(deps, tx, practice, { accountRef: ref, channel, how: input.consent_evidence ?? 'recorded by staff', actor: actorOf(caller) });
					continue;
				}
				await tx
					.insertInto('consent')
					.values({ practice_id: practice.id, account_ref: ref, channel, state, evidence: input.consent_evidence ?? '', actor: actorOf(caller), at: now })
					.onConflict((conflict) =>
						conflict
							.columns(['practice_id', 'account_ref', 'channel'])
							.doUpdateSet({ state, evidence: input.consent_evidence ?? '', actor: actorOf(caller), at: now }),
					)
					.execute();
			}
			if (changed.length > 0) await sql`update account set next_review_at = ${now} where practice_id = ${practice.id} and account_ref = ${ref}`.execute(tx);
			const after = await loadAccount(tx, practice, ref, deps.now());
			const decision = practice.rules.decide(after.facts, deps.now());
			if (changed.length > 0)
				await audit(tx, practice.id, [
					{
						at: now,
						actor: actorOf(caller),
						kind: created ? 'account_created' : 'account_updated',
						subject: ref,
						body: { fields: changed, ...(input.consent_evidence ? { consent_evidence: input.consent_evidence } : {}) },
						personal: { ...values, ...(phone ? { phone } : {}), ...(input.email ? { email: input.email } : {}) },
					},
				]);
			const outcome: 'created' | 'updated' | 'unchanged' = created ? 'created' : changed.length > 0 ? 'updated' : 'unchanged';
			return {
				account_ref: ref,
				your_reference: shown(practice, after.row.your_reference),
				outcome,
				changed_text: changed.join(', '),
				consent_text: consentText(after.row.consents),
				can_contact: decision.canContact,
				blocked_reasons_text: decision.blocked.map((reason) => reason.text).join('\n'),
				link: accountLink(deps, ref),
			};
		});

const zoneExists = (zone: string): boolean => {
	try {
		new Intl.DateTimeFormat('en-US', { timeZone: zone });
		return true;
	} catch {
		return false;
	}
};

export const consentText = (consents: readonly { channel: string; state: string; evidence: string; at: string }[]): string =>
	consents.length === 0
		? 'No consent is recorded.'
		: consents.map((c) => `${c.channel}: ${c.state === 'granted' ? 'agreed' : 'ended'} on ${c.at.slice(0, 10)} (${c.evidence}).`).join('\n');

async function findOrCreate(
	deps: Deps,
	tx: Tx,
	caller: Caller,
	practice: Practice,
	key: { account_ref?: string; your_reference?: string },
): Promise<{ ref: string; created: boolean }> {
	try {
		return { ref: await findRef(tx, caller, key), created: false };
	} catch (error) {
		if (!(error instanceof Failure) || error.kind !== 'missing' || key.account_ref || !key.your_reference) throw error;
		const ref = newRef('acc');
		const now = iso(deps.now());
		await tx
			.insertInto('account')
			.values({
				practice_id: practice.id,
				account_ref: ref,
				test: caller.test,
				your_reference: key.your_reference,
				currency: practice.currency,
				created_at: now,
				updated_at: now,
			})
			.execute();
		return { ref, created: true };
	}
}
