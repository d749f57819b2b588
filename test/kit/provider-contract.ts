/**
 * What every provider must do, run against a real local server. A provider's test calls `testProvider` with one
 * case or more for each capability; what does not apply is skipped with a reason, never in silence.
 */
import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Failure, type FailureKind } from '../../shared/contracts/failure.ts';
import { type Provider, type RawRequest, statusOf, type VendorEvent, type VendorHttp } from '../../shared/contracts/provider.ts';
import { type PropertySchema, plain } from '../../shared/contracts/schema.ts';
import { errorsOf } from '../../shared/contracts/validate.ts';
import { createVendorHttp, USER_AGENT } from '../../shared/service/vendor-http.ts';
import { type Reply, startVendor } from './vendor-server.ts';

type Capability =
	| 'check'
	| 'send.message'
	| 'send.find'
	| 'send.status'
	| 'read.page'
	| 'read.invoice'
	| 'work.open'
	| 'work.update'
	| 'work.close'
	| 'remind.invoice';
/** The parts that a test may skip, with its reason. */
export type Part = 'http' | 'empty body' | 'html body' | 'changed body' | 'unknown status' | 'old timestamp' | 'future timestamp' | Capability;

type Credentials = Record<string, unknown>;

export interface Wire {
	method: string;
	/** In full, at the vendor's own host. */
	url: string;
	/** At least these, exactly; lower-case names. */
	headers?: Record<string, string>;
	/** Exact text; JSON is compared as text too. Absent: no body. */
	body?: string;
}

export interface ProviderCase {
	capability: Capability;
	/** A plain sentence. */
	name: string;
	call(http: VendorHttp): Promise<unknown>;
	replies: Reply[];
	wire: Wire[];
	result: unknown;
	/** Doing it twice is harmless, so it is retried. Default false. */
	harmless?: boolean;
	/** Other credentials than the suite's. */
	credentials?: Credentials;
}

export interface FailureCase {
	/** A plain sentence. */
	name: string;
	call(http: VendorHttp): Promise<unknown>;
	reply: Reply;
	kind: FailureKind;
	code?: string;
	vendorCode?: string;
	retryAfterSeconds?: number;
	credentials?: Credentials;
}

export interface WebhookCase {
	/** A request as the vendor signs it at `at` (ms). */
	signed(body: string, at: number): RawRequest;
	/** A genuine body and what it means. */
	body: string;
	events: VendorEvent[];
	/** The header that carries the signature. */
	signatureHeader: string;
	/** Where it stands in the body instead; `signatureHeader` then only names it. */
	inBody?: { read(request: RawRequest): string; write(request: RawRequest, signature: string | undefined): RawRequest };
	/** A body with a status word nobody has heard of: `never_heard_of`. */
	unknownStatus?: string;
	/** Credentials with another secret. */
	wrongSecret: Credentials;
}

export interface ProviderSuite {
	credentials: Credentials;
	/** Texts that may appear in no failure: secrets in every form they travel in. */
	secrets: string[];
	cases: ProviderCase[];
	failures?: FailureCase[];
	webhook?: WebhookCase;
	/** `of` limits the skip to the cases of one capability. */
	skip?: { what: Part; of?: Capability; reason: string }[];
}

/** Stands in vendors' error bodies: a message that repeats it has repeated a body. */
const PRIVATE = 'Jane Roe owes 84.20 for J45.40';
const NOW = Date.parse('2026-11-24T12:00:00Z');
const iso = new Date(NOW).toISOString();

