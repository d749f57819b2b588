/** Builds 835 files for tests, with whatever delimiters a sender might use. */
import type { ClaimFact } from '../../shared/contracts/facts.ts';
import { readRemittance } from '../../shared/files/remittance.ts';

export interface Envelope {
	element?: string;
	/** What ISA16 declares; the composites of the body are the test's own. */
	component?: string;
	terminator?: string;
	/** Behind each terminator. */
	lineEnd?: string;
	/** BPR02; balances the claims by default with nothing. */
	paid?: string;
	control?: string;
	/** Segments before the claims, such as CUR. */
	head?: string[];
	seCount?: number;
	geCount?: number;
}

export const NOW = '2026-11-24T18:00:00Z';

export function era(claims: string[], envelope: Envelope = {}): string {
	const { element = '*', component = ':', terminator = '~', lineEnd = '\n', paid = '0', control = '000000007', head = [], seCount, geCount = 1 } = envelope;
	const body = ['ST*835*0001', `BPR*I*${paid}*C*ACH************20261120`, 'TRN*1*T100*1999999999', ...head, 'N1*PR*EXAMPLE HEALTH PLAN', 'LX*1', ...claims];
	const segments = [
		`ISA*00*${' '.repeat(10)}*00*${' '.repeat(10)}*ZZ*${'PAYER'.padEnd(15)}*ZZ*${'PRACTICE'.padEnd(15)}*261120*2200*^*00501*${control}*0*T*${component}`,
		'GS*HP*PAYER*PRACTICE*20261120*2230*1*X*005010X221A1',
		...body,
		`SE*${seCount ?? body.length + 1}*0001`,
		`GE*${geCount}*1`,
		`IEA*1*${control}`,
	];
	return segments.map((segment) => segment.replaceAll('*', element) + terminator + lineEnd).join('');
}

export const read = (text: string) => readRemittance(text, { now: NOW });

/** The claims of a file with these segments. */
export const claims = (segments: string[], envelope?: Envelope): ClaimFact[] => read(era(segments, envelope)).facts.filter((fact) => fact.kind === 'claim');

/** State, patient share and category of each line, in one string. */
export const lines = (claim: ClaimFact | undefined): string[] =>
	(claim?.lines ?? []).map(({ state, patientMinor, category }) => [state, patientMinor, ...(category ? [category] : [])].join(' '));
