/** Appointment Balance Due. */
import { localIso } from '../../practice.ts';
import type { Told } from './told.ts';

export function appointmentBalanceDue({ deps, practice, account, event }: Told): Record<string, unknown> {
	const visit = account.row.appointments.find((one) => one.appointment_ref === event.appointment);
	return {
		appointment_ref: event.appointment ?? '',
		completed_at: localIso(visit ? Date.parse(visit.completed_at) : deps.now(), practice.zone),
		message: event.message ?? '',
		invoices_text: event.invoices.join(', '),
	};
}
