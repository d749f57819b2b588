/** The append-only chain. Entries are written inside the transaction of what they tell about, as its last statement. */
import { sql } from 'kysely';
import type { Tx } from '../ledger/open.ts';

export interface AuditEntry {
	/** ISO instant. */
	at: string;
	/** key:<id>, staff:<name>, vendor:<id>, patient, system. */
	actor: string;
	/** What happened, in the past tense: balances_recorded, reminder_sent, … */
	kind: string;
	/** Reference of what it is about. */
	subject?: string;
	/** Facts without personal data: references, amounts, codes. Covered by the chain. */
	body?: object;
	/** Personal fields: erased without breaking the chain, which holds their digest. */
	personal?: object;
}

export async function audit(tx: Tx, practiceId: string, entries: readonly AuditEntry[]): Promise<void> {
	if (entries.length > 0) await sql`select audit_append(${practiceId}, ${JSON.stringify(entries)}::jsonb)`.execute(tx);
}
