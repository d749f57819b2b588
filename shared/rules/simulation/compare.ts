/** Where two policies first part over one account, and what each of them said at that instant. */
import type { AccountFacts } from '../types.ts';
import type { Course, Done } from './course.ts';
import type { Act, Example } from './types.ts';

const same = (a: Done | undefined, b: Done | undefined): boolean =>
	a?.at === b?.at &&
	a?.did === b?.did &&
	a?.message === b?.message &&
	a?.channel === b?.channel &&
	a?.amountMinor === b?.amountMinor &&
	// Of staff work the reason says what it is; a message that was sent had none.
	a?.reasons[0]?.code === b?.reasons[0]?.code;

export function firstDifference(facts: AccountFacts, a: Course, b: Course): Example | undefined {
	const index = Array.from({ length: Math.max(a.acts.length, b.acts.length) }).findIndex((_, i) => !same(a.acts[i], b.acts[i]));
	if (index === -1) return undefined;
	const at = Math.min(a.acts[index]?.at ?? Number.POSITIVE_INFINITY, b.acts[index]?.at ?? Number.POSITIVE_INFINITY);
	return { account: facts.ref, at, zone: facts.practiceZone, currency: facts.currency, a: actAt(a, index, at), b: actAt(b, index, at) };
}

function actAt({ acts, said }: Course, index: number, at: number): Act {
	const done = acts[index];
	// Both have looked at the account when the span began, so there is always a last word.
	const { at: _, ...act } = done?.at === at ? done : (said.findLast((word) => word.at <= at) as Done);
	return act;
}
