/** Several processes on one PostgreSQL: they start together, share one queue, and each reminder reaches the vendor once. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asleepTitle, awakePlace } from '../../kit/awake.ts';
import { admin, createDatabase, emptyFolder, type Folder, hasPostgres, postgresTitle, type TestDatabase } from '../../kit/database.ts';
import { createPractice, dayBefore, type PracticeOptions, type Process, startProcess, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';

const PROCESSES = 4;
const REMINDERS = 2000;
/** Of which one process dies half-way: enough that all four are busy then. */
const CUT = 800;
const ROWS = 400;

/** The processes live by the real clock. */
const POLICY = {
	sending: 'automatic',
	hours: { start: '00:00', end: '24:00', sunday: true },
	fallback: false,
} satisfies PracticeOptions['policy'];

describe.skipIf(!hasPostgres)(`Four processes ${postgresTitle}`, { timeout: 120_000 }, () => {
	let database: TestDatabase;
	let folders: Folder[];
	let twilio: Twilio;
	let processes: Process[];

	beforeAll(() => {
		folders = Array.from({ length: PROCESSES }, emptyFolder);
	});
	afterAll(() => {
		for (const folder of folders) folder.remove();
	});
	beforeEach(async () => {
		database = await createDatabase();
		twilio = await startTwilio();
		processes = [];
	});
	afterEach(async () => {
		await Promise.all(processes.map((process) => process.kill()));
		await twilio[Symbol.asyncDispose]();
		await database.drop();
	});

	const key = Buffer.alloc(32, 7).toString('base64');
	const startAll = async (count = PROCESSES): Promise<void> => {
		const env = (i: number) => ({
			DUNWELL_DATA: folders[i]?.path ?? '',
			DATABASE_URL: database.adminUrl,
			DUNWELL_SECRET_KEY: key,
			DUNWELL_VENDOR_URLS: JSON.stringify({ twilio: twilio.url }),
		});
		processes = await Promise.all(Array.from({ length: count }, (_, i) => startProcess(env(i))));
	};
	const place = awakePlace();
	const phoneOf = (i: number): string => `${place?.areaCode}555${String(i).padStart(4, '0')}`;
	const importFile = (practice: TestPractice, rows: readonly string[]): Promise<unknown> =>
		practice.must('POST', '/api/files', {
			kind: 'aging_report',
			content: ['Account,Balance,First Notice Date,Mobile Phone,State,Consent SMS', ...rows].join('\n'),
		});
	/** By files: only they bring a consent with each row. A first import is history and reminds nobody, so one without a debt comes first. */
	const importAll = async (practice: TestPractice, count = REMINDERS): Promise<void> => {
		const day = dayBefore(Date.now(), 7);
		await importFile(practice, [`Z-1,0.00,${day},,,`]);
		for (let from = 0; from < count; from += ROWS)
			await importFile(
				practice,
				Array.from({ length: ROWS }, (_, i) => `A-${from + i},50.00,${day},${phoneOf(from + i)},${place?.state},yes`),
			);
	};
	const statuses = async (): Promise<Record<string, number>> => {
		const rows = (await admin('select status, count(*)::int as count from dunwell.reminder group by 1 order by 1', database.name)) as {
			status: string;
			count: number;
		}[];
		return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
	};
	const timesEach = (): number[] => {
		const times = new Map<string, number>();
		for (const { to } of twilio.requests) times.set(to, (times.get(to) ?? 0) + 1);
		return [...new Set(times.values())];
	};

	it('start together on an empty database, all come up, and know one practice to play with', async () => {
		const env = (i: number) => ({ DUNWELL_DATA: folders[i]?.path ?? '', DATABASE_URL: database.adminUrl, DUNWELL_SECRET_KEY: key, DUNWELL_SANDBOX: '1' });
		processes = await Promise.all(Array.from({ length: PROCESSES }, (_, i) => startProcess(env(i))));
		const healths = await Promise.all(processes.map(async ({ url }) => (await fetch(`${url}/api/health`)).json()));
		expect(healths).toEqual(Array(PROCESSES).fill({ status: 'ok', database: 'postgres', mode: 'development' }));
		expect(await admin('select practice_id from dunwell.practice', database.name)).toEqual([{ practice_id: 'pr_sandbox' }]);
		expect(await admin('select count(*)::int as imports from dunwell.import', database.name)).toEqual([{ imports: 2 }]);
		expect(
			await admin("select count(*)::int as reviews from dunwell.event where type = 'review_finished' and body->>'kind' = 'review'", database.name),
		).toEqual([{ reviews: 1 }]);
		const ends = await Promise.all(processes.map((process) => process.interrupt()));
		expect(ends).toEqual(Array(PROCESSES).fill({ code: 0, stderr: '' }));
	});

	it.skipIf(!place)(`work one queue of ${REMINDERS} reminders, and each reaches the vendor exactly once${asleepTitle}`, async () => {
		await startAll();
		const practice = await createPractice(processes[0]?.url ?? '', { policy: POLICY });
		await importAll(practice);
		await expect.poll(() => twilio.requests.length, { timeout: 90_000, interval: 200 }).toBeGreaterThanOrEqual(REMINDERS);
		await expect.poll(statuses, { timeout: 10_000, interval: 200 }).toEqual({ sent: REMINDERS });
		expect(timesEach()).toEqual([1]);
		expect(new Set(twilio.requests.map(({ to }) => to)).size).toBe(REMINDERS);
		const workers = (await admin('select count(distinct claimed_by)::int as workers from dunwell.reminder', database.name)) as { workers: number }[];
		expect(workers[0]?.workers).toBe(PROCESSES);
		expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });

		const asked = await practice.must('POST', '/api/reminders', { your_reference: 'A-0' });
		expect(asked).toMatchObject({ status: 'duplicate', duplicate: true, was_sent: false });
		expect(twilio.requests).toHaveLength(REMINDERS);
	});

	it.skipIf(!place)(`of which one is killed half-way send nothing twice and lose nothing: what was under way is unknown${asleepTitle}`, async () => {
		// Slow enough that the killed process has calls under way.
		twilio.treat = () => ({ delayMs: 150 });
		twilio.lists = false;
		await startAll();
		const practice = await createPractice(processes[0]?.url ?? '', { policy: POLICY });
		await importAll(practice, CUT);
		await twilio.arrived(CUT / 4);
		// Answers stop coming, so that within a moment every process waits for some, the one that is killed too.
		twilio.treat = () => ({ delayMs: 4000 });
		await new Promise((resolve) => setTimeout(resolve, 1500));
		await processes[PROCESSES - 1]?.kill();
		twilio.treat = () => undefined;
		const settled = async () => {
			const { sent = 0, sending = 0, ...rest } = await statuses();
			return { total: sent + sending, rest };
		};
		// The jobs that the killed process had taken come back when its heartbeat has been missing for twenty seconds.
		await admin("update dunwell_jobs.job set heartbeat_on = now() - interval '1 minute' where state = 'active'", database.name);
		await expect.poll(settled, { timeout: 90_000, interval: 500 }).toEqual({ total: CUT, rest: {} });
		const { sending = 0 } = await statuses();
		expect(sending).toBeGreaterThan(0);

		// Two minutes later the claims of the dead are nobody's.
		await admin("update dunwell.reminder set claimed_at = claimed_at - interval '3 minutes' where status = 'sending'", database.name);
		const account = (await admin("select account_ref from dunwell.reminder where status = 'sending' limit 1", database.name)) as { account_ref: string }[];
		const asked = await practice.must('POST', '/api/reminders', { account_ref: account[0]?.account_ref });
		expect(asked).toMatchObject({ status: 'unknown', duplicate: true, was_sent: false });
		await expect.poll(statuses, { timeout: 5_000 }).toEqual({ sent: CUT - sending, unknown: sending });
		expect(timesEach()).toEqual([1]);
		const told = (await admin(
			"select count(*)::int as events from dunwell.event where type = 'reminder_not_delivered' and body->>'problem' = 'unknown'",
			database.name,
		)) as { events: number }[];
		expect(told).toEqual([{ events: sending }]);
		expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
	});
});
