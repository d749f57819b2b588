import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface Child {
	/** Lines of standard output so far. */
	lines: string[];
	/** Resolves with the first line that passes. @throws when the process ends before. */
	line(passes: (line: string) => boolean): Promise<string>;
	/** Ends its standard input. */
	end(): void;
	signal(name: NodeJS.Signals): void;
	/** kill -9, and waits until it is gone. */
	kill(): Promise<void>;
	/** Waits until it ends by itself. */
	exit(): Promise<{ code: number | null; stderr: string }>;
}

const collect = (child: ChildProcess, lines: string[], stderr: string[]): void => {
	let rest = '';
	child.stdout?.setEncoding('utf8').on('data', (text: string) => {
		const parts = (rest + text).split('\n');
		rest = parts.pop() ?? '';
		lines.push(...parts);
		if (parts.length > 0) child.emit('lines');
	});
	child.stderr?.setEncoding('utf8').on('data', (text: string) => stderr.push(text));
};

/** Starts a TypeScript file on this Node, as the project's scripts run. */
export const startChild = (file: string, args: string[], env: Record<string, string> = {}): Child => {
	const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, NODE_NO_WARNINGS: '1', ...env } });
	const lines: string[] = [];
	const stderr: string[] = [];
	collect(child, lines, stderr);
	const closed = once(child, 'close') as Promise<[number | null]>;
	return {
		lines,
		async line(passes) {
			for (let seen = 0; ; ) {
				for (; seen < lines.length; seen++) if (passes(lines[seen] ?? '')) return lines[seen] ?? '';
				const ended = await Promise.race([once(child, 'lines').then(() => false), closed.then(() => true)]);
				if (ended && seen >= lines.length) throw new Error(`The process ended: ${stderr.join('')}`);
			}
		},
		end: () => child.stdin?.end(),
		signal: (name) => void child.kill(name),
		async kill() {
			child.kill('SIGKILL');
			await closed;
		},
		async exit() {
			const [code] = await closed;
			return { code, stderr: stderr.join('') };
		},
	};
};
