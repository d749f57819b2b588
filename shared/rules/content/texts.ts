/** A built-in text as one Liquid source: the words of a message inside the words that all of its kind share. */
import type { Channel } from '../../contracts/words.ts';
import type { Language } from './language.ts';
import { type BuiltInMessage, MESSAGE_KINDS, type MessageKind } from './message-data.ts';
import { FRAME_EN, type Frame, RELATIVE_EN, WORDS_EN } from './texts-en-data.ts';
import { FRAME_ES, RELATIVE_ES, SPANISH_POINTER, WORDS_ES } from './texts-es-data.ts';

/** The texts of a channel; `text` is what every channel has. */
export const PARTS = {
	sms: ['text'],
	voice: ['text', 'voicemail'],
	email: ['subject', 'text'],
	letter: ['text'],
	fax: ['text'],
	portal: ['text'],
} as const satisfies Record<Channel, readonly string[]>;

export type Part = 'text' | 'voicemail' | 'subject';

const FRAMES: Record<Language, Frame> = { en: FRAME_EN, es: FRAME_ES };
const WORDS = { en: WORDS_EN, es: WORDS_ES };
const RELATIVE = { en: RELATIVE_EN, es: RELATIVE_ES };

/** The one message an authorised relative gets in place of any other. A practice may write its own text of this name; nobody chooses it. */
export const RELATIVE_NOTICE = 'relative_notice';

export const isBuiltIn = (message: string): message is BuiltInMessage => Object.hasOwn(MESSAGE_KINDS, message);

export const kindOf = (message: string): MessageKind | undefined => (isBuiltIn(message) ? MESSAGE_KINDS[message] : undefined);

/** What an audit and a policy call a text. */
export const textId = (message: string, channel: Channel, part: Part, language: Language): string => `${message}.${channel}.${part}.${language}`;

/** Texts that are the same for every message, the practice's own ones too: what others may hear or see says nothing of it. */
export function neutralText(channel: Channel, part: Part, language: Language): string | undefined {
	const frame = FRAMES[language];
	if (part === 'voicemail') return frame.voicemail;
	if (part === 'subject') return frame.subject;
	return channel === 'voice' ? frame.voice : channel === 'fax' ? frame.fax : undefined;
}

export function builtInText(message: BuiltInMessage, channel: Channel, part: Part, language: Language): string {
	const frame = FRAMES[language];
	const words = WORDS[language][message];
	const kind: MessageKind = MESSAGE_KINDS[message];
	if (part === 'subject' && words.subject !== undefined) return words.subject;
	if (channel === 'sms') return `{{ practice }}: ${words.sms}${frame.smsEnd[kind.ask]}`;
	const help = kind.ask === 'pay' ? frame.financialHelp : '';
	return neutralText(channel, part, language) ?? `${frame.greeting}\n\n${words.body}${frame.bodyEnd[kind.ask]}${help}${frame.languageHelp}\n\n{{ practice }}`;
}

export function relativeText(channel: Channel, part: Part, language: Language): string {
	const frame = FRAMES[language];
	const words = RELATIVE[language];
	if (channel === 'sms') return `{{ practice }}: ${words.sms}${frame.smsEnd.call}`;
	return (
		neutralText(channel, part, language) ??
		`${frame.greeting}\n\n${words.body}${frame.bodyEnd.call}${frame.financialHelp}${frame.languageHelp}\n\n{{ practice }}`
	);
}

export const unsubscribeLabel = (language: Language): string => FRAMES[language].unsubscribe;

/** The line for readers of Spanish below an English text, with {{ phone }} in it. */
export const pointerText = (channel: Channel): string => (channel === 'sms' ? SPANISH_POINTER.sms : SPANISH_POINTER.body);
