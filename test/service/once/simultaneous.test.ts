/** Exactly once: the same reminder asked for many times at once reaches the vendor once, and every caller learns of the same one. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LEDGERS } from '../../kit/database.ts';
import { createAccount, createPractice, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';

const TIMES = 20;

for (const { title, kind, skip } of LEDGERS)
	describe.skipIf(skip)(`Send Reminder, ${title}`, () => {
		let twilio: Twilio;
		let service: Running;
		let practice: TestPractice;
		let number = 0;
		let account = '';

		beforeAll(async () => {
			twilio = await startTwilio(() => ({ delayMs: 300 }));
			service = await startService({ kind, vendorUrls: { twilio: twilio.url } });
			practice = await createPractice(service.url);
		});
		afterAll(async () => {
			await service.close();
			await twilio[Symbol.asyncDispose]();
		});
		beforeEach(async () => {
			twilio.requests.length = 0;
			number += 1;
			account = await createAccount(practice, { your_reference: `A-${number}`, phone: `(317) 555-01${String(10 + number)}` });
		});

		const send = (body: object, headers: Record<string, string> = {}) =>
			practice.call('POST', '/api/reminders', { body: { account_ref: account, ...body }, headers });
		const atOnce = (body: (i: number) => object, headers: (i: number) => Record<string, string> = () => ({})) =>
			Promise.all(Array.from({ length: TIMES }, (_, i) => send(body(i), headers(i))));
		const statuses = (answers: { json: { status: string } }[]) => answers.map(({ json }) => json.status).sort();

		it('twenty times at once reaches the vendor once', async () => {
			const answers = await atOnce(() => ({}));
			expect(twilio.requests.map(({ to }) => to)).toEqual([`+131755501${10 + number}`]);
			expect(answers.map(({ status }) => status)).toEqual(Array(TIMES).fill(200));
			expect(new Set(answers.map(({ json }) => json.reminder_ref)).size).toBe(1);
			expect(statuses(answers)).toEqual([...Array(TIMES - 1).fill('duplicate'), 'sent']);
			expect(answers.filter(({ json }) => json.was_sent)).toHaveLength(1);
		});

		it('twenty times at once under one key reaches the vendor once, whether the key comes as header or field', async () => {
			const key = `run-${number}`;
			const answers = await atOnce(
				(i) => (i % 2 ? { idempotency_key: key } : {}),
				(i) => (i % 2 ? {} : { 'idempotency-key': key }),
			);
			expect(twilio.requests).toHaveLength(1);
			expect(new Set(answers.map(({ json }) => json.reminder_ref)).size).toBe(1);
			expect(statuses(answers)).toEqual([...Array(TIMES - 1).fill('duplicate'), 'sent']);
		});

		it('under a key that came with other content is a conflict that names the field, and sends nothing more', async () => {
			await send({ idempotency_key: `key-${number}` });
			const other = await send({ idempotency_key: `key-${number}`, channel: 'sms' });
			expect(other.status).toBe(409);
			expect(other.json).toMatchObject({ code: 'idempotency_key_reused', errors: [{ field: 'idempotency_key', message: 'Use a new key for a new call.' }] });
			expect(twilio.requests).toHaveLength(1);
		});

		it('twenty times at once under twenty keys sends the step once', async () => {
			const answers = await atOnce((i) => ({ idempotency_key: `own-${number}-${i}` }));
			expect(twilio.requests).toHaveLength(1);
			expect(answers.filter(({ json }) => json.status === 'sent')).toHaveLength(1);
			expect(answers.filter(({ json }) => json.was_sent)).toHaveLength(1);
		});

		it('twenty times because of one event reaches the vendor once', async () => {
			await service.work();
			const { items } = await practice.must('GET', '/api/events/balance_overdue');
			const event = items.find((item: { account_ref: string }) => item.account_ref === account);
			const answers = await atOnce(() => ({ because_of: event.event_id }));
			expect(twilio.requests).toHaveLength(1);
			expect(statuses(answers)).toEqual([...Array(TIMES - 1).fill('duplicate'), 'sent']);
			expect(new Set(answers.map(({ json }) => json.reminder_ref)).size).toBe(1);
		});

		it('again days later under the same key gives the first result, when the step is another by then', async () => {
			const first = await send({ idempotency_key: `late-${number}` });
			const before = service.clock.now;
			service.clock.now += 29 * 86_400_000;
			await practice.must('POST', '/api/balances', { account_ref: account, amount: 84.2 });
			const again = await send({ idempotency_key: `late-${number}` });
			service.clock.now = before;
			expect(first.json).toMatchObject({ status: 'sent', duplicate: false });
			expect(again.json).toMatchObject({ status: 'duplicate', duplicate: true, was_sent: false, reminder_ref: first.json.reminder_ref, amount: 84.2 });
			expect(twilio.requests).toHaveLength(1);
		});

		it('for two accounts with one phone sends to each', async () => {
			const other = await createAccount(practice, { your_reference: `B-${number}`, phone: `(317) 555-01${10 + number}` });
			const answers = await Promise.all([send({}), practice.call('POST', '/api/reminders', { body: { account_ref: other } })]);
			expect(answers.map(({ json }) => json.status)).toEqual(['sent', 'sent']);
			expect(twilio.requests).toHaveLength(2);
		});

		it('is about the amount of the later call, when two balances were recorded in one millisecond', async () => {
			for (const amount of [60, 45.5])
				expect(await practice.must('POST', '/api/balances', { account_ref: account, amount })).toMatchObject({ outcome: 'updated', amount });
			expect(await practice.must('POST', '/api/balances', { account_ref: account, amount: 45.5 })).toMatchObject({ outcome: 'unchanged', amount: 45.5 });
			expect((await send({})).json).toMatchObject({ status: 'sent', amount: 45.5 });
		});
	});
