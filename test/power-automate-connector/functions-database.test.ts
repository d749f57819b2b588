import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { admin, createDatabase, hasPostgres, postgresTitle, postgresUrl, type TestDatabase } from '../kit/database.ts';
import { buildFunctionApp, type Front, type FunctionApp, type FunctionWorker, listenFor, startWorker } from '../kit/function-app.ts';
import { createAccount, createPractice, OPERATOR_KEY, PUBLIC_URL, type TestPractice } from '../kit/service.ts';
import { type Listener, startListener } from '../service/flow/kit.ts';
import { at, isObject, type Json, listOf, objectOf, resolve } from './document.ts';

const swagger = JSON.parse(readFileSync(new URL('../../power-automate-connector/definition/apiDefinition.swagger.json', import.meta.url), 'utf8')) as Json;

/** Development, because the flow's callback address in this test is on this machine. */
const SETTINGS = {
	DUNWELL_ENV: 'development',
	DUNWELL_PUBLIC_URL: PUBLIC_URL,
	DUNWELL_OPERATOR_KEY: OPERATOR_KEY,
	DUNWELL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
	DUNWELL_RATE: '0',
	DUNWELL_LOG: 'info',
};

describe.skipIf(!hasPostgres)(`The Function app ${postgresTitle}`, () => {
	let app: FunctionApp;
	let database: TestDatabase;
	let worker: FunctionWorker;
	let front: Front;
	let flow: Listener;
	let practice: TestPractice;

	beforeAll(async () => {
		[app, database, flow] = await Promise.all([buildFunctionApp(), createDatabase(), startListener()]);
		worker = await startWorker(app, { ...SETTINGS, DATABASE_URL: database.databaseUrl, DATABASE_ADMIN_URL: database.adminUrl });
		front = await listenFor(worker);
		practice = await createPractice(front.url, { twilio: false });
	});
	afterAll(async () => {
		await front?.close();
		await worker?.stop();
		await flow?.[Symbol.asyncDispose]();
		await database?.drop();
		app?.remove();
	});

	const ask = (method: string, path: string, body?: unknown) =>
		worker.call(method, path, { key: practice.live, headers: { 'dunwell-surface': 'power_automate' }, ...(body === undefined ? {} : { body }) });

	it('is healthy when the database answers', async () => {
		const { status, json } = await worker.call('GET', '/api/health');
		expect([status, json]).toEqual([200, { status: 'ok', database: 'postgres', mode: 'development' }]);
	});

	it('tests a connection as the definition promises', async () => {
		const { status, json } = await ask('GET', '/api/me');
		expect([status, json.practice_name, json.mode]).toEqual([200, 'Test Practice', 'live']);
		const schema = at(swagger, '#/paths/~1api~1me/get/responses/200/schema') as Json;
		expect(Object.keys(objectOf(schema['properties'])).filter((name) => !(name in json))).toEqual([]);
	});

	it('records a balance, answers as the definition says, and leaves a nudge that names the practice and nothing else', async () => {
		const { status, json, outputs } = await ask('POST', '/api/balances', {
			your_reference: 'F-1',
			amount: 84.2,
			first_notice_date: '2026-01-05',
			due_date: '2026-01-05',
		});
		expect([status, json.amount, json.outcome]).toEqual([200, 84.2, 'created']);
		expect(undeclared(json, { $ref: '#/definitions/RecordBalanceResult' })).toEqual([]);
		expect(outputs).toEqual({ 'dunwell-nudge': [practice.id] });
	});

	it('leaves no nudge where nothing is to be done', async () => {
		const again = { your_reference: 'F-1', amount: 84.2, idempotency_key: 'same' };
		await ask('POST', '/api/balances', again);
		expect((await ask('POST', '/api/balances', again)).outputs).toEqual({});
		expect((await ask('GET', '/api/aging')).outputs).toEqual({});
		expect((await ask('POST', '/api/balances', { amount: -1 })).status).toBe(400);
	});

	describe('as a flow uses it', () => {
		let leave = '';

		it('subscribes at the address of the definition and answers where the subscription is', async () => {
			const { status, json, header } = await ask('POST', '/api/subscriptions/balance_overdue', {
				callback_url: `${flow.url}/flow?sp=%2Ftriggers%2Frun&sig=a-b%2Bc`,
			});
			expect([status, Object.keys(json)]).toEqual([201, ['id']]);
			const location = header('location') ?? '';
			expect(location).toMatch(new RegExp(`^${PUBLIC_URL}/api/subscriptions/${json.id.replace('.', '\\.')}/[\\w-]{40,}$`));
			leave = new URL(location).pathname;
		});

		it('posts to the flow what the definition says, to the address byte for byte, after a nudge', async () => {
			const ref = await createAccount(practice, { your_reference: 'F-2', now: Date.now() });
			const nudge = front.outputs.at(-1)?.['dunwell-nudge'] as string[];
			expect(nudge).toEqual([practice.id]);
			expect((await worker.run('nudge', nudge[0])).error).toBeUndefined();
			const heard = flow.at('/flow?sp=%2Ftriggers%2Frun&sig=a-b%2Bc').filter((event) => event.account_ref === ref);
			expect(heard.map(({ event_type, amount }) => [event_type, amount])).toEqual([['balance_overdue', 84.2]]);
			expect(undeclared(heard[0], { $ref: '#/definitions/BalanceOverdueEvent' })).toEqual([]);
			// A doubled nudge is harmless.
			await worker.run('nudge', practice.id);
			expect(flow.at('/flow?sp=%2Ftriggers%2Frun&sig=a-b%2Bc').filter((event) => event.account_ref === ref)).toHaveLength(1);
		});

		it('does the same by its timers when a nudge is lost', async () => {
			const ref = await createAccount(practice, { your_reference: 'F-3', now: Date.now() });
			for (const name of ['reviews_due', 'drain_queue']) expect((await worker.run(name)).error).toBeUndefined();
			expect(flow.heard.filter(({ body }) => body.account_ref === ref)).toHaveLength(1);
		});

		it('ends the subscription at the address it gave, without a key, as often as it is asked', async () => {
			const ended = [await worker.call('DELETE', leave), await worker.call('DELETE', leave)];
			expect(ended.map(({ status, body }) => [status, body])).toEqual([
				[204, ''],
				[204, ''],
			]);
			const ref = await createAccount(practice, { your_reference: 'F-4', now: Date.now() });
			await worker.run('nudge', practice.id);
			expect(flow.heard.filter(({ body }) => body.account_ref === ref)).toEqual([]);
			const path = Object.keys(objectOf(swagger['paths'])).find((known) => isObject(objectOf(objectOf(swagger['paths'])[known])['delete']));
			expect(new RegExp(`^${path?.replace(/\{\w+\}/g, '[^/]+')}$`).test(leave)).toBe(true);
		});
	});

	it('shows contact details to a key that may see them and null to one that may not', async () => {
		await createAccount(practice, { your_reference: 'F-5', now: Date.now(), fields: { patient_name: 'Jane Doe' } });
		const limited = (await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'Flow' })).api_key;
		const find = (key: string) => worker.call('GET', '/api/accounts/find?your_reference=F-5', { key, headers: { 'dunwell-surface': 'power_automate' } });
		const [seen, masked] = [await find(practice.live), await find(limited)];
		const names = Object.entries(objectOf(at(swagger, '#/definitions/FindAccountResult/properties'))).flatMap(([name, schema]) =>
			objectOf(schema)['x-nullable'] ? [name] : [],
		);
		expect(names.length).toBeGreaterThan(0);
		expect(names.map((name) => masked.json[name])).toEqual(names.map(() => null));
		expect(names.some((name) => typeof seen.json[name] === 'string' && seen.json[name] !== '')).toBe(true);
		expect([undeclared(seen.json, { $ref: '#/definitions/FindAccountResult' }), undeclared(masked.json, { $ref: '#/definitions/FindAccountResult' })]).toEqual([
			[],
			[],
		]);
	});

	it('reads a body of nearly a megabyte whole, and no more than a megabyte', async () => {
		const sent = async (bytes: number) => (await ask('POST', '/api/balances', { your_reference: 'F-6', amount: 1, no_field: 'x'.repeat(bytes) })).json;
		expect([(await sent(1_000_000)).errors[0].field, (await sent(1_100_000)).code]).toEqual(['no_field', 'body_too_large']);
	});

	it('serves two processes on one database, as Azure scales out, in production as a user that may not migrate', async () => {
		const second = await startWorker(app, { ...SETTINGS, DUNWELL_ENV: '', DATABASE_URL: database.databaseUrl });
		const { status, json } = await second.call('GET', '/api/me', { key: practice.live });
		expect([status, json.practice_id]).toEqual([200, practice.id]);
		expect((await second.call('GET', '/api/health')).json.mode).toBe('production');
		expect((await second.stop()).error).toBeUndefined();
	});

	it('finds a database that was not there at first, without a new start', async () => {
		const name = `dunwell_test_${randomBytes(6).toString('hex')}`;
		const late = await startWorker(app, { ...SETTINGS, DATABASE_URL: Object.assign(new URL(postgresUrl), { pathname: `/${name}` }).href });
		expect((await late.call('GET', '/api/me', { key: practice.live })).status).toBe(503);
		await admin(`create database ${name}`);
		try {
			const { status, json } = await late.call('GET', '/api/me', { key: practice.live });
			expect([status, json.code]).toEqual([401, 'key_unknown']);
			expect((await late.stop()).error).toBeUndefined();
		} finally {
			late.kill();
			await admin(`drop database ${name} with (force)`);
		}
	});
});

/** Paths of what an answer holds but the definition does not declare, or declares as another type. */
function undeclared(value: unknown, schema: unknown, path = ''): string[] {
	const declared = resolve(swagger, schema);
	if (value === null) return declared['x-nullable'] === true ? [] : [`${path}: null`];
	if (Array.isArray(value))
		return declared['type'] === 'array' ? value.flatMap((item, index) => undeclared(item, declared['items'], `${path}[${index}]`)) : [`${path}: a list`];
	if (isObject(value)) {
		const properties = objectOf(declared['properties']);
		return Object.entries(value).flatMap(([name, item]) =>
			isObject(properties[name]) ? undeclared(item, properties[name], `${path}.${name}`) : [`${path}.${name}: not declared`],
		);
	}
	const fits = declared['type'] === 'integer' ? Number.isInteger(value) : typeof value === declared['type'];
	const listed = declared['enum'] === undefined || listOf(declared['enum']).includes(value);
	return fits && listed ? [] : [`${path}: ${typeof value}`];
}
