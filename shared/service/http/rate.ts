/** A token bucket for each key: one runaway flow must not starve the others. Per process, which is enough for that. */
import { Failure } from '../../contracts/failure.ts';

export interface Rate {
	/** Requests a second over time; 0 is no limit. */
	perSecond: number;
	/** How many may come at once. */
	burst: number;
}

/** A bucket that is full again is the same as none. */
const SWEEP_AT = 10_000;

export function createLimiter(rate: Rate, now: () => number): (key: string) => void {
	const buckets = new Map<string, { tokens: number; at: number }>();
	const refilled = (bucket: { tokens: number; at: number }, at: number) => Math.min(rate.burst, bucket.tokens + ((at - bucket.at) / 1000) * rate.perSecond);
	return (key) => {
		if (rate.perSecond === 0) return;
		const at = now();
		if (buckets.size > SWEEP_AT) for (const [name, bucket] of buckets) if (refilled(bucket, at) >= rate.burst) buckets.delete(name);
		const bucket = buckets.get(key) ?? { tokens: rate.burst, at };
		bucket.tokens = refilled(bucket, at);
		bucket.at = at;
		buckets.set(key, bucket);
		if (bucket.tokens < 1)
			throw new Failure('limited', `This key makes more than ${rate.perSecond} requests a second. Wait and try again, or send several rows in one call.`, {
				code: 'rate_limited',
				retryAfterSeconds: Math.ceil((1 - bucket.tokens) / rate.perSecond),
			});
		bucket.tokens -= 1;
	};
}
