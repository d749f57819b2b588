/** Which text is used: the practice's own where it wrote one, else the product's. */
import type { Policy } from '../../contracts/policy.ts';
import { CHANNELS, type Channel } from '../../contracts/words.ts';
import { LANGUAGES, type Language } from '../../rules/content/language.ts';
import { MESSAGE_KINDS } from '../../rules/content/message-data.ts';
import { builtInText, isBuiltIn, neutralText, PARTS, type Part, RELATIVE_NOTICE, relativeText, textId } from '../../rules/content/texts.ts';
import { sha256Hex } from '../refs.ts';

export interface Source {
	/** <message>.<channel>.<part>.<language> */
	id: string;
	liquid: string;
	own: boolean;
	/** Names these very words: 16 hex digits of their SHA-256. */
	hash: string;
}

export interface TextKey {
	message: string;
	channel: Channel;
	part: Part;
	language: Language;
}

/** `reminder_1.sms.en` is short for `reminder_1.sms.text.en`; undefined for a key that names no text. */
export function parseTextKey(key: string): TextKey | undefined {
	const [message = '', channel = '', ...rest] = key.split('.');
	const language = rest.pop() ?? '';
	const part = rest.length === 0 ? 'text' : rest.join('.');
	if (message === '' || !Object.hasOwn(CHANNELS, channel) || !Object.hasOwn(LANGUAGES, language)) return undefined;
	const parts: readonly string[] = PARTS[channel as Channel];
	return parts.includes(part) ? { message, channel: channel as Channel, part: part as Part, language: language as Language } : undefined;
}

/** A portal shows what a letter says, unless it has words of its own. */
const LIKE: Partial<Record<Channel, Channel>> = { portal: 'letter' };

function ownText(texts: Policy['texts'], { message, channel, part, language }: TextKey): string | undefined {
	const like = LIKE[channel];
	return (
		texts?.[`${message}.${channel}.${part}.${language}`] ??
		(part === 'text' ? texts?.[`${message}.${channel}.${language}`] : undefined) ??
		(like === undefined ? undefined : ownText(texts, { message, channel: like, part, language }))
	);
}

/** undefined: nobody wrote it in this language. */
export function sourceOf(policy: Pick<Policy, 'texts'>, key: TextKey): Source | undefined {
	const { message, channel, part, language } = key;
	const own = ownText(policy.texts, key);
	const liquid = own ?? given(key);
	return liquid === undefined
		? undefined
		: { id: textId(message, channel, part, language), liquid, own: own !== undefined, hash: sha256Hex(liquid).slice(0, 16) };
}

function given({ message, channel, part, language }: TextKey): string | undefined {
	if (message === RELATIVE_NOTICE) return relativeText(channel, part, language);
	return isBuiltIn(message) ? builtInText(message, channel, part, language) : neutralText(channel, part, language);
}

/** Whether the practice or the product has words for it. */
export const hasText = (practice: { policy: Pick<Policy, 'texts'> }, name: string): boolean => isBuiltIn(name) || ownMessages(practice.policy).includes(name);

const ownMessages = ({ texts = {} }: Pick<Policy, 'texts'>): string[] =>
	[...new Set(Object.keys(texts).map((key) => key.split('.')[0] ?? key))].filter((name) => name !== RELATIVE_NOTICE);

/** What a person may choose, with labels. */
export function messageChoices(policy: Pick<Policy, 'texts'>): { id: string; label: string }[] {
	const labels: Readonly<Record<string, { label: string }>> = MESSAGE_KINDS;
	const names = [...Object.keys(MESSAGE_KINDS), ...ownMessages(policy)];
	return [...new Set(names)].map((id) => ({ id, label: labels[id]?.label ?? id.replaceAll('_', ' ') }));
}
