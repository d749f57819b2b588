import { readFileSync } from 'node:fs';
import SwaggerParser from '@apidevtools/swagger-parser';
import { describe, expect, it } from 'vitest';
import { definitionFiles, staleFiles } from '../../power-automate-connector/scripts/generate.ts';
import { iconPng } from '../../power-automate-connector/scripts/icon.ts';
import { at, type Finding, type Json, objectOf } from './document.ts';
import { checkChange, checkIcon, checkProperties, checkReadme, checkSecrets, checkText } from './package-rules.ts';
import { checkSwagger } from './rules.ts';

const DEFINITION = new URL('../../power-automate-connector/definition/', import.meta.url);
const file = (name: string): Buffer => readFileSync(new URL(name, DEFINITION));
const text = (name: string): string => file(name).toString('utf8');
const swagger = (): Json => JSON.parse(text('apiDefinition.swagger.json')) as Json;
const properties = (): Json => JSON.parse(text('apiProperties.json')) as Json;

describe('the definition as committed', () => {
	it('is what the catalogue says', () => {
		expect(staleFiles()).toEqual([]);
		expect([...definitionFiles().keys()]).toEqual(['apiDefinition.swagger.json', 'apiProperties.json', 'settings.json', 'readme.md', 'icon.png']);
	});

	it('is valid Swagger 2.0', async () => {
		const parsed = await SwaggerParser.validate(swagger() as never);
		expect(parsed).toMatchObject({ swagger: '2.0', info: { title: 'Dunwell Patient Balances' } });
	});

	it('breaks no rule, neither errors nor warnings', () => {
		expect(checkSwagger(swagger())).toEqual([]);
		expect(checkText(file('apiDefinition.swagger.json'))).toEqual([]);
		expect(checkProperties(properties(), swagger())).toEqual([]);
		expect(checkIcon(file('icon.png'), '#1f6f5c')).toEqual([]);
		expect(checkReadme(text('readme.md'), swagger())).toEqual([]);
	});

	it.each(['apiDefinition.swagger.json', 'apiProperties.json', 'settings.json', 'readme.md', 'intro.md'])('holds no secret in %s', (name) => {
		expect(checkSecrets(name, text(name))).toEqual([]);
	});

	it('quotes in its readme only operations that exist', () => {
		const summaries = new Set([...text('readme.md').matchAll(/^### (.+)$/gm)].map((match) => match[1]));
		const quoted = [...text('readme.md').matchAll(/"((?:When|Get|Send) [^"]+)"/g)].map((match) => match[1]);
		expect(quoted.length).toBeGreaterThan(2);
		expect(quoted.filter((summary) => !summaries.has(summary))).toEqual([]);
	});
});

const OVERDUE = '/paths/~1api~1subscriptions~1balance_overdue';
const RECORD = '/paths/~1api~1balances/post';
const UNSUBSCRIBE = '/paths/~1api~1subscriptions~1{id}~1{secret}';

/** Changes a copy of the file at a pointer: to a value, or away with undefined. */
function planted(document: Json, pointer: string, value: unknown): Json {
	const parts = pointer.split('/').slice(1);
	const last = parts.pop() ?? '';
	const owner = at(document, ['#', ...parts].join('/')) as Json;
	const key = last.replaceAll('~1', '/').replaceAll('~0', '~');
	if (value === undefined) delete owner[key];
	else owner[key] = value;
	return document;
}

const rulesOf = (findings: Finding[]): string[] => [...new Set(findings.map((finding) => finding.rule))].sort();

/** Rule, where the fault is planted, the faulty value, and further rules that the same fault breaks. */
const FAULTS: [rule: string, pointer: string, value: unknown, also?: string[]][] = [
	['DEF01', '/swagger', '3.0'],
	['DEF01', `${OVERDUE}/x-ms-notification-content/schema`, { $ref: '#/definitions/Nothing' }, ['TRG03']],
	['DEF01', `${RECORD}/responses/200/schema`, { $ref: 'other.json#/x' }, ['OPR09']],
	['DEF02', '/info/title', 'Dunwell Patient Balances for Practices'],
	['DEF03', '/info/title', 'Dunwell Connector'],
	['DEF03', '/info/title', 'Dunwell for Power Automate'],
	['DEF04', '/info/title', 'Dunwell!'],
	['DEF05', '/info/description', 'Too short.'],
	['DEF05', '/info/description', 'Calls the API of Dunwell to tell patients what they owe.'],
	['DEF06', '/info/contact', { name: 'Support', url: 'http://dunwell.example', email: 'support@dunwell.example' }],
	['DEF06', '/info/contact/email', undefined],
	['DEF07', '/host', 'localhost'],
	['DEF07', '/host', 'https://dunwell.example'],
	['DEF07', '/host', 'staging.dunwell.example'],
	['DEF07', '/basePath', 'api'],
	['DEF08', '/schemes', ['http', 'https']],
	['DEF09', '/x-ms-connector-metadata/2/propertyValue', 'Finance;Billing'],
	['DEF09', '/x-ms-connector-metadata/1', undefined],
	['DEF11', `${RECORD}/x-ms-visbility`, 'important'],
	['DEF11', `${RECORD}/x-ms-visibility`, 'none'],
	['DEF11', '/definitions/security', { type: 'object', title: 'Security', description: 'It.', properties: {} }],
	['DEF13', '/x-ms-capabilities/testConnection/operationId', 'RecordBalance', ['OPR12']],
	['DEF13', '/x-ms-capabilities/testConnection/operationId', 'ListChoices', ['OPR12']],
	['OPR01', `${RECORD}/operationId`, 'SendReminder'],
	['OPR02', `${RECORD}/operationId`, 'record_balance'],
	['OPR03', `${RECORD}/summary`, 'Record a balance/invoice'],
	['OPR03', `${RECORD}/summary`, 'Record a balance.'],
	['OPR03', `${RECORD}/summary`, `Record ${'a very long name of '.repeat(5)}balance`],
	['OPR04', `${RECORD}/description`, 'Records what a patient owes now'],
	['OPR04', `${RECORD}/description`, 'Records what a patient owes, see https://dunwell.example.'],
	['OPR05', `${RECORD}/description`, 'Record a balance.'],
	['OPR06', `${RECORD}/summary`, 'Record A Balance'],
	['OPR06', `${OVERDUE}/post/summary`, 'Balance becomes overdue'],
	['OPR06', '/paths/~1api~1me/get/summary', 'Read the connection'],
	['OPR06', '/paths/~1api~1choices~1{source}/get/summary', 'Get choices'],
	['OPR07', `${RECORD}/responses`, { default: { description: 'Anything at all.' } }],
	['OPR08', `${RECORD}/responses/default/schema`, { type: 'object' }],
	['OPR08', `${RECORD}/responses/202`, { description: 'It is accepted.', schema: { type: 'object' } }],
	['OPR09', `${RECORD}/responses/200/schema`, { type: 'object' }],
	['OPR09', `${RECORD}/responses/200/schema`, {}],
	['OPR10', `${RECORD}/responses/200/description`, '200'],
	['OPR10', `${RECORD}/responses/200/description`, 'OK'],
	['OPR11', '/paths/~1api~1me/get/parameters', [{ name: 'body', in: 'body', required: false, description: 'It.', schema: { type: 'object', properties: {} } }]],
	['OPR12', '/paths/~1api~1choices~1{source}/get/x-ms-visibility', undefined],
	['OPR12', `${RECORD}/x-ms-visibility`, 'internal'],
	['OPR14', `${RECORD}/deprecated`, true],
	['PRM01', `${RECORD}/parameters/0/description`, undefined],
	['PRM01', `${UNSUBSCRIBE}/delete/parameters/0/description`, 'The code'],
	['PRM02', `${UNSUBSCRIBE}/delete/parameters/0/x-ms-summary`, undefined],
	['PRM02', '/paths/~1api~1accounts~1find/get/parameters/0/x-ms-summary', 'account reference'],
	['PRM03', `${UNSUBSCRIBE}/delete/parameters/0/x-ms-visibility`, 'internal'],
	['PRM04', `${UNSUBSCRIBE}/delete/parameters/0/x-ms-url-encoding`, undefined],
	['PRM04', `${UNSUBSCRIBE}/delete/parameters/0/required`, false],
	['PRM05', '/paths/~1api~1accounts~1find/get/parameters/0/name', 'connectionId'],
	['PRM06', '/definitions/RecordBalanceResult/properties/outcome/x-ms-enum-values', undefined],
	['PRM06', '/paths/~1api~1choices~1{source}/get/parameters/0/x-ms-enum-values/0/value', 'rooms'],
	['PRM07', `${RECORD}/parameters/0/schema/properties/location/x-ms-dynamic-list`, undefined],
	['PRM07', `${RECORD}/parameters/0/schema/properties/location/x-ms-dynamic-list/operationId`, 'ListRooms'],
	['PRM07', `${RECORD}/parameters/0/schema/properties/location/x-ms-dynamic-list/parameters`, {}],
	['PRM07', `${RECORD}/parameters/0/schema/properties/location/x-ms-dynamic-values/parameters`, { kind: 'locations', source: 'locations' }],
	['PRM07', `${RECORD}/parameters/0/schema/properties/location/x-ms-dynamic-values/value-collection`, 'value'],
	['PRM07', `${RECORD}/parameters/0/schema/properties/location/x-ms-dynamic-list/itemTitlePath`, 'name'],
	['SCH01', '/definitions/RecordBalanceResult/properties/amount/type', undefined, ['OPR09', 'SCH02']],
	['SCH01', '/definitions/RecordBalanceResult/properties/amount/title', undefined],
	['SCH01', '/definitions/RecordBalanceResult/properties/amount/title', 'amount owed'],
	['SCH01', '/definitions/RecordBalanceResult/properties/amount/description', 'What is owed'],
	['SCH01', '/definitions/ReviewFinishedEvent/properties/items/items', undefined, ['TRG03']],
	['SCH02', '/definitions/RecordBalanceResult/properties/amount/format', undefined],
	['SCH02', `${RECORD}/parameters/0/schema/properties/due_date/format`, 'day'],
	['SCH02', `${OVERDUE}/post/parameters/0/schema/properties/callback_url/format`, undefined],
	['SCH03', '/definitions/RecordBalanceResult/properties/amount/default', 0],
	['SCH03', `${RECORD}/parameters/0/schema/properties/due_date/description`, 'A day, at most 10 characters.'],
	['SCH04', `${RECORD}/parameters/0/schema/required`, ['amount', 'nothing']],
	['SCH04', `${RECORD}/parameters/0/schema/properties/amount/x-ms-visibility`, 'internal'],
	['TRG01', `${OVERDUE}/post/x-ms-trigger`, 'many'],
	['TRG01', `${OVERDUE}/post/x-ms-trigger`, 'batch'],
	['TRG02', `${OVERDUE}/post/parameters/0/schema/properties/callback_url/x-ms-visibility`, undefined],
	['TRG02', `${OVERDUE}/post/parameters/0/schema/required`, undefined],
	['TRG02', `${OVERDUE}/post/parameters/0/schema/properties/callback_url/x-ms-notification-url`, undefined, ['SCH04']],
	['TRG03', `${OVERDUE}/x-ms-notification-content`, undefined],
	['TRG04', `${OVERDUE}/post/responses/201/headers`, undefined],
	['TRG04', `${OVERDUE}/post/responses/201/headers/Location/description`, undefined],
	['TRG05', UNSUBSCRIBE, undefined],
	['TRG06', `${OVERDUE}/post/x-ms-trigger-hint`, undefined],
];

/** As many important actions as make the sixth. */
function manyImportant(document: Json): Json {
	for (const [path, item] of Object.entries(objectOf(document['paths'])))
		if (!path.includes('/subscriptions/') && objectOf(item)['post']) objectOf(objectOf(item)['post'])['x-ms-visibility'] = 'important';
	return document;
}

const POLLING = {
	get: {
		operationId: 'OnEvents',
		summary: 'When any event happens',
		description: 'Triggers when any event happens.',
		'x-ms-trigger': 'single',
		'x-ms-trigger-hint': 'Record a balance.',
		parameters: [],
		responses: {
			200: { description: 'The events.', schema: { type: 'object', properties: { id: { type: 'string', title: 'Code', description: 'The code.' } } } },
		},
	},
};

describe('the rule checker', () => {
	it.each(FAULTS)('finds %s planted at %s', (rule, pointer, value, also = []) => {
		const found = rulesOf(checkSwagger(planted(swagger(), pointer, value)));
		expect(found).toContain(rule);
		expect(also.filter((other) => !found.includes(other))).toEqual([]);
	});

	it('finds too many important actions', () => {
		expect(rulesOf(checkSwagger(manyImportant(swagger())))).toEqual(['OPR13']);
	});

	it('finds a polling trigger without its contract', () => {
		expect(rulesOf(checkSwagger(planted(swagger(), '/paths/~1api~1events', structuredClone(POLLING))))).toEqual(['TRG07']);
	});

	it.each([
		['a later key first', (raw: string) => raw.replace('"swagger": "2.0",', '').replace('"tags": [],', '"swagger": "2.0",\n    "tags": [],'), 'DEF10'],
		['a tab', (raw: string) => raw.replace('    ', '\t'), 'DEF10'],
		['a trailing space', (raw: string) => raw.replace(',\n', ', \n'), 'DEF10'],
		['a trailing comma', (raw: string) => raw.replace(/\n}\n$/, ',\n}\n'), 'DEF14'],
		['half a megabyte of text', (raw: string) => raw.replace('"2.0"', `"${'2'.repeat(500_000)}"`), 'DEF14'],
		['a megabyte of text', (raw: string) => raw.replace('"2.0"', `"${'2'.repeat(1024 * 1024)}"`), 'DEF14'],
	])('finds %s in the text of the file', (_what, change, rule) => {
		expect(rulesOf(checkText(Buffer.from(change(text('apiDefinition.swagger.json')))))).toEqual([rule]);
	});

	const FORM = '/properties/connectionParameters';
	const POLICY = '/properties/policyTemplateInstances';
	it.each([
		['PRP01', '/properties/iconBrandColor', '#007ee5'],
		['PRP01', '/properties/iconBrandColor', 'green'],
		['PRP02', '/properties/publisher', ''],
		['PRP02', '/properties/stackOwner', undefined],
		['PRP03', `${FORM}/api_key/uiDefinition/constraints/clearText`, true],
		['PRP03', `${FORM}/host/uiDefinition/constraints/required`, true],
		['PRP03', `${FORM}/host/uiDefinition/tooltip`, undefined],
		['PRP03', `${FORM}/api_key/type`, 'string'],
		['PRP04', `${POLICY}/0/templateId`, 'sethost'],
		['PRP04', `${POLICY}/0/parameters/x-ms-apimTemplateParameter.urlTemplate`, "https://@connectionParameters('server')"],
		['PRP04', `${POLICY}/1/parameters/x-ms-apimTemplate-operationName`, ['SendEverything']],
		['PRP04', `${POLICY}/1/parameters/x-ms-apimTemplateParameter.value`, undefined],
		[
			'PRP05',
			`${FORM}/token`,
			{
				type: 'oauthSetting',
				oAuthSettings: { redirectMode: 'Global' },
				uiDefinition: { displayName: 'A', description: 'A.', tooltip: 'A', constraints: { required: 'true' } },
			},
		],
		['PRP06', '/properties/scriptOperations', ['RecordBalance']],
		['DEF12', `${FORM}/api_key`, undefined],
	])('finds %s planted in apiProperties.json at %s', (rule, pointer, value) => {
		expect(rulesOf(checkProperties(planted(properties(), pointer, value), swagger()))).toContain(rule);
	});

	it('finds security that refers to nothing', () => {
		expect(rulesOf(checkProperties(properties(), planted(swagger(), '/security', [{ oauth: [] }])))).toEqual(['DEF12']);
	});

	it('finds an icon of another colour, another size, or another kind', () => {
		const rule = ['ICO01'];
		expect(rulesOf(checkIcon(iconPng('#ffffff'), '#ffffff'))).toEqual(rule);
		expect(rulesOf(checkIcon(iconPng('#2f6f5c'), '#1f6f5c'))).toEqual(rule);
		const wide = iconPng('#1f6f5c');
		wide.writeUInt32BE(231, 16);
		expect(rulesOf(checkIcon(wide, '#1f6f5c'))).toEqual(rule);
		expect(rulesOf(checkIcon(Buffer.from('GIF89a and more of it'), '#1f6f5c'))).toEqual(rule);
	});

	it('finds a missing heading and an operation the readme leaves out', () => {
		expect(rulesOf(checkReadme(text('readme.md').replace('## Prerequisites', '## Needs'), swagger()))).toEqual(['DOC01']);
		expect(checkReadme(text('readme.md').replace('### Record a balance\n', ''), swagger())).toEqual([
			{ rule: 'DOC01', severity: 'E', at: 'readme.md', message: '"Record a balance" is not described.' },
		]);
	});

	it('finds a secret in a file', () => {
		expect(rulesOf(checkSecrets('x', `key: live_${'pr9k2m'}_${'a'.repeat(43)}`))).toEqual(['DOC02']);
		expect(rulesOf(checkSecrets('x', 'Der Schlüssel'))).toEqual(['DOC02']);
	});
});

describe('a later release', () => {
	const change = (pointer: string, value: unknown): string[] => rulesOf(checkChange(swagger(), planted(swagger(), pointer, value)));

	it('may stay as it is, and may add an optional field, an answer and an operation', () => {
		expect(checkChange(swagger(), swagger())).toEqual([]);
		expect(change(`${RECORD}/parameters/0/schema/properties/memo`, { type: 'string', title: 'Memo', description: 'A memo.' })).toEqual([]);
		expect(change('/definitions/RecordBalanceResult/properties/memo', { type: 'string', title: 'Memo', description: 'A memo.' })).toEqual([]);
		expect(change('/paths/~1api~1events', POLLING)).toEqual([]);
	});

	it.each([
		['removes an operation', RECORD, undefined],
		['renames an operation', `${RECORD}/operationId`, 'RecordBalanceV2'],
		['hides an operation', `${RECORD}/x-ms-visibility`, 'internal'],
		['removes a field', `${RECORD}/parameters/0/schema/properties/due_date`, undefined],
		['requires a field', `${RECORD}/parameters/0/schema/required`, ['amount', 'due_date']],
		['changes a type', `${RECORD}/parameters/0/schema/properties/due_date/type`, 'integer'],
		['changes a format', `${RECORD}/parameters/0/schema/properties/due_date/format`, 'date-time'],
		['removes an answer', '/definitions/RecordBalanceResult/properties/amount', undefined],
		['narrows a list', '/definitions/RecordBalanceResult/properties/outcome/enum', ['created']],
		['removes a parameter', '/paths/~1api~1accounts~1find/get/parameters', []],
		['requires a parameter', '/paths/~1api~1me/get/parameters', [{ name: 'x', in: 'query', required: true, type: 'string' }]],
	])('is refused when it %s', (_what, pointer, value) => {
		expect(change(pointer, value)).toEqual(['CHG01']);
	});
});
