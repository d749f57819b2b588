/** Reminders from a mailbox of Gmail, from the sign-in to a mail that comes back. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AuthorizationServer, startAuthorizationServer } from '../../kit/authorization-server.ts';
import { call, createAccount, createPractice, DAY, HOUR, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';
import type { Reply } from '../../kit/vendor-server.ts';
import { days, eventsOf } from '../flow/kit.ts';

const CLIENT = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-of-the-test' };
const SCOPES = ['gmail.send', 'userinfo.email', 'gmail.metadata'].map((name) => `https://www.googleapis.com/auth/${name}`);
const MINUTE = 60_000;
const LIST = '/gmail/v1/users/me/messages?maxResults=500&includeSpamTrash=true';
const OURS = { id: '18f0', threadId: '18f0' };
const REPORT = { id: '18f1', threadId: '18f0' };

let google: AuthorizationServer;
let twilio: Twilio;
let service: Running;
let practice: TestPractice;
let account: string;
let mailbox: object[];
let opened: Reply;

const headers = (subject: string, type = 'multipart/report; boundary="0"; report-type=delivery-status'): Reply => ({
	body: {
		...REPORT,
		payload: {
			headers: [
				{ name: 'Content-Type', value: type },
				{ name: 'Subject', value: subject },
				{ name: 'X-Failed-Recipients', value: 'someone@patient.example' },
			],
		},
	},
});

beforeAll(async () => {
	google = await startAuthorizationServer(CLIENT);
	google.answer = (_nth, { method, path }) => {
		if (path.endsWith('/userinfo')) return { body: { email: 'billing@practice.example' } };
		if (method === 'POST') return { body: { ...OURS, labelIds: ['SENT'] } };
		return path.startsWith(LIST) && google.scope?.includes('metadata') ? { body: { messages: mailbox } } : opened;
	};
	twilio = await startTwilio();
	service = await startService({ vendorUrls: { gmail: google.url, twilio: twilio.url } });
});
afterAll(async () => {
	await service.close();
	await google[Symbol.asyncDispose]();
	await twilio[Symbol.asyncDispose]();
});

// What one test sent is not asked for in the next one.
afterEach(async () => {
	mailbox = [];
	await later(6 * DAY);
});

/** A practice whose mailbox was signed in with these scopes, with an account that may be mailed and texted. */
async function connected(scopes: readonly string[]): Promise<string> {
	service.clock.now = NOON;
	google.scope = scopes.join(' ');
	practice = await createPractice(service.url, { policy: { channels: ['email', 'sms'], fallback: true } });
	await practice.setup('POST', '/connections', { connection: 'mail', vendor: 'gmail', credentials: CLIENT });
	const { authorization_url } = await practice.setup('POST', '/connections/gmail/authorize');
	const back = new URL(await google.visit(authorization_url));
	expect((await call(service.url, '', 'GET', back.pathname + back.search)).status).toBe(200);
	await practice.setup('PUT', '/senders/email', { connection: 'mail', address: 'billing@practice.example', name: 'Test Practice' });
	account = await createAccount(practice, { your_reference: 'A-1', phone: '+13175550142' });
	await practice.must('POST', '/api/accounts', {
		account_ref: account,
		email: 'someone@patient.example',
		email_consent: 'yes',
		consent_evidence: 'intake form',
	});
	google.seen.length = 0;
	twilio.requests.length = 0;
	mailbox = [OURS];
	opened = { status: 500 };
	return authorization_url;
}

async function mailed(): Promise<string> {
	const sent = await practice.must('POST', '/api/reminders', { account_ref: account });
	expect(sent).toMatchObject({ status: 'sent', was_sent: true, channel: 'email' });
	return sent.reminder_ref;
}
const reminder = (ref: string) =>
	service.rows(practice.id, (tx) =>
		tx
			.selectFrom('reminder')
			.select(['status', 'raw_status', 'external_id', 'subject', 'body_text', 'body_html', 'settled_at'])
			.where('reminder_ref', '=', ref)
			.executeTakeFirstOrThrow(),
	);
