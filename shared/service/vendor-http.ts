/**
 * The one way out to vendors. Everything the providers do not do is here: authorization, the host list,
 * time-outs, retries that can not do a thing twice, failure kinds, and silence about bodies and secrets.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import axios from 'axios';
import packageJson from '../../package.json' with { type: 'json' };
import { Failure, type FailureKind, type FailureOptions } from '../contracts/failure.ts';
import type { Provider, VendorHttp, VendorRequest, VendorResponse } from '../contracts/provider.ts';
import { publicLookup, requirePublicUrl } from './public-address.ts';

export interface VendorHttpOptions {
	provider: Provider;
	credentials: unknown;
	/** Vendor id → base URL that replaces the vendor's own, from the process's settings. */
	vendorUrls?: Readonly<Record<string, string>>;
	/** For one attempt, from connecting to the last byte. Default 20 s. */
	timeoutMs?: number;
	/** Waits so many milliseconds; tests pass their own. */
	sleep?: (ms: number) => Promise<unknown>;
	/** Attempts in all. Default 3. */
	maxAttempts?: number;
	/** Development only: providers without a vendor may call this machine. */
	allowLoopback?: boolean;
	/** Milliseconds since 1970; for Retry-After dates and signatures. */
	now?: () => number;
	/** Hears that the vendor wants no requests for so many seconds, before anything is tried again: whoever shares the account waits too. */
	onLimited?: (seconds: number) => Promise<void>;
}

/** Waiting longer than this in all is the queue's work, not a call's. */
const WAIT_BUDGET_MS = 15_000;
/** A vendor that answers more than this is not answering our question. */
const MAX_ANSWER_BYTES = 20 * 1024 * 1024;
export const USER_AGENT = `Dunwell/${packageJson.version}`;

/** @throws Failure of the kind the vendor's answer means; see VendorHttp. */
export function createVendorHttp(options: VendorHttpOptions): VendorHttp {
	const { provider, maxAttempts = 3, sleep = delay, now = Date.now, onLimited } = options;
	return {
		async send(request) {
			let waited = 0;
			for (let attempt = 1; ; attempt += 1) {
				const outcome = await attemptOnce(options, request, now());
				if (!(outcome instanceof Attempt)) return outcome;
				const wait = outcome.failure.retryAfterSeconds === undefined ? backoff(attempt) : outcome.failure.retryAfterSeconds * 1000;
				if (outcome.failure.kind === 'limited') await onLimited?.(wait / 1000);
				if (!outcome.again || attempt >= maxAttempts || waited + wait > WAIT_BUDGET_MS) throw outcome.failure;
				waited += wait;
				await sleep(wait);
			}
		},
	};

	/** Full jitter: clients that failed together do not come back together. */
	function backoff(attempt: number): number {
		return Math.round(Math.random() * Math.min(8000, 500 * 2 ** attempt)) + 100;
	}

	async function attemptOnce({ credentials }: VendorHttpOptions, request: VendorRequest, at: number): Promise<VendorResponse | Attempt> {
		const harmless = request.method === 'GET' || request.idempotent === true;
		const authorized = provider.authorize ? provider.authorize(request, credentials as never, at) : request;
		const answer = await exchange(options, authorized, harmless);
		if (answer instanceof Error) {
			const sent = wasSent(answer);
			const failure = new Failure(
				'unavailable',
				`${provider.label} did not answer${sent ? ' in time or broke the connection' : ': no connection could be made'}. Try again in a few minutes.`,
				{ outcomeUnknown: sent && !harmless },
			);
			return new Attempt(failure, harmless || !sent);
		}
		const response = readable(provider, answer, harmless);
		const own = ownFailure(provider, response, request);
		if (own === undefined && response.status >= 200 && response.status < 300) return response;
		const failure = complete(own ?? usual(provider, response), response, harmless, at);
		// `limited` means that the vendor did not do it; anything else may have been done.
		return new Attempt(failure, failure.kind === 'limited' || (harmless && failure.kind === 'unavailable'));
	}
}

/**
 * The same way out for a library that speaks `fetch`: one attempt, without the connection's credentials, whatever the status.
 * @throws Failure `unavailable` when no answer comes, `broken` when the address is not on the vendor's hosts
 */
export const createVendorFetch =
	(options: Omit<VendorHttpOptions, 'credentials'>) =>
	async (url: string, init: { method: 'POST'; headers: Record<string, string>; body: URLSearchParams }): Promise<Response> => {
		const body = { bytes: init.body.toString(), type: 'application/x-www-form-urlencoded' };
		const answer = await exchange({ ...options, credentials: {} }, { method: init.method, url, headers: init.headers, body }, false);
		if (answer instanceof Error)
			throw new Failure('unavailable', `${options.provider.label} did not answer. Try again in a few minutes.`, { outcomeUnknown: wasSent(answer) });
		// What was packed is unpacked by now.
		const { 'content-encoding': _packed, 'content-length': _length, ...headers } = answer.headers;
		return new Response([204, 304].includes(answer.status) ? null : answer.text, { status: answer.status, headers });
	};

