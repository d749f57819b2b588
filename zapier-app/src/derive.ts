/**
 * Catalogue → Zapier definition. Runs at build time and in tests, never inside Zapier.
 *
 * Zapier gives no HIPAA agreement: properties marked `patientData`, and free text as an input, do not exist here.
 */
import { Failure } from '../../shared/contracts/failure.ts';
import type { Action, Operation as CatalogueOperation, Trigger } from '../../shared/contracts/operation.ts';
import { type ObjectSchema, type PropertySchema, plain } from '../../shared/contracts/schema.ts';
import type { Call, Definition, EditorTest, InputField, Operation, OutputField } from './definition.ts';

export interface DeriveOptions {
	/** The build that Zapier lists for everybody hides operations of the tier `extra`; a private one shows them. */
	publicBuild?: boolean;
}

const MORE_OPTIONS = 'more_options';

/** What these do when somebody tests the step in the editor. Everything else of the scope `send` answers its sample. */
const EDITOR_TESTS: Record<string, { test?: EditorTest; note: string }> = {
	send_reminder: {
		test: { instead: 'preview', of: 'preview_reminder', values: { status: 'test', was_sent: false, duplicate: false, reminder_ref: '' } },
		note: 'Testing this step here sends nothing: it shows what would happen. Reminders leave only when the Zap is on.',
	},
	run_account_review: {
		test: { instead: 'with', values: { mode: 'report_only' } },
		note: 'Testing this step here only reports, whatever mode you choose. Reminders leave only when the Zap is on.',
	},
	prepare_reminder: { note: 'Testing this step here reserves nothing: it shows an example. Reminders are reserved only when the Zap is on.' },
	escalate: { note: 'Testing this step here really opens staff work. Use a test key to try it without consequences.' },
	hold_reminders: { note: 'Testing this step here really places a hold. Use a test key to try it without consequences.' },
	resume_reminders: { note: 'Testing this step here really releases holds. Use a test key to try it without consequences.' },
};
const SAMPLE_NOTE = 'Testing this step here sends nothing: it shows an example. It acts only when the Zap is on.';

/** Zapier spreads a batch day over minutes instead of running into the service's limit. */
const SEND_THROTTLE = { window: 60, limit: 300, scope: ['auth'] };

/** @throws Failure `broken` when a required input may not be offered on Zapier, or has a shape that Zapier cannot show. */
export function derive(catalogue: readonly CatalogueOperation[], options: DeriveOptions = {}): Definition {
	const definition: Definition = { triggers: {}, creates: {}, searches: {}, calls: {} };
	const sources = new Set<string>();
	for (const operation of catalogue) {
		if (!operation.surfaces.includes('zapier')) continue;
		const derived = operation.kind === 'trigger' ? triggerOf(operation) : actionOf(operation);
		if (options.publicBuild === true && operation.tier === 'extra') derived.display.hidden = true;
		for (const source of sourcesIn(plain(operation.input))) sources.add(source);
		if (operation.kind === 'trigger') {
			definition.triggers[operation.key] = derived;
			continue;
		}
		definition[operation.kind === 'action' ? 'creates' : 'searches'][operation.key] = derived;
		definition.calls[operation.key] = callOf(operation);
	}
	for (const source of [...sources].sort()) definition.triggers[`choices_${source}`] = dropdownOf(source);
	return definition;
}

function triggerOf(trigger: Trigger): Operation {
	const derived = shown(trigger);
	const outputFields = derived.operation.outputFields.map((field): OutputField => (field.key === 'event_id' ? { ...field, primary: true } : field));
	return { ...derived, operation: { ...derived.operation, type: 'hook', outputFields } };
}

function actionOf(action: Action): Operation {
	const derived = shown(action);
	const note = EDITOR_TESTS[action.key]?.note ?? (sends(action) ? SAMPLE_NOTE : undefined);
	if (note !== undefined) derived.operation.inputFields.unshift({ key: 'note_about_testing', type: 'copy', helpText: note });
	if (sends(action)) derived.operation.throttle = SEND_THROTTLE;
	return derived;
}

