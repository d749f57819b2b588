import { expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { checkTexts, textProblems } from '../../../shared/service/messages/own-texts.ts';

const problems = (texts: Record<string, string>, over = {}) =>
	textProblems({ ...DEFAULT_POLICY, ...over, texts }).map(({ field, message }) => [field, message]);

it('texts that may be sent are kept', () => {
	expect(
		problems({
			'reminder_1.sms.en': '{{ practice }}: {% if amount %}{{ amount }} is due.{% endif %} {{ link }} Reply STOP to opt out.',
			'reminder_1.email.es': 'Hola:\n\nTiene {{ amount }} por pagar. Puede pagar aquí: {{ link }}',
			'reminder_1.email.subject.en': 'A message from {{ practice }}',
		}),
	).toEqual([]);
	expect(textProblems(DEFAULT_POLICY)).toEqual([]);
	expect(() => checkTexts(DEFAULT_POLICY)).not.toThrow();
});

it.each([
	[
		'reminder_1.sms.fr',
		'x',
		/names no text: after the message must stand one of sms, voice, voice\.voicemail, email\.subject, email, letter, fax, portal and the language, en or es, such as "reminder_1\.sms\.en"\.$/,
	],
	['reminder_1.sms.en', '{{ diagnosis }} Reply STOP to opt out.', /cannot be filled in: Text message may name practice, phone, link, amount, pointer/],
	['reminder_1.fax.en', 'You owe {{ amount }}.', /cannot be filled in: Fax may name practice, phone, in Liquid, and nothing else\.$/],
	['reminder_1.sms.en', 'You owe {{ amount }}. Reply STOP to opt out.', /names amount, which is not always there\. Write it as \{% if amount %\}/],
	['reminder_1.sms.en', 'Please pay.', /may not be sent \(opt_out_missing\)/],
	['reminder_1.letter.en', 'We will see you in court.', /may not be sent \(legal: "court"\)\. Leave legal words/],
	['reminder_1.sms.es', 'Último aviso. Responda STOP para darse de baja.', /may not be sent \(final_notice: "Último aviso"\)/],
])('%s with %j is refused', (key, text, message) => {
	const found = problems({ [key]: text });
	expect(found).toHaveLength(1);
	expect(found[0]?.[0]).toBe(`texts.${key}`);
	expect(found[0]?.[1]).toMatch(message);
});

it('every text that is wrong is named by its path', () => {
	const texts = { 'a.letter.en': 'See you in court.', 'b.letter.en': 'Act now.', 'c.letter.en': 'Urgent.' };
	expect(() => checkTexts({ ...DEFAULT_POLICY, texts })).toThrow(
		expect.objectContaining({
			code: 'texts_refused',
			message: expect.stringMatching(/^"texts\.a\.letter\.en" may not be sent .* 2 more problems of the texts\.$/),
			fields: [
				expect.objectContaining({ field: 'texts.a.letter.en' }),
				expect.objectContaining({ field: 'texts.b.letter.en' }),
				expect.objectContaining({ field: 'texts.c.letter.en' }),
			],
		}),
	);
});

it('a servicer may not write "past due" at all', () => {
	const texts = { 'a.letter.en': 'Your bill is past due.' };
	expect(problems(texts)).toEqual([]);
	expect(problems(texts, { role: 'servicer' })[0]?.[1]).toContain('overdue: "past due"');
});
