/** What vendors' calls are signed with, and what every signed webhook needs: a comparison that tells nothing by its time, a window, one kind of refusal. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { Failure } from '../contracts/failure.ts';
import type { RawRequest, VendorRequest } from '../contracts/provider.ts';

/** RFC 7617. */
export const withBasic = (request: VendorRequest, user: string, password: string): VendorRequest => ({
	...request,
	headers: { ...request.headers, authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});

/** Seconds a signed request may be old, or ahead of our clock. */
export const FRESH_SECONDS = 300;

/** Constant time for texts of equal length; timingSafeEqual throws on unequal ones, so length comes first. */
export function sameText(a: string, b: string): boolean {
	const [left, right] = [Buffer.from(a), Buffer.from(b)];
	return left.length === right.length && timingSafeEqual(left, right);
}

export const hmac = (hash: 'sha1' | 'sha256', key: string | Uint8Array, message: string | Uint8Array, encoding: 'hex' | 'base64'): string =>
	createHmac(hash, key).update(message).digest(encoding);

/** One message for every reason: a caller who forges learns nothing. */
export const badSignature = (vendor: string): Failure =>
	new Failure('auth', `The request is not signed by ${vendor} with this connection's secret. Check the signing secret of the connection.`, {
		code: 'bad_signature',
	});

/**
 * @param past seconds it may be old, where a vendor delivers again with the first signature
 * @throws Failure `auth` when the time is missing, no number, or more than five minutes from now (ms), before or after.
 */
export function requireFresh(vendor: string, seconds: string | undefined, now: number, past = FRESH_SECONDS): void {
	const age = /^\d{1,12}$/.test(seconds ?? '') ? now / 1000 - Number(seconds) : Number.NaN;
	const fresh = age <= past && age >= -FRESH_SECONDS;
	if (!fresh)
		throw new Failure('auth', `The request's time is missing or too far off. It may be a replay; if it is not, check ${vendor}'s clock and this machine's.`, {
			code: 'stale_signature',
		});
}

/** @throws Failure `invalid` when the body is not JSON, or neither an object nor a list */
export function jsonBody(request: RawRequest): object {
	let value: unknown;
	try {
		value = JSON.parse(Buffer.from(request.body).toString('utf8'));
	} catch {}
	if (typeof value === 'object' && value !== null) return value;
	throw new Failure('invalid', 'The body is no JSON object or list. Correct it at the sender.', { code: 'not_json' });
}

/** Of a list what can be read: one slip in it must not keep the other reports out, again and again. */
export const objectsOf = <T extends object>(list: unknown): T[] =>
	Array.isArray(list) ? list.filter((one): one is T => typeof one === 'object' && one !== null) : [];
