/** What is to be said about which invoices: a step of the ladder, what happened today, or what somebody asks for. */

import type { InvoiceView } from './eligibility.ts';
import { isHighDeductible } from './events/rules.ts';
import { highest, reachedDays } from './ladder.ts';
import { alreadyReminded, type Due, dueOf, notDue, notDueStep, returnedWaits } from './ladder-steps.ts';
import { isAnswered, isStaffs, LADDER_RANK, type Occasion, occasionsIn } from './occasions.ts';
import type { Asking } from './permission.ts';
import type { Milestone } from './plan.ts';
import { reason } from './reasons.ts';
import type { Scene } from './scene.ts';
import { type Speaking, speakingOf } from './speaking.ts';
import type { Reason, ReminderRequest } from './types.ts';

export interface Step {
	message?: string;
	days: number;
	covers: readonly InvoiceView[];
	occasions: readonly Pick<Occasion, 'key' | 'event'>[];
	/** Its place among the steps of other groups: the lowest goes out first. */
	rank: number;
	asking: Asking;
	/** Nothing is to be said, and why. */
	stop?: Reason;
}

const stopped = (stop: Reason, message?: string): Step => ({
	days: 0,
	covers: [],
	occasions: [],
	rank: Number.POSITIVE_INFINITY,
	asking: {},
	stop,
	...(message === undefined ? {} : { message }),
});

/** Of the groups of invoices that may not share a message, the one with the most important; the others follow another day. */
export function stepFor(scene: Scene, open: readonly InvoiceView[], occasions: readonly Occasion[], request: ReminderRequest): Step {
	const groups = new Set(open.map((view) => view.group));
	if (groups.size <= 1 && (open.length === scene.views.length || occasions.length === 0)) return stepOf(scene, open, occasions, request);
	for (const view of scene.views) if (request.message === undefined && speakFor(occasions, view)) groups.add(view.group);
	if (groups.size === 0) return stepOf(scene, open, occasions, request);
	let best: Step | undefined;
	for (const group of groups) {
		const inGroup = open.filter((view) => view.group === group);
		const step = stepOf(scene, inGroup, occasionsIn(scene, occasions, group), request);
		if (best === undefined || (step.stop === undefined && (best.stop !== undefined || step.rank < best.rank))) best = step;
	}
	return best as Step;
}

const speakFor = (occasions: readonly Occasion[], view: InvoiceView): boolean =>
	occasions.some((one) => one.speaks && one.event.invoices.includes(view.facts.ref));

function stepOf(scene: Scene, open: readonly InvoiceView[], occasions: readonly Occasion[], request: ReminderRequest): Step {
	const { because } = request;
	if (because?.key !== undefined && request.repeat !== true && isAnswered(scene.facts, because.key)) return stopped(reason('already_covered'));
	if (request.message !== undefined) return messageStep(scene, open, occasions, request, request.message);
	const asked = askedOf(occasions, because);
	if (asked !== undefined && isStaffs(asked)) return stopped(reason('staff_first'));
	if (asked === undefined && because?.key !== undefined && because.type in DEFAULTS) return stopped(reason('event_over'));
	if (asked === undefined && because?.type === 'payment_failed') return { ...plainly(open, 'payment_failed'), rank: 1 };
	return chosenStep(scene, open, occasions, asked, because?.type === 'balance_overdue');
}

/** What an event asks for is over when it is not found among what stands. */
const DEFAULTS = {
	payment_failed: true,
	payment_plan_due: true,
	appointment_balance_due: true,
	balance_over_threshold: true,
	account_flagged: true,
	rule_matched: true,
} as const;

function askedOf(occasions: readonly Occasion[], because: ReminderRequest['because']): Occasion | undefined {
	if (because === undefined) return undefined;
	return occasions.find((one) => (because.key === undefined ? one.event.type === because.type : one.key === because.key));
}

const plainly = (covers: readonly InvoiceView[], message: string): Step => ({ message, days: 0, covers, occasions: [], rank: LADDER_RANK, asking: {} });

