/** Money and days of an installment plan. */
import type { Installment } from '../accounts/rows.ts';

export type Every = 'week' | 'two_weeks' | 'month';

/** Equal parts, rounded down; the remainder is on the first, so that the last one never surprises. */
export function splitAmount(totalMinor: number, parts: number): number[] {
	const each = Math.floor(totalMinor / parts);
	return Array.from({ length: parts }, (_, i) => (i === 0 ? totalMinor - each * (parts - 1) : each));
}

/** Day `i` of a plan that begins on `first` (YYYY-MM-DD). A month without that day ends on its last one, and the next goes back to it. */
export function dueDay(first: string, every: Every, i: number): string {
	const [year = 0, month = 1, day = 1] = first.split('-').map(Number);
	if (every !== 'month') return isoDay(Date.UTC(year, month - 1, day + i * (every === 'week' ? 7 : 14)));
	const last = new Date(Date.UTC(year, month + i, 0)).getUTCDate();
	return isoDay(Date.UTC(year, month - 1 + i, Math.min(day, last)));
}

const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export const installmentsOfPlan = (totalMinor: number, parts: number, first: string, every: Every): Installment[] =>
	splitAmount(totalMinor, parts).map((amount_minor, i) => ({ number: i + 1, due_on: dueDay(first, every, i), amount_minor, raised: [] }));
