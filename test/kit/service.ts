/**
 * The whole service over real HTTP: in this process with a clock of its own, or as the process that `npm start`
 * starts; and a practice that is set up as a person sets one up.
 */
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { serve } from '@hono/node-server';
import { sql } from 'kysely';
import { pino } from 'pino';
import { DEFAULT_POLICY, type Policy } from '../../shared/contracts/policy.ts';
import { type Handlers, type Ledger, openLedger, type Tx } from '../../shared/ledger/open.ts';
import { providers } from '../../shared/providers/registry.ts';
import { readConfig } from '../../shared/service/config.ts';
import { createDeps } from '../../shared/service/deps.ts';
import { createApp } from '../../shared/service/http/app.ts';
import type { Deps, UseCases } from '../../shared/service/types.ts';
import { createUseCases } from '../../shared/service/use-cases.ts';
import { type Child, startChild } from './child.ts';
import { createDatabase, migratedFolder } from './database.ts';
import { TWILIO_CREDENTIALS } from './twilio.ts';

export const OPERATOR_KEY = `operator_${'k'.repeat(43)}`;
export const PUBLIC_URL = 'https://dunwell.example';
/** A Tuesday, noon in New York. */
export const NOON = Date.parse('2026-11-24T17:00:00Z');
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

export interface Answer {
	status: number;
	headers: Headers;
	text: string;
	// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
	json: any;
}

export interface CallOptions {
	body?: unknown;
	/** Sent as it is. */
	raw?: string;
	headers?: Record<string, string>;
}

/** One request. `key` is sent as a bearer token; an empty one is not sent. */
export async function call(url: string, key: string, method: string, path: string, { body, raw, headers = {} }: CallOptions = {}): Promise<Answer> {
	const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
	const response = await fetch(url + path, {
		method,
		redirect: 'manual',
		headers: { ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...(key === '' ? {} : { authorization: `Bearer ${key}` }), ...headers },
		...(sent === undefined ? {} : { body: sent }),
	});
	const text = await response.text();
	return {
		status: response.status,
		headers: response.headers,
		text,
		json: /json$/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined,
	};
}

/** The same for set-up and test data: anything but success ends the test with what the service said. */
export async function must(
	url: string,
	key: string,
	method: string,
	path: string,
	body?: unknown,
	headers: Record<string, string> = {},
): Promise<Answer['json']> {
	const answer = await call(url, key, method, path, { ...(body === undefined ? {} : { body }), headers });
	if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
	return answer.json;
}

export interface Running {
	deps: Deps;
	useCases: UseCases;
	url: string;
	clock: { now: number };
	/** Lines of the log, as objects. */
	logged: Record<string, unknown>[];
	/** Works every job that is due by the clock, until none is. */
	work(): Promise<void>;
	/** Moves the clock, and with it what waits for its time. */
	advance(milliseconds: number): Promise<void>;
	/** Rows as the practice's own role sees them. */
	rows<T>(practiceId: string, read: (tx: Tx) => Promise<T>): Promise<T>;
	close(): Promise<void>;
}

export interface Options {
	kind?: Ledger['kind'];
	/** An existing data folder, which is then kept; else a new one, removed on close. */
	dataDir?: string;
	env?: Record<string, string>;
	vendorUrls?: Record<string, string>;
	now?: number;
	/** Jobs run by themselves, as in `npm start`; else only in `work()`. */
	workers?: boolean;
	/** Replaces parts of what the service is given. */
	deps?: Partial<Deps>;
}

