/**
 * What every operation must keep, as rules that name each fault. They stand here and not in a connector because
 * Zapier's and Power Automate's certification checks both read what the catalogue says: a fault in one title
 * would be a fault in both. Codes such as D018 are Zapier's integration checks, OPR and SCH those of Power
 * Automate's certification.
 */
import type { Operation } from '../../shared/contracts/operation.ts';
import { CHOICE_SOURCES, type ObjectSchema, type PropertySchema, plain } from '../../shared/contracts/schema.ts';
import { errorsOf } from '../../shared/contracts/validate.ts';

export interface OperationRule {
	/** A plain sentence, the title of the test. */
	name: string;
	/** One sentence for each fault; empty when the operation keeps the rule. */
	faults(operation: Operation): string[];
}

export interface Property {
	/** Dotted path below the input or output; entries of a list have the list's own path. */
	path: string;
	key: string;
	side: 'input' | 'output';
	schema: PropertySchema;
	required: boolean;
	/** Stands in the input or output itself, not in the rows of a list. */
	top: boolean;
}

function below(schema: PropertySchema, prefix: string, side: Property['side']): Property[] {
	const object = schema.type === 'array' ? schema.items : schema;
	return Object.entries(object?.properties ?? {}).flatMap(([key, property]) => {
		const path = prefix === '' ? key : `${prefix}.${key}`;
		return [{ path, key, side, schema: property, required: object?.required?.includes(key) ?? false, top: prefix === '' }, ...below(property, path, side)];
	});
}

export const inputOf = (operation: Operation): ObjectSchema => plain(operation.input);
export const outputOf = (operation: Operation): ObjectSchema => plain(operation.output);
export const inputsOf = (operation: Operation): Property[] => below(inputOf(operation), '', 'input');
export const outputsOf = (operation: Operation): Property[] => below(outputOf(operation), '', 'output');
const propertiesOf = (operation: Operation): Property[] => [...inputsOf(operation), ...outputsOf(operation)];

const nameOf = (property: Property): string => `${property.side} ${property.path}`;
/** Faults of properties, each named by side and path. */
const each = (properties: Property[], fault: (property: Property) => string | false | undefined): string[] =>
	properties.flatMap((property) => {
		const text = fault(property);
		return text ? [`${nameOf(property)} ${text}`] : [];
	});

const SMALL_WORDS = new Set(['a', 'an', 'and', 'as', 'at', 'by', 'for', 'from', 'in', 'of', 'on', 'or', 'the', 'to', 'with']);

/** D018, PRM02: every word begins with a capital or a digit; small words may be small, save the first. */
export const isTitleCase = (title: string): boolean => title.split(' ').every((word, index) => /^[A-Z0-9]/.test(word) || (index > 0 && SMALL_WORDS.has(word)));

const isSentence = (text: string): boolean => /^[A-Z0-9].*\.$/s.test(text) && text.includes(' ');
const bare = (text: string): string => text.toLowerCase().replace(/\.$/, '');

/** Every text of a value, at any depth. */
function textsOf(value: unknown): string[] {
	if (typeof value === 'string') return [value];
	if (typeof value !== 'object' || value === null) return [];
	return Object.values(value).flatMap(textsOf);
}

const PERSONAL: [what: string, pattern: RegExp][] = [
	['an e-mail address', /[^\s"@]+@[^\s"@]+\.[a-z]{2,}/i],
	['a phone number', /\+\d{8,}|(?<![\w-])\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}\b|(?<![\w.-])\d{10}(?![\w-])/],
	['a social security number', /\b\d{3}-\d{2}-\d{4}\b/],
	['a form of address', /\b(Mr|Mrs|Ms|Dr)\.? [A-Z]/],
];
/** Pairs of capitalised words that are no person; anything else that looks like a name is taken for one. */
const NO_PERSON = ['Main Street', 'Example Health', 'Due Date', 'First Statement', 'Balance Overdue', 'Payment Failed'];

function personal(text: string): string[] {
	const found = PERSONAL.filter(([, pattern]) => pattern.test(text)).map(([what]) => what);
	const names = [...text.matchAll(/\b[A-Z][a-z]+ [A-Z][a-z]+\b/g)].filter(([pair]) => !NO_PERSON.includes(pair));
	return names.length > 0 ? [...found, 'what looks like a name'] : found;
}