function chosenStep(scene: Scene, open: readonly InvoiceView[], occasions: readonly Occasion[], asked: Occasion | undefined, askedLadder: boolean): Step {
	const due = dueOf(scene, open);
	const speaking = speakingOf(scene, open, occasions, asked, due.top !== undefined);
	const [lead] = speaking;
	if (due.top === undefined && lead === undefined) return stopped(notDue(scene, open, askedLadder));
	if (lead === undefined || (due.top !== undefined && lead.one.rank > LADDER_RANK)) return ladderStep(scene, open, occasions, due, speaking);
	// What came back is told at once, and with it the steps that are due; one that must wait is not taken by it.
	const top = due.waits.length > 0 ? undefined : due.top;
	const covers = speaking.some(({ extraMinor }) => extraMinor === 0) ? open : top === undefined ? [] : due.views;
	return {
		message: lead.one.event.message ?? currentMessage(open),
		days: top?.days ?? 0,
		covers,
		occasions: answered(occasions, speaking, covers.length > 0, top !== undefined),
		rank: lead.one.rank,
		asking: askingOf(speaking, []),
	};
}

function ladderStep(scene: Scene, open: readonly InvoiceView[], occasions: readonly Occasion[], due: Due, speaking: readonly Speaking[]): Step {
	const top = due.top as Milestone;
	const offer = top === scene.plan.milestones[0] && isHighDeductible(scene);
	return {
		message: offer ? 'plan_offer' : top.message,
		days: top.days,
		covers: due.waits.length === 0 && speaking.some(({ extraMinor }) => extraMinor === 0) ? open : due.views,
		occasions: answered(occasions, speaking, true, true),
		rank: LADDER_RANK,
		asking: askingOf(speaking, due.waits),
	};
}

/** What the message answers: what it speaks of, and where it names the balance also what is said by naming it. */
const answered = (occasions: readonly Occasion[], speaking: readonly Speaking[], balance: boolean, step: boolean): Occasion[] =>
	occasions.filter(
		(one) => speaking.some((other) => other.one === one) || (balance && !isStaffs(one) && (one.event.type === 'balance_overdue' ? step : !one.speaks)),
	);

const askingOf = (speaking: readonly Speaking[], waits: readonly Reason[]): Asking => {
	const extraMinor = speaking.reduce((sum, one) => sum + one.extraMinor, 0);
	const stops = speaking.flatMap((one) => one.stops);
	return { ...(extraMinor === 0 ? {} : { extraMinor }), ...(stops.length === 0 ? {} : { stops }), ...(waits.length === 0 ? {} : { waits }) };
};

/** The step whose words fit a flag for a reminder: the one the oldest invoice stands on. */
const currentMessage = (open: readonly InvoiceView[]): string => highest(open.flatMap((view) => view.step ?? []))?.message ?? 'notice';

function messageStep(scene: Scene, open: readonly InvoiceView[], occasions: readonly Occasion[], request: ReminderRequest, message: string): Step {
	const onLadder = scene.plan.milestones.some((milestone) => milestone.message === message);
	const step = onLadder && request.repeat !== true ? namedStep(scene, open, message) : plainly(open, message);
	const named = occasions.filter((one) => one.key === request.because?.key || (step.days > 0 && one.event.type === 'balance_overdue'));
	return step.stop === undefined ? { ...step, occasions: named } : step;
}

/** A step that was asked for by name: the highest of that name which is due. */
function namedStep(scene: Scene, open: readonly InvoiceView[], message: string): Step {
	let lowest = 0;
	for (const milestone of scene.plan.fromTop) {
		if (milestone.message !== message) continue;
		lowest = milestone.days;
		const due = open.filter((view) => reachedDays(view) >= lowest && view.facts.remindedDays < lowest);
		if (due.length > 0) return { ...plainly(due, message), days: lowest, asking: askingOf([], returnedWaits(scene, due)) };
	}
	const reminded = open.some((view) => view.facts.remindedDays >= lowest);
	return stopped(reminded ? alreadyReminded(scene, open, lowest) : notDueStep(scene, open, lowest), message);
}
