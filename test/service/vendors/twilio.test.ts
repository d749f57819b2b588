/** Texts and calls by Twilio, from the connection to what it reports, byte for byte, against a server that stands where Twilio would. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, createAccount, createPractice, NOON, PUBLIC_URL, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { signedCallback, TWILIO_CREDENTIALS } from '../../kit/twilio.ts';
import { type Reply, startVendor, type VendorServer } from '../../kit/vendor-server.ts';
import { eventsOf, settle } from '../flow/kit.ts';

const PHONE = '+13175550142';
const SERVICE = `MG${'a'.repeat(32)}`;
const SID = `SM${'1'.repeat(32)}`;
const ACCOUNT = `/2010-04-01/Accounts/${TWILIO_CREDENTIALS.account_sid}`;
const replies: Reply[] = [];
let vendor: VendorServer;
let service: Running;
let practice: TestPractice;
let hook: string;
let ref: string;
let connected: object;

beforeAll(async () => {
	vendor = await startVendor(replies);
	service = await startService({ vendorUrls: { twilio: vendor.url } });
});
afterAll(async () => {
	await service.close();
	await vendor[Symbol.asyncDispose]();
});
/** What Twilio answers from now on. */
function answers(...next: Reply[]): void {
	vendor.seen.length = 0;
	replies.splice(0, replies.length, ...next);
}
beforeEach(async () => {
	service.clock.now = NOON;
	answers({ body: { friendly_name: 'Valley Allergy', status: 'active' } });
	practice = await createPractice(service.url, { twilio: false, policy: { channels: ['sms', 'voice'], fallback: false } });
	connected = await practice.setup('POST', '/connections', { connection: 'texting', vendor: 'twilio', credentials: TWILIO_CREDENTIALS });
	await practice.setup('PUT', '/senders/sms', { connection: 'texting', address: SERVICE });
	await practice.setup('PUT', '/senders/voice', { connection: 'texting', address: '+12125550100' });
	const { items } = await practice.setup('GET', '/connections');
	hook = items.find((item: { connection: string }) => item.connection === 'texting').hook_url;
	ref = await createAccount(practice, { your_reference: 'A-1', days: 8, phone: PHONE });
	await settle(service, practice);
	expect(vendor.seen.map(({ method, path }) => [method, path])).toEqual([['GET', `${ACCOUNT}.json`]]);
	answers({ status: 201, body: { sid: SID, status: 'accepted' } });
});

const remind = (channel: string) => practice.must('POST', '/api/reminders', { account_ref: ref, channel });
const reminder = (reminderRef: string) =>
	service.rows(practice.id, (tx) =>
		tx.selectFrom('reminder').select(['status', 'raw_status', 'failure_code', 'body_text']).where('reminder_ref', '=', reminderRef).executeTakeFirstOrThrow(),
	);
/** What Twilio posts to an address of ours, signed for it. */
function tell(fields: Record<string, string>, address = hook) {
	const { body: raw, headers } = signedCallback(address, fields);
	const { pathname, search } = new URL(address);
	return call(service.url, '', 'POST', pathname + search, { raw, headers });
}
const form = (): [string, string][] => [...new URLSearchParams(vendor.seen[0]?.body)];
const consent = async (): Promise<string> => (await practice.must('GET', '/api/accounts/find?your_reference=A-1')).consent_text;

describe('Twilio', () => {
	it('is connected by the name of its account, and texts by a messaging service', async () => {
		expect(JSON.stringify(connected)).toContain('Valley Allergy');
		const { reminder_ref } = await remind('sms');
		const row = await reminder(reminder_ref);
		expect(row).toMatchObject({ status: 'sent', raw_status: 'accepted' });
		expect([vendor.seen[0]?.method, vendor.seen[0]?.path]).toEqual(['POST', `${ACCOUNT}/Messages.json`]);
		expect(form()).toEqual([
			['To', PHONE],
			['MessagingServiceSid', SERVICE],
			['Body', row.body_text],
			['StatusCallback', `${hook}?reference=${reminder_ref}`],
		]);
		await tell({ MessageSid: SID, MessageStatus: 'delivered' });
		expect(await reminder(reminder_ref)).toMatchObject({ status: 'delivered', raw_status: 'delivered' });
	});

	it('calls, and says to a machine only what others may hear', async () => {
		const { reminder_ref } = await remind('voice');
		const { body_text: text } = await reminder(reminder_ref);
		expect(vendor.seen[0]?.path).toBe(`${ACCOUNT}/Calls.json`);
		const fields = Object.fromEntries(form());
		expect(fields).toEqual({
			To: PHONE,
			From: '+12125550100',
			Url: expect.any(String),
			MachineDetection: 'DetectMessageEnd',
			StatusCallback: `${hook}?reference=${reminder_ref}`,
		});
		const address = fields['Url'] ?? '';
		expect(address.startsWith(`${PUBLIC_URL}/api/hooks/twilio/`)).toBe(true);
		const said = async (by: string) => {
			const { status, text: twiml } = await tell({ CallSid: SID, CallStatus: 'in-progress', Direction: 'outbound-api', AnsweredBy: by }, address);
			expect(status).toBe(200);
			return twiml;
		};
		expect(await said('human')).toBe(`<Response><Say language="en-US">${text}</Say></Response>`);
		const left = await said('machine_end_beep');
		expect(left).toMatch(/^<Response><Say language="en-US">Hello\. This is Test Practice\. Please call us back at .+<\/Say><\/Response>$/);
		expect(left).not.toMatch(/\$|84|balance|bill|owe|statement/i);
		expect(await said('unknown')).toBe(left);
		const changed = await call(service.url, '', 'POST', `${new URL(address).pathname}?reference=${reminder_ref}&say=e30`, signedFor(address));
		expect([changed.status, changed.json.code]).toEqual([401, 'bad_signature']);
		await tell({ CallSid: SID, CallStatus: 'completed', Direction: 'outbound-api', AnsweredBy: 'machine_end_beep' });
		expect(await reminder(reminder_ref)).toMatchObject({ status: 'delivered', raw_status: 'completed' });
	});

	it.each([
		['refuses the text at once', true],
		['finds out after it took the text', false],
	])('knows of an opt-out that nobody told us, when it %s: consent ends for texts and calls, and staff hear', async (_when, atOnce) => {
		if (atOnce) answers({ status: 400, body: { code: 21610, message: `Attempt to send to unsubscribed recipient ${PHONE}`, status: 400 } });
		const { reminder_ref } = await remind('sms');
		if (!atOnce) await tell({ MessageSid: SID, MessageStatus: 'failed', ErrorCode: '21610', To: PHONE });
		expect(await reminder(reminder_ref)).toMatchObject({ status: atOnce ? 'failed' : 'undelivered', failure_code: '21610' });
		expect(await consent()).toMatch(/sms: ended on 2026-11-24/);
		expect(await consent()).toMatch(/voice: ended on 2026-11-24/);
		expect(await eventsOf(practice, 'patient_replied')).toEqual([expect.objectContaining({ meaning: 'opt_out', channel: 'sms', account_ref: ref })]);
		const { items } = await practice.setup('GET', '/connections');
		expect(JSON.stringify(items)).not.toContain('broken');
		expect(vendor.seen).toHaveLength(1);
	});
});

function signedFor(address: string) {
	const { body: raw, headers } = signedCallback(address, { CallSid: SID, AnsweredBy: 'human' });
	return { raw, headers };
}
