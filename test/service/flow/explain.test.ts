/** Explain Account on a past day: by the policy in force then, with the messages sent up to then and what they rested on. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { call, createAccount, createPractice, DAY, must, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';

const policy = { ...DEFAULT_POLICY, channels: ['sms' as const], settle_minutes: 0 };
const stricter = { ...policy, minimum: { message: 500, paper: 500, staff: 500 } };
const START = NOON - 20 * DAY;
const day = (days: number): string => new Date(START + days * DAY).toISOString().slice(0, 10);
const at = (days: number): Date => new Date(START + days * DAY);

let service: Running;
let practice: TestPractice;
let ref: string;
let first: string;
let second: string;
let bytes: { subject: string | null; body_text: string | null; body_html: string | null };

/** Day 8: a message. Day 10: a stricter policy. Day 12: STOP. Day 14: paid in part. Day 16: a hold. Now: day 20. */
beforeAll(async () => {
	service = await startService({ now: START });
	practice = await createPractice(service.url, { twilio: false, policy });
	first = (await practice.setup('GET', '/policy')).policy_hash;
	ref = await createAccount(practice, { your_reference: 'E-1', days: 0, now: START, amount: 120 });
	service.clock.now = at(8).getTime();
	await practice.must('POST', '/api/balances', { your_reference: 'E-1', amount: 120 });
	await practice.must('POST', '/api/reminders', { account_ref: ref });
	await service.work();
	bytes = await service.rows(practice.id, (tx) =>
		tx.selectFrom('reminder').select(['subject', 'body_text', 'body_html']).where('practice_id', '=', practice.id).executeTakeFirstOrThrow(),
	);
	service.clock.now = at(10).getTime();
	second = (await practice.setup('PUT', '/policy', stricter)).policy_hash;
	service.clock.now = at(12).getTime();
	await practice.must('POST', '/api/accounts', { account_ref: ref, sms_consent: 'no', consent_evidence: 'call of the 16th' });
	service.clock.now = at(14).getTime();
	await practice.must('POST', '/api/payments', { account_ref: ref, payment: 'P-1', amount: 50, status: 'succeeded', at: at(14).toISOString() });
	service.clock.now = at(16).getTime();
	await practice.must('POST', '/api/holds', { account_ref: ref, scope: 'account', reason: 'dispute' });
	service.clock.now = NOON;
}, 60_000);
afterAll(() => service.close());

const explain = (on?: string) => practice.must('GET', `/api/accounts/explain?account_ref=${ref}${on === undefined ? '' : `&on=${on}`}`);
const codes = (answer: { reasons: { code: string }[] }): string[] => answer.reasons.map((reason) => reason.code);

