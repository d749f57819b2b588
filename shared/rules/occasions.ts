/**
 * The events that one message can answer. Four triggers of one day make one message: it takes the words of the most
 * important of them and names them all, and none of them is told again.
 */
import type { EventType } from '../contracts/words.ts';
import { standing } from './events/all.ts';
import { compareText, type Scene } from './scene.ts';
import type { AccountFacts, RaisedEvent, ReminderRequest } from './types.ts';

export interface Occasion {
	/** The key under which it was raised; of an event of an earlier review it may differ from `event.key` in its last part. */
	key: string;
	event: RaisedEvent;
	/** 1 is the most important. */
	rank: number;
	/** It has a message of its own, which goes out unasked; others ride along, or are asked for. */
	speaks: boolean;
}

/** The place of a step of the ladder among them. */
export const LADDER_RANK = 3;
const LATE = ['missed', 'broken', 'partial'];

/** undefined: nothing that the guarantor is told. */
function rankOf({ type, stage = '', message }: RaisedEvent): number | undefined {
	switch (type) {
		case 'payment_failed':
			return 1;
		case 'payment_plan_due':
			return message === undefined ? undefined : LATE.includes(stage) ? 2 : 5;
		case 'balance_overdue':
			return LADDER_RANK;
		case 'appointment_balance_due':
			return 4;
		case 'balance_over_threshold':
			return 6;
		case 'account_flagged':
			return stage === 'reminder' ? 7 : undefined;
		case 'rule_matched':
			return 8;
		default:
			return undefined;
	}
}

/** A threshold is for staff, an overdue balance is the ladder's, and a rule without a message leaves it to the ladder. */
const speaks = ({ type, message }: RaisedEvent): boolean =>
	type === 'account_flagged' || (message !== undefined && type !== 'balance_overdue' && type !== 'balance_over_threshold');

const occasionOf = (event: RaisedEvent, key: string): Occasion | undefined => {
	const rank = rankOf(event);
	return rank === undefined ? undefined : { key, event, rank, speaks: speaks(event) };
};

/** Bank's words after which nobody writes before staff looked. */
export const isStaffs = ({ event }: Occasion): boolean => event.type === 'payment_failed' && event.message === undefined;

const NONE: readonly Occasion[] = [];

/** Of today and not answered by a message, and the one that is asked for: the most important first. */
export function occasionsOf(scene: Scene, events: readonly RaisedEvent[], because: ReminderRequest['because']): readonly Occasion[] {
	const { pendingEvents = [] } = scene.facts;
	const wanted = pendingEvents.map(({ key, type }) => ({ key, type }));
	if (because?.key !== undefined) wanted.push({ key: because.key, type: because.type });
	if (events.length === 0 && wanted.length === 0) return NONE;
	const found = new Map<string, Occasion>();
	for (const event of events) add(found, occasionOf(event, event.key));
	const still = wanted.length === 0 ? [] : standing(scene);
	for (const { key, type } of wanted) {
		const event = type === 'balance_overdue' ? overdueAgain(key) : still.find((one) => one.type === type && isSame(one.key, key, type));
		if (event !== undefined && !found.has(key)) add(found, occasionOf(event, key));
	}
	return [...found.values()].filter((one) => !isAnswered(scene.facts, one.key)).sort((a, b) => a.rank - b.rank || compareText(a.key, b.key));
}

function add(found: Map<string, Occasion>, occasion: Occasion | undefined): void {
	if (occasion !== undefined) found.set(occasion.key, occasion);
}

/** A message that went out named it. */
export const isAnswered = ({ history }: AccountFacts, key: string): boolean => history.some(({ occasions }) => occasions?.includes(key) === true);

/** Types whose key ends with the newest fact: a later fact changes that end, and what was told may stand all the same. */
const MOVING: readonly EventType[] = ['balance_over_threshold', 'rule_matched'];
const isSame = (a: string, b: string, type: EventType): boolean => a === b || (MOVING.includes(type) && stem(a) === stem(b));
const stem = (key: string): string => key.slice(0, key.lastIndexOf(':'));

/** An overdue event of an earlier review, from its key: whether it still calls for a message is the ladder's to say. */
const overdueAgain = (key: string): RaisedEvent => ({
	type: 'balance_overdue',
	key,
	amountMinor: 0,
	invoices: key
		.slice(key.lastIndexOf(':') + 1)
		.split(',')
		.map((part) => part.replace(/[#@].*$/, '')),
	summary: '',
	reasons: [],
});

/** Those whose invoices a group of invoices has; one that names none that is still open belongs to every group. */
export function occasionsIn(scene: Scene, occasions: readonly Occasion[], group: string): readonly Occasion[] {
	return occasions.filter(({ event }) => {
		const groups = scene.views.filter((view) => event.invoices.includes(view.facts.ref)).map((view) => view.group);
		return groups.length === 0 || groups.includes(group);
	});
}
