/**
 * `npm run generate`: writes every file that is made from others, in the order in which one needs the other.
 * With `--check` nothing is written: what is not up to date is named, and the exit code is 1.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');

/** The connector's definition comes from the registry of operations. */
export const GENERATORS = [
	'shared/contracts/generate.ts',
	'shared/operations/generate.ts',
	'shared/providers/generate.ts',
	'power-automate-connector/scripts/generate.ts',
];

/** @returns whether every generator ended well; after one that failed the others still run, so that all is named at once */
export const generate = (args: readonly string[]): boolean =>
	GENERATORS.map((file) => spawnSync(process.execPath, [file, ...args], { cwd: ROOT, stdio: 'inherit' }).status === 0).every(Boolean);

if (import.meta.main && !generate(process.argv.slice(2))) process.exitCode = 1;
