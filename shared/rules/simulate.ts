/**
 * Two policies tried on the same past: the same accounts, the same facts as they became known, and what each policy
 * would have made of them. What really was sent in the span is left out; each policy sees what it would have sent
 * itself. Every message leaves as soon as the rules let it and arrives; nobody pays or answers because of it.
 */
import type { CompiledPolicy } from './decide.ts';
import { firstDifference } from './simulation/compare.ts';
import { courseOf } from './simulation/course.ts';
import { addCourse, differenceOf, emptyTally, orderedTally } from './simulation/tally.ts';
import type { Example, SimulatedAccount, SimulationResult, Span } from './simulation/types.ts';

export { type ActDocument, documentOf, type SimulationDocument, type TallyDocument } from './simulation/document.ts';
export type * from './simulation/types.ts';

export interface Simulation {
	/** Accounts may come in any order, one after the other: the result is the same. */
	add(account: SimulatedAccount): void;
	result(): SimulationResult;
}

const EXAMPLES = 20;

export function startSimulation(a: CompiledPolicy, b: CompiledPolicy, span: Span): Simulation {
	const tallies = { a: emptyTally(), b: emptyTally() };
	const texts = new Map<string, string>();
	const titles = new Map<string, string>();
	const differing: Example[] = [];
	let accounts = 0;
	return {
		add(account) {
			const courses = { a: courseOf(account, a, span), b: courseOf(account, b, span) };
			accounts += 1;
			for (const side of ['a', 'b'] as const) {
				addCourse(tallies[side], courses[side], account.facts.currency);
				for (const [code, text] of courses[side].texts) keepText(texts, code, text);
				for (const [code, text] of courses[side].titles) keepText(titles, code, text);
			}
			const difference = firstDifference(account.facts, courses.a, courses.b);
			if (difference !== undefined) differing.push(difference);
		},
		result: () => ({
			from: span.from,
			to: span.to,
			accounts,
			changed: differing.length,
			a: orderedTally(tallies.a),
			b: orderedTally(tallies.b),
			difference: differenceOf(tallies.a, tallies.b),
			texts: Object.fromEntries([...new Map([...titles, ...texts])].sort(([one], [other]) => (one < other ? -1 : 1))),
			examples: differing.toSorted((one, other) => (one.account < other.account ? -1 : 1)).slice(0, span.examples ?? EXAMPLES),
		}),
	};
}

/** Sentences differ by account (an amount, a day): the first by the alphabet is shown, whichever account came first. */
function keepText(texts: Map<string, string>, code: string, text: string): void {
	const known = texts.get(code);
	if (known === undefined || text < known) texts.set(code, text);
}

export function simulate(accounts: Iterable<SimulatedAccount>, a: CompiledPolicy, b: CompiledPolicy, span: Span): SimulationResult {
	const simulation = startSimulation(a, b, span);
	for (const account of accounts) simulation.add(account);
	return simulation.result();
}
