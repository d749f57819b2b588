import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount, createPractice, dayBefore, must, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { claim, days, dump, eventsOf, type Listener, remittance, settle, startListener, subscribe } from './kit.ts';

let service: Running;
let zap: Listener;

beforeAll(async () => {
	service = await startService();
	zap = await startListener();
});
afterAll(async () => {
	await zap[Symbol.asyncDispose]();
	await service.close();
});

describe('a balance that grows old', () => {
	let practice: TestPractice;
	let ref: string;

	beforeAll(async () => {
		service.clock.now = NOON;
		practice = await createPractice(service.url, { twilio: false });
		await subscribe(practice, 'balance_overdue', `${zap.url}/ladder`);
		ref = await createAccount(practice, { your_reference: 'A-1', days: 6 });
		await settle(service, practice);
	});

	it('is told of once at 7 days, once at 15, and not in between', async () => {
		expect(zap.at('/ladder')).toEqual([]);
		await days(service, practice, 1);
		expect(zap.at('/ladder').map((body) => [body.account_ref, body.days_overdue, body.amount, body.message, body.can_contact])).toEqual([
			[ref, 7, 84.2, 'reminder_1', true],
		]);
		await settle(service, practice);
		await days(service, practice, 7);
		expect(zap.at('/ladder')).toHaveLength(1);
		await days(service, practice, 1);
		expect(zap.at('/ladder').map((body) => [body.account_ref, body.days_overdue, body.message])).toEqual([
			[ref, 7, 'reminder_1'],
			[ref, 15, 'reminder_2'],
		]);
	});

	it('is told of with the amount that is true then, and with a card that a chat can show', async () => {
		const [first] = zap.at('/ladder');
		expect(first).toMatchObject({
			event_type: 'balance_overdue',
			test: false,
			raised_by: 'review',
			amount_text: '$84.20',
			currency: 'USD',
			occurred_at: '2026-11-25T12:00:00-05:00',
			your_reference: '',
		});
		expect(first.summary).toBe('$84.20 is unpaid 7 days after the first notice.');
		expect(JSON.parse(first.card_json)).toMatchObject({ type: 'AdaptiveCard', body: [{ text: first.summary }, { type: 'FactSet' }] });
	});

	it('is not told of again when the reminder went out, the balance is recorded again and the account is reviewed on request', async () => {
		await practice.must('POST', '/api/balances', { account_ref: ref, amount: 84.2, final_patient_share: true });
		await practice.must('POST', '/api/reviews', {});
		await settle(service, practice);
		expect(zap.at('/ladder')).toHaveLength(2);
	});
});

describe('what is not owed', () => {
	it('raises no Balance Overdue: a denied line, a disputed invoice, a QMB patient', async () => {
		service.clock.now = NOON;
		const practice = await createPractice(service.url, { twilio: false });
		await subscribe(practice, 'balance_overdue', `${zap.url}/owed`);
		await subscribe(practice, 'claim_denied', `${zap.url}/denied`);
		await practice.must('POST', '/api/files', {
			kind: 'remittance',
			content: remittance([
				...claim('D1-501', '1', 100, 0, ['CAS*CO*197*100']),
				...claim('Q1-601', '1', 100, 80, ['CAS*PR*2*20', 'LQ*HE*N782']),
				...claim('P1-701', '1', 100, 75, ['CAS*PR*2*25']),
			]),
		});
		const balance = (your_reference: string, invoice: string, amount: number, more: object = {}) =>
			practice.must('POST', '/api/balances', {
				your_reference,
				invoice,
				amount,
				first_notice_date: dayBefore(service.clock.now, 10),
				phone: '(317) 555-0142',
				state: 'NY',
				...more,
			});
		await balance('D1', '501', 100);
		await balance('Q1', '601', 20);
		await balance('X1', '801', 60, { disputed: true });
		const owed = await balance('P1', '701', 25);
		await settle(service, practice);
		await days(service, practice, 6);
		expect(zap.at('/owed').map((body) => [body.account_ref, body.days_overdue, body.amount])).toEqual([
			[owed.account_ref, 7, 25],
			[owed.account_ref, 15, 25],
		]);
		expect(zap.at('/denied').map((body) => [body.payer, body.amount, body.category, body.codes_text, body.line_count])).toEqual([
			['EXAMPLE HEALTH PLAN', 100, 'authorization', 'CO-197', 1],
		]);
	});
});