export async function startService(options: Options = {}): Promise<Running> {
	const database = options.kind === 'postgres' ? await createDatabase() : undefined;
	const folder = options.dataDir === undefined ? await migratedFolder() : undefined;
	const dataDir = options.dataDir ?? folder?.path ?? '';
	const config = readConfig({
		DUNWELL_DATA: dataDir,
		DUNWELL_OPERATOR_KEY: OPERATOR_KEY,
		DUNWELL_PUBLIC_URL: PUBLIC_URL,
		DUNWELL_RATE: '0',
		DUNWELL_VENDOR_URLS: JSON.stringify(options.vendorUrls ?? {}),
		DUNWELL_VENDOR_RATES: JSON.stringify(UNHURRIED),
		...(database ? { DATABASE_URL: database.databaseUrl, DATABASE_ADMIN_URL: database.adminUrl } : {}),
		...options.env,
	});
	const ledger = await openLedger(config);
	const clock = { now: options.now ?? NOON };
	const logged: Record<string, unknown>[] = [];
	const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });
	const deps: Deps = { ...createDeps(config, ledger, log), now: () => clock.now, ...options.deps };
	const useCases = createUseCases(deps);
	const { app } = createApp(deps, useCases);
	const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
		const started = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started));
	});
	if (options.workers) await ledger.queue.work(useCases.handlers, { concurrency: 10 });
	return {
		deps,
		useCases,
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		clock,
		logged,
		async work() {
			await dueByClock(ledger, clock.now);
			await ledger.queue.drain(
				keepingTime(useCases.handlers, () => notYetDue(ledger, clock.now)),
				Date.now() + 30_000,
			);
		},
		async advance(milliseconds) {
			clock.now += milliseconds;
			await dueByClock(ledger, clock.now);
			// Turns at vendors too live by the database's clock.
			await ledger.system((tx) =>
				sql`delete from dunwell.vendor_turn where next_at <= clock_timestamp() + ${milliseconds} * interval '1 millisecond'`.execute(tx),
			);
		},
		rows: (practiceId, read) => ledger.practice(practiceId, read),
		async close() {
			await new Promise((resolve) => server.close(resolve));
			await ledger.close();
			folder?.remove();
			await database?.drop();
		},
	};
}

/** The queue lives by the database's clock, the service by the test's: what is due by the test's is made due. */
async function dueByClock(ledger: Ledger, now: number): Promise<void> {
	await notYetDue(ledger, now);
	const at = new Date(now).toISOString();
	await ledger.system((tx) =>
		sql`update dunwell_jobs.job set start_after = now() where state in ('created', 'retry') and start_after > now()
			and (start_after <= ${at}::timestamptz or start_after between ${at}::timestamptz + interval '900 years' and ${at}::timestamptz + interval '1000 years')`.execute(
			tx,
		),
	);
}

/** What is not yet due by the test's clock, though that day lies in the past by now, is put off for a thousand years until it is. */
const notYetDue = (ledger: Ledger, now: number): Promise<unknown> =>
	ledger.system((tx) =>
		sql`update dunwell_jobs.job set start_after = start_after + interval '1000 years'
			where state = 'created' and start_after > ${new Date(now).toISOString()}::timestamptz and start_after < created_on - interval '1 second'`.execute(tx),
	);

/** What a job puts off is put off by the test's clock, before the queue is asked for more. */
const keepingTime = (handlers: Handlers, then: () => Promise<unknown>): Handlers =>
	Object.fromEntries(
		Object.entries(handlers).map(([queue, handle]) => [
			queue,
			async (data: never) => {
				await handle(data);
				await then();
			},
		]),
	) as unknown as Handlers;

/** Vendors' real paces would make tests wait by the real clock. */
const UNHURRIED = Object.fromEntries(Object.keys(providers).map((vendor) => [vendor, 1000]));

export const MAIN = join(import.meta.dirname, '../../shared/service/main.ts');

export interface Process extends Child {
	url: string;
	/** Ctrl-C, and waits until it has ended. */
	interrupt(): Promise<{ code: number | null; stderr: string }>;
}

/** `npm start` on a free port; resolves when it says that it is ready. */
export async function startProcess(env: Record<string, string>): Promise<Process> {
	const child = startChild(MAIN, [], {
		PORT: '0',
		DUNWELL_SANDBOX: '0',
		DUNWELL_OPERATOR_KEY: OPERATOR_KEY,
		DUNWELL_RATE: '0',
		DATABASE_URL: '',
		DATABASE_ADMIN_URL: '',
		...env,
	});
	const ready = await child.line((line) => line.startsWith('Dunwell is ready at '));
	return Object.assign(child, {
		url: /http:\/\/[\d.]+:\d+/.exec(ready)?.[0] ?? '',
		interrupt() {
			child.signal('SIGINT');
			return child.exit();
		},
	});
}

