/** Staff work that a review finds: facts nobody knows, and a balance that every message left unpaid. */
import { formatMoney } from '../contracts/money.ts';
import type { InvoiceView } from './eligibility.ts';
import { leaf } from './leaves.ts';
import type { Plan } from './plan.ts';
import { unknownTitle } from './reasons.ts';
import type { AccountFacts, Leaf, Reason, StaffWork, Trace } from './types.ts';

/** One item per unknown fact; the service gathers the accounts of one cause into one item a day. */
export function unknownFacts(reasons: readonly Reason[], amountMinor: number): StaffWork[] {
	const work: StaffWork[] = [];
	for (const { code } of reasons) {
		const title = unknownTitle(code);
		if (title !== undefined && !work.some((known) => known.cause === code)) work.push({ cause: code, reason: code, title, severity: 'normal', amountMinor });
	}
	return work;
}

export function unpaidWork(plan: Plan, facts: AccountFacts, views: readonly InvoiceView[], absolute: boolean, trace: Trace[]): StaffWork[] {
	const days = plan.policy.staff_after_days;
	const old = views.filter((view) => view.age !== undefined && view.age >= days);
	const amountMinor = old.reduce((sum, view) => sum + view.owedMinor, 0);
	const leaves: Leaf[] = [];
	const fire =
		leaf(leaves, `minor_unpaid_${days}_days`, '>', 0, amountMinor) === true &&
		leaf(leaves, `minor_unpaid_${days}_days`, '>=', plan.minimumIn(facts.currency).staffMinor, amountMinor) === true &&
		leaf(leaves, 'absolute_hold', '=', false, absolute) === true &&
		leaf(leaves, 'work_open', '=', false, facts.workOpen) === true;
	trace.push({
		rule: 'unpaid',
		outcome: fire ? 'fire' : 'skip',
		text: fire ? `Unpaid after ${days} days: staff take over.` : 'No staff work for an unpaid balance.',
		leaves,
	});
	if (!fire) return [];
	return [
		{
			cause: `unpaid_${days}:${facts.ref}`,
			reason: `unpaid_${days}`,
			title: `${formatMoney(amountMinor, facts.currency)} is unpaid after ${days} days`,
			severity: 'normal',
			amountMinor,
		},
	];
}
