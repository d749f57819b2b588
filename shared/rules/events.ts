/** What has happened, whether or not anybody may be contacted about it: fact is not permission. */
import { formatMoney } from '../contracts/money.ts';
import { compareText, type InvoiceView } from './eligibility.ts';
import { highest } from './ladder.ts';
import { leaf } from './leaves.ts';
import type { Milestone, Plan } from './plan.ts';
import type { AccountFacts, ClaimFacts, Leaf, PaymentFacts, RaisedEvent, Trace } from './types.ts';

interface Crossed {
	view: InvoiceView;
	step: Milestone;
}

/** One event for the account, for the highest milestone that any invoice crossed since the last one. */
export function balanceOverdue(plan: Plan, facts: AccountFacts, views: readonly InvoiceView[], raised: Record<string, number>, trace: Trace[]): RaisedEvent[] {
	const crossed = newlyCrossed(views);
	const amountMinor = crossed.reduce((sum, { view }) => sum + view.owedMinor, 0);
	const top = highest(crossed.map(({ step }) => step));
	const leaves: Leaf[] = [];
	leaf(leaves, 'invoices_newly_crossed', '>', 0, crossed.length);
	const enough = leaf(leaves, 'amount_minor', '>=', plan.minimumIn(facts.currency).messageMinor, amountMinor) === true;
	if (top === undefined || !enough) {
		trace.push({ rule: 'balance_overdue', outcome: 'skip', text: top === undefined ? 'No invoice crossed a new milestone.' : 'Too small to raise.', leaves });
		return [];
	}
	for (const { view, step } of crossed) raised[view.facts.ref] = step.days;
	const summary = `${formatMoney(amountMinor, facts.currency)} is unpaid ${top.days} days after ${anchorName(plan, crossed, top)}.`;
	trace.push({ rule: 'balance_overdue', outcome: 'fire', text: summary, leaves });
	return [
		{
			type: 'balance_overdue',
			key: `balance_overdue:${facts.ref}:${crossed
				.map(({ view, step }) => `${view.facts.ref}${view.facts.againSince === undefined ? '' : `#${view.facts.againSince}`}@${step.days}`)
				.sort()
				.join(',')}`,
			amountMinor,
			invoices: crossed.map(({ view }) => view.facts.ref),
			days: top.days,
			message: top.message,
			summary,
			reasons: crossed.map(
				({ view, step }) => `${formatMoney(view.owedMinor, facts.currency)}: ${view.age} days since ${view.anchorDay}, the ${step.days} day step is reached.`,
			),
		},
	];
}

function newlyCrossed(views: readonly InvoiceView[]): Crossed[] {
	const crossed: Crossed[] = [];
	for (const view of views)
		if (view.owedMinor > 0 && view.step !== undefined && view.step.days > view.facts.raisedDays) crossed.push({ view, step: view.step });
	return crossed;
}

/** A balance without a first notice ages from its due date, whatever the policy prefers. */
const anchorName = (plan: Plan, crossed: readonly Crossed[], top: Milestone): string =>
	plan.policy.anchor === 'first_notice' && crossed.some(({ view, step }) => step === top && view.facts.firstNoticeDate !== undefined)
		? 'the first notice'
		: 'the due date';

/** ACH return codes a biller meets, by Nacha's rules; others are shown as they are. */
const RETURN_CODES: Readonly<Record<string, string>> = {
	R01: 'insufficient funds',
	R02: 'account closed',
	R03: 'no such account',
	R04: 'account number not valid',
	R07: 'authorization revoked',
	R08: 'payment stopped',
	R09: 'uncollected funds',
	R10: 'not authorized',
	R11: 'not according to the authorization',
	R16: 'account frozen',
	R20: 'not an account for payments',
	R29: 'not authorized by the company',
};

const byRef = <T extends { ref: string }>(facts: readonly T[]): readonly T[] =>
	facts.length > 1 ? facts.toSorted((a, b) => compareText(a.ref, b.ref)) : facts;

export function paymentsFailed(facts: AccountFacts, trace: Trace[]): RaisedEvent[] {
	return byRef(facts.payments)
		.filter((payment) => isNewFailure(payment, trace))
		.map((payment) => paymentFailed(facts, payment));
}

