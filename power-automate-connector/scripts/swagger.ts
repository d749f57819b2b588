/** The connector's Swagger 2.0 file, derived from the catalogue. */
import type { Action, Operation, Trigger } from '../../shared/contracts/operation.ts';
import { CHOICE_SOURCES, type ObjectSchema, plain } from '../../shared/contracts/schema.ts';
import { ABOUT, API_ROOT, KEY_HEADER, KEY_PARAMETER, LIST_CHOICES, TEST_CONNECTION, UNSUBSCRIBE } from './about.ts';
import { type Json, objectSchema, queryParameter } from './schemas.ts';

/** RecordBalance of record_balance. Published ids never change, so neither may this rule. */
export const operationId = (key: string): string => key.replace(/(?:^|_)([a-z0-9])/g, (_all, letter: string) => letter.toUpperCase());

export const forPowerAutomate = (catalogue: readonly Operation[]): Operation[] =>
	catalogue.filter((operation) => operation.surfaces.includes('power_automate'));

export function swaggerOf(catalogue: readonly Operation[]): Json {
	const operations = forPowerAutomate(catalogue);
	return {
		swagger: '2.0',
		info: {
			title: ABOUT.title,
			description: ABOUT.description,
			version: ABOUT.version,
			contact: { name: `${ABOUT.publisher} Support`, url: ABOUT.website, email: ABOUT.email },
		},
		host: ABOUT.host,
		basePath: '/',
		schemes: ['https'],
		consumes: ['application/json'],
		produces: ['application/json'],
		paths: { ...pathsOf(operations), ...internalPaths() },
		definitions: Object.fromEntries(operations.map((operation) => [definitionName(operation), definitionOf(operation)])),
		parameters: {},
		responses: {},
		securityDefinitions: { [KEY_PARAMETER]: { type: 'apiKey', in: 'header', name: KEY_HEADER } },
		security: [{ [KEY_PARAMETER]: [] }],
		tags: [],
		'x-ms-capabilities': { testConnection: { operationId: TEST_CONNECTION, parameters: {} } },
		'x-ms-connector-metadata': [
			{ propertyName: 'Website', propertyValue: ABOUT.website },
			{ propertyName: 'Privacy policy', propertyValue: ABOUT.privacyPolicy },
			{ propertyName: 'Categories', propertyValue: ABOUT.categories },
		],
	};
}

const definitionName = ({ key, kind }: Operation): string => `${operationId(key)}${kind === 'trigger' ? 'Event' : 'Result'}`;

const definitionOf = (operation: Operation): Json => ({
	...objectSchema(plain(operation.output), 'output'),
	title: operation.label,
	description: operation.kind === 'trigger' ? `One event of ${operation.label}.` : `The answer of ${operation.label}.`,
	example: operation.sample,
});

/** GET and POST of one path stand together. */
function pathsOf(operations: readonly Operation[]): Json {
	const paths: Record<string, Json> = {};
	for (const operation of operations) {
		const [path, item] = operation.kind === 'trigger' ? triggerPath(operation) : actionPath(operation);
		paths[path] = { ...paths[path], ...item };
	}
	return paths;
}

const words = (operation: Operation): Json => {
	const visibility = operation.tier === 'extra' ? 'advanced' : operation.visibility;
	return {
		operationId: operationId(operation.key),
		summary: operation.summary,
		description: operation.description,
		...(visibility === undefined ? {} : { 'x-ms-visibility': visibility }),
	};
};

/** No schema beside it: a second one would make every answer of the step untyped. */
const REFUSED = { description: 'The call was refused or failed. The answer says what happened, which field it is about and what to do.' };

/** The platform calls it when a flow is turned on, and DELETEs the Location of the answer when the flow is turned off, edited or removed. */
function triggerPath(trigger: Trigger): [string, Json] {
	const filters = objectSchema(plain(trigger.input), 'input');
	const callback = {
		type: 'string',
		format: 'uri',
		title: 'Callback Address',
		description: 'Where events are sent; the platform fills it in.',
		'x-ms-notification-url': true,
		'x-ms-visibility': 'internal',
	};
	const required = ['callback_url', ...((filters['required'] as string[] | undefined) ?? [])];
	const schema = { type: 'object', required, properties: { callback_url: callback, ...(filters['properties'] as Json) } };
	return [
		`${API_ROOT}/subscriptions/${trigger.key}`,
		{
			'x-ms-notification-content': {
				description: `What arrives: one event of ${trigger.label}.`,
				schema: { $ref: `#/definitions/${definitionName(trigger)}` },
			},
			post: {
				...words(trigger),
				'x-ms-trigger': 'single',
				'x-ms-trigger-hint': trigger.hint,
				'x-ms-no-generic-test': true,
				parameters: [{ name: 'body', in: 'body', required: true, description: 'Which events the flow wants to hear.', schema }],
				responses: {
					201: {
						description: 'The flow is subscribed.',
						headers: {
							Location: {
								type: 'string',
								'x-ms-summary': 'Location',
								description: 'The absolute address whose deletion ends the subscription. It needs no key.',
							},
						},
						schema: { type: 'object', properties: { id: { type: 'string', title: 'Subscription Code', description: 'The code of the subscription.' } } },
					},
					default: REFUSED,
				},
			},
		},
	];
}

