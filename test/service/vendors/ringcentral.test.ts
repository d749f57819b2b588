/** RingCentral from the connection on: both sign-ins, its reports, texts, high-volume texts and faxes, by the bytes on the wire. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { faxPdf } from '../../../shared/service/messages/fax.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../../kit/authorization-server.ts';
import { LEDGERS } from '../../kit/database.ts';
import { call, createAccount, createPractice, DAY, HOUR, NOON, PUBLIC_URL, type Running, startService, type TestPractice } from '../../kit/service.ts';
import type { Reply, Seen } from '../../kit/vendor-server.ts';
import { days, eventsOf } from '../flow/kit.ts';
import { escalation, open } from '../work/kit.ts';

const MINUTE = 60_000;
const JWT = 'jwt-of-the-test';
const TOKEN = 'a token of our own';
const CLIENT = { client_id: 'p4AKOjwZRw-dEIrKaB_Nvw', client_secret: 'nuX9-of_the.test' };
const BY_JWT = { ...CLIENT, jwt: JWT, verification_token: TOKEN };
const BY_PERSON = { ...CLIENT, verification_token: TOKEN };
const EXTENSION = '/restapi/v1.0/account/~/extension/~';
const SUBSCRIPTION = '/restapi/v1.0/subscription';
const INSTANT = '/restapi/v1.0/account/~/extension/~/message-store/instant?type=SMS';
const PATIENT = '+13175550142';
const DESK = '+12125550100';
const DANA = '+12125550177';

interface Subscription {
	id: string;
	status: string;
	eventFilters: string[];
	expiresIn: number;
	deliveryMode: { transportType: string; address: string; verificationToken?: string };
}

let service: Running;
let vendor: AuthorizationServer;
let practice: TestPractice;
let subscriptions: Subscription[];
/** Why no subscription is made, where one is asked for. */
let refused: string | undefined;
/** What RingCentral lists as stored. */
let stored: object[];
let account: string;

/** Comes from outside to where the public address leads. */
const post = (address: string, raw: string, headers: Record<string, string>) =>
	call(service.url, '', 'POST', address.replace(PUBLIC_URL, ''), { raw, headers: { 'content-type': 'application/json', ...headers } });

