import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLimiter } from '../../../shared/service/http/rate.ts';
import { authenticate, bootstrapOperator } from '../../../shared/service/keys.ts';
import { OPERATOR_KEY, recordingUseCases, startService, type TestService } from './kit.ts';

let service: TestService;
let live: { key_id: string; api_key: string };
let test: { key_id: string; api_key: string };

beforeAll(async () => {
	service = await startService(() => recordingUseCases().useCases, { rate: { perSecond: 2, burst: 40 } });
	const created = await service.call('POST', '/api/setup/practices', { key: OPERATOR_KEY, body: { name: 'Alpha', time_zone: 'America/New_York' } });
	[live, test] = created.json.keys;
});
afterAll(() => service.close());

const HOUR = 3_600_000;
const setup = (method: string, path: string, body?: object, key = live.api_key) => service.call(method, `/api/setup${path}`, { key, body });
const me = async (key: string) => (await service.call('GET', '/api/me', { key })).json;

describe('an API key', () => {
	it('is kept as a hash and shown once', async () => {
		expect(live.api_key).toMatch(/^live_pr_[a-z0-9]{14}_[\w-]{43}$/);
		const list = await setup('GET', '/keys');
		expect(list.text).not.toContain(live.api_key.slice(-20));
		const practiceId = (await me(live.api_key)).practice_id;
		const rows = await service.deps.ledger.practice(practiceId, (tx) => tx.selectFrom('api_key').selectAll().execute());
		expect(JSON.stringify(rows)).not.toContain(live.api_key.slice(-20));
		expect(rows.every((row) => row.hash.byteLength === 32)).toBe(true);
	});

	it('whose secret has _ and - in it is read right', async () => {
		// 43 base64url characters hold one of them nearly always; ten keys make sure.
		for (let i = 0; i < 10; i += 1) {
			const { json } = await setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: `Number ${i}` });
			expect((await authenticate(service.deps, json.api_key)).keyId).toBe(json.key_id);
		}
	});

	it('with one letter changed is unknown', async () => {
		const changed = live.api_key.slice(0, -1) + (live.api_key.endsWith('A') ? 'B' : 'A');
		expect((await me(changed)).code).toBe('key_unknown');
		expect((await me(live.api_key.replace('live_', 'test_'))).code).toBe('key_unknown');
	});

	it('expires when it is said to', async () => {
		const { json } = await setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'Short', expires_in_days: 1 });
		expect((await me(json.api_key)).test).toBe(false);
		service.clock.now += 24 * HOUR;
		expect(await me(json.api_key)).toMatchObject({ status: 401, code: 'key_expired' });
	});

	it('that is rotated works beside the new one for as long as was said', async () => {
		const { json: old } = await setup('POST', '/keys', { mode: 'live', scopes: ['read', 'contact_details'], label: 'Zapier' });
		const rotated = await setup('POST', `/keys/${old.key_id}/rotate`, { hours: 2 });
		expect(rotated.status).toBe(201);
		expect(rotated.json).toMatchObject({
			replaces: old.key_id,
			mode: 'live',
			scopes: ['read', 'contact_details'],
			label: 'Zapier',
			old_expires_at: new Date(service.clock.now + 2 * HOUR).toISOString(),
		});
		expect((await me(old.api_key)).key_label).toBe('Zapier');
		expect((await me(rotated.json.api_key)).key_label).toBe('Zapier');
		service.clock.now += 2 * HOUR;
		expect((await me(old.api_key)).code).toBe('key_expired');
		expect((await me(rotated.json.api_key)).key_label).toBe('Zapier');
		expect((await setup('POST', `/keys/${old.key_id}/rotate`, {})).json).toMatchObject({ status: 409, code: 'key_not_active' });
	});

	it('that is revoked stops at once, and revoking it again is no error', async () => {
		const { json } = await setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'Leaked' });
		expect((await me(json.api_key)).key_label).toBe('Leaked');
		expect((await setup('DELETE', `/keys/${json.key_id}`)).status).toBe(204);
		expect((await me(json.api_key)).code).toBe('key_revoked');
		expect((await setup('DELETE', `/keys/${json.key_id}`)).status).toBe(204);
		expect((await setup('DELETE', '/keys/key_nobody')).status).toBe(404);
	});

	it('that another process revoked stops within five seconds', async () => {
		const { json } = await setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'Elsewhere' });
		const practiceId = (await me(json.api_key)).practice_id;
		await service.deps.ledger.practice(practiceId, (tx) =>
			tx
				.updateTable('api_key')
				.set({ revoked_at: new Date(service.clock.now) })
				.where('key_id', '=', json.key_id)
				.execute(),
		);
		service.clock.now += 5001;
		expect((await me(json.api_key)).code).toBe('key_revoked');
	});

	it('that is the last with the scope setup is not revoked by the practice itself', async () => {
		service.clock.now += 60_000;
		expect((await setup('DELETE', `/keys/${live.key_id}`)).json).toMatchObject({ status: 409, code: 'last_setup_key' });
	});

	it('for tests makes no live key', async () => {
		const { json } = await setup('POST', '/keys', { mode: 'test', scopes: ['setup'], label: 'Test setup' });
		expect((await setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'x' }, json.api_key)).json).toMatchObject({
			status: 403,
			code: 'live_key_needed',
		});
		expect((await setup('DELETE', `/keys/${live.key_id}`, undefined, json.api_key)).json).toMatchObject({ status: 403, code: 'live_key_needed' });
		expect((await setup('POST', `/keys/${live.key_id}/rotate`, {}, json.api_key)).json).toMatchObject({ status: 403, code: 'live_key_needed' });
		expect((await setup('POST', '/practice/close', { confirm: 'Alpha' }, json.api_key)).json).toMatchObject({ status: 403, code: 'live_key_needed' });
		expect((await setup('POST', '/keys', { mode: 'test', scopes: ['read'], label: 'x' }, json.api_key)).status).toBe(201);
	});

	it.each([
		[{ mode: 'live', scopes: [], label: 'x' }, 'scopes'],
		[{ mode: 'live', scopes: ['all'], label: 'x' }, 'scopes.0'],
		[{ mode: 'operator', scopes: ['read'], label: 'x' }, 'mode'],
		[{ mode: 'live', scopes: ['read'] }, 'label'],
	])('%j is refused', async (body, field) => {
		service.clock.now += 60_000;
		expect((await setup('POST', '/keys', body)).json.errors.map((error: { field: string }) => error.field)).toEqual([field]);
	});
});

