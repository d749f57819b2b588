/** What a cold start of the Function app costs. Budget: at most 400 ms to the first answer, the database not open. */
import { statSync } from 'node:fs';
import { buildFunctionApp, startWorker } from '../kit/function-app.ts';

const RUNS = 9;

export interface FunctionBench {
	/** Milliseconds to load the bundle and @azure/functions: median of fresh processes, files in the system's cache. */
	loadMs: number;
	/** The same and the first answer, from the load's beginning. */
	firstResponseMs: number;
	bundleBytes: number;
}

/** Every run is a process of its own, because the second load in one process is from its cache. */
export async function benchFunctions(): Promise<FunctionBench> {
	const app = await buildFunctionApp();
	try {
		const runs: { load: number; first: number }[] = [];
		for (let run = 0; run < RUNS; run++) {
			const worker = await startWorker(app, SETTINGS);
			const { status, ms } = await worker.call('GET', '/api/me');
			if (status !== 401) throw new Error(`The first answer was ${status}: ${worker.stderr()}`);
			runs.push({ load: worker.loadMs, first: worker.loadMs + ms });
			await worker.stop();
		}
		return { loadMs: median(runs.map(({ load }) => load)), firstResponseMs: median(runs.map(({ first }) => first)), bundleBytes: statSync(app.bundle).size };
	} finally {
		app.remove();
	}
}

/** Nothing listens there: a call without a key is answered without the database. */
const SETTINGS = {
	DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
	DUNWELL_PUBLIC_URL: 'https://dunwell.example',
	DUNWELL_SECRET_KEY: Buffer.alloc(32).toString('base64'),
};

const median = (values: number[]): number => Math.round((values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0) * 10) / 10;

if (import.meta.main) console.log(await benchFunctions());
