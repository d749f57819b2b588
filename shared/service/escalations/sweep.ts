/** The minute's look at staff work: what climbs, and what ended elsewhere. */
import { sql } from 'kysely';
import { readPractice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { climbWork } from './climb.ts';
import { closeWorks } from './close.ts';

/** Causes that no review looks at, as joins beside `e`. The prefix of the cause names what it is about. */
const ELSEWHERE = [
	{
		outcome: 'connected',
		why: 'The connection works again.',
		join: sql`connection c on c.practice_id = e.practice_id and e.cause = 'connection:' || c.connection and c.status = 'working' and c.checked_at > e.opened_at`,
	},
	{
		outcome: 'delivered',
		why: 'The sending service says that the message arrived or left.',
		join: sql`reminder r on r.practice_id = e.practice_id and e.cause = 'reminder:' || r.reminder_ref and r.status in ('sent', 'delivered')`,
	},
	{
		outcome: 'connected',
		why: 'The route leads to a person again.',
		join: sql`practice p on p.practice_id = e.practice_id and e.cause like 'route:%'
			and not exists (select from route r where r.practice_id = e.practice_id and e.cause = 'route:' || r.route and r.problem is not null)`,
	},
	{
		outcome: 'not_needed',
		why: 'The message is no longer to be sent.',
		join: sql`reminder r on r.practice_id = e.practice_id and e.cause = 'by_hand:' || r.reminder_ref and r.status <> 'prepared'`,
	},
] as const;

export async function sweepWork(deps: Deps, practiceId: string): Promise<void> {
	await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId, deps.now());
		for (const { outcome, why, join } of ELSEWHERE) {
			const { rows } = await sql<{ ref: string }>`select e.escalation_ref as ref from escalation e join ${join}
				where e.practice_id = ${practiceId} and e.status = 'open' order by e.escalation_ref for update of e skip locked`.execute(tx);
			await closeWorks(deps, tx, practice, { refs: rows.map(({ ref }) => ref) }, { outcome, why, actor: 'system' });
		}
	});
	await climbWork(deps, practiceId);
}
