/** When time alone can next change what a review finds: until then nobody needs to look. */
import { type Arrangements, isRunning, unpaidOf } from './arrangements.ts';
import { DAY, dayNumber, instantOf, localDayNumber } from './calendar.ts';
import { monthsAfter } from './cycles.ts';
import type { InvoiceView } from './eligibility.ts';
import { tellableAt } from './events/appointment.ts';
import { adultFrom } from './household.ts';
import { instantOfAge, milestoneAbove, reachedDays } from './ladder.ts';
import { returnedUntil } from './ladder-steps.ts';
import { estimateEnds } from './law/estimate.ts';
import type { Law } from './law/law.ts';
import type { Scene } from './scene.ts';
import { businessDayUntil } from './staff-time.ts';
import type { RelativeFacts } from './types.ts';
import { crossoverSince, openDenials } from './work/claims.ts';

/** The earliest instant after `now` among all that is considered. */
interface Next {
	readonly now: number;
	readonly zone: string;
	at: number;
}

function consider(next: Next, at: number | undefined): void {
	if (at !== undefined && at > next.now && at < next.at) next.at = at;
}

/** Of a day number; a day that is none counts for nothing. */
function considerDay(next: Next, day: number | undefined): void {
	if (day !== undefined && !Number.isNaN(day)) consider(next, instantOf(day, 0, next.zone));
}

export function nextReviewAt(scene: Scene, law: Law, sendAt: number | undefined): number | undefined {
	const { facts, views } = scene;
	const next: Next = { now: scene.now, zone: facts.practiceZone, at: Number.POSITIVE_INFINITY };
	consider(next, sendAt);
	for (const view of views) {
		ofInvoice(scene, next, view);
		considerDay(next, estimateEnds(law, view.facts));
	}
	if (views.length > 0) {
		if (facts.relative !== undefined) ofRelative(next, facts.relative);
		for (const hold of facts.holds) {
			consider(next, hold.since);
			consider(next, hold.until);
		}
		if (law.next !== undefined && (!law.next.optOuts || facts.contacts.some((contact) => contact.consent === 'revoked'))) considerDay(next, law.next.day);
	}
	ofWindows(scene, next);
	if (facts.appointments !== undefined) for (const one of facts.appointments) if (!one.raised) consider(next, tellableAt(scene, one));
	if (scene.arrangements !== undefined) ofArrangements(scene, next, scene.arrangements);
	if (facts.claims.length > 0) ofDeadlines(scene, next);
	return next.at === Number.POSITIVE_INFINITY ? undefined : next.at;
}

/** Whom a message is for turns on these. */
function ofRelative(next: Next, { authorizedAt, until }: RelativeFacts): void {
	consider(next, authorizedAt);
	consider(next, until);
}

function ofInvoice(scene: Scene, next: Next, view: InvoiceView): void {
	const { plan, facts } = scene;
	const { patient, serviceDate } = view.facts;
	// Whose the charge is turns on the birthday where nobody knows the day of service.
	if (patient?.relation === 'child' && serviceDate === undefined) considerDay(next, adultFrom(patient));
	const since = crossoverSince(facts, view.facts);
	if (since !== undefined) considerDay(next, since + plan.policy.claims.crossover_days);
	if (view.owedMinor === 0) return;
	const milestone = milestoneAbove(plan, reachedDays(view));
	if (milestone !== undefined) consider(next, instantOfAge(facts, view, milestone));
	if (!facts.workOpen) consider(next, instantOfAge(facts, view, plan.policy.staff_after_days));
	for (const days of plan.ages) if (days > (view.age ?? 0)) consider(next, instantOfAge(facts, view, days));
	if (view.facts.returnedAt !== undefined) consider(next, returnedUntil(scene, view));
}

/** Counts over the past days change as what they count leaves the window. */
function ofWindows({ plan, facts }: Scene, next: Next): void {
	if (plan.countsMessages) for (const { at } of facts.history) consider(next, at + 30 * DAY);
	if (facts.lastPaymentAt !== undefined) for (const days of plan.paymentDays) considerDay(next, localDayNumber(facts.lastPaymentAt, facts.practiceZone) + days);
	for (const cycle of facts.cycles ?? []) {
		const closed = dayNumber(cycle.closedOn);
		if (!Number.isNaN(closed)) considerDay(next, monthsAfter(closed, plan.policy.recurring.months));
	}
}

function ofArrangements({ plan: { policy } }: Scene, next: Next, { plans, promises }: Arrangements): void {
	for (const { facts, status } of plans) {
		if (!isRunning(status)) continue;
		for (const one of facts.installments) {
			if (unpaidOf(one) === 0) continue;
			const due = dayNumber(one.dueOn);
			for (const days of [-policy.plan.remind_days_before, 1, policy.plan.grace_days + 1, policy.plan.broken_after_days]) considerDay(next, due + days);
		}
	}
	for (const { facts, status, deadline } of promises) {
		if (status !== 'open' || deadline === undefined) continue;
		considerDay(next, dayNumber(facts.on));
		considerDay(next, dayNumber(facts.on) + 1);
		considerDay(next, deadline + 1);
	}
}

/** Days left, as the policy and its ladders count them. */
function ofDeadlines({ plan: { policy }, facts }: Scene, next: Next): void {
	const days = policy.escalation.ladders.flatMap(({ when }) => when.deadline_days ?? []);
	for (const { deadlineOn } of openDenials(facts)) {
		if (deadlineOn === undefined) continue;
		const deadline = dayNumber(deadlineOn);
		considerDay(next, deadline + 1);
		for (const left of days) considerDay(next, deadline - left);
		if (!Number.isNaN(deadline)) for (const left of policy.claims.escalate_days_left) considerDay(next, businessDayUntil(deadline - left, policy.closures));
	}
}
