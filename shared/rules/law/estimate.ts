/** Bills so far above their good faith estimate that the patient may dispute them: staff look before the patient asks. */
import { formatMoney } from '../../contracts/money.ts';
import { dayNumber } from '../calendar.ts';
import { leaf } from '../leaves.ts';
import type { AccountFacts, HoldFacts, InvoiceFacts, Leaf, StaffWork, Trace } from '../types.ts';
import type { Law } from './law.ts';

const NONE: readonly StaffWork[] = [];

/** `invoices` in the decision's own order, `today` a day number. A dispute that stands already is staff's work by itself. */
export function estimateWork(
	{ estimate }: Law,
	facts: AccountFacts,
	invoices: readonly InvoiceFacts[],
	holds: readonly HoldFacts[],
	today: number,
	trace: Trace[],
): readonly StaffWork[] {
	if (estimate === undefined || facts.currency !== 'USD' || invoices.every((invoice) => invoice.estimateMinor === undefined)) return NONE;
	const work: StaffWork[] = [];
	for (const invoice of invoices) {
		if (invoice.estimateMinor === undefined) continue;
		const leaves: Leaf[] = [];
		const disputed = holds.some((hold) => hold.reason === 'gfe_dispute' && (hold.invoice === undefined || hold.invoice === invoice.ref));
		const excess = invoice.amountMinor - invoice.estimateMinor;
		const fire =
			leaf(leaves, 'minor_above_estimate', '>=', estimate.excessMinor, excess) === true &&
			leaf(leaves, 'days_since_bill', '<=', estimate.days, daysSinceBill(invoice, today)) !== false &&
			leaf(leaves, 'estimate_disputed', '=', false, disputed) === true;
		const text = fire
			? `${formatMoney(excess, 'USD')} is billed above the good faith estimate`
			: 'The bill stays near its estimate, or nothing is left to do about it';
		trace.push({ rule: 'estimate', outcome: fire ? 'fire' : 'skip', subject: invoice.ref, text: `${text}.`, leaves });
		if (fire) work.push({ cause: `estimate:${invoice.ref}`, reason: 'estimate_exceeded', title: text, severity: 'normal', amountMinor: invoice.amountMinor });
	}
	return work;
}

/** Undefined without a first notice: the days of the patient's right have not begun to pass. */
function daysSinceBill({ firstNoticeDate }: InvoiceFacts, today: number): number | undefined {
	const bill = firstNoticeDate === undefined ? Number.NaN : dayNumber(firstNoticeDate);
	return Number.isNaN(bill) ? undefined : today - bill;
}
