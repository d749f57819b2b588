import { expect, test } from 'vitest';
import type { Provider, VendorHttp } from '../../shared/contracts/provider.ts';
import provider from '../../shared/providers/pagerduty.ts';
import { testAgainstSpec } from '../kit/prism.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { item } from './samples.ts';

const pagerduty = provider as Required<Pick<Provider, 'check'>> & { work: Required<NonNullable<Provider['work']>> };
const key = '0123456789abcdef0123456789abcdef';
const credentials = { routing_key: key };
const european = { routing_key: key, region: 'eu' };
const url = 'https://events.pagerduty.com/v2/enqueue';
const headers = { 'content-type': 'application/json' };
const taken = { status: 202, body: { status: 'success', message: 'Event processed', dedup_key: 'esc_9' } };
const link = 'https://dunwell.example/api/accounts/acc_X4?a=1&b=2';
const triggered = (severity = 'critical', group = '"group":"C012AB3CD",') =>
	`{"routing_key":"${key}","event_action":"trigger","dedup_key":"esc_9","payload":{"summary":"Balance unpaid after 60 days","source":"dunwell.example","severity":"${severity}",${group}"custom_details":{"what_to_do":"acc_X4 owes <$84.20> & has not answered.","due":"2026-11-30"}},"links":[{"href":"${link}","text":"Open in Dunwell"}],"client":"Dunwell","client_url":"${link}"}`;

testProvider(provider, {
	credentials,
	secrets: [key, item.text],
	cases: [
		{
			capability: 'work.open',
			name: 'staff work triggers an alert under its own reference',
			call: (http) => pagerduty.work.open(http, credentials, item),
			replies: [taken],
			wire: [{ method: 'POST', url, headers, body: triggered() }],
			result: { externalId: 'esc_9' },
			harmless: true,
		},
		{
			capability: 'work.open',
			name: 'an account in Europe is called in Europe',
			credentials: european,
			call: (http) => pagerduty.work.open(http, european, { ...item, target: '' }),
			replies: [taken],
			wire: [{ method: 'POST', url: 'https://events.eu.pagerduty.com/v2/enqueue', headers, body: triggered('critical', '') }],
			result: { externalId: 'esc_9' },
			harmless: true,
		},
		{
			capability: 'work.update',
			name: 'a change is the same alert once more',
			call: (http) => pagerduty.work.update(http, credentials, 'esc_9', { ...item, severity: 'normal' }),
			replies: [taken],
			wire: [{ method: 'POST', url, headers, body: triggered('warning') }],
			result: { externalId: 'esc_9' },
			harmless: true,
		},
		{
			capability: 'work.update',
			name: 'what somebody took is acknowledged after the change',
			call: (http) => pagerduty.work.update(http, credentials, 'esc_9', { ...item, taken: true }),
			replies: [taken],
			wire: [
				{ method: 'POST', url, headers, body: triggered() },
				{ method: 'POST', url, headers, body: `{"routing_key":"${key}","event_action":"acknowledge","dedup_key":"esc_9"}` },
			],
			result: { externalId: 'esc_9' },
			harmless: true,
		},
		{
			capability: 'work.close',
			name: 'what is done is resolved',
			call: (http) => pagerduty.work.close(http, credentials, 'esc_9', item),
			replies: [taken],
			wire: [{ method: 'POST', url, headers, body: `{"routing_key":"${key}","event_action":"resolve","dedup_key":"esc_9"}` }],
			result: undefined,
			harmless: true,
		},
		{
			capability: 'check',
			name: 'the check resolves what was never open',
			call: (http) => pagerduty.check(http, european),
			replies: [taken],
			wire: [
				{
					method: 'POST',
					url: 'https://events.eu.pagerduty.com/v2/enqueue',
					headers,
					body: `{"routing_key":"${key}","event_action":"resolve","dedup_key":"dunwell-connection-check"}`,
				},
			],
			result: { label: 'PagerDuty events, Europe' },
			harmless: true,
		},
	],
	failures: [
		{
			name: 'a key that PagerDuty does not know is a dead credential',
			call: (http: VendorHttp) => pagerduty.check(http, credentials),
			reply: { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors: ["Invalid 'routing_key'"] } },
			kind: 'auth',
			vendorCode: 'routing_key',
		},
		{
			name: 'an event that is not valid is invalid',
			call: (http: VendorHttp) => pagerduty.work.open(http, credentials, item),
			reply: { status: 400, body: { status: 'invalid event', message: 'Event object is invalid', errors: ["'payload.severity' is invalid"] } },
			kind: 'invalid',
		},
		{
			name: 'an answer that is no success is broken',
			call: (http: VendorHttp) => pagerduty.work.open(http, credentials, item),
			reply: { status: 202, body: { status: 'maybe' } },
			kind: 'broken',
		},
	],
});

test.each([
	['low', 'info'],
	['normal', 'warning'],
	['high', 'critical'],
] as const)('%s is %s at PagerDuty, and a long title is cut to what it takes', async (severity, theirs) => {
	let payload: { summary: string; severity: string } | undefined;
	const http: VendorHttp = {
		send: async (request) => {
			({ payload } = request.json as { payload: { summary: string; severity: string } });
			return { status: 202, headers: {}, text: '', json: () => taken.body };
		},
	};
	await pagerduty.work.open(http, credentials, { ...item, severity, title: '😀'.repeat(600) });
	expect(payload).toMatchObject({ severity: theirs, summary: `${'😀'.repeat(511)}…` });
});

/** What Prism makes up as an answer is no success: the second request would not follow. */
const agreeing = (http: VendorHttp): VendorHttp => ({ send: async (request) => ({ ...(await http.send(request)), json: () => taken.body }) });

for (const file of ['pagerduty/openapi.events-v2.json', 'pagerduty/contract.json'])
	testAgainstSpec(provider, credentials, file, [
		{ name: 'a trigger is a valid request', call: (http) => pagerduty.work.open(http, credentials, item) },
		{ name: 'a change is a valid request', call: (http) => pagerduty.work.update(http, credentials, 'esc_9', { ...item, target: '', severity: 'low' }) },
		{
			name: 'an acknowledgement is a valid request',
			call: (http) => pagerduty.work.update(agreeing(http), credentials, 'esc_9', { ...item, taken: true }),
			requests: 2,
		},
		{ name: 'a resolve is a valid request', call: (http) => pagerduty.work.close(http, credentials, 'esc_9', item) },
		{ name: 'the check is a valid request', call: (http) => pagerduty.check(http, credentials) },
	]);
