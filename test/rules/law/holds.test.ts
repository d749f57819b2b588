import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { delinquentOn, type HoldFacts, type InvoiceFacts, lawOf, mayCallOverdue, standsOn } from '../../../shared/rules/index.ts';
import { account, codes, DAY, decide, invoice, NOW } from '../account.ts';

/** 2026-11-10, 11:00 in New York. */
const PETITION = NOW - 14 * DAY;
const petition: HoldFacts = { reason: 'bankruptcy', since: PETITION };
const served = (serviceDate: string, changes: Partial<InvoiceFacts> = {}): InvoiceFacts => invoice({ serviceDate, ...changes });

describe('bankruptcy', () => {
	test('stops what was owed when the petition was filed; later care is billed as usual', () => {
		const facts = account({ holds: [petition], invoices: [served('2026-11-09'), served('2026-11-11', { ref: 'later', amountMinor: 500 })] });
		const decision = decide(facts);
		expect([decision.eligibleMinor, decision.reminder.verdict, decision.reminder.covers, decision.canContact]).toEqual([500, 'send', ['later'], true]);
	});

	test.each([
		['care before it', '2026-11-09'],
		['care on the day itself', '2026-11-10'],
		['a day that is none', '2026-13-01'],
	])('%s is held', (_, serviceDate) => {
		const decision = decide(account({ holds: [petition], invoices: [served(serviceDate)] }));
		expect([codes(decision), decision.canContact]).toEqual([['hold_bankruptcy'], false]);
	});

	test('care on a day that nobody knows is held', () => {
		expect(codes(decide(account({ holds: [petition] })))).toEqual(['hold_bankruptcy']);
	});

	test("the day of the petition is the practice's own", () => {
		const late: HoldFacts = { reason: 'bankruptcy', since: Date.parse('2026-11-11T03:00:00Z') };
		expect([standsOn(late, served('2026-11-10'), 'America/New_York'), standsOn(late, served('2026-11-11'), 'America/New_York')]).toEqual([true, false]);
	});

	test('on one invoice it stops that one, whenever the care was', () => {
		const facts = account({ holds: [{ ...petition, invoice: 'inv_1' }], invoices: [served('2026-11-20'), served('2026-11-20', { ref: 'other' })] });
		expect(decide(facts).reminder.covers).toEqual(['other']);
	});

	test('with nothing but a paid later charge the account stays stopped', () => {
		const facts = account({ holds: [petition], invoices: [served('2026-11-01'), served('2026-11-20', { ref: 'paid', amountMinor: 0 })] });
		expect([codes(decide(facts)), decide(facts).canContact]).toEqual([['hold_bankruptcy'], false]);
	});

	test('other absolute holds spare nothing', () => {
		const facts = account({ holds: [{ reason: 'deceased', since: PETITION }], invoices: [served('2026-11-20')] });
		expect([codes(decide(facts)), decide(facts).canContact]).toEqual([['hold_deceased'], false]);
	});
});

