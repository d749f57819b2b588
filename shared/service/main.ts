/** `npm start`: the whole service as one local process. */
import { createServer } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { Failure } from '../contracts/failure.ts';
import { openLedger } from '../ledger/open.ts';
import { type Config, readConfig } from './config.ts';
import { createDeps, createLog } from './deps.ts';
import { createApp } from './http/app.ts';
import { bootstrapOperator } from './keys.ts';
import { openSandbox, sandboxText } from './sandbox.ts';
import type { Deps, UseCases } from './types.ts';
import { createUseCases } from './use-cases.ts';

const TICK_MS = 60_000;
/** Jobs of one queue at a time: enough to keep vendors busy, few enough for the embedded database. */
const CONCURRENCY = 10;
/** Open connections get so long to finish when the service stops. */
const DRAIN_MS = 5000;

const say = (text: string): void => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
	const config = await settle(readConfig(process.env));
	const log = createLog(config);
	const ledger = await openLedger({ ...config, onProblem: (problem) => log.warn({ problem: problem.message }, 'queue') });
	try {
		const deps = createDeps(config, ledger, log);
		const useCases = createUseCases(deps);
		const operatorKey = await bootstrapOperator(deps);
		const sandbox = config.sandbox ? await openSandbox(deps, useCases) : undefined;
		const server = await listen(config, createApp(deps, useCases).app.fetch);
		await ledger.queue.work(useCases.handlers, { concurrency: CONCURRENCY });
		const stopTicking = startTicking(deps, useCases);
		if (sandbox) say(`${sandboxText(sandbox, config.publicUrl)}\n`);
		if (operatorKey) say(`Operator key (shown this once; it creates practices): ${operatorKey}\n`);
		say(`Dunwell is ready at ${config.publicUrl}. Ctrl-C stops it.`);
		stopOnSignal(async () => {
			await Promise.all([closeServer(server), stopTicking()]);
			await ledger.close();
		});
	} catch (error) {
		await ledger.close().catch(() => undefined);
		throw error;
	}
}

/**
 * Finds out about a port in use before the database is opened and a practice is made, and which port the system gives
 * for port 0: the address is a part of links.
 */
async function settle(config: Config): Promise<Config> {
	const probe = createServer();
	const port = await new Promise<number>((resolve, reject) => {
		probe.once('error', (error) => reject(cannotListen(config, error)));
		probe.listen(config.port, config.host, () => {
			const address = probe.address();
			resolve(typeof address === 'object' && address !== null ? address.port : config.port);
		});
	});
	await new Promise((resolve) => probe.close(resolve));
	return config.port === port ? config : readConfig({ ...process.env, PORT: String(port) });
}

function cannotListen(config: Config, error: NodeJS.ErrnoException): Failure {
	const { port, host } = config;
	if (error.code === 'EADDRINUSE')
		return new Failure(
			'unavailable',
			`Port ${port} is in use: Dunwell may be running already. Stop what uses it, or choose another port: PORT=${port + 1} npm start`,
			{ code: 'port_in_use' },
		);
	if (error.code === 'EACCES')
		return new Failure('unavailable', `Port ${port} may not be opened by this user. Choose a port above 1023: PORT=7071 npm start`, {
			code: 'port_not_allowed',
		});
	return new Failure('unavailable', `The address ${host}:${port} cannot be listened on (${error.code ?? 'unknown error'}). Correct DUNWELL_HOST or PORT.`, {
		code: 'address_not_available',
	});
}

function listen(config: Config, fetch: (request: Request) => Response | Promise<Response>): Promise<ServerType> {
	return new Promise((resolve, reject) => {
		const server = serve({ fetch, port: config.port, hostname: config.host }, () => resolve(server));
		server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(config, error)));
	});
}

async function closeServer(server: ServerType): Promise<void> {
	const closed = new Promise((resolve) => server.close(resolve));
	if (!('closeAllConnections' in server)) return void (await closed);
	server.closeIdleConnections();
	const cut = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
	await closed;
	clearTimeout(cut);
}

/** A tick that takes longer than a minute is not met by a second one. */
function startTicking(deps: Deps, useCases: UseCases): () => Promise<void> {
	let current: Promise<void> | undefined;
	const tick = () => {
		current ??= useCases
			.tick()
			.then(
				() => undefined,
				(error: unknown) => deps.log.error({ problem: error instanceof Error ? error.message : 'unknown' }, 'tick'),
			)
			.finally(() => {
				current = undefined;
			});
	};
	const timer = setInterval(tick, TICK_MS);
	// What a killed process left half-done is told to staff now, not in a minute.
	tick();
	return async () => {
		clearInterval(timer);
		await current;
	};
}

/** The first signal stops in good order; a second one does not wait. */
function stopOnSignal(stop: () => Promise<void>): void {
	let stopping = false;
	const onSignal = () => {
		if (stopping) process.exit(1);
		stopping = true;
		say('Stopping…');
		stop().then(
			() => process.exit(0),
			(error: unknown) => fail(error),
		);
	};
	process.on('SIGINT', onSignal);
	process.on('SIGTERM', onSignal);
}

/** One line that names what is wrong and the remedy. Only what nobody foresaw shows its stack. */
function fail(error: unknown): never {
	process.stderr.write(
		`${error instanceof Failure ? error.message : `Dunwell cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`}\n`,
	);
	process.exit(1);
}

await main().catch(fail);
