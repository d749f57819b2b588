/** Deadlines of denials: staff hear of each threshold of the policy once, while they are at work and before it is too late. */
import { sql } from 'kysely';
import { formatMoney } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import { addBusinessDays, daysBetween, localDay } from '../../rules/index.ts';
import { openWorks } from '../escalations/open.ts';
import { isWorkingMoment } from '../escalations/rungs.ts';
import type { NewWork } from '../escalations/words.ts';
import { type Practice, readPractice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { openMinor, type StoredLine } from './lines.ts';

/** The rules' own cause and steps (rules/work/claims.ts): a review and this look find the same item, and it ends by itself when the claim is worked. */
const causeOf = ({ account_ref, claim_ref }: Row): string => `deadline:${account_ref}:${claim_ref}`;

interface Row {
	claim_ref: string;
	account_ref: string;
	your_reference: string;
	location: string;
	test: boolean;
	payer: string;
	lines: StoredLine[];
	charge_minor: number;
	rejected: boolean;
	currency: string;
	owner: string | null;
	deadline_on: string;
	deadline_rule: string;
	deadline_told: number | null;
}

export async function sweepDeadlines(deps: Deps, practiceId: string): Promise<void> {
	await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId, deps.now());
		if (isWorkingMoment(practice, deps.now())) await tellDeadlines(deps, tx, practice);
	});
}

/** In one transaction with the mark of what was told: two processes tell it once. */
async function tellDeadlines(deps: Deps, tx: Tx, practice: Practice): Promise<void> {
	const thresholds = [...practice.policy.claims.escalate_days_left].sort((a, b) => a - b);
	const most = thresholds.at(-1);
	if (most === undefined) return;
	const today = localDay(deps.now(), practice.zone);
	// What is reached on days on which nobody works is told on the last day before them.
	const ahead = daysBetween(today, addBusinessDays(today, 1, practice.policy.closures)) - 1;
	const { rows } = await sql<Row>`
		select c.claim_ref, c.account_ref, a.your_reference, a.location, a.test, c.payer, c.lines, c.charge_minor, c.rejected, c.currency, c.owner,
			c.deadline_on::text as deadline_on, c.deadline_rule, c.deadline_told
		from claim c join account a on a.practice_id = c.practice_id and a.account_ref = c.account_ref
		where c.practice_id = ${practice.id} and c.deadline_on >= ${today}::date and c.deadline_on <= ${today}::date + ${most + ahead}::int
			and c.deadline_rule is not null and (c.rejected or c.lines @> '[{"state":"denied_open"}]')
		order by c.claim_ref limit 500 for update of c skip locked`.execute(tx);
	const news = rows.flatMap((row) => {
		const threshold = thresholds.find((days) => daysBetween(today, row.deadline_on) - ahead <= days);
		return threshold !== undefined && (row.deadline_told === null || threshold < row.deadline_told) ? [{ row, threshold }] : [];
	});
	if (news.length === 0) return;
	await sql`update claim set deadline_told = x.told from jsonb_to_recordset(${JSON.stringify(
		news.map(({ row, threshold }) => ({ ref: row.claim_ref, told: threshold })),
	)}::jsonb) as x(ref text, told int) where practice_id = ${practice.id} and claim_ref = x.ref`.execute(tx);
	await openWorks(
		deps,
		tx,
		practice,
		news.map(({ row, threshold }) => workOf(practice, row, threshold, today)),
	);
}

/** A week before the end there is time for one attempt more. */
const URGENT_DAYS = 7;

function workOf(practice: Practice, row: Row, threshold: number, today: string): NewWork {
	const left = daysBetween(today, row.deadline_on);
	const amountMinor = row.rejected ? row.charge_minor : openMinor(row.lines);
	const usual = addBusinessDays(today, practice.policy.escalation.due_business_days, practice.policy.closures);
	return {
		cause: causeOf(row),
		step: `${threshold}_days_left`,
		test: row.test,
		reason: 'deadline_near',
		severity: threshold <= URGENT_DAYS ? 'high' : 'normal',
		title: `${left === 1 ? '1 day is' : `${left} days are`} left for a ${row.rejected ? 'rejected' : 'denied'} claim of ${formatMoney(amountMinor, row.currency)}: until ${row.deadline_on}, by the rule ${row.deadline_rule}`,
		accountRef: row.account_ref,
		yourReference: row.your_reference,
		location: row.location,
		amountMinor,
		currency: row.currency,
		...(row.owner ? { owner: row.owner } : {}),
		...(row.deadline_on < usual ? { dueDate: row.deadline_on } : {}),
		actor: 'review',
	};
}
