/** Reminders from a mailbox of Outlook, from the sign-in to the unsubscribe that a mailbox posts. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type AuthorizationServer, startAuthorizationServer } from '../../kit/authorization-server.ts';
import { call, createAccount, createPractice, DAY, HOUR, NOON, type Running, startService } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';
import { dsn } from '../../providers/samples.ts';
import { days, eventsOf } from '../flow/kit.ts';

const CLIENT = { client_id: 'c1d2', client_secret: 'secret-of-the-app' };

let microsoft: AuthorizationServer;
let service: Running;
let twilio: Twilio;
/** What stands in the mailbox of mails that came back. */
let reports: object[] = [];
let report = '';

beforeAll(async () => {
	microsoft = await startAuthorizationServer(CLIENT);
	// As Microsoft says it: the last words of the scopes, in capitals of its own, and none for coming back later.
	microsoft.scope = 'Mail.ReadWrite mail.send User.Read';
	microsoft.answer = (_nth, { method, path }) => {
		if (path === '/v1.0/me') return { body: { mail: 'billing@practice.example' } };
		if (path.endsWith('/$value')) return { headers: { 'content-type': 'text/plain' }, body: report };
		if (method === 'GET') return { body: { value: path.includes('internetMessageId') ? [{ id: 'AAMk1', isDraft: false }] : reports } };
		return path.endsWith('/send') ? { status: 202 } : { status: 201, body: { id: 'AAMk1', isDraft: true } };
	};
	twilio = await startTwilio();
	service = await startService({ vendorUrls: { outlook: microsoft.url, twilio: twilio.url } });
});
// What one test sent is not asked for in the next one.
afterEach(async () => {
	await service.advance(6 * DAY);
	await service.work();
	service.clock.now = NOON;
});
afterAll(async () => {
	await service.close();
	await microsoft[Symbol.asyncDispose]();
	await twilio[Symbol.asyncDispose]();
});

it('go as a draft of exact MIME bytes that is then sent, with a token of the moment, and can be unsubscribed with one click', async () => {
	const practice = await createPractice(service.url, { twilio: false, policy: { channels: ['email'] } });
	await practice.setup('POST', '/connections', { connection: 'mail', vendor: 'outlook', credentials: { ...CLIENT, tenant: 'practice.example' } });
	const { authorization_url } = await practice.setup('POST', '/connections/outlook/authorize');
	expect(new URL(authorization_url).pathname).toBe('/practice.example/oauth2/v2.0/authorize');
	const back = new URL(await microsoft.visit(authorization_url));
	expect((await call(service.url, '', 'GET', back.pathname + back.search)).status).toBe(200);
	expect(await practice.setup('POST', '/connections/mail/check')).toMatchObject({ status: 'working', label: 'billing@practice.example' });

	await practice.setup('PUT', '/senders/email', { connection: 'mail', address: 'billing@practice.example', name: 'Test Practice' });
	const account = await createAccount(practice, { your_reference: 'A-1', fields: { email: 'someone@patient.example' } });
	await practice.must('POST', '/api/accounts', { account_ref: account, email_consent: 'yes', consent_evidence: 'intake form' });
	service.clock.now += HOUR;
	microsoft.seen.length = 0;
	const sent = await practice.must('POST', '/api/reminders', { account_ref: account });
	expect(sent).toMatchObject({ status: 'sent', was_sent: true, channel: 'email' });
	expect(microsoft.grants.map(({ grant, ok }) => [grant, ok])).toEqual([
		['authorization_code', true],
		['refresh_token', true],
	]);
	expect(microsoft.seen.map(({ method, path }) => [method, path])).toEqual([
		['POST', '/v1.0/me/messages'],
		['POST', '/v1.0/me/messages/AAMk1/send'],
	]);
	const mime = Buffer.from(microsoft.seen[0]?.body ?? '', 'base64').toString('utf8');
	expect(mime).toContain(`Message-ID: <${sent.reminder_ref}@practice.example>\r\nDate: Tue, 24 Nov 2026 18:00:00 +0000\r\n`);
	const unsubscribe =
		/List-Unsubscribe:\s+<https:\/\/dunwell\.example(\/api\/go\/[^>]+)>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n/.exec(mime)?.[1] ?? '';
	const headers = { 'content-type': 'application/x-www-form-urlencoded' };
	expect((await call(service.url, '', 'POST', unsubscribe, { raw: 'List-Unsubscribe=One-Click', headers })).status).toBe(200);
	expect(await eventsOf(practice, 'patient_replied')).toMatchObject([{ account_ref: account }]);
});