export interface TestPractice {
	id: string;
	url: string;
	/** A key with every scope. */
	live: string;
	test: string;
	/** As this practice's live key. */
	call(method: string, path: string, options?: CallOptions): Promise<Answer>;
	must(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer['json']>;
	/** As the operator, for this practice. */
	setup(method: string, path: string, body?: unknown): Promise<Answer['json']>;
}

export interface PracticeOptions {
	name?: string;
	zone?: string;
	policy?: Partial<Policy>;
	/** Without Twilio the sandbox sends. */
	twilio?: boolean;
}

/** A practice that could send its first message: senders, callback phone, pay link, a policy, keys. */
export async function createPractice(
	url: string,
	{ name = 'Test Practice', zone = 'America/New_York', policy = {}, twilio = true }: PracticeOptions = {},
): Promise<TestPractice> {
	const created = await must(url, OPERATOR_KEY, 'POST', '/api/setup/practices', { name, time_zone: zone });
	const id: string = created.practice_id;
	const setup = (method: string, path: string, body?: unknown) => must(url, OPERATOR_KEY, method, `/api/setup${path}`, body, { 'dunwell-practice': id });
	const key = async (mode: 'live' | 'test'): Promise<string> =>
		(await setup('POST', '/keys', { mode, scopes: ['read', 'write', 'send', 'setup', 'contact_details'], label: mode })).api_key;
	const connection = twilio ? 'texting' : 'outbox';
	await setup('POST', '/connections', twilio ? { connection, vendor: 'twilio', credentials: TWILIO_CREDENTIALS } : { connection, vendor: 'sandbox' });
	for (const channel of ['sms', 'voice']) await setup('PUT', `/senders/${channel}`, { connection, address: '+12125550100' });
	await setup('PATCH', '/settings', { callback_phone: '+12125550100', pay_link: 'https://pay.example/here', final_share: { api: true, import: true } });
	await setup('PUT', '/policy', { ...DEFAULT_POLICY, channels: ['sms', 'email'], settle_minutes: 0, ...policy });
	const live = await key('live');
	const test = await key('test');
	return {
		id,
		url,
		live,
		test,
		call: (method, path, options) => call(url, live, method, path, options),
		must: (method, path, body, headers) => must(url, live, method, path, body, headers),
		setup,
	};
}

/** The same practice, served by another process or under another address. */
export const movedTo = (practice: TestPractice, url: string): TestPractice => ({
	...practice,
	url,
	call: (method, path, options) => call(url, practice.live, method, path, options),
	must: (method, path, body, headers) => must(url, practice.live, method, path, body, headers),
	setup: (method, path, body) => must(url, OPERATOR_KEY, method, `/api/setup${path}`, body, { 'dunwell-practice': practice.id }),
});

export interface AccountOptions {
	your_reference: string;
	/** Days since the first notice. */
	days?: number;
	amount?: number;
	phone?: string;
	consent?: boolean;
	now?: number;
	/** Whose; the live key unless told otherwise. */
	key?: string;
	fields?: Record<string, unknown>;
}

export const dayBefore = (now: number, days: number): string => new Date(now - days * DAY).toISOString().slice(0, 10);

/** An account with one overdue balance that may be texted about. Answers its reference. */
export async function createAccount(
	{ url, live }: TestPractice,
	{ your_reference, days = 8, amount = 84.2, phone = '(317) 555-0142', consent = true, now = NOON, key = live, fields = {} }: AccountOptions,
): Promise<string> {
	const recorded = await must(url, key, 'POST', '/api/balances', {
		your_reference,
		amount,
		first_notice_date: dayBefore(now, days),
		phone,
		state: 'NY',
		...fields,
	});
	if (consent)
		await must(url, key, 'POST', '/api/accounts', {
			account_ref: recorded.account_ref,
			sms_consent: 'yes',
			voice_consent: 'yes',
			consent_evidence: 'intake form',
		});
	return recorded.account_ref;
}
