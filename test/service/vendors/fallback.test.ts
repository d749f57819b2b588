/** A message that a vendor could not deliver goes by the next channel of the policy, once, however often the vendor tells. */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Channel } from '../../../shared/contracts/words.ts';
import { call, createAccount, createPractice, HOUR, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { signedCallback, TWILIO_CREDENTIALS } from '../../kit/twilio.ts';
import { type Reply, startVendor, type VendorServer } from '../../kit/vendor-server.ts';
import { days, eventsOf, settle } from '../flow/kit.ts';

const PHONE = '+13175550142';
const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
/** What a vendor answers to a message that it takes. */
const TAKEN: Record<string, Reply> = {
	twilio: { status: 201, body: { sid: 'SM1', status: 'queued' } },
	sendgrid: { status: 202, headers: { 'x-message-id': 'MID' } },
	callfire: { body: { items: [{ id: 7, state: 'READY' }] } },
	interfax: { status: 201, headers: { location: 'https://rest.interfax.net/outbound/faxes/9' } },
};
const replies: Record<string, Reply[]> = Object.fromEntries(Object.keys(TAKEN).map((vendor) => [vendor, [{}]]));
const servers: Record<string, VendorServer> = {};
let service: Running;
let practice: TestPractice;
let hook: string;
let ref: string;

beforeAll(async () => {
	for (const [vendor, answers] of Object.entries(replies)) servers[vendor] = await startVendor(answers);
	service = await startService({ vendorUrls: Object.fromEntries(Object.entries(servers).map(([vendor, { url }]) => [vendor, url])) });
});
afterAll(async () => {
	await service.close();
	for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
});
beforeEach(() => {
	service.clock.now = NOON;
	for (const [vendor, taken] of Object.entries(TAKEN)) {
		replies[vendor]?.splice(0, 9, taken);
		servers[vendor]?.seen.splice(0);
	}
});

/** A practice that sends first by this vendor and then by a channel that always arrives; the first message has left. */
async function sent(vendor: string, credentials: object, [first, next]: [Channel, Channel]): Promise<void> {
	practice = await createPractice(service.url, { twilio: false, policy: { channels: [first, next], fallback: true } });
	await practice.setup('POST', '/connections', { connection: 'first', vendor, credentials, check: false });
	await practice.setup('PUT', `/senders/${first}`, { connection: 'first', address: first === 'email' ? 'billing@practice.example' : '+12125550100' });
	if (next === 'email') await practice.setup('PUT', '/senders/email', { connection: 'outbox', address: 'billing@practice.example' });
	const { items } = await practice.setup('GET', '/connections');
	hook = items.find((item: { connection: string }) => item.connection === 'first').hook_url;
	ref = await createAccount(practice, { your_reference: 'A-1', days: 8, phone: PHONE });
	const agreed = { email: 'jane@example.com', email_consent: 'yes', fax: '+13175550199', fax_consent: 'yes', fax_requested: true };
	await practice.must('POST', '/api/accounts', { account_ref: ref, ...agreed, consent_evidence: 'form' });
	await settle(service, practice);
	expect(await practice.must('POST', '/api/reminders', { account_ref: ref })).toMatchObject({ channel: first });
}
const tell = (raw: string, headers: Record<string, string>) =>
	call(service.url, '', 'POST', new URL(hook).pathname, { raw, headers: { 'content-type': 'application/json', ...headers } });

/** Every message that there was, oldest first. */
const messages = () =>
	service.rows(practice.id, async (tx) =>
		(
			await tx
				.selectFrom('reminder')
				.select(['channel', 'status', 'fallback_of'])
				.where('practice_id', '=', practice.id)
				.where('account_ref', '=', ref)
				.orderBy('created_at')
				.execute()
		).map(({ channel, status, fallback_of }) => `${channel} ${status}${fallback_of === null ? '' : ' instead'}`),
	);

/** Days pass, and the second message is the only one. */
async function followedOnce(first: string, next: Channel): Promise<void> {
	await settle(service, practice);
	await days(service, practice, 2);
	expect(await messages()).toEqual([first, `${next} delivered instead`]);
	const [told, ...more] = await eventsOf(practice, 'reminder_not_delivered');
	expect([told.next_step_text, more]).toEqual([`It is tried once by ${next}.`, []]);
}

it('Twilio reports a text as not delivered: an e-mail goes out', async () => {
	await sent('twilio', TWILIO_CREDENTIALS, ['sms', 'email']);
	const { body, headers } = signedCallback(hook, { MessageSid: 'SM1', MessageStatus: 'undelivered', ErrorCode: '30003', To: PHONE });
	for (let i = 0; i < 2; i += 1) expect((await tell(body, headers)).status).toBe(200);
	await followedOnce('sms undelivered', 'email');
	expect(servers['twilio']?.seen).toHaveLength(1);
});

it('Twilio finds a landline: it is called instead, and when nobody picks up there, nothing third goes out', async () => {
	replies['twilio']?.splice(0, 9, TAKEN['twilio'] ?? {}, { status: 201, body: { sid: 'CA1', status: 'queued' } });
	practice = await createPractice(service.url, { twilio: false, policy: { channels: ['sms', 'voice', 'email'], fallback: true } });
	await practice.setup('POST', '/connections', { connection: 'first', vendor: 'twilio', credentials: TWILIO_CREDENTIALS, check: false });
	for (const channel of ['sms', 'voice']) await practice.setup('PUT', `/senders/${channel}`, { connection: 'first', address: '+12125550100' });
	await practice.setup('PUT', '/senders/email', { connection: 'outbox', address: 'billing@practice.example' });
	const { items } = await practice.setup('GET', '/connections');
	hook = items.find((item: { connection: string }) => item.connection === 'first').hook_url;
	ref = await createAccount(practice, { your_reference: 'A-1', days: 8, phone: PHONE });
	await practice.must('POST', '/api/accounts', { account_ref: ref, email: 'jane@example.com', email_consent: 'yes', consent_evidence: 'form' });
	await settle(service, practice);
	const report = async (fields: Record<string, string>) => {
		const { body, headers } = signedCallback(hook, fields);
		expect((await tell(body, headers)).status).toBe(200);
		await settle(service, practice);
		await days(service, practice, 2);
	};
	await practice.must('POST', '/api/reminders', { account_ref: ref });
	await report({ MessageSid: 'SM1', MessageStatus: 'undelivered', ErrorCode: '30006', To: PHONE });
	expect(await messages()).toEqual(['sms undelivered', 'voice sent instead']);
	await report({ CallSid: 'CA1', CallStatus: 'no-answer', To: PHONE });
	expect(await messages()).toEqual(['sms undelivered', 'voice undelivered instead']);
	const told = await eventsOf(practice, 'reminder_not_delivered');
	expect(told.map(({ channel, contact_point_bad: bad, next_step_text: next }) => [channel, bad, next]).sort()).toEqual([
		['sms', 'yes', 'It is tried once by voice.'],
		['voice', 'no', 'The number or address may be right. See what the sending service says of it.'],
	]);
});

it('SendGrid reports a bounce: a text goes out', async () => {
	const webhook_public_key = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
	await sent('sendgrid', { api_key: 'SG.test', webhook_public_key }, ['email', 'sms']);
	const seconds = String(Math.floor(service.clock.now / 1000));
	const raw = JSON.stringify([
		{ event: 'bounce', email: 'jane@example.com', timestamp: Number(seconds), status: '5.1.1', sg_event_id: 'e1', sg_message_id: 'MID.x' },
	]);
	const headers = {
		'x-twilio-email-event-webhook-timestamp': seconds,
		'x-twilio-email-event-webhook-signature': createSign('sha256').update(seconds).update(raw).sign(keys.privateKey, 'base64'),
	};
	for (let i = 0; i < 2; i += 1) expect((await tell(raw, headers)).status).toBe(204);
	await followedOnce('email undelivered', 'sms');
	expect(servers['sendgrid']?.seen).toHaveLength(1);
});

it('CallFire reports a text that no carrier took: an e-mail goes out, and what it reports again a day later is refused', async () => {
	const secret = 'a secret of our own';
	await sent('callfire', { api_login: 'login', api_password: 'p', webhook_secret: secret }, ['sms', 'email']);
	const raw = `{"timestamp":${service.clock.now},"resourceType":"OutboundText","events":[{"resource":{"id":7,"state":"FINISHED","finalTextResult":"CARRIER_ERROR","toNumber":"13175550142"}}]}`;
	const headers = { 'x-callfire-signature': createHmac('sha1', secret).update(raw).digest('hex') };
	for (let i = 0; i < 2; i += 1) expect((await tell(raw, headers)).status).toBe(204);
	await followedOnce('sms undelivered', 'email');
	const late = await tell(raw, headers);
	expect([late.status, late.json.code]).toEqual([401, 'stale_signature']);
	expect(servers['callfire']?.seen).toHaveLength(1);
});

it('InterFAX says that a fax did not get through: a text goes out', async () => {
	await sent('interfax', { username: 'valley', password: 'p' }, ['fax', 'sms']);
	replies['interfax']?.splice(0, 9, { body: [{ id: 9, status: 3931 }] });
	await service.advance(HOUR);
	await service.work();
	await followedOnce('fax undelivered', 'sms');
	expect(servers['interfax']?.seen.map(({ method, path }) => [method, path.split('?')[0]])).toEqual([
		['POST', '/outbound/faxes'],
		['GET', '/outbound/faxes/completed'],
	]);
});

it('Twilio is asked before the first text to a number, once: a landline is called instead, and stays one that can be called', async () => {
	replies['twilio']?.splice(
		0,
		9,
		{ body: { valid: true, line_type_intelligence: { type: 'landline' } } },
		{ status: 201, body: { sid: 'CA1', status: 'queued' } },
	);
	practice = await createPractice(service.url, { twilio: false, policy: { channels: ['sms', 'voice'], fallback: true } });
	await practice.setup('POST', '/connections', {
		connection: 'first',
		vendor: 'twilio',
		credentials: { ...TWILIO_CREDENTIALS, lookup: 'first_text' },
		check: false,
	});
	for (const channel of ['sms', 'voice']) await practice.setup('PUT', `/senders/${channel}`, { connection: 'first', address: '+12125550100' });
	ref = await createAccount(practice, { your_reference: 'A-1', days: 8, phone: PHONE });
	expect(await practice.must('POST', '/api/reminders', { account_ref: ref })).toMatchObject({ status: 'suppressed', reason_code: 'not_textable' });
	await service.work();
	const account = `/2010-04-01/Accounts/${TWILIO_CREDENTIALS.account_sid}`;
	expect(servers['twilio']?.seen.map(({ method, path }) => [method, path])).toEqual([
		['GET', '/v2/PhoneNumbers/%2B13175550142?Fields=line_type_intelligence'],
		['POST', `${account}/Calls.json`],
	]);
	expect(await messages()).toEqual(['sms failed', 'voice sent instead']);
	const points = await service.rows(practice.id, (tx) =>
		tx
			.selectFrom('contact_point')
			.select(['channel', 'valid'])
			.where('practice_id', '=', practice.id)
			.where('account_ref', '=', ref)
			.orderBy('channel')
			.execute(),
	);
	expect(points.filter(({ channel }) => channel === 'sms' || channel === 'voice')).toEqual([
		{ channel: 'sms', valid: false },
		{ channel: 'voice', valid: true },
	]);
});

it('Twilio is not asked about a number that was texted before, and not at all where the connection does not say so', async () => {
	const texted = async () => {
		await days(service, practice, 8);
		await practice.must('POST', '/api/balances', { account_ref: ref, amount: 84.2 });
		expect(await practice.must('POST', '/api/reminders', { account_ref: ref })).toMatchObject({ status: 'sent', channel: 'sms' });
		return servers['twilio']?.seen.map(({ method }) => method);
	};
	replies['twilio']?.splice(0, 9, { status: 404, body: { code: 60606, message: 'no', status: 404 } }, TAKEN['twilio'] ?? {});
	await sent('twilio', { ...TWILIO_CREDENTIALS, lookup: 'first_text' }, ['sms', 'email']);
	expect(await texted()).toEqual(['GET', 'POST', 'POST']);
	service.clock.now = NOON;
	replies['twilio']?.splice(0, 9, TAKEN['twilio'] ?? {});
	servers['twilio']?.seen.splice(0);
	await sent('twilio', { ...TWILIO_CREDENTIALS, lookup: 'off' }, ['sms', 'email']);
	expect(await texted()).toEqual(['POST', 'POST']);
});
