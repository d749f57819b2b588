/** Who lets a reminder leave: a flow, a person who approves a batch, or the service itself. Each step goes out once, whoever asks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccount, createPractice, DAY, dayBefore, HOUR, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { startTwilio, type Twilio } from '../../kit/twilio.ts';

let twilio: Twilio;
let service: Running;
beforeAll(async () => {
	twilio = await startTwilio();
	service = await startService({ vendorUrls: { twilio: twilio.url } });
	twilio.now = () => service.clock.now;
});
afterAll(async () => {
	await service.close();
	await twilio[Symbol.asyncDispose]();
});

const to = (phone: string) => twilio.taken.filter((sent) => sent.to === phone).length;
const review = async ({ id }: TestPractice) => {
	await service.useCases.handlers.review({ practice_id: id });
	await service.work();
};
const items = async (practice: TestPractice, type: string) => (await practice.must('GET', `/api/events/${type}?include_own=true&limit=100`)).items;
const confirm = (practice: TestPractice, account: string, amount = 84.2) => practice.must('POST', '/api/balances', { account_ref: account, amount });

describe('Where flows send', () => {
	it("nothing leaves by itself, however often accounts are reviewed, and the flow's Send Reminder sends", async () => {
		const practice = await createPractice(service.url);
		const account = await createAccount(practice, { your_reference: 'A-1', phone: '+13175550201' });
		await review(practice);
		await review(practice);
		await practice.must('POST', '/api/reviews', { mode: 'report_only' });
		expect(to('+13175550201')).toBe(0);
		const [event] = await items(practice, 'balance_overdue');
		expect(await practice.must('POST', '/api/reminders', { account_ref: account, because_of: event.event_id })).toMatchObject({
			status: 'sent',
			was_sent: true,
		});
		expect(to('+13175550201')).toBe(1);
	});
});

describe('Where a person approves', () => {
	let practice: TestPractice;
	const phones = ['+13175550211', '+13175550212', '+13175550213'];
	const accounts: string[] = [];
	beforeAll(async () => {
		practice = await createPractice(service.url, { policy: { sending: 'approval' } });
		for (const [i, phone] of phones.entries()) accounts.push(await createAccount(practice, { your_reference: `B-${i}`, phone, amount: 50 }));
	});
	const sent = () => phones.map(to);

	it('a review gathers what is due, tells staff once, and nothing leaves', async () => {
		await review(practice);
		await review(practice);
		expect(sent()).toEqual([0, 0, 0]);
		const work = (await items(practice, 'escalation_raised')).filter((item: { title: string }) => item.title.startsWith('Reminders wait for approval'));
		expect(work).toMatchObject([{ title: 'Reminders wait for approval in the batch day_2026-11-24', change: 'opened' }]);
	});

	it('Send Reminder meanwhile says that it waits, and sends nothing', async () => {
		expect(await practice.must('POST', '/api/reminders', { account_ref: accounts[0] })).toMatchObject({
			status: 'duplicate',
			was_sent: false,
			duplicate: true,
		});
		expect(await practice.must('POST', '/api/reminders', { account_ref: accounts[0], idempotency_key: 'run-1' })).toMatchObject({
			status: 'duplicate',
			was_sent: false,
			duplicate: true,
		});
		await service.work();
		expect(sent()).toEqual([0, 0, 0]);
	});

	it('an unknown batch is told as such, and so is one of live accounts to a test key', async () => {
		const unknown = await practice.call('POST', '/api/batches/approve', { body: { batch: 'day_2026-11-23' } });
		expect([unknown.status, unknown.json.code, unknown.json.errors]).toEqual([
			404,
			'batch_not_found',
			[{ field: 'batch', message: 'There is no batch "day_2026-11-23". Take its code from the review that asked for approval.' }],
		]);
		const asTest = await practice.call('POST', '/api/batches/approve', {
			body: { batch: 'day_2026-11-24' },
			headers: { authorization: `Bearer ${practice.test}` },
		});
		expect([asTest.status, asTest.json.code]).toEqual([404, 'batch_not_found']);
		const withoutScope = (await practice.setup('POST', '/keys', { mode: 'live', scopes: ['read', 'write'], label: 'reader' })).api_key;
		expect(
			(await practice.call('POST', '/api/batches/approve', { body: { batch: 'day_2026-11-24' }, headers: { authorization: `Bearer ${withoutScope}` } })).status,
		).toBe(403);
		expect(sent()).toEqual([0, 0, 0]);
	});

	it('approval lets it go once, but not what was paid or held meanwhile; the staff work is done with', async () => {
		await service.advance(1000);
		await confirm(practice, accounts[1] ?? '', 0);
		await practice.must('POST', '/api/holds', { scope: 'account', reason: 'dispute', account_ref: accounts[2] });
		const first = await practice.must('POST', '/api/batches/approve', { batch: 'day_2026-11-24', idempotency_key: 'yes' });
		expect(first).toMatchObject({ batch: 'day_2026-11-24', duplicate: false });
		const again = await Promise.all(
			Array.from({ length: 5 }, (_, i) =>
				practice.must('POST', '/api/batches/approve', { batch: 'day_2026-11-24', ...(i === 0 ? { idempotency_key: 'yes' } : {}) }),
			),
		);
		expect(again[0]).toEqual({ ...first, duplicate: true });
		for (const answer of again.slice(1)) expect(answer).toMatchObject({ approved: 0, summary: 'Nothing in this batch waits any more.' });
		await service.work();
		await review(practice);
		expect(sent()).toEqual([1, 0, 0]);
		const open = await service.rows(practice.id, (tx) =>
			tx.selectFrom('escalation').select('status').where('practice_id', '=', practice.id).where('cause', '=', 'batch:day_2026-11-24').execute(),
		);
		expect(open).toEqual([{ status: 'resolved' }]);
		expect(await practice.must('POST', '/api/reminders', { account_ref: accounts[0] })).toMatchObject({ status: 'duplicate', was_sent: false });
		expect(sent()).toEqual([1, 0, 0]);
	});

	it('of a batch nobody approved only the latest step goes out', async () => {
		const account = await createAccount(practice, { your_reference: 'B-9', phone: '+13175550219', days: 7 });
		await review(practice);
		await service.advance(8 * DAY);
		await confirm(practice, account);
		await review(practice);
		const waiting = await service.rows(practice.id, (tx) =>
			tx
				.selectFrom('reminder')
				.select(['status', 'message', 'failure_code'])
				.where('practice_id', '=', practice.id)
				.where('account_ref', '=', account)
				.orderBy('created_at')
				.execute(),
		);
		expect(waiting).toEqual([
			{ status: 'cancelled', message: 'reminder_1', failure_code: 'superseded' },
			{ status: 'awaiting_approval', message: 'reminder_2', failure_code: null },
		]);
		for (const batch of ['day_2026-11-24', 'day_2026-12-02']) await practice.must('POST', '/api/batches/approve', { batch });
		await service.work();
		await service.advance(2 * DAY);
		await confirm(practice, account);
		await service.work();
		expect(to('+13175550219')).toBe(1);
		service.clock.now = NOON;
	});

	it('a review that asks for approval gives the batch, under any policy', async () => {
		const flows = await createPractice(service.url);
		await createAccount(flows, { your_reference: 'C-1', phone: '+13175550221' });
		const answer = await flows.must('POST', '/api/reviews', { mode: 'ask_for_approval' });
		expect(answer).toMatchObject({ awaiting_approval: 1, sent: 0, would_send: 1 });
		await service.work();
		expect(to('+13175550221')).toBe(0);
		expect(await flows.must('POST', '/api/batches/approve', { batch: answer.review_ref })).toMatchObject({
			approved: 1,
			summary: '1 reminder was approved. Each leaves at the next allowed hour, if the rules still allow it then.',
		});
		await service.work();
		expect(to('+13175550221')).toBe(1);
	});

	it('approved late in the evening leaves in the morning', async () => {
		const late = await createPractice(service.url, { policy: { sending: 'approval' } });
		await createAccount(late, { your_reference: 'D-1', phone: '+13175550231' });
		await review(late);
		await service.advance(10 * HOUR);
		expect(await late.must('POST', '/api/batches/approve', { batch: 'day_2026-11-24' })).toMatchObject({ approved: 1 });
		await service.work();
		expect(to('+13175550231')).toBe(0);
		await service.advance(10 * HOUR);
		await service.work();
		expect(to('+13175550231')).toBe(1);
		service.clock.now = NOON;
	});
});

describe('Where the service sends', () => {
	it('a review that only reports leaves what is due to the next review', async () => {
		const practice = await createPractice(service.url, { policy: { sending: 'automatic' } });
		const phone = '+13175550240';
		await createAccount(practice, { your_reference: 'E-0', phone });
		expect(await practice.must('POST', '/api/reviews', { mode: 'report_only' })).toMatchObject({ due: 1, would_send: 1, sent: 0 });
		await service.work();
		expect(to(phone)).toBe(0);
		await review(practice);
		await review(practice);
		expect(to(phone)).toBe(1);
	});

	it('each step goes out by itself when it is reached, at a decent hour, once; Send Reminder then answers duplicate', async () => {
		const practice = await createPractice(service.url, { policy: { sending: 'automatic' } });
		const phone = '+13175550241';
		const account = await createAccount(practice, { your_reference: 'E-1', phone, days: 5 });
		await review(practice);
		expect(to(phone)).toBe(0);
		const days: number[] = [];
		// Every hour for thirty days, as the timer would see it.
		for (let hour = 1; hour <= 30 * 24; hour += 1) {
			await service.advance(HOUR);
			if (hour % 24 === 0) await confirm(practice, account);
			const due = await service.rows(practice.id, (tx) =>
				tx
					.selectFrom('account')
					.select('account_ref')
					.where('practice_id', '=', practice.id)
					.where('next_review_at', '<=', new Date(service.clock.now))
					.execute(),
			);
			if (due.length > 0 || hour % 24 === 21) await review(practice);
			if (to(phone) > days.length) {
				days.push(5 + Math.floor((service.clock.now - NOON + 12 * HOUR) / DAY));
				const asked = await practice.must('POST', '/api/reminders', { account_ref: account });
				expect(asked).toMatchObject({ status: 'duplicate', duplicate: true, was_sent: false });
				const local = new Date(service.clock.now).toLocaleString('en-US', { timeZone: 'America/New_York', hour: 'numeric', hourCycle: 'h23' });
				expect(Number(local)).toBeGreaterThanOrEqual(8);
				expect(Number(local)).toBeLessThan(21);
			}
		}
		expect(days).toEqual([7, 15, 30]);
		expect(to(phone)).toBe(3);
		const events = (await items(practice, 'balance_overdue')).filter((item: { account_ref: string }) => item.account_ref === account);
		expect(events.map((event: { days_overdue: number }) => event.days_overdue).sort((a: number, b: number) => a - b)).toEqual([7, 15, 30]);
		// The flow that hears the event now, weeks later, finds its step taken.
		const first = events.find((event: { days_overdue: number }) => event.days_overdue === 7);
		expect(await practice.must('POST', '/api/reminders', { account_ref: account, because_of: first.event_id })).toMatchObject({
			status: 'duplicate',
			was_sent: false,
		});
		expect(to(phone)).toBe(3);
		expect(await practice.setup('GET', '/audit/check')).toMatchObject({ ok: true });
		service.clock.now = NOON;
	});

	it('nothing goes out twice when a flow, a review and the service ask at the same moment', async () => {
		const practice = await createPractice(service.url, { policy: { sending: 'automatic' } });
		const phone = '+13175550251';
		const account = await createAccount(practice, { your_reference: 'F-1', phone });
		await Promise.all([
			...Array.from({ length: 5 }, () => practice.must('POST', '/api/reminders', { account_ref: account })),
			...Array.from({ length: 3 }, () => practice.must('POST', '/api/reviews', { mode: 'send' })),
			...Array.from({ length: 3 }, () => service.useCases.handlers.review({ practice_id: practice.id })),
		]);
		await service.work();
		expect(to(phone)).toBe(1);
	});

	it('a step whose hold was lifted goes out after all', async () => {
		const practice = await createPractice(service.url, { policy: { sending: 'automatic', max_balance_age_hours: 240 } });
		const phone = '+13175550261';
		const account = await createAccount(practice, { your_reference: 'G-1', phone, fields: { first_notice_date: dayBefore(NOON, 7) } });
		// Planned, then held before the job runs.
		await service.useCases.handlers.review({ practice_id: practice.id });
		const hold = await practice.must('POST', '/api/holds', { scope: 'account', reason: 'staff_review', account_ref: account });
		expect(hold.cancelled_count).toBe(1);
		await service.work();
		expect(to(phone)).toBe(0);
		await service.advance(HOUR);
		await practice
			.must('POST', '/api/holds/release', { hold_ref: hold.hold_ref })
			.catch(() => practice.must('POST', '/api/holds/resume', { scope: 'account', account_ref: account }));
		await review(practice);
		expect(to(phone)).toBe(1);
		service.clock.now = NOON;
	});

	it('a new balance after the old one was paid climbs the ladder from its own first step', async () => {
		const practice = await createPractice(service.url, { policy: { sending: 'automatic' } });
		const phone = '+13175550271';
		const account = await createAccount(practice, { your_reference: 'H-1', phone, days: 16 });
		await review(practice);
		expect(to(phone)).toBe(1);
		await service.advance(DAY);
		await confirm(practice, account, 0);
		await review(practice);
		await service.advance(DAY);
		await practice.must('POST', '/api/balances', { account_ref: account, amount: 40, first_notice_date: dayBefore(service.clock.now, 0) });
		await review(practice);
		await service.advance(7 * DAY);
		await confirm(practice, account, 40);
		await review(practice);
		const events = (await items(practice, 'balance_overdue')).filter((item: { account_ref: string }) => item.account_ref === account);
		expect(events.map(({ days_overdue, amount }: { days_overdue: number; amount: number }) => [days_overdue, amount])).toEqual([
			[7, 40],
			[15, 84.2],
		]);
		expect(to(phone)).toBe(2);
		expect(await items(practice, 'balance_paid')).toHaveLength(1);
		service.clock.now = NOON;
	});
});