export function testProvider(provider: Provider, suite: ProviderSuite): void {
	const reasonOf = (part: Part, capability?: Capability) =>
		suite.skip?.find(({ what, of }) => what === part && (of === undefined || of === capability))?.reason;
	const unless = (part: Part, title: string, run: () => Promise<void> | void, capability?: Capability) => {
		const reason = reasonOf(part, capability);
		return reason === undefined ? test(title, run) : test.skip(`${title} (skipped: ${reason})`, () => {});
	};

	describe(`${provider.label}: what it declares`, () => {
		declares(provider, suite);
	});
	for (const one of suite.cases) test(one.name, () => runCase(provider, suite, one));
	for (const one of suite.failures ?? []) test(one.name, () => runFailure(provider, suite, one));
	for (const { what, reason } of suite.skip ?? []) test(`the skip of "${what}" states a reason`, () => expect(reason.length).toBeGreaterThan(15));

	const { webhook } = suite;
	if (webhook) {
		describe(`${provider.label}: webhook`, () => {
			webhooks(provider, suite, webhook, unless);
		});
	}
	const silent = reasonOf('http');
	if (silent) return void test.skip(`failures of calls (skipped: ${silent})`, () => {});
	const samples = [suite.cases.find((one) => !one.harmless), suite.cases.find((one) => one.harmless)].filter((one) => one !== undefined);
	for (const sample of samples) {
		describe(`${provider.label}: failures of "${sample.name}"`, () => {
			failures(provider, suite, sample, unless);
		});
	}
}