function isNewFailure(payment: PaymentFacts, trace: Trace[]): boolean {
	const leaves: Leaf[] = [];
	const fire =
		leaf(leaves, 'status', 'in', ['failed', 'returned'], payment.status) === true &&
		leaf(leaves, 'raised', '=', false, payment.raised) === true &&
		leaf(leaves, 'will_retry', '=', false, payment.willRetry ?? false) === true;
	trace.push({
		rule: 'payment_failed',
		outcome: fire ? 'fire' : 'skip',
		subject: payment.ref,
		text: fire ? `The payment ${payment.status}.` : 'Nothing new about this payment.',
		leaves,
	});
	return fire;
}

function paymentFailed(facts: AccountFacts, payment: PaymentFacts): RaisedEvent {
	const happened = payment.status === 'returned' ? 'was returned' : 'failed';
	const cause =
		payment.code === undefined
			? 'The processor gave no cause.'
			: `Cause: ${RETURN_CODES[payment.code] ?? payment.code.replaceAll('_', ' ')} (${payment.code}).`;
	return {
		type: 'payment_failed',
		key: `payment_failed:${facts.ref}:${payment.ref}`,
		amountMinor: payment.amountMinor,
		invoices: payment.invoice === undefined ? [] : [payment.invoice],
		message: 'payment_failed',
		payment: payment.ref,
		summary: `A payment of ${formatMoney(payment.amountMinor, facts.currency)} ${happened}.`,
		reasons: [cause],
	};
}

/** Once per claim and set of lines; a line that is denied later is a new event. */
export function claimsDenied(facts: AccountFacts, trace: Trace[]): RaisedEvent[] {
	return byRef(facts.claims).flatMap((claim) => claimDenied(facts, claim, trace));
}

function claimDenied(facts: AccountFacts, claim: ClaimFacts, trace: Trace[]): RaisedEvent[] {
	const leaves: Leaf[] = [];
	const lines = claim.lines
		.filter(
			(line) =>
				leaf(leaves, `line_${line.line}_state`, '=', 'denied_open', line.state) === true &&
				leaf(leaves, `line_${line.line}_raised`, '=', false, claim.raisedLines.includes(line.line)) === true,
		)
		.sort((a, b) => a.line - b.line);
	const amountMinor = lines.reduce((sum, line) => sum + line.chargeMinor, 0);
	if (lines.length === 0) {
		trace.push({ rule: 'claim_denied', outcome: 'skip', subject: claim.ref, text: 'No line is newly denied.', leaves });
		return [];
	}
	const summary = `${claim.payer} denied ${lines.length === 1 ? '1 line' : `${lines.length} lines`} of a claim: ${formatMoney(amountMinor, facts.currency)}.`;
	trace.push({ rule: 'claim_denied', outcome: 'fire', subject: claim.ref, text: summary, leaves });
	const numbers = lines.map((line) => line.line);
	return [
		{
			type: 'claim_denied',
			key: `claim_denied:${facts.ref}:${claim.ref}:${numbers.join(',')}`,
			amountMinor,
			invoices: [],
			claim: claim.ref,
			lines: numbers,
			summary,
			reasons: lines.map(
				(line) =>
					`${claim.payer} denied line ${line.line}, ${formatMoney(line.chargeMinor, facts.currency)}: ${line.category?.replaceAll('_', ' ') ?? 'not classified'}.`,
			),
		},
	];
}

export function balancePaid(facts: AccountFacts, totalMinor: number, trace: Trace[]): RaisedEvent[] {
	const leaves: Leaf[] = [];
	const previousMinor = facts.previousMinor ?? 0;
	const fire = leaf(leaves, 'previous_minor', '>', 0, previousMinor) === true && leaf(leaves, 'total_minor', '=', 0, totalMinor) === true;
	if (!fire) {
		trace.push({ rule: 'balance_paid', outcome: 'skip', text: 'No balance fell to zero.', leaves });
		return [];
	}
	const summary = `The balance of ${formatMoney(previousMinor, facts.currency)} is paid or credited.`;
	trace.push({ rule: 'balance_paid', outcome: 'fire', text: summary, leaves });
	// The newest fact tells this fall to zero from an earlier one, and is the same in every run over the same facts.
	const newest = facts.invoices.reduce((latest, invoice) => Math.max(latest, invoice.asOf), facts.lastPaymentAt ?? 0);
	return [
		{
			type: 'balance_paid',
			key: `balance_paid:${facts.ref}:${newest}`,
			amountMinor: previousMinor,
			invoices: facts.invoices.map((invoice) => invoice.ref).sort(),
			summary,
			reasons: [summary],
		},
	];
}
