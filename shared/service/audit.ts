/**
 * The append-only chain. Entries are written inside the transaction of what they tell about, as its last statement:
 * the head of the chain is one row for the whole practice, and two transactions that lock it in the middle of their
 * work wait for each other for ever.
 */
import { sql } from 'kysely';
import { beforeCommit, type Tx } from '../ledger/open.ts';

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

const waiting = new WeakMap<Tx, AuditEntry[]>();

/** Keeps entries for the end of this transaction, which is this practice's. */
export async function audit(tx: Tx, practiceId: string, entries: readonly AuditEntry[]): Promise<void> {
	if (entries.length === 0) return;
	const known = waiting.get(tx);
	if (known) return void known.push(...entries);
	const list = [...entries];
	waiting.set(tx, list);
	beforeCommit(tx, async () => void (await sql`select audit_append(${practiceId}, ${JSON.stringify(list)}::jsonb)`.execute(tx)));
}
