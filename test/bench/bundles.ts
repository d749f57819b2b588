/** What the two connectors add to the start of a step. */
import { existsSync } from 'node:fs';
import { atMost, type Row } from './row.ts';

export async function benchZapierApp(): Promise<Row[]> {
	const { ownLoadMs, coreLoadMs, zipBytes } = await (await import('./zapier.ts')).benchZapier();
	const part = 'zapier';
	return [
		{
			part,
			name: "own load time over core's",
			measured: ownLoadMs,
			unit: 'ms',
			budget: atMost(15),
			note: `core alone ${coreLoadMs} ms; fresh processes, median`,
		},
		{ part, name: 'build.zip', measured: zipBytes / 1024, unit: 'KB', budget: atMost(850) },
	];
}

interface FunctionBench {
	loadMs: number;
	firstResponseMs: number;
	bundleBytes: number;
}

export async function benchFunctionApp(): Promise<Row[]> {
	const part = 'functions';
	const file = new URL('./functions.ts', import.meta.url);
	if (!existsSync(file))
		return [
			{ part, name: 'load to first response', measured: undefined, unit: 'ms', budget: atMost(400), note: 'the Function app has no bundle in this checkout' },
		];
	const { benchFunctions } = (await import(file.href)) as { benchFunctions(): Promise<FunctionBench> };
	const { loadMs, firstResponseMs, bundleBytes } = await benchFunctions();
	return [
		{
			part,
			name: 'load to first response',
			measured: firstResponseMs,
			unit: 'ms',
			budget: atMost(400),
			note: `load alone ${loadMs.toFixed(0)} ms, ${(bundleBytes / 1024).toFixed(0)} KB; database not open`,
		},
	];
}
