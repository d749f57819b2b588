/**
 * Days and local clocks. Offsets come from the runtime's own tz database through Intl, which is slow
 * (microseconds a call), so each zone keeps a table by week: the offset, and the instant of a change.
 */
import { Failure } from '../contracts/failure.ts';

export const MINUTE = 60_000;
export const HOUR = 3_600_000;
/** 24 hours of elapsed time. A local day is not always as long: count those with day numbers. */
export const DAY = 86_400_000;
const WEEK = 7 * DAY;

/** Offsets are local minus UTC. `change` is the first instant of `after`; Infinity in a week without a change. */
interface Week {
	change: number;
	before: number;
	after: number;
}

interface Zone {
	format: Intl.DateTimeFormat;
	weeks: Map<number, Week>;
	/** The week asked for last: a review asks for the same one again and again. */
	lastIndex: number;
	last: Week;
}

const zones = new Map<string, Zone>();

function openZone(name: string): Zone {
	let format: Intl.DateTimeFormat;
	try {
		format = new Intl.DateTimeFormat('en-US', {
			timeZone: name,
			hourCycle: 'h23',
			year: 'numeric',
			month: 'numeric',
			day: 'numeric',
			hour: 'numeric',
			minute: 'numeric',
			second: 'numeric',
		});
	} catch (cause) {
		throw new Failure('invalid', `"${name.slice(0, 60)}" is not a time zone. Use an IANA name such as America/New_York.`, { code: 'invalid_time_zone', cause });
	}
	const zone: Zone = { format, weeks: new Map(), lastIndex: Number.NaN, last: { change: 0, before: 0, after: 0 } };
	zones.set(name, zone);
	return zone;
}

const zoneNamed = (name: string): Zone => zones.get(name) ?? openZone(name);

/** Asks Intl; milliseconds. */
function measureOffset(format: Intl.DateTimeFormat, at: number): number {
	const part: Record<string, number> = {};
	for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
	const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
	return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}

/** The first instant of (low, high] whose offset is the one at `high`; there is one change between them. */
function findChange(format: Intl.DateTimeFormat, low: number, high: number): number {
	const after = measureOffset(format, high);
	let [before, from] = [low, high];
	while (from - before > 1000) {
		const middle = Math.floor((before + from) / 2000) * 1000;
		if (measureOffset(format, middle) === after) from = middle;
		else before = middle;
	}
	return from;
}

function measureWeek(format: Intl.DateTimeFormat, index: number): Week {
	const [start, end] = [index * WEEK, (index + 1) * WEEK];
	const [before, after] = [measureOffset(format, start), measureOffset(format, end)];
	return { before, after, change: before === after ? Number.POSITIVE_INFINITY : findChange(format, start, end) };
}

function weekOf(zone: Zone, index: number): Week {
	if (index === zone.lastIndex) return zone.last;
	let week = zone.weeks.get(index);
	if (week === undefined) {
		week = measureWeek(zone.format, index);
		zone.weeks.set(index, week);
	}
	zone.lastIndex = index;
	zone.last = week;
	return week;
}

/** Local minus UTC in milliseconds. Throws Failure `invalid` for a name that is not a zone. */
export function offsetAt(at: number, zoneName: string): number {
	const week = weekOf(zoneNamed(zoneName), Math.floor(at / WEEK));
	return at < week.change ? week.before : week.after;
}

/** Days since 1970-01-01 of the local date at an instant. */
export const localDayNumber = (at: number, zone: string): number => Math.floor((at + offsetAt(at, zone)) / DAY);

/** Days since 1970-01-01; NaN for text that is not a real date. */
export function dayNumber(day: string): number {
	if (day.length !== 10 || day[4] !== '-' || day[7] !== '-') return Number.NaN;
	const [year, month, date] = [digits(day, 0, 4), digits(day, 5, 7), digits(day, 8, 10)];
	// Months and days out of range roll over (2026-02-30 into March), which the way back shows.
	const number = Date.UTC(year, month - 1, date) / DAY;
	const back = new Date(number * DAY);
	return back.getUTCDate() === date && back.getUTCMonth() === month - 1 && back.getUTCFullYear() === year ? number : Number.NaN;
}

/** A regular expression here is the slowest part of a review. */
function digits(text: string, from: number, to: number): number {
	let value = 0;
	for (let i = from; i < to; i++) {
		const digit = text.charCodeAt(i) - 48;
		value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
	}
	return value;
}

export const dayText = (number: number): string => new Date(number * DAY).toISOString().slice(0, 10);

/** 0 is Sunday. 1970-01-01 was a Thursday. */
export const weekday = (number: number): number => (((number + 4) % 7) + 7) % 7;

