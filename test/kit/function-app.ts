/** The Function app as Azure gets it: the bundle in a folder with nothing but its own dependencies, in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { bundleFunctions } from '../../power-automate-connector/scripts/build.ts';
import type { Command, Loaded, Registration, Reply } from './azure-worker.ts';

const ROOT = join(import.meta.dirname, '../..');
const APP = join(ROOT, 'power-automate-connector');
const WORKER = join(import.meta.dirname, 'azure-worker.ts');

export interface FunctionApp {
	folder: string;
	bundle: string;
	metafile: Metafile;
	remove(): void;
}

export async function buildFunctionApp(): Promise<FunctionApp> {
	const folder = mkdtempSync(join(tmpdir(), 'dunwell-functions-'));
	const bundle = join(folder, 'dist/functions.js');
	const metafile = await bundleFunctions(bundle);
	for (const name of ['package.json', 'host.json']) cpSync(join(APP, name), join(folder, name));
	const { dependencies } = JSON.parse(readFileSync(join(APP, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
	copyPackages(Object.keys(dependencies), join(folder, 'node_modules'));
	return { folder, bundle, metafile, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function copyPackages(names: string[], into: string): void {
	for (const name of names) {
		const from = join(ROOT, 'node_modules', name);
		if (existsSync(join(into, name))) continue;
		cpSync(from, join(into, name), { recursive: true });
		const { dependencies = {} } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { dependencies?: Record<string, string> };
		copyPackages(Object.keys(dependencies), into);
	}
}

export interface Answer extends Reply {
	// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
	json: any;
	header(name: string): string | undefined;
}

export interface FunctionWorker extends Loaded {
	/** Finds the function as the host does and calls it. */
	call(method: string, path: string, options?: { key?: string; body?: unknown; raw?: string; headers?: Record<string, string> }): Promise<Answer>;
	/** Runs a function with what its trigger hands over, as text. */
	run(name: string, input?: string): Promise<Reply>;
	/** What the process wrote by itself. */
	stderr(): string;
	/** Lets the app close what it opened, and ends the process. */
	stop(): Promise<Reply>;
	kill(): void;
}

export async function startWorker({ bundle, folder }: Pick<FunctionApp, 'bundle' | 'folder'>, env: Record<string, string> = {}): Promise<FunctionWorker> {
	const child = fork(WORKER, [bundle], {
		cwd: folder,
		stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
		// Only what it is given: settings of the machine that tests must not become the app's.
		env: { PATH: process.env['PATH'], TZ: 'UTC', NODE_NO_WARNINGS: '1', ...env },
	});
	let stderr = '';
	child.stderr?.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
	});
	const waiting = new Map<number, (reply: Reply) => void>();
	let last = 0;
	const ask = (command: { name: string } & Record<string, unknown>): Promise<Reply> =>
		new Promise((resolve) => {
			const id = ++last;
			waiting.set(id, resolve);
			child.send({ id, ...command } as unknown as Command);
		});
	const exited = once(child, 'exit').then(() => {
		throw new Error(`The worker ended: ${stderr}`);
	});
	exited.catch(() => undefined);
	const [loaded] = (await Promise.race([once(child, 'message'), exited])) as [Loaded];
	child.on('message', (reply: Reply) => {
		waiting.get(reply.id)?.(reply);
		waiting.delete(reply.id);
	});
	return {
		...loaded,
		async call(method, path, { key, body, raw = body === undefined ? undefined : JSON.stringify(body), headers = {} } = {}) {
			const reply = await ask({
				name: functionFor(loaded.functions, method, path),
				http: {
					method,
					path,
					headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(key === undefined ? {} : { 'x-api-key': key }), ...headers },
					...(raw === undefined ? {} : { body: raw }),
				},
			});
			const header = (name: string) => reply.headers?.find(([known]) => known === name)?.[1];
			return { ...reply, header, json: header('content-type')?.endsWith('json') ? JSON.parse(reply.body ?? '') : undefined };
		},
		run: (name, input = '{}') => ask({ name, input }),
		stderr: () => stderr,
		async stop() {
			const reply = await ask({ name: '', terminate: true });
			child.disconnect();
			return reply;
		},
		kill: () => void child.kill('SIGKILL'),
	};
}

export interface Front {
	url: string;
	/** What the functions put into queues, in order. */
	outputs: Reply['outputs'][];
	close(): Promise<void>;
}

/** The app behind an address, so that what is written for a service over HTTP runs against its functions. */
export async function listenFor(worker: FunctionWorker): Promise<Front> {
	const outputs: Reply['outputs'][] = [];
	const server = createServer(async (request, response) => {
		const chunks: Buffer[] = [];
		for await (const chunk of request) chunks.push(chunk as Buffer);
		const { connection: _, 'transfer-encoding': __, ...headers } = request.headers as Record<string, string>;
		const answer = await worker.call(request.method ?? '', request.url ?? '', {
			headers,
			...(chunks.length === 0 ? {} : { raw: Buffer.concat(chunks).toString('utf8') }),
		});
		if (Object.keys(answer.outputs).length > 0) outputs.push(answer.outputs);
		response.writeHead(answer.status ?? 500, Object.fromEntries((answer.headers ?? []).filter(([name]) => !HOP_BY_HOP.has(name))));
		response.end(answer.body);
	});
	await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		outputs,
		async close() {
			server.closeAllConnections();
			await new Promise((closed) => server.close(closed));
		},
	};
}

const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

const httpOf = ({ bindings }: Registration) =>
	Object.values(bindings).find(({ type }) => type === 'httpTrigger') as { methods: string[]; route: string } | undefined;

/** ASP.NET's precedence as far as our templates need it: a fixed part before one that varies, and the catch-all last. */
function functionFor(functions: readonly Registration[], method: string, path: string): string {
	const fitting = functions.flatMap((registration) => {
		const http = httpOf(registration);
		if (!http?.methods.includes(method)) return [];
		const pattern = `^/api/${http.route.replace(/\{\*\w+\}/g, '.*').replace(/\{\w+\}/g, '[^/]+')}/?$`;
		return new RegExp(pattern).test(new URL(path, 'https://x').pathname) ? [{ name: registration.name, route: http.route }] : [];
	});
	const varying = (route: string): string =>
		route
			.split('/')
			.map((part) => (part.startsWith('{*') ? '2' : part.startsWith('{') ? '1' : '0'))
			.join('');
	const [best] = fitting.sort((a, b) => varying(a.route).localeCompare(varying(b.route)));
	if (!best) throw new Error(`No function takes ${method} ${path}.`);
	return best.name;
}
