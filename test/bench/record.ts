/** One balance over HTTP beside a bare insert into the same embedded database, in the same run, both warm. */
import type { PGlite } from '@electric-sql/pglite';
import { callFromOutside, type Load } from './client.ts';
import { atMost, type Row } from './row.ts';
import { cpuOf, startBenchService } from './service.ts';

const WARM = 1500;
const OPERATIONS = 1000;
const ROUNDS = 3;
const RATE = 100;
const SECONDS = 15;

/** What recording would cost if there were no service: a row with its key, its own transaction. */
async function bareInserts(database: PGlite, from: number, count: number): Promise<void> {
	for (let i = from; i < from + count; i++) {
		await database.query('insert into bare (practice_id, invoice_ref, amount_minor, currency, as_of) values ($1, $2, $3, $4, $5)', [
			'pr_bench',
			`inv_${i}`,
			2500 + i,
			'USD',
			'2026-11-24T15:00:00Z',
		]);
	}
}

/** What came before in a rush is reviewed first: the latency is of a steady stream. */
async function untilReviewed(database: PGlite): Promise<void> {
	for (;;) {
		const { rows } = await database.query<{ due: number }>('select count(*) as due from dunwell.account where next_review_at <= now()');
		if ((rows[0]?.due ?? 0) === 0) return;
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
}

export async function benchRecord(): Promise<Row[]> {
	const service = await startBenchService();
	const { database, url, key } = service;
	try {
		await database.query(
			'create table bare (practice_id text, invoice_ref text, amount_minor bigint not null, currency text not null, as_of timestamptz not null, primary key (practice_id, invoice_ref))',
		);
		const load = (part: Partial<Load>): Load => ({ url, key, kind: 'balance', calls: OPERATIONS, connections: 4, from: 0, cents: 0, ...part });
		await bareInserts(database, 0, WARM);
		await callFromOutside(load({ calls: WARM, from: 0 }));
		const bare: number[] = [];
		const fresh: number[] = [];
		const again: number[] = [];
		let statements = 0;
		let rate = 0;
		// Taking turns, so that a machine that slows down slows both.
		for (let round = 0; round < ROUNDS; round++) {
			const from = WARM + round * OPERATIONS;
			bare.push((await cpuOf(() => bareInserts(database, from, OPERATIONS))).cpuMs / OPERATIONS);
			const before = service.statements();
			const created = await cpuOf(() => callFromOutside(load({ from })));
			statements += service.statements() - before;
			fresh.push(created.cpuMs / OPERATIONS);
			rate = Math.max(rate, created.value.perSecond);
			again.push((await cpuOf(() => callFromOutside(load({ from, cents: 100 + round })))).cpuMs / OPERATIONS);
		}
		// As in life: what was recorded is reviewed meanwhile.
		await service.work();
		await callFromOutside(load({ calls: 3 * RATE, perSecond: RATE, from: 1_000_000, connections: 16 }));
		await untilReviewed(database);
		const busy = await cpuOf(() => callFromOutside(load({ calls: SECONDS * RATE, perSecond: RATE, from: 1_100_000, connections: 16 })));
		const most = await callFromOutside(load({ calls: 2000, from: 1_200_000, connections: 16 }));
		const ratio = Math.min(...fresh) / Math.min(...bare);
		const part = 'record';
		return [
			{ part, name: 'CPU of a bare insert', measured: 1000 * Math.min(...bare), unit: 'µs', note: `best of ${ROUNDS} rounds of ${OPERATIONS}` },
			{ part, name: 'CPU of a new balance over HTTP', measured: 1000 * Math.min(...fresh), unit: 'µs', note: 'account, invoice and audit entry' },
			{
				part,
				name: 'CPU of a changed balance over HTTP',
				measured: 1000 * Math.min(...again),
				unit: 'µs',
				note: `${(Math.min(...again) / Math.min(...bare)).toFixed(1)} x a bare insert`,
			},
			{ part, name: 'new balance over a bare insert', measured: ratio, unit: 'x', budget: atMost(8) },
			{
				part,
				name: 'round trips to the database, a balance',
				measured: statements / (ROUNDS * OPERATIONS),
				unit: '',
				budget: atMost(3),
				note: 'queue and cached reads included',
			},
			{ part, name: `p50 at ${RATE}/s, reviews running`, measured: busy.value.p50, unit: 'ms' },
			{
				part,
				name: `p99 at ${RATE}/s, reviews running`,
				measured: busy.value.p99,
				unit: 'ms',
				budget: atMost(25),
				note: `slowest ${busy.value.max.toFixed(0)} ms; ${((100 * busy.cpuMs) / busy.wallMs).toFixed(0)} % of one core`,
			},
			{ part, name: 'most at once', measured: rate, unit: '/s', note: `4 connections; ${most.perSecond.toFixed(0)}/s with 16 while reviews run` },
		];
	} finally {
		await service.close();
	}
}
