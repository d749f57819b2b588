/**
 * What validation says, in sentences. Apart from validate.ts because the Zapier bundle carries this with precompiled
 * validators and no ajv.
 */
import type { ErrorObject } from 'ajv';
import type { FieldError } from './failure.ts';

/** Decimals of a JSON number as it was written: 0.29 has two, whatever its binary form. */
export function hasAtMostDecimals(value: number, decimals: number): boolean {
	const [mantissa = '', exponent = '0'] = String(value).toLowerCase().split('e');
	const fraction = mantissa.split('.')[1] ?? '';
	return fraction.length - Number(exponent) <= decimals;
}

/** ajv's errors as sentences. The value itself is never repeated: it may be a patient's. */
export function fieldErrors(errors: readonly ErrorObject[]): FieldError[] {
	const seen = new Set<string>();
	const out: FieldError[] = [];
	for (const error of errors) {
		// Of several types that would do, the sentence of anyOf names all; what one of them alone complains of would mislead.
		if (error.keyword === 'type' && error.schemaPath.includes('/anyOf/')) continue;
		const base = error.instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~');
		const at = (name: string) => (base === '' ? name : `${base}.${name}`);
		const { field, message } = error.keyword === 'anyOf' ? oneOfTypes(errors, error, base) : sentence(error, base, at);
		// A value of the wrong type breaks every other rule too; the first complaint is the useful one.
		if (seen.has(field)) continue;
		seen.add(field);
		out.push({ field, message });
	}
	return out;
}

function oneOfTypes(errors: readonly ErrorObject[], { instancePath }: ErrorObject, field: string): FieldError {
	const types = errors.filter((error) => error.keyword === 'type' && error.instancePath === instancePath).map((error) => article(String(error.params['type'])));
	return { field, message: `"${field}" must be ${types.join(', or ')}.` };
}

function sentence(error: ErrorObject, base: string, at: (name: string) => string): FieldError {
	const field = base === '' ? '(body)' : base;
	const p = error.params as Record<string, unknown>;
	switch (error.keyword) {
		case 'additionalProperties':
			return {
				field: at(String(p['additionalProperty'])),
				message: `"${at(String(p['additionalProperty'])).slice(0, 80)}" is not a field of this operation. Remove it or correct its spelling.`,
			};
		case 'required':
			return { field: at(String(p['missingProperty'])), message: `"${at(String(p['missingProperty']))}" is required. Add it.` };
		case 'type':
			return { field, message: `"${field}" must be ${article(String(p['type']))}.` };
		case 'const':
			return { field, message: `"${field}" must be ${String(p['allowedValue'])}.` };
		case 'enum':
			return { field, message: `"${field}" must be one of: ${(p['allowedValues'] as unknown[]).join(', ')}.` };
		case 'format':
			return { field, message: `"${field}" must be ${FORMAT_WORDS[String(p['format'])] ?? String(p['format'])}.` };
		case 'minimum':
			return { field, message: `"${field}" must be ${String(p['limit'])} or more.` };
		case 'maximum':
			return { field, message: `"${field}" must be ${String(p['limit'])} or less.` };
		case 'maxLength':
			return { field, message: `"${field}" must have at most ${String(p['limit'])} characters.` };
		case 'minLength':
			return { field, message: p['limit'] === 1 ? `"${field}" must not be empty.` : `"${field}" must have at least ${String(p['limit'])} characters.` };
		case 'maxItems':
			return { field, message: `"${field}" must have at most ${String(p['limit'])} entries. Split it into several calls.` };
		case 'minItems':
			return { field, message: `"${field}" must have at least ${String(p['limit'])} entries.` };
		case 'multipleOfPrecision':
			return { field, message: `"${field}" must have at most ${String(error.schema ?? 2)} decimals.` };
		case 'pattern':
			return { field, message: `"${field}" does not have the expected form${likeThis(String(p['pattern']))}.` };
		default:
			return { field, message: `"${field}" ${error.message ?? 'is not valid'}.` };
	}
}

/** An example says more than a pattern. */
const PATTERN_EXAMPLES: Record<string, string> = {
	'^[A-Z]{2}$': 'NY',
	'^[A-Z]{3}$': 'USD',
	'^[0-9]{5}(-[0-9]{4})?$': '10001',
	'^[a-z]{2,3}(-[A-Z]{2})?$': 'en or es',
	'^[a-z][a-z0-9_]{0,39}$': 'billing_team',
	'^[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}$': 'America/Phoenix',
	'^([01][0-9]|2[0-4]):[0-5][0-9]$': '08:00',
};
const likeThis = (pattern: string): string => (PATTERN_EXAMPLES[pattern] === undefined ? '' : `, such as ${PATTERN_EXAMPLES[pattern]}`);

const FORMAT_WORDS: Record<string, string> = {
	date: 'a real date such as 2026-11-24',
	'date-time': 'a date and time with offset, such as 2026-11-24T09:30:00-05:00',
	email: 'an e-mail address',
	uri: 'a full address that starts with https://',
	uuid: 'a UUID',
};

const article = (type: string): string =>
	(
		({ string: 'text', integer: 'a whole number', number: 'a number', boolean: 'true or false', array: 'a list', object: 'an object' }) as Record<
			string,
			string
		>
	)[type] ?? type;
