/** How far the holds of law reach: some stop everything, some stop the debts of a day, one stops letters alone. */
import { ABSOLUTE_HOLDS } from '../../contracts/words.ts';
import { dayNumber, localDayNumber } from '../calendar.ts';
import type { AccountFacts, HoldFacts, InvoiceFacts } from '../types.ts';

/**
 * Does an active hold keep an invoice from being asked for? Mail that came back stops letters, not money. A
 * bankruptcy stops what was owed when the petition was filed (`since`): care on a later day is billed as usual
 * (11 U.S.C. 362); care on the same day, or on one nobody knows, counts as before.
 */
export function standsOn(hold: HoldFacts, invoice: InvoiceFacts, practiceZone: string): boolean {
	if (hold.reason === 'returned_mail') return false;
	if (hold.invoice !== undefined) return hold.invoice === invoice.ref;
	if (hold.reason !== 'bankruptcy' || invoice.serviceDate === undefined) return true;
	return !(dayNumber(invoice.serviceDate) > localDayNumber(hold.since, practiceZone));
}

/** Nothing about this account may go out: no release, no later charge, no policy gets past it. */
export const stopsAccount = (hold: HoldFacts, facts: AccountFacts): boolean =>
	hold.invoice === undefined &&
	ABSOLUTE_HOLDS.includes(hold.reason) &&
	!facts.invoices.some((invoice) => invoice.amountMinor > 0 && !standsOn(hold, invoice, facts.practiceZone));

/** A bankruptcy that spares later charges: it still stops whatever is not asked for by invoice (an installment, a word on a dispute). */
export const isStay = (hold: HoldFacts): boolean => hold.invoice === undefined && hold.reason === 'bankruptcy';
