/** Staff work in a practice's own tool, from the connection to the end of the work, by the bytes on the wire. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createPractice, NOON, type Running, startService, type TestPractice } from '../../kit/service.ts';
import { type Reply, startVendor, type VendorServer } from '../../kit/vendor-server.ts';
import { escalation, open, sweepAt } from '../work/kit.ts';

const FRIDAY = '2026-11-27T12:00:00-05:00';
const KEY = '0123456789abcdef0123456789abcdef';
const HOOK = 'https://hooks.slack.com/services/T000/B000/secretOfTheHook';
const FLOW =
	'https://default0a1b.12.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/2c3d/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=sig-of-the-flow';
const FLOW_PATH =
	'/powerautomate/automations/direct/workflows/2c3d/triggers/manual/paths/invoke?api-version=1&sp=%2Ftriggers%2Fmanual%2Frun&sv=1.0&sig=sig-of-the-flow';

let service: Running;
const servers: Record<string, VendorServer> = {};
const REPLIES: Record<string, Reply> = {
	pagerduty: { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: 'x' } },
	teams: { status: 202, body: '' },
	slack: { body: 'ok' },
};

beforeAll(async () => {
	for (const [vendor, reply] of Object.entries(REPLIES)) servers[vendor] = await startVendor([reply]);
	service = await startService({ vendorUrls: Object.fromEntries(Object.entries(servers).map(([vendor, server]) => [vendor, server.url])) });
});
afterAll(async () => {
	await service.close();
	for (const server of Object.values(servers)) await server[Symbol.asyncDispose]();
});
beforeEach(() => {
	service.clock.now = NOON;
	for (const server of Object.values(servers)) server.seen.length = 0;
});

const seen = (vendor: string) => servers[vendor]?.seen.map(({ method, path, body }) => [method, path, JSON.parse(body)]) ?? [];

/** A practice whose staff work goes to the vendor, and becomes urgent after two business days. */
async function connected(vendor: string, credentials: object, target = ''): Promise<{ practice: TestPractice; connection: { status: string; label: string } }> {
	const practice = await createPractice(service.url, {
		twilio: false,
		policy: escalation({ route: 'billing_team', rungs: [{ after_business_days: 2, severity: 'high' }] }),
	});
	const connection = await practice.setup('POST', '/connections', { connection: 'staff', vendor, credentials });
	await practice.setup('PUT', '/routes/billing_team', { label: 'Billing team', connection: 'staff', ...(target === '' ? {} : { target }) });
	return { practice, connection };
}

/** Opened, moved up, resolved; nothing else is told. Answers the reference. */
async function course(practice: TestPractice): Promise<string> {
	const { escalation_ref: ref } = await practice.must('POST', '/api/escalations', { reason: 'other' });
	await service.work();
	expect(await open(practice)).toMatchObject([{ delivered_to: 'Billing team', delivery_problem_text: '' }]);
	await sweepAt(service, practice, FRIDAY);
	await practice.must('POST', '/api/escalations/resolve', { escalation_ref: ref, outcome: 'done' });
	await service.work();
	return ref as string;
}

