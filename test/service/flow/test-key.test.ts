/** What a test key starts reaches the outbox, or the phone and mailbox that the practice registered as its own. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePractice } from '../../../shared/files/sample/practice.ts';
import { catalogue } from '../../../shared/operations/registry.ts';
import { call, createPractice, dayBefore, must, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';
import { startVendor, type VendorServer } from '../../kit/vendor-server.ts';
import { claim, days, remittance, settle } from './kit.ts';

const OWN_PHONE = '+12125550111';
const OWN_MAILBOX = 'office@practice.example';
const PATIENT_PHONE = '+13175550142';

let service: Running;
let twilio: Twilio;
let sendgrid: VendorServer;
let stripe: VendorServer;
let slack: VendorServer;
let practice: TestPractice;

beforeAll(async () => {
	twilio = await startTwilio();
	sendgrid = await startVendor([{ status: 202, headers: { 'x-message-id': 'm' } }]);
	stripe = await startVendor([{ status: 200, body: { data: [], has_more: false } }]);
	slack = await startVendor([{ status: 200, body: { ok: true, ts: '1.0', channel: 'C1' } }]);
	service = await startService({ vendorUrls: { twilio: twilio.url, sendgrid: sendgrid.url, stripe: stripe.url, slack: slack.url } });
	practice = await createPractice(service.url, { policy: { sending: 'automatic', channels: ['sms', 'email'] } });
	const connect = (connection: string, vendor: string, credentials: object) =>
		practice.setup('POST', '/connections', { connection, vendor, credentials, check: false });
	await connect('mailing', 'sendgrid', { api_key: 'SG.test' });
	await connect('paying', 'stripe', { secret_key: 'sk_test_1' });
	await connect('chat', 'slack', { bot_token: 'xoxb-1-2-three' });
	await practice.setup('PUT', '/senders/email', { connection: 'mailing', address: 'billing@practice.example' });
	await practice.setup('PUT', '/routes/billing_team', { label: 'Billing team', connection: 'chat', target: 'C012345678' });
	const policy = (await practice.setup('GET', '/policy')).policy;
	await practice.setup('PUT', '/policy', { ...policy, escalation: { ...policy.escalation, route: 'billing_team' } });
	await practice.setup('PATCH', '/settings', { own_phone: OWN_PHONE, own_mailbox: OWN_MAILBOX });
	// Setting up asked vendors whether the credentials work; from here on only the test key acts.
	for (const vendor of [sendgrid, stripe, slack]) vendor.seen.length = 0;
	twilio.requests.length = 0;
	twilio.lookups = 0;
});
afterAll(async () => {
	await service.close();
	await twilio[Symbol.asyncDispose]();
	for (const vendor of [sendgrid, stripe, slack]) await vendor[Symbol.asyncDispose]();
});

const asTest = (method: string, path: string, body?: unknown) => must(service.url, practice.test, method, path, body);
const account = async (your_reference: string, phone: string, email: string) => {
	const { account_ref } = await asTest('POST', '/api/balances', {
		your_reference,
		amount: 84.2,
		first_notice_date: dayBefore(NOON, 6),
		phone,
		email,
		state: 'NY',
		invoice: 'I-1',
	});
	await asTest('POST', '/api/accounts', { account_ref, sms_consent: 'yes', voice_consent: 'yes', email_consent: 'yes', consent_evidence: 'form' });
	return account_ref as string;
};
const outbox = async (): Promise<{ to: string; channel: string; account_ref: string }[]> => (await asTest('GET', '/api/outbox?limit=100')).items;

describe('a test key', () => {
	const called = new Set<string>();
	const through = async (key: string, method: string, path: string, body?: unknown) => {
		called.add(key);
		return asTest(method, path, body);
	};

	it('makes every operation work without a request to any vendor', async () => {
		const ref = await account('T-1', PATIENT_PHONE, 'patient@example.com');
		called.add('record_balance').add('update_account');
		const { agingReport } = samplePractice('2026-11-24T12:00:00-05:00');
		await through('import_file', 'POST', '/api/files', { kind: 'aging_report', content: agingReport });
		await through('import_file', 'POST', '/api/files', { kind: 'remittance', content: remittance(claim('T-1-I-1', '1', 100, 0, ['CAS*CO*197*100'])) });
		await through('import_balances', 'POST', '/api/balances/import', {
			rows: [{ your_reference: 'T-2', amount: 20, phone: PATIENT_PHONE, first_notice_date: dayBefore(NOON, 7) }],
		});
		expect(await through('send_reminder', 'POST', '/api/reminders', { account_ref: ref, message: 'notice', channel: 'sms' })).toMatchObject({
			status: 'test',
			was_sent: true,
		});
		await service.advance(86_400_000);
		expect(await through('send_reminder', 'POST', '/api/reminders', { account_ref: ref, message: 'reminder_1', channel: 'email' })).toMatchObject({
			status: 'test',
		});
		await service.advance(86_400_000);
		const prepared = await through('prepare_reminder', 'POST', '/api/reminders/prepare', { account_ref: ref, message: 'notice' });
		await through(
			'record_contact',
			'POST',
			'/api/contacts',
			prepared.may_send ? { reminder_ref: prepared.reminder_ref, outcome: 'sent' } : { account_ref: ref, outcome: 'reached', channel: 'voice' },
		);
		await through('record_payment', 'POST', '/api/payments', { account_ref: ref, payment: 'P-1', status: 'failed', amount: 5 });
		await through('record_appointment', 'POST', '/api/appointments', {
			account_ref: ref,
			appointment: 'V-1',
			completed_at: dayBefore(NOON, 1).concat('T12:00:00Z'),
			copay_due: 20,
		});
		await through('record_arrangement', 'POST', '/api/arrangements', { account_ref: ref, kind: 'promise', amount: 5, first_on: '2026-12-01' });
		await through('record_arrangement', 'POST', '/api/arrangements', { account_ref: ref, kind: 'promise', status: 'cancelled' });
		await through('flag_account', 'POST', '/api/accounts/flag', { account_ref: ref, purpose: 'review' });
		await through('flag_account', 'POST', '/api/accounts/flag', { account_ref: ref, purpose: 'review', clear: true });
		const work = await through('escalate', 'POST', '/api/escalations', {
			account_ref: ref,
			reason: 'financial_hardship',
			route: 'billing_team',
			severity: 'high',
		});
		await service.work();
		await through('resolve_escalation', 'POST', '/api/escalations/resolve', { escalation_ref: work.escalation_ref, outcome: 'done' });
		const { hold_ref } = await through('hold_reminders', 'POST', '/api/holds', { scope: 'account', account_ref: ref, reason: 'promise' });
		await through('resume_reminders', 'POST', '/api/holds/release', { hold_ref });
		const review = await through('run_account_review', 'POST', '/api/reviews', { mode: 'send' });
		expect(review.accounts_reviewed).toBeGreaterThan(60);
		const gathered = await through('run_account_review', 'POST', '/api/reviews', { mode: 'ask_for_approval' });
		await call(service.url, practice.test, 'POST', '/api/batches/approve', { body: { batch: gathered.review_ref } });
		called.add('approve_batch');
		const { items } = await through('find_claims', 'GET', '/api/claims/find');
		await through('record_claim_status', 'POST', '/api/claims', { claim_ref: items[0].claim_ref, status: 'appealed' });
		for (const [key, path] of [
			['find_account', `/api/accounts/find?account_ref=${ref}`],
			['explain_account', `/api/accounts/explain?account_ref=${ref}`],
			['preview_reminder', `/api/reminders/preview?account_ref=${ref}`],
			['get_aging', '/api/aging'],
			['find_escalations', '/api/escalations/find'],
			['find_reminders', '/api/reminders/find'],
		])
			await through(key ?? '', 'GET', path ?? '');
		await settle(service, practice);
		await days(service, practice, 9);
		expect((await outbox()).length).toBeGreaterThan(5);
		const acting = catalogue.filter((operation) => operation.kind !== 'trigger' && !operation.pure).map((operation) => operation.key);
		expect([...called].sort()).toEqual(acting.sort());
		expect([twilio.requests, twilio.lookups, sendgrid.seen, stripe.seen, slack.seen]).toEqual([[], 0, [], [], []]);
	});

	it("reaches the practice's own phone and its own mailbox for real, and them alone", async () => {
		const own = await account('OWN', OWN_PHONE, OWN_MAILBOX.toUpperCase());
		expect(await asTest('POST', '/api/reminders', { account_ref: own, message: 'notice', channel: 'sms' })).toMatchObject({
			status: 'sent',
			was_sent: true,
			channel: 'sms',
		});
		await service.advance(86_400_000);
		expect(await asTest('POST', '/api/reminders', { account_ref: own, message: 'reminder_1', channel: 'email' })).toMatchObject({
			status: 'sent',
			channel: 'email',
		});
		expect(twilio.requests.map((request) => request.to)).toEqual([OWN_PHONE]);
		expect(sendgrid.seen.map((request) => JSON.parse(request.body).personalizations)).toEqual([
			[{ to: [{ email: OWN_MAILBOX }], custom_args: expect.anything() }],
		]);
		expect((await outbox()).filter((item) => item.account_ref === own)).toEqual([]);
	});

	it("may not ask a vendor about the practice's connections either", async () => {
		const before = twilio.requests.length;
		const answer = await call(service.url, practice.test, 'POST', '/api/setup/connections/paying/check');
		expect([answer.status, answer.json.code]).toEqual([403, 'live_key_needed']);
		const made = await call(service.url, practice.test, 'POST', '/api/setup/connections', {
			body: { connection: 'second', vendor: 'stripe', credentials: { secret_key: 'sk_test_2' } },
		});
		expect([made.status, made.json.status]).toEqual([201, 'unchecked']);
		expect([twilio.requests.length, stripe.seen]).toEqual([before, []]);
	});
});

it('makes live mail of nothing that came from test data, though the number is the same', async () => {
	twilio.requests.length = 0;
	const live = await practice.must('POST', '/api/balances', {
		your_reference: 'T-1',
		amount: 50,
		first_notice_date: dayBefore(service.clock.now, 7),
		phone: PATIENT_PHONE,
		state: 'NY',
	});
	// The consent was recorded with the test key: it is the test account's.
	await settle(service, practice);
	expect(await practice.must('POST', '/api/reminders', { account_ref: live.account_ref })).toMatchObject({
		status: 'suppressed',
		reason_code: 'unknown_consent',
	});
	await practice.must('POST', '/api/accounts', { account_ref: live.account_ref, sms_consent: 'yes', consent_evidence: 'form' });
	await practice.must('POST', '/api/reminders', { account_ref: live.account_ref });
	expect(twilio.requests.map((request) => request.to)).toEqual([PATIENT_PHONE]);
});
