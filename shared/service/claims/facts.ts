/** Claims as the rules see them. */
import type { ClaimFacts, LineFacts } from '../../rules/types.ts';
import { type StoredLine, WITH_PAYER } from './lines.ts';

/** What is read of each claim beside its account. */
export interface ClaimRow {
	claim_ref: string;
	your_reference: string;
	payer_claim: string;
	payer: string;
	status_code: string;
	trace: string;
	invoice: string | null;
	lines: StoredLine[];
	raised_lines: number[];
	rejected: boolean;
	/** Null unless it is rejected: who said so, and when. */
	words: { sender: string; outcome: string; as_of: string; category: string; status_code: string; text: string }[] | null;
	deadline_on: string | null;
	deadline_rule: string | null;
	owner: string | null;
	refund_minor: number;
}

/** Columns of `claim c`, as `ClaimRow` names them. */
export const CLAIM_COLUMNS = [
	'c.claim_ref',
	'c.your_reference',
	'c.payer_claim',
	'c.payer',
	'c.status_code',
	'c.trace',
	'c.invoice',
	'c.lines',
	'c.raised_lines',
	'c.rejected',
	'case when c.rejected then c.acknowledgements end as words',
	'c.deadline_on',
	'c.deadline_rule',
	'c.owner',
	'c.refund_minor',
] as const;

const lineFacts = (line: StoredLine): LineFacts => ({
	line: line.line,
	state: line.state,
	chargeMinor: line.chargeMinor,
	paidMinor: line.paidMinor,
	patientMinor: line.patientMinor,
	...(line.category ? { category: line.category } : {}),
});

export function claimFacts(claim: ClaimRow, invoices: readonly { invoice_ref: string; your_reference: string }[]): ClaimFacts {
	const invoice = invoices.find(({ your_reference }) => your_reference === (claim.invoice ?? ''))?.invoice_ref ?? claim.invoice;
	const trace = occurrence(claim);
	return {
		ref: claim.claim_ref,
		payer: claim.payer,
		lines: claim.lines.map(lineFacts),
		raisedLines: claim.raised_lines,
		...(invoice ? { invoice } : {}),
		...(trace === '' ? {} : { trace }),
		...(claim.deadline_on ? { deadlineOn: claim.deadline_on } : {}),
		...(claim.deadline_rule ? { deadlineRule: claim.deadline_rule } : {}),
		...(claim.owner ? { owner: claim.owner } : {}),
		...(claim.rejected ? { rejected: true } : {}),
		...(claim.refund_minor > 0 ? { refundMinor: claim.refund_minor } : {}),
	};
}

/** What brought the denial or the rejection: the same lines refused by another one are another occurrence. */
function occurrence({ words, trace, payer_claim }: ClaimRow): string {
	const rejection = (words ?? [])
		.filter(({ outcome }) => outcome === 'rejected')
		.sort((a, b) => Date.parse(b.as_of) - Date.parse(a.as_of) || (a.sender < b.sender ? -1 : 1))[0];
	if (rejection) return `${rejection.sender}/${rejection.as_of}`;
	return trace === '' && payer_claim === '' ? '' : `${trace}/${payer_claim}`;
}

type Behind = Pick<ClaimRow, 'your_reference' | 'status_code' | 'invoice' | 'lines' | 'rejected'>;

/** The service lines behind an invoice: of the claims that name it, or of the account's own when it has one running balance. */
export function linesBehind(claims: readonly Behind[], invoiceReference: string): LineFacts[] {
	const behind = claims.filter((claim) => (claim.invoice ?? '') === invoiceReference);
	return behind.flatMap((claim) => {
		const answered = behind.some((other) => isLater(other, claim));
		return claim.lines.filter((line) => !answered || !SUPERSEDED.includes(line.state)).map((line) => lineFacts(claim.rejected ? waiting(line) : line));
	});
}

/** Nothing of a claim that was rejected before adjudication may go to the patient. */
const waiting = (line: StoredLine): StoredLine => (line.state === 'adjudicated' || line.state === 'final_patient' ? { ...line, state: 'pending' } : line);

/** Only what the last payer left is the patient's: an earlier payer's answer gives way to the next one's. */
const SUPERSEDED: readonly StoredLine['state'][] = ['adjudicated', 'crossover', 'pending'];

/** CLP02 says in which turn a payer answered; 4 (not recognised) and 22 say nothing of it. */
const TURNS: Readonly<Record<string, number>> = { '1': 1, '19': 1, '2': 2, '20': 2, '3': 3, '21': 3 };
const turnOf = (claim: Behind): number => TURNS[claim.status_code] ?? 0;

const isLater = (other: Behind, claim: Behind): boolean =>
	other.your_reference === claim.your_reference && turnOf(claim) > 0 && turnOf(other) > turnOf(claim) && !other.rejected && other.lines.some(isAnswer);

const isAnswer = ({ state }: StoredLine): boolean => state !== 'reversed' && state !== 'pending';

/** All that is left of an invoice lies with the payer: no more than `minimumMinor` may be asked for, and some line is open there. */
export function liesWithPayer(lines: readonly LineFacts[], minimumMinor: number): boolean {
	const share = lines.reduce((sum, line) => (line.state === 'adjudicated' || line.state === 'final_patient' ? sum + Math.max(0, line.patientMinor) : sum), 0);
	return share < Math.max(1, minimumMinor) && lines.some((line) => WITH_PAYER.includes(line.state));
}
