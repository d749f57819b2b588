/** Payment plans and promises as the rules read them: what was paid goes to the oldest installment first. */
import type { PlanStatus, PromiseStatus } from '../../contracts/words.ts';
import type { InstallmentFacts, PlanFacts, PromiseFacts } from '../../rules/types.ts';
import type { AccountRow, ArrangementRow } from '../accounts/rows.ts';

/** A plan whose installments replace the ladder of what it covers. */
const RUNNING = new Set(['active', 'grace', 'missed']);

/**
 * What was paid since it was made: by the payments that were recorded, or by what fell off the invoices it covers where
 * a source reports balances alone. Never both, or one payment would count twice.
 */
export function paidOn(row: Pick<AccountRow, 'invoices'>, arrangement: ArrangementRow): number {
	const owedNow = row.invoices.reduce(
		(sum, { invoice_ref, amount_minor }) => sum + (arrangement.covers.includes(invoice_ref) ? Math.max(0, amount_minor) : 0),
		0,
	);
	return Math.min(arrangement.total_minor, Math.max(arrangement.paid_minor, arrangement.owed_minor - owedNow, 0));
}

export function installmentsOf(arrangement: ArrangementRow, paidMinor: number): InstallmentFacts[] {
	let left = paidMinor;
	return arrangement.installments.map((part) => {
		const paid = Math.min(left, part.amount_minor);
		left -= paid;
		return { number: part.number, dueOn: part.due_on, amountMinor: part.amount_minor, paidMinor: paid, raised: part.raised };
	});
}

const since = ({ resting_since: at }: ArrangementRow): { since?: number } => (at === null ? {} : { since: Date.parse(at) });

export const plansOf = (row: AccountRow): PlanFacts[] =>
	row.arrangements
		.filter(({ kind }) => kind === 'plan')
		.map((plan) => ({
			ref: plan.arrangement_ref,
			status: plan.status as PlanStatus,
			covers: plan.covers,
			installments: installmentsOf(plan, paidOn(row, plan)),
			brokenRaised: plan.raised.includes('broken'),
			...since(plan),
		}));

export const promisesOf = (row: AccountRow): PromiseFacts[] =>
	row.arrangements
		.filter(({ kind }) => kind === 'promise')
		.map((promise) => ({
			ref: promise.arrangement_ref,
			status: promise.status as PromiseStatus,
			on: promise.installments[0]?.due_on ?? '',
			amountMinor: promise.total_minor,
			paidMinor: paidOn(row, promise),
			extensions: promise.extensions,
			covers: promise.covers,
			raised: promise.raised as PromiseFacts['raised'],
			...since(promise),
		}));

export const invoicesOnPlan = (row: AccountRow): ReadonlySet<string> =>
	new Set(row.arrangements.filter(({ kind, status }) => kind === 'plan' && RUNNING.has(status)).flatMap(({ covers }) => covers));
