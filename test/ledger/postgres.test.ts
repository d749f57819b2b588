import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../shared/ledger/open.ts';
import { placeOf } from '../../shared/ledger/postgres.ts';
import { startChild } from '../kit/child.ts';
import { admin, createDatabase, hasPostgres, postgresTitle, type TestDatabase } from '../kit/database.ts';

const CHILD = join(import.meta.dirname, 'child.ts');

describe('The place of a database in messages', () => {
	it('names host, port and database and never the user or the password', () => {
		expect(placeOf('postgres://me:secret@db.example:6432/ledger?sslmode=require')).toBe('db.example:6432/ledger');
		expect(placeOf('postgres://me:secret@db.example/ledger')).toBe('db.example:5432/ledger');
		expect(placeOf('not an address')).toBe('the address in DATABASE_URL');
	});

	it('is told when no server answers', async () => {
		await expect(openLedger({ dataDir: '', databaseUrl: 'postgres://me:secret@127.0.0.1:1/ledger', production: true })).rejects.toMatchObject({
			name: 'LedgerUnavailable',
			message: 'PostgreSQL at 127.0.0.1:1/ledger can not be used: connect ECONNREFUSED 127.0.0.1:1. Check the address, the user and that the server runs.',
		});
	});
});

describe.skipIf(!hasPostgres)(`Opening ${postgresTitle.slice(3)}`, () => {
	let database: TestDatabase;
	beforeAll(async () => {
		database = await createDatabase();
	});
	afterAll(() => database.drop());

	const open = (url: string, adminUrl?: string, production = true) =>
		openLedger({ dataDir: '', databaseUrl: url, ...(adminUrl === undefined ? {} : { adminUrl }), production });

	it('is refused to a user without the roles, and says the statement that grants them', async () => {
		await expect(open(database.databaseUrl)).rejects.toMatchObject({
			name: 'LedgerUnavailable',
			message: expect.stringMatching(
				new RegExp(`^The user ${database.name} at .+ may not use the ledger; as an administrator: grant dunwell_app, dunwell_system to "${database.name}"\\.$`),
			),
		});
	});

	it("migrates with the administrator's address, and needs it no more after", async () => {
		await (await open(database.databaseUrl, database.adminUrl)).close();
		const ledger = await open(database.databaseUrl);
		const { rows } = await ledger.system((tx) => sql`select session_user::text as login`.execute(tx));
		expect(rows).toEqual([{ login: database.name }]);
		await ledger.close();
	});

	it('is refused in production to a superuser', async () => {
		await expect(open(database.adminUrl)).rejects.toMatchObject({
			name: 'LedgerUnavailable',
			message: expect.stringContaining('is a superuser or bypasses row security'),
		});
	});

	it('is refused in production to a user that owns the tables', async () => {
		await admin(`grant dunwell_owner to ${database.name}`);
		await expect(open(database.databaseUrl)).rejects.toMatchObject({ name: 'LedgerUnavailable', message: expect.stringContaining("owns the ledger's tables") });
		await admin(`revoke dunwell_owner from ${database.name}`);
	});

	it('is refused when the database is older and nobody may migrate it', async () => {
		const { migrate } = { migrate: "update dunwell_meta.migration set name = '0000_before' where name = '0001_ledger'" };
		await admin(migrate, database.name);
		await expect(open(database.databaseUrl)).rejects.toMatchObject({
			message: expect.stringMatching(/lacks 0001_ledger; start once with DATABASE_ADMIN_URL set/),
		});
		await admin("update dunwell_meta.migration set name = '0001_ledger' where name = '0000_before'", database.name);
	});

	it("leaves a superuser's requests under row-level security in development", async () => {
		const ledger = await open(database.adminUrl, undefined, false);
		await ledger.practice('p1', (tx) => tx.insertInto('staff').values({ practice_id: 'p1', staff: 's', name: 'S' }).execute());
		expect(await ledger.practice('p2', (tx) => tx.selectFrom('staff').selectAll().execute())).toEqual([]);
		await ledger.close();
	});

	it("gives no role of the ledger a login, and no other practice's rows to the login itself", async () => {
		expect(
			await admin(
				"select rolname, rolcanlogin, rolsuper, rolbypassrls from pg_roles where rolname like 'dunwell\\_%' and rolname not like 'dunwell\\_test%' order by 1",
			),
		).toEqual(['dunwell_app', 'dunwell_owner', 'dunwell_system'].map((rolname) => ({ rolname, rolcanlogin: false, rolsuper: false, rolbypassrls: false })));
	});

	it('lets four processes start at once on an empty database', async () => {
		const empty = await createDatabase();
		const processes = Array.from({ length: 4 }, () => startChild(CHILD, ['hold', empty.adminUrl]));
		await Promise.all(processes.map((child) => child.line((line) => line === 'open')));
		for (const child of processes) child.end();
		expect((await Promise.all(processes.map((child) => child.exit()))).map(({ code, stderr }) => ({ code, stderr }))).toEqual(
			Array(4).fill({ code: 0, stderr: '' }),
		);
		expect(await admin('select name from dunwell_meta.migration', empty.name)).toEqual([{ name: '0001_ledger' }]);
		expect(await admin('select name from dunwell_jobs.queue order by name', empty.name)).toEqual(
			['deliver', 'poll', 'review', 'send', 'sweep'].map((name) => ({ name })),
		);
		await empty.drop();
	});

	it('returns the job of a killed worker to the queue within its heartbeat, for another instance to take', async () => {
		const own = await createDatabase();
		const worker = startChild(CHILD, ['work', own.adminUrl]);
		await worker.line((line) => line === 'working');
		await worker.kill();
		// What twenty seconds of silence amount to.
		await admin("update dunwell_jobs.job set heartbeat_on = now() - interval '21 seconds'", own.name);
		const ledger = await open(own.databaseUrl, own.adminUrl);
		const seen: unknown[] = [];
		const keep = async (data: object) => void seen.push(data);
		const handlers = { review: keep, send: keep, deliver: keep, poll: keep, sweep: keep };
		await ledger.queue.drain(handlers, Date.now() + 10_000);
		expect(await admin('select state::text, heartbeat_seconds from dunwell_jobs.job', own.name)).toEqual([{ state: 'retry', heartbeat_seconds: 20 }]);
		await admin('update dunwell_jobs.job set start_after = now()', own.name);
		expect(await ledger.queue.drain(handlers, Date.now() + 10_000)).toBe(1);
		expect(seen).toEqual([{ reminder: 'r1' }]);
		await ledger.close();
		await own.drop();
	});

	it('keeps every acknowledged write through kill -9', async () => {
		const own = await createDatabase();
		const writer = startChild(CHILD, ['write', own.adminUrl]);
		await writer.line((line) => Number(line) >= 40);
		await writer.kill();
		const acknowledged = writer.lines.filter((line) => /^\d+$/.test(line)).length;
		const [written] = (await admin(
			'select count(*)::int as accounts, (select count(*)::int from dunwell_jobs.job) as jobs from dunwell.account',
			own.name,
		)) as { accounts: number; jobs: number }[];
		expect(written?.accounts).toBeGreaterThanOrEqual(acknowledged);
		expect(written?.jobs).toBe(written?.accounts);
		await own.drop();
	});
});
