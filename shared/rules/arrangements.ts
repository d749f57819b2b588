/** Payment plans and promises as they stand today: what they pause, and what has become of them. */
import type { Policy } from '../contracts/policy.ts';
import type { PlanStatus, PromiseStatus } from '../contracts/words.ts';
import { addBusinessDays, dayNumber, instantOf, localDayNumber } from './calendar.ts';
import type { Plan } from './plan.ts';
import { reason } from './reasons.ts';
import { byRef } from './scene.ts';
import type { AccountFacts, InstallmentFacts, PlanFacts, PromiseFacts, Reason } from './types.ts';

export interface PlanView {
	facts: PlanFacts;
	/** What follows from time and payments; the facts' own where it has ended. */
	status: PlanStatus;
	/** Unpaid and near, and unpaid for longer than the days of grace; by number. */
	coming: readonly InstallmentFacts[];
	missed: readonly InstallmentFacts[];
}

export interface PromiseView {
	facts: PromiseFacts;
	status: PromiseStatus;
	/** Day number of the last day of grace; undefined when the promise names no real day. */
	deadline: number | undefined;
}

export interface Arrangements {
	plans: readonly PlanView[];
	promises: readonly PromiseView[];
}

/** Plans whose installments still run; a broken one waits for staff, a proposed one for the patient. */
const RUNNING: readonly PlanStatus[] = ['active', 'grace', 'missed'];
export const isRunning = (status: PlanStatus): boolean => RUNNING.includes(status);

export const unpaidOf = (installment: InstallmentFacts): number => Math.max(0, installment.amountMinor - installment.paidMinor);

/** Undefined where the account has neither: most have not. */
export function arrangementsOf(plan: Plan, facts: AccountFacts, today: number): Arrangements | undefined {
	const { plans = [], promises = [] } = facts;
	if (plans.length === 0 && promises.length === 0) return undefined;
	return {
		plans: byRef(plans).map((one) => planView(plan.policy.plan, one, today)),
		promises: byRef(promises).map((one) => promiseView(plan.policy, one, today)),
	};
}

function planView(policy: Policy['plan'], facts: PlanFacts, today: number): PlanView {
	if (!isRunning(facts.status) && facts.status !== 'broken') return { facts, status: facts.status, coming: [], missed: [] };
	const installments = facts.installments.toSorted((a, b) => a.number - b.number);
	const late = (one: InstallmentFacts): number => (unpaidOf(one) > 0 ? today - dayNumber(one.dueOn) : Number.NEGATIVE_INFINITY);
	const missed = installments.filter((one) => late(one) > policy.grace_days);
	if (facts.status === 'broken') return { facts, status: 'broken', coming: [], missed };
	const coming = policy.remind_days_before === 0 ? [] : installments.filter((one) => late(one) <= 0 && late(one) >= -policy.remind_days_before);
	return { facts, status: planStatus(policy, installments, late), coming, missed };
}

function planStatus(policy: Policy['plan'], installments: readonly InstallmentFacts[], late: (one: InstallmentFacts) => number): PlanStatus {
	if (installments.length > 0 && installments.every((one) => unpaidOf(one) === 0)) return 'completed';
	const oldest = Math.max(...installments.map(late));
	if (oldest >= policy.broken_after_days || longestRun(installments, (one) => late(one) > policy.grace_days) >= policy.broken_after_missed) return 'broken';
	if (oldest > policy.grace_days) return 'missed';
	return oldest > 0 ? 'grace' : 'active';
}

/** How many in a row. */
function longestRun(installments: readonly InstallmentFacts[], missed: (one: InstallmentFacts) => boolean): number {
	let [longest, run] = [0, 0];
	for (const one of installments) {
		run = missed(one) ? run + 1 : 0;
		longest = Math.max(longest, run);
	}
	return longest;
}

function promiseView({ promise, closures }: Policy, facts: PromiseFacts, today: number): PromiseView {
	const on = dayNumber(facts.on);
	// A day that is none never passes: the promise pauses until staff record it anew.
	const deadline = Number.isNaN(on) ? undefined : dayNumber(addBusinessDays(facts.on, promise.grace_business_days, closures));
	return { facts, deadline, status: facts.status === 'open' ? promiseStatus(facts, deadline, today) : facts.status };
}

function promiseStatus({ paidMinor, amountMinor }: PromiseFacts, deadline: number | undefined, today: number): PromiseStatus {
	if (paidMinor >= amountMinor) return 'kept';
	if (deadline === undefined || today <= deadline) return 'open';
	return paidMinor > 0 ? 'partial' : 'broken';
}

/** An arrangement that names no invoice is about everything the account owes. */
const covers = ({ covers: refs }: { covers: readonly string[] }, invoice: string): boolean => refs.length === 0 || refs.includes(invoice);

/** Whether the ladder of what it covers rests; a broken plan waits for staff. */
export const isPlanResting = ({ status }: Pick<PlanFacts, 'status'>): boolean => isRunning(status) || status === 'broken';
export const isPromiseResting = ({ status }: Pick<PromiseFacts, 'status'>): boolean => status === 'open';

/**
 * The instant since when an invoice's ladder rests by what is recorded, whatever has become of it by today: a review
 * that finds it ended is the one that ends it. Undefined where it does not.
 */
export function restingSince({ plans = [], promises = [] }: Pick<AccountFacts, 'plans' | 'promises'>, invoice: string): number | undefined {
	let since: number | undefined;
	for (const one of [...plans.filter(isPlanResting), ...promises.filter(isPromiseResting)])
		if (one.since !== undefined && covers(one, invoice)) since = Math.min(since ?? one.since, one.since);
	return since;
}

/** The same as the number of a local day of the practice. */
export function restDay(facts: Pick<AccountFacts, 'plans' | 'promises' | 'practiceZone'>, invoice: string): number | undefined {
	const since = restingSince(facts, invoice);
	return since === undefined ? undefined : localDayNumber(since, facts.practiceZone);
}

/** Why an invoice's own ladder is silent; undefined where it is not. */
export function silenceOf(arrangements: Arrangements | undefined, invoice: { ref: string; onPlan?: boolean }, zone: string): Reason | undefined {
	const plan = arrangements?.plans.find((one) => isPlanResting(one) && covers(one.facts, invoice.ref));
	if (plan?.status === 'broken') return reason('plan_broken');
	if (plan !== undefined || invoice.onPlan === true) return reason('on_plan');
	const promise = arrangements?.promises.find((one) => isPromiseResting(one) && covers(one.facts, invoice.ref));
	if (promise === undefined) return undefined;
	return reason('promised', promise.deadline === undefined ? {} : { until: { at: instantOf(promise.deadline + 1, 0, zone), zone } });
}
