import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type BuiltInMessage, MESSAGE_KINDS } from '../../../shared/rules/content/message-data.ts';
import { segmentsOf } from '../../../shared/rules/content/segments.ts';
import {
	builtInText,
	isBuiltIn,
	kindOf,
	neutralText,
	PARTS,
	pointerText,
	RELATIVE_NOTICE,
	relativeText,
	textId,
	unsubscribeLabel,
} from '../../../shared/rules/content/texts.ts';
import { FRAME_EN, RELATIVE_EN, WORDS_EN } from '../../../shared/rules/content/texts-en-data.ts';
import { FRAME_ES, RELATIVE_ES, WORDS_ES } from '../../../shared/rules/content/texts-es-data.ts';

const messages = Object.keys(MESSAGE_KINDS) as BuiltInMessage[];
const digest = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 12);

describe('Spanish is a translation of the English that is there now', () => {
	it.each(messages)('%s', (message) => {
		expect(WORDS_ES[message].from).toBe(digest(WORDS_EN[message]));
	});

	it('and so are the words around them', () => {
		expect(FRAME_ES.from).toBe(digest(FRAME_EN));
	});

	it('and so is what a relative is told', () => {
		expect(RELATIVE_ES.from).toBe(digest(RELATIVE_EN));
		expect(segmentsOf(relativeText('sms', 'text', 'es')).encoding).toBe('GSM-7');
	});

	it('names the same fields', () => {
		const fields = (text: string) => [...new Set(text.match(/\{\{ \w+ \}\}|if \w+/g) ?? [])].sort();
		for (const message of messages)
			for (const part of ['sms', 'body', 'subject'] as const) expect(fields(WORDS_ES[message][part] ?? '')).toEqual(fields(WORDS_EN[message][part] ?? ''));
	});

	it('keeps its text messages to letters that cost no more', () => {
		for (const message of messages) expect([message, segmentsOf(builtInText(message, 'sms', 'text', 'es')).encoding]).toEqual([message, 'GSM-7']);
	});
});

describe('the parts of a text', () => {
	it('are named by message, channel, part and language', () => {
		expect(textId('reminder_1', 'email', 'subject', 'es')).toBe('reminder_1.email.subject.es');
		expect(PARTS.email).toEqual(['subject', 'text']);
	});

	it('a subject of its own stands before the neutral one', () => {
		expect(builtInText('notice', 'email', 'subject', 'en')).toBe('Your statement from {{ practice }} is ready');
		expect(builtInText('reminder_1', 'email', 'subject', 'en')).toBe('A message from {{ practice }}');
	});

	it('what others hear says nothing of the message', () => {
		expect(builtInText('payment_failed', 'voice', 'text', 'en')).toBe(neutralText('voice', 'text', 'en'));
		expect(builtInText('payment_failed', 'voice', 'voicemail', 'en')).toBe(neutralText('voice', 'voicemail', 'en'));
		expect(builtInText('payment_failed', 'fax', 'text', 'es')).toBe(neutralText('fax', 'text', 'es'));
		expect(neutralText('sms', 'text', 'en')).toBeUndefined();
		expect(neutralText('email', 'subject', 'en')).toBe('A message from {{ practice }}');
	});

	it('what asks for money has room for the line about financial help, and nothing else has', () => {
		expect(builtInText('reminder_2', 'email', 'text', 'en')).toContain('financial_help');
		expect(builtInText('insurance_update', 'email', 'text', 'en')).not.toContain('financial_help');
	});

	it('a message that asks for no money carries no link and no amount', () => {
		for (const message of ['dispute_received', 'insurance_update'] as const)
			for (const channel of ['sms', 'email', 'letter', 'portal'] as const) expect(builtInText(message, channel, 'text', 'en')).not.toMatch(/link|amount \}\}/);
	});

	it('a relative hears one notice, which asks nothing of the reader, and what others may hear stays as it is', () => {
		expect(isBuiltIn(RELATIVE_NOTICE)).toBe(false);
		for (const channel of ['sms', 'email', 'letter', 'portal'] as const) {
			expect(relativeText(channel, 'text', 'en')).toContain('You are not asked to pay it yourself.');
			expect(relativeText(channel, 'text', 'es')).toMatch(/No le pedimos (a usted que pague|pagar a usted)\./);
			for (const language of ['en', 'es'] as const)
				expect(relativeText(channel, 'text', language)).not.toMatch(/[Yy]our (balance|statement)|you owe|su saldo|usted debe/);
		}
		expect(relativeText('email', 'subject', 'en')).toBe('A message from {{ practice }}');
		expect(relativeText('voice', 'voicemail', 'es')).toBe(neutralText('voice', 'voicemail', 'es'));
	});

	it('a message of the practice has no kind', () => {
		expect(isBuiltIn('toString')).toBe(false);
		expect(kindOf('ours')).toBeUndefined();
		expect(kindOf('notice')?.ask).toBe('pay');
	});

	it('has a label and a pointer in the right words', () => {
		expect(unsubscribeLabel('es')).toBe('No recibir más estos correos');
		expect(segmentsOf(pointerText('sms')).forcedBy).toEqual([]);
		expect(pointerText('email')).toContain('¿Prefiere');
	});
});
