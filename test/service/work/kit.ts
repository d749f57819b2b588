/** What the tests of staff work share. */
import type { Policy } from '../../../shared/contracts/policy.ts';
import { DEFAULT_POLICY } from '../../../shared/contracts/policy.ts';
import { type Answer, createPractice, type PracticeOptions, type Running, type TestPractice } from '../../kit/service.ts';
import { SLACK_CREDENTIALS } from '../../kit/slack.ts';

export const at = (text: string): number => Date.parse(text);

/** The policy's part about staff work, changed. */
export const escalation = (changes: Partial<Policy['escalation']>): Partial<Policy> => ({ escalation: { ...DEFAULT_POLICY.escalation, ...changes } });

/** A practice with two channels in Slack: the billing team's and the managers'. */
export async function createTeam(service: Running, options: PracticeOptions = {}): Promise<TestPractice> {
	const practice = await createPractice(service.url, { twilio: false, ...options });
	await practice.setup('POST', '/connections', { connection: 'chat', vendor: 'slack', credentials: SLACK_CREDENTIALS });
	await practice.setup('PUT', '/staff/dana', { name: 'Dana' });
	await practice.setup('PUT', '/routes/billing_team', { label: 'Billing team', connection: 'chat', target: 'C-BILLING' });
	await practice.setup('PUT', '/routes/managers', { label: 'Managers', connection: 'chat', target: 'C-MANAGERS', staff: 'dana' });
	return practice;
}

/** The timer's look, and the jobs that follow. */
export async function sweep(service: Running, practice: Pick<TestPractice, 'id'>): Promise<void> {
	await service.useCases.handlers.sweep({ practice_id: practice.id });
	await service.work();
}

/** The clock goes on, and the timer looks once. */
export async function sweepAt(service: Running, practice: Pick<TestPractice, 'id'>, when: string): Promise<void> {
	service.clock.now = at(when);
	await sweep(service, practice);
}

/** What was told of staff work, oldest first. */
export async function told(practice: TestPractice, filters = ''): Promise<Answer['json'][]> {
	return (await practice.must('GET', `/api/events/escalation_raised?include_own=true&limit=100${filters}`)).items.reverse();
}

export const open = async (practice: TestPractice, query = ''): Promise<Answer['json'][]> =>
	(await practice.must('GET', `/api/escalations/find?${query}`)).items;
