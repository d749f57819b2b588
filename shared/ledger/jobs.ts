/**
 * pg-boss in its own schema: what queues there are and how they retry, and the function through which a
 * transaction adds jobs.
 */

import type { Queue as BossQueue, Db } from 'pg-boss';
import { getConstructionPlans, PgBoss } from 'pg-boss';
import type { Link } from './link.ts';

export type IDatabaseLike = Db;

export const QUEUES = ['review', 'send', 'deliver', 'poll', 'sweep'] as const;
export type QueueName = (typeof QUEUES)[number];

export const JOBS_SCHEMA = 'dunwell_jobs';

/**
 * A worker that was killed stops renewing its jobs, which go back to the queue after `heartbeatSeconds` (10 is the
 * least pg-boss takes). `expireInSeconds` bounds a handler that hangs. Twelve retries from 5 s, doubling up to an
 * hour, span about five hours: a vendor's bad morning.
 */
const common = {
	retryLimit: 12,
	retryDelay: 5,
	retryBackoff: true,
	retryDelayMax: 3600,
	expireInSeconds: 300,
	heartbeatSeconds: 20,
	retentionSeconds: 30 * 86_400,
	deleteAfterSeconds: 86_400,
	notify: true,
} satisfies Omit<BossQueue, 'name'>;

/** `short`: at most one waiting job per singleton key, while one with the same key may be running. */
const POLICY = 'short';

const installBoss = async (link: Link): Promise<string[]> => {
	const boss = new PgBoss({ db: link.jobs, backend: link.backend, schema: JOBS_SCHEMA, createSchema: false, supervise: false, schedule: false });
	// Without a listener an 'error' event would end the process; what matters reaches us as a rejection.
	boss.on('error', () => undefined);
	await boss.start();
	try {
		for (const name of QUEUES) {
			await boss.createQueue(name, { ...common, policy: POLICY });
			await boss.updateQueue(name, common);
		}
		const inserts: string[] = [];
		for (const name of QUEUES) inserts.push(await insertStatement(boss, name));
		return inserts;
	} finally {
		await boss.stop({ graceful: false, close: false });
	}
};

/** pg-boss's own statement for adding jobs to a queue, taken from it instead of being written a second time. */
const insertStatement = async (boss: PgBoss, name: QueueName): Promise<string> => {
	let statement = '';
	const recorder: Db = {
		executeSql: async (text) => {
			statement = text;
			return { rows: [] };
		},
	};
	await boss.insert(name, [{ data: {} }], { db: recorder });
	return statement;
};

/**
 * dunwell.add_jobs(queue, jobs): jobs is an array of {data, startAfter?, singletonKey?, singletonSeconds?}.
 * The application may add a job and neither see nor touch those of other practices, hence a function that runs as
 * dunwell_system. A job whose key is waiting already is dropped; if it was to start earlier, the waiting one does.
 */
const addJobs = (inserts: string[]): string =>
	[
		...QUEUES.map(
			(name, position) =>
				`create or replace function ${JOBS_SCHEMA}.add_${name}(text) returns setof uuid language sql security definer set search_path = ${JOBS_SCHEMA}, pg_temp as $insert$ ${inserts[position]} $insert$;
revoke execute on function ${JOBS_SCHEMA}.add_${name}(text) from public;`,
		),
		`create or replace function dunwell.add_jobs(p_queue text, p_jobs jsonb) returns void language plpgsql security definer set search_path = ${JOBS_SCHEMA}, pg_temp as $add$
declare
	v_jobs jsonb;
begin
	select jsonb_agg(case when j.job ? 'singletonKey' then j.job else j.job || jsonb_build_object('singletonKey', gen_random_uuid()) end)
	into v_jobs from jsonb_array_elements(p_jobs) as j(job);
	if v_jobs is null then
		return;
	end if;
	case p_queue
${QUEUES.map((name) => `		when '${name}' then perform ${JOBS_SCHEMA}.add_${name}(v_jobs::text);`).join('\n')}
	end case;
	update ${JOBS_SCHEMA}.job as w set start_after = n.start_after
	from (
		select x."singletonKey" as key, min(coalesce(x."startAfter", now())) as start_after
		from jsonb_to_recordset(p_jobs) as x("singletonKey" text, "startAfter" timestamptz, "singletonSeconds" int)
		where x."singletonKey" is not null and x."singletonSeconds" is null group by 1
	) n
	where w.name = p_queue and w.state = 'created' and w.singleton_key = n.key and w.start_after > n.start_after;
end $add$;
revoke execute on function dunwell.add_jobs(text, jsonb) from public;
grant execute on function dunwell.add_jobs(text, jsonb) to dunwell_app;`,
	].join('\n');

/** Everything that `installJobs` would do, as text: equal text, nothing to do. */
export const jobsText = (): string => JSON.stringify([getConstructionPlans(JOBS_SCHEMA), addJobs([]), QUEUES, common, POLICY]);

/** Installs or upgrades pg-boss and its queues. To be run as dunwell_system. */
export const installJobs = async (link: Link): Promise<void> => {
	await link.exec(addJobs(await installBoss(link)));
};
