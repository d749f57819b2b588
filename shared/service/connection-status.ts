/** Whether a connection works, and what follows when its vendor no longer lets us in. */
import type { Failure } from '../contracts/failure.ts';
import type { Provider } from '../contracts/provider.ts';
import type { Tx } from '../ledger/open.ts';
import { openWork } from './escalations/open.ts';
import type { Practice } from './practice.ts';
import type { Deps } from './types.ts';

export async function markConnection(deps: Deps, tx: Tx, practiceId: string, connection: string, status: 'working' | 'broken', text: string): Promise<void> {
	await tx
		.updateTable('connection')
		.set({ status, status_text: text, checked_at: new Date(deps.now()) })
		.where('practice_id', '=', practiceId)
		.where('connection', '=', connection)
		.execute();
}

interface Broken {
	name: string;
	provider: Pick<Provider, 'label'>;
}

/** Every call would fail the same way until a person mends it: the connection says so, and staff hear of it once, by its name. */
export async function connectionBroken(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	{ name, provider }: Broken,
	failure: Failure,
	reason: 'reminder_not_delivered' | 'other' = 'other',
): Promise<void> {
	await markConnection(deps, tx, practice.id, name, 'broken', failure.message);
	await openWork(deps, tx, practice, {
		cause: `connection:${name}`,
		test: false,
		reason,
		severity: 'high',
		title: `The connection to ${provider.label} is broken`,
		note: failure.message,
		actor: 'system',
	});
}
