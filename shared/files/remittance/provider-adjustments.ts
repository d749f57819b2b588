/**
 * Provider-level adjustments (PLB03-1): money between payer and practice, never a patient's. Codes of X12 element 426
 * as 005010X221A1 allows them, meanings in our words; reviewed on 2026-11-24.
 */
const MEANINGS: Readonly<Record<string, string>> = {
	'50': 'late charge',
	'51': 'interest penalty',
	'72': 'authorized return',
	'90': 'early payment allowance',
	AH: 'origination fee',
	AM: "applied to a borrower's account",
	AP: 'benefits paid early',
	B2: 'rebate',
	B3: 'recovery allowance',
	BD: 'bad debt',
	BN: 'bonus',
	C5: 'temporary allowance',
	CR: 'interest on capitation',
	CS: 'adjustment',
	CT: 'capitation payment',
	CV: 'capital passed through',
	CW: 'nurse anesthetist cost passed through',
	DM: 'medical education cost passed through',
	E3: 'withholding',
	FB: 'balance carried forward',
	FC: 'fund allocation',
	GO: 'graduate education cost passed through',
	HM: 'clotting factor supplement',
	IP: 'incentive',
	IR: 'tax withheld',
	IS: 'interim settlement',
	J1: 'not reimbursable',
	L3: 'penalty',
	L6: 'interest',
	LE: 'levy',
	LS: 'lump sum',
	OA: 'organ acquisition cost passed through',
	OB: 'offset for an affiliated provider',
	PI: 'periodic interim payment',
	PL: 'final payment',
	RA: 'retroactive adjustment',
	RE: 'return on equity',
	SL: 'student loan',
	TL: 'third-party liability',
	WO: 'overpayment recovered',
	WU: 'recovery without a reason',
};

export interface ProviderAdjustmentTotal {
	code: string;
	meaning: string;
	/** Positive lowers the payment, negative raises it. */
	amountMinor: number;
}

/** One row for each code, in the order of codes. */
export const adjustmentTotals = (byCode: ReadonlyMap<string, number>): ProviderAdjustmentTotal[] =>
	[...byCode]
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([code, amountMinor]) => ({ code, meaning: Object.hasOwn(MEANINGS, code) ? (MEANINGS[code] ?? '') : 'not in our table', amountMinor }));
