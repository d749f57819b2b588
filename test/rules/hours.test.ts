import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockMinutes, type Hours, localClock, localDay, nextAllowed } from '../../shared/rules/index.ts';

const hours = (start: string, end: string, sunday = true): Hours => ({ start: clockMinutes(start), end: clockMinutes(end), sunday });
const DEFAULT = hours('08:00', '21:00');
const next = (instant: string, zones: string[], window = DEFAULT): string | undefined => {
	const at = nextAllowed(Date.parse(instant), zones, window);
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
		const window = fc
			.record({ start: fc.integer({ min: 0, max: 1380 }), length: fc.integer({ min: 60, max: 1440 }), sunday: fc.boolean() })
			.map(({ start, length, sunday }) => ({ start, end: Math.min(1440, start + length), sunday }));
		const instant = fc.integer({ min: Date.parse('2020-01-01T00:00:00Z'), max: Date.parse('2036-01-01T00:00:00Z') });
		fc.assert(
			fc.property(instant, fc.uniqueArray(fc.constantFrom(...zones), { minLength: 1, maxLength: 3 }), window, (now, some, chosen) => {
				const at = nextAllowed(now, some, chosen);
				if (at === undefined) return;
				expect(at).toBeGreaterThanOrEqual(now);
				for (const zone of some) {
					const minute = localClock(at, zone);
					expect(minute).toBeGreaterThanOrEqual(chosen.start);
					expect(minute).toBeLessThan(chosen.end);
					if (!chosen.sunday) expect(new Date(`${localDay(at, zone)}T00:00:00Z`).getUTCDay()).not.toBe(0);
				}
				if (at > now) expect(nextAllowed(at - 1000, some, chosen)).toBe(at);
			}),
			{ numRuns: 400 },
		);
	});
});
