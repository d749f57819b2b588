/**
 * When staff can be expected to look: business days between two hours of the practice's own clock. Clocks of staff
 * work run only then, so nothing climbs at night, on a weekend, a federal holiday or a day the practice is closed.
 */
import { addBusinessDays, dayNumber, dayText, instantOf, localClock, localDay } from './calendar.ts';

/** Minutes of the local day. The common core of practices' hours; nobody is told before or after. */
const OPENS = 8 * 60;
const CLOSES = 17 * 60;

/** The first business day on or after a day, YYYY-MM-DD. */
const businessDayFrom = (day: string, closures: readonly string[]): string => addBusinessDays(dayText(dayNumber(day) - 1), 1, closures);

/** Asked for every denial of every review, always about the same few days. */
const AFTER = new WeakMap<readonly string[], Map<number, number>>();

/** The first business day after a day. Both are day numbers. */
export function businessDayAfter(day: number, closures: readonly string[]): number {
	let known = AFTER.get(closures);
	if (known === undefined) {
		known = new Map();
		AFTER.set(closures, known);
	}
	let after = known.get(day);
	if (after === undefined) {
		after = dayNumber(addBusinessDays(dayText(day), 1, closures));
		known.set(day, after);
	}
	return after;
}

/** The last business day on or before a day. Both are day numbers. */
export function businessDayUntil(day: number, closures: readonly string[]): number {
	let until = day;
	while (businessDayAfter(until - 1, closures) !== until) until -= 1;
	return until;
}

/** The first instant at or after `at` (ms) at which staff are at work. */
export function firstWorkingMoment(at: number, zone: string, closures: readonly string[]): number {
	const today = localDay(at, zone);
	const clock = localClock(at, zone);
	const day = businessDayFrom(clock < CLOSES ? today : dayText(dayNumber(today) + 1), closures);
	return day === today && clock >= OPENS ? at : instantOf(dayNumber(day), OPENS, zone);
}

/** The same time of day so many business days after work could first be looked at; the clock of work found at night starts in the morning. */
export function afterBusinessDays(at: number, days: number, zone: string, closures: readonly string[]): number {
	const start = firstWorkingMoment(at, zone, closures);
	if (days === 0) return start;
	const day = addBusinessDays(localDay(start, zone), days, closures);
	return instantOf(dayNumber(day), localClock(start, zone), zone) + (start % 60_000);
}
