/** The state of a service line, from what a remittance says of it. */
import type { Adjustment } from '../../contracts/facts.ts';
import type { LineState } from '../../contracts/words.ts';
import { SEE_REMARK } from './carc-data.ts';
import type { DenialCategory } from './categories.ts';
import { adjustmentReason, isOrdinary, isPatientShare } from './reasons.ts';
import { isForwardedRemark, isQmbRemark, isUnprocessable, remarkCategory } from './remarks.ts';

/** What of its claim a line's state depends on. */
export interface ClaimHead {
	/** Claim status code (CLP02). */
	status: string;
	/** Adjustments of the claim as a whole. */
	adjustments: readonly Adjustment[];
	/** The payer names the one it passed the claim on to (NM1*TT). */
	forwarded: boolean;
	/** Charge less adjustments is what was paid. Of a claim that does not add up nothing is asked of the patient. */
	balanced: boolean;
	/** Day of the remittance, YYYY-MM-DD: which codes were in force. */
	on?: string;
}

export interface LineMoney {
	chargeMinor: number;
	paidMinor: number;
	adjustments: readonly Adjustment[];
}

export const REVERSAL = '22';
export const PREDETERMINATION = '25';
/** Processed as primary, secondary, tertiary, whether or not anything was paid; 4: denied, the patient is not recognised (RFI 1423, 1885). */
const PROCESSED: ReadonlySet<string> = new Set(['1', '2', '3', '4']);
/** Processed and forwarded, or not this payer's and forwarded: the next payer decides. */
const FORWARDED: ReadonlySet<string> = new Set(['19', '20', '21', '23']);

export const isKnownStatus = (status: string): boolean => PROCESSED.has(status) || FORWARDED.has(status) || status === REVERSAL || status === PREDETERMINATION;

/** Deductible, coinsurance and copay: what a patient may be asked for without anybody looking. */
export function patientShare(adjustments: readonly Adjustment[]): number {
	let sum = 0;
	for (const { group, code, amountMinor } of adjustments) if (isPatientShare(group, code)) sum += amountMinor;
	return sum;
}

/** What the payer put on the patient for another reason: staff release it, or nobody asks for it. */
export function shareToReview(adjustments: readonly Adjustment[]): number {
	let sum = 0;
	for (const { group, code, amountMinor } of adjustments) if (group === 'PR' && !isPatientShare(group, code)) sum += amountMinor;
	return sum;
}

/** `remarks` are those of the line and of its claim. */
export function lineState(claim: ClaimHead, line: LineMoney, remarks: readonly string[]): { state: LineState; category?: DenialCategory } {
	if (claim.status === REVERSAL) return { state: 'reversed' };
	const qmb = isQmbRemark(remarks);
	if (FORWARDED.has(claim.status)) return { state: qmb ? 'never_bill' : 'crossover' };
	if (!PROCESSED.has(claim.status)) return { state: 'pending' };
	const refusal = refusalOf(claim, line);
	// A denial outranks QMB: staff must hear of it, and neither state lets the patient hear anything.
	if (refusal === 'denied') return { state: 'denied_open', category: categoryOf(claim, line, remarks) };
	if (qmb) return { state: 'never_bill' };
	if (claim.forwarded || isForwardedRemark(remarks)) return { state: 'crossover' };
	return { state: refusal === 'pending' || !claim.balanced ? 'pending' : 'adjudicated' };
}

/** Payers that adjust the claim as a whole leave its lines bare: then the claim's adjustments speak for the line. */
const speakingFor = (claim: ClaimHead, line: LineMoney): Adjustment[] =>
	(line.adjustments.length > 0 ? line.adjustments : claim.adjustments).filter(({ amountMinor }) => amountMinor !== 0);

/**
 * Paying nothing is not refusing: a line that fell wholly to the deductible or the fee schedule was adjudicated.
 * Refused is a charge with nothing paid, nothing of PR-1, PR-2, PR-3, and a reason beside CO-45 and OA-23. Two
 * reasons are none: the payer has not decided yet (CARC 133), and the line only reports a measure (CARC 246).
 */
function refusalOf(claim: ClaimHead, line: LineMoney): 'denied' | 'pending' | undefined {
	if (line.chargeMinor <= 0 || line.paidMinor !== 0) return undefined;
	const adjustments = speakingFor(claim, line);
	if (patientShare(adjustments) !== 0) return undefined;
	if (claim.status === '4' || adjustments.some((adjustment) => isRefusal(adjustment, claim.on))) return 'denied';
	return adjustments.some(({ group, code }) => adjustmentReason(group, code, claim.on).class === 'pending') ? 'pending' : undefined;
}

function isRefusal({ group, code }: Adjustment, on: string | undefined): boolean {
	if (isOrdinary(group, code) || isPatientShare(group, code)) return false;
	const kind = adjustmentReason(group, code, on).class;
	return kind !== 'pending' && kind !== 'reporting';
}

/** Of several reasons the one with the most money decides whose work it is. */
function categoryOf(claim: ClaimHead, line: LineMoney, remarks: readonly string[]): DenialCategory {
	if (isUnprocessable(remarks)) return 'fix_resubmit';
	let most: { amount: number; category: DenialCategory } | undefined;
	for (const adjustment of speakingFor(claim, line)) {
		const amount = Math.abs(adjustment.amountMinor);
		if (!isRefusal(adjustment, claim.on) || (most !== undefined && amount <= most.amount)) continue;
		most = { amount, category: denialCategory(adjustment.group, adjustment.code, remarks, claim.on) };
	}
	// Status 4 without a reason means that the payer does not know the patient.
	return most?.category ?? 'eligibility';
}

/** The queue of one adjustment. Where its code leaves the reason to the remark code, the remark names the queue. */
export function denialCategory(group: Adjustment['group'], code: string, remarks: readonly string[], on?: string): DenialCategory {
	const { category } = adjustmentReason(group, code, on);
	return (group !== 'PR' && SEE_REMARK.has(code) ? remarkCategory(remarks) : undefined) ?? category;
}
