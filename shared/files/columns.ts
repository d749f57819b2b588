/** Which column of an aging report is which of our fields. */
import { invalidField } from '../contracts/failure.ts';

/** Our field → headers it is known under, best first, written as `plainHeader` makes them. Fields are served in this order, a column serves one. */
export const AGING_COLUMNS = {
	account: [
		'account',
		'account number',
		'account no',
		'account id',
		'acct',
		'acct number',
		'acct no',
		'guarantor account',
		'guarantor number',
		'guarantor id',
		'patient account',
		'patient account number',
		'patient id',
		'patient number',
		'chart',
		'chart number',
		'mrn',
		'client id',
		'guarantor',
	],
	invoice: [
		'invoice',
		'invoice number',
		'invoice no',
		'invoice id',
		'bill number',
		'statement number',
		'ticket number',
		'encounter',
		'encounter id',
		'encounter number',
		'visit id',
		'claim number',
	],
	balance: [
		'patient balance',
		'patient responsibility',
		'patient due',
		'patient amount due',
		'pt balance',
		'guarantor balance',
		'self pay balance',
		'balance due',
		'amount due',
		'open balance',
		'balance',
		'outstanding balance',
		'outstanding',
		'total due',
		'total balance',
		'total',
		'amount',
	],
	original: ['original amount', 'invoice amount', 'original balance', 'invoice total', 'original patient amount'],
	insurance_balance: ['insurance balance', 'ins balance', 'insurance pending', 'insurance due', 'payer balance'],
	final_share: ['insurance finalized', 'insurance complete', 'insurance done', 'final patient share', 'final patient balance', 'final'],
	due_date: ['due date', 'date due', 'due', 'payment due', 'payment due date'],
	first_notice: [
		'first statement',
		'first statement date',
		'first notice',
		'first notice date',
		'first bill date',
		'first billed',
		'statement date',
		'bill date',
		'invoice date',
	],
	service_date: ['dos', 'date of service', 'service date', 'visit date', 'encounter date'],
	as_of: ['as of', 'as of date', 'report date'],
	currency: ['currency', 'currency code'],
	disputed: ['disputed', 'dispute', 'in dispute'],
	deceased: ['deceased', 'patient deceased', 'guarantor deceased'],
	bankruptcy: ['bankruptcy', 'bankrupt', 'in bankruptcy'],
	qmb: ['qmb', 'qualified medicare beneficiary'],
	name: [
		'guarantor name',
		'responsible party',
		'responsible party name',
		'account name',
		'guarantor',
		'name',
		'full name',
		'customer',
		'client name',
		'patient name',
		'patient',
	],
	phone: ['mobile phone', 'cell phone', 'mobile', 'cell', 'phone', 'phone number', 'guarantor phone', 'primary phone', 'home phone', 'telephone'],
	email: ['email', 'email address', 'e mail', 'guarantor email'],
	language: ['language', 'preferred language', 'primary language'],
	location: ['location', 'office', 'clinic', 'facility', 'site', 'branch', 'department'],
	state: ['state', 'guarantor state', 'st', 'province'],
	zip: ['zip', 'zip code', 'zipcode', 'postal code', 'guarantor zip'],
	plan_type: ['plan type', 'plan', 'insurance plan', 'payer type', 'financial class'],
	high_deductible: ['high deductible', 'hdhp', 'high deductible plan'],
	consent_sms: ['consent sms', 'sms consent', 'text consent', 'consent text', 'consent to text', 'ok to text', 'text ok', 'text opt in', 'sms opt in'],
	consent_voice: ['consent voice', 'voice consent', 'call consent', 'consent call', 'consent to call', 'ok to call', 'phone consent'],
	consent_email: ['consent email', 'email consent', 'consent to email', 'ok to email', 'email ok', 'email opt in', 'paperless'],
	consent_letter: ['consent letter', 'letter consent', 'consent mail', 'mail consent', 'ok to mail'],
	consent_fax: ['consent fax', 'fax consent', 'ok to fax'],
	consent_portal: ['consent portal', 'portal consent', 'ok to message', 'portal opt in'],
	/** Without a channel: a no counts for all of them, a yes for none. */
	consent: ['consent', 'contact consent', 'communication consent', 'opt in', 'ok to contact'],
} as const satisfies Record<string, readonly string[]>;

export type AgingField = keyof typeof AGING_COLUMNS;
/** Our field → the header of its column, as the file spells it; an empty header means that no column is read for the field. */
export type AgingMapping = Partial<Record<AgingField, string>>;

export interface Columns {
	/** Our field → index of its cell. */
	index: Partial<Record<AgingField, number>>;
	/** Headers as the file spells them. */
	headers: string[];
}

const FIELDS = Object.keys(AGING_COLUMNS) as AgingField[];

/** "Account #" and "ACCOUNT_NO." alike: lower case, words only; # and no. say number. */
export const plainHeader = (header: string): string =>
	header
		.toLowerCase()
		.replace(/#|\bnum\b|\bnbr\b/g, ' number ')
		.replace(/[^a-z0-9]+/g, ' ')
		.trim();

/** @throws Failure `invalid` when the mapping names a field that we do not have. */
export function checkMapping(mapping: AgingMapping): void {
	for (const field of Object.keys(mapping)) {
		if (!Object.hasOwn(AGING_COLUMNS, field)) throw invalidField(`mapping.${field}`, `There is no field "${field}". The fields are ${FIELDS.join(', ')}.`);
	}
}

/** Undefined when the row is not the header: account or balance are not in it. */
export function findColumns(row: readonly string[], mapping: AgingMapping): Columns | undefined {
	const headers = row.map((cell) => cell.trim());
	const plain = headers.map(plainHeader);
	const index: Columns['index'] = {};
	const taken = new Set<number>();
	for (const field of FIELDS) {
		const mapped = mapping[field];
		if (mapped === undefined) continue;
		const at = plain.indexOf(plainHeader(mapped));
		if (at !== -1 && mapped !== '') {
			index[field] = at;
			taken.add(at);
		}
	}
	for (const field of FIELDS) {
		if (mapping[field] !== undefined) continue;
		const at = AGING_COLUMNS[field]
			.map((synonym) => plain.findIndex((header, column) => header === synonym && !taken.has(column)))
			.find((column) => column !== -1);
		if (at === undefined) continue;
		index[field] = at;
		taken.add(at);
	}
	return index.account === undefined || index.balance === undefined ? undefined : { index, headers };
}

/** Mapped fields whose column the file does not have. */
export const missingColumns = (columns: Columns, mapping: AgingMapping): AgingField[] =>
	FIELDS.filter((field) => mapping[field] && columns.index[field] === undefined);