describe('a bill far above its good faith estimate', () => {
	const billed = (changes: Partial<InvoiceFacts>) => account({ invoices: [invoice({ amountMinor: 90_000, estimateMinor: 50_000, ...changes })] });
	const causes = (facts: ReturnType<typeof account>) => decide(facts).work.map((work) => work.cause);

	test('is work for staff, and no hold', () => {
		const decision = decide(billed({}));
		expect(decision.work).toEqual([
			{
				cause: 'estimate:inv_1',
				reason: 'estimate_exceeded',
				title: '$400.00 is billed above the good faith estimate',
				severity: 'normal',
				amountMinor: 90_000,
			},
		]);
		expect(decision.reminder.verdict).toBe('send');
		expect(decision.trace.find((entry) => entry.rule === 'estimate')).toMatchObject({ outcome: 'fire', subject: 'inv_1' });
	});

	test.each([
		['a cent less', billed({ amountMinor: 89_999 }), []],
		['120 days after the bill', billed({ firstNoticeDate: '2026-07-27', raisedDays: 30 }), ['estimate:inv_1']],
		['121 days after the bill', billed({ firstNoticeDate: '2026-07-26', raisedDays: 30 }), []],
		['no estimate', account({ invoices: [invoice({ amountMinor: 90_000 })] }), []],
		['another currency', { ...billed({}), currency: 'CAD' }, []],
		['a dispute that stands already', { ...billed({}), holds: [{ reason: 'gfe_dispute', since: NOW - DAY } as const] }, []],
		['a dispute of another invoice', { ...billed({}), holds: [{ reason: 'gfe_dispute', since: NOW - DAY, invoice: 'inv_9' } as const] }, ['estimate:inv_1']],
		['a dispute of this invoice', { ...billed({}), holds: [{ reason: 'gfe_dispute', since: NOW - DAY, invoice: 'inv_1' } as const] }, []],
	])('%s', (_, facts, expected) => {
		expect(causes(facts).filter((cause) => cause.startsWith('estimate'))).toEqual(expected);
	});

	test('without a first notice the days have not begun to pass', () => {
		const facts = account({ invoices: [{ ...invoice({ amountMinor: 90_000, estimateMinor: 1 }), firstNoticeDate: '' }] });
		expect(causes(facts)).toContain('estimate:inv_1');
		const { firstNoticeDate: _, ...unbilled } = invoice({ amountMinor: 90_000, estimateMinor: 1 });
		expect(causes(account({ invoices: [unbilled] }))).toContain('estimate:inv_1');
	});

	test('the account is looked at again on the day after the last of the 120', () => {
		const facts = (changes: Partial<InvoiceFacts>) =>
			account({ workOpen: true, invoices: [invoice({ firstNoticeDate: '2026-10-01', raisedDays: 30, remindedDays: 30, ...changes })] });
		expect(decide(facts({ estimateMinor: 50_000 })).nextReviewAt).toBe(Date.parse('2027-01-30T05:00:00Z'));
		expect(decide(facts({})).nextReviewAt).toBeUndefined();
	});

	test('an account that is stopped for good is not looked at for it', () => {
		expect(causes({ ...billed({}), holds: [{ reason: 'deceased', since: NOW - DAY }] })).toEqual([]);
	});

	test('while the dispute stands nothing is collected', () => {
		expect(codes(decide({ ...billed({}), holds: [{ reason: 'gfe_dispute', since: NOW - DAY }] }))).toEqual(['hold_gfe_dispute']);
	});
});

describe('when a bill may be called overdue', () => {
	const inDakota = lawOf(DEFAULT_POLICY, { places: ['ND'], practiceZone: 'America/Chicago' }, NOW);
	const elsewhere = lawOf(DEFAULT_POLICY, { places: ['SD'], practiceZone: 'America/Chicago' }, NOW);
	const bill = (serviceDate?: string, firstNoticeDate?: string) => ({
		...(serviceDate === undefined ? {} : { serviceDate }),
		...(firstNoticeDate === undefined ? {} : { firstNoticeDate }),
	});

	test.each([
		['90 days after the service', bill('2026-08-01', '2026-08-05'), '2026-10-30'],
		['45 days after the bill, where that is later', bill('2026-08-01', '2026-10-10'), '2026-11-24'],
		['the service is not known', bill(undefined, '2026-08-05'), 'never'],
		['the bill is not known', bill('2026-08-01'), 'never'],
		['a day that is none', bill('2026-08-01', '2026-02-30'), 'never'],
	])('North Dakota: %s', (_, invoiceFacts, expected) => {
		expect(delinquentOn(inDakota, invoiceFacts)).toBe(expected);
	});

	test('elsewhere the ladder decides', () => {
		expect([delinquentOn(elsewhere, bill()), mayCallOverdue(elsewhere, [bill()], '2026-11-24')]).toEqual(['any', true]);
	});

	test('a message about several waits for the last of them', () => {
		const [soon, late] = [bill('2026-08-01', '2026-08-05'), bill('2026-08-01', '2026-10-10')];
		expect(mayCallOverdue(inDakota, [soon, late], '2026-11-23')).toBe(false);
		expect(mayCallOverdue(inDakota, [soon, late], '2026-11-24')).toBe(true);
		expect(mayCallOverdue(inDakota, [soon, bill()], '2099-01-01')).toBe(false);
	});
});
