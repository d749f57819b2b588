import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Adjustment } from '../../../shared/contracts/facts.ts';
import { type ClaimHead, isKnownStatus, type LineMoney, lineState, patientShare, shareToReview } from '../../../shared/rules/denials/lines.ts';
import { adjustmentReason } from '../../../shared/rules/denials/reasons.ts';

const head = (more: Partial<ClaimHead> = {}): ClaimHead => ({ status: '1', adjustments: [], forwarded: false, balanced: true, ...more });
const adjustment = fc.record({
	group: fc.constantFrom<Adjustment['group']>('CO', 'PR', 'OA', 'PI', 'CR'),
	code: fc.constantFrom('1', '2', '3', '16', '22', '23', '29', '45', '50', '96', '97', '133', '197', '204', '246', '253', '999'),
	amountMinor: fc.oneof(fc.integer({ min: -50_000, max: 50_000 }), fc.constantFrom(-100, 100)),
});
const line: fc.Arbitrary<LineMoney> = fc.record({
	chargeMinor: fc.integer({ min: -50_000, max: 50_000 }),
	paidMinor: fc.oneof(fc.constant(0), fc.integer({ min: -50_000, max: 50_000 })),
	adjustments: fc.array(adjustment, { maxLength: 4 }),
});

describe('the state of a line', () => {
	it('is denied exactly by the formula: charge, nothing paid, no PR-1 to PR-3, and a reason beside CO-45 and OA-23', () => {
		fc.assert(
			fc.property(line, (facts) => {
				const counted = facts.adjustments.filter(({ amountMinor }) => amountMinor !== 0);
				const formula =
					facts.chargeMinor > 0 &&
					facts.paidMinor === 0 &&
					patientShare(counted) === 0 &&
					counted.some(({ group, code }) => (group === 'PR' ? !['1', '2', '3'].includes(code) : !['CO-45', 'OA-23'].includes(`${group}-${code}`)));
				// Two kinds of reason are none yet: the payer is still reviewing, and the line only reports a measure.
				const onlyOpen = counted.every(
					({ group, code }) =>
						['pending', 'reporting'].includes(adjustmentReason(group, code).class) || ['CO-45', 'OA-23', 'PR-1', 'PR-2', 'PR-3'].includes(`${group}-${code}`),
				);
				expect(lineState(head(), facts, []).state === 'denied_open').toBe(formula && !onlyOpen);
			}),
			{ numRuns: 2_000 },
		);
	});

	it('never lets anything be asked of a patient who is QMB, of a claim that does not add up, that was passed on, taken back or not understood', () => {
		fc.assert(
			fc.property(
				line,
				fc.constantFrom(
					[head({ balanced: false }), []],
					[head({ forwarded: true }), []],
					[head(), ['N781']],
					[head(), ['MA18']],
					...['19', '20', '21', '22', '23', '77'].map((status) => [head({ status }), []]),
				) as fc.Arbitrary<[ClaimHead, string[]]>,
				(facts, [claim, remarks]) => {
					expect(['adjudicated', 'final_patient']).not.toContain(lineState(claim, facts, remarks).state);
				},
			),
		);
	});

	it.each([
		['another payer has it', '19', 100, [['CO', '97', 100]], [], 'crossover'],
		['another payer has it and the patient is QMB', '21', 100, [], ['N783'], 'never_bill'],
		['status 4 without a reason', '4', 100, [], [], 'denied_open eligibility'],
		['status 4 with the fee schedule alone', '4', 100, [['CO', '45', 100]], [], 'denied_open eligibility'],
		['the payer has not decided', '1', 100, [['OA', '133', 100]], [], 'pending'],
		[
			'the payer has not decided a part, and refused the rest',
			'1',
			100,
			[
				['OA', '133', 60],
				['CO', '50', 40],
			],
			[],
			'denied_open appeal',
		],
		[
			'shares of the patient that cancel each other',
			'1',
			100,
			[
				['PR', '1', 10],
				['PR', '2', -10],
				['CO', '45', 100],
			],
			[],
			'adjudicated',
		],
		['it only reports a measure', '1', 1, [['CO', '246', 1]], ['N620'], 'adjudicated'],
		['unprocessable', '1', 100, [['CO', '50', 100]], ['MA130'], 'denied_open fix_resubmit'],
		['the remark names the queue', '1', 100, [['CO', 'A1', 100]], ['N4'], 'denied_open cob'],
		['the remark names no queue', '1', 100, [['CO', 'A1', 100]], ['N130'], 'denied_open appeal'],
		['the remark does not outrank PR', '1', 100, [['PR', '96', 100]], ['N115'], 'denied_open review'],
	] as const)('when %s', (_title, status, chargeMinor, adjusted, remarks, expected) => {
		const adjustments = adjusted.map(([group, code, amountMinor]): Adjustment => ({ group, code, amountMinor }));
		const { state, category } = lineState(head({ status }), { chargeMinor, paidMinor: 0, adjustments }, remarks);
		expect([state, category].filter(Boolean).join(' ')).toBe(expected);
	});

	it("follows the claim's adjustments where the line has none", () => {
		const bare = { chargeMinor: 100, paidMinor: 0, adjustments: [] };
		expect(lineState(head({ adjustments: [{ group: 'CO', code: '29', amountMinor: 100 }] }), bare, []).category).toBe('late');
	});

	it('knows the statuses of the standard and no other', () => {
		const known = Array.from({ length: 30 }, (_, status) => String(status)).filter(isKnownStatus);
		expect(known).toEqual(['1', '2', '3', '4', '19', '20', '21', '22', '23', '25']);
	});

	it('reads codes as of the day of the remittance', () => {
		const denied = (on?: string) =>
			lineState(head(on === undefined ? {} : { on }), { chargeMinor: 100, paidMinor: 0, adjustments: [{ group: 'CO', code: 'B5', amountMinor: 100 }] }, [])
				.category;
		expect([denied(), denied('2016-05-01'), denied('2016-05-02')]).toEqual(['appeal', 'appeal', 'unclassified']);
	});

	it('takes the first of two reasons of the same amount', () => {
		const adjustments: Adjustment[] = [
			{ group: 'CO', code: '45', amountMinor: 80 },
			{ group: 'CO', code: '197', amountMinor: 10 },
			{ group: 'CO', code: '50', amountMinor: -10 },
		];
		expect(lineState(head(), { chargeMinor: 100, paidMinor: 0, adjustments }, []).category).toBe('authorization');
	});
});

describe('what a payer put on the patient', () => {
	it('is split into what may be asked and what staff must release, to the cent', () => {
		fc.assert(
			fc.property(fc.array(adjustment), (adjustments) => {
				const all = adjustments.filter(({ group }) => group === 'PR').reduce((sum, { amountMinor }) => sum + amountMinor, 0);
				expect(patientShare(adjustments) + shareToReview(adjustments)).toBe(all);
			}),
		);
	});
});
