/** Staff work told to a person by text or e-mail, from the route's set-up to what the sending service reports, by the bytes on the wire. */
import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Policy } from '../../../shared/contracts/policy.ts';
import { type AuthorizationServer, startAuthorizationServer } from '../../kit/authorization-server.ts';
import { LEDGERS } from '../../kit/database.ts';
import { call, createAccount, createPractice, DAY, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { SLACK_CREDENTIALS, type Slack, startSlack } from '../../kit/slack.ts';
import { type Sent, signedCallback, startTwilio, TWILIO_CREDENTIALS, type Twilio } from '../../kit/twilio.ts';
import { startVendor, type VendorServer } from '../../kit/vendor-server.ts';
import { at, escalation, open, sweep, sweepAt } from '../work/kit.ts';

const DANA = '+13175550177';
const PATIENTS = '+12125550100';
const STAFF = '+12125550199';
const NIGHT = '2026-11-24T22:00:00-05:00';
const MORNING = '2026-11-25T08:00:00-05:00';
const FRIDAY = '2026-11-27T12:00:00-05:00';
const UP_TO_MANAGERS = escalation({ route: 'on_call', rungs: [{ after_business_days: 2, severity: 'high', route: 'managers' }] });
const UP_IN_PLACE = escalation({ route: 'on_call', rungs: [{ after_business_days: 2, severity: 'normal' }] });

let service: Running;
let practice: TestPractice;

const escalate = async (fields: object = {}): Promise<string> =>
	(await practice.must('POST', '/api/escalations', { reason: 'payment_failed', ...fields })).escalation_ref;
const resolve = (ref: string) => practice.must('POST', '/api/escalations/resolve', { escalation_ref: ref, outcome: 'done' });
const messages = () =>
	service.rows(practice.id, (tx) =>
		tx.selectFrom('staff_message').select(['message_ref', 'status', 'raw_status', 'failure_code', 'settled_at']).orderBy('created_at').execute(),
	);
const hookOf = async (name: string): Promise<string> =>
	(await practice.setup('GET', '/connections')).items.find(({ connection }: { connection: string }) => connection === name).hook_url;
const audited = async (): Promise<{ kind: string; subject: string | null; body: object }[]> =>
	service.rows(practice.id, (tx) => tx.selectFrom('audit').select(['kind', 'subject', 'body']).orderBy('seq').execute()) as never;
const kindsOf = async (ref: string): Promise<string[]> => (await audited()).filter(({ subject }) => subject === ref).map(({ kind }) => kind);

for (const { title, kind, skip } of LEDGERS) {
	describe.skipIf(skip)(`A text by Twilio, ${title}`, () => {
		let twilio: Twilio;
		let slack: Slack;

		beforeAll(async () => {
			twilio = await startTwilio();
			slack = await startSlack();
			service = await startService({ kind, vendorUrls: { twilio: twilio.url, slack: slack.url } });
			twilio.now = () => service.clock.now;
		});
		afterAll(async () => {
			await service.close();
			await twilio[Symbol.asyncDispose]();
			await slack[Symbol.asyncDispose]();
		});

		async function connected(policy: Partial<Policy> = UP_TO_MANAGERS): Promise<void> {
			service.clock.now = NOON;
			practice = await createPractice(service.url, { policy: { channels: ['sms'], fallback: false, ...policy } });
			await practice.setup('POST', '/connections', { connection: 'chat', vendor: 'slack', credentials: SLACK_CREDENTIALS });
			await practice.setup('PUT', '/routes/managers', { label: 'Managers', connection: 'chat', target: 'C-MANAGERS' });
			await practice.setup('PUT', '/routes/on_call', { label: 'On call', connection: 'texting', channel: 'sms', target: DANA, sender: STAFF });
			clear();
		}
		function clear(): void {
			twilio.requests.length = 0;
			twilio.taken.length = 0;
			slack.calls.length = 0;
			twilio.treat = () => undefined;
			twilio.lists = true;
		}
		beforeEach(() => connected());

		const texts = (): string[] => twilio.requests.map(({ to, from, body }) => `${from} > ${to}: ${body}`);
		/** What Twilio posts to the connection's address. */
		async function tell(fields: Record<string, string>): Promise<number> {
			const hook = await hookOf('texting');
			const { body: raw, headers } = signedCallback(hook, fields);
			return (await call(service.url, '', 'POST', new URL(hook).pathname, { raw, headers })).status;
		}
		const report = (sent: Sent | undefined, status: string, more: Record<string, string> = {}) =>
			tell({ MessageSid: sent?.sid ?? '', MessageStatus: status, From: STAFF, To: DANA, ...more });
		const reply = (text: string, to = STAFF) => tell({ MessageSid: `SM${Math.random()}`, From: DANA, To: to, Body: text });
		const deliver = (ref: string) => service.useCases.handlers.deliver({ practice_id: practice.id, escalation_ref: ref });
		const consent = async (reference: string): Promise<string> => (await practice.must('GET', `/api/accounts/find?your_reference=${reference}`)).consent_text;

		it("says what the work is and where to open it, from the route's own number, and that it arrived", async () => {
			const account = await createAccount(practice, { your_reference: 'A-1', days: 8, fields: { patient_name: 'Jane Roe' } });
			const ref = await escalate({ account_ref: account, title: 'Call Jane Roe', text: 'Jane was angry' });
			await service.work();
			expect(texts()).toEqual([
				`${STAFF} > ${DANA}: Test Practice: Payment failed. Normal, due 2026-11-27. https://dunwell.example/api/accounts/${account} (${ref})`,
			]);
			expect(twilio.requests[0]?.callback.split('?')[0]).toBe(await hookOf('texting'));
			expect(await open(practice)).toMatchObject([{ delivered_to: 'On call', delivery_problem_text: '' }]);
			expect(await report(twilio.taken[0], 'delivered')).toBe(200);
			expect(await messages()).toMatchObject([{ status: 'delivered', raw_status: 'delivered', settled_at: expect.any(Date) }]);
			expect(await kindsOf(ref)).toEqual(['escalation_opened', 'escalation_delivered', 'escalation_message_delivered']);
			expect(JSON.stringify((await audited()).map(({ body }) => body))).not.toMatch(/3175550177|Jane/);
		});

		it("is no message to a patient: it counts for none of the patient's caps and stands in no list of reminders", async () => {
			const account = await createAccount(practice, { your_reference: 'A-1', days: 8, phone: DANA });
			await escalate({ account_ref: account });
			await service.work();
			expect((await practice.must('GET', `/api/reminders/find?account_ref=${account}`)).items).toEqual([]);
			expect(await practice.must('GET', `/api/accounts/find?account_ref=${account}`)).toMatchObject({ last_reminder_at: '' });
			expect(await practice.must('POST', '/api/reminders', { account_ref: account })).toMatchObject({ status: 'sent', channel: 'sms' });
			expect(twilio.requests.map(({ from }) => from)).toEqual([STAFF, PATIENTS]);
			expect(twilio.requests[0]?.body).not.toMatch(/stop/i);
		});

		it('that does not arrive stands on the work, and the next rung tells elsewhere', async () => {
			const ref = await escalate();
			await service.work();
			await report(twilio.taken[0], 'undelivered', { ErrorCode: '30003' });
			const [item] = await open(practice);
			expect(item).toMatchObject({
				delivered_to: '',
				route: 'on_call',
				delivery_problem_text:
					'The message to staff was not delivered: the sending service reports "undelivered" (30003). Check the phone or mailbox of the route.',
			});
			expect(await kindsOf(ref)).toEqual(['escalation_opened', 'escalation_delivered', 'escalation_not_delivered']);
			await deliver(ref);
			expect(texts()).toHaveLength(1);
			await sweepAt(service, practice, FRIDAY);
			expect(slack.calls.map(({ method, channel, text }) => [method, channel, text])).toEqual([['chat.postMessage', 'C-MANAGERS', 'Payment failed']]);
			expect(await open(practice)).toMatchObject([{ delivered_to: 'Managers', delivery_problem_text: '' }]);
			// A late word about the old message says nothing of the new place.
			await report(twilio.taken[0], 'failed');
			await resolve(ref);
			await service.work();
			expect(slack.calls.map(({ text }) => text)).toEqual(['Payment failed', 'Resolved: Payment failed']);
			expect(texts()).toHaveLength(1);
		});

		it('goes out once when work opens, once with each rung and once at its end, however often it is asked for', async () => {
			await connected(UP_IN_PLACE);
			const ref = await escalate();
			await Promise.all([deliver(ref), deliver(ref), deliver(ref)]);
			await service.work();
			await deliver(ref);
			await sweepAt(service, practice, FRIDAY);
			await deliver(ref);
			await resolve(ref);
			await service.work();
			await deliver(ref);
			const link = `https://dunwell.example (${ref})`;
			expect(texts()).toEqual([
				`${STAFF} > ${DANA}: Test Practice: Payment failed. Normal, due 2026-11-27. ${link}`,
				`${STAFF} > ${DANA}: Test Practice: Update: Payment failed. Normal, due 2026-11-27. ${link}`,
				`${STAFF} > ${DANA}: Test Practice: Resolved: Payment failed. ${link}`,
			]);
			expect((await messages()).map(({ status }) => status)).toEqual(['sent', 'sent', 'sent']);
			expect(await kindsOf(ref)).toEqual([
				'escalation_opened',
				'escalation_delivered',
				'escalation_moved_up',
				'escalation_delivered',
				'escalation_resolved',
				'escalation_end_told',
			]);
		});

		it('that moves to a tool is not taken back: the person is told nothing more', async () => {
			const ref = await escalate();
			await service.work();
			await sweepAt(service, practice, FRIDAY);
			await resolve(ref);
			await service.work();
			expect(texts()).toHaveLength(1);
			expect(slack.calls.map(({ text }) => text)).toEqual(['Payment failed', 'Resolved: Payment failed']);
		});

		it.each([
			['went', 'take_and_drop', 1, 1],
			['did not go', 'drop', 2, 1],
		] as const)('whose answer was lost is looked for: it %s', async (_what, instead, requests, taken) => {
			twilio.treat = (_sent, nth) => (nth === 1 ? { instead } : undefined);
			await escalate();
			await service.work();
			expect((await open(practice))[0]).toMatchObject({ delivered_to: '', delivery_problem_text: expect.stringContaining('Twilio') });
			expect(await messages()).toMatchObject([{ status: 'unknown' }]);
			await service.advance(60_000);
			await service.work();
			expect([twilio.requests.length, twilio.taken.length]).toEqual([requests, taken]);
			expect(await open(practice)).toMatchObject([{ delivered_to: 'On call', delivery_problem_text: '' }]);
			expect(await messages()).toMatchObject([{ status: 'sent' }]);
		});

		it('that a process left behind half-way is looked for before it goes again', async () => {
			const ref = await escalate();
			await service.work();
			const longAgo = new Date(service.clock.now - 3_600_000);
			await service.rows(practice.id, async (tx) => {
				await tx.updateTable('staff_message').set({ status: 'sending', external_id: null, sent_at: null }).execute();
				const lost = { external_id: null, place: null, delivered_to: null, claimed_by: 'a process that ended', claimed_at: longAgo };
				await tx.updateTable('escalation').set(lost).where('practice_id', '=', practice.id).execute();
			});
			const before = twilio.lookups;
			await deliver(ref);
			expect([twilio.requests.length, twilio.lookups - before]).toEqual([1, 1]);
			expect(await open(practice)).toMatchObject([{ delivered_to: 'On call' }]);
			expect(await messages()).toMatchObject([{ status: 'sent' }]);
		});

		it('waits for a busy vendor, and is kept on the work when it is refused', async () => {
			twilio.treat = () => ({ status: 429, body: { code: 20429, message: 'Too many' } });
			const ref = await escalate();
			await expect(deliver(ref)).rejects.toMatchObject({ kind: 'limited' });
			twilio.treat = () => ({ status: 400, body: { code: 21606, message: `The From number ${STAFF} is not yours` } });
			// Nobody calls Twilio again before it allows it.
			await service.advance(60_000);
			await service.work();
			const [item] = await open(practice);
			expect(item.delivery_problem_text).toContain('The sender is not a number of this Twilio account');
			expect(await messages()).toMatchObject([{ status: 'failed', failure_code: '21606' }]);
			twilio.treat = () => undefined;
			await deliver(ref);
			expect(await open(practice)).toMatchObject([{ delivered_to: 'On call', delivery_problem_text: '' }]);
			expect(twilio.taken).toHaveLength(1);
		});

		it('waits at night until staff are there, unless the work is urgent', async () => {
			service.clock.now = at(NIGHT);
			const urgent = await escalate({ severity: 'high' });
			const ref = await escalate({ reason: 'other' });
			await service.work();
			expect(texts().map((text) => text.includes(urgent))).toEqual([true]);
			await resolve(urgent);
			await service.work();
			expect(texts()).toHaveLength(1);
			service.clock.now = at(MORNING);
			await service.work();
			expect(
				texts()
					.slice(1)
					.map((text) => /Resolved|Other/.exec(text)?.[0])
					.sort(),
			).toEqual(['Other', 'Resolved']);
			expect((await open(practice)).map((item) => [item.escalation_ref, item.delivered_to])).toEqual([[ref, 'On call']]);
		});

		it('that waits for the morning is never sent when the work ended before', async () => {
			service.clock.now = at(NIGHT);
			const ref = await escalate();
			await service.work();
			await resolve(ref);
			service.clock.now = at(MORNING);
			await service.work();
			expect(texts()).toEqual([]);
		});

		it('is answered with STOP: the route is stopped and says so, no consent changes, and START begins it again', async () => {
			await createAccount(practice, { your_reference: 'A-1', days: 8 });
			const ref = await escalate();
			await service.work();
			expect(await reply('Stop')).toBe(200);
			await reply('Stop');
			expect(await consent('A-1')).toMatch(/sms: agreed/);
			const stopped = (await practice.setup('GET', '/routes')).items.find(({ route }: { route: string }) => route === 'on_call');
			expect(stopped.problem).toMatch(/^The person ended texts from this sender, so that nothing more goes there\./);
			const { items } = await practice.setup('GET', '/checklist');
			expect(items.find(({ code }: { code: string }) => code === 'route_on_call')).toMatchObject({ ok: false, blocking: false, remedy: stopped.problem });
			await service.work();
			const works = await open(practice);
			expect(works.map((item) => [item.title, item.severity, item.delivered_to, item.delivery_problem_text])).toEqual([
				['The route "On call" reaches nobody', 'high', '', stopped.problem],
				['Payment failed', 'normal', '', stopped.problem],
			]);
			await escalate({ reason: 'other' });
			await service.work();
			expect(texts()).toHaveLength(1);
			expect((await audited()).filter(({ kind: one }) => one === 'vendor_event_unmatched' || one === 'consent_revoked')).toEqual([]);

			await reply('START');
			await sweep(service, practice);
			expect((await open(practice)).map((item) => item.title)).not.toContain('The route "On call" reaches nobody');
			await escalate({ reason: 'disputed' });
			await service.work();
			expect(texts().at(-1)).toContain('Disputed by the patient');
			await resolve(ref);
			await service.work();
			expect(texts()).toHaveLength(2);
		});

		it("is answered with STOP by somebody who is also a patient: both end; STOP to the patients' number ends that alone", async () => {
			await createAccount(practice, { your_reference: 'A-1', days: 8, phone: DANA });
			const problem = async () => (await practice.setup('GET', '/routes')).items.find(({ route }: { route: string }) => route === 'on_call').problem;
			await reply('STOP', PATIENTS);
			expect(await consent('A-1')).toMatch(/sms: ended/);
			expect(await problem()).toBe('');
			await createAccount(practice, { your_reference: 'A-2', days: 8, phone: DANA });
			await reply('STOP');
			expect(await consent('A-2')).toMatch(/sms: ended/);
			expect(await problem()).not.toBe('');
		});

		it('stops the route when Twilio knows of an opt-out that nobody told us, until it is set again', async () => {
			twilio.treat = () => ({ status: 400, body: { code: 21610, message: 'Unsubscribed', status: 400 } });
			await escalate();
			await service.work();
			expect((await open(practice)).map((item) => item.title)).toContain('The route "On call" reaches nobody');
			expect(twilio.requests).toHaveLength(1);
			clear();
			await practice.setup('PUT', '/routes/on_call', { label: 'On call', connection: 'texting', channel: 'sms', target: '+13175550178', sender: STAFF });
			await sweep(service, practice);
			await escalate({ reason: 'other' });
			await service.work();
			expect(twilio.requests.map(({ to }) => to)).toEqual(['+13175550178']);
			expect((await open(practice)).map((item) => item.title)).not.toContain('The route "On call" reaches nobody');
		});

		it('of a test key never leaves', async () => {
			await call(service.url, practice.test, 'POST', '/api/escalations', { body: { reason: 'other', severity: 'high' } });
			await service.work();
			expect([texts(), await messages()]).toEqual([[], []]);
		});

		it("goes to nobody by a route that was carried from another practice and names no person, and never by the patients' sender", async () => {
			const snapshot = await practice.setup('GET', '/snapshot');
			const other = await createPractice(service.url);
			await other.setup('PUT', '/snapshot', snapshot);
			practice = other;
			await escalate({ severity: 'high' });
			await service.work();
			expect(texts()).toEqual([]);
			expect((await open(practice))[0].delivery_problem_text).toBe('The route names no person or no sender yet. Set it again with both.');
		});
	});
}

it('In the sandbox a message to staff ends in the outbox, its words only for who may see them', async () => {
	service = await startService();
	try {
		practice = await createPractice(service.url, { twilio: false, policy: escalation({ route: 'on_call' }) });
		await practice.setup('PUT', '/routes/on_call', { label: 'On call', connection: 'outbox', channel: 'sms', target: DANA, sender: STAFF });
		const account = await createAccount(practice, { your_reference: 'A-1', days: 8 });
		const ref = await escalate({ account_ref: account });
		await service.work();
		service.clock.now += 1000;
		const { reminder_ref } = await practice.must('POST', '/api/reminders', { account_ref: account });
		const text = `Test Practice: Payment failed. Normal, due 2026-11-27. https://dunwell.example/api/accounts/${account} (${ref})`;
		const shown = { escalation_ref: ref, channel: 'sms', sent_at: '2026-11-24T17:00:00.000Z', status: 'delivered' };
		const { items } = await practice.must('GET', '/api/outbox');
		expect(items).toEqual([expect.objectContaining({ reminder_ref }), { ...shown, to: DANA, subject: null, text }]);
		const { api_key } = await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'reader' });
		expect((await call(service.url, api_key, 'GET', '/api/outbox')).json.items[1]).toEqual({ ...shown, to: null, subject: null, text: null });
		expect((await practice.must('GET', '/api/outbox?limit=1')).items).toHaveLength(1);
	} finally {
		await service.close();
	}
});

