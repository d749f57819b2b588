import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BalanceFact } from '../../shared/contracts/facts.ts';
import { Failure } from '../../shared/contracts/failure.ts';
import { minorText } from '../../shared/contracts/money.ts';
import { type AgingReportOptions, readAgingReport } from '../../shared/files/aging-report.ts';
import { parseDelimited } from '../../shared/files/csv.ts';

const NOW = '2026-11-24T18:00:00Z';
const read = (text: string, options: Partial<AgingReportOptions> = {}) => readAgingReport(text, { now: NOW, ...options });
const balances = (text: string, options: Partial<AgingReportOptions> = {}): BalanceFact[] =>
	read(text, options).facts.filter((fact) => fact.kind === 'balance');
/** One account with one more column. */
const one = (header: string, cell: string, options: Partial<AgingReportOptions> = {}) => {
	const reading = read(`Account #\tPatient Balance\t${header}\n10001\t84.20\t${cell}\n`, options);
	return { ...reading, fact: reading.facts[0] as BalanceFact };
};

const failure = (text: string, options: Partial<AgingReportOptions> = {}): Failure => {
	try {
		read(text, options);
	} catch (error) {
		if (error instanceof Failure) return error;
		throw error;
	}
	throw new Error('the file was read');
};

describe('an aging report', () => {
	it('becomes one fact for each row, with all that the row knows', () => {
		const text = [
			'Account #,Guarantor,Phone,Email,Language,State,ZIP,Clinic,Plan Type,HDHP,OK to Text,Email Consent,Deceased,Bankruptcy,QMB,Invoice #,DOS,First Statement,Due Date,Original Amount,Patient Balance,Insurance Balance,Disputed',
			'10001,"Testerman, Ada",(602) 555-0101,ada@example.com,Spanish,az,85004,Phoenix,PPO,no,yes,no,no,no,no,5001,10/03/2026,11/17/26,2026-12-01,"$1,184.20","1,084.20",0.00,no',
		].join('\r\n');
		const { facts, problems, warnings, summary } = read(text);
		expect(facts).toEqual([
			{
				kind: 'balance',
				source: 'import',
				account: {
					yourReference: '10001',
					name: 'Ada Testerman',
					email: 'ada@example.com',
					phone: '+16025550101',
					language: 'es',
					location: 'Phoenix',
					state: 'AZ',
					zip: '85004',
					planType: 'PPO',
					highDeductible: false,
					deceased: false,
					bankruptcy: false,
					qmb: false,
					consent: [
						{ channel: 'sms', granted: true, evidence: 'column "OK to Text" of the aging report' },
						{ channel: 'email', granted: false, evidence: 'column "Email Consent" of the aging report' },
					],
				},
				currency: 'USD',
				asOf: NOW,
				invoice: '5001',
				amountMinor: 108_420,
				originalMinor: 118_420,
				dueDate: '2026-12-01',
				firstNoticeDate: '2026-11-17',
				serviceDate: '2026-10-03',
				finalPatientShare: true,
				disputed: false,
			},
		]);
		expect(problems).toEqual([]);
		expect(warnings).toEqual([]);
		expect(summary).toEqual({
			currency: 'USD',
			rows: 1,
			accounts: 1,
			balances: 1,
			rejectedRows: 0,
			duplicateRows: 0,
			zeroBalances: 0,
			owedMinor: 108_420,
			credits: 0,
			creditMinor: 0,
		});
	});

	it('needs no more than account and balance, and says what it does not know', () => {
		const { facts, warnings } = read('MRN;Balance\n7;3.5\n');
		expect(facts).toEqual([{ kind: 'balance', source: 'import', account: { yourReference: '7' }, currency: 'USD', asOf: NOW, amountMinor: 350 }]);
		expect(warnings).toEqual([
			'No column says whether the balance is the final patient share; reminders hold until set-up answers this for the report.',
			'No column has a due date or a first statement date; balances without one do not age.',
		]);
	});

	it("takes set-up's answer about the patient share for all rows that do not say otherwise", () => {
		expect(balances('MRN,Balance\n7,3.5\n', { finalPatientShare: true })[0]?.finalPatientShare).toBe(true);
		expect(one('Insurance Finalized', 'no', { finalPatientShare: true }).fact.finalPatientShare).toBe(false);
		expect(one('Insurance Finalized', '', { finalPatientShare: true }).fact.finalPatientShare).toBe(true);
		expect(one('Insurance Finalized', 'perhaps', { finalPatientShare: true }).fact).not.toHaveProperty('finalPatientShare');
	});

	it.each([
		['0', true],
		['12.00', false],
		['-', true],
	])('takes the patient share as final when the insurer still owes %s: %s', (cell, final) => {
		expect(one('Insurance Balance', cell).fact.finalPatientShare).toBe(final);
	});

	it('does not take an insurance balance it can not read for settled', () => {
		const { fact, problems } = one('Insurance Balance', 'soon', { finalPatientShare: true });
		expect(fact).not.toHaveProperty('finalPatientShare');
		expect(problems).toEqual([
			{ position: 'row 2', field: 'Insurance Balance', message: "This is not an amount; the patient's share is held until somebody says whether it is final." },
		]);
	});

	it('is known since the day the report names, and never after now', () => {
		expect(one('As Of', '11/20/2026').fact.asOf).toBe('2026-11-20T00:00:00Z');
		expect(one('As Of', '11/30/2026').fact.asOf).toBe(NOW);
	});
});

