/** How the embedded database is started: the same in the process that makes it and in the one that uses it. */
import { PGlite, type PGliteOptions } from '@electric-sql/pglite';

/**
 * shared_buffers at its default of 128 MB would be taken from the service's memory and never given back.
 * Dates stay the text they are and bigint becomes number, as on PostgreSQL.
 */
export const pgliteOptions = (folder: string): PGliteOptions => ({
	dataDir: folder,
	relaxedDurability: false,
	startParams: [...PGlite.defaultStartParams, '-c', 'shared_buffers=16MB'],
	parsers: { 20: Number, 1082: (text: string) => text },
});
