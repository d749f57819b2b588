/**
 * One guarantor, several patients: what the guarantor may be told, and in which message. Confidential care never
 * appears. A child's charges stay the guarantor's until the 18th birthday; those of that day and later are the
 * patient's own, older ones stay. Another adult's are told apart from the guarantor's own, and two brands never
 * share a message.
 */
import { dayNumber, dayText } from './calendar.ts';
import { leaf } from './leaves.ts';
import type { Plan } from './plan.ts';
import { type ReasonCode, reason } from './reasons.ts';
import type { InvoiceFacts, Leaf, PatientFacts, Reason } from './types.ts';

/** Why the recipient is not told of an invoice; undefined where nothing of the household stands against it. */
export function householdStop(invoice: InvoiceFacts, recipient: 'relative' | undefined, today: number, leaves: Leaf[]): Reason | undefined {
	if (invoice.confidential === true) {
		leaf(leaves, 'confidential', '=', false, true);
		return reason('confidential');
	}
	const { patient } = invoice;
	if (patient === undefined) return undefined;
	// The guarantor may let a relative be told of their own and their children's care, not of another adult's.
	if (recipient !== undefined && leaf(leaves, 'patient_relation', 'in', TOLD_TO_RELATIVE, patient.relation) !== true) return reason('relative_not_told');
	const code = patient.relation === 'child' ? childStop(invoice, patient, today, leaves) : undefined;
	return code === undefined ? undefined : reason(code);
}

const TOLD_TO_RELATIVE: readonly string[] = ['self', 'child'];

/** The amount is not the guarantor's to be told, in a message or in an event that a flow may turn into one. */
export const isNotTold = (why: Reason): boolean => why.code === 'confidential' || why.code === 'adult_patient';

function childStop(invoice: InvoiceFacts, patient: PatientFacts, today: number, leaves: Leaf[]): ReasonCode | undefined {
	const adultOn = adultFrom(patient);
	if (leaf(leaves, 'patient_birthday', 'known', undefined, adultOn) !== true || adultOn === undefined) return 'unknown_birthday';
	// Before the birthday every service lies before it, whatever its day.
	if (leaf(leaves, 'today', '<', dayText(adultOn), dayText(today)) === true) return undefined;
	const service = invoice.serviceDate === undefined ? Number.NaN : dayNumber(invoice.serviceDate);
	if (Number.isNaN(service)) {
		leaf(leaves, 'service_date', 'known', undefined, undefined);
		return 'unknown_service_date';
	}
	return leaf(leaves, 'service_date', '<', dayText(adultOn), dayText(service)) === true ? undefined : 'adult_patient';
}

/**
 * Day number of the 18th birthday. Who was born on 29 February comes of age on 1 March, since no 18th year after a
 * leap year is one.
 */
export function adultFrom({ bornOn }: PatientFacts): number | undefined {
	const born = bornOn === undefined ? Number.NaN : dayNumber(bornOn);
	if (bornOn === undefined || Number.isNaN(born)) return undefined;
	const rest = bornOn.slice(4) === '-02-29' ? '-03-01' : bornOn.slice(4);
	return dayNumber(`${Number(bornOn.slice(0, 4)) + 18}${rest}`);
}

/** Invoices of one group may be told in one message; the guarantor's own and the children's of the only brand are ''. */
export function groupOf({ policy }: Plan, { brand, patient }: InvoiceFacts): string {
	if (brand === undefined && (patient === undefined || patient.relation === 'self')) return '';
	const apart = patient !== undefined && (patient.relation === 'adult' || (patient.relation === 'child' && !policy.household.merge));
	return `${brand ?? ''}${apart ? `/${patient.ref}` : ''}`;
}
