/** Staff work in a channel of Teams, posted in the name of somebody who signed in at Microsoft. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AuthorizationServer, startAuthorizationServer } from '../../kit/authorization-server.ts';
import { call, createPractice, HOUR, type Running, startService } from '../../kit/service.ts';
import { escalation, open, sweepAt } from '../work/kit.ts';

const CLIENT = { client_id: 'c1d2', client_secret: 'secret-of-the-app' };
const TEAM = '5b1a3c2e-0d4f-4e6a-8b7c-9d0e1f2a3b4c';
const LINK = `https://teams.microsoft.com/l/channel/19%3Aabc-DEF_123%40thread.tacv2/Billing?groupId=${TEAM}&tenantId=${TEAM}`;
const MESSAGES = `/v1.0/teams/${TEAM}/channels/19%3Aabc-DEF_123%40thread.tacv2/messages`;

let microsoft: AuthorizationServer;
let service: Running;

beforeAll(async () => {
	microsoft = await startAuthorizationServer(CLIENT);
	microsoft.answer = (nth, { path }) =>
		path === '/v1.0/me'
			? { body: { displayName: 'Dana Ruiz', userPrincipalName: 'dana@practice.example' } }
			: { status: 201, body: { id: `16169900320${nth}`, webUrl: `https://teams.microsoft.com/l/message/${nth}` } };
	service = await startService({ vendorUrls: { teams: microsoft.url } });
});
afterAll(async () => {
	await service.close();
	await microsoft[Symbol.asyncDispose]();
});

describe('A channel of Teams', () => {
	it('holds one thread for each item, once somebody signed in, and work that cannot go there says why', async () => {
		const practice = await createPractice(service.url, {
			twilio: false,
			policy: escalation({ route: 'billing_team', rungs: [{ after_business_days: 2, severity: 'high' }] }),
		});
		expect(await practice.setup('POST', '/connections', { connection: 'staff', vendor: 'teams', credentials: { ...CLIENT, tenant: TEAM } })).toMatchObject({
			status: 'unchecked',
			status_text: expect.stringContaining('Nobody is signed in'),
		});
		const { authorization_url: address } = await practice.setup('POST', '/connections/staff/authorize');
		const asked = new URL(address);
		expect([asked.pathname, asked.searchParams.get('scope')]).toEqual([
			`/${TEAM}/oauth2/v2.0/authorize`,
			'https://graph.microsoft.com/ChannelMessage.Send https://graph.microsoft.com/User.Read offline_access',
		]);
		const back = new URL(await microsoft.visit(address));
		expect((await call(service.url, '', 'GET', back.pathname + back.search)).status).toBe(200);
		const { items } = await practice.setup('GET', '/connections');
		expect(items.find((one: { connection: string }) => one.connection === 'staff')).toMatchObject({
			status: 'working',
			signed_in: true,
			label: 'Dana Ruiz (dana@practice.example)',
		});

		await practice.setup('PUT', '/routes/billing_team', { label: 'Billing team', connection: 'staff', target: LINK });
		microsoft.seen.length = 0;
		const { escalation_ref: ref } = await practice.must('POST', '/api/escalations', { reason: 'other' });
		await service.work();
		expect(await open(practice)).toMatchObject([
			{ delivered_to: 'Billing team', delivery_problem_text: '', external_link: 'https://teams.microsoft.com/l/message/1' },
		]);
		await sweepAt(service, practice, '2026-11-27T12:00:00-05:00');
		await practice.must('POST', '/api/escalations/resolve', { escalation_ref: ref, outcome: 'done' });
		await service.work();
		expect(microsoft.seen.map(({ method, path }) => [method, path])).toEqual([
			['POST', MESSAGES],
			['POST', `${MESSAGES}/161699003201/replies`],
			['POST', `${MESSAGES}/161699003201/replies`],
		]);
		const said = microsoft.seen.map(({ body }) => {
			const { importance, attachments } = JSON.parse(body);
			const { body: parts } = JSON.parse(attachments[0].content);
			return [importance, parts[0].inlines[0].text];
		});
		expect(said).toEqual([
			['normal', 'Other'],
			['high', 'Update: Other'],
			['high', 'Resolved: Other'],
		]);

		microsoft.revoke();
		service.clock.now += HOUR;
		await practice.must('POST', '/api/escalations', { reason: 'other' });
		await service.work();
		const [item] = await open(practice, 'reason=other');
		expect([item.delivered_to, item.delivery_problem_text]).toEqual(['', expect.stringMatching(/sign in/i)]);
	});
});
