import { createHash } from 'node:crypto';
import { Failure } from '../contracts/failure.ts';
import {
	defineProvider,
	type OutgoingMessage,
	type RawRequest,
	type SendResult,
	type VendorEvent,
	type VendorHttp,
	type VendorResponse,
	withToken,
} from '../contracts/provider.ts';
import { choice, object, optional, type Static, secret, text } from '../contracts/schema.ts';
import { multipart } from './multipart.ts';
import { accepted, BATCH, eventsOf, failure, noId, refusal, reported, type Stored, statuses } from './ringcentral-words.ts';
import { badSignature, jsonBody, requireFresh, sameText } from './signing.ts';

const auth = object({
	client_id: optional(
		text(
			'Client ID',
			'Of a REST API app in the RingCentral Developer Console, with the permissions Read Accounts, Read Messages, SMS, Faxes, RingOut and Webhook Subscriptions (and A2P SMS for high volume). Not needed where the operator has one.',
			{ maxLength: 254 },
		),
	),
	client_secret: optional(secret('Client secret', 'Beside the client ID of the same app in the Developer Console.')),
	jwt: optional(
		secret(
			'JWT',
			"A JWT credential of the user whose extension sends, made under Credentials in the user's menu of the Developer Console. Left out: the user signs in.",
		),
	),
	verification_token: secret('Verification token', 'A long text of your own. RingCentral shows it with everything that it reports.', { minLength: 16 }),
	sms: optional(
		choice(
			{ extension: 'A number of the extension', high_volume: 'A high-volume (A2P) number' },
			'Texts leave from',
			"High-volume numbers have an interface of their own at RingCentral. Left out: from the extension's own numbers.",
		),
	),
});
type Credentials = Static<typeof auth>;

const BASE = 'https://platform.ringcentral.com/restapi/v1.0';
const ACCOUNT = `${BASE}/account/~`;
const EXTENSION = `${ACCOUNT}/extension/~`;
const SUBSCRIPTION = `${BASE}/subscription`;
const PAGE = 1000;
const MOST_PAGES = 10;
/** In UTF-16 units. */
const LONGEST_TEXT = 1000;
/** It is renewed every day; when the connection is gone it ends by itself. */
const LIFETIME_SECONDS = 14 * 86_400;
/** RingCentral does not say how long it delivers again; what is older was recorded by somebody. */
const PAST_SECONDS = 86_400;

/** https://developers.ringcentral.com/api-reference/Message-Store/listMessages, https://developers.ringcentral.com/api-reference/High-Volume-SMS/listA2PSMS */
async function listed(
	http: VendorHttp,
	of: 'extension' | 'high_volume',
	since: number,
	more: Record<string, string> = {},
	most = MOST_PAGES,
): Promise<Stored[]> {
	const url = of === 'extension' ? `${EXTENSION}/message-store` : `${ACCOUNT}/a2p-sms/messages`;
	const found: Stored[] = [];
	// Without a beginning RingCentral lists a day. A minute of tolerance for two clocks.
	const query = { direction: 'Outbound', dateFrom: new Date(since - 60_000).toISOString(), perPage: PAGE, ...more };
	let next: Record<string, string | number> = {};
	for (let page = 1; page <= most; page += 1) {
		const answer = (await http.send({ method: 'GET', url, query: { ...query, ...next } })).json() as {
			records?: Stored[];
			navigation?: { nextPage?: object };
			paging?: { nextPageToken?: string };
		};
		found.push(...(answer.records ?? []));
		const token = answer.paging?.nextPageToken;
		if (!answer.navigation?.nextPage && token === undefined) break;
		next = token === undefined ? { page: page + 1 } : { pageToken: token };
	}
	return found;
}

const isHighVolume = ({ sms }: Credentials, { channel }: Pick<OutgoingMessage, 'channel'>): boolean => channel === 'sms' && sms === 'high_volume';

/** Without a cover page: RingCentral's own would go before the page that was composed. The sender is the extension's fax number. */
const faxBody = (to: string, bytes: Uint8Array) =>
	multipart(
		[
			['to', to],
			['faxResolution', 'High'],
			['coverIndex', '0'],
		],
		{ name: 'attachment', filename: 'fax.pdf', type: 'application/pdf', bytes },
	);

