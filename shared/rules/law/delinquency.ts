/** From when on a bill may be called overdue. A law may put that day later than the ladder does. */
import { dayNumber, dayText } from '../calendar.ts';
import type { InvoiceFacts } from '../types.ts';
import type { Law } from './law.ts';

/**
 * The first day, YYYY-MM-DD, on which a message may call the invoice overdue. `any`: no law of the places sets
 * one. `never`: one does, and the day of service or of the first bill is not known.
 */
export function delinquentOn(law: Law, invoice: Pick<InvoiceFacts, 'serviceDate' | 'firstNoticeDate'>): string {
	if (law.delinquent === undefined) return 'any';
	const { serviceDays, billDays } = law.delinquent;
	const day = Math.max(dayAfter(invoice.serviceDate, serviceDays), dayAfter(invoice.firstNoticeDate, billDays));
	return Number.isNaN(day) ? 'never' : dayText(day);
}

const dayAfter = (day: string | undefined, days: number): number => (day === undefined ? Number.NaN : dayNumber(day) + days);

/** May a message about all of these say "overdue" or "past due"? `today` is the practice's local day. */
export const mayCallOverdue = (law: Law, invoices: readonly Pick<InvoiceFacts, 'serviceDate' | 'firstNoticeDate'>[], today: string): boolean =>
	invoices.every((invoice) => {
		const on = delinquentOn(law, invoice);
		return on === 'any' || (on !== 'never' && on <= today);
	});
