/** Reader of aging reports: a table with a row for each invoice (or account) and what the patient owes on it. */

import type { AccountHint, BalanceFact } from '../contracts/facts.ts';
import { Failure } from '../contracts/failure.ts';
import { CHANNELS, type Channel } from '../contracts/words.ts';
import { cleanCell, emailAddress, isBlank, isShortenedNumber, languageCode, phoneNumber, reportAmount, stateCode, yesNo, zipCode } from './cells.ts';
import { type AgingField, type AgingMapping, type Columns, checkMapping, findColumns, missingColumns } from './columns.ts';
import { parseDelimited } from './csv.ts';
import { notAfter, reportDate } from './dates.ts';
import type { AgingReportReading, FileProblem } from './reading.ts';

export interface AgingReportOptions {
	/** ISO 8601 instant; balances are known since then unless the report has an "As Of" column. */
	now: string;
	/** Our field → header of the column, where the usual names do not fit; "" reads no column for the field. */
	mapping?: AgingMapping;
	/** What set-up answered for all rows of this source; a column that says so row by row outranks it. */
	finalPatientShare?: boolean;
	/** ISO 4217; USD when absent. One report has one currency. */
	currency?: string;
}

/** Report titles, practice name and print date may stand above the header, and never more than this. */
const HEADER_WITHIN_ROWS = 20;
const CHANNEL_NAMES = Object.keys(CHANNELS) as Channel[];

interface Taken {
	row: number;
	fact: BalanceFact;
}

/**
 * Reads CSV, TSV, semicolons or bars. A row that can not be understood is left out and reported with its number
 * and column; of a row whose contact details can not be understood the balance is kept. Credits are facts
 * with a negative amount. Two rows with one account and invoice but different balances are both left out.
 * @throws Failure `invalid` when there is no header row, the mapping does not fit, or the table is broken.
 */
export function readAgingReport(text: string, options: AgingReportOptions): AgingReportReading {
	const mapping = options.mapping ?? {};
	checkMapping(mapping);
	const rows = parseDelimited(text, (row) => findColumns(row, mapping) !== undefined);
	const header = findHeader(rows, mapping);
	const reader = rowReader(header.columns, options);
	const kept = new Map<string, Taken | 'conflict'>();
	const counts = { rows: 0, rejectedRows: 0, duplicateRows: 0 };
	rows.slice(header.at + 1).forEach((cells, index) => {
		const row = header.at + index + 2;
		if (isFiller(cells)) return;
		counts.rows++;
		const fact = reader.read(cells, row);
		if (!fact) counts.rejectedRows++;
		else keep(kept, { row, fact }, reader.problems, header.columns, counts);
	});
	const facts = [...kept.values()].flatMap((taken) => (taken === 'conflict' ? [] : [taken.fact]));
	return {
		kind: 'aging_report',
		facts,
		problems: reader.problems,
		warnings: warnings(header.columns, facts, options),
		summary: { ...summarize(facts, options.currency ?? 'USD'), ...counts },
	};
}

function findHeader(rows: readonly string[][], mapping: AgingMapping): { at: number; columns: Columns } {
	for (const [at, row] of rows.slice(0, HEADER_WITHIN_ROWS).entries()) {
		const columns = findColumns(row, mapping);
		if (!columns) continue;
		const [missing] = missingColumns(columns, mapping);
		if (missing) throw noSuchColumn(missing, mapping);
		return { at, columns };
	}
	// The first rows are not quoted: without a header they are patients.
	const mapped = (['account', 'balance'] as const).find((field) => mapping[field]);
	if (mapped) throw noSuchColumn(mapped, mapping);
	throw new Failure(
		'invalid',
		'No header row was found. The first rows must hold one with at least a column for the account (such as "Account #" or "Patient ID") and one for the balance (such as "Patient Balance"); add it, or say in the mapping which columns they are.',
		{ code: 'no_header', fields: [{ field: 'mapping', message: 'Name the columns of account and balance.' }] },
	);
}

