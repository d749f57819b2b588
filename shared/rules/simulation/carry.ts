/** What a review and a message leave behind, as the ledger would keep it. */
import { restingSince } from '../arrangements.ts';
import { DAY, dayNumber, localDayNumber } from '../calendar.ts';
import type { CompiledPolicy } from '../decide.ts';
import type { AccountFacts, Decision, InvoiceFacts, RaisedEvent, ReminderDecision } from '../types.ts';

/** References of what the events of a decision are about, by kind. */
type About = Record<'payment' | 'appointment' | 'flag' | 'dispute', ReadonlySet<string>>;

const refsOf = (events: readonly RaisedEvent[], field: keyof About): Set<string> => new Set(events.flatMap((event) => event[field] ?? []));

/** An account that was looked at: what waits for a message is known. */
export type Reviewed = AccountFacts & Required<Pick<AccountFacts, 'pendingEvents'>>;

/** Marks of what was raised, positions, and what the next decision compares with. */
export function afterReview(before: AccountFacts, decision: Decision, now: number): Reviewed {
	const { events } = decision;
	const about: About = {
		payment: refsOf(events, 'payment'),
		appointment: refsOf(events, 'appointment'),
		flag: refsOf(events, 'flag'),
		dispute: refsOf(events, 'dispute'),
	};
	const facts: AccountFacts = events.length === 0 ? before : { ...before, ...marked(before, events, about) };
	const work = decision.work.filter((item) => item.cause.includes(facts.ref));
	const ladders = work.flatMap((item) => item.ladder ?? []);
	return {
		...facts,
		...arranged(facts, decision),
		invoices: facts.invoices.map((invoice) => raisedInvoice(invoice, decision)),
		previousMinor: decision.totalMinor,
		above: decision.above,
		matched: decision.matched,
		workOpen: facts.workOpen || work.some((item) => item.reason.startsWith('unpaid_')),
		openLadders: [...(facts.openLadders ?? []), ...ladders],
		pendingEvents: pendingOf(facts, decision, now),
	};
}

function raisedInvoice(invoice: InvoiceFacts, { raised, events }: Decision): InvoiceFacts {
	const days = raised[invoice.ref] ?? 0;
	const status =
		invoice.statusOverdue === true &&
		invoice.statusRaised !== true &&
		events.some((event) => event.type === 'balance_overdue' && event.invoices.includes(invoice.ref));
	if (days <= invoice.raisedDays && !status) return invoice;
	return { ...invoice, raisedDays: Math.max(invoice.raisedDays, days), ...(status ? { statusRaised: true } : {}) };
}

/** Only what is there is written: an absent list stays absent. */
function marked(facts: AccountFacts, events: readonly RaisedEvent[], about: About): Partial<AccountFacts> {
	const mark =
		(refs: ReadonlySet<string>) =>
		<T extends { ref: string; raised: boolean }>(item: T): T =>
			refs.has(item.ref) ? { ...item, raised: true } : item;
	const { appointments, flags, disputes, plans, promises } = facts;
	return {
		payments: facts.payments.map(mark(about.payment)),
		claims: facts.claims.map((claim) => {
			const lines = events.flatMap((event) => (event.claim === claim.ref ? (event.lines ?? []) : []));
			return lines.length === 0 ? claim : { ...claim, raisedLines: [...claim.raisedLines, ...lines] };
		}),
		...(appointments && { appointments: appointments.map(mark(about.appointment)) }),
		...(flags && { flags: flags.map(mark(about.flag)) }),
		...(disputes && { disputes: disputes.map(mark(about.dispute)) }),
		...(plans && { plans: plans.map((plan) => markedPlan(plan, events)) }),
		...(promises && { promises: promises.map((promise) => markedPromise(promise, events)) }),
	};
}

type PlanFacts = NonNullable<AccountFacts['plans']>[number];
type PromiseFacts = NonNullable<AccountFacts['promises']>[number];

function markedPlan(plan: PlanFacts, events: readonly RaisedEvent[]): PlanFacts {
	const own = events.filter((event) => event.plan === plan.ref);
	const stages = (number: number) =>
		own.flatMap(({ installment, stage }) =>
			installment !== number ? [] : stage === 'coming' ? ['due' as const] : stage === 'missed' ? ['missed' as const] : [],
		);
	return {
		...plan,
		brokenRaised: plan.brokenRaised || own.some((event) => event.stage === 'broken'),
		installments: plan.installments.map((one) => ({ ...one, raised: [...one.raised, ...stages(one.number)] })),
	};
}

