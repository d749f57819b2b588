/** From what a remittance says of a claim to the state of each of its service lines. */
import type { Adjustment, ClaimLine } from '../contracts/facts.ts';
import type { LineState } from '../contracts/words.ts';
import { type AdjustmentReason, adjustmentReason, FORWARDED_REMARKS, isPatientShare, QMB_REMARKS, UNPROCESSABLE_REMARK } from './carc.ts';

export interface RawLine {
	procedure?: string;
	serviceDate?: string;
	chargeMinor: number;
	paidMinor: number;
	adjustments: Adjustment[];
	remarks: string[];
}

/** One CLP loop. */
export interface RawClaim {
	/** Segment of the file, for messages. */
	position: number;
	number: string;
	status: string;
	chargeMinor: number;
	paidMinor: number;
	payerClaim?: string;
	serviceDate?: string;
	/** Claim-level adjustments and remarks. */
	adjustments: Adjustment[];
	remarks: string[];
	/** The payer names the one it passed the claim on to (NM1*TT). */
	forwarded: boolean;
	lines: RawLine[];
}

export const REVERSAL = '22';
export const PREDETERMINATION = '25';
const PROCESSED: ReadonlySet<string> = new Set(['1', '2', '3', '4']);
/** Processed and forwarded, or not this payer's and forwarded: the next payer decides. */
const FORWARDED: ReadonlySet<string> = new Set(['19', '20', '21', '23']);

export const isKnownStatus = (status: string): boolean => PROCESSED.has(status) || FORWARDED.has(status) || status === REVERSAL || status === PREDETERMINATION;

export const isQmb = (claim: RawClaim): boolean => [claim, ...claim.lines].some((part) => part.remarks.some((remark) => QMB_REMARKS.has(remark)));

/**
 * Lines with their states. A claim without service lines becomes one line; claim-level adjustments beside
 * service lines become a last line without a charge, so that no amount is lost or counted twice.
 * In a reversal amounts are negative, as the payer writes them.
 */
export function claimLines(claim: RawClaim): ClaimLine[] {
	const whole: RawLine = { chargeMinor: claim.chargeMinor, paidMinor: claim.paidMinor, adjustments: claim.adjustments, remarks: [] };
	const rest: RawLine = { ...whole, chargeMinor: 0, paidMinor: 0 };
	const lines = claim.lines.length === 0 ? [whole] : claim.adjustments.length === 0 ? claim.lines : [...claim.lines, rest];
	return lines.map((line, index) => claimLine(claim, line, index + 1));
}

function claimLine(claim: RawClaim, line: RawLine, number: number): ClaimLine {
	const remarks = [...new Set([...line.remarks, ...claim.remarks])];
	const serviceDate = line.serviceDate ?? claim.serviceDate;
	return {
		line: number,
		...(line.procedure === undefined ? {} : { procedure: line.procedure }),
		...(serviceDate === undefined ? {} : { serviceDate }),
		chargeMinor: line.chargeMinor,
		paidMinor: line.paidMinor,
		adjustments: line.adjustments,
		remarks,
		patientMinor: patientShare(line.adjustments),
		...stateOf(claim, line, remarks),
	};
}

const patientShare = (adjustments: readonly Adjustment[]): number =>
	adjustments.reduce((sum, { group, code, amountMinor }) => (isPatientShare(group, code) ? sum + amountMinor : sum), 0);

function stateOf(claim: RawClaim, line: RawLine, remarks: string[]): { state: LineState; category?: string } {
	if (claim.status === REVERSAL) return { state: 'reversed' };
	const qmb = remarks.some((remark) => QMB_REMARKS.has(remark));
	if (FORWARDED.has(claim.status)) return { state: qmb ? 'never_bill' : 'crossover' };
	if (!PROCESSED.has(claim.status)) return { state: 'pending' };
	const refusal = refusalOf(claim, line);
	// A denial outranks QMB: staff must hear of it, and neither state lets the patient hear anything.
	if (refusal === 'denied') return { state: 'denied_open', category: categoryOf(claim, line, remarks) };
	if (qmb) return { state: 'never_bill' };
	if (refusal === 'pending') return { state: 'pending' };
	return { state: claim.forwarded || remarks.some((remark) => FORWARDED_REMARKS.has(remark)) ? 'crossover' : 'adjudicated' };
}

/** Payers that adjust the claim as a whole leave its lines bare: then the claim's adjustments speak for the line. */
const adjustmentsFor = (claim: RawClaim, line: RawLine): Adjustment[] =>
	(line.adjustments.length > 0 ? line.adjustments : claim.adjustments).filter(({ amountMinor }) => amountMinor !== 0);

/** Paying nothing is not refusing: a line that fell wholly to the deductible or the fee schedule was adjudicated. */
function refusalOf(claim: RawClaim, line: RawLine): 'denied' | 'pending' | undefined {
	const adjustments = adjustmentsFor(claim, line);
	if (line.chargeMinor <= 0 || line.paidMinor !== 0 || patientShare(adjustments) !== 0) return undefined;
	const classes = adjustments.map(({ group, code }) => adjustmentReason(group, code).class);
	if (claim.status === '4' || classes.includes('denial')) return 'denied';
	return classes.includes('pending') ? 'pending' : undefined;
}

/** Of several reasons the one with the most money decides whose work it is. */
function categoryOf(claim: RawClaim, line: RawLine, remarks: string[]): string {
	if (remarks.includes(UNPROCESSABLE_REMARK)) return 'fix_resubmit';
	const adjustments = [...adjustmentsFor(claim, line)].sort((a, b) => Math.abs(b.amountMinor) - Math.abs(a.amountMinor));
	const reasons: AdjustmentReason[] = adjustments.map(({ group, code }) => adjustmentReason(group, code));
	// Status 4 without a reason means that the payer does not know the patient.
	return reasons.find((reason) => reason.class === 'denial')?.category ?? (claim.status === '4' ? 'eligibility' : 'other');
}
