import { describe, expect, it } from 'vitest';
import { afterBusinessDays, firstWorkingMoment } from '../../shared/rules/staff-time.ts';

const NEW_YORK = 'America/New_York';
const PHOENIX = 'America/Phoenix';
const at = (text: string): number => Date.parse(text);
const iso = (ms: number): string => new Date(ms).toISOString();

describe('the first moment at which staff are at work', () => {
	it.each([
		['at eight in the morning', '2026-11-24T08:00:00-05:00', '2026-11-24T13:00:00.000Z'],
		['a second before five', '2026-11-24T16:59:59-05:00', '2026-11-24T21:59:59.000Z'],
		['early: at eight of the same day', '2026-11-24T03:00:00-05:00', '2026-11-24T13:00:00.000Z'],
		['at five: the next morning', '2026-11-24T17:00:00-05:00', '2026-11-25T13:00:00.000Z'],
		['on the evening before Thanksgiving: on Friday', '2026-11-25T20:00:00-05:00', '2026-11-27T13:00:00.000Z'],
		['on Thanksgiving at noon: on Friday', '2026-11-26T12:00:00-05:00', '2026-11-27T13:00:00.000Z'],
		['on Saturday: on Monday', '2026-11-28T10:00:00-05:00', '2026-11-30T13:00:00.000Z'],
		['on Sunday night: on Monday', '2026-11-29T23:00:00-05:00', '2026-11-30T13:00:00.000Z'],
	])('%s', (_, from, to) => {
		expect(iso(firstWorkingMoment(at(from), NEW_YORK, []))).toBe(to);
	});

	it('is by the clock of the practice, and not on a day it is closed', () => {
		expect(iso(firstWorkingMoment(at('2026-11-25T23:30:00Z'), PHOENIX, []))).toBe('2026-11-25T23:30:00.000Z');
		expect(iso(firstWorkingMoment(at('2026-11-25T23:30:00Z'), NEW_YORK, []))).toBe('2026-11-27T13:00:00.000Z');
		expect(iso(firstWorkingMoment(at('2026-11-26T12:00:00Z'), PHOENIX, ['2026-11-27']))).toBe('2026-11-30T15:00:00.000Z');
	});
});

describe('so many business days later', () => {
	it.each([
		['a Tuesday noon and two days around Thanksgiving', '2026-11-24T12:00:05-05:00', 2, [], '2026-11-27T17:00:05.000Z'],
		['with the Friday closed', '2026-11-24T12:00:00-05:00', 2, ['2026-11-27'], '2026-11-30T17:00:00.000Z'],
		['five days', '2026-11-24T12:00:00-05:00', 5, [], '2026-12-02T17:00:00.000Z'],
		['found on the evening before the holiday: the clock starts on Friday morning', '2026-11-25T20:00:00-05:00', 1, [], '2026-11-30T13:00:00.000Z'],
		['none: as soon as somebody is there', '2026-11-28T10:00:00-05:00', 0, [], '2026-11-30T13:00:00.000Z'],
		['over the change of clocks: the same time of day', '2026-10-30T12:00:00-04:00', 1, [], '2026-11-02T17:00:00.000Z'],
	])('%s', (_, from, days, closures, to) => {
		expect(iso(afterBusinessDays(at(from), days, NEW_YORK, closures))).toBe(to);
	});

	it('is an hour or two apart between New York and Phoenix, which keeps its clocks', () => {
		expect(iso(afterBusinessDays(at('2026-11-24T17:00:00Z'), 2, PHOENIX, []))).toBe('2026-11-27T17:00:00.000Z');
		expect(iso(afterBusinessDays(at('2026-11-24T14:00:00Z'), 2, PHOENIX, []))).toBe('2026-11-27T15:00:00.000Z');
		expect(iso(afterBusinessDays(at('2026-11-24T14:00:00Z'), 2, NEW_YORK, []))).toBe('2026-11-27T14:00:00.000Z');
	});
});
