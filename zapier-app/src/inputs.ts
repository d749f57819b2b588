/**
 * What a Zap hands over, made into what the catalogue's schemas accept. Zapier sends '' or null for fields left empty,
 * numbers and booleans as text when they are mapped from another app, and instants for days.
 *
 * What cannot be read is passed on as it is: the service then names the field and says what it must be.
 */
import type { InputField } from './definition.ts';

export type Values = Record<string, unknown>;

export const isRecord = (value: unknown): value is Record<string, unknown> => value !== null && typeof value === 'object' && !Array.isArray(value);

/** Only declared fields, none of them empty. */
export function cleanInput(fields: readonly InputField[], raw: unknown): Values {
	const given = isRecord(raw) ? raw : {};
	const out: Values = {};
	for (const field of fields) {
		if (field.type === 'copy') continue;
		const value = cleanField(field, given[field.key]);
		if (value !== undefined) out[field.key] = value;
	}
	return out;
}

function cleanField(field: InputField, value: unknown): unknown {
	if (isEmpty(value)) return undefined;
	if (field.children) return cleanRows(field.children, value);
	if (!field.list) return cleanScalar(field, value);
	const items = asList(value)
		.filter((item) => !isEmpty(item))
		.map((item) => cleanScalar(field, item));
	return items.length > 0 ? items : undefined;
}

/** A row whose every cell is empty is a blank line of a sheet, not a record. */
function cleanRows(columns: readonly InputField[], value: unknown): unknown {
	const rows = asList(value)
		.map((row) => (isRecord(row) ? cleanInput(columns, row) : row))
		.filter((row) => !isRecord(row) || Object.keys(row).length > 0);
	return rows.length > 0 ? rows : undefined;
}

const asList = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);

const isEmpty = (value: unknown): boolean =>
	value === undefined || value === null || (typeof value === 'string' && value.trim() === '') || (Array.isArray(value) && value.length === 0);

function cleanScalar(field: InputField, value: unknown): unknown {
	if (typeof value === 'number' || typeof value === 'boolean') return field.type === 'string' || field.type === 'text' ? String(value) : value;
	if (typeof value !== 'string') return value;
	const text = value.trim();
	switch (field.type) {
		case 'number':
		case 'integer':
			return readNumber(text) ?? text;
		case 'boolean':
			return BOOLEANS[text.toLowerCase()] ?? text;
		case 'datetime':
			return field.meta?.['day'] === true ? readDay(text) : readInstant(text);
		default:
			return text;
	}
}

const BOOLEANS: Record<string, boolean | undefined> = {
	true: true,
	yes: true,
	y: true,
	on: true,
	'1': true,
	false: false,
	no: false,
	n: false,
	off: false,
	'0': false,
};

/** "84.20", "$1,084.20", "-3". "1,5" and "1.084,20" stay text: reading them would be guessing. */
function readNumber(text: string): number | undefined {
	if (!/^-?\$?(\d{1,3}(,\d{3})+|\d+)?(\.\d+)?$/.test(text) || !/\d/.test(text)) return undefined;
	return Number(text.replaceAll(/[$,]/g, ''));
}

/** Zapier makes "2026-11-10T00:00:00-05:00" of a day, in the Zap's own zone: the day is what was meant. */
const readDay = (text: string): string => (/^\d{4}-\d{2}-\d{2}[T ]/.test(text) ? text.slice(0, 10) : text);

/** Offsets without a colon ("-0500") are what some apps write. */
const readInstant = (text: string): string => text.replace(/^(\d{4}-\d{2}-\d{2}) (?=\d)/, '$1T').replace(/([+-]\d{2})(\d{2})$/, '$1:$2');
