/** The connected tool holds what Dunwell holds: opened, changed, moved, closed, and never in two places. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Running, startService, type TestPractice } from '../../kit/service.ts';
import { type Slack, startSlack } from '../../kit/slack.ts';
import { at, createTeam, escalation, open, sweepAt, told } from './kit.ts';

const TUESDAY = '2026-11-24T12:00:00-05:00';
const FRIDAY = '2026-11-27T12:00:00-05:00';
const UP_TO_MANAGERS = escalation({ route: 'billing_team', rungs: [{ after_business_days: 2, severity: 'high', route: 'managers' }] });

let service: Running;
let slack: Slack;
let practice: TestPractice;

beforeAll(async () => {
	slack = await startSlack();
	service = await startService({ vendorUrls: { slack: slack.url } });
});
afterAll(async () => {
	await service.close();
	await slack[Symbol.asyncDispose]();
});
beforeEach(async () => {
	// What the test before left for later must not be told in this one: of jobs at one moment each round ends one.
	for (let round = 0; round < 4; round += 1) {
		await service.advance(3_600_000);
		await service.work();
	}
	service.clock.now = at(TUESDAY);
	slack.calls.length = 0;
	slack.treat = () => undefined;
});

const escalate = async (fields: object = {}): Promise<string> =>
	(await practice.must('POST', '/api/escalations', { reason: 'other', ...fields })).escalation_ref as string;
const resolve = (fields: object) => practice.must('POST', '/api/escalations/resolve', { outcome: 'done', ...fields });
const calls = () => slack.calls.map(({ method, channel, text }) => [method, channel, text]);
const kinds = async (ref: string): Promise<string[]> =>
	service.rows(practice.id, async (tx) =>
		(await tx.selectFrom('audit').select('kind').where('practice_id', '=', practice.id).where('subject', '=', ref).orderBy('seq').execute()).map(
			(row) => row.kind,
		),
	);

describe('Work in the tool of its route', () => {
	it("is opened with its severity and the practice's own due day", async () => {
		practice = await createTeam(service, { policy: escalation({ route: 'billing_team' }) });
		await escalate({ severity: 'high' });
		await service.work();
		expect(calls()).toEqual([['chat.postMessage', 'C-BILLING', 'Other']]);
		expect(slack.calls[0]?.facts).toContain('High · due 2026-11-27 · ');
		expect(await open(practice)).toMatchObject([{ delivered_to: 'Billing team', delivery_problem_text: '' }]);
	});

	it('is changed where it is when it moves up in place, and its thread says so', async () => {
		practice = await createTeam(service, { policy: escalation({ route: 'billing_team', rungs: [{ after_business_days: 2, severity: 'high' }] }) });
		const ref = await escalate();
		await service.work();
		await sweepAt(service, practice, FRIDAY);
		const first = slack.calls[0]?.ts;
		expect(slack.calls.map(({ method, text, facts, ts, thread }) => [method, text, facts.split(' · ')[0], ts === first, thread])).toEqual([
			['chat.postMessage', 'Other', 'Normal', true, undefined],
			['chat.update', 'Other', 'High', true, undefined],
			['chat.postMessage', 'Update: Other', 'High', false, first],
		]);
		await resolve({ escalation_ref: ref });
		await service.work();
		expect(slack.calls.slice(3).map(({ method, text, ts }) => [method, text, ts])).toEqual([['chat.update', 'Resolved: Other', first]]);
	});

	it('is opened at the new route and closed at the old one when it moves', async () => {
		practice = await createTeam(service, { policy: UP_TO_MANAGERS });
		const ref = await escalate();
		await service.work();
		await sweepAt(service, practice, FRIDAY);
		expect(calls()).toEqual([
			['chat.postMessage', 'C-BILLING', 'Other'],
			['chat.postMessage', 'C-MANAGERS', 'Other'],
			['chat.update', 'C-BILLING', 'Resolved: Other'],
		]);
		expect(await open(practice)).toMatchObject([{ delivered_to: 'Managers' }]);
		await resolve({ escalation_ref: ref });
		await service.work();
		expect(calls().slice(3)).toEqual([['chat.update', 'C-MANAGERS', 'Resolved: Other']]);
		expect(await kinds(ref)).toEqual([
			'escalation_opened',
			'escalation_delivered',
			'escalation_moved_up',
			'escalation_delivered',
			'escalation_left_tool',
			'escalation_resolved',
			'escalation_closed_in_tool',
		]);
	});

	it('leaves the tool when it moves to where none is, and is not found by its old link', async () => {
		practice = await createTeam(service, {
			policy: escalation({ route: 'billing_team', rungs: [{ after_business_days: 2, severity: 'high', route: 'dunwell_only' }] }),
		});
		await escalate();
		await service.work();
		const link = `C-BILLING:${slack.calls[0]?.ts}`;
		await sweepAt(service, practice, FRIDAY);
		expect(calls().at(-1)).toEqual(['chat.update', 'C-BILLING', 'Resolved: Other']);
		expect(await open(practice)).toMatchObject([{ route: 'dunwell_only', delivered_to: '' }]);
		expect((await practice.call('POST', '/api/escalations/resolve', { body: { external_link: link, outcome: 'done' } })).status).toBe(404);
	});

	it('stays where it is when a rung names a route that is not set up yet, and moves up all the same', async () => {
		practice = await createTeam(service, {
			policy: escalation({ route: 'billing_team', rungs: [{ after_business_days: 2, severity: 'high', route: 'not_yet' }] }),
		});
		await escalate();
		await service.work();
		await sweepAt(service, practice, FRIDAY);
		expect(await open(practice)).toMatchObject([{ route: 'billing_team', severity: 'high', rung: 1, delivered_to: 'Billing team' }]);
		expect((await told(practice)).at(-1)).toMatchObject({ change: 'moved_up', route: 'billing_team', delivered_to: 'Billing team' });
	});

	it('keeps what the tool said when it refuses, and is told again with the next rung', async () => {
		practice = await createTeam(service, { policy: UP_TO_MANAGERS });
		slack.treat = () => ({ refuse: 'channel_not_found' });
		await escalate();
		await service.work();
		const [item] = await open(practice);
		expect(item).toMatchObject({ delivered_to: '', route: 'billing_team' });
		expect(item.delivery_problem_text).toContain('does not know the channel');
		slack.treat = () => undefined;
		await sweepAt(service, practice, FRIDAY);
		expect(calls().at(-1)).toEqual(['chat.postMessage', 'C-MANAGERS', 'Other']);
		expect(await open(practice)).toMatchObject([{ delivered_to: 'Managers', delivery_problem_text: '' }]);
	});

	it('that is resolved before the tool heard of it never reaches the tool', async () => {
		practice = await createTeam(service, { policy: UP_TO_MANAGERS });
		const ref = await escalate();
		await resolve({ escalation_ref: ref });
		await service.work();
		await sweepAt(service, practice, FRIDAY);
		expect(calls()).toEqual([]);
		expect(await told(practice)).toHaveLength(1);
	});

	const deliver = (ref: string) => service.useCases.handlers.deliver({ practice_id: practice.id, escalation_ref: ref });

	it('waits for a busy tool, and is opened once, however many jobs tell it at the same moment', async () => {
		practice = await createTeam(service, { policy: UP_TO_MANAGERS });
		slack.treat = () => ({ refuse: 'ratelimited' });
		const ref = await escalate();
		await expect(deliver(ref)).rejects.toMatchObject({ kind: 'limited' });
		expect((await open(practice))[0].delivery_problem_text).toContain('too many messages');
		slack.treat = () => undefined;
		slack.calls.length = 0;
		// Nobody calls Slack again before it allows it.
		await service.advance(60_000);
		await Promise.all([deliver(ref), deliver(ref), deliver(ref)]);
		expect(calls()).toEqual([['chat.postMessage', 'C-BILLING', 'Other']]);
		expect(await open(practice)).toMatchObject([{ delivered_to: 'Billing team', delivery_problem_text: '' }]);
	});

	it('whose answer was lost is told once more, and then left to staff', async () => {
		practice = await createTeam(service, { policy: UP_TO_MANAGERS });
		slack.treat = () => 'down';
		await escalate();
		await service.work();
		await service.advance(60_000);
		await service.work();
		await service.advance(3_600_000);
		await service.work();
		expect(calls()).toEqual([
			['chat.postMessage', 'C-BILLING', 'Other'],
			['chat.postMessage', 'C-BILLING', 'Other'],
		]);
		const [item] = await open(practice);
		expect(item.delivered_to).toBe('');
		expect(item.delivery_problem_text).toContain('Slack');
	});

	it('of a test key stays in Dunwell', async () => {
		practice = await createTeam(service, { policy: UP_TO_MANAGERS });
		await fetch(`${practice.url}/api/escalations`, {
			method: 'POST',
			headers: { 'content-type': 'application/json', authorization: `Bearer ${practice.test}` },
			body: JSON.stringify({ reason: 'other' }),
		});
		await service.work();
		await sweepAt(service, practice, FRIDAY);
		expect(calls()).toEqual([]);
	});
});
