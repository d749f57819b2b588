/** The catalogue, the Zapier definition and the Swagger file brought to one form, so that they can be compared field by field. */
import type { Operation } from '../../shared/contracts/operation.ts';
import { type ObjectSchema, type PropertySchema, plain } from '../../shared/contracts/schema.ts';
import type { Definition, InputField, Operation as ZapierOperation } from '../../zapier-app/src/definition.ts';
import { idOf, type Json, listOf, objectOf, operationsOf, type Place, parametersOf, resolve, responsesOf, textOf } from './document.ts';

/** A field at its path: "amount", "rows[].amount", "totals.sent", "codes[]". */
export interface Field {
	title: string;
	/** A day and an instant are types of their own: the platforms show them differently. */
	type: string;
	required?: boolean;
	/** value=label of a closed list. */
	choices?: string;
	/** Where a dropdown comes from. */
	source?: string;
	/** As text, for Zapier knows no other. */
	default?: string;
	description?: string;
}

export type Fields = Record<string, Field>;

/** One operation as a surface offers it. */
export interface Face {
	kind: string;
	label: string;
	description: string;
	summary?: string;
	hint?: string;
	call?: string;
	inputs: Fields;
	outputs: Fields;
	sample: unknown;
	/** Paths of outputs that are empty for keys without the scope. */
	marked?: string[];
}

export type SharedSurface = 'zapier' | 'power_automate';

interface Entry {
	path: string;
	property: PropertySchema;
	title: string;
	required: boolean;
}

/** Every property that is kept, at its path. Titles inside an object or a row carry those around them where `nested` says so. */
function walk(
	schema: { properties?: Record<string, PropertySchema>; required?: string[] },
	keep: (property: PropertySchema) => boolean,
	prefix = '',
	words = '',
): Entry[] {
	return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
		if (!keep(property)) return [];
		const path = prefix + name;
		const title = words + property.title;
		const entry = { path, property, title, required: schema.required?.includes(name) ?? false };
		if (property.type === 'object') return [entry, ...walk(property, keep, `${path}.`, `${title} `)];
		if (property.type === 'array' && property.items?.properties) return [entry, ...walk(property.items, keep, `${path}[].`, `${title} `)];
		return [entry];
	});
}

const leaf = (property: PropertySchema): PropertySchema => (property.type === 'array' ? (property.items as PropertySchema) : property);
const kindOf = ({ type, format }: { type: string; format?: unknown }): string =>
	type === 'string' && (format === 'date' || format === 'date-time') ? format : type;
const isGroup = (property: PropertySchema): boolean => property.type === 'object' || (property.type === 'array' && property.items?.properties !== undefined);
const listPath = ({ path, property }: Entry): string => (property.type === 'array' && !isGroup(property) ? `${path}[]` : path);
const labelsOf = (property: PropertySchema): string | undefined => property.enum?.map((value) => `${value}=${property.labels?.[value] ?? value}`).join(', ');
const defined = <T extends object>(value: T): T => Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as T;

/** What the catalogue says that a surface must offer. */
export function ofCatalogue(operation: Operation, surface: SharedSurface): Face {
	const onZapier = surface === 'zapier';
	const input = plain(operation.input);
	const output = plain(operation.output);
	const offered = (property: PropertySchema) => !onZapier || !(property.patientData || property.freeText || property.visibility === 'internal');
	const shown = (property: PropertySchema) => !onZapier || !(property.patientData || property.visibility === 'internal');
	return defined<Face>({
		kind: operation.kind,
		label: operation.label,
		description: operation.description,
		summary: onZapier ? undefined : operation.summary,
		hint: !onZapier && operation.kind === 'trigger' ? operation.hint : undefined,
		call:
			operation.kind === 'trigger'
				? onZapier
					? undefined
					: `POST /api/subscriptions/${operation.key}`
				: `${operation.method} ${onZapier ? '' : '/api'}${operation.path}`,
		inputs: Object.fromEntries(walk(input, offered).map((entry) => [listPath(entry), inputOf(entry)])),
		outputs: Object.fromEntries(
			walk(output, shown).flatMap((entry) => (onZapier && isGroup(entry.property) ? [] : [[listPath(entry), outputOf(entry, onZapier)]])),
		),
		sample: onZapier ? without(operation.sample, output, shown) : operation.sample,
		marked: onZapier
			? undefined
			: walk(output, shown)
					.filter(({ property }) => property.patientData)
					.map(listPath),
	} as Face);
}

