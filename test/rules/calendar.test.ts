import { describe, expect, test } from 'vitest';
import { dayNumber, dayText, instantOf, isFederalHoliday, localText, offsetAt, weekday } from '../../shared/rules/calendar.ts';
import { addBusinessDays, daysBetween, localClock, localDay, startOfDay } from '../../shared/rules/index.ts';

const at = (text: string): number => Date.parse(text);
const iso = (instant: number): string => new Date(instant).toISOString();

describe('local days and clocks', () => {
	test.each([
		['2026-11-24T04:59:59Z', 'America/New_York', '2026-11-23', 1439],
		['2026-11-24T05:00:00Z', 'America/New_York', '2026-11-24', 0],
		['2026-11-24T09:59:00Z', 'Pacific/Honolulu', '2026-11-23', 1439],
		['2026-11-24T16:00:00Z', 'Pacific/Guam', '2026-11-25', 120],
		['2026-07-01T12:00:00Z', 'America/Phoenix', '2026-07-01', 300],
		['2026-07-01T12:00:00Z', 'America/Denver', '2026-07-01', 360],
		['2026-01-01T00:00:00Z', 'UTC', '2026-01-01', 0],
		['1969-12-31T23:30:00Z', 'UTC', '1969-12-31', 1410],
	])('at %s the clock in %s shows %s and %i minutes', (instant, zone, day, minutes) => {
		expect(localDay(at(instant), zone)).toBe(day);
		expect(localClock(at(instant), zone)).toBe(minutes);
	});

	test('every offset agrees with Intl, hour by hour around both changes of the clock', () => {
		for (const zone of ['America/New_York', 'America/Adak', 'Australia/Lord_Howe', 'America/St_Johns', 'Africa/Casablanca']) {
			const format = new Intl.DateTimeFormat('en-CA', {
				timeZone: zone,
				hourCycle: 'h23',
				year: 'numeric',
				month: '2-digit',
				day: '2-digit',
				hour: '2-digit',
				minute: '2-digit',
			});
			for (const start of [at('2026-03-06T00:00:00Z'), at('2026-10-30T00:00:00Z'), at('2026-04-03T00:00:00Z')]) {
				for (let instant = start; instant < start + 4 * 86_400_000; instant += 1_800_000) {
					const [day, clock = ''] = format.format(instant).split(', ');
					expect([localDay(instant, zone), localClock(instant, zone)]).toEqual([day, Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))]);
				}
			}
		}
	});

	test('the change itself is exact to the second', () => {
		expect(offsetAt(at('2026-03-08T06:59:59Z'), 'America/New_York')).toBe(-5 * 3_600_000);
		expect(offsetAt(at('2026-03-08T07:00:00Z'), 'America/New_York')).toBe(-4 * 3_600_000);
	});

	test('a name that is no zone is refused with what to do', () => {
		expect(() => localDay(0, 'Mars/Olympus')).toThrow('"Mars/Olympus" is not a time zone. Use an IANA name such as America/New_York.');
	});

	test('an instant for people names its zone', () => {
		expect(localText(at('2026-11-24T13:00:00Z'), 'America/New_York')).toBe('2026-11-24 08:00 (America/New_York)');
	});
});

