import { Failure, invalidField } from '../contracts/failure.ts';
import { defineProvider, statusOf, type VendorEvent, type VendorHttp, type VendorRequest, type WorkResult } from '../contracts/provider.ts';
import { object, optional, type Static, secret, text, uri } from '../contracts/schema.ts';
import { CHANNELS, type Channel, type DeliveryStatus } from '../contracts/words.ts';
import { at, factFrom, fieldMap } from './field-map.ts';
import { badSignature, hmac, jsonBody, requireFresh, sameText } from './signing.ts';

const auth = object({
	secret: secret(
		'Signing secret',
		'Both sides sign with it, as Standard Webhooks describes. Choose 24 random bytes or more, written as whsec_ and base64; any other text is used as it is.',
		{ minLength: 16 },
	),
	url: optional(uri('URL', 'The https address of your system that takes messages and staff work as JSON. Leave it empty to receive only.')),
	fields: optional(
		text(
			'Field map',
			'JSON that says where your system puts what: our field and a dotted path into your body, such as {"records": "data.rows", "kind": "=balance", "your_reference": "patient.account", "invoice": "no", "amount": "open", "currency": "=USD", "as_of": "changed"}. A value after = is used as it is. Leave it empty when your fields have our names.',
			{ maxLength: 8000 },
		),
	),
});
type Credentials = Static<typeof auth>;

const statuses: Record<string, DeliveryStatus> = {
	accepted: 'sent',
	queued: 'sent',
	sent: 'sent',
	delivered: 'delivered',
	undelivered: 'undelivered',
	failed: 'undelivered',
	bounced: 'undelivered',
};

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
function signature(credentials: Credentials, id: string, seconds: string, body: Uint8Array): string {
	const key = credentials.secret.startsWith('whsec_') ? Buffer.from(credentials.secret.slice(6), 'base64') : Buffer.from(credentials.secret);
	return `v1,${hmac('sha256', key, Buffer.concat([Buffer.from(`${id}.${seconds}.`), body]), 'base64')}`;
}

/** Any system without a file of its own. */
export default defineProvider({
	id: 'generic',
	label: 'Any system (webhook)',
	docs: 'https://www.standardwebhooks.com/',
	hosts: [],
	auth,
	statuses,
	/** Signs the very bytes that are sent, so JSON is written here. */
	authorize(request, credentials, now): VendorRequest {
		const { json, ...rest } = request;
		const bytes = Buffer.from(JSON.stringify(json));
		const id = request.headers?.['idempotency-key'] ?? '';
		const seconds = String(Math.floor(now / 1000));
		return {
			...rest,
			headers: { ...request.headers, 'webhook-id': id, 'webhook-timestamp': seconds, 'webhook-signature': signature(credentials, id, seconds, bytes) },
			body: { bytes, type: 'application/json' },
		};
	},
	/** A body of type `check` is asked to be answered with 2xx and nothing else. */
	async check(http, credentials) {
		fieldMap(credentials.fields);
		if (!credentials.url) return { label: 'Incoming webhook' };
		await post(http, credentials, 'check', 'check', {});
		return { label: new URL(credentials.url).host };
	},
	send: {
		channels: Object.keys(CHANNELS) as Channel[],
		idempotency: 'header',
		async message(http, credentials, { idempotencyKey, callbackUrl, fromName, unsubscribeUrl, ...message }) {
			const data = {
				...message,
				...(fromName && { from_name: fromName }),
				...(unsubscribeUrl && { unsubscribe_url: unsubscribeUrl }),
				callback_url: callbackUrl,
			};
			const { id, status } = await post(http, credentials, 'message', idempotencyKey, data);
			const word = status ?? 'accepted';
			return { externalId: id ?? message.reference, status: statusOf({ statuses }, word), rawStatus: word };
		},
	},
	work: {
		open: (http, credentials, item) => work(http, credentials, 'work.opened', item.reference, item),
		update: (http, credentials, externalId, item) => work(http, credentials, 'work.updated', externalId, item),
		async close(http, credentials, externalId, item) {
			await work(http, credentials, 'work.closed', externalId, item);
		},
	},
	webhook: {
		verify({ headers, body }, credentials, now) {
			const [id, seconds, given] = [headers['webhook-id'], headers['webhook-timestamp'], headers['webhook-signature'] ?? ''];
			const expected = id && seconds ? signature(credentials, id, seconds, body) : undefined;
			if (!expected || !given.split(' ').some((one) => sameText(one, expected))) throw badSignature('the sender');
			requireFresh('the sender', seconds, now);
		},
		/** A body of our own type (delivery, reply, opt_out) or records by the field map. @throws Failure `invalid` that names the field, never its value */
		parse(request, now, credentials): VendorEvent[] {
			const id = request.headers['webhook-id'] ?? '';
			const body = jsonBody(request);
			const own = ownEvent(body, id, now);
			if (own) return [own];
			const map = fieldMap(credentials.fields);
			const found = map['records'] ? at(body, map['records']) : body;
			const records = Array.isArray(found) ? (found as unknown[]) : [found];
			return records.length === 0
				? []
				: [{ id, type: 'facts', facts: records.map((record, index) => factFrom(record, map, { source: 'generic', place: `records.${index}`, now })) }];
		},
		setup:
			'Let your system POST JSON to this address, signed as Standard Webhooks describes (headers webhook-id, webhook-timestamp, webhook-signature) with the signing secret of this connection.',
	},
});

