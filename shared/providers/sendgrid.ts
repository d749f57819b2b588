import { createPublicKey, verify } from 'node:crypto';
import { Failure } from '../contracts/failure.ts';
import { defineProvider, type OutgoingMessage, statusOf, type VendorEvent } from '../contracts/provider.ts';
import { choice, object, optional, type Static, secret, text, whole } from '../contracts/schema.ts';
import type { DeliveryStatus } from '../contracts/words.ts';
import { faultOf, merged, oneClick, showsWords, subjectOf } from './mail.ts';
import { badSignature, jsonBody, objectsOf, requireFresh } from './signing.ts';
import { byWord } from './words.ts';

const auth = object({
	api_key: secret('API key', 'Starts with SG. Create it in SendGrid under Settings, API Keys, with Restricted Access: Mail Send.'),
	region: optional(
		choice({ global: 'Global', eu: 'European Union' }, 'Region', 'Where the SendGrid subuser lives. Global unless the account was made for the EU region.'),
	),
	webhook_public_key: optional(
		text('Webhook verification key', 'Shown in SendGrid under Settings, Mail Settings, Event Webhook, after switching on Signed Event Webhook.'),
	),
	unsubscribe_group: optional(
		whole('Unsubscribe group', "The group's number under Suppressions, Unsubscribe Groups. Reminders are then kept apart from other mail.", { minimum: 1 }),
	),
	template_id: optional(
		text(
			'Dynamic template',
			'Starts with d-. Its subject must be {{{subject}}}, its content must show {{{html}}} or {{text}}, and the key needs Template Engine, Read Access. Left empty, mails go out as Dunwell writes them.',
			{ pattern: '^d-[0-9a-f]{32}$' },
		),
	),
});
type Credentials = Static<typeof auth>;

/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event */
const statuses = byWord<DeliveryStatus>({ sent: 'accepted processed deferred', delivered: 'delivered', undelivered: 'bounce dropped' });
/** What a patient does with a delivered mail is nobody's business here, and coming back to a group proves no consent. */
const IGNORED = new Set(['open', 'click', 'group_resubscribe']);
/** Reasons to drop a mail that are the patient's own will; a bounced or invalid address is none. */
const SUPPRESSED = new Set(['Unsubscribed Address', 'Spam Reporting Address']);
const OPT_OUTS = new Set(['spamreport', 'unsubscribe', 'group_unsubscribe']);
/** Our reference as a custom argument: it comes back as a top-level key of each event. */
const REFERENCE = 'dunwell_reference';
const SIGNATURE = 'x-twilio-email-event-webhook-signature';
const TIMESTAMP = 'x-twilio-email-event-webhook-timestamp';

const url = (credentials: Credentials, path: string): string => `https://api${credentials.region === 'eu' ? '.eu' : ''}.sendgrid.com/v3${path}`;

export default defineProvider({
	id: 'sendgrid',
	label: 'SendGrid',
	docs: 'https://www.twilio.com/docs/sendgrid/api-reference',
	hosts: ['api.sendgrid.com', 'api.eu.sendgrid.com'],
	/** Ours: SendGrid takes far more from a warm sender, and a new one's mail is trusted more when it comes evenly. */
	rate: { perSecond: 10, account: ({ api_key }) => api_key },
	auth,
	statuses,
	authorize: (request, credentials) => ({ ...request, headers: { ...request.headers, authorization: `Bearer ${credentials.api_key}` } }),
	/** https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions/retrieve-a-list-of-scopes-for-which-this-user-has-access */
	async check(http, credentials) {
		const { scopes = [] } = (await http.send({ method: 'GET', url: url(credentials, '/scopes') })).json() as { scopes?: string[] };
		if (!scopes.includes('mail.send'))
			throw new Failure('denied', 'The SendGrid API key may not send mail. Give it the permission Mail Send.', { code: 'config' });
		if (credentials.unsubscribe_group !== undefined && scopes.includes('asm.groups.read'))
			await http.send({ method: 'GET', url: url(credentials, `/asm/groups/${credentials.unsubscribe_group}`) });
		if (credentials.template_id) requireTemplate((await http.send({ method: 'GET', url: url(credentials, `/templates/${credentials.template_id}`) })).json());
		return { label: `SendGrid (${credentials.region === 'eu' ? 'European Union' : 'global'})` };
	},
	failure(response) {
		if (response.status < 400) return undefined;
		const error = (response.json() as { errors?: { message?: string; field?: string | null }[] }).errors?.[0];
		if (response.status === 401 && /maximum credits exceeded/i.test(error?.message ?? ''))
			return new Failure('denied', 'The SendGrid plan has no mails left. Raise the plan or wait for its renewal.', {
				code: 'config',
				vendorCode: 'maximum_credits_exceeded',
			});
		// Some of SendGrid's answers carry the text "null" for no field.
		if (!error?.field || error.field === 'null' || response.status !== 400) return undefined;
		const vendorCode = error.field.slice(0, 80);
		if (/^personalizations\.\d+\.to/.test(vendorCode))
			return new Failure('invalid', 'The e-mail address is not valid. Correct it in the account.', { code: 'invalid_recipient', vendorCode });
		return new Failure('invalid', `SendGrid refused the mail because of its field ${vendorCode}. Check the sender and the text of the connection.`, {
			vendorCode,
		});
	},
	send: {
		channels: ['email'],
		idempotency: 'none',
		/** https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send. Answers 202 without a body, or 200 in its sandbox mode. */
		async message(http, credentials, message) {
			const response = await http.send({ method: 'POST', url: url(credentials, '/mail/send'), json: mail(credentials, message) });
			return { externalId: response.headers['x-message-id'] ?? message.reference, status: 'sent', rawStatus: 'accepted' };
		},
	},
	webhook: {
		/** https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features */
		verify(request, credentials, now) {
			const timestamp = request.headers[TIMESTAMP];
			const signed = Buffer.concat([Buffer.from(timestamp ?? ''), request.body]);
			if (!validSignature(credentials.webhook_public_key, signed, request.headers[SIGNATURE])) throw badSignature('SendGrid');
			requireFresh('SendGrid', timestamp, now);
		},
		parse(request, now, credentials) {
			return objectsOf<MailEvent>(jsonBody(request)).flatMap((event) => eventsOf(event, now, credentials));
		},
		setup:
			'In SendGrid under Settings, Mail Settings, Event Webhook enter this address as Post URL, select the delivery events, spam reports and unsubscribes, switch on Signed Event Webhook and copy the verification key into this connection.',
	},
});

