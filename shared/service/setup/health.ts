/** How each practice is doing, in numbers and one sentence: the operator's and the consultant's morning look. */
import { sql } from 'kysely';
import type { Deps } from '../types.ts';
import type { Admin } from './admin.ts';
import { checklist } from './checklist.ts';
import { practiceIds, readPractice } from './practices.ts';

interface Counts {
	accounts: number;
	accounts_due: number;
	connections_broken: number;
	subscriptions: number;
	subscriptions_failing: number;
	deliveries_waiting: number;
	reminders_unknown: number;
	reminders_failed_7_days: number;
	reminders_sent_7_days: number;
	escalations_open: number;
	escalations_overdue: number;
	last_review_at: Date | null;
	last_import_at: Date | null;
}

export async function health(deps: Deps, admin: Admin) {
	const { name, paused } = await readPractice(deps, admin);
	const counts = await deps.ledger.practice(admin.practiceId, async (tx) => {
		const now = new Date(deps.now());
		const week = new Date(deps.now() - 7 * 86_400_000);
		const own = sql`practice_id = ${admin.practiceId}`;
		const { rows } = await sql<Counts>`
			select
				(select count(*)::int from account where ${own} and test = ${admin.test}) as accounts,
				(select count(*)::int from account where ${own} and test = ${admin.test} and next_review_at <= ${now}) as accounts_due,
				(select count(*)::int from connection where ${own} and status = 'broken') as connections_broken,
				(select count(*)::int from subscription where ${own} and test = ${admin.test} and removed_at is null) as subscriptions,
				(select count(*)::int from subscription where ${own} and test = ${admin.test} and removed_at is null and failures > 0) as subscriptions_failing,
				(select count(*)::int from delivery where ${own} and status = 'pending') as deliveries_waiting,
				(select count(*)::int from reminder where ${own} and test = ${admin.test} and status = 'unknown') as reminders_unknown,
				(select count(*)::int from reminder where ${own} and test = ${admin.test} and status in ('failed', 'undelivered') and created_at >= ${week}) as reminders_failed_7_days,
				(select count(*)::int from reminder where ${own} and test = ${admin.test} and status in ('sent', 'delivered') and created_at >= ${week}) as reminders_sent_7_days,
				(select count(*)::int from escalation where ${own} and test = ${admin.test} and status = 'open') as escalations_open,
				(select count(*)::int from escalation where ${own} and test = ${admin.test} and status = 'open' and due_at <= ${now}) as escalations_overdue,
				(select max(at) from review where ${own} and test = ${admin.test}) as last_review_at,
				(select max(at) from import where ${own} and test = ${admin.test}) as last_import_at`.execute(tx);
		return rows[0] as Counts;
	});
	const list = await checklist(deps, admin);
	const answer = {
		...counts,
		last_review_at: counts.last_review_at?.toISOString() ?? '',
		last_import_at: counts.last_import_at?.toISOString() ?? '',
		ready: list.ready,
	};
	return { practice_id: admin.practiceId, name, paused, attention_text: attention(answer, paused), ...answer };
}

function attention(
	counts: { ready: boolean; connections_broken: number; subscriptions_failing: number; reminders_unknown: number; escalations_overdue: number },
	paused: boolean,
): string {
	const parts = [
		counts.ready ? '' : 'Set-up is not finished.',
		paused ? 'Reminders are paused.' : '',
		some(counts.connections_broken, 'connection does not work', 'connections do not work'),
		some(counts.subscriptions_failing, 'flow does not take its events', 'flows do not take their events'),
		some(counts.reminders_unknown, 'reminder has an unknown outcome', 'reminders have an unknown outcome'),
		some(counts.escalations_overdue, 'piece of staff work is past its due date', 'pieces of staff work are past their due date'),
	];
	return parts.filter((part) => part !== '').join(' ');
}

const some = (count: number, one: string, many: string): string => (count === 0 ? '' : `${count} ${count === 1 ? one : many}.`);

/** One practice after the other: each is read as itself, under its own row-level security. */
export async function healthOfAll(deps: Deps) {
	const items = [];
	for (const practiceId of await practiceIds(deps)) items.push(await health(deps, { practiceId, actor: 'operator', test: false, operator: true }));
	return { items };
}

export async function listPractices(deps: Deps) {
	const items = [];
	for (const practiceId of await practiceIds(deps, { closed: true }))
		items.push(await readPractice(deps, { practiceId, actor: 'operator', test: false, operator: true }));
	return { items };
}
