/**
 * Makes the embedded database's folder: `node initdb.ts <folder>`. A process of its own, because initdb takes
 * 720 MB at its peak and WebAssembly memory never shrinks.
 */
import { PGlite } from '@electric-sql/pglite';
import { pgliteOptions } from './pglite.ts';

const folder = process.argv[2];
if (folder === undefined) throw new Error('initdb needs a folder');
const database = await PGlite.create(pgliteOptions(folder));
await database.close();
