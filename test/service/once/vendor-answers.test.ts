/** What each answer of the vendor does to the reminder, the consent, the number, the ladder, the fallback, and who hears of it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAccount, createPractice, DAY, HOUR, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { signedCallback, startTwilio, type Treatment, type Twilio } from '../../kit/twilio.ts';

let twilio: Twilio;
let service: Running;
let practice: TestPractice;
let number = 0;
let account = '';
let phone = '';

beforeAll(async () => {
	twilio = await startTwilio();
	service = await startService({ vendorUrls: { twilio: twilio.url } });
	twilio.now = () => service.clock.now;
	practice = await createPractice(service.url);
	await practice.setup('POST', '/connections', { connection: 'mail', vendor: 'sandbox' });
	await practice.setup('PUT', '/senders/email', { connection: 'mail', address: 'billing@practice.example' });
});
afterAll(async () => {
	await service.close();
	await twilio[Symbol.asyncDispose]();
});
beforeEach(async () => {
	twilio.requests.length = 0;
	twilio.taken.length = 0;
	twilio.lists = true;
	number += 1;
	phone = `+13175550${100 + number}`;
	account = await createAccount(practice, { your_reference: `A-${number}`, phone });
});

/** What Twilio was given as ours, at the address of this service. */
const atThisService = (address: string): string => address.replace(new URL(address).origin, service.url);

const answering = (...treatments: (Treatment | undefined)[]) => {
	twilio.treat = (_, nth) => treatments[Math.min(nth, treatments.length) - 1];
};
const error = (status: number, code: number): Treatment => ({ status, body: { code, message: `not for our eyes: ${phone}`, status } });
const send = (body: object = {}) => practice.must('POST', '/api/reminders', { account_ref: account, ...body });
/** By email too, so that a text that fails has somewhere to go. */
const withEmail = () =>
	practice.must('POST', '/api/accounts', { account_ref: account, email: `p${number}@patient.example`, email_consent: 'yes', consent_evidence: 'intake form' });

const events = async (type: string) =>
	(await practice.must('GET', `/api/events/${type}?include_own=true&limit=100`)).items.filter((item: { account_ref: string }) => item.account_ref === account);
const problems = async () => (await events('reminder_not_delivered')).map((event: { problem: string }) => event.problem);
const work = async () => (await events('escalation_raised')).map((event: { title: string }) => event.title);
const reminders = () =>
	service.rows(practice.id, (tx) =>
		tx
			.selectFrom('reminder')
			.select(['reminder_ref', 'status', 'channel', 'fallback_of', 'failure_code', 'raw_status', 'external_id'])
			.where('practice_id', '=', practice.id)
			.where('account_ref', '=', account)
			.orderBy('created_at')
			.orderBy('fallback_of', (o) => o.desc().nullsFirst())
			.execute(),
	);
const statuses = async () => (await reminders()).map(({ channel, status }) => `${channel} ${status}`);
const ladder = async () => {
	const row = await service.rows(practice.id, (tx) =>
		tx.selectFrom('invoice').select('reminded_days').where('practice_id', '=', practice.id).where('account_ref', '=', account).executeTakeFirstOrThrow(),
	);
	return row.reminded_days;
};
const points = () =>
	service.rows(practice.id, async (tx) =>
		Object.fromEntries(
			(
				await tx.selectFrom('contact_point').select(['channel', 'valid']).where('practice_id', '=', practice.id).where('account_ref', '=', account).execute()
			).map(({ channel, valid }) => [channel, valid]),
		),
	);
const consents = () =>
	service.rows(practice.id, async (tx) =>
		Object.fromEntries(
			(await tx.selectFrom('consent').select(['channel', 'state']).where('practice_id', '=', practice.id).where('account_ref', '=', account).execute()).map(
				({ channel, state }) => [channel, state],
			),
		),
	);
const outbox = async () =>
	(await practice.must('GET', '/api/outbox')).items.filter((item: { to?: string; address?: string }) =>
		[item.to, item.address].includes(`p${number}@patient.example`),
	);

