/** Two policies tried on what really happened: the ledger's own past, and the command line that asks for it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { readPractice } from '../../../shared/service/practice.ts';
import { simulatedAccounts } from '../../../shared/service/timeline/timeline.ts';
import { POLICY_1 } from '../../kit/policy-1.ts';
import { createAccount, createPractice, DAY, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { run } from '../http/process.ts';

const policy = { ...DEFAULT_POLICY, channels: ['sms' as const], settle_minutes: 0, sending: 'automatic' as const };
const START = NOON - 40 * DAY;
let service: Running;
let practice: TestPractice;
let paid: string;
let disputed: string;
let silent: string;

/** One real month, day by day as the timer saw it. */
beforeAll(async () => {
	service = await startService({ now: START });
	practice = await createPractice(service.url, { twilio: false, policy });
	paid = await createAccount(practice, { your_reference: 'PAID', days: 0, now: START, amount: 120 });
	disputed = await createAccount(practice, { your_reference: 'DISPUTED', days: 0, now: START, amount: 80 });
	silent = await createAccount(practice, { your_reference: 'SILENT', days: 0, now: START, amount: 9, consent: false });
	for (let day = 1; day <= 40; day += 1) {
		await service.advance(DAY);
		if (day === 12)
			await practice.must('POST', '/api/payments', {
				account_ref: paid,
				payment: 'P1',
				amount: 120,
				status: 'succeeded',
				at: new Date(service.clock.now).toISOString(),
			});
		if (day === 10) await practice.must('POST', '/api/holds', { account_ref: disputed, scope: 'account', reason: 'dispute' });
		if (day === 15) await practice.must('POST', '/api/holds/release', { account_ref: disputed, scope: 'account' });
		// The billing system says the same again every night.
		const known = [['DISPUTED', 80] as const, ['SILENT', 9] as const, ...(day < 12 ? [['PAID', 120] as const] : [])];
		for (const [your_reference, amount] of known) await practice.must('POST', '/api/balances', { your_reference, amount });
		await service.useCases.handlers.review({ practice_id: practice.id });
		await service.useCases.handlers.sweep({ practice_id: practice.id });
		await service.work();
	}
}, 120_000);
afterAll(() => service.close());

const simulate = (body: object) => practice.must('POST', '/api/setup/simulate', { days: 40, policy_b: policy, ...body });
const sent = () =>
	service.rows(practice.id, (tx) =>
		tx
			.selectFrom('reminder')
			.select(['account_ref', 'message'])
			.where('practice_id', '=', practice.id)
			.where('sent_at', 'is not', null)
			.orderBy('sent_at')
			.execute(),
	);

