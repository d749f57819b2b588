/** What happens later. Jobs are added inside the caller's transaction and run by whichever instance takes them. */
import { sql } from 'kysely';
import { type ConstructorOptions, type Job, type JobResult, PgBoss } from 'pg-boss';
import { Failure } from '../contracts/failure.ts';
import { JOBS_SCHEMA, QUEUES, type QueueName } from './jobs.ts';
import { assertNoTransaction, type Tx } from './transaction.ts';

export type { QueueName };

export interface JobOptions {
	/** Not before; at once when absent. */
	startAfter?: Date;
	/** One waiting job per queue and key (one more may be running): a second is dropped, the earlier start wins. */
	singletonKey?: string;
	/** At most one job per key in each slot of so many seconds, done or not. */
	singletonSeconds?: number;
}

export interface NewJob extends JobOptions {
	data: object;
}

/** `stopping` is aborted when the queue stops: a handler with much to do ends at the next good place and adds a job for the rest. */
// biome-ignore lint/suspicious/noExplicitAny: each handler knows what its queue's jobs carry
export type Handlers = Readonly<Record<QueueName, (data: any, stopping?: AbortSignal) => Promise<void>>>;

export interface Queue {
	/** Inside the caller's transaction: lost with it on rollback. */
	add(tx: Tx, queue: QueueName, data: object, options?: JobOptions): Promise<void>;
	/** Many at once, in one round trip. */
	addAll(tx: Tx, queue: QueueName, jobs: readonly NewJob[]): Promise<void>;
	/** Starts workers; `concurrency` is per queue. Handlers throw to be tried again later, return to finish. Returns when they listen. */
	work(handlers: Handlers, options: { concurrency: number }): Promise<void>;
	/** Works what is due until nothing is or until `deadline` (ms since 1970), and answers how many jobs finished well. */
	drain(handlers: Handlers, deadline: number): Promise<number>;
	/** Takes no more jobs and lets running handlers end (30 s at most; what is cut off returns to the queue). */
	stop(): Promise<void>;
}

/** Where the queue's own trouble goes (a lost connection, a failed poll); it mends itself and must not end the process. */
export type OnProblem = (problem: Error) => void;

const STOP_MS = 30_000;
const POLL_SECONDS = 2;
/** Between polls while notifications work: they only cover for a notification that was lost. */
const IDLE_POLL_SECONDS = 10;
const SUPERVISE_SECONDS = 10;
const HEARTBEAT_MS = 5_000;
const DRAIN_BATCH = 10;

/** What pg-boss keeps of a failed attempt: our own words, never a vendor's body or a stack with data in it. */
const outputOf = (error: unknown): object =>
	error instanceof Failure
		? { kind: error.kind, code: error.code, message: error.message }
		: { kind: 'broken', code: 'unexpected', message: error instanceof Error ? error.name : 'unexpected' };

const run = async (handlers: Handlers, queue: QueueName, job: Job<unknown>, stopping: AbortSignal, onProblem: OnProblem): Promise<JobResult> => {
	try {
		await handlers[queue](job.data, stopping);
		return { id: job.id, status: 'completed' };
	} catch (error) {
		onProblem(error instanceof Error ? error : new Error(String(error)));
		return { id: job.id, status: 'failed', output: outputOf(error) };
	}
};

/** `connect` says how pg-boss reaches the database; `recover` runs before the first job is taken. */
export const queueOn = (connect: () => ConstructorOptions, onProblem: OnProblem, recover: () => Promise<void> = async () => undefined): Queue => {
	let starting: Promise<PgBoss> | undefined;
	let stopping = new AbortController();

	const start = async (): Promise<PgBoss> => {
		await recover();
		const boss = new PgBoss({
			...connect(),
			schema: JOBS_SCHEMA,
			// Set up by migrate.ts, under the role that owns it.
			migrate: false,
			createSchema: false,
			schedule: false,
			useListenNotify: true,
			superviseIntervalSeconds: SUPERVISE_SECONDS,
			monitorIntervalSeconds: SUPERVISE_SECONDS,
		});
		boss.on('error', onProblem);
		await boss.start();
		return boss;
	};

	const started = (): Promise<PgBoss> => {
		starting ??= start().catch((error: unknown) => {
			starting = undefined;
			throw error;
		});
		return starting;
	};

	const addAll: Queue['addAll'] = async (tx, queue, jobs) => {
		if (jobs.length === 0) return;
		await sql`select dunwell.add_jobs(${queue}, ${JSON.stringify(jobs)}::jsonb)`.execute(tx);
	};

	/** One batch of one queue; keeps the claim on its jobs alive while the handlers run. */
	const drainBatch = async (boss: PgBoss, handlers: Handlers, queue: QueueName): Promise<{ taken: number; done: number }> => {
		const jobs = await boss.fetch(queue, { batchSize: DRAIN_BATCH });
		if (jobs.length === 0) return { taken: 0, done: 0 };
		const heartbeat = setInterval(
			() =>
				void boss
					.touch(
						queue,
						jobs.map(({ id }) => id),
					)
					.catch(onProblem),
			HEARTBEAT_MS,
		);
		try {
			const results = await Promise.all(
				jobs.map(async (job) => {
					const result = await run(handlers, queue, job, stopping.signal, onProblem);
					if (result.status === 'completed') await boss.complete(queue, job);
					else await boss.fail(queue, job, result.output as object);
					return result.status === 'completed';
				}),
			);
			return { taken: jobs.length, done: results.filter(Boolean).length };
		} finally {
			clearInterval(heartbeat);
		}
	};

	return {
		addAll,
		add: (tx, queue, data, options = {}) => addAll(tx, queue, [{ data, ...options }]),
		async work(handlers, { concurrency }) {
			assertNoTransaction('Workers were started');
			const boss = await started();
			for (const queue of QUEUES) {
				await boss.work(
					queue,
					{
						// A practice's run of due reminders mostly waits for turns at vendors: in a batch the next practice would wait for its end.
						...(queue === 'send' ? { batchSize: 1, localConcurrency: concurrency } : { batchSize: concurrency }),
						perJobResults: true,
						burstWhenBatchFull: true,
						pollingIntervalSeconds: POLL_SECONDS,
						notifyPollingIntervalSeconds: IDLE_POLL_SECONDS,
					},
					async (jobs: Job<unknown>[]) => await Promise.all(jobs.map((job) => run(handlers, queue, job, stopping.signal, onProblem))),
				);
			}
		},
		async drain(handlers, deadline) {
			assertNoTransaction('The queue was drained');
			const boss = await started();
			await boss.supervise();
			let done = 0;
			for (let taken = 1; taken > 0 && Date.now() < deadline; ) {
				taken = 0;
				for (const queue of QUEUES) {
					if (Date.now() >= deadline) break;
					const batch = await drainBatch(boss, handlers, queue);
					taken += batch.taken;
					done += batch.done;
				}
			}
			return done;
		},
		async stop() {
			const boss = await starting?.catch(() => undefined);
			starting = undefined;
			stopping.abort();
			stopping = new AbortController();
			await boss?.stop({ graceful: true, timeout: STOP_MS });
		},
	};
};
