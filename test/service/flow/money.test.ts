/** Payments, holds and what is owed: sums agree wherever they are shown. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { samplePractice } from '../../../shared/files/sample/practice.ts';
import { createAccount, createPractice, DAY, dayBefore, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { days, eventsOf, settle } from './kit.ts';

let service: Running;
let practice: TestPractice;
let ref: string;

beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());
beforeEach(async () => {
	service.clock.now = NOON;
	practice = await createPractice(service.url, { twilio: false });
	ref = await createAccount(practice, { your_reference: 'A-1', days: 6, amount: 84.2, fields: { invoice: 'I-1' } });
	await settle(service, practice);
	await service.advance(60_000);
});

const pay = (payment: string, status: string, amount: number, more: object = {}) =>
	practice.must('POST', '/api/payments', { account_ref: ref, payment, status, amount, ...more });
const find = () => practice.must('GET', `/api/accounts/find?account_ref=${ref}`);
const count = async (type: string) => (await eventsOf(practice, type)).length;

describe('a payment', () => {
	it('that succeeded lowers the invoice it names; the same number again is one payment', async () => {
		expect(await pay('P-1', 'succeeded', 60, { invoice: 'I-1' })).toMatchObject({
			outcome: 'recorded',
			balance_amount: 24.2,
			balance_amount_text: '$24.20',
			event_raised: false,
		});
		await service.advance(60_000);
		expect(await pay('P-1', 'succeeded', 60, { invoice: 'I-1' })).toMatchObject({ outcome: 'unchanged', balance_amount: 24.2 });
		expect((await find()).amount).toBe(24.2);
	});

	it('without an invoice is taken off the oldest first, and what is left off the next', async () => {
		await practice.must('POST', '/api/balances', { account_ref: ref, invoice: 'I-2', amount: 30, first_notice_date: dayBefore(NOON, 2) });
		await service.advance(60_000);
		expect(await pay('P-1', 'succeeded', 90)).toMatchObject({ balance_amount: 24.2 });
		expect((await find()).invoices.map((invoice: { amount: number }) => invoice.amount)).toEqual([24.2]);
	});

	it('that is returned opens the same invoices again and is told of once', async () => {
		await pay('P-1', 'succeeded', 84.2);
		await settle(service, practice);
		expect(await count('balance_paid')).toBe(1);
		await service.advance(DAY);
		expect(await pay('P-1', 'returned', 84.2, { code: 'R01', method: 'ach' })).toMatchObject({
			outcome: 'status_changed',
			balance_amount: 84.2,
			event_raised: true,
		});
		await service.advance(60_000);
		expect(await pay('P-1', 'returned', 84.2, { code: 'R01', method: 'ach' })).toMatchObject({ outcome: 'unchanged', event_raised: false });
		await settle(service, practice);
		const [event] = await eventsOf(practice, 'payment_failed');
		expect(event).toMatchObject({
			status: 'returned',
			amount: 84.2,
			code: 'R01',
			method: 'ach',
			summary: 'A payment of $84.20 was returned.',
			code_text: 'Cause: insufficient funds (R01). It may be tried at most twice more.',
		});
		expect(await count('payment_failed')).toBe(1);
		expect((await find()).amount).toBe(84.2);
	});

	it('that failed is told of at once and once; one that the processor tries again is not', async () => {
		expect(await pay('P-1', 'failed', 84.2, { code: 'card_declined', will_retry: true })).toMatchObject({ event_raised: false });
		await settle(service, practice);
		expect(await count('payment_failed')).toBe(0);
		await service.advance(60_000);
		expect(await pay('P-1', 'failed', 84.2, { code: 'card_declined', will_retry: false })).toMatchObject({ event_raised: true, balance_amount: 84.2 });
		await settle(service, practice);
		await practice.must('POST', '/api/reviews', {});
		expect(await count('payment_failed')).toBe(1);
	});

	it('that was paid before the balance was read is contained in it and takes nothing off', async () => {
		expect(await pay('P-1', 'succeeded', 60, { at: '2026-11-20T09:00:00-05:00' })).toMatchObject({ outcome: 'recorded', balance_amount: 84.2 });
	});

	it('to zero raises Balance Paid, again after a new balance, and cancels what waits', async () => {
		const waiting = await practice.must('POST', '/api/reminders', { account_ref: ref, message: 'notice', when: 'on_date', send_on: '2026-11-28' });
		expect(waiting.status).toBe('scheduled');
		await pay('P-1', 'succeeded', 84.2);
		await settle(service, practice);
		const [paid] = await eventsOf(practice, 'balance_paid');
		expect(paid).toMatchObject({ amount: 84.2, paid_by: 'payment', remaining_amount: 0, cancelled_count: 1, reminders_sent: 0, days_to_pay: 6 });
		const reminder = await service.rows(practice.id, (tx) =>
			tx.selectFrom('reminder').select(['status', 'failure_code']).where('reminder_ref', '=', waiting.reminder_ref).executeTakeFirst(),
		);
		expect(reminder).toEqual({ status: 'cancelled', failure_code: 'paid' });
		await service.advance(DAY);
		await practice.must('POST', '/api/balances', { account_ref: ref, invoice: 'I-2', amount: 10, first_notice_date: '2026-11-25' });
		await settle(service, practice);
		expect(await count('balance_paid')).toBe(1);
		await service.advance(DAY);
		await practice.must('POST', '/api/balances', { account_ref: ref, invoice: 'I-2', amount: 0 });
		await settle(service, practice);
		expect((await eventsOf(practice, 'balance_paid')).map((event) => [event.amount, event.paid_by])).toEqual([
			[10, 'recorded'],
			[84.2, 'payment'],
		]);
	});

	it('too much leaves nothing owed and nothing asked for', async () => {
		expect(await pay('P-1', 'succeeded', 100)).toMatchObject({ balance_amount: 0 });
		await settle(service, practice);
		expect(await practice.must('POST', '/api/reminders', { account_ref: ref })).toMatchObject({ status: 'suppressed', reason_code: 'nothing_owed' });
	});

	it('keeps reminders away for some days', async () => {
		await pay('P-1', 'succeeded', 10);
		await service.advance(DAY);
		expect(await practice.must('POST', '/api/reminders', { account_ref: ref, when: 'only_now' })).toMatchObject({
			status: 'suppressed',
			reason_code: 'cooldown_payment',
		});
	});
});

describe('a hold', () => {
	const hold = (more: object) => practice.must('POST', '/api/holds', { scope: 'account', reason: 'financial_assistance', ...more });
	const resume = (more: object) => practice.must('POST', '/api/holds/release', more);
	const raised = async () => (await eventsOf(practice, 'balance_overdue')).map((event) => event.days_overdue);

	it('stops the clock: days on hold do not age the balance', async () => {
		const { hold_ref } = await hold({ account_ref: ref });
		await days(service, practice, 10);
		expect(await raised()).toEqual([]);
		expect((await find()).days_overdue).toBe(6);
		expect(await resume({ hold_ref })).toMatchObject({ released_count: 1, still_on_hold: false });
		await settle(service, practice);
		expect(await raised()).toEqual([]);
		expect((await find()).days_overdue).toBe(6);
		await days(service, practice, 1);
		expect(await raised()).toEqual([7]);
		await days(service, practice, 8);
		expect(await raised()).toEqual([15, 7]);
	});

	it('is placed once, cancels what waits, and ends by itself on its day', async () => {
		const waiting = await practice.must('POST', '/api/reminders', { account_ref: ref, message: 'notice', when: 'on_date', send_on: '2026-11-25' });
		expect(waiting.status).toBe('scheduled');
		const first = await hold({ account_ref: ref, until: '2026-11-27' });
		expect(first).toMatchObject({ status: 'placed', cancelled_count: 1, until: '2026-11-27' });
		expect(await hold({ account_ref: ref, until: '2026-11-27' })).toMatchObject({ status: 'already_held', hold_ref: first.hold_ref, cancelled_count: 0 });
		expect(await practice.must('POST', '/api/reminders', { account_ref: ref, message: 'notice' })).toMatchObject({
			status: 'suppressed',
			reason_code: 'hold_financial_assistance',
		});
		await days(service, practice, 2);
		expect(await find()).toMatchObject({ on_hold: true, can_contact: false });
		await days(service, practice, 1);
		// Three days passed on hold, so the balance is as old as before it.
		expect(await find()).toMatchObject({ on_hold: false, days_overdue: 6 });
		expect(await raised()).toEqual([]);
		await days(service, practice, 1);
		expect(await raised()).toEqual([7]);
		// Nor do they count when somebody releases it after all.
		expect(await resume({ hold_ref: first.hold_ref })).toMatchObject({ released_count: 0 });
		expect((await find()).days_overdue).toBe(7);
	});

	it('on one invoice leaves the others free', async () => {
		await practice.must('POST', '/api/balances', { account_ref: ref, invoice: 'I-2', amount: 30, first_notice_date: dayBefore(NOON, 7) });
		await hold({ scope: 'invoice', reason: 'coding_review', account_ref: ref, invoice: 'I-1' });
		await settle(service, practice);
		expect((await find()).invoices.map((invoice: { amount: number; may_be_asked_for: boolean }) => [invoice.amount, invoice.may_be_asked_for])).toEqual([
			[30, true],
			[84.2, false],
		]);
		expect(await practice.must('POST', '/api/reminders', { account_ref: ref })).toMatchObject({ status: 'sent', amount: 30 });
	});

	it('beside another hold counts each day once, and none before the balance began to age', async () => {
		const first = await hold({ account_ref: ref });
		await days(service, practice, 2);
		const wide = await hold({ scope: 'practice', reason: 'staff_review' });
		const late = await createAccount(practice, { your_reference: 'L', days: 0, now: service.clock.now });
		await days(service, practice, 3);
		await resume({ hold_ref: first.hold_ref });
		await days(service, practice, 2);
		await resume({ hold_ref: wide.hold_ref });
		// Seven days passed, all of them on one hold or the other; the second account has not aged a day.
		expect((await find()).days_overdue).toBe(6);
		expect(await practice.must('GET', `/api/accounts/find?account_ref=${late}`)).toMatchObject({ days_overdue: 0 });
		await days(service, practice, 7);
		expect((await find()).days_overdue).toBe(13);
		expect((await eventsOf(practice, 'balance_overdue')).map((event) => [event.account_ref, event.days_overdue]).sort()).toEqual(
			[
				[late, 7],
				[ref, 7],
			].sort(),
		);
	});

	it.each(['bankruptcy', 'deceased', 'qmb', 'attorney', 'never_bill'])('because of %s lets no message through, whatever asks for it', async (reason) => {
		await practice.setup('PUT', '/policy', { ...(await practice.setup('GET', '/policy')).policy, consent: [], minimum: { message: 0, paper: 0, staff: 0 } });
		await hold({ account_ref: ref, reason });
		for (const more of [{}, { message: 'notice' }, { channel: 'sms' }, { invoice: 'I-1', message: 'reminder_1' }])
			expect(await practice.must('POST', '/api/reminders', { account_ref: ref, ...more })).toMatchObject({
				status: 'suppressed',
				reason_code: `hold_${reason}`,
			});
		expect(await practice.must('POST', '/api/reminders/prepare', { account_ref: ref, message: 'notice' })).toMatchObject({
			permission: 'refused',
			may_send: false,
			text: '',
		});
		expect((await practice.must('GET', '/api/outbox')).items).toEqual([]);
	});

	it('on the whole practice holds everybody, and resuming it leaves other holds standing', async () => {
		const other = await createAccount(practice, { your_reference: 'A-2', days: 8, now: service.clock.now });
		await hold({ account_ref: ref });
		await hold({ scope: 'practice', reason: 'staff_review' });
		for (const account_ref of [ref, other])
			expect((await practice.must('POST', '/api/reminders', { account_ref, message: 'notice' })).status).toBe('suppressed');
		expect(await resume({ scope: 'practice' })).toMatchObject({ released_count: 1, still_on_hold: false });
		await settle(service, practice);
		expect(await practice.must('POST', '/api/reminders', { account_ref: other, message: 'notice' })).toMatchObject({ status: 'sent' });
		expect(await practice.must('POST', '/api/reminders', { account_ref: ref, message: 'notice' })).toMatchObject({
			status: 'suppressed',
			reason_code: 'hold_financial_assistance',
		});
		expect(await resume({ scope: 'account', account_ref: ref, reason: 'promise' })).toMatchObject({
			released_count: 0,
			still_on_hold: true,
			still_on_hold_reasons_text: 'Financial assistance pending',
		});
	});

	it('on a location and on an import covers what belongs to them and nothing else', async () => {
		await practice.must('POST', '/api/accounts', { account_ref: ref, location: 'Main Street' });
		const done = await practice.must('POST', '/api/balances/import', {
			rows: [{ your_reference: 'I', amount: 40, first_notice_date: dayBefore(NOON, 7), phone: '(317) 555-0143', state: 'NY' }],
		});
		await practice.must('POST', '/api/accounts', { your_reference: 'I', sms_consent: 'yes', consent_evidence: 'form' });
		await hold({ scope: 'location', location: 'Main Street' });
		await hold({ scope: 'import', import_ref: done.import_ref, reason: 'other' });
		expect(await find()).toMatchObject({ on_hold: true });
		expect(await practice.must('GET', '/api/accounts/find?your_reference=I')).toMatchObject({ on_hold: true, holds_text: 'Other' });
		const free = await createAccount(practice, { your_reference: 'F', days: 8, now: service.clock.now });
		expect(await practice.must('GET', `/api/accounts/find?account_ref=${free}`)).toMatchObject({ on_hold: false });
		await resume({ scope: 'import', import_ref: done.import_ref });
		expect(await practice.must('GET', '/api/accounts/find?your_reference=I')).toMatchObject({ on_hold: false });
	});
});

describe('the aging table', () => {
	it('adds up to what the accounts owe, for all and for each location', async () => {
		const { agingReport } = samplePractice('2026-11-24T12:00:00-05:00');
		await practice.must('POST', '/api/files', { kind: 'aging_report', content: agingReport });
		await settle(service, practice);
		const refs = await service.rows(practice.id, (tx) =>
			tx.selectFrom('account').select(['account_ref', 'location']).where('practice_id', '=', practice.id).execute(),
		);
		const found = await Promise.all(refs.map(({ account_ref }) => practice.must('GET', `/api/accounts/find?account_ref=${account_ref}`)));
		const cents = (amounts: number[]): number => amounts.reduce((sum, amount) => sum + Math.round(amount * 100), 0);
		const aging = await practice.must('GET', '/api/aging');
		expect(cents([aging.total, aging.credits])).toBe(cents(found.map((account) => account.amount)));
		expect(cents([aging.days_0_30, aging.days_31_60, aging.days_61_90, aging.days_91_120, aging.days_121_plus, aging.unknown_age])).toBe(cents([aging.total]));
		expect(aging.account_count).toBe(found.filter((account) => account.invoice_count > 0).length);
		expect(aging.by_location.length).toBeGreaterThan(1);
		for (const row of aging.by_location) {
			const there = found.filter((account) => account.location === row.location);
			expect([row.location, cents([row.total, row.credits])]).toEqual([row.location, cents(there.map((account) => account.amount))]);
			const alone = await practice.must('GET', `/api/aging?location=${encodeURIComponent(row.location)}`);
			if (row.location !== '') expect([alone.total, alone.credits]).toEqual([row.total, row.credits]);
		}
		expect(aging.aging_text).toContain(`Total: ${aging.total_text}`);
	});
});