describe('a simulation over the ledger', () => {
	it('finds with the policy in force the messages that were really sent', async () => {
		const real = await sent();
		expect(real.map((row) => row.message)).toEqual(['reminder_1', 'reminder_1', 'reminder_2', 'reminder_3']);
		const result = await simulate({});
		expect(result).toMatchObject({ days: 40, accounts: 3, changed: 0, is_complete: true });
		expect(result.policy_hash_a).toBe(result.policy_hash_b);
		expect(result.a.by_message).toEqual({ reminder_1: 2, reminder_2: 1, reminder_3: 1 });
	});

	it('shows what another policy would have made of the same days', async () => {
		const result = await simulate({ policy_b: { ...policy, minimum: { message: 100, paper: 100, staff: 100 } }, examples: 5 });
		expect(result.difference).toMatchObject({ messages: -3, by_message: { reminder_1: -1, reminder_2: -1, reminder_3: -1 }, asked: { USD: -240 } });
		expect(result.difference.work).toEqual({ unknown_consent: -1 });
		expect(result.changed).toBe(2);
		const example = result.examples.find((one: { account_ref: string }) => one.account_ref === disputed);
		expect(example).toMatchObject({
			at: '2026-10-22T12:00:00.000Z',
			a: { did: 'sent', message: 'reminder_1', channel: 'sms', amount_text: '$80.00' },
			b: { did: 'held', message: 'reminder_1', reasons: [{ code: 'below_minimum' }, { code: 'hours' }] },
		});
	});

	it('takes a policy of version 1, and two that are both not in force', async () => {
		const older = { ...POLICY_1, anchor: 'first_notice' };
		const result = await simulate({ policy_a: older, policy_b: { ...older, caps: { ...older.caps, per_7_days: 0 } } });
		expect([result.b.messages, result.a.messages > 0]).toEqual([0, true]);
		expect(result.b.cap_hits.cap_7_days).toBe(result.a.due);
	});

	it('says when it did not look at every account', async () => {
		expect(await simulate({ limit: 1 })).toMatchObject({ accounts: 1, is_complete: false });
	});

	it('is told to nobody but the audit', async () => {
		const before = await sent();
		await simulate({});
		expect(await sent()).toEqual(before);
		const entries = await service.rows(practice.id, (tx) =>
			tx
				.selectFrom('audit')
				.select('body')
				.where('practice_id', '=', practice.id)
				.where('kind', '=', 'policy_simulated')
				.orderBy('seq', 'desc')
				.limit(1)
				.execute(),
		);
		expect(entries[0]?.body).toMatchObject({ days: 40, accounts: 3, changed: 0 });
	});

	it('refuses a policy whose parts contradict, and an unknown field', async () => {
		const refused = await practice.call('POST', '/api/setup/simulate', { body: { policy_b: { ...policy, channels: ['sms', 'sms'] } } });
		expect([refused.status, refused.json.code]).toEqual([400, 'policy_contradicts']);
		const unknown = await practice.call('POST', '/api/setup/simulate', { body: { policy_b: policy, day: 3 } });
		expect([unknown.status, unknown.json.errors[0].field]).toEqual([400, 'day']);
	});

	it('is what the command line prints', async () => {
		const root = mkdtempSync(join(tmpdir(), 'dunwell-ledger-'));
		const file = join(root, 'b.json');
		writeFileSync(file, JSON.stringify({ ...policy, minimum: { message: 100, paper: 100, staff: 100 } }));
		const { code, stdout, stderr } = await run('shared/cli/simulate.ts', ['--against', file, '--days', '40', '--url', service.url], {
			DUNWELL_KEY: practice.live,
		});
		rmSync(root, { recursive: true });
		expect([code, stderr]).toEqual([0, '']);
		expect(stdout.split('\n')[0]).toBe('40 days from 2026-10-15, 3 accounts; 2 of them treated differently.');
		expect(stdout).toMatch(/\n +in force +b\.json +Difference\n/);
		expect(stdout).toContain('b.json: holds "reminder_1"');
	});
});

describe('an account of the past', () => {
	const at = (days: number) =>
		service.rows(practice.id, async (tx) => {
			const read = await readPractice(tx, practice.id, service.clock.now);
			return (await simulatedAccounts(tx, read, [paid, disputed, silent].sort(), START + days * DAY, service.clock.now)).map((one) => ({
				ref: one.facts.ref,
				...one,
			}));
		});
	const of = async (ref: string, days: number) => (await at(days)).find((one) => one.ref === ref);

	it('owed what it owed then, and what was paid since became known when it was paid', async () => {
		const account = await of(paid, 5);
		expect(account?.facts.invoices.map((invoice) => [invoice.amountMinor, invoice.remindedDays, invoice.raisedDays])).toEqual([[12_000, 0, 0]]);
		expect(account?.facts.lastPaymentAt).toBeUndefined();
		const payment = account?.changes.find((change) => change.facts.payments !== undefined);
		expect(payment).toMatchObject({ at: START + 12 * DAY, facts: { invoices: [{ amountMinor: 0 }], lastPaymentAt: START + 12 * DAY } });
	});

	it('stood on the ladder where it stood then', async () => {
		expect((await of(disputed, 9))?.facts.invoices.map((invoice) => [invoice.raisedDays, invoice.remindedDays, invoice.pausedDays])).toEqual([[7, 7, 0]]);
		expect((await of(disputed, 30))?.facts.invoices.map((invoice) => [invoice.raisedDays, invoice.remindedDays, invoice.pausedDays])).toEqual([[15, 15, 5]]);
	});

	it('was on hold while it was, and consented to what it had consented to', async () => {
		expect((await of(disputed, 11))?.facts.holds).toEqual([{ reason: 'dispute', since: START + 10 * DAY }]);
		expect((await of(disputed, 20))?.facts.holds).toEqual([]);
		const channels = async (ref: string) => (await of(ref, 11))?.facts.contacts.map((contact) => [contact.channel, contact.consent]);
		expect(await channels(disputed)).toContainEqual(['sms', 'granted']);
		expect(await channels(silent)).toContainEqual(['sms', 'unknown']);
	});

	it('heard what it had heard', async () => {
		const history = (await of(disputed, 25))?.facts.history.map((contact) => [Math.floor((contact.at - START) / DAY), contact.channel]);
		expect(history).toEqual([
			[7, 'sms'],
			[20, 'sms'],
		]);
	});
});
