import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY as policy } from '../../../shared/contracts/policy.ts';
import { PAYMENT_CODES } from '../../../shared/rules/events/payment-codes-data.ts';
import type { AccountFacts } from '../../../shared/rules/index.ts';
import { account, codes, contact, DAY, decide, HOUR, invoice, iso, NOW } from '../account.ts';

type Payment = AccountFacts['payments'][number];
const failed = (changes: Partial<Payment> = {}): Payment => ({ ref: 'pay_1', status: 'failed', amountMinor: 5000, at: NOW - HOUR, raised: false, ...changes });
const quiet = invoice({ raisedDays: 15, remindedDays: 15 });
const having = (payment: Payment, changes: Partial<AccountFacts> = {}) => account({ invoices: [quiet], payments: [payment], ...changes });

describe('a payment that did not come', () => {
	test.each<[string, Partial<Payment>, string, string | undefined, string]>([
		['a soft decline', { code: 'insufficient_funds' }, 'soft', 'payment_failed', 'It may be tried again; ask for another way to pay meanwhile.'],
		['a hard decline', { code: 'expired_card' }, 'hard', 'payment_method_needed', 'Trying again will not help: a new way to pay is needed.'],
		['R01, never tried again', { status: 'returned', code: 'R01' }, 'soft', 'payment_returned', 'It may be tried at most twice more.'],
		['R01, tried again once', { status: 'returned', code: 'R01', retries: 1 }, 'soft', 'payment_returned', 'It may be tried at most once more.'],
		[
			'R09, tried again twice',
			{ status: 'returned', code: 'R09', retries: 2 },
			'hard',
			'payment_method_needed',
			'Its tries are used up: a new way to pay is needed.',
		],
		[
			'R02',
			{ status: 'returned', code: 'R02' },
			'bad_account',
			'payment_method_needed',
			'The account can not be debited: ask for the right account or another way to pay.',
		],
		[
			'R03',
			{ status: 'returned', code: 'R03' },
			'bad_account',
			'payment_method_needed',
			'The account can not be debited: ask for the right account or another way to pay.',
		],
		[
			'R04',
			{ status: 'returned', code: 'R04' },
			'bad_account',
			'payment_method_needed',
			'The account can not be debited: ask for the right account or another way to pay.',
		],
		[
			'R20',
			{ status: 'returned', code: 'R20' },
			'bad_account',
			'payment_method_needed',
			'The account can not be debited: ask for the right account or another way to pay.',
		],
		[
			'R07',
			{ status: 'returned', code: 'R07' },
			'unauthorized',
			undefined,
			'Never debit this account again without a new authorization: staff talk with the guarantor first.',
		],
		['R16', { status: 'returned', code: 'R16' }, 'frozen', undefined, 'The account is frozen: do not debit it; staff find out why.'],
		['R15', { status: 'returned', code: 'R15' }, 'deceased', undefined, 'The bank says that the account holder died: staff find out before anybody writes.'],
		['a code nobody knows', { code: 'odd_one' }, 'unknown', 'payment_failed', 'The code is not in our table: look at it before anybody tries again.'],
	])('%s', (_, changes, stage, message, next) => {
		const decision = decide(having(failed(changes)));
		const [event] = decision.events;
		expect([event?.stage, event?.message, event?.reasons[1]]).toEqual([stage, message, next]);
		expect(event?.key).toBe(`payment_failed:acc_1:pay_1:${changes.status ?? 'failed'}:${stage}`);
		expect(decision.reminder.message).toBe(message);
		expect(decision.work.map((work) => [work.cause, work.severity])).toEqual(message === undefined ? [['payment:acc_1:pay_1', 'high']] : []);
	});

	test.each(['R08', 'R10', 'R11', 'R29'])('%s: nobody debits again, staff look first', (code) => {
		const decision = decide(having(failed({ status: 'returned', code })));
		expect(decision.work).toEqual([
			{
				cause: 'payment:acc_1:pay_1',
				reason: 'payment_failed',
				title: '$50.00 came back. Never debit this account again without a new authorization: staff talk with the guarantor first.',
				severity: 'high',
				amountMinor: 5000,
			},
		]);
		const key = decision.events[0]?.key ?? '';
		expect(codes(decide(having(failed({ status: 'returned', code, raised: true })), { request: { because: { type: 'payment_failed', key } } }))).toEqual([
			'staff_first',
		]);
	});

	test('without a code says so and gives no advice', () => {
		expect(decide(having(failed())).events[0]?.reasons).toEqual(['The processor gave no cause.']);
	});

	test('an automatic payment is called one', () => {
		expect(decide(having(failed({ autopay: true }))).events[0]?.summary).toBe('An automatic payment of $50.00 failed.');
	});

	test('every code has words and a stage', () => {
		for (const [code, { label, stage }] of PAYMENT_CODES) expect([code, label.length > 0, stage]).toEqual([code, true, expect.any(String)]);
		expect(PAYMENT_CODES.size).toBeGreaterThan(50);
	});

	test('asked for after the money came, it is over', () => {
		const because = { type: 'payment_failed' as const, key: 'payment_failed:acc_1:pay_1:failed:soft' };
		expect(codes(decide(having(failed({ status: 'succeeded', code: 'insufficient_funds', raised: true })), { request: { because } }))).toEqual(['event_over']);
		expect(decide(having(failed({ code: 'insufficient_funds', raised: true })), { request: { because } }).reminder).toMatchObject({
			verdict: 'send',
			message: 'payment_failed',
			occasions: [{ key: because.key, type: 'payment_failed' }],
		});
	});

	test('an event without its key is found by its type', () => {
		const request = { because: { type: 'payment_failed' as const } };
		expect(decide(having(failed({ code: 'expired_card' })), { request }).reminder.message).toBe('payment_method_needed');
	});

	test('of a plan is told over the payment, since no invoice may be asked for', () => {
		const facts = having(failed({ invoice: 'inv_1', code: 'expired_card' }), { invoices: [invoice({ onPlan: true })] });
		expect(decide(facts).reminder).toMatchObject({ verdict: 'send', message: 'payment_method_needed', amountMinor: 5000, covers: [], days: 0 });
		const held = { ...facts, holds: [{ reason: 'staff_review' as const, since: NOW - HOUR }] };
		expect([decide(held).reminder.verdict, codes(decide(held))]).toEqual(['hold', ['hold_staff_review']]);
	});

	test('of an invoice that is held says what holds it', () => {
		const facts = having(failed({ invoice: 'inv_1', code: 'expired_card' }), { invoices: [invoice({ disputed: true })] });
		expect(codes(decide(facts))).toEqual(['disputed']);
	});
});