describe('the header', () => {
	it.each([
		['Account #', 'Balance'],
		['ACCOUNT_NO', 'Balance Due'],
		['Acct. No.', 'Patient Balance'],
		['Patient ID', 'Total'],
		['Guarantor', 'Open Balance'],
		['Guarantor ID', 'Amount Due'],
		['Chart Number', 'patient responsibility'],
	])('is recognised: %s and %s', (account, balance) => {
		expect(balances(`${account},${balance}\n9,1.00`)[0]).toMatchObject({ account: { yourReference: '9' }, amountMinor: 100 });
	});

	it("prefers the patient's balance to the total, whatever the order", () => {
		expect(balances('Account,Total,Patient Balance\n1,100,20')[0]?.amountMinor).toBe(2_000);
	});

	it('reads Guarantor as the name where another column has the account number', () => {
		expect(balances('Guarantor,Patient ID,Balance\nAda Testerman,77,1')[0]?.account).toEqual({ yourReference: '77', name: 'Ada Testerman' });
	});

	it('may stand below titles, whose rows count', () => {
		const { facts, problems } = read('Sample Allergy\nAging as of 11/24/2026\n\nAccount,Balance\n1,10\n2,ten\n');
		expect(facts).toHaveLength(1);
		expect(problems).toMatchObject([{ position: 'row 6', field: 'Balance' }]);
	});

	it('is missed loudly, without a word of the patients in its place', () => {
		const refused = failure('Ada Testerman,84.20\nBruno Mockridge,12\n');
		expect(refused).toMatchObject({ kind: 'invalid', code: 'no_header' });
		expect(`${refused.message} ${JSON.stringify(refused.fields)}`).not.toMatch(/Ada|Bruno|84/);
	});

	it.each(
		['Last, Suffix|Care, LLC', 'Testerman, Jr.|Testerman, Jr.', 'A, B, C|A, B, C', 'Doe, |Doe,', 'Doe, Jane|Jane Doe', 'Jane Doe|Jane Doe'].slice(1),
	)('turns a sorted name into one for a greeting: %s', (pair) => {
		const [name = '', expected = ''] = pair.split('|');
		expect(one('Guarantor Name', name).fact.account.name).toBe(expected);
	});
});

describe('a mapping', () => {
	const text = 'Kundennr,Offen,Total,Mail ok\n5,1.50,99,yes\n';

	it('says which column is which, in any spelling of its header', () => {
		expect(balances(text, { mapping: { account: 'kundennr', balance: 'OFFEN', consent_email: 'Mail ok' } })[0]).toMatchObject({
			account: { yourReference: '5', consent: [{ channel: 'email', granted: true, evidence: 'column "Mail ok" of the aging report' }] },
			amountMinor: 150,
		});
	});

	it('outranks the usual names', () => {
		expect(balances('Account,Balance,Due\n1,10,20', { mapping: { balance: 'Due' } })[0]?.amountMinor).toBe(2_000);
	});

	it('can keep a column from being read', () => {
		expect(balances('Account,Balance,Email\n1,10,a@example.com', { mapping: { email: '' } })[0]?.account).toEqual({ yourReference: '1' });
	});

	it.each([
		[
			{ account: 'Nummer', balance: 'Offen' },
			'The mapping reads account from the column "Nummer", and no header row has such a column. Correct the mapping or the report.',
			'mapping.account',
		],
		[
			{ account: 'Kundennr', balance: 'Offen', email: 'Mail' },
			'The mapping reads email from the column "Mail", and no header row has such a column. Correct the mapping or the report.',
			'mapping.email',
		],
	])('that names a missing column is refused', (mapping, message, field) => {
		expect(failure(text, { mapping })).toMatchObject({ kind: 'invalid', code: 'no_such_column', message, fields: [{ field, message }] });
	});

	it('that names a field we do not have is refused', () => {
		const refused = failure(text, { mapping: { acount: 'Kundennr' } as never });
		expect(refused.fields[0]?.field).toBe('mapping.acount');
		expect(refused.message).toMatch(/^There is no field "acount"\. The fields are account, invoice, balance,/);
	});
});

