/** Staff work that reviews open. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { ESCALATION_REASONS } from '../../operations/fields.ts';
import { localDay } from '../../rules/index.ts';
import { openWorks } from '../escalations/open.ts';
import { withoutQuiet } from '../escalations/quiet.ts';
import type { EscalationReason, NewWork } from '../escalations/words.ts';
import type { Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import type { How, Reviewed } from './accounts.ts';

export async function openReviewWork(deps: Deps, tx: Tx, practice: Practice, reviewed: readonly Reviewed[], how: How): Promise<void> {
	const works = new Map<string, NewWork & { accounts: string[]; amountMinor: number }>();
	const today = localDay(deps.now(), practice.zone);
	const items = await itemsOfToday(tx, practice, reviewed, today);
	for (const { account, decision } of reviewed) {
		const { account_ref: ref, test, currency, your_reference: yourReference, location } = account.row;
		for (const work of decision.work) {
			const ofAccount = work.cause.includes(ref);
			const cause = ofAccount ? work.cause : dayCause(work.cause, today);
			const key = `${test}:${cause}`;
			if (items.get(key)?.listed.has(ref)) continue;
			const known = works.get(key);
			if (known) {
				known.accounts.push(ref);
				known.amountMinor += work.amountMinor;
				continue;
			}
			works.set(key, {
				cause,
				test,
				reason: reasonOf(work.reason),
				severity: work.severity,
				title: work.title,
				amountMinor: work.amountMinor,
				currency,
				...(ofAccount ? { accountRef: ref, yourReference, location } : {}),
				accounts: [ref],
				...(work.route ? { route: work.route } : {}),
				...(work.owner ? { owner: work.owner } : {}),
				...(work.dueBusinessDays === undefined ? {} : { dueBusinessDays: work.dueBusinessDays }),
				...(work.ladder ? { ladder: work.ladder } : {}),
				...(work.step ? { step: work.step } : {}),
				actor: how.actor,
			});
		}
	}
	const longer = [...works].flatMap(([key, { accounts, amountMinor }]) => {
		const item = items.get(key);
		return item ? [{ ref: item.ref, accounts, amount: amountMinor }] : [];
	});
	if (longer.length > 0)
		await sql`update escalation set accounts = escalation.accounts || x.accounts, amount_minor = amount_minor + x.amount
			from jsonb_to_recordset(${JSON.stringify(longer)}::jsonb) as x(ref text, accounts text[], amount bigint)
			where practice_id = ${practice.id} and escalation_ref = x.ref`.execute(tx);
	const fresh = [...works].filter(([key]) => !items.has(key)).map(([, work]) => work);
	await openWorks(deps, tx, practice, await withoutQuiet(tx, practice, fresh, deps.now()));
}

/** The rules' reasons are staff's own words, but for the code of a fact nobody knows and the days of an unpaid balance. */
function reasonOf(reason: string): EscalationReason {
	if (reason in ESCALATION_REASONS) return reason as EscalationReason;
	return reason.startsWith('unpaid_') ? 'unpaid_after_reminders' : 'missing_information';
}

/** A fact nobody knows makes one item a day that lists its accounts, not one for each row of an import. */
const dayCause = (cause: string, today: string): string => `${cause}:${today}`;

/** Today's open items for what these accounts lack, by test and cause, and which of the accounts each lists already. Locked, for it will grow. */
async function itemsOfToday(
	tx: Tx,
	practice: Practice,
	reviewed: readonly Reviewed[],
	today: string,
): Promise<Map<string, { ref: string; listed: Set<string> }>> {
	const causes = new Set(
		reviewed.flatMap(({ account, decision }) =>
			decision.work.filter((work) => !work.cause.includes(account.row.account_ref)).map((work) => dayCause(work.cause, today)),
		),
	);
	if (causes.size === 0) return new Map();
	const refs = reviewed.map(({ account }) => account.row.account_ref);
	const { rows } = await sql<{ key: string; ref: string; listed: string[] }>`
		select test || ':' || cause as key, escalation_ref as ref, array(select x from unnest(accounts) x where x = any(${refs})) as listed
		from escalation where practice_id = ${practice.id} and status = 'open' and cause = any(${[...causes]}) order by escalation_ref for update`.execute(tx);
	return new Map(rows.map((row) => [row.key, { ref: row.ref, listed: new Set(row.listed) }]));
}
