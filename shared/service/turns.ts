/**
 * A vendor's account takes so many messages a second and no more, whichever process sends them and for which of the
 * practices that share it. Each message takes a turn first; the turns stand in the database, by its clock.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Provider } from '../contracts/provider.ts';
import type { Ledger, Tx } from '../ledger/open.ts';
import { sha256Hex } from './refs.ts';

/** An account at a vendor, and how far apart its turns are. */
export interface Pace {
	/** A digest: names no account to whoever reads the table. */
	account: string;
	intervalMs: number;
}

/** A twentieth slower than the vendor allows: what leaves evenly arrives a little unevenly. */
const MARGIN = 1.05;

/** The pace of a connection; undefined: its vendor sets none. `perSecond`: the operator's own figure in place of the vendor's. */
export function paceOf(practiceId: string, connection: string, provider: Provider, credentials: unknown, perSecond?: number): Pace | undefined {
	const { rate } = provider;
	if (!rate) return undefined;
	// Two practices with one account at the vendor share its rate; an account without a name of its own is the connection's.
	const account = rate.account?.(credentials as never) ?? `${practiceId}\n${connection}`;
	return { account: sha256Hex(`${provider.id}\n${account}`), intervalMs: (MARGIN * 1000) / (perSecond ?? rate.perSecond) };
}

export interface Turn {
	granted: boolean;
	/** Until the turn that was given; not given: until there may be one. */
	waitMs: number;
}

/** Takes the next turn if it is not further away than `patienceMs`. What is taken is gone, whether it is used or not. */
export async function takeTurn(tx: Tx, { account, intervalMs }: Pace, patienceMs: number): Promise<Turn> {
	const { rows } = await sql<{ wait: number }>`select dunwell.take_turn(${account}, ${intervalMs}::float8, ${patienceMs}::float8) as wait`.execute(tx);
	const wait = rows[0]?.wait ?? 0;
	return wait < 0 ? { granted: false, waitMs: -wait } : { granted: true, waitMs: wait };
}

/** Waits for the next turn if it is not further away than `patienceMs`; else answers the milliseconds until there may be one. */
export async function waitForTurn(ledger: Ledger, practiceId: string, pace: Pace, patienceMs: number): Promise<number | undefined> {
	const { granted, waitMs } = await ledger.practice(practiceId, (tx) => takeTurn(tx, pace, patienceMs));
	if (!granted) return waitMs;
	// Never early: a timer may fire a fraction of a millisecond before its time.
	if (waitMs > 0) await delay(Math.ceil(waitMs) + 1);
	return undefined;
}

/** The vendor said that it is too much: nobody's turn comes before so many seconds from now. */
export async function closeTurns(tx: Tx, { account }: Pace, seconds: number): Promise<void> {
	await sql`select dunwell.close_turns(${account}, ${seconds * 1000}::float8)`.execute(tx);
}
