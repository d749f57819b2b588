/** A practice connects Gmail: somebody signs in there, the tokens are kept and renewed, and a sign-in that is taken back is seen. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Provider } from '../../../shared/contracts/provider.ts';
import { object, optional, secret } from '../../../shared/contracts/schema.ts';
import gmail from '../../../shared/providers/gmail.ts';
import { providers } from '../../../shared/providers/registry.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../../kit/authorization-server.ts';
import { call, createAccount, createPractice, HOUR, NOON, PUBLIC_URL, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { eventsOf } from '../flow/kit.ts';

const CLIENT = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-of-the-test' };
const CONNECT = { connection: 'mail', vendor: 'gmail', credentials: CLIENT };

let google: AuthorizationServer;
let service: Running;
let practice: TestPractice;

beforeAll(async () => {
	google = await startAuthorizationServer(CLIENT);
	google.answer = (nth, { path }) => ({ body: path.endsWith('/userinfo') ? { email: 'billing@practice.example' } : { id: `18f${nth}` } });
	service = await startService({ vendorUrls: { gmail: google.url } });
});
afterAll(async () => {
	await service.close();
	await google[Symbol.asyncDispose]();
});
beforeEach(async () => {
	service.clock.now = NOON;
	practice = await createPractice(service.url, { twilio: false, policy: { channels: ['email'] } });
	await practice.setup('POST', '/connections', CONNECT);
	google.seen.length = 0;
	google.grants.length = 0;
});
afterEach(() => {
	Object.assign(google, { down: undefined, scope: undefined, delayMs: 0, expiresIn: 3600 });
});

const begin = async (name = 'mail'): Promise<string> => (await practice.setup('POST', `/connections/${name}/authorize`)).authorization_url;
/** The browser comes back to us. */
const comeBack = (address: string) => {
	const { pathname, search, origin } = new URL(address);
	expect(origin).toBe(PUBLIC_URL);
	return call(service.url, '', 'GET', pathname + search);
};
const signIn = async () => comeBack(await google.visit(await begin()));
const connection = async () => (await practice.setup('GET', '/connections')).items.find((one: { connection: string }) => one.connection === 'mail');
const check = () => practice.setup('POST', '/connections/mail/check');
const checklist = async (code: string) => (await practice.setup('GET', '/checklist')).items.find((one: { code: string }) => one.code === code);
const grants = () => google.grants.map(({ grant, ok }) => `${grant}: ${ok}`);

