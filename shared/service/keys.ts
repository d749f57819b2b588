/**
 * API keys: `test_<practice>_<secret>`, `live_<practice>_<secret>` and `operator_<secret>`. Only the SHA-256 of a key
 * is kept; the key itself is shown once. The practice stands in the key so that it is found without a scan.
 */
import { timingSafeEqual } from 'node:crypto';
import { Failure } from '../contracts/failure.ts';
import type { Scope } from '../contracts/operation.ts';
import type { Tx } from '../ledger/open.ts';
import { audit } from './audit.ts';
import { newRef, newSecret, sha256, sha256Hex } from './refs.ts';
import type { Admin } from './setup/admin.ts';
import type { Deps } from './types.ts';

export const SCOPES: readonly Scope[] = ['read', 'write', 'send', 'setup', 'contact_details'];
export type KeyMode = 'test' | 'live';

/** The `practice` under which operators' keys are kept; no practice can have this id. */
export const OPERATOR = 'operator';

/** Who a key belongs to, as it was when it was last read. */
export interface Identity {
	kind: 'practice' | 'operator';
	practiceId: string;
	keyId: string;
	test: boolean;
	scopes: readonly Scope[];
	label: string;
	practice?: { name: string; time_zone: string; currency: string; paused: boolean };
}

interface AuthenticateRow {
	key_id: string;
	mode: KeyMode | 'operator';
	scopes: Scope[];
	label: string;
	expires_at: string | null;
	revoked_at: string | null;
	practice: { name: string; time_zone: string; currency: string; paused: boolean; closed_at: string | null } | null;
}

/** How long a key is believed without asking again: a revoked key works at most this much longer in another process. */
const CACHE_MS = 5000;
/** Only good keys are cached, so this bounds memory, not guessing. */
const CACHE_SIZE = 10_000;

type Cache = Map<string, { row: AuthenticateRow; until: number }>;
const caches = new WeakMap<Deps, Cache>();

function cacheOf(deps: Deps): Cache {
	let cache = caches.get(deps);
	if (!cache) {
		cache = new Map();
		caches.set(deps, cache);
	}
	return cache;
}

/** Makes a revoked, rotated or closed practice's key stop at once in this process. */
export const forgetKeys = (deps: Deps): void => cacheOf(deps).clear();

const PRACTICE_KEY = /^(test|live)_(pr_[a-z0-9]{4,40})_([A-Za-z0-9_-]{43})$/;
const OPERATOR_KEY = /^operator_[A-Za-z0-9_-]{43}$/;

/**
 * Finds out who holds a key.
 * @throws Failure `auth` when the key is missing, unknown, revoked or expired; `denied` when the practice is closed
 */
export async function authenticate(deps: Deps, key: string | undefined): Promise<Identity> {
	if (key === undefined || key === '')
		throw new Failure('auth', 'This call needs an API key. Send it as "Authorization: Bearer <key>" or "X-API-Key: <key>".', { code: 'key_missing' });
	if (isEnvironmentOperator(deps, key)) return { kind: 'operator', practiceId: OPERATOR, keyId: 'environment', test: false, scopes: SCOPES, label: 'Operator' };
	const practiceId = OPERATOR_KEY.test(key) ? OPERATOR : PRACTICE_KEY.exec(key)?.[2];
	if (practiceId === undefined) throw unknownKey();
	const row = await readKey(deps, practiceId, sha256Hex(key));
	if (row.practice?.closed_at)
		throw new Failure('denied', 'This practice was closed. Its keys no longer work; the operator of the service can say more.', { code: 'practice_closed' });
	if (row.revoked_at !== null)
		throw new Failure('auth', "This API key was revoked. Use another key, or ask the practice's admin for a new one.", { code: 'key_revoked' });
	if (row.expires_at !== null && Date.parse(row.expires_at) <= deps.now())
		throw new Failure('auth', "This API key has expired. Use the key that replaced it, or ask the practice's admin for a new one.", { code: 'key_expired' });
	if (row.mode === 'operator') return { kind: 'operator', practiceId: OPERATOR, keyId: row.key_id, test: false, scopes: SCOPES, label: row.label };
	if (row.practice === null) throw unknownKey();
	const { closed_at: _, ...practice } = row.practice;
	return { kind: 'practice', practiceId, keyId: row.key_id, test: row.mode === 'test', scopes: row.scopes, label: row.label, practice };
}