function inputOf({ property, required }: Entry): Field {
	const { default: usual, description, options: source } = leaf(property);
	return defined<Field>({
		title: property.title,
		type: isGroup(property) ? 'rows' : kindOf(leaf(property)),
		required,
		choices: labelsOf(leaf(property)),
		source: property.options ?? source,
		default: usual === undefined ? undefined : String(usual),
		description: isGroup(property) ? undefined : property.type === 'array' ? property.description : description,
	} as Field);
}

function outputOf({ property, title }: Entry, onZapier: boolean): Field {
	// Zapier's outputs are flat, so a title there carries those around it; a day stays text, or Zapier would shift it.
	if (onZapier) return { title, type: kindOf(leaf(property)).replace(/^date$/, 'string') };
	return defined<Field>({
		title: property.title,
		type: isGroup(property) ? property.type : kindOf(leaf(property)),
		choices: labelsOf(leaf(property)),
	} as Field);
}

function without(value: unknown, schema: PropertySchema, keep: (property: PropertySchema) => boolean): unknown {
	if (Array.isArray(value)) return value.map((item) => (schema.items ? without(item, schema.items, keep) : item));
	if (value === null || typeof value !== 'object' || !schema.properties) return value;
	const properties = schema.properties;
	return Object.fromEntries(
		Object.entries(value).flatMap(([name, item]) => {
			const property = properties[name];
			return property && keep(property) ? [[name, without(item, property, keep)]] : [];
		}),
	);
}

/** An operation of the Zapier definition. */
export function ofZapier(definition: Definition, key: string): Face | undefined {
	const groups: [string, Record<string, ZapierOperation>][] = [
		['trigger', definition.triggers],
		['action', definition.creates],
		['search', definition.searches],
	];
	const found = groups.flatMap(([kind, operations]) => (operations[key] ? [{ kind, operation: operations[key] }] : []));
	const [first] = found;
	if (!first || found.length > 1) return undefined;
	const { display, operation } = first.operation;
	const call = definition.calls[key];
	return defined<Face>({
		kind: first.kind,
		label: display.label,
		description: display.description,
		call: call && `${call.method} ${call.path}`,
		inputs: Object.fromEntries(operation.inputFields.filter(({ type }) => type !== 'copy').flatMap((field) => zapierInputs(field))),
		outputs: Object.fromEntries(
			operation.outputFields.map(({ key: name, label, type, list }) => [
				name.replaceAll('__', '.').replaceAll('[]', '[].') + (list ? '[]' : ''),
				{ title: label, type: type === 'datetime' ? 'date-time' : type },
			]),
		),
		sample: operation.sample,
	} as Face);
}

function zapierInputs(field: InputField, prefix = ''): [string, Field][] {
	const path = prefix + field.key + (field.list ? '[]' : '');
	const type = field.children
		? 'rows'
		: field.type === 'datetime'
			? field.meta?.['day']
				? 'date'
				: 'date-time'
			: field.type === 'text'
				? 'string'
				: field.type;
	const own = defined<Field>({
		title: field.label ?? '',
		type: type ?? '',
		required: field.required ?? false,
		choices: field.choices?.map(({ value, label }) => `${value}=${label}`).join(', '),
		source: field.dynamic === undefined ? undefined : /^choices_(\w+)\.id\.label$/.exec(field.dynamic)?.[1],
		default: field.default,
		description: field.helpText?.replaceAll('`', ''),
	} as Field);
	return [[path, own], ...(field.children ?? []).flatMap((child) => zapierInputs(child, `${path}[].`))];
}