describe('A text by Twilio, as bytes', () => {
	it('names the sending service of the route and no other, and the sender of the patients is not touched', async () => {
		await using vendor = await startVendor([{ status: 201, body: { sid: `SM${'1'.repeat(32)}`, status: 'accepted' } }]);
		service = await startService({ vendorUrls: { twilio: vendor.url } });
		try {
			practice = await createPractice(service.url, { twilio: false, policy: escalation({ route: 'on_call' }) });
			await practice.setup('POST', '/connections', { connection: 'texting', vendor: 'twilio', credentials: TWILIO_CREDENTIALS, check: false });
			const sender = `MG${'b'.repeat(32)}`;
			await practice.setup('PUT', '/routes/on_call', { label: 'On call', connection: 'texting', channel: 'sms', target: DANA, sender });
			const ref = await escalate({ severity: 'high' });
			await service.work();
			expect(vendor.seen.map(({ method, path }) => [method, path])).toEqual([['POST', `/2010-04-01/Accounts/${TWILIO_CREDENTIALS.account_sid}/Messages.json`]]);
			expect(vendor.seen[0]?.body).toBe(
				new URLSearchParams([
					['To', DANA],
					['MessagingServiceSid', sender],
					['Body', `Test Practice: Payment failed. High, due 2026-11-27. https://dunwell.example (${ref})`],
					['StatusCallback', `${await hookOf('texting')}?reference=${(await messages())[0]?.message_ref}`],
				]).toString(),
			);
			expect((await practice.setup('GET', '/senders')).items.map(({ address }: { address: string }) => address)).toEqual([PATIENTS, PATIENTS]);
		} finally {
			await service.close();
		}
	});
});

