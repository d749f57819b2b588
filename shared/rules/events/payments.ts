/** Payments that failed, came back or are disputed. */
import { formatMoney } from '../../contracts/money.ts';
import { leaf } from '../leaves.ts';
import { byRef, type Scene } from '../scene.ts';
import type { AccountFacts, Leaf, PaymentFacts, RaisedEvent } from '../types.ts';
import { ACH_RETRIES, PAYMENT_CODES, type PaymentStage, STAGES } from './payment-codes-data.ts';

export const paymentsFailed = ({ facts, trace }: Scene): RaisedEvent[] => {
	if (facts.payments.length === 0) return [];
	return byRef(facts.payments)
		.filter((payment) => {
			const leaves: Leaf[] = [];
			const fire = hasFailed(payment, leaves) && leaf(leaves, 'raised', '=', false, payment.raised) === true;
			trace.push({
				rule: 'payment_failed',
				outcome: fire ? 'fire' : 'skip',
				subject: payment.ref,
				text: fire ? `The payment ${payment.status}.` : 'Nothing new about this payment.',
				leaves,
			});
			return fire;
		})
		.map((payment) => paymentFailed(facts, payment));
};

/** Failures that still stand, told already or not. */
export const failuresStanding = ({ facts }: Scene): RaisedEvent[] =>
	byRef(facts.payments)
		.filter((payment) => hasFailed(payment, []))
		.map((payment) => paymentFailed(facts, payment));

/** While the vendor itself will try again nobody needs to be told. */
const hasFailed = (payment: PaymentFacts, leaves: Leaf[]): boolean =>
	leaf(leaves, 'status', 'in', ['failed', 'returned'], payment.status) === true && leaf(leaves, 'will_retry', '=', false, payment.willRetry ?? false) === true;

/** What kind of failure it is, by its code. A debit that used up its tries is as final as a closed account. */
export function stageOf({ code, retries = 0 }: PaymentFacts): PaymentStage {
	const stage = code === undefined ? 'unknown' : (PAYMENT_CODES.get(code)?.stage ?? 'unknown');
	return stage === 'soft' && isAch(code) && retries >= ACH_RETRIES ? 'hard' : stage;
}

const isAch = (code: string | undefined): boolean => code === 'R01' || code === 'R09';

/** Staff look at these before anybody writes, or debits again. */
export const isStaffs = (stage: PaymentStage): boolean => stage === 'unauthorized' || stage === 'frozen' || stage === 'deceased';

function messageOf(status: PaymentFacts['status'], stage: PaymentStage): string | undefined {
	if (isStaffs(stage)) return undefined;
	if (stage === 'hard' || stage === 'bad_account') return 'payment_method_needed';
	return status === 'returned' ? 'payment_returned' : 'payment_failed';
}

function paymentFailed(facts: AccountFacts, payment: PaymentFacts): RaisedEvent {
	const happened = payment.status === 'returned' ? 'was returned' : 'failed';
	const stage = stageOf(payment);
	const message = messageOf(payment.status, stage);
	return {
		type: 'payment_failed',
		key: `payment_failed:${facts.ref}:${payment.ref}:${payment.status}:${stage}`,
		amountMinor: payment.amountMinor,
		invoices: payment.invoice === undefined ? [] : [payment.invoice],
		...(message === undefined ? {} : { message }),
		payment: payment.ref,
		stage,
		summary: `${payment.autopay === true ? 'An automatic payment' : 'A payment'} of ${formatMoney(payment.amountMinor, facts.currency)} ${happened}.`,
		reasons: [causeOf(payment), ...whatNext(payment, stage)],
	};
}

const causeOf = ({ code }: PaymentFacts): string =>
	code === undefined ? 'The processor gave no cause.' : `Cause: ${PAYMENT_CODES.get(code)?.label ?? code.replaceAll('_', ' ')} (${code}).`;

function whatNext({ code, retries = 0 }: PaymentFacts, stage: PaymentStage): string[] {
	if (code === undefined) return [];
	if (!isAch(code)) return [STAGES[stage]];
	const left = Math.max(0, ACH_RETRIES - retries);
	return [left === 0 ? 'Its tries are used up: a new way to pay is needed.' : `It may be tried at most ${left === 1 ? 'once' : 'twice'} more.`];
}

/** A dispute of a payment (a chargeback), once for each. Disputes of an amount are the reply's or the balance's own event. */
export function paymentsDisputed({ facts, trace }: Scene): RaisedEvent[] {
	if (facts.disputes === undefined) return [];
	return byRef(facts.disputes).flatMap((dispute) => {
		const leaves: Leaf[] = [];
		const fire = leaf(leaves, 'payment', 'known', undefined, dispute.payment) === true && leaf(leaves, 'raised', '=', false, dispute.raised) === true;
		const payment = facts.payments.find((one) => one.ref === dispute.payment);
		const invoice = dispute.invoice ?? payment?.invoice;
		const summary = payment === undefined ? 'A payment is disputed.' : `A payment of ${formatMoney(payment.amountMinor, facts.currency)} is disputed.`;
		trace.push({
			rule: 'payment_disputed',
			outcome: fire ? 'fire' : 'skip',
			subject: dispute.ref,
			text: fire ? summary : 'No payment is newly disputed.',
			leaves,
		});
		if (!fire || dispute.payment === undefined) return [];
		return [
			{
				type: 'payment_disputed' as const,
				key: `payment_disputed:${facts.ref}:${dispute.ref}`,
				amountMinor: payment?.amountMinor ?? 0,
				invoices: invoice === undefined ? [] : [invoice],
				payment: dispute.payment,
				dispute: dispute.ref,
				summary,
				reasons: [`Reason: ${dispute.reason.replaceAll('_', ' ')}.`, 'Nothing is asked for it until it is settled.'],
			},
		];
	});
}
