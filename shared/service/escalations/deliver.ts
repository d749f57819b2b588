/** Staff work in the connected tool of its route. */
import { Failure } from '../../contracts/failure.ts';
import { formatMoney } from '../../contracts/money.ts';
import { audit } from '../audit.ts';
import { openConnection } from '../connections.ts';
import { accountLink, iso } from '../practice.ts';
import type { Deps } from '../types.ts';
import { type EscalationReason, type Severity, WHAT_TO_DO } from './words.ts';

/** Puts an item into the connected tool. Retried by the queue while the tool cannot be reached; a refusal is kept on the item for staff. */
export async function deliverWork(deps: Deps, job: { practice_id: string; escalation_ref: string }): Promise<void> {
	const found = await deps.ledger.practice(job.practice_id, async (tx) => {
		const row = await tx
			.selectFrom('escalation')
			.innerJoin('route', (join) => join.onRef('route.practice_id', '=', 'escalation.practice_id').onRef('route.route', '=', 'escalation.route'))
			.select([
				'escalation.title',
				'escalation.reason',
				'escalation.severity',
				'escalation.account_ref',
				'escalation.amount_minor',
				'escalation.currency',
				'escalation.due_at',
				'escalation.external_id',
				'escalation.test',
				'route.connection',
				'route.target',
				'route.label',
			])
			.where('escalation.practice_id', '=', job.practice_id)
			.where('escalation.escalation_ref', '=', job.escalation_ref)
			.where('escalation.status', '=', 'open')
			.executeTakeFirst();
		if (!row?.connection || row.external_id) return undefined;
		return { row, connection: await openConnection(deps, tx, job.practice_id, row.connection) };
	});
	if (!found) return;
	const { row, connection } = found;
	const { provider } = connection;
	let done: { external_id: string; external_link: string | null } | undefined;
	let refused: string | undefined;
	if (!provider.work) refused = `${provider.label} cannot hold staff work`;
	// A test key's work stays in Dunwell: a staff channel is a real place.
	else if (row.test) refused = 'test work stays in Dunwell';
	else {
		try {
			const result = await provider.work.open(connection.http, connection.credentials, {
				reference: job.escalation_ref,
				title: row.title,
				text: [WHAT_TO_DO[row.reason as EscalationReason], row.amount_minor > 0 ? `Amount: ${formatMoney(row.amount_minor, row.currency)}` : '']
					.filter((line) => line !== '')
					.join('\n'),
				link: row.account_ref ? accountLink(deps, row.account_ref) : deps.config.publicUrl,
				severity: row.severity as Severity,
				...(row.due_at ? { dueDate: row.due_at.toISOString().slice(0, 10) } : {}),
				target: row.target,
			});
			done = { external_id: result.externalId, external_link: result.link ?? null };
		} catch (error) {
			if (!(error instanceof Failure)) throw error;
			// Nothing was done yet, so trying again is safe; after a lost answer it is not: a doubled task is better seen by staff than made.
			if ((error.kind === 'limited' || error.kind === 'unavailable') && !error.outcomeUnknown) throw error;
			refused = error.message;
		}
	}
	await deps.ledger.practice(job.practice_id, async (tx) => {
		await tx
			.updateTable('escalation')
			.set(done ? { ...done, delivered_to: row.label, delivery_error: null } : { delivery_error: refused ?? '' })
			.where('practice_id', '=', job.practice_id)
			.where('escalation_ref', '=', job.escalation_ref)
			.execute();
		await audit(tx, job.practice_id, [
			{
				at: iso(deps.now()),
				actor: `vendor:${provider.id}`,
				kind: done ? 'escalation_delivered' : 'escalation_not_delivered',
				subject: job.escalation_ref,
				body: done ?? { error: refused ?? '' },
			},
		]);
	});
}
