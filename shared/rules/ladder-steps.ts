/** Which steps of the ladder are due, and why none is. */
import { DAY } from './calendar.ts';
import type { InvoiceView } from './eligibility.ts';
import { highest, instantOfAge, milestoneAbove, reachedDays } from './ladder.ts';
import type { Milestone } from './plan.ts';
import { reason } from './reasons.ts';
import type { Scene } from './scene.ts';
import type { Reason } from './types.ts';

export interface Due {
	views: readonly InvoiceView[];
	top: Milestone | undefined;
	/** The ladder stands still after a payment that came back: until when. */
	waits: Reason[];
}

/** The highest milestone that some invoice has reached and was not reminded of, and all invoices with such a milestone. */
export function dueOf(scene: Scene, open: readonly InvoiceView[]): Due {
	const due = open.filter((view) => view.step !== undefined && view.step.days > view.facts.remindedDays);
	const ready = due.filter((view) => returnedUntil(scene, view) <= scene.now);
	const views = ready.length > 0 ? ready : due;
	return { views, top: highest(views.map((view) => view.step as Milestone)), waits: ready.length > 0 ? [] : returnedWaits(scene, due) };
}

/** Until when no further step follows a payment that came back. */
export const returnedUntil = ({ plan }: Scene, { facts }: InvoiceView): number =>
	facts.returnedAt === undefined ? Number.NEGATIVE_INFINITY : facts.returnedAt + plan.policy.returned_payment_days * DAY;

export function returnedWaits(scene: Scene, views: readonly InvoiceView[]): Reason[] {
	const until = Math.max(...views.map((view) => returnedUntil(scene, view)));
	if (until <= scene.now) return [];
	return [reason('returned_payment', { days: scene.plan.policy.returned_payment_days, until: { at: until, zone: scene.facts.practiceZone } })];
}

export function notDue(scene: Scene, open: readonly InvoiceView[], asked: boolean): Reason {
	if (open.length > 0 && open.every((view) => view.anchor === undefined)) return reason('unknown_anchor');
	const reminded = Math.max(0, ...open.map((view) => view.facts.remindedDays));
	if (asked && reminded > 0) return alreadyReminded(scene, open, reminded);
	const next = nextStep(scene, open);
	return reason('not_due', next === undefined ? {} : { days: next.days, until: { at: next.at, zone: scene.facts.practiceZone } });
}

export function alreadyReminded(scene: Scene, open: readonly InvoiceView[], days: number): Reason {
	const next = nextStep(scene, open);
	return reason('already_reminded', next === undefined ? { days } : { days, until: { at: next.at, zone: scene.facts.practiceZone } });
}

export function notDueStep({ facts }: Scene, open: readonly InvoiceView[], days: number): Reason {
	const instants = open.map((view) => instantOfAge(facts, view, days)).filter((at) => at !== undefined);
	if (instants.length === 0) return reason('unknown_anchor');
	return reason('not_due', { days, until: { at: Math.min(...instants), zone: facts.practiceZone } });
}

function nextStep({ plan, facts }: Scene, open: readonly InvoiceView[]): { at: number; days: number } | undefined {
	let best: { at: number; days: number } | undefined;
	for (const view of open) {
		const days = milestoneAbove(plan, Math.max(reachedDays(view), view.facts.remindedDays));
		const at = days === undefined ? undefined : instantOfAge(facts, view, days);
		if (days !== undefined && at !== undefined && (best === undefined || at < best.at)) best = { at, days };
	}
	return best;
}
