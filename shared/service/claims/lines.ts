/** The service lines of a claim as the ledger keeps them: what the payer said, and what staff made of it. */
import type { ClaimLine } from '../../contracts/facts.ts';
import type { LineState } from '../../contracts/words.ts';

/** A line in the ledger. */
export interface StoredLine extends ClaimLine {
	/** What the payer had said, where staff have moved the line since. */
	reported?: { state: LineState; patientMinor: number };
}

/** Lines whose share a patient is asked for. */
export const BILLABLE: readonly LineState[] = ['adjudicated', 'final_patient'];
/** Lines that a payer still has to answer for. */
export const WITH_PAYER: readonly LineState[] = ['pending', 'crossover', 'denied_open', 'in_appeal', 'corrected'];
/** Denials on which somebody has work or waits for an answer; their deadlines run. */
export const OPEN_DENIAL: readonly LineState[] = ['denied_open', 'in_appeal', 'corrected'];

/** The line as the payer reported it: a file that comes again must be recognised although staff moved its lines. */
export function asReported({ reported, ...line }: StoredLine): ClaimLine {
	return reported ? { ...line, state: reported.state, patientMinor: reported.patientMinor } : line;
}

/** The line in another state; what the payer said is kept beside it. */
export function moved(line: StoredLine, state: LineState, patientMinor: number): StoredLine {
	const reported = line.reported ?? { state: line.state, patientMinor: line.patientMinor };
	const { reported: _, ...bare } = line;
	const back = reported.state === state && reported.patientMinor === patientMinor;
	return back ? { ...bare, state, patientMinor } : { ...bare, state, patientMinor, reported };
}

/** Deductible, coinsurance and copay, and what was released: what the patient is asked for by these lines, minor units. */
export const shareOf = (lines: readonly ClaimLine[]): number =>
	lines.reduce((sum, line) => (BILLABLE.includes(line.state) ? sum + Math.max(0, line.patientMinor) : sum), 0);

/** What is denied and worked on, minor units. */
export const openMinor = (lines: readonly ClaimLine[]): number =>
	lines.reduce((sum, line) => (OPEN_DENIAL.includes(line.state) ? sum + line.chargeMinor - line.paidMinor : sum), 0);

/** In one word, for lists: the state that most needs somebody. */
const ORDER = {
	denied_open: 'denied',
	in_appeal: 'appealed',
	corrected: 'corrected',
	crossover: 'crossover',
	pending: 'pending',
	final_patient: 'released_to_patient',
	final_writeoff: 'written_off',
	never_bill: 'never_bill',
	adjudicated: 'adjudicated',
	reversed: 'reversed',
} as const satisfies Record<LineState, string>;

export type ClaimState = (typeof ORDER)[LineState] | 'rejected';

export function stateOf(lines: readonly ClaimLine[], rejected: boolean): ClaimState {
	if (rejected) return 'rejected';
	const [, word] = Object.entries(ORDER).find(([state]) => lines.some((line) => line.state === state)) ?? ['', 'pending' as const];
	return word;
}
