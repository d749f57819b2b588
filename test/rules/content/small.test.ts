import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { closesOn, initialsClosing, lastInitial, nextStatementOn } from '../../../shared/rules/content/cycle.ts';
import { dateText } from '../../../shared/rules/content/dates.ts';
import { allowedValues, fieldsFor } from '../../../shared/rules/content/fields.ts';
import { languageFor } from '../../../shared/rules/content/language.ts';

describe('the language of a message', () => {
	it.each([
		['en', 'en', false],
		['en-US', 'en', false],
		['English', 'en', false],
		['es', 'es', false],
		['es_MX', 'es', false],
		['Spanish', 'es', false],
		['', 'en', false],
		['vi', 'en', true],
		['zh-Hans', 'en', true],
	])('%j is written to in %s', (preference, language, pointer) => {
		expect(languageFor(preference)).toEqual({ language, pointer });
	});
});

it('a day is written as its language writes it', () => {
	expect(dateText('2026-11-03', 'en')).toBe('November 3, 2026');
	expect(dateText('2026-01-30', 'es')).toBe('30 de enero de 2026');
});

describe('what may be merged', () => {
	const values = { practice: 'Main Office', phone: '1', link: 'l', amount: '$1.00', due_date: 'd', tty: '' };

	it('an amount stands in a text message only after the risk was told', () => {
		expect(allowedValues(values, 'sms', 'text', false)).toEqual({ practice: 'Main Office', phone: '1', link: 'l' });
		expect(allowedValues(values, 'sms', 'text', true)).toEqual({ practice: 'Main Office', phone: '1', link: 'l', amount: '$1.00' });
	});

	it('a call and a fax name nothing but who and where to call, whatever was told', () => {
		for (const channel of ['voice', 'fax'] as const) expect(allowedValues(values, channel, 'text', true)).toEqual({ practice: 'Main Office', phone: '1' });
	});

	it('an e-mail, a letter and the portal name amount and date; a subject line names the sender alone', () => {
		for (const channel of ['email', 'letter', 'portal'] as const)
			expect(allowedValues(values, channel, 'text', false)).toEqual({ practice: 'Main Office', phone: '1', link: 'l', amount: '$1.00', due_date: 'd' });
		expect(fieldsFor('email', 'subject')).toEqual(['practice']);
	});
});

describe('statement cycles', () => {
	const statements = (over: object) => ({ ...DEFAULT_POLICY.statements, ...over });
	const monthly = statements({ cycle: 'monthly', day: 5 });
	const every28 = statements({ cycle: 'every_28_days', start: '2026-11-02' });
	const every30 = statements({ cycle: 'every_30_days', day: 9 });
	const byName = statements({ cycle: 'last_name', day: 3 });

	it.each([
		['Ana Garcia', 6],
		['Garcia, Ana', 6],
		['  Ñandú ', 13],
		['Ana Élan', 4],
		['', 26],
		[undefined, 26],
		['4711', 26],
	])('the last name of %j', (name, initial) => {
		expect(lastInitial(name)).toBe(initial);
	});

	it('closes on its day', () => {
		expect(closesOn(monthly, '2026-11-05', 0)).toBe(true);
		expect(closesOn(monthly, '2026-11-06', 0)).toBe(false);
		expect(closesOn(every28, '2026-11-30', 0)).toBe(true);
		expect(closesOn(every28, '2026-10-05', 0)).toBe(false);
		expect(closesOn(every30, '2026-02-08', 0)).toBe(true);
		expect(closesOn(DEFAULT_POLICY.statements, '2026-12-01', 4)).toBe(true);
		expect(closesOn(DEFAULT_POLICY.statements, '2026-12-02', 4)).toBe(false);
	});

	it('gives every letter one day of every month', () => {
		for (let initial = 0; initial <= 26; initial += 1) {
			const days = Array.from({ length: 28 }, (_, i) => `2026-02-${String(i + 1).padStart(2, '0')}`).filter((day) => closesOn(byName, day, initial));
			expect(days).toHaveLength(1);
		}
		expect(initialsClosing(byName, '2026-11-03')).toEqual([0]);
		expect(initialsClosing(byName, '2026-11-01')).toEqual([26]);
		expect(initialsClosing(byName, '2026-11-02')).toEqual([]);
		expect(initialsClosing(monthly, '2026-11-05')).toHaveLength(27);
	});

	it('knows the next day, today among them', () => {
		expect(nextStatementOn(monthly, '2026-11-05', 0)).toBe('2026-11-05');
		expect(nextStatementOn(monthly, '2026-11-06', 0)).toBe('2026-12-05');
		expect(nextStatementOn(every28, '2026-11-03', 0)).toBe('2026-11-30');
		expect(nextStatementOn(statements({ cycle: 'every_30_days', start: '2030-01-01' }), '2026-11-03', 0)).toBe('2030-01-01');
		expect(nextStatementOn(byName, '2026-11-24', 6)).toBe('2026-12-09');
		expect(nextStatementOn(DEFAULT_POLICY.statements, '2026-11-24', 6)).toBe('2026-11-24');
	});
});
