import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../shared/contracts/policy.ts';
import { CHANNELS, type Channel } from '../../../shared/contracts/words.ts';
import { LONGEST } from '../../../shared/rules/content/fields.ts';
import { MESSAGE_KINDS } from '../../../shared/rules/content/message-data.ts';
import { segmentsOf } from '../../../shared/rules/content/segments.ts';
import { compose, composeToSend, phoneText, type ToCompose } from '../../../shared/service/messages/compose.ts';
import { hasText, messageChoices, parseTextKey } from '../../../shared/service/messages/sources.ts';
import type { PracticeSettings } from '../../../shared/service/practice.ts';

let versions = 0;
const practice = (over: { policy?: Partial<Policy>; settings?: PracticeSettings; name?: string } = {}) => {
	versions += 1;
	return {
		name: over.name ?? 'Main Office',
		settings: { callback_phone: '+12125550100', ...over.settings },
		policy: { ...DEFAULT_POLICY, ...over.policy },
		policyHash: `test ${versions}`,
	};
};
const what = (over: Partial<ToCompose> = {}): ToCompose => ({
	message: 'reminder_2',
	channel: 'sms',
	language: 'en',
	amountMinor: 8420,
	currency: 'USD',
	link: 'https://pay.example/x7k2m9',
	unsubscribe: '',
	...over,
});

describe('exact bytes', () => {
	it('a text message names no amount until its reader was told of the risk', () => {
		expect(compose(practice(), what()).text).toBe(
			'Main Office: your balance is still due. We can help with a plan. View or pay: https://pay.example/x7k2m9 Questions? (212) 555-0100. Reply STOP to opt out.',
		);
		expect(compose(practice(), what({ riskNotice: true })).text).toBe(
			'Main Office: your balance of $84.20 is still due. We can help with a plan. View or pay: https://pay.example/x7k2m9 Questions? (212) 555-0100. Reply STOP to opt out.',
		);
	});

	it('the same in Spanish, with no letter that costs more', () => {
		const { text, language } = compose(practice(), what({ language: 'es-MX' }));
		expect(text).toBe(
			'Main Office: su saldo sigue por pagar. Podemos ayudarle con un plan. Ver o pagar: https://pay.example/x7k2m9 ¿Preguntas? (212) 555-0100. Responda STOP para darse de baja.',
		);
		expect(language).toBe('es');
	});

	it('in a language we have no words in, English with one line of Spanish', () => {
		const { text, language } = compose(practice(), what({ language: 'vi' }));
		expect(text).toBe(
			'Main Office: your balance is still due. We can help with a plan. View or pay: https://pay.example/x7k2m9 Questions? (212) 555-0100. En español: (212) 555-0100. Reply STOP to opt out.',
		);
		expect(language).toBe('en');
	});

	it('an e-mail names the amount, offers help and says how to stop it', () => {
		const content = {
			...DEFAULT_POLICY.content,
			financial_help: 'You may get help with your bill. Ask us.',
			language_help: 'Free language help: call us.',
			tty: '711',
		};
		const { subject, text } = compose(
			practice({ policy: { content } }),
			what({ channel: 'email', unsubscribe: 'https://x.example/stop', financialHelp: true }),
		);
		expect(subject).toBe('A message from Main Office');
		expect(text).toBe(
			[
				'Hello,',
				'$84.20 is still due. You can pay it at once or in parts.',
				'View or pay here: https://pay.example/x7k2m9',
				'Already paid? Then please ignore this message. It may have crossed your payment. If you have questions, or paying is hard right now, call us at (212) 555-0100. We can help, and a payment plan is possible.',
				'You may get help with your bill. Ask us.',
				'Free language help: call us.',
				'TTY: 711',
				'Main Office',
				'Stop these e-mails: https://x.example/stop',
			].join('\n\n'),
		);
	});

	it('a plan names its day, in the words of the language', () => {
		expect(compose(practice(), what({ message: 'plan_due', channel: 'email', dueOn: '2026-11-30' })).text).toContain(
			'Your next plan payment of $84.20 is due on November 30, 2026.',
		);
		expect(compose(practice(), what({ message: 'plan_due', channel: 'letter', language: 'es', dueOn: '2026-11-30' })).text).toContain(
			'Su próximo pago del plan, de $84.20, se debe hacer el 30 de noviembre de 2026.',
		);
		expect(compose(practice(), what({ message: 'plan_due', channel: 'email' })).text).toContain('Your next plan payment of $84.20 is due soon.');
	});

	it('a machine hears who called and where to call, and nothing else', () => {
		const { text, voicemail } = compose(practice(), what({ message: 'payment_failed', channel: 'voice', riskNotice: true }));
		expect(text).toBe('Hello. This is a message from Main Office. Please call us at (212) 555-0100 when you have a moment. Thank you.');
		expect(voicemail).toBe('Hello. This is Main Office. Please call us back at (212) 555-0100. Thank you.');
	});

	it('signs with the neutral name where there is one', () => {
		expect(compose(practice({ name: 'Desert Allergy Clinic', settings: { neutral_sender_name: 'DAC Billing' } }), what()).text).toMatch(/^DAC Billing: /);
	});

	it('keeps which texts it was made of, by name and by hash', () => {
		const { texts } = compose(practice(), what({ channel: 'email' }));
		expect(texts).toEqual([
			{ id: 'reminder_2.email.text.en', hash: expect.stringMatching(/^[0-9a-f]{16}$/), own: false },
			{ id: 'reminder_2.email.subject.en', hash: expect.stringMatching(/^[0-9a-f]{16}$/), own: false },
		]);
	});
});

