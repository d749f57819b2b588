/** What a letter's table says: each invoice it covers, by the practice's own number. */
import { formatMoney } from '../../contracts/money.ts';
import { dateText } from '../../rules/content/dates.ts';
import type { Language } from '../../rules/content/language.ts';
import type { Account } from '../accounts.ts';
import type { LetterLine } from './evidence.ts';

/** Sorted by due date, the oldest first; an invoice without a number of its own is the account's balance. */
export function letterLines({ row }: Account, reminder: { covers: readonly string[] }, language: Language): LetterLine[] {
	return row.invoices
		.filter((invoice) => reminder.covers.includes(invoice.invoice_ref))
		.sort((a, b) => compare(a.due_date ?? '', b.due_date ?? '') || compare(a.your_reference, b.your_reference))
		.map((invoice) => ({
			reference: invoice.your_reference,
			due: invoice.due_date ? dateText(invoice.due_date, language) : '',
			amount: formatMoney(invoice.amount_minor, invoice.currency),
		}));
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
