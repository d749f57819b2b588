import { describe, expect, it } from 'vitest';
import type { LineState } from '../../../shared/contracts/words.ts';
import { asReported, type StoredLine } from '../../../shared/service/claims/lines.ts';
import { type LineMove, moveLines, releasable, releaseWarning } from '../../../shared/service/claims/moves.ts';

const line = (number: number, state: LineState, more: Partial<StoredLine> = {}): StoredLine => ({
	line: number,
	chargeMinor: 10_000,
	paidMinor: 0,
	adjustments: [{ group: 'PR', code: '204', amountMinor: 10_000 }],
	remarks: [],
	state,
	patientMinor: 0,
	...(state === 'denied_open' ? { category: 'review' } : {}),
	...more,
});
const paid = line(1, 'adjudicated', { paidMinor: 7500, patientMinor: 2500, adjustments: [{ group: 'PR', code: '2', amountMinor: 2500 }] });
const deductible = line(1, 'adjudicated', { patientMinor: 10_000, adjustments: [{ group: 'PR', code: '1', amountMinor: 10_000 }] });
const move = (lines: StoredLine[], status: LineMove, more: object = {}) => moveLines(lines, { status, currency: 'USD', ...more });
const states = (lines: readonly StoredLine[]) => lines.map(({ state, patientMinor }) => `${state} ${patientMinor}`);

describe('what staff may make of a line', () => {
	it.each<[LineMove, LineState[], LineState]>([
		['corrected', ['denied_open', 'in_appeal', 'pending'], 'corrected'],
		['appealed', ['denied_open', 'corrected'], 'in_appeal'],
		['written_off', ['denied_open', 'in_appeal', 'corrected', 'pending', 'crossover'], 'final_writeoff'],
		['released_to_patient', ['denied_open', 'in_appeal', 'corrected', 'crossover'], 'final_patient'],
		['denied', ['pending', 'crossover', 'in_appeal', 'corrected', 'final_patient', 'final_writeoff'], 'denied_open'],
	])('%s takes a named line from %j', (status, from, to) => {
		for (const state of from) expect(move([line(1, state)], status, { lines: [1] }).lines[0]?.state).toBe(to);
	});

	it.each<[LineMove, StoredLine, string]>([
		['appealed', paid, 'Line 1 cannot be appealed: it was paid.'],
		['written_off', paid, 'Line 1 cannot be written off here: it was paid.'],
		['released_to_patient', paid, 'Line 1 cannot be released to the patient: it was paid.'],
		['denied', paid, 'Line 1 cannot be recorded as denied: it was paid.'],
		['corrected', deductible, "Line 1 cannot be recorded as corrected: the payer decided it, and what is left is the patient's share."],
		['released_to_patient', line(1, 'pending'), 'Line 1 cannot be released to the patient: the payer has not decided it yet.'],
		['appealed', line(1, 'pending'), 'Line 1 cannot be appealed: the payer has not decided it yet.'],
		['appealed', line(1, 'reversed'), 'Line 1 cannot be appealed: the payer took the claim back; wait for its correction.'],
		['appealed', line(1, 'final_writeoff'), 'Line 1 cannot be appealed: it was written off; record it as denied first.'],
		['written_off', line(1, 'final_patient'), 'Line 1 cannot be written off here: it was released to the patient; record it as denied first.'],
		['released_to_patient', line(1, 'never_bill'), 'Line 1 cannot be released to the patient: its cost share must never be billed to the patient.'],
		[
			'released_to_patient',
			line(1, 'denied_open', { category: 'late' }),
			"Line 1 cannot be released to the patient: a claim that was filed too late is never the patient's. Appeal it or write it off.",
		],
	])('%s is refused with the line and the reason: %#', (status, one, message) => {
		expect(() => move([one], status, { lines: [1] })).toThrow(message);
	});

	it('without line numbers moves every line for which it makes sense, and no paid one', () => {
		const done = move([paid, line(2, 'denied_open'), line(3, 'in_appeal'), line(4, 'final_writeoff')], 'written_off');
		expect([done.moved, states(done.lines)]).toEqual([
			[2, 3],
			['adjudicated 2500', 'final_writeoff 0', 'final_writeoff 0', 'final_writeoff 0'],
		]);
	});

	it('without line numbers never reopens what the payer decided or staff closed', () => {
		const done = move([deductible, line(2, 'final_patient', { patientMinor: 10_000 }), line(3, 'in_appeal')], 'denied');
		expect(done.moved).toEqual([3]);
	});

	it('says of every line why none can move', () => {
		expect(() => move([paid, line(2, 'reversed')], 'appealed')).toThrow(
			'No line of this claim can be appealed. Line 1: it was paid. Line 2: the payer took the claim back; wait for its correction.',
		);
		expect(() => move([], 'appealed')).toThrow('Nothing is known of the lines of this claim yet: wait for the remittance.');
		expect(() => move([line(1, 'denied_open')], 'appealed', { lines: [3] })).toThrow('The claim has no line 3. It has the lines 1.');
	});

	it('changes nothing the second time', () => {
		const once = move([paid, line(2, 'denied_open')], 'appealed').lines;
		expect(move(once, 'appealed')).toEqual({ lines: once, moved: [] });
		expect(move(once, 'appealed', { lines: [2] })).toEqual({ lines: once, moved: [] });
	});

	it('keeps what the payer said, through any number of moves, and forgets it when the line is back', () => {
		const denied = line(2, 'denied_open');
		const appealed = move([denied], 'appealed').lines;
		const released = move(appealed, 'released_to_patient').lines;
		expect(asReported(released[0] as StoredLine)).toEqual(denied);
		expect(move(released, 'denied', { lines: [2] }).lines).toEqual([denied]);
	});
});