function noSuchColumn(field: AgingField, mapping: AgingMapping): Failure {
	const message = `The mapping reads ${field} from the column "${mapping[field]}", and no header row has such a column. Correct the mapping or the report.`;
	return new Failure('invalid', message, { code: 'no_such_column', fields: [{ field: `mapping.${field}`, message }] });
}

/** Blank rows, and the sums that reports print below. */
const isFiller = (cells: readonly string[]): boolean => {
	const first = cells.find((cell) => cell.trim() !== '');
	return first === undefined || /^(grand |report |sub-?)?totals?\b/i.test(first.trim());
};

function keep(
	kept: Map<string, Taken | 'conflict'>,
	taken: Taken,
	problems: FileProblem[],
	columns: Columns,
	counts: { rejectedRows: number; duplicateRows: number },
): void {
	const { account, invoice, amountMinor } = taken.fact;
	const key = JSON.stringify([account.yourReference, invoice ?? null]);
	const earlier = kept.get(key);
	if (earlier === undefined) {
		kept.set(key, taken);
		return;
	}
	counts.duplicateRows++;
	const what = invoice === undefined ? 'The account' : 'The invoice';
	if (earlier !== 'conflict' && earlier.fact.amountMinor === amountMinor) {
		problems.push({ position: `row ${taken.row}`, message: `${what} and its balance repeat row ${earlier.row}; this row was passed over.` });
		return;
	}
	counts.rejectedRows += earlier === 'conflict' ? 1 : 2;
	const other = earlier === 'conflict' ? 'earlier rows' : `row ${earlier.row}`;
	problems.push({
		position: `row ${taken.row}`,
		...fieldOf(columns, 'balance'),
		message: `${what} stands in ${other} too, with another balance; none of these rows was imported. Export one row for each invoice, or add a column with the invoice number.`,
	});
	kept.set(key, 'conflict');
}

const fieldOf = (columns: Columns, field: AgingField): { field?: string } => {
	const header = columns.headers[columns.index[field] ?? -1];
	return header ? { field: header } : {};
};

/** The cells of one row by our fields, and where to complain about them. */
interface Row {
	/** Clean text; empty when there is no such column or nothing in it. */
	text(field: AgingField): string;
	/** Reads a cell; a blank one is undefined, one that is not understood is undefined and reported. */
	read<T>(field: AgingField, parse: (cell: string) => T | undefined, remedy: string): T | undefined;
	complain(field: AgingField, message: string): void;
	columns: Columns;
}

function rowReader(
	columns: Columns,
	options: AgingReportOptions,
): { problems: FileProblem[]; read(cells: readonly string[], row: number): BalanceFact | undefined } {
	const problems: FileProblem[] = [];
	return {
		problems,
		read(cells, number) {
			const complain = (field: AgingField, message: string) => problems.push({ position: `row ${number}`, ...fieldOf(columns, field), message });
			if (cells.slice(columns.headers.length).some((cell) => cell.trim() !== '')) {
				problems.push({
					position: `row ${number}`,
					message: 'The row has more cells than the header, so its columns have shifted; put quotes around values that hold the delimiter.',
				});
				return undefined;
			}
			const text = (field: AgingField) => cleanCell(cells[columns.index[field] ?? -1] ?? '');
			const row: Row = {
				text,
				complain,
				columns,
				read(field, parse, remedy) {
					const cell = text(field);
					if (isBlank(cell)) return undefined;
					const value = parse(cell);
					if (value === undefined) complain(field, remedy);
					return value;
				},
			};
			return balanceFact(row, options);
		},
	};
}

