import type { Ledger } from './ledger.ts';
import type { OnProblem } from './queue.ts';

export type { Ledger } from './ledger.ts';
export type { Handlers, JobOptions, NewJob, Queue, QueueName } from './queue.ts';
export { assertNoTransaction, beforeCommit, insideTransaction, type Tx } from './transaction.ts';
export { LedgerUnavailable } from './unavailable.ts';

export interface OpenOptions {
	/** Folder of the embedded database, its lock and the development key. */
	dataDir: string;
	/** A PostgreSQL server instead of the embedded database. */
	databaseUrl?: string | undefined;
	/** For PostgreSQL: a user that may create roles and schemas; migrates at the start. Without it, outside of production, the login migrates. */
	adminUrl?: string | undefined;
	production: boolean;
	/** Hears of trouble nobody waits for: a handler that threw, a lost connection. For the log; nothing is lost by ignoring it. */
	onProblem?: OnProblem;
}

/**
 * Opens the ledger, sets it up or brings it to this version. Either database is loaded only when it is used: PGlite
 * alone takes longer to load than the Function app may take to its first answer.
 * @throws LedgerUnavailable: one line that names the folder or host and the remedy.
 */
export const openLedger = async ({ dataDir, databaseUrl, adminUrl, production, onProblem = () => undefined }: OpenOptions): Promise<Ledger> => {
	if (databaseUrl) return await (await import('./postgres.ts')).openPostgres({ databaseUrl, ...(adminUrl ? { adminUrl } : {}), production, onProblem });
	return await (await import('./embedded.ts')).openEmbedded(dataDir, onProblem);
};