function declares(provider: Provider, suite: ProviderSuite): void {
	test('every capability has a case or a skip', () => {
		const present: string[] = [];
		if (provider.check) present.push('check');
		for (const group of ['send', 'read', 'work', 'remind'] as const)
			for (const [name, value] of Object.entries(provider[group] ?? {})) if (typeof value === 'function') present.push(`${group}.${name}`);
		const covered = new Set<string>([...suite.cases.map(({ capability }) => capability), ...(suite.skip?.map(({ what }) => what) ?? [])]);
		expect(present.filter((name) => !covered.has(name))).toEqual([]);
		expect(suite.webhook !== undefined).toBe(provider.webhook !== undefined);
	});
	test('every credential says in words where the user finds it, and secrets are marked', () => {
		for (const [name, property] of Object.entries(plain(provider.auth).properties as Record<string, PropertySchema>)) {
			expect(property.title, name).toMatch(/^[A-Z]/);
			expect(property.description, name).toMatch(/^.{20,}\.$/s);
			if (/secret|token|password|api_key|_key$|webhook_url/.test(name) && !name.includes('public')) expect(property.format, name).toBe('password');
		}
		expect(errorsOf(provider.auth, suite.credentials)).toEqual([]);
	});
	test('its documentation and hosts are well formed', () => {
		expect(provider.docs).toMatch(/^https:\/\//);
		for (const host of provider.hosts) expect(host).toMatch(/^(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+$/);
	});
	test('a status word that is not known is unknown', () => {
		expect(statusOf(provider, 'never_heard_of')).toBe('unknown');
		expect(statusOf(provider, 'constructor')).toBe('unknown');
	});
}

interface Run {
	http: VendorHttp;
	/** Origins in the order of the calls: where they would have gone. */
	origins: string[];
	waits: number[];
}

/** The real client against the local server; the vendor's own address is noted before it is replaced. */
function client(provider: Provider, credentials: Credentials, url: string, timeoutMs = 10_000): Run {
	const origins: string[] = [];
	const waits: number[] = [];
	const spied: Provider = {
		...provider,
		authorize(request, given, now) {
			const authorized = provider.authorize?.(request, given, now) ?? request;
			origins.push(new URL(authorized.url).origin);
			return authorized;
		},
	};
	const http = createVendorHttp({
		provider: spied,
		credentials,
		vendorUrls: { [provider.id]: url },
		timeoutMs,
		now: () => NOW,
		sleep: async (ms) => waits.push(ms),
	});
	return { http, origins, waits };
}

async function runCase(provider: Provider, suite: ProviderSuite, one: ProviderCase): Promise<void> {
	await using vendor = await startVendor(one.replies);
	const { http, origins } = client(provider, one.credentials ?? suite.credentials, vendor.url);
	const result = await one.call(http);
	expect(vendor.seen.map(({ method, path, body }, index) => ({ method, url: `${origins[index]}${path}`, body }))).toEqual(
		one.wire.map(({ method, url, body = '' }) => ({ method, url, body })),
	);
	for (const [index, wire] of one.wire.entries()) expect(vendor.seen[index]?.headers).toMatchObject({ 'user-agent': USER_AGENT, ...wire.headers });
	expect(result).toEqual(one.result);
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
	const outcome = await promise.then(
		(value) => `resolved to ${inspect(value)}`,
		(error: unknown) => error,
	);
	expect(outcome).toBeInstanceOf(Failure);
	return outcome as Failure;
}

function expectSilent(failure: Failure, secrets: readonly string[]): void {
	const said = `${failure.message} ${inspect(failure, { depth: 8, showHidden: true })} ${JSON.stringify(failure)}`;
	for (const secret of [...secrets, PRIVATE, 'Jane Roe']) expect(said).not.toContain(secret);
	expect(failure.message).toMatch(/^[A-Z].*[.)]$/s);
}

async function runFailure(provider: Provider, suite: ProviderSuite, one: FailureCase): Promise<void> {
	await using vendor = await startVendor([one.reply]);
	const { http } = client(provider, one.credentials ?? suite.credentials, vendor.url);
	const failure = await failureOf(one.call(http));
	expect({ kind: failure.kind, code: failure.code, vendorCode: failure.vendorCode, retryAfterSeconds: failure.retryAfterSeconds }).toEqual({
		kind: one.kind,
		code: one.code ?? one.kind,
		vendorCode: one.vendorCode,
		retryAfterSeconds: one.retryAfterSeconds,
	});
	expectSilent(failure, suite.secrets);
}

const TABLE: [status: number, kind: FailureKind][] = [
	[401, 'auth'],
	[403, 'denied'],
	[404, 'missing'],
	[409, 'conflict'],
	[422, 'invalid'],
	[500, 'unavailable'],
];

function failures(
	provider: Provider,
	suite: ProviderSuite,
	sample: ProviderCase,
	unless: (part: Part, title: string, run: () => Promise<void>, capability: Capability) => void,
): void {
	const harmless = sample.harmless === true;
	const attempts = harmless ? 3 : 1;
	const fails = async (replies: Reply[], timeoutMs?: number) => {
		await using vendor = await startVendor(replies);
		const { http, waits } = client(provider, sample.credentials ?? suite.credentials, vendor.url, timeoutMs);
		const failure = await failureOf(sample.call(http));
		expectSilent(failure, suite.secrets);
		return { failure, waits, requests: vendor.seen.length };
	};

	for (const [status, kind] of TABLE) {
		for (const [form, body] of [
			['JSON', { message: PRIVATE }],
			['HTML', `<html>${PRIVATE}</html>`],
			['no', ''],
		] as const) {
			test(`${status} with ${form} body is ${kind}`, async () => {
				const { failure, requests } = await fails([{ status, body }]);
				expect(failure.kind).toBe(kind);
				expect(requests).toBe(status === 500 ? attempts : 1);
				expect(failure.outcomeUnknown).toBe(status === 500 && !harmless);
			});
		}
	}
	test('429 with a short Retry-After waits as told and goes on', async () => {
		await using vendor = await startVendor([{ status: 429, headers: { 'retry-after': '7' } }, ...sample.replies]);
		const { http, waits } = client(provider, sample.credentials ?? suite.credentials, vendor.url);
		expect(await sample.call(http)).toEqual(sample.result);
		expect(waits).toEqual([7000]);
	});
	test('429 with a Retry-After date is counted in seconds from now', async () => {
		const { failure, requests } = await fails([{ status: 429, headers: { 'retry-after': 'Tue, 24 Nov 2026 12:10:00 GMT' } }]);
		expect([failure.kind, failure.retryAfterSeconds, requests]).toEqual(['limited', 600, 1]);
	});
	test('429 without Retry-After is tried three times and then limited', async () => {
		const { failure, requests, waits } = await fails([{ status: 429 }]);
		expect([failure.kind, failure.retryAfterSeconds, requests, waits.length]).toEqual(['limited', undefined, 3, 2]);
	});
	for (const [title, instead] of [
		['no answer in time', 'hang'],
		['a connection that breaks', 'reset'],
	] as const) {
		test(`${title} is unavailable, and unknown unless it is harmless`, async () => {
			const { failure, requests } = await fails([{ instead }], 200);
			expect([failure.kind, failure.outcomeUnknown, requests]).toEqual(['unavailable', !harmless, attempts]);
		});
	}
	test('a vendor that can not be reached is unavailable and surely did nothing', async () => {
		const vendor = await startVendor([]);
		await vendor[Symbol.asyncDispose]();
		const { http, waits } = client(provider, sample.credentials ?? suite.credentials, vendor.url);
		const failure = await failureOf(sample.call(http));
		expect([failure.kind, failure.outcomeUnknown, waits.length]).toEqual(['unavailable', false, 2]);
	});
	for (const [part, body] of [
		['empty body', ''],
		['html body', `<html>${PRIVATE}</html>`],
	] as const) {
		unless(
			part,
			`an ${part} with 200 is broken`,
			async () => {
				const { failure } = await fails([{ status: 200, body }]);
				expect([failure.kind, failure.outcomeUnknown]).toEqual(['broken', !harmless]);
			},
			sample.capability,
		);
	}
}

function webhooks(
	provider: Provider,
	suite: ProviderSuite,
	{ signed, body, events, signatureHeader, inBody, unknownStatus, wrongSecret }: WebhookCase,
	unless: (part: Part, title: string, run: () => void) => void,
): void {
	const { webhook } = provider;
	if (!webhook) throw new Error(`${provider.id} has no webhook`);
	const verify =
		(request: RawRequest, credentials = suite.credentials) =>
		() =>
			webhook.verify(request, credentials, NOW);
	const refused = expect.objectContaining({ name: 'Failure', kind: 'auth' });
	const genuine = signed(body, NOW);

	test('a genuine request is taken and means what it says', () => {
		expect(verify(genuine)).not.toThrow();
		expect(webhook.parse(genuine, iso, suite.credentials)).toEqual(events);
	});
	const withSignature = (signature: string | undefined): RawRequest => {
		if (inBody) return inBody.write(genuine, signature);
		expect(genuine.headers).toHaveProperty([signatureHeader]);
		const { [signatureHeader]: _gone, ...headers } = genuine.headers;
		return { ...genuine, headers: signature === undefined ? headers : { ...headers, [signatureHeader]: signature } };
	};
	test('a missing signature is refused', () => {
		expect(verify(withSignature(undefined))).toThrow(refused);
	});
	test('a bad signature is refused, whatever its length', () => {
		const good = inBody ? inBody.read(genuine) : (genuine.headers[signatureHeader] ?? '');
		// In the middle: the last letters of base64 may be padding that says nothing.
		const middle = Math.floor(good.length / 2);
		const changed = good.slice(0, middle) + (good[middle] === '0' ? '1' : '0') + good.slice(middle + 1);
		for (const bad of ['', 'x', good.slice(0, -6), changed, `AAAA${good}`]) expect(verify(withSignature(bad)), bad).toThrow(refused);
		expect(verify(withSignature(good))).not.toThrow();
	});
	unless('changed body', 'a body that was changed is refused', () => {
		expect(verify({ ...genuine, body: Buffer.from(`${body}&a=1`) })).toThrow(refused);
	});
	test('the secret of another connection is refused', () => {
		expect(verify(genuine, wrongSecret)).toThrow(refused);
	});
	unless('old timestamp', 'five minutes old is taken, a second more is refused', () => {
		expect(verify(signed(body, NOW - 300_000))).not.toThrow();
		expect(verify(signed(body, NOW - 301_000))).toThrow(refused);
	});
	unless('future timestamp', 'five minutes ahead is taken, a second more is refused', () => {
		expect(verify(signed(body, NOW + 300_000))).not.toThrow();
		expect(verify(signed(body, NOW + 301_000))).toThrow(refused);
	});
	test('the same request again has the same event ids', () => {
		const ids = (request: RawRequest) => webhook.parse(request, iso, suite.credentials).map(({ id }) => id);
		expect(ids(signed(body, NOW + 1000))).toEqual(ids(genuine));
		expect(ids(genuine)).toEqual([...new Set(ids(genuine))]);
		expect(ids(genuine).every((id) => id.length > 0)).toBe(true);
	});
	unless('unknown status', 'a status nobody has heard of stays unknown with its word', () => {
		const parsed = webhook.parse(signed(unknownStatus ?? '', NOW), iso, suite.credentials);
		expect(parsed).toEqual([expect.objectContaining({ type: 'delivery', status: 'unknown', rawStatus: 'never_heard_of' })]);
	});
}
