/** One way to the service: the address and the key of the connection, JSON both ways, failures as Zapier's errors. */
import type { Bundle, HttpResponse, ZObject } from 'zapier-platform-core';
import { Failure } from '../../shared/contracts/failure.ts';
import { apiKey, isCallable, serviceAddress } from './address.ts';
import { failureOf, strangeAnswer, zapierError } from './errors.ts';
import { isRecord, type Values } from './inputs.ts';

/** Zapier stops a step after 30 seconds without a word; this leaves time to say something. */
export const TIMEOUT_MS = 25_000;

/** A service older than this app lacks the operation itself: that is not "nothing found". */
const UNKNOWN_ADDRESS = 'unknown_address';

export interface ServiceRequest {
	method: 'GET' | 'POST';
	/** Below /api. */
	path: string;
	/** Travels in the query of a GET and in the body of a POST. */
	values?: Values;
}

export interface ServiceAnswer {
	status: number;
	body: unknown;
	location: string | undefined;
}

export interface Client {
	/** @throws one of Zapier's errors for everything that is not a success. */
	call(z: ZObject, bundle: Bundle, request: ServiceRequest): Promise<ServiceAnswer>;
	/** The same, but undefined where the service says that it does not exist. */
	find(z: ZObject, bundle: Bundle, request: ServiceRequest): Promise<ServiceAnswer | undefined>;
	/** Ends a subscription at the address it was given. Needs no key, so that a revoked key can still leave. */
	leave(z: ZObject, address: unknown): Promise<void>;
}

export function createClient(timeoutMs = TIMEOUT_MS): Client {
	const send = async (z: ZObject, bundle: Bundle, request: ServiceRequest): Promise<ServiceAnswer> => {
		const { url, headers, body } = requestTo(bundle, request);
		const response = await carefully(z, timeoutMs, { method: request.method, url, headers, ...(body === undefined ? {} : { body }) });
		const parsed = parse(response);
		if (response.status < 200 || response.status > 299) throw failureOf(response.status, parsed);
		if (!isRecord(parsed)) throw strangeAnswer(response.status);
		return { status: response.status, body: parsed, location: response.getHeader('location') ?? undefined };
	};
	return {
		call: (z, bundle, request) => translated(z, () => send(z, bundle, request)),
		find: (z, bundle, request) =>
			translated(z, async () => {
				try {
					return await send(z, bundle, request);
				} catch (error) {
					if (error instanceof Failure && error.kind === 'missing' && error.code !== UNKNOWN_ADDRESS) return undefined;
					throw error;
				}
			}),
		leave: (z, address) =>
			translated(z, async () => {
				// Subscribed before addresses were kept, or never: there is nothing to end.
				if (!isCallable(address)) return;
				const response = await carefully(z, timeoutMs, { method: 'DELETE', url: address });
				const gone = response.status === 404 || response.status === 410;
				if (!gone && (response.status < 200 || response.status > 299)) throw failureOf(response.status, parse(response));
			}),
	};
}

function requestTo(bundle: Bundle, request: ServiceRequest): { url: string; headers: Record<string, string>; body?: string } {
	const url = `${serviceAddress(bundle.authData?.['service_url'])}/api${request.path}`;
	const headers = { accept: 'application/json', authorization: `Bearer ${apiKey(bundle.authData?.['api_key'])}`, 'dunwell-surface': 'zapier' };
	if (request.method === 'GET') return { url: url + queryOf(request.values ?? {}), headers };
	// Core refuses a request that contains "{{bundle." anywhere, which a patient's own number might; escaped, JSON says the same.
	const body = JSON.stringify(request.values ?? {}).replaceAll('{{', '\\u007b\\u007b');
	return { url, headers: { ...headers, 'content-type': 'application/json' }, body };
}

function queryOf(values: Values): string {
	const query = new URLSearchParams(Object.entries(values).map(([key, value]): [string, string] => [key, String(value)])).toString();
	return query === '' ? '' : `?${query}`;
}

/** Sends it, and says in a sentence what went wrong when no answer came. Redirects are not followed: the key would go along. */
async function carefully(
	z: ZObject,
	timeoutMs: number,
	options: { method: string; url: string; headers?: Record<string, string>; body?: string },
): Promise<HttpResponse> {
	try {
		return await z.request({ ...options, timeout: timeoutMs, redirect: 'manual', skipThrowForStatus: true } as Parameters<ZObject['request']>[0] & object);
	} catch (error) {
		if (isZapiers(error)) throw error;
		if (isTimeout(error)) {
			throw new Failure(
				'unavailable',
				`Dunwell did not answer within ${Math.round(timeoutMs / 1000)} seconds. It may still have done what was asked; running the step again is safe, nothing is done twice.`,
				{
					code: 'timeout',
					outcomeUnknown: true,
				},
			);
		}
		throw new Failure(
			'unavailable',
			'Dunwell could not be reached. Check the Service URL of the connection and that the service is running, then run the step again.',
			{ code: 'unreachable' },
		);
	}
}

/** Core's own errors (ThrottledError on 429 above all) go up as they are: Zapier knows what to do with them. */
const isZapiers = (error: unknown): boolean => error instanceof Error && (error as { doNotContextify?: unknown }).doNotContextify === true;

const isTimeout = (error: unknown): boolean => isRecord(error) && (error['type'] === 'request-timeout' || error['type'] === 'body-timeout');

function parse(response: HttpResponse): unknown {
	try {
		return JSON.parse(response.content);
	} catch {
		return undefined;
	}
}

/** Runs it; a Failure leaves as the Zapier error of its kind. */
export async function translated<T>(z: ZObject, run: () => Promise<T> | T): Promise<T> {
	try {
		return await run();
	} catch (error) {
		throw error instanceof Failure ? zapierError(z, error) : error;
	}
}
