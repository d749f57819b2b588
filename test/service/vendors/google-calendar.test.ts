/** Staff work as days in a shared calendar of Google, from the sign-in to the end of the work. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AuthorizationServer, startAuthorizationServer } from '../../kit/authorization-server.ts';
import { call, createPractice, type Running, startService } from '../../kit/service.ts';
import { escalation, open, sweepAt } from '../work/kit.ts';

const CLIENT = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-of-the-test' };
const EVENTS = '/calendar/v3/calendars/team%40group.calendar.google.com/events';

let google: AuthorizationServer;
let service: Running;

beforeAll(async () => {
	google = await startAuthorizationServer(CLIENT);
	google.answer = (_nth, { body, path }) =>
		path.includes('/primary/')
			? { body: { summary: 'staff@practice.example' } }
			: { body: { id: (JSON.parse(body) as { id?: string }).id ?? path.replace(/^.*\/|\?.*$/g, ''), htmlLink: 'https://www.google.com/calendar/event?eid=1' } };
	service = await startService({ vendorUrls: { 'google-calendar': google.url } });
});
afterAll(async () => {
	await service.close();
	await google[Symbol.asyncDispose]();
});

it('holds one event for each item: on its due day, changed when it becomes urgent, and marked when it is resolved', async () => {
	const practice = await createPractice(service.url, {
		twilio: false,
		policy: escalation({ route: 'billing_team', rungs: [{ after_business_days: 2, severity: 'high' }] }),
	});
	await practice.setup('POST', '/connections', { connection: 'days', vendor: 'google-calendar', credentials: CLIENT });
	const { authorization_url } = await practice.setup('POST', '/connections/days/authorize');
	const back = new URL(await google.visit(authorization_url));
	expect((await call(service.url, '', 'GET', back.pathname + back.search)).status).toBe(200);
	expect(await practice.setup('POST', '/connections/days/check')).toMatchObject({ status: 'working', label: 'staff@practice.example' });

	await practice.setup('PUT', '/routes/billing_team', { label: 'Billing team', connection: 'days', target: 'team@group.calendar.google.com' });
	google.seen.length = 0;
	const { escalation_ref: ref } = await practice.must('POST', '/api/escalations', { reason: 'other' });
	await service.work();
	expect(await open(practice)).toMatchObject([{ delivered_to: 'Billing team', external_link: 'https://www.google.com/calendar/event?eid=1' }]);
	await sweepAt(service, practice, '2026-11-27T12:00:00-05:00');
	await practice.must('POST', '/api/escalations/resolve', { escalation_ref: ref, outcome: 'done' });
	await service.work();

	const { id } = JSON.parse(google.seen[0]?.body ?? '{}') as { id: string };
	const day = (summary: string, severity: string, reminders: object) => ({
		summary,
		description: 'See the note.\n\nhttps://dunwell.example',
		start: { date: '2026-11-27' },
		end: { date: '2026-11-28' },
		status: 'confirmed',
		transparency: 'transparent',
		visibility: 'private',
		reminders,
		extendedProperties: { private: { dunwell: ref, severity } },
	});
	const usual = { useDefault: true };
	expect(id).toMatch(/^[0-9a-f]{32}$/);
	expect(google.seen.map(({ method, body }) => [method, body])).toEqual([
		['POST', JSON.stringify({ id, ...day('Other', 'normal', usual) })],
		['PATCH', JSON.stringify(day('Other', 'high', usual))],
		['PATCH', JSON.stringify(day('Resolved: Other', 'high', { useDefault: false, overrides: [] }))],
	]);
	expect(google.seen.map(({ path }) => path)).toEqual([`${EVENTS}?sendUpdates=none`, ...Array(2).fill(`${EVENTS}/${id}?sendUpdates=none`)]);
});
