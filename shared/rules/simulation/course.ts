/** One account under one policy over the span: what was sent, what was not and why, and what staff were asked. */
import { localDayNumber, MINUTE } from '../calendar.ts';
import type { CompiledPolicy } from '../decide.ts';
import { isCap } from '../reasons.ts';
import type { AccountFacts, Decision, Reason, ReminderDecision } from '../types.ts';
import { afterMessage, afterReview, type Frozen, thaw } from './carry.ts';
import { applyChange } from './changes.ts';
import type { Act, FactChange, SimulatedAccount, Span, Why } from './types.ts';

/** A message that became due, until it left or the span ended. */
export interface Step {
	/** Day numbers, in the practice's zone: due since, and sent on; absent while it is not sent. */
	due: number;
	sent?: number;
	/** Codes of the strongest reason against it, in the order in which they stood. */
	whys: string[];
	caps: Set<string>;
}

export interface Done extends Act {
	at: number;
}

export interface Course {
	acts: Done[];
	/** What was said of a message, from when on: for the side that did nothing. */
	said: Done[];
	steps: Step[];
	/** Reasons of staff work, once for each cause. */
	work: string[];
	events: string[];
	/** How each reason was said first, and each kind of staff work was called. */
	texts: Map<string, string>;
	titles: Map<string, string>;
}

interface State {
	facts: AccountFacts;
	course: Course;
	open: Map<string, Step>;
	/** Causes of staff work that were counted. */
	causes: Set<string>;
	keys: Set<string>;
	frozen: Frozen;
}

/** Reasons that say that nothing is due, not that something stands against it. */
const QUIET: ReadonlySet<string> = new Set(['not_due', 'already_reminded', 'nothing_owed', 'unknown_anchor']);
/** More messages at one instant than any cap would let through: a policy without caps must end too. */
const AT_ONCE = 20;

export function courseOf(account: SimulatedAccount, policy: CompiledPolicy, { from, to }: Span): Course {
	const changes = account.changes.toSorted((a, b) => a.at - b.at);
	const state: State = {
		facts: account.facts,
		course: { acts: [], said: [], steps: [], work: [], events: [], texts: new Map(), titles: new Map() },
		open: new Map(),
		causes: new Set(),
		keys: new Set(),
		frozen: new Map(),
	};
	let taken = 0;
	for (let now = from; now < to; ) {
		taken = takeChanges(state, changes, taken, now);
		state.facts = thaw(confirmed(state.facts, account, now), state.frozen, now);
		const decision = review(state, policy, now);
		now = Math.max(now + MINUTE, Math.min(decision.nextReviewAt ?? to, changes[taken]?.at ?? to, nextHold(state.facts, now) ?? to));
	}
	return state.course;
}

function takeChanges(state: State, changes: readonly FactChange[], from: number, now: number): number {
	let taken = from;
	for (let change = changes[taken]; change !== undefined && change.at <= now; change = changes[taken]) {
		state.facts = applyChange(state.facts, change);
		taken += 1;
	}
	return taken;
}

/** The source has said the same again up to now. */
function confirmed(facts: AccountFacts, { confirmedUntil }: SimulatedAccount, now: number): AccountFacts {
	if (confirmedUntil === undefined) return facts;
	const invoices = facts.invoices.map((invoice) => {
		const until = Math.min(now, confirmedUntil[invoice.ref] ?? 0);
		return until > invoice.asOf ? { ...invoice, asOf: until } : invoice;
	});
	return { ...facts, invoices };
}

/** Holds begin and end between reviews too: their days must not count. */
function nextHold({ holds }: AccountFacts, now: number): number | undefined {
	const instants = holds.flatMap((hold) => [hold.since, hold.until ?? 0]).filter((at) => at > now);
	return instants.length === 0 ? undefined : Math.min(...instants);
}

/** Decides, notes, sends what may leave, and decides again until nothing more may. */
function review(state: State, policy: CompiledPolicy, now: number): Decision {
	for (let sent = 0; ; sent += 1) {
		const decision = policy.decide(state.facts, now);
		const { reminder } = decision;
		// An arrangement that this review ended hands its days over at once.
		const reviewed = thaw(afterReview(state.facts, decision, now), state.frozen, now);
		state.facts = reviewed;
		for (const { code, text } of reminder.reasons) if (!state.course.texts.has(code)) state.course.texts.set(code, text);
		noteWork(state, decision, now);
		state.course.said.push({ ...actOf(reminder), at: now });
		if (sent === AT_ONCE) return decision;
		noteStep(state, reminder, now);
		if (reminder.verdict !== 'send' || reminder.channel === undefined) return decision;
		state.course.acts.push({ ...actOf(reminder), did: 'sent', at: now });
		state.facts = afterMessage(reviewed, policy, { ...reminder, channel: reminder.channel }, now);
	}
}

function noteWork({ course, causes, keys }: State, { work, events }: Decision, now: number): void {
	for (const { cause, reason, title } of work) {
		if (causes.has(cause)) continue;
		causes.add(cause);
		course.work.push(reason);
		if (!course.titles.has(reason)) course.titles.set(reason, title);
		course.acts.push({ did: 'asked_staff', at: now, reasons: [{ code: reason, text: title }] });
	}
	for (const { key, type } of events) {
		if (keys.has(key)) continue;
		keys.add(key);
		course.events.push(type);
	}
}

const whyOf = ({ code, text }: Reason): Why => ({ code, text });

function actOf(reminder: ReminderDecision): Act {
	const { message, channel, amountMinor, verdict, reasons } = reminder;
	return {
		did: isQuiet(reminder) ? 'not_due' : verdict === 'wait' ? 'waited' : 'held',
		reasons: reasons.map(whyOf),
		...(message === undefined ? {} : { message }),
		...(channel === undefined ? {} : { channel }),
		...(amountMinor === 0 ? {} : { amountMinor }),
	};
}

const isQuiet = ({ message, reasons: [first] }: ReminderDecision): boolean => message === undefined || (first !== undefined && QUIET.has(first.code));

/** Of one message and step at most one is open: what is due twice is told once. */
function noteStep({ course, open, facts }: State, reminder: ReminderDecision, now: number): void {
	if (isQuiet(reminder)) return;
	const today = localDayNumber(now, facts.practiceZone);
	const key = `${reminder.message} ${reminder.days}`;
	let step = open.get(key);
	if (step === undefined) {
		step = { due: today, whys: [], caps: new Set() };
		open.set(key, step);
		course.steps.push(step);
	}
	// What is not sent always has a reason.
	const [why] = reminder.reasons;
	if (why !== undefined && step.whys.at(-1) !== why.code) step.whys.push(why.code);
	for (const { code } of reminder.reasons) if (isCap(code)) step.caps.add(code);
	if (reminder.verdict !== 'send') return;
	step.sent = today;
	open.delete(key);
}
