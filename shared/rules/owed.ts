/** What of an invoice is the patient's to pay as far as anyone knows: by its lines where there are any, and while nobody disputes it. */
import type { LineState } from '../contracts/words.ts';
import { leaf } from './leaves.ts';
import { type ReasonCode, reason } from './reasons.ts';
import type { AccountFacts, InvoiceFacts, Leaf, Reason } from './types.ts';

/** Final patient responsibility: the only lines whose money a patient is asked for. */
const BILLABLE: readonly LineState[] = ['adjudicated', 'final_patient'];
const OPEN_DENIAL: readonly LineState[] = ['denied_open', 'in_appeal'];
/** Lines whose next answer is a payer's. */
const WITH_PAYER: readonly LineState[] = ['pending', 'crossover', 'corrected', 'reversed'];
/** What a dispute or a rejected claim leaves open, found once for all invoices. */
export interface Unsettled {
	disputed(ref: string): boolean;
	rejected: readonly string[];
}

export const unsettledIn = (facts: AccountFacts): Unsettled => ({ disputed: disputedIn(facts), rejected: rejectedIn(facts) });

const NOTHING: readonly string[] = [];
const nowhere = (): boolean => false;
const everywhere = (): boolean => true;

/** A dispute that names neither an invoice nor a payment for one disputes everything: nobody knows what it leaves out. */
function disputedIn({ disputes, payments }: AccountFacts): (ref: string) => boolean {
	if (disputes === undefined || disputes.length === 0) return nowhere;
	const refs = disputes.map((one) => one.invoice ?? payments.find((payment) => payment.ref === one.payment)?.invoice);
	return refs.includes(undefined) ? everywhere : (ref) => refs.includes(ref);
}

function rejectedIn({ claims }: AccountFacts): readonly string[] {
	let refs = NOTHING;
	for (const claim of claims) if (claim.rejected === true && claim.invoice !== undefined) refs = [...refs, claim.invoice];
	return refs;
}

/** Writes into `why` what keeps the amount from being final; an unknown share is owed all the same. */
export function owedOf({ disputed, rejected }: Unsettled, invoice: InvoiceFacts, leaves: Leaf[], why: Reason[]): number {
	if (leaf(leaves, 'disputed', '=', false, invoice.disputed || disputed(invoice.ref)) !== true) {
		why.push(reason('disputed'));
		return 0;
	}
	if (rejected.length > 0 && leaf(leaves, 'claim_rejected', '=', false, rejected.includes(invoice.ref)) !== true) {
		why.push(reason('claim_rejected'));
		return 0;
	}
	if (invoice.lines !== undefined && invoice.lines.length > 0) return owedByLines(invoice, leaves, why);
	const final = leaf(leaves, 'final_patient_share', '=', true, invoice.finalShare);
	if (final === false) why.push(reason('waiting_insurance'));
	if (final === undefined) why.push(reason('unknown_final_share'));
	return final === false ? 0 : invoice.amountMinor;
}

function owedByLines({ lines = [], amountMinor }: InvoiceFacts, leaves: Leaf[], why: Reason[]): number {
	let sum = 0;
	for (const line of lines) if (leaf(leaves, `line_${line.line}_state`, 'in', BILLABLE, line.state) === true) sum += line.patientMinor;
	const owed = Math.min(sum, amountMinor);
	if (owed > 0) return owed;
	why.push(reason(whyNothing(lines.map((line) => line.state))));
	return 0;
}

/** Who is to act next: staff on a denial, the payer, or nobody any more. */
function whyNothing(states: readonly LineState[]): ReasonCode {
	if (states.some((state) => OPEN_DENIAL.includes(state))) return 'denied_claim';
	if (states.some((state) => WITH_PAYER.includes(state))) return 'waiting_insurance';
	return states.includes('never_bill') ? 'hold_never_bill' : 'nothing_owed';
}
