/** The reminders that a review plans. */
import type { Tx } from '../../ledger/open.ts';
import { localDay } from '../../rules/index.ts';
import { openWorks } from '../escalations/open.ts';
import type { NewWork } from '../escalations/words.ts';
import type { Practice } from '../practice.ts';
import { batchCause, planReminder } from '../reminders/plan.ts';
import type { Deps } from '../types.ts';
import type { How, Reviewed } from './accounts.ts';

/** Plans what is due, where the policy or the review lets the service send or a person approve. */
export async function planReminders(deps: Deps, tx: Tx, practice: Practice, reviewed: readonly Reviewed[], how: How): Promise<number> {
	if (how.sending === 'flows') return 0;
	const status = how.sending === 'approval' ? 'awaiting_approval' : 'scheduled';
	// What reviews of one day gather without being asked is approved together.
	const batch = how.batch ?? `day_${localDay(deps.now(), practice.zone)}`;
	const planned: Reviewed[] = [];
	for (const one of reviewed) {
		const { account, decision } = one;
		if (decision.reminder.verdict === 'send' && (await planReminder(deps, tx, practice, account, decision, { actor: how.actor, status, batch })))
			planned.push(one);
	}
	// Whoever asked for a review has its answer; of what the service gathers by itself somebody must hear.
	if (status === 'awaiting_approval' && how.batch === undefined)
		await openWorks(
			deps,
			tx,
			practice,
			[true, false].flatMap((test) =>
				waitingWork(
					planned.filter(({ account }) => account.row.test === test),
					batch,
					how.actor,
				),
			),
		);
	return planned.length;
}

function waitingWork(planned: readonly Reviewed[], batch: string, actor: string): NewWork[] {
	const [first] = planned;
	if (!first) return [];
	return [
		{
			cause: batchCause(batch),
			test: first.account.row.test,
			reason: 'other',
			severity: 'normal',
			title: `Reminders wait for approval in the batch ${batch}`,
			note: `Look at them, then let them go with Approve Batch: ${batch}.`,
			accounts: planned.map(({ account }) => account.row.account_ref),
			amountMinor: planned.reduce((sum, { decision }) => sum + decision.reminder.amountMinor, 0),
			currency: first.account.row.currency,
			actor,
		},
	];
}
