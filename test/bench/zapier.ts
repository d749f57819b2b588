/** What the Zapier app adds to the start of a step. Budgets: own load time at most 15 ms over core's, zip at most 850 KB. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildZip } from '../../zapier-app/scripts/build.ts';
import { bundle } from '../../zapier-app/scripts/bundle.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const RUNS = 9;

export interface ZapierBench {
	/** Milliseconds the app's own bundle takes after core is there: median of fresh processes. */
	ownLoadMs: number;
	/** Milliseconds core alone takes, in the same processes. */
	coreLoadMs: number;
	zipBytes: number;
}

/** Every run is a process of its own, because the second load in one process is from its cache. */
export async function benchZapier(): Promise<ZapierBench> {
	const folder = mkdtempSync(join(tmpdir(), 'dunwell-bench-'));
	try {
		await bundle({ outfile: join(folder, 'dist/index.js') });
		mkdirSync(join(folder, 'node_modules'));
		symlinkSync(join(ROOT, 'node_modules/zapier-platform-core'), join(folder, 'node_modules/zapier-platform-core'));
		writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
		writeFileSync(
			join(folder, 'load.js'),
			`const a = performance.now();
await import('zapier-platform-core');
const b = performance.now();
await import('./dist/index.js');
console.log(JSON.stringify([b - a, performance.now() - b]));`,
		);
		const runs = Array.from(
			{ length: RUNS },
			() => JSON.parse(execFileSync(process.execPath, ['load.js'], { cwd: folder, encoding: 'utf8' })) as [number, number],
		);
		const zipBytes = await buildZip(join(folder, 'dist'), join(folder, 'build'));
		return { coreLoadMs: median(runs.map(([core]) => core)), ownLoadMs: median(runs.map(([, own]) => own)), zipBytes };
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const median = (values: number[]): number => Math.round((values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0) * 10) / 10;

if (import.meta.main) console.log(await benchZapier());
