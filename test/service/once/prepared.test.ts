/** A reminder that another app sends: reserved for it alone, confirmed or given back, and never forgotten. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccount, createPractice, HOUR, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';

let twilio: Twilio;
let service: Running;
let practice: TestPractice;
let number = 0;
let account = '';

beforeAll(async () => {
	twilio = await startTwilio();
	service = await startService({ vendorUrls: { twilio: twilio.url } });
	practice = await createPractice(service.url);
});
afterAll(async () => {
	await service.close();
	await twilio[Symbol.asyncDispose]();
});
beforeEach(async () => {
	service.clock.now = NOON;
	twilio.requests.length = 0;
	number += 1;
	account = await createAccount(practice, { your_reference: `A-${number}`, phone: `+13175550${300 + number}` });
});

const prepare = (body: object = {}) => practice.must('POST', '/api/reminders/prepare', { account_ref: account, ...body });
const contact = (body: object) => practice.must('POST', '/api/contacts', body);
const send = () => practice.must('POST', '/api/reminders', { account_ref: account });
const sweep = () => service.useCases.handlers.sweep({ practice_id: practice.id });
const confirmBalance = () => practice.must('POST', '/api/balances', { account_ref: account, amount: 84.2 });
const ladder = () =>
	service.rows(
		practice.id,
		async (tx) =>
			(
				await tx
					.selectFrom('invoice')
					.select('reminded_days')
					.where('practice_id', '=', practice.id)
					.where('account_ref', '=', account)
					.executeTakeFirstOrThrow()
			).reminded_days,
	);
const work = () =>
	service.rows(practice.id, async (tx) =>
		(await tx.selectFrom('escalation').select(['title', 'status']).where('practice_id', '=', practice.id).where('account_ref', '=', account).execute()).map(
			({ title, status }) => `${title}: ${status}`,
		),
	);
const history = () =>
	service.rows(practice.id, async (tx) =>
		(await tx.selectFrom('audit').select('kind').where('practice_id', '=', practice.id).where('subject', '=', account).orderBy('seq').execute()).map(
			({ kind }) => kind,
		),
	);

describe('Prepare Reminder', () => {
	it('gives the text and the address, and sends nothing', async () => {
		const answer = await prepare();
		expect(answer).toMatchObject({
			permission: 'granted',
			may_send: true,
			duplicate: false,
			channel: 'sms',
			message: 'reminder_1',
			address: `+13175550${300 + number}`,
			expires_at: '2026-11-25T12:00:00-05:00',
			amount: 84.2,
		});
		expect(answer.text).toContain('Reply STOP to opt out');
		await service.work();
		await sweep();
		expect(twilio.requests).toEqual([]);
		expect(await ladder()).toBe(0);
	});

	it('twenty times at once reserves once; the others are told when it could be', async () => {
		const answers = await Promise.all(Array.from({ length: 20 }, () => prepare()));
		expect(answers.filter(({ may_send }) => may_send)).toHaveLength(1);
		const refused = answers.filter(({ may_send }) => !may_send);
		for (const answer of refused)
			expect(answer).toMatchObject({
				permission: 'wait',
				reminder_ref: '',
				address: '',
				text: '',
				reason_code: 'cap_day',
				next_possible_at: '2026-11-25T08:00:00-05:00',
			});
	});

	it('twenty times at once under one key gives one reservation to all', async () => {
		const answers = await Promise.all(Array.from({ length: 20 }, () => prepare({ idempotency_key: `p-${number}` })));
		expect(new Set(answers.map(({ reminder_ref }) => reminder_ref)).size).toBe(1);
		expect(answers.filter(({ duplicate }) => !duplicate)).toHaveLength(1);
		expect(answers.every(({ may_send, text }) => may_send && text !== '')).toBe(true);
	});

	it('keeps Send Reminder from sending the same step', async () => {
		const { reminder_ref } = await prepare();
		expect(await send()).toMatchObject({ status: 'duplicate', was_sent: false, reminder_ref });
		await service.work();
		expect(twilio.requests).toEqual([]);
	});

	it('outside decent hours reserves nothing and says when', async () => {
		service.clock.now = NOON + 10 * HOUR;
		expect(await prepare()).toMatchObject({
			permission: 'wait',
			may_send: false,
			reminder_ref: '',
			reason_code: 'hours',
			next_possible_at: '2026-11-25T08:00:00-05:00',
		});
	});
});

describe('Record Contact', () => {
	it('confirms: the step is taken, once', async () => {
		const { reminder_ref } = await prepare();
		expect(await contact({ reminder_ref, outcome: 'sent' })).toMatchObject({
			result: 'confirmed',
			reminder_ref,
			contact_ref: reminder_ref,
			contacts_last_7_days: 1,
		});
		expect(await contact({ reminder_ref, outcome: 'sent' })).toMatchObject({ result: 'already_recorded', contacts_last_7_days: 1 });
		expect(await ladder()).toBe(7);
		expect(await send()).toMatchObject({ status: 'duplicate', was_sent: false, reminder_ref });
		service.clock.now += 25 * HOUR;
		await sweep();
		expect([await work(), twilio.requests]).toEqual([[], []]);
	});

	it('gives back what the other app did not send, and then it may be sent', async () => {
		const { reminder_ref } = await prepare();
		expect(await contact({ reminder_ref, outcome: 'not_sent' })).toMatchObject({ result: 'released', contact_ref: '', contacts_last_7_days: 0 });
		expect(await send()).toMatchObject({ status: 'sent', was_sent: true });
		expect(twilio.requests).toHaveLength(1);
	});

	it('of a contact made elsewhere counts against the caps', async () => {
		expect(await contact({ account_ref: account, channel: 'voice', outcome: 'reached', idempotency_key: `c-${number}` })).toMatchObject({
			result: 'recorded',
			contacts_last_7_days: 1,
			next_possible_at: '2026-11-25T00:00:00-05:00',
		});
		expect(await contact({ account_ref: account, channel: 'voice', outcome: 'reached', idempotency_key: `c-${number}` })).toMatchObject({
			duplicate: true,
			contacts_last_7_days: 1,
		});
		expect(await send()).toMatchObject({ status: 'scheduled', was_sent: false, send_at: '2026-11-25T08:00:00-05:00', reason_code: 'cap_day' });
		expect(twilio.requests).toEqual([]);
	});

	it('does not know a live reminder under a test key', async () => {
		const { reminder_ref } = await prepare();
		const answer = await practice.call('POST', '/api/contacts', {
			body: { reminder_ref, outcome: 'sent' },
			headers: { authorization: `Bearer ${practice.test}` },
		});
		expect([answer.status, answer.json.errors[0].field]).toEqual([400, 'reminder_ref']);
	});
});

describe('A reservation that nobody confirms', () => {
	it('is given back after 24 hours and shown to staff once; then the step may be sent', async () => {
		const { reminder_ref } = await prepare();
		service.clock.now += 23 * HOUR;
		await sweep();
		expect(await send()).toMatchObject({ status: 'duplicate', was_sent: false, reminder_ref });
		service.clock.now += 2 * HOUR;
		await sweep();
		await sweep();
		expect(await work()).toEqual(['A prepared reminder was not confirmed: open']);
		expect((await history()).filter((kind) => kind === 'reminder_released')).toHaveLength(1);
		await confirmBalance();
		expect(await send()).toMatchObject({ status: 'sent', was_sent: true });
		expect(twilio.requests).toHaveLength(1);
	});

	it('and is confirmed late counts, and the staff work is done with', async () => {
		const { reminder_ref } = await prepare();
		const sentAt = new Date(service.clock.now + HOUR).toISOString();
		service.clock.now += 25 * HOUR;
		await sweep();
		expect(await contact({ reminder_ref, outcome: 'sent', at: sentAt })).toMatchObject({ result: 'confirmed', contacts_last_7_days: 1 });
		expect([await ladder(), await work()]).toEqual([7, ['A prepared reminder was not confirmed: resolved']]);
		await confirmBalance();
		expect(await send()).toMatchObject({ status: 'duplicate', was_sent: false, reminder_ref });
		expect(twilio.requests).toEqual([]);
	});

	it('and was cancelled by a hold counts all the same when the other app had sent it', async () => {
		const { reminder_ref } = await prepare();
		expect(await practice.must('POST', '/api/holds', { scope: 'account', reason: 'dispute', account_ref: account })).toMatchObject({ cancelled_count: 1 });
		expect(await contact({ reminder_ref, outcome: 'sent' })).toMatchObject({ result: 'confirmed', contacts_last_7_days: 1 });
		expect(await ladder()).toBe(7);
	});

	it('leaves a whole audit chain', async () => {
		expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
	});
});
