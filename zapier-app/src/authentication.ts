/** How an account is connected: the address of the practice's service and one of its keys. */
import type { Bundle, ZObject } from 'zapier-platform-core';
import type { Client } from './service.ts';

export const authenticationOf = (client: Client) => ({
	type: 'custom' as const,
	fields: [
		{
			key: 'service_url',
			label: 'Service URL',
			type: 'string' as const,
			required: true,
			isNoSecret: true,
			placeholder: 'https://dunwell.example',
			helpText: 'The address of your Dunwell service. It starts with `https://`; whoever set up Dunwell for you knows it.',
		},
		{
			key: 'api_key',
			label: 'API Key',
			type: 'password' as const,
			required: true,
			helpText:
				'A key of your practice, made in the set-up of your Dunwell service with `dunwell key create`. It starts with `test_` (nothing reaches a patient) or `live_`. [How to test and reconnect it later](https://help.zapier.com/hc/en-us/articles/8496290788109-Manage-your-app-connections).',
		},
	],
	/** Also what the connection's label is filled from. */
	test: async (z: ZObject, bundle: Bundle) => {
		const { body } = await client.call(z, bundle, { method: 'GET', path: '/me' });
		const { practice_name, mode, key_label, scopes } = body as Record<string, unknown>;
		return { practice_name, mode, key_label, scopes };
	},
	connectionLabel: '{{practice_name}} ({{mode}})',
});
