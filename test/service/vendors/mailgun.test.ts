/** Reminders by Mailgun, from the connection to what it reports, against a server that stands where Mailgun would. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, createAccount, createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';
import { type Seen, startVendor, type VendorServer } from '../../kit/vendor-server.ts';
import { days, dump, eventsOf, settle, WRITTEN } from '../flow/kit.ts';

const KEY = 'key-webhooks';
const ID = '20261124.1@mg.practice.example';
let service: Running;
let mailgun: VendorServer;
let twilio: Twilio;
let practice: TestPractice;
let hook: string;
let ref: string;
let connected: { connection: string; label?: string; state?: string };

beforeAll(async () => {
	// One answer serves both questions: what the domain is, and what became of the mail.
	mailgun = await startVendor([{ body: { domain: { name: 'mg.practice.example', state: 'active' }, id: `<${ID}>`, message: 'Queued. Thank you.' } }]);
	twilio = await startTwilio();
	service = await startService({ vendorUrls: { mailgun: mailgun.url, twilio: twilio.url } });
});
afterAll(async () => {
	await service.close();
	await mailgun[Symbol.asyncDispose]();
	await twilio[Symbol.asyncDispose]();
});
beforeEach(async () => {
	service.clock.now = NOON;
	twilio.requests.length = 0;
	practice = await createPractice(service.url, { policy: { channels: ['email', 'sms'], fallback: true } });
	mailgun.seen.length = 0;
	connected = await practice.setup('POST', '/connections', {
		connection: 'mailing',
		vendor: 'mailgun',
		credentials: { api_key: 'key-test', domain: 'mg.practice.example', webhook_signing_key: KEY },
	});
	await practice.setup('PUT', '/senders/email', { connection: 'mailing', address: 'billing@practice.example' });
	const { items } = await practice.setup('GET', '/connections');
	hook = new URL(items.find((item: { connection: string }) => item.connection === 'mailing').hook_url).pathname;
	ref = await createAccount(practice, { your_reference: 'A-1', days: 8, phone: '+13175550142' });
	await practice.must('POST', '/api/accounts', { account_ref: ref, email: 'Jane@Example.com', email_consent: 'yes', consent_evidence: 'form' });
	await settle(service, practice);
	mailgun.seen.splice(1);
});

let tokens = 0;
const nextToken = (): string => {
	tokens += 1;
	return String(tokens).padStart(50, '0');
};
function signed(event: object, token = nextToken(), at = service.clock.now): string {
	const timestamp = String(Math.floor(at / 1000));
	const signature = createHmac('sha256', KEY)
		.update(timestamp + token)
		.digest('hex');
	return JSON.stringify({ signature: { timestamp, token, signature }, 'event-data': event });
}
const post = (raw: string) => call(service.url, '', 'POST', hook, { raw, headers: { 'content-type': 'application/json' } });
const event = (word: string, more: object = {}) => ({
	event: word,
	id: `ev-${word}`,
	timestamp: service.clock.now / 1000,
	recipient: 'jane@example.com',
	message: { headers: { 'message-id': ID } },
	...more,
});
async function mailed(): Promise<{ reminder_ref: string; fields: Record<string, string>; seen: Seen }> {
	const sent = await practice.must('POST', '/api/reminders', { account_ref: ref });
	expect(sent).toMatchObject({ status: 'sent', channel: 'email' });
	expect(mailgun.seen.length).toBe(2);
	const seen = mailgun.seen[1] as Seen;
	const fields = [...seen.body.matchAll(/name="([^"]+)"\r\n\r\n([\s\S]*?)\r\n--/g)].map(([, name = '', value = '']) => [name, value] as const);
	return { reminder_ref: sent.reminder_ref, fields: Object.fromEntries(fields), seen };
}
const reminder = async (reminderRef: string) =>
	service.rows(practice.id, (tx) =>
		tx
			.selectFrom('reminder')
			.select(['status', 'raw_status', 'failure_code', 'external_id', 'body_text', 'subject'])
			.where('reminder_ref', '=', reminderRef)
			.executeTakeFirstOrThrow(),
	);
const consent = async (): Promise<string> => (await practice.must('GET', '/api/accounts/find?your_reference=A-1')).consent_text;

describe('Mailgun', () => {
	it('is connected by name, and a reminder goes out as it was composed, with an address that ends e-mail by one click', async () => {
		expect(mailgun.seen[0]).toMatchObject({ method: 'GET', path: '/v4/domains/mg.practice.example' });
		expect(JSON.stringify(connected)).toContain('mg.practice.example (United States)');
		const { reminder_ref, fields, seen } = await mailed();
		const row = await reminder(reminder_ref);
		expect(row).toMatchObject({ status: 'sent', raw_status: 'queued', external_id: ID });
		expect([seen.method, seen.path, seen.headers.authorization]).toEqual([
			'POST',
			'/v3/mg.practice.example/messages',
			`Basic ${Buffer.from('api:key-test').toString('base64')}`,
		]);
		const { html = '', ['h:List-Unsubscribe']: leave = '', ...others } = fields;
		expect(others).toEqual({
			from: '"Test Practice" <billing@practice.example>',
			to: 'jane@example.com',
			subject: row.subject,
			text: row.body_text,
			'o:tag': 'dunwell',
			'o:tracking': 'no',
			'o:require-tls': 'yes',
			'h:List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
			'v:dunwell_reference': reminder_ref,
		});
		expect(html).toContain('</');
		expect(await consent()).toMatch(/email: agreed/);
		const address = new URL(leave.slice(1, -1));
		expect(
			(
				await call(service.url, '', 'POST', address.pathname, {
					raw: 'List-Unsubscribe=One-Click',
					headers: { 'content-type': 'application/x-www-form-urlencoded' },
				})
			).status,
		).toBe(200);
		expect(await consent()).toMatch(/email: ended/);
	});

	it('reports what became of the mail, forward only', async () => {
		const { reminder_ref } = await mailed();
		expect(await post(signed(event('failed', { severity: 'temporary', 'delivery-status': { code: 421 } })))).toMatchObject({ status: 200, text: 'OK' });
		expect(await reminder(reminder_ref)).toMatchObject({ status: 'sent', raw_status: 'temporary_fail' });
		await post(signed(event('delivered', { message: {}, 'user-variables': { dunwell_reference: reminder_ref } })));
		expect(await reminder(reminder_ref)).toMatchObject({ status: 'delivered', raw_status: 'delivered' });
		await post(signed(event('accepted')));
		expect((await reminder(reminder_ref)).status).toBe('delivered');
		expect(await eventsOf(practice, 'reminder_not_delivered')).toEqual([]);
	});

	it('bounces: the mailbox is used no more, and a text goes out instead, once, when the day allows another message', async () => {
		const { reminder_ref } = await mailed();
		const bounced = signed(event('failed', { severity: 'permanent', reason: 'suppress-bounce', 'delivery-status': { code: 605 } }));
		await post(bounced);
		await post(bounced);
		await settle(service, practice);
		expect(await reminder(reminder_ref)).toMatchObject({ status: 'undelivered', raw_status: 'permanent_fail', failure_code: 'suppress-bounce' });
		const [told] = await eventsOf(practice, 'reminder_not_delivered');
		expect(told).toMatchObject({ problem: 'undelivered', channel: 'email', vendor_code: 'suppress-bounce', contact_point_bad: 'yes' });
		expect(JSON.stringify(told)).not.toMatch(/jane@/i);
		expect(twilio.requests).toEqual([]);
		await days(service, practice, 2);
		expect(twilio.requests.map(({ to, channel }) => [to, channel])).toEqual([['+13175550142', 'sms']]);
		expect(await consent()).toMatch(/email: agreed/);
	});

	it.each([
		['unsubscribed', {}],
		['complained', {}],
		['failed', { severity: 'permanent', reason: 'suppress-unsubscribe', 'delivery-status': { code: 606 } }],
		['failed', { severity: 'permanent', reason: 'suppress-complaint', 'delivery-status': { code: 607 } }],
	])('ends e-mail, and e-mail alone, at %s %o', async (word, more) => {
		await mailed();
		expect((await post(signed(event(word, more)))).status).toBe(200);
		expect(await consent()).toMatch(/email: ended on 2026-11-24/);
		expect(await consent()).toMatch(/sms: agreed/);
		expect(await eventsOf(practice, 'patient_replied')).toEqual([expect.objectContaining({ meaning: 'opt_out', channel: 'email', account_ref: ref })]);
	});

	it('is not believed when a token comes again with other words, when it is old, or when it is not signed', async () => {
		const { reminder_ref } = await mailed();
		const token = 'f'.repeat(50);
		await post(signed(event('delivered'), token));
		const before = await dump(service, practice, WRITTEN);
		expect((await post(signed(event('unsubscribed'), token))).status).toBe(200);
		const old = service.clock.now - 9 * 3_600_000 - 1000;
		const answers = [
			await post(signed(event('unsubscribed'), 'a'.repeat(50), old)),
			await post(signed(event('unsubscribed')).replace(/"signature":"../, '"signature":"zz')),
		];
		expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
			[401, 'stale_signature'],
			[401, 'bad_signature'],
		]);
		expect(await dump(service, practice, WRITTEN)).toEqual(before);
		expect((await reminder(reminder_ref)).status).toBe('delivered');
		expect(await consent()).toMatch(/email: agreed/);
	});
});
