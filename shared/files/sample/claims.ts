/** The claims of the sample remittance: each shows one thing that payers do, with amounts that add up. */

/** Group, reason and cents. */
export type SampleAdjustment = readonly [group: string, code: string, minor: number];

export interface SampleLine {
	procedure: string;
	chargeMinor: number;
	paidMinor: number;
	adjustments: readonly SampleAdjustment[];
	remarks?: readonly string[];
}

export interface SampleClaim {
	/** What it shows. */
	shows: string;
	/** CLP02. */
	status: string;
	/** The same for a reversal and its corrected claim. */
	payerClaim: string;
	lines: readonly SampleLine[];
	/** Remarks on the claim as a whole (MOA). */
	remarks?: readonly string[];
	/** The payer it was passed on to. */
	forwardedTo?: string;
	/** Index among the accounts with claims; reversal and corrected claim share it. */
	account: number;
}

const line = (
	procedure: string,
	chargeMinor: number,
	paidMinor: number,
	adjustments: readonly SampleAdjustment[],
	remarks?: readonly string[],
): SampleLine => ({
	procedure,
	chargeMinor,
	paidMinor,
	adjustments,
	...(remarks ? { remarks } : {}),
});

/** 95004 skin tests, 95117 allergy shots, 95165 extract, 99213/99214 visits, G0299/T1019 home care. */
export const SAMPLE_CLAIMS: readonly SampleClaim[] = [
	{
		account: 0,
		shows: 'paid with a copay',
		status: '1',
		payerClaim: 'EX90001',
		lines: [
			line('99213', 14_500, 7_800, [
				['CO', '45', 4_200],
				['PR', '3', 2_500],
			]),
		],
	},
	{
		account: 1,
		shows: 'paid with coinsurance',
		status: '1',
		payerClaim: 'EX90002',
		lines: [
			line('95004', 48_000, 28_800, [
				['CO', '45', 12_000],
				['PR', '2', 7_200],
			]),
			line('99214', 21_000, 11_200, [
				['CO', '45', 7_000],
				['PR', '2', 2_800],
			]),
		],
	},
	{
		account: 2,
		shows: 'all to the deductible',
		status: '1',
		payerClaim: 'EX90003',
		lines: [
			line('95165', 36_000, 0, [
				['CO', '45', 9_580],
				['PR', '1', 26_420],
			]),
		],
	},
	{
		account: 3,
		shows: 'all to the deductible',
		status: '1',
		payerClaim: 'EX90004',
		lines: [
			line('99214', 21_000, 0, [
				['CO', '45', 7_000],
				['PR', '1', 14_000],
			]),
		],
	},
	{ account: 4, shows: 'denied: information missing', status: '1', payerClaim: 'EX90005', lines: [line('95117', 6_200, 0, [['CO', '16', 6_200]], ['N290'])] },
	{
		account: 5,
		shows: 'denied: not medically necessary',
		status: '1',
		payerClaim: 'EX90006',
		lines: [line('95004', 48_000, 0, [['CO', '50', 48_000]], ['N115'])],
	},
	{ account: 6, shows: 'denied: authorization missing', status: '1', payerClaim: 'EX90007', lines: [line('T1019', 88_000, 0, [['CO', '197', 88_000]])] },
	{
		account: 7,
		shows: 'one line paid, one denied',
		status: '1',
		payerClaim: 'EX90008',
		lines: [
			line('99213', 14_500, 8_000, [
				['CO', '45', 4_000],
				['PR', '3', 2_500],
			]),
			line('95165', 18_000, 0, [['CO', '151', 18_000]], ['N362']),
		],
	},
	{
		account: 8,
		shows: 'taken back',
		status: '22',
		payerClaim: 'EX80009',
		lines: [
			line('99214', -21_000, -12_000, [
				['CO', '45', -7_000],
				['PR', '3', -2_000],
			]),
		],
	},
	{
		account: 8,
		shows: 'corrected',
		status: '1',
		payerClaim: 'EX80009',
		lines: [
			line('99214', 21_000, 10_500, [
				['CO', '45', 7_000],
				['PR', '3', 3_500],
			]),
		],
	},
	{
		account: 9,
		shows: 'crossed over to the next payer',
		status: '19',
		payerClaim: 'EX90010',
		lines: [
			line('G0299', 16_000, 9_600, [
				['CO', '45', 4_000],
				['PR', '2', 2_400],
			]),
		],
		remarks: ['MA18'],
		forwardedTo: 'SAMPLE MEDIGAP',
	},
	{
		account: 10,
		shows: 'Qualified Medicare Beneficiary',
		status: '1',
		payerClaim: 'EX90011',
		lines: [
			line(
				'99213',
				14_500,
				6_000,
				[
					['CO', '45', 5_500],
					['PR', '1', 3_000],
				],
				['N781'],
			),
		],
	},
	{ account: 11, shows: 'coverage ended', status: '1', payerClaim: 'EX90012', lines: [line('95117', 6_200, 0, [['PR', '27', 6_200]])] },
	{
		account: 12,
		shows: 'taken back for good',
		status: '22',
		payerClaim: 'EX70013',
		lines: [
			line('95117', -6_200, -4_000, [
				['CO', '45', -1_200],
				['PR', '3', -1_000],
			]),
		],
	},
];

/** Money between payer and practice: a recovery lowers the payment, interest raises it. */
export const SAMPLE_PROVIDER_ADJUSTMENTS: readonly { code: string; reference: string; minor: number }[] = [
	{ code: 'WO', reference: 'EX60001', minor: 4_500 },
	{ code: 'L6', reference: 'EX60002', minor: -132 },
];

/** What the practice's own system shows as the patient's: its share, or the whole charge where the payer refused. */
export function shownBalance(claims: readonly SampleClaim[], account: number): number {
	const claim = claims.filter((candidate) => candidate.account === account).at(-1);
	const lines = claim?.lines ?? [];
	return lines.reduce((sum, { chargeMinor, adjustments }) => {
		const share = adjustments.reduce((total, [group, , minor]) => (group === 'PR' ? total + minor : total), 0);
		return sum + Math.abs(share === 0 ? chargeMinor : share);
	}, 0);
}
