import { Failure } from '../contracts/failure.ts';
import { defineProvider, type OutgoingMessage, type SendResult, statusOf, type VendorEvent, type VendorResponse } from '../contracts/provider.ts';
import { object, optional, type Static, secret, text, whole } from '../contracts/schema.ts';
import type { DeliveryStatus } from '../contracts/words.ts';
import { badSignature, hmac, jsonBody, objectsOf, requireFresh, sameText, withBasic } from './signing.ts';
import { byWord } from './words.ts';

const auth = object({
	api_login: text('API login', 'The login of API credentials, under Settings, API Access in CallFire.'),
	api_password: secret('API password', 'The password of the same API credentials. CallFire shows it when they are created.'),
	voice_broadcast: optional(
		whole(
			'Voice broadcast',
			'Number of a voice broadcast of yours, as its address in CallFire ends. Calls then belong to it and keep its hours; turn its retries off, because Dunwell counts each call. Left out: each call goes by itself.',
			{ minimum: 1 },
		),
	),
	webhook_secret: secret('Webhook secret', 'A long text of your own. CallFire signs with it what it reports.', { minLength: 8 }),
});
type Credentials = Static<typeof auth>;

/** States of an action, results of calls and results of texts; the words do not collide. https://developers.callfire.com/results-responses-errors.html */
const statuses = byWord<DeliveryStatus>({
	// SENT: the carrier took a text. Whether a phone has it CallFire says by a word that it has not published.
	sent: 'READY SELECTED CALLBACK FINISHED POSTPONED SENT',
	delivered: 'LA AM XFER XFER_LEG',
	undelivered:
		'BUSY NO_ANS DNC DNT TOO_BIG INTERNAL_ERROR CARRIER_ERROR CARRIER_TEMP_ERROR UNDIALED SD ABANDONED SKIPPED DISABLED DUP INVALID TIMEOUT PERIOD_LIMIT',
});
const OPTED_OUT = new Set(['DNC', 'DNT']);
/** What failed because of the number; whatever else happened to a call or text says nothing of it. */
const OF_NUMBER = new Set(['INVALID', 'CARRIER_ERROR']);
const PAGE = 100;
/** What is told of: calls and texts that ended, and texts that patients write. */
const REPORTED = ['OutboundCall', 'OutboundText', 'InboundText'];
/** CallFire does not say how long it delivers again; what is older was recorded by somebody. */
const PAST_SECONDS = 86_400;

const BASE = 'https://api.callfire.com/v2';
/** CallFire writes numbers without the plus. */
const digits = (number: string): string => number.replace(/^\+/, '');
const resource = ({ channel }: OutgoingMessage): string => (channel === 'voice' ? `${BASE}/calls` : `${BASE}/texts`);

interface Action {
	id?: string | number;
	state?: string;
	finalCallResult?: string;
	finalTextResult?: string;
	fromNumber?: string;
	toNumber?: string;
	message?: string;
	attributes?: Record<string, string>;
}

/** Ids have more digits than a number of JavaScript holds: they become texts before they are read. */
const wholeIds = (json: string): string => json.replace(/("id"\s*:\s*)(\d{16,})/g, '$1"$2"');

function itemsOf<T = Action>(response: VendorResponse): T[] {
	// Read once as it is: the failure of an answer that is not JSON is the client's.
	response.json();
	return (JSON.parse(wholeIds(response.text)) as { items?: T[] }).items ?? [];
}

const wordOf = (action: Action): string => action.finalCallResult ?? action.finalTextResult ?? action.state ?? '';
const result = (action: Action): SendResult => ({
	externalId: String(action.id),
	status: statusOf({ statuses }, wordOf(action)),
	rawStatus: wordOf(action),
});

