/** Totals of a remittance file. */
import type { ClaimFact } from '../../contracts/facts.ts';
import type { RemittancePayment, RemittanceSummary, RemittanceTotals } from '../reading.ts';
import { adjustmentTotals } from './provider-adjustments.ts';
import { isPaymentBalanced } from './segments.ts';
import type { ProviderAdjustment, State, Transaction } from './state.ts';

export const totals = (state: State): RemittanceTotals => ({
	currency: state.currency ?? 'USD',
	claims: state.claims,
	predeterminations: state.predeterminations,
	chargeMinor: state.chargeMinor,
	paidMinor: state.paidMinor,
});

export function summarize(
	state: State,
	facts: readonly ClaimFact[],
	nettedReversals: number,
	providerAdjustments: ProviderAdjustment[],
	payments: RemittancePayment[],
): RemittanceSummary {
	const lines = facts.flatMap((fact) => fact.lines);
	const denied = lines.filter(({ state: lineState }) => lineState === 'denied_open');
	const sum = (amounts: readonly number[]): number => amounts.reduce((all, amount) => all + amount, 0);
	const byCode = new Map<string, number>();
	for (const { code, amountMinor } of providerAdjustments) byCode.set(code, (byCode.get(code) ?? 0) + amountMinor);
	return {
		...totals(state),
		lines: lines.length,
		deniedClaims: facts.filter((fact) => fact.lines.some((line) => line.state === 'denied_open')).length,
		deniedLines: denied.length,
		reversedClaims: facts.filter((fact) => fact.lines.some((line) => line.state === 'reversed')).length,
		nettedReversals,
		claimsWithInvoice: facts.filter(({ invoice }) => invoice !== undefined).length,
		patientMinor: sum(lines.filter((line) => line.state === 'adjudicated').map(({ patientMinor }) => patientMinor)),
		deniedMinor: sum(denied.map(({ chargeMinor }) => chargeMinor)),
		providerAdjustmentMinor: sum(providerAdjustments.map(({ amountMinor }) => amountMinor)),
		providerAdjustmentsByCode: adjustmentTotals(byCode),
		providerAdjustments,
		payments,
	};
}

export function paymentOf(transaction: Transaction): RemittancePayment {
	const { interchange, trace, payer, amountMinor, method, date, adjustments } = transaction;
	return {
		key: [interchange, trace ?? '', payer, amountMinor].join('|'),
		...(trace === undefined ? {} : { trace }),
		payer,
		amountMinor,
		...(method === undefined ? {} : { method }),
		...(date === undefined ? {} : { date }),
		adjustments: adjustmentTotals(adjustments),
		balanced: isPaymentBalanced(transaction),
	};
}
