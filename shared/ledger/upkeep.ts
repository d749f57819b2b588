/**
 * What a server's autovacuum does, for the embedded database, which has none: without statistics a plan that was made
 * while a table was empty reads the whole table for ever, and rows that were replaced are never given free.
 */
import type { PGlite } from '@electric-sql/pglite';
import type { OnProblem } from './queue.ts';

const LOOK_MS = 1000;
/** A table is looked after when it has grown by half and by a few pages, so the cost of all upkeep stays in proportion to what was written. */
const GROWN = `
	select format('%I.%I', n.nspname, c.relname) as name
	from pg_class c join pg_namespace n on n.oid = c.relnamespace
	where c.relkind = 'r' and n.nspname in ('dunwell', 'dunwell_jobs') and pg_relation_size(c.oid) / 8192 > c.relpages * 1.5 + 16`;

/** Starts the upkeep; the answer ends it. `statements` counts what was asked of the database: as long as it rests, so does the upkeep. */
export const startUpkeep = (database: PGlite, statements: () => number, onProblem: OnProblem): (() => Promise<void>) => {
	let seen = 0;
	let current: Promise<void> | undefined;
	let ended = false;
	const look = async (): Promise<void> => {
		const { rows } = await database.query<{ name: string }>(GROWN);
		for (const { name } of rows) if (!ended) await database.exec(`vacuum (analyze) ${name}`);
	};
	const timer = setInterval(() => {
		if (current || statements() === seen) return;
		seen = statements();
		current = look()
			.catch((error: unknown) => onProblem(error instanceof Error ? error : new Error(String(error))))
			.finally(() => {
				current = undefined;
			});
	}, LOOK_MS);
	timer.unref();
	return async () => {
		ended = true;
		clearInterval(timer);
		await current;
	};
};
