/**
 * The mark `patientData` at work. On Zapier marked inputs and outputs do not exist, whatever the key's scope, and
 * free text is no input; elsewhere marked outputs are null without the scope `contact_details`.
 */
import type { Scope, Surface } from '../../contracts/operation.ts';
import { type PropertySchema, plain, type TObject, Type } from '../../contracts/schema.ts';

/** A schema's marked places, so that an answer is walked only where there are any. */
type Mask = 'all' | Map<string, Mask>;

const masks = new WeakMap<TObject, Map<string, Mask>>();

function maskOf(schema: TObject): Map<string, Mask> {
	let mask = masks.get(schema);
	if (!mask) {
		mask = maskOfProperties(plain(schema));
		masks.set(schema, mask);
	}
	return mask;
}

function maskOfProperties(schema: PropertySchema): Map<string, Mask> {
	const mask = new Map<string, Mask>();
	for (const [name, property] of Object.entries(schema.properties ?? {})) {
		const inner = property.items ?? property;
		if (property.patientData || property.items?.patientData) mask.set(name, 'all');
		else if (inner.properties) {
			const below = maskOfProperties(inner);
			if (below.size > 0) mask.set(name, below);
		}
	}
	return mask;
}

/** The answer as the caller may see it. */
export function maskOutput<T extends object>(schema: TObject, output: T, surface: Surface, scopes: readonly Scope[]): T {
	const remove = surface === 'zapier';
	if (!remove && scopes.includes('contact_details')) return output;
	return applyMask(maskOf(schema), output, remove) as T;
}

function applyMask(mask: Map<string, Mask>, value: unknown, remove: boolean): unknown {
	if (mask.size === 0 || typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map((entry) => applyMask(mask, entry, remove));
	const out: Record<string, unknown> = { ...value };
	for (const [name, below] of mask) {
		if (!(name in out)) continue;
		if (below !== 'all') out[name] = applyMask(below, out[name], remove);
		else if (remove) delete out[name];
		else out[name] = null;
	}
	return out;
}

const zapierInputs = new WeakMap<TObject, TObject>();

/** What a caller of this surface may send: on Zapier, marked and free-text fields are unknown like any misspelt one. */
export function inputFor(schema: TObject, surface: Surface): TObject {
	if (surface !== 'zapier') return schema;
	let shown = zapierInputs.get(schema);
	if (!shown) {
		shown = withoutMarked(schema);
		zapierInputs.set(schema, shown);
	}
	return shown;
}

function withoutMarked(schema: TObject): TObject {
	const kept: Record<string, TObject> = {};
	for (const [name, property] of Object.entries(schema.properties)) {
		const { patientData, freeText, type, items } = property as unknown as PropertySchema;
		if (patientData || freeText) continue;
		if (type === 'object' && 'properties' in property) kept[name] = { ...property, ...withoutMarked(property as TObject) } as TObject;
		else if (type === 'array' && items?.properties)
			kept[name] = { ...property, items: { ...items, ...withoutMarked(items as unknown as TObject) } } as unknown as TObject;
		else kept[name] = property as TObject;
	}
	const required = ((schema as { required?: string[] }).required ?? []).filter((name) => name in kept);
	const { required: _, properties: __, ...rest } = schema as TObject & { required?: string[] };
	return Type.Unsafe<object>({ ...rest, properties: kept, ...(required.length > 0 ? { required } : {}) }) as unknown as TObject;
}
