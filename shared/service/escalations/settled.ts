/** What a review found settled is closed: the rules are in causes.ts. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { iso, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { type Gone, goneOf, type Item, isFound, type Reviewed } from './causes.ts';
import { closeWorks } from './close.ts';

/** Closes what these accounts no longer need, before new work is opened. Items that another process holds come again with their accounts in a minute. */
export async function settleAccounts(deps: Deps, tx: Tx, practice: Practice, accounts: readonly Reviewed[], actor: string): Promise<void> {
	if (accounts.length === 0) return;
	const reviewed = byAccount(accounts);
	const { rows } = await sql<Item>`
		select e.escalation_ref, e.cause, e.reason, e.account_ref, e.ladder, e.status,
			e.reason = 'disputed' and exists (select from dispute d where d.practice_id = e.practice_id and d.account_ref = e.account_ref and d.resolved_at >= e.opened_at)
				and not exists (select from dispute d where d.practice_id = e.practice_id and d.account_ref = e.account_ref and d.resolved_at is null) as dispute_over
		from escalation e where e.practice_id = ${practice.id} and e.account_ref = any(${[...reviewed.keys()]}) and (e.status = 'open' or e.quiet) order by e.escalation_ref`.execute(
		tx,
	);
	await endQuiet(tx, practice, rows, reviewed);
	const over = rows.flatMap((item) => {
		const one = item.status === 'open' ? reviewed.get(item.account_ref) : undefined;
		const gone = one && goneOf({ item, one, practice, now: deps.now() });
		return gone ? [{ item, gone }] : [];
	});
	if (over.length === 0) return;
	const held = await lockOpen(
		deps,
		tx,
		practice,
		over.map(({ item }) => ({ ref: item.escalation_ref, accounts: [item.account_ref] })),
	);
	const byWhy = new Map<string, { gone: Gone; refs: string[] }>();
	for (const { item, gone } of over) {
		if (!held.has(item.escalation_ref)) continue;
		const known = byWhy.get(gone.why);
		if (known) known.refs.push(item.escalation_ref);
		else byWhy.set(gone.why, { gone, refs: [item.escalation_ref] });
	}
	for (const { gone, refs } of byWhy.values()) await closeWorks(deps, tx, practice, { refs }, { outcome: gone.outcome, why: gone.why, actor });
	const letters = over.flatMap(({ item }) => (item.cause.startsWith('by_hand:') && held.has(item.escalation_ref) ? [item.cause.slice('by_hand:'.length)] : []));
	// Nobody posts it any more, and no other app has it in hand.
	if (letters.length > 0)
		await sql`update reminder set status = 'cancelled', settled_at = ${iso(deps.now())}, failure_code = 'paid'
			where practice_id = ${practice.id} and reminder_ref = any(${letters}) and status = 'prepared'`.execute(tx);
}

/** The cause was gone once: when it comes back, it is new. */
async function endQuiet(tx: Tx, practice: Practice, items: readonly Item[], reviewed: ReadonlyMap<string, Reviewed>): Promise<void> {
	const refs = items.flatMap((item) => {
		const one = item.status === 'open' ? undefined : reviewed.get(item.account_ref);
		return one && !isFound(item, one) ? [item.escalation_ref] : [];
	});
	if (refs.length > 0)
		await sql`update escalation set quiet = false where practice_id = ${practice.id} and escalation_ref = any(${refs}) and quiet`.execute(tx);
}

/**
 * An unknown fact that is known now: the account leaves the list, and with the last one the item ends. To be called after
 * new work was opened: by then the review holds every row it had to wait for, and here it waits for none.
 */
export async function settleMissing(deps: Deps, tx: Tx, practice: Practice, accounts: readonly Reviewed[], actor: string): Promise<void> {
	if (accounts.length === 0) return;
	const reviewed = byAccount(accounts);
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

const byAccount = (accounts: readonly Reviewed[]): ReadonlyMap<string, Reviewed> => new Map(accounts.map((one) => [one.account.row.account_ref, one]));
