import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockMinutes, type Hours, localClock, localDay, nextAllowed, type Window } from '../../shared/rules/index.ts';

const window = (start: string, end: string): Window => ({ start: clockMinutes(start), end: clockMinutes(end) });
const hours = (start: string, end: string, sunday = true): Hours => ({ daily: window(start, end), sunday: sunday ? window(start, end) : undefined });
const DEFAULT = hours('08:00', '21:00');
const next = (instant: string, zones: string[], open = DEFAULT): string | undefined => {
	const at = nextAllowed(Date.parse(instant), zones, open);
	return at === undefined ? undefined : new Date(at).toISOString();
};

describe('the hours for messages', () => {
	test.each([
		['inside the window it is now', '2026-11-24T16:00:00Z', ['America/New_York'], '2026-11-24T16:00:00.000Z'],
		['a minute before the start', '2026-11-24T12:59:00Z', ['America/New_York'], '2026-11-24T13:00:00.000Z'],
		['the end itself is outside', '2026-11-25T02:00:00Z', ['America/New_York'], '2026-11-25T13:00:00.000Z'],
		[
			'an Eastern number and a Pacific address: 11:00 to 21:00 Eastern',
			'2026-11-24T13:00:00Z',
			['America/New_York', 'America/Los_Angeles'],
			'2026-11-24T16:00:00.000Z',
		],
		['the intersection ends with the eastern clock', '2026-11-25T02:30:00Z', ['America/New_York', 'America/Los_Angeles'], '2026-11-25T16:00:00.000Z'],
		['Arizona in summer is three hours behind New York', '2026-07-01T14:00:00Z', ['America/Phoenix'], '2026-07-01T15:00:00.000Z'],
		[
			'the Navajo Nation is an hour ahead of Arizona, which counts in the evening',
			'2026-07-02T03:30:00Z',
			['America/Phoenix', 'America/Denver'],
			'2026-07-02T15:00:00.000Z',
		],
		['Hawaii', '2026-11-24T16:00:00Z', ['Pacific/Honolulu'], '2026-11-24T18:00:00.000Z'],
		['Indiana before Central has opened', '2026-11-24T13:30:00Z', ['America/Indiana/Indianapolis', 'America/Chicago'], '2026-11-24T14:00:00.000Z'],
		['Tennessee at 20:30 Central, 21:30 Eastern', '2026-11-25T02:30:00Z', ['America/Chicago', 'America/New_York'], '2026-11-25T14:00:00.000Z'],
		['the day the clock goes forward', '2026-03-08T11:30:00Z', ['America/New_York'], '2026-03-08T12:00:00.000Z'],
		['the day the clock goes back', '2026-11-01T12:30:00Z', ['America/New_York'], '2026-11-01T13:00:00.000Z'],
	])('%s', (_, instant, zones, expected) => {
		expect(next(instant, zones)).toBe(expected);
	});

	test('without a zone no hour is known to be decent', () => {
		expect(next('2026-11-24T16:00:00Z', [])).toBeUndefined();
	});

	test('windows that never meet are never', () => {
		expect(next('2026-11-24T16:00:00Z', ['America/New_York', 'Pacific/Honolulu'], hours('09:00', '10:00'))).toBeUndefined();
	});

	test('Sundays are skipped when the policy says so, on every clock', () => {
		const weekdays = hours('09:00', '20:00', false);
		expect(next('2026-11-22T16:00:00Z', ['America/New_York'], weekdays)).toBe('2026-11-23T14:00:00.000Z');
		expect(next('2026-11-22T02:00:00Z', ['America/New_York'], weekdays)).toBe('2026-11-23T14:00:00.000Z');
		expect(next('2026-11-22T22:30:00Z', ['Pacific/Guam', 'America/Los_Angeles'], weekdays)).toBe('2026-11-23T23:00:00.000Z');
	});

	test.each([
		['Sunday morning waits for noon', '2026-11-22T15:00:00Z', '2026-11-22T17:00:00.000Z'],
		['Sunday at noon it is now', '2026-11-22T17:00:00Z', '2026-11-22T17:00:00.000Z'],
		['Sunday at 20:59 it is now', '2026-11-23T01:59:59Z', '2026-11-23T01:59:59.000Z'],
		['Sunday at 21:00 it is Monday', '2026-11-23T02:00:00Z', '2026-11-23T14:00:00.000Z'],
		['Saturday night waits for Sunday noon', '2026-11-22T02:00:00Z', '2026-11-22T17:00:00.000Z'],
	])('a Sunday may have hours of its own: %s', (_, instant, expected) => {
		expect(next(instant, ['America/New_York'], { daily: window('09:00', '21:00'), sunday: window('12:00', '21:00') })).toBe(expected);
	});

	test('a Sunday on one clock and a Monday on another: both windows hold', () => {
		const open = { daily: window('09:00', '20:00'), sunday: window('12:00', '20:00') };
		expect(next('2026-11-22T22:30:00Z', ['Pacific/Guam', 'America/Los_Angeles'], open)).toBe('2026-11-22T23:00:00.000Z');
		expect(next('2026-11-23T03:30:00Z', ['Pacific/Guam', 'America/Los_Angeles'], open)).toBe('2026-11-23T03:30:00.000Z');
	});

	test('a window that ends before it starts never opens', () => {
		expect(next('2026-11-24T16:00:00Z', ['America/New_York'], hours('21:00', '20:00'))).toBeUndefined();
	});

	test('a start that the clock skips is the first instant after the gap', () => {
		expect(next('2026-03-08T06:00:00Z', ['America/New_York'], hours('02:30', '12:00'))).toBe('2026-03-08T07:00:00.000Z');
	});

	test('a window that the clock skips whole is closed that day', () => {
		expect(next('2026-03-08T06:00:00Z', ['America/New_York'], hours('02:00', '03:00'))).toBe('2026-03-09T06:00:00.000Z');
	});

	test('when the clock shows the start a second time the window closes and opens again', () => {
		const night = hours('01:30', '12:00');
		expect(next('2026-11-01T05:45:30Z', ['America/New_York'], night)).toBe('2026-11-01T05:45:30.000Z');
		expect(next('2026-11-01T06:10:20Z', ['America/New_York'], night)).toBe('2026-11-01T06:30:00.000Z');
	});

	test('no message arrives outside the window in any zone on any date', () => {
		const zones = [
			'America/New_York',
			'America/Chicago',
			'America/Denver',
			'America/Phoenix',
			'America/Los_Angeles',
			'America/Anchorage',
			'America/Adak',
			'Pacific/Honolulu',
			'Pacific/Guam',
			'America/St_Johns',
			'Pacific/Pago_Pago',
			'Australia/Lord_Howe',
		];
		const minutes = fc
			.record({ start: fc.integer({ min: 0, max: 1380 }), length: fc.integer({ min: 60, max: 1440 }) })
			.map(({ start, length }): Window => ({ start, end: Math.min(1440, start + length) }));
		const open = fc.record({ daily: minutes, sunday: fc.option(minutes, { nil: undefined }) });
		const instant = fc.integer({ min: Date.parse('2026-01-01T00:00:00Z'), max: Date.parse('2029-01-01T00:00:00Z') });
		fc.assert(
			fc.property(instant, fc.uniqueArray(fc.constantFrom(...zones), { minLength: 1, maxLength: 3 }), open, (now, some, chosen) => {
				const at = nextAllowed(now, some, chosen);
				if (at === undefined) return;
				expect(at).toBeGreaterThanOrEqual(now);
				for (const zone of some) {
					const minute = localClock(at, zone);
					const sunday = new Date(`${localDay(at, zone)}T00:00:00Z`).getUTCDay() === 0;
					const { start, end } = (sunday ? chosen.sunday : chosen.daily) ?? { start: 1440, end: 0 };
					expect(minute).toBeGreaterThanOrEqual(start);
					expect(minute).toBeLessThan(end);
				}
				if (at > now) expect(nextAllowed(at - 1000, some, chosen)).toBe(at);
			}),
			{ numRuns: 400 },
		);
	});
});
