/** The policy's own ladders of staff work: by amount, age, messages, messages that did not arrive, and deadlines. */
import { formatMoney } from '../../contracts/money.ts';
import type { Policy } from '../../contracts/policy.ts';
import { dayNumber } from '../calendar.ts';
import { oldestDays, recent } from '../conditions.ts';
import { leaf, type Ternary } from '../leaves.ts';
import { compareText, type Scene } from '../scene.ts';
import type { Leaf, StaffWork } from '../types.ts';
import { openDenials } from './claims.ts';

type Ladder = Policy['escalation']['ladders'][number];

/** Each opens once: none while its work is open. A deadline is staff's whatever hold stands; the others end with an absolute one. */
export function ladderWork(scene: Scene, absolute: boolean): StaffWork[] {
	return scene.plan.policy.escalation.ladders.flatMap((ladder, index) => {
		const leaves: Leaf[] = [];
		const fire =
			leaf(leaves, 'ladder_open', '=', false, scene.facts.openLadders?.includes(ladder.id) ?? false) === true &&
			(ladder.when.deadline_days !== undefined || leaf(leaves, 'absolute_hold', '=', false, absolute) === true) &&
			holds(scene, ladder, index, leaves) === true;
		scene.trace.push({
			rule: 'ladder_work',
			outcome: fire ? 'fire' : 'skip',
			subject: ladder.id,
			text: fire ? 'Its conditions hold.' : 'It opens nothing.',
			leaves,
		});
		return fire ? [workOf(scene, ladder)] : [];
	});
}

/** All that is given must hold. */
function holds(scene: Scene, { when }: Ladder, index: number, leaves: Leaf[]): Ternary {
	const { minimum_amount, days, attempts, delivery_failures, deadline_days } = when;
	const least = scene.plan.minimumIn(scene.facts.currency).ladderMinor[index];
	// Where nothing is owed, only a claim's deadline is left to keep.
	if (scene.owedMinor <= 0 && deadline_days === undefined) return false;
	return (
		(minimum_amount === undefined || leaf(leaves, 'owed_minor', '>=', least, scene.owedMinor) === true) &&
		(days === undefined || (scene.owedMinor > 0 && leaf(leaves, 'oldest_days', '>=', days, oldestDays(scene)) === true)) &&
		(attempts === undefined || leaf(leaves, 'messages_without_payment', '>=', attempts, withoutPayment(scene)) === true) &&
		(delivery_failures === undefined || leaf(leaves, 'delivery_failures', '>=', delivery_failures, failures(scene)) === true) &&
		(deadline_days === undefined || leaf(leaves, 'days_left', '<=', deadline_days, daysLeft(scene)) === true)
	);
}

const failures = (scene: Scene): number => recent(scene).filter((contact) => contact.failed === true).length;

/** Messages that arrived since the last payment, within 30 days. */
const withoutPayment = (scene: Scene): number =>
	recent(scene).filter((contact) => contact.failed !== true && contact.at > (scene.facts.lastPaymentAt ?? Number.NEGATIVE_INFINITY)).length;

/** Of the nearest deadline of an open denial; undefined without one. */
function daysLeft({ facts, today }: Scene): number | undefined {
	const days = openDenials(facts).flatMap(({ deadlineOn }) => (deadlineOn === undefined ? [] : [dayNumber(deadlineOn) - today]));
	return days.length === 0 ? undefined : Math.min(...days);
}

function workOf({ facts, owedMinor }: Scene, { id, severity, route, owner, due_business_days }: Ladder): StaffWork {
	return {
		cause: `ladder:${id}:${facts.ref}`,
		reason: 'unpaid_after_reminders',
		title: `${formatMoney(owedMinor, facts.currency)} is owed: ${id.replaceAll('_', ' ')}`,
		severity,
		amountMinor: owedMinor,
		ladder: id,
		...(route === undefined ? {} : { route }),
		...(owner === undefined ? {} : { owner }),
		...(due_business_days === undefined ? {} : { dueBusinessDays: due_business_days }),
	};
}

/** For the order of works: theirs in the policy never changes a decision. */
export const byCause = (a: StaffWork, b: StaffWork): number => compareText(a.cause, b.cause);
