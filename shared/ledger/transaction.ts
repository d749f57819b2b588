/**
 * Transactions, and the guard around them. Inside a transaction of the embedded database any call on another
 * handle waits for that transaction, so it would hang for ever; a vendor's answer awaited inside a transaction
 * would hold its locks for seconds. Both are refused here, on both kinds of database, so that what passes on one
 * passes on the other.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { type Kysely, sql, type Transaction } from 'kysely';
import { Failure } from '../contracts/failure.ts';
import type { Database } from './schema.ts';
import { failureOf } from './unavailable.ts';

export type Tx = Transaction<Database>;

const running = new AsyncLocalStorage<{ open: boolean }>();

/** True between the start and the end of the work given to `practice` or `system`, in whatever that work awaits. */
export const insideTransaction = (): boolean => running.getStore()?.open === true;

/** @throws Failure `broken` when called inside a transaction. For whatever waits on the network: "a call to a vendor". */
export const assertNoTransaction = (what: string): void => {
	if (insideTransaction()) throw new Failure('broken', `${what} inside a ledger transaction; end the transaction first.`, { code: 'inside_transaction' });
};

const assertNotNested = (what: string): void => {
	if (insideTransaction()) {
		throw new Failure('broken', `${what} was called inside a ledger transaction; use the transaction's own handle (tx).`, { code: 'nested_transaction' });
	}
};

const endings = new WeakMap<Tx, (() => Promise<void>)[]>();

/**
 * Runs `work` when everything else of the transaction is done, right before its commit: for what locks a row that
 * everybody needs, which would otherwise be held while this transaction waits for others' rows, and they for it.
 */
export const beforeCommit = (tx: Tx, work: () => Promise<void>): void => {
	const known = endings.get(tx);
	if (known) known.push(work);
	else endings.set(tx, [work]);
};

/** Role, practice, search path and zone for this transaction only, in one round trip. */
const enter = (tx: Tx, role: 'dunwell_app' | 'dunwell_system', practiceId: string) =>
	sql`select set_config('role', ${role}, true), set_config('dunwell.practice_id', ${practiceId}, true),
		set_config('search_path', 'dunwell, pg_temp', true), set_config('timezone', 'UTC', true)`.execute(tx);

const transact = async <T>(db: Kysely<Database>, role: 'dunwell_app' | 'dunwell_system', practiceId: string, work: (tx: Tx) => Promise<T>): Promise<T> => {
	const state = { open: true };
	try {
		return await db.transaction().execute(async (tx) => {
			await enter(tx, role, practiceId);
			return await running.run(state, async () => {
				const result = await work(tx);
				for (const end of endings.get(tx) ?? []) await end();
				return result;
			});
		});
	} catch (error) {
		throw failureOf(error);
	} finally {
		// What the work left running outlives the transaction and is free to open its own.
		state.open = false;
	}
};

export interface Transactions {
	practice<T>(practiceId: string, work: (tx: Tx) => Promise<T>): Promise<T>;
	system<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
	call<T>(name: string, practiceId: string, argument: unknown): Promise<T>;
	/** From here on every call is refused: what a timer still starts must not reach a database that is being closed. */
	end(): void;
}

/** `statement` runs one statement in its own transaction, in one round trip. */
export const transactionsOn = (db: Kysely<Database>, statement: (text: string, values: unknown[]) => Promise<{ rows: unknown[] }>): Transactions => {
	let ended = false;
	const begin = (what: string): void => {
		assertNotNested(what);
		if (ended) throw new Failure('unavailable', 'The service is stopping. Try again in a few seconds.', { code: 'stopping' });
	};
	return {
		async practice(practiceId, work) {
			begin('practice()');
			if (practiceId === '') throw new Failure('broken', 'practice() needs a practice id.');
			return await transact(db, 'dunwell_app', practiceId, work);
		},
		async system(work) {
			begin('system()');
			return await transact(db, 'dunwell_system', '', work);
		},
		async call<T>(name: string, practiceId: string, argument: unknown) {
			begin(`call('${name}')`);
			if (!/^[a-z][a-z0-9_]*$/.test(name)) throw new Failure('broken', `${name} is not the name of a ledger function.`);
			try {
				const { rows } = await statement(`select dunwell.${name}($1, $2::jsonb) as answer`, [practiceId, JSON.stringify(argument)]);
				return (rows[0] as { answer: T }).answer;
			} catch (error) {
				throw failureOf(error);
			}
		},
		end: () => {
			ended = true;
		},
	};
};
