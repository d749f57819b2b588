/** ajv with the product's dialect, and its errors as sentences that name the field and the remedy. */
import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { Failure, type FieldError } from './failure.ts';
import { fieldErrors, hasAtMostDecimals } from './field-errors.ts';
import type { Static, TSchema } from './schema.ts';

export { fieldErrors, hasAtMostDecimals };

export function createAjv(): Ajv {
	const ajv = new Ajv({ allErrors: true, strict: true, allowUnionTypes: false, coerceTypes: false, discriminator: false });
	addFormats.default(ajv, ['date', 'date-time', 'email', 'uri', 'uuid']);
	ajv.addFormat('password', true);
	for (const keyword of ['patientData', 'options', 'labels', 'visibility', 'freeText']) ajv.addKeyword({ keyword });
	ajv.addKeyword({
		keyword: 'multipleOfPrecision',
		type: 'number',
		schemaType: 'number',
		errors: false,
		validate: (decimals: number, value: number) => hasAtMostDecimals(value, decimals),
	});
	return ajv;
}

const ajv = createAjv();
const compiled = new WeakMap<object, ValidateFunction>();

/** Compiling a schema takes about 3 ms, so each is compiled when it is first used. */
function validatorOf(schema: TSchema): ValidateFunction {
	let validate = compiled.get(schema);
	if (!validate) {
		validate = ajv.compile(schema);
		compiled.set(schema, validate);
	}
	return validate;
}

/** The schema's complaints about a value; empty when it is valid. */
export function errorsOf(schema: TSchema, value: unknown): FieldError[] {
	const validate = validatorOf(schema);
	return validate(value) ? [] : fieldErrors(validate.errors ?? []);
}

/** Narrows an unknown value to the schema's type. @throws Failure `invalid` that lists every wrong field. */
export function parse<S extends TSchema>(schema: S, value: unknown, what = 'The request'): Static<S> {
	const errors = errorsOf(schema, value);
	if (errors.length > 0)
		throw new Failure('invalid', `${what} has ${errors.length === 1 ? 'a field' : 'fields'} to correct: ${errors[0]?.message ?? ''}`, {
			code: 'invalid_fields',
			fields: errors,
		});
	return value as Static<S>;
}
