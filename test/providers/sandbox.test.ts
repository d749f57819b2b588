import sandbox from '../../shared/providers/sandbox.ts';
import { testProvider } from '../kit/provider-contract.ts';
import { item, message } from './samples.ts';

const taken = { externalId: 'sandbox_rem_7Q2', status: 'delivered', rawStatus: 'delivered' };

testProvider(sandbox, {
	credentials: {},
	secrets: [],
	cases: [
		{
			capability: 'check',
			name: 'the sandbox is always there',
			call: (http) => sandbox.check?.(http, {}) ?? Promise.reject(),
			replies: [],
			wire: [],
			harmless: true,
			result: { label: 'Sandbox: messages stay in the outbox' },
		},
		...(sandbox.send?.channels ?? []).map((channel) => ({
			capability: 'send.message' as const,
			name: `a message by ${channel} is delivered to the outbox and nowhere else`,
			call: (http: Parameters<NonNullable<typeof sandbox.check>>[0]) => sandbox.send?.message(http, {}, { ...message, channel }) ?? Promise.reject(),
			replies: [],
			wire: [],
			harmless: true,
			result: taken,
		})),
		{
			capability: 'send.find',
			name: 'a message whose answer was lost is in the outbox',
			call: (http) => sandbox.send?.find?.(http, {}, { ...message, attemptedAt: '2026-11-24T12:00:00Z' }) ?? Promise.reject(),
			replies: [],
			wire: [],
			harmless: true,
			result: taken,
		},
		{
			capability: 'work.open',
			name: 'staff work opens in the sandbox',
			call: (http) => sandbox.work?.open(http, {}, item) ?? Promise.reject(),
			replies: [],
			wire: [],
			harmless: true,
			result: { externalId: 'sandbox_esc_9', link: item.link },
		},
		{
			capability: 'work.update',
			name: 'staff work changes in the sandbox',
			call: (http) => sandbox.work?.update?.(http, {}, 'sandbox_esc_9', item) ?? Promise.reject(),
			replies: [],
			wire: [],
			harmless: true,
			result: { externalId: 'sandbox_esc_9', link: item.link },
		},
		{
			capability: 'work.close',
			name: 'staff work closes in the sandbox',
			call: (http) => sandbox.work?.close?.(http, {}, 'sandbox_esc_9', item) ?? Promise.reject(),
			replies: [],
			wire: [],
			harmless: true,
			result: undefined,
		},
	],
	skip: [{ what: 'http', reason: 'the sandbox calls nothing, so nothing can answer it' }],
});
