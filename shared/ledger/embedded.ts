/**
 * The embedded database: PGlite in `<dataDir>/database`. It runs without fsync: it survives kill -9 but not a power
 * cut, so live practices use PostgreSQL.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import { Kysely, PGliteDialect } from 'kysely';
import { fromPglite } from 'pg-boss';
import { JOBS_SCHEMA } from './jobs.ts';
import type { Ledger } from './ledger.ts';
import { type Lock, lockFolder } from './lock.ts';
import { migrateOnce } from './migrate.ts';
import { pgliteOptions } from './pglite.ts';
import { type OnProblem, queueOn } from './queue.ts';
import type { Database } from './schema.ts';
import { transactionsOn } from './transaction.ts';
import { LedgerUnavailable, wordsOf } from './unavailable.ts';
import { startUpkeep } from './upkeep.ts';

const INITDB_MS = 120_000;
/** What PG_VERSION says in a folder of PGlite 0.5. */
const FORMAT = '18';

/** In a child process (see initdb.ts) and beside its place: a first start that is interrupted leaves no half database. */
const createFolder = async (dataDir: string, folder: string): Promise<void> => {
	for (const left of readdirSync(dataDir)) if (left.startsWith('database.new-')) rmSync(join(dataDir, left), { recursive: true, force: true });
	const fresh = join(dataDir, `database.new-${process.pid}`);
	mkdirSync(fresh, { mode: 0o700 });
	try {
		await promisify(execFile)(process.execPath, [fileURLToPath(new URL('./initdb.ts', import.meta.url)), fresh], { timeout: INITDB_MS });
		if (existsSync(folder)) rmdirSync(folder);
		renameSync(fresh, folder);
	} catch (error) {
		rmSync(fresh, { recursive: true, force: true });
		throw new LedgerUnavailable(
			`The embedded database could not be created in ${folder}: ${wordsOf(error)}. Free space or memory, or set DATABASE_URL to use PostgreSQL.`,
			error,
		);
	}
};

const damaged = (folder: string, cause?: unknown): LedgerUnavailable =>
	new LedgerUnavailable(
		`The database in ${folder} is damaged and can not be opened; put a backup in its place, or move the folder away to begin with an empty one.`,
		cause,
	);

/** PGlite makes a new database over whatever lies in a folder without PG_VERSION, so the folder is looked at first. */
const isPresent = (folder: string): boolean => {
	try {
		const version = readFileSync(join(folder, 'PG_VERSION'), 'utf8').trim();
		if (version === FORMAT) return true;
		if (!/^\d+$/.test(version)) throw damaged(folder);
		throw new LedgerUnavailable(
			`The database in ${folder} has the format of PostgreSQL ${version} and this version reads ${FORMAT}; start the version of Dunwell that made it and export the practices.`,
		);
	} catch (error) {
		if (error instanceof LedgerUnavailable) throw error;
		if (existsSync(folder) && (!statSync(folder).isDirectory() || readdirSync(folder).length > 0)) throw damaged(folder, error);
		return false;
	}
};

/** Damage aborts inside the database's WebAssembly, sometimes with an error that is not an Error. */
const openFolder = async (folder: string): Promise<PGlite> => {
	try {
		const database = await PGlite.create(pgliteOptions(folder));
		await database.query('select 1');
		return database;
	} catch (error) {
		throw damaged(folder, error);
	}
};

/** Nobody else can be working here, so a job that is marked as running belongs to a process that died: let its claim lapse now. */
const lapseClaims = async (database: PGlite): Promise<void> => {
	await database.query(`update ${JOBS_SCHEMA}.job set heartbeat_on = now() - interval '1 day' where state = 'active'`);
};

const openLocked = async (dataDir: string, lock: Lock, onProblem: OnProblem): Promise<Ledger> => {
	const folder = join(dataDir, 'database');
	if (!isPresent(folder)) await createFolder(dataDir, folder);
	const database = await openFolder(folder);
	const dialect = new PGliteDialect({ pglite: database });
	const jobs = fromPglite(database);
	try {
		await migrateOnce({
			exec: (text) => database.exec(text),
			query: async (text, values) => (await database.query(text, values)).rows,
			dialect,
			jobs,
			backend: 'pglite',
		});
	} catch (error) {
		await database.close();
		throw error instanceof LedgerUnavailable
			? error
			: new LedgerUnavailable(`The database in ${folder} could not be brought to this version: ${wordsOf(error)}.`, error);
	}
	let statements = 0;
	const count = (): void => {
		statements += 1;
	};
	const db = new Kysely<Database>({ dialect, log: count });
	const endUpkeep = startUpkeep(database, () => statements, onProblem);
	const queue = queueOn(
		() => ({ db: jobs, backend: 'pglite' }),
		onProblem,
		() => lapseClaims(database),
	);
	const { end, ...transactions } = transactionsOn(db, (text, values) => {
		count();
		return database.query(text, values);
	});
	return {
		kind: 'embedded',
		...transactions,
		queue,
		async close() {
			await queue.stop();
			end();
			await endUpkeep();
			await database.close();
			lock.release();
		},
	};
};

export const openEmbedded = async (dataDir: string, onProblem: OnProblem): Promise<Ledger> => {
	const lock = lockFolder(dataDir);
	try {
		return await openLocked(dataDir, lock, onProblem);
	} catch (error) {
		lock.release();
		throw error;
	}
};
