/**
 * The words in English, in Liquid. Around each message's own words stand those that all messages of its kind share, so
 * that a line is written once. `amount` is absent on a channel where it must not stand: what names it asks for it first.
 */
import type { Ask, BuiltInMessage } from './message-data.ts';

export interface MessageWords {
	/** After the name and a colon. No amount unless it is given; never a date or a kind of service. */
	sms: string;
	/** For e-mail; left out, the neutral one. */
	subject?: string;
	/** E-mail, letter and portal: one paragraph or more. */
	body: string;
}

export interface Frame {
	subject: string;
	smsEnd: Record<Ask, string>;
	greeting: string;
	bodyEnd: Record<Ask, string>;
	financialHelp: string;
	languageHelp: string;
	voice: string;
	voicemail: string;
	fax: string;
	/** E-mail: what stands before the address that stops it. */
	unsubscribe: string;
}

export const FRAME_EN: Frame = {
	subject: 'A message from {{ practice }}',
	smsEnd: {
		pay: '{% if link %} View or pay: {{ link }}{% endif %}{% if phone %} Questions? {{ phone }}.{% endif %}{% if pointer %} {{ pointer }}{% endif %} Reply STOP to opt out.',
		call: '{% if phone %} Questions? {{ phone }}.{% endif %}{% if pointer %} {{ pointer }}{% endif %} Reply STOP to opt out.',
	},
	greeting: 'Hello,',
	bodyEnd: {
		pay: '{% if link %}\n\nView or pay here: {{ link }}{% endif %}\n\nAlready paid? Then please ignore this message. It may have crossed your payment.{% if phone %} If you have questions, or paying is hard right now, call us at {{ phone }}. We can help, and a payment plan is possible.{% endif %}',
		call: '{% if phone %}\n\nIf you have questions, call us at {{ phone }}.{% endif %}',
	},
	financialHelp: '{% if financial_help %}\n\n{{ financial_help }}{% endif %}',
	languageHelp: '{% if language_help %}\n\n{{ language_help }}{% endif %}{% if tty %}\n\nTTY: {{ tty }}{% endif %}{% if pointer %}\n\n{{ pointer }}{% endif %}',
	voice: 'Hello. This is a message from {{ practice }}. Please call us{% if phone %} at {{ phone }}{% endif %} when you have a moment. Thank you.',
	voicemail: 'Hello. This is {{ practice }}. Please call us back{% if phone %} at {{ phone }}{% endif %}. Thank you.',
	fax: 'FAX\n\nFrom: {{ practice }}{% if phone %}\nPhone: {{ phone }}{% endif %}\nPages: 1\n\nThis page is for the person who asked us to use this fax. If it reached you by mistake, please call us and throw it away.\n\nWe have a message for you. Please call us{% if phone %} at {{ phone }}{% endif %}.',
	unsubscribe: 'Stop these e-mails',
};

/**
 * Whatever the message to the guarantor would say, the relative is told that one waits: it names no patient, asks nothing of
 * the reader, and says so, since nobody owes by being related.
 */
export const RELATIVE_EN: MessageWords = {
	sms: 'we have a message about an account you help with.{% if amount %} {{ amount }} is due on it.{% endif %} You are not asked to pay it yourself.{% if link %} See it: {{ link }}{% endif %}',
	body: 'We have a message about an account you help with.{% if amount %} The amount due on it now is {{ amount }}.{% endif %} The person whose account it is lets us tell you. You are not asked to pay it yourself.{% if link %}\n\nSee it here: {{ link }}{% endif %}',
};

export const WORDS_EN: Record<BuiltInMessage, MessageWords> = {
	notice: {
		sms: 'you have a new statement{% if amount %} for {{ amount }}{% endif %}.',
		subject: 'Your statement from {{ practice }} is ready',
		body: 'Your statement is ready. The amount due now is {{ amount }}.',
	},
	reminder_1: {
		sms: 'you have a balance {% if amount %}of {{ amount }} {% endif %}due.',
		body: 'This is a reminder that {{ amount }} is due now.',
	},
	reminder_2: {
		sms: 'your balance {% if amount %}of {{ amount }} {% endif %}is still due. We can help with a plan.',
		body: '{{ amount }} is still due. You can pay it at once or in parts.',
	},
	reminder_3: {
		sms: 'your balance {% if amount %}of {{ amount }} {% endif %}is still due. Please call us or pay.',
		body: '{{ amount }} is still due. Please pay it, or call us so that we can find a way together.',
	},
	payment_failed: {
		sms: 'a payment {% if amount %}of {{ amount }} {% endif %}did not go through.',
		body: 'A payment did not go through, so {{ amount }} is due. Please use another way to pay, or check the one you used.',
	},
	payment_returned: {
		sms: 'a payment {% if amount %}of {{ amount }} {% endif %}came back from the bank.',
		body: 'The bank sent a payment back to us, so {{ amount }} is due again. Please use another way to pay, or call us.',
	},
	payment_method_needed: {
		sms: 'please give us a new way to pay.',
		body: 'We can no longer use the way to pay that you gave us. Please give us a new one. The amount due now is {{ amount }}.',
	},
	appointment_balance: {
		sms: 'you have a balance {% if amount %}of {{ amount }} {% endif %}due.',
		body: 'A balance of {{ amount }} is due now. It is what is left after what was paid so far.',
	},
	balance_threshold: {
		sms: 'you have a balance {% if amount %}of {{ amount }} {% endif %}due. You can pay in parts.',
		body: 'Your balance is {{ amount }}. You can pay it at once or in parts.',
	},
	plan_due: {
		sms: 'a plan payment {% if amount %}of {{ amount }} {% endif %}is coming up.',
		body: 'Your next plan payment of {{ amount }} is due{% if due_date %} on {{ due_date }}{% else %} soon{% endif %}.',
	},
	plan_missed: {
		sms: 'we did not get a plan payment{% if amount %} of {{ amount }}{% endif %}. Please call us or pay.',
		body: 'We did not get your plan payment of {{ amount }}. Please pay it, or call us so that we can change the plan together.',
	},
	promise_due: {
		sms: 'this is about the payment {% if amount %}of {{ amount }} {% endif %}you planned.',
		body: 'You told us that you plan to pay {{ amount }}{% if due_date %} by {{ due_date }}{% endif %}. Thank you.',
	},
	promise_broken: {
		sms: 'we did not get the payment {% if amount %}of {{ amount }} {% endif %}you planned. Please call us or pay.',
		body: 'We did not get the {{ amount }} that you planned to pay. Has something changed? Call us, and we will find a new date or a plan with you.',
	},
	plan_offer: {
		sms: 'you have a balance {% if amount %}of {{ amount }} {% endif %}due. You can pay it in parts.',
		body: 'The amount due now is {{ amount }}. You do not have to pay it all at once. We can make a payment plan with you.',
	},
	dispute_received: {
		sms: 'we got your question about a bill. We will look into it and let you know.',
		body: 'We got your message that an amount may be wrong. We are looking into it. You do not need to pay that amount until we have given you an answer.',
	},
	insurance_update: {
		sms: 'please call us to update your insurance.',
		body: 'This is not a bill. We could not use the insurance that we have for you. Please call us and have your insurance card at hand.',
	},
};