describe('a balance', () => {
	it.each([
		['84.20', 8_420],
		['$84.20', 8_420],
		['$ 84.2', 8_420],
		['1,084.20', 108_420],
		['"$1,234,567.89"', 123_456_789],
		['84', 8_400],
		['.5', 50],
		['(84.20)', -8_420],
		['($84.20)', -8_420],
		['$(84.20)', -8_420],
		['-84.20', -8_420],
		['-$84.20', -8_420],
		['$-84.20', -8_420],
		['84.20-', -8_420],
		['84.20 CR', -8_420],
		['84.20 DR', 8_420],
		['0', 0],
		['-0.00', 0],
		['-', 0],
		['$ -', 0],
		['="84.20"', 8_420],
	])('written %s is understood', (cell, minor) => {
		const [fact] = balances(`Account\tBalance\n1\t${cell}`);
		expect(fact?.amountMinor).toBe(minor);
		expect(Object.is(fact?.amountMinor, -0)).toBe(false);
	});

	it.each([
		'84,20',
		'1,08,420',
		'1,0842',
		'ten',
		'84.205',
		'(84.20',
		'84.20)',
		'-(84.20)',
		'--5',
		'(5)-',
		'1 084',
		'10000000.01',
		'$',
		'NaN',
		'1e3',
		'€5',
	])('written %s is refused, and its value not repeated', (cell) => {
		const { facts, problems, summary } = read(`Account\tBalance\n1\t${cell}\n2\t5`);
		expect(facts).toHaveLength(1);
		expect(problems).toEqual([
			{ position: 'row 2', field: 'Balance', message: 'This is not an amount; write it like 1,084.20, and credits like -20.00 or (20.00).' },
		]);
		expect(summary).toMatchObject({ rows: 2, rejectedRows: 1, balances: 1 });
	});

	it('that is empty is refused, since 0 means paid', () => {
		expect(read('Account,Balance\n1,\n').problems).toEqual([
			{ position: 'row 2', field: 'Balance', message: 'The balance is empty; write 0 when nothing is owed.' },
		]);
	});

	it('below zero is a credit: a fact, a warning, and never netted', () => {
		const { facts, warnings, summary } = read('Account,Invoice,Balance,Due Date,Final\n1,A,100,2026-11-01,yes\n1,B,(30),2026-11-01,yes\n2,C,0,2026-11-01,yes');
		expect(facts.map((fact) => (fact.kind === 'balance' ? fact.amountMinor : 0))).toEqual([10_000, -3_000, 0]);
		expect(warnings).toEqual(["Credit balances: 1. They are the patients' money; apply or refund them. They are not netted against what is owed here."]);
		expect(summary).toMatchObject({ owedMinor: 10_000, credits: 1, creditMinor: 3_000, zeroBalances: 1, accounts: 2, balances: 3 });
	});

	it('reads every amount back that it prints, with and without dollars, commas and parentheses', () => {
		const styles = [
			(text: string, minor: number) => (minor < 0 ? `(${text})` : text),
			(text: string, minor: number) => (minor < 0 ? `-$${text}` : `$${text}`),
			(text: string, minor: number) => (minor < 0 ? `${text}-` : text),
			(text: string, minor: number) => (minor < 0 ? `${text} CR` : `$ ${text}`),
		];
		fc.assert(
			fc.property(fc.integer({ min: -1_000_000_000, max: 1_000_000_000 }), fc.constantFrom(...styles), fc.boolean(), (minor, style, commas) => {
				const text = minorText(Math.abs(minor));
				const cell = style(commas ? text.replace(/\B(?=(\d{3})+\.)/g, ',') : text, minor);
				expect(balances(`Account,Balance\n1,"${cell}"`)[0]?.amountMinor).toBe(minor);
			}),
			{ numRuns: 300 },
		);
	});
});