describe('A vendor that asks to wait', () => {
	it('for two minutes gets the message then, once, and nobody is troubled meanwhile', async () => {
		answering({ status: 429, headers: { 'retry-after': '120' }, body: { code: 20429 } }, undefined);
		const first = await send();
		expect(first).toMatchObject({ status: 'scheduled', was_sent: false, send_at: '2026-11-24T12:02:00-05:00' });
		expect([await statuses(), await ladder()]).toEqual([['sms scheduled'], 0]);

		expect(await send()).toMatchObject({ status: 'duplicate', duplicate: true, was_sent: false, reminder_ref: first.reminder_ref });
		await service.work();
		expect(twilio.requests).toHaveLength(1);

		await service.advance(121_000);
		await service.work();
		service.clock.now -= 121_000;
		expect(twilio.requests).toHaveLength(2);
		expect(twilio.taken).toHaveLength(1);
		expect([await statuses(), await ladder(), await problems(), await work()]).toEqual([['sms sent'], 7, [], []]);
	});

	it('for a second is asked again in the same call', async () => {
		answering({ status: 429, headers: { 'retry-after': '1' } }, undefined);
		expect(await send()).toMatchObject({ status: 'sent', was_sent: true });
		expect([twilio.requests.length, twilio.taken.length]).toEqual([2, 1]);
	});

	it('until the balance is paid gets nothing any more', async () => {
		answering({ status: 429, headers: { 'retry-after': '120' } }, undefined);
		await send();
		await service.advance(1000);
		await practice.must('POST', '/api/balances', { account_ref: account, amount: 0 });
		await service.advance(121_000);
		await service.work();
		service.clock.now -= 122_000;
		expect(twilio.taken).toEqual([]);
		const [row] = await reminders();
		expect(['cancelled', 'suppressed']).toContain(row?.status);
	});

	it('until the hour is no longer decent gets it in the morning', async () => {
		answering({ status: 429, headers: { 'retry-after': String(10 * 3600) } }, undefined);
		await send();
		await service.advance(10 * HOUR + 1000);
		await service.work();
		expect(twilio.requests).toHaveLength(1);
		await service.advance(10 * HOUR);
		await service.work();
		service.clock.now -= 20 * HOUR + 1000;
		expect([await statuses(), twilio.taken.length]).toEqual([['sms sent'], 1]);
	});
});

describe('An answer that leaves the outcome open', () => {
	it.each<[string, Treatment]>([
		['503', { status: 503, body: 'Service Unavailable' }],
		['503 with Retry-After', { status: 503, headers: { 'retry-after': '30' } }],
		['500', { status: 500, body: { code: 20500 } }],
		["a gateway's page of HTML", { status: 502, body: '<html><body>Bad gateway</body></html>' }],
		['200 with a page of HTML', { status: 200, body: '<html><body>Welcome</body></html>' }],
		['201 without an id', { status: 201, body: {} }],
		['an empty answer', { status: 201, body: '' }],
		['a broken connection', { instead: 'drop' }],
	])('is %s: unknown, told once with work for staff, the ladder stays, and it is never sent again', async (_, treatment) => {
		await withEmail();
		twilio.lists = false;
		answering(treatment);
		const first = await send();
		expect(first).toMatchObject({ status: 'unknown', was_sent: false, duplicate: false, reason_code: 'outcome_unknown' });
		answering(undefined);
		for (let i = 0; i < 2; i += 1) expect(await send()).toMatchObject({ status: 'unknown', duplicate: true, reminder_ref: first.reminder_ref });
		await service.useCases.handlers.sweep({ practice_id: practice.id });
		await service.work();
		expect(twilio.requests).toHaveLength(1);
		expect([await statuses(), await ladder(), await problems(), await work()]).toEqual([
			['sms unknown'],
			7,
			['unknown'],
			['A reminder has an unknown outcome'],
		]);
		expect(await outbox()).toEqual([]);
		expect(await points()).toMatchObject({ sms: true });
	});

	it('is settled when the message is found at the vendor', async () => {
		answering({ instead: 'take_and_drop' });
		const first = await send();
		expect(first.status).toBe('unknown');
		await service.useCases.handlers.sweep({ practice_id: practice.id });
		expect(await statuses()).toEqual(['sms sent']);
		expect((await reminders())[0]?.external_id).toBe(twilio.taken[0]?.sid);
		expect(await send()).toMatchObject({ status: 'duplicate', reminder_ref: first.reminder_ref });
		expect(twilio.requests).toHaveLength(1);
	});
});

