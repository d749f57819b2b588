/** Joins what became known with what the simulation has made of the account so far. */
import type { AccountFacts, ClaimFacts, DisputeFacts, InstallmentFacts, InvoiceFacts, PaymentFacts, PlanFacts, PromiseFacts } from '../types.ts';
import type { FactChange, InvoiceChange } from './types.ts';

export function applyChange(before: AccountFacts, { at, facts: changed, gone }: FactChange): AccountFacts {
	const facts = gone === undefined ? before : less(before, new Set(gone));
	const { invoices, payments, claims, appointments, plans, promises, flags, disputes, contacts, history, ...rest } = changed;
	return {
		...facts,
		...rest,
		invoices: join(facts.invoices, invoices, byRef, (before, after) => changedInvoice(before, after, at)),
		payments: join(facts.payments, payments, byRef, changedPayment),
		claims: join(facts.claims, claims, byRef, changedClaim),
		contacts: join(facts.contacts, contacts, ({ channel }) => channel, takeNew),
		history: history === undefined ? facts.history : [...facts.history, ...history],
		...(appointments === undefined ? {} : { appointments: join(facts.appointments, appointments, byRef, keepRaised) }),
		...(flags === undefined ? {} : { flags: join(facts.flags, flags, byRef, keepRaised) }),
		...(disputes === undefined ? {} : { disputes: join(facts.disputes, disputes, byRef, changedDispute) }),
		...(plans === undefined ? {} : { plans: join(facts.plans, plans, byRef, changedPlan) }),
		...(promises === undefined ? {} : { promises: join(facts.promises, promises, byRef, changedPromise) }),
	};
}

const less = (facts: AccountFacts, gone: ReadonlySet<string>): AccountFacts =>
	Object.fromEntries(
		Object.entries(facts).map(([name, value]) => [
			name,
			Array.isArray(value) ? value.filter((one: { ref?: string }) => one.ref === undefined || !gone.has(one.ref)) : value,
		]),
	) as unknown as AccountFacts;

const byRef = ({ ref }: { ref: string }): string => ref;

/** In the order of what was there, the new ones behind. */
function join<T, C>(
	before: readonly T[] | undefined,
	changed: readonly C[] | undefined,
	key: (item: T | C) => string,
	merge: (before: T | undefined, after: C) => T,
): readonly T[] {
	const known = before ?? [];
	if (changed === undefined) return known;
	const out = new Map(known.map((item) => [key(item), item]));
	for (const item of changed) out.set(key(item), merge(out.get(key(item)), item));
	return [...out.values()];
}

const takeNew = <T>(_before: T | undefined, after: T): T => after;
const keepRaised = <T extends { raised: boolean }>(before: T | undefined, after: T): T => ({ ...after, raised: before?.raised ?? after.raised });

const NEW_INVOICE = { amountMinor: 0, disputed: false, raisedDays: 0, remindedDays: 0, pausedDays: 0 };

/** Owed anew is another debt under the same number: it climbs the ladder from its foot. */
function changedInvoice(before: InvoiceFacts | undefined, after: InvoiceChange, at: number): InvoiceFacts {
	if (before === undefined) return known({ asOf: at, ...NEW_INVOICE, ...after });
	const again = after.againSince !== undefined && after.againSince !== before.againSince;
	const { raisedDays, remindedDays, pausedDays } = again ? NEW_INVOICE : before;
	const status = before.statusRaised === undefined ? {} : { statusRaised: before.statusRaised };
	return known({ ...before, ...after, raisedDays, remindedDays, pausedDays, ...status });
}

const known = (invoice: InvoiceChange): InvoiceFacts =>
	Object.fromEntries(Object.entries(invoice).filter(([, value]) => value !== null)) as unknown as InvoiceFacts;

/** A payment that failed once more, or came back, is news. */
const changedPayment = (before: PaymentFacts | undefined, after: PaymentFacts): PaymentFacts =>
	before === undefined ? after : { ...after, raised: before.raised && before.status === after.status };

const changedClaim = (before: ClaimFacts | undefined, after: ClaimFacts): ClaimFacts =>
	before === undefined ? after : { ...after, raisedLines: before.raisedLines };

const changedDispute = (before: DisputeFacts | undefined, after: DisputeFacts): DisputeFacts =>
	before === undefined ? after : { ...after, raised: before.raised, acknowledged: before.acknowledged || after.acknowledged };

const changedPromise = (before: PromiseFacts | undefined, after: PromiseFacts): PromiseFacts =>
	before === undefined ? after : { ...after, raised: before.raised };

function changedPlan(before: PlanFacts | undefined, after: PlanFacts): PlanFacts {
	if (before === undefined) return after;
	const raised = new Map(before.installments.map((installment) => [installment.number, installment.raised]));
	const installments: InstallmentFacts[] = after.installments.map((installment) => ({
		...installment,
		raised: raised.get(installment.number) ?? installment.raised,
	}));
	return { ...after, brokenRaised: before.brokenRaised, installments };
}
