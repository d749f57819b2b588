/** What the tests of claims share: files as payers and clearinghouses send them, and the ledger's view of a claim. */
import { sql } from 'kysely';
import type { StoredLine } from '../../../shared/service/claims/lines.ts';
import type { Answer, Running, TestPractice } from '../../kit/service.ts';
import { remittance, settle } from '../flow/kit.ts';

export interface Line {
	charge: number;
	paid?: number;
	cas?: string[];
}

/** One claim of a remittance with its service lines. */
export const clp = (number: string, status: string, lines: readonly Line[], payerClaim = `P${number}`): string[] => [
	`CLP*${number}*${status}*${lines.reduce((sum, line) => sum + line.charge, 0)}*${lines.reduce((sum, line) => sum + (line.paid ?? 0), 0)}**12*${payerClaim}`,
	'NM1*QC*1*ROE*JANE****MI*X1',
	...lines.flatMap(({ charge, paid = 0, cas = [] }) => [`SVC*HC:99213*${charge}*${paid}`, 'DTM*472*20261101', ...cas]),
];

/** Line 1 paid but for $25, line 2 denied for want of authorization: $145. */
export const HALF_DENIED: readonly Line[] = [
	{ charge: 100, paid: 75, cas: ['CAS*PR*2*25'] },
	{ charge: 145, cas: ['CAS*CO*197*145'] },
];
/** Not covered: the patient's only after somebody released it. */
export const NOT_COVERED: readonly Line[] = [
	{ charge: 100, paid: 75, cas: ['CAS*PR*2*25'] },
	{ charge: 145, cas: ['CAS*PR*204*145'] },
];

/** A 277CA of one claim: A7 is a rejection, A2 an acceptance. */
export function acknowledgement(number: string, status: string, made = '20261123*0930', sender = 'EXAMPLE HEALTH PLAN'): string {
	const body = [
		'ST*277*0001*005010X214',
		`BHT*0085*08*REF1*${made}*TH`,
		'HL*1**20*1',
		`NM1*PR*2*${sender}*****PI*EX01`,
		'TRN*1*0091182',
		'HL*2*1*21*1',
		'NM1*41*2*BILLING SERVICE*****46*S00003',
		'HL*3*2*19*1',
		'NM1*85*2*SAMPLE PRACTICE*****XX*1234567893',
		'HL*4*3*PT',
		'NM1*QC*1*SURNAME*GIVEN****MI*MEMBER9',
		`TRN*2*${number}`,
		`STC*${status}*${made.slice(0, 8)}*U*100`,
		'DTP*472*D8*20261101',
	];
	return [
		`ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*${'PAYER'.padEnd(15)}*ZZ*${'PRACTICE'.padEnd(15)}*261123*0930*^*00501*000000017*0*T*:`,
		'GS*HN*PAYER*PRACTICE*20261123*0930*17*X*005010X214',
		...body,
		`SE*${body.length + 1}*0001`,
		'GE*1*17',
		'IEA*1*000000017',
	]
		.map((segment) => `${segment}~`)
		.join('\n');
}

export interface Claims {
	/** Imports one remittance with these claims and reviews what it changed. */
	answer(segments: readonly string[], trace?: string): Promise<Answer['json']>;
	acknowledge(file: string): Promise<Answer['json']>;
	record(body: object): Promise<Answer>;
	/** The claims of the practice as they lie in the ledger, by number and payer's number. */
	rows(): Promise<ClaimView[]>;
	invoice(number: string): Promise<InvoiceView>;
}

interface ClaimView {
	claim_ref: string;
	your_reference: string;
	payer_claim: string;
	lines: StoredLine[];
	raised_lines: number[];
	rejected: boolean;
	refund_minor: number;
	owner: string | null;
	deadline_on: string | null;
	deadline_rule: string | null;
}

interface InvoiceView {
	invoice_ref: string;
	amount_minor: number;
	insurance_since: Date | null;
	paused_days: number;
	raised_days: number;
}

export function claimsOf(service: Running, practice: TestPractice): Claims {
	const file = async (kind: string, content: string) => {
		const done = await practice.must('POST', '/api/files', { kind, content });
		await settle(service, practice);
		return done;
	};
	return {
		answer: (segments, trace) => file('remittance', remittance(segments, trace)),
		acknowledge: (content) => file('acknowledgement', content),
		async record(body) {
			const done = await practice.call('POST', '/api/claims', { body });
			if (done.status < 300) await settle(service, practice);
			return done;
		},
		rows: () =>
			service.rows(practice.id, async (tx) => {
				const { rows } =
					await sql<ClaimView>`select claim_ref, your_reference, payer_claim, lines, raised_lines, rejected, refund_minor::int as refund_minor, owner,
					deadline_on::text as deadline_on, deadline_rule from claim where practice_id = ${practice.id} order by your_reference, payer_claim`.execute(tx);
				return rows;
			}),
		invoice: (number) =>
			service.rows(practice.id, async (tx) => {
				const { rows } = await sql<InvoiceView>`select invoice_ref, amount_minor::int as amount_minor, insurance_since, paused_days, raised_days from invoice
					where practice_id = ${practice.id} and your_reference = ${number}`.execute(tx);
				const [row] = rows;
				if (!row) throw new Error(`There is no invoice ${number}.`);
				return row;
			}),
	};
}

/** Lines in short: state, and what of it is the patient's in cents. */
export const short = (lines: readonly StoredLine[] | undefined): string[] => (lines ?? []).map(({ state, patientMinor }) => `${state} ${patientMinor}`);
