/** What a payer answered to a claim, into the ledger. */
import type { ClaimFact } from '../../contracts/facts.ts';
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { iso, type Practice } from '../practice.ts';
import { canonical, newRef, sha256Hex } from '../refs.ts';
import { accountOf, type Recording } from '../sighting.ts';
import type { Deps } from '../types.ts';
import { deadlineOf } from './deadline.ts';
import { moved, type StoredLine, shareOf } from './lines.ts';
import { neverBill } from './never-bill.ts';
import { offsetRefunds, refundDue } from './refund.ts';

export interface ClaimOutcome {
	account_ref: string;
	claim_ref: string;
	changed: boolean;
	/** Invoice by the practice's number: messages about it that wait ask for what is no longer so. */
	invoice: string;
}

/** What happened to a claim, in order: remittances that were read, and what staff did. */
export interface ClaimEntry {
	at: string;
	actor: string;
	status: string;
	lines?: number[];
	trace?: string;
	/** Of what a remittance said: the same one again is known by it, however much later it comes. */
	digest?: string;
	amount_minor?: number;
	evidence_kind?: string;
	evidence?: string;
}

const REVERSAL = '22';

export type StoredClaim = Awaited<ReturnType<typeof claimsOf>>[number];

/** All rows of one claim number: one for each number a payer gave it. Locked. */
export const claimsOf = (tx: Tx, practiceId: string, account: string, number: string) =>
	tx
		.selectFrom('claim')
		.selectAll()
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', account)
		.where('your_reference', '=', number)
		.orderBy('claim_ref')
		.forUpdate()
		.execute();

export const linesOfRow = (row: { lines: unknown }): StoredLine[] => row.lines as StoredLine[];
export const entriesOf = (row: { worked: unknown }): ClaimEntry[] => row.worked as ClaimEntry[];

/** Records one answer of a payer. Older than what is known, or known already: nothing changes and nobody is told. */
export async function recordClaim(deps: Deps, tx: Tx, to: Recording, practice: Practice, fact: ClaimFact): Promise<ClaimOutcome> {
	const account = await accountOf(deps, tx, to, fact.account, fact.currency);
	const rows = await claimsOf(tx, to.practiceId, account, fact.claim);
	const invoice = fact.invoice ?? '';
	const digest = digestOf(fact);
	const known = rows.find((row) => entriesOf(row).some((entry) => entry.digest === digest));
	if (known) return { account_ref: account, claim_ref: known.claim_ref, changed: false, invoice };
	const before = rowOf(rows, fact);
	const paid = rows.find((row) => linesOfRow(row).some((line) => line.state === 'adjudicated' || line.paidMinor > 0));
	const duplicate = paid !== undefined && isDuplicate(fact);
	if (before && (isOlder(before, fact) || (duplicate && before === paid)))
		return { account_ref: account, claim_ref: before.claim_ref, changed: false, invoice };

	const now = iso(deps.now());
	const claim = before?.claim_ref ?? newRef('clm');
	const lines: StoredLine[] = duplicate ? fact.lines.map((line) => (line.state === 'denied_open' ? moved(line, 'final_writeoff', 0) : line)) : fact.lines;
	const entry: ClaimEntry = { at: now, actor: to.actor, status: 'answered', ...(fact.trace ? { trace: fact.trace } : {}), digest };
	const values = valuesOf(practice, fact, lines, before, entry);
	const refund = before && fact.statusCode === REVERSAL ? await refundOf(tx, to.practiceId, account, before, { ...values, lines }) : undefined;
	await write(tx, to, { account, claim, number: fact.claim, payerClaim: fact.payerClaim ?? '' }, before, {
		...values,
		...(refund === undefined ? {} : { refund_minor: refund }),
	});
	if (fact.statusCode !== REVERSAL && rows.some((row) => row.refund_minor > 0))
		await offsetRefunds(tx, to.practiceId, account, fact.claim, shareOf(lines) - (before ? Math.max(0, shareOf(linesOfRow(before))) : 0));
	if (fact.account.qmb === true || lines.some((line) => line.state === 'never_bill')) await neverBill(tx, to, account, now);
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
				states: lines.map((line) => line.state),
				...(refund ? { refund_minor: refund } : {}),
				...(values.deadline_on ? { deadline_on: values.deadline_on, deadline_rule: values.deadline_rule } : {}),
			},
		},
	]);
	return { account_ref: account, claim_ref: claim, changed: true, invoice };
}

