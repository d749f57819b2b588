/** The service behind the functions. Nothing is read or opened before the first call: an entry point that throws leaves an app with no functions and no reason. */
import type { Logger } from 'pino';
import { Failure } from '../../shared/contracts/failure.ts';
import { LedgerUnavailable, openLedger } from '../../shared/ledger/open.ts';
import { type Config, readConfig } from '../../shared/service/config.ts';
import { createDeps } from '../../shared/service/deps.ts';
import { createApp } from '../../shared/service/http/app.ts';
import type { Deps, UseCases } from '../../shared/service/types.ts';
import { createUseCases } from '../../shared/service/use-cases.ts';
import { createInvocationLog, noteDue } from './invocation.ts';
import { lazyLedger } from './lazy-ledger.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Service {
	deps: Deps;
	useCases: UseCases;
	fetch(request: Request): Response | Promise<Response>;
}

export interface LazyService {
	/** Puts the service together once; the database opens with the first call that needs it. @throws Failure `unavailable` that names the setting */
	get(): Service;
	close(): Promise<void>;
}

export function lazyService(environment: () => Environment): LazyService {
	let service: Service | undefined;
	return {
		get() {
			service ??= assemble(environment());
			return service;
		},
		async close() {
			await service?.deps.ledger.close();
			service = undefined;
		},
	};
}

function assemble(environment: Environment): Service {
	try {
		// A Function app is production unless it says otherwise: a key in a file would go with the instance.
		const config = readConfig({ ...environment, DUNWELL_ENV: environment['DUNWELL_ENV'] || 'production' });
		if (config.databaseUrl === undefined)
			throw new Failure('unavailable', 'DATABASE_URL is not set. The Function app keeps its records in PostgreSQL: set it to the address of yours.');
		const log = createInvocationLog(config.logLevel);
		const deps = {
			...createDeps(
				config,
				lazyLedger(() => open(config, log), noteDue),
				log,
			),
			onDue: noteDue,
		};
		const useCases = createUseCases(deps);
		const { app } = createApp(deps, useCases);
		return { deps, useCases, fetch: (request) => app.fetch(request) };
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		// Whatever its kind: it is the app's settings that are wrong, not the caller's request.
		throw new Failure('unavailable', error.message, { code: 'not_set_up', retryAfterSeconds: 60, cause: error });
	}
}

async function open(config: Config, log: Logger) {
	try {
		return await openLedger({ ...config, onProblem: (problem) => log.warn({ problem: problem.message }, 'queue') });
	} catch (error) {
		if (!(error instanceof LedgerUnavailable)) throw error;
		// It names the server and its user, which is the operator's business and nobody else's.
		log.error({ problem: error.message }, 'the database cannot be opened');
		throw new Failure('unavailable', 'The database cannot be opened at the moment; the log of the Function app says why. Nothing was half-done: try again.', {
			code: 'database_unavailable',
			retryAfterSeconds: 10,
			cause: error,
		});
	}
}
