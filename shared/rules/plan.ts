/** A policy made ready: checked once, its amounts and times converted, its conditions compiled. */
import { Failure, type FieldError } from '../contracts/failure.ts';
import { exponentOf, toMinor } from '../contracts/money.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Channel } from '../contracts/words.ts';
import { clockMinutes } from './hours.ts';
import { type LawBook, lawBook } from './law/law.ts';

export interface Minimum {
	messageMinor: number;
	paperMinor: number;
	staffMinor: number;
}

export type Milestone = Policy['milestones'][number];

export interface Plan {
	policy: Policy;
	hash: string;
	/** In rising order, and from the top down. */
	milestones: readonly Milestone[];
	fromTop: readonly Milestone[];
	/** The law of each place and day, with the policy's own hours and consents. */
	law: LawBook;
	minimumIn(currency: string): Minimum;
}

/** Throws Failure `invalid` naming every part that contradicts another. The schema has been checked before. */
export function planOf(policy: Policy, hash: string): Plan {
	const fields = contradictions(policy);
	if (fields.length > 0) throw new Failure('invalid', 'The policy contradicts itself. Correct the fields named below.', { code: 'policy_contradicts', fields });
	const minimums = new Map<string, Minimum>();
	return {
		policy,
		hash,
		milestones: policy.milestones,
		fromTop: policy.milestones.toReversed(),
		law: lawBook(policy),
		minimumIn(currency) {
			let minimum = minimums.get(currency);
			if (minimum === undefined) {
				minimum = minimumOf(policy, currency);
				minimums.set(currency, minimum);
			}
			return minimum;
		},
	};
}

function minimumOf({ minimum }: Policy, currency: string): Minimum {
	// A minimum with more decimals than the currency has (0.50 yen) is rounded up: never ask for less.
	const minor = (amount: number): number => toMinor(amount, currency) ?? Math.ceil(amount * 10 ** exponentOf(currency));
	return { messageMinor: minor(minimum.message), paperMinor: minor(minimum.paper), staffMinor: minor(minimum.staff) };
}

const contradictions = (policy: Policy): FieldError[] => [
	...milestoneFaults(policy),
	...hourFaults(policy),
	...duplicates('channels', policy.channels),
	...duplicates('consent', policy.consent),
];

function milestoneFaults({ milestones }: Policy): FieldError[] {
	const faults: FieldError[] = [];
	let previous = 0;
	for (const [index, { days }] of milestones.entries()) {
		if (days <= previous) {
			const message =
				index === 0
					? 'The first step must be at 1 day or later: day 0 is the notice itself.'
					: `Steps must rise: make this more than ${previous} days, or reorder them.`;
			faults.push({ field: `milestones.${index}.days`, message });
		}
		previous = Math.max(previous, days);
	}
	return faults;
}

function hourFaults({ hours }: Policy): FieldError[] {
	const [start, end] = [clockMinutes(hours.start), clockMinutes(hours.end)];
	if (end > 24 * 60) return [{ field: 'hours.end', message: 'A day ends at 24:00. Use 24:00 or earlier.' }];
	return start < end
		? []
		: [{ field: 'hours.end', message: `"${hours.end}" is not after "${hours.start}". The window can not cross midnight: make the end later than the start.` }];
}

function duplicates(field: string, channels: readonly Channel[]): FieldError[] {
	return channels.flatMap((channel, index) =>
		channels.indexOf(channel) === index ? [] : [{ field: `${field}.${index}`, message: `"${channel}" is listed twice. Remove one of them.` }],
	);
}
