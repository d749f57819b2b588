import { expect, test } from 'vitest';
import type { Leaf } from '../../shared/rules/index.ts';
import { BENCH_12_CHECKSUM, bench12, benchAccounts, compileBench, realisticAccounts, reviewChecksum } from '../bench/rules.ts';

test('DOMAIN-BENCH-12 over 100,000 accounts gives the published checksum and hits', () => {
	const accounts = benchAccounts(100_000);
	expect(bench12(accounts)).toBe(BENCH_12_CHECKSUM);
	const decide = compileBench();
	const hits = Array.from({ length: 12 }, () => 0);
	for (const account of accounts) {
		const mask = decide(account, []);
		for (let rule = 0; rule < 12; rule++) hits[rule] = (hits[rule] ?? 0) + ((mask >> rule) & 1);
	}
	expect(hits).toEqual([2006, 3038, 589, 4054, 49_745, 45_793, 5193, 1449, 5672, 55_798, 10_150, 58_899]);
});

test('every rule of it leaves its trace', () => {
	const traces: Leaf[][] = [];
	const [account] = benchAccounts(1);
	if (account === undefined) throw new Error('No account was generated.');
	compileBench()(account, traces);
	expect(traces.map((leaves) => leaves.length > 0)).toEqual(Array.from({ length: 12 }, () => true));
});

test('the same accounts give the same reviews', () => {
	expect(reviewChecksum(realisticAccounts(500))).toBe(reviewChecksum(realisticAccounts(500)));
});
