/**
 * A caller of the service in a process of its own, so that its CPU is not the service's. Times are counted from when
 * a call was meant to start: a service that stalls is not spared the calls that had to wait.
 */
import { execFile } from 'node:child_process';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export interface Load {
	url: string;
	key: string;
	kind: 'balance' | 'rows';
	calls: number;
	/** Calls a second, evenly spaced; without it each connection calls again as soon as it is answered. */
	perSecond?: number;
	connections: number;
	/** Number of the first account. */
	from: number;
	/** Added to every amount: what tells the second round over the same accounts from the first. */
	cents: number;
	/** For `rows`: how many rows a call carries. */
	rows?: number;
}

export interface Served {
	p50: number;
	p99: number;
	max: number;
	perSecond: number;
	/** Answers other than 200, by status. */
	refused: Record<string, number>;
}

const PATHS = { balance: '/api/balances', rows: '/api/balances/import' } as const;
const NOTICE = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10);

const row = (n: number, cents: number): object => ({
	your_reference: `A-${n}`,
	invoice: `INV-${n}`,
	amount: (2500 + (n % 40_000) + cents) / 100,
	first_notice_date: NOTICE,
	due_date: NOTICE,
	final_patient_share: true,
});

function bodyOf(load: Load, call: number): string {
	const { rows = 0, from, cents } = load;
	if (load.kind === 'balance') return JSON.stringify(row(from + call, cents));
	return JSON.stringify({ source_name: 'bench', rows: Array.from({ length: rows }, (_, i) => row(from + call * rows + i, cents)) });
}

function post(load: Load, agent: Agent, body: string): Promise<number> {
	return new Promise((resolve, reject) => {
		const headers = { authorization: `Bearer ${load.key}`, 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
		const sent = request(`${load.url}${PATHS[load.kind]}`, { method: 'POST', agent, headers }, (response) => {
			response.resume();
			response.once('end', () => resolve(response.statusCode ?? 0));
			response.once('error', reject);
		});
		sent.once('error', reject);
		sent.end(body);
	});
}

async function run(load: Load): Promise<Served> {
	const agent = new Agent({ keepAlive: true, maxSockets: load.connections });
	const bodies = Array.from({ length: load.calls }, (_, call) => bodyOf(load, call));
	const times: number[] = [];
	const refused: Record<string, number> = {};
	const one = async (call: number, meant: number): Promise<void> => {
		const status = await post(load, agent, bodies[call] ?? '');
		times.push(performance.now() - meant);
		if (status !== 200) refused[status] = (refused[status] ?? 0) + 1;
	};
	const started = performance.now();
	if (load.perSecond === undefined) await closedLoop(load, one);
	else await openLoop(load, load.perSecond, one);
	const seconds = (performance.now() - started) / 1000;
	agent.destroy();
	times.sort((a, b) => a - b);
	const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
	return { p50: at(0.5), p99: at(0.99), max: times.at(-1) ?? 0, perSecond: load.calls / seconds, refused };
}

async function closedLoop({ calls, connections }: Load, one: (call: number, meant: number) => Promise<void>): Promise<void> {
	let next = 0;
	const connection = async (): Promise<void> => {
		while (next < calls) await one(next++, performance.now());
	};
	await Promise.all(Array.from({ length: connections }, connection));
}

async function openLoop({ calls }: Load, perSecond: number, one: (call: number, meant: number) => Promise<void>): Promise<void> {
	const started = performance.now();
	const running: Promise<void>[] = [];
	for (let call = 0; call < calls; call++) {
		const meant = started + (call * 1000) / perSecond;
		const wait = meant - performance.now();
		// A timer that wakes late by a millisecond is the client's lateness, not the service's.
		if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
		running.push(one(call, wait > 0 ? performance.now() : meant));
	}
	await Promise.all(running);
}

/** Runs the load from a process of its own. @throws when any call was not answered with 200 */
export async function callFromOutside(load: Load): Promise<Served> {
	const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(import.meta.url), JSON.stringify(load)]);
	const served = JSON.parse(stdout) as Served;
	if (Object.keys(served.refused).length > 0) throw new Error(`The service refused calls: ${JSON.stringify(served.refused)}.`);
	return served;
}

if (import.meta.main) console.log(JSON.stringify(await run(JSON.parse(process.argv[2] ?? '{}') as Load)));
