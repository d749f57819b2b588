/** What RingCentral's records of messages, its codes and its events mean. */
import { Failure } from '../contracts/failure.ts';
import { type Fault, type MessageStatus, type SendResult, statusOf, type VendorEvent, type VendorResponse } from '../contracts/provider.ts';
import type { DeliveryStatus } from '../contracts/words.ts';
import { byWord } from './words.ts';

/** https://developers.ringcentral.com/api-reference/Message-Store/readMessage. Of a fax, Sent means that the other machine took it. */
export const statuses = byWord<DeliveryStatus>({ sent: 'Queued Sent', delivered: 'Delivered', undelivered: 'DeliveryFailed SendingFailed' });

/** https://developers.ringcentral.com/guide/messaging/sms/sms-errors: the part before the number says who found it. */
const OPTED_OUT = /^SMS-(RC|UP|CAR)-413$/;
const NO_TEXTS = new Set(['SMS-RC-410', 'SMS-UP-410', 'SMS-CAR-400', 'SMS-CAR-411']);
/** Of a fax: the number itself. https://developers.ringcentral.com/api-reference/Fax/createFaxMessage */
const NO_FAXES = new Set(['NoFaxMachine', 'InvalidNumber', 'WrongNumber', 'UnknownCountryCode']);
/** The carrier has not said, or does not know: it may have arrived, whatever the status is called. */
const UNREPORTED = new Set(['SMS-CAR-104', 'SMS-CAR-199']);

/** A message of the extension or a high-volume one, as it is kept or told. */
export interface Stored {
	id?: number | string;
	batchId?: string;
	type?: string;
	creationTime?: string;
	from?: Party;
	to?: Party | Party[];
	subject?: string;
	text?: string;
	direction?: string;
	messageStatus?: string;
	/** Of a text of the extension, and of a high-volume one. */
	deliveryErrorCode?: string;
	errorCode?: string;
	/** Of an opt-out. */
	active?: boolean;
}
/** A bare number in the high-volume interface. */
type Party = string | { phoneNumber?: string; target?: boolean; faxErrorCode?: string };

const numberOf = (party: Party | null | undefined): string | undefined => {
	const number = typeof party === 'object' ? party?.phoneNumber : party;
	return typeof number === 'string' && number !== '' ? number : undefined;
};
const recipientOf = ({ to }: Stored): Party | undefined => (Array.isArray(to) ? (to.find((one) => typeof one === 'object' && one?.target) ?? to[0]) : to);

/** Most reasons are of the sender, of the text or of the moment: a filter, a limit, a line that is busy. */
const faultOf = (code: string): Fault | undefined => (NO_TEXTS.has(code) ? 'channel' : NO_FAXES.has(code) ? undefined : 'none');

export function reported(externalId: string, message: Stored): MessageStatus {
	const word = String(message.messageStatus ?? '');
	const recipient = recipientOf(message);
	const address = numberOf(recipient);
	const code = message.deliveryErrorCode ?? message.errorCode ?? (typeof recipient === 'object' ? recipient?.faxErrorCode : undefined);
	const status = UNREPORTED.has(code ?? '') ? 'unknown' : message.type === 'Fax' && word === 'Sent' ? 'delivered' : statusOf({ statuses }, word);
	const fault = status === 'undelivered' ? faultOf(code ?? '') : undefined;
	return {
		externalId,
		status,
		rawStatus: word,
		...(code && { code }),
		...(fault && { fault }),
		...(OPTED_OUT.test(code ?? '') && address !== undefined && { optedOut: { channel: 'sms', address } }),
	};
}

/** What is refused at once did not leave. */
export function accepted({ code, externalId, status, rawStatus }: MessageStatus): SendResult {
	if (status === 'undelivered') throw refusal(code ?? rawStatus);
	return { externalId, status, rawStatus };
}

