import type { Dialect } from 'kysely';
import type { IDatabaseLike } from './jobs.ts';

/** One session on the database, while it is being set up: the embedded one, or one connection of the administrator's. */
export interface Link {
	/** Any number of statements, no values. */
	exec(text: string): Promise<unknown>;
	query(text: string, values?: unknown[]): Promise<unknown[]>;
	/** Kysely over this session. */
	dialect: Dialect;
	/** pg-boss over this session. */
	jobs: IDatabaseLike;
	backend: 'postgres' | 'pglite';
}
