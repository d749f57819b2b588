/** What vendors tell, however it comes: twice at once, out of order, too early, about nobody, at the wrong address, or as no report at all. */
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Channel } from '../../../shared/contracts/words.ts';
import { type Answer, call, createAccount, createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { signedCallback, TWILIO_CREDENTIALS } from '../../kit/twilio.ts';
import { type Reply, startVendor, type VendorServer } from '../../kit/vendor-server.ts';
import { dump, eventsOf, settle, WRITTEN } from '../flow/kit.ts';

const PHONE = '+13175550142';
const MAILBOX = 'jane@example.com';
const SECRET = 'a secret of our own';
const keys = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const others = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });

type Word = 'sent' | 'delivered' | 'undelivered';
interface Post {
	raw: string;
	headers: Record<string, string>;
	/** Beside the path of the connection. */
	query?: string;
}
interface Vendor {
	channel: Channel;
	credentials: object;
	/** Of another account at the same vendor. */
	stranger: object;
	/** What it answers to a message that it takes. */
	taken: Reply;
	/** The report of a message: by its id there and, where the vendor keeps it, our reference. */
	report(at: Where, word: Word, of?: string, reference?: string): Post;
	/** Signed, and of no use. */
	signed(at: Where, raw: string): Post;
	optOut(at: Where, address: string): Post;
}
interface Where {
	hook: string;
	now: number;
	reference: string;
}

let nth = 0;
/** New each time: of its own, each delivery is news. */
const fresh = (): string => {
	nth += 1;
	return String(nth).padStart(32, '0');
};
const json = { 'content-type': 'application/json' };

const sendgrid = (now: number, raw: string, key = keys.privateKey): Post => {
	const seconds = String(Math.floor(now / 1000));
	const signature = createSign('sha256').update(seconds).update(raw).sign(key, 'base64');
	return { raw, headers: { ...json, 'x-twilio-email-event-webhook-timestamp': seconds, 'x-twilio-email-event-webhook-signature': signature } };
};
const mailgun = (now: number, event: unknown): Post => {
	const timestamp = String(Math.floor(now / 1000));
	const token = fresh();
	const signature = createHmac('sha256', SECRET)
		.update(timestamp + token)
		.digest('hex');
	return { raw: JSON.stringify({ signature: { timestamp, token, signature }, 'event-data': event }), headers: json };
};
const callfire = (raw: string): Post => ({ raw, headers: { ...json, 'x-callfire-signature': createHmac('sha1', SECRET).update(raw).digest('hex') } });
const twilio = ({ hook }: Where, fields: Record<string, string>): Post => {
	const { body, headers } = signedCallback(hook, fields);
	return { raw: body, headers };
};
const publicKey = ({ publicKey: key }: typeof keys): string => key.export({ format: 'der', type: 'spki' }).toString('base64');

