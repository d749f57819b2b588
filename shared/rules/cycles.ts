/** Balances that come again and again: statement cycles left unpaid, and visits that each left something. */
import { dayNumber, dayText } from './calendar.ts';
import type { Scene } from './scene.ts';

/** Cycles of the past months (policy: recurring) that left an amount unpaid; a practice without cycles has none. */
export function unpaidCycles({ plan, facts, today }: Scene): number {
	const { cycles = [] } = facts;
	if (cycles.length === 0) return 0;
	const since = monthsBefore(today, plan.policy.recurring.months);
	const { recurringMinor } = plan.minimumIn(facts.currency);
	return cycles.filter((cycle) => dayNumber(cycle.closedOn) > since && cycle.unpaidMinor > 0 && cycle.unpaidMinor >= recurringMinor).length;
}

/** The same day of an earlier month, or the month's last: day number. */
export const monthsBefore = (day: number, months: number): number => monthsAfter(day, -months);

/** The same day of a later month, or the month's last: day number. */
export function monthsAfter(day: number, months: number): number {
	const [year = 0, month = 1, date = 1] = dayText(day).split('-').map(Number);
	const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
	return Date.UTC(year, month - 1 + months, Math.min(date, last)) / 86_400_000;
}

/** How many of the last visits left an amount; undefined while one that would decide is not known for certain. */
export function visitsLeft({ plan, facts }: Scene): number | undefined {
	const { visits } = plan.policy.recurring;
	const { recurringMinor } = plan.minimumIn(facts.currency);
	const last = (facts.appointments ?? []).toSorted((a, b) => b.completedAt - a.completedAt).slice(0, visits);
	const known = last.filter((visit) => visit.certain && visit.residualMinor !== undefined);
	const left = known.filter(({ residualMinor = 0 }) => residualMinor > 0 && residualMinor >= recurringMinor).length;
	return left < visits && left + last.length - known.length >= visits ? undefined : left;
}
