/** The one table of what the service answers to: Hono serves it, the Function app registers it, a test compares them. */
import type { Action, Scope, Surface, Trigger } from '../../contracts/operation.ts';
import { Failure, invalidField } from '../../contracts/failure.ts';
import { CHOICE_SOURCES, object, optional, plain, text, Type, uri, whole } from '../../contracts/schema.ts';
import { parse } from '../../contracts/validate.ts';
import { catalogue } from '../../operations/registry.ts';
import { undoImport } from '../imports.ts';
import type { Identity } from '../keys.ts';
import { requirePublicUrl } from '../public-address.ts';
import { setupRoutes, type SetupRoute } from '../setup-routes.ts';
import { requirePractice } from '../setup/practices.ts';
import type { Caller, Deps, UseCases } from '../types.ts';
import { jsonBody, queryInput } from './body.ts';
import { inputFor, maskOutput } from './masking.ts';
import { pageResponse } from './pages.ts';

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

const MB = 1_048_576;
const BODY_LIMIT = MB;
/** A file travels as text or base64 inside JSON. */
const FILE_LIMIT = 20 * MB;

/** The order matters to Hono: fixed paths stand before those with parts that vary. */
export function createRoutes(deps: Deps, useCases: UseCases): Route[] {
	return [
		...catalogue.flatMap((operation) => (operation.kind === 'trigger' ? triggerRoutes(deps, useCases, operation) : [actionRoute(deps, useCases, operation)])),
		...ownRoutes(deps, useCases),
		...setupRoutes.map((route) => setupRoute(deps, route)),
	];
}

function actionRoute(deps: Deps, useCases: UseCases, operation: Action): Route {
	const query = plain(operation.input);
	return {
		name: operation.key,
		method: operation.method,
		path: `/api${operation.path}`,
		auth: 'key',
		scope: operation.scope,
		bodyLimit: operation.key === 'import_file' ? FILE_LIMIT : BODY_LIMIT,
		async handler(incoming) {
			const { surface } = incoming;
			if (!operation.surfaces.includes(surface)) throw new Failure('denied', `"${operation.label}" is not offered on this platform. Use the API or another action.`, { code: 'not_on_this_surface' });
			const value = operation.method === 'GET' ? queryInput(incoming.url.searchParams, query) : jsonBody(incoming.body);
			const input = parse(inputFor(operation.input, surface), value);
			const caller = callerOf(incoming, idempotencyKey(incoming, input));
			const output = await operation.run({ service: useCases.forCaller(caller), now: deps.now() }, input as never);
			return maskOutput(operation.output, output, surface, caller.scopes);
		},
	};
}

/** The header and the field mean the same; two that differ are two wishes in one call. */
function idempotencyKey({ headers }: Incoming, input: object): string | undefined {
	const header = headers.get('idempotency-key') ?? undefined;
	const field = (input as { idempotency_key?: string }).idempotency_key;
	if (header !== undefined && (header.length === 0 || header.length > 200)) throw invalidField('Idempotency-Key', 'The header Idempotency-Key must have 1 to 200 characters.');
	if (header !== undefined && field !== undefined && header !== field)
		throw new Failure('invalid', 'The header Idempotency-Key and the field "idempotency_key" differ. Send one of them, or the same in both.', { code: 'idempotency_keys_differ', fields: [{ field: 'idempotency_key', message: 'It differs from the header Idempotency-Key.' }] });
	return header ?? field;
}

