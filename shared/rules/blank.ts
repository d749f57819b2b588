/** An account and an invoice of which nothing more is known: for who builds facts by hand, so that a new fact has one place to be absent. */
import type { AccountFacts, InvoiceFacts } from './types.ts';

/** `practiceZone` is an IANA name. Without zones, contacts and consents nothing may go out about it. */
export const blankAccount = (ref: string, currency: string, practiceZone: string): AccountFacts => ({
	ref,
	currency,
	practiceZone,
	zones: [],
	invoices: [],
	creditMinor: 0,
	holds: [],
	contacts: [],
	history: [],
	payments: [],
	claims: [],
	workOpen: false,
});

/** `asOf` in milliseconds. Whether the amount is final is unknown, and it has no age. */
export const blankInvoice = (ref: string, amountMinor: number, asOf: number): InvoiceFacts => ({
	ref,
	amountMinor,
	asOf,
	disputed: false,
	raisedDays: 0,
	remindedDays: 0,
	pausedDays: 0,
});
