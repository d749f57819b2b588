/** Ctrl-C while reminders are on their way: a clean end within seconds, and the next start goes on where it ended. */
import { expect, it } from 'vitest';
import { asleepTitle, awakeAccount } from '../../kit/awake.ts';
import { migratedFolder } from '../../kit/database.ts';
import { createAccount, createPractice, movedTo, startProcess } from '../../kit/service.ts';
import { startTwilio } from '../../kit/twilio.ts';

const REMINDERS = 30;

it.skipIf(asleepTitle !== '')(`ends with 0 while jobs run, and loses and doubles nothing${asleepTitle}`, { timeout: 60_000 }, async () => {
	const folder = await migratedFolder();
	await using twilio = await startTwilio(() => ({ delayMs: 1000 }));
	const start = () => startProcess({ DUNWELL_DATA: folder.path, DUNWELL_VENDOR_URLS: JSON.stringify({ twilio: twilio.url }) });
	let service = await start();
	let practice = await createPractice(service.url, { policy: { hours: { start: '00:00', end: '24:00', sunday: true } } });
	const accounts: string[] = [];
	for (let i = 0; i < REMINDERS; i += 1) accounts.push(await createAccount(practice, { your_reference: `A-${i}`, ...awakeAccount(100 + i) }));
	await practice.must('POST', '/api/reviews', { mode: 'send' });
	await twilio.arrived(1);

	const began = performance.now();
	expect(await service.interrupt()).toEqual({ code: 0, stderr: '' });
	expect(performance.now() - began).toBeLessThan(15_000);
	expect(twilio.requests.length).toBeLessThan(REMINDERS);

	service = await start();
	practice = movedTo(practice, service.url);
	await twilio.arrived(REMINDERS);
	const answers = [];
	for (const account of accounts) answers.push((await practice.must('POST', '/api/reminders', { account_ref: account })) as { status: string });
	expect(answers.map(({ status }) => status)).toEqual(Array(REMINDERS).fill('duplicate'));
	expect(twilio.requests).toHaveLength(REMINDERS);
	expect(new Set(twilio.requests.map(({ to }) => to)).size).toBe(REMINDERS);
	expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
	expect(await service.interrupt()).toEqual({ code: 0, stderr: '' });
	folder.remove();
});