export default defineProvider({
	id: 'ringcentral',
	label: 'RingCentral',
	docs: 'https://developers.ringcentral.com/api-reference',
	hosts: ['platform.ringcentral.com'],
	/** A user may send 40 texts a minute. https://developers.ringcentral.com/guide/basics/rate-limits */
	rate: { perSecond: 0.6, account: ({ jwt }) => jwt },
	auth,
	/** What may be done is set with the app, not asked for. https://developers.ringcentral.com/guide/authentication/auth-code-pkce-flow, …/jwt-flow */
	oauth: {
		authorizationUrl: () => 'https://platform.ringcentral.com/restapi/oauth/authorize',
		tokenUrl: () => 'https://platform.ringcentral.com/restapi/oauth/token',
		scopes: [],
		clientAuth: 'basic',
		assertion: ({ jwt }) => jwt,
	},
	statuses,
	authorize: withToken,
	/** https://developers.ringcentral.com/api-reference/Extensions/readExtension */
	async check(http) {
		const { name, extensionNumber, status, contact } = (await http.send({ method: 'GET', url: EXTENSION })).json() as {
			name?: string;
			extensionNumber?: string;
			status?: string;
			contact?: { company?: string };
		};
		if (status !== undefined && status !== 'Enabled')
			throw new Failure('denied', `The extension is not enabled at RingCentral (${status}). Enable it in the admin portal.`, {
				code: 'config',
				vendorCode: status,
			});
		const named = [contact?.company, name, extensionNumber && `extension ${extensionNumber}`].filter(Boolean).join(', ');
		return { label: named || 'RingCentral extension' };
	},
	failure,
	send: {
		channels: ['sms', 'fax'],
		idempotency: 'search',
		/** https://developers.ringcentral.com/api-reference/SMS/createSMSMessage, …/High-Volume-SMS/createA2PSMS, …/Fax/createFaxMessage */
		async message(http, credentials, message) {
			const { channel, from, to, text: words, pdf } = message;
			if (channel === 'fax') {
				if (!pdf) throw new Failure('invalid', 'A fax needs its page as a PDF. Send it by Send Reminder.', { code: 'pdf_missing' });
				return acceptedOne(await http.send({ method: 'POST', url: `${EXTENSION}/fax`, body: faxBody(to, pdf) }));
			}
			if (words.length > LONGEST_TEXT)
				throw new Failure('too_large', 'The text is longer than the 1,000 characters that RingCentral takes. Shorten the message.', { code: 'too_large' });
			if (isHighVolume(credentials, message)) {
				const json = { from, text: words, messages: [{ to: [to] }] };
				const batch = (await http.send({ method: 'POST', url: `${ACCOUNT}/a2p-sms/batches`, json })).json() as {
					id?: string;
					status?: string;
					rejected?: { errorCode?: string }[];
				};
				const refused = batch.rejected?.[0];
				if (refused) throw refusal(refused.errorCode ?? 'rejected');
				if (!batch.id) throw noId();
				return { externalId: `${BATCH}${batch.id}`, status: 'sent', rawStatus: batch.status ?? 'accepted' };
			}
			const json = { from: { phoneNumber: from }, to: [{ phoneNumber: to }], text: words };
			return acceptedOne(await http.send({ method: 'POST', url: `${EXTENSION}/sms`, json }));
		},
		/** No interface takes a key or a reference of ours: a lost text is searched by what it was, a lost fax by where it went. */
		async find(http, credentials, message) {
			const since = Date.parse(message.attemptedAt);
			const highVolume = isHighVolume(credentials, message);
			const stored = highVolume
				? await listed(http, 'high_volume', since, { phoneNumber: message.to, view: 'Detailed' }, 1)
				: await listed(http, 'extension', since, { phoneNumber: message.to, messageType: message.channel === 'fax' ? 'Fax' : 'SMS' }, 1);
			const found = stored.find((one) => message.channel === 'fax' || (one.text ?? one.subject)?.trim() === message.text.trim());
			if (!found && stored.length >= PAGE)
				throw new Failure('unavailable', 'RingCentral lists more messages to this number than can be searched. Look the message up in RingCentral.', {
					outcomeUnknown: true,
				});
			if (!found) return undefined;
			const id = highVolume ? found.batchId && `${BATCH}${found.batchId}` : found.id;
			if (id === undefined) throw noId();
			const { externalId, status, rawStatus } = reported(String(id), found);
			return { externalId, status, rawStatus };
		},
		/** RingCentral reports by webhook what became of high-volume texts alone. */
		async status(http, _credentials, externalIds, since) {
			const from = Date.parse(since);
			const batches = externalIds.some((id) => id.startsWith(BATCH)) ? await listed(http, 'high_volume', from) : [];
			const stored = externalIds.some((id) => !id.startsWith(BATCH)) ? await listed(http, 'extension', from) : [];
			return [
				...batches.flatMap((one) => (one.batchId === undefined ? [] : [reported(`${BATCH}${one.batchId}`, one)])),
				...stored.map((one) => reported(String(one.id), one)),
			].filter(({ externalId }) => externalIds.includes(externalId));
		},
	},
	/** RingOut, which connects two phones and cannot speak: for staff who call back, and no channel to patients. */
	work: {
		callsBack: true,
		/**
		 * https://developers.ringcentral.com/api-reference/RingOut/createRingOutCall. The staff member's phone rings first; whoever takes it
		 * up is asked to press 1, and only then the other phone rings. A change of the work rings nobody again, and its end hangs nobody up.
		 */
		async open(http, _credentials, { target, callBack = '' }) {
			const json = { from: { phoneNumber: target }, to: { phoneNumber: callBack }, playPrompt: true };
			const { id, status } = (await http.send({ method: 'POST', url: `${EXTENSION}/ring-out`, json })).json() as {
				id?: string | number;
				status?: { callStatus?: string };
			};
			if (id === undefined) throw noId();
			const word = status?.callStatus ?? 'InProgress';
			if (word !== 'InProgress' && word !== 'Success')
				throw new Failure('invalid', `RingCentral did not place the call (${word}). Check the phone of the route and what the extension may call.`, {
					vendorCode: word,
				});
			return { externalId: String(id) };
		},
	},
	webhook: {
		/** RingCentral signs nothing: it shows our token. https://developers.ringcentral.com/guide/notifications/webhooks/receiving */
		verify(request, { verification_token }, now) {
			if (isHandshake(request)) return;
			if (!sameText(request.headers['verification-token'] ?? '', verification_token)) throw badSignature('RingCentral');
			const { timestamp } = jsonBody(request) as { timestamp?: string };
			requireFresh('RingCentral', String(Math.floor(Date.parse(timestamp ?? '') / 1000)), now, PAST_SECONDS);
		},
		parse(request, now): VendorEvent[] {
			// Nobody vouches for what comes with it.
			if (isHandshake(request)) return [];
			const { uuid, event = '', timestamp, body } = jsonBody(request) as { uuid?: unknown; event?: string; timestamp?: string; body?: Stored };
			return typeof uuid !== 'string' || uuid === '' || !body
				? []
				: eventsOf(uuid, event, timestamp === undefined ? now : new Date(timestamp).toISOString(), body);
		},
		/** https://developers.ringcentral.com/guide/notifications/webhooks/creating-webhooks: 200 and the token, in no more than 1,024 bytes. */
		answer(request) {
			const token = request.headers['validation-token'];
			return { type: 'application/json', body: '{}', ...(token !== undefined && token.length <= 255 && { headers: { 'validation-token': token } }) };
		},
		/**
		 * https://developers.ringcentral.com/api-reference/Subscriptions/createSubscription. The token of a subscription can be neither read
		 * nor changed, so its address carries a digest: another token makes another subscription. One that RingCentral gave up is replaced.
		 */
		async register(http, credentials, address) {
			const own = `${address}?token=${createHash('sha256').update(credentials.verification_token).digest('hex').slice(0, 16)}`;
			const { records = [] } = (await http.send({ method: 'GET', url: SUBSCRIPTION })).json() as {
				records?: { id: string; status?: string; deliveryMode?: { address?: string } }[];
			};
			const ours = records.filter(({ deliveryMode }) => deliveryMode?.address?.split('?')[0] === address);
			const standing = ours.find(({ status, deliveryMode }) => status === 'Active' && deliveryMode?.address === own);
			const wanted = { eventFilters: filtersOf(credentials), expiresIn: LIFETIME_SECONDS };
			if (standing) await http.send({ method: 'PUT', url: `${SUBSCRIPTION}/${encodeURIComponent(standing.id)}`, json: wanted, idempotent: true });
			else {
				const deliveryMode = { transportType: 'WebHook', address: own, verificationToken: credentials.verification_token };
				await http.send({ method: 'POST', url: SUBSCRIPTION, json: { ...wanted, deliveryMode } });
			}
			for (const { id } of ours.filter((one) => one !== standing))
				await http.send({ method: 'DELETE', url: `${SUBSCRIPTION}/${encodeURIComponent(id)}`, idempotent: true });
		},
		setup:
			'Nothing is to be done: Dunwell subscribes at RingCentral by itself as soon as the connection works, and renews it every day. The app needs the permission Webhook Subscriptions.',
	},
});

function acceptedOne(response: VendorResponse): SendResult {
	const message = response.json() as Stored;
	if (message.id === undefined) throw noId();
	return accepted(reported(String(message.id), message));
}

const isHandshake = ({ headers }: RawRequest): boolean => headers['validation-token'] !== undefined && headers['verification-token'] === undefined;

/** https://developers.ringcentral.com/guide/notifications/event-filters. That a text of the extension changed is told without saying which, so it is asked for instead. */
const filtersOf = ({ sms }: Credentials): string[] => [
	'/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS',
	...(sms === 'high_volume'
		? [
				'/restapi/v1.0/account/~/a2p-sms/messages?direction=Inbound',
				'/restapi/v1.0/account/~/a2p-sms/messages?direction=Outbound',
				'/restapi/v1.0/account/~/a2p-sms/opt-outs',
			]
		: []),
];
