/** What a denial is about, what to do and whether the patient may be billed: from the codes alone, nothing is looked up. */

import type { Adjustment } from '../../contracts/facts.ts';
import { invalidField } from '../../contracts/failure.ts';
import { fromMinor, toMinor } from '../../contracts/money.ts';
import { dayNumber, dayText } from '../calendar.ts';
import { DENIAL_CATEGORIES, type DenialCategory } from './categories.ts';
import { type Deadline, denialDeadlines } from './deadline.ts';
import { denialCategory } from './lines.ts';
import { denialPriority } from './priority.ts';
import { adjustmentReason, isPatientShare } from './reasons.ts';
import { isQmbRemark, isUnprocessable, remarkRow } from './remarks.ts';

export interface ClassifyInput {
	group: Adjustment['group'];
	/** CARC. */
	reason_code: string;
	/** RARC, separated by commas, semicolons or blanks. */
	remark_codes?: string | undefined;
	/** Decimal, in `currency`. */
	amount?: number | undefined;
	currency?: string | undefined;
	/** Days after receipt, and after the day of service. */
	appeal_days?: number | undefined;
	file_days?: number | undefined;
	/** YYYY-MM-DD */
	received_on?: string | undefined;
	service_date?: string | undefined;
}

/** after_release: when staff release it, with the evidence named beside. */
export type MayBill = 'yes' | 'no' | 'after_release';

export interface ClassifyResult {
	category: DenialCategory;
	category_text: string;
	/** Of the reason code and of each remark code. */
	meaning: string;
	what_to_do: string;
	patient_may_be_billed: MayBill;
	patient_text: string;
	/** What staff need before they release it; empty unless `after_release`. */
	evidence_needed: string;
	/** YYYY-MM-DD; empty where no days were given to count. */
	deadline_on: string;
	deadline_kind: 'appeal' | 'file' | 'none';
	deadline_text: string;
	/** Negative when it has passed; 0 without a deadline. */
	days_left: number;
	is_urgent: boolean;
	/** Decimal, in `currency`: amount times the share that work usually brings back. */
	priority: number;
	known_code: boolean;
}

/** @throws Failure `invalid` naming the field, for an amount or a day that is none. `now` in milliseconds. */
export function classifyDenial(input: ClassifyInput, now: number): ClassifyResult {
	const code = input.reason_code.trim().toUpperCase();
	const remarks = splitCodes(input.remark_codes ?? '');
	const received = dayOf(input.received_on, 'received_on');
	const reason = adjustmentReason(input.group, code, received);
	const qmb = isQmbRemark(remarks);
	const category = queueOf(input.group, code, remarks, received);
	const deadline = deadlineOf(input, category, received, isUnprocessable(remarks));
	const currency = input.currency?.trim().toUpperCase() || 'USD';
	// In UTC: in the Americas that is today or tomorrow, so a deadline never looks farther than it is.
	const { urgent, daysLeft, scoreMinor } = denialPriority(
		{ amountMinor: minorOf(input, currency), category, deadlineOn: deadline?.on },
		dayText(Math.floor(now / 86_400_000)),
	);
	return {
		category,
		category_text: DENIAL_CATEGORIES[category].label,
		meaning: [`${input.group}-${code}: ${reason.label}.`, ...remarks.map(remarkText)].join(' '),
		what_to_do: category === reason.category ? reason.next : DENIAL_CATEGORIES[category].next,
		...(qmb ? no('No: federal law forbids billing cost sharing to a Qualified Medicare Beneficiary.') : patientAnswer(input.group, code, category)),
		deadline_on: deadline?.on ?? '',
		deadline_kind: deadline?.kind ?? 'none',
		deadline_text: deadlineText(deadline, isUnprocessable(remarks)),
		days_left: daysLeft ?? 0,
		is_urgent: urgent,
		priority: fromMinor(scoreMinor, currency),
		known_code: reason.known,
	};
}

/** A denial that can be mended is worked as such, whoever the patient is; what is left of it is never the patient's to pay when they are QMB. */
function queueOf(group: Adjustment['group'], code: string, remarks: readonly string[], on: string | undefined): DenialCategory {
	if (group === 'PR' && isQmbRemark(remarks)) return 'never_bill';
	return isUnprocessable(remarks) ? 'fix_resubmit' : denialCategory(group, code, remarks, on);
}

const splitCodes = (codes: string): string[] => [...new Set(codes.toUpperCase().split(/[\s,;]+/))].filter((code) => code !== '');

const remarkText = (code: string): string => `${code}: ${remarkRow(code)?.meaning ?? 'Not in our table'}.`;

/** Empty text is as good as absent. */
function dayOf(day: string | undefined, field: string): string | undefined {
	const text = day?.trim();
	if (!text) return undefined;
	if (Number.isNaN(dayNumber(text))) throw invalidField(field, `"${field}" must be a real date such as 2026-11-24.`);
	return text;
}

function minorOf({ amount = 0 }: ClassifyInput, currency: string): number {
	const minor = toMinor(amount, currency);
	if (minor === undefined || minor < 0) throw invalidField('amount', '"amount" must be a decimal amount of 0 or more, such as 84.20.');
	return minor;
}

interface PatientAnswer {
	patient_may_be_billed: MayBill;
	patient_text: string;
	evidence_needed: string;
}

function patientAnswer(group: Adjustment['group'], code: string, category: DenialCategory): PatientAnswer {
	if (isPatientShare(group, code))
		return {
			patient_may_be_billed: 'yes',
			patient_text: "Yes: it is the patient's share after insurance, unless a hold stands against it.",
			evidence_needed: '',
		};
	const asks = DENIAL_CATEGORIES[category].patient === 'ask_insurance';
	if (group === 'PR')
		return {
			patient_may_be_billed: 'after_release',
			patient_text: asks ? 'Not yet: ask the patient for insurance details, not for money, until staff release it.' : 'Only after staff release it.',
			evidence_needed: asks ? EVIDENCE_OF_COVERAGE : EVIDENCE_OF_WAIVER,
		};
	return no(asks ? 'No: ask the patient for insurance details, not for money.' : `No: the group ${group} puts nothing on the patient.`);
}

const no = (text: string): PatientAnswer => ({ patient_may_be_billed: 'no', patient_text: text, evidence_needed: '' });

const EVIDENCE_OF_WAIVER = 'A waiver or advance notice of non-coverage (ABN) for this service, signed before it was given.';
const EVIDENCE_OF_COVERAGE = "The result of a coverage check for the service date, and the patient's answer about other insurance.";

/** The days that the flow gives are the rule; without any there is no date. */
function deadlineOf(input: ClassifyInput, category: DenialCategory, received: string | undefined, unprocessable: boolean): Deadline | undefined {
	const { appeal_days, file_days } = input;
	const rule = {
		id: 'given',
		payer: '*',
		receipt_days: 0,
		source: 'the days given',
		...(appeal_days === undefined || received === undefined ? {} : { appeal_days }),
		...(file_days === undefined ? {} : { file_days }),
	};
	const dates = { payer: '', category, remittedOn: received ?? '', serviceOn: dayOf(input.service_date, 'service_date'), unprocessable };
	return denialDeadlines([rule], dates).next;
}

function deadlineText(deadline: Deadline | undefined, unprocessable: boolean): string {
	const appeal = unprocessable ? ' There is no right to appeal: send a corrected claim.' : '';
	if (deadline === undefined) return `No deadline: give the payer's days and the date they count from.${appeal}`;
	return `${deadline.kind === 'appeal' ? 'Appeal' : 'Send the claim'} by ${deadline.on}, by the days given.${appeal}`;
}
