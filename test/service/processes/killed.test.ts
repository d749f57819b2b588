/** kill -9 while the vendor is being called, and while balances are being written: nothing twice, nothing lost, never silence. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { asleepTitle, awakeAccount } from '../../kit/awake.ts';
import { type Folder, migratedFolder } from '../../kit/database.ts';
import { createAccount, createPractice, dayBefore, movedTo, type Process, startProcess, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';

/** The processes live by the real clock, so every hour must be a decent one: the law's own hours are kept by where the person lives. */
const ALL_DAY = { hours: { start: '00:00', end: '24:00', sunday: true } };

describe.skipIf(asleepTitle !== '')(`A service that is killed while the vendor is being called${asleepTitle}`, { timeout: 60_000 }, () => {
	let folder: Folder;
	let twilio: Twilio;
	let service: Process;
	let practice: TestPractice;
	const start = () => startProcess({ DUNWELL_DATA: folder.path, DUNWELL_VENDOR_URLS: JSON.stringify({ twilio: twilio.url }) });

	beforeEach(async () => {
		folder = await migratedFolder();
		twilio = await startTwilio(() => ({ instead: 'hold' }));
		service = await start();
		practice = await createPractice(service.url, { policy: ALL_DAY });
	});
	afterEach(async () => {
		await service.kill();
		await twilio[Symbol.asyncDispose]();
		folder.remove();
	});

	/** Kills the service when the vendor has the message, and starts it again. */
	const killInTheMiddle = async (body: object) => {
		const cut = practice.call('POST', '/api/reminders', { body }).then(
			() => 'answered',
			() => 'cut off',
		);
		await twilio.arrived(1);
		await service.kill();
		expect(await cut).toBe('cut off');
		service = await start();
		practice = movedTo(practice, service.url);
	};
	const events = async (type: string) => (await practice.must('GET', `/api/events/${type}?include_own=true`)).items;

	it('answers the same call with unknown where the vendor can not say, tells staff once, and never sends it again', async () => {
		twilio.lists = false;
		const account = await createAccount(practice, { your_reference: 'A-1', ...awakeAccount() });
		await killInTheMiddle({ account_ref: account, idempotency_key: 'run-1' });

		const again = [];
		for (let i = 0; i < 3; i += 1)
			again.push((await practice.must('POST', '/api/reminders', { account_ref: account, idempotency_key: 'run-1' })) as { reminder_ref: string });
		const without = await practice.must('POST', '/api/reminders', { account_ref: account });
		const [first] = again;
		for (const answer of [...again, without]) {
			expect(answer).toMatchObject({ status: 'unknown', was_sent: false, duplicate: true, reason_code: 'outcome_unknown', reminder_ref: first?.reminder_ref });
		}
		expect(twilio.requests).toHaveLength(1);
		expect(twilio.lookups).toBeGreaterThan(0);

		expect(await events('reminder_not_delivered')).toMatchObject([
			{ reminder_ref: first?.reminder_ref, problem: 'unknown', account_ref: account, channel: 'sms', vendor_code: 'process_ended' },
		]);
		expect(await events('escalation_raised')).toMatchObject([
			{ reason: 'reminder_not_delivered', account_ref: account, change: 'opened', title: 'A reminder has an unknown outcome' },
		]);
		expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
	});

	it('finds the message at the vendor where it can be looked up, and says sent', async () => {
		const account = await createAccount(practice, { your_reference: 'A-1', ...awakeAccount() });
		await killInTheMiddle({ account_ref: account });

		const again = await practice.must('POST', '/api/reminders', { account_ref: account });
		expect(again).toMatchObject({ status: 'duplicate', was_sent: false, duplicate: true, channel: 'sms', reason_code: '' });
		expect(twilio.requests).toHaveLength(1);
		expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
	});

	it('tells staff by itself, when nobody calls again', async () => {
		twilio.lists = false;
		const account = await createAccount(practice, { your_reference: 'A-1', ...awakeAccount() });
		await killInTheMiddle({ account_ref: account });
		await expect.poll(() => events('reminder_not_delivered'), { timeout: 15_000, interval: 250 }).toMatchObject([{ account_ref: account, problem: 'unknown' }]);
		expect(await events('escalation_raised')).toHaveLength(1);
		expect(twilio.requests).toHaveLength(1);
	});
});

describe('A service that is killed while balances are being written', { timeout: 60_000 }, () => {
	let folder: Folder;
	beforeAll(async () => {
		folder = await migratedFolder();
	});
	afterAll(() => folder.remove());

	it('has every balance that it acknowledged, each once, and a whole audit chain, twice over', async () => {
		let service = await startProcess({ DUNWELL_DATA: folder.path });
		let practice = await createPractice(service.url, { twilio: false });
		const acknowledged = new Map<string, number>();
		for (let round = 1; round <= 2; round += 1) {
			let running = true;
			const write = async (writer: number): Promise<void> => {
				for (let i = 1; running; i += 1) {
					const reference = `R${round}-${writer}-${i}`;
					const answer = await practice
						.call('POST', '/api/balances', {
							body: { your_reference: reference, amount: i, first_notice_date: dayBefore(Date.now(), 8) },
							headers: { 'idempotency-key': reference },
						})
						.catch(() => undefined);
					if (!answer) return;
					if (answer.status !== 200) throw new Error(answer.text);
					acknowledged.set(reference, i);
				}
			};
			const before = acknowledged.size;
			const writers = Promise.all([1, 2, 3, 4].map(write));
			await expect.poll(() => acknowledged.size - before, { timeout: 15_000, interval: 5 }).toBeGreaterThan(40 * round);
			await service.kill();
			running = false;
			await writers;

			service = await startProcess({ DUNWELL_DATA: folder.path });
			practice = movedTo(practice, service.url);
			for (const [reference, amount] of [...acknowledged].slice(before)) {
				const found = await practice.must('GET', `/api/accounts/find?your_reference=${reference}`);
				expect([reference, found.amount, found.invoice_count]).toEqual([reference, amount, 1]);
			}
			expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
		}
		expect((await practice.must('GET', '/api/aging')).account_count).toBeGreaterThanOrEqual(acknowledged.size);
		// What was acknowledged is a duplicate, not a second balance.
		const [last] = [...acknowledged].at(-1) ?? [];
		const again = await practice.must(
			'POST',
			'/api/balances',
			{ your_reference: last, amount: acknowledged.get(last ?? ''), first_notice_date: dayBefore(Date.now(), 8) },
			{ 'idempotency-key': last ?? '' },
		);
		expect(again).toMatchObject({ duplicate: true, outcome: 'created' });
		await service.kill();
	});
});