async function readKey(deps: Deps, practiceId: string, hash: string): Promise<AuthenticateRow> {
	const cache = cacheOf(deps);
	const known = cache.get(hash);
	if (known && known.until > deps.now()) return known.row;
	const row = await deps.ledger.call<AuthenticateRow | null>('authenticate', practiceId, { hash });
	if (!row) throw unknownKey();
	if (cache.size >= CACHE_SIZE) cache.clear();
	cache.set(hash, { row, until: deps.now() + CACHE_MS });
	return row;
}

/** Both sides are hashed first: equal lengths, and the comparison's time tells nothing about the key. */
function isEnvironmentOperator(deps: Deps, key: string): boolean {
	const { operatorKey } = deps.config;
	return operatorKey !== undefined && timingSafeEqual(sha256(operatorKey), sha256(key));
}

const unknownKey = () =>
	new Failure('auth', 'This API key is not known. Check that it was copied whole, and that it belongs to this service.', { code: 'key_unknown' });

export interface NewKey {
	mode: KeyMode;
	scopes: readonly Scope[];
	label: string;
	/** An instant; null never expires. */
	expiresAt: Date | null;
}

/** A key as it is shown the one time it exists in full. */
export interface CreatedKey {
	key_id: string;
	api_key: string;
	mode: string;
	scopes: Scope[];
	label: string;
	expires_at: string;
}

/** Writes a key inside the caller's transaction, which must be the practice's own. */
export async function insertKey(tx: Tx, practiceId: string, key: NewKey, now: number): Promise<CreatedKey> {
	const text = `${key.mode}_${practiceId}_${newSecret()}`;
	const created = { key_id: newRef('key'), mode: key.mode, scopes: SCOPES.filter((scope) => key.scopes.includes(scope)), label: key.label };
	await tx
		.insertInto('api_key')
		.values({ practice_id: practiceId, ...created, hash: sha256(text), created_at: new Date(now), expires_at: key.expiresAt })
		.execute();
	return { ...created, api_key: text, expires_at: key.expiresAt?.toISOString() ?? '' };
}

/** The operator's bootstrap key: made when neither the environment nor the ledger has one. Undefined when one exists. */
export async function bootstrapOperator(deps: Deps): Promise<string | undefined> {
	if (deps.config.operatorKey !== undefined) return undefined;
	return deps.ledger.practice(OPERATOR, async (tx) => {
		const known = await tx.selectFrom('api_key').select('key_id').where('practice_id', '=', OPERATOR).executeTakeFirst();
		if (known) return undefined;
		const text = `operator_${newSecret()}`;
		// A fixed id: of several processes that start at once on an empty database, one writes the key and prints it.
		const written = await tx
			.insertInto('api_key')
			.values({
				practice_id: OPERATOR,
				key_id: 'key_first',
				hash: sha256(text),
				mode: 'operator',
				scopes: [...SCOPES],
				label: 'Operator',
				created_at: new Date(deps.now()),
			})
			.onConflict((conflict) => conflict.doNothing())
			.returning('key_id')
			.execute();
		return written.length > 0 ? text : undefined;
	});
}

export async function createKey(
	deps: Deps,
	admin: Admin,
	input: { mode: KeyMode; scopes: readonly Scope[]; label: string; expires_in_days?: number },
): Promise<CreatedKey> {
	if (input.mode === 'live') refuseTestAdmin(admin);
	const now = deps.now();
	const expiresAt = input.expires_in_days === undefined ? null : new Date(now + input.expires_in_days * 86_400_000);
	return deps.ledger.practice(admin.practiceId, async (tx) => {
		const key = await insertKey(tx, admin.practiceId, { mode: input.mode, scopes: input.scopes, label: input.label, expiresAt }, now);
		await note(tx, admin, now, 'key_created', key.key_id, { mode: key.mode, scopes: key.scopes, label: key.label, expires_at: key.expires_at });
		return key;
	});
}

export async function listKeys(deps: Deps, admin: Admin) {
	const rows = await deps.ledger.practice(admin.practiceId, (tx) =>
		tx
			.selectFrom('api_key')
			.select(['key_id', 'mode', 'scopes', 'label', 'created_at', 'expires_at', 'revoked_at'])
			.where('practice_id', '=', admin.practiceId)
			.orderBy('created_at')
			.orderBy('key_id')
			.execute(),
	);
	return {
		items: rows.map((row) => ({
			key_id: row.key_id,
			mode: row.mode,
			scopes: row.scopes,
			label: row.label,
			status: row.revoked_at !== null ? 'revoked' : row.expires_at !== null && row.expires_at.getTime() <= deps.now() ? 'expired' : 'active',
			created_at: row.created_at.toISOString(),
			expires_at: row.expires_at?.toISOString() ?? '',
		})),
	};
}

