/** Claims that a payer denied, line by line, or rejected before looking at them. */
import { formatMoney } from '../../contracts/money.ts';
import { leaf } from '../leaves.ts';
import { byRef, type Scene } from '../scene.ts';
import type { AccountFacts, ClaimFacts, Leaf, LineFacts, RaisedEvent, Trace } from '../types.ts';
import { deadlineName } from '../work/claims.ts';

/** Marks in `raisedLines` that a rejection of the whole claim was told. */
const WHOLE = 0;

/** Once per claim and set of lines; a line that is denied later is a new event. */
export function claimsDenied({ facts, trace }: Scene): RaisedEvent[] {
	if (facts.claims.length === 0) return [];
	return byRef(facts.claims).flatMap((claim) => [...claimRejected(facts, claim, trace), ...claimDenied(facts, claim, trace)]);
}

function claimDenied(facts: AccountFacts, claim: ClaimFacts, trace: Trace[]): RaisedEvent[] {
	const leaves: Leaf[] = [];
	const lines = claim.lines
		.filter(
			(line) =>
				leaf(leaves, `line_${line.line}_state`, '=', 'denied_open', line.state) === true &&
				leaf(leaves, `line_${line.line}_raised`, '=', false, claim.raisedLines.includes(line.line)) === true,
		)
		.sort((a, b) => a.line - b.line);
	if (lines.length === 0) {
		trace.push({ rule: 'claim_denied', outcome: 'skip', subject: claim.ref, text: 'No line is newly denied.', leaves });
		return [];
	}
	const numbers = lines.map((line) => line.line);
	const amountMinor = chargeOf(lines);
	const summary = `${claim.payer} denied ${lines.length === 1 ? '1 line' : `${lines.length} lines`} of a claim: ${formatMoney(amountMinor, facts.currency)}.`;
	trace.push({ rule: 'claim_denied', outcome: 'fire', subject: claim.ref, text: summary, leaves });
	const reasons = lines.map(
		(line) =>
			`${claim.payer} denied line ${line.line}, ${formatMoney(line.chargeMinor, facts.currency)}: ${line.category?.replaceAll('_', ' ') ?? 'not classified'}.`,
	);
	return [{ ...claimEvent(facts, claim, numbers.join(',')), amountMinor, lines: numbers, summary, reasons: [...reasons, ...deadlineText(claim)] }];
}

function claimRejected(facts: AccountFacts, claim: ClaimFacts, trace: Trace[]): RaisedEvent[] {
	if (claim.rejected !== true) return [];
	const leaves: Leaf[] = [];
	const fire = leaf(leaves, 'rejection_raised', '=', false, claim.raisedLines.includes(WHOLE)) === true;
	const amountMinor = chargeOf(claim.lines);
	const summary = `${claim.payer} rejected a claim${amountMinor > 0 ? ` of ${formatMoney(amountMinor, facts.currency)}` : ''} before looking at it.`;
	trace.push({ rule: 'claim_denied', outcome: fire ? 'fire' : 'skip', subject: claim.ref, text: fire ? summary : 'The rejection was told already.', leaves });
	if (!fire) return [];
	const reasons = ['A rejection has no appeal and the time to file keeps running: correct the claim and send it again.', ...deadlineText(claim)];
	return [{ ...claimEvent(facts, claim, 'rejected'), amountMinor, lines: [WHOLE], stage: 'rejected', summary, reasons }];
}

const chargeOf = (lines: readonly LineFacts[]): number => lines.reduce((sum, line) => sum + line.chargeMinor, 0);
const deadlineText = (claim: ClaimFacts): string[] => (claim.deadlineOn === undefined ? [] : [`The last day to act is ${deadlineName(claim)}.`]);

const claimEvent = (facts: AccountFacts, { ref, trace, invoice }: ClaimFacts, what: string) => ({
	type: 'claim_denied' as const,
	key: `claim_denied:${facts.ref}:${ref}${trace === undefined ? '' : `:${trace}`}:${what}`,
	invoices: invoice === undefined ? [] : [invoice],
	claim: ref,
});
