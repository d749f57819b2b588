/** Who works a denial and how: the queues of the denial work list. Keys lie in the database and travel in events. */

/** May the patient be asked? `review`: only after staff release it; `ask_insurance`: for insurance details, not for money. */
export type PatientMessage = 'billable' | 'review' | 'ask_insurance' | 'never';

export interface DenialQueue {
	label: string;
	/** For the group PR; in every other group the patient owes nothing. */
	patient: PatientMessage;
	/** What staff do next, one sentence. */
	next: string;
	/**
	 * How much of the amount work usually brings back, in percent: the order of the work list, no forecast. Our own
	 * estimates, to be replaced by a practice's own figures when it has them.
	 */
	workability: number;
	/** What mends it: a corrected claim, an appeal, either, or nothing that has a deadline. */
	remedy: 'resubmit' | 'appeal' | 'either' | 'none';
}

export const DENIAL_CATEGORIES = {
	patient: { label: 'Patient share', patient: 'billable', next: 'Ask the patient once no hold stands against it.', workability: 0, remedy: 'none' },
	review: {
		label: 'Not covered: staff decide',
		patient: 'review',
		next: 'Look for a signed waiver or notice of non-coverage before releasing it to the patient; else appeal or write off.',
		workability: 40,
		remedy: 'appeal',
	},
	eligibility: {
		label: 'Eligibility',
		patient: 'ask_insurance',
		next: 'Check coverage on the service date and ask the patient for current insurance details.',
		workability: 60,
		remedy: 'either',
	},
	cob: {
		label: 'Coordination of benefits',
		patient: 'ask_insurance',
		next: 'Find out which payer comes first and bill it; ask the patient about other insurance.',
		workability: 70,
		remedy: 'either',
	},
	contractual: { label: 'Contractual', patient: 'never', next: 'Write off as the contract says.', workability: 5, remedy: 'appeal' },
	fix_resubmit: {
		label: 'Fix and resubmit',
		patient: 'never',
		next: 'Read the remark code, correct the claim and send it again within the filing limit.',
		workability: 90,
		remedy: 'resubmit',
	},
	documentation: {
		label: 'Documentation',
		patient: 'never',
		next: 'Send the records or the attachment that the remark code names.',
		workability: 80,
		remedy: 'either',
	},
	coding: {
		label: 'Coding review',
		patient: 'never',
		next: 'Have coding check bundling, units and modifiers, then correct or appeal.',
		workability: 60,
		remedy: 'either',
	},
	authorization: {
		label: 'Authorization',
		patient: 'never',
		next: 'Find the authorization or ask for a retroactive one, then resubmit or appeal.',
		workability: 50,
		remedy: 'either',
	},
	appeal: { label: 'Appeal', patient: 'never', next: "Appeal with the medical record before the payer's deadline.", workability: 45, remedy: 'appeal' },
	duplicate: { label: 'Duplicate', patient: 'never', next: 'Look for the original claim; nothing to do if it was paid.', workability: 15, remedy: 'either' },
	late: { label: 'Filed too late', patient: 'never', next: 'Look for proof of timely filing and appeal, else write off.', workability: 15, remedy: 'appeal' },
	redirect: {
		label: 'Another payer is liable',
		patient: 'never',
		next: 'Send the claim to the payer that is liable.',
		workability: 75,
		remedy: 'resubmit',
	},
	credentialing: {
		label: 'Credentialing',
		patient: 'never',
		next: "Check the provider's enrolment on the service date with the payer.",
		workability: 35,
		remedy: 'either',
	},
	pending: {
		label: 'Payer still reviewing',
		patient: 'never',
		next: "Wait for the payer's decision and follow up when it is overdue.",
		workability: 0,
		remedy: 'none',
	},
	never_bill: {
		label: 'Never bill the patient',
		patient: 'never',
		next: 'Bill Medicaid or write it off; give back what the patient has paid of it.',
		workability: 10,
		remedy: 'none',
	},
	unclassified: { label: 'Not in our table', patient: 'review', next: 'Read the remittance and decide by hand.', workability: 50, remedy: 'either' },
} as const satisfies Record<string, DenialQueue>;

export type DenialCategory = keyof typeof DENIAL_CATEGORIES;

/** A category as the database has it; one that is no longer known is treated as unclassified. */
export const denialQueue = (category: string): DenialQueue =>
	Object.hasOwn(DENIAL_CATEGORIES, category) ? DENIAL_CATEGORIES[category as DenialCategory] : DENIAL_CATEGORIES.unclassified;
