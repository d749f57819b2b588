/** apiProperties.json: the connection's form and the policies on every call. */
import { ABOUT, HOST_PARAMETER, KEY_PARAMETER } from './about.ts';
import type { Json } from './schemas.ts';

export const apiProperties = (): Json => ({
	properties: {
		connectionParameters: {
			[HOST_PARAMETER]: {
				type: 'string',
				uiDefinition: {
					displayName: 'Service Host',
					description: 'The host name of your Dunwell service, such as dunwell.yourpractice.com, without https:// and without a path.',
					tooltip: 'Whoever set up Dunwell for you knows it',
					constraints: { tabIndex: 1, clearText: true, required: 'true' },
				},
			},
			[KEY_PARAMETER]: {
				type: 'securestring',
				uiDefinition: {
					displayName: 'Key',
					description: 'The key of your practice. It begins with test_ or live_; with a test key nothing reaches a patient.',
					tooltip: "Create one in Dunwell under the practice's keys",
					constraints: { tabIndex: 2, clearText: false, required: 'true' },
				},
			},
		},
		policyTemplateInstances: [
			{
				templateId: 'dynamichosturl',
				title: "Call the practice's own host",
				parameters: { 'x-ms-apimTemplateParameter.urlTemplate': `https://@connectionParameters('${HOST_PARAMETER}')` },
			},
			{
				// The service masks what a surface may not carry, and tells flows' calls from Zaps' in its audit.
				templateId: 'setheader',
				title: 'Say that Power Automate calls',
				parameters: {
					'x-ms-apimTemplateParameter.name': 'Dunwell-Surface',
					'x-ms-apimTemplateParameter.value': 'power_automate',
					'x-ms-apimTemplateParameter.existsAction': 'override',
					'x-ms-apimTemplate-policySection': 'Request',
				},
			},
		],
		iconBrandColor: ABOUT.brandColor,
		capabilities: ['actions', 'triggers'],
		publisher: ABOUT.publisher,
		stackOwner: ABOUT.publisher,
	},
});

/** settings.json, so that the command-line tool finds the files; the environment and the connector's id are the user's own. */
export const settings = (): Json => ({
	apiProperties: 'apiProperties.json',
	apiDefinition: 'apiDefinition.swagger.json',
	icon: 'icon.png',
	powerAppsUrl: 'https://api.powerapps.com',
	powerAppsApiVersion: '2016-11-01',
});
