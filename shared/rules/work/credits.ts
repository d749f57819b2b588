/** Unapplied money of the patient's: it silences reminders, so somebody must apply it or give it back. */
import { formatMoney } from '../../contracts/money.ts';
import { leaf } from '../leaves.ts';
import type { Scene } from '../scene.ts';
import type { Leaf, StaffWork } from '../types.ts';

const NONE: readonly StaffWork[] = [];

/** A credit over an open balance always; with nothing open only from the policy's smallest balance for staff work on. */
export function creditWork({ plan, facts, trace }: Scene): readonly StaffWork[] {
	const credit = facts.creditMinor;
	if (credit <= 0) return NONE;
	let openMinor = 0;
	for (const invoice of facts.invoices) openMinor += Math.max(0, invoice.amountMinor);
	const leaves: Leaf[] = [];
	const fire =
		leaf(leaves, 'open_minor', '<=', credit, openMinor) === true &&
		(openMinor > 0 || leaf(leaves, 'credit_minor', '>=', plan.minimumIn(facts.currency).staffMinor, credit) === true);
	const money = formatMoney(credit, facts.currency);
	trace.push({
		rule: 'credit_work',
		outcome: fire ? 'fire' : 'skip',
		text: fire ? `Staff apply or return ${money}.` : `A credit of ${money} is no work by itself.`,
		leaves,
	});
	if (!fire) return NONE;
	return [
		{
			cause: `credit:${facts.ref}`,
			reason: 'other',
			title: `Apply or return a credit of ${money}: ${openMinor > 0 ? 'it covers all that is open' : 'nothing is open'}`,
			severity: 'normal',
			amountMinor: credit,
		},
	];
}
