/**
 * `npm run bench`: the product's budgets, measured. It reports and never fails because of a number: whether a
 * machine is quiet enough to judge is for the reader, and the first rows say it.
 *
 *   npm run bench                   everything, as a table
 *   npm run bench -- --json         the same as JSON
 *   npm run bench -- --only record  one part: rules, record, bulk, review, remittance, zapier, functions, memory, campaign
 *
 * `campaign` takes nine minutes and runs only when it is named.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { judge, type Row, table } from './row.ts';
import { watchMachine } from './steal.ts';

/** Loaded one by one: what a part needs in memory is no other part's matter. */
const PARTS: Readonly<Record<string, () => Promise<Row[]>>> = {
	rules: async () => (await import('./decisions.ts')).benchDecisions(),
	record: async () => (await import('./record.ts')).benchRecord(),
	bulk: async () => (await import('./bulk.ts')).benchBulk(),
	review: async () => (await import('./review.ts')).benchReview(),
	remittance: async () => (await import('./remittance.ts')).benchRemittance(),
	zapier: async () => (await import('./bundles.ts')).benchZapierApp(),
	functions: async () => (await import('./bundles.ts')).benchFunctionApp(),
	memory: async () => (await import('./memory.ts')).benchMemory(),
	campaign: async () => (await import('./campaign.ts')).benchCampaign(),
};
const ONLY_WHEN_NAMED = ['campaign'];

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false }, only: { type: 'string' }, part: { type: 'string' } } });

/** Each part runs in a process of its own: the code that one made hot and the memory that one took are not the next one's. */
async function runPart(part: string): Promise<Row[]> {
	const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--part', part], {
		stdio: ['ignore', 'pipe', 'pipe'],
		env: { ...process.env, NODE_NO_WARNINGS: '1' },
	});
	let out = '';
	let problems = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		out += text;
	});
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		problems += text;
	});
	const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
	const last = out.trimEnd().split('\n').at(-1) ?? '';
	if (code === 0 && last.startsWith('[')) return JSON.parse(last) as Row[];
	return [
		{
			part,
			name: 'could not be measured',
			measured: undefined,
			unit: '',
			note:
				problems
					.trim()
					.split('\n')
					.find((line) => /Error|Failure|:/.test(line))
					?.slice(0, 160) ?? `exit code ${code}`,
		},
	];
}

async function runAll(parts: readonly string[]): Promise<void> {
	const started = performance.now();
	const watch = watchMachine();
	const rows: Row[] = [];
	for (const part of parts) {
		if (!values.json) process.stderr.write(`measuring ${part} …\n`);
		rows.push(...(await runPart(part)));
	}
	const machine = watch.end();
	const all = [...machine.rows, ...rows];
	const seconds = Math.round((performance.now() - started) / 1000);
	if (values.json) {
		process.stdout.write(
			`${JSON.stringify({ node: process.version, valid: machine.valid, seconds, rows: all.map((row) => ({ ...row, ...judge(row) })) }, null, '\t')}\n`,
		);
		return;
	}
	const judged = all.map((row) => judge(row).met).filter((met) => met !== undefined);
	process.stdout.write(
		`${table(all)}\n\n${judged.filter(Boolean).length} of ${judged.length} budgets are kept. Node ${process.version}, ${seconds} s.${machine.valid ? '' : ' The machine was not quiet: this run is not valid.'}\n`,
	);
}

const known = Object.keys(PARTS);
const named = values.part ?? values.only;
if (named !== undefined && !known.includes(named)) {
	process.stderr.write(`There is no part "${named}". The parts are: ${known.join(', ')}.\n`);
	process.exitCode = 1;
} else if (values.part !== undefined) {
	process.stdout.write(`${JSON.stringify(await PARTS[values.part]?.())}\n`);
} else {
	await runAll(values.only === undefined ? known.filter((part) => !ONLY_WHEN_NAMED.includes(part)) : [values.only]);
}
