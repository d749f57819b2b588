/** Installments coming due or missed, plans that break, and promises: due, kept, kept in part or broken. */
import { formatMoney } from '../../contracts/money.ts';
import { type PlanView, type PromiseView, unpaidOf } from '../arrangements.ts';
import { dayNumber } from '../calendar.ts';
import { leaf } from '../leaves.ts';
import type { Scene } from '../scene.ts';
import type { AccountFacts, InstallmentFacts, Leaf, RaisedEvent, Trace } from '../types.ts';

/** `again`: also what was raised before, to tell whether an earlier event still stands; it leaves no trace. */
export function arrangementEvents({ arrangements, facts, today, trace }: Scene, again = false): RaisedEvent[] {
	if (arrangements === undefined) return [];
	const unseen: Trace[] = again ? [] : trace;
	return [
		...arrangements.plans.flatMap((view) => planEvents(facts, view, unseen, again)),
		...arrangements.promises.flatMap((view) => promiseEvents(facts, view, today, unseen, again)),
	];
}

/** A plan that breaks tells that and no longer the installments: staff decide what becomes of them. */
function planEvents(facts: AccountFacts, view: PlanView, trace: Trace[], again: boolean): RaisedEvent[] {
	const leaves: Leaf[] = [];
	leaf(leaves, 'status', 'in', ['active', 'grace', 'missed'], view.status);
	leaf(leaves, 'installments_missed', '=', 0, view.missed.length);
	leaf(leaves, 'installments_coming', '=', 0, view.coming.length);
	const events = view.status === 'broken' ? broken(facts, view, again) : installments(facts, view, again);
	trace.push({
		rule: 'payment_plan_due',
		outcome: events.length > 0 ? 'fire' : 'skip',
		subject: view.facts.ref,
		text: events.map((event) => event.summary).join(' ') || `Nothing new: the plan is ${view.status}.`,
		leaves,
	});
	return events;
}

function broken(facts: AccountFacts, view: PlanView, again: boolean): RaisedEvent[] {
	// What staff broke by hand they know; what was told before is told once.
	if (!again && (view.facts.status === 'broken' || view.facts.brokenRaised)) return [];
	const amountMinor = view.missed.reduce((sum, one) => sum + unpaidOf(one), 0);
	const money = formatMoney(amountMinor, facts.currency);
	// Whoever heard of each missed installment hears no more: staff decide.
	const news = view.missed.some((one) => !one.raised.includes('missed'));
	return [
		{
			...planEvent(facts, view, 'broken', amountMinor),
			...(news ? { message: 'plan_missed' } : {}),
			summary: `A payment plan is broken: ${money} of it is unpaid.`,
			reasons: [
				`${view.missed.length} ${view.missed.length === 1 ? 'installment' : 'installments'} missed.`,
				...view.missed.map((one) => `One was due on ${one.dueOn}.`),
			],
		},
	];
}

const installments = (facts: AccountFacts, view: PlanView, again: boolean): RaisedEvent[] => [
	...view.missed.filter((one) => again || !one.raised.includes('missed')).map((one) => installment(facts, view, one, 'missed')),
	...view.coming.filter((one) => again || !one.raised.includes('due')).map((one) => installment(facts, view, one, 'coming')),
];

function installment(facts: AccountFacts, view: PlanView, one: InstallmentFacts, stage: 'missed' | 'coming'): RaisedEvent {
	const money = formatMoney(unpaidOf(one), facts.currency);
	const summary =
		stage === 'missed' ? `An installment of ${money} was missed: it was due on ${one.dueOn}.` : `An installment of ${money} is due on ${one.dueOn}.`;
	return {
		...planEvent(facts, view, `${one.number}:${stage}`, unpaidOf(one)),
		stage,
		installment: one.number,
		message: stage === 'missed' ? 'plan_missed' : 'plan_due',
		summary,
		reasons: [summary],
	};
}

const planEvent = (facts: AccountFacts, { facts: plan }: PlanView, what: string, amountMinor: number) => ({
	type: 'payment_plan_due' as const,
	key: `payment_plan_due:${facts.ref}:${plan.ref}:${what}`,
	amountMinor,
	invoices: plan.covers.toSorted(),
	plan: plan.ref,
	stage: what,
});

type PromiseStage = 'due' | 'kept' | 'partial' | 'broken';

function promiseEvents(facts: AccountFacts, view: PromiseView, today: number, trace: Trace[], again: boolean): RaisedEvent[] {
	const leaves: Leaf[] = [];
	leaf(leaves, 'status', '=', 'open', view.status);
	leaf(leaves, 'paid_minor', '>=', view.facts.amountMinor, view.facts.paidMinor);
	const stage = promiseStage(view, today);
	const event = stage === undefined || (view.facts.raised.includes(stage) && !again) ? undefined : promiseEvent(facts, view, stage);
	trace.push({
		rule: 'payment_plan_due',
		outcome: event === undefined ? 'skip' : 'fire',
		subject: view.facts.ref,
		text: event?.summary ?? `Nothing new: the promise is ${view.status}.`,
		leaves,
	});
	return event === undefined ? [] : [event];
}

/** An open promise is told on its day; one that was cancelled tells nothing. */
function promiseStage({ status, facts }: PromiseView, today: number): PromiseStage | undefined {
	if (status === 'open') return dayNumber(facts.on) === today ? 'due' : undefined;
	return status === 'cancelled' ? undefined : status;
}

const PROMISE_WORDS: Readonly<Record<PromiseStage, string>> = {
	due: 'is due today',
	kept: 'was kept',
	partial: 'was kept in part',
	broken: 'was not kept',
};
const PROMISE_MESSAGES: Readonly<Partial<Record<PromiseStage, string>>> = { due: 'promise_due', partial: 'promise_broken', broken: 'promise_broken' };

/** The day is part of the key: a promise that is moved may break anew. */
function promiseEvent(facts: AccountFacts, { facts: promise }: PromiseView, stage: PromiseStage): RaisedEvent {
	const message = PROMISE_MESSAGES[stage];
	const amountMinor = stage === 'kept' ? promise.amountMinor : Math.max(0, promise.amountMinor - promise.paidMinor);
	return {
		type: 'payment_plan_due',
		key: `payment_plan_due:${facts.ref}:${promise.ref}:${promise.on}:${stage}`,
		amountMinor,
		invoices: promise.covers.toSorted(),
		promise: promise.ref,
		stage,
		...(message === undefined ? {} : { message }),
		summary: `A promise of ${formatMoney(promise.amountMinor, facts.currency)} by ${promise.on} ${PROMISE_WORDS[stage]}.`,
		reasons: [`${formatMoney(promise.paidMinor, facts.currency)} of ${formatMoney(promise.amountMinor, facts.currency)} was paid.`],
	};
}
