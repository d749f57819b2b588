/**
 * The words of a message: Liquid texts in English and Spanish, the practice's own where it wrote some.
 * What may stand in them is limited by channel (minimum necessary, 45 CFR 164.502(b)): a text message or a voicemail
 * names no amount, no date of service and no kind of treatment.
 */
import { Liquid } from 'liquidjs';
import { Failure } from '../contracts/failure.ts';
import { formatMoney } from '../contracts/money.ts';
import type { Channel } from '../contracts/words.ts';
import { type Practice, senderName } from './practice.ts';

export interface Composed {
	subject?: string;
	text: string;
	html?: string;
	language: 'en' | 'es';
}

interface Merge {
	practice: string;
	/** Absent for channels on which an amount must not stand. */
	amount?: string;
	link: string;
	phone: string;
	unsubscribe: string;
}

const engine = new Liquid({ strictVariables: true, strictFilters: true, ownPropertyOnly: true });

/** Built-in messages; a policy may name others for which it brings the texts. */
export const MESSAGES: Record<string, string> = {
	notice: 'First notice',
	reminder_1: 'First reminder',
	reminder_2: 'Second reminder',
	reminder_3: 'Third reminder',
	payment_failed: 'Payment failed',
};

type Texts = Record<'sms' | 'voice' | 'email_subject' | 'email' | 'letter', string>;

const SMS_END = {
	en: '{% if link != "" %} View or pay: {{ link }}{% endif %}{% if phone != "" %} Questions? {{ phone }}.{% endif %} Reply STOP to opt out.',
	es: '{% if link != "" %} Ver o pagar: {{ link }}{% endif %}{% if phone != "" %} Preguntas? {{ phone }}.{% endif %} Responda STOP para no recibir mas.',
};
const EMAIL_END = {
	en: '{% if link != "" %}\n\nSee it or pay here: {{ link }}{% endif %}\n\nAlready paid? Then please disregard this message; it may have crossed your payment.{% if phone != "" %} If you have questions, or paying is hard right now, call us at {{ phone }}. We can help, and a payment plan is possible.{% endif %}\n\n{{ practice }}',
	es: '{% if link != "" %}\n\nVea su estado de cuenta o pague aquí: {{ link }}{% endif %}\n\n¿Ya pagó? Entonces no haga caso de este mensaje; quizá se cruzó con su pago.{% if phone != "" %} Si tiene preguntas, o si le es difícil pagar ahora, llámenos al {{ phone }}. Podemos ayudarle, y es posible un plan de pagos.{% endif %}\n\n{{ practice }}',
};

const message = (
	en: { sms: string; voice: string; subject: string; email: string },
	es: { sms: string; voice: string; subject: string; email: string },
): Record<'en' | 'es', Texts> => ({
	en: {
		sms: `{{ practice }}: ${en.sms}${SMS_END.en}`,
		voice: en.voice,
		email_subject: en.subject,
		email: `Hello,\n\n${en.email}${EMAIL_END.en}`,
		letter: `${en.email}${EMAIL_END.en}`,
	},
	es: {
		sms: `{{ practice }}: ${es.sms}${SMS_END.es}`,
		voice: es.voice,
		email_subject: es.subject,
		email: `Hola:\n\n${es.email}${EMAIL_END.es}`,
		letter: `${es.email}${EMAIL_END.es}`,
	},
});

const VOICE = {
	en: 'Hello. This is a message from {{ practice }}. Please call us{% if phone != "" %} at {{ phone }}{% endif %} when you have a moment. Thank you.',
	es: 'Hola. Este es un mensaje de {{ practice }}. Por favor llámenos{% if phone != "" %} al {{ phone }}{% endif %} cuando tenga un momento. Gracias.',
};

