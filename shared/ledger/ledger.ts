import type { Queue } from './queue.ts';
import type { Transactions } from './transaction.ts';

export interface Ledger extends Omit<Transactions, 'end'> {
	readonly kind: 'embedded' | 'postgres';
	/**
	 * One transaction as the application role, which sees this practice and no other. A call of practice, system or
	 * call inside it throws: use `tx`.
	 */
	practice: Transactions['practice'];
	/** One transaction as the system role: which practices have work due, and the queue. */
	system: Transactions['system'];
	/**
	 * One statement, its own transaction, one round trip: `select dunwell.<name>(practice, argument as jsonb)`. The
	 * function runs as the application role and sets the practice itself.
	 */
	call: Transactions['call'];
	readonly queue: Queue;
	/** Stops the queue, lets running work end, closes connections, gives the folder free. */
	close(): Promise<void>;
}
