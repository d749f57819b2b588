import { describe, expect, it } from 'vitest';
import { readingGrade } from '../../../shared/rules/content/reading.ts';

describe('the school grade a text needs', () => {
	it.each([
		// 12 words, 2 sentences, 14 syllables: 0.39 × 6 + 11.8 × 14/12 − 15.59
		['You have a balance due. You can pay it now or later.', 'en', 0.5],
		['The cat sat on the mat.', 'en', 0],
		['Usted tiene un saldo. Puede pagar hoy.', 'es', 4],
		['La notificación administrativa correspondiente requiere la regularización inmediata de las obligaciones pendientes.', 'es', 14],
	] as const)('%s', (text, language, grade) => {
		expect(readingGrade(text, language)).toBe(grade);
	});

	it('is far beyond school for what lawyers write', () => {
		const text =
			'Notwithstanding previously communicated correspondence, outstanding obligations necessitate immediate remittance through electronically authenticated facilities.';
		expect(readingGrade(text, 'en')).toBeGreaterThan(25);
	});

	it('counts what is heard and not what is written', () => {
		// paid, please, called, wanted, makes, messages, table: 1 1 1 2 1 3 2 syllables
		expect(readingGrade('paid please called wanted makes messages table.', 'en')).toBe(Math.round((0.39 * 7 + (11.8 * 11) / 7 - 15.59) * 10) / 10);
	});

	it('reads the Spanish groups as one syllable each and the accented ones as two', () => {
		// que 1, guerra 2, día 2, ciudad 2, cuenta 2, ruido 2, y 1: 12 syllables in 7 words of one sentence
		// 206.84 − 60 × 12/7 − 1.02 × 7 = 96.8
		expect(readingGrade('Que guerra día ciudad cuenta ruido y.', 'es')).toBe(4);
		// 24 syllables in 11 words: 206.84 − 60 × 24/11 − 1.02 × 11 = 64.7
		expect(readingGrade('Nosotros siempre queremos ayudar con una respuesta clara sobre cuentas complicadas.', 'es')).toBeGreaterThan(4);
	});

	it('takes neither a greeting nor a name for a sentence', () => {
		const body = 'This is a reminder that an amount is due now.';
		expect(readingGrade(`Hello,\n\n${body}\n\nMain Office`, 'en')).toBe(readingGrade(body, 'en'));
	});

	it('is nothing for a text without sentences', () => {
		expect(readingGrade('Main Office', 'en')).toBe(0);
		expect(readingGrade('', 'es')).toBe(0);
	});
});
