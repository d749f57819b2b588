/** Flag Account: staff or a connected tool ask for a reminder, or for somebody to look. */
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import { localDay } from '../../rules/index.ts';
import { type Account, findRef, loadAccount } from '../accounts.ts';
import { audit } from '../audit.ts';
import { once } from '../once.ts';
import { accountLink, actorOf, causeOf, iso, type Practice, readPractice, shown } from '../practice.ts';
import { newRef } from '../refs.ts';
import { reviewAccounts } from '../review/accounts.ts';
import type { Caller, Deps } from '../types.ts';

type Purpose = 'reminder' | 'review';

interface Wish {
	purpose: Purpose;
	priority: 'low' | 'normal' | 'high';
	note?: string | undefined;
}

export const flagAccount =
	(deps: Deps, caller: Caller): Service['flag_account'] =>
	(input) =>
		once(deps, caller, 'flag_account', input, async (tx) => {
			const now = deps.now();
			const practice = await readPractice(tx, caller.practiceId, now);
			const ref = await findRef(tx, caller, input);
			const account = await loadAccount(tx, practice, ref, now, true);
			const wish: Wish = { purpose: input.purpose, priority: input.priority ?? 'normal', note: input.note };
			const done = input.clear
				? await clear(tx, practice, account, wish.purpose, actorOf(caller), now)
				: await set(tx, practice, account, wish, actorOf(caller), now);
			// Decided at once: whoever flags an account waits for what follows.
			const review = await reviewAccounts(deps, tx, practice, [ref], {
				raisedBy: `key:${caller.keyId}`,
				causedBy: causeOf(caller),
				actor: actorOf(caller),
				sending: practice.policy.sending,
			});
			const decision = review.reviewed[0]?.decision;
			return {
				account_ref: ref,
				your_reference: shown(practice, account.row.your_reference),
				flag_ref: done.ref,
				status: done.status,
				event_raised: decision?.events.some((event) => event.type === 'account_flagged') ?? false,
				can_contact: decision?.canContact ?? false,
				blocked_reasons_text: (decision?.blocked ?? []).map((reason) => reason.text).join('\n'),
				link: accountLink(deps, ref),
			};
		});

interface Done {
	ref: string;
	status: 'flagged' | 'already_flagged' | 'cleared' | 'not_flagged';
}

/** One standing flag for each purpose. The same one again within the day is no news; on another day, or more urgent, it is. */
async function set(tx: Tx, practice: Practice, { row }: Account, wish: Wish, actor: string, now: number): Promise<Done> {
	const standing = row.flags.filter((flag) => flag.purpose === wish.purpose);
	const same = standing.find(
		(flag) => flag.priority === wish.priority && localDay(Date.parse(flag.at), practice.zone) === localDay(now, practice.zone) && wish.note === undefined,
	);
	if (same) return { ref: same.flag_ref, status: 'already_flagged' };
	await takeOff(tx, practice.id, row.account_ref, wish.purpose, now);
	const ref = newRef('flag');
	await tx
		.insertInto('flag')
		.values({
			practice_id: practice.id,
			flag_ref: ref,
			account_ref: row.account_ref,
			purpose: wish.purpose,
			priority: wish.priority,
			note: wish.note ?? null,
			actor,
			at: iso(now),
		})
		.execute();
	await audit(tx, practice.id, [
		{
			at: iso(now),
			actor,
			kind: 'account_flagged',
			subject: row.account_ref,
			body: { flag_ref: ref, purpose: wish.purpose, priority: wish.priority },
			...(wish.note === undefined ? {} : { personal: { note: wish.note } }),
		},
	]);
	return { ref, status: 'flagged' };
}

async function clear(tx: Tx, practice: Practice, { row }: Account, purpose: Purpose, actor: string, now: number): Promise<Done> {
	const refs = await takeOff(tx, practice.id, row.account_ref, purpose, now);
	await audit(
		tx,
		practice.id,
		refs.map((flag_ref) => ({ at: iso(now), actor, kind: 'flag_cleared', subject: row.account_ref, body: { flag_ref, purpose } })),
	);
	return refs[0] === undefined ? { ref: '', status: 'not_flagged' } : { ref: refs[0], status: 'cleared' };
}

/** Takes the standing flags of a purpose off. */
export async function takeOff(tx: Tx, practiceId: string, account: string, purpose: Purpose, now: number): Promise<string[]> {
	const rows = await tx
		.updateTable('flag')
		.set({ cleared_at: iso(now) })
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', account)
		.where('purpose', '=', purpose)
		.where('cleared_at', 'is', null)
		.returning('flag_ref')
		.execute();
	return rows.map((row) => row.flag_ref);
}