const TEXT = (ref: string, account: string): string =>
	[
		'Ask for another way to pay; do not try the same account again where the bank says so.\nAmount: $84.20\nSeverity: Normal, due 2026-11-27',
		`Open in Dunwell: https://dunwell.example/api/accounts/${account}`,
		`Test Practice, ${ref}`,
	].join('\n\n');
const HTML = (ref: string, account: string): string =>
	[
		'<p>Ask for another way to pay; do not try the same account again where the bank says so.<br>Amount: $84.20<br>Severity: Normal, due 2026-11-27</p>',
		`<p><a href="https://dunwell.example/api/accounts/${account}" style="color:#0b5cad">Open in Dunwell</a></p>`,
		`<p>Test Practice, ${ref}</p>`,
	].join('\n');

describe('A mail by SendGrid', () => {
	const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
	let vendor: VendorServer;
	beforeAll(async () => {
		vendor = await startVendor([{ status: 202, headers: { 'x-message-id': 'MID' } }]);
		service = await startService({ vendorUrls: { sendgrid: vendor.url } });
	});
	afterAll(async () => {
		await service.close();
		await vendor[Symbol.asyncDispose]();
	});
	beforeEach(async () => {
		vendor.seen.length = 0;
		practice = await createPractice(service.url, {
			twilio: false,
			policy: escalation({ route: 'dana', rungs: [{ after_business_days: 2, severity: 'normal', route: 'desk' }] }),
		});
		const webhook_public_key = keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
		await practice.setup('POST', '/connections', {
			connection: 'mailing',
			vendor: 'sendgrid',
			credentials: { api_key: 'SG.test', webhook_public_key },
			check: false,
		});
		await practice.setup('PUT', '/senders/email', { connection: 'mailing', address: 'billing@practice.example' });
		const route = { connection: 'mailing', channel: 'email', sender: 'staff@practice.example' };
		await practice.setup('PUT', '/routes/dana', { ...route, label: 'Dana', target: 'dana@practice.example' });
		await practice.setup('PUT', '/routes/desk', { ...route, label: 'Desk', target: 'desk@practice.example' });
	});

	async function tell(event: string, email: string, more: object): Promise<void> {
		const seconds = String(Math.floor(service.clock.now / 1000));
		const raw = JSON.stringify([{ event, email, timestamp: Number(seconds), sg_event_id: `ev-${event}-${email}`, sg_message_id: 'MID.x', ...more }]);
		const headers = {
			'content-type': 'application/json',
			'x-twilio-email-event-webhook-timestamp': seconds,
			'x-twilio-email-event-webhook-signature': createSign('sha256').update(seconds).update(raw).sign(keys.privateKey, 'base64'),
		};
		expect((await call(service.url, '', 'POST', new URL(await hookOf('mailing')).pathname, { raw, headers })).status).toBe(204);
	}

	it("goes from the route's own mailbox, names nobody, and asks nobody to unsubscribe", async () => {
		service.clock.now = NOON;
		const account = await createAccount(practice, { your_reference: 'A-1', days: 8, fields: { patient_name: 'Jane Roe' } });
		const ref = await escalate({ account_ref: account, title: 'Call Jane Roe' });
		await service.work();
		const [message] = await messages();
		const off = { enable: false };
		const { content, ...mail } = JSON.parse(vendor.seen[0]?.body ?? '');
		expect(mail).toEqual({
			personalizations: [{ to: [{ email: 'dana@practice.example' }], custom_args: { dunwell_reference: message?.message_ref } }],
			from: { email: 'staff@practice.example', name: 'Test Practice' },
			subject: 'Payment failed: $84.20',
			categories: ['dunwell'],
			tracking_settings: { click_tracking: { enable: false, enable_text: false }, open_tracking: off, subscription_tracking: off, ganalytics: off },
		});
		expect(content).toEqual([
			{ type: 'text/plain', value: TEXT(ref, account) },
			{ type: 'text/html', value: expect.stringContaining(`\n${HTML(ref, account)}\n</main>`) },
		]);
		expect(vendor.seen[0]?.body).not.toMatch(/Jane|unsubscribe/i);
		await tell('delivered', 'dana@practice.example', { dunwell_reference: message?.message_ref });
		expect(await messages()).toMatchObject([{ status: 'delivered' }]);
	});

	it('that bounces stands on the work, and the next rung writes to the next person', async () => {
		service.clock.now = NOON;
		await escalate();
		await service.work();
		const [first] = await messages();
		await tell('bounce', 'dana@practice.example', { dunwell_reference: first?.message_ref, status: '5.1.1', type: 'bounce' });
		expect(await messages()).toMatchObject([{ status: 'undelivered', failure_code: '5.1.1' }]);
		expect((await open(practice))[0]).toMatchObject({ delivered_to: '', delivery_problem_text: expect.stringContaining('"bounce" (5.1.1)') });
		await sweepAt(service, practice, FRIDAY);
		expect(vendor.seen.map(({ body }) => JSON.parse(body).personalizations[0].to[0].email)).toEqual(['dana@practice.example', 'desk@practice.example']);
		expect(await open(practice)).toMatchObject([{ delivered_to: 'Desk', delivery_problem_text: '' }]);
	});

	it('that is taken for spam stops the route, and no patient of another address loses a consent', async () => {
		service.clock.now = NOON;
		const account = await createAccount(practice, { your_reference: 'A-1', days: 8 });
		await practice.must('POST', '/api/accounts', { account_ref: account, email: 'jane@example.com', email_consent: 'yes', consent_evidence: 'form' });
		await tell('spamreport', 'Dana@practice.example', {});
		const { items } = await practice.setup('GET', '/routes');
		expect(items.filter(({ problem }: { problem: string }) => problem !== '').map(({ route }: { route: string }) => route)).toEqual(['dana']);
		expect((await practice.must('GET', '/api/accounts/find?your_reference=A-1')).consent_text).toMatch(/email: agreed/);
	});
});

