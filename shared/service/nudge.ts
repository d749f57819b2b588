/** After a write, due accounts are reviewed soon instead of at the next tick. Losing a nudge is harmless: the due time is in the ledger. */
import type { Deps } from './types.ts';

const DELAY_MS = 200;
const waiting = new WeakMap<object, Set<string>>();

/** Many writes in a moment make one job. */
export function nudge(deps: Deps, practiceId: string): void {
	if (deps.onDue) {
		deps.onDue(practiceId);
		return;
	}
	let practices = waiting.get(deps.ledger);
	if (!practices) {
		practices = new Set();
		waiting.set(deps.ledger, practices);
	}
	if (practices.has(practiceId)) return;
	practices.add(practiceId);
	const timer = setTimeout(() => {
		waiting.get(deps.ledger)?.delete(practiceId);
		deps.ledger
			.practice(practiceId, (tx) => deps.ledger.queue.add(tx, 'review', { practice_id: practiceId }, { singletonKey: practiceId, singletonSeconds: 1 }))
			.catch((error: unknown) =>
				deps.log.warn({ practice: practiceId, error: error instanceof Error ? error.name : 'unknown' }, 'a review could not be queued; the next tick does it'),
			);
	}, DELAY_MS);
	timer.unref();
}
