import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { createAccount, createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';

let service: Running;
beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());

const practiceWith = (policy: object = {}): Promise<TestPractice> => {
	service.clock.now = NOON;
	return createPractice(service.url, { twilio: false, policy: { channels: ['sms'], ...policy } });
};
const reminder = (practice: TestPractice, ref: string) =>
	service.rows(practice.id, (tx) => tx.selectFrom('reminder').selectAll().where('reminder_ref', '=', ref).executeTakeFirstOrThrow());
const work = (practice: TestPractice) =>
	service.rows(practice.id, (tx) => tx.selectFrom('escalation').selectAll().where('practice_id', '=', practice.id).where('status', '=', 'open').execute());

/** A text that was kept before it was looked over, as in a policy of an older version. */
const oldText = (practice: TestPractice, texts: Record<string, string>) =>
	service.rows(practice.id, (tx) =>
		tx
			.updateTable('practice')
			.set({ policy: JSON.stringify({ ...DEFAULT_POLICY, channels: ['sms'], settle_minutes: 0, texts }), policy_hash: `old ${Object.values(texts)[0]}` })
			.where('practice_id', '=', practice.id)
			.execute(),
	);

describe('a message that leaves', () => {
	it('keeps its bytes, the texts it was made of, the consent and the packs of law', async () => {
		const practice = await practiceWith();
		const account_ref = await createAccount(practice, { your_reference: 'A-1' });
		const sent = await practice.must('POST', '/api/reminders', { account_ref });
		expect(sent.status).toBe('sent');
		const row = await reminder(practice, sent.reminder_ref);
		expect(row.body_text).toMatch(
			/^Test Practice: you have a balance due\. View or pay: https:\/\/dunwell\.example\/api\/go\/\S+ Questions\? \(212\) 555-0100\. Reply STOP to opt out\.$/,
		);
		expect(row.evidence).toMatchObject({
			text: { parts: [{ id: 'reminder_1.sms.text.en', hash: expect.stringMatching(/^[0-9a-f]{16}$/), own: false }], language: 'en' },
			consent: { state: 'granted', evidence: 'intake form' },
			packs: expect.arrayContaining([expect.stringMatching(/^TCPA-CONSENT@\d{4}-/)]),
		});
	});

	it('names the amount by text once the risk was told', async () => {
		const practice = await practiceWith();
		const account_ref = await createAccount(practice, { your_reference: 'A-1' });
		await practice.must('POST', '/api/accounts', { account_ref, sms_consent: 'yes', consent_evidence: 'intake form', risk_notice: true });
		const { reminder_ref } = await practice.must('POST', '/api/reminders', { account_ref });
		expect((await reminder(practice, reminder_ref)).body_text).toContain('you have a balance of $84.20 due.');
	});

	it('is written in the language that is recorded', async () => {
		const practice = await practiceWith();
		const account_ref = await createAccount(practice, { your_reference: 'A-1' });
		await practice.must('POST', '/api/accounts', { account_ref, language: 'es' });
		const { reminder_ref } = await practice.must('POST', '/api/reminders', { account_ref });
		expect(await reminder(practice, reminder_ref)).toMatchObject({
			language: 'es',
			body_text: expect.stringContaining('tiene un saldo por pagar. Ver o pagar: '),
		});
	});
});

describe('a message with a forbidden word', () => {
	it('is not kept in a policy', async () => {
		const practice = await practiceWith();
		const { policy } = await practice.setup('GET', '/policy');
		const refused = await practice.call('PUT', '/api/setup/policy', {
			body: { ...policy, texts: { 'reminder_1.sms.en': 'Pay or see you in court. Reply STOP to opt out.' } },
		});
		expect([refused.status, refused.json.code]).toEqual([400, 'texts_refused']);
		expect(refused.json.errors).toEqual([{ field: 'texts.reminder_1.sms.en', message: expect.stringContaining('(legal: "court")') }]);
	});

	it('does not leave: the reminder is suppressed, and staff get one piece of work for the text', async () => {
		const practice = await practiceWith();
		await oldText(practice, { 'reminder_1.sms.en': 'Pay or see you in court. Reply STOP to opt out.' });
		for (const your_reference of ['A-1', 'A-2']) {
			const account_ref = await createAccount(practice, { your_reference });
			const sent = await practice.must('POST', '/api/reminders', { account_ref });
			expect(sent).toMatchObject({ status: 'suppressed', was_sent: false, reason_code: 'content' });
			expect(sent.what_would_change_it).toContain('legal ("court")');
		}
		const open = (await work(practice)).filter((item) => item.cause === 'text:reminder_1:sms');
		expect(open).toMatchObject([{ reason: 'reminder_not_delivered', severity: 'high', title: 'The text "reminder_1" for text message may not go out' }]);
		expect(open[0]?.accounts).toHaveLength(2);
	});

	it('is not handed to another app either', async () => {
		const practice = await practiceWith();
		await oldText(practice, { 'reminder_1.sms.en': 'You owe {{ amount }}. Reply STOP to opt out.' });
		const account_ref = await createAccount(practice, { your_reference: 'A-1' });
		const prepared = await practice.must('POST', '/api/reminders/prepare', { account_ref });
		expect(prepared).toMatchObject({ permission: 'refused', may_send: false, reminder_ref: '', reason_code: 'text_broken', text: '' });
		expect((await work(practice)).map((item) => item.cause)).toContain('text:reminder_1:sms');
	});
});