const digestOf = (fact: ClaimFact): string => sha256Hex(canonical([fact.trace ?? '', fact.statusCode, fact.payerClaim ?? '', fact.lines])).slice(0, 32);

/**
 * The row that an answer belongs to: the payer's own number decides. A claim that the payer had not numbered yet takes
 * its number now; a reversal under a new number takes back the claim whose charge it negates.
 */
function rowOf(rows: readonly StoredClaim[], fact: ClaimFact): StoredClaim | undefined {
	return (
		rows.find((row) => row.payer_claim === (fact.payerClaim ?? '')) ??
		rows.find((row) => row.payer_claim === '') ??
		(fact.statusCode === REVERSAL ? rows.find((row) => row.payer === fact.payer && row.charge_minor === -fact.chargeMinor) : undefined)
	);
}

/** A claim that was only announced (acknowledged, or recorded by hand) has no answer that could be newer. */
const isOlder = (before: StoredClaim, fact: ClaimFact): boolean =>
	entriesOf(before).some((entry) => entry.status === 'answered') && before.as_of.getTime() > Date.parse(fact.asOf);

/** Denied as a copy of a claim that is on file: no new denial when the original was paid (CARC 18). */
const isDuplicate = ({ lines }: ClaimFact): boolean => {
	const denied = lines.filter((line) => line.state === 'denied_open');
	return denied.length > 0 && denied.every((line) => line.category === 'duplicate') && lines.every((line) => line.state === 'denied_open');
};

function valuesOf(practice: Practice, fact: ClaimFact, lines: readonly StoredLine[], before: StoredClaim | undefined, entry: ClaimEntry) {
	const serviceFrom = lines.flatMap((line) => line.serviceDate ?? []).sort()[0] ?? before?.service_from ?? null;
	const denied = lines.some((line) => line.state === 'denied_open');
	const deadline = denied ? deadlineOf(practice, { payer: fact.payer, lines, serviceFrom, remittedOn: fact.asOf.slice(0, 10) }) : undefined;
	const sameAnswer = before !== undefined && before.trace === (fact.trace ?? '') && before.status_code === fact.statusCode;
	return {
		payer: fact.payer,
		status_code: fact.statusCode,
		trace: fact.trace ?? '',
		charge_minor: fact.chargeMinor,
		paid_minor: fact.paidMinor,
		currency: fact.currency,
		invoice: fact.invoice ?? before?.invoice ?? null,
		lines: JSON.stringify(lines),
		// Another answer of the payer is news about the same lines.
		raised_lines: sameAnswer ? before.raised_lines : [],
		// What the payer has decided was not rejected on the way to it.
		rejected: false,
		service_from: serviceFrom,
		denied_at: denied ? fact.asOf : null,
		deadline_on: deadline?.on ?? null,
		deadline_rule: deadline?.rule ?? null,
		worked: JSON.stringify([...(before ? entriesOf(before) : []), entry]),
		as_of: fact.asOf,
		source: fact.source,
	};
}

const refundOf = (
	tx: Tx,
	practiceId: string,
	account: string,
	before: StoredClaim,
	after: { status_code: string; invoice: string | null; lines: StoredLine[] },
) =>
	refundDue(tx, {
		practiceId,
		account,
		before: { ...before, lines: linesOfRow(before) },
		after: { ...before, status_code: after.status_code, invoice: after.invoice, lines: after.lines, rejected: false },
	});

interface Identity {
	account: string;
	claim: string;
	number: string;
	payerClaim: string;
}

async function write(
	tx: Tx,
	to: Recording,
	{ account, claim, number, payerClaim }: Identity,
	before: StoredClaim | undefined,
	values: ReturnType<typeof valuesOf> & { refund_minor?: number },
): Promise<void> {
	if (before)
		await tx
			.updateTable('claim')
			.set({ ...values, ...(before.payer_claim === '' && payerClaim !== '' ? { payer_claim: payerClaim } : {}) })
			.where('practice_id', '=', to.practiceId)
			.where('claim_ref', '=', claim)
			.execute();
	else
		await tx
			.insertInto('claim')
			.values({
				practice_id: to.practiceId,
				account_ref: account,
				claim_ref: claim,
				your_reference: number,
				payer_claim: payerClaim,
				import_id: to.importId ?? null,
				...values,
			})
			.execute();
}
