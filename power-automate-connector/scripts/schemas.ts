/** From the product's schema dialect to Swagger 2.0 with Power Automate's extensions. */
import type { ObjectSchema, PropertySchema } from '../../shared/contracts/schema.ts';
import { LIST_CHOICES } from './about.ts';

export type Json = Record<string, unknown>;
export type Use = 'input' | 'output';

/** Limits that Swagger 2.0 and ajv understand alike. `multipleOfPrecision` has no equal: the service checks it. */
const LIMITS = ['minLength', 'maxLength', 'minimum', 'maximum', 'pattern', 'minItems', 'maxItems'] as const;

export const MARKED_NOTE = 'Null unless the key has the scope contact_details.';

/**
 * One property. Limits and defaults belong to inputs alone: an answer is not refused for its length, and a default
 * in an answer would be shown as if it were what came.
 */
export function property(source: PropertySchema, use: Use): Json {
	const marked = use === 'output' && source.patientData === true;
	return {
		type: source.type,
		...format(source),
		title: source.title,
		description: marked ? `${source.description} ${MARKED_NOTE}` : source.description,
		...(marked ? { 'x-nullable': true } : {}),
		...shared(source, use),
		...(source.items ? { items: itemsOf(source.items, use) } : {}),
		...(source.type === 'object' ? objectSchema(source as ObjectSchema, use) : {}),
	};
}

/** The body of an object: its properties and which of them are required. */
export function objectSchema(source: ObjectSchema, use: Use): Json {
	const required = source.required ?? [];
	return {
		type: 'object',
		...(use === 'input' && required.length > 0 ? { required: [...required] } : {}),
		properties: Object.fromEntries(Object.entries(source.properties).map(([key, value]) => [key, property(value, use)])),
	};
}

/** A property as a query parameter of a GET. */
export function queryParameter(name: string, source: PropertySchema, required: boolean): Json {
	return {
		name,
		in: 'query',
		required,
		type: source.type,
		...format(source),
		'x-ms-summary': source.title,
		description: source.description,
		...shared(source, 'input'),
	};
}

function itemsOf(source: PropertySchema, use: Use): Json {
	return source.type === 'object' ? objectSchema(source as ObjectSchema, use) : { type: source.type, ...format(source), ...choices(source) };
}

function shared(source: PropertySchema, use: Use): Json {
	if (use === 'output') return choices(source);
	const fields = source as unknown as Json;
	return {
		...choices(source),
		...Object.fromEntries(LIMITS.filter((limit) => fields[limit] !== undefined).map((limit) => [limit, fields[limit]])),
		...(source.default === undefined ? {} : { default: source.default }),
		...(source.visibility === undefined ? {} : { 'x-ms-visibility': source.visibility }),
		...(source.options === undefined ? {} : dropdown(source.options)),
	};
}

function format(source: PropertySchema): Json {
	if (source.type === 'number') return { format: 'double' };
	if (source.type === 'integer') return { format: 'int32' };
	return source.format === undefined ? {} : { format: source.format };
}

function choices(source: PropertySchema): Json {
	if (source.enum === undefined) return {};
	const labels = source.labels ?? {};
	return { enum: [...source.enum], 'x-ms-enum-values': source.enum.map((value) => ({ value, displayName: labels[value] ?? value })) };
}

/** Both spellings of a dropdown: the older designer reads the first, the newer the second. */
function dropdown(source: string): Json {
	return {
		'x-ms-dynamic-values': { operationId: LIST_CHOICES, parameters: { source }, 'value-collection': 'items', 'value-path': 'id', 'value-title': 'label' },
		'x-ms-dynamic-list': {
			operationId: LIST_CHOICES,
			parameters: { source: { value: source } },
			itemsPath: 'items',
			itemValuePath: 'id',
			itemTitlePath: 'label',
		},
	};
}
