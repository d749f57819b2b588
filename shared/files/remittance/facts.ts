/** From a claim of the file to a fact of the ledger. What a denial means for a message is the rules' business. */
import type { ClaimFact, ClaimLine } from '../../contracts/facts.ts';
import { type ClaimHead, lineState, patientShare, REVERSAL, shareToReview } from '../../rules/denials/lines.ts';
import { isQmbRemark } from '../../rules/denials/remarks.ts';
import { splitClaimNumber } from '../claim-number.ts';
import { notAfter } from '../dates.ts';
import type { FileProblem } from '../reading.ts';
import { isClaimBalanced, unbalancedLines } from './balance.ts';
import type { RawClaim, RawLine, State, Transaction } from './state.ts';

/** Payers put 0 where they never got a number; taken as one, it would merge strangers into one account. */
export const isNumbered = (claim: RawClaim): boolean => !/^0*$/.test(claim.number);

export const unnumbered = (claim: RawClaim): FileProblem => ({
	position: `CLP at segment ${claim.position}`,
	field: 'CLP01',
	message: 'The claim has no claim number, so its account is unknown; post it by hand.',
});

/** Patient names are not read: the account is found by CLP01, and the guarantor is often someone else. `now` is ISO 8601. */
export function claimFact(state: State, claim: RawClaim, now: string): ClaimFact {
	const { transaction } = claim;
	const { account, invoice } = splitClaimNumber(claim.number);
	if (invoice !== undefined) state.notes.add('with_invoice', claim.position);
	return {
		kind: 'claim',
		source: 'import',
		account: { yourReference: account, ...(isQmb(claim) ? { qmb: true } : {}) },
		currency: state.currency ?? transaction.currency,
		asOf: knownAt(transaction, now),
		claim: claim.number,
		...(claim.payerClaim === undefined ? {} : { payerClaim: claim.payerClaim }),
		payer: transaction.payer,
		statusCode: claim.status,
		...(transaction.trace === undefined ? {} : { trace: transaction.trace }),
		chargeMinor: claim.chargeMinor,
		paidMinor: claim.paidMinor,
		lines: claimLines(state, claim),
		...(invoice === undefined ? {} : { invoice }),
	};
}

const isQmb = (claim: RawClaim): boolean => isQmbRemark(claim.remarks) || claim.lines.some(({ remarks }) => isQmbRemark(remarks));

/** The same for all its claims. */
function knownAt(transaction: Transaction, now: string): string {
	transaction.knownAt ??= notAfter(knownSince(transaction) ?? now, now);
	return transaction.knownAt;
}

/** The payer's cycle day where it is given: a clearinghouse stamps GS anew each time a file is fetched again. */
function knownSince({ asOf, produced, date }: Transaction): string | undefined {
	const day = produced ?? (asOf === undefined ? date : undefined);
	if (day === undefined || asOf?.startsWith(day)) return asOf;
	return `${day}T00:00:00Z`;
}

/**
 * Lines with their states. A claim without service lines becomes one line; claim-level adjustments beside
 * service lines become a last line without a charge, so that no amount is lost or counted twice.
 * In a reversal amounts are negative, as the payer writes them.
 */
function claimLines(state: State, claim: RawClaim): ClaimLine[] {
	const { adjustments, position, chargeMinor, paidMinor } = claim;
	const whole: RawLine = { position, chargeMinor, paidMinor, adjustments, remarks: [] };
	const rest: RawLine = { ...whole, chargeMinor: 0, paidMinor: 0 };
	const lines = claim.lines.length === 0 ? [whole] : adjustments.length === 0 ? claim.lines : [...claim.lines, rest];
	const head = headOf(state, claim);
	return lines.map((line, index) => claimLine(state, claim, head, line, index + 1));
}

function headOf({ notes }: State, claim: RawClaim): ClaimHead {
	const lines = unbalancedLines(claim);
	const claimBalanced = isClaimBalanced(claim);
	if (!claimBalanced) notes.add('unbalanced_claim', claim.position);
	for (const position of lines) notes.add('unbalanced_line', position);
	const { produced, date, asOf } = claim.transaction;
	const on = produced ?? date ?? asOf?.slice(0, 10);
	return {
		status: claim.status,
		adjustments: claim.adjustments,
		forwarded: claim.forwarded,
		balanced: claimBalanced && lines.length === 0,
		...(on === undefined ? {} : { on }),
	};
}

function claimLine({ notes }: State, claim: RawClaim, head: ClaimHead, line: RawLine, number: number): ClaimLine {
	const remarks = line.remarks.length + claim.remarks.length === 0 ? [] : [...new Set([...line.remarks, ...claim.remarks])];
	const serviceDate = line.serviceDate ?? claim.serviceDate;
	const standing = lineState(head, line, remarks);
	if (standing.state !== 'denied_open' && claim.status !== REVERSAL && shareToReview(line.adjustments) > 0) notes.add('staff_release', line.position);
	return {
		line: number,
		...(line.procedure === undefined ? {} : { procedure: line.procedure }),
		...(serviceDate === undefined ? {} : { serviceDate }),
		chargeMinor: line.chargeMinor,
		paidMinor: line.paidMinor,
		adjustments: line.adjustments,
		remarks,
		patientMinor: patientShare(line.adjustments),
		...standing,
	};
}
