/** When work that nobody finishes moves up, and when it has missed its due date. Both only while staff are there. */
import { afterBusinessDays, firstWorkingMoment } from '../../rules/index.ts';
import type { Practice } from '../practice.ts';

type Where = Pick<Practice, 'zone' | 'policy'>;

export interface WorkClock {
	/** Milliseconds. */
	openedAt: number;
	dueAt: number | undefined;
}

const rungInstants = ({ zone, policy }: Where, openedAt: number): number[] =>
	policy.escalation.rungs.map((rung) => afterBusinessDays(openedAt, rung.after_business_days, zone, policy.closures));

/** The rung that work stands on when nobody worked it until `now`: its number, from 1; 0 is none. */
export const rungAt = (practice: Where, openedAt: number, now: number): number => rungInstants(practice, openedAt).findLastIndex((at) => at <= now) + 1;

export const isWorkingMoment = ({ zone, policy }: Where, now: number): boolean => firstWorkingMoment(now, zone, policy.closures) === now;

/** When the clock next has something to say of the work; undefined: never again. */
export function nextRungAt(practice: Where, { openedAt, dueAt }: WorkClock, now: number): number | undefined {
	const missed = dueAt === undefined ? [] : [firstWorkingMoment(dueAt, practice.zone, practice.policy.closures)];
	const coming = [...rungInstants(practice, openedAt), ...missed].filter((at) => at > now);
	return coming.length > 0 ? Math.min(...coming) : undefined;
}
