/** The rules alone, on one core, beside json-rules-engine over the same accounts in the same run. */
import { atLeast, type Row } from './row.ts';
import { BENCH_12_CHECKSUM, runRulesBench } from './rules.ts';

export async function benchDecisions(): Promise<Row[]> {
	const [ours, peer, review] = await runRulesBench();
	if (!ours || !peer || !review) throw new Error('The rules benchmark gave no rows.');
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
		{ part, name: 'the same on json-rules-engine', measured: peer.accountsPerSecond, unit, note: 'first 10,000 accounts, equal checksum' },
		{ part, name: 'over json-rules-engine', measured: ours.accountsPerSecond / peer.accountsPerSecond, unit: 'x', budget: atLeast(100) },
		{ part, name: 'full review in memory', measured: review.accountsPerSecond, unit, budget: atLeast(50_000) },
	];
}
