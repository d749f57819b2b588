/** The address and the key of the service, as people paste them. */
import { Failure } from '../../shared/contracts/failure.ts';

const LOOPBACK = new Set(['127.0.0.1', 'localhost']);

/**
 * "https://dunwell.example/" → "https://dunwell.example". A trailing slash or /api is what people paste.
 * @throws Failure `invalid` with a sentence for the person who connects the account.
 */
export function serviceAddress(typed: unknown): string {
	const text = typeof typed === 'string' ? typed.trim() : '';
	if (text === '') throw refused('The Service URL is missing. Enter the address of your Dunwell service, such as https://dunwell.example.');
	if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) throw refused(`The Service URL must start with https://. Write it out in full, such as https://dunwell.example.`);
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (!url?.hostname) throw refused('The Service URL is not an address. Enter it in full, such as https://dunwell.example.');
	if (!isAllowed(url)) throw refused('The Service URL must start with https://, so that nobody on the way can read it.');
	if (url.username !== '' || url.password !== '')
		throw refused('The Service URL must not carry a user name or a password. Remove them; the API Key has a field of its own.');
	if (url.search !== '' || url.hash !== '') throw refused('The Service URL must end before the "?" or "#". Remove what follows.');
	return (
		url.origin +
		url.pathname
			.replace(/\/+$/, '')
			.replace(/\/api$/, '')
			.replace(/\/+$/, '')
	);
}

/** Plain http only to the same machine, where a service runs during development. */
const isAllowed = (url: URL): boolean => url.protocol === 'https:' || (url.protocol === 'http:' && LOOPBACK.has(url.hostname));

/** An address that the service itself gave: one we may call. */
export const isCallable = (address: unknown): address is string => typeof address === 'string' && URL.canParse(address) && isAllowed(new URL(address));

/** @throws Failure `invalid` when it is not one of Dunwell's keys for a practice. */
export function apiKey(typed: unknown): string {
	const key = typeof typed === 'string' ? typed.trim().replace(/^bearer\s+/i, '') : '';
	if (key === '') throw refused('The API Key is missing. Copy it from the set-up of your Dunwell service.');
	if (key.startsWith('operator_'))
		throw refused('This is an operator key, which belongs to no practice. Use a key of the practice; it starts with test_ or live_.');
	if (!/^(test|live)_[\x21-\x7e]+$/.test(key))
		throw refused('This is not a Dunwell API Key: those start with test_ or live_ and have no spaces. Copy the whole key again.');
	return key;
}

const refused = (message: string): Failure => new Failure('invalid', message);