const languages = ['en', 'es', 'vi'];
const every = Object.keys(MESSAGE_KINDS).flatMap((message) =>
	(Object.keys(CHANNELS) as Channel[]).flatMap((channel) => languages.map((language) => [message, channel, language] as const)),
);

it.each(every)('%s by %s in %s is free of findings with the longest values', (message, channel, language) => {
	const content = {
		...DEFAULT_POLICY.content,
		financial_help: 'You may get help with your bill. Ask us how.',
		language_help: 'Free language help: call us.',
		tty: '711',
	};
	const longest = what({
		message,
		channel,
		language,
		amountMinor: LONGEST.amountMinor,
		link: 'https://'.padEnd(LONGEST.link, 'x'),
		unsubscribe: channel === 'email' ? 'https://x.example/stop' : '',
		riskNotice: true,
		dueOn: '2026-09-30',
		lateByLaw: false,
		financialHelp: true,
	});
	const { text, findings, html, subject } = compose(practice({ name: 'M'.repeat(LONGEST.name), policy: { role: 'servicer', content } }), longest);
	expect(findings).toEqual([]);
	expect(text).not.toMatch(/[{}]|undefined|\bis on\b {2}/);
	expect(text).toContain('M'.repeat(LONGEST.name));
	if (channel === 'sms') expect(segmentsOf(text).segments).toBeLessThanOrEqual(2);
	if (channel === 'email') {
		expect(html).toMatch(new RegExp(`<html lang="${language === 'es' ? 'es' : 'en'}">`));
		expect(subject).not.toMatch(/\$|balance|saldo|due/);
	}
	if (channel === 'voice' || channel === 'fax') expect(text).not.toContain('$');
});

