import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decrypt, decryptBytes, encrypt, hashKey, secretKey } from '../../shared/ledger/secrets.ts';
import { emptyFolder, type Folder } from '../kit/database.ts';

const key = randomBytes(32);

describe('A stored secret', () => {
	it('opens under its key and place', () => {
		expect(decrypt(key, encrypt(key, '{"token":"✓ sk_live"}', 'p/connection/stripe'), 'p/connection/stripe')).toBe('{"token":"✓ sk_live"}');
		expect([...decryptBytes(key, encrypt(key, Uint8Array.of(0, 255), 'x'), 'x')]).toEqual([0, 255]);
		expect(decrypt(key, encrypt(key, '', 'x'), 'x')).toBe('');
	});

	it('has version, nonce, tag and text in fixed places, and is never the same twice', () => {
		const sealed = encrypt(key, 'abc', 'x');
		expect(sealed.length).toBe(1 + 12 + 16 + 3);
		expect(sealed[0]).toBe(1);
		expect(Buffer.from(encrypt(key, 'abc', 'x')).equals(sealed)).toBe(false);
	});

	it('opens in no other place and under no other key', () => {
		const sealed = encrypt(key, 'abc', 'p1/connection/stripe');
		const refused = { name: 'Failure', kind: 'broken', code: 'secret_unreadable' };
		expect(() => decrypt(key, sealed, 'p2/connection/stripe')).toThrow(expect.objectContaining(refused));
		expect(() => decrypt(randomBytes(32), sealed, 'p1/connection/stripe')).toThrow(expect.objectContaining(refused));
	});

	it('does not open when any byte of it has changed, or when it is cut short', () => {
		const sealed = encrypt(key, 'abc', 'x');
		for (let position = 0; position < sealed.length; position++) {
			const changed = Uint8Array.from(sealed);
			changed[position] = (changed[position] ?? 0) ^ 1;
			expect(() => decrypt(key, changed, 'x')).toThrow(expect.objectContaining({ code: 'secret_unreadable' }));
			expect(() => decrypt(key, sealed.subarray(0, position), 'x')).toThrow(expect.objectContaining({ code: 'secret_unreadable' }));
		}
	});

	it('is hashed by SHA-256', () => {
		expect(Buffer.from(hashKey('abc')).toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
	});
});

describe("The installation's key", () => {
	let folder: Folder;
	beforeEach(() => {
		folder = emptyFolder();
	});
	afterEach(() => folder.remove());

	it('is the variable where it is set', () => {
		const read = secretKey({ dataDir: folder.path, production: true, variable: `${key.toString('base64')}\n` });
		expect(Buffer.from(read).equals(key)).toBe(true);
		expect(readdirSync(folder.path)).toEqual([]);
	});

	it('is refused when it is not 32 bytes, and not repeated', () => {
		const variable = randomBytes(16).toString('base64');
		expect(() => secretKey({ dataDir: folder.path, production: true, variable })).toThrow(
			/^DUNWELL_SECRET_KEY must hold 32 bytes in base64; make one with: openssl rand -base64 32$/,
		);
	});

	it('must be set in production', () => {
		expect(() => secretKey({ dataDir: folder.path, production: true, variable: undefined })).toThrow(/^DUNWELL_SECRET_KEY is not set; production needs it/);
		expect(() => secretKey({ dataDir: folder.path, production: true, variable: '' })).toThrow(/^DUNWELL_SECRET_KEY is not set/);
	});

	it('is made once in development, in a file only its user may read', () => {
		const dataDir = join(folder.path, 'data');
		const first = secretKey({ dataDir, production: false, variable: undefined });
		const second = secretKey({ dataDir, production: false, variable: undefined });
		expect(Buffer.from(first).equals(second)).toBe(true);
		expect(readdirSync(dataDir)).toEqual(['secret.key']);
		expect(statSync(join(dataDir, 'secret.key')).mode & 0o777).toBe(0o600);
		expect(Buffer.from(readFileSync(join(dataDir, 'secret.key'), 'utf8'), 'base64').equals(first)).toBe(true);
	});

	it('in a broken key file is refused by name, and the file is left alone', () => {
		const file = join(folder.path, 'secret.key');
		writeFileSync(file, 'short');
		expect(() => secretKey({ dataDir: folder.path, production: false, variable: undefined })).toThrow(`${file} must hold 32 bytes in base64`);
		expect(readFileSync(file, 'utf8')).toBe('short');
	});
});
