/** Four triggers of one day and four flows that each send: one message, which names them all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGERS } from '../../kit/database.ts';
import { createAccount, createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';
import { eventsOf, settle } from '../flow/kit.ts';

const started = async () => {
	const service = await startService();
	return Object.assign(service, { [Symbol.asyncDispose]: () => service.close() });
};

for (const { title, kind, skip } of LEDGERS)
	describe.skipIf(skip)(`One message a day, ${title}`, () => {
		let twilio: Twilio;
		let service: Running;
		let practice: TestPractice;
		let account: string;
		let events: { event_id: string; event_type: string }[];

		const send = async (body: object) => (await practice.call('POST', '/api/reminders', { body: { account_ref: account, ...body } })).json;
		const ids = () => events.map(({ event_id }) => event_id);

		beforeAll(async () => {
			twilio = await startTwilio(() => ({ delayMs: 300 }));
			service = await startService({ kind, vendorUrls: { twilio: twilio.url } });
			practice = await createPractice(service.url);
			account = await createAccount(practice, { your_reference: 'A-1', days: 15, amount: 236.4, fields: { final_patient_share: true, invoice: 'I-1' } });
			await settle(service, practice);
			const completed_at = new Date(NOON - 2 * 86_400_000).toISOString();
			await practice.must('POST', '/api/appointments', { account_ref: account, appointment: 'V-1', completed_at, copay_due: 35, invoice: 'I-1' });
			await practice.must('POST', '/api/payments', {
				account_ref: account,
				payment: 'P-1',
				status: 'failed',
				amount: 60,
				method: 'card',
				code: 'insufficient_funds',
			});
			const types = ['balance_overdue', 'payment_failed', 'appointment_balance_due', 'balance_over_threshold'];
			events = (await Promise.all(types.map((type) => eventsOf(practice, type)))).flat();
			expect(events.map((event) => event.event_type)).toEqual(types);
		});
		afterAll(async () => {
			await service.close();
			await twilio[Symbol.asyncDispose]();
		});

		it('leaves once when four flows ask at the same moment, and every flow learns of the same reminder', async () => {
			const answers = await Promise.all(ids().map((because_of) => send({ because_of })));
			expect(twilio.requests).toHaveLength(1);
			expect(new Set(answers.map(({ reminder_ref }) => reminder_ref)).size).toBe(1);
			expect(answers.map(({ status }) => status).sort()).toEqual(['duplicate', 'duplicate', 'duplicate', 'sent']);
			expect(answers.filter(({ was_sent }) => was_sent)).toHaveLength(1);
			// The first to ask chooses the words, so the order is theirs; each is told the same.
			expect(new Set(answers.map(({ covers_text }) => covers_text)).size).toBe(1);
			expect(answers[0].covers_text.split(', ').sort()).toEqual([
				'Appointment Balance Due',
				'Balance Over Threshold',
				'Balance Overdue (15 days)',
				'Payment Failed',
			]);
		});

		it('is found again by a later call for any of its events, also one with a key of its own, on another day', async () => {
			const first = await send({ because_of: ids()[3] });
			await service.advance(2 * 86_400_000);
			const later = await Promise.all(ids().map((because_of, i) => send({ because_of, idempotency_key: `later-${i}` })));
			expect(later.map(({ status, reminder_ref }) => [status, reminder_ref])).toEqual(Array(4).fill(['duplicate', first.reminder_ref]));
			expect(twilio.requests).toHaveLength(1);
		});

		it('keeps the events it answered with the reminder, the one whose words it took first', async () => {
			const rows = await service.rows(practice.id, (tx) => tx.selectFrom('reminder').select(['message', 'occasions']).where('status', '=', 'sent').execute());
			expect(rows).toHaveLength(1);
			expect([...(rows[0]?.occasions ?? [])].sort()).toEqual(ids().sort());
			const words: Record<string, string> = {
				balance_overdue: 'reminder_2',
				payment_failed: 'payment_failed',
				appointment_balance_due: 'appointment_balance',
				balance_over_threshold: 'balance_threshold',
			};
			expect(rows[0]?.message).toBe(words[events.find(({ event_id }) => event_id === rows[0]?.occasions[0])?.event_type ?? '']);
		});
	});

describe('a contact made elsewhere', () => {
	it('answers the event it was made for: no reminder goes out for it any more', async () => {
		await using service = await started();
		const practice = await createPractice(service.url, { twilio: false });
		const account_ref = await createAccount(practice, { your_reference: 'A-1', days: 8, fields: { final_patient_share: true, invoice: 'I-1' } });
		await settle(service, practice);
		const [event] = await eventsOf(practice, 'balance_overdue');
		const contact = await practice.must('POST', '/api/contacts', {
			account_ref,
			channel: 'voice',
			outcome: 'reached',
			because_of: event.event_id,
			invoice: 'I-1',
		});
		expect(await practice.must('POST', '/api/reminders', { account_ref, because_of: event.event_id })).toMatchObject({
			status: 'duplicate',
			was_sent: false,
			reminder_ref: contact.contact_ref,
			covers_text: 'Balance Overdue (7 days)',
		});
		expect(
			(await practice.call('POST', '/api/contacts', { body: { account_ref, channel: 'voice', outcome: 'reached', invoice: 'I-2' } })).json.errors[0].field,
		).toBe('invoice');
	});
});

describe('accounts of one guarantor', () => {
	let service: Running;
	let practice: TestPractice;
	beforeAll(async () => {
		service = await startService();
		practice = await createPractice(service.url, { twilio: false });
	});
	afterAll(() => service.close());

	it('share the one message a day: of two flows at once for two accounts one sends, and the other waits for tomorrow', async () => {
		const accounts = [];
		for (const your_reference of ['A-1', 'A-2']) {
			accounts.push(await createAccount(practice, { your_reference, days: 8, fields: { final_patient_share: true } }));
			await practice.must('POST', '/api/accounts', { your_reference, guarantor: 'G-77' });
		}
		const answers = await Promise.all(accounts.map((account_ref) => practice.must('POST', '/api/reminders', { account_ref })));
		expect(answers.map(({ status }) => status).sort()).toEqual(['scheduled', 'sent']);
		expect(answers.find(({ status }) => status === 'scheduled')).toMatchObject({ reason_code: 'cap_day', send_at: '2026-11-25T08:00:00-05:00' });
	});
});
