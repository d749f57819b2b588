import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockFolder } from '../../shared/ledger/lock.ts';
import { type Ledger, openLedger } from '../../shared/ledger/open.ts';
import { pgliteOptions } from '../../shared/ledger/pglite.ts';
import { type Child, startChild } from '../kit/child.ts';
import { emptyFolder, type Folder, migratedFolder } from '../kit/database.ts';

const CHILD = join(import.meta.dirname, 'child.ts');

let folder: Folder = emptyFolder();
/** For tests that open the database; the others need a folder only. */
const migrated = async (): Promise<void> => {
	folder.remove();
	folder = await migratedFolder();
};
const children: Child[] = [];
const start = (mode: string): Child => {
	const child = startChild(CHILD, [mode, folder.path]);
	children.push(child);
	return child;
};
const open = () => openLedger({ dataDir: folder.path, production: false });

afterEach(async () => {
	await Promise.all(children.splice(0).map((child) => child.kill()));
	folder.remove();
	folder = emptyFolder();
});
afterAll(() => folder.remove());

describe("The folder's lock", () => {
	it('refuses a second opener in one line that names folder and holder, and harms nothing', async () => {
		await migrated();
		const first = start('hold');
		await first.line((line) => line === 'open');
		const lock = readFileSync(join(folder.path, 'lock'), 'utf8');
		const { code, stderr } = await start('hold').exit();
		expect(code).toBe(1);
		expect(stderr.trim().split('\n')).toEqual([
			expect.stringMatching(
				new RegExp(`^The folder ${folder.path} is in use by process \\d+ since .+; use the running service, stop it, or choose another folder\\.$`),
			),
		]);
		expect(readFileSync(join(folder.path, 'lock'), 'utf8')).toBe(lock);
		first.end();
		await first.line((line) => line === 'closed');
		expect((await first.exit()).code).toBe(0);
		expect(existsSync(join(folder.path, 'lock'))).toBe(false);
	});

	it('refuses a second opener in the same process', async () => {
		await migrated();
		const ledger = await open();
		await expect(open()).rejects.toMatchObject({ name: 'LedgerUnavailable', message: expect.stringContaining(`in use by process ${process.pid}`) });
		await ledger.close();
		await (await open()).close();
	});

	it('is taken over after kill -9', async () => {
		await migrated();
		const first = start('hold');
		await first.line((line) => line === 'open');
		await first.kill();
		expect(existsSync(join(folder.path, 'lock'))).toBe(true);
		await (await open()).close();
	});

	const write = (holder: object, ageMs = 0) => {
		const file = join(folder.path, 'lock');
		writeFileSync(file, JSON.stringify({ pid: process.pid, host: hostname(), started: '', since: '2026-01-01T00:00:00Z', token: 'other', ...holder }));
		const then = new Date(Date.now() - ageMs);
		utimesSync(file, then, then);
	};

	it.skipIf(!existsSync('/proc/self/stat'))('is taken over when the pid belongs to another process by now', () => {
		write({ started: 'another boot/1' });
		lockFolder(folder.path).release();
	});

	it('is believed on another host while it is renewed, and no longer than a minute after', () => {
		write({ host: 'elsewhere', pid: 7 }, 30_000);
		expect(() => lockFolder(folder.path)).toThrow(`in use by process 7 on elsewhere since 2026-01-01T00:00:00Z`);
		write({ host: 'elsewhere', pid: 7 }, 61_000);
		lockFolder(folder.path).release();
	});

	it("is not removed by somebody else's release", () => {
		const lock = lockFolder(folder.path);
		write({ token: 'other' });
		lock.release();
		expect(JSON.parse(readFileSync(join(folder.path, 'lock'), 'utf8'))).toMatchObject({ token: 'other' });
	});

	it('lets one of several take a stale lock over, whatever the order', async () => {
		await migrated();
		write({ pid: 2 ** 22 + 1 });
		const contenders = Array.from({ length: 4 }, () => start('hold'));
		const outcomes = await Promise.all(
			contenders.map((child) =>
				child
					.line((line) => line === 'open')
					.then(
						() => 'open',
						() => 'refused',
					),
			),
		);
		expect(outcomes.sort()).toEqual(['open', 'refused', 'refused', 'refused']);
		expect(readdirSync(folder.path).filter((name) => name.startsWith('lock'))).toEqual(['lock']);
	});

	it('says so when the folder can not be written', async () => {
		const file = join(folder.path, 'a-file');
		writeFileSync(file, '');
		await expect(openLedger({ dataDir: join(file, 'data'), production: false })).rejects.toMatchObject({
			name: 'LedgerUnavailable',
			message: `The folder ${join(file, 'data')} can not be used (ENOTDIR); choose a folder this user may write to.`,
		});
	});
});

