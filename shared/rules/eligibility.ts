/** What of each invoice may be asked for: final, undisputed, not on hold, after credits. */
import { formatMoney } from '../contracts/money.ts';
import type { HoldReason } from '../contracts/words.ts';
import { type Arrangements, restDay, silenceOf } from './arrangements.ts';
import { dayNumber, localDayNumber } from './calendar.ts';
import { groupOf, householdStop, isNotTold } from './household.ts';
import { standsOn } from './law/holds.ts';
import { leaf } from './leaves.ts';
import { owedOf, type Unsettled, unsettledIn } from './owed.ts';
import type { Milestone, Plan } from './plan.ts';
import { reason } from './reasons.ts';
import { compareText } from './scene.ts';
import type { AccountFacts, HoldFacts, InvoiceFacts, Leaf, Reason, Trace } from './types.ts';

export interface InvoiceView {
	facts: InvoiceFacts;
	/** A fact: due from the patient as far as anyone knows, after credits; an event may state it. 0 when it is not owed. */
	owedMinor: number;
	/** What a message may ask for; never more than `owedMinor`. */
	eligibleMinor: number;
	/** Why `eligibleMinor` is 0. */
	why: Reason[];
	/** Day number from which it ages, and the same day as text; undefined is unknown. */
	anchor: number | undefined;
	anchorDay: string | undefined;
	/** Day number at which a hold stopped its clock; undefined while it runs. */
	frozenAt: number | undefined;
	/** Days a plan or a promise spoke for it that this review ends: they age it no more than days on hold. */
	restedDays: number;
	/** Days on the ladder; undefined without an anchor. */
	age: number | undefined;
	/** The highest milestone reached; undefined before the first. */
	step: Milestone | undefined;
	/** A plan or a promise speaks for it: its own ladder is silent. */
	silent: boolean;
	/** Invoices of one group may share a message. */
	group: string;
}

/** Holds that say the money is not owed, or not as it stands: no event may call it overdue. */
const NOT_OWED: readonly HoldReason[] = ['dispute', 'gfe_dispute', 'qmb', 'never_bill', 'medicaid', 'workers_comp', 'capitation', 'crossover', 'confidential'];

/** In an order of their own, not the facts'. Import settling only delays; it is no hold on the debt. */
export function activeHolds(facts: AccountFacts, now: number): readonly HoldFacts[] {
	if (facts.holds.length === 0) return facts.holds;
	const active = facts.holds.filter((hold) => hold.reason !== 'import_settling' && hold.since <= now && (hold.until === undefined || now < hold.until));
	return active.sort(
		(a, b) => compareText(`${a.reason} ${a.invoice ?? ''}`, `${b.reason} ${b.invoice ?? ''}`) || a.since - b.since || (a.until ?? 0) - (b.until ?? 0),
	);
}

const anchorDayOf = (invoice: InvoiceFacts, plan: Plan): string | undefined =>
	plan.policy.anchor === 'first_notice' ? (invoice.firstNoticeDate ?? invoice.dueDate) : invoice.dueDate;

export function anchorOf(invoice: InvoiceFacts, plan: Plan): number | undefined {
	const day = anchorDayOf(invoice, plan);
	const number = day === undefined ? Number.NaN : dayNumber(day);
	return Number.isNaN(number) ? undefined : number;
}

/** What stands against some invoices, found once for all of them. */
interface Weighing {
	facts: AccountFacts;
	today: number;
	holds: readonly HoldFacts[];
	arrangements: Arrangements | undefined;
	unsettled: Unsettled;
	trace: Trace[];
}

/** One view per invoice with something on it, oldest anchor first, then by reference: the order of facts never matters. */
export function viewInvoices(
	plan: Plan,
	facts: AccountFacts,
	today: number,
	holds: readonly HoldFacts[],
	arrangements: Arrangements | undefined,
	trace: Trace[],
): InvoiceView[] {
	const views: InvoiceView[] = [];
	for (const invoice of facts.invoices) {
		if (invoice.amountMinor > 0) views.push(newView(plan, invoice));
	}
	if (views.length > 1) views.sort(oldestFirst);
	const weighing: Weighing = { facts, today, holds, arrangements, unsettled: unsettledIn(facts), trace };
	for (const view of views) weigh(weighing, view);
	applyCredit(facts, views, trace);
	return views;
}

const newView = (plan: Plan, invoice: InvoiceFacts): InvoiceView => ({
	facts: invoice,
	owedMinor: 0,
	eligibleMinor: 0,
	why: [],
	anchor: anchorOf(invoice, plan),
	anchorDay: anchorDayOf(invoice, plan),
	frozenAt: undefined,
	restedDays: 0,
	age: undefined,
	step: undefined,
	silent: false,
	group: groupOf(plan, invoice),
});

