/** The order of the denial work list: what is about to be lost first, then what work brings back most. */
import { dayNumber } from '../calendar.ts';
import { denialQueue } from './categories.ts';

/** A deadline nearer than this comes before every amount. */
export const URGENT_DAYS = 7;

export interface Priority {
	/** Fewer than 7 days are left, and the day has not passed: what is lost already can not be saved by hurrying. */
	urgent: boolean;
	/** Calendar days until the deadline; negative when it has passed; absent without one. */
	daysLeft?: number;
	/** Amount times workability, in minor units: what work may bring back. */
	scoreMinor: number;
}

export interface Prioritized {
	amountMinor: number;
	/** A key of DENIAL_CATEGORIES. */
	category: string;
	/** YYYY-MM-DD */
	deadlineOn?: string | undefined;
}

/** `today` is YYYY-MM-DD in the practice's zone. */
export function denialPriority({ amountMinor, category, deadlineOn }: Prioritized, today: string): Priority {
	const scoreMinor = Math.round((Math.max(0, amountMinor) * denialQueue(category).workability) / 100);
	const daysLeft = deadlineOn === undefined ? Number.NaN : dayNumber(deadlineOn) - dayNumber(today);
	if (Number.isNaN(daysLeft)) return { urgent: false, scoreMinor };
	return { urgent: daysLeft >= 0 && daysLeft < URGENT_DAYS, daysLeft, scoreMinor };
}

/** For sort: urgent ones first, then the higher score, then the nearer deadline. */
export function byPriority(a: Priority, b: Priority): number {
	if (a.urgent !== b.urgent) return a.urgent ? -1 : 1;
	if (a.scoreMinor !== b.scoreMinor) return b.scoreMinor - a.scoreMinor;
	return (a.daysLeft ?? Number.MAX_SAFE_INTEGER) - (b.daysLeft ?? Number.MAX_SAFE_INTEGER);
}
