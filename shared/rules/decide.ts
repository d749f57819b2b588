/** One account, all rules, in the order of the law: absolute holds, what is owed, consent, caps, hours, ladder. */
import type { Policy } from '../contracts/policy.ts';
import { instantOf, localDayNumber } from './calendar.ts';
import { activeHolds, holdReason, type InvoiceView, totalOf, viewInvoices } from './eligibility.ts';
import { balanceOverdue, balancePaid, claimsDenied, paymentsFailed } from './events.ts';
import { baselineOf, climb, instantOfAge, milestoneAbove, reachedDays } from './ladder.ts';
import { estimateWork } from './law/estimate.ts';
import { isStay, stopsAccount } from './law/holds.ts';
import { leaf } from './leaves.ts';
import { permissionFor, type Scope } from './permission.ts';
import { type Plan, planOf } from './plan.ts';
import { reason } from './reasons.ts';
import { decideReminder } from './reminder.ts';
import type { AccountFacts, Decision, HoldFacts, Leaf, Reason, ReminderDecision, ReminderRequest, StaffWork, Trace } from './types.ts';
import { waitsOf } from './waits.ts';
import { unknownFacts, unpaidWork } from './work.ts';

export interface CompiledPolicy {
	readonly policy: Policy;
	readonly hash: string;
	/** Pure: the same facts and instant (milliseconds) give the same decision, in whatever order the facts come. */
	decide(facts: AccountFacts, now: number, request?: ReminderRequest): Decision;
	/** Invoice → days of the highest milestone already crossed: what a first import records, so that no backlog fires. */
	baseline(facts: AccountFacts, now: number): Record<string, number>;
}

/**
 * `hash` identifies the policy's version and is written into every decision. Throws Failure `invalid` with
 * the fields of a policy whose parts contradict.
 */
export function compilePolicy(policy: Policy, hash: string): CompiledPolicy {
	const plan = planOf(policy, hash);
	return {
		policy,
		hash,
		decide: (facts, now, request) => decide(plan, facts, now, request ?? {}),
		baseline: (facts, now) => baseline(plan, facts, now),
	};
}

function decide(plan: Plan, facts: AccountFacts, now: number, request: ReminderRequest): Decision {
	const today = localDayNumber(now, facts.practiceZone);
	const law = plan.law.at(facts.places, today);
	const trace: Trace[] = [law.trace];
	const holds = activeHolds(facts, now);
	const absolute = accountHolds(holds, facts, trace);
	const views = viewInvoices(plan, facts, holds, trace);
	climb(plan, views, today, trace);
	const stays = holds.filter(isStay).map((hold) => holdReason(hold, facts.practiceZone));
	const scope: Scope = { plan, law, facts, now, absolute, stays, trace, waits: waitsOf(plan, law, facts, now, trace) };
	const whole = permissionFor(scope, views);
	const raised: Record<string, number> = {};
	const totalMinor = totalOf(facts);
	const events = [
		...balanceOverdue(plan, facts, views, raised, trace),
		...paymentsFailed(facts, trace),
		...claimsDenied(facts, trace),
		...balancePaid(facts, totalMinor, trace),
	];
	const reminder = decideReminder(scope, views, whole, request);
	const blocked = [...whole.stops, ...whole.waits];
	const next = nextReviewAt(scope, views, reminder);
	return {
		eligibleMinor: whole.amountMinor,
		totalMinor,
		canContact: whole.stops.length === 0,
		blocked,
		events,
		raised,
		above: [],
		matched: [],
		arrangements: [],
		reminder,
		work: [
			...workOf(plan, facts, views, absolute.length > 0, blocked, trace),
			...estimateWork(
				law,
				facts,
				views.map((view) => view.facts),
				holds,
				today,
				trace,
			),
		],
		...(next === undefined ? {} : { nextReviewAt: next }),
		trace,
		policyHash: plan.hash,
		packs: law.packs,
	};
}

/** Absolute holds on the whole account, whatever is owed. Those on one invoice are the invoice's. */
function accountHolds(holds: readonly HoldFacts[], facts: AccountFacts, trace: Trace[]): Reason[] {
	const found = holds.filter((hold) => stopsAccount(hold, facts)).map((hold) => holdReason(hold, facts.practiceZone));
	const leaves: Leaf[] = [];
	leaf(leaves, 'absolute_holds', '=', 0, found.length);
	trace.push({
		rule: 'absolute_holds',
		outcome: found.length === 0 ? 'pass' : 'deny',
		text: found.map((why) => why.text).join(' ') || 'No absolute hold stands.',
		leaves,
	});
	return found;
}

/** Unknown facts of every invoice that is owed, even where the rest of the account may go on; none while an absolute hold stands. */
function workOf(plan: Plan, facts: AccountFacts, views: readonly InvoiceView[], absolute: boolean, blocked: readonly Reason[], trace: Trace[]): StaffWork[] {
	const unpaid = unpaidWork(plan, facts, views, absolute, trace);
	const owed = views.filter((view) => view.owedMinor > 0);
	const amountMinor = owed.reduce((sum, view) => sum + view.owedMinor, 0);
	if (absolute || amountMinor < plan.minimumIn(facts.currency).messageMinor || amountMinor === 0) return unpaid;
	const reasons = [...blocked, ...owed.flatMap((view) => view.why)];
	if (owed.some((view) => view.anchor === undefined)) reasons.push(reason('unknown_anchor'));
	return [...unknownFacts(reasons, amountMinor), ...unpaid];
}

/** The earliest instant after `now` at which time alone changes something. */
function nextReviewAt({ plan, law, facts, now }: Scope, views: readonly InvoiceView[], reminder: ReminderDecision): number | undefined {
	let next = reminder.sendAt ?? Number.POSITIVE_INFINITY;
	const consider = (at: number | undefined): void => {
		if (at !== undefined && at > now && at < next) next = at;
	};
	for (const view of views) {
		if (view.owedMinor === 0) continue;
		const milestone = milestoneAbove(plan, reachedDays(view));
		if (milestone !== undefined) consider(instantOfAge(facts, view, milestone));
		if (!facts.workOpen) consider(instantOfAge(facts, view, plan.policy.staff_after_days));
	}
	if (views.length > 0) {
		for (const hold of facts.holds) {
			consider(hold.since);
			consider(hold.until);
		}
		if (law.next !== undefined && (!law.next.optOuts || facts.contacts.some((contact) => contact.consent === 'revoked')))
			consider(instantOf(law.next.day, 0, facts.practiceZone));
	}
	return next === Number.POSITIVE_INFINITY ? undefined : next;
}

function baseline(plan: Plan, facts: AccountFacts, now: number): Record<string, number> {
	const today = localDayNumber(now, facts.practiceZone);
	const crossed: Record<string, number> = {};
	for (const invoice of facts.invoices) {
		const days = baselineOf(plan, invoice, today);
		if (days !== undefined) crossed[invoice.ref] = days;
	}
	return crossed;
}
