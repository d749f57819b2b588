import { Failure } from '../contracts/failure.ts';
import {
	defineProvider,
	type OutgoingMessage,
	type RawRequest,
	type SendResult,
	statusOf,
	type VendorEvent,
	type VendorRequest,
} from '../contracts/provider.ts';
import { choice, object, optional, type Static, secret, text } from '../contracts/schema.ts';
import type { DeliveryStatus } from '../contracts/words.ts';
import { faultOf, merged, oneClick, showsWords, subjectOf } from './mail.ts';
import { type Field, multipart } from './multipart.ts';
import { badSignature, hmac, jsonBody, requireFresh, sameText, withBasic } from './signing.ts';
import { byWord } from './words.ts';

const auth = object({
	api_key: secret(
		'API key',
		'Create it in Mailgun under API Security. A sending key of a domain will not do: it may neither read the domain nor look up a mail.',
	),
	domain: text('Sending domain', 'The domain that sends, as Mailgun lists it under Domains, such as mg.practice.example.', {
		pattern: '^[A-Za-z0-9-]+(\\.[A-Za-z0-9-]+)+$',
	}),
	region: optional(choice({ us: 'United States', eu: 'European Union' }, 'Region', 'Where the domain was made; Mailgun shows it beside the domain.')),
	webhook_signing_key: optional(
		secret('HTTP webhook signing key', 'Shown in Mailgun under API Security. It is not the API key; without it nothing that Mailgun reports is accepted.'),
	),
	template: optional(
		text('Template', 'Name of a template of the domain that shows {{{html}}} or {{text}}. Left empty, mails go out as Dunwell writes them.', {
			maxLength: 100,
		}),
	),
});
type Credentials = Static<typeof auth>;

/** Events by the names that their webhooks have. https://documentation.mailgun.com/docs/mailgun/user-manual/events/events */
const statuses = byWord<DeliveryStatus>({
	sent: 'queued accepted temporary_fail',
	delivered: 'delivered',
	undelivered: 'permanent_fail rejected',
});
/** What a patient does with a delivered mail is nobody's business here. */
const IGNORED = new Set(['opened', 'clicked', 'stored']);
const OPT_OUTS = new Set(['unsubscribed', 'complained']);
/** Mailgun takes a mail to a suppressed address and then fails it. A bounced address is a bad one and no opt-out. */
const SUPPRESSED = new Set(['suppress-unsubscribe', 'suppress-complaint']);
/** Failed for other reasons than the address: the sender was blocked, or the mail was too old when a server was found. From memory. */
const INNOCENT = new Set([...SUPPRESSED, 'espblock', 'old']);
/** Our reference as a user variable: it comes back with each event. */
const REFERENCE = 'dunwell_reference';
/** Mailgun delivers again for about eight hours, and does not promise to sign anew: an opt-out must not be lost to a strict clock. */
const RETRIED_SECONDS = 9 * 3600;
/** Events are listed with a delay, and kept for days: outside of this, not listed does not mean not sent. */
const [LISTED_AFTER_MS, LISTED_FOR_MS] = [30 * 60_000, 2 * 86_400_000];

const url = ({ region }: Credentials, path: string): string => `https://api${region === 'eu' ? '.eu' : ''}.mailgun.net${path}`;

