import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { operationId } from '../../power-automate-connector/scripts/swagger.ts';
import type { Operation } from '../../shared/contracts/operation.ts';
import { plain } from '../../shared/contracts/schema.ts';
import { catalogue } from '../../shared/operations/registry.ts';
import { routeList } from '../../shared/service/http/routes.ts';
import type { Definition } from '../../zapier-app/src/definition.ts';
import { derive } from '../../zapier-app/src/derive.ts';
import { at, idOf, isPublic, type Json, operationsOf } from './document.ts';
import { differences, ofCatalogue, ofSwagger, ofZapier } from './parity.ts';

const SWAGGER = new URL('../../power-automate-connector/definition/apiDefinition.swagger.json', import.meta.url);
const swagger = (): Json => JSON.parse(readFileSync(SWAGGER, 'utf8')) as Json;
const zapier = (): Definition => structuredClone(derive(catalogue));
const on = (surface: 'zapier' | 'power_automate'): readonly Operation[] => catalogue.filter(({ surfaces }) => surfaces.includes(surface));
const keys = (operations: readonly Operation[]): string[] => operations.map(({ key }) => key).sort();

const onZapier = (operation: Operation, definition: Definition): string[] => differences(ofCatalogue(operation, 'zapier'), ofZapier(definition, operation.key));
const onPowerAutomate = (operation: Operation, document: Json): string[] => {
	const wanted = ofCatalogue(operation, 'power_automate');
	// The file does not tell actions from searches.
	return differences({ ...wanted, kind: operation.kind === 'trigger' ? 'trigger' : 'other' }, ofSwagger(document, operationId(operation.key)));
};
const named = (key: string): Operation => {
	const operation = catalogue.find((candidate) => candidate.key === key);
	if (!operation) throw new Error(`There is no operation ${key}.`);
	return operation;
};

describe('Zapier and Power Automate', () => {
	it('offer exactly the operations that the catalogue gives them', () => {
		const { triggers, creates, searches } = zapier();
		const offered = [triggers, creates, searches].flatMap(Object.keys).filter((key) => !key.startsWith('choices_'));
		expect(offered.sort()).toEqual(keys(on('zapier')));
		expect(operationsOf(swagger()).filter(isPublic).map(idOf).sort()).toEqual(keys(on('power_automate')).map(operationId).sort());
	});

	it.each(on('zapier').map((operation) => [operation.key, operation] as const))('says of %s on Zapier what the catalogue says', (_key, operation) => {
		expect(onZapier(operation, zapier())).toEqual([]);
	});

	it.each(
		on('power_automate').map((operation) => [operation.key, operation] as const),
	)('says of %s on Power Automate what the catalogue says', (_key, operation) => {
		expect(onPowerAutomate(operation, swagger())).toEqual([]);
	});

	const shared = on('zapier').filter(({ surfaces }) => surfaces.includes('power_automate'));
	it.each(shared.map(({ key }) => key))('ask for the same in %s wherever both ask', (key) => {
		const here = ofZapier(zapier(), key)?.inputs ?? {};
		const there = ofSwagger(swagger(), operationId(key))?.inputs ?? {};
		const pairs = Object.keys(here).map((path) => [path, { ...here[path], description: '' }, { ...there[path], description: '' }]);
		expect(pairs.filter(([, one, other]) => JSON.stringify(sorted(one as object)) !== JSON.stringify(sorted(other as object)))).toEqual([]);
	});

	it('reach every operation of the catalogue where the service answers it', () => {
		const routes = new Set(routeList().map(({ name, method, path }) => `${name}: ${method} ${path}`));
		const wanted = catalogue.flatMap((operation) =>
			operation.kind === 'trigger'
				? [`${operation.key}: POST /api/subscriptions/${operation.key}`, `events_${operation.key}: GET /api/events/${operation.key}`]
				: [`${operation.key}: ${operation.method} /api${operation.path}`],
		);
		expect(wanted.filter((route) => !routes.has(route))).toEqual([]);
	});

	it('put what is no part of the first release out of the way', () => {
		const extra = catalogue.filter(({ tier }) => tier === 'extra');
		const listed = derive(catalogue, { publicBuild: true });
		const hidden = [listed.triggers, listed.creates, listed.searches].flatMap((group) =>
			Object.values(group)
				.filter(({ key, display }) => display.hidden && !key.startsWith('choices_'))
				.map(({ key }) => key),
		);
		expect(hidden.sort()).toEqual(keys(extra.filter(({ surfaces }) => surfaces.includes('zapier'))));
		const advanced = operationsOf(swagger()).filter(({ operation }) => operation['x-ms-visibility'] === 'advanced');
		const expected = on('power_automate').filter(({ tier, visibility }) => tier === 'extra' || visibility === 'advanced');
		expect(advanced.map(idOf).sort()).toEqual(keys(expected).map(operationId).sort());
	});

	it('list a dropdown for every source that an input names', () => {
		const sources = new Set(
			on('zapier').flatMap((operation) => Object.values(ofZapier(zapier(), operation.key)?.inputs ?? {}).flatMap(({ source }) => source ?? [])),
		);
		expect(
			Object.keys(zapier().triggers)
				.filter((key) => key.startsWith('choices_'))
				.sort(),
		).toEqual([...sources].map((source) => `choices_${source}`).sort());
	});
});

