/** Payment Plan Due: installments and promises. */
import { formatMoney, fromMinor } from '../../../contracts/money.ts';
import { paidOn } from '../../arrangements/facts.ts';
import type { Told } from './told.ts';

export function paymentPlanDue({ account, event }: Told): Record<string, unknown> {
	const { currency } = account.row;
	const arrangement = account.row.arrangements.find((one) => one.arrangement_ref === (event.plan ?? event.promise));
	const part = arrangement?.installments.find(({ number }) => number === (event.installment ?? 1));
	const paid = arrangement ? paidOn(account.row, arrangement) : 0;
	const left = (arrangement?.total_minor ?? 0) - paid;
	return {
		arrangement_ref: arrangement?.arrangement_ref ?? '',
		kind: event.promise === undefined ? 'plan' : 'promise',
		stage: event.stage === 'coming' ? 'due' : event.stage,
		installment: event.installment ?? (event.promise === undefined ? 0 : 1),
		installment_count: arrangement?.installments.length ?? 0,
		due_on: event.plan !== undefined && event.installment === undefined ? '' : (part?.due_on ?? ''),
		paid_amount: fromMinor(paid, currency),
		paid_amount_text: formatMoney(paid, currency),
		remaining_amount: fromMinor(left, currency),
		remaining_amount_text: formatMoney(left, currency),
		message: event.message ?? '',
		invoices_text: event.invoices.join(', '),
	};
}
