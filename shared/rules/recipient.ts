/**
 * Whom a message is for: the guarantor, or the relative whom the guarantor lets be told (45 CFR 164.510(b)). The relative
 * is told and never asked, so no law on who owes for a spouse or a parent is touched. A message counts for the guarantor's
 * caps whoever gets it; its hour must be decent for both, and the law of both places binds it.
 */

import { leaf } from './leaves.ts';
import { type ReasonCode, reason } from './reasons.ts';
import type { AccountFacts, Leaf, Reason, Trace } from './types.ts';

export interface Addressed {
	/** With the contacts, zones and places that count for this recipient. */
	facts: AccountFacts;
	/** Why nothing may go to the relative, who was asked for by name. Another person never gets it then. */
	stops: readonly Reason[];
}

const NOTHING: readonly Reason[] = [];

/** For an account with a relative, or a request that asks for one. */
export function addressed(facts: AccountFacts, now: number, asked: 'guarantor' | 'relative' | undefined, trace: Trace[]): Addressed {
	const leaves: Leaf[] = [];
	const wanted = asked ?? (facts.relative?.instead === true ? 'relative' : 'guarantor');
	if (leaf(leaves, 'recipient', '=', 'relative', wanted) !== true) {
		trace.push({ rule: 'recipient', outcome: 'pass', text: 'The message is for the guarantor.', leaves });
		return { facts, stops: NOTHING };
	}
	const code = refusal(facts, now, leaves);
	if (code === undefined) {
		trace.push({ rule: 'recipient', outcome: 'pass', text: 'The message is for the relative, whom the guarantor lets be told.', leaves });
		return { facts: factsFor(facts, 'relative'), stops: NOTHING };
	}
	const why = reason(code);
	if (asked === undefined) {
		trace.push({ rule: 'recipient', outcome: 'skip', text: `${why.text} The message is for the guarantor again.`, leaves });
		return { facts, stops: NOTHING };
	}
	trace.push({ rule: 'recipient', outcome: 'hold', text: why.text, leaves });
	return { facts: factsFor(facts, 'relative'), stops: [why] };
}

function refusal({ relative, contacts }: AccountFacts, now: number, leaves: Leaf[]): ReasonCode | undefined {
	if (leaf(leaves, 'relative', 'known', undefined, relative?.relation) !== true || relative === undefined) return 'no_relative';
	if (leaf(leaves, 'relative_revoked', '=', false, relative.revoked === true) !== true) return 'relative_revoked';
	if (leaf(leaves, 'relative_authorized_at', '<=', now, relative.authorizedAt) !== true) return 'relative_not_authorized';
	if (relative.until !== undefined && leaf(leaves, 'relative_until', '>', now, relative.until) !== true) return 'relative_expired';
	// Who asked to be reached at one place alone is told there and through nobody else (45 CFR 164.522(b)).
	const only = contacts.some((contact) => contact.only === true);
	return leaf(leaves, 'guarantor_only_place', '=', false, only) === true ? undefined : 'only_guarantor';
}

/**
 * The facts as they count for a message to this person: the relative's own contacts and consents, and the zones and
 * places of both. Where those of one are unknown, those of both are.
 */
export function factsFor(facts: AccountFacts, recipient: 'guarantor' | 'relative'): AccountFacts {
	const { relative } = facts;
	if (recipient === 'guarantor' || facts.recipient !== undefined) return facts;
	if (relative === undefined) return { ...facts, recipient, contacts: [] };
	return { ...facts, recipient, contacts: relative.contacts, zones: both(facts.zones, relative.zones), places: both(facts.places, relative.places) };
}

const UNKNOWN: readonly string[] = [];

function both(a: readonly string[] = UNKNOWN, b: readonly string[] = UNKNOWN): readonly string[] {
	if (a.length === 0 || b.length === 0) return UNKNOWN;
	return [...new Set([...a, ...b])].sort();
}
