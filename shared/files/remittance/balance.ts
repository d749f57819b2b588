/** The balancing rules of the 835 (005010X221A1, 1.10.2): for every line and every claim, charge less adjustments is what was paid. */
import type { Adjustment } from '../../contracts/facts.ts';
import type { RawClaim } from './state.ts';

const total = (adjustments: readonly Adjustment[]): number => {
	let sum = 0;
	for (const { amountMinor } of adjustments) sum += amountMinor;
	return sum;
};

export function isClaimBalanced(claim: RawClaim): boolean {
	let adjusted = total(claim.adjustments);
	let charged = claim.lines.length === 0 ? claim.chargeMinor : 0;
	for (const line of claim.lines) {
		adjusted += total(line.adjustments);
		charged += line.chargeMinor;
	}
	return claim.chargeMinor === charged && charged - adjusted === claim.paidMinor;
}

/** Positions of lines that do not add up. Payers that adjust the claim as a whole leave its lines bare: then only the claim can be judged. */
export function unbalancedLines({ adjustments, lines }: RawClaim): number[] {
	if (adjustments.length > 0) return [];
	return lines.filter((line) => line.chargeMinor - total(line.adjustments) !== line.paidMinor).map(({ position }) => position);
}
