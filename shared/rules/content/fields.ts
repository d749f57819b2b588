/** What may be merged into a text, channel by channel: the minimum necessary (45 CFR 164.502(b)). Anything else is refused by name. */
import type { Channel } from '../../contracts/words.ts';
import type { Part } from './texts.ts';

export const FIELDS = {
	practice: 'The name messages are signed with',
	phone: 'The number to call back',
	link: 'Where to see and pay it',
	amount: 'The amount due',
	due_date: 'The day an installment or a promised payment is due',
	financial_help: "The policy's line about financial help",
	language_help: "The policy's line about free language help",
	tty: 'The number for text telephones',
	pointer: 'A line of Spanish below an English text',
} as const;
export type Field = keyof typeof FIELDS;

/** A field without a value is absent, never empty: a text that names it unasked is not sent. */
export type Values = { practice: string } & Partial<Record<Field, string>>;

const BRIEF: readonly Field[] = ['practice', 'phone'];
const FULL: readonly Field[] = ['practice', 'phone', 'link', 'amount', 'due_date', 'financial_help', 'language_help', 'tty', 'pointer'];

/**
 * A text message names an amount only after its reader was told that the channel is not private and still preferred it
 * (45 CFR 164.522(b), 78 FR 5634). A voicemail, a fax and a subject line are seen by others.
 */
const ALLOWED: Record<Channel, readonly Field[]> = {
	sms: ['practice', 'phone', 'link', 'amount', 'pointer'],
	voice: BRIEF,
	email: FULL,
	letter: FULL,
	fax: BRIEF,
	portal: FULL,
};

export const fieldsFor = (channel: Channel, part: Part): readonly Field[] => (part === 'subject' ? ['practice'] : ALLOWED[channel]);

/** Of all values those that may stand there. */
export function allowedValues(values: Values, channel: Channel, part: Part, riskNotice: boolean): Values {
	const out: Values = { practice: values.practice };
	for (const field of fieldsFor(channel, part)) {
		const value = values[field];
		if (value !== undefined && value !== '' && !(field === 'amount' && channel === 'sms' && !riskNotice)) out[field] = value;
	}
	return out;
}

/** The longest that may come: what a text is measured with. */
export const LONGEST = { name: 20, amountMinor: 999_999, link: 28 } as const;
