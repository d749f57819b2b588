/**
 * Conditions as data, compiled once to closures. Evaluation is three-valued: a comparison with a fact that
 * nobody knows is neither true nor false, and `all`, `any`, `not` carry that through (Kleene). Every leaf
 * that is looked at writes itself down, so a person can read what a decision saw.
 */
import { Failure } from '../contracts/failure.ts';
import type { Leaf } from './types.ts';

export type Ternary = boolean | undefined;
type Op = Leaf['op'];

export type Check = { all: readonly Check[] } | { any: readonly Check[] } | { not: Check } | { fact: string; op: Op; value?: unknown };

export type Getter<F> = (facts: F) => unknown;
export type Compiled<F> = (facts: F, leaves: Leaf[]) => Ternary;

/** Compares and writes the leaf down; undefined when the fact is unknown. */
export function leaf(leaves: Leaf[], fact: string, op: Op, expected: unknown, actual: unknown): Ternary {
	const ok = op === 'known' ? actual !== undefined : actual === undefined ? undefined : compare(op, actual, expected);
	leaves.push({ fact, op, expected, actual, ok });
	return ok;
}

function compare(op: Exclude<Op, 'known'>, actual: unknown, expected: unknown): boolean {
	switch (op) {
		case '=':
			return actual === expected;
		case '<':
			return (actual as number) < (expected as number);
		case '<=':
			return (actual as number) <= (expected as number);
		case '>':
			return (actual as number) > (expected as number);
		case '>=':
			return (actual as number) >= (expected as number);
		case 'in':
			return (expected as readonly unknown[]).includes(actual);
	}
}

/**
 * `getters` names the facts and reads them; one function per fact keeps property access fast. Throws
 * Failure `invalid` for a fact that it does not name: a misspelt fact must not read as unknown for ever.
 */
export function compileCheck<F>(check: Check, getters: Readonly<Record<string, Getter<F>>>): Compiled<F> {
	if ('all' in check) return compileAll(check.all.map((child) => compileCheck(child, getters)));
	if ('any' in check) return compileAny(check.any.map((child) => compileCheck(child, getters)));
	if ('not' in check) return compileNot(compileCheck(check.not, getters));
	const get = getters[check.fact];
	if (get === undefined)
		throw new Failure('invalid', `No fact is called "${check.fact}". Use one of: ${Object.keys(getters).join(', ')}.`, { code: 'unknown_fact' });
	return compileLeaf(check.fact, check.op, check.value, get);
}

/** One closure per operator: a shared one that switches on the operator at run time costs a third of the speed. */
function compileLeaf<F>(fact: string, op: Op, expected: unknown, get: Getter<F>): Compiled<F> {
	switch (op) {
		case 'known':
			return (facts, leaves) => {
				const actual = get(facts);
				const ok = actual !== undefined;
				leaves.push({ fact, op, expected, actual, ok });
				return ok;
			};
		case '=':
			return (facts, leaves) => {
				const actual = get(facts);
				const ok = actual === undefined ? undefined : actual === expected;
				leaves.push({ fact, op, expected, actual, ok });
				return ok;
			};
		case 'in': {
			const values = expected as readonly unknown[];
			return (facts, leaves) => {
				const actual = get(facts);
				const ok = actual === undefined ? undefined : values.includes(actual);
				leaves.push({ fact, op, expected, actual, ok });
				return ok;
			};
		}
		default:
			return compileOrder(fact, op, expected as number, get);
	}
}

function compileOrder<F>(fact: string, op: '<' | '<=' | '>' | '>=', bound: number, get: Getter<F>): Compiled<F> {
	switch (op) {
		case '<':
			return (facts, leaves) => {
				const actual = get(facts) as number | undefined;
				const ok = actual === undefined ? undefined : actual < bound;
				leaves.push({ fact, op, expected: bound, actual, ok });
				return ok;
			};
		case '<=':
			return (facts, leaves) => {
				const actual = get(facts) as number | undefined;
				const ok = actual === undefined ? undefined : actual <= bound;
				leaves.push({ fact, op, expected: bound, actual, ok });
				return ok;
			};
		case '>':
			return (facts, leaves) => {
				const actual = get(facts) as number | undefined;
				const ok = actual === undefined ? undefined : actual > bound;
				leaves.push({ fact, op, expected: bound, actual, ok });
				return ok;
			};
		case '>=':
			return (facts, leaves) => {
				const actual = get(facts) as number | undefined;
				const ok = actual === undefined ? undefined : actual >= bound;
				leaves.push({ fact, op, expected: bound, actual, ok });
				return ok;
			};
	}
}

/** False decides at once; unknown does not, a later child may still be false. */
function compileAll<F>(children: readonly Compiled<F>[]): Compiled<F> {
	return (facts, leaves) => {
		let result: Ternary = true;
		for (let i = 0; i < children.length; i++) {
			const ok = (children[i] as Compiled<F>)(facts, leaves);
			if (ok === false) return false;
			if (ok === undefined) result = undefined;
		}
		return result;
	};
}

function compileAny<F>(children: readonly Compiled<F>[]): Compiled<F> {
	return (facts, leaves) => {
		let result: Ternary = false;
		for (let i = 0; i < children.length; i++) {
			const ok = (children[i] as Compiled<F>)(facts, leaves);
			if (ok === true) return true;
			if (ok === undefined) result = undefined;
		}
		return result;
	};
}

function compileNot<F>(child: Compiled<F>): Compiled<F> {
	return (facts, leaves) => {
		const ok = child(facts, leaves);
		return ok === undefined ? undefined : !ok;
	};
}
