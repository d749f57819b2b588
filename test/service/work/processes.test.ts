/** Several processes, and processes that die: work is told, once where it can be, never in silence. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createDatabase, type Folder, hasPostgres, migratedFolder, postgresTitle, type TestDatabase } from '../../kit/database.ts';
import { movedTo, type Process, type Running, startProcess, startService } from '../../kit/service.ts';
import { type Slack, startSlack } from '../../kit/slack.ts';
import { at, createTeam, escalation, open, told } from './kit.ts';

const TUESDAY = at('2026-11-24T12:00:00-05:00');
const FRIDAY = at('2026-11-27T12:00:00-05:00');
const POLICY = escalation({ route: 'billing_team', rungs: [{ after_business_days: 2, severity: 'high', route: 'managers' }] });

describe.skipIf(!hasPostgres)(`Four processes ${postgresTitle}`, { timeout: 120_000 }, () => {
	let database: TestDatabase;
	let slack: Slack;
	let services: Running[];

	beforeAll(async () => {
		database = await createDatabase();
		slack = await startSlack();
		const env = { DATABASE_URL: database.adminUrl, DUNWELL_SECRET_KEY: Buffer.alloc(32, 7).toString('base64') };
		services = await Promise.all(Array.from({ length: 4 }, () => startService({ env, vendorUrls: { slack: slack.url }, now: TUESDAY })));
	});
	afterAll(async () => {
		await Promise.all(services.map((service) => service.close()));
		await slack[Symbol.asyncDispose]();
		await database.drop();
	});

	it('climb each of three hundred items once, and tell the tool of each once', async () => {
		const [first] = services as [Running];
		const practice = await createTeam(first, { policy: POLICY });
		const refs = await Promise.all(
			Array.from(
				{ length: 300 },
				async (_, i) => (await practice.must('POST', '/api/escalations', { reason: 'other', invoice: `I-${i}`, title: `Item ${i}` })).escalation_ref,
			),
		);
		await Promise.all(services.map((service) => service.work()));
		expect(slack.calls).toHaveLength(300);
		slack.calls.length = 0;
		for (const service of services) service.clock.now = FRIDAY;
		await Promise.all([...services, ...services].map((service) => service.useCases.handlers.sweep({ practice_id: practice.id })));
		const moved = await first.rows(practice.id, (tx) =>
			tx.selectFrom('event').select('key').where('practice_id', '=', practice.id).where('key', 'like', '%:rung:%').execute(),
		);
		expect(moved.map((event) => event.key).sort()).toEqual(refs.map((ref) => `escalation:${ref}:rung:1`).sort());
		await Promise.all(services.map((service) => service.work()));
		await first.work();
		const opened = slack.calls.filter((call) => call.method === 'chat.postMessage').map((call) => `${call.channel} ${call.text}`);
		expect(opened.sort()).toEqual(Array.from({ length: 300 }, (_, i) => `C-MANAGERS Item ${i}`).sort());
		const closed = slack.calls.filter((call) => call.method === 'chat.update').map((call) => `${call.channel} ${call.text}`);
		expect(closed.sort()).toEqual(Array.from({ length: 300 }, (_, i) => `C-BILLING Resolved: Item ${i}`).sort());
	});
});

describe('A process that dies', { timeout: 60_000 }, () => {
	let folder: Folder;
	let slack: Slack;
	beforeEach(async () => {
		folder = await migratedFolder();
		slack = await startSlack();
	});
	afterEach(async () => {
		await slack[Symbol.asyncDispose]();
		folder.remove();
	});

	it('after an item moved up and before the tool heard of it leaves the telling to the next one', async () => {
		const start = (now: number) => startService({ dataDir: folder.path, vendorUrls: { slack: slack.url }, now });
		let service = await start(TUESDAY);
		let practice = await createTeam(service, { policy: POLICY });
		await practice.must('POST', '/api/escalations', { reason: 'other' });
		await service.work();
		service.clock.now = FRIDAY;
		await service.useCases.handlers.sweep({ practice_id: practice.id });
		await service.close();
		expect(slack.calls.map((call) => call.channel)).toEqual(['C-BILLING']);

		service = await start(FRIDAY + 60_000);
		practice = movedTo(practice, service.url);
		await service.work();
		expect(slack.calls.map((call) => [call.method, call.channel])).toEqual([
			['chat.postMessage', 'C-BILLING'],
			['chat.postMessage', 'C-MANAGERS'],
			['chat.update', 'C-BILLING'],
		]);
		expect(await open(practice)).toMatchObject([{ delivered_to: 'Managers', rung: 1 }]);
		expect((await told(practice)).map((event) => event.change)).toEqual(['opened', 'moved_up']);
		await service.close();
	});

	it('while it waits for the tool leaves an item that the next one tells again, with the same reference', async () => {
		const start = () => startProcess({ DUNWELL_DATA: folder.path, DUNWELL_VENDOR_URLS: JSON.stringify({ slack: slack.url }) });
		slack.treat = () => 'hold';
		let service: Process = await start();
		let practice = await createTeam(service as unknown as Running, { policy: POLICY });
		await practice.must('POST', '/api/escalations', { reason: 'other' });
		await expect.poll(() => slack.calls.length, { timeout: 15_000 }).toBe(1);
		await service.kill();
		slack.treat = () => undefined;
		service = await start();
		practice = movedTo(practice, service.url);
		await expect.poll(async () => (await open(practice))[0].delivered_to, { timeout: 45_000, interval: 500 }).toBe('Billing team');
		expect(slack.calls.map((call) => [call.method, call.channel, call.text])).toEqual([
			['chat.postMessage', 'C-BILLING', 'Other'],
			['chat.postMessage', 'C-BILLING', 'Other'],
		]);
		expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
		await service.kill();
	});
});