/** A new key beside the old one, which works for `hours` more: time to change it in every flow. */
export async function rotateKey(deps: Deps, admin: Admin, keyId: string, hours: number) {
	const now = deps.now();
	const rotated = await deps.ledger.practice(admin.practiceId, async (tx) => {
		const old = await usableKey(tx, admin, keyId, now);
		const key = await insertKey(tx, admin.practiceId, { mode: old.mode as KeyMode, scopes: old.scopes as Scope[], label: old.label, expiresAt: null }, now);
		const ends = new Date(Math.min(now + hours * 3_600_000, old.expires_at?.getTime() ?? Number.POSITIVE_INFINITY));
		await tx.updateTable('api_key').set({ expires_at: ends }).where('practice_id', '=', admin.practiceId).where('key_id', '=', keyId).execute();
		await note(tx, admin, now, 'key_rotated', keyId, { replaced_by: key.key_id, expires_at: ends.toISOString() });
		return { ...key, replaces: keyId, old_expires_at: ends.toISOString() };
	});
	forgetKeys(deps);
	return rotated;
}

/** Stops a key at once; revoking one that is revoked already changes nothing. */
export async function revokeKey(deps: Deps, admin: Admin, keyId: string): Promise<void> {
	const now = deps.now();
	await deps.ledger.practice(admin.practiceId, async (tx) => {
		// The practice row is the lock: of two admins who revoke each other's key at once, the second must see the first.
		await tx.selectFrom('practice').select('practice_id').where('practice_id', '=', admin.practiceId).forUpdate().execute();
		const key = await findKey(tx, admin, keyId);
		if (key.mode === 'live') refuseTestAdmin(admin);
		if (key.revoked_at !== null) return;
		if (!admin.operator && key.scopes.includes('setup')) await refuseLastSetupKey(tx, admin, keyId, now);
		await tx
			.updateTable('api_key')
			.set({ revoked_at: new Date(now) })
			.where('practice_id', '=', admin.practiceId)
			.where('key_id', '=', keyId)
			.execute();
		await note(tx, admin, now, 'key_revoked', keyId, {});
	});
	forgetKeys(deps);
}

async function findKey(tx: Tx, admin: Admin, keyId: string) {
	const key = await tx.selectFrom('api_key').selectAll().where('practice_id', '=', admin.practiceId).where('key_id', '=', keyId).executeTakeFirst();
	if (!key) throw new Failure('missing', `There is no key "${keyId}" in this practice. GET /api/setup/keys lists them.`);
	return key;
}

async function usableKey(tx: Tx, admin: Admin, keyId: string, now: number) {
	const key = await findKey(tx, admin, keyId);
	if (key.mode === 'live') refuseTestAdmin(admin);
	if (key.revoked_at !== null || (key.expires_at !== null && key.expires_at.getTime() <= now))
		throw new Failure('conflict', 'This key no longer works, so it cannot be rotated. Create a new key instead.', { code: 'key_not_active' });
	return key;
}

async function refuseLastSetupKey(tx: Tx, admin: Admin, keyId: string, now: number): Promise<void> {
	const others = await tx
		.selectFrom('api_key')
		.select(['scopes', 'expires_at'])
		.where('practice_id', '=', admin.practiceId)
		.where('key_id', '<>', keyId)
		.where('revoked_at', 'is', null)
		.execute();
	const left = others.some((other) => other.scopes.includes('setup') && (other.expires_at === null || other.expires_at.getTime() > now));
	if (!left)
		throw new Failure(
			'conflict',
			'This is the last key that may change the set-up: without it nobody of the practice could. Create or rotate a key with the scope "setup" first.',
			{ code: 'last_setup_key' },
		);
}

/** Test keys are handed to more hands than live ones; they must not be a way to become one. */
function refuseTestAdmin(admin: Admin): void {
	if (admin.test)
		throw new Failure('denied', 'A test key cannot create, rotate or revoke live keys. Use a live key with the scope "setup", or the operator\'s key.', {
			code: 'live_key_needed',
		});
}

const note = (tx: Tx, admin: Admin, now: number, kind: string, subject: string, body: object): Promise<void> =>
	audit(tx, admin.practiceId, [{ at: new Date(now).toISOString(), actor: admin.actor, kind, subject, body }]);