describe('A vendor that does not answer in twenty seconds', () => {
	it('leaves the outcome unknown, and calls that come meanwhile do not wait longer than the platforms do', { timeout: 40_000 }, async () => {
		twilio.lists = false;
		answering({ instead: 'hold' });
		const began = performance.now();
		const first = send();
		await twilio.arrived(1);
		const second = await send();
		expect(performance.now() - began).toBeLessThan(18_000);
		expect(second).toMatchObject({ status: 'unknown', duplicate: true, was_sent: false });
		expect(await first).toMatchObject({ status: 'unknown', was_sent: false, reminder_ref: second.reminder_ref });
		expect(performance.now() - began).toBeLessThan(27_000);
		expect([await statuses(), await problems()]).toEqual([['sms unknown'], ['unknown']]);
		expect(twilio.requests).toHaveLength(1);
	});
});

describe('A number that can not be reached', () => {
	it('is not used again, the message goes once by e-mail, and no staff work is made of it', async () => {
		await withEmail();
		answering(error(400, 21211));
		const first = await send();
		expect(first).toMatchObject({ status: 'suppressed', was_sent: false, reason_code: 'invalid_recipient' });
		expect(JSON.stringify(first)).not.toContain('not for our eyes');
		await service.work();
		expect(await statuses()).toEqual(['sms failed', 'email delivered']);
		expect(await outbox()).toHaveLength(1);
		expect([await ladder(), await points(), await consents()]).toEqual([
			7,
			{ sms: false, voice: false, email: true },
			{ sms: 'granted', voice: 'granted', email: 'granted' },
		]);
		expect(await events('reminder_not_delivered')).toMatchObject([
			{ problem: 'failed', channel: 'sms', vendor_code: '21211', contact_point_bad: 'yes', next_step_text: 'It is tried once by email.' },
		]);
		expect(await work()).toEqual([]);

		await send();
		await service.work();
		expect(await outbox()).toHaveLength(1);
		expect(twilio.requests).toHaveLength(1);
	});

	it('without another channel is work for staff', async () => {
		answering(error(400, 21614));
		await send();
		await service.work();
		expect([await statuses(), await problems(), await work()]).toEqual([['sms failed'], ['failed'], ['A reminder was refused by the sending service']]);
		expect(twilio.requests).toHaveLength(1);
	});
});

describe('A vendor that knows of an opt-out', () => {
	it('ends the consent for texts and calls at once, breaks no connection, and the message goes by e-mail, which was not ended', async () => {
		await withEmail();
		answering(error(400, 21610));
		expect(await send()).toMatchObject({ status: 'suppressed', was_sent: false, reason_code: 'opted_out' });
		await service.work();
		expect([await statuses(), await consents(), await points()]).toEqual([
			['sms failed', 'email delivered'],
			{ sms: 'revoked', voice: 'revoked', email: 'granted' },
			{ sms: true, voice: true, email: true },
		]);
		expect(await events('patient_replied')).toMatchObject([{ meaning: 'opt_out', channel: 'sms' }]);
		expect(await problems()).toEqual(['failed']);
		const { items } = await practice.setup('GET', '/connections');
		expect(items.find((item: { connection: string }) => item.connection === 'texting').status).toBe('working');
		// The next step goes by e-mail; a text may not be asked for either.
		await service.advance(8 * DAY);
		await practice.must('POST', '/api/balances', { account_ref: account, amount: 84.2 });
		expect(await send({ channel: 'sms' })).toMatchObject({ status: 'suppressed', was_sent: false, reason_code: 'consent_revoked' });
		expect(await send()).toMatchObject({ status: 'sent', was_sent: true, channel: 'email' });
		service.clock.now -= 8 * DAY;
		expect(twilio.requests).toHaveLength(1);
	});
});

describe('Credentials that died', () => {
	it('are one item of work for all messages, and the connection shows as broken', async () => {
		answering(error(401, 20003));
		await send();
		const other = await createAccount(practice, { your_reference: `B-${number}`, phone: '+13175550199' });
		await practice.must('POST', '/api/reminders', { account_ref: other });
		const { items } = await practice.must('GET', '/api/events/escalation_raised?include_own=true&limit=100');
		expect(items.filter((item: { title: string }) => item.title === 'The connection to Twilio is broken')).toHaveLength(1);
		const connections = await practice.setup('GET', '/connections');
		expect(connections.items.find((item: { connection: string }) => item.connection === 'texting').status).toBe('broken');
		expect(await statuses()).toEqual(['sms failed']);
	});
});

