/** What the vendor says later of a message to staff: it arrived, or the work is known to nobody there and the next rung tells again. */
import type { ReminderStatus } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { iso, type Practice } from '../practice.ts';
import { applyDelivery, type DeliveryWord, isNews } from '../reminders/outcome.ts';
import type { Deps } from '../types.ts';

/** Of whatever message it is. Answers whether the message is known. */
export const hearOfMessage = async (deps: Deps, tx: Tx, practice: Practice, vendor: string, event: DeliveryWord): Promise<boolean> =>
	(await applyDelivery(deps, tx, practice, vendor, event)) || applyStaffDelivery(deps, tx, practice, vendor, event);

/** Answers whether it is about a message to staff. */
async function applyStaffDelivery(deps: Deps, tx: Tx, practice: Practice, vendor: string, event: DeliveryWord): Promise<boolean> {
	let query = tx.selectFrom('staff_message').selectAll().where('practice_id', '=', practice.id).where('vendor', '=', vendor).forUpdate();
	query = event.reference
		? query.where((eb) => eb.or([eb('external_id', '=', event.externalId), eb('message_ref', '=', event.reference ?? '')]))
		: query.where('external_id', '=', event.externalId);
	const row = await query.executeTakeFirst();
	if (!row) return false;
	const { status: to, rawStatus, code } = event;
	const now = iso(deps.now());
	const news = isNews(row.status as ReminderStatus, to);
	await tx
		.updateTable('staff_message')
		.set({
			raw_status: rawStatus,
			...(news ? { status: to, external_id: row.external_id ?? event.externalId, sent_at: row.sent_at ?? row.claimed_at } : {}),
			...(news && to !== 'sent' ? { settled_at: now } : {}),
			...(news && code ? { failure_code: code } : {}),
		})
		.where('practice_id', '=', practice.id)
		.where('message_ref', '=', row.message_ref)
		.execute();
	if (!news || to === 'sent') return true;
	const body = { message_ref: row.message_ref, connection: row.connection, raw_status: rawStatus, ...(code ? { code } : {}) };
	if (to === 'undelivered') {
		// An older message of the same work: the newer one stands for what the person knows.
		await tx
			.updateTable('escalation')
			.set({
				delivery_error: `The message to staff was not delivered: the sending service reports "${rawStatus}"${code ? ` (${code})` : ''}. Check the phone or mailbox of the route.`,
				place: null,
				external_id: null,
				delivered_to: null,
			})
			.where('practice_id', '=', practice.id)
			.where('escalation_ref', '=', row.escalation_ref)
			.where('status', '=', 'open')
			.where('external_id', '=', row.external_id ?? event.externalId)
			.execute();
	}
	const kind = to === 'delivered' ? 'escalation_message_delivered' : 'escalation_not_delivered';
	await audit(tx, practice.id, [{ at: now, actor: `vendor:${vendor}`, kind, subject: row.escalation_ref, body }]);
	return true;
}
