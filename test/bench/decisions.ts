/** The rules alone, on one core, beside other engines over the same accounts in the same run. */
import { atLeast, type Row } from './row.ts';
import { BENCH_12_CHECKSUM, runRulesBench } from './rules.ts';

/** How many times as fast the rules are to be. */
const TIMES: Readonly<Record<string, number>> = { 'json-rules-engine': 100, 'zen-engine': 40, 'json-logic-js': 8 };

export async function benchDecisions(): Promise<Row[]> {
	const { ours, peers, review } = await runRulesBench();
	const part = 'rules';
	const unit = 'accounts/s';
	return [
		{
			part,
			name: 'DOMAIN-BENCH-12 with every leaf',
			measured: ours.accountsPerSecond,
			unit,
			budget: atLeast(1_000_000),
			note: `checksum ${ours.checksum}${ours.checksum === BENCH_12_CHECKSUM ? ', as it must be' : ' IS WRONG'}`,
		},
		...peers.flatMap(({ name, accountsPerSecond }): Row[] => [
			{ part, name: `the same on ${name}`, measured: accountsPerSecond, unit, note: 'first 10,000 accounts, equal checksum' },
			{ part, name: `over ${name}`, measured: ours.accountsPerSecond / accountsPerSecond, unit: 'x', budget: atLeast(TIMES[name] ?? 1) },
		]),
		{ part, name: 'full review in memory', measured: review.accountsPerSecond, unit, budget: atLeast(50_000) },
	];
}