export default defineProvider({
	id: 'mailgun',
	label: 'Mailgun',
	docs: 'https://documentation.mailgun.com/docs/mailgun/api-reference/api-overview',
	hosts: ['api.mailgun.net', 'api.eu.mailgun.net'],
	/** Ours: Mailgun takes far more from a warm sender, and a new one's mail is trusted more when it comes evenly. */
	rate: { perSecond: 10, account: ({ domain }) => domain },
	auth,
	statuses,
	authorize: (request, { api_key }) => withBasic(request, 'api', api_key),
	/** https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/domains/get-v4-domains--name- */
	async check(http, credentials) {
		const { domain } = (await http.send({ method: 'GET', url: url(credentials, `/v4/domains/${credentials.domain}`) })).json() as {
			domain?: { name?: string; state?: string };
		};
		if (domain?.state !== undefined && domain.state !== 'active')
			throw new Failure('denied', `The Mailgun domain is ${domain.state}. Verify it in Mailgun under Domains.`, { code: 'config', vendorCode: domain.state });
		if (credentials.template) requireTemplate((await http.send(templateRequest(credentials, credentials.template))).json());
		return { label: `${domain?.name ?? credentials.domain} (${credentials.region === 'eu' ? 'European Union' : 'United States'})` };
	},
	failure(response) {
		if (response.status < 400) return undefined;
		const { message = '' } = response.json() as { message?: string };
		if (response.status === 400 && /\bto\b.*\bnot a valid address/i.test(message))
			return new Failure('invalid', 'The e-mail address is not valid. Correct it in the account.', { code: 'invalid_recipient' });
		if (response.status === 403 && /not allowed to send/i.test(message))
			return new Failure(
				'denied',
				'Mailgun does not let this domain send to that address. A sandbox domain or a free account sends to authorized recipients only.',
				{
					code: 'config',
				},
			);
		return undefined;
	},
	send: {
		channels: ['email'],
		idempotency: 'search',
		/** https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/messages/post-v3--domain-name--messages */
		async message(http, credentials, message) {
			const sent = await http.send({
				method: 'POST',
				url: url(credentials, `/v3/${credentials.domain}/messages`),
				body: multipart(mail(credentials, message)),
			});
			const { id } = sent.json() as { id?: string };
			if (!id) throw new Failure('broken', 'Mailgun took the mail but gave no id for it. Look it up in the logs of Mailgun.', { outcomeUnknown: true });
			return { externalId: bare(id), status: 'sent', rawStatus: 'queued' };
		},
		/** https://documentation.mailgun.com/docs/mailgun/api-reference/send/mailgun/events/get-v3--domain-name--events */
		async find(http, credentials, message) {
			const attempted = Date.parse(message.attemptedAt);
			// A minute of tolerance for two clocks.
			const query = { begin: Math.floor(attempted / 1000) - 60, ascending: 'yes', recipient: message.to, limit: 300 };
			const answer = await http.send({ method: 'GET', url: url(credentials, `/v3/${credentials.domain}/events`), query });
			const { items = [] } = answer.json() as { items?: MailEvent[] };
			const found = items
				.filter((event) => event['user-variables']?.[REFERENCE] === message.reference && !IGNORED.has(event.event) && !OPT_OUTS.has(event.event))
				.at(-1);
			if (found) return resultOf(found);
			const passed = Date.parse(answer.headers['date'] ?? '') - attempted;
			if (passed > LISTED_AFTER_MS && passed < LISTED_FOR_MS && items.length < 300) return undefined;
			throw new Failure('unavailable', 'Mailgun does not list the mail, which proves nothing yet. Look it up in the logs of Mailgun.', {
				outcomeUnknown: true,
			});
		},
	},
	webhook: {
		/** https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks */
		verify(request, credentials, now) {
			const { timestamp, token, signature } = signatureOf(request);
			const key = credentials.webhook_signing_key;
			// Ten digits: with nothing between them, a digit of the token could pass for one of the time.
			if (!key || !token || !/^\d{10}$/.test(timestamp) || !sameText(hmac('sha256', key, timestamp + token, 'hex'), signature)) throw badSignature('Mailgun');
			requireFresh('Mailgun', timestamp, now, RETRIED_SECONDS);
		},
		/** The signature covers the token and not the event: a token that came before brings nothing new. */
		once: (request) => signatureOf(request).token,
		parse(request, now): VendorEvent[] {
			const event = (jsonBody(request) as { 'event-data'?: Partial<MailEvent> | null })['event-data'];
			return typeof event?.event !== 'string' || IGNORED.has(event.event) ? [] : eventsOf(event as MailEvent, now);
		},
		/** Anything but 200 or 406 is delivered again. */
		answer: { type: 'text/plain', body: 'OK' },
		setup:
			'In Mailgun under Sending, Webhooks choose the domain and enter this address for delivered messages, permanent failures, temporary failures, unsubscribes and spam complaints. Copy the HTTP webhook signing key into this connection.',
	},
});

