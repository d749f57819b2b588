/** Sample data for a demonstration: an aging report and a remittance that belong together. Everything in it is invented. */
import { minorText } from '../../contracts/money.ts';
import { type SampleAccount, type SampleInvoice, sampleAccounts } from './accounts.ts';
import { seeded } from './random.ts';
import { sampleRemittance } from './remittance.ts';

export interface SamplePractice {
	/** CSV with a row for each invoice. */
	agingReport: string;
	/** X12 835 whose claims belong to invoices of the report (CLP01 is `<account>-<invoice>`). */
	remittance: string;
}

const SEED = 835;

const HEADERS = [
	'Account #',
	'Guarantor Name',
	'Mobile Phone',
	'Email',
	'Language',
	'Location',
	'State',
	'ZIP',
	'Plan Type',
	'High Deductible',
	'OK to Text',
	'OK to Email',
	'OK to Call',
	'Deceased',
	'Bankruptcy',
	'QMB',
	'Invoice #',
	'DOS',
	'First Statement',
	'Due Date',
	'Original Amount',
	'Patient Balance',
	'Insurance Finalized',
	'Disputed',
] as const;

/**
 * The same bytes for the same day. Dates count back from the calendar day written in `now` (its own offset,
 * not UTC), so that balances of 7, 15 and 30 days reach their milestone on that day.
 */
export function samplePractice(now: string): SamplePractice {
	const day = now.slice(0, 10);
	const accounts = sampleAccounts(seeded(SEED), day);
	const rows = accounts.flatMap((account) => account.invoices.map((invoice) => row(account, invoice)));
	return { agingReport: [HEADERS, ...rows].map((cells) => `${cells.map(quoted).join(',')}\r\n`).join(''), remittance: sampleRemittance(accounts, day) };
}

const quoted = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
const flag = (set: boolean): string => (set ? 'yes' : '');
const usDate = (date: string): string => `${date.slice(5, 7)}/${date.slice(8)}/${date.slice(0, 4)}`;

/** As billing systems print it: credits in parentheses, commas between thousands. */
function printed(minor: number): string {
	const text = minorText(Math.abs(minor)).replace(/\B(?=(\d{3})+\.)/g, ',');
	return minor < 0 ? `(${text})` : text;
}

const row = (account: SampleAccount, invoice: SampleInvoice): string[] => [
	account.number,
	`${account.family}, ${account.given}`,
	account.phone,
	account.email,
	account.language,
	account.place.location,
	account.place.state,
	account.place.zip,
	account.plan,
	account.highDeductible,
	account.text,
	account.emailConsent,
	account.call,
	flag(account.deceased),
	flag(account.bankruptcy),
	flag(account.qmb),
	invoice.number,
	usDate(invoice.serviceDate),
	usDate(invoice.firstNotice),
	usDate(invoice.dueDate),
	printed(invoice.originalMinor),
	printed(invoice.balanceMinor),
	invoice.finalized,
	flag(invoice.disputed),
];
