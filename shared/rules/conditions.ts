/** A practice's own conditions: read once into closures over a closed list of facts, three-valued. */
import { CONDITION_FACTS, type Condition, type ConditionFact } from '../contracts/condition.ts';
import type { FieldError } from '../contracts/failure.ts';
import { fromMinor } from '../contracts/money.ts';
import type { LineState } from '../contracts/words.ts';
import { isRunning } from './arrangements.ts';
import { DAY, localDayNumber } from './calendar.ts';
import { unpaidCycles } from './cycles.ts';
import { type Compiled, compileCheck, type Getter } from './leaves.ts';
import type { Scene } from './scene.ts';

type Kind = 'number' | 'string' | 'boolean';

/** What each fact is, so that a comparison that can never hold is refused when the policy is saved. */
const KINDS: Readonly<Record<ConditionFact, Kind>> = {
	balance: 'number',
	eligible: 'number',
	oldest_days: 'number',
	unpaid_invoices: 'number',
	messages_30_days: 'number',
	delivery_failures: 'number',
	days_since_payment: 'number',
	unpaid_cycles: 'number',
	plan_type: 'string',
	high_deductible: 'boolean',
	state: 'string',
	location: 'string',
	denied_claim_open: 'boolean',
	on_plan: 'boolean',
};

/** Amounts are decimals in the account's currency, as the condition's own; undefined is unknown. */
const GETTERS: Readonly<Record<ConditionFact, Getter<Scene>>> = {
	balance: ({ totalMinor, facts }) => fromMinor(totalMinor, facts.currency),
	eligible: ({ eligibleMinor, facts }) => fromMinor(eligibleMinor, facts.currency),
	oldest_days: oldestDays,
	unpaid_invoices: ({ views }) => views.filter((view) => view.owedMinor > 0).length,
	messages_30_days: (scene) => recent(scene).length,
	delivery_failures: (scene) => recent(scene).filter((contact) => contact.failed === true).length,
	days_since_payment: ({ facts, today }) => (facts.lastPaymentAt === undefined ? undefined : today - localDayNumber(facts.lastPaymentAt, facts.practiceZone)),
	unpaid_cycles: unpaidCycles,
	plan_type: ({ facts }) => facts.planType,
	high_deductible: ({ facts }) => facts.highDeductible,
	state: ({ facts }) => facts.state,
	location: ({ facts }) => facts.location,
	denied_claim_open: ({ facts }) => facts.claims.some(isDenied) || facts.invoices.some(({ lines = [] }) => isDenied({ lines })),
	on_plan: ({ facts, arrangements }) =>
		facts.invoices.some((invoice) => invoice.onPlan === true) || arrangements?.plans.some((plan) => isRunning(plan.status)) === true,
};

/** Age of the oldest invoice that is owed; unknown when one of them has no age: it may be the oldest. */
export function oldestDays({ views }: Scene): number | undefined {
	let oldest = 0;
	for (const { owedMinor, age } of views) {
		if (owedMinor === 0) continue;
		if (age === undefined) return undefined;
		oldest = Math.max(oldest, age);
	}
	return oldest;
}

/** Messages of the past 30 days. */
export const recent = ({ facts, now }: Scene): readonly { at: number; failed?: boolean }[] => facts.history.filter(({ at }) => now - at < 30 * DAY);

const DENIED: readonly LineState[] = ['denied_open', 'in_appeal'];
export const isDenied = ({ lines }: { lines: readonly { state: LineState }[] }): boolean => lines.some((line) => DENIED.includes(line.state));

/** Every group must hold; a group holds when one of its comparisons does. */
export const compileCondition = ({ all }: Condition): Compiled<Scene> => compileCheck({ all: all.map(({ any }) => ({ any })) }, GETTERS);

/** Comparisons that can never hold: a word against a number, or "below" of a word. `field` is the condition's own path. */
export function conditionFaults({ all }: Condition, field: string): FieldError[] {
	return all.flatMap(({ any }, group) =>
		any.flatMap(({ fact, op, value }, index) => {
			const path = `${field}.all.${group}.any.${index}`;
			const kind = KINDS[fact];
			if (typeof value !== kind) return [{ field: `${path}.value`, message: `"${CONDITION_FACTS[fact]}" is compared with a ${WORDS[kind]}. Give one.` }];
			if (kind !== 'number' && op !== '=') return [{ field: `${path}.op`, message: `"${CONDITION_FACTS[fact]}" has no order. Use "=".` }];
			return [];
		}),
	);
}

const WORDS: Readonly<Record<Kind, string>> = { number: 'number', string: 'text', boolean: 'yes or no (true or false)' };

/** Values with which a condition compares a fact: where it counts days, time alone changes what it says there. */
export const valuesOf = ({ all }: Condition, wanted: ConditionFact): number[] =>
	all.flatMap(({ any }) => any.flatMap(({ fact, value }) => (fact === wanted ? [value as number] : [])));

export const names = ({ all }: Condition, wanted: readonly ConditionFact[]): boolean => all.some(({ any }) => any.some(({ fact }) => wanted.includes(fact)));
