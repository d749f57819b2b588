/** Reminders the service plans, a person approves, and what must not leave any more. */
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import type { Decision, ReminderRequest } from '../../rules/types.ts';
import type { Account } from '../accounts.ts';
import { audit } from '../audit.ts';
import { closeWorks } from '../escalations/close.ts';
import { once } from '../once.ts';
import { actorOf, iso, type Practice } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Caller, Deps } from '../types.ts';
import { insertRow, isOpen, sendLater, stepIntent } from './rows.ts';

/** What a review plans where the policy lets the service send or a person approve. False when the step was planned before. */
export async function planReminder(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	account: Account,
	decision: Decision,
	how: { actor: string; status: 'scheduled' | 'awaiting_approval'; batch: string },
): Promise<boolean> {
	const { reminder } = decision;
	const intent = `${account.row.test ? 'test' : 'live'}:${stepIntent(account, reminder)}`;
	const rows = await tx
		.selectFrom('reminder')
		.select(['reminder_ref', 'intent_key', 'status', 'step_days', 'message', 'covers'])
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', account.row.account_ref)
		.where('test', '=', account.row.test)
		.where((eb) => eb.or([eb('intent_key', '=', intent), eb('status', 'in', ['scheduled', 'awaiting_approval', 'prepared'])]))
		.execute();
	const overlaps = (row: { covers: string[] }) => row.covers.some((ref) => reminder.covers.includes(ref));
	const same = rows.find((row) => row.intent_key === intent);
	if (same && same.status !== 'cancelled') return false;
	// A flow, or another app that reserved it, is at this step already.
	if (rows.some((row) => isOpen(row.status) && row.step_days >= reminder.days && overlaps(row))) return false;
	// Of several steps only the latest goes out: an older one that still waits would be a second message about the same money.
	const older = rows
		.filter((row) => (row.status === 'scheduled' || row.status === 'awaiting_approval') && row.step_days > 0 && overlaps(row))
		.map((row) => row.reminder_ref);
	if (older.length > 0) await cancelWaiting(deps, tx, practice, { reminderRefs: older }, 'superseded');
	await insertRow(deps, tx, practice, account, decision, {
		intent: same ? `${intent}:again:${newRef('try')}` : intent,
		status: how.status,
		sendAt: deps.now(),
		actor: how.actor,
		batch: how.batch,
		request: requestAgain(reminder),
	});
	return true;
}

/** What the ladder did not choose is asked for again by its first event when it leaves: by then it may be no event of that day. */
function requestAgain({ occasions: [first] }: Decision['reminder']): ReminderRequest {
	return first === undefined || first.type === 'balance_overdue' ? {} : { because: first };
}

/** Lets a gathered batch go; each reminder is decided again when it leaves. */
export const approveBatch =
	(deps: Deps, caller: Caller): Service['approve_batch'] =>
	(input) =>
		once(deps, caller, 'approve_batch', input, async (tx) => {
			const { batch } = input;
			const gathered = tx
				.selectFrom('reminder')
				.select('reminder_ref')
				.where('practice_id', '=', caller.practiceId)
				.where('test', '=', caller.test)
				.where('batch', '=', batch);
			if (!(await gathered.limit(1).executeTakeFirst())) {
				const message = `There is no batch "${batch}"${caller.test ? ' of test accounts (this is a test key)' : ''}. Take its code from the review that asked for approval.`;
				throw new Failure('missing', message, { code: 'batch_not_found', fields: [{ field: 'batch', message }] });
			}
			const now = iso(deps.now());
			const rows = await tx
				.updateTable('reminder')
				.set({ status: 'scheduled', send_at: now })
				.where('practice_id', '=', caller.practiceId)
				.where('test', '=', caller.test)
				.where('batch', '=', batch)
				.where('status', '=', 'awaiting_approval')
				.returning('reminder_ref')
				.execute();
			if (rows.length > 0) await sendLater(deps, tx, caller.practiceId);
			await closeWorks(
				deps,
				tx,
				{ id: caller.practiceId },
				{ causes: [batchCause(batch)], test: caller.test },
				{ outcome: 'approved', actor: actorOf(caller) },
			);
			await audit(tx, caller.practiceId, [{ at: now, actor: actorOf(caller), kind: 'batch_approved', subject: batch, body: { reminders: rows.length } }]);
			const summary =
				rows.length === 0
					? 'Nothing in this batch waits any more.'
					: `${rows.length} reminder${rows.length === 1 ? ' was' : 's were'} approved. Each leaves at the next allowed hour, if the rules still allow it then.`;
			return { batch, approved: rows.length, summary, link: deps.config.publicUrl };
		});

/** Staff work about a batch that waits; approving the batch resolves it. */
export const batchCause = (batch: string): string => `batch:${batch}`;

/** Waiting reminders that must not leave any more. */
export async function cancelWaiting(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	what: { accountRef?: string; accountRefs?: readonly string[]; reminderRefs?: readonly string[]; invoiceRef?: string; everything?: true; test?: boolean },
	reason: string,
): Promise<number> {
	let query = tx
		.updateTable('reminder')
		.set({ status: 'cancelled', settled_at: iso(deps.now()), failure_code: reason })
		.where('practice_id', '=', practice.id)
		.where('status', 'in', ['scheduled', 'awaiting_approval', 'prepared']);
	if (what.test !== undefined) query = query.where('test', '=', what.test);
	if (what.accountRef !== undefined) query = query.where('account_ref', '=', what.accountRef);
	if (what.reminderRefs !== undefined) query = query.where(sql<boolean>`reminder_ref = any(${[...what.reminderRefs]})`);
	if (what.accountRefs !== undefined) query = query.where(sql<boolean>`account_ref = any(${[...what.accountRefs]})`);
	if (what.invoiceRef !== undefined) query = query.where(sql<boolean>`covers @> ${[what.invoiceRef]}::text[]`);
	const rows = await query.returning(['reminder_ref', 'account_ref']).execute();
	await audit(
		tx,
		practice.id,
		rows.map((row) => ({
			at: iso(deps.now()),
			actor: 'system',
			kind: 'reminder_cancelled',
			subject: row.account_ref,
			body: { reminder_ref: row.reminder_ref, reason },
		})),
	);
	return rows.length;
}