function mail({ template }: Credentials, message: OutgoingMessage): Field[] {
	const { text, html, fromName } = message;
	const body: Field[] = template
		? [
				['template', template],
				['t:variables', JSON.stringify(merged(message))],
			]
		: html
			? [['html', html]]
			: [];
	return [
		['from', fromName ? `"${fromName.replace(/[\\"]/g, '\\$&')}" <${message.from}>` : message.from],
		// One address: without recipient variables, all of one call see each other.
		['to', message.to],
		['subject', subjectOf(message)],
		['text', text],
		...body,
		['o:tag', 'dunwell'],
		// Tracking would rewrite the pay link to another host and tell Mailgun what a patient reads.
		['o:tracking', 'no'],
		// What is owed to a doctor does not travel in clear: a server without TLS gets nothing.
		['o:require-tls', 'yes'],
		...Object.entries(oneClick(message)).map(([name, value]): Field => [`h:${name}`, value]),
		[`v:${REFERENCE}`, message.reference],
	];
}

const templateRequest = (credentials: Credentials, template: string): VendorRequest => ({
	method: 'GET',
	url: url(credentials, `/v3/${credentials.domain}/templates/${encodeURIComponent(template)}`),
	query: { active: 'yes' },
});

function requireTemplate(answer: unknown): void {
	const { template } = answer as { template?: { version?: { template?: string } } };
	if (!showsWords(template?.version?.template ?? ''))
		throw new Failure(
			'invalid',
			'The Mailgun template shows neither {{{html}}} nor {{text}}, so patients would get a mail without its words. Correct it in Mailgun.',
			{
				code: 'config',
			},
		);
}

interface MailEvent {
	event: string;
	id?: string;
	timestamp?: number;
	recipient?: string;
	severity?: string;
	reason?: string;
	'delivery-status'?: { code?: number | string; 'enhanced-code'?: string };
	'user-variables'?: Record<string, string>;
	message?: { headers?: { 'message-id'?: string } };
}

function signatureOf(request: RawRequest): { timestamp: string; token: string; signature: string } {
	try {
		const { signature } = JSON.parse(Buffer.from(request.body).toString('utf8')) as { signature?: Record<string, unknown> };
		const { timestamp, token, signature: given } = signature ?? {};
		return { timestamp: String(timestamp ?? ''), token: String(token ?? ''), signature: String(given ?? '') };
	} catch {
		throw badSignature('Mailgun');
	}
}

/** The answer to a send has the id in angle brackets, events have it without. */
const bare = (id: string): string => id.replace(/^<|>$/g, '');
const wordOf = (event: MailEvent): string => (event.event === 'failed' ? `${event.severity === 'temporary' ? 'temporary' : 'permanent'}_fail` : event.event);
const resultOf = (event: MailEvent): SendResult => ({
	externalId: bare(event.message?.headers?.['message-id'] ?? ''),
	status: statusOf({ statuses }, wordOf(event)),
	rawStatus: wordOf(event),
});

function eventsOf(event: MailEvent, now: string): VendorEvent[] {
	const at = event.timestamp ? new Date(event.timestamp * 1000).toISOString() : now;
	const { externalId, status, rawStatus } = resultOf(event);
	const id = event.id ?? `${externalId}:${rawStatus}:${event.timestamp}`;
	const optOut = (how: string): VendorEvent[] =>
		event.recipient ? [{ id: `${id}:opt_out`, type: 'opt_out', channel: 'email', address: event.recipient, how, at }] : [];
	if (OPT_OUTS.has(event.event)) return optOut(event.event);
	const { reason = '' } = event;
	const code = reason.startsWith('suppress-') ? reason : String(event['delivery-status']?.code ?? '');
	const reference = event['user-variables']?.[REFERENCE];
	const innocent = INNOCENT.has(reason) || event.event === 'rejected';
	const fault = status === 'undelivered' ? (innocent ? 'none' : faultOf(event['delivery-status']?.['enhanced-code'])) : undefined;
	return [
		{
			id,
			type: 'delivery',
			externalId: externalId || (reference ?? ''),
			...(reference && { reference }),
			status,
			rawStatus,
			...(status === 'undelivered' && /^[\w.-]{1,60}$/.test(code) && { code }),
			...(fault && { fault }),
			at,
		},
		...(SUPPRESSED.has(reason) ? optOut(reason) : []),
	];
}
