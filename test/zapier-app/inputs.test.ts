import { describe, expect, it } from 'vitest';
import type { InputField } from '../../zapier-app/src/definition.ts';
import { cleanInput } from '../../zapier-app/src/inputs.ts';
import { projector } from '../../zapier-app/src/outputs.ts';

const one = (field: Partial<InputField>, value: unknown) => cleanInput([{ key: 'x', ...field }], { x: value });

describe('an input', () => {
	it.each([[''], ['   '], [null], [undefined], [[]]])('that is empty (%j) is left out', (value) => {
		expect(one({ type: 'string' }, value)).toEqual({});
		expect(one({ type: 'number' }, value)).toEqual({});
		expect(one({ children: [{ key: 'y', type: 'string' }] }, value)).toEqual({});
	});

	it.each([
		['84.20', 84.2],
		['$1,084.20', 1084.2],
		['-3', -3],
		['.5', 0.5],
		['0', 0],
		['0.29', 0.29],
		['-$5', -5],
		['1,000,000', 1_000_000],
	])('of a number reads %j', (text, number) => {
		expect(one({ type: 'number' }, text)).toEqual({ x: number });
	});

	it.each([
		['1,5'],
		['1.084,20'],
		['10,84.20'],
		['12 dollars'],
		['$'],
		['-'],
		['1e3'],
		['0x10'],
		['Infinity'],
		['€84'],
	])('of a number does not guess %j', (text) => {
		expect(one({ type: 'number' }, text)).toEqual({ x: text });
	});

	it.each([
		['true', true],
		['False', false],
		['YES', true],
		['no', false],
		['1', true],
		['0', false],
		[true, true],
		[false, false],
	])('of yes or no reads %j', (given, flag) => {
		expect(one({ type: 'boolean' }, given)).toEqual({ x: flag });
	});

	it.each([
		['2026-11-10T00:00:00-05:00', '2026-11-10'],
		['2026-11-10T23:59:59Z', '2026-11-10'],
		['2026-11-10 08:00', '2026-11-10'],
		['2026-11-10', '2026-11-10'],
		['11/10/2026', '11/10/2026'],
	])('of a day takes the day out of %j', (given, day) => {
		expect(one({ type: 'datetime', meta: { day: true } }, given)).toEqual({ x: day });
	});

	it.each([
		['2026-11-10T08:00:00-0500', '2026-11-10T08:00:00-05:00'],
		['2026-11-10 08:00:00+00:00', '2026-11-10T08:00:00+00:00'],
		['2026-11-10T08:00:00Z', '2026-11-10T08:00:00Z'],
		['2026-11-10', '2026-11-10'],
	])('of a moment %j keeps its offset', (given, moment) => {
		expect(one({ type: 'datetime' }, given)).toEqual({ x: moment });
	});

	it('of text takes numbers from other apps as text', () => {
		expect(one({ type: 'string' }, 1042)).toEqual({ x: '1042' });
		expect(one({ type: 'string' }, true)).toEqual({ x: 'true' });
	});

	it('that was not declared, or is only a note, does not travel', () => {
		expect(cleanInput([{ key: 'note', type: 'copy', helpText: 'x' }], { note: 'x', other: 1 })).toEqual({});
		expect(cleanInput([{ key: 'x' }], null)).toEqual({});
	});

	it('of several values may come as one', () => {
		expect(one({ type: 'integer', list: true }, ['1', '', '2'])).toEqual({ x: [1, 2] });
		expect(one({ type: 'integer', list: true }, '7')).toEqual({ x: [7] });
		expect(one({ type: 'integer', list: true }, ['', null])).toEqual({});
	});
});

describe('an answer', () => {
	const project = projector([
		{ key: 'a', label: 'A', type: 'string' },
		{ key: 'tags', label: 'Tags', type: 'string', list: true },
		{ key: 'deep__b', label: 'B', type: 'number' },
		{ key: 'deep__more__c', label: 'C', type: 'number' },
		{ key: 'items[]d', label: 'D', type: 'string' },
		{ key: 'items[]e__f', label: 'F', type: 'string' },
	]);

	it('keeps the declared keys at every depth and no other', () => {
		expect(project({ a: 'x', z: 1, tags: ['t'], deep: { b: 2, z: 3, more: { c: 4, z: 5 } }, items: [{ d: 'y', z: 6, e: { f: 'g', z: 7 } }] })).toEqual({
			a: 'x',
			tags: ['t'],
			deep: { b: 2, more: { c: 4 } },
			items: [{ d: 'y', e: { f: 'g' } }],
		});
	});

	it('has every declared key when nothing came', () => {
		expect(project(undefined)).toEqual({ a: null, tags: [], deep: { b: null, more: { c: null } }, items: [] });
	});
});