describe('PagerDuty', () => {
	it('is tried without waking anybody, and holds one alert from the opening to the end', async () => {
		const { practice, connection } = await connected('pagerduty', { routing_key: KEY }, 'billing');
		expect(connection).toMatchObject({ status: 'working', label: 'PagerDuty events, United States' });
		expect(seen('pagerduty')).toEqual([['POST', '/v2/enqueue', { routing_key: KEY, event_action: 'resolve', dedup_key: 'dunwell-connection-check' }]]);
		servers['pagerduty']?.seen.splice(0);
		const ref = await course(practice);
		const trigger = (severity: string) => [
			'POST',
			'/v2/enqueue',
			{
				routing_key: KEY,
				event_action: 'trigger',
				dedup_key: ref,
				payload: {
					summary: 'Other',
					source: 'dunwell.example',
					severity,
					group: 'billing',
					custom_details: { what_to_do: 'See the note.', due: '2026-11-27' },
				},
				links: [{ href: 'https://dunwell.example', text: 'Open in Dunwell' }],
				client: 'Dunwell',
				client_url: 'https://dunwell.example',
			},
		];
		expect(seen('pagerduty')).toEqual([
			trigger('warning'),
			trigger('critical'),
			['POST', '/v2/enqueue', { routing_key: KEY, event_action: 'resolve', dedup_key: ref }],
		]);
	});

	it('is acknowledged when somebody takes the work, once, and rings again when it moves up all the same', async () => {
		const { practice } = await connected('pagerduty', { routing_key: KEY });
		const work = { reason: 'other' };
		const { escalation_ref: ref, owner: nobody } = await practice.must('POST', '/api/escalations', work);
		await service.work();
		servers['pagerduty']?.seen.splice(0);
		const told = () => servers['pagerduty']?.seen.splice(0).map(({ body }) => [JSON.parse(body).event_action, JSON.parse(body).dedup_key]);
		for (let i = 0; i < 2; i += 1) {
			const again = await practice.must('POST', '/api/escalations', { ...work, owner: 'dana' });
			expect([nobody, again]).toMatchObject(['', { escalation_ref: ref, status: 'already_open', owner: 'dana' }]);
			await service.work();
		}
		const [changed] = servers['pagerduty']?.seen ?? [];
		expect(JSON.parse(changed?.body ?? '').payload.custom_details.what_to_do).toBe('See the note.\nOwner: dana');
		expect(told()).toEqual([
			['trigger', ref],
			['acknowledge', ref],
		]);
		expect(await open(practice)).toMatchObject([{ owner: 'dana' }]);
		await practice.must('POST', '/api/escalations', { ...work, owner: 'lee' });
		await service.work();
		expect([told(), await open(practice)]).toMatchObject([
			[
				['trigger', ref],
				['acknowledge', ref],
			],
			[{ owner: 'lee' }],
		]);
		await sweepAt(service, practice, FRIDAY);
		await service.work();
		expect(told()).toEqual([['trigger', ref]]);
		await practice.must('POST', '/api/escalations/resolve', { escalation_ref: ref, outcome: 'done' });
		await service.work();
		expect(told()).toEqual([['resolve', ref]]);
	});

	it('that does not know the key makes no working connection', async () => {
		await using refusing = await startVendor([{ status: 400, body: { status: 'invalid event', errors: ["'routing_key' is invalid"] } }]);
		const other = await startService({ vendorUrls: { pagerduty: refusing.url } });
		try {
			const practice = await createPractice(other.url, { twilio: false });
			expect(await practice.setup('POST', '/connections', { connection: 'staff', vendor: 'pagerduty', credentials: { routing_key: KEY } })).toMatchObject({
				status: 'broken',
				status_text: expect.stringContaining('does not know the integration key'),
			});
		} finally {
			await other.close();
		}
	});

	it('takes no key that is none', async () => {
		const practice = await createPractice(service.url, { twilio: false });
		const answer = await practice.call('POST', '/api/setup/connections', {
			body: { connection: 'staff', vendor: 'pagerduty', credentials: { routing_key: 'too short' } },
		});
		expect([answer.status, seen('pagerduty')]).toEqual([400, []]);
	});
});

describe('A workflow of Teams', () => {
	it('posts a card for each step, at its own signed address', async () => {
		const { practice, connection } = await connected('teams', { webhook_url: FLOW });
		expect(connection).toMatchObject({ status: 'working', label: 'Microsoft Teams workflow' });
		await course(practice);
		const card = (title: string, severity: string) => [
			'POST',
			FLOW_PATH,
			{
				type: 'message',
				attachments: [
					{
						contentType: 'application/vnd.microsoft.card.adaptive',
						contentUrl: null,
						content: {
							type: 'AdaptiveCard',
							$schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
							version: '1.4',
							body: [
								{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: title, size: 'Medium', weight: 'Bolder' }] },
								{ type: 'RichTextBlock', inlines: [{ type: 'TextRun', text: 'See the note.' }] },
								{
									type: 'FactSet',
									facts: [
										{ title: 'Severity', value: severity },
										{ title: 'Due', value: '2026-11-27' },
									],
								},
							],
							actions: [{ type: 'Action.OpenUrl', title: 'Open in Dunwell', url: 'https://dunwell.example' }],
						},
					},
				],
			},
		];
		expect(seen('teams')).toEqual([card('Other', 'Normal'), card('Update: Other', 'High'), card('Resolved: Other', 'High')]);
		expect(servers['teams']?.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined, undefined]);
	});

	it('that is an Office 365 connector is refused with what to do instead', async () => {
		const { connection } = await connected('teams', { webhook_url: 'https://practice.webhook.office.com/webhookb2/0a1b/IncomingWebhook/x/y' });
		expect(connection).toMatchObject({ status: 'broken', status_text: expect.stringContaining('add a workflow to the channel') });
	});
});

