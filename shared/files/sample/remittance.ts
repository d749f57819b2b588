/** The sample 835, written as a payer would: the reader's counterpart, and the reason why the demo's totals add up. */
import { minorText } from '../../contracts/money.ts';
import { addDays } from '../dates.ts';
import { FIRST_CLAIM_ACCOUNT, type SampleAccount } from './accounts.ts';
import { SAMPLE_CLAIMS, SAMPLE_PROVIDER_ADJUSTMENTS, type SampleAdjustment, type SampleClaim, type SampleLine } from './claims.ts';

const sum = (amounts: readonly number[]): number => amounts.reduce((total, amount) => total + amount, 0);
/** X12 amounts carry no zeros behind the last digit that counts. */
const amount = (minor: number): string => minorText(minor).replace(/\.?0+$/, '');
const compactDate = (date: string): string => date.replaceAll('-', '');
const segment = (...elements: string[]): string => elements.join('*').replace(/\*+$/, '');

/** One interchange, one group, one transaction, produced on the evening before `day`. */
export function sampleRemittance(accounts: readonly SampleAccount[], day: string): string {
	const produced = compactDate(addDays(day, -1));
	const claims = SAMPLE_CLAIMS.flatMap((claim) => {
		const account = accounts[FIRST_CLAIM_ACCOUNT + claim.account];
		return account ? claimSegments(claim, account) : [];
	});
	const body = ['ST*835*0001', ...header(produced, compactDate(day)), 'LX*1', ...claims, providerAdjustments(day)];
	const trace = produced.slice(2);
	return [
		`ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*${'EXAMPLEPAYER'.padEnd(15)}*ZZ*${'SAMPLEPRACTICE'.padEnd(15)}*${trace}*2200*^*00501*000000001*0*T*:`,
		`GS*HP*EXAMPLEPAYER*SAMPLEPRACTICE*${produced}*2200*1*X*005010X221A1`,
		...body,
		`SE*${body.length + 1}*0001`,
		'GE*1*1',
		'IEA*1*000000001',
		'',
	].join('~\n');
}

function header(produced: string, paid: string): string[] {
	const total = sum(SAMPLE_CLAIMS.flatMap(({ lines }) => lines.map(({ paidMinor }) => paidMinor))) - sum(SAMPLE_PROVIDER_ADJUSTMENTS.map(({ minor }) => minor));
	return [
		`BPR*I*${amount(total)}*C*ACH*CCP*01*000000000*DA*00000000*1999999999**01*000000000*DA*00000000*${paid}`,
		`TRN*1*EFT${produced}*1999999999`,
		`DTM*405*${produced}`,
		'N1*PR*EXAMPLE HEALTH PLAN',
		'N3*1 SAMPLE PLAZA',
		'N4*PHOENIX*AZ*85004',
		'PER*BL*PROVIDER SERVICES*TE*6025550100',
		'N1*PE*SAMPLE ALLERGY AND HOME CARE*XX*1234567893',
	];
}

const providerAdjustments = (day: string): string =>
	segment(
		'PLB',
		'1234567893',
		`${day.slice(0, 4)}1231`,
		...SAMPLE_PROVIDER_ADJUSTMENTS.flatMap(({ code, reference, minor }) => [`${code}:${reference}`, amount(minor)]),
	);

function claimSegments(claim: SampleClaim, account: SampleAccount): string[] {
	const [invoice] = account.invoices;
	const date = compactDate(invoice?.serviceDate ?? '');
	const { lines } = claim;
	const patientShare = sum(lines.flatMap(({ adjustments }) => adjustments.map(([group, , minor]) => (group === 'PR' ? minor : 0))));
	return [
		segment(
			'CLP',
			`${account.number}-${invoice?.number ?? ''}`,
			claim.status,
			amount(sum(lines.map(({ chargeMinor }) => chargeMinor))),
			amount(sum(lines.map(({ paidMinor }) => paidMinor))),
			// Payers leave it out where it is nothing.
			patientShare === 0 ? '' : amount(patientShare),
			'12',
			claim.payerClaim,
			'11',
			claim.status === '22' ? '8' : '1',
		),
		segment('NM1', 'QC', '1', account.family.toUpperCase(), account.given.toUpperCase(), '', '', '', 'MI', `X${account.number}`),
		...(claim.forwardedTo ? [segment('NM1', 'TT', '2', claim.forwardedTo, '', '', '', '', 'PI', 'EX001')] : []),
		...(claim.remarks ? [segment('MOA', '', '', ...claim.remarks)] : []),
		`DTM*232*${date}`,
		...lines.flatMap((line) => lineSegments(line, date)),
	];
}

const lineSegments = (line: SampleLine, date: string): string[] => [
	segment('SVC', `HC:${line.procedure}`, amount(line.chargeMinor), amount(line.paidMinor), '', '1'),
	`DTM*472*${date}`,
	...adjustmentSegments(line.adjustments),
	...(line.remarks ?? []).map((remark) => `LQ*HE*${remark}`),
];

/** One CAS for each group. */
const adjustmentSegments = (adjustments: readonly SampleAdjustment[]): string[] =>
	[...new Set(adjustments.map(([group]) => group))].map((group) =>
		segment('CAS', group, ...adjustments.filter(([other]) => other === group).flatMap(([, code, minor]) => [code, amount(minor), ''])),
	);
