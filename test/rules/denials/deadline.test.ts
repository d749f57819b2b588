import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DENIAL_CATEGORIES } from '../../../shared/rules/denials/categories.ts';
import { type DenialDates, denialDeadlines, MEDICARE_RULE, type PayerRule, payerRule } from '../../../shared/rules/denials/deadline.ts';
import { byPriority, denialPriority, type Priority } from '../../../shared/rules/denials/priority.ts';

const MEDICARE: PayerRule = { id: MEDICARE_RULE, payer: 'MEDICARE PART B', receipt_days: 5, source: 'CMS' };
const CONTRACT: PayerRule = {
	id: 'example_plan',
	payer: 'Example Health Plan',
	file_days: 180,
	appeal_days: 90,
	receipt_days: 0,
	source: 'Contract 2026, 4.2',
};
const dates = (more: Partial<DenialDates> = {}): DenialDates => ({
	payer: CONTRACT.payer,
	category: 'coding',
	remittedOn: '2026-11-20',
	serviceOn: '2026-10-03',
	...more,
});

describe('a payer rule', () => {
	const OTHER: PayerRule = { ...CONTRACT, id: 'any_other', payer: '*' };

	it.each([
		['as it is written', 'Example Health Plan', 'example_plan'],
		['in capitals and without blanks', 'EXAMPLEHEALTHPLAN', 'example_plan'],
		['with more blanks', ' example  health\tplan ', 'example_plan'],
		['under another name', 'Example Health Plan of Ohio', 'any_other'],
		['under the name of the sign itself', '*', 'any_other'],
		['without a name', '', 'any_other'],
	])('is found for a payer %s', (_title, payer, id) => {
		expect(payerRule([OTHER, CONTRACT], payer)?.id).toBe(id);
	});

	it('that names the payer first is taken, and none where none fits', () => {
		expect(payerRule([CONTRACT, { ...CONTRACT, id: 'later' }], CONTRACT.payer)?.id).toBe('example_plan');
		expect(payerRule([CONTRACT], 'Another')).toBeUndefined();
		expect(payerRule([], CONTRACT.payer)).toBeUndefined();
	});
});

describe('a deadline', () => {
	it('of Medicare counts 120 days from receipt, which is presumed 5 days after the remittance', () => {
		expect(denialDeadlines([MEDICARE], dates({ payer: 'Medicare Part B', remittedOn: '2022-05-15', serviceOn: '2022-04-01' }))).toEqual({
			file: { kind: 'file', on: '2023-04-01', rule: MEDICARE_RULE, source: 'CMS' },
			appeal: { kind: 'appeal', on: '2022-09-17', rule: MEDICARE_RULE, source: 'CMS' },
			next: { kind: 'appeal', on: '2022-09-17', rule: MEDICARE_RULE, source: 'CMS' },
		});
	});

	it.each([
		['2023-03-01', '2024-03-01'],
		['2024-02-29', '2025-02-28'],
		['2023-12-31', '2024-12-31'],
	])('to file with Medicare for %s is one calendar year later, %s', (serviceOn, on) => {
		expect(denialDeadlines([MEDICARE], dates({ payer: MEDICARE.payer, serviceOn })).file?.on).toBe(on);
	});

	it("follows the days of the rule before Medicare's own", () => {
		const rule = { ...MEDICARE, file_days: 10, appeal_days: 20 };
		expect(denialDeadlines([rule], dates({ payer: MEDICARE.payer }))).toMatchObject({ file: { on: '2026-10-13' }, appeal: { on: '2026-12-15' } });
	});

	it('of a contract counts its own days', () => {
		expect(denialDeadlines([CONTRACT], dates())).toEqual({
			file: { kind: 'file', on: '2027-04-01', rule: 'example_plan', source: 'Contract 2026, 4.2' },
			appeal: { kind: 'appeal', on: '2027-02-18', rule: 'example_plan', source: 'Contract 2026, 4.2' },
			next: { kind: 'appeal', on: '2027-02-18', rule: 'example_plan', source: 'Contract 2026, 4.2' },
		});
	});

	it('is none without a rule, without days, without a day of service, or with a day that is none', () => {
		expect(denialDeadlines([], dates())).toEqual({});
		expect(denialDeadlines([{ id: 'bare', payer: '*', receipt_days: 5, source: 's' }], dates())).toEqual({});
		expect(denialDeadlines([CONTRACT], dates({ serviceOn: undefined }))).not.toHaveProperty('file');
		expect(denialDeadlines([CONTRACT], dates({ serviceOn: '2026-02-30', remittedOn: '' }))).toEqual({});
		expect(denialDeadlines([MEDICARE], dates({ payer: MEDICARE.payer, serviceOn: 'soon' }))).not.toHaveProperty('file');
	});

	it.each([
		['the earlier where both mend it', 'coding', {}, '2027-02-18'],
		['the earlier where both mend it, here to file', 'coding', { serviceOn: '2026-06-01' }, '2026-11-28'],
		['to file where only a corrected claim mends it', 'fix_resubmit', {}, '2027-04-01'],
		['to appeal where there is no day to file and only a corrected claim mends it', 'fix_resubmit', { serviceOn: undefined }, '2027-02-18'],
		['to appeal where only that mends it', 'appeal', { serviceOn: '2026-06-01' }, '2027-02-18'],
		['to appeal where both would but there is no day to file', 'cob', { serviceOn: undefined }, '2027-02-18'],
		['to file where both would but nothing may be appealed', 'cob', { unprocessable: true }, '2027-04-01'],
		['none where nothing mends it', 'contractual', {}, '2027-02-18'],
		['none where the payer has not decided', 'pending', {}, undefined],
		['none where the patient is never billed', 'never_bill', {}, undefined],
		['as for a category nobody knows', 'mystery', {}, '2027-02-18'],
	])('that counts is %s', (_title, category, more, on) => {
		expect(denialDeadlines([CONTRACT], dates({ category, ...more })).next?.on).toBe(on);
	});

	it('to appeal does not exist for what was never decided: MA130, and a rejected claim', () => {
		expect(denialDeadlines([CONTRACT], dates({ unprocessable: true }))).toEqual({
			file: { kind: 'file', on: '2027-04-01', rule: 'example_plan', source: 'Contract 2026, 4.2' },
			next: { kind: 'file', on: '2027-04-01', rule: 'example_plan', source: 'Contract 2026, 4.2' },
		});
		expect(denialDeadlines([CONTRACT], dates({ unprocessable: true, serviceOn: undefined }))).toEqual({});
	});

	it('to appeal does not exist for what Medicare refused as late, and does for another payer', () => {
		expect(denialDeadlines([MEDICARE], dates({ payer: MEDICARE.payer, category: 'late' }))).not.toHaveProperty('appeal');
		expect(denialDeadlines([MEDICARE], dates({ payer: MEDICARE.payer, category: 'late' }))).not.toHaveProperty('next');
		expect(denialDeadlines([CONTRACT], dates({ category: 'late' })).next?.kind).toBe('appeal');
	});

	it('never comes without the short name of its rule', () => {
		const rule = fc.record(
			{
				id: fc.constantFrom('a', MEDICARE_RULE),
				payer: fc.constantFrom('*', 'X'),
				file_days: fc.integer({ min: 1, max: 1095 }),
				appeal_days: fc.integer({ min: 1, max: 1095 }),
				receipt_days: fc.nat(30),
				source: fc.constant('s'),
			},
			{ requiredKeys: ['id', 'payer', 'receipt_days', 'source'] },
		);
		const day = fc.constantFrom('2026-11-20', '2024-02-29', 'nonsense');
		fc.assert(
			fc.property(
				fc.array(rule, { maxLength: 3 }),
				fc.constantFrom(...Object.keys(DENIAL_CATEGORIES)),
				day,
				day,
				fc.boolean(),
				(rules, category, remittedOn, serviceOn, unprocessable) => {
					const found = denialDeadlines(rules, { payer: 'x', category, remittedOn, serviceOn, unprocessable });
					for (const deadline of Object.values(found)) {
						expect(rules.map(({ id }) => id)).toContain(deadline.rule);
						expect(new Date(`${deadline.on}T00:00:00Z`).toISOString().slice(0, 10)).toBe(deadline.on);
					}
				},
			),
		);
	});
});

