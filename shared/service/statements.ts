/** A practice's night: the books of the cycles that closed, and the letters of the day. */
import { sql } from 'kysely';
import { toMinor } from '../contracts/money.ts';
import type { Tx } from '../ledger/open.ts';
import { dayNumber, dayText } from '../rules/calendar.ts';
import { initialsClosing, lastInitial } from '../rules/content/cycle.ts';
import { localDay, startOfDay } from '../rules/index.ts';
import { gatherLetters } from './messages/print.ts';
import { iso, type Practice, readPractice } from './practice.ts';
import type { Deps } from './types.ts';

/** Local hour from which the night's work is done: after the letters of the new day were decided, before the office opens. */
const NIGHT_HOUR = 3;
const HOUR_MS = 3_600_000;
/** A service that was down for longer does not make up for more: cycles are counted over months. */
const MOST_MISSED_DAYS = 31;
/** The rules count over 36 months at most. */
const KEEP_DAYS = 1126;

/** Cheap where nothing is to be done, and safe to call at any time and from any process. */
export async function nightly(deps: Deps, practiceId: string): Promise<void> {
	const now = deps.now();
	const night = await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId, now);
		const today = localDay(now, practice.zone);
		const at = startOfDay(today, practice.zone) + NIGHT_HOUR * HOUR_MS;
		if (now < at) return undefined;
		await closeCycles(tx, practice, today, now);
		return { today, at };
	});
	if (!night) return;
	for (const test of [false, true]) await gatherLetters(deps, { practiceId, test, actor: 'system' }, night.today, night.at);
}

const MARK = 'statement_cycle';

/** Each day once, whichever process comes first; days that nobody worked are made up for. */
async function closeCycles(tx: Tx, practice: Practice, today: string, now: number): Promise<void> {
	const marked = await tx
		.insertInto('idempotency')
		.values({ practice_id: practice.id, operation: MARK, key: today, test: false, body_hash: '', at: iso(now) })
		.onConflict((conflict) => conflict.doNothing())
		.returning('key')
		.executeTakeFirst();
	if (!marked) return;
	const last = await tx
		.selectFrom('idempotency')
		.select(sql<string | null>`max(key)`.as('day'))
		.where('practice_id', '=', practice.id)
		.where('operation', '=', MARK)
		.where('key', '<', today)
		.executeTakeFirst();
	const first = last?.day ? Math.max(dayNumber(last.day) + 1, dayNumber(today) - MOST_MISSED_DAYS) : dayNumber(today);
	for (let day = first; day <= dayNumber(today); day += 1) await closeDay(tx, practice, dayText(day), now);
	await sql`delete from cycle where practice_id = ${practice.id} and closed_on < ${dayText(dayNumber(today) - KEEP_DAYS)}`.execute(tx);
}

/**
 * What the accounts whose cycle closes on this day still owe of what they were told so many days ago as the policy says.
 * Accounts that owe nothing of it get no row: their cycle was paid.
 */
async function closeDay(tx: Tx, practice: Practice, day: string, now: number): Promise<void> {
	const { statements, recurring } = practice.policy;
	const initials = initialsClosing(statements, day);
	if (initials.length === 0) return;
	const refs = statements.cycle === 'last_name' ? await accountsOf(tx, practice.id, initials) : null;
	const minimum = toMinor(recurring.minimum, practice.currency) ?? 0;
	await sql`
		with closed as (
			insert into cycle (practice_id, account_ref, closed_on, unpaid_minor)
			select i.practice_id, i.account_ref, ${day}::date, sum(i.amount_minor)
			from invoice i
			where i.practice_id = ${practice.id} and i.amount_minor > 0 and not i.disputed
				and coalesce(i.first_notice_date, i.due_date) <= ${day}::date - ${recurring.unpaid_days}::int
				and (${refs}::text[] is null or i.account_ref = any(${refs}::text[]))
			group by i.practice_id, i.account_ref
			on conflict do nothing
			returning account_ref, unpaid_minor
		)
		update account a set next_review_at = least(coalesce(a.next_review_at, ${iso(now)}), ${iso(now)}::timestamptz)
		from closed where a.practice_id = ${practice.id} and a.account_ref = closed.account_ref and closed.unpaid_minor >= ${minimum}`.execute(tx);
}

async function accountsOf(tx: Tx, practiceId: string, initials: readonly number[]): Promise<string[]> {
	const { rows } = await sql<{ account_ref: string; name: string | null }>`
		select account_ref, name from account a where practice_id = ${practiceId}
			and exists (select from invoice i where i.practice_id = a.practice_id and i.account_ref = a.account_ref and i.amount_minor > 0)`.execute(tx);
	return rows.filter((row) => initials.includes(lastInitial(row.name ?? undefined))).map((row) => row.account_ref);
}
