/** What a simulation is given and what it answers. Instants are milliseconds, money minor units, as in the facts. */
import type { Channel } from '../../contracts/words.ts';
import type { AccountFacts, InvoiceFacts } from '../types.ts';

/** An invoice that is already known may be named with what changed of it alone; null takes away what was known. */
export type InvoiceChange = Pick<InvoiceFacts, 'ref'> & { [Field in keyof InvoiceFacts]?: InvoiceFacts[Field] | null };

/**
 * What became known. Invoices, payments, claims, appointments, plans, promises, flags and disputes are joined by their
 * `ref`, contacts by their channel; `history` adds contacts that were made elsewhere; all else replaces what was.
 * What was raised, reminded and paused is the simulation's own: it is not taken from a change.
 */
export type ChangedFacts = Partial<Omit<AccountFacts, 'ref' | 'currency' | 'practiceZone' | 'invoices'>> & { invoices?: readonly InvoiceChange[] };

export interface FactChange {
	at: number;
	facts: ChangedFacts;
	/** References of what is no longer there: flags cleared, disputes and plans settled. */
	gone?: readonly string[];
}

export interface SimulatedAccount {
	/** As they were at the beginning of the span. */
	facts: AccountFacts;
	/** In any order. */
	changes: readonly FactChange[];
	/**
	 * Invoice → until when its source went on confirming the amount without a change; absent, only `asOf` counts.
	 * Sources repeat what they know every night, and that is not written down each time.
	 */
	confirmedUntil?: Readonly<Record<string, number>>;
}

export interface Span {
	from: number;
	to: number;
	/** How many accounts are shown as examples of what differs; 20 unless told. */
	examples?: number;
}

export type Counts = Record<string, number>;

/** A policy's doings over the span. `due` is the sum of `messages` and `unsent`. */
export interface Tally {
	/** Steps of the ladder and events of which somebody should have been told. */
	due: number;
	messages: number;
	/** Accounts that got one. */
	reached: number;
	byChannel: Counts;
	byMessage: Counts;
	/** What the messages asked for, by currency. */
	askedMinor: Counts;
	/** Due, but never sent, by the reason that stood at the end. */
	unsent: Counts;
	/** Sent on a later day than they became due, by the reason that stood first. */
	delayed: Counts;
	/** Due messages that a cap stopped or moved, by cap. */
	capHits: Counts;
	/** Staff work by reason; for a fact nobody knows, the accounts it is missing of. */
	work: Counts;
	events: Counts;
}

export interface Why {
	code: string;
	text: string;
}

/** What one policy did or said at the instant at which the two part. */
export interface Act {
	did: 'sent' | 'asked_staff' | 'waited' | 'held' | 'not_due';
	message?: string;
	channel?: Channel;
	amountMinor?: number;
	reasons: Why[];
}

/** An account for which the two policies do not do the same: the first difference. */
export interface Example {
	account: string;
	at: number;
	/** The practice's: the instant is told in it. */
	zone: string;
	currency: string;
	a: Act;
	b: Act;
}

export interface SimulationResult {
	from: number;
	to: number;
	accounts: number;
	/** Accounts for which messages or staff work differ. */
	changed: number;
	a: Tally;
	b: Tally;
	/** b less a; what does not differ is left out of its counts. */
	difference: Tally;
	/** A sentence for each reason that is counted, as it was said first. */
	texts: Record<string, string>;
	/** By account. */
	examples: Example[];
}
