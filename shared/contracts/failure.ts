/**
 * The closed list of ways a call can fail. Each kind says whether trying again helps; connectors map
 * kinds once (Zapier errors, HTTP status) and nothing else in the product invents another.
 *
 * | kind        | meaning                                             | try again |
 * | ----------- | --------------------------------------------------- | --------- |
 * | invalid     | the caller's or the vendor's validation refused it  | no        |
 * | auth        | the credentials are dead                            | no        |
 * | denied      | the key or the plan may not do this                 | no        |
 * | missing     | it does not exist (for this practice)               | no        |
 * | conflict    | a duplicate with other content, or a stale version  | no        |
 * | too_large   | the body is over the limit                          | no        |
 * | limited     | rate or quota; wait `retryAfterSeconds`             | yes       |
 * | unavailable | 5xx, time-out, network: the outcome may be unknown  | yes       |
 * | broken      | an answer we do not understand, or our own fault    | no        |
 */
export const FAILURE_STATUS = {
	invalid: 400,
	auth: 401,
	denied: 403,
	missing: 404,
	conflict: 409,
	too_large: 413,
	limited: 429,
	unavailable: 503,
	broken: 500,
} as const;

export type FailureKind = keyof typeof FAILURE_STATUS;

/** A field of the input, as a dotted path ("rows.3.amount"), and what to do about it. */
export interface FieldError {
	field: string;
	message: string;
}

export interface FailureOptions {
	/** A stable word for programs, e.g. `idempotency_key_reused`. Defaults to the kind. */
	code?: string;
	fields?: FieldError[];
	/** Whole seconds. */
	retryAfterSeconds?: number;
	/** True when the request may have reached the vendor although no answer came back. */
	outcomeUnknown?: boolean;
	/** The vendor's own error word or number, for staff and support. Never a body. */
	vendorCode?: string;
	cause?: unknown;
}

/**
 * The only error that crosses a module boundary on purpose. `message` is read by people: it says what
 * happened and what to do, and never carries patient data, a secret or a vendor's response body.
 */
export class Failure extends Error {
	readonly kind: FailureKind;
	readonly code: string;
	readonly fields: FieldError[];
	readonly retryAfterSeconds: number | undefined;
	readonly outcomeUnknown: boolean;
	readonly vendorCode: string | undefined;

	constructor(kind: FailureKind, message: string, options: FailureOptions = {}) {
		super(message, options.cause === undefined ? undefined : { cause: options.cause });
		this.name = 'Failure';
		this.kind = kind;
		this.code = options.code ?? kind;
		this.fields = options.fields ?? [];
		this.retryAfterSeconds = options.retryAfterSeconds;
		this.outcomeUnknown = options.outcomeUnknown ?? false;
		this.vendorCode = options.vendorCode;
	}
}

/** One field is wrong: the usual case of `invalid`. */
export const invalidField = (field: string, message: string): Failure =>
	new Failure('invalid', message, { code: 'invalid_field', fields: [{ field, message }] });

/** RFC 9457 problem details, as every error leaves the service. */
export interface Problem {
	type: string;
	title: string;
	status: number;
	code: string;
	detail: string;
	errors: FieldError[];
}
