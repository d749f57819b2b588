/** One account, all rules, in the order of the law: absolute holds, what is owed, consent, caps, hours, ladder. */
import type { Policy } from '../contracts/policy.ts';
import { type Arrangements, arrangementsOf } from './arrangements.ts';
import { localDayNumber } from './calendar.ts';
import { activeHolds, holdReason, totalOf, viewInvoices } from './eligibility.ts';
import { raise } from './events/all.ts';
import { baselineOf, climb } from './ladder.ts';
import { estimateWork } from './law/estimate.ts';
import { isStay, stopsAccount } from './law/holds.ts';
import { leaf } from './leaves.ts';
import { nextReviewAt } from './next-review.ts';
import { permissionFor, type Scope } from './permission.ts';
import { type Plan, planOf } from './plan.ts';
import { reason } from './reasons.ts';
import { addressed } from './recipient.ts';
import { decideReminder } from './reminder.ts';
import type { Scene } from './scene.ts';
import type { AccountFacts, Decision, HoldFacts, Leaf, Reason, ReminderRequest, Trace } from './types.ts';
import { waitsOf } from './waits.ts';
import { workOf } from './work/all.ts';

/** Where an account stands when it is seen for the first time. */
export interface Beginning {
	/** Invoice → days of the highest milestone already crossed. */
	raised: Record<string, number>;
	/** Invoices that their source already calls overdue. */
	statusRaised: string[];
	/** Thresholds (minor units) it is above, and rules it meets. */
	above: number[];
	matched: string[];
}

export interface CompiledPolicy {
	readonly policy: Policy;
	readonly hash: string;
	/**
	 * Pure: the same facts and instant (milliseconds) give the same decision, in whatever order the facts come. Without a
	 * request it is a review: only that acknowledges a dispute unasked.
	 */
	decide(facts: AccountFacts, now: number, request?: ReminderRequest): Decision;
	/** Invoice → days of the highest milestone already crossed: what a first import records, so that no backlog fires. */
	baseline(facts: AccountFacts, now: number): Record<string, number>;
	/**
	 * Where a first import finds an account. Recorded before its first review (raisedDays and remindedDays of the invoices,
	 * statusRaised, the account's above and matched) none of it is told as news.
	 */
	begin(facts: AccountFacts, now: number): Beginning;
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
		decide: (facts, now, request) => decide(plan, facts, now, request),
		baseline: (facts, now) => baseline(plan, facts, now),
		begin: (facts, now) => begin(plan, facts, now),
	};
}

function decide(plan: Plan, account: AccountFacts, now: number, request?: ReminderRequest): Decision {
	const today = localDayNumber(now, account.practiceZone);
	const trace: Trace[] = [];
	const to = account.relative === undefined && request?.recipient !== 'relative' ? undefined : addressed(account, now, request?.recipient, trace);
	const facts = to === undefined ? account : to.facts;
	const law = plan.law.at(facts.places, today);
	trace.push(law.trace);
	const holds = activeHolds(facts, now);
	const absolute = accountHolds(holds, facts, trace);
	const arrangements = arrangementsOf(plan, facts, today);
	const views = viewInvoices(plan, facts, today, holds, arrangements, trace);
	climb(plan, views, today, trace);
	const stays = holds.filter(isStay).map((hold) => holdReason(hold, facts.practiceZone));
	const signed = facts.guarantorSigned === false ? [...absolute, wrongGuarantor(trace)] : absolute;
	const stops = to === undefined ? signed : [...signed, ...to.stops];
	const scope: Scope = { plan, law, facts, now, absolute: stops, stays, trace, waits: waitsOf(plan, law, facts, now, trace) };
	const whole = permissionFor(scope, views);
	const totalMinor = totalOf(facts);
	const owedMinor = views.reduce((sum, view) => sum + view.owedMinor, 0);
	const scene: Scene = { plan, facts, now, today, views, holds, arrangements, totalMinor, owedMinor, eligibleMinor: whole.amountMinor, trace };
	const { events, raised, above, matched } = raise(scene);
	const reminder = decideReminder(scope, scene, whole, request, events);
	const blocked = [...whole.stops, ...whole.waits];
	const next = nextReviewAt(scene, law, reminder.sendAt);
	return {
		eligibleMinor: whole.amountMinor,
		totalMinor,
		recipient: facts.recipient ?? 'guarantor',
		canContact: whole.stops.length === 0,
		blocked,
		events,
		raised,
		above,
		matched,
		arrangements: arrangements === undefined ? [] : statusesOf(arrangements),
		reminder,
		work: [...workOf(scene, absolute.length > 0, blocked, events), ...(absolute.length > 0 ? [] : estimateWork(law, scene))],
		...(next === undefined ? {} : { nextReviewAt: next }),
		trace,
		policyHash: plan.hash,
		packs: law.packs,
	};
}

/** Plans and promises whose status is no longer what was recorded. */
const statusesOf = ({ plans, promises }: Arrangements): Decision['arrangements'] =>
	[...plans, ...promises].filter(({ facts, status }) => facts.status !== status).map(({ facts: { ref }, status }) => ({ ref, status }));

function wrongGuarantor(trace: Trace[]): Reason {
	const why = reason('wrong_guarantor');
	const leaves: Leaf[] = [];
	leaf(leaves, 'guarantor_signed', '=', true, false);
	trace.push({ rule: 'guarantor', outcome: 'hold', text: why.text, leaves });
	return why;
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

function begin(plan: Plan, facts: AccountFacts, now: number): Beginning {
	const { above, matched } = decide(plan, facts, now);
	const statusRaised = facts.invoices.filter((invoice) => invoice.statusOverdue === true).map((invoice) => invoice.ref);
	return { raised: baseline(plan, facts, now), statusRaised: statusRaised.sort(), above, matched };
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