describe('a preview', () => {
	it('shows every text of the policy, its parts and the longest it can get, and sends nothing', async () => {
		const practice = await practiceWith({ channels: ['sms', 'email', 'letter'] });
		const account_ref = await createAccount(practice, { your_reference: 'A-1' });
		const preview = await practice.must('GET', `/api/reminders/preview?account_ref=${account_ref}`);
		expect(preview).toMatchObject({
			would_send: true,
			channel: 'sms',
			message: 'reminder_1',
			// The address of the real link is longer than that of a short one.
			sms_segments: 2,
			sms_encoding: 'GSM-7',
			sms_segments_longest_english: 2,
			sms_segments_longest_spanish: 2,
			findings: [],
			findings_text: '',
			email_subject: 'A message from Test Practice',
		});
		expect(preview.text).toBe(preview.sms_text);
		expect(preview.email_text).toContain('This is a reminder that $84.20 is due now.');
		expect(preview.letter_text).toContain('View or pay here: https://pay.example/here');
		expect(preview.voice_text).toBe('');
		expect(await service.rows(practice.id, (tx) => tx.selectFrom('reminder').selectAll().where('practice_id', '=', practice.id).execute())).toEqual([]);
	});

	it('shows the words of a step that is not due, with what is owed, and finds nothing wrong with them', async () => {
		const practice = await practiceWith({ channels: ['sms', 'email', 'letter'] });
		const account_ref = await createAccount(practice, { your_reference: 'A-90', days: 1, amount: 84.2, fields: { final_patient_share: true } });
		const preview = await practice.must('GET', `/api/reminders/preview?account_ref=${account_ref}&message=reminder_2`);
		expect(preview).toMatchObject({ would_send: false, amount: 0, findings: [] });
		expect(preview.email_text).toContain('$84.20');
		await practice.must('POST', '/api/balances', { your_reference: 'A-91', amount: 0, invoice: '1' });
		expect((await practice.must('GET', '/api/reminders/preview?your_reference=A-91&message=reminder_2')).findings).toEqual([]);
	});

	it('says what is wrong, channel by channel', async () => {
		const practice = await practiceWith();
		await oldText(practice, { 'reminder_1.sms.en': 'See bit.ly/abc. Reply STOP to opt out.' });
		const account_ref = await createAccount(practice, { your_reference: 'A-1' });
		const preview = await practice.must('GET', `/api/reminders/preview?account_ref=${account_ref}&channel=sms`);
		expect(preview.findings).toMatchObject([{ channel: 'sms', part: 'text', code: 'shortener', text: 'bit.ly/abc', blocks: true }]);
		expect(preview.findings_text).toBe('Text message: shortener ("bit.ly/abc"). Use the practice\'s own address: carriers block shared short ones.');
		expect(preview.sms_segments_longest_spanish).toBe(2);
	});

	it('has no text of its own on Zapier', async () => {
		const practice = await practiceWith();
		const account_ref = await createAccount(practice, { your_reference: 'A-1' });
		const preview = await practice.must('GET', `/api/reminders/preview?account_ref=${account_ref}`, undefined, { 'dunwell-surface': 'zapier' });
		for (const field of ['text', 'sms_text', 'email_text', 'letter_text', 'address', 'voicemail_text']) expect(preview).not.toHaveProperty(field);
		expect(preview.sms_segments).toBe(2);
	});
});
