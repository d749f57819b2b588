/** What the rules of one account share while they decide. */
import type { Arrangements } from './arrangements.ts';
import type { InvoiceView } from './eligibility.ts';
import type { Plan } from './plan.ts';
import type { AccountFacts, HoldFacts, Trace } from './types.ts';

export interface Scene {
	readonly plan: Plan;
	readonly facts: AccountFacts;
	readonly now: number;
	/** Day number of `now` in the practice's zone. */
	readonly today: number;
	readonly views: readonly InvoiceView[];
	/** Holds that stand now, without imports that settle. */
	readonly holds: readonly HoldFacts[];
	/** Plans and promises as they stand today; undefined where there are none. */
	readonly arrangements: Arrangements | undefined;
	/** What the source says is owed, what is owed as far as anyone knows, and what may be asked for. Minor units, after credits. */
	readonly totalMinor: number;
	readonly owedMinor: number;
	readonly eligibleMinor: number;
	readonly trace: Trace[];
}

/**
 * The newest fact about money tells one rise (or fall) of a balance from an earlier one, and is the same in every run
 * over the same facts: it makes the keys of events that may happen again.
 */
export function newestFact(facts: AccountFacts): number {
	let newest = facts.lastPaymentAt ?? 0;
	for (const invoice of facts.invoices) newest = Math.max(newest, invoice.asOf);
	return newest;
}

/** By code units: the same on every machine, unlike a locale's order. */
export const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Facts in an order of their own: theirs never changes a decision. */
export const byRef = <T extends { ref: string }>(facts: readonly T[]): readonly T[] =>
	facts.length > 1 ? facts.toSorted((a, b) => compareText(a.ref, b.ref)) : facts;