const sends = (action: Action): boolean => action.scope === 'send' && action.effect === 'write';

function callOf(action: Action): Call {
	const call: Call = { method: action.method, path: action.path, scope: action.scope };
	if (action.pure) call.pure = true;
	const editor = EDITOR_TESTS[action.key]?.test ?? (sends(action) ? ({ instead: 'sample' } as const) : undefined);
	if (editor) call.editor = editor;
	return call;
}

function shown(operation: CatalogueOperation): Operation {
	const input = zapierInput(operation);
	const inputFields = orderedKeys(input).map((key) => topField(key, input));
	refuseRepeatedKeys(operation.key, inputFields);
	const output = plain(operation.output);
	const grouped = inputFields.some((field) => field.group === MORE_OPTIONS);
	return {
		key: operation.key,
		noun: operation.noun,
		display: { label: operation.label, description: operation.description },
		operation: {
			inputFields,
			...(grouped ? { inputFieldGroups: [{ key: MORE_OPTIONS, label: 'More Options', emphasize: false }] } : {}),
			outputFields: outputFields(output),
			sample: unmarked(operation.sample, output) as Record<string, unknown>,
		},
	};
}

/** Zapier keeps columns of line items and plain inputs in one set of names. */
function refuseRepeatedKeys(operation: string, fields: InputField[]): void {
	const keys = fields.flatMap((field) => [field.key, ...(field.children ?? []).map((child) => child.key)]);
	const repeated = keys.find((key, index) => keys.indexOf(key) !== index);
	if (repeated !== undefined)
		throw new Failure('broken', `${operation} has the input "${repeated}" both by itself and in a row, which Zapier cannot tell apart. Rename one.`);
}

/** Required first, then what makers meet first, then the rest; advanced fields last. */
function orderedKeys(input: ObjectSchema): string[] {
	const rank = (key: string): number => {
		if (input.required?.includes(key)) return 0;
		const visibility = input.properties[key]?.visibility;
		return visibility === 'important' ? 1 : visibility === 'advanced' ? 3 : 2;
	};
	return Object.keys(input.properties).sort((a, b) => rank(a) - rank(b));
}

/** The input as Zapier offers it: also the schema that pure operations are validated against inside the connector. */
export function zapierInput(operation: CatalogueOperation): ObjectSchema {
	const schema = plain(operation.input);
	return { ...schema, properties: offered(operation.key, schema) };
}

function offered(key: string, schema: { properties?: Record<string, PropertySchema>; required?: string[] }): Record<string, PropertySchema> {
	const kept: Record<string, PropertySchema> = {};
	for (const [name, property] of Object.entries(schema.properties ?? {})) {
		if (!property.patientData && !property.freeText && property.visibility !== 'internal') {
			kept[name] = property.items?.properties ? { ...property, items: { ...property.items, properties: offered(key, property.items) } } : property;
		} else if (schema.required?.includes(name)) {
			throw new Failure('broken', `The input "${name}" of ${key} is required but may not be offered on Zapier. Make it optional.`);
		}
	}
	return kept;
}

function topField(key: string, input: ObjectSchema): InputField {
	const property = input.properties[key] as PropertySchema;
	const field = inputField(key, property, input.required?.includes(key) ?? false);
	if (property.visibility === 'advanced') field.group = MORE_OPTIONS;
	return field;
}

function inputField(key: string, property: PropertySchema, required: boolean): InputField {
	const base: InputField = { key, label: property.title, ...(required ? { required: true } : {}) };
	if (property.type === 'array') return { ...base, ...listInput(property) };
	if (property.type === 'object') throw new Failure('broken', `The input "${key}" is an object, which Zapier cannot show. Use flat fields or a list of rows.`);
	const helpText = helpFor(property.title, property.description);
	return {
		...base,
		...scalarInput(property),
		...(helpText === undefined ? {} : { helpText }),
		...(property.default === undefined ? {} : { default: String(property.default) }),
	};
}

