/** How quiet the machine was. Wall times mean nothing while another machine on the same host takes the processor away. */
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import type { Row } from './row.ts';

/** Above this share of the processor's time a run says nothing. */
const INVALID_ABOVE = 5;

interface Jiffies {
	total: number;
	steal: number;
}

/** The first line of /proc/stat: user nice system idle iowait irq softirq steal guest guest_nice; the guests' time is in user and nice too (proc(5)). */
function jiffies(): Jiffies | undefined {
	try {
		const values = readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1, 9).map(Number) ?? [];
		return { total: values.reduce((sum, value) => sum + value, 0), steal: values[7] ?? 0 };
	} catch {
		return undefined;
	}
}

/** Arithmetic that touches neither memory nor the database: what changes in it is the machine. Milliseconds, best of three. */
export function controlLoop(): { wallMs: number; cpuMs: number } {
	const runs = Array.from({ length: 3 }, () => {
		const cpu = process.cpuUsage();
		const started = performance.now();
		let state = 1;
		for (let i = 0; i < 100_000_000; i++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
		const { user, system } = process.cpuUsage(cpu);
		return { wallMs: performance.now() - started, cpuMs: (user + system) / 1000, state };
	});
	return runs.reduce((best, run) => (run.wallMs < best.wallMs ? run : best));
}

export interface Watch {
	/** Ends the watch: rows about the machine, and whether what was measured in between counts. */
	end(): { rows: Row[]; valid: boolean };
}

export function watchMachine(): Watch {
	const before = jiffies();
	const [load = 0] = loadavg();
	const first = controlLoop();
	return {
		end() {
			const last = controlLoop();
			const after = jiffies();
			const steal = before && after ? (100 * (after.steal - before.steal)) / Math.max(1, after.total - before.total) : undefined;
			const valid = steal === undefined || steal <= INVALID_ABOVE;
			const part = 'machine';
			return {
				valid,
				rows: [
					{
						part,
						name: 'CPU steal over the run',
						measured: steal,
						unit: '%',
						note: steal === undefined ? 'there is no /proc/stat here' : valid ? '' : `above ${INVALID_ABOVE} %: this run is not valid`,
					},
					{
						part,
						name: 'load before the run',
						measured: load,
						unit: '',
						note: `of ${availableParallelism()} cores; ${(loadavg()[0] ?? 0).toFixed(2)} after it. What else runs here makes wall times and rates worse, steal does not show it`,
					},
					{ part, name: 'control loop, before', measured: first.wallMs, unit: 'ms', note: `${first.cpuMs.toFixed(0)} ms of CPU` },
					{
						part,
						name: 'control loop, after',
						measured: last.wallMs,
						unit: 'ms',
						note: `${last.cpuMs.toFixed(0)} ms of CPU, ${(last.wallMs / first.wallMs).toFixed(2)} x the first`,
					},
				],
			};
		},
	};
}
