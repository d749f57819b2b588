import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { DEFAULT_POLICY } from '../../shared/contracts/policy.ts';

const FILE = new URL('../../shared/contracts/policy.schema.json', import.meta.url);
const schema = JSON.parse(readFileSync(FILE, 'utf8'));

/** As an editor checks a file: the schema alone, nothing of ours registered. */
function faultsOf(value: unknown): string[] {
	const ajv = new Ajv({ allErrors: true, strict: true, strictTypes: false, keywords: ['enumDescriptions'] });
	addFormats.default(ajv);
	const validate = ajv.compile(schema);
	return validate(value) ? [] : (validate.errors ?? []).map((error) => `${error.instancePath} ${error.message}`);
}

interface Described {
	title?: string;
	description?: string;
	properties?: Record<string, Described>;
	items?: Described;
}
const undescribed = (part: Described, at: string): string[] => [
	...Object.entries(part.properties ?? {}).flatMap(([name, property]) => [
		...(property.title && property.description ? [] : [`${at}.${name}`]),
		...undescribed(property, `${at}.${name}`),
	]),
	...(part.items ? undescribed(part.items, `${at}[]`) : []),
];

describe('the schema by which editors check a policy', () => {
	it('takes the default policy, also one that says where its schema lies', () => {
		expect(faultsOf(DEFAULT_POLICY)).toEqual([]);
		expect(faultsOf({ $schema: './policy.schema.json', ...DEFAULT_POLICY })).toEqual([]);
	});

	it.each<[string, object, string]>([
		['an unknown part', { colour: 'blue' }, ' must NOT have additional properties'],
		['a word that is none of the list', { role: 'friend' }, '/role must be equal to one of the allowed values'],
		['a clock that is none', { hours: { start: '8', end: '21:00', sunday: true } }, '/hours/start must match pattern "^([01][0-9]|2[0-4]):[0-5][0-9]$"'],
		['a day that is none', { effective_from: '2026-02-30' }, '/effective_from must match format "date"'],
		['another version', { version: 1 }, '/version must be equal to constant'],
	])('underlines %s', (_, changes, fault) => {
		expect(faultsOf({ ...DEFAULT_POLICY, ...changes })).toContain(fault);
	});

	it('gives every part a title, a description, and its usual value', () => {
		expect(undescribed(schema, '')).toEqual([]);
		expect(schema.properties.caps.properties.per_7_days.default).toBe(2);
		expect(schema.properties.role).toMatchObject({
			default: 'creditor',
			enumDescriptions: ['Practice in its own name', 'Billing company, accounts not in default', 'Third party after default'],
		});
	});
});
