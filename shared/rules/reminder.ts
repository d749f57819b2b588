/** Which message the ladder, or a request, would send now. */
import type { InvoiceView } from './eligibility.ts';
import { highest, instantOfAge, milestoneAbove, reachedDays } from './ladder.ts';
import { type Permission, permissionFor, type Scope } from './permission.ts';
import type { Milestone, Plan } from './plan.ts';
import { reason } from './reasons.ts';
import type { AccountFacts, Reason, ReminderDecision, ReminderRequest } from './types.ts';

/** What is to be said about which invoices; `reason` when nothing is to be said. */
interface Step {
	message?: string;
	days: number;
	covers: readonly InvoiceView[];
	stop?: Reason;
}

/**
 * `whole` is the permission for everything of the account: it stands for the reminder too where that covers
 * all there is to ask for.
 */
export function decideReminder(scope: Scope, views: readonly InvoiceView[], whole: Permission, request: ReminderRequest): ReminderDecision {
	const named = request.invoices;
	const wanted = named === undefined ? views : views.filter((view) => named.includes(view.facts.ref));
	if (named !== undefined && wanted.length < new Set(named).size) return refused(scope, { days: 0, covers: [], stop: reason('invoice_not_found') });
	const open = wanted.filter((view) => view.eligibleMinor > 0);
	const step = stepOf(scope.plan, scope.facts, open, request);
	if (step.stop !== undefined && open.length > 0) return refused(scope, step);
	const covers = open.length === 0 ? wanted : step.covers;
	const everything = open.length === 0 ? wanted.length === views.length : covers.length === views.filter((view) => view.eligibleMinor > 0).length;
	const permission = everything && request.channel === undefined ? whole : permissionFor(scope, covers, { channel: request.channel });
	return decided(scope, step, permission);
}

function stepOf(plan: Plan, facts: AccountFacts, open: readonly InvoiceView[], request: ReminderRequest): Step {
	if (request.message === undefined)
		return request.because?.type === 'payment_failed'
			? { message: 'payment_failed', days: 0, covers: open }
			: ladderStep(plan, facts, open, request.because?.type === 'balance_overdue');
	const onLadder = plan.milestones.some((milestone) => milestone.message === request.message);
	return onLadder && request.repeat !== true ? namedStep(plan, facts, open, request.message) : { message: request.message, days: 0, covers: open };
}

/** The highest milestone that some invoice has reached and was not reminded of; it covers all invoices with such a milestone. */
function ladderStep(plan: Plan, facts: AccountFacts, open: readonly InvoiceView[], asked: boolean): Step {
	const due: InvoiceView[] = [];
	const steps: Milestone[] = [];
	for (const view of open) {
		if (view.step === undefined || view.step.days <= view.facts.remindedDays) continue;
		due.push(view);
		steps.push(view.step);
	}
	const top = highest(steps);
	return top === undefined ? { days: 0, covers: [], stop: notDue(plan, facts, open, asked) } : { days: top.days, message: top.message, covers: due };
}

/** A step that was asked for by name: the highest of that name which is due. */
function namedStep(plan: Plan, facts: AccountFacts, open: readonly InvoiceView[], message: string): Step {
	let lowest = 0;
	for (const milestone of plan.fromTop) {
		if (milestone.message !== message) continue;
		lowest = milestone.days;
		const due = open.filter((view) => reachedDays(view) >= lowest && view.facts.remindedDays < lowest);
		if (due.length > 0) return { message, days: lowest, covers: due };
	}
	const reminded = open.some((view) => view.facts.remindedDays >= lowest);
	return { message, days: 0, covers: [], stop: reminded ? alreadyReminded(plan, facts, open, lowest) : notDueStep(facts, open, lowest) };
}

function notDue(plan: Plan, facts: AccountFacts, open: readonly InvoiceView[], asked: boolean): Reason {
	if (open.length > 0 && open.every((view) => view.anchor === undefined)) return reason('unknown_anchor');
	const reminded = Math.max(0, ...open.map((view) => view.facts.remindedDays));
	if (asked && reminded > 0) return alreadyReminded(plan, facts, open, reminded);
	const next = nextStep(plan, facts, open);
	return reason('not_due', next === undefined ? {} : { days: next.days, until: { at: next.at, zone: facts.practiceZone } });
}

function alreadyReminded(plan: Plan, facts: AccountFacts, open: readonly InvoiceView[], days: number): Reason {
	const next = nextStep(plan, facts, open);
	return reason('already_reminded', next === undefined ? { days } : { days, until: { at: next.at, zone: facts.practiceZone } });
}

function notDueStep(facts: AccountFacts, open: readonly InvoiceView[], days: number): Reason {
	const instants = open.map((view) => instantOfAge(facts, view, days)).filter((at) => at !== undefined);
	if (instants.length === 0) return reason('unknown_anchor');
	return reason('not_due', { days, until: { at: Math.min(...instants), zone: facts.practiceZone } });
}

function nextStep(plan: Plan, facts: AccountFacts, open: readonly InvoiceView[]): { at: number; days: number } | undefined {
	let best: { at: number; days: number } | undefined;
	for (const view of open) {
		const days = milestoneAbove(plan, Math.max(reachedDays(view), view.facts.remindedDays));
		const at = days === undefined ? undefined : instantOfAge(facts, view, days);
		if (days !== undefined && at !== undefined && (best === undefined || at < best.at)) best = { at, days };
	}
	return best;
}

function refused({ trace }: Scope, step: Step): ReminderDecision {
	const why = step.stop as Reason;
	trace.push({ rule: 'reminder', outcome: 'hold', text: why.text, leaves: [], ...(why.until === undefined ? {} : { until: why.until }) });
	return {
		verdict: 'hold',
		days: step.days,
		amountMinor: 0,
		covers: [],
		occasions: [],
		reasons: [why],
		...(step.message === undefined ? {} : { message: step.message }),
	};
}

function decided({ trace, now }: Scope, step: Step, permission: Permission): ReminderDecision {
	const { at, amountMinor, channel, fallback } = permission;
	const verdict = at === undefined ? 'hold' : at > now ? 'wait' : 'send';
	const reasons = [...permission.stops, ...permission.waits];
	trace.push({
		rule: 'reminder',
		outcome: verdict === 'send' ? 'pass' : verdict,
		text: reasons[0]?.text ?? 'It may go out now.',
		leaves: [],
		...(verdict === 'wait' && at !== undefined ? { until: at } : {}),
	});
	return {
		verdict,
		days: step.days,
		amountMinor,
		covers: amountMinor > 0 ? step.covers.map((view) => view.facts.ref) : [],
		occasions: [],
		reasons,
		...(step.message === undefined ? {} : { message: step.message }),
		...(channel === undefined ? {} : { channel }),
		...(fallback === undefined ? {} : { fallback }),
		...(verdict === 'wait' && at !== undefined ? { sendAt: at } : {}),
	};
}