const VENDORS: Record<string, Vendor> = {
	twilio: {
		channel: 'sms',
		credentials: TWILIO_CREDENTIALS,
		stranger: { ...TWILIO_CREDENTIALS, auth_token: '0'.repeat(32) },
		taken: { status: 201, body: { sid: 'SM1', status: 'queued' } },
		report: (at, word, of = 'SM1') => twilio(at, { MessageSid: of, MessageStatus: word, ...(word === 'undelivered' ? { ErrorCode: '30005' } : {}), To: PHONE }),
		signed: (at, raw) => twilio(at, Object.fromEntries(new URLSearchParams(raw))),
		optOut: (at, address) => twilio(at, { MessageSid: `SM${fresh()}`, From: address, To: '+12125550100', Body: 'STOP', OptOutType: 'STOP' }),
	},
	sendgrid: {
		channel: 'email',
		credentials: { api_key: 'SG.test', webhook_public_key: publicKey(keys) },
		stranger: { api_key: 'SG.test', webhook_public_key: publicKey(others) },
		taken: { status: 202, headers: { 'x-message-id': 'MID' } },
		report: ({ now, reference: own }, word, of = 'MID', reference = own) => {
			const event = { sent: 'processed', delivered: 'delivered', undelivered: 'bounce' }[word];
			const common = { email: MAILBOX, timestamp: Math.floor(now / 1000), sg_message_id: `${of}.x`, dunwell_reference: reference };
			return sendgrid(now, JSON.stringify([{ event, ...common, sg_event_id: `${word}-${of}`, ...(word === 'undelivered' && { status: '5.1.1' }) }]));
		},
		signed: ({ now }, raw) => sendgrid(now, raw),
		optOut: ({ now }, email) => sendgrid(now, JSON.stringify([{ event: 'spamreport', email, timestamp: Math.floor(now / 1000), sg_event_id: fresh() }])),
	},
	mailgun: {
		channel: 'email',
		credentials: { api_key: 'key-test', domain: 'mg.practice.example', webhook_signing_key: SECRET },
		stranger: { api_key: 'key-test', domain: 'mg.practice.example', webhook_signing_key: 'of somebody else' },
		taken: { body: { id: '<1@mg.practice.example>', message: 'Queued. Thank you.' } },
		report: ({ now, reference: own }, word, of = '1@mg.practice.example', reference = own) =>
			mailgun(now, {
				event: { sent: 'accepted', delivered: 'delivered', undelivered: 'failed' }[word],
				id: `${word}-${of}`,
				timestamp: now / 1000,
				recipient: MAILBOX,
				message: { headers: { 'message-id': of } },
				'user-variables': { dunwell_reference: reference },
				...(word === 'undelivered' && { severity: 'permanent', reason: 'suppress-bounce' }),
			}),
		signed: ({ now }, raw) => mailgun(now, raw === 'a=1' ? raw : JSON.parse(raw)),
		optOut: ({ now }, recipient) => mailgun(now, { event: 'complained', id: fresh(), timestamp: now / 1000, recipient }),
	},
	callfire: {
		channel: 'sms',
		credentials: { api_login: 'login', api_password: 'p', webhook_secret: SECRET },
		stranger: { api_login: 'login', api_password: 'p', webhook_secret: 'of somebody else' },
		taken: { body: { items: [{ id: 7, state: 'READY' }] } },
		report: ({ now, reference: own }, word, of = '7', reference = own) => {
			const finalTextResult = { sent: 'SENT', delivered: 'LA', undelivered: 'INVALID' }[word];
			const resource = { id: Number(of.replace(/\D/g, '')), finalTextResult, toNumber: PHONE.slice(1), attributes: { dunwell_reference: reference } };
			return callfire(JSON.stringify({ timestamp: now, resourceType: 'OutboundText', events: [{ resource }] }));
		},
		signed: (_at, raw) => callfire(raw),
		optOut: ({ now }, address) => {
			const resource = { id: Number(fresh()), fromNumber: address.slice(1), toNumber: '12125550100', message: 'STOP' };
			return callfire(JSON.stringify({ timestamp: now, resourceType: 'InboundText', events: [{ resource }] }));
		},
	},
};

const replies: Record<string, Reply[]> = Object.fromEntries(Object.keys(VENDORS).map((vendor) => [vendor, [{}]]));
const servers: Record<string, VendorServer> = {};
let service: Running;

beforeAll(async () => {
	for (const [vendor, answers] of Object.entries(replies)) servers[vendor] = await startVendor(answers);
	service = await startService({ vendorUrls: Object.fromEntries(Object.entries(servers).map(([vendor, { url }]) => [vendor, url])) });
});
afterAll(async () => {
	await service.close();
	for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
});

interface Connected {
	practice: TestPractice;
	hook: string;
	account: string;
}