function markedPromise(promise: PromiseFacts, events: readonly RaisedEvent[]): PromiseFacts {
	const stages = events.flatMap((event) => (event.promise === promise.ref ? ((event.stage ?? []) as PromiseFacts['raised'][number]) : []));
	return stages.length === 0 ? promise : { ...promise, raised: [...promise.raised, ...stages] };
}

/** Plans and promises stand where the rules say they stand. */
function arranged(facts: AccountFacts, { arrangements }: Decision): Partial<AccountFacts> {
	if (arrangements.length === 0) return {};
	const status = new Map(arrangements.map((arrangement) => [arrangement.ref, arrangement.status]));
	const at = <T extends { ref: string; status: string }>(item: T): T => ({ ...item, status: status.get(item.ref) ?? item.status });
	return { ...(facts.plans && { plans: facts.plans.map(at) }), ...(facts.promises && { promises: facts.promises.map(at) }) };
}

/** Events of the local day that no message has answered. */
function pendingOf(facts: AccountFacts, { events }: Decision, now: number): NonNullable<AccountFacts['pendingEvents']> {
	const today = localDayNumber(now, facts.practiceZone);
	const before = (facts.pendingEvents ?? []).filter((event) => localDayNumber(event.at, facts.practiceZone) === today);
	const fresh = events.map(({ key, type, days }) => ({ key, type, at: now, ...(days === undefined ? {} : { days }) }));
	return [...before, ...fresh.filter(({ key }) => !before.some((event) => event.key === key))];
}

/** The message counts against the caps, moves the ladder of what it covers, and answers what asked for it. */
export function afterMessage(
	facts: Reviewed,
	policy: CompiledPolicy,
	reminder: ReminderDecision & { channel: NonNullable<ReminderDecision['channel']> },
	now: number,
): AccountFacts {
	const occasions = reminder.occasions.map(({ key }) => key);
	const reached = reminder.days > 0 ? policy.baseline(facts, now) : {};
	return {
		...facts,
		invoices: facts.invoices.map((invoice) =>
			reminder.covers.includes(invoice.ref)
				? { ...invoice, remindedDays: Math.max(invoice.remindedDays, Math.min(reminder.days, reached[invoice.ref] ?? 0)) }
				: invoice,
		),
		history: [...facts.history.filter((contact) => now - contact.at < 31 * DAY), { at: now, channel: reminder.channel, invoices: reminder.covers, occasions }],
		pendingEvents: facts.pendingEvents.filter((event) => !occasions.includes(event.key)),
		...(facts.disputes && {
			disputes: facts.disputes.map((dispute) => (occasions.some((key) => key.includes(dispute.ref)) ? { ...dispute, acknowledged: true } : dispute)),
		}),
	};
}

/** Since when (day number) each invoice's ladder stands still. */
export type Frozen = Map<string, number>;

/**
 * Days on hold, under a plan or a promise, or with the payer, do not age a balance: they are added to it once, when the last of them ends. Writes
 * into `frozen` what stands still now.
 */
export function thaw<F extends AccountFacts>(facts: F, frozen: Frozen, now: number): F {
	const today = localDayNumber(now, facts.practiceZone);
	let changed = false;
	const invoices = facts.invoices.map((invoice) => {
		const since = frozenSince(facts, invoice, now);
		const before = frozen.get(invoice.ref);
		if (since !== undefined) frozen.set(invoice.ref, before ?? localDayNumber(since, facts.practiceZone));
		if (since !== undefined || before === undefined) return invoice;
		frozen.delete(invoice.ref);
		changed = true;
		return { ...invoice, pausedDays: invoice.pausedDays + Math.max(0, today - Math.max(before, anchorOf(invoice))) };
	});
	return changed ? { ...facts, invoices } : facts;
}

/** Days before it began to age do not count. An import that settles only delays. */
const anchorOf = ({ firstNoticeDate, dueDate }: InvoiceFacts): number => {
	const day = firstNoticeDate ?? dueDate;
	const number = day === undefined ? Number.NaN : dayNumber(day);
	return Number.isNaN(number) ? Number.NEGATIVE_INFINITY : number;
};

function frozenSince(facts: AccountFacts, invoice: InvoiceFacts, now: number): number | undefined {
	const rest = restingSince(facts, invoice.ref);
	let since = rest === undefined ? invoice.insuranceSince : Math.min(rest, invoice.insuranceSince ?? rest);
	for (const hold of facts.holds) {
		if (hold.reason === 'import_settling' || hold.since > now || (hold.until ?? Number.POSITIVE_INFINITY) <= now) continue;
		if (hold.invoice === undefined || hold.invoice === invoice.ref) since = Math.min(since ?? hold.since, hold.since);
	}
	return since;
}
