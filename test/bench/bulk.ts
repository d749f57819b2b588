/** Many balances at once: rows of a sheet, 500 a call over HTTP, and a whole aging report as a file. */
import { callFromOutside, type Load } from './client.ts';
import { atLeast, type Row } from './row.ts';
import { cpuOf, startBenchService } from './service.ts';

const ROWS = 500;
const CALLS = 10;
const ROUNDS = 3;
const FILE_ROWS = 20_000;

/** As a practice's system prints it, with the people behind the accounts. */
function agingReport(rows: number): string {
	const notice = new Date(Date.now() - 10 * 86_400_000).toISOString().slice(0, 10);
	const lines = Array.from({ length: rows }, (_, n) => {
		const phone = `(212) 555-${String(n % 10_000).padStart(4, '0')}`;
		return `F-${n},Pat Example ${n},${phone},pat.${n}@example.com,NY,10001,Yes,Yes,B-${n},${((2500 + (n % 40_000)) / 100).toFixed(2)},${notice},${notice}`;
	});
	return `Account #,Guarantor Name,Mobile Phone,Email,State,ZIP,OK to Text,OK to Email,Invoice #,Patient Balance,First Statement,Due Date\n${lines.join('\n')}\n`;
}

async function importReport(url: string, key: string, content: string): Promise<{ changed: number; invoices: number }> {
	const response = await fetch(`${url}/api/files`, {
		method: 'POST',
		headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
		body: JSON.stringify({ kind: 'aging_report', content }),
	});
	const answer = (await response.json()) as { changed: number; invoices: number; detail?: string };
	if (!response.ok) throw new Error(`The service refused the file: ${response.status} ${answer.detail}`);
	return answer;
}

export async function benchBulk(): Promise<Row[]> {
	const service = await startBenchService();
	const { url, key } = service;
	try {
		const load = (part: Partial<Load>): Load => ({ url, key, kind: 'rows', rows: ROWS, calls: CALLS, connections: 1, from: 0, cents: 0, ...part });
		await callFromOutside(load({ calls: 20, from: 1_000_000 }));
		const rounds = async (part: (round: number) => Partial<Load>) => {
			const runs = [];
			for (let round = 0; round < ROUNDS; round++) runs.push(await cpuOf(() => callFromOutside(load(part(round)))));
			return { perSecond: Math.max(...runs.map((run) => run.value.perSecond)) * ROWS, cpuMs: Math.min(...runs.map((run) => run.cpuMs)) };
		};
		const fresh = await rounds((round) => ({ from: round * CALLS * ROWS }));
		const changed = await rounds((round) => ({ from: round * CALLS * ROWS, cents: 100 }));
		const content = agingReport(FILE_ROWS);
		const file = await cpuOf(() => importReport(url, key, content));
		if (file.value.changed !== FILE_ROWS) throw new Error(`The file recorded ${file.value.changed} balances, not ${FILE_ROWS}.`);
		const part = 'bulk';
		const unit = 'invoices/s';
		return [
			{
				part,
				name: `new, ${ROWS} rows a call over HTTP`,
				measured: fresh.perSecond,
				unit,
				budget: atLeast(10_000),
				note: `${((1000 * fresh.cpuMs) / (CALLS * ROWS)).toFixed(0)} µs of CPU each, best of ${ROUNDS} rounds; account, invoice and undo record`,
			},
			{
				part,
				name: `changed, ${ROWS} rows a call over HTTP`,
				measured: changed.perSecond,
				unit,
				budget: atLeast(10_000),
				note: `${((1000 * changed.cpuMs) / (CALLS * ROWS)).toFixed(0)} µs of CPU each`,
			},
			{
				part,
				name: `aging report of ${FILE_ROWS.toLocaleString('en-US')} rows`,
				measured: (1000 * FILE_ROWS) / file.wallMs,
				unit,
				note: `${(file.wallMs / 1000).toFixed(1)} s, with names, phones, addresses and consents`,
			},
		];
	} finally {
		await service.close();
	}
}
