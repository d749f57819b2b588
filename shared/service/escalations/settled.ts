/**
 * Work whose cause is gone is over without anybody having done it. All such causes stand here, each with the word that
 * remains and why. What only a person can know (an answer given, hardship, a note) is on no list: only a person ends it.
 */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import type { Decision } from '../../rules/types.ts';
import type { Account } from '../accounts.ts';
import { iso, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { closeWorks } from './close.ts';
import type { EscalationReason } from './words.ts';

interface Reviewed {
	account: Account;
	decision: Decision;
}

interface Item {
	escalation_ref: string;
	cause: string;
	reason: EscalationReason;
	account_ref: string;
	/** A dispute of the account was resolved after the work was opened, and none is open. */
	dispute_over: boolean;
}

interface CauseRule {
	outcome: string;
	why: string;
	reasons: readonly EscalationReason[];
	gone(item: Item, reviewed: Reviewed): boolean;
}

const RULES: readonly CauseRule[] = [
	{
		outcome: 'paid',
		why: 'Nothing is owed any more.',
		reasons: ['unpaid_after_reminders', 'payment_failed', 'reminder_not_delivered', 'send_by_hand'],
		gone: (_, { decision }) => decision.totalMinor <= 0,
	},
	{
		outcome: 'paid',
		why: 'The patient said that it is paid, and it is.',
		reasons: ['patient_asked'],
		gone: (item, { decision }) => item.cause.endsWith(':already_paid') && decision.totalMinor <= 0,
	},
	{
		outcome: 'denial_worked',
		why: 'No line of the claim is denied any more: it was corrected, appealed, written off or released.',
		reasons: ['claim_denied', 'deadline_near'],
		gone: (item, { account }) => isDenialWorked(item, account),
	},
	{
		outcome: 'dispute_resolved',
		why: 'The dispute was resolved.',
		reasons: ['disputed'],
		gone: (item) => item.dispute_over,
	},
];

/** By the claim that the cause names, else by all of the account. Work about claims that nobody recorded is ended by a person. */
function isDenialWorked({ cause }: Item, { row }: Account): boolean {
	const named = row.claims.filter((claim) => cause.includes(claim.claim_ref));
	const claims = named.length > 0 ? named : row.claims;
	return claims.length > 0 && claims.every((claim) => !claim.rejected && claim.lines.every((line) => line.state !== 'denied_open'));
}

/** After a review: what it found settled. Items that another process holds come again with their accounts in a minute. */
export async function settleReviewed(deps: Deps, tx: Tx, practice: Practice, reviewed: readonly Reviewed[], actor: string): Promise<void> {
	const byRef = new Map(reviewed.map((one) => [one.account.row.account_ref, one]));
	if (byRef.size === 0) return;
	await settleAccounts(deps, tx, practice, byRef, actor);
	await settleMissing(deps, tx, practice, byRef, actor);
}

async function settleAccounts(deps: Deps, tx: Tx, practice: Practice, reviewed: ReadonlyMap<string, Reviewed>, actor: string): Promise<void> {
	const reasons = [...new Set(RULES.flatMap((rule) => rule.reasons))];
	const { rows } = await sql<Item>`
		select e.escalation_ref, e.cause, e.reason, e.account_ref,
			e.reason = 'disputed' and exists (select from dispute d where d.practice_id = e.practice_id and d.account_ref = e.account_ref and d.resolved_at >= e.opened_at)
				and not exists (select from dispute d where d.practice_id = e.practice_id and d.account_ref = e.account_ref and d.resolved_at is null) as dispute_over
		from escalation e where e.practice_id = ${practice.id} and e.account_ref = any(${[...reviewed.keys()]}) and e.status = 'open' and e.reason = any(${reasons})
		order by e.escalation_ref`.execute(tx);
	const over = rows.flatMap((item) => {
		const one = reviewed.get(item.account_ref);
		const rule = one && RULES.find(({ reasons: of, gone }) => of.includes(item.reason) && gone(item, one));
		return rule ? [{ item, rule }] : [];
	});
	if (over.length === 0) return;
	const held = await lockOpen(
		deps,
		tx,
		practice,
		over.map(({ item }) => ({ ref: item.escalation_ref, accounts: [item.account_ref] })),
	);
	for (const rule of RULES) {
		const refs = over.filter((one) => one.rule === rule && held.has(one.item.escalation_ref)).map(({ item }) => item.escalation_ref);
		await closeWorks(deps, tx, practice, { refs }, { outcome: rule.outcome, why: rule.why, actor });
	}
}

/** An unknown fact that is known now: the account leaves the list, and with the last one the item ends. */
async function settleMissing(deps: Deps, tx: Tx, practice: Practice, reviewed: ReadonlyMap<string, Reviewed>, actor: string): Promise<void> {
	const { rows } = await sql<{ ref: string; cause: string; listed: string[] }>`
		select e.escalation_ref as ref, e.cause, array_agg(w.ref) as listed
		from escalation e cross join lateral unnest(e.accounts) as l(ref) join unnest(${[...reviewed.keys()]}::text[]) as w(ref) on w.ref = l.ref
		where e.practice_id = ${practice.id} and e.status = 'open' and e.reason = 'missing_information' and e.account_ref is null
		group by e.escalation_ref, e.cause order by e.escalation_ref`.execute(tx);
	const known = rows
		.map(({ ref, cause, listed }) => ({ ref, accounts: listed.filter((account) => !lacks(reviewed.get(account), cause)) }))
		.filter(({ accounts }) => accounts.length > 0);
	if (known.length === 0) return;
	const held = await lockOpen(deps, tx, practice, known);
	const shorter = known.filter(({ ref }) => held.has(ref));
	const left = await sql<{ ref: string; empty: boolean }>`
		update escalation set accounts = array(select a from unnest(escalation.accounts) a where not a = any(x.accounts))
		from jsonb_to_recordset(${JSON.stringify(shorter)}::jsonb) as x(ref text, accounts text[])
		where practice_id = ${practice.id} and escalation_ref = x.ref returning escalation_ref as ref, escalation.accounts = '{}' as empty`.execute(tx);
	const refs = left.rows.filter(({ empty }) => empty).map(({ ref }) => ref);
	await closeWorks(deps, tx, practice, { refs }, { outcome: 'recorded', why: 'Every listed account now has the missing fact, or no longer needs it.', actor });
}

/** Causes of one day end with it: `unknown_consent:2026-11-24`. */
const lacks = (one: Reviewed | undefined, cause: string): boolean =>
	one?.decision.work.some((work) => cause === work.cause || cause.startsWith(`${work.cause}:`)) ?? false;

/** Waiting for one another over lists of items, two reviews would stand still for ever: what is taken is left for a minute. */
async function lockOpen(deps: Deps, tx: Tx, practice: Practice, items: readonly { ref: string; accounts: readonly string[] }[]): Promise<Set<string>> {
	const { rows } = await sql<{ ref: string }>`select escalation_ref as ref from escalation where practice_id = ${practice.id}
		and escalation_ref = any(${items.map(({ ref }) => ref)}) and status = 'open' order by escalation_ref for update skip locked`.execute(tx);
	const held = new Set(rows.map(({ ref }) => ref));
	const again = items.filter(({ ref }) => !held.has(ref)).flatMap(({ accounts }) => accounts);
	if (again.length > 0)
		await sql`update account set next_review_at = least(next_review_at, ${iso(deps.now() + 60_000)}) where practice_id = ${practice.id} and account_ref = any(${again})`.execute(
			tx,
		);
	return held;
}
