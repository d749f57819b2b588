/** Remittance advice remark codes (RARC, X12 external code list 411). Data: change it here when X12 publishes. */
import type { DenialCategory } from './categories.ts';

/** Codes are X12's; meanings and categories are our own words and defaults for triage. X12 publishes in March, July and November. */
export const RARC_LIST = {
	owner: 'Rules maintainer (billing), with a certified coder for allergy and home care',
	source: 'X12 external code list 411, https://x12.org/codes/remittance-advice-remark-codes; QMB: 42 U.S.C. 1396a(n)(3)(B)',
	reviewedOn: '2026-11-24',
} as const;

/**
 * qmb: cost sharing must not be billed, federal law. forwarded: passed on to the next payer, which decides.
 * unprocessable: no appeal right, only a corrected claim helps.
 */
export type RemarkEffect = 'qmb' | 'forwarded' | 'unprocessable';

export interface RarcRow {
	code: string;
	meaning: string;
	/** The queue it belongs to, where it says more than the reason code beside it. */
	category?: DenialCategory;
	effect?: RemarkEffect;
	from?: string;
	to?: string;
}

const rows = (list: Readonly<Record<string, string>>, more: Pick<RarcRow, 'category' | 'effect'> = {}): RarcRow[] =>
	Object.entries(list).map(([code, meaning]) => ({ code, meaning, ...more }));

export const RARC_TABLE: readonly RarcRow[] = [
	...rows(
		{
			N192: 'The patient is a Qualified Medicare Beneficiary or has Medicaid',
			N781: 'Qualified Medicare Beneficiary: no deductible may be collected',
			N782: 'Qualified Medicare Beneficiary: no coinsurance may be collected',
			N783: 'Qualified Medicare Beneficiary: no copay may be collected',
		},
		{ effect: 'qmb' },
	),
	...rows({ MA07: 'Passed on to Medicaid', MA18: 'Passed on to the supplemental insurer', N89: 'Passed on to several other payers' }, { effect: 'forwarded' }),
	...rows({ MA130: 'Unprocessable: send a new, complete claim; no appeal' }, { category: 'fix_resubmit', effect: 'unprocessable' }),
	...rows(
		{
			M20: 'Procedure code (HCPCS) missing or wrong',
			M44: 'Condition code missing or wrong',
			M45: 'Occurrence code missing or wrong',
			M46: 'Occurrence span missing or wrong',
			M47: "Payer's claim number missing or wrong",
			M49: 'Value code missing or wrong',
			M50: 'Revenue code missing or wrong',
			M51: 'Procedure code missing or wrong',
			M52: 'First day of service missing or wrong',
			M53: 'Days or units missing or wrong',
			M54: 'Total charge missing or wrong',
			M56: 'Payer identifier missing or wrong',
			M59: 'Last day of service missing or wrong',
			M64: 'Other diagnosis missing or wrong',
			M67: 'Other procedure code missing or wrong',
			M76: 'Diagnosis missing or wrong',
			M77: 'Place of service missing or wrong',
			M79: 'Charge missing or wrong',
			M81: 'Code to the highest level of detail',
			M119: 'Drug code (NDC) missing or wrong',
			MA27: 'Entitlement number or name missing or wrong',
			MA36: "Patient's name missing or wrong",
			MA61: "Patient's insurance or social security number missing or wrong",
			MA63: 'Principal diagnosis missing or wrong',
			MA66: 'Principal procedure missing or wrong',
			MA112: 'Group practice information missing or wrong',
			MA114: 'Where the service was done is missing or wrong',
			MA122: 'First treatment date missing or wrong',
			N56: 'Procedure code does not fit the service or the date',
			N264: "Ordering provider's name missing or wrong",
			N265: "Ordering provider's number missing or wrong",
			N286: "Referring provider's number missing or wrong",
			N290: "Rendering provider's number missing or wrong",
			N382: 'Patient identifier missing or wrong',
			N517: 'Send a new claim with what was asked for',
			N657: 'Bill with the code that fits',
		},
		{ category: 'fix_resubmit' },
	),
	...rows({ MA120: 'Laboratory certification (CLIA) number missing or wrong' }, { category: 'credentialing' }),
	...rows(
		{
			M60: 'Certificate of medical necessity missing',
			M127: 'Medical record missing',
			N3: 'Consent form missing',
			N29: 'Documentation missing',
			N706: 'Documentation missing',
		},
		{ category: 'documentation' },
	),
	...rows(
		{
			MA04: "The first payer's decision is missing or unreadable",
			MA83: 'Not said whether this payer comes first',
			MA92: 'Data of the other insurance missing',
			N4: "Earlier payer's explanation of benefits missing",
			N479: 'Explanation of benefits missing',
		},
		{ category: 'cob' },
	),
	...rows({ M62: 'Treatment authorization code missing or wrong', N54: 'Does not fit what was authorized' }, { category: 'authorization' }),
	...rows(
		{
			M15: 'Components were billed apart',
			M80: 'Not covered in the same session as another service',
			M86: 'Paid already for the same or a similar service',
			N19: 'Incidental to the main procedure',
			N20: 'Not payable with another service of that day',
			N122: 'Add-on code without its main code',
			N362: 'Units above the accepted maximum',
		},
		{ category: 'coding' },
	),
	...rows(
		{
			M25: 'Level or amount of service not supported',
			N115: 'Local coverage determination',
			N386: 'National coverage determination',
		},
		{ category: 'appeal' },
	),
	...rows({ N30: 'Patient not eligible for this service' }, { category: 'eligibility' }),
	...rows({ N179: 'More information was asked of the member', N197: 'The subscriber must update insurance data with the payer' }, { category: 'eligibility' }),
	...rows({ N418: 'Sent to the wrong payer' }, { category: 'redirect' }),
	...rows({ N95: 'This provider type may not bill it', N570: 'Credentialing data missing' }, { category: 'credentialing' }),
	...rows({ N522: 'Duplicate of a claim that was passed on' }, { category: 'duplicate' }),
	...rows({
		MA01: 'How to appeal',
		MA13: 'Only what is marked as patient responsibility may be billed',
		MA67: 'Corrects an earlier claim',
		N1: 'How to appeal',
		N130: 'The plan documents say what is limited',
		N381: 'The contract says what is limited',
		N428: 'Not covered at that place of service',
		N432: 'Follows from a recovery audit',
		N620: 'Reporting code only',
	}),
];
