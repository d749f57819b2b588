/** What a completed appointment leaves due, once that is certain: an estimate is never told as a debt, not even to staff. */
import { formatMoney } from '../../contracts/money.ts';
import { HOUR } from '../calendar.ts';
import { leaf } from '../leaves.ts';
import { byRef, type Scene } from '../scene.ts';
import type { AppointmentFacts, Leaf, RaisedEvent, Trace } from '../types.ts';

/** When a residual may be told; undefined while waiting alone will not make it so. */
export const tellableAt = ({ plan }: Scene, { certain, residualMinor, completedAt }: AppointmentFacts): number | undefined =>
	certain && residualMinor !== undefined && residualMinor > 0 ? completedAt + plan.policy.appointment.wait_hours * HOUR : undefined;

export function appointmentBalance(scene: Scene): RaisedEvent[] {
	const { appointments } = scene.facts;
	if (appointments === undefined || appointments.length === 0) return [];
	return byRef(appointments).flatMap((one) => {
		const { event, ...traced } = look(scene, one);
		scene.trace.push({ rule: 'appointment_balance_due', subject: one.ref, ...traced });
		return event ?? [];
	});
}

/** What appointments leave due now, told already or not. */
export const appointmentsDue = (scene: Scene): RaisedEvent[] =>
	byRef(scene.facts.appointments ?? []).flatMap((one) => look(scene, { ...one, raised: false }).event ?? []);

function look(scene: Scene, one: AppointmentFacts): Pick<Trace, 'outcome' | 'text' | 'leaves' | 'until'> & { event?: RaisedEvent } {
	const leaves: Leaf[] = [];
	if (leaf(leaves, 'raised', '=', false, one.raised) !== true) return { outcome: 'skip', text: 'It was told already.', leaves };
	if (leaf(leaves, 'residual_certain', '=', true, one.certain) !== true || leaf(leaves, 'residual_minor', 'known', undefined, one.residualMinor) !== true)
		return { outcome: 'wait', text: 'What it leaves due is not certain yet: neither a known copay nor an answer of the payer.', leaves };
	const amountMinor = leftOf(scene, one);
	if (leaf(leaves, 'left_minor', '>=', Math.max(1, scene.plan.minimumIn(scene.facts.currency).messageMinor), amountMinor) !== true)
		return { outcome: 'skip', text: 'It leaves nothing that is worth telling.', leaves };
	const until = tellableAt(scene, one) as number;
	if (leaf(leaves, 'tellable_at', '<=', scene.now, until) !== true)
		return { outcome: 'wait', text: `It is told ${scene.plan.policy.appointment.wait_hours} hours after the visit.`, leaves, until };
	const event = appointmentEvent(scene, one, amountMinor);
	return { outcome: 'fire', text: event.summary, leaves, event };
}

/** Never more than what is still owed of the invoice behind it, where there is one. */
function leftOf({ facts, views }: Scene, { residualMinor = 0, invoice }: AppointmentFacts): number {
	if (invoice === undefined || !facts.invoices.some((one) => one.ref === invoice)) return residualMinor;
	const view = views.find((one) => one.facts.ref === invoice);
	return view === undefined || view.silent ? 0 : Math.min(residualMinor, view.owedMinor);
}

function appointmentEvent({ facts }: Scene, { ref, invoice }: AppointmentFacts, amountMinor: number): RaisedEvent {
	const summary = `An appointment leaves ${formatMoney(amountMinor, facts.currency)} due.`;
	return {
		type: 'appointment_balance_due',
		key: `appointment_balance_due:${facts.ref}:${ref}`,
		amountMinor,
		invoices: invoice === undefined ? [] : [invoice],
		message: 'appointment_balance',
		appointment: ref,
		summary,
		reasons: [summary, 'The amount is certain: a copay known at the visit, or what the payer left.'],
	};
}