describe("the operator's key", () => {
	it('is made only where the environment gives none, and shown once', async () => {
		expect(await bootstrapOperator(service.deps)).toBeUndefined();
		const { operatorKey: _, ...config } = service.deps.config;
		const deps = { ...service.deps, config };
		const made = await bootstrapOperator(deps);
		expect(made).toMatch(/^operator_[\w-]{43}$/);
		expect(await bootstrapOperator(deps)).toBeUndefined();
		expect(await authenticate(deps, made)).toMatchObject({ kind: 'operator', keyId: 'key_first' });
	});
});

describe('too many requests', () => {
	it('of one key are 429 with whole seconds to wait; other keys go on', async () => {
		service.clock.now += 60_000;
		const statuses = [];
		for (let i = 0; i < 41; i += 1) statuses.push((await service.call('GET', '/api/me', { key: test.api_key })).status);
		expect(statuses.slice(0, 40)).toEqual(Array.from({ length: 40 }, () => 200));
		const refused = await service.call('GET', '/api/me', { key: test.api_key });
		expect([refused.status, refused.headers.get('retry-after'), refused.json.code]).toEqual([429, '1', 'rate_limited']);
		expect((await service.call('GET', '/api/me', { key: live.api_key })).status).toBe(200);
		service.clock.now += 1000;
		expect((await service.call('GET', '/api/me', { key: test.api_key })).status).toBe(200);
	});

	it('do not exist where the limit is 0', () => {
		const limit = createLimiter({ perSecond: 0, burst: 0 }, () => 0);
		for (let i = 0; i < 1000; i += 1) limit('key');
	});
});
