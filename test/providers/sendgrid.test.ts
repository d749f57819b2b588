import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Provider, RawRequest, VendorHttp } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/sendgrid.ts';
import { testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { email, raw } from './samples.ts';

const sendgrid = provider as Required<Pick<Provider, 'check' | 'send' | 'webhook'>>;
const pair = generateKeyPairSync('ec', {
	namedCurve: 'P-256',
	publicKeyEncoding: { type: 'spki', format: 'der' },
	privateKeyEncoding: { type: 'pkcs8', format: 'der' },
});
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
const credentials = { api_key: 'SG.key-of-the-test', webhook_public_key: pair.publicKey.toString('base64'), unsubscribe_group: 42 };
const headers = { authorization: 'Bearer SG.key-of-the-test', 'content-type': 'application/json' };
const [SIGNATURE, TIMESTAMP] = ['x-twilio-email-event-webhook-signature', 'x-twilio-email-event-webhook-timestamp'];

function signed(body: string, at: number): RawRequest {
	const timestamp = String(Math.floor(at / 1000));
	const signature = sign('sha256', Buffer.from(timestamp + body), createPrivateKey({ key: pair.privateKey, format: 'der', type: 'pkcs8' })).toString('base64');
	return raw('https://dunwell.example/api/hooks/sendgrid/s', { [SIGNATURE]: signature, [TIMESTAMP]: timestamp, 'content-type': 'application/json' }, body);
}

const event = (word: string, more: object = {}) => ({
	email: 'someone@patient.example',
	timestamp: 1_795_521_600,
	event: word,
	sg_event_id: `id-${word}`,
	sg_message_id: 'MID.filter0001.1-0',
	dunwell_reference: 'rem_7Q2',
	...more,
});
const at = '2026-11-24T12:00:00.000Z';
const delivery = { type: 'delivery', externalId: 'MID', reference: 'rem_7Q2', at };
const optOut = { type: 'opt_out', channel: 'email', address: 'someone@patient.example', at };

const TEMPLATE = `d-${'0123456789abcdef'.repeat(2)}`;
const templated = { api_key: 'SG.key-of-the-test', template_id: TEMPLATE };
/** A template with an old version and an active one. */
const template = (subject: string, html_content?: string) => ({
	generation: 'dynamic',
	versions: [
		{ active: 0, subject: '{{subject}}', html_content: '{{{html}}}' },
		{ active: 1, subject, ...(html_content !== undefined && { html_content }) },
	],
});

testProvider(provider, {
	credentials,
	secrets: ['SG.key-of-the-test', email.to, email.subject as string],
	cases: [
		{
			capability: 'send.message',
			name: 'a mail goes to one person, without tracking and with one-click unsubscribe',
			call: (http) => sendgrid.send.message(http, credentials, email),
			replies: [{ status: 202, headers: { 'x-message-id': 'MID' } }],
			wire: [
				{
					method: 'POST',
					url: 'https://api.sendgrid.com/v3/mail/send',
					headers,
					body: '{"personalizations":[{"to":[{"email":"someone@patient.example"}],"custom_args":{"dunwell_reference":"rem_7Q2"}}],"from":{"email":"billing@practice.example","name":"Valley Allergy"},"subject":"Your statement is ready","content":[{"type":"text/plain","value":"Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2"},{"type":"text/html","value":"<p>$84.20 is open.</p>"}],"headers":{"List-Unsubscribe":"<https://dunwell.example/api/go/tok>","List-Unsubscribe-Post":"List-Unsubscribe=One-Click"},"categories":["dunwell"],"asm":{"group_id":42},"tracking_settings":{"click_tracking":{"enable":false,"enable_text":false},"open_tracking":{"enable":false},"subscription_tracking":{"enable":false},"ganalytics":{"enable":false}}}',
				},
			],
			result: { externalId: 'MID', status: 'sent', rawStatus: 'accepted' },
		},
		{
			capability: 'send.message',
			name: 'plain text alone, no group, the European host, and an answer without an id',
			credentials: { api_key: 'SG.key-of-the-test', region: 'eu' },
			call: (http) => sendgrid.send.message(http, { api_key: 'SG.key-of-the-test', region: 'eu' }, { ...email, html: '', fromName: '', unsubscribeUrl: '' }),
			replies: [{ status: 202 }],
			wire: [
				{
					method: 'POST',
					url: 'https://api.eu.sendgrid.com/v3/mail/send',
					headers,
					body: '{"personalizations":[{"to":[{"email":"someone@patient.example"}],"custom_args":{"dunwell_reference":"rem_7Q2"}}],"from":{"email":"billing@practice.example"},"subject":"Your statement is ready","content":[{"type":"text/plain","value":"Valley Allergy: $84.20 is open & due. Pay: https://pay.example/x?a=1+2"}],"categories":["dunwell"],"tracking_settings":{"click_tracking":{"enable":false,"enable_text":false},"open_tracking":{"enable":false},"subscription_tracking":{"enable":false},"ganalytics":{"enable":false}}}',
				},
			],
			result: { externalId: 'rem_7Q2', status: 'sent', rawStatus: 'accepted' },
		},
		{
			capability: 'send.message',
			name: 'a dynamic template gets the words as its data',
			credentials: templated,
			call: (http) => sendgrid.send.message(http, templated, { ...email, html: '', text: 'Due: <5 & more' }),
			replies: [{ status: 202, headers: { 'x-message-id': 'MID' } }],
			wire: [
				{
					method: 'POST',
					url: 'https://api.sendgrid.com/v3/mail/send',
					headers,
					body: `{"personalizations":[{"to":[{"email":"someone@patient.example"}],"dynamic_template_data":{"subject":"Your statement is ready","text":"Due: <5 & more","html":"<pre>Due: &#60;5 &#38; more</pre>","language":"en","practice":"Valley Allergy","unsubscribe_url":"https://dunwell.example/api/go/tok"},"custom_args":{"dunwell_reference":"rem_7Q2"}}],"from":{"email":"billing@practice.example","name":"Valley Allergy"},"subject":"Your statement is ready","template_id":"${TEMPLATE}","headers":{"List-Unsubscribe":"<https://dunwell.example/api/go/tok>","List-Unsubscribe-Post":"List-Unsubscribe=One-Click"},"categories":["dunwell"],"tracking_settings":{"click_tracking":{"enable":false,"enable_text":false},"open_tracking":{"enable":false},"subscription_tracking":{"enable":false},"ganalytics":{"enable":false}}}`,
				},
			],
			result: { externalId: 'MID', status: 'sent', rawStatus: 'accepted' },
		},
		{
			capability: 'check',
			name: 'the group and the template are looked at before patients are',
			credentials: { ...templated, unsubscribe_group: 42 },
			call: (http) => sendgrid.check(http, { ...templated, unsubscribe_group: 42 }),
			replies: [
				{ body: { scopes: ['mail.send', 'asm.groups.read', 'templates.read'] } },
				{ body: { id: 42, name: 'Reminders' } },
				{ body: template('{{{subject}}}', '<div>{{{html}}}</div>') },
			],
			wire: [
				{ method: 'GET', url: 'https://api.sendgrid.com/v3/scopes' },
				{ method: 'GET', url: 'https://api.sendgrid.com/v3/asm/groups/42' },
				{ method: 'GET', url: `https://api.sendgrid.com/v3/templates/${TEMPLATE}` },
			],
			result: { label: 'SendGrid (global)' },
			harmless: true,
		},
		{
			capability: 'check',
			name: 'the connection works when the key may send',
			call: (http) => sendgrid.check(http, credentials),
			replies: [{ body: { scopes: ['mail.send', 'alerts.read'] } }],
			wire: [{ method: 'GET', url: 'https://api.sendgrid.com/v3/scopes', headers: { authorization: headers.authorization } }],
			result: { label: 'SendGrid (global)' },
			harmless: true,
		},
	],
	failures: [
		...(
			[
				[
					'an address that is none is an invalid recipient',
					400,
					{ message: `Does not contain a valid address: ${email.to}`, field: 'personalizations.0.to.0.email' },
					'invalid',
					'invalid_recipient',
					'personalizations.0.to.0.email',
				],
				['another field is named', 400, { message: 'The from email is wrong', field: 'from.email' }, 'invalid', 'invalid', 'from.email'],
				['the text "null" is no field', 400, { message: 'Bad request', field: 'null' }, 'invalid', 'invalid', undefined],
				['a plan without mails left is no dead key', 401, { message: 'Maximum credits exceeded', field: null }, 'denied', 'config', 'maximum_credits_exceeded'],
			] as const
		).map(([name, status, error, kind, code, vendorCode]) => ({
			name,
			kind,
			code,
			...(vendorCode && { vendorCode }),
			call: (http: VendorHttp) => sendgrid.send.message(http, credentials, email),
			reply: { status, body: { errors: [error] } },
		})),
		{
			name: 'too large comes as HTML',
			call: (http) => sendgrid.send.message(http, credentials, email),
			reply: { status: 413, body: '<html><body>413 Request Entity Too Large</body></html>' },
			kind: 'too_large',
		},
		{
			name: 'a mail without a subject is not sent',
			call: (http) => sendgrid.send.message(http, credentials, { ...email, subject: '' }),
			reply: { status: 202 },
			kind: 'invalid',
			code: 'subject_missing',
		},
		{
			name: 'a key that may not send is no working connection',
			call: (http) => sendgrid.check(http, credentials),
			reply: { body: { scopes: ['alerts.read'] } },
			kind: 'denied',
			code: 'config',
		},
	],
	webhook: {
		signed,
		body: JSON.stringify([
			event('delivered'),
			event('bounce', { reason: '550 5.1.1 <someone@patient.example> unknown', status: '5.1.1', type: 'bounce' }),
			event('dropped', { reason: 'Unsubscribed Address' }),
			event('spamreport'),
		]),
		events: [
			{ ...delivery, id: 'id-delivered', status: 'delivered', rawStatus: 'delivered' },
			{ ...delivery, id: 'id-bounce', status: 'undelivered', rawStatus: 'bounce', code: '5.1.1' },
			{ ...delivery, id: 'id-dropped', status: 'undelivered', rawStatus: 'dropped', code: 'Unsubscribed Address', fault: 'none' },
			{ ...optOut, id: 'id-dropped:opt_out', how: 'suppressed' },
			{ ...optOut, id: 'id-spamreport:opt_out', how: 'spamreport' },
		] as never,
		signatureHeader: SIGNATURE,
		unknownStatus: JSON.stringify([event('never_heard_of')]),
		wrongSecret: { ...credentials, webhook_public_key: other },
	},
	skip: [
		{ what: 'empty body', of: 'send.message', reason: 'SendGrid takes a mail with 202 and an empty body' },
		{ what: 'html body', of: 'send.message', reason: 'SendGrid takes a mail with 202 and no body, so the body is not read' },
	],
});

describe('a dynamic template', () => {
	const checked = (answer: object) =>
		sendgrid.check(
			{
				async send({ url }) {
					const body = url.endsWith('/scopes') ? { scopes: ['mail.send'] } : answer;
					return { status: 200, headers: {}, text: JSON.stringify(body), json: () => body };
				},
			},
			templated,
		);
	test.each([
		['shows none of the words', template('{{subject}}', 'Hello')],
		['has a subject of its own', template('Your bill', '{{{html}}}')],
		['has no active version', { versions: [{ active: 0, subject: '{{subject}}', html_content: '{{text}}' }] }],
		['has no version', {}],
	])('that %s is no working connection', async (_name, answer) => {
		await expect(checked(answer)).rejects.toMatchObject({ kind: 'invalid', code: 'config' });
	});
	test('whose contents SendGrid does not tell is believed', async () => {
		await expect(checked(template('{{ subject }}'))).resolves.toEqual({ label: 'SendGrid (global)' });
	});
});

describe('SendGrid signatures', () => {
	const key = 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==';
	const body =
		'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n';
	const request = raw(
		'https://x.example',
		{ [SIGNATURE]: 'MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEAyBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=', [TIMESTAMP]: '1600112502' },
		body,
	);
	const published = { ...credentials, webhook_public_key: key };

	test('the published vector is accepted at its time, and its event is read', () => {
		expect(() => sendgrid.webhook.verify(request, published, 1_600_112_502_000)).not.toThrow();
		expect(sendgrid.webhook.parse(request, at, published)).toEqual([
			{
				id: 'ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA',
				type: 'delivery',
				externalId: 'LRzXl_NHStOGhQ4kofSm_A',
				status: 'undelivered',
				rawStatus: 'dropped',
				code: 'Bounced Address',
				at: '2020-09-14T19:41:32.000Z',
			},
		]);
	});
	test('the line end belongs to the signed body', () => {
		expect(() => sendgrid.webhook.verify({ ...request, body: Buffer.from(body.trim()) }, published, 1_600_112_502_000)).toThrow(
			expect.objectContaining({ code: 'bad_signature' }),
		);
	});
	test('a genuine signature of long ago is refused as stale', () => {
		expect(() => sendgrid.webhook.verify(request, published, 1_600_112_903_000)).toThrow(expect.objectContaining({ kind: 'auth', code: 'stale_signature' }));
	});
	test('without a key, or with one that is none, nothing is accepted', () => {
		for (const webhook_public_key of [
			'',
			'no key',
			createPublicKey(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' }))
				.export({ type: 'spki', format: 'der' })
				.toString('base64'),
		])
			expect(() => sendgrid.webhook.verify(request, { ...published, webhook_public_key }, 1_600_112_502_000)).toThrow(
				expect.objectContaining({ kind: 'auth' }),
			);
	});
});

describe('what SendGrid reports', () => {
	const parse = (...events: object[]) => sendgrid.webhook.parse(raw('https://x.example', {}, JSON.stringify(events)), '2026-11-25T00:00:00.000Z', credentials);
	test('reading and clicking is not told', () => {
		expect(parse(event('open'), event('click'), event('group_resubscribe'))).toEqual([]);
	});
	test('leaving our group is an opt-out, leaving another is not', () => {
		expect(parse(event('group_unsubscribe', { asm_group_id: 42 }))).toEqual([{ ...optOut, id: 'id-group_unsubscribe:opt_out', how: 'group_unsubscribe' }]);
		expect(parse(event('group_unsubscribe', { asm_group_id: 7 }))).toEqual([]);
	});
	test('a mail dropped because of an earlier complaint is an opt-out, one dropped because of a bounce is not', () => {
		const dropped = (reason: string) => parse(event('dropped', { reason })).map((one) => one.type);
		expect(dropped('Spam Reporting Address')).toEqual(['delivery', 'opt_out']);
		expect(dropped('Bounced Address')).toEqual(['delivery']);
		expect(dropped('Invalid')).toEqual(['delivery']);
	});
	test.each([
		['bounce', { type: 'bounce', status: '5.1.1' }, undefined],
		['bounce', { type: 'bounce' }, undefined],
		['bounce', { type: 'bounce', status: '5.2.1' }, undefined],
		['bounce', { type: 'bounce', status: '5.2.2' }, 'none'],
		['bounce', { type: 'bounce', status: '5.7.1' }, 'none'],
		['bounce', { type: 'blocked', status: '5.1.1' }, 'none'],
		['dropped', { reason: 'Bounced Address' }, undefined],
		['dropped', { reason: 'Invalid' }, undefined],
		['dropped', { reason: 'Spam Content' }, 'none'],
		['delivered', {}, undefined],
	])('what %s %o says of the mailbox: %s', (word, more, fault) => {
		expect(parse(event(word, more))).toEqual([expect.objectContaining(fault ? { fault } : { rawStatus: word })]);
		expect(parse(event(word, more)).map((one) => 'fault' in one)).toEqual([fault !== undefined]);
	});
	test('words of a mail server that name the address are no code', () => {
		expect(parse(event('bounce', { status: 'someone@patient.example' }))).toEqual([
			{ ...delivery, id: 'id-bounce', status: 'undelivered', rawStatus: 'bounce' },
		]);
	});
	test('a body that is not JSON is invalid', () => {
		expect(() => sendgrid.webhook.parse(raw('https://x.example', {}, '<html>'), at, credentials)).toThrow(
			expect.objectContaining({ kind: 'invalid', code: 'not_json' }),
		);
	});
});

testAgainstSpec(provider, credentials, 'sendgrid/openapi.mail-v3.json', [
	{ name: 'a full mail is a valid request', call: (http) => sendgrid.send.message(http, credentials, email) },
	{ name: 'a plain mail is a valid request', call: (http) => sendgrid.send.message(http, { api_key: 'SG.x' }, { ...email, html: '' }) },
]);
testAgainstSpec(provider, templated, 'sendgrid/openapi.mail-v3.json', [
	{ name: 'a mail by template is a valid request', call: (http) => sendgrid.send.message(http, templated, email) },
]);
testAgainstSpec(provider, credentials, 'sendgrid/openapi.scopes-v3.json', [
	{ name: 'the check is a valid request', call: (http) => sendgrid.check(http, credentials) },
]);
