import { expect, test } from 'vitest';
import { BENCH_12_CHECKSUM, type BenchTrace, bench12, benchAccounts, compileBench, realisticAccounts, reviewChecksum } from '../bench/rules.ts';

test('DOMAIN-BENCH-12 over 100,000 accounts gives the published checksum and hits', () => {
	const accounts = benchAccounts(100_000);
	expect(bench12(accounts)).toBe(BENCH_12_CHECKSUM);
	const decide = compileBench();
	const hits = Array.from({ length: 12 }, () => 0);
	for (const account of accounts) {
		const mask = decide(account, { leaves: [], ends: [] });
		for (let rule = 0; rule < 12; rule++) hits[rule] = (hits[rule] ?? 0) + ((mask >> rule) & 1);
	}
	expect(hits).toEqual([2006, 3038, 589, 4054, 49_745, 45_793, 5193, 1449, 5672, 55_798, 10_150, 58_899]);
});

test('every rule of it leaves its trace', () => {
	const trace: BenchTrace = { leaves: [], ends: [] };
	const [account] = benchAccounts(1);
	if (account === undefined) throw new Error('No account was generated.');
	compileBench()(account, trace);
	expect(trace.ends).toHaveLength(12);
	expect(trace.ends.every((end, rule) => end > (trace.ends[rule - 1] ?? 0))).toBe(true);
	expect(trace.ends.at(-1)).toBe(trace.leaves.length);
});

test('the same accounts give the same reviews', () => {
	expect(reviewChecksum(realisticAccounts(500))).toBe(reviewChecksum(realisticAccounts(500)));
});
