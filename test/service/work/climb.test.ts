/** Work that nobody finishes moves up, at hours at which somebody is there to hear it. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEDGERS } from '../../kit/database.ts';
import { type Running, startService, type TestPractice } from '../../kit/service.ts';
import { type Slack, startSlack } from '../../kit/slack.ts';
import { startListener, subscribe } from '../flow/kit.ts';
import { at, createTeam, escalation, open, sweep, sweepAt, told } from './kit.ts';

const RUNGS = escalation({
	route: 'billing_team',
	due_business_days: 2,
	rungs: [
		{ after_business_days: 2, severity: 'normal' },
		{ after_business_days: 5, severity: 'high', route: 'managers' },
		{ after_business_days: 10, severity: 'high', owner: 'dana' },
	],
});

for (const { title, kind, skip } of LEDGERS)
	describe.skipIf(skip)(`Unworked work, ${title}`, () => {
		let service: Running;
		let slack: Slack;
		let practice: TestPractice;

		beforeAll(async () => {
			slack = await startSlack();
			service = await startService({ kind, vendorUrls: { slack: slack.url } });
		});
		afterAll(async () => {
			await service.close();
			await slack[Symbol.asyncDispose]();
		});

		const changes = async () => (await told(practice)).map((event) => [event.occurred_at, event.change, event.severity, event.route, event.owner]);

		it('climbs in New York around Thanksgiving: after two, five and ten business days, at the time of day it was opened', async () => {
			service.clock.now = at('2026-11-24T12:00:00-05:00');
			practice = await createTeam(service, { policy: RUNGS });
			const { escalation_ref } = await practice.must('POST', '/api/escalations', { reason: 'other', severity: 'low' });
			for (const moment of [
				'2026-11-26T12:00:00-05:00',
				'2026-11-27T11:59:00-05:00',
				'2026-11-27T12:00:00-05:00',
				'2026-11-27T12:01:00-05:00',
				'2026-11-30T07:59:00-05:00',
				'2026-11-30T08:00:00-05:00',
				'2026-12-02T11:59:00-05:00',
				'2026-12-02T12:00:00-05:00',
				'2026-12-09T12:00:00-05:00',
				'2026-12-30T12:00:00-05:00',
			])
				await sweepAt(service, practice, moment);
			expect(await changes()).toEqual([
				['2026-11-24T12:00:00-05:00', 'opened', 'low', 'billing_team', ''],
				['2026-11-27T12:00:00-05:00', 'moved_up', 'normal', 'billing_team', ''],
				['2026-11-30T08:00:00-05:00', 'overdue', 'normal', 'billing_team', ''],
				['2026-12-02T12:00:00-05:00', 'moved_up', 'high', 'managers', 'dana'],
				['2026-12-09T12:00:00-05:00', 'moved_up', 'high', 'managers', 'dana'],
			]);
			expect(await open(practice)).toMatchObject([{ escalation_ref, rung: 3, severity: 'high', overdue: true, due_at: '2026-11-27T23:59:59-05:00' }]);
		});

		it('says what changed and why', async () => {
			expect((await told(practice)).map((event) => [event.summary, event.what_changed_text])).toEqual([
				['Staff work opened: Other.', ''],
				['Staff work moved up: Other.', 'Nobody finished it in 2 business days.\nSeverity: Low to Normal.'],
				['Staff work missed its due date: Other.', ''],
				['Staff work moved up: Other.', 'Nobody finished it in 5 business days.\nSeverity: Normal to High.\nRoute: Managers.\nOwner: dana.'],
				['Staff work moved up: Other.', 'Nobody finished it in 10 business days.'],
			]);
		});

		it('climbs in Phoenix by its own clock, which is not changed, and not on the days it is closed', async () => {
			service.clock.now = at('2026-11-24T12:00:00-05:00');
			practice = await createTeam(service, { zone: 'America/Phoenix', policy: { ...RUNGS, closures: ['2026-11-27'] } });
			await practice.must('POST', '/api/escalations', { reason: 'other' });
			for (const moment of ['2026-11-27T12:00:00-07:00', '2026-11-30T09:59:00-07:00', '2026-11-30T10:00:00-07:00', '2026-12-01T08:00:00-07:00'])
				await sweepAt(service, practice, moment);
			expect((await changes()).map(([when, change]) => [when, change])).toEqual([
				['2026-11-24T10:00:00-07:00', 'opened'],
				['2026-11-30T10:00:00-07:00', 'moved_up'],
				['2026-12-01T08:00:00-07:00', 'overdue'],
			]);
		});

		it('stays silent at night and on a weekend when the service was away, then climbs once, to where it belongs', async () => {
			service.clock.now = at('2026-11-24T12:00:00-05:00');
			practice = await createTeam(service, { policy: RUNGS });
			await practice.must('POST', '/api/escalations', { reason: 'other', severity: 'low' });
			for (const moment of ['2026-12-04T22:00:00-05:00', '2026-12-05T12:00:00-05:00', '2026-12-07T07:59:59-05:00']) await sweepAt(service, practice, moment);
			expect(await changes()).toHaveLength(1);
			await sweepAt(service, practice, '2026-12-07T08:00:00-05:00');
			await sweep(service, practice);
			expect(await changes()).toEqual([
				['2026-11-24T12:00:00-05:00', 'opened', 'low', 'billing_team', ''],
				['2026-12-07T08:00:00-05:00', 'overdue', 'low', 'billing_team', ''],
				['2026-12-07T08:00:00-05:00', 'moved_up', 'high', 'managers', 'dana'],
			]);
		});

		it('that was found at night starts its clock in the morning', async () => {
			service.clock.now = at('2026-11-25T22:00:00-05:00');
			practice = await createTeam(service, { policy: RUNGS });
			const { due_at } = await practice.must('POST', '/api/escalations', { reason: 'other' });
			// The Friday after Thanksgiving is the first day: two business days later is Tuesday.
			expect(due_at).toBe('2026-12-01T23:59:59-05:00');
			await sweepAt(service, practice, '2026-12-01T07:59:00-05:00');
			expect(await changes()).toHaveLength(1);
			await sweepAt(service, practice, '2026-12-01T08:00:00-05:00');
			expect((await changes()).at(-1)).toEqual(['2026-12-01T08:00:00-05:00', 'moved_up', 'normal', 'billing_team', '']);
		});

		it('that is asked for again with more urgency moves up at once, with less it stays as it is', async () => {
			service.clock.now = at('2026-11-24T22:00:00-05:00');
			practice = await createTeam(service, { policy: RUNGS });
			const ask = (fields: object) => practice.must('POST', '/api/escalations', { reason: 'other', ...fields });
			const first = await ask({ severity: 'low' });
			expect(await ask({ severity: 'high', route: 'managers' })).toMatchObject({
				escalation_ref: first.escalation_ref,
				status: 'already_open',
				owner: 'dana',
				delivered_to: 'Managers',
			});
			for (const severity of ['high', 'normal', 'low']) await ask({ severity });
			expect(await changes()).toEqual([
				['2026-11-24T22:00:00-05:00', 'opened', 'low', 'billing_team', ''],
				['2026-11-24T22:00:00-05:00', 'moved_up', 'high', 'managers', 'dana'],
			]);
		});

		it('is told to those who filter by change, severity and location, once', async () => {
			service.clock.now = at('2026-11-24T12:00:00-05:00');
			await using zap = await startListener();
			practice = await createTeam(service, { policy: RUNGS });
			await subscribe(practice, 'escalation_raised', `${zap.url}/moved`, { change: 'moved_up', location: 'Main Street' });
			await subscribe(practice, 'escalation_raised', `${zap.url}/overdue`, { change: 'overdue' });
			await practice.must('POST', '/api/balances', { your_reference: 'A-1', amount: 40, location: 'Main Street' });
			await practice.must('POST', '/api/escalations', { reason: 'financial_hardship', your_reference: 'A-1' });
			for (const moment of ['2026-11-27T12:00:00-05:00', '2026-11-27T12:05:00-05:00', '2026-11-30T12:00:00-05:00']) await sweepAt(service, practice, moment);
			expect(zap.at('/moved').map((event) => [event.change, event.location, event.amount, event.raised_by])).toEqual([
				['moved_up', 'Main Street', 40, 'review'],
			]);
			expect(zap.at('/overdue').map((event) => [event.change, event.location])).toEqual([['overdue', 'Main Street']]);
		});

		it('follows another policy as soon as there is one, and never falls', async () => {
			service.clock.now = at('2026-11-24T12:00:00-05:00');
			practice = await createTeam(service, { policy: RUNGS });
			await practice.must('POST', '/api/escalations', { reason: 'other', severity: 'high' });
			service.clock.now = at('2026-11-25T13:00:00-05:00');
			const policy = await practice.setup('GET', '/policy');
			await practice.setup('PUT', '/policy', {
				...(policy.policy ?? policy),
				...escalation({ route: 'billing_team', rungs: [{ after_business_days: 1, severity: 'low', owner: 'dana' }] }),
			});
			await sweep(service, practice);
			expect(await changes()).toEqual([
				['2026-11-24T12:00:00-05:00', 'opened', 'high', 'billing_team', ''],
				['2026-11-25T13:00:00-05:00', 'moved_up', 'high', 'billing_team', 'dana'],
			]);
		});
	});