/** A provider that expects JSON meets an HTML error page: then the status decides. */
function ownFailure(provider: Provider, response: VendorResponse, request: VendorRequest): Failure | undefined {
	try {
		return provider.failure?.(response, request);
	} catch (error) {
		if (response.status < 300) throw error;
		return undefined;
	}
}

class Attempt {
	readonly failure: Failure;
	readonly again: boolean;
	constructor(failure: Failure, again: boolean) {
		this.failure = failure;
		this.again = again;
	}
}

interface Answer {
	status: number;
	headers: Record<string, string>;
	text: string;
}

/**
 * A kept-alive connection may die just as a request is written, and nobody can tell whether the vendor
 * read it. What must not be done twice goes over a connection of its own.
 */
const reused = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) };
const fresh = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };

async function exchange(options: VendorHttpOptions, request: VendorRequest, harmless: boolean): Promise<Answer | Error> {
	const { body, type } = bodyOf(request);
	const { url, agents } = target(options, request, harmless);
	try {
		const response = await axios.request<Buffer>({
			adapter: 'http',
			method: request.method,
			url,
			headers: {
				accept: 'application/json, */*;q=0.5',
				'user-agent': USER_AGENT,
				...(type === undefined ? {} : { 'content-type': type }),
				...lower(request.headers),
			},
			data: body,
			responseType: 'arraybuffer',
			transformRequest: [(data: unknown) => data],
			transformResponse: [(data: unknown) => data],
			validateStatus: () => true,
			maxRedirects: 0,
			proxy: false,
			maxContentLength: MAX_ANSWER_BYTES,
			maxBodyLength: Number.POSITIVE_INFINITY,
			signal: AbortSignal.timeout(options.timeoutMs ?? 20_000),
			httpAgent: agents.http,
			httpsAgent: agents.https,
		});
		const headers: Record<string, string> = {};
		for (const [name, value] of Object.entries(response.headers)) headers[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : String(value);
		return {
			status: response.status,
			headers,
			text: Buffer.from(response.data ?? '')
				.toString('utf8')
				.replace(/^\uFEFF/, ''),
		};
	} catch (error) {
		return error instanceof Error ? error : new Error('no answer');
	}
}

function bodyOf(request: VendorRequest): { body: Buffer | undefined; type: string | undefined } {
	if (request.json !== undefined) return { body: Buffer.from(JSON.stringify(request.json)), type: 'application/json' };
	if (request.form) return { body: Buffer.from(new URLSearchParams(request.form as [string, string][]).toString()), type: 'application/x-www-form-urlencoded' };
	if (request.body) return { body: Buffer.from(request.body.bytes as Uint8Array), type: request.body.type };
	return { body: undefined, type: undefined };
}

const lower = (headers: Record<string, string> = {}): Record<string, string> =>
	Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

/** Where the request really goes. @throws Failure `broken` when the provider leaves its hosts, `invalid` when a chosen address is not public. */
function target({ provider, vendorUrls: overrides, allowLoopback = false }: VendorHttpOptions, request: VendorRequest, harmless: boolean) {
	const override = overrides?.[provider.id];
	const agents = harmless ? reused : fresh;
	if (provider.hosts.length === 0 && override === undefined) {
		const url = withQuery(requirePublicUrl(request.url, { allowLoopback }), request);
		const lookup = publicLookup({ allowLoopback });
		return { url: url.href, agents: { http: new HttpAgent({ lookup }), https: new HttpsAgent({ lookup }) } };
	}
	const url = URL.canParse(request.url) ? new URL(request.url) : undefined;
	if (!url || (provider.hosts.length > 0 && !onHosts(url, provider.hosts)))
		throw new Failure('broken', `A call to ${provider.label} would have gone to a host that is not ${provider.label}'s. Correct the connection's address.`, {
			code: 'host_not_allowed',
		});
	if (override === undefined) return { url: withQuery(url, request).href, agents };
	const base = new URL(override);
	const moved = new URL(`${base.pathname.replace(/\/$/, '')}${url.pathname}${url.search}`, base.origin);
	return { url: withQuery(moved, request).href, agents };
}

/** `*.example.com` in a provider's hosts stands for every name below example.com. */
const onHosts = (url: URL, hosts: readonly string[]): boolean =>
	url.protocol === 'https:' &&
	url.port === '' &&
	url.username === '' &&
	hosts.some((host) => (host.startsWith('*.') ? url.hostname.endsWith(host.slice(1)) : url.hostname === host));

function withQuery(url: URL, { query = {} }: VendorRequest): URL {
	for (const [name, value] of Object.entries(query))
		for (const item of typeof value === 'object' ? value : [value]) url.searchParams.append(name, String(item));
	return url;
}

/** Failures of name look-up, connecting and TLS come before the first byte of the request. */
function wasSent(error: Error): boolean {
	const { code = '', syscall = '' } = (error.cause instanceof Error ? error.cause : error) as NodeJS.ErrnoException;
	return !(
		syscall === 'connect' ||
		syscall === 'getaddrinfo' ||
		/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$|CERT|SIGNED|^UNABLE_TO_/.test(code)
	);
}

function readable(provider: Provider, answer: Answer, harmless: boolean): VendorResponse {
	return {
		...answer,
		json() {
			try {
				return JSON.parse(answer.text) as unknown;
			} catch {
				throw new Failure(
					'broken',
					`${provider.label} answered HTTP ${answer.status} with something that is not JSON. Check ${provider.label}'s status page and the connection's settings.`,
					{
						code: 'not_json',
						outcomeUnknown: !harmless && answer.status < 300,
					},
				);
			}
		},
	};
}

const KINDS: Readonly<Record<number, FailureKind>> = {
	400: 'invalid',
	401: 'auth',
	402: 'denied',
	403: 'denied',
	404: 'missing',
	408: 'unavailable',
	409: 'conflict',
	410: 'missing',
	413: 'too_large',
	422: 'invalid',
	429: 'limited',
};
const SENTENCES: Readonly<Record<FailureKind, string>> = {
	invalid: 'refused the request as not valid. Check the addresses and settings it was made from.',
	auth: 'did not accept the credentials. Reconnect the connection.',
	denied: 'does not allow this with these credentials or this plan. Check the permissions of the connection.',
	missing: 'does not know what was asked for. It may have been deleted, or belong to another account.',
	conflict: 'says that it conflicts with something that exists already. Read it again and retry if it is still needed.',
	too_large: 'refused the request as too large. Shorten it.',
	limited: 'receives too many requests at the moment. Wait and try again.',
	unavailable: 'is not available at the moment. Try again in a few minutes.',
	broken: "gave an answer that is not understood. Check the connection's settings.",
};

const vendorFailure = (provider: Pick<Provider, 'label'>, kind: FailureKind, status: number, options: FailureOptions = {}): Failure =>
	new Failure(kind, `${provider.label} ${SENTENCES[kind]} (HTTP ${status})`, options);

/** The default table: what a status means where the provider says nothing else. */
function usual(provider: Provider, response: VendorResponse): Failure {
	const { status } = response;
	const kind = KINDS[status] ?? (status >= 500 ? 'unavailable' : status >= 400 && status < 500 && status !== 405 && status !== 415 ? 'invalid' : 'broken');
	const vendorCode = codeIn(response.text);
	return vendorFailure(provider, kind, status, vendorCode === undefined ? {} : { vendorCode });
}

/** The vendor's error word or number where it stands at a usual place. More than six digits may be a phone or chart number. */
function codeIn(text: string): string | undefined {
	try {
		const body = JSON.parse(text) as { code?: unknown; errorCode?: unknown; error?: unknown; errors?: unknown } | null;
		const nested = (body?.error ?? (Array.isArray(body?.errors) ? body.errors[0] : undefined)) as { code?: unknown; errorCode?: unknown } | string | undefined;
		const found = body?.code ?? body?.errorCode ?? (typeof nested === 'object' ? (nested?.code ?? nested?.errorCode) : nested);
		const word = typeof found === 'number' ? String(found) : found;
		return typeof word === 'string' && /^[\w.-]{1,60}$/.test(word) && word.replace(/\D/g, '').length <= 6 ? word : undefined;
	} catch {
		return undefined;
	}
}

/** Adds what only the client knows: how long to wait, and whether the vendor may have done it all the same. */
function complete(failure: Failure, response: VendorResponse, harmless: boolean, now: number): Failure {
	const retryAfterSeconds =
		failure.retryAfterSeconds ?? (failure.kind === 'limited' || failure.kind === 'unavailable' ? retryAfter(response.headers['retry-after'], now) : undefined);
	return new Failure(failure.kind, failure.message, {
		code: failure.code,
		fields: failure.fields,
		...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
		...(failure.vendorCode === undefined ? {} : { vendorCode: failure.vendorCode }),
		outcomeUnknown: failure.outcomeUnknown || (failure.kind === 'unavailable' && !harmless),
	});
}

/** Whole seconds from a Retry-After header: a number or an HTTP date (RFC 9110 10.2.3). */
export function retryAfter(header: string | undefined, now: number): number | undefined {
	if (header === undefined) return undefined;
	if (/^\d{1,9}(\.\d+)?$/.test(header.trim())) return Math.ceil(Number(header));
	const at = Date.parse(header);
	return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}
