import { describe, expect, test } from 'vitest';
import { type Check, compileCheck, type Leaf, type Ternary } from '../../shared/rules/index.ts';

interface Facts {
	days?: number;
	status?: string;
	paid?: boolean;
}

const getters = { days: (facts: Facts) => facts.days, status: (facts: Facts) => facts.status, paid: (facts: Facts) => facts.paid };
const run = (check: Check, facts: Facts): { ok: Ternary; leaves: Leaf[] } => {
	const leaves: Leaf[] = [];
	return { ok: compileCheck(check, getters)(facts, leaves), leaves };
};
const old: Check = { fact: 'days', op: '>=', value: 30 };
const paid: Check = { fact: 'paid', op: '=', value: true };

describe('leaves', () => {
	test.each<[Check, Facts, Ternary]>([
		[{ fact: 'days', op: '<', value: 7 }, { days: 6 }, true],
		[{ fact: 'days', op: '<', value: 7 }, { days: 7 }, false],
		[{ fact: 'days', op: '<', value: 7 }, {}, undefined],
		[{ fact: 'days', op: '<=', value: 7 }, { days: 7 }, true],
		[{ fact: 'days', op: '<=', value: 7 }, {}, undefined],
		[{ fact: 'days', op: '>', value: 7 }, { days: 7 }, false],
		[{ fact: 'days', op: '>', value: 7 }, {}, undefined],
		[{ fact: 'days', op: '>=', value: 7 }, { days: 7 }, true],
		[{ fact: 'days', op: '>=', value: 7 }, {}, undefined],
		[{ fact: 'status', op: '=', value: 'failed' }, { status: 'failed' }, true],
		[{ fact: 'status', op: '=', value: 'failed' }, {}, undefined],
		[{ fact: 'status', op: 'in', value: ['failed', 'returned'] }, { status: 'returned' }, true],
		[{ fact: 'status', op: 'in', value: ['failed', 'returned'] }, { status: 'paid' }, false],
		[{ fact: 'status', op: 'in', value: ['failed', 'returned'] }, {}, undefined],
		[{ fact: 'status', op: 'known' }, {}, false],
		[{ fact: 'status', op: 'known' }, { status: '' }, true],
	])('%j over %j is %s', (check, facts, expected) => {
		expect(run(check, facts).ok).toBe(expected);
	});

	test('each writes down what it saw', () => {
		expect(run(old, { days: 31 }).leaves).toEqual([{ fact: 'days', op: '>=', expected: 30, actual: 31, ok: true }]);
		expect(run(old, {}).leaves).toEqual([{ fact: 'days', op: '>=', expected: 30, actual: undefined, ok: undefined }]);
	});
});

describe('three-valued logic', () => {
	test.each<[string, Check, Facts, Ternary, number]>([
		['all: true and true', { all: [old, paid] }, { days: 30, paid: true }, true, 2],
		['all: false decides at once', { all: [old, paid] }, { days: 1 }, false, 1],
		['all: unknown and true is unknown', { all: [old, paid] }, { paid: true }, undefined, 2],
		['all: unknown and false is false', { all: [old, paid] }, { paid: false }, false, 2],
		['any: true decides at once', { any: [old, paid] }, { days: 30 }, true, 1],
		['any: unknown or true is true', { any: [old, paid] }, { paid: true }, true, 2],
		['any: unknown or false is unknown', { any: [old, paid] }, { paid: false }, undefined, 2],
		['any: false or false', { any: [old, paid] }, { days: 1, paid: false }, false, 2],
		['not true', { not: old }, { days: 30 }, false, 1],
		['not false', { not: old }, { days: 1 }, true, 1],
		['not unknown', { not: old }, {}, undefined, 1],
	])('%s', (_, check, facts, expected, looked) => {
		const { ok, leaves } = run(check, facts);
		expect(ok).toBe(expected);
		expect(leaves).toHaveLength(looked);
	});

	test('a misspelt fact is refused when it is compiled, not read as unknown for ever', () => {
		expect(() => compileCheck({ all: [{ fact: 'dayz', op: '<', value: 1 }] }, getters)).toThrow('No fact is called "dayz". Use one of: days, status, paid.');
	});
});