function balanceFact(row: Row, options: AgingReportOptions): BalanceFact | undefined {
	const currency = options.currency ?? 'USD';
	const account = row.text('account');
	const invoice = row.text('invoice');
	const amountMinor = balance(row, currency);
	const numbered = isNumber(row, 'account', account) && (invoice === '' || isNumber(row, 'invoice', invoice));
	if (amountMinor === undefined || !numbered || !inCurrency(row, currency)) return undefined;
	const { now } = options;
	const date = (field: AgingField) =>
		row.read(field, (cell) => reportDate(cell, now), 'This is not a date; write it as YYYY-MM-DD or MM/DD/YYYY. The balance was imported without it.');
	const asOf = date('as_of');
	return compact<BalanceFact>({
		kind: 'balance',
		source: 'import',
		account: accountHint(row, account),
		currency,
		asOf: asOf === undefined ? now : notAfter(`${asOf}T00:00:00Z`, now),
		invoice: isBlank(invoice) ? undefined : invoice,
		amountMinor,
		originalMinor: row.read('original', (cell) => reportAmount(cell, currency), 'This is not an amount such as 1,084.20. The balance was imported without it.'),
		dueDate: date('due_date'),
		firstNoticeDate: date('first_notice'),
		serviceDate: date('service_date'),
		finalPatientShare: finalShare(row, options),
		disputed: flagged(row, 'disputed'),
	});
}

function balance(row: Row, currency: string): number | undefined {
	const cell = row.text('balance');
	const amountMinor = cell === '' ? undefined : reportAmount(cell, currency);
	if (cell === '') row.complain('balance', 'The balance is empty; write 0 when nothing is owed.');
	else if (amountMinor === undefined) row.complain('balance', 'This is not an amount; write it like 1,084.20, and credits like -20.00 or (20.00).');
	return amountMinor;
}

function isNumber(row: Row, field: 'account' | 'invoice', cell: string): boolean {
	if (field === 'account' && isBlank(cell)) row.complain(field, 'The account number is empty; the balance belongs to nobody.');
	else if (isShortenedNumber(cell)) row.complain(field, 'A spreadsheet has shortened this number (as in 1.2E+11); format the column as text and export again.');
	else return true;
	return false;
}

function inCurrency(row: Row, currency: string): boolean {
	const cell = row.text('currency').toUpperCase();
	if (isBlank(cell) || cell === currency) return true;
	row.complain('currency', `The report is read in ${currency}; export other currencies into a file of their own.`);
	return false;
}

/** Nothing outstanding at the insurer makes the patient's amount final; anything outstanding does not. */
function finalShare(row: Row, options: AgingReportOptions): boolean | undefined {
	const stated = row.read('final_share', yesNo, 'This is neither yes nor no; the amount is held until somebody says whether it is final.');
	if (stated !== undefined) return stated;
	const insurance = row.text('insurance_balance');
	if (insurance !== '') {
		const minor = reportAmount(insurance, options.currency ?? 'USD');
		if (minor !== undefined) return minor === 0;
		row.complain('insurance_balance', "This is not an amount; the patient's share is held until somebody says whether it is final.");
		return undefined;
	}
	// A final-share cell that was not understood is unknown, whatever set-up said of the other rows.
	return isBlank(row.text('final_share')) ? options.finalPatientShare : undefined;
}

/** Flags that stop messages: what is not understood counts as yes, and is said, because a wrong no can not be taken back. */
function flagged(row: Row, field: AgingField): boolean | undefined {
	const cell = row.text(field);
	if (isBlank(cell)) return undefined;
	const value = yesNo(cell);
	if (value === undefined) row.complain(field, 'This is neither yes nor no and was read as yes, so that nothing is sent; correct it if it is wrong.');
	return value ?? true;
}

/** "Doe, Jane" is how systems sort; "Jane Doe" is how a letter greets. "Doe, Jr." and "Care, LLC" stay. */
function personName(name: string | undefined): string | undefined {
	const [family = '', given = '', ...more] = (name ?? '').split(',').map((part) => part.trim());
	if (family === '' || given === '' || more.length > 0 || /^(jr|sr|i{2,3}|iv|llc|inc|pllc|pc|md|do|np|phd|esq|trustee)\.?$/i.test(given)) return name;
	return `${given} ${family}`;
}

