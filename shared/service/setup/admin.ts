/** Who changes a practice's set-up, and what every change has in common. */
import { Failure } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { audit } from '../audit.ts';
import type { Deps } from '../types.ts';

export interface Admin {
	practiceId: string;
	/** As the audit names it: `key:<id>` or `operator:<id>`. */
	actor: string;
	/** A test key. It may set up everything but live keys. */
	test: boolean;
	/** The operator of the service, acting for this practice. */
	operator: boolean;
}

/** What people pick in dropdowns: the practice's own short name, the same at every client. */
export const SHORT_NAME = '^[a-z][a-z0-9_]{0,39}$';

/**
 * One set-up change: its writes and its audit entry, whole or absent.
 * `personal` lies beside the chain and can be erased.
 */
export async function change<T>(
	deps: Deps,
	admin: Admin,
	entry: { kind: string; subject?: string; body?: object; personal?: object },
	work: (tx: Tx, at: Date) => Promise<T>,
): Promise<T> {
	const at = new Date(deps.now());
	return deps.ledger.practice(admin.practiceId, async (tx) => {
		const result = await work(tx, at);
		await audit(tx, admin.practiceId, [{ at: at.toISOString(), actor: admin.actor, ...entry }]);
		return result;
	});
}

export async function practiceRow(tx: Tx, practiceId: string) {
	const row = await tx.selectFrom('practice').selectAll().where('practice_id', '=', practiceId).executeTakeFirst();
	if (!row) throw new Failure('missing', 'There is no such practice. GET /api/setup/practices lists them for the operator.');
	return row;
}

/** What ends or shows a practice's live data is not for a test key, whatever its scopes. */
export function refuseTestKey(admin: Admin): void {
	if (admin.test)
		throw new Failure(
			'denied',
			'A test key may not do this: it concerns the practice\'s live data. Use a live key with the scope "setup", or the operator\'s key.',
			{ code: 'live_key_needed' },
		);
}