describe('A sign-in', () => {
	it('asks for the scopes with PKCE, and comes back to one fixed address', async () => {
		const url = new URL(await begin());
		expect(`${url.origin}${url.pathname}`).toBe(`${google.url}/o/oauth2/v2/auth`);
		expect(Object.fromEntries(url.searchParams)).toEqual({
			response_type: 'code',
			client_id: CLIENT.client_id,
			redirect_uri: 'https://dunwell.example/api/oauth/callback',
			scope: 'https://www.googleapis.com/auth/gmail.send https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/gmail.metadata',
			state: expect.stringMatching(new RegExp(`^${practice.id}\\.mail\\.[\\w-]{43}$`)),
			code_challenge: expect.stringMatching(/^[\w-]{43}$/),
			code_challenge_method: 'S256',
			access_type: 'offline',
			prompt: 'consent',
		});
	});

	it('may be begun by the name of the vendor, where the practice has one connection of it', async () => {
		expect(await practice.setup('POST', '/connections/gmail/authorize')).toMatchObject({ connection: 'mail', vendor: 'gmail' });
		await practice.setup('POST', '/connections', { ...CONNECT, connection: 'other' });
		expect(await practice.call('POST', '/api/setup/connections/gmail/authorize')).toMatchObject({ status: 404 });
	});

	it('makes the connection work, under the name of the mailbox, with nothing readable in the ledger', async () => {
		expect(await connection()).toMatchObject({ status: 'unchecked', signed_in: false });
		expect(await checklist('sign_in_mail')).toMatchObject({ ok: false, remedy: expect.stringContaining('npm run dunwell -- connection authorize mail') });

		const page = await signIn();
		expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
		expect(page.text).toContain('Dunwell may now use this Gmail account for Test Practice.');
		expect(await connection()).toMatchObject({ status: 'working', status_text: '', signed_in: true, label: 'billing@practice.example' });
		expect(await checklist('sign_in_mail')).toMatchObject({ ok: true });
		expect(grants()).toEqual(['authorization_code: true']);
		const row = await service.rows(practice.id, (tx) => tx.selectFrom('connection').selectAll().where('connection', '=', 'mail').executeTakeFirstOrThrow());
		expect(Buffer.from(row.tokens ?? []).toString('latin1')).not.toMatch(/at_|rt_|access_token/);
		expect([row.sign_in, row.sign_in_hash, row.tokens_version]).toEqual([null, null, 1]);
		const kinds = (await practice.setup('GET', '/audit?subject=mail')).items.map((entry: { kind: string }) => entry.kind);
		expect(kinds).toEqual(expect.arrayContaining(['sign_in_begun', 'connection_signed_in']));
		expect(JSON.stringify(service.logged)).not.toMatch(/code=|at_|rt_/);
	});

	it('works once: the same way back again is refused, and changes nothing', async () => {
		const back = await google.visit(await begin());
		expect((await comeBack(back)).status).toBe(200);
		const again = await comeBack(back);
		expect(again.status).toBe(404);
		expect(again.text).toContain('This sign-in is unknown, was used before, or took too long.');
		expect(grants()).toEqual(['authorization_code: true']);
		expect(await connection()).toMatchObject({ status: 'working', signed_in: true });
	});

	it('is refused after its time, with another state, without one, for another practice, and once a newer one was begun', async () => {
		const older = await google.visit(await begin());
		const late = await google.visit(await begin());
		const other = await createPractice(service.url, { twilio: false });
		const changed = (from: string, to: string) => late.replace(from, to);
		const answers = [
			await comeBack(older),
			await comeBack(changed('.mail.', '.mail.x')),
			await comeBack(changed(practice.id, other.id)),
			await comeBack(`${PUBLIC_URL}/api/oauth/callback?code=1`),
			await comeBack(`${PUBLIC_URL}/api/oauth/callback`),
		];
		service.clock.now += 15 * 60_000 + 1;
		answers.push(await comeBack(late));
		expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404));
		expect(google.grants).toEqual([]);
		expect(await connection()).toMatchObject({ signed_in: false });
	});

	it('is refused when the code came to somebody else: the verifier does not fit', async () => {
		const mine = new URL(await google.visit(await begin()));
		const stolen = new URL(await google.visit(await begin()));
		stolen.searchParams.set('code', mine.searchParams.get('code') ?? '');
		const answer = await comeBack(stolen.href);
		expect([answer.status, grants()]).toEqual([401, ['authorization_code: false']]);
		expect(await connection()).toMatchObject({ signed_in: false });
	});

	it('that the person declines leaves the connection as it was', async () => {
		const answer = await comeBack(await google.visit(await begin(), false));
		expect(answer.status).toBe(403);
		expect(answer.text).toContain('Gmail was not connected: the sign-in was refused there.');
		expect(google.grants).toEqual([]);
		expect(await connection()).toMatchObject({ status: 'unchecked', signed_in: false });
	});

	it('without all that was asked for is not taken', async () => {
		google.scope = 'openid https://www.googleapis.com/auth/userinfo.email';
		const answer = await signIn();
		expect(answer.status).toBe(401);
		expect(answer.text).toContain('https://www.googleapis.com/auth/gmail.send');
		expect(await connection()).toMatchObject({ signed_in: false });
		google.scope = 'https://www.googleapis.com/auth/userinfo.email https://www.googleapis.com/auth/gmail.send openid';
		expect((await signIn()).status).toBe(200);
	});

	it('needs a client, is not for vendors without one, and not for a test key', async () => {
		await practice.setup('PUT', '/connections/mail', { credentials: {} });
		expect((await practice.call('POST', '/api/setup/connections/mail/authorize')).json).toMatchObject({ status: 400, code: 'oauth_client_missing' });
		expect((await practice.call('POST', '/api/setup/connections/outbox/authorize')).json).toMatchObject({ status: 400, code: 'no_sign_in' });
		expect((await practice.call('POST', '/api/setup/connections/nobody/authorize')).json).toMatchObject({ status: 404 });
		expect((await call(service.url, practice.test, 'POST', '/api/setup/connections/mail/authorize')).json).toMatchObject({ code: 'live_key_needed' });
	});

	it("uses the operator's client where the connection has none", async () => {
		const own = await startService({
			vendorUrls: { gmail: google.url },
			env: { DUNWELL_OAUTH_CLIENTS: JSON.stringify({ gmail: CLIENT }) },
		});
		const second = await createPractice(own.url, { twilio: false });
		await second.setup('POST', '/connections', { connection: 'mail', vendor: 'gmail' });
		const { authorization_url } = await second.setup('POST', '/connections/mail/authorize');
		const { pathname, search } = new URL(await google.visit(authorization_url));
		expect((await call(own.url, '', 'GET', pathname + search)).status).toBe(200);
		await own.close();
	});
});