describe('after a payment that came back', () => {
	const due = (returnedAt: number) => account({ invoices: [invoice({ returnedAt })] });

	test('the age is honest, the event is raised, and the next step waits three days', () => {
		const decision = decide(due(NOW - DAY));
		expect(decision.events.map((event) => event.days)).toEqual([15]);
		expect(decision.reminder).toMatchObject({ verdict: 'wait', message: 'reminder_2', days: 15, sendAt: NOW + 2 * DAY });
		expect(decision.reminder.reasons).toEqual([
			{
				code: 'returned_payment',
				text: 'A payment came back less than 3 days ago.',
				remedy: 'Nothing to do: it may go out on 2026-11-26 11:00 (America/New_York).',
				until: NOW + 2 * DAY,
			},
		]);
		expect(decide(account({ invoices: [invoice({ returnedAt: NOW - DAY })] }), { request: { message: 'reminder_2' } }).reminder.sendAt).toBe(NOW + 2 * DAY);
	});

	test.each([
		[NOW - 3 * DAY + 1, 'wait'],
		[NOW - 3 * DAY, 'send'],
	] as const)('returned at %i: %s', (returnedAt, verdict) => {
		expect(decide(due(returnedAt)).reminder.verdict).toBe(verdict);
		expect(decide(due(returnedAt), { request: { message: 'reminder_1' } }).reminder.verdict).toBe(verdict);
	});

	test('other invoices go on', () => {
		const decision = decide(account({ invoices: [invoice({ returnedAt: NOW - DAY }), invoice({ ref: 'inv_2' })] }));
		expect([decision.reminder.verdict, decision.reminder.covers]).toEqual(['send', ['inv_2']]);
		expect(iso(decision.nextReviewAt)).toBe('2026-11-26T16:00:00.000Z');
	});

	test('that it came back is told at once, without taking the step', () => {
		const decision = decide(account({ invoices: [invoice({ returnedAt: NOW })], payments: [failed({ status: 'returned', code: 'R01', invoice: 'inv_1' })] }));
		expect(decision.reminder).toMatchObject({ verdict: 'send', message: 'payment_returned', days: 0, covers: ['inv_1'], amountMinor: 8420 });
		expect(decision.reminder.occasions.map(({ type }) => type)).toEqual(['payment_failed']);
	});
});

describe('a payment that is disputed', () => {
	const dispute = { ref: 'dsp_1', payment: 'pay_1', reason: 'not_mine', at: NOW, acknowledged: true, raised: false };

	test('is told once, pauses its invoice and is work with a due date', () => {
		const facts = having(failed({ status: 'disputed', invoice: 'inv_1' }), { disputes: [dispute] });
		const decision = decide(facts);
		expect(decision.events).toEqual([
			{
				type: 'payment_disputed',
				key: 'payment_disputed:acc_1:dsp_1',
				amountMinor: 5000,
				invoices: ['inv_1'],
				payment: 'pay_1',
				dispute: 'dsp_1',
				summary: 'A payment of $50.00 is disputed.',
				reasons: ['Reason: not mine.', 'Nothing is asked for it until it is settled.'],
			},
		]);
		expect(codes(decision)).toEqual(['disputed']);
		expect(decision.work).toEqual([
			{ cause: 'dispute:acc_1:dsp_1', reason: 'disputed', title: '$50.00 is disputed: not mine', severity: 'high', amountMinor: 5000, dueBusinessDays: 5 },
		]);
		expect(decide({ ...facts, disputes: [{ ...dispute, raised: true }] }).events).toEqual([]);
	});

	test('that is not known pauses everything: nobody knows what it is about', () => {
		const decision = decide(account({ disputes: [dispute] }));
		expect([codes(decision), decision.events[0]?.summary, decision.events[0]?.amountMinor]).toEqual([['disputed'], 'A payment is disputed.', 0]);
	});
});

