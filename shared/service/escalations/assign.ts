/** Open work that is given to somebody: it is theirs from now on, and the tool that holds it hears so. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import { iso, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';

/** Once for each owner: whose it is already is told nobody. */
export async function assign(deps: Deps, tx: Tx, { id }: Practice, { ref, owner, actor }: { ref: string; owner: string; actor: string }): Promise<void> {
	const now = iso(deps.now());
	const given = await tx
		.updateTable('escalation')
		.set({ owner, taken_at: now })
		.where('practice_id', '=', id)
		.where('escalation_ref', '=', ref)
		.where('status', '=', 'open')
		.where(sql<boolean>`owner is distinct from ${owner}`)
		.returning('place')
		.executeTakeFirst();
	if (!given) return;
	await audit(tx, id, [{ at: now, actor, kind: 'escalation_assigned', subject: ref, body: { owner } }]);
	if (given.place !== null) await deps.ledger.queue.addAll(tx, 'deliver', [{ data: { practice_id: id, escalation_ref: ref } }]);
}
