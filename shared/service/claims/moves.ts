/** What staff may make of a line, and what not: a table, and a sentence for every refusal. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import { formatMoney } from '../../contracts/money.ts';
import type { LineState } from '../../contracts/words.ts';
import type { CLAIM_MOVES } from '../../operations/record_claim_status.ts';
import { adjustmentReason } from '../../rules/denials/reasons.ts';
import { moved, type StoredLine } from './lines.ts';

export type LineMove = Exclude<keyof typeof CLAIM_MOVES, 'refunded'>;

interface Move {
	to: LineState;
	/** As people say it: "Line 1 cannot be …". */
	said: string;
	/** From these when no line is named; from `named` as well when one is. */
	from: readonly LineState[];
	named: readonly LineState[];
}

/** A line that staff closed may be opened again, but only by its number. */
const MOVES: Record<LineMove, Move> = {
	denied: {
		to: 'denied_open',
		said: 'recorded as denied',
		from: ['pending', 'crossover', 'in_appeal', 'corrected'],
		named: ['adjudicated', 'final_patient', 'final_writeoff'],
	},
	corrected: { to: 'corrected', said: 'recorded as corrected', from: ['denied_open', 'in_appeal', 'pending'], named: [] },
	appealed: { to: 'in_appeal', said: 'appealed', from: ['denied_open', 'corrected'], named: [] },
	written_off: { to: 'final_writeoff', said: 'written off here', from: ['denied_open', 'in_appeal', 'corrected'], named: ['pending', 'crossover'] },
	released_to_patient: { to: 'final_patient', said: 'released to the patient', from: ['denied_open', 'in_appeal', 'corrected'], named: ['crossover'] },
};

export interface Wish {
	status: LineMove;
	/** Positions; absent is every line for which the status makes sense. */
	lines?: readonly number[];
	/** Release: what the patient is to pay of all of them, minor units. */
	amountMinor?: number;
	/** denied: what it is denied for. */
	category?: string;
	currency: string;
}

export interface Outcome {
	lines: StoredLine[];
	/** Lines that changed. */
	moved: number[];
}

/** The claim's lines after a move. @throws Failure `conflict` that names the first line that cannot take it, `invalid` for lines and amounts that do not fit */
export function moveLines(lines: readonly StoredLine[], wish: Wish): Outcome {
	const move = MOVES[wish.status];
	const chosen = wish.lines ? wish.lines.map((number) => lineAt(lines, number)) : fitting(lines, move, wish);
	for (const line of chosen) refuse(line, move, wish);
	if (!wish.lines && chosen.length === 0 && !lines.some((line) => line.state === move.to)) throw nothingToMove(lines, move);
	const shares = wish.status === 'released_to_patient' ? releaseShares(chosen, wish) : undefined;
	const after = lines.map((line) => (chosen.includes(line) ? apply(line, move, wish, shares?.get(line.line)) : line));
	return { lines: after, moved: after.filter((line, i) => line !== lines[i]).map((line) => line.line) };
}

/** Every line for which the status makes sense; an amount that is said anew is for what was released before. */
function fitting(lines: readonly StoredLine[], move: Move, { amountMinor }: Wish): StoredLine[] {
	const found = lines.filter((line) => move.from.includes(line.state) && !isPaid(line));
	return found.length > 0 || amountMinor === undefined ? found : lines.filter((line) => line.state === move.to);
}

function lineAt(lines: readonly StoredLine[], number: number): StoredLine {
	const line = lines.find((one) => one.line === number);
	if (line) return line;
	throw invalidField('lines', `The claim has no line ${number}. It has the lines ${lines.map((one) => one.line).join(', ')}.`);
}

function apply(line: StoredLine, move: Move, { status, category }: Wish, share: number | undefined): StoredLine {
	if (status === 'released_to_patient' && share !== undefined)
		return line.state === move.to && line.patientMinor === share ? line : moved(line, move.to, share);
	if (line.state === move.to) return line;
	const patientMinor = line.reported?.patientMinor ?? line.patientMinor;
	if (status !== 'denied') return moved(line, move.to, patientMinor);
	const next = moved(line, move.to, patientMinor);
	return category ? { ...next, category } : next.category ? next : { ...next, category: 'unclassified' };
}

const isPaid = (line: StoredLine): boolean => line.paidMinor > 0 && line.state === 'adjudicated';

