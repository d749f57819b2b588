import { expect, test } from 'vitest';
import type { Provider } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/google-calendar.ts';
import { testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { item as sample } from './samples.ts';

const calendar = provider as Required<Pick<Provider, 'check'>> & { work: Required<NonNullable<Provider['work']>> };
const credentials = { client_id: '1-a.apps.googleusercontent.com', client_secret: 'GOCSPX-of-the-test' };
const signedIn = { ...credentials, access_token: 'ya29.of-the-test' };
const headers = { authorization: 'Bearer ya29.of-the-test' };
const item = { ...sample, target: 'team@group.calendar.google.com' };
const EVENTS = 'https://www.googleapis.com/calendar/v3/calendars/team%40group.calendar.google.com/events';
/** SHA-256 of esc_9, as far as it goes in. */
const ID = 'd14775b5b2f5c0661550aa23952ead97';
const event = (title: string, reminders: string): string =>
	`"summary":"${title}","description":"acc_X4 owes <$84.20> & has not answered.\\n\\nhttps://dunwell.example/api/accounts/acc_X4?a=1&b=2","start":{"date":"2026-11-30"},"end":{"date":"2026-12-01"},"status":"confirmed","transparency":"transparent","visibility":"private","reminders":${reminders},"extendedProperties":{"private":{"dunwell":"esc_9","severity":"high"}}}`;
const usual = event(item.title, '{"useDefault":true}');
const answered = { body: { id: ID, htmlLink: 'https://www.google.com/calendar/event?eid=1', status: 'confirmed' } };
const result = { externalId: ID, link: 'https://www.google.com/calendar/event?eid=1' };
const patched = { method: 'PATCH', url: `${EVENTS}/${ID}?sendUpdates=none`, headers };

testProvider(provider, {
	credentials,
	secrets: ['ya29.of-the-test', 'GOCSPX-of-the-test', item.text],
	cases: [
		{
			capability: 'work.open',
			name: 'staff work is a whole day on its due date, private, free, and nobody is written to',
			credentials: signedIn,
			call: (http) => calendar.work.open(http, credentials, item),
			replies: [answered],
			wire: [{ method: 'POST', url: `${EVENTS}?sendUpdates=none`, headers, body: `{"id":"${ID}",${usual}` }],
			result,
			harmless: true,
		},
		{
			capability: 'work.open',
			name: 'work that is there already, or was deleted there, is brought in line instead of doubled',
			credentials: signedIn,
			call: (http) => calendar.work.open(http, credentials, item),
			replies: [{ status: 409, body: { error: { code: 409, message: 'x', errors: [{ domain: 'global', reason: 'duplicate' }] } } }, answered],
			wire: [
				{ method: 'POST', url: `${EVENTS}?sendUpdates=none`, headers, body: `{"id":"${ID}",${usual}` },
				{ ...patched, body: `{${usual}` },
			],
			result,
			harmless: true,
		},
		{
			capability: 'work.update',
			name: 'a change changes the event',
			credentials: signedIn,
			call: (http) => calendar.work.update(http, credentials, ID, item),
			replies: [answered],
			wire: [{ ...patched, body: `{${usual}` }],
			result,
			harmless: true,
		},
		{
			capability: 'work.close',
			name: 'resolved work says so and rings no more',
			credentials: signedIn,
			call: (http) => calendar.work.close(http, credentials, ID, item),
			replies: [answered],
			wire: [{ ...patched, body: `{${event(`Resolved: ${item.title}`, '{"useDefault":false,"overrides":[]}')}` }],
			result: undefined,
			harmless: true,
		},
		{
			capability: 'check',
			name: 'the connection is named by the calendar of the account that is signed in',
			credentials: signedIn,
			call: (http) => calendar.check(http, credentials),
			replies: [{ body: { summary: 'staff@practice.example' } }],
			wire: [{ method: 'GET', url: 'https://www.googleapis.com/calendar/v3/calendars/primary/events?maxResults=1&fields=summary', headers }],
			result: { label: 'staff@practice.example' },
			harmless: true,
		},
	],
	failures: [
		{
			name: 'a rate limit that comes as 403 is limited',
			credentials: signedIn,
			call: (http) => calendar.work.update(http, credentials, ID, item),
			reply: { status: 403, body: { error: { code: 403, message: 'x', errors: [{ domain: 'usageLimits', reason: 'rateLimitExceeded' }] } } },
			kind: 'limited',
			vendorCode: 'rateLimitExceeded',
		},
	],
});

test('work without a due date is refused before anything is asked of Google', async () => {
	const { dueDate: _none, ...dateless } = item;
	const http = { send: () => Promise.reject(new Error('asked')) };
	await expect(calendar.work.open(http, credentials, dateless)).rejects.toMatchObject({ kind: 'invalid', code: 'due_date_missing' });
});

testAgainstSpec(provider, signedIn, 'google-calendar/openapi.derived.json', [
	{ name: 'the new event fits the description', call: (http) => calendar.work.open(http, credentials, item) },
	{ name: 'a change fits the description', call: (http) => calendar.work.update(http, credentials, ID, item) },
	{ name: 'an end fits the description', call: (http) => calendar.work.close(http, credentials, ID, item) },
	{ name: 'the check fits the description', call: (http) => calendar.check(http, credentials) },
]);
