/** Random codes and secrets. */
import { createHash, randomBytes } from 'node:crypto';

export { canonical } from '../contracts/canonical.ts';

/** Letters and digits without the ones people confuse; no vowels, so no words. */
const ALPHABET = '23456789bcdfghjkmnpqrstvwxyz';

/** Drawn in bulk: one draw from the system costs as much as the rest of a code. */
let pool = new Uint8Array();
let used = 0;

function randomByte(): number {
	if (used === pool.length) {
		pool = randomBytes(4096);
		used = 0;
	}
	return pool[used++] as number;
}

/** 14 characters of 28: 67 bits, enough that codes neither collide nor can be guessed one after the other. */
export function newRef(prefix: string, length = 14): string {
	let out = '';
	while (out.length < length) {
		const byte = randomByte();
		// Bytes above the greatest multiple of 28 are dropped: a remainder would favour the first letters.
		if (byte < 252) out += ALPHABET[byte % 28];
	}
	return `${prefix}_${out}`;
}

/** URL-safe; 256 bits unless told. */
export const newSecret = (bytes = 32): string => randomBytes(bytes).toString('base64url');

export const sha256 = (text: string | Uint8Array): Buffer => createHash('sha256').update(text).digest();
export const sha256Hex = (text: string | Uint8Array): string => sha256(text).toString('hex');