describe('the priority of a denial', () => {
	const TODAY = '2026-11-24';
	it.each([
		['six days left', '2026-11-30', { urgent: true, daysLeft: 6, scoreMinor: 9_000 }],
		['seven days left', '2026-12-01', { urgent: false, daysLeft: 7, scoreMinor: 9_000 }],
		['its last day', '2026-11-24', { urgent: true, daysLeft: 0, scoreMinor: 9_000 }],
		['a day that has passed', '2026-11-23', { urgent: false, daysLeft: -1, scoreMinor: 9_000 }],
		['no deadline', undefined, { urgent: false, scoreMinor: 9_000 }],
		['a deadline that is no day', 'soon', { urgent: false, scoreMinor: 9_000 }],
	])('with %s', (_title, deadlineOn, expected) => {
		expect(denialPriority({ amountMinor: 10_000, category: 'fix_resubmit', deadlineOn }, TODAY)).toEqual(expected);
	});

	it('is the amount times what work brings back, and never below nothing', () => {
		const score = (category: string, amountMinor = 10_000) => denialPriority({ amountMinor, category }, TODAY).scoreMinor;
		expect([score('appeal'), score('late'), score('pending'), score('mystery'), score('appeal', -5)]).toEqual([4_500, 1_500, 0, 5_000, 0]);
	});

	it('puts the urgent first, then the larger score, then the nearer day', () => {
		const list: (Priority & { id: string })[] = [
			{ id: 'none', urgent: false, scoreMinor: 100 },
			{ id: 'later', urgent: false, scoreMinor: 100, daysLeft: 40 },
			{ id: 'sooner', urgent: false, scoreMinor: 100, daysLeft: 9 },
			{ id: 'large', urgent: false, scoreMinor: 900, daysLeft: 40 },
			{ id: 'small but urgent', urgent: true, scoreMinor: 1, daysLeft: 3 },
			{ id: 'urgent', urgent: true, scoreMinor: 5, daysLeft: 6 },
		];
		expect(list.sort(byPriority).map(({ id }) => id)).toEqual(['urgent', 'small but urgent', 'large', 'sooner', 'later', 'none']);
		expect(byPriority({ urgent: false, scoreMinor: 1, daysLeft: 3 }, { urgent: false, scoreMinor: 1 })).toBeLessThan(0);
		expect(byPriority({ urgent: false, scoreMinor: 1 }, { urgent: false, scoreMinor: 1, daysLeft: 3 })).toBeGreaterThan(0);
		expect(byPriority({ urgent: false, scoreMinor: 1 }, { urgent: true, scoreMinor: 1 })).toBe(1);
		expect(byPriority({ urgent: false, scoreMinor: 1 }, { urgent: false, scoreMinor: 1 })).toBe(0);
	});
});
