/** Counts of one policy's courses, and of what differs between two. */
import type { Course, Done } from './course.ts';
import type { Counts, Tally } from './types.ts';

export const emptyTally = (): Tally => ({
	due: 0,
	messages: 0,
	reached: 0,
	byChannel: {},
	byMessage: {},
	askedMinor: {},
	unsent: {},
	delayed: {},
	capHits: {},
	work: {},
	events: {},
});

const count = (counts: Counts, name: string, by = 1): void => {
	counts[name] = (counts[name] ?? 0) + by;
};

export function addCourse(tally: Tally, course: Course, currency: string): void {
	const sent = course.acts.filter((act) => act.did === 'sent');
	tally.due += course.steps.length;
	tally.messages += sent.length;
	tally.reached += sent.length > 0 ? 1 : 0;
	for (const act of sent) addMessage(tally, act as Done & { channel: string; message: string }, currency);
	for (const step of course.steps) {
		if (step.sent === undefined) count(tally.unsent, step.whys.at(-1) as string);
		// The hours of one morning are no delay.
		else if (step.sent > step.due) count(tally.delayed, step.whys[0] as string);
		for (const cap of step.caps) count(tally.capHits, cap);
	}
	for (const reason of course.work) count(tally.work, reason);
	for (const type of course.events) count(tally.events, type);
}

function addMessage(tally: Tally, { channel, message, amountMinor = 0 }: { channel: string; message: string; amountMinor?: number }, currency: string): void {
	count(tally.byChannel, channel);
	count(tally.byMessage, message);
	count(tally.askedMinor, currency, amountMinor);
}

/** Names in order, whatever order the accounts came in. */
const ordered = (counts: Counts): Counts => Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));

const each = (tally: Tally, change: (value: number | Counts, name: keyof Tally) => number | Counts): Tally =>
	Object.fromEntries(Object.entries(tally).map(([name, value]) => [name, change(value, name as keyof Tally)])) as unknown as Tally;

export const orderedTally = (tally: Tally): Tally => each(tally, (value) => (typeof value === 'number' ? value : ordered(value)));

/** b less a. */
export const differenceOf = (a: Tally, b: Tally): Tally =>
	each(b, (value, name) => (typeof value === 'number' ? value - (a[name] as number) : countsLess(value, a[name] as Counts)));

function countsLess(b: Counts, a: Counts): Counts {
	const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
	return ordered(Object.fromEntries(names.map((name) => [name, (b[name] ?? 0) - (a[name] ?? 0)] as const).filter(([, by]) => by !== 0)));
}
