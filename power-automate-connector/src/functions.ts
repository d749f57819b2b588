/**
 * The Function app: one function for each route of the service, so that each shows up by name, and the timers and
 * queue around it. This file is the whole entry point: it registers, and neither reads a setting nor opens anything.
 */
import { app, type HttpMethod } from '@azure/functions';
import { routeList } from '../../shared/service/http/routes.ts';
import { httpHandler } from './http.ts';
import { drainQueue, NUDGE_QUEUE, NUDGES, nudged, nudgeFailed, POISON_QUEUE, reviewsDue, STORAGE } from './jobs.ts';
import { lazyService } from './service.ts';

/** What decides inside this bundle, for the golden files to be held against. */
export { catalogue } from '../../shared/operations/registry.ts';
export { compilePolicy } from '../../shared/rules/index.ts';

const REVIEW_SCHEDULE = 'DUNWELL_REVIEW_SCHEDULE';
/** Every five minutes. */
const DEFAULT_REVIEW_SCHEDULE = '0 */5 * * * *';
/** Every minute, a moment after the reviews added their jobs. */
const DRAIN_SCHEDULE = '15 * * * * *';
const ANY_METHOD: HttpMethod[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

const service = lazyService(() => process.env);
const handler = httpHandler(service);

app.setup({ enableHttpStream: true });

for (const { name, method, path } of routeList()) {
	app.http(name, {
		methods: [method],
		// host.json's routePrefix is the /api that every path begins with.
		route: path.replace(/^\/api\//, '').replace(/:(\w+)/g, '{$1}'),
		// Keys of ours, checked by the service: a host key would name the app, not the practice.
		authLevel: 'anonymous',
		...(method === 'GET' ? {} : { extraOutputs: [NUDGES] }),
		handler,
	});
}
// What no other function takes, so that a wrong address or method gets the service's own explanation.
app.http('unknown_address', { methods: ANY_METHOD, route: '{*path}', authLevel: 'anonymous', handler });

// Azure does not start a function whose setting is missing, and nobody would notice that reviews stopped.
app.timer('reviews_due', {
	schedule: process.env[REVIEW_SCHEDULE] ? `%${REVIEW_SCHEDULE}%` : DEFAULT_REVIEW_SCHEDULE,
	handler: reviewsDue(service),
});
app.timer('drain_queue', { schedule: DRAIN_SCHEDULE, handler: drainQueue(service) });
app.storageQueue('nudge', { queueName: NUDGE_QUEUE, connection: STORAGE, handler: nudged(service) });
app.storageQueue('nudge_failed', { queueName: POISON_QUEUE, connection: STORAGE, handler: nudgeFailed });

app.hook.appTerminate(() => service.close());
