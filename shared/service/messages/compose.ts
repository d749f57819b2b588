/**
 * The words of a message as they leave: the right text in the guarantor's language, filled with what may stand on the
 * channel, and looked over. Nothing with a hole or a forbidden word in it goes out.
 */
import { Failure } from '../../contracts/failure.ts';
import { formatMoney } from '../../contracts/money.ts';
import type { Channel } from '../../contracts/words.ts';
import { dateText } from '../../rules/content/dates.ts';
import { allowedValues, fieldsFor, type Values } from '../../rules/content/fields.ts';
import { type Language, languageFor } from '../../rules/content/language.ts';
import type { Finding } from '../../rules/content/lint.ts';
import { lintFilled } from '../../rules/content/lint.ts';
import { type Part, pointerText, unsubscribeLabel } from '../../rules/content/texts.ts';
import { type Practice, senderName } from '../practice.ts';
import { htmlOf } from './html.ts';
import { wordFindings } from './looked-over.ts';
import { render } from './render.ts';
import { type Source, sourceOf } from './sources.ts';

export interface Composed {
	subject?: string;
	text: string;
	html?: string;
	/** For `voice`: what is said to a machine. */
	voicemail?: string;
	language: Language;
	/** The texts it was made of, for the record. */
	texts: { id: string; hash: string; own: boolean }[];
	findings: Finding[];
}

export interface ToCompose {
	message: string;
	channel: Channel;
	/** The recorded preference, as it is. */
	language: string;
	amountMinor: number;
	currency: string;
	/** Empty where the practice has none. */
	link: string;
	/** E-mail: the one-click address. */
	unsubscribe: string;
	/** Its reader was told that the channel is not private and still preferred it. */
	riskNotice?: boolean;
	/** YYYY-MM-DD: when an installment or a promised payment is due. */
	dueOn?: string | undefined;
	/** The debt is late by every law that may bind. */
	lateByLaw?: boolean;
	/** Whether the line about financial help stands in it, where the policy has one. */
	financialHelp?: boolean;
}

type Sender = Pick<Practice, 'policy' | 'policyHash' | 'settings' | 'name'>;

/**
 * Composes one message and says what is wrong with it.
 * @throws Failure `invalid` when there is no text or a field in it has no value here
 */
export function compose(practice: Sender, what: ToCompose): Composed {
	const wanted = languageFor(what.language);
	const { source, language, pointer } = chosen(practice, what, wanted);
	const values = valuesOf(practice, what, language, pointer);
	const made = (part: Part, from: Source) => filled(from, allowedValues(values, what.channel, part, what.riskNotice === true), what, part);
	const sources: Source[] = [source];
	const findings: Finding[] = [];
	const also = (part: Part): string => {
		const other = sourceOf(practice.policy, { message: what.message, channel: what.channel, part, language }) as Source;
		sources.push(other);
		findings.push(...wordFindings(practice, other, { ...what, part, language, lateByLaw: what.lateByLaw === true }));
		return made(part, other);
	};
	const body = made('text', source);
	const text = what.channel === 'email' && what.unsubscribe !== '' ? `${body}\n\n${unsubscribeLabel(language)}: ${what.unsubscribe}` : body;
	findings.push(...wordFindings(practice, source, { ...what, part: 'text', language, lateByLaw: what.lateByLaw === true }));
	findings.push(...lintFilled('text', text, { channel: what.channel, policy: practice.policy }));
	const subject = what.channel === 'email' ? also('subject') : undefined;
	const voicemail = what.channel === 'voice' ? also('voicemail') : undefined;
	return {
		text,
		language,
		...(subject === undefined ? {} : { subject, html: htmlOf(language, subject, text) }),
		...(voicemail === undefined ? {} : { voicemail }),
		texts: sources.map(({ id, hash, own }) => ({ id, hash, own })),
		findings,
	};
}

/** A text in the other language is better than none, with a line that says so to readers of Spanish. */
function chosen(practice: Sender, what: ToCompose, wanted: { language: Language; pointer: boolean }) {
	const { message, channel } = what;
	const source = sourceOf(practice.policy, { message, channel, part: 'text', language: wanted.language });
	if (source !== undefined) return { source, ...wanted };
	const english = sourceOf(practice.policy, { message, channel, part: 'text', language: 'en' });
	if (english !== undefined) return { source: english, language: 'en' as const, pointer: true };
	throw new Failure('invalid', `There is no ${channel} text for the message "${message}". Add "${message}.${channel}.en" to the policy's texts.`, {
		code: 'text_missing',
	});
}

function valuesOf(practice: Sender, what: ToCompose, language: Language, pointer: boolean): Values {
	const phone = phoneText(practice.settings.callback_phone ?? '');
	const { financial_help, language_help, tty } = practice.policy.content;
	return {
		practice: senderName(practice),
		link: what.link,
		phone,
		amount: what.amountMinor > 0 ? formatMoney(what.amountMinor, what.currency) : '',
		due_date: what.dueOn === undefined ? '' : dateText(what.dueOn, language),
		financial_help: what.financialHelp === true ? (financial_help ?? '') : '',
		language_help: language_help ?? '',
		tty: tty ?? '',
		pointer: pointer && phone !== '' ? render(pointerText(what.channel), { practice: '', phone }) : '',
	};
}

function filled(source: Source, values: Values, what: ToCompose, part: Part): string {
	try {
		return render(source.liquid, values);
	} catch (error) {
		const may = fieldsFor(what.channel, part).join(', ');
		throw new Failure(
			'invalid',
			`The text "${source.id}" cannot be filled in here. It may use ${may}; a field that can be absent stands inside {% if ${fieldsFor(what.channel, part)[1] ?? 'phone'} %}…{% endif %}.`,
			{ code: 'text_broken', cause: error },
		);
	}
}

/** (212) 555-0100: as people read it; a foreign number stays as it is. */
export const phoneText = (e164: string): string => e164.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '($1) $2-$3');

/**
 * Composes what is about to leave.
 * @throws Failure `invalid`, code `content`, when a finding forbids it
 */
export function composeToSend(practice: Sender, what: ToCompose): Composed {
	const composed = compose(practice, what);
	const blocking = composed.findings.filter((finding) => finding.weight === 'block');
	if (blocking.length === 0) return composed;
	const list = blocking.map(({ code, text, remedy }) => `${code}${text === '' ? '' : ` ("${text}")`}: ${remedy}`).join(' ');
	throw new Failure('invalid', `The ${what.channel} text of the message "${what.message}" may not go out. ${list}`, { code: 'content' });
}
