/** Bills so far above their good faith estimate that the patient may dispute them: staff look before the patient asks. */
import { formatMoney } from '../../contracts/money.ts';
import { dayNumber } from '../calendar.ts';
import { leaf } from '../leaves.ts';
import type { Scene } from '../scene.ts';
import type { InvoiceFacts, Leaf, StaffWork } from '../types.ts';
import type { Law } from './law.ts';

const NONE: readonly StaffWork[] = [];

/** In the order of the decision's own view of the invoices. A dispute that stands already is staff's work by itself. */
export function estimateWork({ estimate }: Law, scene: Scene): readonly StaffWork[] {
	const { facts, views, holds, today, trace } = scene;
	if (estimate === undefined || facts.currency !== 'USD') return NONE;
	const work: StaffWork[] = [];
	for (const { facts: invoice } of views) {
		if (invoice.estimateMinor === undefined) continue;
		const leaves: Leaf[] = [];
		const disputed = holds.some((hold) => hold.reason === 'gfe_dispute' && (hold.invoice === undefined || hold.invoice === invoice.ref));
		const excess = invoice.amountMinor - invoice.estimateMinor;
		const bill = billDay(invoice);
		const fire =
			leaf(leaves, 'minor_above_estimate', '>=', estimate.excessMinor, excess) === true &&
			leaf(leaves, 'days_since_bill', '<=', estimate.days, bill === undefined ? undefined : today - bill) !== false &&
			leaf(leaves, 'estimate_disputed', '=', false, disputed) === true;
		const text = fire
			? `${formatMoney(excess, 'USD')} is billed above the good faith estimate`
			: 'The bill stays near its estimate, or nothing is left to do about it';
		trace.push({ rule: 'estimate', outcome: fire ? 'fire' : 'skip', subject: invoice.ref, text: `${text}.`, leaves });
		if (fire) work.push({ cause: `estimate:${invoice.ref}`, reason: 'estimate_exceeded', title: text, severity: 'normal', amountMinor: invoice.amountMinor });
	}
	return work;
}

/** The day number on which the patient's right to dispute an estimate is over; undefined while its days have not begun to pass. */
export function estimateEnds({ estimate }: Law, invoice: InvoiceFacts): number | undefined {
	if (estimate === undefined || invoice.estimateMinor === undefined) return undefined;
	const bill = billDay(invoice);
	return bill === undefined ? undefined : bill + estimate.days + 1;
}

function billDay({ firstNoticeDate }: InvoiceFacts): number | undefined {
	const bill = firstNoticeDate === undefined ? Number.NaN : dayNumber(firstNoticeDate);
	return Number.isNaN(bill) ? undefined : bill;
}