function actionPath(action: Action): [string, Json] {
	const input = plain(action.input);
	return [
		`${API_ROOT}${action.path}`,
		{
			[action.method.toLowerCase()]: {
				...words(action),
				...(action.method === 'POST' && action.effect === 'read' ? { 'x-ms-safe-operation': true } : {}),
				...(action.effect === 'write' ? { 'x-ms-no-generic-test': true } : {}),
				parameters: action.method === 'GET' ? queryOf(input) : bodyOf(input),
				responses: { 200: { description: `The answer of ${action.label}.`, schema: { $ref: `#/definitions/${definitionName(action)}` } }, default: REFUSED },
			},
		},
	];
}

const queryOf = (input: ObjectSchema): Json[] =>
	Object.entries(input.properties).map(([name, source]) => queryParameter(name, source, input.required?.includes(name) ?? false));

const bodyOf = (input: ObjectSchema): Json[] =>
	Object.keys(input.properties).length === 0
		? []
		: [{ name: 'body', in: 'body', required: true, description: 'What the step is given.', schema: objectSchema(input, 'input') }];

/** What the designer and the platform call, and no maker sees. */
function internalPaths(): Json {
	const text = (title: string, description: string): Json => ({ type: 'string', title, description });
	const inPath = (name: string, title: string, description: string, more: Json = {}): Json => ({
		name,
		in: 'path',
		required: true,
		type: 'string',
		'x-ms-summary': title,
		description,
		'x-ms-url-encoding': 'single',
		...more,
	});
	const choice = { type: 'object', properties: { id: text('Choice', 'The short name that travels.'), label: text('Label', 'What the list shows.') } };
	const scopes = { type: 'array', title: 'Scopes', description: 'What the key may do.', items: { type: 'string' } };
	return {
		[`${API_ROOT}/subscriptions/{id}/{secret}`]: {
			delete: {
				operationId: UNSUBSCRIBE,
				summary: 'Delete a subscription',
				description: 'Ends a subscription. The platform calls it when a flow is turned off, edited or removed.',
				'x-ms-visibility': 'internal',
				'x-ms-no-generic-test': true,
				parameters: [
					inPath('id', 'Subscription', 'The code of the subscription.'),
					inPath('secret', 'Secret', 'What proves that the caller holds the address.'),
				],
				responses: { 204: { description: 'The subscription no longer exists, or never did.' }, default: REFUSED },
			},
		},
		[`${API_ROOT}/choices/{source}`]: {
			get: {
				operationId: LIST_CHOICES,
				summary: 'List choices',
				description: 'Fills a dropdown with the short names the practice gave.',
				'x-ms-visibility': 'internal',
				parameters: [
					inPath('source', 'Source', 'Which list to give.', {
						enum: [...CHOICE_SOURCES],
						'x-ms-enum-values': CHOICE_SOURCES.map((value) => ({ value, displayName: value })),
					}),
				],
				responses: {
					200: {
						description: 'The choices.',
						schema: {
							type: 'object',
							properties: { items: { type: 'array', title: 'Choices', description: 'The choices, in the order a list shows them.', items: choice } },
						},
					},
					default: REFUSED,
				},
			},
		},
		[`${API_ROOT}/me`]: {
			get: {
				operationId: TEST_CONNECTION,
				summary: 'Get the connection',
				description: 'Tells whose key it is and what it may do. The platform calls it to test a connection.',
				'x-ms-visibility': 'internal',
				parameters: [],
				responses: {
					200: {
						description: 'The key works.',
						schema: {
							type: 'object',
							properties: {
								practice_name: text('Practice Name', 'The practice the key belongs to.'),
								mode: text('Mode', 'Whether what the key starts is a test or live.'),
								scopes,
								key_label: text('Key Label', 'What the practice called the key.'),
							},
						},
					},
					default: REFUSED,
				},
			},
		},
	};
}