/** Tone by step: notice, helpful reminder with an offer of help, clear amount and help. No threats, no urgency, no credit words. */
const TEXTS: Record<string, Record<'en' | 'es', Texts>> = {
	notice: message(
		{
			sms: 'you have a new statement.',
			voice: VOICE.en,
			subject: 'Your statement from {{ practice }} is ready',
			email: 'Your statement is ready. The amount due now is {{ amount }}.',
		},
		{
			sms: 'tiene un nuevo estado de cuenta.',
			voice: VOICE.es,
			subject: 'Su estado de cuenta de {{ practice }} está listo',
			email: 'Su estado de cuenta está listo. La cantidad pendiente es {{ amount }}.',
		},
	),
	reminder_1: message(
		{ sms: 'you have a balance due.', voice: VOICE.en, subject: 'A message from {{ practice }}', email: 'This is a reminder that {{ amount }} is due now.' },
		{
			sms: 'tiene un saldo pendiente.',
			voice: VOICE.es,
			subject: 'Un mensaje de {{ practice }}',
			email: 'Le recordamos que {{ amount }} está pendiente de pago.',
		},
	),
	reminder_2: message(
		{
			sms: 'your balance is still due. We can help with a plan.',
			voice: VOICE.en,
			subject: 'A message from {{ practice }}',
			email: '{{ amount }} is still due. You can pay it at once or in parts.',
		},
		{
			sms: 'su saldo sigue pendiente. Podemos ayudarle con un plan.',
			voice: VOICE.es,
			subject: 'Un mensaje de {{ practice }}',
			email: '{{ amount }} sigue pendiente. Puede pagarlo de una vez o en partes.',
		},
	),
	reminder_3: message(
		{
			sms: 'your balance is still due. Please call us or pay.',
			voice: VOICE.en,
			subject: 'A message from {{ practice }}',
			email: '{{ amount }} is still due. Please pay it, or call us so that we can find a way together.',
		},
		{
			sms: 'su saldo sigue pendiente. Llamenos o pague por favor.',
			voice: VOICE.es,
			subject: 'Un mensaje de {{ practice }}',
			email: '{{ amount }} sigue pendiente. Por favor páguelo, o llámenos para encontrar juntos una manera.',
		},
	),
	payment_failed: message(
		{
			sms: 'a payment did not go through.',
			voice: VOICE.en,
			subject: 'A message from {{ practice }}',
			email: 'A payment did not go through, so {{ amount }} is due. Please use another way to pay, or check the one you used.',
		},
		{
			sms: 'un pago no se pudo procesar.',
			voice: VOICE.es,
			subject: 'Un mensaje de {{ practice }}',
			email: 'Un pago no se pudo procesar, así que {{ amount }} está pendiente. Por favor use otra forma de pago o revise la que usó.',
		},
	),
};

/** Whether the practice or the product has words for it. */
export const hasText = (practice: Pick<Practice, 'policy'>, name: string): boolean =>
	name in TEXTS || Object.keys(practice.policy.texts ?? {}).some((key) => key.startsWith(`${name}.`));

/**
 * Composes one message.
 * @throws Failure `invalid` when there is no text or a field in it is not known: nothing goes out with a hole in it
 */
export function compose(
	practice: Practice,
	what: { message: string; channel: Channel; language: string; amountMinor: number; currency: string; link: string; unsubscribe: string },
): Composed {
	const language: 'en' | 'es' = what.language.toLowerCase().startsWith('es') ? 'es' : 'en';
	const kind = what.channel === 'portal' || what.channel === 'fax' ? 'letter' : what.channel;
	const merge: Merge = {
		practice: senderName(practice),
		link: what.link,
		phone: phoneText(practice.settings.callback_phone ?? ''),
		unsubscribe: what.unsubscribe,
		...(kind === 'sms' || kind === 'voice' ? {} : { amount: formatMoney(what.amountMinor, what.currency) }),
	};
	const text = render(practice, what.message, kind, language, merge);
	if (kind !== 'email') return { text, language };
	const subject = render(practice, what.message, 'email_subject', language, merge);
	return { subject, text: withUnsubscribe(text, language, what.unsubscribe), html: page(language, text, what.unsubscribe), language };
}

function render(practice: Practice, name: string, part: keyof Texts, language: 'en' | 'es', merge: Merge): string {
	const own = practice.policy.texts?.[`${name}.${part}.${language}`];
	const text = own ?? TEXTS[name]?.[language][part];
	if (text === undefined)
		throw new Failure(
			'invalid',
			`There is no ${part} text for the message "${name}" in ${language}. Add "${name}.${part}.${language}" to the policy's texts.`,
			{ code: 'text_missing' },
		);
	try {
		return String(engine.parseAndRenderSync(text, merge)).trim();
	} catch (error) {
		throw new Failure(
			'invalid',
			`The ${part} text of the message "${name}" in ${language} cannot be filled in. It may use practice, link, phone and, outside text messages and calls, amount.`,
			{ code: 'text_broken', cause: error },
		);
	}
}

/** (212) 555-0100: as people read it; a foreign number stays as it is. */
const phoneText = (e164: string): string => e164.replace(/^\+1(\d{3})(\d{3})(\d{4})$/, '($1) $2-$3');

const STOP = { en: 'Stop these e-mails', es: 'No recibir más estos correos' };

const withUnsubscribe = (text: string, language: 'en' | 'es', url: string): string => (url === '' ? text : `${text}\n\n${STOP[language]}: ${url}`);

const escapeHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Semantic and readable at 200 % zoom: language, 16 px, dark on white, links that say what they are. */
function page(language: 'en' | 'es', text: string, unsubscribe: string): string {
	const paragraphs = text
		.split(/\n{2,}/)
		.map(
			(paragraph) =>
				`<p>${escapeHtml(paragraph)
					.replaceAll('\n', '<br>')
					.replace(/https?:\/\/[^\s<]+/g, (url) => `<a href="${url}" style="color:#0b5cad">${url}</a>`)}</p>`,
		)
		.join('\n');
	const stop = unsubscribe === '' ? '' : `\n<p style="font-size:14px"><a href="${escapeHtml(unsubscribe)}" style="color:#0b5cad">${STOP[language]}</a></p>`;
	return `<!doctype html>\n<html lang="${language}">\n<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>\n<body style="font:16px/1.5 sans-serif;color:#1a1a1a;background:#ffffff">\n${paragraphs}${stop}\n</body>\n</html>\n`;
}