/** An operation of the Swagger file. */
export function ofSwagger(document: Json, operationId: string): Face | undefined {
	const place = operationsOf(document).find((candidate) => idOf(candidate) === operationId);
	if (!place) return undefined;
	const { operation, item } = place;
	const trigger = operation['x-ms-trigger'] !== undefined;
	const answer = resolve(
		document,
		trigger ? objectOf(item['x-ms-notification-content'])['schema'] : responsesOf(place).find(([code]) => code === '200')?.[1]['schema'],
	);
	const outputs = walk(answer as unknown as ObjectSchema, () => true);
	return defined<Face>({
		kind: trigger ? 'trigger' : 'other',
		label: textOf(answer['title']),
		description: textOf(operation['description']),
		summary: textOf(operation['summary']),
		hint: operation['x-ms-trigger-hint'] as string | undefined,
		call: `${place.method.toUpperCase()} ${place.path}`,
		inputs: swaggerInputs(document, place),
		outputs: Object.fromEntries(outputs.map((entry) => [listPath(entry), swaggerOutput(entry)])),
		sample: answer['example'],
		marked: outputs.filter(({ property }) => objectOf(property)['x-nullable'] === true).map(listPath),
	} as Face);
}

function swaggerInputs(document: Json, place: Place): Fields {
	const parameters = parametersOf(place);
	const body = parameters.find((parameter) => parameter['in'] === 'body');
	const queried = parameters.filter((parameter) => parameter['in'] === 'query');
	const schema = {
		properties: {
			...objectOf(resolve(document, body?.['schema'])['properties']),
			...Object.fromEntries(queried.map((parameter) => [textOf(parameter['name']), { ...parameter, title: parameter['x-ms-summary'] }])),
		},
		required: [
			...listOf(resolve(document, body?.['schema'])['required']),
			...queried.filter((parameter) => parameter['required'] === true).map((parameter) => parameter['name']),
		],
	} as unknown as ObjectSchema;
	return Object.fromEntries(
		walk(schema, (property) => objectOf(property)['x-ms-notification-url'] !== true).map((entry) => [listPath(entry), swaggerInput(entry)]),
	);
}

const shownValues = (property: unknown): string | undefined => {
	const values = objectOf(property)['x-ms-enum-values'];
	return Array.isArray(values) ? values.map((value) => `${objectOf(value)['value']}=${objectOf(value)['displayName']}`).join(', ') : undefined;
};

function swaggerInput({ property, required }: Entry): Field {
	const source = objectOf(objectOf(objectOf(objectOf(leaf(property))['x-ms-dynamic-list'])['parameters'])['source'])['value'] as string | undefined;
	return defined<Field>({
		title: property.title,
		type: isGroup(property) ? 'rows' : kindOf(leaf(property)),
		required,
		choices: shownValues(leaf(property)),
		source,
		default: leaf(property).default === undefined ? undefined : String(leaf(property).default),
		description: isGroup(property) ? undefined : property.description,
	} as Field);
}

const swaggerOutput = ({ property }: Entry): Field =>
	defined<Field>({ title: property.title, type: isGroup(property) ? property.type : kindOf(leaf(property)), choices: shownValues(leaf(property)) } as Field);

/** Where two faces differ, as "path: this, not that"; an absent help text on Zapier is no difference, for it may not repeat a label. */
export function differences(expected: Face, actual: Face | undefined): string[] {
	if (!actual) return ['the operation is not there'];
	const compare = (path: string, wanted: unknown, found: unknown): string[] => {
		if (path.endsWith('.description') && path.startsWith('inputs.') && found === undefined) return [];
		if (typeof wanted !== 'object' || wanted === null || typeof found !== 'object' || found === null)
			return wanted === found ? [] : [`${path}: ${JSON.stringify(found)}, not ${JSON.stringify(wanted)}`];
		const keys = new Set([...Object.keys(wanted), ...Object.keys(found)]);
		return [...keys].flatMap((key) => compare(path === '' ? key : `${path}.${key}`, (wanted as Json)[key], (found as Json)[key]));
	};
	return compare('', expected, actual);
}
