/** What becomes of a message: the vendor's word for it, the one fallback, and who is told. */

import { formatMoney } from '../../contracts/money.ts';
import type { VendorEvent } from '../../contracts/provider.ts';
import type { DeliveryStatus, ReminderStatus } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Reason } from '../../rules/types.ts';
import { loadAccount } from '../accounts.ts';
import { audit } from '../audit.ts';
import { openWork } from '../escalations/open.ts';
import { raise } from '../events.ts';
import { iso, localIso, type Practice } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Deps } from '../types.ts';
import { coversText } from './occasions.ts';
import { type Row, readRow, sendLater } from './rows.ts';

/** @param alone only for this channel: a landline takes no text and can still be called */
export async function contactBad(tx: Tx, practiceId: string, row: Row, reason: string, now: string, alone = false): Promise<void> {
	const channels = !alone && (row.channel === 'sms' || row.channel === 'voice') ? ['sms', 'voice'] : [row.channel ?? ''];
	await tx
		.updateTable('contact_point')
		.set({ valid: false, invalid_reason: reason, updated_at: now })
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', row.account_ref)
		.where('recipient', '=', row.recipient)
		.where('channel', 'in', channels)
		.where('address', '=', row.address ?? '')
		.execute();
}

/** The next channel, once, as the policy allows; decided again when its turn comes. */
export async function tryFallback(deps: Deps, tx: Tx, practice: Practice, row: Row): Promise<boolean> {
	if (!row.fallback || row.fallback_of || !practice.policy.fallback) return false;
	const ref = newRef('rem');
	const inserted = await tx
		.insertInto('reminder')
		.values({
			practice_id: practice.id,
			reminder_ref: ref,
			intent_key: `fallback:${row.reminder_ref}`,
			test: row.test,
			account_ref: row.account_ref,
			status: 'scheduled',
			channel: row.fallback,
			recipient: row.recipient,
			fallback_of: row.reminder_ref,
			message: row.message,
			// Not a step of its own: the step was taken by the message that failed.
			step_days: 0,
			covers: row.covers,
			amount_minor: row.amount_minor,
			currency: row.currency,
			language: row.language,
			because_of: row.because_of,
			occasions: row.occasions,
			// The same person as before: another one was never asked for.
			request: JSON.stringify({ message: row.message, channel: row.fallback, recipient: row.recipient, repeat: true }),
			policy_hash: practice.policyHash,
			actor: row.actor,
			created_at: iso(deps.now()),
			send_at: iso(deps.now()),
		})
		.onConflict((conflict) => conflict.doNothing())
		.returning('reminder_ref')
		.executeTakeFirst();
	if (inserted) await sendLater(deps, tx, practice.id);
	return inserted !== undefined;
}

const PROBLEM_TEXT = {
	undelivered: 'was not delivered',
	failed: 'was refused by the sending service',
	suppressed: 'is held by the rules',
	unknown: 'has an unknown outcome',
} as const;

export async function tellNotDelivered(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	account: { account_ref: string; your_reference: string; location: string; test: boolean },
	row: Row,
	problem: keyof typeof PROBLEM_TEXT,
	reasons: readonly Reason[],
	causedBy: string,
	fallback = false,
): Promise<void> {
	const contactPoint =
		row.channel && row.address
			? await tx
					.selectFrom('contact_point')
					.select('valid')
					.where('practice_id', '=', practice.id)
					.where('account_ref', '=', row.account_ref)
					.where('recipient', '=', row.recipient)
					.where('channel', '=', row.channel)
					.executeTakeFirst()
			: undefined;
	const next = fallback
		? `It is tried once by ${row.fallback}.`
		: problem === 'unknown'
			? 'It is not sent again by itself. Dunwell asks the sending service where it can; staff check whether the patient got it.'
			: problem === 'suppressed'
				? reasons
						.map((reason) => reason.remedy)
						.filter((text) => text !== '')
						.join(' ')
				: contactPoint?.valid
					? 'The number or address may be right. See what the sending service says of it.'
					: `Find a working number or address${row.recipient === 'relative' ? ' of the relative' : ''} and record it.`;
	await raise(deps, tx, practice, [
		{
			type: 'reminder_not_delivered',
			key: `reminder:${row.reminder_ref}:${problem}`,
			test: row.test,
			accountRef: row.account_ref,
			yourReference: account.your_reference,
			location: account.location,
			currency: row.currency,
			amountMinor: row.amount_minor,
			raisedBy: problem === 'suppressed' ? 'rules' : `vendor:${row.vendor ?? ''}`,
			causedBy,
			summary: `A reminder${row.amount_minor > 0 ? ` about ${formatMoney(row.amount_minor, row.currency)}` : ''} ${PROBLEM_TEXT[problem]}.`,
			reasons: reasons.map((reason) => reason.text),
			canContact: false,
			blocked: problem === 'suppressed' ? reasons.map((reason) => reason.text) : [],
			fields: {
				reminder_ref: row.reminder_ref,
				problem,
				recipient: row.recipient,
				channel: row.channel ?? '',
				message: row.message,
				covers_text: await coversText(tx, practice.id, row.occasions),
				sent_at: row.sent_at ? localIso(row.sent_at.getTime(), practice.zone) : '',
				vendor_code: problem === 'suppressed' ? '' : (row.failure_code ?? ''),
				contact_point_bad: contactPoint ? (contactPoint.valid ? 'no' : 'yes') : 'unknown',
				next_step_text: next,
			},
		},
	]);
	if (problem === 'unknown' || (problem !== 'suppressed' && !fallback))
		await openWork(deps, tx, practice, {
			cause: `reminder:${row.reminder_ref}`,
			test: row.test,
			reason: 'reminder_not_delivered',
			severity: 'normal',
			title: `A reminder ${PROBLEM_TEXT[problem]}`,
			accountRef: row.account_ref,
			yourReference: account.your_reference,
			location: account.location,
			amountMinor: row.amount_minor,
			currency: row.currency,
			actor: 'system',
			causedBy,
		});
}

