/** Texts, calls and faxes by vendors without a wire of their own elsewhere: out with exact bytes, and back by webhook or by asking. */
import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { faxPdf } from '../../../shared/service/messages/fax.ts';
import { call, createAccount, createPractice, DAY, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { type Reply, type Seen, startVendor, type VendorServer } from '../../kit/vendor-server.ts';
import { eventsOf } from '../flow/kit.ts';
import { pagesOf } from '../messages/pdf.ts';

const SECRET = 'a secret of our own';
const MINUTE = 60_000;
const callfireReply: Reply[] = [{}];
const interfaxReply: Reply[] = [{}];

let service: Running;
let callfire: VendorServer;
let interfax: VendorServer;
let practice: TestPractice;
let ref: string;

beforeAll(async () => {
	callfire = await startVendor(callfireReply);
	interfax = await startVendor(interfaxReply);
	service = await startService({ vendorUrls: { callfire: callfire.url, interfax: interfax.url } });
});
afterAll(async () => {
	await service.close();
	await callfire[Symbol.asyncDispose]();
	await interfax[Symbol.asyncDispose]();
});

const reminder = (reminderRef: string) =>
	service.rows(practice.id, (tx) =>
		tx.selectFrom('reminder').select(['status', 'raw_status', 'failure_code', 'external_id']).where('reminder_ref', '=', reminderRef).executeTakeFirstOrThrow(),
	);

describe('CallFire', () => {
	let hook: string;
	let label: string;
	/** At the check of the connection. */
	let entered: Seen[];
	beforeEach(async () => {
		service.clock.now = NOON;
		practice = await createPractice(service.url, { twilio: false, policy: { channels: ['sms', 'voice'], fallback: false } });
		callfireReply[0] = { body: { id: 7, name: 'Valley Allergy' } };
		const credentials = { api_login: 'login', api_password: 'password', webhook_secret: SECRET };
		({ label } = await practice.setup('POST', '/connections', { connection: 'calling', vendor: 'callfire', credentials }));
		for (const channel of ['sms', 'voice']) await practice.setup('PUT', `/senders/${channel}`, { connection: 'calling', address: '+12125550100' });
		const { items } = await practice.setup('GET', '/connections');
		hook = new URL(items.find((item: { connection: string }) => item.connection === 'calling').hook_url).pathname;
		ref = await createAccount(practice, { your_reference: 'A-1', days: 8 });
		callfireReply[0] = { body: '{"items":[{"id":7421904611193532419,"state":"READY"}]}' };
		entered = callfire.seen.splice(0).slice(1);
	});

	const send = (channel: string) => practice.must('POST', '/api/reminders', { account_ref: ref, channel });
	const tell = (type: string, resource: string, secret = SECRET) => {
		const raw = `{"timestamp":${service.clock.now},"webhookId":1,"resourceType":"${type}","events":[{"eventType":"Finished","resource":${resource}}]}`;
		const signature = createHmac('sha1', secret).update(raw).digest('hex');
		return call(service.url, '', 'POST', hook, { raw, headers: { 'content-type': 'application/json', 'x-callfire-signature': signature } });
	};
	const finished = (word: string, kind: string) => `{"id":7421904611193532419,"state":"FINISHED","${kind}":"${word}","toNumber":"13175550142"}`;
	const consent = async (): Promise<string> => (await practice.must('GET', '/api/accounts/find?your_reference=A-1')).consent_text;

	it('is told by itself where to report: three kinds, at the address of the connection, signed with its secret', () => {
		expect(entered.map(({ method, path }) => `${method} ${path.split('?')[0]}`)).toEqual(['GET /v2/webhooks', ...Array(3).fill('POST /v2/webhooks')]);
		expect(entered.slice(1).map(({ body }) => JSON.parse(body))).toEqual(
			['OutboundCall', 'OutboundText', 'InboundText'].map((resource) => ({
				name: `Dunwell ${resource}`,
				resource,
				events: ['Finished'],
				callback: `https://dunwell.example${hook}`,
				secret: SECRET,
				enabled: true,
			})),
		);
	});

	it('is known by the name of its account, and calls with what a person hears and what a machine records', async () => {
		expect(label).toBe('Valley Allergy');
		const sent = await send('voice');
		expect(sent).toMatchObject({ status: 'sent', channel: 'voice' });
		expect(callfire.seen.map(({ method, path }) => [method, path])).toEqual([['POST', '/v2/calls?strictValidation=true']]);
		const [recipient] = JSON.parse(callfire.seen[0]?.body ?? '');
		expect(recipient).toEqual({
			phoneNumber: '13175550142',
			fromNumber: '12125550100',
			attributes: { dunwell_reference: sent.reminder_ref },
			liveMessage: expect.stringContaining('Test Practice'),
			machineMessage: expect.stringContaining('Test Practice'),
			voice: 'FEMALE1',
		});
		expect(recipient.machineMessage).not.toContain('$');
		expect((await tell('OutboundCall', finished('LA', 'finalCallResult'))).status).toBe(204);
		expect(await reminder(sent.reminder_ref)).toMatchObject({ status: 'delivered', raw_status: 'LA', external_id: '7421904611193532419' });
	});

	it('texts, hears that the carrier took it, and hears an answer once however often it is told', async () => {
		const sent = await send('sms');
		const { body_text: text } = await service.rows(practice.id, (tx) =>
			tx.selectFrom('reminder').select('body_text').where('reminder_ref', '=', sent.reminder_ref).executeTakeFirstOrThrow(),
		);
		expect(callfire.seen.map(({ path, body }) => [path, JSON.parse(body)])).toEqual([
			[
				'/v2/texts?strictValidation=true',
				[{ phoneNumber: '13175550142', fromNumber: '12125550100', attributes: { dunwell_reference: sent.reminder_ref }, message: text }],
			],
		]);
		await tell('OutboundText', finished('SENT', 'finalTextResult'));
		expect(await reminder(sent.reminder_ref)).toMatchObject({ status: 'sent', raw_status: 'SENT' });
		const stop = '{"id":88,"fromNumber":"13175550142","toNumber":"12125550100","message":"STOP"}';
		expect((await tell('InboundText', stop, 'another secret')).status).toBe(401);
		expect(await consent()).toMatch(/sms: agreed/);
		await tell('InboundText', stop);
		await tell('InboundText', stop);
		expect(await consent()).toMatch(/sms: ended on 2026-11-24/);
		expect((await eventsOf(practice, 'patient_replied')).map(({ meaning, channel }) => [meaning, channel])).toEqual([['opt_out', 'sms']]);
	});

	it('reports a number on its do-not-contact list: consent ends at once, before or after the call', async () => {
		const sent = await send('voice');
		await tell('OutboundCall', finished('DNC', 'finalCallResult'));
		expect(await reminder(sent.reminder_ref)).toMatchObject({ status: 'undelivered', raw_status: 'DNC' });
		expect(await consent()).toMatch(/voice: ended/);
		expect((await eventsOf(practice, 'patient_replied'))[0]).toMatchObject({ meaning: 'opt_out', channel: 'voice' });
		ref = await createAccount(practice, { your_reference: 'A-2', days: 8, phone: '+13175550177' });
		callfireReply[0] = { body: { items: [{ id: 1, state: 'DNC' }] } };
		expect(await send('sms')).toMatchObject({ status: 'suppressed', was_sent: false, reason_code: 'opted_out' });
		expect((await practice.must('GET', '/api/accounts/find?your_reference=A-2')).consent_text).toMatch(/sms: ended/);
	});
});

describe('InterFAX', () => {
	let label: string;
	beforeEach(async () => {
		service.clock.now = NOON;
		practice = await createPractice(service.url, { twilio: false, policy: { channels: ['sms'], fallback: false } });
		interfaxReply[0] = { headers: { 'content-type': 'text/json' }, body: '3.8500' };
		({ label } = await practice.setup('POST', '/connections', {
			connection: 'faxing',
			vendor: 'interfax',
			credentials: { username: 'valley', password: 'p' },
		}));
		await practice.setup('PUT', '/senders/fax', { connection: 'faxing', address: '+12125550188' });
		ref = await createAccount(practice, { your_reference: 'A-1', days: 8 });
		await practice.must('POST', '/api/accounts', { account_ref: ref, fax: '+13175550199', fax_consent: 'yes', consent_evidence: 'form' });
		interfaxReply[0] = { status: 201, headers: { location: 'https://rest.interfax.net/outbound/faxes/854759652' } };
		interfax.seen.length = 0;
	});

	async function faxed(): Promise<string> {
		await practice.must('POST', '/api/accounts', { account_ref: ref, fax_requested: true });
		const sent = await practice.must('POST', '/api/reminders', { account_ref: ref, channel: 'fax' });
		expect(sent).toMatchObject({ status: 'sent', channel: 'fax' });
		return sent.reminder_ref;
	}
	/** Minutes after the fax at which InterFAX is asked. */
	async function askedAt(minutes: number): Promise<number[]> {
		const asked: number[] = [];
		for (let minute = 1; minute <= minutes; minute += 1) {
			const before = interfax.seen.length;
			await service.advance(MINUTE);
			await service.work();
			for (const { path } of interfax.seen.slice(before)) if (path.startsWith('/outbound/faxes/completed')) asked.push((service.clock.now - NOON) / MINUTE);
		}
		return asked;
	}

	it('faxes nobody who did not ask for it', async () => {
		expect(label).toBe('InterFAX user valley');
		const answer = await practice.must('POST', '/api/reminders', { account_ref: ref, channel: 'fax' });
		expect(answer).toMatchObject({ status: 'suppressed', reason_code: 'fax_not_requested' });
		expect(interfax.seen).toEqual([]);
	});

	it('sends one page that says no more than its text, and is asked with growing pauses until it has arrived', async () => {
		const sent = await faxed();
		const { body_text: text } = await service.rows(practice.id, (tx) =>
			tx.selectFrom('reminder').select('body_text').where('reminder_ref', '=', sent).executeTakeFirstOrThrow(),
		);
		const page = await faxPdf({ text: text ?? '', language: 'en', at: new Date(NOON).toISOString(), fromName: 'Test Practice' });
		expect(interfax.seen.map(({ method, path, headers, body }) => [method, path, headers['content-type'], body])).toEqual([
			[
				'POST',
				`/outbound/faxes?faxNumber=%2B13175550199&contact=${sent}&reference=${sent}&csid=%2B12125550188&pageSize=letter&resolution=fine`,
				'application/pdf',
				Buffer.from(page).toString('utf8'),
			],
		]);
		interfaxReply[0] = { body: [] };
		expect(await askedAt(20)).toEqual([2, 4, 6, 9, 14]);
		expect(interfax.seen.at(-1)?.path).toBe('/outbound/faxes/completed?ids=854759652');
		expect((await reminder(sent)).status).toBe('sent');
		interfaxReply[0] = { body: [{ id: 854759652, status: 0 }] };
		expect(await askedAt(30)).toHaveLength(1);
		expect(await reminder(sent)).toMatchObject({ status: 'delivered', raw_status: '0' });
	});

	it('tells of a fax that did not get through, with its own number for why', async () => {
		const sent = await faxed();
		interfaxReply[0] = {
			body: [
				{ id: 854759652, status: 3931 },
				{ id: 1, status: 0 },
			],
		};
		expect(await askedAt(10)).toEqual([2]);
		expect(await reminder(sent)).toMatchObject({ status: 'undelivered', raw_status: '3931', failure_code: '3931' });
		expect((await eventsOf(practice, 'reminder_not_delivered'))[0]).toMatchObject({
			problem: 'undelivered',
			channel: 'fax',
			vendor_code: '3931',
			contact_point_bad: 'yes',
		});
	});

	it('is asked for three days; then staff hear once that nobody knows', async () => {
		const sent = await faxed();
		interfaxReply[0] = { body: [] };
		await service.advance(3 * DAY - MINUTE);
		await service.work();
		expect(await eventsOf(practice, 'reminder_not_delivered')).toEqual([]);
		await service.advance(2 * DAY);
		await service.work();
		const told = await eventsOf(practice, 'reminder_not_delivered');
		expect(told).toMatchObject([{ problem: 'unknown', reminder_ref: sent }]);
		const before = interfax.seen.length;
		await service.useCases.tick();
		await service.advance(DAY);
		await service.work();
		expect([interfax.seen.length, (await eventsOf(practice, 'reminder_not_delivered')).length]).toEqual([before, 1]);
	});

	it('is asked again by the timer when the question was lost, and is a broken connection when it no longer knows us', async () => {
		await faxed();
		interfaxReply[0] = { status: 401, body: { code: -1, message: 'no' } };
		await service.advance(2 * MINUTE);
		await service.work();
		const { items } = await practice.setup('GET', '/connections');
		expect(items.find((item: { connection: string }) => item.connection === 'faxing')).toMatchObject({ status: 'broken' });
		expect((await eventsOf(practice, 'escalation_raised')).map(({ title }) => title)).toContain('The connection to InterFAX is broken');
		interfaxReply[0] = { headers: { 'content-type': 'text/json' }, body: '3.85' };
		await practice.setup('POST', '/connections/faxing/check');
		interfaxReply[0] = { body: [{ id: 854759652, status: 0 }] };
		await service.useCases.tick();
		await service.work();
		const rows = await service.rows(practice.id, (tx) => tx.selectFrom('reminder').select('status').where('channel', '=', 'fax').execute());
		expect(rows).toEqual([{ status: 'delivered' }]);
	});
});

describe('a fax as a page', () => {
	it('holds its text and nothing else, the heading first', async () => {
		const [page = [], ...more] = pagesOf(
			await faxPdf({ text: 'FAX\n\nFrom: Valley Allergy\nPages: 1\n\nPlease call Nguyễn.', language: 'en', at: '2026-11-24T12:00:00Z' }),
		);
		expect(more).toEqual([]);
		expect(page.map(({ text }) => text)).toEqual(['FAX', 'From: Valley Allergy', 'Pages: 1', 'Please call Nguyen.']);
	});
});
