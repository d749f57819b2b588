/**
 * The JSON Schema dialect of the product: object, string, integer, number, boolean, enum, arrays of
 * those, and a few formats. No oneOf, no $ref, no null unions: neither Zapier's fields nor Swagger 2.0
 * can show them. Every property has a title (what a form shows) and a description (a full sentence).
 *
 * Own keywords (registered with ajv in validate.ts, read by both connectors):
 * - `patientData: true`     identifies or describes a patient. On Zapier the property does not exist; on Power
 *                           Automate it is null without the key's scope `contact_details`.
 * - `options: '<source>'`   a dropdown filled by GET /api/choices/<source>.
 * - `labels: {value: text}` what a form shows for the values of an enum.
 * - `multipleOfPrecision`   decimals allowed; ajv's own multipleOf refuses 0.29.
 * - `visibility`            important | advanced | internal, as in Power Automate; absent = normal.
 */
import { type Static, type TObject, type TSchema, Type } from 'typebox';

export type { Static, TObject, TSchema };
export { Type };

/** What fills a dropdown. `GET /api/choices/{source}` answers `{items: [{id, label}]}`. */
export const CHOICE_SOURCES = ['routes', 'locations', 'messages', 'senders', 'payers', 'rules'] as const;
export type ChoiceSource = (typeof CHOICE_SOURCES)[number];

export interface FieldOptions {
	patientData?: true;
	options?: ChoiceSource;
	visibility?: 'important' | 'advanced' | 'internal';
	default?: unknown;
	minLength?: number;
	maxLength?: number;
	minimum?: number;
	maximum?: number;
	pattern?: string;
	/** Free text: never offered on Zapier as an input, because people type names into it. */
	freeText?: true;
}

type Words = [title: string, description: string, options?: FieldOptions];

const annotated = (extra: object, [title, description, options]: Words) => ({ ...extra, title, description, ...options });

export const text = (...words: Words) => Type.String(annotated({ maxLength: 2000 }, words));
export const email = (...words: Words) => Type.String(annotated({ format: 'email', maxLength: 254 }, words));
export const uri = (...words: Words) => Type.String(annotated({ format: 'uri', maxLength: 16_384 }, words));
/** A calendar day in the practice's zone, YYYY-MM-DD. */
export const date = (...words: Words) => Type.String(annotated({ format: 'date' }, words));
/** An instant, ISO 8601 with offset. */
export const instant = (...words: Words) => Type.String(annotated({ format: 'date-time' }, words));
export const secret = (...words: Words) => Type.String(annotated({ format: 'password', maxLength: 4000 }, words));
export const whole = (...words: Words) => Type.Integer(annotated({}, words));
export const decimal = (...words: Words) => Type.Number(annotated({}, words));
export const flag = (...words: Words) => Type.Boolean(annotated({}, words));
/** A decimal amount in the currency beside it; at most 2 decimals, 0 to 10,000,000. */
export const money = (...words: Words) => Type.Number(annotated({ minimum: 0, maximum: 10_000_000, multipleOfPrecision: 2 }, words));
/** An amount that may be negative: a credit, a reversal. */
export const signedMoney = (...words: Words) => Type.Number(annotated({ minimum: -10_000_000, maximum: 10_000_000, multipleOfPrecision: 2 }, words));
/** One of a closed list; the keys travel, the values are shown. */
export const choice = <const L extends Record<string, string>>(labels: L, ...words: Words) =>
	Type.Unsafe<keyof L & string>({ type: 'string', enum: Object.keys(labels), labels, ...annotated({}, words) });
export const list = <S extends TSchema>(
	items: S,
	title: string,
	description: string,
	options: { maxItems?: number; minItems?: number; visibility?: FieldOptions['visibility']; patientData?: true } = {},
) => Type.Array(items, { maxItems: 500, title, description, ...options });
export const optional = Type.Optional;
/** An object that refuses unknown fields by name. */
export const object = <P extends Record<string, TSchema>>(properties: P, options: { title?: string; description?: string } = {}) =>
	Type.Object(properties, { additionalProperties: false, ...options });

/** A plain view of a property for code that derives forms, Swagger or masks from schemas. */
export interface PropertySchema extends FieldOptions {
	type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object';
	title: string;
	description: string;
	format?: string;
	enum?: string[];
	labels?: Record<string, string>;
	multipleOfPrecision?: number;
	items?: PropertySchema;
	properties?: Record<string, PropertySchema>;
	required?: string[];
	maxItems?: number;
}

export interface ObjectSchema extends PropertySchema {
	type: 'object';
	properties: Record<string, PropertySchema>;
	required?: string[];
}

/** The schema as plain JSON, without TypeBox's own types. */
export const plain = (schema: TSchema): ObjectSchema => JSON.parse(JSON.stringify(schema)) as ObjectSchema;