describe('A token', () => {
	beforeEach(async () => {
		await signIn();
		google.grants.length = 0;
	});

	it('is renewed before it ends, and not sooner; rotated refresh tokens are kept', async () => {
		service.clock.now += 54 * 60_000;
		await check();
		expect(grants()).toEqual([]);
		for (let i = 0; i < 3; i += 1) {
			service.clock.now += 56 * 60_000;
			expect(await check()).toMatchObject({ status: 'working' });
		}
		expect(grants()).toEqual(Array(3).fill('refresh_token: true'));
	});

	it('that many calls want at once is renewed once', async () => {
		google.delayMs = 300;
		service.clock.now += HOUR;
		const answers = await Promise.all(Array.from({ length: 8 }, check));
		expect(answers.map(({ status }) => status)).toEqual(Array(8).fill('working'));
		expect(grants()).toEqual(['refresh_token: true']);
	});

	it('that the vendor ended early is renewed once for the call, and the call is made again', async () => {
		google.end();
		service.clock.now += 2 * 60_000;
		expect(await check()).toMatchObject({ status: 'working' });
		expect(grants()).toEqual(['refresh_token: true']);
	});

	it('that has minutes left is used while the vendor cannot renew it, and after that nothing is called broken', async () => {
		google.down = 503;
		service.clock.now += 56 * 60_000;
		expect(await check()).toMatchObject({ status: 'working' });
		service.clock.now += 5 * 60_000;
		expect(await check()).toMatchObject({ status: 'unchecked', status_text: expect.stringContaining('Try again in a few minutes.'), signed_in: true });
		google.down = undefined;
		expect(await check()).toMatchObject({ status: 'working' });
	});

	it('whose claim is of a process that ended is renewed by the next', async () => {
		service.clock.now += HOUR;
		await service.rows(practice.id, (tx) =>
			tx
				.updateTable('connection')
				.set({ refresh_by: 'renewal_of_the_dead', refresh_at: new Date(service.clock.now - 60_001) })
				.where('connection', '=', 'mail')
				.execute(),
		);
		expect(await check()).toMatchObject({ status: 'working' });
		expect(grants()).toEqual(['refresh_token: true']);
	});

	it('does not outlive the credentials it was given for', async () => {
		const back = await google.visit(await begin());
		expect(await practice.setup('PUT', '/connections/mail', { credentials: CLIENT })).toMatchObject({ status: 'unchecked', signed_in: false });
		expect((await comeBack(back)).status).toBe(404);
	});
});

describe('A sign-in that is taken back at the vendor', () => {
	beforeEach(async () => {
		await practice.setup('PUT', '/senders/email', { connection: 'mail', address: 'billing@practice.example' });
		await signIn();
		google.revoke();
		google.grants.length = 0;
		service.clock.now += HOUR;
	});

	it('breaks the connection, tells staff once, and is asked about once', async () => {
		expect(await check()).toMatchObject({ status: 'broken', signed_in: false, status_text: expect.stringContaining('connection authorize mail') });
		await check();
		expect(grants()).toEqual(['refresh_token: false']);
		expect(await eventsOf(practice, 'escalation_raised')).toMatchObject([{ title: 'The connection to Gmail is broken', severity: 'high', change: 'opened' }]);
		expect(await checklist('connection_mail')).toMatchObject({ ok: false, blocking: true, remedy: expect.stringContaining('connection authorize mail') });
		expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
	});

	it('is mended by signing in again, which ends the work', async () => {
		await check();
		expect((await signIn()).status).toBe(200);
		expect(await connection()).toMatchObject({ status: 'working', signed_in: true });
		const work = await service.rows(practice.id, (tx) => tx.selectFrom('escalation').select(['cause', 'status', 'outcome']).execute());
		expect(work).toEqual([{ cause: 'connection:mail', status: 'resolved', outcome: 'reconnected' }]);
	});

	it('lets no message through, and the message says why', async () => {
		const account = await createAccount(practice, { your_reference: 'A-1', now: service.clock.now, fields: { email: 'someone@patient.example' } });
		await practice.must('POST', '/api/accounts', { account_ref: account, email_consent: 'yes', consent_evidence: 'intake form' });
		google.seen.length = 0;
		expect(await practice.must('POST', '/api/reminders', { account_ref: account })).toMatchObject({
			status: 'suppressed',
			was_sent: false,
			reason_code: 'sign_in_over',
		});
		expect(google.seen).toEqual([]);
		expect(await connection()).toMatchObject({ status: 'broken' });
	});
});

it('a client secret that has expired is named as what is wrong', async () => {
	await signIn();
	await practice.setup('PUT', '/connections/mail', { credentials: { ...CLIENT, client_secret: 'expired' } });
	const answer = await signIn();
	expect([answer.status, await connection()]).toMatchObject([401, { signed_in: false }]);
	expect(answer.text).toContain("Gmail does not accept the app's client id or secret.");
});

