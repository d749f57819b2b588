/** Errors as they leave the service: RFC 9457 problem details, and a line in the log for what is our own fault. */
import type { Logger } from 'pino';
import { FAILURE_STATUS, Failure, type FailureKind, type Problem } from '../../contracts/failure.ts';
import { newRef } from '../refs.ts';

const TITLES: Readonly<Record<FailureKind, string>> = {
	invalid: 'The request is not valid',
	auth: 'The credentials are not accepted',
	denied: 'The key may not do this',
	missing: 'Not found',
	conflict: 'The request conflicts with what exists',
	too_large: 'The request is too large',
	limited: 'Too many requests',
	unavailable: 'Not available at the moment',
	broken: 'Something went wrong in Dunwell',
};

/** Whole seconds to wait where nothing else says how long. */
const DEFAULT_WAIT = { limited: 1, unavailable: 10 } as const;

export function problemOf(failure: Failure): Problem {
	return {
		type: `urn:dunwell:problem:${failure.kind}`,
		title: TITLES[failure.kind],
		status: FAILURE_STATUS[failure.kind],
		code: failure.code,
		detail: failure.message,
		errors: failure.fields,
	};
}

export const METHOD_NOT_ALLOWED = (method: string, allowed: readonly string[]): Problem => ({
	type: 'urn:dunwell:problem:method_not_allowed',
	title: 'The method is not allowed',
	status: 405,
	code: 'method_not_allowed',
	detail: `This address does not take ${method}. Use ${allowed.join(' or ')}.`,
	errors: [],
});

export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
	return new Response(JSON.stringify(problem), {
		status: problem.status,
		headers: { ...SAFE_HEADERS, 'content-type': 'application/problem+json', ...headers },
	});
}

/** Answers hold amounts and references: no cache keeps them, no browser guesses their type. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
	'cache-control': 'no-store',
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'no-referrer',
};

export function failureResponse(failure: Failure): Response {
	const { kind } = failure;
	const headers: Record<string, string> = {};
	if (kind === 'limited' || kind === 'unavailable') headers['retry-after'] = String(Math.max(1, Math.ceil(failure.retryAfterSeconds ?? DEFAULT_WAIT[kind])));
	if (kind === 'auth') headers['www-authenticate'] = 'Bearer realm="Dunwell"';
	// The rest of a body that is too large is not read, so the connection cannot serve another request.
	if (kind === 'too_large') headers['connection'] = 'close';
	return problemResponse(problemOf(failure), headers);
}

/** Any thrown value as a Failure that is safe to show. What it really was goes to the log under an id that the answer names. */
export function toFailure(error: unknown, log: Logger, route: string): Failure {
	if (error instanceof Failure) {
		if (error.kind === 'broken') log.error({ route, code: error.code, err: safeError(error) }, 'broken');
		return error;
	}
	if (isDatabaseAway(error)) {
		log.error({ route, code: codeOf(error) }, 'database away');
		return new Failure('unavailable', 'The database is not available at the moment. Try again in a few seconds; nothing was half-done.', {
			code: 'database_unavailable',
			retryAfterSeconds: 5,
		});
	}
	const id = newRef('err');
	log.error({ route, error_id: id, err: safeError(error) }, 'unexpected error');
	return new Failure('broken', `Something went wrong in Dunwell. Try again; if it stays, tell the operator the code ${id}.`, { code: 'unexpected' });
}

const codeOf = (error: unknown): string => (typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '');

/** Connection exceptions (08), shutdown (57P), too many connections (53300), and sockets that do not answer. */
const isDatabaseAway = (error: unknown): boolean =>
	/^(08...|57P..|53300|ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)$/.test(codeOf(error)) ||
	(error instanceof Error && /timeout exceeded when trying to connect|Connection terminated/.test(error.message));

/** A database's message can quote a row, so only the place and the code are logged. */
const safeError = (error: unknown) => ({
	name: error instanceof Error ? error.name : typeof error,
	code: codeOf(error),
	...(error instanceof Failure || error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError
		? { message: error.message }
		: {}),
	stack:
		error instanceof Error
			? (error.stack ?? '')
					.split('\n')
					.filter((line) => /^\s+at /.test(line))
					.slice(0, 12)
			: [],
});
