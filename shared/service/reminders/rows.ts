/** A reminder's row: what it can be, how it is written, and the key that makes one intent one message. */
import type { ReminderStatus } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Decision, ReminderDecision } from '../../rules/types.ts';
import type { Account } from '../accounts.ts';
import { audit } from '../audit.ts';
import { iso, type Practice } from '../practice.ts';
import { newRef, sha256Hex } from '../refs.ts';
import type { Deps } from '../types.ts';
import { occasionIds } from './occasions.ts';

/** A claim older than this belongs to a process that died: no call to a vendor takes so long. */
export const CLAIM_MS = 120_000;

/** A vendor that cannot be reached for so long has lost the moment for this message. */
export const GIVE_UP_MS = 24 * 3_600_000;

export const PREPARED_HOURS = 24;

const OPEN: readonly ReminderStatus[] = ['scheduled', 'sending', 'awaiting_approval', 'prepared'];

export const WENT: readonly ReminderStatus[] = ['sent', 'delivered', 'undelivered', 'unknown', 'sending', 'scheduled', 'prepared', 'awaiting_approval'];

export type Row = Awaited<ReturnType<typeof readRow>>;

export const readRow = (tx: Tx, practiceId: string, ref: string) =>
	tx.selectFrom('reminder').selectAll().where('practice_id', '=', practiceId).where('reminder_ref', '=', ref).executeTakeFirstOrThrow();

/**
 * The same step of the ladder for the same invoices is one intent, whichever flow, batch or review asks; a message that
 * is no step is one for the events it answers.
 */
export function stepIntent({ facts }: Account, { message = '', days, covers, occasions }: ReminderDecision): string {
	if (days === 0 && occasions.length > 0)
		return `occasion:${facts.ref}:${message}:${sha256Hex(
			occasions
				.map(({ key }) => key)
				.sort()
				.join(','),
		).slice(0, 32)}`;
	// An invoice that is owed anew after it was paid is another debt.
	const debts = covers.map((ref) => `${ref}${facts.invoices.find((invoice) => invoice.ref === ref)?.againSince ?? ''}`);
	return `step:${facts.ref}:${message}:${days}:${sha256Hex(debts.sort().join(',')).slice(0, 32)}`;
}

interface NewRow {
	intent: string;
	status: ReminderStatus;
	sendAt: number;
	actor: string;
	performedBy?: string | undefined;
	becauseOf?: string | undefined;
	batch?: string | undefined;
	fallbackOf?: string | undefined;
	expiresAt?: number | undefined;
	/** The call that inserts it sends it at once; the job is for the case that its process ends before. */
	sentByCall?: true;
	request: object;
}

export async function insertRow(deps: Deps, tx: Tx, practice: Practice, account: Account, decision: Decision, row: NewRow): Promise<string> {
	const { reminder } = decision;
	const ref = newRef('rem');
	const inserted = await tx
		.insertInto('reminder')
		.values({
			practice_id: practice.id,
			reminder_ref: ref,
			intent_key: row.intent,
			test: account.row.test,
			account_ref: account.row.account_ref,
			status: row.status,
			channel: reminder.channel ?? null,
			recipient: decision.recipient,
			fallback: reminder.fallback ?? null,
			fallback_of: row.fallbackOf ?? null,
			message: reminder.message ?? '',
			step_days: reminder.days,
			covers: reminder.covers,
			amount_minor: reminder.amountMinor,
			currency: account.row.currency,
			language: account.row.language,
			because_of: row.becauseOf ?? null,
			request: JSON.stringify(row.request),
			reasons: JSON.stringify(reminder.reasons),
			decision: JSON.stringify({ trace: decision.trace, verdict: reminder.verdict }),
			policy_hash: practice.policyHash,
			actor: row.actor,
			performed_by: row.performedBy ?? null,
			batch: row.batch ?? null,
			occasions: row.status === 'suppressed' ? [] : await occasionIds(tx, practice.id, account.row.test, reminder),
			created_at: iso(deps.now()),
			send_at: row.status === 'suppressed' ? null : iso(row.sendAt),
			expires_at: row.expiresAt ? iso(row.expiresAt) : null,
		})
		.onConflict((conflict) => conflict.doNothing())
		.returning('reminder_ref')
		.executeTakeFirst();
	if (!inserted)
		return (
			await tx
				.selectFrom('reminder')
				.select('reminder_ref')
				.where('practice_id', '=', practice.id)
				.where('intent_key', '=', row.intent)
				.executeTakeFirstOrThrow()
		).reminder_ref;
	if (row.status === 'scheduled') await sendLater(deps, tx, practice.id, Math.max(row.sendAt, row.sentByCall ? deps.now() + CLAIM_MS : 0));
	await audit(tx, practice.id, [
		{
			at: iso(deps.now()),
			actor: row.actor,
			kind: `reminder_${row.status}`,
			subject: account.row.account_ref,
			body: {
				reminder_ref: ref,
				message: reminder.message ?? '',
				days: reminder.days,
				amount_minor: reminder.amountMinor,
				covers: reminder.covers,
				...(decision.recipient === 'relative' ? { recipient: decision.recipient } : {}),
				reasons: reminder.reasons.map((r) => r.code),
				policy_hash: practice.policyHash,
			},
		},
	]);
	return ref;
}

export interface SendJob {
	practice_id: string;
}

/** To be called by whatever makes a reminder due, in the same transaction. `at` in ms since 1970; at once when absent. */
export const sendLater = (deps: Deps, tx: Tx, practiceId: string, at = 0): Promise<void> => {
	const job: SendJob = { practice_id: practiceId };
	// At once is a minute ago, since the database's clock may be behind: what is not yet due there when it comes waits for the next poll.
	const now = deps.now();
	return deps.ledger.queue.add(tx, 'send', job, { singletonKey: practiceId, startAfter: new Date(at > now ? at : now - 60_000) });
};

/** Not before `at`, in ms since 1970. It is decided again then. */
export async function putOff(tx: Tx, practiceId: string, ref: string, at: number): Promise<void> {
	await tx
		.updateTable('reminder')
		.set({ send_at: iso(at) })
		.where('practice_id', '=', practiceId)
		.where('reminder_ref', '=', ref)
		.where('status', '=', 'scheduled')
		.execute();
}

export const isOpen = (status: string): boolean => (OPEN as readonly string[]).includes(status);
