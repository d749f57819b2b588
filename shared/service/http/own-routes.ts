/** The routes beside the operations: who am I, lists, the outbox, webhooks, what patients and staff follow. */
import { FAILURE_STATUS, Failure } from '../../contracts/failure.ts';
import type { Scope } from '../../contracts/operation.ts';
import { CHOICE_SOURCES, object, plain, text } from '../../contracts/schema.ts';
import { parse } from '../../contracts/validate.ts';
import { undoImport } from '../imports.ts';
import type { Identity } from '../keys.ts';
import { endSignIn } from '../oauth/sign-in.ts';
import type { Deps, UseCases } from '../types.ts';
import { queryInput } from './body.ts';
import { maskOutput } from './masking.ts';
import { pageResponse } from './pages.ts';
import { batchPdf, batchPrinted, gatherBatches, listBatches, oneLetterPdf } from './print-routes.ts';
import { type Address, type Answer, BODY_LIMIT, callerOf, type Incoming, limit, type Method, type Route } from './route.ts';

const outboxQuery = object({ limit: limit(50) });
/** What an outbox message says of its recipient. The outbox is no operation, so its schema marks nothing. */
const OUTBOX_PERSONAL = object(
	Object.fromEntries(
		['to', 'address', 'name', 'text', 'subject', 'html', 'body_text', 'body_html'].map((name) => [name, text(name, name, { patientData: true })]),
	),
);

/** What an own route's handler is given beside the request. */
interface Services {
	deps: Deps;
	useCases: UseCases;
	ping(): Promise<void>;
}

interface OwnRoute extends Omit<Route, 'handler'> {
	handle(services: Services, incoming: Incoming): Promise<Answer>;
}

const own = (name: string, method: Method, path: string, auth: Route['auth'], handle: OwnRoute['handle'], scope?: Scope): OwnRoute => ({
	name,
	method,
	path: `/api${path}`,
	auth,
	bodyLimit: BODY_LIMIT,
	handle,
	...(scope ? { scope } : {}),
});
const part = (incoming: Incoming, name: string): string => incoming.params[name] ?? '';

const OWN_ROUTES: readonly OwnRoute[] = [
	own('health', 'GET', '/health', 'none', async ({ deps, ping }) => {
		await ping();
		return { status: 'ok', database: deps.ledger.kind, mode: deps.config.production ? 'production' : 'development' };
	}),
	own('me', 'GET', '/me', 'key', async (_services, { identity }) => me(identity as Identity)),
	own('subscriptions', 'GET', '/subscriptions', 'key', ({ useCases }, incoming) => useCases.subscriptions(callerOf(incoming)), 'read'),
	own('unsubscribe', 'DELETE', '/subscriptions/:id/:secret', 'none', async ({ useCases }, incoming) => {
		// Whoever leaves twice, or leaves what never was, has left: the platforms would report an error to their users.
		if (/^pr_[a-z0-9]{4,40}\.[\w-]{1,60}$/.test(part(incoming, 'id'))) await useCases.unsubscribe(part(incoming, 'id'), part(incoming, 'secret'));
		return new Response(null, { status: 204 });
	}),
	own('choices', 'GET', '/choices/:source', 'key', listChoices, 'read'),
	own('outbox', 'GET', '/outbox', 'key', readOutbox, 'read'),
	own('account', 'GET', '/accounts/:ref', 'key', ({ useCases }, incoming) => useCases.account(callerOf(incoming), part(incoming, 'ref')), 'read'),
	own('undo_import', 'POST', '/imports/:ref/undo', 'key', ({ deps }, incoming) => undoImport(deps, callerOf(incoming), part(incoming, 'ref')), 'write'),
	own('print_batches', 'GET', '/print-batches', 'key', ({ deps }, incoming) => listBatches(deps, incoming), 'read'),
	own('print_batch_gather', 'POST', '/print-batches', 'key', ({ deps }, incoming) => gatherBatches(deps, incoming), 'write'),
	own('print_batch_pdf', 'GET', '/print-batches/:file', 'key', ({ deps }, incoming) => batchPdf(deps, incoming), 'read'),
	own('print_batch_printed', 'POST', '/print-batches/:ref/printed', 'key', ({ deps }, incoming) => batchPrinted(deps, incoming), 'write'),
	own('letter_pdf', 'GET', '/letters/:file', 'key', ({ deps }, incoming) => oneLetterPdf(deps, incoming), 'read'),
	own('hook', 'POST', '/hooks/:vendor/:secret', 'none', receiveHook),
	own('oauth_callback', 'GET', '/oauth/callback', 'none', ({ deps }, incoming) => signedIn(deps, incoming.url.searchParams)),
	own('go', 'GET', '/go/:token', 'none', ({ useCases }, incoming) => follow(useCases, part(incoming, 'token'), 'GET')),
	own('go_post', 'POST', '/go/:token', 'none', ({ useCases }, incoming) => follow(useCases, part(incoming, 'token'), 'POST')),
];

export const ownAddresses: readonly Address[] = OWN_ROUTES;

export function ownRoutes(deps: Deps, useCases: UseCases): Route[] {
	const services = { deps, useCases, ping: createPing(deps) };
	return OWN_ROUTES.map(({ handle, ...route }) => ({ ...route, handler: (incoming) => handle(services, incoming) }));
}

async function listChoices({ useCases }: Services, incoming: Incoming): Promise<Answer> {
	const source = part(incoming, 'source');
	if (!CHOICE_SOURCES.some((known) => known === source))
		throw new Failure('missing', `There is no list "${source.slice(0, 40)}". The lists are: ${CHOICE_SOURCES.join(', ')}.`, { code: 'unknown_choices' });
	return await useCases.choices(callerOf(incoming), source);
}

async function readOutbox({ useCases }: Services, incoming: Incoming): Promise<Answer> {
	const { limit: count } = parse(outboxQuery, queryInput(incoming.url.searchParams, plain(outboxQuery)));
	const caller = callerOf(incoming);
	const { items } = await useCases.outbox(caller, count ?? 50);
	// A test key's messages reached nobody and are there to be read.
	const scopes = caller.test ? [...caller.scopes, 'contact_details' as const] : caller.scopes;
	return { items: items.map((item) => maskOutput(OUTBOX_PERSONAL, item, incoming.surface, scopes)) };
}

async function receiveHook({ deps, useCases }: Services, incoming: Incoming): Promise<Answer> {
	const answer = await useCases.receive(part(incoming, 'vendor'), part(incoming, 'secret'), {
		method: incoming.method,
		// The public address, whatever proxy stands before this process: it is what vendors sign.
		url: `${deps.config.publicUrl}${incoming.url.pathname}${incoming.url.search}`,
		headers: Object.fromEntries(incoming.headers),
		body: incoming.body,
	});
	return answer ? new Response(answer.body, { status: 200, headers: { ...answer.headers, 'content-type': answer.type } }) : new Response(null, { status: 204 });
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
	return pageResponse(
		{
			title: 'This link no longer works',
			text: 'It may have expired or been used before. Please call the practice; its number is in the message you received.',
		},
		404,
	);
}

/** Where a vendor sends the person who signed in there: a page, never JSON. */
async function signedIn(deps: Deps, callback: URLSearchParams): Promise<Response> {
	try {
		const { vendor, practice } = await endSignIn(deps, callback);
		return pageResponse({ title: `${vendor} is connected`, text: `Dunwell may now use this ${vendor} account for ${practice}. You can close this window.` });
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
		return pageResponse({ title: 'Not connected', text: error.message }, FAILURE_STATUS[error.kind]);
	}
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
