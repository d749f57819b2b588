/**
 * Secrets at rest: AES-256-GCM. Layout, constant: version (1 byte, 1) ‖ nonce (12) ‖ tag (16) ‖ ciphertext.
 * `aad` binds a secret to its place (`<practice>/connection/<name>`): moved to another row it does not open.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure } from '../contracts/failure.ts';
import { LedgerUnavailable } from './unavailable.ts';

const VERSION = 1;
const NONCE = 12;
const TAG = 16;
const HEADER = 1 + NONCE + TAG;
const KEY_BYTES = 32;

export const encrypt = (key: Uint8Array, plaintext: string | Uint8Array, aad: string): Uint8Array => {
	const nonce = randomBytes(NONCE);
	const cipher = createCipheriv('aes-256-gcm', key, nonce);
	cipher.setAAD(Buffer.from(aad, 'utf8'));
	const body = Buffer.concat([typeof plaintext === 'string' ? cipher.update(plaintext, 'utf8') : cipher.update(plaintext), cipher.final()]);
	return Buffer.concat([Buffer.of(VERSION), nonce, cipher.getAuthTag(), body]);
};

/** @throws Failure `broken` when the key is another, the place is another, or a byte has changed. */
export const decryptBytes = (key: Uint8Array, sealed: Uint8Array, aad: string): Uint8Array => {
	if (sealed.length < HEADER || sealed[0] !== VERSION)
		throw new Failure('broken', 'A stored secret has a layout this version does not know.', { code: 'secret_unreadable' });
	const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE), { authTagLength: TAG });
	decipher.setAAD(Buffer.from(aad, 'utf8'));
	decipher.setAuthTag(sealed.subarray(1 + NONCE, HEADER));
	try {
		return Buffer.concat([decipher.update(sealed.subarray(HEADER)), decipher.final()]);
	} catch (cause) {
		throw new Failure('broken', 'A stored secret does not open with this DUNWELL_SECRET_KEY; start with the key it was stored under.', {
			code: 'secret_unreadable',
			cause,
		});
	}
};

/** As decryptBytes, for text. */
export const decrypt = (key: Uint8Array, sealed: Uint8Array, aad: string): string => Buffer.from(decryptBytes(key, sealed, aad)).toString('utf8');

/** SHA-256 of random text (API keys, tokens), which needs no salt and no slow hash: it can not be guessed. */
export const hashKey = (text: string): Uint8Array => createHash('sha256').update(text, 'utf8').digest();

const keyFrom = (text: string, where: string): Uint8Array => {
	const key = Buffer.from(text.trim(), 'base64');
	if (key.length !== KEY_BYTES) throw new LedgerUnavailable(`${where} must hold 32 bytes in base64; make one with: openssl rand -base64 32`);
	return key;
};

const readKeyFile = (file: string): string | undefined => {
	try {
		return readFileSync(file, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw new LedgerUnavailable(`The key file ${file} can not be read: ${(error as NodeJS.ErrnoException).code}.`, error);
	}
};

/** Written aside and linked into place, so that of two first starts both read the same, whole key. */
const createKeyFile = (dataDir: string, file: string): string => {
	mkdirSync(dataDir, { recursive: true });
	const draft = `${file}.${process.pid}`;
	writeFileSync(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`, { mode: 0o600 });
	try {
		linkSync(draft, file);
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
			throw new LedgerUnavailable(`The key file ${file} can not be created: ${(error as NodeJS.ErrnoException).code}.`, error);
	} finally {
		rmSync(draft, { force: true });
	}
	return readFileSync(file, 'utf8');
};

/**
 * The key of this installation: DUNWELL_SECRET_KEY (32 bytes, base64), or outside of production the file
 * `<dataDir>/secret.key`, created once. Whoever loses it loses every stored vendor credential.
 * @throws LedgerUnavailable in production without the variable, and when the key is no key.
 */
export const secretKey = (options: { dataDir: string; production: boolean; variable: string | undefined }): Uint8Array => {
	if (options.variable) return keyFrom(options.variable, 'DUNWELL_SECRET_KEY');
	if (options.production) throw new LedgerUnavailable('DUNWELL_SECRET_KEY is not set; production needs it (32 bytes in base64: openssl rand -base64 32).');
	const file = join(options.dataDir, 'secret.key');
	return keyFrom(readKeyFile(file) ?? createKeyFile(options.dataDir, file), file);
};
