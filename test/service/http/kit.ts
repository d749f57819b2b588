/** A real service on a real port over a database of its own. */
import type { AddressInfo } from 'node:net';
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import type { Ledger } from '../../../shared/ledger/open.ts';
import { decrypt, encrypt, secretKey } from '../../../shared/ledger/secrets.ts';
import { providers } from '../../../shared/providers/registry.ts';
import { readConfig } from '../../../shared/service/config.ts';
import { type App, type AppOptions, createApp } from '../../../shared/service/http/app.ts';
import type { Caller, Deps, UseCases } from '../../../shared/service/types.ts';
import { emptyFolder, openTestLedger } from '../../kit/database.ts';

export interface TestService {
	deps: Deps;
	app: App;
	url: string;
	/** Lines of the log, as objects. */
	logged: Record<string, unknown>[];
	clock: { now: number };
	call(method: string, path: string, options?: CallOptions): Promise<Reply>;
	close(): Promise<void>;
}

export interface CallOptions {
	key?: string | undefined;
	body?: unknown;
	/** Sent as it is. */
	raw?: string | Uint8Array;
	headers?: Record<string, string>;
}

export interface Reply {
	status: number;
	headers: Headers;
	text: string;
	// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
	json: any;
}

export const OPERATOR_KEY = `operator_${'k'.repeat(43)}`;

export async function startService(
	make: (deps: Deps) => UseCases,
	options: AppOptions & { env?: Record<string, string>; database?: Ledger['kind'] } = {},
): Promise<TestService> {
	const { ledger, close } = await openTestLedger(options.database ?? 'embedded');
	const folder = emptyFolder();
	const dataDir = folder.path;
	const clock = { now: Date.parse('2026-11-24T15:00:00Z') };
	const logged: Record<string, unknown>[] = [];
	const config = readConfig({ DUNWELL_DATA: dataDir, DUNWELL_OPERATOR_KEY: OPERATOR_KEY, DUNWELL_PUBLIC_URL: 'https://dunwell.example', ...options.env });
	const key = secretKey({ dataDir, production: false, variable: undefined });
	const deps: Deps = {
		config,
		ledger,
		now: () => clock.now,
		log: pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) }),
		providers,
		secrets: { seal: (label, text) => encrypt(key, text, label), open: (label, sealed) => decrypt(key, sealed, label) },
		processId: 'test',
	};
	const app = createApp(deps, make(deps), options);
	const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
		const started = serve({ fetch: app.app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started));
	});
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return {
		deps,
		app,
		url,
		logged,
		clock,
		call: (method, path, callOptions) => call(url, method, path, callOptions),
		async close() {
			await new Promise((resolve) => server.close(resolve));
			await close();
			folder.remove();
		},
	};
}

export async function call(url: string, method: string, path: string, { key, body, raw, headers = {} }: CallOptions = {}): Promise<Reply> {
	const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
	const response = await fetch(url + path, {
		method,
		redirect: 'manual',
		headers: {
			...(sent === undefined ? {} : { 'content-type': 'application/json' }),
			...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
			...headers,
		},
		...(sent === undefined ? {} : { body: sent as string }),
	});
	const text = await response.text();
	return {
		status: response.status,
		headers: response.headers,
		text,
		json: /json$/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined,
	};
}

/** What a use case was called with. */
export interface Called {
	name: string;
	caller?: Caller;
	input?: unknown;
}

/** Use cases that record how they were called and answer what the test put there: for what the HTTP layer itself does. */
export function recordingUseCases(answers: Record<string, unknown> = {}): { useCases: UseCases; called: Called[] } {
	const called: Called[] = [];
	const answer = (name: string, entry: Omit<Called, 'name'>) => {
		called.push({ name, ...entry });
		const value = answers[name];
		if (value instanceof Error) throw value;
		return Promise.resolve(Object.hasOwn(answers, name) ? value : { items: [] });
	};
	const useCases = {
		forCaller: (caller: Caller) => new Proxy({}, { get: (_target, name) => async (input: unknown) => answer(String(name), { caller, input }) }),
		subscribe: async (caller: Caller, type: string, input: unknown) => answer('subscribe', { caller, input: { type, ...(input as object) } }),
		unsubscribe: async (id: string, secret: string) => answer('unsubscribe', { input: { id, secret } }),
		subscriptions: async (caller: Caller) => answer('subscriptions', { caller }),
		events: async (caller: Caller, type: string, query: object) => answer('events', { caller, input: { type, ...query } }),
		choices: async (caller: Caller, source: string) => answer('choices', { caller, input: source }),
		outbox: async (caller: Caller, limit: number) => answer('outbox', { caller, input: limit }),
		receive: async (vendor: string, secret: string, request: unknown) => answer('receive', { input: { vendor, secret, request } }),
		follow: async (token: string, method: string) => answer('follow', { input: { token, method } }),
		account: async (caller: Caller, ref: string) => answer('account', { caller, input: ref }),
		handlers: {},
		tick: async () => ({ practices: 0 }),
	} as unknown as UseCases;
	return { useCases, called };
}