describe('a row', () => {
	it('without an account is refused by number and column, and the good ones are kept', () => {
		const { facts, problems, summary } = read('Account #,Balance\n1,10\n,20\nn/a,30\n4,40\n');
		expect(facts.map((fact) => fact.account.yourReference)).toEqual(['1', '4']);
		expect(problems).toEqual([
			{ position: 'row 3', field: 'Account #', message: 'The account number is empty; the balance belongs to nobody.' },
			{ position: 'row 4', field: 'Account #', message: 'The account number is empty; the balance belongs to nobody.' },
		]);
		expect(summary).toMatchObject({ rows: 4, rejectedRows: 2 });
	});

	it('with several faults reports all of them', () => {
		expect(read('Account,Invoice,Balance\n,1.2E+11,x').problems.map(({ field }) => field)).toEqual(['Balance', 'Account']);
		expect(read('Account,Invoice,Balance\n1,1.2E+11,5').problems).toEqual([
			{ position: 'row 2', field: 'Invoice', message: 'A spreadsheet has shortened this number (as in 1.2E+11); format the column as text and export again.' },
		]);
	});

	it('keeps leading zeros and Excel\'s ="…" around numbers', () => {
		expect(balances('Account,Invoice,Balance\n00123,="00045",5')[0]).toMatchObject({ account: { yourReference: '00123' }, invoice: '00045' });
	});

	it('with more cells than the header is refused, because its columns have shifted', () => {
		const { facts, problems } = read('Account,Balance,Name\n1,10,Doe, Jane\n2,20,Roe,,\n3,30\n');
		expect(facts.map((fact) => fact.account.yourReference)).toEqual(['2', '3']);
		expect(problems).toEqual([
			{ position: 'row 2', message: 'The row has more cells than the header, so its columns have shifted; put quotes around values that hold the delimiter.' },
		]);
	});

	it('that is blank or a total is no row', () => {
		const { summary, problems } = read('Account,Balance\n1,10\n,,\n\nTotal,10\nGrand Total,10\nTotals:,10\nSubtotal,3\n');
		expect(summary).toMatchObject({ rows: 1, balances: 1 });
		expect(problems).toEqual([]);
	});

	it('that repeats another is passed over and reported', () => {
		const { facts, problems, summary } = read('Account,Invoice,Balance\n1,A,10\n1,B,10\n1,A,10.00\n');
		expect(facts).toHaveLength(2);
		expect(problems).toEqual([{ position: 'row 4', message: 'The invoice and its balance repeat row 2; this row was passed over.' }]);
		expect(summary).toMatchObject({ rows: 3, duplicateRows: 1, rejectedRows: 0 });
	});

	it('that contradicts another is left out together with it', () => {
		const { facts, problems, summary } = read('Account,Balance\n1,10\n2,5\n1,12\n1,10\n');
		expect(facts.map((fact) => fact.account.yourReference)).toEqual(['2']);
		const remedy = 'with another balance; none of these rows was imported. Export one row for each invoice, or add a column with the invoice number.';
		expect(problems).toEqual([
			{ position: 'row 4', field: 'Balance', message: `The account stands in row 2 too, ${remedy}` },
			{ position: 'row 5', field: 'Balance', message: `The account stands in earlier rows too, ${remedy}` },
		]);
		expect(summary).toMatchObject({ rows: 4, balances: 1, rejectedRows: 3, duplicateRows: 2 });
	});

	it('in another currency is refused', () => {
		expect(one('Currency', 'usd').problems).toEqual([]);
		const { facts, problems } = one('Currency', 'CAD');
		expect(facts).toEqual([]);
		expect(problems).toEqual([
			{ position: 'row 2', field: 'Currency', message: 'The report is read in USD; export other currencies into a file of their own.' },
		]);
		expect(one('Currency', 'CAD', { currency: 'CAD' }).fact).toMatchObject({ currency: 'CAD', amountMinor: 8_420 });
	});
});