describe('instants of local times', () => {
	test.each([
		['2026-03-08', 'America/New_York', '2026-03-08T05:00:00.000Z'],
		['2026-03-09', 'America/New_York', '2026-03-09T04:00:00.000Z'],
		['2026-11-02', 'America/New_York', '2026-11-02T05:00:00.000Z'],
		// Clocks in Havana and Beirut change at midnight: the day begins at 01:00.
		['2026-03-08', 'America/Havana', '2026-03-08T05:00:00.000Z'],
		['2026-03-29', 'Asia/Beirut', '2026-03-28T22:00:00.000Z'],
		// Samoa skipped the whole day.
		['2011-12-30', 'Pacific/Apia', '2011-12-30T10:00:00.000Z'],
	])('%s begins in %s at %s', (day, zone, instant) => {
		expect(iso(startOfDay(day, zone))).toBe(instant);
	});

	test('a time that the clock skips becomes the first instant after the gap', () => {
		expect(iso(instantOf(dayNumber('2026-03-08'), 150, 'America/New_York'))).toBe('2026-03-08T07:00:00.000Z');
	});

	test('of a time that the clock shows twice the earlier counts', () => {
		expect(iso(instantOf(dayNumber('2026-11-01'), 90, 'America/New_York'))).toBe('2026-11-01T05:30:00.000Z');
	});

	test('the hour after an overlap is the new time', () => {
		expect(iso(instantOf(dayNumber('2026-11-01'), 120, 'America/New_York'))).toBe('2026-11-01T07:00:00.000Z');
	});
});

describe('day counts', () => {
	test.each([
		['2026-03-07', '2026-03-09', 2],
		['2026-10-31', '2026-11-02', 2],
		['2024-02-28', '2024-03-01', 2],
		['2026-11-24', '2026-11-09', -15],
	])('from %s to %s are %i days, whatever the clocks do', (from, to, days) => {
		expect(daysBetween(from, to)).toBe(days);
	});

	test.each([
		'2026-02-30',
		'2026-13-01',
		'2026-00-10',
		'2026-1-1',
		'24.11.2026',
		'2026-11-2x',
		'2026/11/24',
		'2026-11/24',
		'',
		'0026-02-30',
	])('"%s" is no date', (day) => {
		expect(dayNumber(day)).toBeNaN();
	});

	test('numbers and text say the same day', () => {
		expect(dayText(dayNumber('2028-02-29'))).toBe('2028-02-29');
		expect([weekday(dayNumber('2026-11-24')), weekday(dayNumber('1969-12-28'))]).toEqual([2, 0]);
	});
});

describe('business days', () => {
	test.each([
		['2026-01-01', 'New Year'],
		['2026-01-19', 'Martin Luther King'],
		['2026-02-16', 'Washington'],
		['2026-05-25', 'Memorial Day'],
		['2026-06-19', 'Juneteenth'],
		['2026-07-03', 'Independence Day, kept on Friday'],
		['2026-09-07', 'Labor Day'],
		['2026-10-12', 'Columbus'],
		['2026-11-11', 'Veterans'],
		['2026-11-26', 'Thanksgiving'],
		['2026-12-25', 'Christmas'],
		['2023-01-02', 'New Year, kept on Monday'],
		['2021-12-31', 'the next New Year, kept on Friday'],
	])('%s is a federal holiday: %s', (day) => {
		expect(isFederalHoliday(day)).toBe(true);
	});

	test('the Fourth itself is none when it is kept on Friday', () => {
		expect(isFederalHoliday('2026-07-04')).toBe(false);
	});

	test.each([
		['2026-11-24', 2, '2026-11-27'],
		['2026-11-27', 1, '2026-11-30'],
		['2026-12-24', 1, '2026-12-28'],
		['2026-11-28', 0, '2026-11-28'],
		['2026-11-02', 10, '2026-11-17'],
	])('from %s, %i business days later is %s', (day, n, later) => {
		expect(addBusinessDays(day, n)).toBe(later);
	});

	test("the practice's own closures do not count either", () => {
		expect(addBusinessDays('2026-11-24', 2, ['2026-11-27'])).toBe('2026-11-30');
	});
});

test('days are written the same however many were written before', () => {
	const texts = Array.from({ length: 2500 }, (_, day) => localText(day * 86_400_000, 'UTC'));
	expect([texts[0], texts[1500], texts[2499]]).toEqual(['1970-01-01 00:00 (UTC)', '1974-02-09 00:00 (UTC)', '1976-11-04 00:00 (UTC)']);
	expect(localText(Date.parse('2026-11-24T14:05:59Z'), 'America/New_York')).toBe('2026-11-24 09:05 (America/New_York)');
});
