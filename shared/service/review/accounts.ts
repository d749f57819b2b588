/** Reviews: what is newly true of accounts, events for it, staff work, and the reminders the policy lets the service send. */
import type { Tx } from '../../ledger/open.ts';
import type { Decision } from '../../rules/types.ts';
import { type Account, loadAccounts } from '../accounts.ts';
import { keepPauses } from '../claims/pause.ts';
import { settleAccounts, settleMissing } from '../escalations/settled.ts';
import { raise } from '../events.ts';
import { iso, type Practice } from '../practice.ts';
import { cancelWaiting } from '../reminders/plan.ts';
import type { Deps } from '../types.ts';
import { newEvent } from './events.ts';
import { writeDecisions } from './marks.ts';
import { planReminders } from './planned.ts';
import { openReviewWork } from './work.ts';

export interface Reviewed {
	account: Account;
	decision: Decision;
}

export interface How {
	raisedBy: string;
	causedBy?: string;
	/** What becomes of reminders that are due: left to flows, gathered for approval, or sent. */
	sending: 'flows' | 'approval' | 'automatic';
	actor: string;
	batch?: string;
	/** The caller holds the accounts' rows already. */
	locked?: true;
}

/** Reviews accounts in the caller's transaction and writes what follows. */
export async function reviewAccounts(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	refs: readonly string[],
	how: How,
): Promise<{ reviewed: Reviewed[]; events: number; planned: number }> {
	const now = deps.now();
	let accounts = await loadAccounts(tx, practice, refs, now, !how.locked);
	if (await keepPauses(tx, practice, accounts, now)) accounts = await loadAccounts(tx, practice, refs, now);
	const reviewed = accounts.map((account) => ({
		account,
		decision: practice.rules.decide(account.facts, now),
	}));
	await writeDecisions(tx, practice, reviewed, how, iso(now));
	const cancelled = new Map<string, number>();
	for (const { account, decision } of reviewed) {
		// What was waiting to be sent asks for an amount that is no longer owed.
		if (decision.events.some((event) => event.type === 'balance_paid'))
			cancelled.set(account.row.account_ref, await cancelWaiting(deps, tx, practice, { accountRef: account.row.account_ref }, 'paid'));
	}
	const events = await raise(
		deps,
		tx,
		practice,
		reviewed.flatMap(({ account, decision }) =>
			decision.events.map((event) => newEvent({ deps, practice, account, decision, event, cancelled: cancelled.get(account.row.account_ref) ?? 0 }, how)),
		),
	);
	await settleAccounts(deps, tx, practice, reviewed, how.actor);
	await openReviewWork(deps, tx, practice, reviewed, how);
	await settleMissing(deps, tx, practice, reviewed, how.actor);
	const planned = await planReminders(deps, tx, practice, reviewed, how);
	return { reviewed, events: events.length, planned };
}