describe('A mail by Gmail', () => {
	const CLIENT = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-of-the-test' };
	const SCOPES = ['gmail.send', 'userinfo.email', 'gmail.metadata'].map((name) => `https://www.googleapis.com/auth/${name}`);
	const OURS = { id: '18f0', threadId: '18f0' };
	const REPORT = { id: '18f1', threadId: '18f0' };
	let google: AuthorizationServer;
	let mailbox: object[];

	beforeAll(async () => {
		google = await startAuthorizationServer(CLIENT);
		google.scope = SCOPES.join(' ');
		google.answer = (_nth, { method, path }) => {
			if (path.endsWith('/userinfo')) return { body: { email: 'staff@practice.example' } };
			if (method === 'POST') return { body: { ...OURS, labelIds: ['SENT'] } };
			if (path.includes('/messages?')) return { body: { messages: mailbox } };
			const headers = [
				{ name: 'Content-Type', value: 'multipart/report; boundary="0"; report-type=delivery-status' },
				{ name: 'Subject', value: 'Delivery Status Notification (Failure)' },
				{ name: 'X-Failed-Recipients', value: 'dana@practice.example' },
			];
			return { body: { ...REPORT, payload: { headers } } };
		};
		service = await startService({ vendorUrls: { gmail: google.url } });
	});
	afterAll(async () => {
		await service.close();
		await google[Symbol.asyncDispose]();
	});
	beforeEach(async () => {
		service.clock.now = NOON;
		mailbox = [OURS];
		practice = await createPractice(service.url, { twilio: false, policy: escalation({ route: 'dana', rungs: [] }) });
		await practice.setup('POST', '/connections', { connection: 'mail', vendor: 'gmail', credentials: CLIENT });
		const back = new URL(await google.visit((await practice.setup('POST', '/connections/mail/authorize')).authorization_url));
		expect((await call(service.url, '', 'GET', back.pathname + back.search)).status).toBe(200);
		const route = { label: 'Dana', connection: 'mail', channel: 'email', target: 'dana@practice.example', sender: 'staff@practice.example' };
		await practice.setup('PUT', '/routes/dana', route);
		google.seen.length = 0;
	});
	afterEach(async () => {
		mailbox = [];
		await service.advance(6 * DAY);
		await service.work();
	});

	it('is one message with an id of its own, and stands on the work when it comes back', async () => {
		const account = await createAccount(practice, { your_reference: 'A-1', days: 8 });
		const ref = await escalate({ account_ref: account });
		await service.work();
		const [message] = await messages();
		const raw = google.seen.filter(({ method }) => method === 'POST').map(({ body }) => JSON.parse(body).raw);
		const mime = Buffer.from(raw[0] ?? '', 'base64url').toString('utf8');
		const [head = '', ...parts] = mime.split('\r\n\r\n');
		expect(head.split('\r\n').filter((line) => /^[A-Z]/.test(line) && !line.startsWith('Content-Type'))).toEqual([
			'From: Test Practice <staff@practice.example>',
			'To: dana@practice.example',
			'Subject: Payment failed: $84.20',
			`Message-ID: <${message?.message_ref}@practice.example>`,
			'Date: Tue, 24 Nov 2026 17:00:00 +0000',
			'MIME-Version: 1.0',
		]);
		expect(parts.join('').replaceAll('=\r\n', '')).toContain(`Test Practice, ${ref}`);
		mailbox = [REPORT, OURS];
		await service.advance(2 * 60_000);
		await service.work();
		expect(await messages()).toMatchObject([{ status: 'undelivered', raw_status: 'failed' }]);
		expect((await open(practice))[0]).toMatchObject({ delivered_to: '', delivery_problem_text: expect.stringContaining('reports "failed"') });
		expect(await kindsOf(ref)).toEqual(['escalation_opened', 'escalation_delivered', 'escalation_not_delivered']);
	});

	it('that nobody sends back rests as sent after five days, and is asked for no more', async () => {
		await escalate();
		await service.work();
		await service.advance(5 * DAY + 3_600_000);
		await service.work();
		expect(await messages()).toMatchObject([{ status: 'sent', settled_at: expect.any(Date) }]);
		const asked = google.seen.length;
		await service.useCases.tick();
		await service.advance(DAY);
		await service.work();
		expect(google.seen.length).toBe(asked);
		expect(await open(practice)).toMatchObject([{ delivered_to: 'Dana', delivery_problem_text: '' }]);
	});
});