/** What a vendor says later of a message. */
export type DeliveryWord = Omit<Extract<VendorEvent, { type: 'delivery' }>, 'id' | 'type' | 'at'>;

/** Forward only, and a final word stays, but for a delivery that turns out to have bounced. */
export const isNews = (from: ReminderStatus, to: DeliveryStatus): boolean =>
	(to === 'sent' && (from === 'sending' || from === 'unknown')) ||
	(to === 'delivered' && (from === 'sending' || from === 'unknown' || from === 'sent')) ||
	(to === 'undelivered' && ['sending', 'unknown', 'sent', 'delivered'].includes(from));

/** What a vendor says later of a reminder. Answers whether it knows the message. */
export async function applyDelivery(deps: Deps, tx: Tx, practice: Practice, vendor: string, event: DeliveryWord): Promise<boolean> {
	let query = tx.selectFrom('reminder').selectAll().where('practice_id', '=', practice.id).where('vendor', '=', vendor).forUpdate();
	query = event.reference
		? query.where((eb) => eb.or([eb('external_id', '=', event.externalId), eb('reminder_ref', '=', event.reference ?? '')]))
		: query.where('external_id', '=', event.externalId);
	const row = await query.executeTakeFirst();
	if (!row) return false;
	const to = event.status;
	if (!isNews(row.status as ReminderStatus, to)) {
		await tx
			.updateTable('reminder')
			.set({ raw_status: event.rawStatus })
			.where('practice_id', '=', practice.id)
			.where('reminder_ref', '=', row.reminder_ref)
			.execute();
		return true;
	}
	const now = iso(deps.now());
	await tx
		.updateTable('reminder')
		.set({
			status: to,
			raw_status: event.rawStatus,
			external_id: row.external_id ?? event.externalId,
			sent_at: row.sent_at ?? row.claimed_at ?? now,
			...(to === 'sent' ? {} : { settled_at: now }),
			...(event.code ? { failure_code: event.code } : {}),
		})
		.where('practice_id', '=', practice.id)
		.where('reminder_ref', '=', row.reminder_ref)
		.execute();
	await audit(tx, practice.id, [
		{
			at: now,
			actor: `vendor:${vendor}`,
			kind: `reminder_${to}`,
			subject: row.account_ref,
			body: { reminder_ref: row.reminder_ref, raw_status: event.rawStatus, ...(event.code ? { code: event.code } : {}) },
		},
	]);
	if (to !== 'undelivered') return true;
	const account = await loadAccount(tx, practice, row.account_ref, deps.now());
	if (event.fault !== 'none') await contactBad(tx, practice.id, row, event.code ?? event.rawStatus, now, event.fault === 'channel');
	const failed = await readRow(tx, practice.id, row.reminder_ref);
	const fallback = await tryFallback(deps, tx, practice, failed);
	await tellNotDelivered(
		deps,
		tx,
		practice,
		account.row,
		failed,
		'undelivered',
		[{ code: 'undelivered', text: `The sending service reports "${event.rawStatus}"${event.code ? ` (${event.code})` : ''}.`, remedy: '' }],
		row.because_of ?? row.actor,
		fallback,
	);
	return true;
}
