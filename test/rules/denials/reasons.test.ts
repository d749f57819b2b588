import { describe, expect, it } from 'vitest';
import { CARC_LIST, CARC_TABLE } from '../../../shared/rules/denials/carc-data.ts';
import { DENIAL_CATEGORIES, denialQueue } from '../../../shared/rules/denials/categories.ts';
import { adjustmentReason, isPatientShare } from '../../../shared/rules/denials/reasons.ts';

describe('a claim adjustment reason', () => {
	it.each([
		['PR', '1', 'patient', 'patient', 'billable'],
		['PR', '2', 'patient', 'patient', 'billable'],
		['PR', '3', 'patient', 'patient', 'billable'],
		['PR', '204', 'denial', 'review', 'review'],
		['PR', '96', 'denial', 'review', 'review'],
		['PR', '119', 'denial', 'review', 'review'],
		['CO', '96', 'denial', 'review', 'never'],
		['PR', '27', 'denial', 'eligibility', 'ask_insurance'],
		['PR', '26', 'denial', 'eligibility', 'ask_insurance'],
		['PR', '31', 'denial', 'eligibility', 'ask_insurance'],
		['PR', '177', 'denial', 'eligibility', 'ask_insurance'],
		['CO', '22', 'denial', 'cob', 'ask_insurance'],
		['PR', '22', 'denial', 'cob', 'ask_insurance'],
		['OA', '23', 'contractual', 'contractual', 'never'],
		['CO', '45', 'contractual', 'contractual', 'never'],
		['PR', '45', 'denial', 'review', 'review'],
		['CO', '16', 'denial', 'fix_resubmit', 'never'],
		['CO', '4', 'denial', 'fix_resubmit', 'never'],
		['CO', '11', 'denial', 'fix_resubmit', 'never'],
		['CO', '6', 'denial', 'fix_resubmit', 'never'],
		['CO', '18', 'denial', 'duplicate', 'never'],
		['CO', '29', 'denial', 'late', 'never'],
		['CO', '50', 'denial', 'appeal', 'never'],
		['PR', '50', 'denial', 'review', 'review'],
		['CO', '97', 'denial', 'coding', 'never'],
		['CO', '236', 'denial', 'coding', 'never'],
		['CO', '15', 'denial', 'authorization', 'never'],
		['CO', '197', 'denial', 'authorization', 'never'],
		['CO', '198', 'denial', 'authorization', 'never'],
		['PR', '197', 'denial', 'authorization', 'review'],
		['CO', '109', 'denial', 'redirect', 'never'],
		['CO', '24', 'denial', 'redirect', 'never'],
		['CO', '19', 'denial', 'redirect', 'never'],
		['CO', 'B7', 'denial', 'credentialing', 'never'],
		['CO', '185', 'denial', 'credentialing', 'never'],
		['OA', '133', 'pending', 'pending', 'never'],
		['OA', '1', 'denial', 'unclassified', 'never'],
		['PI', '204', 'denial', 'review', 'never'],
		['CR', '2', 'denial', 'unclassified', 'never'],
		['CO', 'Z99', 'denial', 'unclassified', 'never'],
		['PR', 'Z99', 'denial', 'unclassified', 'review'],
		['CO', '', 'denial', 'unclassified', 'never'],
	] as const)('%s-%s is %s, %s, patient: %s', (group, code, kind, category, patient) => {
		expect(adjustmentReason(group, code)).toMatchObject({ group, code, class: kind, category, patient });
	});

	it("says what to do next, by its own or its category's word", () => {
		expect(adjustmentReason('CO', '227').next).toBe('Find out what the payer asked of the patient and help the patient answer.');
		expect(adjustmentReason('CO', '16').next).toBe(DENIAL_CATEGORIES.fix_resubmit.next);
		expect(adjustmentReason('PR', '45').next).toBe(DENIAL_CATEGORIES.review.next);
	});

	it('is billable for PR-1, PR-2 and PR-3 alone, in every group and code of the table', () => {
		const groups = ['CO', 'PR', 'OA', 'PI', 'CR'] as const;
		const billable = groups.flatMap((group) => CARC_TABLE.map(({ code }) => adjustmentReason(group, code))).filter(({ patient }) => patient === 'billable');
		expect(billable.map(({ group, code }) => `${group}-${code}`).sort()).toEqual(['PR-1', 'PR-2', 'PR-3']);
		expect([isPatientShare('PR', '1'), isPatientShare('CO', '1'), isPatientShare('PR', '4'), isPatientShare('PR', '11')]).toEqual([true, false, false, false]);
	});

	it('stands in the table once for each group, with its dates in order', () => {
		const keys = CARC_TABLE.map(({ code, group }) => `${group ?? ''}-${code}`);
		expect(keys).toEqual([...new Set(keys)]);
		expect(keys.length).toBeGreaterThan(200);
		const days = CARC_TABLE.flatMap(({ from, to }) => [from, to]).filter((day) => day !== undefined);
		expect(days.filter((day) => new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day)).toEqual([]);
		expect(CARC_TABLE.filter(({ from, to }) => from !== undefined && to !== undefined && from >= to)).toEqual([]);
		expect(CARC_LIST.reviewedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
	});

	it.each([
		['CO', 'A2', '2008-01-01', true],
		['CO', 'A2', '2008-01-02', false],
		['CO', '197', '2006-10-31', true],
		['CO', '197', '2006-10-30', false],
		['CO', '288', '1999-01-01', true],
		['CO', 'A2', undefined, true],
	] as const)('%s-%s on %s is in force: %s', (group, code, on, known) => {
		const reason = adjustmentReason(group, code, on);
		expect(reason.known).toBe(known);
		if (!known) expect(reason).toMatchObject({ label: 'Not in force on that day', class: 'denial', category: 'unclassified', patient: 'never' });
	});

	it('that is not in the table says so', () => {
		expect(adjustmentReason('CO', 'Z99')).toEqual({
			code: 'Z99',
			group: 'CO',
			known: false,
			label: 'Not in our table',
			class: 'denial',
			category: 'unclassified',
			patient: 'never',
			next: 'Read the remittance and decide by hand.',
		});
	});

	it("that only reports a measure is nobody's work, unless it is put on the patient", () => {
		expect(adjustmentReason('CO', '246').class).toBe('reporting');
		expect(adjustmentReason('PR', '246')).toMatchObject({ class: 'denial', category: 'review', patient: 'review' });
	});
});

describe('a queue of denials', () => {
	it('is found by its key, and a key that is no longer known is worked as unclassified', () => {
		expect(denialQueue('late').label).toBe('Filed too late');
		expect(denialQueue('toString')).toBe(DENIAL_CATEGORIES.unclassified);
	});

	it('says what to do in one sentence, and how much work brings back in percent', () => {
		for (const queue of Object.values(DENIAL_CATEGORIES)) {
			expect(queue.next).toMatch(/^[A-Z][^.]*\.$/);
			expect(queue.workability).toBeGreaterThanOrEqual(0);
			expect(queue.workability).toBeLessThanOrEqual(100);
		}
	});
});