function oldestFirst(a: InvoiceView, b: InvoiceView): number {
	const byAnchor = (a.anchor ?? Number.POSITIVE_INFINITY) - (b.anchor ?? Number.POSITIVE_INFINITY);
	return byAnchor !== 0 && !Number.isNaN(byAnchor) ? byAnchor : compareText(a.facts.ref, b.facts.ref);
}

function weigh(weighing: Weighing, view: InvoiceView): void {
	const { facts, trace } = weighing;
	const invoice = view.facts;
	const leaves: Leaf[] = [];
	const owed = owedOf(weighing.unsettled, invoice, leaves, view.why);
	const told = household(weighing, view, leaves);
	silence(weighing, view, leaves);
	const final = view.why.length === 0;
	const own = weighing.holds.filter((hold) => standsOn(hold, invoice, facts.practiceZone));
	// The hold of a dispute says it already, and how to end it.
	if (own.some((hold) => hold.reason === 'dispute')) view.why = view.why.filter((why) => why.code !== 'disputed');
	for (const hold of own) {
		freeze(view, localDayNumber(hold.since, facts.practiceZone));
		view.why.push(holdReason(hold, facts.practiceZone));
	}
	if (invoice.insuranceSince !== undefined) freeze(view, localDayNumber(invoice.insuranceSince, facts.practiceZone));
	leaf(leaves, 'active_holds', '=', 0, own.length);
	view.owedMinor = !told || own.some((hold) => NOT_OWED.includes(hold.reason)) ? 0 : owed;
	view.eligibleMinor = final && own.length === 0 ? owed : 0;
	trace.push({
		rule: 'eligibility',
		outcome: view.eligibleMinor > 0 ? 'pass' : 'hold',
		subject: invoice.ref,
		text: view.eligibleMinor > 0 ? `${formatMoney(view.eligibleMinor, facts.currency)} may be asked for.` : view.why.map((why) => why.text).join(' '),
		leaves,
	});
}

function freeze(view: InvoiceView, day: number): void {
	view.frozenAt = view.frozenAt === undefined ? day : Math.min(view.frozenAt, day);
}

/** May the recipient be told of it? False where not even an event may carry the amount. */
function household({ today, facts }: Weighing, view: InvoiceView, leaves: Leaf[]): boolean {
	const stop = householdStop(view.facts, facts.recipient, today, leaves);
	if (stop === undefined) return true;
	view.why.push(stop);
	return !isNotTold(stop);
}

function silence({ facts, today, arrangements }: Weighing, view: InvoiceView, leaves: Leaf[]): void {
	if (arrangements === undefined && view.facts.onPlan !== true) return;
	const why = silenceOf(arrangements, view.facts, facts.practiceZone);
	leaf(leaves, 'arranged', '=', 'no', why?.code ?? 'no');
	const since = restDay(facts, view.facts.ref);
	if (why === undefined) {
		if (since !== undefined && view.anchor !== undefined) view.restedDays = Math.max(0, today - Math.max(since, view.anchor));
		return;
	}
	if (since !== undefined) freeze(view, since);
	view.silent = true;
	view.why.push(why);
}

export const holdReason = (hold: HoldFacts, zone: string): Reason =>
	reason(`hold_${hold.reason}`, hold.until === undefined ? {} : { until: { at: hold.until, zone } });

/** Unapplied money of the patient's pays the oldest first; a guarantor with a credit is asked for nothing. */
function applyCredit(facts: AccountFacts, views: readonly InvoiceView[], trace: Trace[]): void {
	if (facts.creditMinor <= 0) return;
	let left = facts.creditMinor;
	for (const view of views) {
		const used = Math.min(left, view.owedMinor);
		left -= used;
		view.owedMinor -= used;
		view.eligibleMinor = Math.min(view.eligibleMinor, view.owedMinor);
		if (used > 0 && view.owedMinor === 0) view.why.push(reason('credit_balance'));
	}
	const leaves: Leaf[] = [];
	leaf(leaves, 'credit_minor', '=', 0, facts.creditMinor);
	trace.push({ rule: 'credit', outcome: 'pass', text: `A credit of ${formatMoney(facts.creditMinor, facts.currency)} is taken off, oldest first.`, leaves });
}

export const totalOf = (facts: AccountFacts): number => {
	let total = -Math.max(0, facts.creditMinor);
	for (const invoice of facts.invoices) total += Math.max(0, invoice.amountMinor);
	return Math.max(0, total);
};