describe('contact details and flags', () => {
	it.each([
		['Due Date', '2026-11-24', { dueDate: '2026-11-24' }],
		['Due Date', '11/24/2026', { dueDate: '2026-11-24' }],
		['Due Date', '11/24/26', { dueDate: '2026-11-24' }],
		['Due Date', '1-5-2026', { dueDate: '2026-01-05' }],
		['Due Date', '2026-11-24T00:00:00', { dueDate: '2026-11-24' }],
		['Due Date', '11/24/2026 12:00 AM', { dueDate: '2026-11-24' }],
		['DOS', '12/31/99', { serviceDate: '1999-12-31' }],
		['DOS', '02/29/2024', { serviceDate: '2024-02-29' }],
		['Statement Date', '11/17/2026', { firstNoticeDate: '2026-11-17' }],
		['Phone', '602.555.0101 x12', { account: { yourReference: '10001', phone: '+16025550101' } }],
		['Phone', '1-602-555-0101', { account: { yourReference: '10001', phone: '+16025550101' } }],
		['Phone', '+52 55 1234 5678', { account: { yourReference: '10001', phone: '+525512345678' } }],
		['ZIP', '2139', { account: { yourReference: '10001', zip: '02139' } }],
		['ZIP', '021391234', { account: { yourReference: '10001', zip: '02139-1234' } }],
		['Language', 'en-US', { account: { yourReference: '10001', language: 'en' } }],
		['Language', 'Español', { account: { yourReference: '10001', language: 'es' } }],
		['Language', 'spa', { account: { yourReference: '10001', language: 'es' } }],
		['Deceased', 'Y', { account: { yourReference: '10001', deceased: true } }],
		['Disputed', 'x', { disputed: true }],
		['HDHP', 'true', { account: { yourReference: '10001', highDeductible: true } }],
	])('%s "%s" is understood', (header, cell, expected) => {
		const { fact, problems } = one(header, cell);
		expect(fact).toMatchObject(expected);
		expect(problems).toEqual([]);
	});

	it.each([
		['Due Date', '24/11/2026', 'This is not a date; write it as YYYY-MM-DD or MM/DD/YYYY. The balance was imported without it.'],
		['Due Date', '02/29/2026', 'This is not a date; write it as YYYY-MM-DD or MM/DD/YYYY. The balance was imported without it.'],
		['Due Date', '46350', 'This is not a date; write it as YYYY-MM-DD or MM/DD/YYYY. The balance was imported without it.'],
		['Original Amount', 'lots', 'This is not an amount such as 1,084.20. The balance was imported without it.'],
		['Phone', '555-0101', 'This is not a phone number with area code. The balance was imported without it.'],
		['Phone', '+5', 'This is not a phone number with area code. The balance was imported without it.'],
		['Phone', 'call Ada', 'This is not a phone number with area code. The balance was imported without it.'],
		['Email', 'a@example.com, b@example.com', 'This is not one e-mail address. The balance was imported without it.'],
		['Email', 'ada@example', 'This is not one e-mail address. The balance was imported without it.'],
		['State', 'ZZ', 'This is not a two-letter US state. The balance was imported without it.'],
		['ZIP', '123', 'This is not a ZIP code. The balance was imported without it.'],
		['Language', 'Klingon', 'This language is not known; write a code such as en or es. The balance was imported without it.'],
		['HDHP', 'perhaps', 'This is neither yes nor no. The balance was imported without it.'],
		['OK to Text', 'perhaps', 'This is neither yes nor no; consent stays unknown.'],
	])('%s "%s" is reported by column, without its value, and the balance kept without it', (header, cell, message) => {
		const { fact, problems } = one(header, cell);
		expect(problems).toEqual([{ position: 'row 2', field: header, message }]);
		expect(fact).toEqual({ kind: 'balance', source: 'import', account: { yourReference: '10001' }, currency: 'USD', asOf: NOW, amountMinor: 8_420 });
	});

	it.each(['Deceased', 'Bankruptcy', 'QMB', 'Disputed'])('%s that is neither yes nor no stops messages all the same', (header) => {
		const { fact, problems } = one(header, '03/14/2026');
		expect({ ...fact.account, ...fact }[header.toLowerCase() as 'disputed']).toBe(true);
		expect(problems).toEqual([
			{ position: 'row 2', field: header, message: 'This is neither yes nor no and was read as yes, so that nothing is sent; correct it if it is wrong.' },
		]);
	});

	it.each(['', 'n/a', 'unknown', '-', '?'])('a cell with "%s" is unknown, not no', (cell) => {
		expect(one('OK to Text', cell).fact.account).toEqual({ yourReference: '10001' });
		expect(one('Deceased', cell).fact.account).toEqual({ yourReference: '10001' });
	});

	it('consent without a channel refuses all when it is no, and proves none when it is yes', () => {
		expect(one('Consent', 'no').fact.account.consent?.map(({ channel, granted }) => [channel, granted])).toEqual(
			['sms', 'voice', 'email', 'letter', 'fax', 'portal'].map((channel) => [channel, false]),
		);
		const yes = one('Consent', 'yes', { finalPatientShare: true });
		expect(yes.fact.account).toEqual({ yourReference: '10001' });
		expect(yes.warnings[1]).toBe(
			'The column "Consent" does not name a channel: a no was read as a refusal of every channel, a yes as consent to none. Map it to consent_sms, consent_email or another channel if the form says so.',
		);
		expect(one('Consent', 'yes', { mapping: { consent_sms: 'Consent' } }).fact.account.consent).toEqual([
			{ channel: 'sms', granted: true, evidence: 'column "Consent" of the aging report' },
		]);
	});
});

