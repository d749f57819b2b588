/** The service and its command line as a person runs them: child processes, nothing shared. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';

export interface Finished {
	code: number | null;
	stdout: string;
	stderr: string;
}

type Environment = Record<string, string>;

/** Of this process's environment only what a program needs to run: a developer's own settings must not reach the tests. */
const bare = (env: Environment): Environment => ({ PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env });

function collect(child: ChildProcess): { text: { stdout: string; stderr: string }; finished: Promise<Finished> } {
	const text = { stdout: '', stderr: '' };
	child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
		text.stdout += chunk;
	});
	child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
		text.stderr += chunk;
	});
	return { text, finished: new Promise((resolve) => child.once('close', (code) => resolve({ code, ...text }))) };
}

/** Runs one file to its end. */
export function run(file: string, args: readonly string[], env: Environment = {}, stdin?: string): Promise<Finished> {
	const child = spawn(process.execPath, [file, ...args], { env: bare(env), stdio: 'pipe' });
	child.stdin?.end(stdin ?? '');
	return collect(child).finished;
}

export const dunwell = (args: readonly string[], env: Environment = {}, stdin?: string): Promise<Finished> => run('shared/cli/main.ts', args, env, stdin);

export interface Running {
	child: ChildProcess;
	pid: number;
	text: { stdout: string; stderr: string };
	finished: Promise<Finished>;
	/** As Ctrl-C or a supervisor does. */
	stop(signal?: NodeJS.Signals): Promise<Finished>;
}

/** Starts the service and resolves when it says that it is ready. */
export async function start(env: Environment): Promise<Running> {
	const child = spawn(process.execPath, ['shared/service/main.ts'], { env: bare(env), stdio: ['ignore', 'pipe', 'pipe'] });
	const { text, finished } = collect(child);
	const ready = new Promise<void>((resolve) => child.stdout?.on('data', () => (text.stdout.includes('Dunwell is ready at') ? resolve() : undefined)));
	const ended = finished.then(({ code, stderr }) => {
		throw new Error(`the service ended with ${code} before it was ready: ${stderr}`);
	});
	await Promise.race([ready, ended]);
	ended.catch(() => undefined);
	return {
		child,
		pid: child.pid ?? 0,
		text,
		finished,
		stop(signal = 'SIGTERM') {
			child.kill(signal);
			return finished;
		},
	};
}

/** A port nobody listens on at the moment. */
export async function freePort(): Promise<number> {
	const server = createServer();
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	await new Promise((resolve) => server.close(resolve));
	return typeof address === 'object' && address !== null ? address.port : 0;
}
