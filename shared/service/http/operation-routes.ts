/** The routes of the catalogue: one for each action and search, and for each trigger its subscription and its polling twin. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import type { Action, Surface, Trigger } from '../../contracts/operation.ts';
import { optional, plain, Type, text, uri } from '../../contracts/schema.ts';
import { parse } from '../../contracts/validate.ts';
import { requirePublicUrl } from '../public-address.ts';
import type { Deps, UseCases } from '../types.ts';
import { jsonBody, queryInput } from './body.ts';
import { inputFor, maskOutput } from './masking.ts';
import { type Address, BODY_LIMIT, callerOf, type Incoming, json, limit, type Route } from './route.ts';

/** A file travels as text or base64 inside JSON. */
const FILE_LIMIT = 20 * 1_048_576;

export const actionAddress = ({ key, method, path }: Action): Address => ({ name: key, method, path: `/api${path}` });

export function actionRoute(deps: Deps, useCases: UseCases, operation: Action): Route {
	const query = plain(operation.input);
	return {
		...actionAddress(operation),
		auth: 'key',
		scope: operation.scope,
		bodyLimit: operation.key === 'import_file' ? FILE_LIMIT : BODY_LIMIT,
		async handler(incoming) {
			const { surface } = incoming;
			if (!operation.surfaces.includes(surface))
				throw new Failure('denied', `"${operation.label}" is not offered on this platform. Use the API or another action.`, { code: 'not_on_this_surface' });
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
	if (header !== undefined && (header.length === 0 || header.length > 200))
		throw invalidField('Idempotency-Key', 'The header Idempotency-Key must have 1 to 200 characters.');
	if (header !== undefined && field !== undefined && header !== field)
		throw new Failure('invalid', 'The header Idempotency-Key and the field "idempotency_key" differ. Send one of them, or the same in both.', {
			code: 'idempotency_keys_differ',
			fields: [{ field: 'idempotency_key', message: 'It differs from the header Idempotency-Key.' }],
		});
	return header ?? field;
}

const callbackUrl = uri('Callback URL', 'Where events are posted to; https and public.');
const after = optional(text('After', 'The event that was seen last.', { minLength: 1, maxLength: 60 }));

/** Its subscription and its polling twin. */
export const triggerAddresses = ({ key }: Trigger): [Address, Address] => [
	{ name: key, method: 'POST', path: `/api/subscriptions/${key}` },
	{ name: `events_${key}`, method: 'GET', path: `/api/events/${key}` },
];

export function triggerRoutes(deps: Deps, useCases: UseCases, trigger: Trigger): Route[] {
	const filters = trigger.input.properties;
	const subscription = Type.Object({ ...filters, callback_url: callbackUrl }, { additionalProperties: false });
	// The polling twin gives samples and replays without a single filter filled in.
	const optionalFilters = Object.fromEntries(Object.entries(filters).map(([name, filter]) => [name, Type.Optional(filter)]));
	const polling = Type.Object({ ...optionalFilters, after, limit: limit(50) }, { additionalProperties: false });
	const pollingQuery = plain(polling);
	const [subscribing, listing] = triggerAddresses(trigger);
	const offered = (surface: Surface) => {
		if (!trigger.surfaces.includes(surface))
			throw new Failure('denied', `"${trigger.label}" is not offered on this platform.`, { code: 'not_on_this_surface' });
	};
	return [
		{
			...subscribing,
			auth: 'key',
			scope: 'read',
			bodyLimit: BODY_LIMIT,
			async handler(incoming) {
				offered(incoming.surface);
				const { callback_url, ...chosen } = parse(inputFor(subscription, incoming.surface), jsonBody(incoming.body)) as { callback_url: string } & Record<
					string,
					unknown
				>;
				requireCallback(deps, callback_url);
				const { id, secret } = await useCases.subscribe(callerOf(incoming), trigger.key, { callback_url, filters: chosen });
				return json({ id }, 201, { location: `${deps.config.publicUrl}/api/subscriptions/${id}/${secret}` });
			},
		},
		{
			...listing,
			auth: 'key',
			scope: 'read',
			bodyLimit: BODY_LIMIT,
			async handler(incoming) {
				offered(incoming.surface);
				const query = parse(inputFor(polling, incoming.surface), queryInput(incoming.url.searchParams, pollingQuery)) as {
					after?: string;
					limit?: number;
				} & Record<string, unknown>;
				const { after: seen, limit: count, ...chosen } = query;
				const caller = callerOf(incoming);
				const { items, next } = await useCases.events(caller, trigger.key, {
					...(seen === undefined ? {} : { after: seen }),
					limit: count ?? 50,
					filters: chosen,
				});
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
