/** The service in this process over an embedded database of its own, served on a real port, with its database counted. */
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { serve } from '@hono/node-server';
import { pino } from 'pino';
import { openLedger } from '../../shared/ledger/open.ts';
import { readConfig } from '../../shared/service/config.ts';
import { createDeps } from '../../shared/service/deps.ts';
import { createApp } from '../../shared/service/http/app.ts';
import { createPractice } from '../../shared/service/setup/practices.ts';
import type { Deps, UseCases } from '../../shared/service/types.ts';
import { createUseCases } from '../../shared/service/use-cases.ts';

/** As many jobs of a queue at a time as `npm start` runs. */
const CONCURRENCY = 10;

export interface BenchService {
	deps: Deps;
	useCases: UseCases;
	/** The very database the service writes to, as its administrator. */
	database: PGlite;
	/** Statements sent to the database so far, BEGIN and COMMIT among them. */
	statements(): number;
	practiceId: string;
	/** A live key. */
	key: string;
	/** Where it is served. */
	url: string;
	/** From here on it works its queue, as `npm start` does. */
	work(): Promise<void>;
	close(): Promise<void>;
}

/** The ledger keeps its database to itself, so the instance is caught and counted at the class. */
function watchDatabase(): { database(): PGlite; statements(): number; release(): void } {
	let instance: PGlite | undefined;
	let count = 0;
	const { query, transaction } = PGlite.prototype;
	PGlite.prototype.query = function (this: PGlite, ...args: Parameters<typeof query>) {
		instance = this;
		count += 1;
		return query.apply(this, args);
	} as typeof query;
	PGlite.prototype.transaction = function (this: PGlite, work: Parameters<typeof transaction>[0]) {
		count += 2;
		return transaction.call(this, (tx) => {
			const inner = tx.query.bind(tx);
			return work(
				Object.assign(tx, {
					query(...args: Parameters<typeof inner>) {
						count += 1;
						return inner(...args);
					},
				}),
			);
		});
	} as typeof transaction;
	return {
		database() {
			if (!instance) throw new Error('The ledger did not open an embedded database.');
			return instance;
		},
		statements: () => count,
		release: () => void Object.assign(PGlite.prototype, { query, transaction }),
	};
}

export async function startBenchService(): Promise<BenchService> {
	const dataDir = mkdtempSync(join(tmpdir(), 'dunwell-bench-'));
	const watched = watchDatabase();
	const config = readConfig({ DUNWELL_DATA: dataDir, DUNWELL_RATE: '0', DUNWELL_SANDBOX: '0' });
	const ledger = await openLedger({ ...config, onProblem: (problem) => console.error(problem.message) });
	const deps = createDeps(config, ledger, pino({ level: 'silent' }));
	const useCases = createUseCases(deps);
	const { practice_id, keys } = await createPractice(deps, 'bench', { name: 'Bench Practice', time_zone: 'America/New_York' });
	const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
		const started = serve({ fetch: createApp(deps, useCases).app.fetch, port: 0, hostname: '127.0.0.1' }, () => resolve(started));
	});
	return {
		deps,
		useCases,
		database: watched.database(),
		statements: watched.statements,
		practiceId: practice_id,
		key: (keys[0] as (typeof keys)[number]).api_key,
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		work: () => ledger.queue.work(useCases.handlers, { concurrency: CONCURRENCY }),
		async close() {
			await new Promise((resolve) => server.close(resolve));
			await ledger.close();
			watched.release();
			rmSync(dataDir, { recursive: true, force: true });
		},
	};
}

/** Milliseconds of CPU that this process used meanwhile, on all its threads. */
export async function cpuOf<T>(work: () => Promise<T>): Promise<{ cpuMs: number; wallMs: number; value: T }> {
	const cpu = process.cpuUsage();
	const started = performance.now();
	const value = await work();
	const { user, system } = process.cpuUsage(cpu);
	return { cpuMs: (user + system) / 1000, wallMs: performance.now() - started, value };
}