function refuse(line: StoredLine, move: Move, wish: Wish): void {
	if (line.state === move.to && wish.status !== 'released_to_patient') return;
	if (wish.status === 'released_to_patient') {
		if (line.state === move.to) return;
		if (NEVER_RELEASED[line.category ?? ''])
			throw conflict(line, `Line ${line.line} cannot be released to the patient: ${NEVER_RELEASED[line.category ?? '']}. Appeal it or write it off.`);
	}
	if (!isPaid(line) && (move.from.includes(line.state) || move.named.includes(line.state))) return;
	throw conflict(line, `Line ${line.line} cannot be ${move.said}: ${STANDS[line.state](line)}.`);
}

/** Denials that the law or the payer's contract leave with the practice, whatever the patient signed. */
const NEVER_RELEASED: Readonly<Record<string, string>> = {
	late: "a claim that was filed too late is never the patient's",
	contractual: "what the contract takes off is never the patient's",
	duplicate: 'it is a copy of another claim',
	never_bill: 'its cost share must never be billed',
};

const STANDS: Record<LineState, (line: StoredLine) => string> = {
	pending: () => 'the payer has not decided it yet',
	adjudicated: (line) => (line.paidMinor > 0 ? 'it was paid' : "the payer decided it, and what is left is the patient's share"),
	crossover: () => 'it is with the next payer',
	denied_open: () => 'it is denied',
	in_appeal: () => 'it is in appeal',
	corrected: () => 'it was corrected and sent again',
	final_patient: () => 'it was released to the patient; record it as denied first',
	final_writeoff: () => 'it was written off; record it as denied first',
	reversed: () => 'the payer took the claim back; wait for its correction',
	never_bill: () => 'its cost share must never be billed to the patient',
};

const conflict = (line: StoredLine, message: string): Failure =>
	new Failure('conflict', message, {
		code: line.state === 'never_bill' ? 'never_bill' : 'line_cannot_move',
		fields: [{ field: 'lines', message: message }],
	});

function nothingToMove(lines: readonly StoredLine[], move: Move): Failure {
	const [first] = lines;
	if (!first) {
		const message = 'Nothing is known of the lines of this claim yet: wait for the remittance.';
		return new Failure('conflict', message, { code: 'line_cannot_move', fields: [{ field: 'lines', message }] });
	}
	return conflict(first, `No line of this claim can be ${move.said}. ${lines.map((line) => `Line ${line.line}: ${STANDS[line.state](line)}.`).join(' ')}`);
}

/** The most that can be the patient's: the charge less what was paid and what the contract takes off, minor units. */
export const releasable = (line: StoredLine): number =>
	Math.max(
		0,
		line.chargeMinor -
			line.paidMinor -
			line.adjustments.reduce((sum, { group, code, amountMinor }) => (adjustmentReason(group, code).class === 'contractual' ? sum + amountMinor : sum), 0),
	);

/** What each line gives: what was said in the order of the lines, else all of it; of a line with the next payer the share it had. */
function releaseShares(lines: readonly StoredLine[], { amountMinor, currency }: Wish): Map<number, number> {
	const limits = new Map(lines.map((line) => [line.line, releasable(line)]));
	const most = [...limits.values()].reduce((sum, limit) => sum + limit, 0);
	if (amountMinor === undefined)
		return new Map(lines.map((line) => [line.line, line.state === 'crossover' && line.patientMinor > 0 ? line.patientMinor : (limits.get(line.line) ?? 0)]));
	if (amountMinor > most)
		throw invalidField(
			'amount',
			`"amount" is more than can be the patient's: at most ${formatMoney(most, currency)}, the charge less what was paid and what the contract takes off.`,
		);
	let left = amountMinor;
	return new Map(
		lines.map((line) => {
			const share = Math.min(left, limits.get(line.line) ?? 0);
			left -= share;
			return [line.line, share];
		}),
	);
}

/** What staff should look at once more before the patient is asked. */
export const releaseWarning = (lines: readonly StoredLine[]): string => {
	const provider = lines.filter((line) => line.adjustments.some(({ group, code }) => group === 'CO' && adjustmentReason(group, code).class === 'denial'));
	return provider.length === 0
		? ''
		: `The payer holds the practice liable for ${provider.length === 1 ? `line ${provider[0]?.line}` : `lines ${provider.map((line) => line.line).join(', ')}`} (group CO): make sure that the evidence covers it.`;
};
