/** The ledger on a PostgreSQL server (15 or later). */
import { Kysely, PostgresDialect } from 'kysely';
import { Client, Pool, types } from 'pg';
import type { Ledger } from './ledger.ts';
import type { Link } from './link.ts';
import { migrate, missingMigrations } from './migrate.ts';
import { type OnProblem, queueOn } from './queue.ts';
import type { Database } from './schema.ts';
import { transactionsOn } from './transaction.ts';
import { LedgerUnavailable, wordsOf } from './unavailable.ts';

export interface PostgresOptions {
	databaseUrl: string;
	/** A user that may create roles and schemas: migrates, and is not used for anything else. */
	adminUrl?: string;
	production: boolean;
	onProblem: OnProblem;
}

const POOL_SIZE = 10;
const QUEUE_POOL_SIZE = 3;
const CONNECT_MS = 10_000;
const INT8 = 20;
const DATE = 1082;

/** As on the embedded database: bigint as number (amounts stay far below 2^53), a date as the text it is. */
const parsers = {
	getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
		if (oid === INT8) return Number;
		if (oid === DATE) return (text: string) => text;
		return types.getTypeParser(oid, format as 'text');
	}) as typeof types.getTypeParser,
};

/** Host and database of a connection string, for messages: never its user's password. */
export const placeOf = (url: string): string => {
	try {
		const { hostname, port, pathname } = new URL(url);
		return `${hostname || 'localhost'}:${port || 5432}${pathname}`;
	} catch {
		return 'the address in DATABASE_URL';
	}
};

const unreachable = (url: string, error: unknown): LedgerUnavailable =>
	new LedgerUnavailable(`PostgreSQL at ${placeOf(url)} can not be used: ${wordsOf(error)}. Check the address, the user and that the server runs.`, error);

/** Kysely over one connection: migrations run on the session that holds the set-up lock and the owner's role. */
const linkOn = (client: Client): Link => ({
	exec: (text) => client.query(text),
	query: async (text, values) => (await client.query(text, values)).rows,
	dialect: new PostgresDialect({
		pool: {
			connect: async () => ({ query: client.query.bind(client), release: () => undefined }) as never,
			end: async () => undefined,
			options: {},
		},
	}),
	jobs: { executeSql: (text, values) => (values?.length ? client.query(text, values) : client.query(text)) },
	backend: 'postgres',
});

const migrateWith = async (url: string, login: string | undefined): Promise<void> => {
	const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
	// A lost connection shows up in the statement that waits on it.
	client.on('error', () => undefined);
	try {
		await client.connect();
	} catch (error) {
		throw unreachable(url, error);
	}
	try {
		await migrate(linkOn(client), login);
	} catch (error) {
		throw new LedgerUnavailable(`The database at ${placeOf(url)} could not be brought to this version: ${wordsOf(error)}.`, error);
	} finally {
		await client.end();
	}
};

interface Login {
	name: string;
	superuser: boolean;
	owner: boolean;
	member: boolean;
}

const readLogin = async (pool: Pool): Promise<Login> => {
	const { rows } = await pool.query<Login>(`
		select current_user as name,
			(select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as superuser,
			exists (select from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'dunwell' and pg_has_role(c.relowner, 'member')) as owner,
			coalesce((select bool_and(pg_has_role(oid, 'usage')) and count(*) = 2 from pg_roles where rolname in ('dunwell_app', 'dunwell_system')), false) as member`);
	return rows[0] as Login;
};

/** Row-level security is no boundary for a superuser or an owner, who could also switch it off. */
const checkLogin = async (pool: Pool, url: string, production: boolean): Promise<void> => {
	const login = await readLogin(pool);
	if (!login.member) {
		throw new LedgerUnavailable(
			`The user ${login.name} at ${placeOf(url)} may not use the ledger; as an administrator: grant dunwell_app, dunwell_system to "${login.name}".`,
		);
	}
	if (!production) return;
	if (login.superuser)
		throw new LedgerUnavailable(
			`The user ${login.name} at ${placeOf(url)} is a superuser or bypasses row security; production needs a plain user (migrations take DATABASE_ADMIN_URL).`,
		);
	if (login.owner)
		throw new LedgerUnavailable(
			`The user ${login.name} at ${placeOf(url)} owns the ledger's tables; production needs a user that does not (migrations take DATABASE_ADMIN_URL).`,
		);
};

const setUp = async (pool: Pool, options: PostgresOptions): Promise<void> => {
	let login: string;
	try {
		login = ((await pool.query('select current_user as name')).rows[0] as { name: string }).name;
	} catch (error) {
		throw unreachable(options.databaseUrl, error);
	}
	if (options.adminUrl !== undefined) await migrateWith(options.adminUrl, login);
	else if (!options.production) await migrateWith(options.databaseUrl, undefined);
	await checkLogin(pool, options.databaseUrl, options.production);
	const missing = await missingMigrations((text) => pool.query(text));
	if (missing.length > 0) {
		throw new LedgerUnavailable(
			`The database at ${placeOf(options.databaseUrl)} lacks ${missing.join(', ')}; start once with DATABASE_ADMIN_URL set to a user that may migrate it.`,
		);
	}
};

export const openPostgres = async (options: PostgresOptions): Promise<Ledger> => {
	const pool = new Pool({
		connectionString: options.databaseUrl,
		max: POOL_SIZE,
		connectionTimeoutMillis: CONNECT_MS,
		types: parsers,
		application_name: 'dunwell',
	});
	// An idle connection that breaks is replaced at the next use.
	pool.on('error', options.onProblem);
	try {
		await setUp(pool, options);
	} catch (error) {
		await pool.end();
		throw error;
	}
	const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
	const queue = queueOn(() => ({ connectionString: options.databaseUrl, max: QUEUE_POOL_SIZE, application_name: 'dunwell-queue' }), options.onProblem);
	const { end, ...transactions } = transactionsOn(db, (text, values) => pool.query(text, values));
	return {
		kind: 'postgres',
		...transactions,
		queue,
		async close() {
			await queue.stop();
			end();
			await pool.end();
		},
	};
};