export default defineProvider({
	id: 'callfire',
	label: 'CallFire',
	docs: 'https://developers.callfire.com/docs.html',
	hosts: ['api.callfire.com'],
	/** Ours: CallFire publishes none. */
	rate: { perSecond: 5, account: ({ api_login }) => api_login },
	auth,
	statuses,
	authorize: (request, { api_login, api_password }) => withBasic(request, api_login, api_password),
	/** https://developers.callfire.com/docs.html#getAccount */
	async check(http, credentials) {
		const account = (await http.send({ method: 'GET', url: `${BASE}/me/account`, query: { fields: 'id,name' } })).json() as { name?: string };
		if (credentials.voice_broadcast !== undefined)
			await http.send({ method: 'GET', url: `${BASE}/calls/broadcasts/${credentials.voice_broadcast}`, query: { fields: 'id' } });
		return { label: account.name || 'CallFire account' };
	},
	send: {
		channels: ['sms', 'voice'],
		idempotency: 'search',
		/** https://developers.callfire.com/docs.html#sendCalls, #sendTexts: a list of recipients, here of one. */
		async message(http, credentials, message) {
			const query = { ...broadcastOf(credentials, message), strictValidation: 'true' };
			const [sent] = itemsOf(await http.send({ method: 'POST', url: resource(message), query, json: [recipient(message)] }));
			if (sent?.id === undefined)
				throw new Failure('broken', 'CallFire took the message but gave no id for it. Look it up in CallFire.', { outcomeUnknown: true });
			const { state = '' } = sent;
			if (OPTED_OUT.has(state))
				throw new Failure('denied', 'The number is on the do-not-contact list of CallFire. Do not contact it again unless the person opts in.', {
					code: 'opted_out',
					vendorCode: state,
				});
			if (statusOf({ statuses }, state) === 'undelivered')
				throw new Failure('invalid', 'CallFire does not send to this number. Correct it in the account, or use another channel.', {
					code: 'invalid_recipient',
					vendorCode: state,
				});
			return result(sent);
		},
		/** There is no idempotency key: what went to the number since the attempt is searched for our reference. */
		async find(http, _credentials, message) {
			const query = {
				limit: PAGE,
				toNumber: digits(message.to),
				inbound: 'false',
				// A minute of tolerance for two clocks.
				intervalBegin: Date.parse(message.attemptedAt) - 60_000,
			};
			const items = itemsOf(await http.send({ method: 'GET', url: resource(message), query }));
			const found = items.find((action) => action.attributes?.['dunwell_reference'] === message.reference);
			if (!found && items.length === PAGE)
				throw new Failure('unavailable', 'CallFire lists more messages to this number than can be searched. Look the message up in CallFire.', {
					outcomeUnknown: true,
				});
			return found && result(found);
		},
	},
	webhook: {
		/** https://developers.callfire.com/security-guide.html; how the HMAC is written is not said there, so both usual ways are taken. */
		verify(request, credentials, now) {
			const given = request.headers['x-callfire-signature'] ?? '';
			const signed = (['hex', 'base64'] as const).some((encoding) => sameText(hmac('sha1', credentials.webhook_secret, request.body, encoding), given));
			if (!signed) throw badSignature('CallFire');
			const { timestamp } = jsonBody(request) as { timestamp?: number };
			requireFresh('CallFire', String(Math.floor((timestamp ?? Number.NaN) / 1000)), now, PAST_SECONDS);
		},
		parse(request, now) {
			const text = wholeIds(Buffer.from(request.body).toString('utf8'));
			const told = jsonBody({ ...request, body: Buffer.from(text) }) as { timestamp?: number; resourceType?: string; events?: unknown };
			const at = told.timestamp === undefined ? now : new Date(told.timestamp).toISOString();
			return objectsOf<{ resource?: Action | null }>(told.events).flatMap(({ resource: action }) =>
				action?.id === undefined ? [] : eventsOf(told.resourceType ?? '', action, at),
			);
		},
		/** https://developers.callfire.com/docs.html#findWebhooks, #createWebhook, #updateWebhook. Made by hand or by us: one for each kind, with our secret. */
		async register(http, { webhook_secret }, callback) {
			const url = `${BASE}/webhooks`;
			const found = itemsOf<{ id: string | number; resource?: string; callback?: string }>(
				await http.send({ method: 'GET', url, query: { callback, limit: PAGE } }),
			);
			for (const resource of REPORTED) {
				const [standing, ...doubled] = found.filter((one) => one.resource === resource && one.callback === callback);
				const json = { name: `Dunwell ${resource}`, resource, events: ['Finished'], callback, secret: webhook_secret, enabled: true };
				await http.send(standing ? { method: 'PUT', url: `${url}/${standing.id}`, json, idempotent: true } : { method: 'POST', url, json });
				for (const { id } of doubled) await http.send({ method: 'DELETE', url: `${url}/${id}`, idempotent: true });
			}
		},
		setup: 'Nothing is to be done: Dunwell enters its address at CallFire as three webhooks as soon as the connection works.',
	},
});

/** https://developers.callfire.com/docs.html#sendCalls: a call may join a voice broadcast that stands. */
const broadcastOf = ({ voice_broadcast: campaignId }: Credentials, { channel }: OutgoingMessage) =>
	channel === 'voice' && campaignId !== undefined ? { campaignId } : {};

/** What is said to a machine is a text of its own: one for the person may name money. Without it nothing is left there. */
function recipient(message: OutgoingMessage): object {
	const who = { phoneNumber: digits(message.to), fromNumber: digits(message.from), attributes: { dunwell_reference: message.reference } };
	if (message.channel !== 'voice') return { ...who, message: message.text };
	return {
		...who,
		liveMessage: message.text,
		...(message.voicemail === undefined ? {} : { machineMessage: message.voicemail }),
		voice: message.language === 'es' ? 'SPANISH1' : 'FEMALE1',
	};
}

function eventsOf(type: string, action: Action, at: string): VendorEvent[] {
	const id = String(action.id);
	if (type === 'InboundText')
		return action.fromNumber
			? [
					{
						id,
						type: 'reply',
						channel: 'sms',
						from: `+${action.fromNumber}`,
						...(action.toNumber && { to: `+${action.toNumber}` }),
						text: action.message ?? '',
						at,
					},
				]
			: [];
	if (!/^Outbound(Call|Text)/.test(type)) return [];
	const rawStatus = wordOf(action);
	const reference = action.attributes?.['dunwell_reference'];
	const status = statusOf({ statuses }, rawStatus);
	const delivery: VendorEvent = {
		id: `${id}:${rawStatus}`,
		type: 'delivery',
		externalId: id,
		...(reference && { reference }),
		status,
		rawStatus,
		...(status === 'undelivered' && !OF_NUMBER.has(rawStatus) && { fault: 'none' }),
		at,
	};
	const channel = type.startsWith('OutboundCall') ? 'voice' : 'sms';
	return OPTED_OUT.has(rawStatus) && action.toNumber
		? [delivery, { id: `${id}:opt_out`, type: 'opt_out', channel, address: `+${action.toNumber}`, how: rawStatus, at }]
		: [delivery];
}
