/** The app over the real catalogue, and a server that speaks the service's contract and remembers every request. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import zapier, { type Bundle } from 'zapier-platform-core';
import type { Action, Operation } from '../../shared/contracts/operation.ts';
import type { TSchema } from '../../shared/contracts/schema.ts';
import { errorsOf } from '../../shared/contracts/validate.ts';
import { catalogue } from '../../shared/operations/registry.ts';
import { createApp, type PureOperation } from '../../zapier-app/src/app.ts';
import type { Definition } from '../../zapier-app/src/definition.ts';
import { derive, zapierInput } from '../../zapier-app/src/derive.ts';

export const KEY = 'test_pr7k2m_sEcReT-do_not_show';

export const onZapier: readonly Operation[] = catalogue.filter(({ surfaces }) => surfaces.includes('zapier'));
export const triggers = onZapier.filter(({ kind }) => kind === 'trigger');
export const actions = onZapier.filter((operation): operation is Action => operation.kind !== 'trigger');

const pureParts = (): Record<string, PureOperation> =>
	Object.fromEntries(
		actions
			.filter(({ pure }) => pure)
			.map((operation) => {
				const schema = zapierInput(operation) as unknown as TSchema;
				return [
					operation.key,
					{
						validate: (input: unknown) => errorsOf(schema, input),
						run: (input: unknown, now: number) => operation.run({ now, service: undefined as never }, input as never),
					},
				];
			}),
	);

export const testApp = (timeoutMs?: number, definition: Definition = derive(catalogue)) =>
	createApp({ definition, pure: pureParts(), version: '0.1.0', platformVersion: zapier.version, ...(timeoutMs === undefined ? {} : { timeoutMs }) });

export type TestApp = ReturnType<typeof testApp>;

export interface Seen {
	method: string;
	url: string;
	headers: IncomingHttpHeaders;
	body: string;
}

export interface Answer {
	status?: number;
	/** Sent as it is when it is text, else as JSON. */
	body?: unknown;
	headers?: Record<string, string>;
	/** Never answers. */
	silent?: true;
}

export interface FakeService {
	url: string;
	seen: Seen[];
	/** What to answer from now on. */
	answer: (request: Seen) => Answer;
	close(): Promise<void>;
}

export async function fakeService(): Promise<FakeService> {
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString('utf8') };
			service.seen.push(seen);
			const { status = 200, body = {}, headers = {}, silent } = service.answer(seen);
			if (silent) return;
			response.writeHead(status, { 'content-type': typeof body === 'string' ? 'text/html' : 'application/json', ...headers });
			response.end(typeof body === 'string' ? body : JSON.stringify(body));
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const service: FakeService = {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		seen: [],
		answer: () => ({}),
		close: () =>
			new Promise((resolve) => {
				server.closeAllConnections();
				server.close(() => resolve());
			}),
	};
	return service;
}

/** A bundle as Zapier hands it over. */
export const bundleFor = (service: { url: string }, inputData: Record<string, unknown> = {}, more: object = {}): Bundle =>
	({ authData: { service_url: service.url, api_key: KEY }, inputData, inputDataRaw: {}, meta: {}, ...more }) as unknown as Bundle;

type Perform = (z: never, bundle: never) => unknown;

/** Runs a function of the app the way Zapier does, with core's own checks of the result. */
export const runIn = (app: TestApp, method: Perform, bundle: Bundle): Promise<never> =>
	zapier.createAppTester(app)(method as never, bundle as never) as Promise<never>;

/** Values as a Zap may carry them: text instead of numbers and booleans, an instant for a day. */
export function asText(value: unknown): unknown {
	if (typeof value === 'number' || typeof value === 'boolean') return String(value);
	if (Array.isArray(value)) return value.map(asText);
	if (value !== null && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asText(item)]));
	return value;
}
