/**
 * Adds what is new in the catalogue to frozen.json: `node test/operations/freeze.ts`. It refuses to write while
 * something frozen is missing: taking that away is a new major version, decided by a person who edits the file.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { catalogue } from '../../shared/operations/registry.ts';
import { broken, type Frozen, freeze } from '../kit/frozen.ts';

const FILE = new URL('frozen.json', import.meta.url);
const now = freeze(catalogue);
const faults = broken(JSON.parse(readFileSync(FILE, 'utf8')) as Frozen, now);
if (faults.length > 0) {
	console.error(`Not frozen:\n${faults.join('\n')}`);
	process.exitCode = 1;
} else writeFileSync(FILE, `${JSON.stringify(now, null, '\t')}\n`);
