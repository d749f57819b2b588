/** Claims that staff must act on: deadlines, payers that do not answer, and money to give back. */
import { formatMoney } from '../../contracts/money.ts';
import { dayNumber, localDayNumber } from '../calendar.ts';
import { leaf } from '../leaves.ts';
import { byRef, type Scene } from '../scene.ts';
import { businessDayAfter } from '../staff-time.ts';
import type { AccountFacts, ClaimFacts, InvoiceFacts, Leaf, LineFacts, StaffWork } from '../types.ts';

const isToWork = ({ state }: LineFacts): boolean => state === 'denied_open';

/** Claims with a deadline to keep. Whoever has sent one again or appealed has acted in time: the payer is to answer. */
export const openDenials = ({ claims }: AccountFacts): readonly ClaimFacts[] => claims.filter((claim) => claim.rejected === true || claim.lines.some(isToWork));

export function claimWork(scene: Scene): StaffWork[] {
	const waiting = crossovers(scene);
	if (scene.facts.claims.length === 0) return waiting;
	const claims = byRef(scene.facts.claims);
	const denials = new Set(openDenials(scene.facts));
	return [
		...waiting,
		...claims.flatMap((claim) => refund(scene, claim)),
		...claims.filter((claim) => denials.has(claim)).flatMap((claim) => deadline(scene, claim)),
	];
}

/** One item per claim that moves up at each of the policy's days left; without a payer's rule there is no deadline to keep. */
function deadline({ plan, facts, today, trace }: Scene, claim: ClaimFacts): StaffWork[] {
	const left = claim.deadlineOn === undefined ? undefined : dayNumber(claim.deadlineOn) - today;
	const leaves: Leaf[] = [];
	// What is reached on days on which nobody works is told on the last working day before them.
	const { closures, claims } = plan.policy;
	const ahead = businessDayAfter(today, closures) - 1 - today;
	// Falling: the last one that is reached is the nearest.
	const reached = claims.escalate_days_left
		.filter((days) => leaf(leaves, 'days_left', '<=', days, left === undefined ? undefined : left - ahead) === true)
		.at(-1);
	trace.push({
		rule: 'claim_deadline',
		outcome: reached === undefined ? 'skip' : 'fire',
		subject: claim.ref,
		text: left === undefined ? 'No rule of the payer gives a deadline.' : `${left} days are left.`,
		leaves,
	});
	if (reached === undefined || left === undefined) return [];
	const amountMinor = claim.lines.reduce((sum, line) => sum + (claim.rejected === true || isToWork(line) ? line.chargeMinor : 0), 0);
	return [
		{
			cause: `deadline:${facts.ref}:${claim.ref}`,
			reason: 'deadline_near',
			title: left < 0 ? `The deadline of a claim passed on ${deadlineName(claim)}` : `${daysText(left)} to act on a claim, until ${deadlineName(claim)}`,
			severity: reached <= 7 ? 'high' : 'normal',
			amountMinor,
			...(claim.owner === undefined ? {} : { owner: claim.owner }),
			step: `${reached}_days_left`,
		},
	];
}

/** The day with the short name of the payer rule that it follows from. */
export const deadlineName = ({ deadlineOn, deadlineRule }: ClaimFacts): string =>
	[deadlineOn, ...(deadlineRule === undefined ? [] : [`(${deadlineRule})`])].join(' ');

const daysText = (left: number): string => (left === 1 ? '1 day is left' : `${left} days are left`);

/** The patient paid a share that a reversal took back: it is returned, never asked for. */
function refund({ facts, trace }: Scene, { ref, refundMinor }: ClaimFacts): StaffWork[] {
	if (refundMinor === undefined) return [];
	const leaves: Leaf[] = [];
	const fire = leaf(leaves, 'refund_minor', '>', 0, refundMinor) === true;
	const money = formatMoney(refundMinor, facts.currency);
	trace.push({
		rule: 'refund_due',
		outcome: fire ? 'fire' : 'skip',
		subject: ref,
		text: fire ? `${money} is the patient's.` : 'Nothing is to be returned.',
		leaves,
	});
	if (!fire) return [];
	return [
		{
			cause: `refund:${facts.ref}:${ref}`,
			reason: 'other',
			title: `Return ${money} to the patient: the payer reversed the claim`,
			severity: 'normal',
			amountMinor: refundMinor,
		},
	];
}

/** Day number since which an invoice waits for the next payer; undefined where it does not. */
export function crossoverSince({ holds, practiceZone }: AccountFacts, invoice: InvoiceFacts): number | undefined {
	const crossing = invoice.insuranceSince !== undefined && invoice.lines?.some((line) => line.state === 'crossover') === true;
	let since = crossing ? invoice.insuranceSince : undefined;
	for (const hold of holds) if (hold.reason === 'crossover' && hold.invoice === invoice.ref) since = Math.min(since ?? hold.since, hold.since);
	return since === undefined ? undefined : localDayNumber(since, practiceZone);
}

function crossovers({ plan, facts, views, today, trace }: Scene): StaffWork[] {
	const work: StaffWork[] = [];
	const days = plan.policy.claims.crossover_days;
	for (const { facts: invoice } of views) {
		const since = crossoverSince(facts, invoice);
		if (since === undefined) continue;
		const leaves: Leaf[] = [];
		const fire = leaf(leaves, 'days_with_next_payer', '>=', days, today - since) === true;
		trace.push({
			rule: 'crossover',
			outcome: fire ? 'fire' : 'wait',
			subject: invoice.ref,
			text: `The next payer has it since ${today - since} days.`,
			leaves,
		});
		if (fire)
			work.push({
				cause: `crossover:${facts.ref}:${invoice.ref}`,
				reason: 'claim_denied',
				title: `The next payer has not answered for ${today - since} days`,
				severity: 'normal',
				amountMinor: invoice.amountMinor,
			});
	}
	return work;
}
