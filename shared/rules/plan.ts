/** A policy made ready: checked once, its amounts and times converted, its conditions compiled. */
import { Failure, type FieldError } from '../contracts/failure.ts';
import { exponentOf, toMinor } from '../contracts/money.ts';
import type { Policy } from '../contracts/policy.ts';
import type { Channel } from '../contracts/words.ts';
import { compileCondition, conditionFaults, names, valuesOf } from './conditions.ts';
import { clockMinutes } from './hours.ts';
import { type LawBook, lawBook } from './law/law.ts';
import type { Compiled } from './leaves.ts';
import type { Scene } from './scene.ts';

/** The policy's amounts in minor units of a currency. */
export interface Minimum {
	messageMinor: number;
	paperMinor: number;
	staffMinor: number;
	/** 0: no threshold of the policy's own. */
	thresholdMinor: number;
	highDeductibleMinor: number;
	recurringMinor: number;
	/** Of each ladder of staff work, by its place. */
	ladderMinor: readonly (number | undefined)[];
}

/** A rule of the practice's own, ready to be asked. */
export interface OwnRule {
	id: string;
	label: string;
	message: string | undefined;
	holds: Compiled<Scene>;
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
	rules: readonly OwnRule[];
	/** Ages, in days, at which something beside a step and the last resort changes; rising. */
	ages: readonly number[];
	/** Days since the last payment at which a rule changes. */
	paymentDays: readonly number[];
	/** Something counts the messages of the past 30 days: it changes as they leave the window. */
	countsMessages: boolean;
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
		rules: policy.rules.map(({ id, label, message, when }) => ({ id, label, message, holds: compileCondition(when) })),
		ages: rising([
			...policy.escalation.ladders.flatMap(({ when }) => when.days ?? []),
			...policy.rules.flatMap(({ when }) => turns(valuesOf(when, 'oldest_days'))),
		]),
		paymentDays: rising(policy.rules.flatMap(({ when }) => turns(valuesOf(when, 'days_since_payment')))),
		countsMessages:
			policy.escalation.ladders.some(({ when }) => when.attempts !== undefined || when.delivery_failures !== undefined) ||
			policy.rules.some(({ when }) => names(when, ['messages_30_days', 'delivery_failures'])),
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

function minimumOf({ minimum, threshold, high_deductible, recurring, escalation }: Policy, currency: string): Minimum {
	// A minimum with more decimals than the currency has (0.50 yen) is rounded up: never ask for less.
	const minor = (amount: number): number => toMinor(amount, currency) ?? Math.ceil(amount * 10 ** exponentOf(currency));
	return {
		messageMinor: minor(minimum.message),
		paperMinor: minor(minimum.paper),
		staffMinor: minor(minimum.staff),
		thresholdMinor: minor(threshold.amount),
		highDeductibleMinor: minor(high_deductible.minimum),
		recurringMinor: minor(recurring.minimum),
		ladderMinor: escalation.ladders.map(({ when }) => (when.minimum_amount === undefined ? undefined : minor(when.minimum_amount))),
	};
}

/** A comparison may turn on the day of its value and on the day after it. */
const turns = (days: readonly number[]): number[] => days.flatMap((day) => [Math.ceil(day), Math.floor(day) + 1]);
const rising = (days: readonly number[]): number[] => [...new Set(days)].sort((a, b) => a - b);

const contradictions = (policy: Policy): FieldError[] => [
	...milestoneFaults(policy),
	...hourFaults(policy),
	...duplicates('channels', policy.channels),
	...duplicates('consent', policy.consent),
	...ruleFaults(policy),
	...escalationFaults(policy),
	...(isRising(policy.claims.escalate_days_left.toReversed())
		? []
		: [{ field: 'claims.escalate_days_left', message: 'Days left must fall, such as 30, 14, 7, 2. Reorder them, each once.' }]),
	...payerFaults(policy),
	...(policy.plan.broken_after_days > policy.plan.grace_days
		? []
		: [{ field: 'plan.broken_after_days', message: `A plan can not break within its ${policy.plan.grace_days} days of grace: make this more.` }]),
	...(['every_28_days', 'every_30_days'].includes(policy.statements.cycle) && policy.statements.start === undefined
		? [{ field: 'statements.start', message: 'A cycle of 28 or 30 days needs the day on which it first began. Give it.' }]
		: []),
];

const isRising = (days: readonly number[]): boolean => days.every((day, index) => index === 0 || day > (days[index - 1] as number));

/** Ids of rules that come with the product: an own one of the same name would be taken for it. */
const BUILT_IN = ['high_deductible', 'recurring'];

function ruleFaults({ rules }: Policy): FieldError[] {
	const ids = rules.map(({ id }) => id);
	return rules.flatMap(({ id, when }, index) => [
		...(BUILT_IN.includes(id) ? [{ field: `rules.${index}.id`, message: `"${id}" is the name of a rule that is built in. Choose another.` }] : []),
		...twice(ids, index, `rules.${index}.id`),
		...conditionFaults(when, `rules.${index}.when`),
	]);
}

const twice = (ids: readonly string[], index: number, field: string): FieldError[] =>
	ids.indexOf(ids[index] as string) === index ? [] : [{ field, message: `"${ids[index]}" is used twice. Give each a name of its own.` }];

function escalationFaults({ escalation }: Policy): FieldError[] {
	const ids = escalation.ladders.map(({ id }) => id);
	const faults = escalation.ladders.flatMap(({ when }, index) => [
		...twice(ids, index, `escalation.ladders.${index}.id`),
		...(Object.values(when).every((value) => value === undefined)
			? [{ field: `escalation.ladders.${index}.when`, message: 'Give at least one condition, or every account would open this work.' }]
			: []),
	]);
	if (isRising(escalation.rungs.map((rung) => rung.after_business_days))) return faults;
	return [...faults, { field: 'escalation.rungs', message: 'Rungs must rise: reorder them by their business days, each once.' }];
}

const payerFaults = ({ claims }: Policy): FieldError[] => {
	const ids = claims.payers.map(({ id }) => id);
	return ids.flatMap((_, index) => twice(ids, index, `claims.payers.${index}.id`));
};

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
