/** What only a person can settle: disputes, broken plans, flags, payments a bank stopped, and charges that are another's. */
import { formatMoney } from '../../contracts/money.ts';
import { STAGES } from '../events/payment-codes-data.ts';
import { isStaffs, stageOf } from '../events/payments.ts';
import { isNotTold } from '../household.ts';
import { byRef, type Scene } from '../scene.ts';
import type { RaisedEvent, StaffWork } from '../types.ts';

/** Work of what was just raised is opened once with its event; what stands (a dispute, a broken plan) until it is settled. */
export const peopleWork = (scene: Scene, events: readonly RaisedEvent[]): StaffWork[] => [
	...disputes(scene),
	...arrangements(scene),
	...household(scene),
	...events.flatMap((event) => fromEvent(scene, event)),
];

function disputes({ plan, facts, views }: Scene): StaffWork[] {
	if (facts.disputes === undefined) return [];
	return byRef(facts.disputes).map(({ ref, reason, invoice, payment }) => {
		const amountMinor =
			facts.payments.find((one) => one.ref === payment)?.amountMinor ??
			views.reduce((sum, view) => sum + (invoice === undefined || invoice === view.facts.ref ? view.facts.amountMinor : 0), 0);
		return {
			cause: `dispute:${facts.ref}:${ref}`,
			reason: 'disputed',
			title: `${formatMoney(amountMinor, facts.currency)} is disputed: ${reason.replaceAll('_', ' ')}`,
			severity: payment === undefined ? 'normal' : 'high',
			amountMinor,
			dueBusinessDays: plan.policy.dispute.due_business_days,
		};
	});
}

function arrangements({ plan, facts, arrangements: stand }: Scene): StaffWork[] {
	if (stand === undefined) return [];
	const broken = stand.plans
		.filter(({ status }) => status === 'broken')
		.map(({ facts: one, missed }) => ({
			cause: `plan_broken:${facts.ref}:${one.ref}`,
			reason: 'unpaid_after_reminders',
			title: `A payment plan is broken, ${missed.length} ${missed.length === 1 ? 'installment' : 'installments'} missed`,
			severity: 'normal' as const,
			amountMinor: one.installments.reduce((sum, part) => sum + Math.max(0, part.amountMinor - part.paidMinor), 0),
		}));
	const moved = stand.promises
		.filter(({ status, facts: one }) => status === 'open' && one.extensions > plan.policy.promise.max_extensions)
		.map(({ facts: one }) => ({
			cause: `promise_moved:${facts.ref}:${one.ref}`,
			reason: 'unpaid_after_reminders',
			title: `A promise was moved ${one.extensions} times: decide how to go on`,
			severity: 'normal' as const,
			amountMinor: Math.max(0, one.amountMinor - one.paidMinor),
		}));
	return [...broken, ...moved];
}

const HOUSEHOLD_TITLES: Readonly<Record<string, string>> = {
	confidential: 'Confidential care is unpaid: ask the patient, not the guarantor',
	adult_patient: "Move a charge to the patient's own account: the patient was an adult on the day of service",
};

function household({ facts, views }: Scene): StaffWork[] {
	const work: StaffWork[] = [];
	for (const view of views) {
		if (view.facts.patient === undefined && view.facts.confidential !== true) continue;
		const stop = view.why.find(isNotTold);
		if (stop === undefined) continue;
		work.push({
			cause: `${stop.code}:${facts.ref}:${view.facts.ref}`,
			reason: 'other',
			title: HOUSEHOLD_TITLES[stop.code] as string,
			severity: 'normal',
			amountMinor: view.facts.amountMinor,
		});
	}
	if (facts.guarantorSigned === false && views.length > 0)
		work.push({
			cause: `wrong_guarantor:${facts.ref}`,
			reason: 'missing_information',
			title: 'Find out who signed as guarantor',
			severity: 'normal',
			amountMinor: views.reduce((sum, view) => sum + view.facts.amountMinor, 0),
		});
	return work;
}

function fromEvent({ facts }: Scene, event: RaisedEvent): StaffWork[] {
	const flag = event.stage === 'review' ? facts.flags?.find((one) => one.ref === event.flag) : undefined;
	if (flag !== undefined) {
		return [
			{
				cause: `flagged:${facts.ref}:${event.flag}`,
				reason: 'other',
				title: 'The account is flagged for review',
				severity: flag.priority,
				amountMinor: event.amountMinor,
			},
		];
	}
	const payment = event.type === 'payment_failed' ? facts.payments.find((one) => one.ref === event.payment) : undefined;
	if (payment === undefined) return [];
	const stage = stageOf(payment);
	if (!isStaffs(stage)) return [];
	return [
		{
			cause: `payment:${facts.ref}:${event.payment}`,
			reason: 'payment_failed',
			title: `${formatMoney(event.amountMinor, facts.currency)} came back. ${STAGES[stage]}`,
			severity: 'high',
			amountMinor: event.amountMinor,
		},
	];
}
