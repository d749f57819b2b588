/** The policy over its life: of an older version, replaced, set ahead for a day, in force from its first instant. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { canonical } from '../../../shared/contracts/canonical.ts';
import { DEFAULT_POLICY, type Policy } from '../../../shared/contracts/policy.ts';
import { upgradePolicy } from '../../../shared/contracts/policy-upgrade.ts';
import { POLICY_1 } from '../../kit/policy-1.ts';
import { createAccount, createPractice, HOUR, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';

let service: Running;
let practice: TestPractice;
beforeAll(async () => {
	service = await startService();
});
afterAll(() => service.close());

const policyOf = async (): Promise<{ policy: Policy; policy_hash: string; versions: { policy_hash: string; since: string; status: string }[] }> =>
	practice.must('GET', '/api/setup/policy');
const audited = (kind: string) =>
	service.rows(practice.id, (tx) =>
		tx.selectFrom('audit').select(['actor', 'subject', 'body']).where('practice_id', '=', practice.id).where('kind', '=', kind).execute(),
	);

describe('a policy of version 1', () => {
	beforeAll(async () => {
		practice = await createPractice(service.url, { twilio: false });
	});

	it('is taken, and kept as the version 2 that it means', async () => {
		const set = await practice.setup('PUT', '/policy', POLICY_1);
		expect(set).toMatchObject({ policy: upgradePolicy(POLICY_1), changed: true, in_force_from: new Date(NOON).toISOString() });
		expect((await policyOf()).policy).toEqual(upgradePolicy(POLICY_1));
	});

	it('that lies in the ledger since before is read as version 2 and decides', async () => {
		await service.rows(practice.id, (tx) =>
			tx
				.updateTable('practice')
				.set({ policy: JSON.stringify(POLICY_1) })
				.where('practice_id', '=', practice.id)
				.execute(),
		);
		expect((await policyOf()).policy).toEqual(upgradePolicy(POLICY_1));
		const ref = await createAccount(practice, { your_reference: 'V-1', days: 12, fields: { due_date: '2026-11-12' } });
		const preview = await practice.must('GET', `/api/reminders/preview?account_ref=${ref}`);
		expect([preview.would_send, preview.message]).toEqual([true, 'reminder_1']);
	});

	it('in a snapshot is applied too', async () => {
		const snapshot = { version: 1, policy: POLICY_1, settings: {}, routes: [], senders: [] };
		expect(await practice.setup('PUT', '/snapshot', snapshot)).toMatchObject({ applied: true });
		expect((await practice.setup('GET', '/snapshot')).policy).toEqual(upgradePolicy(POLICY_1));
	});
});

describe('the digest of a policy', () => {
	it('is the same for the same content, in whatever order its keys stand', async () => {
		const first = await practice.setup('PUT', '/policy', DEFAULT_POLICY);
		const reversed = Object.fromEntries(Object.entries(DEFAULT_POLICY).toReversed());
		expect(canonical(reversed)).toBe(canonical(DEFAULT_POLICY));
		expect(await practice.setup('PUT', '/policy', reversed)).toMatchObject({ policy_hash: first.policy_hash, changed: false });
		expect(await practice.setup('PUT', '/policy', { ...DEFAULT_POLICY, fallback: false })).not.toMatchObject({ policy_hash: first.policy_hash });
		// And back again, at the same instant: a version that was in force before may be so once more.
		expect(await practice.setup('PUT', '/policy', DEFAULT_POLICY)).toMatchObject({ policy_hash: first.policy_hash, changed: true });
	});
});

describe('a policy that speaks of what the practice does not have', () => {
	it('is taken, and says what is missing', async () => {
		const escalation = {
			...DEFAULT_POLICY.escalation,
			route: 'billing_team',
			ladders: [{ id: 'big', when: { minimum_amount: 500 }, severity: 'high', route: 'managers', owner: 'mary' }],
		};
		const milestones = [
			{ days: 7, message: 'reminder_1' },
			{ days: 15, message: 'our_own' },
		];
		const set = await practice.setup('PUT', '/policy', { ...DEFAULT_POLICY, escalation, milestones });
		expect(set.missing).toEqual([
			'The message "our_own" has no text: write it under "texts", such as our_own.sms.en.',
			'There is no route "billing_team": set it with route set, or staff work stays in Dunwell.',
			'There is no route "managers": set it with route set, or staff work stays in Dunwell.',
			'There is no staff member "mary": add the person with staff set.',
		]);
		await practice.setup('PUT', '/routes/billing_team', { label: 'Billing' });
		await practice.setup('PUT', '/staff/mary', { name: 'Mary' });
		const texts = { 'our_own.sms.en': '{{ practice }}: please call {{ phone }}. Reply STOP to opt out.' };
		expect((await practice.setup('PUT', '/policy', { ...DEFAULT_POLICY, escalation, milestones, texts })).missing).toEqual([
			'There is no route "managers": set it with route set, or staff work stays in Dunwell.',
		]);
	});

	it('keeps what it speaks of from being removed, also while it only waits for its day', async () => {
		const codeOf = async (path: string) => (await practice.call('DELETE', `/api/setup${path}`)).json?.code;
		await practice.setup('PUT', '/routes/managers', { label: 'Managers' });
		expect([await codeOf('/routes/billing_team'), await codeOf('/routes/managers'), await codeOf('/staff/mary')]).toEqual([
			'route_in_use',
			'route_in_use',
			'staff_in_use',
		]);
		const { policy } = await policyOf();
		const ahead = await practice.setup('PUT', '/policy', { ...policy, effective_from: '2027-01-01' });
		await practice.setup('PUT', '/policy', DEFAULT_POLICY);
		expect(await codeOf('/routes/managers')).toBe('route_in_use');
		await practice.setup('DELETE', `/policy/scheduled/${ahead.policy_hash}`);
		expect([await codeOf('/routes/managers'), await codeOf('/staff/mary')]).toEqual([undefined, undefined]);
	});
});

describe('a policy set ahead for a day', () => {
	const TOMORROW = Date.parse('2026-11-25T05:00:00Z');
	const strict = {
		...DEFAULT_POLICY,
		channels: ['sms' as const],
		settle_minutes: 0,
		minimum: { message: 500, paper: 500, staff: 500 },
		effective_from: '2026-11-25',
	};
	let ref: string;
	let today: string;
	let tomorrow: string;
	beforeAll(async () => {
		practice = await createPractice(service.url, { twilio: false });
		ref = await createAccount(practice, { your_reference: 'A-1' });
		await service.useCases.handlers.review({ practice_id: practice.id });
		today = (await policyOf()).policy_hash;
	});
	const wouldSend = async () => (await practice.must('GET', `/api/reminders/preview?account_ref=${ref}`)).would_send;

	it('is previewed tomorrow by the policy of today while there is no other: at the first allowed hour', async () => {
		expect(await practice.must('GET', `/api/reminders/preview?account_ref=${ref}&on=2026-12-01`)).toMatchObject({
			would_send: true,
			decision: 'send',
			message: 'reminder_2',
			send_at: '2026-12-01T08:00:00-05:00',
		});
	});

	it('waits for it, seen by all who ask', async () => {
		const set = await practice.setup('PUT', '/policy', strict);
		expect(set).toMatchObject({ changed: true, status: 'scheduled', in_force_from: '2026-11-25T05:00:00.000Z', missing: [] });
		tomorrow = set.policy_hash;
		const { policy_hash, versions } = await policyOf();
		expect(policy_hash).toBe(today);
		expect(versions.slice(0, 2)).toMatchObject([
			{ policy_hash: tomorrow, since: '2026-11-25T05:00:00.000Z', status: 'scheduled' },
			{ policy_hash: today, status: 'in_force' },
		]);
		expect(await wouldSend()).toBe(true);
	});

	it('decides a preview of its day already, and no preview of today', async () => {
		const preview = (on: string) => practice.must('GET', `/api/reminders/preview?account_ref=${ref}&on=${on}`);
		expect(await preview('2026-11-25')).toMatchObject({ would_send: false, decision: 'hold', reason_code: 'below_minimum' });
		expect(await preview('2026-11-24')).toMatchObject({ would_send: true });
		const past = await practice.call('GET', `/api/reminders/preview?account_ref=${ref}&on=2026-11-23`);
		expect([past.status, past.json.errors[0].field]).toEqual([400, 'on']);
	});

	it('of the same day replaces the one that was set before', async () => {
		const other = await practice.setup('PUT', '/policy', { ...strict, fallback: false });
		expect((await policyOf()).versions.filter((version) => version.status === 'scheduled').map((version) => version.policy_hash)).toEqual([other.policy_hash]);
		await practice.setup('PUT', '/policy', strict);
	});

	it('can be taken back, once', async () => {
		const later = await practice.setup('PUT', '/policy', { ...strict, effective_from: '2026-12-24' });
		expect((await practice.call('DELETE', `/api/setup/policy/scheduled/${later.policy_hash}`)).status).toBe(204);
		const again = await practice.call('DELETE', `/api/setup/policy/scheduled/${later.policy_hash}`);
		expect([again.status, again.json.code]).toEqual([404, 'policy_not_scheduled']);
		expect((await practice.call('DELETE', `/api/setup/policy/scheduled/${today}`)).status).toBe(404);
	});

	it('decides from the first instant of its day, though the timer has not come by yet', async () => {
		service.clock.now = TOMORROW - 1;
		expect((await policyOf()).policy_hash).toBe(today);
		service.clock.now = TOMORROW;
		expect((await policyOf()).policy_hash).toBe(tomorrow);
		expect(await wouldSend()).toBe(false);
		expect(await audited('policy_in_force')).toEqual([]);
	});

	it('comes into force with the timer, once, and says so in the audit', async () => {
		await service.useCases.handlers.sweep({ practice_id: practice.id });
		await service.useCases.handlers.sweep({ practice_id: practice.id });
		expect(await audited('policy_in_force')).toEqual([{ actor: 'system', subject: tomorrow, body: { since: '2026-11-25T05:00:00.000Z', before: today } }]);
		const row = await service.rows(practice.id, (tx) =>
			tx.selectFrom('account').select('next_review_at').where('practice_id', '=', practice.id).where('account_ref', '=', ref).executeTakeFirstOrThrow(),
		);
		expect(row.next_review_at?.getTime()).toBe(TOMORROW);
		expect((await policyOf()).versions.map((version) => version.status).slice(0, 2)).toEqual(['in_force', 'past']);
	});

	it('with a day that is over is in force at once', async () => {
		service.clock.now = TOMORROW + HOUR;
		const set = await practice.setup('PUT', '/policy', { ...DEFAULT_POLICY, effective_from: '2026-11-25' });
		expect([set.in_force_from, (await policyOf()).policy_hash]).toEqual([new Date(TOMORROW + HOUR).toISOString(), set.policy_hash]);
	});
});