function callerOf({ identity, surface, headers }: Incoming, key?: string): Caller {
	if (identity?.kind !== 'practice') throw new Failure('denied', 'This call is for a practice\'s own key. The operator\'s key sets practices up; it does not act for them.', { code: 'practice_key_needed' });
	const causedBy = headers.get('dunwell-caused-by');
	const performedBy = headers.get('dunwell-performed-by');
	if (causedBy !== null && !/^[\w:.-]{1,80}$/.test(causedBy)) throw invalidField('Dunwell-Caused-By', 'The header Dunwell-Caused-By must be the event_id of an event.');
	if (performedBy !== null && !/^[a-z][a-z0-9_]{0,39}$/.test(performedBy)) throw invalidField('Dunwell-Performed-By', 'The header Dunwell-Performed-By must be the short name of a staff member.');
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

const callbackUrl = uri('Callback URL', 'Where events are posted to; https and public.');
const after = optional(text('After', 'The event that was seen last.', { minLength: 1, maxLength: 60 }));
const limit = (fallback: number) => optional(whole('Limit', 'How many at most.', { minimum: 1, maximum: 100, default: fallback }));

function triggerRoutes(deps: Deps, useCases: UseCases, trigger: Trigger): Route[] {
	const filters = trigger.input.properties;
	const subscription = Type.Object({ ...filters, callback_url: callbackUrl }, { additionalProperties: false });
	// The polling twin gives samples and replays without a single filter filled in.
	const optionalFilters = Object.fromEntries(Object.entries(filters).map(([name, filter]) => [name, Type.Optional(filter)]));
	const polling = Type.Object({ ...optionalFilters, after, limit: limit(50) }, { additionalProperties: false });
	const pollingQuery = plain(polling);
	const offered = (surface: Surface) => {
		if (!trigger.surfaces.includes(surface)) throw new Failure('denied', `"${trigger.label}" is not offered on this platform.`, { code: 'not_on_this_surface' });
	};
	return [
		{
			name: trigger.key,
			method: 'POST',
			path: `/api/subscriptions/${trigger.key}`,
			auth: 'key',
			scope: 'read',
			bodyLimit: BODY_LIMIT,
			async handler(incoming) {
				offered(incoming.surface);
				const { callback_url, ...chosen } = parse(inputFor(subscription, incoming.surface), jsonBody(incoming.body)) as { callback_url: string } & Record<string, unknown>;
				requireCallback(deps, callback_url);
				const { id, secret } = await useCases.subscribe(callerOf(incoming), trigger.key, { callback_url, filters: chosen });
				return json({ id }, 201, { location: `${deps.config.publicUrl}/api/subscriptions/${id}/${secret}` });
			},
		},
		{
			name: `events_${trigger.key}`,
			method: 'GET',
			path: `/api/events/${trigger.key}`,
			auth: 'key',
			scope: 'read',
			bodyLimit: BODY_LIMIT,
			async handler(incoming) {
				offered(incoming.surface);
				const query = parse(inputFor(polling, incoming.surface), queryInput(incoming.url.searchParams, pollingQuery)) as { after?: string; limit?: number } & Record<string, unknown>;
				const { after: seen, limit: count, ...chosen } = query;
				const caller = callerOf(incoming);
				const { items, next } = await useCases.events(caller, trigger.key, { ...(seen === undefined ? {} : { after: seen }), limit: count ?? 50, filters: chosen });
				return { items: items.map((item) => maskOutput(trigger.output, item, incoming.surface, caller.scopes)), next };
			},
		},
	];
}

function requireCallback(deps: Deps, address: string): void {
	try {
		requirePublicUrl(address, { allowLoopback: !deps.config.production });
	} catch {
		throw invalidField('callback_url', '"callback_url" must start with https:// and name a public host: events are posted to it.');
	}
}

const outboxQuery = object({ limit: limit(50) });
/** What an outbox message says of its recipient. The outbox is no operation, so its schema marks nothing. */
const OUTBOX_PERSONAL = object(Object.fromEntries(['to', 'address', 'name', 'text', 'subject', 'html', 'body_text', 'body_html'].map((name) => [name, text(name, name, { patientData: true })])));

function ownRoutes(deps: Deps, useCases: UseCases): Route[] {
	const ping = createPing(deps);
	const route = (name: string, method: Method, path: string, auth: Route['auth'], handler: Route['handler'], scope?: Scope): Route => ({ name, method, path: `/api${path}`, auth, bodyLimit: BODY_LIMIT, handler, ...(scope ? { scope } : {}) });
	const part = (incoming: Incoming, name: string): string => incoming.params[name] ?? '';
	return [
		route('health', 'GET', '/health', 'none', async () => {
			await ping();
			return { status: 'ok', database: deps.ledger.kind, mode: deps.config.production ? 'production' : 'development' };
		}),
		route('me', 'GET', '/me', 'key', async ({ identity }) => me(identity as Identity)),
		route('subscriptions', 'GET', '/subscriptions', 'key', (incoming) => useCases.subscriptions(callerOf(incoming)), 'read'),
		route('unsubscribe', 'DELETE', '/subscriptions/:id/:secret', 'none', async (incoming) => {
			// Whoever leaves twice, or leaves what never was, has left: the platforms would report an error to their users.
			if (/^pr_[a-z0-9]{4,40}\.[\w-]{1,60}$/.test(part(incoming, 'id'))) await useCases.unsubscribe(part(incoming, 'id'), part(incoming, 'secret'));
			return new Response(null, { status: 204 });
		}),
		route('choices', 'GET', '/choices/:source', 'key', (incoming) => {
			const source = part(incoming, 'source');
			if (!CHOICE_SOURCES.some((known) => known === source)) throw new Failure('missing', `There is no list "${source.slice(0, 40)}". The lists are: ${CHOICE_SOURCES.join(', ')}.`, { code: 'unknown_choices' });
			return useCases.choices(callerOf(incoming), source);
		}, 'read'),
		route('outbox', 'GET', '/outbox', 'key', async (incoming) => {
			const { limit: count } = parse(outboxQuery, queryInput(incoming.url.searchParams, plain(outboxQuery)));
			const caller = callerOf(incoming);
			const { items } = await useCases.outbox(caller, count ?? 50);
			// A test key's messages reached nobody and are there to be read.
			const scopes = caller.test ? [...caller.scopes, 'contact_details' as const] : caller.scopes;
			return { items: items.map((item) => maskOutput(OUTBOX_PERSONAL, item, incoming.surface, scopes)) };
		}, 'read'),
		route('account', 'GET', '/accounts/:ref', 'key', (incoming) => useCases.account(callerOf(incoming), part(incoming, 'ref')), 'read'),
		route('undo_import', 'POST', '/imports/:ref/undo', 'key', (incoming) => undoImport(deps, callerOf(incoming), part(incoming, 'ref')), 'write'),
		route('hook', 'POST', '/hooks/:vendor/:secret', 'none', async (incoming) => {
			const answer = await useCases.receive(part(incoming, 'vendor'), part(incoming, 'secret'), {
				method: incoming.method,
				// The public address, whatever proxy stands before this process: it is what vendors sign.
				url: `${deps.config.publicUrl}${incoming.url.pathname}${incoming.url.search}`,
				headers: Object.fromEntries(incoming.headers),
				body: incoming.body,
			});
			return answer ? new Response(answer.body, { status: 200, headers: { 'content-type': answer.type } }) : new Response(null, { status: 204 });
		}),
		route('go', 'GET', '/go/:token', 'none', (incoming) => follow(useCases, part(incoming, 'token'), 'GET')),
		route('go_post', 'POST', '/go/:token', 'none', (incoming) => follow(useCases, part(incoming, 'token'), 'POST')),
	];
}

/** Who the key belongs to: the connection test and the connection's label on both platforms. */
function me(identity: Identity): object {
	const { practice } = identity;
	return {
		kind: identity.kind,
		practice_id: identity.kind === 'practice' ? identity.practiceId : '',
		practice_name: practice?.name ?? '',
		mode: identity.kind === 'operator' ? 'operator' : identity.test ? 'test' : 'live',
		test: identity.test,
		scopes: identity.scopes,
		scopes_text: identity.scopes.join(', '),
		label: practice ? `${practice.name}${identity.test ? ' (test)' : ''}` : 'Operator',
		key_label: identity.label,
		time_zone: practice?.time_zone ?? '',
		currency: practice?.currency ?? '',
	};
}

/** What a patient follows. A patient never sees JSON. */
async function follow(useCases: UseCases, token: string, method: 'GET' | 'POST'): Promise<Response> {
	try {
		const { redirect, page } = await useCases.follow(token, method);
		if (redirect !== undefined) return new Response(null, { status: 302, headers: { location: redirect } });
		if (page) return pageResponse(page);
	} catch (error) {
		if (!(error instanceof Failure) || error.kind === 'unavailable' || error.kind === 'broken') throw error;
	}
	return pageResponse({ title: 'This link no longer works', text: 'It may have expired or been used before. Please call the practice; its number is in the message you received.' }, 404);
}

/** Asks the database at most once a second: a health check that many probes call must not be a load of its own. */
function createPing(deps: Deps): () => Promise<void> {
	let last: { at: number; answer: Promise<unknown> } | undefined;
	return async () => {
		const now = deps.now();
		if (!last || now - last.at >= 1000) last = { at: now, answer: deps.ledger.call('authenticate', 'health', { hash: '' }) };
		await last.answer;
	};
}

function setupRoute(deps: Deps, route: SetupRoute): Route {
	const query = plain(route.input);
	return {
		name: route.name,
		method: route.method,
		path: `/api/setup${route.path}`,
		auth: route.who === 'operator' ? 'operator' : 'key',
		scope: 'setup',
		bodyLimit: BODY_LIMIT,
		async handler({ identity, headers, body, url, params, surface }) {
			if (surface === 'zapier') throw new Failure('denied', 'Set-up is not offered on Zapier. Use the command line or the API.', { code: 'not_on_this_surface' });
			const admin = await adminOf(deps, route, identity as Identity, headers);
			const scopes = (identity as Identity).scopes;
			if (route.scope !== undefined) requireScope(identity as Identity, route.scope);
			const input = parse(route.input, route.method === 'GET' || route.method === 'DELETE' ? queryInput(url.searchParams, query) : jsonBody(body));
			const answer = await route.run({ deps, admin, scopes, params }, input as never);
			if (answer instanceof ReadableStream) return new Response(answer, { headers: { 'content-type': 'application/x-ndjson; charset=utf-8' } });
			if (answer === undefined) return new Response(null, { status: 204 });
			return json(answer, route.status ?? 200);
		},
	};
}

/** A practice's key acts for its practice; the operator's names one. */
async function adminOf(deps: Deps, route: SetupRoute, identity: Identity, headers: Headers) {
	const practice = headers.get('dunwell-practice');
	if (identity.kind === 'practice') {
		if (practice !== null && practice !== identity.practiceId) throw new Failure('denied', 'This key belongs to another practice than the header Dunwell-Practice names. Leave the header out, or use the operator\'s key.', { code: 'other_practice' });
		return { practiceId: identity.practiceId, actor: `key:${identity.keyId}`, test: identity.test, operator: false };
	}
	const admin = { actor: `operator:${identity.keyId}`, test: false, operator: true };
	if (route.who === 'operator') return { ...admin, practiceId: '' };
	if (practice === null) throw new Failure('invalid', 'The operator\'s key serves every practice: name one in the header Dunwell-Practice.', { code: 'practice_not_named', fields: [{ field: 'Dunwell-Practice', message: 'Give the id of a practice, such as pr_….' }] });
	await requirePractice(deps, practice);
	return { ...admin, practiceId: practice };
}

/** @throws Failure `denied` that names the scope */
export function requireScope(identity: Identity, scope: Scope): void {
	if (!identity.scopes.includes(scope)) throw new Failure('denied', `This key lacks the scope "${scope}". Ask the practice's admin for a key that has it.`, { code: 'scope_missing' });
}

export const json = (value: object, status = 200, headers: Record<string, string> = {}): Response => new Response(JSON.stringify(value), { status, headers: { 'content-type': 'application/json', ...headers } });

/** Compiles a route's path; its parts are in order. */
export const pathPattern = (path: string): RegExp => new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:[a-z_]+/g, '[^/]+')}/?$`);