const WITHOUT = 'The balance was imported without it.';

function accountHint(row: Row, account: string): AccountHint {
	const given = (field: AgingField) => (isBlank(row.text(field)) ? undefined : row.text(field));
	const consent = consents(row);
	return compact<AccountHint>({
		yourReference: account,
		name: personName(given('name')),
		email: row.read('email', emailAddress, `This is not one e-mail address. ${WITHOUT}`),
		phone: row.read('phone', phoneNumber, `This is not a phone number with area code. ${WITHOUT}`),
		language: row.read('language', languageCode, `This language is not known; write a code such as en or es. ${WITHOUT}`),
		location: given('location'),
		state: row.read('state', stateCode, `This is not a two-letter US state. ${WITHOUT}`),
		zip: row.read('zip', zipCode, `This is not a ZIP code. ${WITHOUT}`),
		planType: given('plan_type'),
		highDeductible: row.read('high_deductible', yesNo, `This is neither yes nor no. ${WITHOUT}`),
		deceased: flagged(row, 'deceased'),
		bankruptcy: flagged(row, 'bankruptcy'),
		qmb: flagged(row, 'qmb'),
		consent: consent.length === 0 ? undefined : consent,
	});
}

/** A yes without a channel proves consent for no channel; a no without a channel refuses them all. */
function consents(row: Row): NonNullable<AccountHint['consent']> {
	const remedy = 'This is neither yes nor no; consent stays unknown.';
	const evidence = (field: AgingField) => `column "${fieldOf(row.columns, field).field ?? field}" of the aging report`;
	if (row.read('consent', yesNo, remedy) === false) return CHANNEL_NAMES.map((channel) => ({ channel, granted: false, evidence: evidence('consent') }));
	return CHANNEL_NAMES.flatMap((channel) => {
		const field = `consent_${channel}` as const;
		const granted = row.read(field, yesNo, remedy);
		return granted === undefined ? [] : [{ channel, granted, evidence: evidence(field) }];
	});
}

/** Without the keys whose value is unknown: facts leave out what they do not know. */
function compact<T extends object>(values: { [K in keyof T]: T[K] | undefined }): T {
	const known: Partial<T> = {};
	for (const key in values) if (values[key] !== undefined) known[key] = values[key];
	return known as T;
}

function warnings({ index, headers }: Columns, facts: readonly BalanceFact[], options: AgingReportOptions): string[] {
	const said: string[] = [];
	if (index.final_share === undefined && index.insurance_balance === undefined && options.finalPatientShare === undefined) {
		said.push('No column says whether the balance is the final patient share; reminders hold until set-up answers this for the report.');
	}
	if (index.first_notice === undefined && index.due_date === undefined)
		said.push('No column has a due date or a first statement date; balances without one do not age.');
	if (index.consent !== undefined) {
		said.push(
			`The column "${headers[index.consent]}" does not name a channel: a no was read as a refusal of every channel, a yes as consent to none. Map it to consent_sms, consent_email or another channel if the form says so.`,
		);
	}
	const credits = facts.filter(({ amountMinor }) => amountMinor < 0).length;
	if (credits > 0) said.push(`Credit balances: ${credits}. They are the patients' money; apply or refund them. They are not netted against what is owed here.`);
	return said;
}

function summarize(facts: readonly BalanceFact[], currency: string) {
	const sum = (sign: 1 | -1) => facts.reduce((total, { amountMinor }) => total + Math.max(0, sign * amountMinor), 0);
	return {
		currency,
		accounts: new Set(facts.map(({ account }) => account.yourReference)).size,
		balances: facts.length,
		zeroBalances: facts.filter(({ amountMinor }) => amountMinor === 0).length,
		owedMinor: sum(1),
		credits: facts.filter(({ amountMinor }) => amountMinor < 0).length,
		creditMinor: sum(-1),
	};
}