/** As RingCentral does: no subscription without the token that it sent, in 200 and 1,024 bytes. https://developers.ringcentral.com/guide/notifications/webhooks/creating-webhooks */
async function subscribe(body: Omit<Subscription, 'id' | 'status'>): Promise<Reply> {
	const answer = await post(body.deliveryMode.address, '', { 'validation-token': 'abc-123' });
	const size = answer.text.length + [...answer.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
	if (refused !== undefined || answer.status !== 200 || answer.headers.get('validation-token') !== 'abc-123' || size > 1024)
		return { status: 400, body: { errorCode: refused ?? 'SUB-525', message: 'WebHook server response is invalid' } };
	subscriptions.push({ ...body, id: `s${subscriptions.length + 1}`, status: 'Active' });
	return { body: {} };
}

async function answer({ method, path, body }: Seen): Promise<Reply> {
	if (path === EXTENSION) return { body: { name: 'Front Desk', extensionNumber: '101', status: 'Enabled', contact: { company: 'Valley Allergy' } } };
	if (path === `${EXTENSION}/sms`) return { body: { id: 402406985008, messageStatus: 'Queued' } };
	if (path === `${EXTENSION}/ring-out`) return { body: { id: 'Y3Mx', status: { callStatus: 'InProgress' } } };
	if (path === `${EXTENSION}/fax`) return { body: { id: 404, type: 'Fax', messageStatus: 'Queued' } };
	if (path === '/restapi/v1.0/account/~/a2p-sms/batches') return { status: 201, body: { id: 'b-1', status: 'Processing', rejected: [] } };
	if (method === 'GET' && path === SUBSCRIPTION) return { body: { records: subscriptions } };
	if (method === 'POST' && path === SUBSCRIPTION) return subscribe(JSON.parse(body));
	const of = subscriptions.find(({ id }) => path === `${SUBSCRIPTION}/${id}`);
	if (of && refused !== undefined) return { status: 403, body: { errorCode: refused, message: 'x' } };
	if (of && method === 'PUT') return { body: Object.assign(of, JSON.parse(body)) };
	if (of && method === 'DELETE') {
		subscriptions = subscriptions.filter((one) => one !== of);
		return { status: 204 };
	}
	return { body: { records: stored } };
}

const seen = () => vendor.seen.map(({ method, path }) => `${method} ${path}`);
const connection = async () => (await practice.setup('GET', '/connections')).items.find((one: { vendor: string }) => one.vendor === 'ringcentral');
const connect = (credentials: object) => practice.setup('POST', '/connections', { connection: 'phones', vendor: 'ringcentral', credentials });
const consent = async (): Promise<string> => (await practice.must('GET', '/api/accounts/find?your_reference=A-1')).consent_text;
const reminder = (ref: string) =>
	service.rows(practice.id, (tx) =>
		tx
			.selectFrom('reminder')
			.select(['status', 'raw_status', 'failure_code', 'external_id', 'body_text'])
			.where('reminder_ref', '=', ref)
			.executeTakeFirstOrThrow(),
	);
async function later(milliseconds: number): Promise<void> {
	await service.advance(milliseconds);
	await service.work();
}
/** An event of the subscription that stands. */
function tell(event: string, body: object, { uuid = 'u-1', token = TOKEN, at = service.clock.now } = {}) {
	const raw = JSON.stringify({ uuid, event: `/restapi/v1.0/account/1/${event}`, timestamp: new Date(at).toISOString(), subscriptionId: 's1', body });
	return post(subscriptions[0]?.deliveryMode.address ?? '', raw, { 'verification-token': token });
}

/** A practice that texts by RingCentral and mails into the outbox, with an account that may be reached by both. */
async function texting(credentials: object, fields: object = {}): Promise<void> {
	practice = await createPractice(service.url, { twilio: false, policy: { channels: ['sms', 'email'], fallback: true } });
	await connect(credentials);
	await practice.setup('PUT', '/senders/sms', { connection: 'phones', address: DESK });
	await practice.setup('PUT', '/senders/email', { connection: 'outbox', address: 'billing@practice.example' });
	account = await createAccount(practice, { your_reference: 'A-1', phone: PATIENT, fields: { email: 'someone@patient.example' } });
	await practice.must('POST', '/api/accounts', { account_ref: account, email_consent: 'yes', consent_evidence: 'form', ...fields });
	vendor.seen.length = 0;
}
/** Whom the outbox has mails to. */
const mailed = async (): Promise<string[]> =>
	(await practice.must('GET', '/api/outbox')).items.filter(({ channel }: { channel: string }) => channel === 'email').map(({ to }: { to: string }) => to);
async function texted(): Promise<string> {
	const sent = await practice.must('POST', '/api/reminders', { account_ref: account });
	expect(sent).toMatchObject({ status: 'sent', was_sent: true, channel: 'sms' });
	return sent.reminder_ref;
}

for (const { title, kind, skip } of LEDGERS) {
	describe.skipIf(skip)(`RingCentral, ${title}`, () => {
		beforeAll(async () => {
			vendor = await startAuthorizationServer({ ...CLIENT, assertions: [JWT] });
			vendor.answer = (_nth, request) => answer(request);
			service = await startService({ kind, vendorUrls: { ringcentral: vendor.url } });
		});
		afterAll(async () => {
			await service.close();
			await vendor[Symbol.asyncDispose]();
		});
		beforeEach(() => {
			service.clock.now = NOON;
			[subscriptions, stored, refused] = [[], [], undefined];
			vendor.seen.length = 0;
			vendor.grants.length = 0;
		});

		describe('is connected', () => {
			beforeEach(async () => {
				practice = await createPractice(service.url);
			});

			it('by a JWT without anybody, with the client id as it is, and knows at once where to report', async () => {
				expect(await connect(BY_JWT)).toMatchObject({ status: 'working', status_text: '', label: 'Valley Allergy, Front Desk, extension 101' });
				expect(vendor.grants).toEqual([{ grant: 'urn:ietf:params:oauth:grant-type:jwt-bearer', ok: true, basic: true }]);
				expect(vendor.authorization).toBe(`Basic ${Buffer.from('p4AKOjwZRw-dEIrKaB_Nvw:nuX9-of_the.test').toString('base64')}`);
				expect(seen()).toEqual([`GET ${EXTENSION}`, `GET ${SUBSCRIPTION}`, `POST ${SUBSCRIPTION}`]);
				const { hook_url: hook } = await connection();
				expect(subscriptions).toEqual([
					{
						id: 's1',
						status: 'Active',
						eventFilters: [INSTANT],
						expiresIn: 1_209_600,
						deliveryMode: { transportType: 'WebHook', address: expect.stringMatching(/\?token=[0-9a-f]{16}$/), verificationToken: TOKEN },
					},
				]);
				expect(subscriptions[0]?.deliveryMode.address.split('?')[0]).toBe(hook);
				expect(await practice.call('POST', '/api/setup/connections/ringcentral/authorize')).toMatchObject({ status: 400, json: { code: 'no_sign_in' } });
			});

			it('and tried again renews what stands; another token of ours replaces it', async () => {
				await connect(BY_JWT);
				vendor.seen.length = 0;
				await practice.setup('POST', '/connections/phones/check');
				expect(seen()).toEqual([`GET ${EXTENSION}`, `GET ${SUBSCRIPTION}`, `PUT ${SUBSCRIPTION}/s1`]);
				expect(subscriptions).toHaveLength(1);
				vendor.seen.length = 0;
				await practice.setup('PUT', '/connections/phones', { credentials: { ...BY_JWT, verification_token: 'another token of ours' } });
				expect(seen()).toEqual([`GET ${EXTENSION}`, `GET ${SUBSCRIPTION}`, `POST ${SUBSCRIPTION}`, `DELETE ${SUBSCRIPTION}/s1`]);
				expect(subscriptions.map(({ deliveryMode }) => deliveryMode.verificationToken)).toEqual(['another token of ours']);
				expect((await tell('message-store/instant?type=SMS', {})).status).toBe(401);
			});

			it('by a person with PKCE; whoever takes that back breaks it, and staff hear of it', async () => {
				expect(await connect(BY_PERSON)).toMatchObject({ status: 'unchecked', signed_in: false });
				const { authorization_url } = await practice.setup('POST', '/connections/ringcentral/authorize');
				const { pathname, searchParams } = new URL(authorization_url);
				expect([pathname, searchParams.get('client_id'), searchParams.get('code_challenge_method'), searchParams.has('scope')]).toEqual([
					'/restapi/oauth/authorize',
					CLIENT.client_id,
					'S256',
					false,
				]);
				const back = new URL(await vendor.visit(authorization_url));
				expect((await call(service.url, '', 'GET', back.pathname + back.search)).status).toBe(200);
				expect(await connection()).toMatchObject({ status: 'working', signed_in: true, label: 'Valley Allergy, Front Desk, extension 101' });
				expect(subscriptions).toHaveLength(1);
				vendor.revoke();
				service.clock.now += HOUR;
				expect(await practice.setup('POST', '/connections/phones/check')).toMatchObject({
					status: 'broken',
					status_text: expect.stringContaining('Sign in again: npm run dunwell -- connection authorize phones'),
				});
				expect(await open(practice)).toMatchObject([{ title: 'The connection to RingCentral is broken' }]);
			});

			it('is asked to be signed in by the checklist only where somebody has to', async () => {
				const asked = async () => (await practice.setup('GET', '/checklist')).items.some(({ code }: { code: string }) => code === 'sign_in_phones');
				await practice.setup('POST', '/connections', { connection: 'phones', vendor: 'ringcentral', credentials: BY_JWT, check: false });
				expect(await asked()).toBe(false);
				await practice.setup('PUT', '/connections/phones', { credentials: BY_PERSON, check: false });
				expect(await asked()).toBe(true);
				const { items } = await practice.setup('GET', '/vendors');
				expect(items.find(({ vendor: id }: { vendor: string }) => id === 'ringcentral')).toMatchObject({
					sign_in: 'possible',
					does: ['send sms', 'send fax', 'webhook', 'work'],
				});
			});

			it('by a JWT that is revoked is broken, and says what to do', async () => {
				expect(await connect({ ...BY_JWT, jwt: 'revoked' })).toMatchObject({
					status: 'broken',
					status_text: expect.stringContaining('the signed statement of the connection (JWT)'),
				});
				expect(subscriptions).toEqual([]);
			});

			it('renews a JWT’s token before it ends, once for many calls at once', async () => {
				await connect(BY_JWT);
				vendor.delayMs = 50;
				service.clock.now += 56 * MINUTE;
				await Promise.all(Array.from({ length: 5 }, () => practice.setup('POST', '/connections/phones/check')));
				vendor.delayMs = 0;
				expect(vendor.grants.map(({ ok }) => ok)).toEqual([true, true]);
			});

			it('without being reachable works for sending, and says that nothing is reported', async () => {
				refused = 'SUB-523';
				expect(await connect(BY_JWT)).toMatchObject({
					status: 'working',
					status_text:
						'It works, but RingCentral does not report to Dunwell: RingCentral could not reach the address for its reports. Check that DUNWELL_PUBLIC_URL can be reached from outside.',
				});
			});

			it('on a machine that nobody can reach works for sending, and leaves no address at RingCentral', async () => {
				const local = await startService({ kind, vendorUrls: { ringcentral: vendor.url }, env: { DUNWELL_PUBLIC_URL: 'http://127.0.0.1:9' } });
				try {
					practice = await createPractice(local.url);
					expect(await connect(BY_JWT)).toMatchObject({ status: 'working', status_text: expect.stringContaining('DUNWELL_PUBLIC_URL is no https address') });
					await local.useCases.handlers.poll({ practice_id: practice.id, connection: 'phones', register: true });
					expect(await open(practice)).toEqual([]);
				} finally {
					await local.close();
				}
				expect(seen()).toEqual([`GET ${EXTENSION}`]);
			});

			it('is renewed each day by the timer; when that fails staff hear once, until it works again', async () => {
				await connect(BY_JWT);
				vendor.seen.length = 0;
				await service.useCases.tick();
				await service.useCases.tick();
				await service.work();
				// Other practices are looked after beside it.
				expect(seen().filter((request) => request.startsWith('PUT'))).toEqual([`PUT ${SUBSCRIPTION}/s1`]);
				subscriptions = subscriptions.slice(0, 1);
				const job = { practice_id: practice.id, connection: 'phones', register: true as const };
				refused = 'CMN-401';
				await service.useCases.handlers.poll(job);
				await service.useCases.handlers.poll(job);
				expect(await open(practice)).toMatchObject([{ title: 'RingCentral no longer reports replies and deliveries', severity: 'high' }]);
				expect(await connection()).toMatchObject({ status: 'working', status_text: expect.stringContaining('Give both the permission') });
				refused = undefined;
				await service.useCases.handlers.poll(job);
				expect(await open(practice)).toEqual([]);
				expect(subscriptions).toHaveLength(1);
			});
		});

		describe('texts', () => {
			beforeEach(() => texting(BY_JWT));
			const told = (messageStatus: string, deliveryErrorCode?: string) => ({
				id: 402406985008,
				type: 'SMS',
				to: [{ phoneNumber: PATIENT }],
				messageStatus,
				...(deliveryErrorCode && { deliveryErrorCode }),
			});

			it('from a number of the extension, and asks what became of it until it is delivered', async () => {
				const ref = await texted();
				const { body_text: text } = await reminder(ref);
				expect(vendor.seen.map(({ method, path, headers, body }) => [method, path, headers['content-type'], body])).toEqual([
					['POST', `${EXTENSION}/sms`, 'application/json', JSON.stringify({ from: { phoneNumber: DESK }, to: [{ phoneNumber: PATIENT }], text })],
				]);
				stored = [told('Sent')];
				await later(2 * MINUTE);
				expect(vendor.seen.at(-1)?.path).toBe(`${EXTENSION}/message-store?direction=Outbound&dateFrom=2026-11-24T16%3A59%3A00.000Z&perPage=1000`);
				expect(await reminder(ref)).toMatchObject({ status: 'sent', raw_status: 'Sent', external_id: '402406985008' });
				stored = [told('Delivered')];
				await later(10 * MINUTE);
				expect(await reminder(ref)).toMatchObject({ status: 'delivered', raw_status: 'Delivered' });
				const asked = vendor.seen.length;
				await later(HOUR);
				expect(vendor.seen.length).toBe(asked);
			});

			it('that do not arrive are told with RingCentral’s own code, and the next channel takes over once', async () => {
				const ref = await texted();
				stored = [told('DeliveryFailed', 'SMS-CAR-430')];
				await later(2 * MINUTE);
				expect(await reminder(ref)).toMatchObject({ status: 'undelivered', raw_status: 'DeliveryFailed', failure_code: 'SMS-CAR-430' });
				expect(await eventsOf(practice, 'reminder_not_delivered')).toMatchObject([
					{ problem: 'undelivered', channel: 'sms', vendor_code: 'SMS-CAR-430', next_step_text: 'It is tried once by email.' },
				]);
				expect(await consent()).toMatch(/sms: agreed/);
				await days(service, practice, 3);
				expect(await mailed()).toEqual(['someone@patient.example']);
				expect(seen().filter((request) => request.startsWith('POST'))).toEqual([`POST ${EXTENSION}/sms`]);
			});

			it('that a carrier says nothing of are no failure; after three days staff hear that nobody knows', async () => {
				const ref = await texted();
				stored = [told('DeliveryFailed', 'SMS-CAR-104')];
				await later(2 * MINUTE);
				expect(await reminder(ref)).toMatchObject({ status: 'sent', raw_status: 'DeliveryFailed' });
				expect(await eventsOf(practice, 'reminder_not_delivered')).toEqual([]);
				await later(4 * DAY);
				expect(await eventsOf(practice, 'reminder_not_delivered')).toMatchObject([{ problem: 'unknown' }]);
			});

			it('to somebody who opted out at RingCentral end consent, and nobody is texted again', async () => {
				const ref = await texted();
				stored = [told('SendingFailed', 'SMS-UP-413')];
				await later(2 * MINUTE);
				await days(service, practice, 3);
				expect(await reminder(ref)).toMatchObject({ status: 'undelivered', failure_code: 'SMS-UP-413' });
				expect(await consent()).toMatch(/sms: ended on 2026-11-24/);
				expect(await eventsOf(practice, 'patient_replied')).toMatchObject([{ meaning: 'opt_out', channel: 'sms' }]);
				expect(seen().filter((request) => request.startsWith('POST'))).toEqual([`POST ${EXTENSION}/sms`]);
			});

			it('are answered: STOP ends consent once, however often it is told, and not by whoever lacks the token', async () => {
				const stop = {
					id: '88',
					to: [{ phoneNumber: DESK, target: true }],
					from: { phoneNumber: PATIENT },
					type: 'SMS',
					direction: 'Inbound',
					subject: 'STOP',
				};
				const event = 'extension/2/message-store/instant?type=SMS';
				expect((await tell(event, stop, { token: 'not the token' })).status).toBe(401);
				expect((await tell(event, stop, { at: NOON - DAY - 1000 })).status).toBe(401);
				// A token to be seen again makes nobody known.
				const { address = '' } = subscriptions[0]?.deliveryMode ?? {};
				const raw = JSON.stringify({ uuid: 'u-9', event, timestamp: new Date(NOON).toISOString(), body: stop });
				expect((await post(address, raw, { 'validation-token': 'x' })).status).toBe(200);
				expect(await consent()).toMatch(/sms: agreed/);
				expect((await tell(event, stop)).status).toBe(200);
				expect((await tell(event, stop)).status).toBe(200);
				expect(await consent()).toMatch(/sms: ended on 2026-11-24/);
				expect(await eventsOf(practice, 'patient_replied')).toMatchObject([{ account_ref: account, meaning: 'opt_out', channel: 'sms' }]);
			});
		});

		describe('texts in high volume', () => {
			beforeEach(() => texting({ ...BY_JWT, sms: 'high_volume' }));
			const outbound = (messageStatus: string, errorCode?: string) => ({
				id: '7086',
				batchId: 'b-1',
				from: DESK,
				to: [PATIENT],
				direction: 'Outbound',
				messageStatus,
				...(errorCode && { errorCode }),
			});
			const EVENT = 'a2p-sms/messages?direction=Outbound';

			it('as a batch of one, and is told by webhook that it was delivered', async () => {
				const ref = await texted();
				const { body_text: text } = await reminder(ref);
				expect(vendor.seen.map(({ method, path, body }) => [method, path, body])).toEqual([
					['POST', '/restapi/v1.0/account/~/a2p-sms/batches', JSON.stringify({ from: DESK, text, messages: [{ to: [PATIENT] }] })],
				]);
				await tell(EVENT, outbound('Sent'), { uuid: 'u-1' });
				expect(await reminder(ref)).toMatchObject({ status: 'sent', raw_status: 'Sent', external_id: 'batch/b-1' });
				await tell(EVENT, outbound('Delivered'), { uuid: 'u-2' });
				await tell(EVENT, outbound('Sent'), { uuid: 'u-3' });
				expect((await reminder(ref)).status).toBe('delivered');
			});

			it('and mails once instead when it did not arrive, though it is told and asked again', async () => {
				const ref = await texted();
				await tell(EVENT, outbound('DeliveryFailed', 'SMS-CAR-431'), { uuid: 'u-1' });
				await tell(EVENT, outbound('DeliveryFailed', 'SMS-CAR-431'), { uuid: 'u-2' });
				stored = [outbound('DeliveryFailed', 'SMS-CAR-431')];
				await later(HOUR);
				expect(await reminder(ref)).toMatchObject({ status: 'undelivered', failure_code: 'SMS-CAR-431' });
				expect((await eventsOf(practice, 'reminder_not_delivered')).filter(({ problem }) => problem === 'undelivered')).toMatchObject([
					{ channel: 'sms', vendor_code: 'SMS-CAR-431', next_step_text: 'It is tried once by email.' },
				]);
				await days(service, practice, 3);
				expect(await mailed()).toEqual(['someone@patient.example']);
			});

			it('and asks for what the webhook did not tell', async () => {
				const ref = await texted();
				stored = [outbound('Delivered')];
				await later(2 * MINUTE);
				expect(vendor.seen.at(-1)?.path).toBe('/restapi/v1.0/account/~/a2p-sms/messages?direction=Outbound&dateFrom=2026-11-24T16%3A59%3A00.000Z&perPage=1000');
				expect((await reminder(ref)).status).toBe('delivered');
			});

			it.each([
				['by the code of a text', EVENT, outbound('SendingFailed', 'SMS-RC-413')],
				['by an event of its own', 'a2p-sms/opt-outs', { from: DESK, to: PATIENT, active: true }],
			])('and hears of an opt-out %s', async (_how, event, body) => {
				await texted();
				await tell(event, body);
				expect(await consent()).toMatch(/sms: ended on 2026-11-24/);
				await days(service, practice, 3);
				expect(seen().filter((request) => request.startsWith('POST'))).toHaveLength(1);
			});
		});

		it('texts staff from a sender of their own, and the work says when it did not arrive', async () => {
			await texting(BY_JWT);
			const route = { label: 'Dana', connection: 'phones', channel: 'sms', target: DANA, sender: '+12125550166' };
			await practice.setup('PUT', '/routes/on_call', route);
			await practice.must('POST', '/api/escalations', { reason: 'payment_failed', severity: 'high', route: 'on_call', account_ref: account });
			await service.work();
			expect(vendor.seen.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
				[`${EXTENSION}/sms`, { from: { phoneNumber: '+12125550166' }, to: [{ phoneNumber: DANA }], text: expect.any(String) }],
			]);
			expect(vendor.seen[0]?.body).not.toMatch(/84|A-1|5550142/);
			stored = [{ id: 402406985008, type: 'SMS', to: [{ phoneNumber: DANA }], messageStatus: 'DeliveryFailed', deliveryErrorCode: 'SMS-UP-410' }];
			await later(2 * MINUTE);
			expect(await open(practice)).toMatchObject([{ delivered_to: '', delivery_problem_text: expect.stringContaining('(SMS-UP-410)') }]);
		});

		it('faxes one page without a cover, and asks until the other machine has taken it', async () => {
			await texting(BY_JWT, { fax: '+13175550199', fax_consent: 'yes', consent_evidence: 'form', fax_requested: true });
			await practice.setup('PUT', '/senders/fax', { connection: 'phones', address: '+12125550188' });
			const sent = await practice.must('POST', '/api/reminders', { account_ref: account, channel: 'fax' });
			expect(sent).toMatchObject({ status: 'sent', channel: 'fax' });
			const { body_text: text } = await reminder(sent.reminder_ref);
			const page = await faxPdf({ text: text ?? '', language: 'en', at: new Date(NOON).toISOString(), fromName: 'Test Practice' });
			const boundary = /boundary=(dunwell-[0-9a-f]{40})$/.exec(vendor.seen[0]?.headers['content-type'] ?? '')?.[1];
			const field = (name: string, value: string) => `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
			expect(vendor.seen.map(({ method, path, headers, body }) => [method, path, headers['content-type'], body])).toEqual([
				[
					'POST',
					`${EXTENSION}/fax`,
					`multipart/form-data; boundary=${boundary}`,
					`${field('to', '+13175550199')}${field('faxResolution', 'High')}${field('coverIndex', '0')}--${boundary}\r\nContent-Disposition: form-data; name="attachment"; filename="fax.pdf"\r\nContent-Type: application/pdf\r\n\r\n${Buffer.from(page).toString('utf8')}\r\n--${boundary}--\r\n`,
				],
			]);
			stored = [{ id: 404, type: 'Fax', messageStatus: 'Queued', to: [{ phoneNumber: '+13175550199' }] }];
			await later(2 * MINUTE);
			expect((await reminder(sent.reminder_ref)).status).toBe('sent');
			stored = [{ id: 404, type: 'Fax', messageStatus: 'Sent', to: [{ phoneNumber: '+13175550199' }] }];
			await later(10 * MINUTE);
			expect(await reminder(sent.reminder_ref)).toMatchObject({ status: 'delivered', raw_status: 'Sent', external_id: '404' });
		});

		describe('calls back by RingOut', () => {
			beforeEach(async () => {
				await texting(BY_JWT);
				await practice.setup('PUT', '/routes/call_back', { label: 'Dana', connection: 'phones', target: DANA });
			});
			const escalate = async (fields: object = {}): Promise<string> => {
				const work = { reason: 'patient_asked', route: 'call_back', account_ref: account, ...fields };
				const { escalation_ref: ref } = await practice.must('POST', '/api/escalations', work);
				await service.work();
				return ref;
			};
			const rung = () => vendor.seen.filter(({ path }) => path === `${EXTENSION}/ring-out`).map(({ method, body }) => [method, JSON.parse(body)]);
			const CALL = ['POST', { from: { phoneNumber: DANA }, to: { phoneNumber: PATIENT }, playPrompt: true }];

			it('staff, who are connected with the guarantor once they want it; once, whatever the work goes through', async () => {
				const ref = await escalate();
				expect(rung()).toEqual([CALL]);
				expect(await open(practice)).toMatchObject([{ delivered_to: 'Dana', delivery_problem_text: '' }]);
				await escalate({ severity: 'high' });
				await practice.must('POST', '/api/escalations/resolve', { escalation_ref: ref, outcome: 'done' });
				await service.work();
				expect(rung()).toEqual([CALL]);
				const said = await service.rows(practice.id, (tx) => tx.selectFrom('audit').select('body').execute());
				expect(JSON.stringify(said)).not.toMatch(/5550142|5550177/);
			});

			it('and moves up to the next person where the work does', async () => {
				await practice.setup('PUT', '/routes/manager', { label: 'Ann', connection: 'phones', target: '+12125550188' });
				const policy = escalation({ route: 'call_back', rungs: [{ after_business_days: 1, severity: 'high', route: 'manager' }] });
				await practice.setup('PUT', '/policy', { ...(await practice.setup('GET', '/policy')).policy, ...policy });
				await escalate({ route: undefined, reason: 'other' });
				expect(rung()).toEqual([CALL]);
				await days(service, practice, 2);
				expect(rung()).toEqual([CALL, ['POST', { from: { phoneNumber: '+12125550188' }, to: { phoneNumber: PATIENT }, playPrompt: true }]]);
			});

			it('in the morning, when it is evening for staff or night for the guarantor', async () => {
				service.clock.now = Date.parse('2026-11-24T19:00:00-05:00');
				await escalate();
				expect(rung()).toEqual([]);
				service.clock.now = Date.parse('2026-11-25T07:59:00-05:00');
				await service.work();
				expect(rung()).toEqual([]);
				service.clock.now = Date.parse('2026-11-25T12:00:00-05:00');
				await service.work();
				expect(rung()).toEqual([CALL]);
			});

			it.each([
				[
					'who ended calls',
					() => practice.must('POST', '/api/accounts', { account_ref: account, voice_consent: 'no', consent_evidence: 'asked at the desk' }),
					'The guarantor ended calls',
				],
				[
					'on whom a hold stands',
					() => practice.must('POST', '/api/holds', { account_ref: account, scope: 'account', reason: 'bankruptcy' }),
					'The guarantor is not called: ',
				],
				[
					'whose number is wrong',
					() => service.rows(practice.id, (tx) => tx.updateTable('contact_point').set({ valid: false }).where('account_ref', '=', account).execute()),
					'No working phone number is recorded for the guarantor.',
				],
			])('nobody %s: the work says so and names no phone to RingCentral', async (_who, happens, problem) => {
				await happens();
				await escalate();
				expect(rung()).toEqual([]);
				expect(await open(practice, 'route=call_back')).toMatchObject([{ delivered_to: '', delivery_problem_text: expect.stringContaining(problem) }]);
			});

			it('nobody about work of no account', async () => {
				await escalate({ account_ref: undefined });
				expect(rung()).toEqual([]);
				expect(await open(practice)).toMatchObject([{ delivery_problem_text: expect.stringContaining('The work is about no account') }]);
			});

			it('only at a phone, and never as a channel to patients', async () => {
				const target = await practice.call('PUT', '/api/setup/routes/other', { body: { label: 'Other', connection: 'phones', target: 'C-BILLING' } });
				expect([target.status, target.json.errors[0]]).toEqual([400, { field: 'target', message: expect.stringContaining('such as +13175550142') }]);
				const sender = await practice.call('PUT', '/api/setup/senders/voice', { body: { connection: 'phones', address: DESK } });
				expect([sender.status, sender.json.errors[0].field]).toEqual([400, 'connection']);
			});
		});
	});
}
