/**
 * Claim adjustment reason codes (CARC): what each means for the practice and for the patient.
 *
 * Owner: the billing rules' maintainer. Source: code numbers from the public X12/WPC code list (external code
 * list 139) as payers use them; labels, classes and next steps are ours, not X12's wording, and are defaults
 * for triage, not legal advice. Reviewed on 2026-11-24, to be reviewed when X12 publishes (March, July, November).
 */
import type { Adjustment } from '../contracts/facts.ts';

export const CARC_REVIEWED_ON = '2026-11-24';

/** What the payer did with the amount. `denial` is work for staff; `contractual` is nobody's work. */
export type AdjustmentClass = 'patient' | 'contractual' | 'denial' | 'pending';

/** May the patient be asked? `review`: only after staff release it; `ask_insurance`: for insurance details, not for money. */
export type PatientMessage = 'billable' | 'review' | 'ask_insurance' | 'never';

/** Who works it and how: the queues of the denial work list. */
export const DENIAL_CATEGORIES = {
	patient: { label: 'Patient share', patient: 'billable', next: 'Ask the patient once no hold stands against it.' },
	review: {
		label: 'Not covered: staff decide',
		patient: 'review',
		next: 'Look for a signed waiver or notice of non-coverage before releasing it to the patient; else appeal or write off.',
	},
	eligibility: {
		label: 'Eligibility',
		patient: 'ask_insurance',
		next: 'Check coverage on the service date and ask the patient for current insurance details.',
	},
	cob: {
		label: 'Coordination of benefits',
		patient: 'ask_insurance',
		next: 'Find out which payer comes first and bill it; ask the patient about other insurance.',
	},
	contractual: { label: 'Contractual', patient: 'never', next: 'Write off as the contract says.' },
	fix_resubmit: { label: 'Fix and resubmit', patient: 'never', next: 'Read the remark code, correct the claim and send it again within the filing limit.' },
	documentation: { label: 'Documentation', patient: 'never', next: 'Send the records or the attachment that the remark code names.' },
	coding: { label: 'Coding review', patient: 'never', next: 'Have coding check bundling, units and modifiers, then correct or appeal.' },
	authorization: { label: 'Authorization', patient: 'never', next: 'Find the authorization or ask for a retroactive one, then resubmit or appeal.' },
	appeal: { label: 'Appeal', patient: 'never', next: "Appeal with the medical record before the payer's deadline." },
	duplicate: { label: 'Duplicate', patient: 'never', next: 'Look for the original claim; nothing to do if it was paid.' },
	late: { label: 'Filed too late', patient: 'never', next: 'Look for proof of timely filing and appeal, else write off.' },
	redirect: { label: 'Another payer is liable', patient: 'never', next: 'Send the claim to the payer that is liable.' },
	credentialing: { label: 'Credentialing', patient: 'never', next: "Check the provider's enrolment on the service date with the payer." },
	pending: { label: 'Payer still reviewing', patient: 'never', next: "Wait for the payer's decision and follow up when it is overdue." },
	other: { label: 'Other', patient: 'review', next: 'Read the remittance and decide by hand.' },
} as const satisfies Record<string, { label: string; patient: PatientMessage; next: string }>;

export type DenialCategory = keyof typeof DENIAL_CATEGORIES;

export interface AdjustmentReason {
	code: string;
	group: Adjustment['group'];
	label: string;
	class: AdjustmentClass;
	category: DenialCategory;
	patient: PatientMessage;
	/** What staff do next, one sentence. */
	next: string;
}

interface Row {
	code: string;
	/** Only for this group; a row without it serves every group that has no row of its own. */
	group?: Adjustment['group'];
	label: string;
	class: AdjustmentClass;
	category: DenialCategory;
	/** Where it differs from the category's. */
	next?: string;
}

const rows = (category: DenialCategory, labels: Record<string, string>): Row[] =>
	Object.entries(labels).map(([code, label]) => ({ code, label, class: CLASS_OF[category] ?? 'denial', category }));

const CLASS_OF: Partial<Record<DenialCategory, AdjustmentClass>> = { patient: 'patient', contractual: 'contractual', pending: 'pending' };

