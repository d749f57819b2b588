/** Facts nobody knows, and a balance that every message left unpaid. */
import { formatMoney } from '../../contracts/money.ts';
import { leaf } from '../leaves.ts';
import { reason, unknownTitle } from '../reasons.ts';
import type { Scene } from '../scene.ts';
import type { Leaf, Reason, StaffWork } from '../types.ts';

/**
 * Unknown facts of every invoice that is owed, even where the rest of the account may go on. One item per fact; the
 * service gathers the accounts of one cause into one item a day.
 */
export function unknownFacts({ plan, facts, views, owedMinor }: Scene, blocked: readonly Reason[]): StaffWork[] {
	if (owedMinor < plan.minimumIn(facts.currency).messageMinor || owedMinor === 0) return [];
	const owed = views.filter((view) => view.owedMinor > 0);
	const work: StaffWork[] = [];
	const add = ({ code }: Reason): void => {
		const title = unknownTitle(code);
		if (title !== undefined && !work.some((known) => known.cause === code))
			work.push({ cause: code, reason: code, title, severity: 'normal', amountMinor: owedMinor });
	};
	for (const why of blocked) add(why);
	for (const view of owed) for (const why of view.why) add(why);
	if (owed.some((view) => view.anchor === undefined)) add(reason('unknown_anchor'));
	return work;
}

/** What a plan or a promise speaks for is not unpaid as long as it stands. */
export function unpaidWork({ plan, facts, views, trace }: Scene, absolute: boolean): StaffWork[] {
	const days = plan.policy.staff_after_days;
	let amountMinor = 0;
	for (const view of views) if (!view.silent && view.age !== undefined && view.age >= days) amountMinor += view.owedMinor;
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