export function refusal(vendorCode: string): Failure {
	if (OPTED_OUT.test(vendorCode))
		return new Failure('denied', 'The recipient has opted out of texts from this number. Do not text them again unless they opt in.', {
			code: 'opted_out',
			vendorCode,
		});
	if (NO_TEXTS.has(vendorCode))
		return new Failure('invalid', 'The phone number can not receive text messages. Use another number or channel.', { code: 'not_textable', vendorCode });
	if (/^CMN-1\d\d$/.test(vendorCode))
		return new Failure('invalid', 'RingCentral does not take the phone number. Correct it in the account.', { code: 'invalid_recipient', vendorCode });
	return new Failure('invalid', 'RingCentral refused the message. Look its code up in the list of RingCentral, and use another channel meanwhile.', {
		vendorCode,
	});
}

export function failure(response: VendorResponse): Failure | undefined {
	if (response.status < 400) return undefined;
	const body = response.json() as { errorCode?: string; errors?: { errorCode?: string; parameterName?: string }[] };
	const vendorCode = body.errorCode ?? body.errors?.[0]?.errorCode ?? '';
	const parameter = body.errors?.[0]?.parameterName ?? '';
	if (vendorCode === 'CMN-301' && response.headers['retry-after'] === undefined)
		// Each request in the meantime would start the penalty anew.
		return new Failure('limited', 'RingCentral receives too many requests at the moment. Wait and try again.', { vendorCode, retryAfterSeconds: 60 });
	if (vendorCode === 'CMN-401' || vendorCode === 'CMN-408')
		return new Failure('denied', 'RingCentral does not let the app or its user do this. Give both the permission, then connect again.', {
			code: 'config',
			vendorCode,
		});
	if (vendorCode === 'CMN-101' && /^to\b/.test(parameter)) return refusal(vendorCode);
	if (vendorCode === 'CMN-101' && /^from\b/.test(parameter))
		return new Failure('denied', 'The sender is not a number from which this extension may send. Correct the sender of the connection.', {
			code: 'config',
			vendorCode,
		});
	if (/^SUB-5\d\d$/.test(vendorCode))
		return new Failure('invalid', 'RingCentral could not reach the address for its reports. Check that DUNWELL_PUBLIC_URL can be reached from outside.', {
			code: 'hook_unreachable',
			vendorCode,
		});
	return undefined;
}

export const noId = (): Failure =>
	new Failure('broken', 'RingCentral took the message but gave no id for it. Look it up in RingCentral.', { outcomeUnknown: true });

/** RingCentral acts on these words itself, for each pair of numbers. */
const KEYWORDS = byWord<'stop' | 'start'>({ stop: 'STOP UNSUBSCRIBE QUIT CANCEL END', start: 'START SUBSCRIBE RESUME CONTINUE UNSTOP' });

/** What a batch's message is known by; a bare number is one of the extension. */
export const BATCH = 'batch/';

export function eventsOf(id: string, event: string, at: string, body: Stored): VendorEvent[] {
	const from = numberOf(body.from);
	const to = numberOf(recipientOf(body));
	const optOut = (address: string, how: string): VendorEvent => ({ id: `${id}:opt_out`, type: 'opt_out', channel: 'sms', address, how, at });
	// `to` is the person.
	if (/\/a2p-sms\/opt-outs\b/.test(event)) return body.active && to ? [optOut(to, 'opt-out')] : [];
	if (/\/a2p-sms\/messages\b/.test(event) && body.direction === 'Outbound') {
		if (body.batchId === undefined) return [];
		const { optedOut, ...delivery } = reported(`${BATCH}${body.batchId}`, body);
		return [{ id, type: 'delivery', ...delivery, at }, ...(optedOut ? [optOut(optedOut.address, delivery.code ?? '')] : [])];
	}
	if (!/\/a2p-sms\/messages\b|\/message-store\/instant\b/.test(event) || from === undefined) return [];
	const words = String(body.text ?? body.subject ?? '');
	const keyword = KEYWORDS[words.trim().toUpperCase()];
	return [{ id, type: 'reply', channel: 'sms', from, ...(to && { to }), text: words, ...(keyword && { keyword }), at }];
}
