/** The service as one fetch app: served by Node here, registered route by route in the Function app. */
import { Hono } from 'hono';
import { Failure } from '../../contracts/failure.ts';
import type { Surface } from '../../contracts/operation.ts';
import { authenticate, type Identity } from '../keys.ts';
import type { Deps, UseCases } from '../types.ts';
import { readBody } from './body.ts';
import { refuseUnstorable } from './json.ts';
import { failureResponse, METHOD_NOT_ALLOWED, problemResponse, SAFE_HEADERS, toFailure } from './problem.ts';
import { createLimiter, type Rate } from './rate.ts';
import { type Answer, json, pathPattern, type Route, requireScope } from './route.ts';
import { createRoutes } from './routes.ts';

export interface AppOptions {
	/** How many requests each key may make; as configured, with bursts of five seconds' worth, when left out. */
	rate?: Rate;
}

export interface App {
	app: Hono;
	routes: readonly Route[];
}

export function createApp(deps: Deps, useCases: UseCases, options: AppOptions = {}): App {
	const routes = createRoutes(deps, useCases);
	const limit = createLimiter(options.rate ?? { perSecond: deps.config.ratePerSecond, burst: 5 * deps.config.ratePerSecond }, deps.now);
	const app = new Hono({ strict: false });
	for (const route of routes)
		app.on(route.method, route.path, (context) => serve(deps, route, limit, context.req.raw, context.req.param() as Record<string, string>));
	app.notFound((context) => unknownAddress(routes, context.req.method, context.req.path));
	app.onError((error) => failureResponse(toFailure(error, deps.log, 'unknown')));
	return { app, routes };
}

async function serve(deps: Deps, route: Route, limit: (key: string) => void, request: Request, params: Record<string, string>): Promise<Response> {
	const started = performance.now();
	let identity: Identity | undefined;
	let response: Response;
	try {
		identity = route.auth === 'none' ? undefined : await admit(deps, route, request.headers);
		if (identity) limit(identity.keyId);
		refuseUnstorable(params);
		const body = request.method === 'GET' || request.method === 'HEAD' ? new Uint8Array() : await readBody(request, route.bodyLimit);
		const answer = await route.handler({
			url: new URL(request.url),
			method: request.method,
			headers: request.headers,
			params,
			body,
			identity,
			surface: surfaceOf(request.headers),
		});
		response = safe(answer);
	} catch (error) {
		response = failureResponse(toFailure(error, deps.log, route.name));
	}
	// Neither path nor query nor body: they hold secrets and patients' data.
	deps.log.info(
		{
			method: request.method,
			route: route.name,
			status: response.status,
			ms: Math.round(performance.now() - started),
			practice: identity?.practiceId,
			key: identity?.keyId,
		},
		'request',
	);
	return response;
}

/** @throws Failure `auth` or `denied` before a byte of the body is read */
async function admit(deps: Deps, route: Route, headers: Headers): Promise<Identity> {
	const identity = await authenticate(deps, keyIn(headers));
	if (route.auth === 'operator' && identity.kind !== 'operator')
		throw new Failure('denied', "Only the operator's key may do this.", { code: 'operator_key_needed' });
	if (route.scope !== undefined) requireScope(identity, route.scope);
	return identity;
}

/** `Authorization: Bearer <key>` or `X-API-Key: <key>`; both must agree, or nobody could say which was meant. */
function keyIn(headers: Headers): string | undefined {
	const authorization = headers.get('authorization');
	const header = headers.get('x-api-key')?.trim();
	if (authorization === null) return header;
	const bearer = /^bearer +(\S+)\s*$/i.exec(authorization)?.[1];
	if (bearer === undefined) throw new Failure('auth', 'The header Authorization must read "Bearer <key>".', { code: 'key_malformed' });
	if (header !== undefined && header !== bearer)
		throw new Failure('auth', 'The headers Authorization and X-API-Key hold different keys. Send one of them.', { code: 'key_ambiguous' });
	return bearer;
}

const SURFACES: readonly Surface[] = ['zapier', 'power_automate', 'api'];

function surfaceOf(headers: Headers): Surface {
	const named = headers.get('dunwell-surface') ?? 'api';
	const surface = SURFACES.find((known) => known === named);
	// Guessing would show a connector more than it may see.
	if (surface === undefined) throw new Failure('invalid', `The header Dunwell-Surface must be one of: ${SURFACES.join(', ')}.`, { code: 'invalid_surface' });
	return surface;
}

function safe(answer: Answer): Response {
	const response = answer instanceof Response ? answer : json(answer);
	for (const [name, value] of Object.entries(SAFE_HEADERS)) if (!response.headers.has(name)) response.headers.set(name, value);
	return response;
}

/** No route fits: the method is wrong, or the address is. */
function unknownAddress(routes: readonly Route[], method: string, path: string): Response {
	const allowed = [...new Set(routes.filter((route) => pathPattern(route.path).test(path)).map((route) => route.method))];
	if (allowed.length > 0) return problemResponse(METHOD_NOT_ALLOWED(method.slice(0, 20), allowed), { allow: allowed.join(', ') });
	return failureResponse(new Failure('missing', `There is nothing at this address. ${hint(routes, path)}`, { code: 'unknown_address' }));
}

function hint(routes: readonly Route[], path: string): string {
	for (const base of ['/api/subscriptions/', '/api/events/']) {
		if (!path.startsWith(base)) continue;
		const types = routes.filter((route) => route.path.startsWith(base) && !route.path.includes(':')).map((route) => route.path.slice(base.length));
		return `The events are: ${types.join(', ')}.`;
	}
	return 'Addresses start with /api, such as /api/health.';
}