/** The local date at an instant, YYYY-MM-DD. */
export const localDay = (at: number, zone: string): string => dayText(localDayNumber(at, zone));

/** Minutes since local midnight as the clock shows them, 0 to 1439. */
export function localClock(at: number, zone: string): number {
	const local = at + offsetAt(at, zone);
	return Math.floor((local - Math.floor(local / DAY) * DAY) / MINUTE);
}

/** Calendar days from a to b, negative when b is earlier; NaN when one is no date. Clocks changing do not matter. */
export const daysBetween = (a: string, b: string): number => dayNumber(b) - dayNumber(a);

/**
 * The instant at which a zone's clock shows a minute of a day. A time that the clock skips becomes the
 * first instant after the gap; of a time that it shows twice, the earlier.
 */
export function instantOf(day: number, minute: number, zone: string): number {
	const local = day * DAY + minute * MINUTE;
	const before = offsetAt(local - DAY, zone);
	const early = local - before;
	if (offsetAt(early, zone) === before) return early;
	const late = local - offsetAt(local + DAY, zone);
	if (late + offsetAt(late, zone) === local) return late;
	return firstAfterGap(late, early, zone);
}

/** In a gap the new offset, larger than the old one, makes the earlier guess fall before the change and the later one after it. */
function firstAfterGap(low: number, high: number, zone: string): number {
	return findChange(zoneNamed(zone).format, low, high);
}

/** The first instant of a local day, YYYY-MM-DD: not always at 00:00, some zones change their clocks at midnight. */
export const startOfDay = (day: string, zone: string): number => instantOf(dayNumber(day), 0, zone);

const twoDigits = (number: number): string => (number < 10 ? `0${number}` : String(number));

/** A review names the same few days for many accounts; writing a date is slow. */
const dayTexts = new Map<number, string>();
function knownDay(day: number): string {
	let text = dayTexts.get(day);
	if (text === undefined) {
		if (dayTexts.size > 1000) dayTexts.clear();
		text = dayText(day);
		dayTexts.set(day, text);
	}
	return text;
}

/** "2026-11-24 08:00 (America/New_York)", for people. */
export function localText(at: number, zone: string): string {
	const local = at + offsetAt(at, zone);
	const day = Math.floor(local / DAY);
	const minutes = Math.floor((local - day * DAY) / MINUTE);
	return `${knownDay(day)} ${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)} (${zone})`;
}

const nthWeekday = (year: number, month: number, day: number, nth: number): number => {
	const first = Date.UTC(year, month - 1, 1) / DAY;
	return first + ((day - weekday(first) + 7) % 7) + (nth - 1) * 7;
};
const lastMonday = (year: number, month: number): number => {
	const last = Date.UTC(year, month, 0) / DAY;
	return last - ((weekday(last) + 6) % 7);
};
/** 5 U.S.C. 6103(b) and Executive Order 11582: a Saturday's holiday is kept on Friday, a Sunday's on Monday. */
const observed = (year: number, month: number, day: number): number => {
	const date = Date.UTC(year, month - 1, day) / DAY;
	const shift: Record<number, number> = { 6: -1, 0: 1 };
	return date + (shift[weekday(date)] ?? 0);
};

/** Day numbers on which federal offices close, 5 U.S.C. 6103(a), as today's law has them. Next New Year's may fall in December. */
function federalHolidays(year: number): readonly number[] {
	return [
		observed(year, 1, 1),
		nthWeekday(year, 1, 1, 3),
		nthWeekday(year, 2, 1, 3),
		lastMonday(year, 5),
		observed(year, 6, 19),
		observed(year, 7, 4),
		nthWeekday(year, 9, 1, 1),
		nthWeekday(year, 10, 1, 2),
		observed(year, 11, 11),
		nthWeekday(year, 11, 4, 4),
		observed(year, 12, 25),
		observed(year + 1, 1, 1),
	];
}

export function isFederalHoliday(day: string): boolean {
	return federalHolidays(Number(day.slice(0, 4))).includes(dayNumber(day));
}

/**
 * The nth business day after a day. Weekends and US federal holidays are never business days; `closures` adds
 * the practice's own, YYYY-MM-DD. For 0 the day itself, whatever day it is.
 */
export function addBusinessDays(day: string, n: number, closures: readonly string[] = []): string {
	let number = dayNumber(day);
	for (let left = n; left > 0; ) {
		number += 1;
		if (isBusinessDay(number, closures)) left -= 1;
	}
	return dayText(number);
}

function isBusinessDay(number: number, closures: readonly string[]): boolean {
	const today = weekday(number);
	if (today === 0 || today === 6) return false;
	const day = dayText(number);
	return !closures.includes(day) && !isFederalHoliday(day);
}
