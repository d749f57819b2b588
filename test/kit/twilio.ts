/**
 * Twilio on this machine, as far as Dunwell uses it: takes messages and calls, keeps them, lists them, and answers as
 * slowly or as badly as a test asks. https://www.twilio.com/docs/messaging/api/message-resource
 */
import { createHmac, randomBytes } from 'node:crypto';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Sent {
	sid: string;
	to: string;
	from: string;
	body: string;
	channel: 'sms' | 'voice';
	callback: string;
	at: number;
}

/** What becomes of one request to send: taken (201) unless it says otherwise. */
export interface Treatment {
	status?: number;
	headers?: Record<string, string>;
	body?: string | object;
	/** Milliseconds before the answer; the message is taken at once. */
	delayMs?: number;
	/** `hold`: taken, never answered. `drop`: not taken, the connection breaks. `take_and_drop`: taken, then it breaks. */
	instead?: 'hold' | 'drop' | 'take_and_drop';
}

export interface Twilio extends AsyncDisposable {
	url: string;
	/** Every request to send that arrived, in order, taken or not. */
	requests: Sent[];
	/** What Twilio would deliver. */
	taken: Sent[];
	/** How many look-ups of sent messages came. */
	lookups: number;
	/** May be replaced at any time. */
	treat(sent: Sent, nth: number): Treatment | undefined;
	/** Whether the list shows what was taken. */
	lists: boolean;
	/** Milliseconds since 1970, for the dates it gives. */
	now(): number;
	/** Resolves when so many requests have arrived. */
	arrived(count: number): Promise<void>;
}

export const TWILIO_CREDENTIALS = { account_sid: `AC${'0123456789abcdef'.repeat(2)}`, auth_token: 'fedcba9876543210fedcba9876543210' };

export async function startTwilio(treat: Twilio['treat'] = () => undefined): Promise<Twilio> {
	const waiting: { count: number; done: () => void }[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const path = new URL(request.url ?? '/', 'http://twilio');
			const channel = path.pathname.endsWith('/Calls.json') ? 'voice' : 'sms';
			if (request.method === 'POST') return take(new URLSearchParams(Buffer.concat(chunks).toString('utf8')), channel, response);
			if (!/\/(Messages|Calls)\.json$/.test(path.pathname)) return json(response, 200, { friendly_name: 'Local Twilio', status: 'active' });
			twilio.lookups += 1;
			const listed = twilio.lists ? twilio.taken.filter((sent) => sent.channel === channel && sent.to === path.searchParams.get('To')) : [];
			const shown = listed
				.toReversed()
				.map((sent) => ({ sid: sent.sid, status: 'sent', date_created: new Date(sent.at).toUTCString(), body: sent.body, from: sent.from }));
			return json(response, 200, { [channel === 'sms' ? 'messages' : 'calls']: shown, next_page_uri: null });
		});
	});

	function take(form: URLSearchParams, channel: Sent['channel'], response: ServerResponse): void {
		const field = (name: string): string => form.get(name) ?? '';
		const sent: Sent = {
			sid: `${channel === 'sms' ? 'SM' : 'CA'}${randomBytes(16).toString('hex')}`,
			to: field('To'),
			from: field('From'),
			body: field('Body'),
			channel,
			callback: field('StatusCallback'),
			at: twilio.now(),
		};
		twilio.requests.push(sent);
		const { status = 201, headers = {}, body, delayMs = 0, instead } = twilio.treat(sent, twilio.requests.length) ?? {};
		if (instead !== 'drop' && status < 300) twilio.taken.push(sent);
		for (const { count, done } of waiting) if (twilio.requests.length >= count) done();
		if (instead === 'hold') return;
		if (instead !== undefined) return void response.destroy();
		setTimeout(() => json(response, status, body ?? { sid: sent.sid, status: 'queued', date_created: new Date(sent.at).toUTCString() }, headers), delayMs);
	}

	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const twilio: Twilio = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		requests: [],
		taken: [],
		lookups: 0,
		treat,
		lists: true,
		now: Date.now,
		arrived: (count) => new Promise((done) => (twilio.requests.length >= count ? done() : waiting.push({ count, done }))),
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
	return twilio;
}

function json(response: ServerResponse, status: number, body: string | object, headers: Record<string, string> = {}): void {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json', ...headers });
	response.end(text);
}

/** A status callback or an incoming message, signed as Twilio signs. https://www.twilio.com/docs/usage/webhooks/webhooks-security */
export function signedCallback(publicAddress: string, fields: Record<string, string>): { headers: Record<string, string>; body: string } {
	const text =
		publicAddress +
		Object.keys(fields)
			.sort()
			.map((name) => name + fields[name])
			.join('');
	return {
		headers: {
			'content-type': 'application/x-www-form-urlencoded',
			'x-twilio-signature': createHmac('sha1', TWILIO_CREDENTIALS.auth_token).update(text).digest('base64'),
		},
		body: new URLSearchParams(fields).toString(),
	};
}