const mail = async () => (await practice.setup('GET', '/connections')).items.find(({ connection }: { connection: string }) => connection === 'mail');
async function later(milliseconds: number): Promise<void> {
	await service.advance(milliseconds);
	await service.work();
}

describe('Gmail, with its mailbox open to be read', () => {
	let authorization: string;
	beforeEach(async () => {
		authorization = await connected(SCOPES);
	});

	it('is connected by a sign-in that asks for no more than headers, and is named by its mailbox', async () => {
		expect(new URL(authorization).searchParams.get('scope')?.split(' ')).toEqual(SCOPES);
		expect(await practice.setup('POST', '/connections/mail/check')).toMatchObject({ status: 'working', label: 'billing@practice.example' });
	});

	it('sends the composed message as exact MIME bytes, which a mailbox can unsubscribe from with one click', async () => {
		const ref = await mailed();
		const row = await reminder(ref);
		expect(row).toMatchObject({ status: 'sent', raw_status: 'accepted', external_id: '18f0' });
		expect(google.seen.map(({ method, path }) => [method, path])).toEqual([['POST', '/gmail/v1/users/me/messages/send']]);
		const { raw, ...rest } = JSON.parse(google.seen[0]?.body ?? '');
		expect(rest).toEqual({});
		expect(raw).toMatch(/^[\w-]+$/);
		const mime = Buffer.from(raw, 'base64url').toString('utf8');
		const [, link = ''] =
			/^List-Unsubscribe:\s+<https:\/\/dunwell\.example(\/api\/go\/[^>]+)>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n/.exec(mime) ?? [];
		const [head = ''] = mime.split('\r\n\r\n');
		expect(head.split('\r\n').filter((line) => /^(From|To|Subject|Message-ID|Date):/.test(line))).toEqual([
			'From: Test Practice <billing@practice.example>',
			'To: someone@patient.example',
			`Subject: ${row.subject}`,
			`Message-ID: <${ref}@practice.example>`,
			'Date: Tue, 24 Nov 2026 17:00:00 +0000',
		]);
		expect(partsOf(mime)).toEqual([
			['text/plain; charset=utf-8', row.body_text],
			['text/html; charset=utf-8', row.body_html?.trimEnd()],
		]);
		const posted = { raw: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
		expect((await call(service.url, '', 'POST', link, posted)).status).toBe(200);
		expect(await eventsOf(practice, 'patient_replied')).toMatchObject([{ account_ref: account, meaning: 'opt_out', channel: 'email' }]);
	});

	it('finds the mail that came back, uses the address no more, and texts once instead', async () => {
		const ref = await mailed();
		google.seen.length = 0;
		mailbox = [REPORT, OURS];
		opened = headers('Delivery Status Notification (Failure)');
		await later(2 * MINUTE);
		expect(google.seen.map(({ method, path }) => [method, path])).toEqual([
			['GET', LIST],
			['GET', '/gmail/v1/users/me/messages/18f1?format=metadata&metadataHeaders=Content-Type&metadataHeaders=Subject&metadataHeaders=X-Failed-Recipients'],
		]);
		expect(await reminder(ref)).toMatchObject({ status: 'undelivered', raw_status: 'failed' });
		const [told] = await eventsOf(practice, 'reminder_not_delivered');
		expect(told).toMatchObject({ problem: 'undelivered', channel: 'email', contact_point_bad: 'yes', next_step_text: 'It is tried once by sms.' });
		expect(JSON.stringify(told)).not.toContain('someone@');
		google.seen.length = 0;
		await days(service, practice, 3);
		expect(twilio.requests.map(({ to, channel }) => [to, channel])).toEqual([['+13175550142', 'sms']]);
		expect(google.seen).toEqual([]);
	});

	it('takes neither a delay nor an absence note for a mail that came back, and never says that one arrived', async () => {
		const ref = await mailed();
		mailbox = [REPORT, OURS];
		opened = headers('Delivery Status Notification (Delay)');
		await later(2 * MINUTE);
		opened = headers('Out of office', 'text/plain; charset=utf-8');
		await later(2 * MINUTE);
		expect(google.seen.filter(({ path }) => path === LIST)).toHaveLength(2);
		expect(await reminder(ref)).toMatchObject({ status: 'sent', raw_status: 'accepted', settled_at: null });
		opened = headers('Delivery Status Notification (Failure)');
		await later(3 * DAY);
		expect((await reminder(ref)).status).toBe('undelivered');
	});

	it('is asked for five days; then the message rests as sent, and nobody is told', async () => {
		const ref = await mailed();
		await later(5 * DAY - MINUTE);
		const asked = google.seen.length;
		expect((await reminder(ref)).settled_at).toBeNull();
		await later(2 * HOUR);
		expect(await reminder(ref)).toMatchObject({ status: 'sent', settled_at: expect.any(Date) });
		await service.useCases.tick();
		await later(DAY);
		expect(google.seen.length).toBe(asked);
		expect(await eventsOf(practice, 'reminder_not_delivered')).toEqual([]);
		expect(await eventsOf(practice, 'escalation_raised')).toEqual([]);
	});
});

describe('Gmail, signed in for sending alone', () => {
	it('goes on sending when its mailbox may not be read: the connection works, and says what it does not hear', async () => {
		await connected(SCOPES.slice(0, 2));
		opened = { status: 403, body: { error: { code: 403, message: 'x', errors: [{ domain: 'global', reason: 'insufficientPermissions', message: 'x' }] } } };
		const ref = await mailed();
		await later(2 * MINUTE);
		expect(google.seen.at(-1)?.path).toBe(LIST);
		expect(await mail()).toMatchObject({ status: 'working', status_text: expect.stringContaining('Sign in again and leave everything ticked.') });
		expect(await eventsOf(practice, 'escalation_raised')).toEqual([]);
		// The token is renewed without the scope, too.
		service.clock.now += HOUR;
		const other = await createAccount(practice, { your_reference: 'A-2', phone: '+13175550177', fields: { email: 'other@patient.example' } });
		await practice.must('POST', '/api/accounts', { account_ref: other, email_consent: 'yes', consent_evidence: 'intake form' });
		expect(await practice.must('POST', '/api/reminders', { account_ref: other })).toMatchObject({ status: 'sent', channel: 'email' });
		await later(6 * DAY);
		expect(await reminder(ref)).toMatchObject({ status: 'sent', settled_at: expect.any(Date) });
		expect(await eventsOf(practice, 'reminder_not_delivered')).toEqual([]);
	});
});

/** Each part's type and its text, decoded. */
function partsOf(mime: string): [type: string, text: string][] {
	const boundary = /boundary="([^"]+)"/.exec(mime)?.[1] ?? '';
	return mime
		.split(`--${boundary}`)
		.slice(1, -1)
		.map((part) => {
			const [head = '', ...rest] = part.split('\r\n\r\n');
			const body = rest.join('\r\n\r\n').replace(/\r\n$/, '');
			const encoding = /Content-Transfer-Encoding: (\S+)/.exec(head)?.[1];
			const bytes =
				encoding === 'base64'
					? Buffer.from(body, 'base64')
					: Buffer.from(
							encoding === 'quoted-printable'
								? body.replaceAll('=\r\n', '').replaceAll(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
								: body,
							encoding === 'quoted-printable' ? 'latin1' : 'utf8',
						);
			return [/Content-Type: (.+)/.exec(head)?.[1] ?? '', bytes.toString('utf8').replaceAll('\r\n', '\n').trimEnd()];
		});
}
