/** An operation of shared/rules with its precompiled validator, as app.ts runs it. */
import type { ErrorObject } from 'ajv';
import { Failure } from '../../shared/contracts/failure.ts';
import { fieldErrors } from '../../shared/contracts/field-errors.ts';
import type { Context } from '../../shared/contracts/operation.ts';
import type { PureOperation } from './app.ts';

/** What ajv compiles a schema to. */
export interface Validator {
	(value: unknown): boolean;
	errors?: ErrorObject[] | null;
}

type Run = (context: Context, input: never) => Promise<unknown>;

export function pureOperation(key: string, run: Run, validate: Validator): PureOperation {
	const service = new Proxy({} as Context['service'], {
		get() {
			throw new Failure('broken', `${key} is marked as pure but asked for the service.`);
		},
	});
	return {
		validate: (input) => (validate(input) ? [] : fieldErrors(validate.errors ?? [])),
		run: (input, now) => run({ service, now }, input as never),
	};
}
