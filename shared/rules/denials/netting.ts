/** Reversals: a payer takes a claim back (CLP02 = 22) and usually sends the corrected one with it. */
import type { Adjustment } from '../../contracts/facts.ts';
import { REVERSAL } from './lines.ts';

export interface NettableClaim {
	/** Where it stands in its file. */
	position: number;
	/** Patient control number (CLP01) and payer's claim number (CLP07). */
	number: string;
	payerClaim?: string;
	/** CLP02. */
	status: string;
	chargeMinor: number;
	paidMinor: number;
	adjustments: readonly Adjustment[];
	lines: readonly { adjustments: readonly Adjustment[] }[];
}

export interface Netted<C extends NettableClaim> {
	/** What stands at the end, in the order of position. */
	claims: C[];
	/** Reversals that left no trace because a corrected claim stands in their place, or they undid each other. */
	nettedReversals: number;
	/** Positions of claims that share their numbers with another although nothing was reversed. */
	repeated: number[];
}

/**
 * Reversal and corrected claim carry the same CLP01 and CLP07 and become the corrected claim alone, in
 * whichever order they stand. A reversal with nothing in its place stays, so that the claim is known to be
 * taken back. The same numbers without a reversal are separate claims and all stay.
 */
export function netClaims<C extends NettableClaim>(claims: readonly C[]): Netted<C> {
	const groups = new Map<string, C[]>();
	for (const claim of claims) {
		const key = `${claim.number}\n${claim.payerClaim ?? ''}`;
		const group = groups.get(key);
		if (group) group.push(claim);
		else groups.set(key, [claim]);
	}
	const netted: Netted<C> = { claims: [], nettedReversals: 0, repeated: [] };
	for (const group of groups.values()) netGroup(group, netted);
	netted.claims.sort((a, b) => a.position - b.position);
	return netted;
}

function netGroup<C extends NettableClaim>(group: C[], netted: Netted<C>): void {
	const reversals = group.filter(({ status }) => status === REVERSAL);
	const standing = reversals.length === 0 ? group : withoutReversed(group);
	const last = reversals.at(-1);
	if (standing.length === 0 && last) netted.claims.push(last);
	else netted.claims.push(...standing);
	netted.nettedReversals += standing.length === 0 && last ? reversals.length - 1 : reversals.length;
	if (standing.length > 1) netted.repeated.push(...standing.map(({ position }) => position));
}

/**
 * The claims that no later reversal takes back. A reversal takes back what it negates exactly; any other
 * reversal is of an earlier file. A corrected claim that stands before a reversal of the same amounts looks
 * taken back too: then nothing is asked of the patient, which is the safe side.
 */
function withoutReversed<C extends NettableClaim>(group: C[]): C[] {
	const standing: C[] = [];
	for (const claim of group) {
		if (claim.status !== REVERSAL) {
			standing.push(claim);
			continue;
		}
		const reversed = standing.findLastIndex((earlier) => negates(claim, earlier));
		if (reversed !== -1) standing.splice(reversed, 1);
	}
	return standing;
}

const negates = (reversal: NettableClaim, claim: NettableClaim): boolean =>
	reversal.chargeMinor + claim.chargeMinor === 0 && reversal.paidMinor + claim.paidMinor === 0 && onPatient(reversal) + onPatient(claim) === 0;

/** What was adjusted into the patient's share, on the claim and on its lines. */
const onPatient = (claim: NettableClaim): number =>
	[claim, ...claim.lines].flatMap(({ adjustments }) => adjustments).reduce((sum, { group, amountMinor }) => (group === 'PR' ? sum + amountMinor : sum), 0);
