/**
 * When a message may arrive: inside the window on every clock the recipient may live by. A zone that
 * nobody knows is not a zone that allows: without any the answer is never.
 */
import { DAY, instantOf, localClock, localDayNumber, MINUTE, weekday } from './calendar.ts';

/** Minutes since local midnight: from `start` on, before `end`. */
export interface Window {
	start: number;
	end: number;
}

export interface Hours {
	/** Monday to Saturday. */
	daily: Window;
	/** Undefined: closed. */
	sunday: Window | undefined;
}

/** An intersection that is empty for two weeks (Sundays, clock changes) is empty for good. */
const SEARCH = 14 * DAY;

/** "08:30" in minutes. */
export const clockMinutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

const both = (a: Window, b: Window): Window => ({ start: Math.max(a.start, b.start), end: Math.min(a.end, b.end) });

/** What lies inside both; a window that ends before it starts never opens. */
export const narrow = (a: Hours, b: Hours): Hours => ({ daily: both(a.daily, b.daily), sunday: a.sunday && b.sunday && both(a.sunday, b.sunday) });

/**
 * The first instant, `now` or later, inside the window in all zones; undefined when no zone is known or
 * the windows never meet.
 */
export function nextAllowed(now: number, zones: readonly string[], hours: Hours): number | undefined {
	if (zones.length === 0) return undefined;
	let at = now;
	while (at - now <= SEARCH) {
		let latest = at;
		for (const zone of zones) latest = Math.max(latest, nextInZone(at, zone, hours));
		if (latest === at) return at;
		at = latest;
	}
	return undefined;
}

function nextInZone(at: number, zone: string, hours: Hours): number {
	const today = localDayNumber(at, zone);
	const minute = localClock(at, zone);
	const window = windowOn(today, hours);
	if (window !== undefined && minute < window.start) return laterToday(at, today, minute, zone, window.start);
	if (window !== undefined && minute < window.end) return at;
	// After a closed Sunday comes a Monday.
	const tomorrow = windowOn(today + 1, hours);
	return tomorrow === undefined ? instantOf(today + 2, hours.daily.start, zone) : instantOf(today + 1, tomorrow.start, zone);
}

const windowOn = (day: number, { daily, sunday }: Hours): Window | undefined => (weekday(day) === 0 ? sunday : daily);

/** On the night the clock goes back it may show the start a second time: the first showing is over then. */
function laterToday(at: number, today: number, minute: number, zone: string, start: number): number {
	const instant = instantOf(today, start, zone);
	return instant > at ? instant : Math.floor(at / MINUTE) * MINUTE + (start - minute) * MINUTE;
}
