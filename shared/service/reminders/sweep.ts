/** After a crash: claims of processes that are gone, outcomes nobody knows, reservations nobody confirmed. */
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { Channel } from '../../contracts/words.ts';
import { loadAccount } from '../accounts.ts';
import { audit } from '../audit.ts';
import { openConnection } from '../connections.ts';
import { openWork } from '../escalations/open.ts';
import { iso, readPractice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { applyDelivery, tellNotDelivered } from './outcome.ts';
import { CLAIM_MS, GIVE_UP_MS, type Row, sendLater } from './rows.ts';

/** Claims of processes that are gone become `unknown`; unknown ones are looked up at the vendor; reservations end. */
export async function sweepReminders(deps: Deps, practiceId: string): Promise<void> {
	const now = deps.now();
	const { lost, unknown } = await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId, deps.now());
		// One process owns the embedded database: every claim that is not its own is of a process that ended.
		const stale =
			deps.ledger.kind === 'embedded'
				? sql<boolean>`(claimed_by <> ${deps.processId} or claimed_at < ${iso(now - CLAIM_MS)})`
				: sql<boolean>`claimed_at < ${iso(now - CLAIM_MS)}`;
		const rows = await tx
			.updateTable('reminder')
			.set({ status: 'unknown', settled_at: iso(now), failure_code: 'process_ended' })
			.where('practice_id', '=', practiceId)
			.where('status', '=', 'sending')
			.where(stale)
			.returningAll()
			.execute();
		for (const row of rows) {
			const account = await loadAccount(tx, practice, row.account_ref, now);
			await audit(tx, practiceId, [
				{ at: iso(now), actor: 'system', kind: 'reminder_unknown', subject: row.account_ref, body: { reminder_ref: row.reminder_ref, code: 'process_ended' } },
			]);
			await tellNotDelivered(
				deps,
				tx,
				practice,
				account.row,
				row,
				'unknown',
				[{ code: 'outcome_unknown', text: 'The service stopped while the sending service was being called.', remedy: '' }],
				row.because_of ?? row.actor,
			);
		}
		const expired = await tx
			.updateTable('reminder')
			.set({ status: 'cancelled', settled_at: iso(now), failure_code: 'not_confirmed' })
			.where('practice_id', '=', practiceId)
			.where('status', '=', 'prepared')
			.where('expires_at', '<', new Date(now))
			.returningAll()
			.execute();
		for (const row of expired) {
			await audit(tx, practiceId, [
				{
					at: iso(now),
					actor: 'system',
					kind: 'reminder_released',
					subject: row.account_ref,
					body: { reminder_ref: row.reminder_ref, reason: 'not_confirmed' },
				},
			]);
			await openWork(deps, tx, practice, {
				cause: `prepared:${row.reminder_ref}`,
				test: row.test,
				reason: 'reminder_not_delivered',
				severity: 'normal',
				title: 'A prepared reminder was not confirmed',
				accountRef: row.account_ref,
				amountMinor: row.amount_minor,
				currency: row.currency,
				actor: 'system',
			});
		}
		const open = await tx
			.selectFrom('reminder')
			.selectAll()
			.where('practice_id', '=', practiceId)
			.where('status', '=', 'unknown')
			.where('settled_at', '>', new Date(now - GIVE_UP_MS))
			.limit(50)
			.execute();
		// A job that was lost with its queue: the rows are the truth, so it is queued again.
		const late = await tx
			.selectFrom('reminder')
			.select('reminder_ref')
			.where('practice_id', '=', practiceId)
			.where('status', '=', 'scheduled')
			.where('send_at', '<', new Date(now - 2 * CLAIM_MS))
			.limit(1)
			.executeTakeFirst();
		if (late) await sendLater(deps, tx, practiceId);
		return { lost: rows.length, unknown: open };
	});
	if (lost > 0) deps.log.warn({ practice: practiceId, count: lost }, 'reminders with an unknown outcome after a process ended');
	for (const row of unknown) await lookUp(deps, practiceId, row);
}

/** Asks the vendor what became of a message; silence and doubt leave it unknown. */
export async function lookUp(deps: Deps, practiceId: string, row: Row): Promise<void> {
	if (!row.connection || row.connection === 'sandbox' || !row.channel || !row.address) return;
	try {
		const { connection, from } = await deps.ledger.practice(practiceId, async (tx) => ({
			connection: await openConnection(deps, tx, practiceId, row.connection ?? ''),
			from:
				(
					await tx
						.selectFrom('sender')
						.select('address')
						.where('practice_id', '=', practiceId)
						.where('channel', '=', row.channel ?? '')
						.executeTakeFirst()
				)?.address ?? '',
		}));
		const found = await connection.provider.send?.find?.(connection.http, connection.credentials, {
			reference: row.reminder_ref,
			channel: row.channel as Channel,
			to: row.address,
			from,
			text: row.body_text ?? '',
			...(row.subject ? { subject: row.subject } : {}),
			language: row.language,
			callbackUrl: deps.config.publicUrl,
			idempotencyKey: row.reminder_ref,
			attemptedAt: (row.claimed_at ?? row.created_at).toISOString(),
		});
		if (!found) return;
		await deps.ledger.practice(practiceId, async (tx) => {
			await tx
				.updateTable('reminder')
				.set({ external_id: found.externalId })
				.where('practice_id', '=', practiceId)
				.where('reminder_ref', '=', row.reminder_ref)
				.where('external_id', 'is', null)
				.execute();
			await applyDelivery(deps, tx, await readPractice(tx, practiceId, deps.now()), connection.provider.id, {
				externalId: found.externalId,
				reference: row.reminder_ref,
				status: found.status === 'unknown' ? 'sent' : found.status,
				rawStatus: found.rawStatus,
			});
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
	}
}
