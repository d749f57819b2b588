import { createHash } from 'node:crypto';
import { Failure } from '../contracts/failure.ts';
import { defineProvider, type OutgoingMessage, type RawRequest, type SendResult, statusOf, type VendorEvent, type VendorHttp } from '../contracts/provider.ts';
import { choice, object, optional, type Static, secret, text } from '../contracts/schema.ts';
import { badSignature, hmac, sameText, withBasic } from './signing.ts';
import { faultOf, KEYWORDS, OPTED_OUT, refusal, statuses } from './twilio-words.ts';

const auth = object({
	account_sid: text('Account SID', 'Starts with AC. It is on the first page of the Twilio Console, under Account Info.', { pattern: '^AC[0-9a-fA-F]{32}$' }),
	auth_token: secret('Auth token', 'The primary token under Account Info of the Twilio Console. An API key will not do: only this token signs webhooks.'),
	lookup: optional(
		choice(
			{ off: 'Never', first_text: 'Before the first text to a number' },
			'Lookup',
			'Whether Twilio Lookup is asked if a number can take texts, so that landlines get a message by another channel. Twilio charges for each look-up. Left out: never.',
		),
	),
});
type Credentials = Static<typeof auth>;

const VOICES: Record<string, string> = {
	en: 'en-US',
	es: 'es-MX',
	fr: 'fr-FR',
	pt: 'pt-BR',
	zh: 'zh-CN',
	ru: 'ru-RU',
	ko: 'ko-KR',
	vi: 'vi-VN',
	pl: 'pl-PL',
	de: 'de-DE',
	it: 'it-IT',
};

const api = (credentials: Credentials, rest: string): string =>
	`https://api.twilio.com/2010-04-01/Accounts/${encodeURIComponent(credentials.account_sid)}${rest}`;