const sorted = (value: object): object => Object.fromEntries(Object.entries(value).sort(([a], [b]) => a.localeCompare(b)));

/** Changes a copy of a document at a pointer, which must lead somewhere. */
function changed<T>(document: T, pointer: string, value: unknown): T {
	const parts = pointer.split('/');
	const last = parts.pop() ?? '';
	const owner = at(document as Json, ['#', ...parts.slice(1)].join('/')) as Json;
	const key = last.replaceAll('~1', '/');
	if (owner?.[key] === undefined) throw new Error(`Nothing stands at ${pointer}.`);
	if (value === undefined) delete owner[key];
	else owner[key] = value;
	return document;
}

describe('The comparison', () => {
	const balance = named('record_balance');
	const inputs = balance.kind === 'trigger' ? [] : derive(catalogue).creates['record_balance']?.operation.inputFields.map(({ key }) => key);
	const amount = `/creates/record_balance/operation/inputFields/${inputs?.indexOf('amount')}`;
	it.each([
		['label', `${amount}/label`, 'Sum'],
		['type', `${amount}/type`, 'string'],
		['required', `${amount}/required`, undefined],
		['help', `${amount}/helpText`, 'Something else.'],
		['whole field', amount, { key: 'sum', label: 'Sum', type: 'number' }],
		['description', '/creates/record_balance/display/description', 'Records it.'],
		['output', '/creates/record_balance/operation/outputFields/0/label', 'Other'],
		['sample', '/creates/record_balance/operation/sample', {}],
		['address', '/calls/record_balance/path', '/other'],
		['operation', '/creates/record_balance', undefined],
	])('finds a changed %s on Zapier', (_what, pointer, value) => {
		expect(onZapier(balance, changed(zapier(), pointer, value))).not.toEqual([]);
	});

	const RECORD = '/paths/~1api~1balances/post';
	const AMOUNT = `${RECORD}/parameters/0/schema/properties/amount`;
	const RESULT = '/definitions/RecordBalanceResult';
	it.each([
		['title', `${AMOUNT}/title`, 'Sum'],
		['type', `${AMOUNT}/type`, 'string'],
		['description', `${AMOUNT}/description`, 'Something else.'],
		['required list', `${RECORD}/parameters/0/schema/required`, []],
		['field', AMOUNT, undefined],
		['dropdown', `${RECORD}/parameters/0/schema/properties/location/x-ms-dynamic-list/parameters/source/value`, 'routes'],
		['closed list', `${RESULT}/properties/outcome/x-ms-enum-values/0/displayName`, 'Other'],
		['output', `${RESULT}/properties/amount`, undefined],
		['sample', `${RESULT}/example/amount`, 1],
		['summary', `${RECORD}/summary`, 'Record'],
		['operation', `${RECORD}/operationId`, 'RecordBalances'],
	])('finds a changed %s on Power Automate', (_what, pointer, value) => {
		expect(onPowerAutomate(balance, changed(swagger(), pointer, value))).not.toEqual([]);
	});

	it('finds a hint and a filter of a trigger that changed', () => {
		const overdue = named('balance_overdue');
		const path = '/paths/~1api~1subscriptions~1balance_overdue/post';
		const [filter] = Object.keys(plain(overdue.input).properties);
		expect(onPowerAutomate(overdue, changed(swagger(), `${path}/x-ms-trigger-hint`, 'Wait.'))).toEqual([expect.stringMatching(/^hint: "Wait\."/)]);
		expect(onPowerAutomate(overdue, changed(swagger(), `${path}/parameters/0/schema/properties/${filter}`, undefined))).toEqual([
			expect.stringContaining(`inputs.${filter}`),
		]);
	});

	it('finds an output for patients’ data that is shown on Zapier or not marked on Power Automate', () => {
		const found = named('find_account');
		const marked = ofCatalogue(found, 'power_automate').marked ?? [];
		expect(marked.length).toBeGreaterThan(0);
		expect(Object.keys(ofCatalogue(found, 'zapier').outputs).filter((path) => marked.includes(path))).toEqual([]);
		const path = `/definitions/FindAccountResult/properties/${marked[0]}/x-nullable`;
		expect(onPowerAutomate(found, changed(swagger(), path, false))).not.toEqual([]);
	});
});
