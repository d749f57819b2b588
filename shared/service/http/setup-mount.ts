/** Mounts the table of set-up endpoints: scope, input and whose practice it is. */
import { Failure } from '../../contracts/failure.ts';
import { plain } from '../../contracts/schema.ts';
import { parse } from '../../contracts/validate.ts';
import type { Identity } from '../keys.ts';
import { requirePractice } from '../setup/practices.ts';
import type { SetupRoute } from '../setup-routes.ts';
import type { Deps } from '../types.ts';
import { jsonBody, queryInput } from './body.ts';
import { type Address, BODY_LIMIT, json, type Route, requireScope } from './route.ts';

export const setupAddress = ({ name, method, path }: SetupRoute): Address => ({ name, method, path: `/api/setup${path}` });

export function setupRoute(deps: Deps, route: SetupRoute): Route {
	const query = plain(route.input);
	return {
		...setupAddress(route),
		auth: route.who === 'operator' ? 'operator' : 'key',
		scope: 'setup',
		bodyLimit: BODY_LIMIT,
		async handler({ identity, headers, body, url, params, surface }) {
			if (surface === 'zapier')
				throw new Failure('denied', 'Set-up is not offered on Zapier. Use the command line or the API.', { code: 'not_on_this_surface' });
			const admin = await adminOf(deps, route, identity as Identity, headers);
			const scopes = (identity as Identity).scopes;
			if (route.scope !== undefined) requireScope(identity as Identity, route.scope);
			const sent = route.method === 'GET' || route.method === 'DELETE' ? queryInput(url.searchParams, query) : jsonBody(body);
			const input = parse(route.input, route.upgrade ? route.upgrade(sent) : sent);
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
		if (practice !== null && practice !== identity.practiceId)
			throw new Failure(
				'denied',
				"This key belongs to another practice than the header Dunwell-Practice names. Leave the header out, or use the operator's key.",
				{ code: 'other_practice' },
			);
		return { practiceId: identity.practiceId, actor: `key:${identity.keyId}`, test: identity.test, operator: false };
	}
	const admin = { actor: `operator:${identity.keyId}`, test: false, operator: true };
	if (route.who === 'operator') return { ...admin, practiceId: '' };
	if (practice === null)
		throw new Failure('invalid', "The operator's key serves every practice: name one in the header Dunwell-Practice.", {
			code: 'practice_not_named',
			fields: [{ field: 'Dunwell-Practice', message: 'Give the id of a practice, such as pr_….' }],
		});
	await requirePractice(deps, practice);
	return { ...admin, practiceId: practice };
}
