/** Several processes on one PostgreSQL: they start together, share one queue, and each reminder reaches the vendor once, at the vendor's pace. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asleepTitle, awakeAccount, awakePlace } from '../../kit/awake.ts';
import { admin, createDatabase, emptyFolder, type Folder, hasPostgres, postgresTitle, type TestDatabase } from '../../kit/database.ts';
import { createAccount, createPractice, dayBefore, movedTo, type PracticeOptions, type Process, startProcess, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';

const PROCESSES = 4;
/** One process at a time works a practice: enough practices that each process has some. */
const PRACTICES = 8;
const EACH = 100;
const REMINDERS = PRACTICES * EACH;
/** Of which three processes die half-way. */
const CUT = 50;
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
	const startAll = async (perSecond = 1000): Promise<void> => {
		const env = (i: number) => ({
			DUNWELL_DATA: folders[i]?.path ?? '',
			DATABASE_URL: database.adminUrl,
			DUNWELL_SECRET_KEY: key,
			DUNWELL_VENDOR_URLS: JSON.stringify({ twilio: twilio.url }),
			DUNWELL_VENDOR_RATES: JSON.stringify({ twilio: perSecond }),
		});
		processes = await Promise.all(Array.from({ length: PROCESSES }, (_, i) => startProcess(env(i))));
	};
	const place = awakePlace();
	const phoneOf = (i: number): string => `${place?.areaCode}555${String(i).padStart(4, '0')}`;
	const importFile = (practice: TestPractice, rows: readonly string[]): Promise<unknown> =>
		practice.must('POST', '/api/files', {
			kind: 'aging_report',
			content: ['Account,Balance,First Notice Date,Mobile Phone,State,Consent SMS', ...rows].join('\n'),
		});
	/** By files: only they bring a consent with each row. A first import is history and reminds nobody, so one without a debt comes first. */
	const importAll = async (practice: TestPractice, count: number, first = 0): Promise<void> => {
		// Seven days or more in the practice's zone, where it may still be yesterday.
		const day = dayBefore(Date.now(), 8);
		await importFile(practice, [`Z-1,0.00,${day},,,`]);
		for (let from = 0; from < count; from += ROWS)
			await importFile(
				practice,
				Array.from({ length: Math.min(ROWS, count - from) }, (_, i) => `A-${from + i},50.00,${day},${phoneOf(first + from + i)},${place?.state},yes`),
			);
	};
	const startPractices = async (each: number): Promise<TestPractice[]> => {
		const urlOf = (i: number) => processes[i % PROCESSES]?.url ?? '';
		const practices = await Promise.all(Array.from({ length: PRACTICES }, (_, i) => createPractice(urlOf(i), { name: `Practice ${i}`, policy: POLICY })));
		await Promise.all(practices.map((practice, i) => importAll(practice, each, i * each)));
		return practices;
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
		const practices = await startPractices(EACH);
		await expect.poll(() => twilio.requests.length, { timeout: 90_000, interval: 200 }).toBeGreaterThanOrEqual(REMINDERS);
		await expect.poll(statuses, { timeout: 10_000, interval: 200 }).toEqual({ sent: REMINDERS });
		expect(timesEach()).toEqual([1]);
		expect(new Set(twilio.requests.map(({ to }) => to)).size).toBe(REMINDERS);
		const workers = (await admin('select count(distinct claimed_by)::int as workers from dunwell.reminder', database.name)) as { workers: number }[];
		expect(workers[0]?.workers).toBeGreaterThan(1);
		for (const practice of practices) expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });

		const asked = await practices[0]?.must('POST', '/api/reminders', { your_reference: 'A-0' });
		expect(asked).toMatchObject({ status: 'duplicate', duplicate: true, was_sent: false });
		expect(twilio.requests).toHaveLength(REMINDERS);
	});

	it.skipIf(!place)(`of which three are killed half-way send nothing twice and lose nothing: what was under way is unknown${asleepTitle}`, async () => {
		const all = PRACTICES * CUT;
		// Slow enough that the killed processes have calls under way.
		twilio.treat = () => ({ delayMs: 150 });
		twilio.lists = false;
		await startAll();
		const practices = await startPractices(CUT);
		await twilio.arrived(all / 4);
		// Answers stop coming, so that within a moment every process waits for some.
		twilio.treat = () => ({ delayMs: 4000 });
		await new Promise((resolve) => setTimeout(resolve, 1500));
		await Promise.all(processes.slice(1).map((process) => process.kill()));
		twilio.treat = () => undefined;
		const settled = async () => {
			const { sent = 0, sending = 0, ...rest } = await statuses();
			return { total: sent + sending, rest };
		};
		// What the killed processes had taken comes back when a heartbeat has been missing for twenty seconds, their practices after two minutes.
		await admin("update dunwell_jobs.job set heartbeat_on = now() - interval '1 minute' where state = 'active'", database.name);
		await admin("update dunwell.sending set held_at = held_at - interval '3 minutes'", database.name);
		await admin("update dunwell_jobs.job set start_after = now() where name = 'send' and state = 'created'", database.name);
		await expect.poll(settled, { timeout: 90_000, interval: 500 }).toEqual({ total: all, rest: {} });
		const { sending = 0 } = await statuses();
		expect(sending).toBeGreaterThan(0);

		// Two minutes later the claims of the dead are nobody's.
		await admin("update dunwell.reminder set claimed_at = claimed_at - interval '3 minutes' where status = 'sending'", database.name);
		const lost = (await admin("select distinct on (practice_id) practice_id, account_ref from dunwell.reminder where status = 'sending'", database.name)) as {
			practice_id: string;
			account_ref: string;
		}[];
		const left = practices.map((practice) => movedTo(practice, processes[0]?.url ?? ''));
		for (const { practice_id, account_ref } of lost) {
			const asked = await left.find(({ id }) => id === practice_id)?.must('POST', '/api/reminders', { account_ref });
			expect(asked).toMatchObject({ status: 'unknown', duplicate: true, was_sent: false });
		}
		await expect.poll(statuses, { timeout: 5_000 }).toEqual({ sent: all - sending, unknown: sending });
		expect(timesEach()).toEqual([1]);
		const told = (await admin(
			"select count(*)::int as events from dunwell.event where type = 'reminder_not_delivered' and body->>'problem' = 'unknown'",
			database.name,
		)) as { events: number }[];
		expect(told).toEqual([{ events: sending }]);
		for (const practice of left) expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
	});

	it.skipIf(!place)(`never give an account at a vendor more than it takes, and a second practice there waits for no campaign${asleepTitle}`, async () => {
		const perSecond = 20;
		const campaign = 160;
		await startAll(perSecond);
		const start = (sending: 'automatic' | 'flows') => createPractice(processes[1]?.url ?? '', { policy: { ...POLICY, sending } });
		const [large, small, asking] = [await createPractice(processes[0]?.url ?? '', { policy: POLICY }), await start('automatic'), await start('flows')];
		await importAll(large, campaign);
		const accounts = await Promise.all(
			Array.from({ length: 3 }, (_, i) => createAccount(asking, { your_reference: `A-${i}`, ...awakeAccount(campaign + 3 + i) })),
		);
		await twilio.arrived(perSecond);
		const before = twilio.requests.length;
		await importAll(small, 3, campaign);
		const asked = await Promise.all(accounts.map((account) => asking.must('POST', '/api/reminders', { account_ref: account })));
		expect(asked.map(({ status }) => status)).toEqual(['sent', 'sent', 'sent']);

		const isOther = ({ to }: { to: string }) => Number(to.slice(-4)) >= campaign;
		await expect.poll(() => twilio.requests.filter(isOther).length, { timeout: 20_000, interval: 50 }).toBe(6);
		// Each takes a turn when another takes one: nobody waited for the end of the campaign.
		expect(twilio.requests.findLastIndex(isOther)).toBeLessThan(campaign);
		expect(twilio.requests.length).toBeGreaterThan(before + 6);
		await twilio.arrived(campaign + 6);
		expect(timesEach()).toEqual([1]);

		const times = twilio.requests.map(({ at }) => at).sort((a, b) => a - b);
		const most = Math.max(...times.map((at) => times.filter((other) => other >= at && other < at + 1000).length));
		// Half as many more for what a busy machine delays on its way: they leave evenly and arrive in bunches. The mean is exact.
		expect(most).toBeLessThanOrEqual(perSecond * 1.5);
		expect((times.length - 1) / ((times.at(-1) ?? 0) - (times[0] ?? 0))).toBeLessThanOrEqual(perSecond / 1000);
	});
});
