/** Staff work that nobody finished in time. */
import type { Tx } from '../../ledger/open.ts';
import { raise } from '../events.ts';
import type { Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { workEvent } from './event.ts';
import { type EscalationReason, type NewWork, type Severity, titleWithoutNames } from './words.ts';

/** Work whose due date passed tells so once. */
export async function raiseOverdueWork(deps: Deps, tx: Tx, practice: Practice): Promise<void> {
	const rows = await tx
		.selectFrom('escalation')
		.selectAll()
		.where('practice_id', '=', practice.id)
		.where('status', '=', 'open')
		.where('due_at', '<', new Date(deps.now()))
		.limit(200)
		.execute();
	for (const row of rows) {
		const work: NewWork = {
			cause: row.cause,
			test: row.test,
			reason: row.reason as EscalationReason,
			severity: row.severity as Severity,
			title: titleWithoutNames(row),
			...(row.account_ref ? { accountRef: row.account_ref } : {}),
			amountMinor: row.amount_minor,
			currency: row.currency,
			actor: 'review',
		};
		await raise(deps, tx, practice, [
			workEvent(deps, practice, work, row.escalation_ref, { owner: row.owner ?? '', dueAt: row.due_at?.getTime() ?? deps.now(), route: row.route }, 'overdue'),
		]);
	}
}