describe('The embedded database', () => {
	it('is created on the first start, in a child process, with 16 MB of buffers, and found again on the second', async () => {
		// What a first start that was interrupted left behind.
		mkdirSync(join(folder.path, 'database.new-1'));
		writeFileSync(join(folder.path, 'database.new-1', 'half'), '');
		const first = await open();
		const { rows } = await first.system((tx) => sql`select current_setting('shared_buffers') as buffers`.execute(tx));
		expect(rows).toEqual([{ buffers: '16MB' }]);
		await first.practice('p', (tx) => tx.insertInto('staff').values({ practice_id: 'p', staff: 's', name: 'S' }).execute());
		await first.close();
		expect(readdirSync(folder.path)).toEqual(['database']);
		const second = await open();
		expect(await second.practice('p', (tx) => tx.selectFrom('staff').select('staff').execute())).toEqual([{ staff: 's' }]);
		await second.close();
	});

	it('is set up once, and again when this version would set it up otherwise', async () => {
		await migrated();
		const functions = (ledger: Ledger) => ledger.system((tx) => sql`select 1 from pg_proc where proname = 'add_jobs'`.execute(tx));
		const first = await open();
		await first.system((tx) => sql`drop function dunwell.add_jobs`.execute(tx));
		await first.close();
		const second = await open();
		expect((await functions(second)).rows).toEqual([]);
		await second.close();
		const database = await PGlite.create(pgliteOptions(join(folder.path, 'database')));
		await database.exec("comment on schema dunwell_meta is 'set up by another version'");
		await database.close();
		const third = await open();
		expect((await functions(third)).rows.length).toBe(1);
		await third.close();
	});

	it('keeps every acknowledged write, and its job, through kill -9 in the middle of writing', async () => {
		await migrated();
		for (const least of [5, 40]) {
			const writer = start('write');
			await writer.line((line) => Number(line) >= least);
			await writer.kill();
			const acknowledged = writer.lines.filter((line) => /^\d+$/.test(line)).length;
			const ledger = await open();
			const accounts = await ledger.practice('p', (tx) => tx.selectFrom('account').select('account_ref').execute());
			const jobs = await ledger.system((tx) => sql<{ n: number }>`select (data->>'n')::int as n from dunwell_jobs.job`.execute(tx));
			const written = accounts.map(({ account_ref }) => Number(account_ref.slice(1))).sort((a, b) => a - b);
			expect(written.length).toBeGreaterThanOrEqual(acknowledged);
			expect(written).toEqual(Array.from({ length: written.length }, (_, n) => n + 1));
			expect(jobs.rows.map(({ n }) => n).sort((a, b) => a - b)).toEqual(written);
			await ledger.practice('p', (tx) => tx.deleteFrom('account').execute());
			await ledger.system((tx) => sql`delete from dunwell_jobs.job`.execute(tx));
			await ledger.close();
		}
	});

	it('returns the job of a killed worker to the queue at the next start', async () => {
		await migrated();
		const worker = start('work');
		await worker.line((line) => line === 'working');
		await worker.kill();
		const ledger = await open();
		const seen: unknown[] = [];
		const keep = async (data: object) => void seen.push(data);
		const handlers = { review: keep, send: keep, deliver: keep, poll: keep, sweep: keep };
		await ledger.queue.drain(handlers, Date.now() + 10_000);
		const { rows } = await ledger.system((tx) =>
			sql<{ state: string; wait: number }>`select state::text, extract(epoch from start_after - now())::float8 as wait from dunwell_jobs.job`.execute(tx),
		);
		expect(rows).toEqual([{ state: 'retry', wait: expect.any(Number) }]);
		expect(rows[0]?.wait).toBeLessThan(15);
		await ledger.system((tx) => sql`update dunwell_jobs.job set start_after = now()`.execute(tx));
		expect(await ledger.queue.drain(handlers, Date.now() + 10_000)).toBe(1);
		expect(seen).toEqual([{ reminder: 'r1' }]);
		await ledger.close();
	});
});

describe('A damaged folder', () => {
	beforeEach(migrated);
	const database = () => join(folder.path, 'database');
	const damages: [string, () => void][] = [
		['without its control file', () => rmSync(join(database(), 'global/pg_control'))],
		['with a control file cut short', () => truncateSync(join(database(), 'global/pg_control'), 100)],
		[
			'without its write-ahead log',
			() => {
				for (const name of readdirSync(join(database(), 'pg_wal'))) rmSync(join(database(), 'pg_wal', name), { recursive: true });
			},
		],
		['without its version mark, which is not made anew over it', () => rmSync(join(database(), 'PG_VERSION'))],
		['with a version mark of nothing', () => writeFileSync(join(database(), 'PG_VERSION'), 'x\n')],
	];

	for (const [how, damage] of damages) {
		it(`${how} is refused in one line that names it and the remedy, and given free`, async () => {
			damage();
			await expect(open()).rejects.toMatchObject({
				name: 'LedgerUnavailable',
				message: `The database in ${database()} is damaged and can not be opened; put a backup in its place, or move the folder away to begin with an empty one.`,
			});
			expect(existsSync(join(folder.path, 'lock'))).toBe(false);
		});
	}

	it('of another version is refused as such', async () => {
		writeFileSync(join(database(), 'PG_VERSION'), '17\n');
		await expect(open()).rejects.toMatchObject({
			message: expect.stringMatching(/has the format of PostgreSQL 17 and this version reads 18; start the version of Dunwell that made it/),
		});
	});
});