function scalarInput(property: PropertySchema): Partial<InputField> {
	if (property.enum) return { type: 'string', choices: property.enum.map((value) => ({ value, sample: value, label: property.labels?.[value] ?? value })) };
	if (property.options) return { type: 'string', dynamic: `choices_${property.options}.id.label` };
	// A calendar day gets the picker too; inputs.ts takes the day out of the instant that Zapier makes of it.
	if (property.format === 'date') return { type: 'datetime', meta: { day: true } };
	if (property.format === 'date-time') return { type: 'datetime' };
	if (property.type === 'string') return { type: (property.maxLength ?? 0) > 2000 ? 'text' : 'string' };
	return { type: property.type as 'integer' | 'number' | 'boolean' };
}

/** Zapier allows no help text on line items, so what there is to say must be in the columns. */
function listInput(property: PropertySchema): Partial<InputField> {
	const items = property.items;
	if (items?.properties === undefined) return { ...scalarInput(items as PropertySchema), list: true, helpText: property.description };
	return { children: Object.entries(items.properties).map(([name, column]) => inputField(name, column, items.required?.includes(name) ?? false)) };
}

function outputFields(schema: { properties?: Record<string, PropertySchema> }, prefix = '', words = ''): OutputField[] {
	return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
		if (property.patientData || property.visibility === 'internal') return [];
		const key = prefix + name;
		const label = words + property.title;
		if (property.type === 'object') return outputFields(property, `${key}__`, `${label} `);
		if (property.type !== 'array') return [{ key, label, type: outputType(property) }];
		if (property.items?.properties) return outputFields(property.items, `${key}[]`, `${label} `);
		return [{ key, label, type: outputType(property.items as PropertySchema), list: true as const }];
	});
}

/** A calendar day stays text: Zapier's `datetime` wants an offset, and would shift the day. */
function outputType(property: PropertySchema): OutputField['type'] {
	if (property.format === 'date-time') return 'datetime';
	return property.type === 'string' || property.type === 'array' || property.type === 'object' ? 'string' : property.type;
}

/** The value without properties that do not exist on Zapier. */
function unmarked(value: unknown, schema: PropertySchema): unknown {
	if (Array.isArray(value)) return value.map((item) => (schema.items ? unmarked(item, schema.items) : item));
	if (value === null || typeof value !== 'object' || !schema.properties) return value;
	const kept = Object.entries(value).filter(([name]) => {
		const property = schema.properties?.[name];
		return property !== undefined && !property.patientData && property.visibility !== 'internal';
	});
	return Object.fromEntries(kept.map(([name, item]) => [name, unmarked(item, schema.properties?.[name] as PropertySchema)]));
}

const words = (text: string): string[] => text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
const EMPTY_WORDS = new Set(['the', 'a', 'an', 'of', 'it', 'is', 'this']);

/** Help that says no more than the label is left out (Zapier's check D011); addresses stand in backticks (D008). */
function helpFor(label: string, description: string): string | undefined {
	const known = new Set(words(label));
	const adds = words(description).some((word) => !known.has(word) && !EMPTY_WORDS.has(word));
	return adds ? description.replaceAll(/(?<!`)https?:\/\/\S*[^\s.,;)]/g, '`$&`') : undefined;
}

function sourcesIn(schema: { properties?: Record<string, PropertySchema> }): string[] {
	return Object.values(schema.properties ?? {}).flatMap((property) => {
		if (property.patientData || property.freeText) return [];
		if (property.items?.properties) return sourcesIn(property.items);
		return property.options ? [property.options] : [];
	});
}

/** Fills a dropdown. Zapier wants a hidden polling trigger behind each. */
function dropdownOf(source: string): Operation {
	const noun = `${source.charAt(0).toUpperCase()}${source.slice(1).replace(/s$/, '')}`;
	return {
		key: `choices_${source}`,
		noun,
		display: { label: `New ${noun} Choice`, description: `Triggers when a ${noun.toLowerCase()} can be chosen.`, hidden: true },
		operation: {
			type: 'polling',
			inputFields: [],
			outputFields: [
				{ key: 'id', label: 'Short Name', type: 'string', primary: true },
				{ key: 'label', label: 'Label', type: 'string' },
			],
			sample: { id: 'main_street', label: 'Main Street' },
		},
	};
}
