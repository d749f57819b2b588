/** What Twilio's states, codes and keywords mean. */
import { Failure, type FailureKind } from '../contracts/failure.ts';
import type { Fault } from '../contracts/provider.ts';
import type { DeliveryStatus } from '../contracts/words.ts';
import { byWord } from './words.ts';

/** Messages and calls share the table: their words do not collide. https://www.twilio.com/docs/messaging/api/message-resource#message-status-values */
export const statuses = byWord<DeliveryStatus>({
	sent: 'accepted scheduled queued sending sent initiated ringing in-progress',
	delivered: 'delivered read completed',
	undelivered: 'undelivered failed canceled busy no-answer fax',
});

/** https://www.twilio.com/docs/api/errors. The rest follows the HTTP status. */
const ERRORS: Record<number, [kind: FailureKind, code: string, message: string]> = {
	20003: ['auth', 'auth', 'Twilio did not accept the account SID and auth token. Reconnect the connection.'],
	20429: ['limited', 'limited', 'Twilio receives too many requests at the moment. Wait and try again.'],
	21611: ['limited', 'limited', 'The queue of this Twilio number is full. Wait until it has emptied.'],
	21610: ['denied', 'opted_out', 'The recipient has opted out of messages from this sender. Do not text them again unless they opt in.'],
	21617: ['too_large', 'too_large', 'The text is longer than the 1,600 characters that Twilio takes. Shorten the message.'],
	21408: ['denied', 'config', 'Twilio may not send to this country. Allow it under Messaging geographic permissions in the Twilio Console.'],
	21606: ['denied', 'config', 'The sender is not a number of this Twilio account that can send. Correct the sender of the connection.'],
	21212: ['denied', 'config', 'The sender can not call. Calls need a number of this Twilio account; a messaging service only texts.'],
	21608: ['denied', 'config', 'A Twilio trial account sends to verified numbers only. Upgrade the account or verify the number.'],
	21211: ['invalid', 'invalid_recipient', 'The phone number is not valid. Correct it in the account.'],
	21214: ['invalid', 'invalid_recipient', 'The phone number can not be called. Correct it in the account.'],
	21217: ['invalid', 'invalid_recipient', 'The phone number is not valid. Correct it in the account.'],
	21612: ['invalid', 'invalid_recipient', 'Twilio has no route to this phone number. Use another number or channel.'],
	21614: ['invalid', 'not_textable', 'The phone number can not receive text messages. Use another number or channel.'],
};

export const OPTED_OUT = '21610';

/**
 * Of all reasons for which a message that was taken did not arrive, 30005 alone is about the number itself, and a call that failed:
 * a phone is off, a carrier filters, a campaign is not registered. https://www.twilio.com/docs/api/errors
 */
export function faultOf(word: string, code: string | undefined): Fault | undefined {
	if (code === '30004' || code === '30006' || word === 'fax') return 'channel';
	return code === '30005' || (word === 'failed' && code === undefined) ? undefined : 'none';
}

export function refusal(code: number | undefined): Failure | undefined {
	const [kind, word, message] = ERRORS[code ?? 0] ?? [];
	return kind && word && message ? new Failure(kind, message, { code: word, vendorCode: String(code) }) : undefined;
}

/** Twilio acts on these words itself, compared whole. YES is left out: people also answer a question with it. */
export const KEYWORDS = byWord<'stop' | 'start' | 'help'>({
	stop: 'STOP STOPALL UNSUBSCRIBE END QUIT CANCEL REVOKE OPTOUT',
	start: 'START UNSTOP',
	help: 'HELP INFO',
});