const xml = (words: string): string => words.replace(/[<>&'"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

export default defineProvider({
	id: 'twilio',
	label: 'Twilio',
	docs: 'https://www.twilio.com/docs/usage/api',
	hosts: ['api.twilio.com', 'lookups.twilio.com'],
	/** Ours: more would only wait at Twilio, where what was paid meanwhile is not taken out. https://www.twilio.com/docs/messaging/guides/outbound-message-queueing */
	rate: { perSecond: 10, account: ({ account_sid }) => account_sid },
	auth,
	statuses,
	authorize: (request, { account_sid, auth_token }) => withBasic(request, account_sid, auth_token),
	/** https://www.twilio.com/docs/iam/api/account#fetch-an-account-resource */
	async check(http, credentials) {
		const account = (await http.send({ method: 'GET', url: api(credentials, '.json') })).json() as { friendly_name?: string; status?: string };
		if (account.status !== undefined && account.status !== 'active')
			throw new Failure('denied', `The Twilio account is ${account.status}. Make it active in the Twilio Console.`, {
				code: 'config',
				vendorCode: account.status,
			});
		return { label: account.friendly_name ?? credentials.account_sid };
	},
	failure(response) {
		if (response.status < 400) return undefined;
		return refusal((response.json() as { code?: number }).code);
	},
	send: {
		channels: ['sms', 'voice'],
		idempotency: 'search',
		asksFirst: true,
		/** https://www.twilio.com/docs/messaging/api/message-resource#create-a-message-resource, https://www.twilio.com/docs/voice/api/call-resource#create-a-call */
		async message(http, credentials, message) {
			if (message.first && message.channel === 'sms' && credentials.lookup === 'first_text') await lookUp(http, message.to);
			const form = message.channel === 'voice' ? callForm(message) : smsForm(message);
			const created = (await http.send({ method: 'POST', url: api(credentials, resource(message)), form })).json() as { sid?: string; status?: string };
			if (!created.sid)
				throw new Failure('broken', 'Twilio took the message but gave no id for it. Look it up in the Twilio Console.', { outcomeUnknown: true });
			return result({ sid: created.sid, status: created.status ?? '' });
		},
		/**
		 * There is no idempotency key, so a lost message is searched by what it was: newest first, to this
		 * number, since the attempt. DateSent is no filter for it: a queued message has none.
		 */
		async find(http, credentials, message) {
			const answer = (await http.send({ method: 'GET', url: api(credentials, resource(message)), query: { To: message.to, PageSize: 50 } })).json() as {
				messages?: Listed[];
				calls?: Listed[];
				next_page_uri?: string | null;
			};
			const listed = answer.messages ?? answer.calls ?? [];
			// A minute of tolerance for two clocks.
			const since = Date.parse(message.attemptedAt) - 60_000;
			const found = listed.find(
				(entry) =>
					Date.parse(entry.date_created) >= since && (message.channel === 'voice' ? entry.from === message.from : entry.body?.trim() === message.text.trim()),
			);
			if (found) return result(found);
			const oldest = listed.at(-1);
			if (answer.next_page_uri && oldest && Date.parse(oldest.date_created) >= since)
				throw new Failure('unavailable', 'Twilio lists more messages to this number than can be searched. Look the message up in the Twilio Console.', {
					outcomeUnknown: true,
				});
			return undefined;
		},
	},
	webhook: {
		/** https://www.twilio.com/docs/usage/webhooks/webhooks-security */
		verify(request, credentials) {
			const given = request.headers['x-twilio-signature'] ?? '';
			const url = request.url.replace(/#.*$/, '');
			const params = signedParams(request, url);
			const valid = withAndWithoutPort(url).some((candidate) => sameText(hmac('sha1', credentials.auth_token, candidate + params, 'base64'), given));
			if (!valid) throw badSignature('Twilio');
		},
		/** The id is made of what is signed; the I-Twilio-Idempotency-Token header is not. */
		parse(request, now): VendorEvent[] {
			const form = new URLSearchParams(Buffer.from(request.body).toString('utf8'));
			const field = (name: string) => form.get(name) || undefined;
			const id = field('MessageSid') ?? field('CallSid');
			if (id === undefined || field('Direction') === 'inbound') return [];
			const at = instantOf(field('Timestamp')) ?? now;
			// A fax that picks up completes the call although nobody heard it.
			const word = field('MessageStatus') ?? (field('AnsweredBy') === 'fax' ? 'fax' : field('CallStatus'));
			const code = field('ErrorCode');
			const to = field('To');
			if (word !== undefined) {
				const status = statusOf({ statuses }, word);
				const reference = new URL(request.url).searchParams.get(REFERENCE);
				const fault = status === 'undelivered' ? faultOf(word, code) : undefined;
				const delivery: VendorEvent = {
					id: `${id}:${word}`,
					type: 'delivery',
					externalId: id,
					...(reference && { reference }),
					status,
					rawStatus: word,
					...(code && { code }),
					...(fault && { fault }),
					at,
				};
				// A messaging service takes the text first, and finds later that the recipient opted out.
				return code === OPTED_OUT && to ? [delivery, { id: `${id}:opt_out`, type: 'opt_out', channel: 'sms', address: to, how: code, at }] : [delivery];
			}
			const from = field('From');
			if (from === undefined) return [];
			const keyword = KEYWORDS[(field('OptOutType') ?? field('Body') ?? '').trim().toUpperCase()];
			return [{ id, type: 'reply', channel: 'sms', from, ...(to && { to }), text: form.get('Body') ?? '', ...(keyword && { keyword }), at }];
		},
		answer: (request) => ({ type: 'text/xml', body: spoken(request) }),
		setup:
			'In the Twilio Console open the number (or the Messaging Service, under Integration) and enter this address for incoming messages, method HTTP POST. Delivery reports need nothing: each message names the address itself.',
	},
});

interface Listed {
	sid: string;
	status: string;
	date_created: string;
	body?: string;
	from?: string | null;
}

/**
 * Only what Lookup surely says holds the text: a look-up that fails, or a package that the number's country does not have, says nothing of the number.
 * https://www.twilio.com/docs/lookup/v2-api/line-type-intelligence
 */
async function lookUp(http: VendorHttp, number: string): Promise<void> {
	const url = `https://lookups.twilio.com/v2/PhoneNumbers/${encodeURIComponent(number)}`;
	let found: { valid?: boolean; line_type_intelligence?: { type?: string | null } | null } | null;
	try {
		found = (await http.send({ method: 'GET', url, query: { Fields: 'line_type_intelligence' } })).json() as typeof found;
	} catch {
		return;
	}
	const refused = found?.valid === false ? refusal(21211) : found?.line_type_intelligence?.type === 'landline' ? refusal(21614) : undefined;
	if (refused) throw refused;
}

/** In the address that Twilio reports to, which it signs: its report may be here before its answer, and that alone has its id. */
const REFERENCE = 'reference';

function reportTo({ callbackUrl, reference }: OutgoingMessage): URL {
	const address = new URL(callbackUrl);
	address.searchParams.set(REFERENCE, reference);
	return address;
}

const resource = (message: OutgoingMessage): string => (message.channel === 'voice' ? '/Calls.json' : '/Messages.json');
const result = ({ sid, status }: { sid: string; status: string }): SendResult => ({
	externalId: sid,
	status: statusOf({ statuses }, status),
	rawStatus: status,
});

const smsForm = (message: OutgoingMessage): [string, string][] => [
	['To', message.to],
	[/^MG[0-9a-fA-F]{32}$/.test(message.from) ? 'MessagingServiceSid' : 'From', message.from],
	['Body', message.text],
	['StatusCallback', reportTo(message).href],
];

const say = (words: string, language: string): string =>
	words ? `<Response><Say language="${xml(VOICES[language] ?? language)}">${xml(words)}</Say></Response>` : '<Response><Hangup/></Response>';

/**
 * Words for a person and words for a machine. TwiML in the request can not choose between them, so Twilio asks our address
 * once it knows who picked up, and the words lie in that address, which it signs: what is spoken gives nothing of money away.
 * https://www.twilio.com/docs/voice/answering-machine-detection
 */
interface Spoken {
	person: string;
	machine: string;
	language: string;
}

/** DetectMessageEnd waits for the beep, so that a voicemail holds the whole message. */
function callForm(message: OutgoingMessage): [string, string][] {
	const { to, from, text, voicemail = '', language } = message;
	const twiml = say(text, language);
	const words: Spoken = { person: text, machine: voicemail, language };
	const asked = reportTo(message);
	asked.searchParams.set('say', Buffer.from(JSON.stringify(words)).toString('base64url'));
	if (twiml.length > 4000 || asked.href.length > 4000)
		throw new Failure('too_large', 'The call is longer than the 4,000 characters that Twilio takes. Shorten the message.', { code: 'too_large' });
	return [
		['To', to],
		['From', from],
		voicemail === text ? ['Twiml', twiml] : ['Url', asked.href],
		['MachineDetection', 'DetectMessageEnd'],
		['StatusCallback', reportTo(message).href],
	];
}

/** Only who is surely a person hears the words for a person. */
function spoken(request: RawRequest): string {
	const asked = new URL(request.url).searchParams.get('say');
	if (asked === null) return '<Response/>';
	const { person, machine, language } = JSON.parse(Buffer.from(asked, 'base64url').toString('utf8')) as Spoken;
	const answeredBy = new URLSearchParams(Buffer.from(request.body).toString('utf8')).get('AnsweredBy');
	return say(answeredBy === 'human' ? person : answeredBy === 'fax' ? '' : machine, language);
}

/** Form fields are signed with the URL; any other body is signed by its hash in the URL, or not at all. */
function signedParams(request: RawRequest, url: string): string {
	const hash = new URL(url).searchParams.get('bodySHA256');
	if (hash !== null) {
		if (!sameText(createHash('sha256').update(request.body).digest('hex'), hash.toLowerCase())) throw badSignature('Twilio');
		return '';
	}
	if (request.body.length === 0) return '';
	if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) throw badSignature('Twilio');
	const form = new URLSearchParams(Buffer.from(request.body).toString('utf8'));
	return [...new Set(form.keys())]
		.sort()
		.map((name) =>
			[...new Set(form.getAll(name))]
				.sort()
				.map((value) => name + value)
				.join(''),
		)
		.join('');
}

/** Twilio signs with the standard port or without it, inconsistently; the text is not normalized otherwise. */
function withAndWithoutPort(url: string): string[] {
	const [, scheme = '', host = '', rest = ''] = /^(https?:\/\/)([^/?#]*)(.*)$/.exec(url) ?? [];
	const bare = host.replace(/:\d+$/, '');
	return [url, `${scheme}${bare}${rest}`, `${scheme}${bare}:${scheme === 'https://' ? 443 : 80}${rest}`];
}

function instantOf(text: string | undefined): string | undefined {
	const at = Date.parse(text ?? '');
	return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
