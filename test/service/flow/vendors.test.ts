/** What vendors tell us, signed as they sign: replies, delivery reports, bounces, balances and payments. */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, call, createAccount, createPractice, dayBefore, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { signedCallback, startTwilio, type Twilio } from '../../kit/twilio.ts';
import { dump, eventsOf, settle, signed, WRITTEN } from './kit.ts';

const PHONE = '+13175550142';
const SECRET = 'a secret of sixteen or more';
const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

let service: Running;
let twilio: Twilio;
let mail: Twilio;
let practice: TestPractice;
/** Addresses of the practice's webhooks, by connection. */
let hooks: Record<string, string>;
let ref: string;

beforeAll(async () => {
	twilio = await startTwilio();
	// SendGrid takes a mail with 202 and no body; what it is asked matters elsewhere.
	mail = await startTwilio(() => ({ status: 202, body: '', headers: { 'x-message-id': `mail_${mail.requests.length}` } }));
	service = await startService({ vendorUrls: { twilio: twilio.url, sendgrid: mail.url } });
});
afterAll(async () => {
	await service.close();
	await twilio[Symbol.asyncDispose]();
	await mail[Symbol.asyncDispose]();
});
beforeEach(async () => {
	service.clock.now = NOON;
	twilio.requests.length = 0;
	practice = await createPractice(service.url, { policy: { channels: ['sms', 'email'], fallback: false } });
	const connect = (connection: string, vendor: string, credentials: object) =>
		practice.setup('POST', '/connections', { connection, vendor, credentials, check: false });
	await connect('mailing', 'sendgrid', { api_key: 'SG.test', webhook_public_key: keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64') });
	await connect('paying', 'stripe', { secret_key: 'sk_test_1', webhook_secret: 'whsec_test' });
	await connect('billing', 'generic', {
		secret: SECRET,
		fields: JSON.stringify({
			records: 'data.rows',
			kind: '=balance',
			your_reference: 'patient.account',
			invoice: 'no',
			amount: 'open',
			first_notice_date: 'told',
			final_patient_share: '=true',
		}),
	});
	await practice.setup('PUT', '/senders/email', { connection: 'mailing', address: 'billing@practice.example' });
	const { items } = await practice.setup('GET', '/connections');
	hooks = Object.fromEntries(items.map((item: { connection: string; hook_url: string }) => [item.connection, item.hook_url]));
	ref = await createAccount(practice, { your_reference: 'A-1', days: 8, phone: PHONE });
	await settle(service, practice);
});

const path = (connection: string): string => new URL(hooks[connection] ?? '').pathname;
const post = (connection: string, { raw, headers }: { raw: string; headers: Record<string, string> }): Promise<Answer> =>
	call(service.url, '', 'POST', path(connection), { raw, headers });

let messages = 0;
/** A text message from the patient. */
function text(body: string, more: Record<string, string> = {}): Promise<Answer> {
	messages += 1;
	const { body: raw, headers } = signedCallback(hooks['texting'] ?? '', {
		MessageSid: `SM${String(messages).padStart(32, '0')}`,
		From: PHONE,
		To: '+12125550100',
		Body: body,
		...more,
	});
	return post('texting', { raw, headers });
}
const stripe = (event: object, at = service.clock.now, secret = 'whsec_test') => {
	const raw = JSON.stringify(event);
	const seconds = Math.floor(at / 1000);
	return {
		raw,
		headers: {
			'content-type': 'application/json',
			'stripe-signature': `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${raw}`).digest('hex')}`,
		},
	};
};
const sendgrid = (events: object[], at = service.clock.now) => {
	const raw = JSON.stringify(events);
	const seconds = String(Math.floor(at / 1000));
	return {
		raw,
		headers: {
			'content-type': 'application/json',
			'x-twilio-email-event-webhook-timestamp': seconds,
			'x-twilio-email-event-webhook-signature': createSign('sha256').update(`${seconds}${raw}`).sign(keys.privateKey, 'base64'),
		},
	};
};
const find = (reference = 'A-1') => practice.must('GET', `/api/accounts/find?your_reference=${reference}`);
const reminder = async (reminderRef: string) =>
	service.rows(practice.id, (tx) =>
		tx.selectFrom('reminder').select(['status', 'raw_status', 'failure_code']).where('reminder_ref', '=', reminderRef).executeTakeFirstOrThrow(),
	);

describe('a patient who answers a text', () => {
	it('opts out with STOP: at once, for calls too, and what waits is cancelled', async () => {
		const waiting = await practice.must('POST', '/api/reminders', { account_ref: ref, when: 'on_date', send_on: '2026-11-27' });
		expect(waiting.status).toBe('scheduled');
		const answer = await text('Stop', { OptOutType: 'STOP' });
		expect([answer.status, answer.text]).toEqual([200, '<Response/>']);
		const account = await find();
		expect(account.consent_text).toMatch(/sms: ended on 2026-11-24/);
		expect(account.consent_text).toMatch(/voice: ended on 2026-11-24/);
		expect(account).toMatchObject({ can_contact: false });
		expect((await reminder(waiting.reminder_ref)).status).toBe('cancelled');
		const [event] = await eventsOf(practice, 'patient_replied');
		expect(event).toMatchObject({ meaning: 'opt_out', channel: 'sms', account_ref: ref, can_contact: false, raised_by: 'patient' });
		expect(await practice.must('POST', '/api/reminders', { account_ref: ref })).toMatchObject({ status: 'suppressed', was_sent: false });
		await service.advance(5 * 86_400_000);
		await settle(service, practice);
		expect(twilio.requests).toEqual([]);
	});

	it.each([
		['PARAR', 'opt_out'],
		['no más', 'opt_out'],
		['Help', 'help'],
		['ayuda', 'help'],
		['I already paid this', 'already_paid'],
		['Ya pagué', 'already_paid'],
		["I don't owe this", 'dispute'],
		['no debo nada', 'dispute'],
		['Wrong number', 'wrong_person'],
		['número equivocado', 'wrong_person'],
		['Please call me', 'call_me'],
		['llámeme por favor', 'call_me'],
		['I will stop by on Monday', 'other'],
		['START', 'opt_in'],
	])('is understood: %s', async (body, meaning) => {
		expect((await text(body)).status).toBe(200);
		const [event] = await eventsOf(practice, 'patient_replied');
		expect([event.meaning, event.reply_text ?? '']).toEqual([meaning, meaning === 'opt_out' ? '' : body]);
		const consent = (await find()).consent_text;
		if (meaning === 'opt_out') expect(consent).toMatch(/sms: ended/);
		else expect(consent).toMatch(/sms: agreed/);
	});

	it('disputes: the account is held, staff have work, and nothing is asked for', async () => {
		await text('this is the wrong amount');
		expect(await find()).toMatchObject({ on_hold: true, holds_text: 'Disputed', can_contact: false });
		const [work] = await eventsOf(practice, 'escalation_raised', '?reason=disputed');
		expect(work).toMatchObject({ account_ref: ref, change: 'opened' });
		expect(await practice.must('POST', '/api/reminders', { account_ref: ref })).toMatchObject({ status: 'suppressed', reason_code: 'hold_dispute' });
		await text('still the wrong amount');
		const holds = await service.rows(practice.id, (tx) => tx.selectFrom('hold').select('hold_ref').where('practice_id', '=', practice.id).execute());
		expect(holds).toHaveLength(1);
		await settle(service, practice);
		expect(await eventsOf(practice, 'escalation_raised', '?reason=disputed')).toHaveLength(1);
	});

	it('is somebody else: the number is used no more, for calls neither', async () => {
		await text('wrong number');
		const account = await find();
		expect(account.blocked_reasons_text).toMatch(/The address or number did not work: Text message/);
		expect(await practice.must('POST', '/api/reminders', { account_ref: ref, channel: 'voice' })).toMatchObject({ status: 'suppressed' });
		expect(twilio.requests).toEqual([]);
	});

	it('is left in peace for a while after any answer', async () => {
		await text('let me see');
		const later = await practice.must('POST', '/api/reminders', { account_ref: ref, when: 'only_now' });
		expect(later).toMatchObject({ status: 'suppressed', reason_code: 'cooldown_reply', next_possible_at: '2026-11-26T12:00:00-05:00' });
	});

	it('whom nobody knows is only noted, and the answer of a family reaches each account of the number', async () => {
		const second = await createAccount(practice, { your_reference: 'A-2', days: 8, phone: PHONE });
		await text('STOP', { From: '+13175550999' });
		expect(await eventsOf(practice, 'patient_replied')).toEqual([]);
		const { items } = await practice.setup('GET', '/audit?limit=500');
		expect(items.filter((item: { kind: string }) => item.kind === 'vendor_event_unmatched')).toHaveLength(1);
		await text('STOP');
		expect((await eventsOf(practice, 'patient_replied')).map((event) => event.account_ref).sort()).toEqual([ref, second].sort());
	});

	it('is heard once, however often the vendor tells', async () => {
		const again = { MessageSid: `SM${'9'.repeat(32)}` };
		await text('help', again);
		await text('help', again);
		expect(await eventsOf(practice, 'patient_replied')).toHaveLength(1);
	});
});

describe("Twilio's delivery reports", () => {
	const report = (sid: string, word: string, more: Record<string, string> = {}) => {
		const { body: raw, headers } = signedCallback(hooks['texting'] ?? '', { MessageSid: sid, MessageStatus: word, ...more });
		return post('texting', { raw, headers });
	};

	it('move the reminder forward and never back, and a number that does not work is not used again', async () => {
		const sent = await practice.must('POST', '/api/reminders', { account_ref: ref });
		expect(sent.status).toBe('sent');
		const [message] = twilio.requests;
		expect(message?.callback).toBe(`${hooks['texting']}?reference=${sent.reminder_ref}`);
		await report(message?.sid ?? '', 'delivered');
		expect(await reminder(sent.reminder_ref)).toMatchObject({ status: 'delivered', raw_status: 'delivered' });
		await report(message?.sid ?? '', 'sent');
		expect((await reminder(sent.reminder_ref)).status).toBe('delivered');
		await report(message?.sid ?? '', 'undelivered', { ErrorCode: '30005' });
		expect(await reminder(sent.reminder_ref)).toMatchObject({ status: 'undelivered', failure_code: '30005' });
		const [event] = await eventsOf(practice, 'reminder_not_delivered');
		expect(event).toMatchObject({ problem: 'undelivered', reminder_ref: sent.reminder_ref, vendor_code: '30005', contact_point_bad: 'yes', channel: 'sms' });
		expect((await find()).blocked_reasons_text).toMatch(/did not work: Text message/);
	});

	it('of a message that is none of ours are noted and change nothing', async () => {
		expect((await report(`SM${'7'.repeat(32)}`, 'failed')).status).toBe(200);
		expect(await eventsOf(practice, 'reminder_not_delivered')).toEqual([]);
	});
});

describe('SendGrid', () => {
	const mailed = async () => {
		await practice.must('POST', '/api/accounts', { account_ref: ref, email: 'Jane@Example.com', email_consent: 'yes', consent_evidence: 'form' });
		const sent = await practice.must('POST', '/api/reminders', { account_ref: ref, channel: 'email' });
		expect(sent).toMatchObject({ status: 'sent', channel: 'email' });
		return sent;
	};
	const event = (event: string, more: object = {}) => ({
		event,
		email: 'jane@example.com',
		timestamp: Math.floor(service.clock.now / 1000),
		sg_event_id: `ev-${event}`,
		sg_message_id: 'mail_x.y',
		...more,
	});

	it('reports a bounce by our own reference: the mailbox is bad and staff hear', async () => {
		const sent = await mailed();
		expect(
			(
				await post(
					'mailing',
					sendgrid([
						event('delivered', { dunwell_reference: sent.reminder_ref }),
						event('bounce', { dunwell_reference: sent.reminder_ref, status: '5.1.1', reason: '550 <jane@example.com> unknown' }),
					]),
				)
			).status,
		).toBe(204);
		expect(await reminder(sent.reminder_ref)).toMatchObject({ status: 'undelivered', failure_code: '5.1.1' });
		const [told] = await eventsOf(practice, 'reminder_not_delivered');
		expect(told).toMatchObject({ problem: 'undelivered', channel: 'email', vendor_code: '5.1.1', contact_point_bad: 'yes' });
		expect(JSON.stringify(told)).not.toMatch(/jane@/i);
	});

	it.each(['unsubscribe', 'spamreport', 'group_unsubscribe'])('ends e-mail, and e-mail alone, at a %s', async (word) => {
		await mailed();
		expect((await post('mailing', sendgrid([event(word)]))).status).toBe(204);
		const { consent_text } = await find();
		expect(consent_text).toMatch(/email: ended/);
		expect(consent_text).toMatch(/sms: agreed/);
		expect((await eventsOf(practice, 'patient_replied'))[0]).toMatchObject({ meaning: 'opt_out', channel: 'email' });
	});
});

describe('Stripe', () => {
	const seconds = (at: number): number => Math.floor(at / 1000);
	const invoice = (more: object = {}) => ({
		id: 'in_1',
		object: 'invoice',
		number: 'S-1',
		customer: 'cus_1',
		metadata: { account_number: 'A-9' },
		currency: 'usd',
		status: 'open',
		amount_due: 5000,
		amount_remaining: 5000,
		attempt_count: 1,
		collection_method: 'charge_automatically',
		due_date: seconds(NOON - 8 * 86_400_000),
		customer_email: 'p@example.com',
		...more,
	});
	const told = (type: string, object: object, id = `evt_${type}`) =>
		stripe({ id, object: 'event', type, created: seconds(service.clock.now), data: { object } });

	it('brings a balance with invoice.overdue, which becomes overdue here, and takes it away with invoice.paid', async () => {
		expect((await post('paying', told('invoice.overdue', invoice()))).status).toBe(204);
		await settle(service, practice);
		expect(await find('A-9')).toMatchObject({ amount: 50, days_overdue: 8, invoice_count: 1 });
		expect((await eventsOf(practice, 'balance_overdue')).map((event) => [event.amount, event.days_overdue])).toContainEqual([50, 7]);
		await service.advance(60_000);
		await post('paying', told('invoice.paid', invoice({ status: 'paid', amount_remaining: 0 })));
		await settle(service, practice);
		expect(await find('A-9')).toMatchObject({ amount: 0 });
		expect((await eventsOf(practice, 'balance_paid')).map((event) => event.amount)).toEqual([50]);
	});

	it('tells of a failed payment once, and of none that it tries again itself', async () => {
		await post('paying', told('invoice.payment_failed', invoice({ next_payment_attempt: seconds(NOON + 86_400_000) }), 'evt_1'));
		await settle(service, practice);
		expect(await eventsOf(practice, 'payment_failed')).toEqual([]);
		await service.advance(60_000);
		const last = told('invoice.payment_failed', invoice({ attempt_count: 2, next_payment_attempt: null }), 'evt_2');
		await post('paying', last);
		await post('paying', last);
		await settle(service, practice);
		await post('paying', told('invoice.payment_failed', invoice({ attempt_count: 2, next_payment_attempt: null }), 'evt_3'));
		await settle(service, practice);
		expect((await eventsOf(practice, 'payment_failed')).map((event) => [event.amount, event.status, event.autopay, event.raised_by])).toEqual([
			[50, 'failed', true, 'review'],
		]);
	});
});

describe('a system of its own, by a field map', () => {
	const body = {
		data: {
			rows: [
				{ patient: { account: 'G-1' }, no: 'I-1', open: '84.20', told: dayBefore(NOON, 8) },
				{ patient: { account: 'G-2' }, no: 'I-2', open: 12.5, told: dayBefore(NOON, 1) },
			],
		},
	};

	it('brings balances, once for each delivery of its webhook', async () => {
		expect((await post('billing', signed(SECRET, 'm-1', service.clock.now, body))).status).toBe(204);
		await service.advance(60_000);
		expect(
			(await post('billing', signed(SECRET, 'm-1', service.clock.now, { data: { rows: [{ patient: { account: 'G-1' }, no: 'I-1', open: '1.00' }] } }))).status,
		).toBe(204);
		await settle(service, practice);
		expect(await find('G-1')).toMatchObject({ amount: 84.2, days_overdue: 8 });
		expect(await find('G-2')).toMatchObject({ amount: 12.5 });
	});

	it('is told which field is wrong, and nothing of that call is kept', async () => {
		const before = await dump(service, practice, WRITTEN);
		const answer = await post(
			'billing',
			signed(SECRET, 'm-2', service.clock.now, { data: { rows: [...body.data.rows, { patient: { account: 'G-3' }, no: 'I-3', open: 'a lot' }] } }),
		);
		expect(answer.status).toBe(400);
		expect(answer.json.detail).toBe('"records.2.open" must be an amount such as 84.20. Correct it at the source, or the field map of the connection.');
		expect(await dump(service, practice, WRITTEN)).toEqual(before);
	});
});

describe('a request that is not what it says', () => {
	const forged = (headers: Record<string, string>, name: string): Record<string, string> => ({ ...headers, [name]: `${headers[name]?.slice(0, -4)}AAA=` });

	it('is refused with 401 when its signature is wrong, and nothing is written', async () => {
		const before = await dump(service, practice, WRITTEN);
		const { body: raw, headers } = signedCallback(hooks['texting'] ?? '', { MessageSid: 'SM1', From: PHONE, Body: 'STOP' });
		const generic = signed(SECRET, 'm-3', service.clock.now, { data: { rows: [] } });
		const paid = stripe({ id: 'evt_f', object: 'event', type: 'invoice.paid', created: 1, data: { object: {} } });
		const bounced = sendgrid([{ event: 'unsubscribe', email: 'jane@example.com', timestamp: 1 }]);
		const answers = [
			await post('texting', { raw, headers: forged(headers, 'x-twilio-signature') }),
			await post('texting', { raw: `${raw}&Extra=1`, headers }),
			await post('billing', { raw: generic.raw, headers: forged(generic.headers, 'webhook-signature') }),
			await post('billing', signed('another secret of some length', 'm-3', service.clock.now, { data: { rows: [] } })),
			await post('paying', { raw: paid.raw, headers: { 'content-type': 'application/json' } }),
			await post('paying', stripe({ id: 'evt_f' }, service.clock.now, 'whsec_other')),
			await post('mailing', { raw: bounced.raw.replace('jane', 'joan'), headers: bounced.headers }),
		];
		expect(answers.map((answer) => [answer.status, answer.json.code])).toEqual(answers.map(() => [401, 'bad_signature']));
		expect(await dump(service, practice, WRITTEN)).toEqual(before);
	});

	it('is refused when it is played back later', async () => {
		const before = await dump(service, practice, WRITTEN);
		const old = service.clock.now - 301_000;
		const answers = [
			await post('billing', signed(SECRET, 'm-4', old, { data: { rows: [] } })),
			await post('paying', stripe({ id: 'evt_o', object: 'event', type: 'x', created: 1 }, old)),
			await post('mailing', sendgrid([], old)),
		];
		expect(answers.map((answer) => [answer.status, answer.json.code])).toEqual(answers.map(() => [401, 'stale_signature']));
		expect(await dump(service, practice, WRITTEN)).toEqual(before);
	});
});
