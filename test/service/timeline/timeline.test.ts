/** What the ledger's memory makes of the past, case by case. */
import { describe, expect, it } from 'vitest';
import { amountsAt } from '../../../shared/service/timeline/amounts.ts';
import { changeBetween } from '../../../shared/service/timeline/changes.ts';
import { consentsAt } from '../../../shared/service/timeline/consents.ts';
import type { Entry, Past } from '../../../shared/service/timeline/past.ts';
import { account, invoice, NOW } from '../../rules/account.ts';

let seq = 0;
const entry = (at: number, kind: string, body: object): Entry => ({ seq: ++seq, at, kind, body });
const past = (amount: number, entries: Entry[], amounts: Past['amounts'] = []): Past =>
	({ invoices: [{ invoice_ref: 'inv_1', amount_minor: amount }], entries, amounts }) as unknown as Past;
const set = (at: number, before: number, after: number) => ({ seq: ++seq, at, invoice: 'inv_1', before, after, created: before === 0 });
const amounts = (of: Past, instants: number[]) => instants.map((at) => amountsAt(of, at).get('inv_1'));

describe('an amount of the past', () => {
	it('is what was recorded last before', () => {
		expect(amounts(past(70, [], [set(10, 0, 100), set(20, 100, 80), set(30, 80, 70)]), [5, 10, 15, 20, 29, 30, 99])).toEqual([0, 100, 100, 80, 80, 70, 70]);
	});

	it('knows what payments took, and what a payment that came back gave back', () => {
		const payment = (at: number, status: string, applied: object[]) => entry(at, 'payment_recorded', { payment_ref: 'pay_1', status, applied });
		const first = set(10, 0, 100);
		const entries = [payment(20, 'succeeded', [{ invoice_ref: 'inv_1', minor: 60 }]), payment(30, 'returned', [])];
		expect(amounts(past(100, entries, [first]), [15, 25, 35])).toEqual([100, 40, 100]);
	});

	it('keeps the order of payments and recordings of one instant', () => {
		const first = set(10, 0, 100);
		const paid = entry(20, 'payment_recorded', { payment_ref: 'pay_1', status: 'succeeded', applied: [{ invoice_ref: 'inv_1', minor: 30 }] });
		const corrected = set(20, 70, 90);
		expect(amounts(past(90, [paid], [first, corrected]), [15, 20])).toEqual([100, 90]);
	});
});

describe('a consent of the past', () => {
	const now = (state: 'granted' | 'revoked', at: number) => [
		{ channel: 'sms' as const, state, evidence: 'now', purpose: 'billing' as const, risk_notice_at: null, at: new Date(at).toISOString() },
	];
	const at = (instant: number, entries: Entry[], current = now('revoked', 50)) =>
		consentsAt(current, entries, instant).map((one) => [one.channel, one.state, one.evidence]);

	it('is the one that stands now, from its own instant on', () => {
		expect(at(50, [])).toEqual([['sms', 'revoked', 'now']]);
	});

	it('is not known where nothing says so', () => {
		expect(at(49, [])).toEqual([]);
		expect(at(49, [], [])).toEqual([]);
	});

	it('was granted with its evidence when an account was changed so, and revoked when somebody ended it', () => {
		const entries = [
			entry(10, 'account_created', { fields: ['sms_consent', 'language'], consent_evidence: 'form' }),
			entry(20, 'consent_revoked', { channels: ['sms', 'voice'], how: 'reply' }),
			entry(30, 'account_updated', { fields: ['sms_consent'], consent_evidence: 'call' }),
			entry(35, 'account_updated', { fields: ['language'] }),
		];
		expect([5, 15, 25, 40].map((instant) => at(instant, entries))).toEqual([
			[],
			[['sms', 'granted', 'form']],
			[
				['sms', 'revoked', 'reply'],
				['voice', 'revoked', 'reply'],
			],
			[
				['sms', 'granted', 'call'],
				['voice', 'revoked', 'reply'],
			],
		]);
	});

	it('that was refused by staff is no grant', () => {
		const entries = [
			entry(10, 'consent_revoked', { channels: ['sms'], how: 'form' }),
			entry(10, 'account_updated', { fields: ['sms_consent'], consent_evidence: 'form' }),
		];
		expect(at(20, entries)).toEqual([['sms', 'revoked', 'form']]);
	});

	it('is proven by the message that relied on it', () => {
		const entries = [entry(30, 'reminder_leaving', { channel: 'sms', consent: { state: 'granted', evidence: 'column', at: new Date(7).toISOString() } })];
		expect(consentsAt(now('revoked', 50), entries, 40)).toMatchObject([
			{ channel: 'sms', state: 'granted', evidence: 'column', at: new Date(7).toISOString() },
		]);
		expect(at(40, [entry(30, 'reminder_leaving', { channel: 'email' })])).toEqual([]);
	});
});

describe('what became known between two instants', () => {
	it('is nothing where only a policy and its messages made the difference', () => {
		const before = account({ previousMinor: 1 });
		const after = account({
			previousMinor: 2,
			workOpen: true,
			above: [1],
			history: [{ at: NOW, channel: 'sms' }],
			invoices: [invoice({ raisedDays: 15, remindedDays: 15, pausedDays: 3, asOf: NOW })],
		});
		expect(changeBetween(before, after, NOW)).toBeUndefined();
	});

	it('is the invoices that changed, with what is no longer known of them', () => {
		const before = account({ invoices: [invoice({ insuranceSince: 5 }), invoice({ ref: 'inv_2' })] });
		const after = account({ invoices: [invoice({ amountMinor: 1 }), invoice({ ref: 'inv_2' }), invoice({ ref: 'inv_3' })] });
		expect(changeBetween(before, after, NOW)).toEqual({
			at: NOW,
			facts: { invoices: [{ ...invoice({ amountMinor: 1 }), insuranceSince: null }, invoice({ ref: 'inv_3' })] },
		});
	});

	it('is news to either policy: marks of what was raised do not come with it', () => {
		const flag = { ref: 'flg_1', purpose: 'review' as const, priority: 'low' as const, at: NOW, raised: true };
		const promise = {
			ref: 'prm_1',
			status: 'open' as const,
			on: '2026-12-01',
			amountMinor: 1,
			paidMinor: 0,
			extensions: 0,
			covers: [],
			raised: ['due' as const],
		};
		const after = account({ flags: [flag], promises: [promise] });
		expect(changeBetween(account(), after, NOW)).toEqual({ at: NOW, facts: { flags: [{ ...flag, raised: false }], promises: [{ ...promise, raised: [] }] } });
		expect(changeBetween(account({ flags: [{ ...flag, raised: false }], promises: [{ ...promise, raised: [] }] }), after, NOW)).toBeUndefined();
	});

	it('is what went, and what holds and else stands now', () => {
		const dispute = { ref: 'dsp_1', reason: 'not_mine', at: 1, acknowledged: true, raised: true };
		const before = account({ disputes: [dispute], lastReplyAt: 1 });
		const after = account({ holds: [{ reason: 'dispute', since: 1 }], lastReplyAt: 2 });
		expect(changeBetween(before, after, NOW)).toEqual({ at: NOW, facts: { holds: [{ reason: 'dispute', since: 1 }], lastReplyAt: 2 }, gone: ['dsp_1'] });
	});
});