describe('an account that may not be contacted', () => {
	let practice: TestPractice;
	let ref: string;

	beforeAll(async () => {
		service.clock.now = NOON;
		practice = await createPractice(service.url, { twilio: false });
		await subscribe(practice, 'balance_overdue', `${zap.url}/silent`);
		await subscribe(practice, 'balance_overdue', `${zap.url}/contactable`, { only_when_contactable: true });
		ref = await createAccount(practice, { your_reference: 'A-2', days: 7, consent: false });
		await settle(service, practice);
	});

	it('is told of all the same, with the reasons; a filter leaves it out', () => {
		expect(zap.at('/silent')).toHaveLength(1);
		expect(zap.at('/silent')[0]).toMatchObject({ account_ref: ref, can_contact: false });
		expect(zap.at('/silent')[0].blocked_reasons_text).toContain('No consent to billing messages is recorded: Text message');
		expect(zap.at('/contactable')).toEqual([]);
	});

	it('gets no reminder: Send Reminder answers suppressed with what would change it', async () => {
		const answer = await practice.must('POST', '/api/reminders', { account_ref: ref, because_of: zap.at('/silent')[0].event_id });
		expect(answer).toMatchObject({
			status: 'suppressed',
			was_sent: false,
			duplicate: false,
			reason_code: 'unknown_consent',
			channel: '',
			next_possible_at: '',
		});
		expect(answer.reasons_text).toContain('No consent to billing messages is recorded');
		expect(answer.what_would_change_it).toContain('Record the consent with its evidence');
		expect((await practice.must('GET', '/api/outbox')).items).toEqual([]);
		const [event] = await eventsOf(practice, 'reminder_not_delivered');
		expect(event).toMatchObject({ account_ref: ref, problem: 'suppressed', reminder_ref: answer.reminder_ref, caused_by: zap.at('/silent')[0].event_id });
	});

	it('is explained in plain words', async () => {
		const told = await practice.must('GET', `/api/accounts/explain?account_ref=${ref}`);
		expect(told.decision).toBe('hold');
		expect(told.explanation_text).toContain('$84.20 is owed;');
		expect(told.explanation_text).toContain('No message goes out.');
		expect(told.explanation_text).toContain('No consent to billing messages is recorded');
		expect(told.explanation_text).toContain('No message has gone out.');
		expect(told.explanation_text).not.toMatch(/undefined|NaN|_minor|\[object/);
	});

	it('gets one as soon as the consent is recorded, and the step only once', async () => {
		await practice.must('POST', '/api/accounts', { account_ref: ref, sms_consent: 'yes', consent_evidence: 'intake form 4' });
		const event = zap.at('/silent')[0].event_id;
		const sent = await practice.must('POST', '/api/reminders', { account_ref: ref, because_of: event });
		expect(sent).toMatchObject({ status: 'sent', was_sent: true, channel: 'sms', amount: 84.2 });
		const again = await practice.must('POST', '/api/reminders', { account_ref: ref, because_of: event });
		expect(again).toMatchObject({ status: 'duplicate', duplicate: true, was_sent: false, reminder_ref: sent.reminder_ref });
		expect((await practice.must('GET', '/api/outbox')).items.map((item: { reminder_ref: string }) => item.reminder_ref)).toEqual([sent.reminder_ref]);
	});
});

describe('test data', () => {
	it('raises test events for test subscriptions and nothing for live ones, and the other way round', async () => {
		service.clock.now = NOON;
		const practice = await createPractice(service.url, { twilio: false });
		await subscribe(practice, 'balance_overdue', `${zap.url}/live`);
		await subscribe({ url: practice.url, live: practice.test }, 'balance_overdue', `${zap.url}/test`);
		const test = await createAccount(practice, { your_reference: 'A-1', days: 8, key: practice.test });
		await settle(service, practice);
		expect(zap.at('/test').map((body) => [body.account_ref, body.test])).toEqual([[test, true]]);
		expect(zap.at('/live')).toEqual([]);
		const live = await createAccount(practice, { your_reference: 'A-1', days: 8 });
		await settle(service, practice);
		expect(live).not.toBe(test);
		expect(zap.at('/live').map((body) => [body.account_ref, body.test])).toEqual([[live, false]]);
		expect(zap.at('/test')).toHaveLength(1);
		// The polling twin keeps them apart as well, and so does every look-up.
		expect(
			(await must(practice.url, practice.test, 'GET', '/api/events/balance_overdue')).items.map((item: { account_ref: string }) => item.account_ref),
		).toEqual([test]);
		expect((await practice.call('GET', `/api/accounts/find?account_ref=${test}`)).status).toBe(404);
		expect((await dump(service, practice, ['account']))['account']).toHaveLength(2);
	});
});

describe('left to itself', () => {
	it('reviews what was recorded and delivers the news, once, without anybody asking', async () => {
		const running = await startService({ workers: true });
		try {
			const practice = await createPractice(running.url, { twilio: false });
			await subscribe(practice, 'balance_overdue', `${zap.url}/alone`);
			const ref = await createAccount(practice, { your_reference: 'A-1', days: 8 });
			await expect.poll(() => zap.at('/alone').length, { timeout: 15_000 }).toBe(1);
			await practice.must('POST', '/api/reviews', {});
			await practice.must('POST', '/api/balances', { account_ref: ref, amount: 84.2 });
			// Long enough for a second delivery to show itself.
			await new Promise((resolve) => setTimeout(resolve, 1500));
			expect(zap.at('/alone').map((body) => [body.account_ref, body.days_overdue])).toEqual([[ref, 7]]);
		} finally {
			await running.close();
		}
	});
});
