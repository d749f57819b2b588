/** Reminders from a mailbox of Outlook, from the sign-in to the unsubscribe that a mailbox posts. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuthorizationServer, startAuthorizationServer } from '../../kit/authorization-server.ts';
import { call, createAccount, createPractice, HOUR, type Running, startService } from '../../kit/service.ts';
import { eventsOf } from '../flow/kit.ts';

const CLIENT = { client_id: 'c1d2', client_secret: 'secret-of-the-app' };

let microsoft: AuthorizationServer;
let service: Running;

beforeAll(async () => {
	microsoft = await startAuthorizationServer(CLIENT);
	// As Microsoft says it: the last words of the scopes, in capitals of its own, and none for coming back later.
	microsoft.scope = 'Mail.ReadWrite mail.send User.Read';
	microsoft.answer = (_nth, { path }) => {
		if (path === '/v1.0/me') return { body: { mail: 'billing@practice.example' } };
		return path.endsWith('/send') ? { status: 202 } : { status: 201, body: { id: 'AAMk1', isDraft: true } };
	};
	service = await startService({ vendorUrls: { outlook: microsoft.url } });
});
afterAll(async () => {
	await service.close();
	await microsoft[Symbol.asyncDispose]();
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
