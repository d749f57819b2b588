/** Calendar dates as files write them, into YYYY-MM-DD. */

const DAYS_IN_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** Undefined when there is no such day: files do carry 20002316 and 02/30. */
export function calendarDate(year: number, month: number, day: number): string | undefined {
	const days = month === 2 && isLeap(year) ? 29 : DAYS_IN_MONTH[month - 1];
	if (days === undefined || day < 1 || day > days || year < 1900 || year > 2199) return undefined;
	return `${year}-${month < 10 ? '0' : ''}${month}-${day < 10 ? '0' : ''}${day}`;
}

/** X12 dates: CCYYMMDD, or YYMMDD as in ISA09 and old group headers. By character: every line of a remittance has one. */
export function x12Date(text: string): string | undefined {
	if (text.length !== 8 && text.length !== 6) return undefined;
	const number = digitsOf(text);
	if (Number.isNaN(number)) return undefined;
	const full = text.length === 8 ? number : 20_000_000 + number;
	return calendarDate(Math.floor(full / 10_000), Math.floor(full / 100) % 100, full % 100);
}

function digitsOf(text: string): number {
	let number = 0;
	for (let index = 0; index < text.length; index++) {
		const digit = text.charCodeAt(index) - 48;
		if (digit < 0 || digit > 9) return Number.NaN;
		number = number * 10 + digit;
	}
	return number;
}

/** Group headers (GS04, GS05) carry no zone; read as UTC, a few hours off at most and the same for every file of a payer. */
export function x12Instant(date: string, time: string): string | undefined {
	const day = x12Date(date.trim());
	if (day === undefined) return undefined;
	const clock = /^([01]\d|2[0-3])([0-5]\d)/.exec(time.trim());
	return `${day}T${clock?.[1] ?? '00'}:${clock?.[2] ?? '00'}:00Z`;
}

/**
 * Dates of reports: 2026-11-24, 2026/11/24, 11/24/2026, 11-24-2026, 11/24/26, with or without a time behind.
 * Two-digit years lie between 94 years before and 5 years after `now`. Month first: day-first dates either
 * fail or can not be told apart, so the remedy asks for YYYY-MM-DD.
 */
export function reportDate(text: string, now: string): string | undefined {
	const day = text.trim().split(/[T\s]/, 1)[0] ?? '';
	const iso = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})$/.exec(day);
	if (iso) return calendarDate(Number(iso[1]), Number(iso[2]), Number(iso[3]));
	const us = /^(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})$/.exec(day);
	if (!us) return undefined;
	const [, month = '', date = '', year = ''] = us;
	return calendarDate(year.length === 4 ? Number(year) : fullYear(Number(year), Number(now.slice(0, 4))), Number(month), Number(date));
}

function fullYear(twoDigits: number, thisYear: number): number {
	const year = thisYear - (thisYear % 100) + twoDigits;
	return year > thisYear + 5 ? year - 100 : year;
}

/** The calendar day that many days later (or earlier), on the calendar alone: no zone, no clock change. */
export function addDays(date: string, days: number): string {
	return new Date(Date.parse(`${date}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** The earlier of two instants. A source can not have known anything after now, whatever its clock says. */
export const notAfter = (instant: string, now: string): string => (Date.parse(instant) > Date.parse(now) ? now : instant);
