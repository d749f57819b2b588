/** Routes: where staff work goes, by the practice's own short names. */
import { CHANNELS } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';

/** How a person on the staff is written to. Nobody is called: a call that nobody answers says nothing of the work. */
export const STAFF_CHANNELS = { sms: CHANNELS.sms, email: CHANNELS.email } as const;
export type StaffChannel = keyof typeof STAFF_CHANNELS;

export interface Route {
	label: string;
	connection: string | null;
	target: string;
	staff: string | null;
}

/** Stays in Dunwell; built in, so it has no row. */
export const DUNWELL_ONLY = 'dunwell_only';

export async function readRoutes(tx: Tx, practiceId: string, names: Iterable<string>): Promise<Map<string, Route>> {
	const wanted = [...new Set(names)].filter((name) => name !== DUNWELL_ONLY);
	if (wanted.length === 0) return new Map();
	const rows = await tx
		.selectFrom('route')
		.select(['route', 'label', 'connection', 'target', 'staff'])
		.where('practice_id', '=', practiceId)
		.where('route', 'in', wanted)
		.execute();
	return new Map(rows.map(({ route, ...row }) => [route, row]));
}