export const CARC_TABLE: readonly Row[] = [
	...rows('patient', { 1: 'Deductible', 2: 'Coinsurance', 3: 'Copay' }),
	...rows('review', {
		49: 'Routine or preventive service not covered',
		66: 'Blood deductible',
		96: 'Not covered, see the remark',
		119: 'Benefit maximum reached',
		149: 'Lifetime maximum reached',
		178: 'Spend-down not met',
		204: 'Not covered by this plan',
		242: 'Out of network',
		B1: 'Visits not covered',
	}),
	...rows('eligibility', {
		26: 'Service before coverage began',
		27: 'Service after coverage ended',
		31: 'Member not found',
		32: 'Dependent not eligible',
		33: 'Subscriber has no dependent coverage',
		34: 'Subscriber has no newborn coverage',
		140: 'Member number and name do not match',
		177: 'Eligibility requirement not met',
		200: 'Lapse in coverage',
	}),
	...rows('cob', { 22: 'Another payer may come first', 129: "Earlier payer's data wrong", 276: 'Refused because an earlier payer refused' }),
	...rows('contractual', {
		23: 'Effect of what an earlier payer did',
		42: 'Above the maximum (retired code)',
		45: 'Above the fee schedule',
		59: 'Reduced as one of several procedures',
		94: 'Paid above the charge (offset)',
		104: 'Managed care withhold',
		105: 'Tax withheld',
		131: 'Negotiated discount',
		187: 'Paid from a spending account',
		209: 'May not be collected from the patient',
		235: 'Sales tax',
		237: 'Regulatory penalty',
		246: 'Reporting-only code',
		253: 'Sequestration',
		A0: 'Refund to the patient',
		A2: 'Contractual (retired code)',
		B4: 'Late filing penalty',
	}),
	...rows('fix_resubmit', {
		4: 'Modifier wrong or missing',
		5: 'Place of service does not fit',
		6: 'Age does not fit the procedure',
		7: 'Sex does not fit the procedure',
		8: 'Provider type does not fit the procedure',
		9: 'Age does not fit the diagnosis',
		10: 'Sex does not fit the diagnosis',
		11: 'Diagnosis does not fit the procedure',
		16: 'Information missing or wrong',
		58: 'Wrong place of treatment',
		107: 'Related service not on the claim',
		125: 'Billing error (retired code)',
		146: 'Diagnosis not valid on that date',
		148: "Other provider's information missing",
		181: 'Procedure code not valid on that date',
		182: 'Modifier not valid on that date',
		206: 'Provider number (NPI) missing',
		208: 'Provider number (NPI) does not match',
		226: 'Provider did not send what was asked',
		A8: 'Claim can not be grouped',
		B15: 'Required qualifying service missing',
		B16: 'New-patient rule not met',
	}),
	...rows('documentation', {
		163: 'Attachment not received',
		164: 'Attachment late',
		251: 'Attachment incomplete',
		252: 'Attachment required',
	}),
	{
		code: '227',
		label: 'Patient did not send what was asked',
		class: 'denial',
		category: 'eligibility',
		next: 'Find out what the payer asked of the patient and help the patient answer.',
	},
	...rows('coding', {
		97: 'Included in another service',
		151: 'Frequency or units not supported',
		222: 'Contract maximum exceeded',
		231: 'Procedures exclude each other',
		234: 'Not paid separately',
		236: 'Procedure combination refused by an edit',
	}),
	...rows('authorization', {
		15: 'Authorization number wrong or missing',
		39: 'Authorization was refused',
		95: 'Plan procedures not followed',
		197: 'Authorization missing',
		198: 'Authorization exceeded',
		243: 'Not authorized by the network',
		284: 'Authorization does not fit the service',
		287: 'Referral exceeded',
		288: 'Referral missing',
	}),
	...rows('appeal', {
		50: 'Not medically necessary',
		55: 'Experimental',
		147: 'Contract rate missing or expired',
		150: 'Level of service not supported',
		167: 'Diagnosis not covered',
		176: 'Prescription not current',
		193: 'Original decision kept',
		216: "Review organization's finding",
		256: 'Not payable under the contract',
		272: 'Coverage guideline not met',
		273: 'Coverage guideline exceeded',
		A1: 'Denied, see the remark',
		A7: 'Presumptive payment adjustment (retired code)',
	}),
	{ code: '50', group: 'PR', label: 'Not medically necessary', class: 'denial', category: 'review' },
	...rows('duplicate', { 18: 'Exact duplicate', B13: 'Paid before' }),
	...rows('late', { 29: 'Filed too late', 286: 'Appealed too late' }),
	...rows('redirect', {
		19: "Workers' compensation is liable",
		20: 'Liability carrier is liable',
		21: 'No-fault carrier is liable',
		24: 'Covered by capitation',
		109: 'Wrong payer',
		190: "Included in a nursing facility's stay",
		B9: 'Patient is in hospice',
		B11: 'Passed on to the right payer',
		B20: 'Done by another provider',
	}),
	...rows('credentialing', {
		170: 'Provider type not payable',
		171: 'Provider type not payable at that place',
		183: 'Referring provider not eligible',
		185: 'Rendering provider not eligible',
		B7: 'Provider not certified on that date',
	}),
	...rows('pending', { 101: 'Predetermination only', 133: 'Payer still reviewing', 257: 'Undecided during a premium grace period' }),
];

