/** The events of a day that one message answers: four triggers and four flows make one message, and each flow is told so. */
import { sql } from 'kysely';
import type { EventType } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import { operations } from '../../operations/registry.ts';
import type { AccountFacts, ReminderDecision } from '../../rules/types.ts';
import { iso } from '../practice.ts';

/** Codes of the events behind a decision, the most important first; those that were never raised have none. */
export async function occasionIds(tx: Tx, practiceId: string, test: boolean, { occasions }: ReminderDecision): Promise<string[]> {
	if (occasions.length === 0) return [];
	const keys = occasions.map(({ key }) => key);
	const { rows } = await sql<{ event_id: string; key: string }>`
		select event_id, key from event where practice_id = ${practiceId} and test = ${test} and key = any(${keys})`.execute(tx);
	return keys.flatMap((key) => rows.find((row) => row.key === key)?.event_id ?? []);
}

/** What a waiting reminder is to answer, as events that wait for a message: planned in the evening, it says the same in the morning. */
export async function stillToAnswer(tx: Tx, practiceId: string, ids: readonly string[]): Promise<NonNullable<AccountFacts['pendingEvents']>> {
	if (ids.length === 0) return [];
	const { rows } = await sql<{ key: string; type: EventType; at: Date }>`
		select key, type, occurred_at as at from event where practice_id = ${practiceId} and event_id = any(${[...ids]}) order by seq`.execute(tx);
	return rows.map(({ key, type, at }) => ({ key, type, at: new Date(at).getTime() }));
}

/** "Balance Overdue (15 days), Payment Failed": what a message answers, in the order of its importance. */
export async function coversText(tx: Tx, practiceId: string, ids: readonly string[]): Promise<string> {
	if (ids.length === 0) return '';
	const { rows } = await sql<{ event_id: string; type: EventType; days: number | null }>`
		select event_id, type, case when type = 'balance_overdue' then (body->>'days_overdue')::int end as days
		from event where practice_id = ${practiceId} and event_id = any(${ids})`.execute(tx);
	const words = ids
		.flatMap((id) => rows.find((row) => row.event_id === id) ?? [])
		.map(({ type, days }) => `${operations[type].label}${days ? ` (${days} days)` : ''}`);
	return [...new Set(words)].join(', ');
}

/** The reminder that answers an event already, planned or gone. */
export async function answeredBy(tx: Tx, practiceId: string, accountRef: string, eventId: string, statuses: readonly string[]): Promise<string | undefined> {
	const row = await tx
		.selectFrom('reminder')
		.select('reminder_ref')
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', accountRef)
		.where(sql<boolean>`occasions @> ${[eventId]}::text[]`)
		.where('status', 'in', [...statuses])
		.orderBy('created_at')
		.limit(1)
		.executeTakeFirst();
	return row?.reminder_ref;
}

/** What a message settles by leaving, whatever becomes of it: a flag that asked for it, and the receipt of a dispute. */
export async function markAnswered(
	tx: Tx,
	practiceId: string,
	reminder: { account_ref: string; message: string; occasions: readonly string[] },
	now: number,
): Promise<void> {
	if (reminder.message === 'dispute_received')
		await sql`update dispute set acknowledged_at = ${iso(now)}
			where practice_id = ${practiceId} and account_ref = ${reminder.account_ref} and resolved_at is null and acknowledged_at is null`.execute(tx);
	if (reminder.occasions.length > 0)
		await sql`update flag set cleared_at = ${iso(now)} where practice_id = ${practiceId} and account_ref = ${reminder.account_ref} and purpose = 'reminder' and cleared_at is null
			and flag_ref in (select body->>'flag_ref' from event where practice_id = ${practiceId} and event_id = any(${[...reminder.occasions]}) and type = 'account_flagged')`.execute(
			tx,
		);
}
