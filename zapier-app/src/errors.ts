/**
 * How a failure becomes one of Zapier's errors: the one table of this connector. Messages come from the service's
 * problem details, which carry no patient data; a body that is not one of those is never repeated.
 */
import type { ZObject } from 'zapier-platform-core';
import { FAILURE_STATUS, Failure, type FailureKind, type FieldError } from '../../shared/contracts/failure.ts';
import { isRecord } from './inputs.ts';

/**
 * - halt: a soft stop. The run shows the reason; the Zap stays on.
 * - expired: Zapier holds runs and asks the user to reconnect. Only for a key that is really dead.
 * - throttled: Zapier runs the step again after the delay. On HTTP 429 core throws it by itself.
 * - error: the run fails and can be replayed.
 */
const THROWN = {
	invalid: 'halt',
	auth: 'expired',
	denied: 'halt',
	missing: 'halt',
	conflict: 'halt',
	too_large: 'halt',
	limited: 'throttled',
	unavailable: 'error',
	broken: 'error',
} as const satisfies Record<FailureKind, string>;

/** Zapier shows about this much; a list of 500 bad rows would hide the first sentence. */
const LONGEST_MESSAGE = 1000;
const DEFAULT_DELAY_SECONDS = 60;

const KINDS = new Map(Object.entries(FAILURE_STATUS).map(([kind, status]) => [status as number, kind as FailureKind]));

const kindOf = (status: number): FailureKind => KINDS.get(status) ?? (status > 500 ? 'unavailable' : status < 500 ? 'invalid' : 'broken');

/** The service's answer to a call that failed, read from a body. Anything else than its own problem details is undefined. */
export interface ReadProblem {
	code: string;
	detail: string;
	errors: FieldError[];
}

export function readProblem(body: unknown): ReadProblem | undefined {
	if (!isRecord(body) || typeof body['detail'] !== 'string' || typeof body['code'] !== 'string') return undefined;
	const errors = Array.isArray(body['errors']) ? body['errors'] : [];
	return {
		code: body['code'],
		detail: body['detail'],
		errors: errors.filter(
			(entry): entry is { field: string; message: string } => isRecord(entry) && typeof entry['field'] === 'string' && typeof entry['message'] === 'string',
		),
	};
}

/** The failure behind an HTTP answer that is not a success. */
export function failureOf(status: number, body: unknown): Failure {
	const problem = readProblem(body);
	if (problem) return new Failure(kindOf(status), problem.detail, { code: problem.code, fields: problem.errors });
	// A gateway in front of the service answers for it while it restarts; everything else means that something else lives at the address.
	if (status >= 502) return new Failure('unavailable', `Dunwell is not available right now (status ${status}). Run the step again in a few minutes.`);
	return strangeAnswer(status);
}

export const strangeAnswer = (status: number): Failure =>
	new Failure(
		'broken',
		`The Service URL does not answer as Dunwell does (status ${status}). Check the Service URL of the connection: it is the address of your Dunwell service, without a page behind it.`,
		{
			code: 'strange_answer',
		},
	);

/** The Zapier error to throw for a failure. Core would add its own trail of addresses to a message; these say to leave it. */
export function zapierError(z: ZObject, failure: Failure): Error {
	return Object.assign(bare(z, failure), { doNotContextify: true });
}

function bare(z: ZObject, failure: Failure): Error {
	const message = messageOf(failure);
	switch (THROWN[failure.kind]) {
		case 'halt':
			return new z.errors.HaltedError(message);
		case 'expired':
			return new z.errors.ExpiredAuthError(message);
		case 'throttled':
			return new z.errors.ThrottledError(message, failure.retryAfterSeconds ?? DEFAULT_DELAY_SECONDS);
		default:
			return new z.errors.Error(message, failure.code, FAILURE_STATUS[failure.kind]);
	}
}

/** The detail, then what it does not say yet of single fields. */
function messageOf(failure: Failure): string {
	const more = failure.fields.map((field) => field.message).filter((message) => !failure.message.includes(message));
	const message = [failure.message, ...new Set(more)].join(' ');
	return message.length <= LONGEST_MESSAGE ? message : `${message.slice(0, LONGEST_MESSAGE - 1)}…`;
}
