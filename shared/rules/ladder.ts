/**
 * The ladder: how old a balance is and which milestone it has reached. Days are calendar days in the
 * practice's zone; a milestone is reached with >=, so that a run that was missed loses nothing.
 */
import { instantOf } from './calendar.ts';
import { anchorOf, type InvoiceView } from './eligibility.ts';
import { leaf } from './leaves.ts';
import type { Plan } from './plan.ts';
import type { AccountFacts, InvoiceFacts, Leaf, Trace } from './types.ts';

/** Fills `age` and `reached`. Days on hold do not count, whether over (`pausedDays`) or still running. */
export function climb(plan: Plan, views: readonly InvoiceView[], today: number, trace: Trace[]): void {
	for (const view of views) {
		const leaves: Leaf[] = [];
		view.age = ageOf(view, today);
		view.reached = reachedAt(plan, view.age, leaves);
		const text = view.age === undefined ? 'The balance has no age: neither a first notice nor a due date is recorded.' : stepText(view.age, view.reached, view.frozenAt !== undefined);
		trace.push({ rule: 'ladder', outcome: view.age === undefined ? 'hold' : 'pass', subject: view.facts.ref, text, leaves });
	}
}

const ageOf = (view: InvoiceView, today: number): number | undefined =>
	view.anchor === undefined ? undefined : Math.min(today, view.frozenAt ?? today) - view.anchor - view.facts.pausedDays;

const stepText = (age: number, reached: number, frozen: boolean): string =>
	`Day ${age} on the ladder${frozen ? ', stopped by a hold' : ''}: ${reached === 0 ? 'the first step is not reached' : `the ${reached} day step is reached`}.`;

/** From the top down: of several milestones that are due only the latest counts. */
function reachedAt(plan: Plan, age: number | undefined, leaves: Leaf[]): number {
	for (let i = plan.milestones.length - 1; i >= 0; i--) {
		const days = plan.milestones[i]?.days ?? 0;
		if (leaf(leaves, 'age_days', '>=', days, age) === true) return days;
	}
	return 0;
}

/** The instant at which an invoice's clock shows so many days; undefined without an anchor or while a hold stops it. */
export function instantOfAge(facts: AccountFacts, view: InvoiceView, days: number): number | undefined {
	if (view.anchor === undefined || view.frozenAt !== undefined) return undefined;
	return instantOf(view.anchor + view.facts.pausedDays + days, 0, facts.practiceZone);
}

/** Days of the first milestone above `days`. */
export const milestoneAbove = (plan: Plan, days: number): number | undefined => plan.milestones.find((milestone) => milestone.days > days)?.days;

export const messageAt = (plan: Plan, days: number): string | undefined => plan.milestones.find((milestone) => milestone.days === days)?.message;

/** The highest milestone an invoice has crossed by age alone, without holds: 0 before the first or without an anchor. */
export function baselineOf(plan: Plan, invoice: InvoiceFacts, today: number): number {
	const anchor = anchorOf(invoice, plan);
	return anchor === undefined ? 0 : reachedAt(plan, today - anchor - invoice.pausedDays, []);
}
