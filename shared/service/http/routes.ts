/** The one table of what the service answers to: Hono serves it, the Function app registers it, a test compares them. */
import { catalogue } from '../../operations/registry.ts';
import { setupRoutes } from '../setup-routes.ts';
import type { Deps, UseCases } from '../types.ts';
import { actionRoute, triggerRoutes } from './operation-routes.ts';
import { ownRoutes } from './own-routes.ts';
import type { Route } from './route.ts';
import { setupRoute } from './setup-mount.ts';

/** The order matters to Hono: fixed paths stand before those with parts that vary. */
export function createRoutes(deps: Deps, useCases: UseCases): Route[] {
	return [
		...catalogue.flatMap((operation) => (operation.kind === 'trigger' ? triggerRoutes(deps, useCases, operation) : [actionRoute(deps, useCases, operation)])),
		...ownRoutes(deps, useCases),
		...setupRoutes.map((route) => setupRoute(deps, route)),
	];
}
