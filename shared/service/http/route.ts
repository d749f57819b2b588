/** What a route is, and what routes have in common. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import type { Scope, Surface } from '../../contracts/operation.ts';
import { optional, whole } from '../../contracts/schema.ts';
import type { Identity } from '../keys.ts';
import type { Caller } from '../types.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Incoming {
	url: URL;
	method: string;
	/** Lower-case names. */
	headers: Headers;
	params: Readonly<Record<string, string>>;
	body: Uint8Array;
	/** Who asks; undefined where `auth` is none. */
	identity: Identity | undefined;
	surface: Surface;
}

/** An object is answered as JSON with 200; anything else is a Response of the route's own. */
export type Answer = object | Response;

export interface Route {
	/** Unique; what logs and Azure show. */
	name: string;
	method: Method;
	/** With /api, and `:name` for the parts that vary. */
	path: string;
	auth: 'key' | 'operator' | 'none';
	scope?: Scope;
	/** Bytes. */
	bodyLimit: number;
	handler(incoming: Incoming): Promise<Answer>;
}

/** Where a route is, without what it does: known before anything is opened. */
export type Address = Pick<Route, 'name' | 'method' | 'path'>;

export const BODY_LIMIT = 1_048_576;

/** How many items a list answers at most. */
export const limit = (fallback: number) => optional(whole('Limit', 'How many at most.', { minimum: 1, maximum: 100, default: fallback }));

export function callerOf({ identity, surface, headers }: Incoming, key?: string): Caller {
	if (identity?.kind !== 'practice')
		throw new Failure('denied', "This call is for a practice's own key. The operator's key sets practices up; it does not act for them.", {
			code: 'practice_key_needed',
		});
	const causedBy = headers.get('dunwell-caused-by');
	const performedBy = headers.get('dunwell-performed-by');
	if (causedBy !== null && !/^[\w:.-]{1,80}$/.test(causedBy))
		throw invalidField('Dunwell-Caused-By', 'The header Dunwell-Caused-By must be the event_id of an event.');
	if (performedBy !== null && !/^[a-z][a-z0-9_]{0,39}$/.test(performedBy))
		throw invalidField('Dunwell-Performed-By', 'The header Dunwell-Performed-By must be the short name of a staff member.');
	return {
		practiceId: identity.practiceId,
		keyId: identity.keyId,
		test: identity.test,
		scopes: identity.scopes,
		surface,
		...(key === undefined ? {} : { idempotencyKey: key }),
		...(causedBy === null ? {} : { causedBy }),
		...(performedBy === null ? {} : { performedBy }),
	};
}

/** @throws Failure `denied` that names the scope */
export function requireScope(identity: Identity, scope: Scope): void {
	if (!identity.scopes.includes(scope))
		throw new Failure('denied', `This key lacks the scope "${scope}". Ask the practice's admin for a key that has it.`, { code: 'scope_missing' });
}

export const json = (value: object, status = 200, headers: Record<string, string> = {}): Response =>
	new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json', ...headers } });

/** Compiles a route's path; its parts are in order. */
export const pathPattern = (path: string): RegExp => new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:[a-z_]+/g, '[^/]+')}/?$`);