it('that come back are found by the mail that the report returns: the address is used no more, and a text goes once instead', async () => {
	const practice = await createPractice(service.url, { policy: { channels: ['email', 'sms'], fallback: true } });
	await practice.setup('POST', '/connections', { connection: 'mail', vendor: 'outlook', credentials: CLIENT });
	const back = new URL(await microsoft.visit((await practice.setup('POST', '/connections/outlook/authorize')).authorization_url));
	expect((await call(service.url, '', 'GET', back.pathname + back.search)).status).toBe(200);
	await practice.setup('PUT', '/senders/email', { connection: 'mail', address: 'billing@practice.example', name: 'Test Practice' });
	const account = await createAccount(practice, { your_reference: 'A-1', phone: '+13175550142', fields: { email: 'someone@patient.example' } });
	await practice.must('POST', '/api/accounts', { account_ref: account, email_consent: 'yes', consent_evidence: 'intake form' });
	const left = new Date(service.clock.now).toISOString();
	const { reminder_ref: ref } = await practice.must('POST', '/api/reminders', { account_ref: account });
	const row = () =>
		service.rows(practice.id, (tx) =>
			tx.selectFrom('reminder').select(['status', 'raw_status', 'failure_code']).where('reminder_ref', '=', ref).executeTakeFirstOrThrow(),
		);
	const later = async (minutes: number): Promise<string[]> => {
		microsoft.seen.length = 0;
		await service.advance(minutes * 60_000);
		await service.work();
		return microsoft.seen.map(({ method, path }) => `${method} ${decodeURIComponent(path)}`);
	};
	const reported = `GET /v1.0/me/messages?$filter=receivedDateTime ge ${left} and singleValueExtendedProperties/any(ep: ep/id eq 'String 0x001A' and ep/value eq 'REPORT.IPM.Note.NDR')&$orderby=receivedDateTime desc&$select=id&$top=500`;

	expect(await later(2)).toEqual([reported]);
	reports = [{ id: 'AAMk9' }];
	report = dsn({ of: `<${ref}@practice.example>`, action: 'delayed', status: '4.4.7' });
	expect(await later(2)).toEqual([reported, 'GET /v1.0/me/messages/AAMk9/$value']);
	expect(await row()).toMatchObject({ status: 'sent', raw_status: 'accepted' });
	report = dsn({ of: `<${ref}@practice.example>` });
	expect(await later(2)).toEqual([
		reported,
		'GET /v1.0/me/messages/AAMk9/$value',
		`GET /v1.0/me/messages?$filter=internetMessageId eq '<${ref}@practice.example>'&$select=id,isDraft`,
	]);
	expect(await row()).toEqual({ status: 'undelivered', raw_status: 'failed', failure_code: '5.1.1' });
	const [told] = await eventsOf(practice, 'reminder_not_delivered');
	expect(told).toMatchObject({ problem: 'undelivered', channel: 'email', vendor_code: '5.1.1', contact_point_bad: 'yes' });
	expect(JSON.stringify(told)).not.toContain('someone@');
	await days(service, practice, 3);
	expect(twilio.requests.map(({ to, channel }) => [to, channel])).toEqual([['+13175550142', 'sms']]);
});