describe('An incoming webhook of Slack', () => {
	it('posts each step as a message of its own', async () => {
		const { practice, connection } = await connected('slack', { webhook_url: HOOK });
		expect(connection).toMatchObject({ status: 'working', label: 'Slack incoming webhook' });
		await course(practice);
		const message = (title: string, severity: string) => [
			'POST',
			'/services/T000/B000/secretOfTheHook',
			{
				text: title,
				blocks: [
					{ type: 'header', text: { type: 'plain_text', text: title } },
					{ type: 'section', text: { type: 'mrkdwn', text: 'See the note.' } },
					{ type: 'context', elements: [{ type: 'mrkdwn', text: `${severity} · due 2026-11-27 · <https://dunwell.example|Open in Dunwell>` }] },
				],
				unfurl_links: false,
			},
		];
		expect(seen('slack')).toEqual([message('Other', 'Normal'), message('Update: Other', 'High'), message('Resolved: Other', 'High')]);
	});
});

describe('A bot of Slack', () => {
	it('is known by its workspace, and keeps one message and its thread in line with the work', async () => {
		const posted = { ok: true, channel: 'C024BE91L', ts: '1732467600.000100', team: 'Valley Allergy', user: 'dunwell' };
		await using slack = await startVendor([{ body: posted }]);
		const other = await startService({ vendorUrls: { slack: slack.url } });
		try {
			const practice = await createPractice(other.url, {
				twilio: false,
				policy: escalation({ route: 'billing_team', rungs: [{ after_business_days: 2, severity: 'high' }] }),
			});
			const connection = await practice.setup('POST', '/connections', { connection: 'staff', vendor: 'slack', credentials: { bot_token: 'xoxb-1' } });
			expect(connection).toMatchObject({ status: 'working', label: 'Valley Allergy (dunwell)' });
			await practice.setup('PUT', '/routes/billing_team', { label: 'Billing team', connection: 'staff', target: 'C024BE91L' });
			const { escalation_ref: ref } = await practice.must('POST', '/api/escalations', { reason: 'other' });
			await other.work();
			await sweepAt(other, practice, FRIDAY);
			await practice.must('POST', '/api/escalations/resolve', { escalation_ref: ref, outcome: 'done' });
			await other.work();
			const shown = (title: string, severity: string) => ({
				text: title,
				blocks: [
					{ type: 'header', text: { type: 'plain_text', text: title } },
					{ type: 'section', text: { type: 'mrkdwn', text: 'See the note.' } },
					{ type: 'context', elements: [{ type: 'mrkdwn', text: `${severity} · due 2026-11-27 · <https://dunwell.example|Open in Dunwell>` }] },
				],
			});
			const { channel, ts } = posted;
			expect(slack.seen.map(({ path, headers, body }) => [path, headers.authorization, body])).toEqual([
				['/api/auth.test', 'Bearer xoxb-1', ''],
				['/api/chat.postMessage', 'Bearer xoxb-1', JSON.stringify({ channel, ...shown('Other', 'Normal'), unfurl_links: false })],
				['/api/chat.update', 'Bearer xoxb-1', JSON.stringify({ channel, ts, ...shown('Other', 'High') })],
				['/api/chat.postMessage', 'Bearer xoxb-1', JSON.stringify({ channel, thread_ts: ts, ...shown('Update: Other', 'High'), unfurl_links: false })],
				['/api/chat.update', 'Bearer xoxb-1', JSON.stringify({ channel, ts, ...shown('Resolved: Other', 'High') })],
			]);
		} finally {
			await other.close();
		}
	});
});
