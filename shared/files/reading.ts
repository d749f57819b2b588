/** What a reader makes of an uploaded file: facts for the ledger, and what a person should know before importing them. */
import type { Fact } from '../contracts/facts.ts';
import type { ProviderAdjustmentTotal } from './remittance/provider-adjustments.ts';

/** One thing that was left out, where it stands and what to do about it. Never a value of the file: those are patient data. */
export interface FileProblem {
	/** "row 7" or "CLP at segment 23". */
	position: string;
	/** The column's header, as the file spells it. */
	field?: string;
	message: string;
}

interface Reading {
	facts: Fact[];
	problems: FileProblem[];
	/** Whole sentences about the file; nothing was left out because of them. */
	warnings: string[];
}

/** One payment of a remittance file (one ST…SE). */
export interface RemittancePayment {
	/** The same for a file that is uploaded twice: interchange number, trace, payer and amount. */
	key: string;
	trace?: string;
	payer: string;
	amountMinor: number;
	/** BPR04: ACH, CHK, NON, FWT, BOP. */
	method?: string;
	date?: string;
	/** Provider-level adjustments (PLB) by code; positive ones lower the payment. They are never a patient's. */
	adjustments: ProviderAdjustmentTotal[];
	/** Claims less provider adjustments are the amount that was paid. */
	balanced: boolean;
}

/** What is known of a file however it was read. */
export interface RemittanceTotals {
	currency: string;
	/** CLP segments; `facts` is smaller by netted reversals, predeterminations and claims with a problem. */
	claims: number;
	/** Status 25: only what a service would cost; left out of the facts. */
	predeterminations: number;
	/** As paid by the payer: sums of CLP03 and CLP04 over every claim of the file, reversals included. */
	chargeMinor: number;
	paidMinor: number;
}

export interface RemittanceSummary extends RemittanceTotals {
	lines: number;
	deniedClaims: number;
	deniedLines: number;
	reversedClaims: number;
	/** Reversals that came with their corrected claim, or that undid a claim of the same file. */
	nettedReversals: number;
	/** Claims whose CLP01 was read as account and invoice. */
	claimsWithInvoice: number;
	/** PR-1, PR-2 and PR-3 of adjudicated lines. */
	patientMinor: number;
	/** Charges of denied lines. */
	deniedMinor: number;
	/** Provider-level adjustments; positive ones lower the payment. They are never a patient's. */
	providerAdjustmentMinor: number;
	providerAdjustmentsByCode: ProviderAdjustmentTotal[];
	providerAdjustments: { code: string; amountMinor: number; position: string }[];
	payments: RemittancePayment[];
}

export interface AgingReportSummary {
	currency: string;
	/** Rows below the header that are neither blank nor a total. */
	rows: number;
	accounts: number;
	balances: number;
	/** Rows from which nothing was taken. */
	rejectedRows: number;
	duplicateRows: number;
	zeroBalances: number;
	/** Sum of the positive balances. */
	owedMinor: number;
	credits: number;
	/** Sum of the negative balances, as a positive amount; never netted against what is owed. */
	creditMinor: number;
}

export interface AcknowledgementSummary {
	currency: string;
	/** Claims the file speaks of; `facts` has one for each claim and sender. */
	claims: number;
	accepted: number;
	rejected: number;
	pending: number;
	finalised: number;
	unknown: number;
	/** Charges of the rejected claims. */
	rejectedMinor: number;
	senders: string[];
}

export interface AcknowledgementReading extends Reading {
	kind: 'acknowledgement';
	summary: AcknowledgementSummary;
}

export interface RemittanceReading extends Reading {
	kind: 'remittance';
	summary: RemittanceSummary;
}

export interface AgingReportReading extends Reading {
	kind: 'aging_report';
	summary: AgingReportSummary;
}

export type FileReading = RemittanceReading | AgingReportReading | AcknowledgementReading;
