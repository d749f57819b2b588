/** Reminders by SendGrid, from the connection to what it reports, byte for byte, against a server that stands where SendGrid would. */
import { createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, createAccount, createPractice, type Running, startService } from '../../kit/service.ts';
import { startVendor, type VendorServer } from '../../kit/vendor-server.ts';
import { eventsOf, settle } from '../flow/kit.ts';

const TEMPLATE = `d-${'0123456789abcdef'.repeat(2)}`;
const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
let vendor: VendorServer;
let service: Running;

beforeAll(async () => {
	vendor = await startVendor([
		{ body: { scopes: ['mail.send', 'templates.read', 'asm.groups.read'] } },
		{ body: { id: 42, name: 'Reminders' } },
		{ body: { generation: 'dynamic', versions: [{ active: 1, subject: '{{{subject}}}', html_content: '<main>{{{html}}}</main>' }] } },
		{ status: 202, headers: { 'x-message-id': 'MID' } },
	]);
	service = await startService({ vendorUrls: { sendgrid: vendor.url } });
});
afterAll(async () => {
	await service.close();
	await vendor[Symbol.asyncDispose]();
});

it('SendGrid is connected with its group and template, fills the template, and an unsubscribe from the group ends e-mail', async () => {
	const practice = await createPractice(service.url, { twilio: false, policy: { channels: ['email'], fallback: false } });
	const connected = await practice.setup('POST', '/connections', {
		connection: 'mailing',
		vendor: 'sendgrid',
		credentials: {
			api_key: 'SG.test',
			unsubscribe_group: 42,
			template_id: TEMPLATE,
			webhook_public_key: keys.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
		},
	});
	expect(JSON.stringify(connected)).toContain('SendGrid (global)');
	expect(vendor.seen.map(({ path }) => path)).toEqual(['/v3/scopes', '/v3/asm/groups/42', `/v3/templates/${TEMPLATE}`]);
	await practice.setup('PUT', '/senders/email', { connection: 'mailing', address: 'billing@practice.example' });
	const { items } = await practice.setup('GET', '/connections');
	const hook: string = items.find((item: { connection: string }) => item.connection === 'mailing').hook_url;
	const ref = await createAccount(practice, { your_reference: 'A-1', days: 8 });
	await practice.must('POST', '/api/accounts', { account_ref: ref, email: 'Jane@Example.com', email_consent: 'yes', consent_evidence: 'form' });
	await settle(service, practice);

	const { reminder_ref, status } = await practice.must('POST', '/api/reminders', { account_ref: ref });
	expect(status).toBe('sent');
	const reminder = () =>
		service.rows(practice.id, (tx) =>
			tx.selectFrom('reminder').select(['status', 'raw_status', 'body_text', 'subject']).where('reminder_ref', '=', reminder_ref).executeTakeFirstOrThrow(),
		);
	const { subject, body_text: text } = await reminder();
	const mail = JSON.parse(vendor.seen[3]?.body ?? '');
	const [{ dynamic_template_data: data }] = mail.personalizations;
	expect(vendor.seen[3]?.body).toBe(
		JSON.stringify({
			personalizations: [
				{
					to: [{ email: 'jane@example.com' }],
					dynamic_template_data: { subject, text, html: data.html, language: 'en', practice: 'Test Practice', unsubscribe_url: data.unsubscribe_url },
					custom_args: { dunwell_reference: reminder_ref },
				},
			],
			from: { email: 'billing@practice.example', name: 'Test Practice' },
			subject,
			template_id: TEMPLATE,
			headers: { 'List-Unsubscribe': `<${data.unsubscribe_url}>`, 'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click' },
			categories: ['dunwell'],
			asm: { group_id: 42 },
			tracking_settings: {
				click_tracking: { enable: false, enable_text: false },
				open_tracking: { enable: false },
				subscription_tracking: { enable: false },
				ganalytics: { enable: false },
			},
		}),
	);
	expect(data.unsubscribe_url).toMatch(/^https:\/\/dunwell\.example\/api\/go\//);
	expect(text).toContain(data.unsubscribe_url);

	const tell = (event: string, more: object = {}) => {
		const seconds = String(Math.floor(service.clock.now / 1000));
		const raw = JSON.stringify([{ event, email: 'jane@example.com', timestamp: Number(seconds), sg_event_id: `ev-${event}`, sg_message_id: 'MID.x', ...more }]);
		const headers = {
			'content-type': 'application/json',
			'x-twilio-email-event-webhook-timestamp': seconds,
			'x-twilio-email-event-webhook-signature': createSign('sha256').update(seconds).update(raw).sign(keys.privateKey, 'base64'),
		};
		return call(service.url, '', 'POST', new URL(hook).pathname, { raw, headers });
	};
	const consent = async (): Promise<string> => (await practice.must('GET', '/api/accounts/find?your_reference=A-1')).consent_text;
	expect((await tell('delivered')).status).toBe(204);
	expect(await reminder()).toMatchObject({ status: 'delivered', raw_status: 'delivered' });
	await tell('group_unsubscribe', { asm_group_id: 7, sg_event_id: 'ev-other' });
	expect(await consent()).toMatch(/email: agreed/);
	await tell('group_unsubscribe', { asm_group_id: 42 });
	expect(await consent()).toMatch(/email: ended on 2026-11-24/);
	expect(await eventsOf(practice, 'patient_replied')).toEqual([expect.objectContaining({ meaning: 'opt_out', channel: 'email', account_ref: ref })]);
});

it('a mail by SendGrid ends e-mail by the one click that its header names, with a POST and without a key', async () => {
	const practice = await createPractice(service.url, { twilio: false, policy: { channels: ['email'], fallback: false } });
	await practice.setup('POST', '/connections', { connection: 'mailing', vendor: 'sendgrid', credentials: { api_key: 'SG.test' }, check: false });
	await practice.setup('PUT', '/senders/email', { connection: 'mailing', address: 'billing@practice.example' });
	const ref = await createAccount(practice, { your_reference: 'A-1', days: 8 });
	await practice.must('POST', '/api/accounts', { account_ref: ref, email: 'jane@example.com', email_consent: 'yes', consent_evidence: 'form' });
	expect(await practice.must('POST', '/api/reminders', { account_ref: ref })).toMatchObject({ status: 'sent', channel: 'email' });
	const { headers: named } = JSON.parse(vendor.seen.at(-1)?.body ?? '') as { headers: Record<string, string> };
	expect(named).toEqual({
		'List-Unsubscribe': expect.stringMatching(/^<https:\/\/dunwell\.example\/api\/go\/[\w.-]+>$/),
		'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
	});
	const { pathname } = new URL((named['List-Unsubscribe'] ?? '').slice(1, -1));
	const posted = { raw: 'List-Unsubscribe=One-Click', headers: { 'content-type': 'application/x-www-form-urlencoded' } };
	expect((await call(service.url, '', 'POST', pathname, posted)).status).toBe(200);
	expect((await practice.must('GET', '/api/accounts/find?your_reference=A-1')).consent_text).toMatch(/email: ended on 2026-11-24/);
	expect(await eventsOf(practice, 'patient_replied')).toEqual([expect.objectContaining({ meaning: 'opt_out', channel: 'email', account_ref: ref })]);
});
