/** When paper goes out: the days of a practice's statement cycle. All days are "YYYY-MM-DD" in the practice's zone. */
import type { Policy } from '../../contracts/policy.ts';
import { dayNumber, dayText } from '../calendar.ts';

type Statements = Policy['statements'];

/** Every month has these, so no letter of the alphabet is ever left out. */
const MONTH = 28;
const NO_LETTER = 26;

/**
 * Where a last name stands in the alphabet, 0 to 25; 26 for none. "Ñandú" counts with N, "Garcia, Ana" and
 * "Ana Garcia" both with G.
 */
export function lastInitial(name: string | undefined): number {
	const last = name?.includes(',') ? name.split(',')[0] : name?.trim().split(/\s+/).at(-1);
	const letter = (last ?? '').trim().normalize('NFD').toLowerCase().charCodeAt(0) - 97;
	return letter >= 0 && letter < NO_LETTER ? letter : NO_LETTER;
}

/** Does the cycle close on this day? Without a cycle of its own a practice closes its books with the month. */
export function closesOn({ cycle, day, start }: Statements, on: string, initial: number): boolean {
	const dayOfMonth = Number(on.slice(8));
	if (cycle === 'none') return dayOfMonth === 1;
	if (cycle === 'monthly') return dayOfMonth === day;
	if (cycle === 'last_name') return dayOfMonth === ((day - 1 + initial) % MONTH) + 1;
	const length = cycle === 'every_28_days' ? 28 : 30;
	// Without a first day the count begins on the chosen day of January 2026: any fixed day will do, as long as it is one.
	const first = dayNumber(start ?? `2026-01-${String(day).padStart(2, '0')}`);
	const since = dayNumber(on) - first;
	return since >= 0 && since % length === 0;
}

/** The next day from `from` on (it counts itself) on which letters are gathered; every day where there is no cycle. */
export function nextStatementOn(statements: Statements, from: string, initial: number): string {
	if (statements.cycle === 'none') return from;
	let day = dayNumber(from);
	// A start that lies far ahead is not walked to day by day.
	if (statements.start !== undefined && statements.cycle.startsWith('every')) day = Math.max(day, dayNumber(statements.start));
	while (!closesOn(statements, dayText(day), initial)) day += 1;
	return dayText(day);
}

/** The letters of the alphabet (0 to 26) whose cycle closes on this day; all of them where the cycle knows no letters. */
export const initialsClosing = (statements: Statements, on: string): number[] =>
	Array.from({ length: NO_LETTER + 1 }, (_, initial) => initial).filter((initial) => closesOn(statements, on, initial));
