/** Rule Matched. */
import { BUILT_IN_RULES } from '../../../contracts/words.ts';
import { oldestDays } from '../age.ts';
import type { Told } from './told.ts';

export function ruleMatched({ deps, practice, account, event }: Told): Record<string, unknown> {
	const id = event.matched ?? '';
	const own = practice.policy.rules.find((rule) => rule.id === id);
	return {
		rule: id,
		rule_label: own?.label ?? BUILT_IN_RULES[id] ?? id,
		message: event.message ?? '',
		days_overdue: oldestDays(practice, account.facts, deps.now()),
		invoices_text: event.invoices.join(', '),
	};
}
