/** What runs without a request: reviews that have come due, and the queue. */
import { type InvocationContext, output, type StorageQueueHandler, type TimerHandler } from '@azure/functions';
import { toFailure } from '../../shared/service/http/problem.ts';
import { invoke } from './invocation.ts';
import type { LazyService, Service } from './service.ts';

export const NUDGE_QUEUE = 'dunwell-nudge';
/** Where Azure puts a message that failed as often as host.json allows. */
export const POISON_QUEUE = `${NUDGE_QUEUE}-poison`;

/** Identity-based connections (AzureWebJobsStorage__queueServiceUri) have the same name. */
export const STORAGE = 'AzureWebJobsStorage';

/** A message is a practice's id and nothing else, and may be lost or doubled: what is due stands in the ledger. */
export const NUDGES = output.storageQueue({ queueName: NUDGE_QUEUE, connection: STORAGE });

/** Ends before the next minute's run begins. */
const DRAIN_MS = 45_000;

/** Adds a job for each practice that has accounts due, sources to poll or something stuck; the queue's functions do them. */
export const reviewsDue = (service: LazyService): TimerHandler => named(service, 'reviews_due', async (_timer, { useCases }) => void (await useCases.tick()));

export const drainQueue = (service: LazyService): TimerHandler => named(service, 'drain_queue', (_timer, opened) => drain(opened));

export const nudged = (service: LazyService): StorageQueueHandler =>
	named(service, 'nudge', async (message, opened) => {
		const practiceId = practiceIn(message);
		if (practiceId === undefined) {
			opened.deps.log.warn('a nudge that names no practice was dropped');
			return;
		}
		const { ledger } = opened.deps;
		await ledger.practice(practiceId, (tx) => ledger.queue.add(tx, 'review', { practice_id: practiceId }, { singletonKey: practiceId, singletonSeconds: 1 }));
		await drain(opened);
	});

/** Only says so: the work itself stands in the ledger, and the timers find it. */
export const nudgeFailed: StorageQueueHandler = (message, context) => {
	context.error(`A nudge failed for good. Practice: ${practiceIn(message) ?? 'not named'}. Its work is done by the timers; see why its reviews or jobs fail.`);
};

const drain = async ({ deps, useCases }: Service): Promise<void> => void (await deps.ledger.queue.drain(useCases.handlers, Date.now() + DRAIN_MS));

/** Whoever can write to the queue could put anything in it, so nothing else is ever used or logged. */
const practiceIn = (message: unknown): string | undefined => (typeof message === 'string' && /^pr_[a-z0-9]{4,40}$/.test(message) ? message : undefined);

/** Azure logs what a function throws, and a database's own words may quote a row. */
const named =
	<T>(service: LazyService, name: string, work: (input: T, opened: Service) => Promise<void>) =>
	(input: T, context: InvocationContext): Promise<void> =>
		invoke(context, async () => {
			const opened = service.get();
			try {
				await work(input, opened);
			} catch (error) {
				throw toFailure(error, opened.deps.log, name);
			}
		});