describe('A delivery report', () => {
	let hook = '';
	beforeEach(async () => {
		answering(undefined);
		await send();
		hook = twilio.taken[0]?.callback ?? '';
	});
	const report = async (status: string, more: Record<string, string> = {}, sid = twilio.taken[0]?.sid ?? '') => {
		const { headers, body } = signedCallback(hook, { MessageSid: sid, MessageStatus: status, To: phone, ...more });
		const response = await fetch(atThisService(hook), { method: 'POST', headers, body });
		return response.status;
	};

	it('that comes late does not take a delivery back', async () => {
		expect([await report('delivered'), await report('sent'), await report('queued')]).toEqual([200, 200, 200]);
		expect([await statuses(), await problems()]).toEqual([['sms delivered'], []]);
	});

	it('that comes twice counts once', async () => {
		await report('undelivered', { ErrorCode: '30005' });
		await report('undelivered', { ErrorCode: '30005' });
		await report('failed', { ErrorCode: '30005' });
		expect([await statuses(), await problems(), await work()]).toEqual([['sms undelivered'], ['undelivered'], ['A reminder was not delivered']]);
		expect(await events('reminder_not_delivered')).toMatchObject([{ vendor_code: '30005', contact_point_bad: 'yes', channel: 'sms' }]);
	});

	it('of a bounce after a delivery is believed', async () => {
		expect([await report('delivered'), await report('undelivered', { ErrorCode: '30005' })]).toEqual([200, 200]);
		expect([await statuses(), await problems(), await points()]).toEqual([['sms undelivered'], ['undelivered'], { sms: false, voice: false }]);
	});

	it.each([
		['30003', 'no', { sms: true, voice: true }],
		['30034', 'no', { sms: true, voice: true }],
		['30006', 'yes', { sms: false, voice: true }],
	])('that blames %s leaves of the number what still reaches the person', async (ErrorCode, bad, left) => {
		await report('undelivered', { ErrorCode });
		expect([await statuses(), await points()]).toEqual([['sms undelivered'], left]);
		const next =
			bad === 'no' ? 'The number or address may be right. See what the sending service says of it.' : 'Find a working number or address and record it.';
		expect(await events('reminder_not_delivered')).toMatchObject([{ vendor_code: ErrorCode, contact_point_bad: bad, next_step_text: next }]);
		expect(await work()).toEqual(['A reminder was not delivered']);
	});

	it('of a delivery after a bounce changes nothing', async () => {
		await report('undelivered', { ErrorCode: '30003' });
		expect(await report('delivered')).toBe(200);
		expect(await statuses()).toEqual(['sms undelivered']);
	});

	it('with a word nobody knows is kept and decides nothing', async () => {
		expect(await report('teleported')).toBe(200);
		expect(await statuses()).toEqual(['sms sent']);
		expect((await reminders())[0]?.raw_status).toBe('teleported');
	});

	it('of a message nobody sent is kept in the audit alone', async () => {
		hook = hook.split('?')[0] ?? '';
		expect(await report('delivered', {}, 'SM00000000000000000000000000000000')).toBe(200);
		expect(await statuses()).toEqual(['sms sent']);
		const audit = await practice.setup('GET', '/audit?limit=500');
		expect(audit.items.filter((item: { kind: string }) => item.kind === 'vendor_event_unmatched').length).toBeGreaterThan(0);
	});

	it('with a wrong signature is refused and decides nothing', async () => {
		const { headers, body } = signedCallback(`${hook}x`, { MessageSid: twilio.taken[0]?.sid ?? '', MessageStatus: 'delivered' });
		const response = await fetch(atThisService(hook), { method: 'POST', headers, body });
		expect([response.status, await statuses()]).toEqual([401, ['sms sent']]);
	});
});

describe('A message whose fallback was known when it left', () => {
	it('goes by e-mail once when it bounces, however often the bounce is told, and not on the same day', async () => {
		await withEmail();
		answering(undefined);
		await send();
		const hook = twilio.taken[0]?.callback ?? '';
		for (const status of ['delivered', 'undelivered', 'undelivered', 'failed']) {
			const { headers, body } = signedCallback(hook, { MessageSid: twilio.taken[0]?.sid ?? '', MessageStatus: status });
			await fetch(atThisService(hook), { method: 'POST', headers, body });
		}
		await service.work();
		// The text may have been seen all the same, so it counts against the day's cap.
		expect(await statuses()).toEqual(['sms undelivered', 'email scheduled']);
		await service.advance(20 * HOUR);
		await service.work();
		service.clock.now -= 20 * HOUR;
		expect(await statuses()).toEqual(['sms undelivered', 'email delivered']);
		expect(await outbox()).toHaveLength(1);
		expect([await problems(), await work()]).toEqual([['undelivered'], []]);
	});

	it('keeps a whole audit chain through all of it', async () => {
		expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
	});
});
