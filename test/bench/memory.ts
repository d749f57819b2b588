/** What `npm start` holds after its first start and the demonstration, read from the outside. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { atMost, type Row } from './row.ts';

const MAIN = fileURLToPath(new URL('../../shared/service/main.ts', import.meta.url));
/** The first reviews and deliveries follow the demonstration; after that it rests. */
const REST_MS = 5000;

function untilReady(child: ChildProcess): Promise<void> {
	let out = '';
	return new Promise((resolve, reject) => {
		child.stdout?.setEncoding('utf8').on('data', (text: string) => {
			out += text;
			if (out.includes('Dunwell is ready')) resolve();
		});
		child.once('close', (code) => reject(new Error(`The service ended with ${code} before it was ready.`)));
	});
}

/** Megabytes of VmRSS or VmHWM (the most it ever held) in /proc/<pid>/status, where they stand in kB (proc(5)). */
const megabytes = (status: string, name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) / 1024;

export async function benchMemory(): Promise<Row[]> {
	const part = 'memory';
	if (!existsSync('/proc/self/status'))
		return [{ part, name: 'RSS after the demonstration', measured: undefined, unit: 'MB', budget: atMost(400), note: 'there is no /proc here' }];
	const dataDir = mkdtempSync(join(tmpdir(), 'dunwell-bench-'));
	const started = performance.now();
	const child = spawn(process.execPath, [MAIN], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, DUNWELL_DATA: dataDir, PORT: '0' } });
	try {
		await untilReady(child);
		const readySeconds = (performance.now() - started) / 1000;
		await new Promise((resolve) => setTimeout(resolve, REST_MS));
		const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
		return [
			{
				part,
				name: 'RSS after the demonstration',
				measured: megabytes(status, 'VmRSS'),
				unit: 'MB',
				budget: atMost(400),
				note: `most ever ${megabytes(status, 'VmHWM').toFixed(0)} MB; first start, main process`,
			},
			{ part, name: 'first start to ready', measured: readySeconds, unit: 's' },
		];
	} finally {
		child.removeAllListeners('close');
		const closed = new Promise((resolve) => child.once('close', resolve));
		child.kill('SIGTERM');
		await closed;
		rmSync(dataDir, { recursive: true, force: true });
	}
}
