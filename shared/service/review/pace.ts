/** How much a review takes at a time, and for how long. */
import { setImmediate } from 'node:timers/promises';
import type { Deps } from '../types.ts';

/**
 * Accounts in one transaction, after `done` in this run. Long enough to be quick, short enough not to keep others
 * waiting. On the embedded database everybody waits for it: what a busy minute leaves to review is taken in small
 * steps, and only a long run, as at night, in larger ones.
 */
export const batchSize = ({ ledger }: Deps, done: number): number => (ledger.kind === 'postgres' ? 200 : done < 200 ? 10 : 40);

/** A request must answer before the platforms' 30 seconds are over. */
export const REQUEST_MS = 15_000;
/** A queue job goes on for so long, then leaves the rest to the next one. */
export const JOB_MS = 45_000;

/** A request goes through the event loop a few times until it is answered. */
const TURNS = 8;

/** The embedded database runs in this thread: without a pause between batches no request would be read until all is reviewed. */
export async function letOthers(): Promise<void> {
	for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
}