it('a mail goes out with the token of the moment, in the exact bytes of the message', async () => {
	await signIn();
	await practice.setup('PUT', '/senders/email', { connection: 'mail', address: 'billing@practice.example', name: 'Test Practice' });
	const account = await createAccount(practice, { your_reference: 'A-1', now: service.clock.now, fields: { email: 'someone@patient.example' } });
	await practice.must('POST', '/api/accounts', { account_ref: account, email_consent: 'yes', consent_evidence: 'intake form' });
	service.clock.now += HOUR;
	google.seen.length = 0;
	const sent = await practice.must('POST', '/api/reminders', { account_ref: account });
	expect(sent).toMatchObject({ status: 'sent', was_sent: true, channel: 'email' });
	expect(google.seen.map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /gmail/v1/users/me/messages/send']);
	const { raw } = JSON.parse(google.seen[0]?.body ?? '{}') as { raw: string };
	expect(raw).toMatch(/^[\w-]+$/);
	const mime = Buffer.from(raw, 'base64url').toString('utf8');
	expect(mime).toContain('From: Test Practice <billing@practice.example>\r\nTo: someone@patient.example\r\n');
	expect(mime).toContain('List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n');

	// RFC 8058: the mailbox posts to the address of the header, and consent is revoked at once.
	const unsubscribe = /List-Unsubscribe:\s+<https:\/\/dunwell\.example(\/api\/go\/[^>]+)>/.exec(mime)?.[1] ?? '';
	expect(
		(await call(service.url, '', 'POST', unsubscribe, { raw: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } }))
			.status,
	).toBe(200);
	expect(await eventsOf(practice, 'patient_replied')).toMatchObject([{ account_ref: account }]);
	const consent = await service.rows(practice.id, (tx) =>
		tx.selectFrom('consent').select(['state']).where('account_ref', '=', account).where('channel', '=', 'email').executeTakeFirst(),
	);
	expect(consent).toEqual({ state: 'revoked' });
});

describe('A signed statement in the place of a person', () => {
	const jwtVendor: Provider = {
		...gmail,
		id: 'phone-system',
		label: 'Phone System',
		auth: object({ client_id: secret('Client ID', 'x.'), client_secret: secret('Client secret', 'x.'), jwt: optional(secret('JWT', 'x.')) }),
		oauth: {
			authorizationUrl: () => 'https://oauth2.googleapis.com/authorize',
			tokenUrl: () => 'https://oauth2.googleapis.com/token',
			scopes: [],
			clientAuth: 'basic',
			assertion: ({ jwt }) => jwt as string | undefined,
		},
	};
	let vendor: AuthorizationServer;
	let own: Running;
	let second: TestPractice;
	beforeAll(async () => {
		vendor = await startAuthorizationServer({ ...CLIENT, assertions: ['eyJ.good'] });
		vendor.answer = () => ({ body: { email: 'line@practice.example' } });
		own = await startService({ vendorUrls: { 'phone-system': vendor.url }, deps: { providers: { ...providers, 'phone-system': jwtVendor } } });
		second = await createPractice(own.url, { twilio: false });
	});
	afterAll(async () => {
		await own.close();
		await vendor[Symbol.asyncDispose]();
	});

	it('connects by itself, with the secret in a header, and again when the token ends', async () => {
		const credentials = { ...CLIENT, jwt: 'eyJ.good' };
		expect(await second.setup('POST', '/connections', { connection: 'phone', vendor: 'phone-system', credentials })).toMatchObject({
			status: 'working',
			label: 'line@practice.example',
			signed_in: true,
		});
		own.clock.now += HOUR;
		expect(await second.setup('POST', '/connections/phone/check')).toMatchObject({ status: 'working' });
		expect(vendor.grants).toEqual(Array(2).fill({ grant: 'urn:ietf:params:oauth:grant-type:jwt-bearer', ok: true, basic: true }));
		expect((await second.call('POST', '/api/setup/connections/phone/authorize')).json).toMatchObject({ status: 400, code: 'no_sign_in' });
	});

	it('that the vendor does not take breaks the connection', async () => {
		const credentials = { ...CLIENT, jwt: 'eyJ.revoked' };
		expect(await second.setup('POST', '/connections', { connection: 'dead', vendor: 'phone-system', credentials })).toMatchObject({
			status: 'broken',
			status_text: expect.stringMatching(/^Phone System does not accept the signed statement .* Make a new one there/),
		});
	});

	it('may be left out: then a person signs in there, without scopes where the app has them', async () => {
		await second.setup('POST', '/connections', { connection: 'person', vendor: 'phone-system', credentials: CLIENT });
		const { authorization_url } = await second.setup('POST', '/connections/person/authorize');
		expect(new URL(authorization_url).searchParams.has('scope')).toBe(false);
		const { pathname, search } = new URL(await vendor.visit(authorization_url));
		expect((await call(own.url, '', 'GET', pathname + search)).status).toBe(200);
		expect(vendor.grants.at(-1)).toEqual({ grant: 'authorization_code', ok: true, basic: true });
	});
});
