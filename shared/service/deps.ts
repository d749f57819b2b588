/** Puts the service's parts together: the same for the local process, the Function app and the tests. */
import { randomUUID } from 'node:crypto';
import { type Logger, pino } from 'pino';
import type { Ledger } from '../ledger/open.ts';
import { decrypt, encrypt, secretKey } from '../ledger/secrets.ts';
import { providers } from '../providers/registry.ts';
import type { Config } from './config.ts';
import type { Deps } from './types.ts';

/** Logs go to stderr: stdout is for what a person or a script asked for. */
export const createLog = (config: Pick<Config, 'logLevel'>): Logger => pino({ level: config.logLevel, base: null }, pino.destination({ fd: 2, sync: true }));

/** @throws LedgerUnavailable when the key that secrets are sealed with is missing or is none */
export function createDeps(config: Config, ledger: Ledger, log: Logger = createLog(config)): Deps {
	const key = secretKey({ dataDir: config.dataDir, production: config.production, variable: config.secretKey });
	return {
		config,
		ledger,
		now: Date.now,
		log,
		providers,
		secrets: { seal: (label, text) => encrypt(key, text, label), open: (label, sealed) => decrypt(key, sealed, label) },
		processId: randomUUID(),
	};
}
