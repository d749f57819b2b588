import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { catalogue } from '../../shared/operations/registry.ts';
import { createApp } from '../../shared/service/http/app.ts';
import { routeList } from '../../shared/service/http/routes.ts';
import type { Deps, UseCases } from '../../shared/service/types.ts';
import type { Registration } from '../kit/azure-worker.ts';
import { buildFunctionApp, type FunctionApp, type FunctionWorker, startWorker } from '../kit/function-app.ts';

const APP = new URL('../../power-automate-connector/', import.meta.url);
const SETTINGS = {
	DUNWELL_PUBLIC_URL: 'https://dunwell.example',
	DUNWELL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
	DUNWELL_LOG: 'info',
};
/** Not a port that anything listens on. */
const NOWHERE = 'postgres://dunwell:not-for-the-log@127.0.0.1:1/dunwell';

let app: FunctionApp;
beforeAll(async () => {
	app = await buildFunctionApp();
});
afterAll(() => app.remove());

const triggerOf = ({ bindings }: Registration) => Object.values(bindings).find(({ direction }) => direction === 'in') ?? { type: '' };
const outputsOf = ({ bindings }: Registration) => Object.values(bindings).filter(({ direction, type }) => direction === 'out' && type !== 'http');

describe('The bundle', () => {
	it('holds neither the embedded database, nor a connector’s other half, nor the command line', () => {
		const files = Object.keys(app.metafile.inputs);
		expect(files.filter((file) => /pglite\/dist|zapier-app\/|shared\/cli\/|connector\/scripts\/|^test\//.test(file))).toEqual([]);
		expect(files.some((file) => file.endsWith('shared/ledger/postgres.ts'))).toBe(true);
	});

	it('imports nothing but Node and the one package it is shipped with', () => {
		const [output] = Object.values(app.metafile.outputs);
		const packages = new Set(output?.imports.filter(({ external }) => external).map(({ path }) => path));
		const foreign = [...packages].filter((path) => !path.startsWith('node:') && !isBuiltin(path));
		expect(foreign.sort()).toEqual(['@azure/functions', 'pg-native']);
	});

	it('is the entry point that package.json names, of a module that Azure’s Node runs', () => {
		const { main, type, dependencies } = JSON.parse(readFileSync(new URL('package.json', APP), 'utf8'));
		expect({ main, type, dependencies }).toEqual({ main: 'dist/functions.js', type: 'module', dependencies: { '@azure/functions': '4.16.5' } });
	});
});

const isBuiltin = (path: string): boolean => process.getBuiltinModule(path) !== undefined;

describe('What the Function app registers', () => {
	let worker: FunctionWorker;
	beforeAll(async () => {
		// Not one setting: registering must need none.
		worker = await startWorker(app);
	});
	afterAll(() => worker.kill());

	const ofType = (type: string): Registration[] => worker.functions.filter((registration) => triggerOf(registration).type === type);

	it('is one function for each route of the service, and one for addresses that do not exist', () => {
		const registered = ofType('httpTrigger').map((registration) => {
			const { methods, route, authLevel } = triggerOf(registration) as unknown as { methods: string[]; route: string; authLevel: string };
			return { name: registration.name, methods, route, authLevel };
		});
		const expected = routeList().map(({ name, method, path }) => ({
			name,
			methods: [method],
			route: path.slice('/api/'.length).replace(/:([a-z_]+)/g, '{$1}'),
			authLevel: 'anonymous',
		}));
		expect(registered).toEqual([
			...expected,
			{ name: 'unknown_address', methods: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], route: '{*path}', authLevel: 'anonymous' },
		]);
		expect(registered.map(({ name }) => name)).toEqual(expect.arrayContaining(catalogue.map(({ key }) => key)));
	});

	it('is what the service serves, in the same order', () => {
		const { routes } = createApp({ config: { ratePerSecond: 1 }, now: () => 0 } as Deps, {} as UseCases);
		expect(routes.map(({ name, method, path }) => ({ name, method, path }))).toEqual(routeList());
	});

	it('has names and addresses that Azure takes', () => {
		const names = worker.functions.map(({ name }) => name);
		expect(names.filter((name) => !/^[A-Za-z][\w-]{0,126}$/.test(name))).toEqual([]);
		expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
		const routes = ofType('httpTrigger').map((registration) => String((triggerOf(registration) as { route?: string }).route));
		// Two prefixes belong to the platform.
		expect(routes.filter((route) => /^(admin|runtime)(\/|$)/.test(route) || !/^[\w{}/*-]+$/.test(route))).toEqual([]);
	});

	it('runs the reviews every five minutes and the queue every minute', () => {
		expect(ofType('timerTrigger').map((registration) => [registration.name, (triggerOf(registration) as { schedule?: string }).schedule])).toEqual([
			['reviews_due', '0 */5 * * * *'],
			['drain_queue', '15 * * * * *'],
		]);
	});

	it('takes nudges from a queue, and those that failed for good from its poison queue', () => {
		expect(ofType('queueTrigger').map((registration) => [registration.name, (triggerOf(registration) as { queueName?: string }).queueName])).toEqual([
			['nudge', 'dunwell-nudge'],
			['nudge_failed', 'dunwell-nudge-poison'],
		]);
	});

	it('lets what writes put a nudge into that queue, and nothing else', () => {
		const writing = worker.functions.filter((registration) => outputsOf(registration).length > 0);
		expect(writing.map(({ name }) => name)).toEqual(
			routeList()
				.filter(({ method }) => method !== 'GET')
				.map(({ name }) => name),
		);
		const kinds = writing.flatMap(outputsOf).map(({ type, queueName, connection }) => `${type} ${queueName} ${connection}`);
		expect([...new Set(kinds)]).toEqual(['queue dunwell-nudge AzureWebJobsStorage']);
	});

	it('closes the database when Azure stops the app', () => {
		expect(worker.hooks).toEqual(['appTerminate']);
	});

	it('follows the schedule of the setting when there is one', async () => {
		const set = await startWorker(app, { DUNWELL_REVIEW_SCHEDULE: '0 0 * * * *' });
		const reviews = set.functions.find(({ name }) => name === 'reviews_due');
		expect(reviews && (triggerOf(reviews) as { schedule?: string }).schedule).toBe('%DUNWELL_REVIEW_SCHEDULE%');
		set.kill();
	});
});

describe('host.json', () => {
	const host = () => JSON.parse(readFileSync(new URL('host.json', APP), 'utf8'));

	it('puts every route where the service has it', () => {
		expect(host().extensions.http.routePrefix).toBe('api');
	});

	it('keeps addresses out of the telemetry: they hold the secrets of links and what was searched for', () => {
		expect(host().logging.logLevel['Host.Results']).toBe('None');
	});

	it('gives the drain of the queue the time it takes', () => {
		expect(host().functionTimeout).toBe('00:05:00');
		expect(host().extensions.queues.maxDequeueCount).toBe(3);
	});
});

describe('Without a database', () => {
	it('says which setting is missing, to whoever asks', async () => {
		const worker = await startWorker(app, SETTINGS);
		for (const [method, path] of [
			['GET', '/api/health'],
			['POST', '/api/balances'],
		] as const) {
			const answer = await worker.call(method, path, method === 'POST' ? { body: {} } : {});
			expect([answer.status, answer.json.code, answer.json.detail, answer.header('retry-after')]).toEqual([
				503,
				'not_set_up',
				'DATABASE_URL is not set. The Function app keeps its records in PostgreSQL: set it to the address of yours.',
				'60',
			]);
		}
		expect(await worker.run('drain_queue')).toMatchObject({ error: expect.stringContaining('DATABASE_URL is not set.') });
		worker.kill();
	});

	it('says of a setting that is wrong how to mend it, and does not blame the caller', async () => {
		const worker = await startWorker(app, { ...SETTINGS, DATABASE_URL: NOWHERE, DUNWELL_PUBLIC_URL: 'http://dunwell.example' });
		const { status, json } = await worker.call('GET', '/api/me');
		expect([status, json.detail]).toEqual([503, 'DUNWELL_PUBLIC_URL must start with https:// in production: vendors and Zapier call it.']);
		worker.kill();
	});

	it('is production unless it says otherwise, so that no key is kept in a file of the instance', async () => {
		const worker = await startWorker(app, { ...SETTINGS, DATABASE_URL: NOWHERE, DUNWELL_SECRET_KEY: '' });
		const { status, json } = await worker.call('GET', '/api/me');
		expect([status, json.detail]).toEqual([503, expect.stringContaining('DUNWELL_SECRET_KEY is not set')]);
		worker.kill();
	});

	describe('that answers', () => {
		let worker: FunctionWorker;
		beforeAll(async () => {
			worker = await startWorker(app, { ...SETTINGS, DATABASE_URL: NOWHERE });
		});
		afterAll(() => worker.kill());

		it('answers 503 and tells the reason to the log alone, without a password', async () => {
			const answer = await worker.call('GET', '/api/health');
			expect([answer.status, answer.json.code, answer.header('retry-after')]).toEqual([503, 'database_unavailable', '10']);
			expect(answer.body).not.toMatch(/127\.0\.0\.1|postgres|not-for-the-log/);
			const errors = answer.logs.filter(({ level, category }) => level === 'error' && category === 'user');
			expect(errors.map(({ message }) => JSON.parse(message).problem)).toEqual([
				expect.stringMatching(/^PostgreSQL at 127\.0\.0\.1:1\/dunwell can not be used: .*ECONNREFUSED/),
			]);
			expect(JSON.stringify(answer.logs)).not.toContain('not-for-the-log');
		});

		it('refuses what has no key, has no address or takes another method, which needs no database', async () => {
			const [keyless, nowhere, wrong] = [
				await worker.call('POST', '/api/balances', { body: { amount: 1 } }),
				await worker.call('GET', '/api/balance'),
				await worker.call('DELETE', '/api/balances'),
			];
			expect([keyless.status, keyless.json.code]).toEqual([401, 'key_missing']);
			expect([nowhere.status, nowhere.json.code]).toEqual([404, 'unknown_address']);
			expect([wrong.status, wrong.header('allow')]).toEqual([405, 'POST']);
			expect([keyless, nowhere, wrong].flatMap(({ logs }) => logs.filter(({ level }) => level === 'error'))).toEqual([]);
		});

		it('lets timers and nudges fail, so that Azure shows and repeats them, and says no more than that', async () => {
			for (const [name, input] of [['reviews_due'], ['drain_queue'], ['nudge', 'pr_abcdef']] as const) {
				const { error } = await worker.run(name, input);
				expect(error).toMatch(/^The database cannot be opened at the moment/);
			}
		});

		it('drops a nudge that names no practice without a look at it', async () => {
			const dropped = await worker.run('nudge', 'Jane Doe 555-0100');
			expect(dropped.error).toBeUndefined();
			expect(dropped.logs.map(({ message }) => JSON.parse(message).msg)).toEqual(['a nudge that names no practice was dropped']);
			expect(JSON.stringify(dropped.logs)).not.toContain('Jane');
		});

		it('tells of a nudge that failed for good by its practice alone', async () => {
			const [failed, odd] = [await worker.run('nudge_failed', 'pr_abcdef'), await worker.run('nudge_failed', '{"patient":"Jane Doe"}')];
			expect(failed.logs).toMatchObject([{ level: 'error', message: expect.stringContaining('Practice: pr_abcdef.') }]);
			expect(odd.logs).toMatchObject([{ level: 'error', message: expect.stringContaining('Practice: not named.') }]);
			expect(JSON.stringify(odd.logs)).not.toContain('Jane');
		});
	});

	it('opens it once for calls that come together, and again for the next after it failed', async () => {
		let opened = 0;
		const listening = createServer((socket) => {
			opened++;
			// Long enough for every call to wait on this one.
			setTimeout(() => socket.destroy(), 300);
		});
		const port = await new Promise<number>((resolve) => listening.listen(0, '127.0.0.1', () => resolve((listening.address() as { port: number }).port)));
		const worker = await startWorker(app, { ...SETTINGS, DATABASE_URL: `postgres://dunwell@127.0.0.1:${port}/dunwell` });
		// Each with a key of its own: whoever holds it stands in the database.
		const ask = (letter: string) => worker.call('GET', '/api/me', { key: `live_pr_abcdef_${letter.repeat(43)}` });
		const together = await Promise.all(['a', 'b', 'c', 'd'].map(ask));
		expect(together.map(({ status }) => status)).toEqual([503, 503, 503, 503]);
		expect(opened).toBe(1);
		expect((await ask('e')).status).toBe(503);
		expect(opened).toBe(2);
		worker.kill();
		listening.close();
	});
});

describe('A folder that Azure gets', () => {
	it('leaves out sources and settings', () => {
		const ignored = readFileSync(join(APP.pathname, '.funcignore'), 'utf8').split('\n');
		expect(ignored).toEqual(expect.arrayContaining(['local.settings.json', 'definition/', 'scripts/', 'src/']));
		expect(ignored).not.toContain('dist/');
	});
});