describe('what a release lets be asked', () => {
	it('is all that was denied when no amount is given, and never what was paid or the contract takes off', () => {
		const one = line(2, 'denied_open', {
			chargeMinor: 14_500,
			paidMinor: 0,
			adjustments: [
				{ group: 'CO', code: '45', amountMinor: 4500 },
				{ group: 'PR', code: '204', amountMinor: 10_000 },
			],
		});
		expect(releasable(one)).toBe(10_000);
		expect(states(move([one], 'released_to_patient').lines)).toEqual(['final_patient 10000']);
	});

	it('is the amount that was given, line by line', () => {
		const done = move([line(1, 'denied_open'), line(2, 'denied_open'), line(3, 'denied_open')], 'released_to_patient', { amountMinor: 15_000 });
		expect(states(done.lines)).toEqual(['final_patient 10000', 'final_patient 5000', 'final_patient 0']);
	});

	it('is refused one cent above the most', () => {
		expect(states(move([line(1, 'denied_open')], 'released_to_patient', { amountMinor: 10_000 }).lines)).toEqual(['final_patient 10000']);
		expect(() => move([line(1, 'denied_open')], 'released_to_patient', { amountMinor: 10_001 })).toThrow(
			`"amount" is more than can be the patient's: at most $100.00, the charge less what was paid and what the contract takes off.`,
		);
	});

	it('can be said anew for what was released before', () => {
		const released = move([line(1, 'denied_open')], 'released_to_patient').lines;
		expect(move(released, 'released_to_patient', { amountMinor: 4000 })).toMatchObject({ moved: [1], lines: [{ patientMinor: 4000 }] });
		expect(move(released, 'released_to_patient', { amountMinor: 10_000 }).moved).toEqual([]);
		expect(move(released, 'released_to_patient').moved).toEqual([]);
	});

	it('is the share that the first payer left, of a line that the next one never answered', () => {
		const one = line(1, 'crossover', { paidMinor: 7500, patientMinor: 2500, adjustments: [{ group: 'PR', code: '2', amountMinor: 2500 }] });
		expect(states(move([one], 'released_to_patient', { lines: [1] }).lines)).toEqual(['final_patient 2500']);
	});

	it('warns where the payer holds the practice liable', () => {
		const liable = line(2, 'denied_open', { adjustments: [{ group: 'CO', code: '197', amountMinor: 10_000 }], category: 'authorization' });
		expect(releaseWarning([line(1, 'denied_open')])).toBe('');
		expect(releaseWarning([liable])).toBe('The payer holds the practice liable for line 2 (group CO): make sure that the evidence covers it.');
	});
});
