/** Balance Paid. */
import { formatMoney } from '../../../contracts/money.ts';
import { daysBetween, localDay } from '../../../rules/index.ts';
import type { Account } from '../../accounts.ts';
import { localIso, type Practice } from '../../practice.ts';
import type { Told } from './told.ts';

export function balancePaid({ deps, practice, account, event, cancelled }: Told): Record<string, unknown> {
	return {
		paid_by: paidBy(account),
		paid_at: localIso(deps.now(), practice.zone),
		remaining_amount: 0,
		remaining_amount_text: formatMoney(0, account.row.currency),
		invoices_text: event.invoices.join(', '),
		reminders_sent: account.row.history.length,
		days_to_pay: daysToPay(practice, account),
		cancelled_count: cancelled,
	};
}

/** What ended the balance: the newest fact about it. */
function paidBy({ row, facts }: Account): 'payment' | 'credit' | 'recorded' {
	if (facts.creditMinor > 0) return 'credit';
	return row.last_payment_at !== null && Date.parse(row.last_payment_at) >= newestReading(row.invoices) ? 'payment' : 'recorded';
}

const newestReading = (invoices: readonly { as_of: string }[]): number => invoices.reduce((newest, invoice) => Math.max(newest, Date.parse(invoice.as_of)), 0);

/** From the first notice to the fact that ended the balance. */
function daysToPay(practice: Practice, { row }: Account): number {
	const first = row.invoices.flatMap((invoice) => invoice.first_notice_date ?? []).sort()[0];
	const ended = Math.max(newestReading(row.invoices), row.last_payment_at === null ? 0 : Date.parse(row.last_payment_at));
	return first && ended > 0 ? Math.max(0, daysBetween(first, localDay(ended, practice.zone))) : 0;
}
