/** What the searches share that answer with a list. */
import type { Tx } from '../ledger/open.ts';
import { audit } from './audit.ts';
import { actorOf, iso, localIso, type Practice } from './practice.ts';
import type { Caller, Deps } from './types.ts';

/** Rows that an answer shows; its count says how many there are. */
export const SHOWN = 50;

/** An instant as answers write it; empty where there is none. */
export const instantText =
	({ zone }: Practice) =>
	(at: Date | null): string =>
		at ? localIso(at.getTime(), zone) : '';

/** The answer, with the same rows as text; that they were read is in the audit chain, by their codes. */
export async function listAnswer<T>(
	deps: Deps,
	tx: Tx,
	caller: Caller,
	{ operation, count, items, codeOf, lineOf }: { operation: string; count: number; items: T[]; codeOf(item: T): string; lineOf(item: T): string },
): Promise<{ count: number; items: T[]; items_text: string; link: string }> {
	await audit(tx, caller.practiceId, [
		{
			at: iso(deps.now()),
			actor: actorOf(caller),
			kind: 'account_read',
			body: { operation, shown: items.map(codeOf), contact_details: caller.scopes.includes('contact_details') },
		},
	]);
	return { count, items, items_text: items.map(lineOf).join('\n').slice(0, 20_000), link: deps.config.publicUrl };
}
