/**
 * When a message may arrive: inside the window on every clock the recipient may live by. A zone that
 * nobody knows is not a zone that allows: without any the answer is never.
 */
import { DAY, instantOf, localClock, localDayNumber, MINUTE, weekday } from './calendar.ts';

/** Minutes since local midnight: from `start` on, before `end`. */
export interface Hours {
	start: number;
	end: number;
	sunday: boolean;
}

/** An intersection that is empty for two weeks (Sundays, clock changes) is empty for good. */
const SEARCH = 14 * DAY;

/** "08:30" in minutes. */
export const clockMinutes = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));

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
	const open = hours.sunday || weekday(today) !== 0;
	if (open && minute >= hours.start && minute < hours.end) return at;
	if (open && minute < hours.start) return laterToday(at, today, minute, zone, hours.start);
	const next = today + 1;
	return instantOf(!hours.sunday && weekday(next) === 0 ? next + 1 : next, hours.start, zone);
}

/** On the night the clock goes back it may show the start a second time: the first showing is over then. */
function laterToday(at: number, today: number, minute: number, zone: string, start: number): number {
	const instant = instantOf(today, start, zone);
	return instant > at ? instant : Math.floor(at / MINUTE) * MINUTE + (start - minute) * MINUTE;
}