describe('what may not go out', () => {
	it.each([
		['a forbidden word', { texts: { 'reminder_2.sms.en': '{{ practice }}: pay or we go to court. Reply STOP to opt out.' } }, 'content', 'legal ("court")'],
		['a text without a way to stop it', { texts: { 'reminder_2.sms.en': '{{ practice }}: please pay.' } }, 'content', 'opt_out_missing'],
		[
			'an amount that nobody may see',
			{ texts: { 'reminder_2.sms.en': 'You owe {{ amount }}. Reply STOP to opt out.' } },
			'text_broken',
			'reminder_2.sms.text.en',
		],
		['a field that is none', { texts: { 'reminder_2.sms.en': '{{ patient }}. Reply STOP to opt out.' } }, 'text_broken', 'practice, phone, link'],
		['a tag that is none', { texts: { 'reminder_2.sms.en': '{% pay %} Reply STOP to opt out.' } }, 'text_broken', 'reminder_2.sms.text.en'],
		['too many parts', { texts: { 'reminder_2.sms.en': `${'a'.repeat(300)} Reply STOP to opt out.` } }, 'content', '3 parts in GSM-7'],
	])('%s', (_, policy, code, words) => {
		expect(() => composeToSend(practice({ policy }), what())).toThrow(
			expect.objectContaining({ kind: 'invalid', code, message: expect.stringContaining(words) }),
		);
	});

	it('a message that nobody wrote', () => {
		expect(() => compose(practice(), what({ message: 'ours' }))).toThrow(expect.objectContaining({ code: 'text_missing' }));
	});

	it('"past due" before the law says so', () => {
		const texts = { 'reminder_2.letter.en': 'Your bill of {{ amount }} is past due.' };
		expect(composeToSend(practice({ policy: { texts } }), what({ channel: 'letter', lateByLaw: true })).text).toBe('Your bill of $84.20 is past due.');
		expect(() => composeToSend(practice({ policy: { texts } }), what({ channel: 'letter' }))).toThrow(expect.objectContaining({ code: 'content' }));
	});

	it('does not blame a practice for its name', () => {
		expect(composeToSend(practice({ name: 'Court Street Allergy' }), what()).findings).toEqual([]);
	});
});

describe("the practice's own wording", () => {
	it('stands before ours, and is said to be its own', () => {
		const { text, texts } = compose(practice({ policy: { texts: { 'reminder_2.sms.text.en': 'Own. Reply STOP to opt out.' } } }), what());
		expect(text).toBe('Own. Reply STOP to opt out.');
		expect(texts[0]).toMatchObject({ id: 'reminder_2.sms.text.en', own: true });
	});

	it('in English alone also goes to readers of Spanish, with a line that says whom to call', () => {
		const texts = { 'ours.sms.en': 'Own.{% if pointer %} {{ pointer }}{% endif %} Reply STOP to opt out.' };
		const composed = compose(practice({ policy: { texts } }), what({ message: 'ours', language: 'es' }));
		expect(composed).toMatchObject({ language: 'en', text: 'Own. En español: (212) 555-0100. Reply STOP to opt out.' });
	});

	it('of a letter is what the portal shows too', () => {
		expect(compose(practice({ policy: { texts: { 'reminder_2.letter.en': 'Own letter.' } } }), what({ channel: 'portal' })).text).toBe('Own letter.');
	});

	it('adds to the list of messages', () => {
		const policy = { ...DEFAULT_POLICY, texts: { 'gentle_nudge.sms.en': 'x' } };
		expect(messageChoices(policy)).toContainEqual({ id: 'gentle_nudge', label: 'gentle nudge' });
		expect(hasText({ policy }, 'gentle_nudge')).toBe(true);
		expect(hasText({ policy }, 'other')).toBe(false);
	});

	it.each([
		['reminder_1.sms.en', { message: 'reminder_1', channel: 'sms', part: 'text', language: 'en' }],
		['reminder_1.email.subject.es', { message: 'reminder_1', channel: 'email', part: 'subject', language: 'es' }],
		['reminder_1.voice.voicemail.en', { message: 'reminder_1', channel: 'voice', part: 'voicemail', language: 'en' }],
		['reminder_1.sms.subject.en', undefined],
		['reminder_1.sms.fr', undefined],
		['reminder_1.pigeon.en', undefined],
		['reminder_1', undefined],
		['.sms.en', undefined],
	])('the key %s', (key, expected) => {
		expect(parseTextKey(key)).toEqual(expected);
	});
});

it('a number is written as people read it', () => {
	expect(phoneText('+12125550100')).toBe('(212) 555-0100');
	expect(phoneText('+525512345678')).toBe('+525512345678');
});
