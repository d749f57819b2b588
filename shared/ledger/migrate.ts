/** Brings a database to this version: roles, tables, queue. Safe to run by several processes at once and again. */
import { createHash } from 'node:crypto';
import { Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { installJobs, jobsText } from './jobs.ts';
import type { Link } from './link.ts';
import { up as ledger } from './migrations/0001_ledger.ts';
import { as, prepareRoles } from './roles.ts';

/** In order; a name or a text once released never changes. */
export const MIGRATIONS: Readonly<Record<string, string>> = { '0001_ledger': ledger };

const META_SCHEMA = 'dunwell_meta';
const META_TABLE = 'migration';

/** The text holds many statements; a DO block makes them one, which is all the embedded database takes at a time. */
const migration = (text: string): Migration => ({
	async up(db) {
		await sql.raw(`do $migration$ begin execute $statements$${text}$statements$; end $migration$`).execute(db);
	},
});

const migrateTables = async (link: Link): Promise<void> => {
	// Never destroyed: that would close the session, which belongs to the caller.
	const db = new Kysely<unknown>({ dialect: link.dialect });
	const migrations = Object.fromEntries(Object.entries(MIGRATIONS).map(([name, text]) => [name, migration(text)]));
	const migrator = new Migrator({
		db,
		provider: { getMigrations: async () => migrations },
		migrationTableSchema: META_SCHEMA,
		migrationTableName: META_TABLE,
		migrationLockTableName: `${META_TABLE}_lock`,
	});
	const { error } = await migrator.migrateToLatest();
	if (error !== undefined) throw error;
};

/** The same number in every process and version: whoever sets up a database waits for whoever does. */
const SETUP_LOCK = 4_871_203_115;

/** @param login the user the service connects as, when it is not the one that migrates. */
export const migrate = async (link: Link, login?: string): Promise<void> => {
	await link.query('select pg_advisory_lock($1)', [SETUP_LOCK]);
	try {
		await prepareRoles(link, login);
		await as(link, 'dunwell_owner', () => migrateTables(link));
		await as(link, 'dunwell_system', () => installJobs(link));
	} finally {
		await link.query('select pg_advisory_unlock($1)', [SETUP_LOCK]);
	}
};

/** Of all that `migrate` brings: the version of a database that was set up by this code. */
const setUpBy = (): string =>
	createHash('sha256')
		.update(JSON.stringify([MIGRATIONS, jobsText()]))
		.digest('hex');

/** Migrates unless this code has done it already, which saves two thirds of a start. Only for a database that nobody else sets up. */
export const migrateOnce = async (link: Link): Promise<void> => {
	const [schema] = (await link.query(`select obj_description(oid, 'pg_namespace') as mark from pg_namespace where nspname = '${META_SCHEMA}'`)) as {
		mark: string | null;
	}[];
	const mark = setUpBy();
	if (schema?.mark === mark) return;
	await migrate(link);
	await link.exec(`comment on schema ${META_SCHEMA} is '${mark}'`);
};

/** Names of the migrations a database lacks; all of them when it was never set up. */
export const missingMigrations = async (query: (text: string) => Promise<{ rows: unknown[] }>): Promise<string[]> => {
	const names = Object.keys(MIGRATIONS);
	const { rows: tables } = await query(`select to_regclass('${META_SCHEMA}.${META_TABLE}') as found`);
	if ((tables[0] as { found: string | null } | undefined)?.found == null) return names;
	const { rows } = await query(`select name from ${META_SCHEMA}.${META_TABLE}`);
	const done = new Set((rows as { name: string }[]).map((row) => row.name));
	return names.filter((name) => !done.has(name));
};
