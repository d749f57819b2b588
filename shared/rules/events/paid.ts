/** A balance that fell to zero. */
import { formatMoney } from '../../contracts/money.ts';
import { leaf } from '../leaves.ts';
import { newestFact, type Scene } from '../scene.ts';
import type { Leaf, RaisedEvent } from '../types.ts';

export function balancePaid({ facts, totalMinor, trace }: Scene): RaisedEvent[] {
	const leaves: Leaf[] = [];
	const previousMinor = facts.previousMinor ?? 0;
	const fire = leaf(leaves, 'previous_minor', '>', 0, previousMinor) === true && leaf(leaves, 'total_minor', '=', 0, totalMinor) === true;
	if (!fire) {
		trace.push({ rule: 'balance_paid', outcome: 'skip', text: 'No balance fell to zero.', leaves });
		return [];
	}
	const summary = `The balance of ${formatMoney(previousMinor, facts.currency)} is paid or credited.`;
	trace.push({ rule: 'balance_paid', outcome: 'fire', text: summary, leaves });
	return [
		{
			type: 'balance_paid',
			key: `balance_paid:${facts.ref}:${newestFact(facts)}`,
			amountMinor: previousMinor,
			invoices: facts.invoices.map((invoice) => invoice.ref).sort(),
			summary,
			reasons: [summary],
		},
	];
}
