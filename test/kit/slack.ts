/**
 * Slack on this machine, as far as Dunwell uses it: posts and changes messages of channels and answers as badly as a
 * test asks. https://docs.slack.dev/reference/methods/chat.postMessage
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SlackCall {
	method: 'chat.postMessage' | 'chat.update';
	channel: string;
	/** Of the message that was posted or changed. */
	ts: string;
	/** The message whose thread it answers in. */
	thread?: string;
	text: string;
	/** The line of facts under the text: severity, due day, link. */
	facts: string;
}

/** `hold`: taken, never answered. `refuse`: an error of Slack's. `down`: 503. */
export type SlackTreatment = 'hold' | 'down' | { refuse: string } | undefined;

export interface Slack extends AsyncDisposable {
	url: string;
	calls: SlackCall[];
	/** May be replaced at any time. */
	treat(call: SlackCall): SlackTreatment;
	/** What each channel shows now, oldest first. */
	shows(channel: string): string[];
}

export const SLACK_CREDENTIALS = { bot_token: 'xoxb-not-a-real-token' };

export async function startSlack(): Promise<Slack> {
	let posted = 0;
	const shown = new Map<string, { channel: string; text: string }>();
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const method = (request.url ?? '').split('/').pop() as SlackCall['method'];
			const answer = (status: number, body: object) => {
				response.writeHead(status, { 'content-type': 'application/json' });
				response.end(JSON.stringify(body));
			};
			if ((method as string) === 'auth.test') return answer(200, { ok: true, team: 'Practice', user: 'dunwell' });
			const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
			if (!body.ts) posted += 1;
			const ts = body.ts ?? `1700000000.${String(posted).padStart(6, '0')}`;
			const call: SlackCall = { method, channel: body.channel, ts, text: body.text, facts: body.blocks?.[2]?.elements?.[0]?.text ?? '' };
			if (body.thread_ts) call.thread = body.thread_ts;
			slack.calls.push(call);
			const treatment = slack.treat(call);
			if (treatment === 'hold') return;
			if (treatment === 'down') return answer(503, {});
			if (treatment) return answer(200, { ok: false, error: treatment.refuse });
			shown.set(`${call.channel}:${ts}`, { channel: call.channel, text: call.text });
			answer(200, { ok: true, channel: call.channel, ts });
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const slack: Slack = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		calls: [],
		treat: () => undefined,
		shows: (channel) => [...shown.values()].filter((message) => message.channel === channel).map((message) => message.text),
		async [Symbol.asyncDispose]() {
			server.closeAllConnections();
			await new Promise((done) => server.close(done));
		},
	};
	return slack;
}
