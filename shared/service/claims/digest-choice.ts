/** Who hears of denials once a day, and when. */
import { dayNumber, instantOf } from '../../rules/calendar.ts';
import { clockMinutes, localDay } from '../../rules/index.ts';
import type { Practice } from '../practice.ts';

/** Whether a subscription to this type of event hears it once a day: by its own choice, else by the policy. */
export const isDigest = (practice: Pick<Practice, 'policy'>, type: string, filters: Record<string, unknown>): boolean =>
	type === 'claim_denied' && (filters['deliver'] ?? (practice.policy.claims.alert === 'daily_digest' ? 'daily_digest' : 'at_once')) === 'daily_digest';

/** The latest moment, by `now`, at which the digest was due. */
export function digestDue({ policy, zone }: Pick<Practice, 'policy' | 'zone'>, now: number): number {
	const minutes = clockMinutes(policy.claims.digest_at);
	const today = dayNumber(localDay(now, zone));
	const due = instantOf(today, minutes, zone);
	return due <= now ? due : instantOf(today - 1, minutes, zone);
}