describe('an account explained on a past day', () => {
	it('is explained by the policy in force then', async () => {
		const [before, after] = [await explain(day(9)), await explain(day(11))];
		expect([before.policy_hash, before.policy_since]).toEqual([first, '2026-11-04T12:00:00-05:00']);
		expect([after.policy_hash, after.policy_since]).toEqual([second, '2026-11-14T12:00:00-05:00']);
		expect(codes(before)).not.toContain('below_minimum');
		expect((await explain(day(19))).reasons_text).not.toContain('$120.00');
		expect(after.explanation_text.split('\n')[0]).toBe(`At the end of ${day(11)}, by the policy in force since ${day(10)}:`);
	});

	it('with the consent that stood then, and with its revocation only from its day on', async () => {
		const [before, after] = [await explain(day(11)), await explain(day(12))];
		expect(before.consent_text).toContain(`sms: agreed on ${day(0)} (intake form).`);
		expect(after.consent_text).toContain(`sms: ended on ${day(12)} (call of the 16th).`);
		expect(before.rules_text).not.toContain('revoked');
	});

	it('with what was owed then, whatever was paid since', async () => {
		expect([(await explain(day(13))).explanation_text, (await explain(day(14))).explanation_text]).toEqual([
			expect.stringContaining('$120.00 is owed'),
			expect.stringContaining('$70.00 is owed'),
		]);
	});

	it('with the holds that stood then', async () => {
		expect(codes(await explain(day(15)))).not.toContain('hold_dispute');
		expect(codes(await explain(day(16)))).toContain('hold_dispute');
	});

	it('with the messages sent up to then, their bytes, and what they rested on', async () => {
		expect((await explain(day(7))).messages).toEqual([]);
		expect((await explain(day(7))).explanation_text).toContain('No message has gone out.');
		const { messages, messages_text, last_reminder_text, last_reminder_digest } = await explain(day(9));
		const digest = createHash('sha256')
			.update(`${bytes.subject ?? ''}\n${bytes.body_text}\n${bytes.body_html ?? ''}`)
			.digest('hex');
		expect(messages).toMatchObject([
			{
				sent_at: '2026-11-12T12:00:00-05:00',
				channel: 'sms',
				message: 'reminder_1',
				amount: 120,
				amount_text: '$120.00',
				consent_text: `Agreed on ${day(0)} (intake form).`,
				policy_hash: first,
				packs_text: expect.stringContaining('TCPA-CONSENT@'),
				digest,
				address: '+13175550142',
				text: bytes.body_text,
			},
		]);
		expect([last_reminder_text, last_reminder_digest]).toEqual([bytes.body_text, digest]);
		expect(messages_text).toMatch(/^reminder_1 by text message on 2026-11-12 at 12:00, \$120\.00: (sent|delivered)\. Consent: Agreed on /);
		expect(messages_text).not.toContain(bytes.body_text ?? '?');
	});

	it('says what happened to messages on that day', async () => {
		expect((await explain(day(8))).explanation_text).toContain('The message "reminder_1" went out by text message at 12:00.');
		expect((await explain(day(9))).explanation_text).not.toContain('went out by text message at');
	});

	it('before it was known says so, and that nothing was owed', async () => {
		await must(service.url, practice.live, 'POST', '/api/balances', { your_reference: 'LATE', amount: 10 });
		const late = await practice.must('GET', `/api/accounts/explain?your_reference=LATE&on=${day(15)}`);
		expect(late.explanation_text).toContain('Nothing was known of the account yet: it was first recorded on 2026-11-24.');
		expect([late.amount, codes(late)[0]]).toEqual([0, 'nothing_owed']);
	});

	it('before the practice was there is refused', async () => {
		const answer = await practice.call('GET', `/api/accounts/explain?account_ref=${ref}&on=${day(-3)}`);
		expect([answer.status, answer.json.code]).toEqual([404, 'before_the_practice']);
	});
});

describe('an account explained', () => {
	it('now, or on the day it is, by what is in force', async () => {
		const [now, today] = [await explain(), await explain('2026-11-24')];
		expect([now.explained_at, now.policy_hash]).toEqual(['2026-11-24T12:00:00-05:00', second]);
		expect(today).toEqual(now);
		expect(now.explanation_text).toMatch(/^\$70\.00 is owed/);
	});

	it('on a coming day says that it lies ahead', async () => {
		const ahead = await explain('2026-11-30');
		expect([ahead.explained_at, ahead.explanation_text.split('\n')[0]]).toEqual([
			'2026-11-30T12:00:00-05:00',
			'2026-11-30 lies ahead: this is what holds at noon if nothing changes until then.',
		]);
	});

	it('shows no words and no address without the scope, and on Zapier has no place for them', async () => {
		const key = (await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read'], label: 'reads' })).api_key;
		const path = `/api/accounts/explain?account_ref=${ref}`;
		const masked = (await call(service.url, key, 'GET', path)).json;
		expect(masked.messages[0]).toMatchObject({ text: null, address: null, html: null, subject: null, digest: expect.stringMatching(/^[0-9a-f]{64}$/) });
		const zapier = (await call(service.url, practice.live, 'GET', path, { headers: { 'dunwell-surface': 'zapier' } })).json;
		expect(Object.keys(zapier.messages[0])).not.toEqual(expect.arrayContaining(['text']));
		expect(JSON.stringify(zapier)).not.toContain('5550142');
	});
});
