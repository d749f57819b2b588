/**
 * The ladder: how old a balance is and which milestone it has reached. Days are calendar days in the
 * practice's zone; a milestone is reached with >=, so that a run that was missed loses nothing.
 */
import { instantOf } from './calendar.ts';
import { anchorOf, type InvoiceView } from './eligibility.ts';
import { leaf } from './leaves.ts';
import type { Milestone, Plan } from './plan.ts';
import type { AccountFacts, InvoiceFacts, Leaf, Trace } from './types.ts';

/** Fills `age` and `step`. Days on hold, or under a plan or a promise, do not count, whether over (`pausedDays`) or still running. */
export function climb(plan: Plan, views: readonly InvoiceView[], today: number, trace: Trace[]): void {
	for (const view of views) {
		const leaves: Leaf[] = [];
		view.age = ageOf(view, today);
		view.step = stepAt(plan, view.age, leaves);
		const text =
			view.age === undefined
				? 'The balance has no age: neither a first notice nor a due date is recorded.'
				: stepText(view.age, reachedDays(view), view.frozenAt === undefined ? '' : view.silent ? ', at rest while it is arranged' : ', stopped by a hold');
		trace.push({ rule: 'ladder', outcome: view.age === undefined ? 'hold' : 'pass', subject: view.facts.ref, text, leaves });
	}
}

const ageOf = (view: InvoiceView, today: number): number | undefined =>
	view.anchor === undefined ? undefined : Math.min(today, view.frozenAt ?? today) - view.anchor - view.facts.pausedDays - view.restedDays;

const stepText = (age: number, reached: number, stands: string): string =>
	`Day ${age} on the ladder${stands}: ${reached === 0 ? 'the first step is not reached' : `the ${reached} day step is reached`}.`;

/** From the top down: of several milestones that are due only the latest counts. */
function stepAt(plan: Plan, age: number | undefined, leaves: Leaf[]): Milestone | undefined {
	for (const milestone of plan.fromTop) if (leaf(leaves, 'age_days', '>=', milestone.days, age) === true) return milestone;
	return undefined;
}

/** Days of the milestone an invoice has reached; 0 before the first. */
export const reachedDays = (view: InvoiceView): number => view.step?.days ?? 0;

/** The highest of some milestones; undefined of none. */
export const highest = (steps: readonly Milestone[]): Milestone | undefined =>
	steps.reduce<Milestone | undefined>((top, step) => (top === undefined || step.days > top.days ? step : top), undefined);

/** The instant at which an invoice's clock shows so many days; undefined without an anchor or while a hold stops it. */
export function instantOfAge(facts: AccountFacts, view: InvoiceView, days: number): number | undefined {
	if (view.anchor === undefined || view.frozenAt !== undefined) return undefined;
	return instantOf(view.anchor + view.facts.pausedDays + view.restedDays + days, 0, facts.practiceZone);
}

/** Days of the first milestone above `days`. */
export const milestoneAbove = (plan: Plan, days: number): number | undefined => plan.milestones.find((milestone) => milestone.days > days)?.days;

/** The highest milestone an invoice has crossed by age alone, without holds; undefined before the first or without an anchor. */
export function baselineOf(plan: Plan, invoice: InvoiceFacts, today: number): number | undefined {
	const anchor = anchorOf(invoice, plan);
	return anchor === undefined ? undefined : stepAt(plan, today - anchor - invoice.pausedDays, [])?.days;
}