const GROUPS = ['CO', 'PR', 'OA', 'PI', 'CR'] as const satisfies readonly Adjustment['group'][];

/** PR-1, PR-2, PR-3: the only amounts that are the patient's to pay without anybody looking. */
export const isPatientShare = (group: string, code: string): boolean => group === 'PR' && (code === '1' || code === '2' || code === '3');

/** The group outranks the code: CO is never the patient's, and PR with a denial code is only after staff say so. */
function forGroup(row: Row, group: Adjustment['group']): AdjustmentReason {
	const category = categoryFor(row, group);
	const { patient, next } = DENIAL_CATEGORIES[category];
	return {
		code: row.code,
		group,
		label: row.label,
		class: classFor(row, group),
		category,
		patient: patientFor(patient, group),
		next: (category === row.category ? row.next : undefined) ?? next,
	};
}

function classFor(row: Row, group: Adjustment['group']): AdjustmentClass {
	if (group === 'PR') return row.class === 'contractual' ? 'denial' : row.class;
	return row.class === 'patient' ? 'denial' : row.class;
}

function categoryFor(row: Row, group: Adjustment['group']): DenialCategory {
	if (group === 'PR' && row.class === 'contractual') return 'review';
	return group !== 'PR' && row.class === 'patient' ? 'other' : row.category;
}

function patientFor(patient: PatientMessage, group: Adjustment['group']): PatientMessage {
	if (group === 'PR') return patient === 'never' ? 'review' : patient;
	return patient === 'ask_insurance' ? patient : 'never';
}

const BY_KEY: ReadonlyMap<string, AdjustmentReason> = new Map(
	[...CARC_TABLE]
		// Rows of one group come last, so that they win.
		.sort((a, b) => Number(a.group !== undefined) - Number(b.group !== undefined))
		.flatMap((row) =>
			GROUPS.filter((group) => row.group === undefined || row.group === group).map((group) => [`${group}-${row.code}`, forGroup(row, group)] as const),
		),
);

/** A code we do not know is `other` and counts as a denial: staff look at it, the patient hears nothing. Never throws. */
export const adjustmentReason = (group: Adjustment['group'], code: string): AdjustmentReason =>
	BY_KEY.get(`${group}-${code}`) ?? forGroup({ code, label: 'Not in our table', class: 'denial', category: 'other' }, group);

/** Remark codes (RARC): the patient is a Qualified Medicare Beneficiary; federal law forbids billing the cost share (42 U.S.C. 1396a(n)(3)(B)). */
export const QMB_REMARKS: ReadonlySet<string> = new Set(['N781', 'N782', 'N783']);

/** Remark codes: the payer has passed the claim on to the next one. (MA19 says that it has not.) */
export const FORWARDED_REMARKS: ReadonlySet<string> = new Set(['MA07', 'MA18', 'N89']);

/** Remark code: unprocessable, without appeal rights; only a corrected claim helps. */
export const UNPROCESSABLE_REMARK = 'MA130';