async function post(http: VendorHttp, credentials: Credentials, type: string, key: string, data: object): Promise<{ id?: string; status?: string }> {
	if (!credentials.url)
		throw new Failure('invalid', 'This connection only receives. Enter the URL that takes messages and staff work.', { code: 'url_missing' });
	// The receiver keeps the key, so the same call twice is one.
	const response = await http.send({ method: 'POST', url: credentials.url, headers: { 'idempotency-key': key }, json: { type, data }, idempotent: true });
	const answer = /^\s*\{/.test(response.text) ? (response.json() as { id?: unknown; status?: unknown }) : {};
	return { ...(typeof answer.id === 'string' && answer.id !== '' && { id: answer.id }), ...(typeof answer.status === 'string' && { status: answer.status }) };
}

async function work(
	http: VendorHttp,
	credentials: Credentials,
	type: string,
	externalId: string,
	{ dueDate, ...item }: { reference: string; dueDate?: string; title: string; severity: string },
): Promise<WorkResult> {
	// An update differs from the one before by what it says.
	const key = `${type}:${item.reference}:${hmac('sha256', item.reference, JSON.stringify([item, dueDate]), 'hex').slice(0, 16)}`;
	const { id } = await post(http, credentials, type, key, { ...item, ...(dueDate && { due_date: dueDate }), external_id: externalId });
	return { externalId: type === 'work.opened' ? (id ?? externalId) : externalId };
}

function ownEvent(body: unknown, id: string, now: string): VendorEvent | undefined {
	const { type, data } = (body ?? {}) as { type?: unknown; data?: Record<string, unknown> };
	if (!data || !['delivery', 'reply', 'opt_out'].includes(String(type))) return undefined;
	const word = (name: string) => (typeof data[name] === 'string' ? (data[name] as string) : undefined);
	const need = (name: string) => word(name) ?? refuse(`data.${name}`, 'must be text');
	const when = word('at') ?? now;
	if (type === 'delivery') {
		const reference = word('reference');
		return {
			id,
			type,
			externalId: word('id') ?? reference ?? need('reference'),
			...(reference && { reference }),
			status: statusOf({ statuses }, need('status')),
			rawStatus: need('status'),
			at: when,
		};
	}
	const channel = Object.hasOwn(CHANNELS, need('channel'))
		? (need('channel') as Channel)
		: refuse('data.channel', `must be one of ${Object.keys(CHANNELS).join(', ')}`);
	if (type === 'reply') return { id, type, channel, from: need('from'), text: need('text'), at: when };
	return { id, type: 'opt_out', channel, address: need('address'), how: word('how') ?? 'reported', at: when };
}

function refuse(field: string, must: string): never {
	throw invalidField(field, `"${field}" ${must}. Correct it at the sender.`);
}
