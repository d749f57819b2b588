/** Balance Overdue. */
import { formatMoney } from '../../../contracts/money.ts';
import type { Decision } from '../../../rules/types.ts';
import { card } from '../../events.ts';
import { accountLink, type Practice } from '../../practice.ts';
import type { Told } from './told.ts';

export function balanceOverdue({ deps, practice, account, decision, event }: Told): Record<string, unknown> {
	const days = event.days ?? 0;
	return {
		days_overdue: days,
		message: event.message ?? '',
		invoices_text: event.invoices.join(', '),
		invoice_count: event.invoices.length,
		next_step_text: nextStepText(practice, decision, days),
		card_json: card(
			event.summary,
			{
				Amount: formatMoney(event.amountMinor, account.row.currency),
				'Days overdue': String(days),
				'May be contacted': decision.canContact ? 'Yes' : 'No',
			},
			accountLink(deps, account.row.account_ref),
		),
	};
}

function nextStepText(practice: Practice, decision: Decision, days: number): string {
	const next = practice.policy.milestones.find((milestone) => milestone.days > days);
	if (next) return `The message "${next.message}" at ${next.days} days, if it is still unpaid.`;
	return `Staff work at ${practice.policy.staff_after_days} days, if it is still unpaid.${decision.canContact ? '' : ' No message may go out now.'}`;
}