/** Keys that name a person or reach one; a property with such a key is marked or it is a leak. */
const PERSONAL_KEYS = /^(patient_name|name|first_name|last_name|email|phone|fax|zip|birth_?date|date_of_birth|reply_text)$/;
/** The rendered message carries the person's name and a pay link that is a secret. */
const MESSAGE_KEYS = /^(text|subject|address|last_reminder_text)$/;

/** Keys of a value by the paths of its schema; entries of a list have the list's own path. */
function pathsOf(value: unknown, prefix = ''): string[] {
	if (Array.isArray(value)) return value.flatMap((entry) => pathsOf(entry, prefix));
	if (typeof value !== 'object' || value === null) return [];
	return Object.entries(value).flatMap(([key, inner]) => {
		const path = prefix === '' ? key : `${prefix}.${key}`;
		return [path, ...pathsOf(inner, path)];
	});
}

const isBounded = (schema: PropertySchema): boolean =>
	schema.type !== 'string' ||
	(schema.maxLength ?? Number.POSITIVE_INFINITY) <= 200 ||
	[schema.enum, schema.pattern, schema.format, schema.options].some((limit) => limit !== undefined);

export const OPERATION_RULES: readonly OperationRule[] = [
	{
		name: "its key is snake_case and its label, noun and texts keep the platforms' rules of form",
		faults(operation) {
			const out: string[] = [];
			if (!/^[a-z]+(_[a-z]+)*$/.test(operation.key)) out.push(`key "${operation.key}" is not snake_case`);
			if (!isTitleCase(operation.label) || operation.label.length < 2 || operation.label.length > 64)
				out.push(`label "${operation.label}" is not in Title Case of 2 to 64 characters (D018)`);
			if (!isTitleCase(operation.noun) || operation.noun.length > 64) out.push(`noun "${operation.noun}" is not in Title Case`);
			if (!isSentence(operation.description)) out.push('description is not a sentence with a full stop');
			if (/dunwell|zapier|power automate/i.test(`${operation.description} ${operation.summary}`)) out.push('description or summary names an app');
			return out;
		},
	},
	{
		name: 'its description begins as Zapier asks for its kind',
		faults({ kind, description }) {
			if (kind === 'trigger') return description.startsWith('Triggers when ') ? [] : ['description does not begin with "Triggers when " (D021)'];
			return /^[A-Z][a-z]+s /.test(description) ? [] : ['description does not begin with a verb in the third person'];
		},
	},
	{
		name: 'its summary is one that Power Automate certifies',
		faults({ kind, summary, description, method }: Operation & { method?: string }) {
			const out: string[] = [];
			if (summary.length > 80 || summary.includes('/') || !/[A-Za-z0-9)]$/.test(summary))
				out.push('summary is longer than 80 characters, has a slash or ends with a sign (OPR03)');
			if (bare(summary) === bare(description)) out.push('summary says the same as description (OPR05)');
			if (!/^[A-Z][^A-Z]*$/.test(summary)) out.push('summary is not in sentence case (OPR06)');
			if (kind === 'trigger' && !summary.startsWith('When ')) out.push('summary of a trigger does not begin with "When " (OPR06)');
			if (method === 'GET' && !/^(Get|List) /.test(summary)) out.push('summary of a GET does not begin with "Get " or "List " (OPR06)');
			return out;
		},
	},
	{
		name: 'every property has a type, a Title Case title and a sentence that says more than the title',
		faults: (operation) => [
			...each(
				propertiesOf(operation),
				({ schema }) => !['string', 'integer', 'number', 'boolean', 'array', 'object'].includes(schema.type) && `has the type ${schema.type}`,
			),
			...each(propertiesOf(operation), ({ schema }) => !isTitleCase(schema.title ?? '') && `has the title "${schema.title}", which is not Title Case`),
			...each(propertiesOf(operation), ({ schema }) => /\bID\b/.test(schema.title) && 'shows "ID" to people'),
			...each(propertiesOf(operation), ({ schema }) => !isSentence(schema.description ?? '') && 'has a description that is not a sentence (SCH01)'),
			...each(
				propertiesOf(operation),
				({ schema }) => bare(schema.description ?? '') === bare(schema.title ?? '') && 'has a description that repeats the title (D011)',
			),
			...each(propertiesOf(operation), ({ schema }) => /https?:|www\./.test(schema.description ?? '') && 'has an address in its description (D008)'),
			...each(propertiesOf(operation), ({ key }) => !/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(key) && 'has a key that is not snake_case'),
			...each(propertiesOf(operation), ({ schema }) => schema.type === 'array' && !schema.items && 'is a list without items'),
		],
	},
	{
		name: 'every choice has a label for each value and a default among them',
		faults: (operation) => [
			...each(propertiesOf(operation), ({ schema }) => {
				if (!schema.enum) return schema.labels !== undefined && 'has labels but no values';
				return (
					(Object.keys(schema.labels ?? {}).join() !== schema.enum.join() || Object.values(schema.labels ?? {}).some((label) => !/^[A-Z]/.test(label))) &&
					'has values without a label'
				);
			}),
			...each(
				propertiesOf(operation),
				({ schema }) => schema.enum && schema.default !== undefined && !schema.enum.includes(String(schema.default)) && 'has a default that is no value',
			),
			...each(outputsOf(operation), ({ schema }) => schema.default !== undefined && 'has a default in an answer (SCH03)'),
			...each(propertiesOf(operation), ({ schema }) => schema.options !== undefined && !CHOICE_SOURCES.includes(schema.options) && 'has an unknown dropdown'),
		],
	},
	{
		name: 'unknown fields are refused at every depth',
		faults(operation) {
			const closed = (schema: PropertySchema & { additionalProperties?: boolean }, path: string): string[] => {
				const inner =
					schema.type === 'array' && schema.items
						? closed(schema.items, `${path}[]`)
						: Object.entries(schema.properties ?? {}).flatMap(([key, property]) => closed(property, `${path}.${key}`));
				return schema.type === 'object' && schema.additionalProperties !== false ? [`${path} takes unknown fields`, ...inner] : inner;
			};
			return [...closed(inputOf(operation), 'input'), ...closed(outputOf(operation), 'output')];
		},
	},
	{
		name: 'required inputs come before plain optional ones, and the idempotency key comes last',
		faults(operation) {
			const inputs = inputsOf(operation).filter(({ top }) => top);
			const firstPlain = inputs.findIndex(({ required, schema }) => !required && schema.visibility !== 'important');
			const late = inputs.filter(({ required }, index) => required && firstPlain !== -1 && index > firstPlain);
			const out = late.map((property) => `${nameOf(property)} is required but comes after an optional one`);
			const at = inputs.findIndex(({ key }) => key === 'idempotency_key');
			if (at !== -1 && at !== inputs.length - 1) out.push('input idempotency_key does not come last');
			if (operation.kind === 'action' && operation.effect === 'write' && at === -1) out.push('a write takes no idempotency_key');
			return out;
		},
	},
	{
		name: 'answers always have the same keys: only marked properties may be absent, and they come last',
		faults(operation) {
			const top = outputsOf(operation).filter(({ top: isTop }) => isTop);
			const firstMarked = top.findIndex(({ schema }) => schema.patientData === true);
			return [
				...each(
					outputsOf(operation),
					({ required, schema }) =>
						required === (schema.patientData === true) && (required ? 'is marked but required, so that it could not be absent on Zapier' : 'may be absent'),
				),
				...top
					.filter(({ schema }, index) => firstMarked !== -1 && index > firstMarked && schema.patientData !== true)
					.map((property) => `${nameOf(property)} comes after a marked property`),
			];
		},
	},
	{
		name: 'every list in an answer has a text twin and every amount its text and currency',
		faults(operation) {
			const properties = outputOf(operation).properties;
			return [
				...each(
					outputsOf(operation),
					({ schema, key, top }) => schema.type === 'array' && (!top || properties[`${key}_text`]?.type !== 'string') && 'is a list without a text twin',
				),
				...(properties['amount'] ? ['amount_text', 'currency'].filter((key) => !properties[key]).map((key) => `output amount has no ${key} beside it`) : []),
			];
		},
	},
	{
		name: 'its sample is a valid answer, with offsets in every instant',
		faults(operation) {
			const instants = textsOf(operation.sample).filter((text) => /^\d{4}-\d\d-\d\dT/.test(text));
			return [
				...errorsOf(operation.output, operation.sample).map(({ message }) => `sample: ${message}`),
				...instants.filter((text) => !/T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text)).map((text) => `sample has ${text} without an offset (D023)`),
			];
		},
	},
	{
		name: 'its examples are valid, the first one included',
		faults: (operation) => [
			...(operation.examples.length === 0 ? ['there is no example'] : []),
			...operation.examples.flatMap((example, index) => errorsOf(operation.input, example).map(({ message }) => `example ${index + 1}: ${message}`)),
		],
	},
	{
		name: 'its counter-examples are refused, each for its stated reason, and show at least two kinds of fault',
		faults(operation) {
			const out: string[] = [];
			const kinds = new Set<string>();
			for (const [index, { value, reason }] of operation.counterExamples.entries()) {
				const messages = errorsOf(operation.input, value).map(({ message }) => message);
				if (messages.length === 0) out.push(`counter-example ${index + 1} is accepted`);
				else if (!messages.some((message) => message.includes(reason))) out.push(`counter-example ${index + 1} is refused because ${messages.join(' ')}`);
				if (!/^"[a-z_.0-9]+" /.test(reason)) out.push(`counter-example ${index + 1} does not name the field in its reason`);
				kinds.add(reason.replace(/^"[^"]*" /, '').split(':')[0] ?? '');
			}
			if (kinds.size < 2) out.push(`there are ${operation.counterExamples.length} counter-examples of ${kinds.size} kinds`);
			return out;
		},
	},
	{
		name: 'its sample, examples and counter-examples carry no patient data',
		faults(operation) {
			const marked = new Set(
				outputsOf(operation)
					.filter(({ schema }) => schema.patientData === true)
					.map(({ path }) => path),
			);
			const texts: [string, unknown][] = [
				['sample', operation.sample],
				['an example', operation.examples],
				['a counter-example', operation.counterExamples.map(({ value }) => value)],
			];
			return [
				...pathsOf(operation.sample)
					.filter((path) => marked.has(path))
					.map((path) => `sample has ${path}, which is marked`),
				...texts.flatMap(([where, value]) => textsOf(value).flatMap((text) => personal(text).map((what) => `${where} has ${what}`))),
			];
		},
	},
	{
		name: 'whatever names or reaches a person is marked, on either side',
		faults: (operation) => [
			...each(propertiesOf(operation), ({ key, schema }) => PERSONAL_KEYS.test(key) && schema.patientData !== true && 'is not marked as patient data'),
			...each(outputsOf(operation), ({ key, top, schema }) => top && MESSAGE_KEYS.test(key) && schema.patientData !== true && 'is not marked as patient data'),
		],
	},
	{
		name: 'on Zapier it works without its marked and free-text inputs, and the others are too short for a story',
		faults(operation) {
			if (!operation.surfaces.includes('zapier')) return [];
			const kept = ({ schema }: Property) => schema.patientData !== true && schema.freeText !== true;
			return [
				...each(inputsOf(operation), (property) => property.required && !kept(property) && 'is required but does not exist on Zapier'),
				// Rows of a batch have their limits in the strict schema that the use case checks each row against.
				...each(
					inputsOf(operation).filter(kept),
					({ schema, top }) => top && !isBounded(schema) && 'is free text of more than 200 characters without the mark',
				),
				...each(inputsOf(operation), ({ key }) => /(^|_)id$/.test(key) && 'looks like a database id and has no dropdown (D004)'),
				...each(inputsOf(operation), ({ key }) => /api_?key|secret|password|token/.test(key) && 'looks like a credential (D001)'),
			];
		},
	},
	{
		name: 'its method, path, scope and effect agree with its kind',
		faults(operation) {
			if (operation.kind === 'trigger') return operation.hint.endsWith('.') ? [] : ['its hint is not a sentence'];
			const out: string[] = [];
			const { method, effect, scope } = operation;
			if (!/^(\/[a-z]+)+$/.test(operation.path)) out.push(`path ${operation.path} is not made of plain words`);
			if (method === 'GET' && inputsOf(operation).some(({ schema }) => schema.type === 'array' || schema.type === 'object'))
				out.push('the input of a GET is not flat');
			if (method === 'GET' && effect !== 'read') out.push('a GET writes');
			if (operation.kind === 'search' && (effect !== 'read' || scope !== 'read')) out.push('a search does more than read');
			if (operation.kind === 'search' && inputsOf(operation).length === 0) out.push('a search has no field (D009)');
			if (effect === 'read' && !operation.idempotent) out.push('a read is not idempotent');
			if (effect === 'write' && scope === 'read') out.push('a write asks for the scope read');
			if (operation.pure && (effect !== 'read' || operation.kind !== 'search')) out.push('a pure operation writes');
			return out;
		},
	},
];
