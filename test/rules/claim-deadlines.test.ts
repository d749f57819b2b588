import { describe, expect, it } from 'vitest';
import { dayNumber, dayText } from '../../shared/rules/calendar.ts';
import type { ClaimFacts } from '../../shared/rules/index.ts';
import { businessDayAfter, businessDayUntil } from '../../shared/rules/staff-time.ts';
import { account, decide, iso, policyWith } from './account.ts';

const denied = (changes: Partial<ClaimFacts> = {}): ClaimFacts => ({
	ref: 'clm_1',
	payer: 'Example Health Plan',
	lines: [{ line: 1, state: 'denied_open', chargeMinor: 14_500, paidMinor: 0, patientMinor: 0, category: 'appeal' }],
	raisedLines: [1],
	deadlineOn: '2027-01-04',
	deadlineRule: 'example_plan',
	...changes,
});
const at = (day: string) => Date.parse(`${day}T16:00:00Z`);
const run = (day: string, claim: ClaimFacts = denied(), closures: string[] = []) =>
	decide(account({ invoices: [], claims: [claim] }), { now: at(day), policy: policyWith({ closures }) });
const step = (day: string, claim?: ClaimFacts, closures?: string[]) => run(day, claim, closures).work.map((work) => work.step);

describe('the deadline of a denial', () => {
	it.each<[string, string[]]>([
		// 5 December, 30 days before, is a Saturday.
		['2026-12-03', []],
		['2026-12-04', ['30_days_left']],
		['2026-12-06', ['30_days_left']],
		['2026-12-18', ['30_days_left']],
		['2026-12-21', ['14_days_left']],
		['2026-12-24', ['14_days_left']],
		['2026-12-28', ['7_days_left']],
		['2026-12-30', ['7_days_left']],
		// 2 January is a Saturday, and New Year's Day is none to work.
		['2026-12-31', ['2_days_left']],
		['2027-01-05', ['2_days_left']],
	])('is told on %s as %j: what falls on days off on the last working day before', (day, steps) => {
		expect(step(day)).toEqual(steps);
	});

	it('counts the practice’s own closures as days off', () => {
		expect(step('2026-12-17', denied(), ['2026-12-18'])).toEqual(['30_days_left']);
		expect(step('2026-12-18', denied(), ['2026-12-21'])).toEqual(['14_days_left']);
	});

	it('is never shown without the payer rule it follows from', () => {
		expect(run('2026-12-28').work).toMatchObject([
			{ title: '7 days are left to act on a claim, until 2027-01-04 (example_plan)', severity: 'high', amountMinor: 14_500 },
		]);
		expect(run('2027-01-05').work).toMatchObject([{ title: 'The deadline of a claim passed on 2027-01-04 (example_plan)' }]);
		expect(run('2026-12-28', denied({ raisedLines: [] })).events[0]?.reasons.at(-1)).toBe('The last day to act is 2027-01-04 (example_plan).');
	});

	it('is kept once the claim was sent again or appealed, and runs on for a rejected one', () => {
		const lines = (state: 'in_appeal' | 'corrected' | 'pending') => denied().lines.map((line) => ({ ...line, state }));
		expect(step('2026-12-28', denied({ lines: lines('in_appeal') }))).toEqual([]);
		expect(step('2026-12-28', denied({ lines: lines('corrected') }))).toEqual([]);
		expect(step('2026-12-28', denied({ lines: lines('pending') }))).toEqual([]);
		expect(run('2026-12-28', denied({ lines: lines('pending'), rejected: true, raisedLines: [0] })).work).toMatchObject([
			{ step: '7_days_left', amountMinor: 14_500 },
		]);
	});

	it('belongs to whoever works the claim', () => {
		expect(run('2026-12-28').work[0]).not.toHaveProperty('owner');
		expect(run('2026-12-28', denied({ owner: 'denials_team' })).work).toMatchObject([{ owner: 'denials_team' }]);
	});

	it('wakes the account on the working days on which something of it is told', () => {
		expect(iso(run('2026-11-25').nextReviewAt)).toBe('2026-12-04T05:00:00.000Z');
		expect(iso(run('2026-12-30').nextReviewAt)).toBe('2026-12-31T05:00:00.000Z');
		expect(iso(run('2026-12-31').nextReviewAt)).toBe('2027-01-05T05:00:00.000Z');
	});

	it('that is no date keeps nobody awake', () => {
		const broken = run('2026-12-28', denied({ deadlineOn: 'soon' }));
		expect([broken.work, broken.nextReviewAt]).toEqual([[], undefined]);
	});
});

describe('business days around a day', () => {
	const until = (day: string, closures: string[] = []) => dayText(businessDayUntil(dayNumber(day), closures));

	it.each([
		['2026-11-25', '2026-11-25'],
		['2026-11-26', '2026-11-25'],
		['2026-11-29', '2026-11-27'],
		['2027-01-03', '2026-12-31'],
	])('%s: the last one until then is %s', (day, expected) => {
		expect(until(day)).toBe(expected);
	});

	it('know closures, and keep them apart by list', () => {
		const closures = ['2026-11-27'];
		expect(until('2026-11-29', closures)).toBe('2026-11-25');
		expect(dayText(businessDayAfter(dayNumber('2026-11-25'), closures))).toBe('2026-11-30');
		expect(dayText(businessDayAfter(dayNumber('2026-11-25'), []))).toBe('2026-11-27');
	});
});
