import { describe, expect, it } from 'vitest';
import { type ClassifyInput, classifyDenial } from '../../../shared/rules/denials/classify.ts';
import { RARC_LIST, RARC_TABLE } from '../../../shared/rules/denials/rarc-data.ts';
import { remarkCategory, remarkRow } from '../../../shared/rules/denials/remarks.ts';

const NOW = Date.parse('2026-11-24T17:00:00Z');
const classify = (more: Partial<ClassifyInput>) => classifyDenial({ group: 'CO', reason_code: '97', ...more }, NOW);

describe('a denial by its codes', () => {
	it.each([
		['PR', '1', '', 'patient', 'yes'],
		['PR', '2', '', 'patient', 'yes'],
		['PR', '3', '', 'patient', 'yes'],
		['PR', '204', '', 'review', 'after_release'],
		['PR', '96', 'N130', 'review', 'after_release'],
		['PR', '50', '', 'review', 'after_release'],
		['PR', '27', '', 'eligibility', 'after_release'],
		['CO', '22', '', 'cob', 'no'],
		['CO', '45', '', 'contractual', 'no'],
		['CO', '16', '', 'fix_resubmit', 'no'],
		['CO', '16', 'N706', 'documentation', 'no'],
		['CO', '16', 'MA04', 'cob', 'no'],
		['CO', '16', 'N999, M62', 'authorization', 'no'],
		['CO', '50', 'MA130', 'fix_resubmit', 'no'],
		['CO', '50', 'N706', 'appeal', 'no'],
		['CO', '18', '', 'duplicate', 'no'],
		['CO', '29', '', 'late', 'no'],
		['CO', '97', '', 'coding', 'no'],
		['CO', '197', '', 'authorization', 'no'],
		['CO', '109', '', 'redirect', 'no'],
		['CO', 'b7', '', 'credentialing', 'no'],
		['OA', '133', '', 'pending', 'no'],
		['PR', '1', 'N781', 'never_bill', 'no'],
		['PR', '2', 'n782', 'never_bill', 'no'],
		['PR', '3', 'N783;N130', 'never_bill', 'no'],
		['CO', '97', 'N781', 'coding', 'no'],
		['CO', '999', '', 'unclassified', 'no'],
		['PR', '999', '', 'unclassified', 'after_release'],
	] as const)('%s-%s with %j is %s, and may be billed: %s', (group, reason_code, remark_codes, category, billed) => {
		const answer = classify({ group, reason_code, remark_codes });
		expect(answer).toMatchObject({ category, patient_may_be_billed: billed });
		expect(answer.evidence_needed === '').toBe(billed !== 'after_release');
	});

	it('says what each code means, and that it does not know one', () => {
		expect(classify({ reason_code: ' 16 ', remark_codes: 'n290, N999 N290' }).meaning).toBe(
			"CO-16: Information missing or wrong. N290: Rendering provider's number missing or wrong. N999: Not in our table.",
		);
		expect(classify({ reason_code: '999' })).toMatchObject({ known_code: false, meaning: 'CO-999: Not in our table.' });
		expect(classify({ reason_code: 'A2', received_on: '2026-11-20' })).toMatchObject({ known_code: false, meaning: 'CO-A2: Not in force on that day.' });
		expect(classify({ reason_code: 'A2' }).known_code).toBe(true);
	});

	it("says what to do: the code's own step, or that of the queue a remark names", () => {
		expect(classify({ reason_code: '227' }).what_to_do).toBe('Find out what the payer asked of the patient and help the patient answer.');
		expect(classify({ reason_code: '16', remark_codes: 'N706' }).what_to_do).toBe('Send the records or the attachment that the remark code names.');
	});

	it.each([
		[{ group: 'PR', reason_code: '1' }, "Yes: it is the patient's share after insurance, unless a hold stands against it."],
		[{ group: 'PR', reason_code: '204' }, 'Only after staff release it.'],
		[{ group: 'PR', reason_code: '27' }, 'Not yet: ask the patient for insurance details, not for money, until staff release it.'],
		[{ group: 'OA', reason_code: '22' }, 'No: ask the patient for insurance details, not for money.'],
		[{ group: 'CO', reason_code: '97' }, 'No: the group CO puts nothing on the patient.'],
		[{ group: 'PR', reason_code: '1', remark_codes: 'N781' }, 'No: federal law forbids billing cost sharing to a Qualified Medicare Beneficiary.'],
	] as const)('%j says why the patient may be billed or not', (input, text) => {
		expect(classify(input).patient_text).toBe(text);
	});

	it('names what staff need before they release it', () => {
		expect(classify({ group: 'PR', reason_code: '204' }).evidence_needed).toMatch(/^A waiver or advance notice/);
		expect(classify({ group: 'PR', reason_code: '27' }).evidence_needed).toMatch(/^The result of a coverage check/);
	});

	it('counts the days that were given, from the days they count from', () => {
		expect(classify({ appeal_days: 10, received_on: '2026-11-20', file_days: 365, service_date: '2026-10-01', amount: 100 })).toMatchObject({
			deadline_on: '2026-11-30',
			deadline_kind: 'appeal',
			deadline_text: 'Appeal by 2026-11-30, by the days given.',
			days_left: 6,
			is_urgent: true,
			priority: 60,
		});
	});

	it('counts to the day the claim must be sent where that mends it', () => {
		expect(classify({ reason_code: '16', file_days: 60, service_date: '2026-10-01' }).deadline_text).toBe('Send the claim by 2026-11-30, by the days given.');
	});

	it.each([
		['no days', {}],
		['days to appeal without the day of receipt', { appeal_days: 90 }],
		['days to appeal with an empty day of receipt', { appeal_days: 90, received_on: ' ' }],
		['days to file without the day of service', { file_days: 90 }],
	])('has no deadline with %s', (_title, more) => {
		expect(classify(more)).toMatchObject({
			deadline_on: '',
			deadline_kind: 'none',
			deadline_text: "No deadline: give the payer's days and the date they count from.",
			days_left: 0,
			is_urgent: false,
		});
	});

	it('has no right to appeal when the claim was unprocessable, and says so', () => {
		expect(classify({ remark_codes: 'MA130', appeal_days: 90, received_on: '2026-11-20' }).deadline_text).toBe(
			"No deadline: give the payer's days and the date they count from. There is no right to appeal: send a corrected claim.",
		);
	});

	it('keeps to the currency', () => {
		expect(classify({ amount: 1_500, currency: 'jpy' }).priority).toBe(900);
		expect(classify({ amount: 0.05 }).priority).toBe(0.03);
		expect(classify({ currency: ' ' }).priority).toBe(0);
	});

	it.each([
		['amount', { amount: -1 }],
		['amount', { amount: 0.001 }],
		['received_on', { received_on: '2026-02-30' }],
		['service_date', { service_date: 'soon' }],
	])('refuses %s when it is none: %j', (field, more) => {
		expect(() => classify(more)).toThrow(expect.objectContaining({ kind: 'invalid', fields: [expect.objectContaining({ field })] }));
	});
});

describe('a remark code', () => {
	it('stands in the table once', () => {
		const codes = RARC_TABLE.map(({ code }) => code);
		expect(codes).toEqual([...new Set(codes)]);
		expect(codes.length).toBeGreaterThan(75);
		expect(RARC_LIST.reviewedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
	});

	it('names a queue, an effect, both or neither', () => {
		expect(remarkRow('N781')).toMatchObject({ effect: 'qmb' });
		expect(remarkRow('MA130')).toMatchObject({ effect: 'unprocessable', category: 'fix_resubmit' });
		expect(remarkRow('N999')).toBeUndefined();
		expect(remarkCategory(['MA01', 'N999'])).toBeUndefined();
	});
});