describe('a dispute of an amount', () => {
	const dispute = { ref: 'dsp_1', invoice: 'inv_1', reason: 'wrong_amount', at: NOW, acknowledged: false, raised: true };
	const disputed = (changes: Partial<AccountFacts> = {}) => account({ disputes: [dispute], lastReplyAt: NOW - HOUR, ...changes });

	test('raises no event, pauses its invoice and is acknowledged once, however recent the reply', () => {
		const { events, reminder, work } = decide(disputed());
		expect(events).toEqual([]);
		expect(reminder).toEqual({
			verdict: 'send',
			message: 'dispute_received',
			days: 0,
			channel: 'email',
			fallback: 'sms',
			amountMinor: 0,
			covers: [],
			occasions: [{ key: 'payment_disputed:acc_1:dsp_1', type: 'payment_disputed' }],
			reasons: [],
		});
		expect(work).toEqual([
			{
				cause: 'dispute:acc_1:dsp_1',
				reason: 'disputed',
				title: '$84.20 is disputed: wrong amount',
				severity: 'normal',
				amountMinor: 8420,
				dueBusinessDays: 5,
			},
		]);
	});

	test('needs no amount on paper either', () => {
		expect(decide(disputed({ contacts: [contact('letter')] })).reminder).toMatchObject({ verdict: 'send', channel: 'letter' });
	});

	test.each<[string, Partial<AccountFacts>, string]>([
		['bankruptcy', { holds: [{ reason: 'bankruptcy', since: NOW - DAY }] }, 'hold_bankruptcy'],
		['a hold on the account', { holds: [{ reason: 'staff_review', since: NOW - DAY }] }, 'hold_staff_review'],
		['a guarantor who did not sign', { guarantorSigned: false }, 'wrong_guarantor'],
		['no consent', { contacts: [contact('sms', { consent: 'revoked' })] }, 'consent_revoked'],
	])('is not acknowledged against %s', (_, changes, code) => {
		const decision = decide(disputed(changes));
		expect([decision.reminder.verdict, codes(decision)]).toEqual(['hold', expect.arrayContaining([code])]);
	});

	test('its own hold does not keep the answer to it back, and is the one reason', () => {
		const held = disputed({ holds: [{ reason: 'dispute', since: NOW - HOUR }] });
		expect(decide(held).reminder.verdict).toBe('send');
		expect(codes(decide(held, { request: { invoices: ['inv_1'] } }))).toEqual(['hold_dispute', 'cooldown_reply']);
	});

	test.each([
		['acknowledged', { ...dispute, acknowledged: true }, true],
		['the policy wants none', dispute, false],
	])('no acknowledgement when %s', (_, one, acknowledge) => {
		const decision = decide(account({ disputes: [one] }), { policy: { ...policy, dispute: { acknowledge, due_business_days: 5 } } });
		expect(codes(decision)).toEqual(['disputed']);
	});

	test('a message that named it is its acknowledgement', () => {
		const history = [{ at: NOW - 9 * DAY, channel: 'email' as const, occasions: ['payment_disputed:acc_1:dsp_1'] }];
		expect(codes(decide(disputed({ history })))).toContain('disputed');
	});

	test('asked for because of it: once', () => {
		const request = { because: { type: 'payment_disputed' as const, key: 'payment_disputed:acc_1:dsp_1' } };
		expect(decide(disputed(), { request }).reminder.message).toBe('dispute_received');
		expect(codes(decide(disputed({ disputes: [{ ...dispute, acknowledged: true }] }), { request }))).toEqual(['already_covered']);
	});

	test('asked for by name', () => {
		expect(decide(disputed(), { request: { message: 'dispute_received' } }).reminder).toMatchObject({ verdict: 'send', amountMinor: 0 });
		expect(decide(account(), { request: { message: 'insurance_update' } }).reminder).toMatchObject({
			verdict: 'send',
			message: 'insurance_update',
			occasions: [],
		});
	});

	test('comes before the ladder of what is not disputed, and not before what is asked for', () => {
		const two = disputed({ invoices: [invoice(), invoice({ ref: 'inv_2' })], lastReplyAt: NOW - 9 * DAY });
		expect(decide(two).reminder.message).toBe('dispute_received');
		expect(decide(two, { request: { because: { type: 'balance_overdue' } } }).reminder).toMatchObject({ message: 'reminder_2', covers: ['inv_2'] });
		expect(decide(two, { request: { invoices: ['inv_2'] } }).reminder.message).toBe('reminder_2');
	});
});
