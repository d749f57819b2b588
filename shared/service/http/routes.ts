/** The one table of what the service answers to: Hono serves it, the Function app registers it, a test compares them. */
import { catalogue } from '../../operations/registry.ts';
import { setupRoutes } from '../setup-routes.ts';
import type { Deps, UseCases } from '../types.ts';
import { actionAddress, actionRoute, triggerAddresses, triggerRoutes } from './operation-routes.ts';
import { ownAddresses, ownRoutes } from './own-routes.ts';
import type { Address, Route } from './route.ts';
import { setupAddress, setupRoute } from './setup-mount.ts';

/** The order matters to Hono: fixed paths stand before those with parts that vary. */
export function createRoutes(deps: Deps, useCases: UseCases): Route[] {
	return [
		...catalogue.flatMap((operation) => (operation.kind === 'trigger' ? triggerRoutes(deps, useCases, operation) : [actionRoute(deps, useCases, operation)])),
		...ownRoutes(deps, useCases),
		...setupRoutes.map((route) => setupRoute(deps, route)),
	];
}

/** The same table without what its routes do, for whoever must know the addresses before a setting is read or a database opened. */
export const routeList = (): Address[] => [
	...catalogue.flatMap((operation) => (operation.kind === 'trigger' ? triggerAddresses(operation) : [actionAddress(operation)])),
	...ownAddresses.map(({ name, method, path }) => ({ name, method, path })),
	...setupRoutes.map(setupAddress),
];