describe('delimited text', () => {
	it.each([
		[
			'commas',
			'a,b\n1,2',
			[
				['a', 'b'],
				['1', '2'],
			],
		],
		[
			'tabs, with commas in values',
			'a\tb\n1,5\t2,5',
			[
				['a', 'b'],
				['1,5', '2,5'],
			],
		],
		[
			'semicolons',
			'a;b\n1,5;2,5\n1,5;2,6',
			[
				['a', 'b'],
				['1,5', '2,5'],
				['1,5', '2,6'],
			],
		],
		[
			'bars',
			'a|b\n1|2',
			[
				['a', 'b'],
				['1', '2'],
			],
		],
		['a byte order mark', '\uFEFFa,b', [['a', 'b']]],
		["Excel's hint, whose row counts", 'sep=;\r\na;b,c', [[], ['a', 'b,c']]],
		[
			'CR LF, LF and CR',
			'a,b\r\n1,2\n3,4\r5,6',
			[
				['a', 'b'],
				['1', '2'],
				['3', '4'],
				['5', '6'],
			],
		],
		[
			'quotes with delimiters, quotes and line breaks inside',
			'"a,""x""",b\n"1\r\n2",3',
			[
				['a,"x"', 'b'],
				['1\r\n2', '3'],
			],
		],
		[
			'a quote inside a bare value',
			'a,5" tape\n1,2',
			[
				['a', '5" tape'],
				['1', '2'],
			],
		],
		['text behind a closing quote', '"a"x,b', [['ax', 'b']]],
		[
			'an empty last cell',
			'a,b,\n1,,',
			[
				['a', 'b', ''],
				['1', '', ''],
			],
		],
		['blank rows', 'a,b\n\n1,2\n', [['a', 'b'], [''], ['1', '2']]],
		['an empty quoted cell at the end', 'a,""', [['a', '']]],
		['nothing', '', []],
	])('reads %s', (_title, text, rows) => {
		expect(parseDelimited(text)).toEqual(rows);
	});

	it('lets the header settle the delimiter where the rows alone would mislead', () => {
		expect(balances('Account;Balance;Name\n1;10;Doe, J., A., B.\n2;20;Roe, J., A., B.\n3;30;Poe, J., A., B.\n').map(({ amountMinor }) => amountMinor)).toEqual([
			1_000, 2_000, 3_000,
		]);
	});

	it('refuses a quotation mark that never closes, naming its row', () => {
		const refused = failure('Account,Balance\n1,"10\n2,20\n');
		expect(refused).toMatchObject({ kind: 'invalid', code: 'broken_file', fields: [{ field: 'row 2', message: 'A quotation mark never closes.' }] });
	});

	it('reads back whatever cells are written with quotes, for each delimiter and line end', () => {
		const cell = fc.string({ unit: fc.constantFrom('a', 'ü', ' ', '"', ',', ';', '|', '\t', '\n', '\r', '0', '='), maxLength: 8 });
		const table = fc
			.integer({ min: 2, max: 5 })
			.chain((width) => fc.array(fc.array(cell, { minLength: width, maxLength: width }), { minLength: 1, maxLength: 8 }));
		fc.assert(
			fc.property(table, fc.constantFrom(',', ';', '\t', '|'), fc.constantFrom('\n', '\r\n', '\r'), fc.boolean(), (rows, delimiter, lineEnd, ended) => {
				const text = rows.map((row) => row.map((value) => `"${value.replaceAll('"', '""')}"`).join(delimiter)).join(lineEnd) + (ended ? lineEnd : '');
				expect(parseDelimited(text)).toEqual(rows);
			}),
			{ numRuns: 300 },
		);
	});
});
