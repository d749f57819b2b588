/** What the reader of a remittance knows while it reads: never more than the transaction and the claim it is in. */
import type { Adjustment, ClaimLine } from '../../contracts/facts.ts';
import { brokenAt } from '../x12.ts';
import { x12Amount } from '../x12-amount.ts';
import type { Notes } from './notes.ts';

export type Elements = readonly string[];

export interface RawLine extends Pick<ClaimLine, 'procedure' | 'serviceDate' | 'chargeMinor' | 'paidMinor' | 'adjustments' | 'remarks'> {
	/** Segment of the file, for messages. */
	position: number;
}

/** One CLP loop. */
export interface RawClaim {
	transaction: Transaction;
	/** Segment of the file, for messages. */
	position: number;
	number: string;
	status: string;
	chargeMinor: number;
	paidMinor: number;
	payerClaim?: string;
	serviceDate?: string;
	/** Claim-level adjustments and remarks. */
	adjustments: Adjustment[];
	remarks: string[];
	/** The payer names the one it passed the claim on to (NM1*TT). */
	forwarded: boolean;
	lines: RawLine[];
}

export interface ProviderAdjustment {
	/** PLB03-1. */
	code: string;
	/** Positive lowers the payment, negative raises it. */
	amountMinor: number;
	position: string;
}

/** One ST…SE and what its claims need to know of it. */
export interface Transaction {
	position: number;
	control: string;
	/** Segments so far, ST and SE included: SE01 says how many there should be. */
	segments: number;
	interchange: string;
	currency: string;
	amountMinor: number;
	method?: string;
	date?: string;
	trace?: string;
	payer: string;
	asOf?: string;
	produced?: string;
	/** ISO 8601, never after now; worked out at its first claim, when all that it follows from has been read. */
	knownAt?: string;
	claimsMinor: number;
	adjustmentsMinor: number;
	/** Provider-level adjustments by code. */
	adjustments: Map<string, number>;
}

/** Where finished things go. */
export interface Sink {
	claim(claim: RawClaim): void;
	adjustment(adjustment: ProviderAdjustment): void;
	payment(transaction: Transaction): void;
}

export interface State {
	sink: Sink;
	notes: Notes;
	interchange: string;
	groupAsOf: string | undefined;
	transactionsInGroup: number;
	groupsInInterchange: number;
	/** Inside a transaction that is not an 835: its segments mean other things. */
	foreign: string | undefined;
	currency: string | undefined;
	transaction: Transaction | undefined;
	claim: RawClaim | undefined;
	line: RawLine | undefined;
	/** Totals of the whole file: CLP segments, of which predeterminations, CLP03 and CLP04. */
	transactions: number;
	claims: number;
	predeterminations: number;
	chargeMinor: number;
	paidMinor: number;
}

export const newState = (sink: Sink, notes: Notes): State => ({
	sink,
	notes,
	interchange: '',
	groupAsOf: undefined,
	transactionsInGroup: 0,
	groupsInInterchange: 0,
	foreign: undefined,
	currency: undefined,
	transaction: undefined,
	claim: undefined,
	line: undefined,
	transactions: 0,
	claims: 0,
	predeterminations: 0,
	chargeMinor: 0,
	paidMinor: 0,
});

export function inTransaction(state: State, id: string, position: number): Transaction {
	if (!state.transaction) throw brokenAt(id, position, 'stands outside a transaction: ST is missing.');
	return state.transaction;
}

export function inClaim(state: State, id: string, position: number): RawClaim {
	inTransaction(state, id, position);
	if (!state.claim) throw brokenAt(id, position, 'stands outside a claim: CLP is missing.');
	return state.claim;
}

/** An amount that must be there. @throws Failure `invalid` naming segment and element */
export function money(state: State, id: string, index: number, elements: Elements, position: number): number {
	const minor = x12Amount(elements[index]?.trim() ?? '', state.transaction?.currency ?? 'USD');
	if (minor === undefined) throw brokenAt(id, position, `has no amount in ${id}${String(index).padStart(2, '0')}.`);
	return minor;
}