describe.each(Object.keys(VENDORS))('%s', (id) => {
	const vendor = VENDORS[id] as Vendor;
	const other: Channel = vendor.channel === 'sms' ? 'email' : 'sms';
	let mine: Connected;

	async function connected(credentials = vendor.credentials): Promise<Connected> {
		const practice = await createPractice(service.url, { twilio: false, policy: { channels: [vendor.channel, other], fallback: true } });
		await practice.setup('POST', '/connections', { connection: 'first', vendor: id, credentials, check: false });
		for (const channel of ['sms', 'email'] as const)
			await practice.setup('PUT', `/senders/${channel}`, {
				connection: channel === vendor.channel ? 'first' : 'outbox',
				address: channel === 'email' ? 'billing@practice.example' : '+12125550100',
			});
		const { items } = await practice.setup('GET', '/connections');
		const hook: string = items.find((item: { connection: string }) => item.connection === 'first').hook_url;
		const account = await createAccount(practice, { your_reference: 'A-1', days: 8, phone: PHONE });
		await practice.must('POST', '/api/accounts', { account_ref: account, email: MAILBOX, email_consent: 'yes', consent_evidence: 'form' });
		await settle(service, practice);
		return { practice, hook, account };
	}
	const where = ({ hook }: Connected, reference = ''): Where => ({ hook, now: service.clock.now, reference });
	const post = (hook: string, { raw, headers }: Post): Promise<Answer> => {
		const { pathname, search } = new URL(hook);
		return call(service.url, '', 'POST', pathname + search, { raw, headers });
	};
	async function sent({ practice, account }: Connected): Promise<string> {
		const answer = await practice.must('POST', '/api/reminders', { account_ref: account });
		expect(answer).toMatchObject({ channel: vendor.channel });
		return answer.reminder_ref;
	}
	const statusOf = ({ practice }: Connected, reference: string) =>
		service.rows(
			practice.id,
			async (tx) => (await tx.selectFrom('reminder').select('status').where('reminder_ref', '=', reference).executeTakeFirstOrThrow()).status,
		);
	const instead = ({ practice }: Connected) =>
		service.rows(practice.id, (tx) =>
			tx.selectFrom('reminder').select('channel').where('practice_id', '=', practice.id).where('fallback_of', 'is not', null).execute(),
		);
	const unmatched = async ({ practice }: Connected): Promise<number> =>
		(await practice.setup('GET', '/audit?limit=500')).items.filter(({ kind }: { kind: string }) => kind === 'vendor_event_unmatched').length;
	const consent = async ({ practice }: Connected): Promise<string> => (await practice.must('GET', '/api/accounts/find?your_reference=A-1')).consent_text;
	const ended = new RegExp(`${vendor.channel}: ended`);

	beforeEach(async () => {
		service.clock.now = NOON;
		replies[id]?.splice(0, 9, vendor.taken);
		mine = await connected();
	});

	it('tells of a failure ten times at once: one word, one message instead, one who is told', async () => {
		const ref = await sent(mine);
		const told = vendor.report(where(mine, ref), 'undelivered');
		const answers = await Promise.all(Array.from({ length: 10 }, () => post(mine.hook, told)));
		expect(answers.map(({ status }) => status < 300)).toEqual(Array(10).fill(true));
		expect(await statusOf(mine, ref)).toBe('undelivered');
		expect(await instead(mine)).toEqual([{ channel: other }]);
		expect(await eventsOf(mine.practice, 'reminder_not_delivered')).toHaveLength(1);
	});

	it('tells out of order: what is final stays, but for a delivery that failed after all', async () => {
		const ref = await sent(mine);
		const told = async (word: Word) => {
			expect((await post(mine.hook, vendor.report(where(mine, ref), word))).status).toBeLessThan(300);
			return statusOf(mine, ref);
		};
		expect([await told('delivered'), await told('sent'), await told('undelivered')]).toEqual(['delivered', 'delivered', 'undelivered']);
		expect(await instead(mine)).toHaveLength(1);
	});

	it('tells what became of a message before it answered that it took it', async () => {
		let early: Answer | undefined;
		replies[id]?.splice(0, 9, {
			...vendor.taken,
			first: async () => {
				const rows = await service.rows(mine.practice.id, (tx) =>
					tx.selectFrom('reminder').select('reminder_ref').where('practice_id', '=', mine.practice.id).where('status', '=', 'sending').execute(),
				);
				const reference = rows[0]?.reminder_ref ?? '';
				const told = new URLSearchParams(servers[id]?.seen.at(-1)?.body ?? '').get('StatusCallback') ?? mine.hook;
				early = await post(told, vendor.report({ ...where(mine, reference), hook: told }, 'undelivered'));
			},
		});
		const ref = await sent(mine);
		expect(early?.status).toBeLessThan(300);
		expect(await statusOf(mine, ref)).toBe('undelivered');
		expect(await instead(mine)).toEqual([{ channel: other }]);
		expect(await unmatched(mine)).toBe(0);
	});

	it('tells of a message nobody sent, and of one that another practice sent: it is noted, and nothing changes', async () => {
		const theirs = await connected();
		const ref = await sent(theirs);
		for (const word of ['delivered', 'undelivered'] as const) {
			expect((await post(mine.hook, vendor.report(where(mine, ref), word))).status).toBeLessThan(300);
			expect((await post(mine.hook, vendor.report(where(mine), word, '999999', 'rem_nobody'))).status).toBeLessThan(300);
		}
		expect([await statusOf(theirs, ref), await unmatched(theirs), await unmatched(mine)]).toEqual(['sent', 0, 4]);
		expect(await eventsOf(mine.practice, 'reminder_not_delivered')).toEqual([]);
	});

	it('tells of an opt-out at one practice: it ends there and nowhere else, once', async () => {
		const theirs = await connected();
		const told = vendor.optOut(where(mine), vendor.channel === 'sms' ? PHONE : MAILBOX);
		await Promise.all([post(mine.hook, told), post(mine.hook, told)]);
		expect([await consent(mine), await consent(theirs)]).toEqual([expect.stringMatching(ended), expect.not.stringMatching(ended)]);
		expect((await eventsOf(mine.practice, 'patient_replied')).map(({ meaning }) => meaning)).toEqual(['opt_out']);
		expect(await eventsOf(theirs.practice, 'patient_replied')).toEqual([]);
	});

	it('is not believed with another secret, at another address, without a body, cut short, or over a megabyte', async () => {
		const ref = await sent(mine);
		const stranger = await connected(vendor.stranger);
		const before = await dump(service, mine.practice, WRITTEN);
		const told = vendor.report(where(mine, ref), 'undelivered');
		const wrong = (hook: string) => post(hook, vendor.report({ ...where(mine, ref), hook }, 'undelivered'));
		const { headers } = told;
		const answers = [
			await wrong(stranger.hook),
			await wrong(mine.hook.replace(/.$/, (last) => (last === 'x' ? 'y' : 'x'))),
			await wrong(mine.hook.replace(`/${id}/`, '/stripe/')),
			await wrong(mine.hook.replace(/\/[^/]+$/, '/x')),
			await post(mine.hook, { raw: '', headers }),
			await post(mine.hook, { raw: told.raw.slice(0, -1), headers }),
			await post(mine.hook, { raw: `${told.raw}&${'x'.repeat(1_048_576)}`, headers }),
		];
		expect(answers.map(({ status, json: said }) => `${status} ${said?.code}`)).toEqual([
			'401 bad_signature',
			'404 hook_unknown',
			'404 hook_unknown',
			'404 hook_unknown',
			'401 bad_signature',
			'401 bad_signature',
			'413 body_too_large',
		]);
		expect(await dump(service, mine.practice, WRITTEN)).toEqual(before);
		for (const { text } of answers) expect(text).not.toMatch(/jane|317555|A-1|of our own/i);
		// A form is signed field by field; what is signed as it stands may be called whatever.
		const { status } = await post(mine.hook, { raw: told.raw, headers: { ...headers, 'content-type': 'text/plain' } });
		expect([status < 300, await statusOf(mine, ref)]).toEqual(id === 'twilio' ? [false, 'sent'] : [true, 'undelivered']);
	});

	it('signs what is no report: nothing is tripped over, and nothing changes', async () => {
		await sent(mine);
		// That a token came is noted even so.
		const kept = async () => ({ ...(await dump(service, mine.practice, WRITTEN)), vendor_event: [] });
		const before = await kept();
		for (const body of ['null', '7', '[]', '[null]', '[[]]', '[{}]', '{}', '{"events":{}}', '{"events":[null,7,{}]}', '{"event":7}', 'a=1']) {
			const raw = id === 'callfire' ? body.replace('{', `{"timestamp":${service.clock.now}${body === '{}' ? '' : ','}`) : body;
			const { status } = await post(mine.hook, vendor.signed(where(mine), raw));
			expect([body, status < 500]).toEqual([body, true]);
		}
		expect(await kept()).toEqual(before);
		expect(service.logged.filter(({ level }) => level === 50)).toEqual([]);
	});
});
