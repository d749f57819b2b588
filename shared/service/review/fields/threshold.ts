/** Balance Over Threshold. */
import { formatMoney, fromMinor, toMinor } from '../../../contracts/money.ts';
import { oldestDays } from '../age.ts';
import type { Told } from './told.ts';

export function balanceOverThreshold({ deps, practice, account, event }: Told): Record<string, unknown> {
	const { currency } = account.row;
	const threshold = event.thresholdMinor ?? 0;
	return {
		threshold: fromMinor(threshold, currency),
		threshold_text: formatMoney(threshold, currency),
		from_policy: threshold === toMinor(practice.policy.threshold.amount, currency),
		invoices_text: event.invoices.join(', '),
		invoice_count: event.invoices.length,
		days_overdue: oldestDays(practice, account.facts, deps.now()),
	};
}