function mail(credentials: Credentials, message: OutgoingMessage): object {
	const off = { enable: false };
	const { text, html, fromName } = message;
	const headers = oneClick(message);
	return {
		// One personalization with one address: recipients of the same one see each other.
		personalizations: [
			{
				to: [{ email: message.to }],
				...(credentials.template_id && { dynamic_template_data: merged(message) }),
				custom_args: { [REFERENCE]: message.reference },
			},
		],
		from: { email: message.from, ...(fromName && { name: fromName }) },
		subject: subjectOf(message),
		// A template's own subject and content would win over these.
		...(credentials.template_id
			? { template_id: credentials.template_id }
			: { content: [{ type: 'text/plain', value: text }, ...(html ? [{ type: 'text/html', value: html }] : [])] }),
		...(message.unsubscribeUrl && { headers }),
		// One word for all of them: categories are statistics, and nothing in them may say what a patient owes.
		categories: ['dunwell'],
		...(credentials.unsubscribe_group && { asm: { group_id: credentials.unsubscribe_group } }),
		// Tracking would rewrite the pay link to another host and tell SendGrid what a patient reads.
		tracking_settings: { click_tracking: { enable: false, enable_text: false }, open_tracking: off, subscription_tracking: off, ganalytics: off },
	};
}

/** Contents are not always told. */
function requireTemplate(answer: unknown): void {
	const { versions = [] } = answer as { versions?: { active?: number; subject?: string; html_content?: string; plain_content?: string }[] };
	const active = versions.find((version) => version.active === 1);
	const content = active && [active.html_content, active.plain_content].filter((one) => one !== undefined);
	const silent = !active || !content || (content.length > 0 && !showsWords(content.join('\n')));
	if (silent || (active.subject !== undefined && !/\{\{\{?\s*subject\b/.test(active.subject)))
		throw new Failure(
			'invalid',
			'The active version of the SendGrid template must have the subject {{{subject}}} and show {{{html}}} or {{text}}, else patients get a mail without its words. Correct it in SendGrid.',
			{ code: 'config' },
		);
}

interface MailEvent {
	event: string;
	email: string;
	timestamp: number;
	sg_event_id?: string;
	sg_message_id?: string;
	type?: string;
	reason?: string;
	status?: string;
	asm_group_id?: number;
	[REFERENCE]?: string;
}

function eventsOf(event: MailEvent, now: string, credentials: Credentials): VendorEvent[] {
	if (typeof event.event !== 'string' || IGNORED.has(event.event)) return [];
	const at = event.timestamp ? new Date(event.timestamp * 1000).toISOString() : now;
	const id = event.sg_event_id ?? `${event.sg_message_id}:${event.event}:${event.timestamp}`;
	const optOut = (how: string): VendorEvent => ({ id: `${id}:opt_out`, type: 'opt_out', channel: 'email', address: event.email, how, at });
	if (OPT_OUTS.has(event.event)) {
		const otherGroup =
			event.event === 'group_unsubscribe' && credentials.unsubscribe_group !== undefined && event.asm_group_id !== credentials.unsubscribe_group;
		return otherGroup ? [] : [optOut(event.event)];
	}
	// A bounce's reason quotes the mail server, address included; the enhanced status (5.1.1) says enough.
	const code = event.event === 'dropped' ? event.reason : (event.status ?? event.type);
	const reference = event[REFERENCE];
	const status = statusOf({ statuses }, event.event);
	// Dropped for the mailbox's sake are mails to one that bounced before or is none; blocked ones were refused for the sender's.
	const innocent = event.event === 'dropped' ? !/^(bounced address|invalid)/i.test(event.reason ?? '') : event.type === 'blocked';
	const fault = status === 'undelivered' ? (innocent ? 'none' : faultOf(event.status)) : undefined;
	const delivery: VendorEvent = {
		id,
		type: 'delivery',
		// The id of the send answer is the part before the first dot.
		externalId: event.sg_message_id?.split('.')[0] ?? reference ?? '',
		...(reference && { reference }),
		status,
		rawStatus: event.event,
		...(code && /^[\w .-]{1,60}$/.test(code) && { code }),
		...(fault && { fault }),
		at,
	};
	return event.event === 'dropped' && SUPPRESSED.has(event.reason ?? '') ? [delivery, optOut('suppressed')] : [delivery];
}

/** The key is a base64 SubjectPublicKeyInfo; a key or signature that is none is a wrong one. */
function validSignature(key: string | undefined, signed: Uint8Array, signature: string | undefined): boolean {
	if (!key || !signature) return false;
	try {
		return verify('sha256', signed, createPublicKey({ key: Buffer.from(key, 'base64'), format: 'der', type: 'spki' }), Buffer.from(signature, 'base64'));
	} catch {
		return false;
	}
}
