/**
 * `npm test`: the checks that need no run (style, types, generated files), then every test. The rules are run with
 * coverage: a branch of theirs that no test reaches is a failure. The last line says how many passed, failed and
 * were skipped, checks included. With arguments (`npm test -- test/ledger`) only those tests run.
 */
import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const BIOME = 'node_modules/@biomejs/biome/bin/biome';
const TSC = 'node_modules/typescript/bin/tsc';
const VITEST = 'node_modules/vitest/vitest.mjs';
const RULES_TESTS = 'test/rules';

interface Tally {
	passed: number;
	failed: number;
	/** Full titles. */
	skipped: string[];
}

interface Report {
	testResults: {
		name: string;
		status: string;
		assertionResults: { status: string; fullName: string }[];
	}[];
}

/** Runs a program of node_modules, or a script of ours, on this Node; answers whether it ended well. */
const run = (script: string, args: string[], env: Record<string, string> = {}): Promise<boolean> => {
	const options: SpawnOptions = { cwd: ROOT, stdio: 'inherit', env: { ...process.env, NODE_ENV: 'test', ...env } };
	return new Promise((resolve, reject) => {
		spawn(process.execPath, [script, ...args], options)
			.on('error', reject)
			.on('exit', (code) => resolve(code === 0));
	});
};

const CHECKS: [title: string, script: string, args: string[]][] = [
	['Style and imports', BIOME, ['check', '--error-on-warnings', '--max-diagnostics=50', '.']],
	['Types', TSC, ['-p', '.']],
	['Types of the rules, which know no Node', TSC, ['-p', 'shared/rules']],
	['The registry of operations', 'shared/operations/generate.ts', ['--check']],
	["The connector's definition", 'power-automate-connector/scripts/generate.ts', ['--check']],
];

const runChecks = async (): Promise<Tally> => {
	const tally: Tally = { passed: 0, failed: 0, skipped: [] };
	for (const [title, script, args] of CHECKS) {
		const passed = await run(script, args);
		console.log(`${passed ? 'ok' : 'FAILED'}: ${title}`);
		if (passed) tally.passed++;
		else tally.failed++;
	}
	return tally;
};

const count = (report: Report): Tally => {
	const tests = report.testResults.flatMap((file) => file.assertionResults);
	// A file that could not be loaded has failed without a test of its own.
	const unloaded = report.testResults.filter((file) => file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'));
	return {
		passed: tests.filter(({ status }) => status === 'passed').length,
		failed: tests.filter(({ status }) => status === 'failed').length + unloaded.length,
		skipped: tests.filter(({ status }) => status !== 'passed' && status !== 'failed').map(({ fullName }) => fullName),
	};
};

const runTests = async (args: string[]): Promise<Tally> => {
	const folder = mkdtempSync(join(tmpdir(), 'dunwell-run-'));
	const file = join(folder, 'report.json');
	try {
		const passed = await run(VITEST, ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`, ...args]);
		if (!existsSync(file)) return { passed: 0, failed: 1, skipped: [] };
		const tally = count(JSON.parse(readFileSync(file, 'utf8')) as Report);
		// Ended badly with no test failed: coverage below its threshold, or an error outside of any test.
		return !passed && tally.failed === 0 ? { ...tally, failed: 1 } : tally;
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
};

const sum = (tallies: Tally[]): Tally => ({
	passed: tallies.reduce((total, { passed }) => total + passed, 0),
	failed: tallies.reduce((total, { failed }) => total + failed, 0),
	skipped: tallies.flatMap(({ skipped }) => skipped),
});

/** Each reason once; a title without one is shown whole. */
const reasonsOf = (titles: string[]): string[] => [...new Set(titles.map((title) => /\(skipped: (.+?)\)/.exec(title)?.[1] ?? title))];

const all = async (): Promise<Tally[]> => [await runChecks(), await runTests([RULES_TESTS, '--coverage']), await runTests([`--exclude=${RULES_TESTS}/**`])];

const chosen = process.argv.slice(2);
const { passed, failed, skipped } = sum(chosen.length > 0 ? [await runTests(chosen)] : await all());
for (const reason of reasonsOf(skipped)) console.log(`skipped: ${reason}`);
console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
