/**
 * Databases for tests: the embedded one in a folder of its own, and PostgreSQL where one answers: at DATABASE_URL
 * (a user that may create databases and roles), else at 127.0.0.1:5432 as postgres.
 */
import { createHash, randomBytes } from 'node:crypto';
import { cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { type Ledger, openLedger } from '../../shared/ledger/open.ts';

const LEDGER = join(import.meta.dirname, '../../shared/ledger');
const DEFAULT_URL = 'postgres://postgres@127.0.0.1:5432/postgres';

export const postgresUrl = process.env.DATABASE_URL || DEFAULT_URL;

const answers = async (): Promise<boolean> => {
	const client = new Client({ connectionString: postgresUrl, connectionTimeoutMillis: 2_000 });
	try {
		await client.connect();
		await client.end();
		return true;
	} catch {
		return false;
	}
};

/** False only where no PostgreSQL answers. A DATABASE_URL that does not answer is a mistake, not a reason to skip. */
export const hasPostgres = await answers();
if (!hasPostgres && process.env.DATABASE_URL) throw new Error(`No PostgreSQL answers at DATABASE_URL (${new URL(postgresUrl).host}).`);

/** For the title of what is skipped without a server. */
export const postgresTitle = hasPostgres ? 'on PostgreSQL' : `on PostgreSQL (skipped: no PostgreSQL at ${new URL(postgresUrl).host})`;

/** Runs statements as the administrator on a database of the server. */
export const admin = async (text: string, database = new URL(postgresUrl).pathname.slice(1)): Promise<unknown[]> => {
	const client = new Client({ connectionString: Object.assign(new URL(postgresUrl), { pathname: `/${database}` }).href });
	await client.connect();
	try {
		const result = await client.query(text);
		return result.rows;
	} finally {
		await client.end();
	}
};

export interface TestDatabase {
	name: string;
	/** The server's administrator, on this database. */
	adminUrl: string;
	/** A plain user as production has it; it gets its rights when the ledger is opened with adminUrl. */
	databaseUrl: string;
	drop(): Promise<void>;
}

/** An empty database and a plain user, both thrown away by `drop`. */
export const createDatabase = async (): Promise<TestDatabase> => {
	const name = `dunwell_test_${randomBytes(6).toString('hex')}`;
	await admin(`create database ${name}`);
	await admin(`create role ${name} login password 'test'`);
	const adminUrl = Object.assign(new URL(postgresUrl), { pathname: `/${name}` }).href;
	const databaseUrl = Object.assign(new URL(adminUrl), { username: name, password: 'test' }).href;
	return {
		name,
		adminUrl,
		databaseUrl,
		async drop() {
			await admin(`drop database if exists ${name} with (force)`);
			await admin(`drop role if exists ${name}`);
		},
	};
};

/** Changes whenever a migrated folder would look different. */
const fingerprint = (): string => {
	const hash = createHash('sha256');
	for (const file of ['migrations/0001_ledger.ts', 'jobs.ts', 'migrate.ts', 'roles.ts', 'pglite.ts']) hash.update(readFileSync(join(LEDGER, file)));
	const lock = JSON.parse(readFileSync(join(LEDGER, '../../package-lock.json'), 'utf8')) as { packages: Record<string, { version: string } | undefined> };
	for (const name of ['@electric-sql/pglite', 'pg-boss']) hash.update(lock.packages[`node_modules/${name}`]?.version ?? '');
	return hash.digest('hex').slice(0, 16);
};

/** initdb and migrations take seconds, a copy of their result a fraction of one. */
const templateFolder = async (): Promise<string> => {
	const template = join(tmpdir(), `dunwell-template-${fingerprint()}`);
	if (existsSync(template)) return template;
	const fresh = mkdtempSync(`${template}-`);
	await (await openLedger({ dataDir: fresh, production: false })).close();
	try {
		renameSync(fresh, template);
	} catch {
		// Another test process was faster.
		rmSync(fresh, { recursive: true, force: true });
	}
	return template;
};

export interface Folder {
	path: string;
	remove(): void;
}

export const emptyFolder = (): Folder => {
	const path = mkdtempSync(join(tmpdir(), 'dunwell-'));
	return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
};

/** A data folder with a migrated, empty embedded database. */
export const migratedFolder = async (): Promise<Folder> => {
	const folder = emptyFolder();
	cpSync(await templateFolder(), folder.path, { recursive: true });
	return folder;
};

export interface TestLedger {
	ledger: Ledger;
	/** Closes the ledger and throws its data away. */
	close(): Promise<void>;
}

/** An open ledger with nothing in it. On PostgreSQL it is opened as production does: a plain user, migrated by another. */
export const openTestLedger = async (kind: Ledger['kind'], onProblem?: (problem: Error) => void): Promise<TestLedger> => {
	const extra = onProblem === undefined ? {} : { onProblem };
	if (kind === 'postgres') {
		const database = await createDatabase();
		const ledger = await openLedger({ dataDir: '', databaseUrl: database.databaseUrl, adminUrl: database.adminUrl, production: true, ...extra });
		return {
			ledger,
			async close() {
				await ledger.close();
				await database.drop();
			},
		};
	}
	const folder = await migratedFolder();
	const ledger = await openLedger({ dataDir: folder.path, production: false, ...extra });
	return {
		ledger,
		async close() {
			await ledger.close();
			folder.remove();
		},
	};
};

/** Both kinds of database, to run the same tests on: `for (const { title, kind, skip } of LEDGERS) describe.skipIf(skip)(title, …)`. */
export const LEDGERS: { title: string; kind: Ledger['kind']; skip: boolean }[] = [
	{ title: 'embedded', kind: 'embedded', skip: false },
	{ title: postgresTitle, kind: 'postgres', skip: !hasPostgres },
];
