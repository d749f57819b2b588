import { defineAction } from '../contracts/operation.ts';
import { choice, flag, instant, money, object, optional, signedMoney, text, whole } from '../contracts/schema.ts';
import { DISPUTE_REASONS } from '../contracts/words.ts';
import { accountKey, accountOutput, duplicateOutput, idempotencyKey, linkOutput } from './fields.ts';

export const input = object({
	...accountKey,
	payment: text('Payment', "The practice's or the processor's number of the payment; the same number twice is one payment.", {
		minLength: 1,
		maxLength: 120,
		visibility: 'important',
	}),
	status: choice({ succeeded: 'Succeeded', failed: 'Failed', returned: 'Returned', disputed: 'Disputed' }, 'Status', 'What became of the payment.', {
		visibility: 'important',
	}),
	amount: money('Amount', 'The amount of the payment.', { visibility: 'important' }),
	currency: optional(text('Currency', "The ISO 4217 code; the practice's own when left out.", { pattern: '^[A-Z]{3}$', visibility: 'advanced' })),
	invoice: optional(
		text('Invoice', "The practice's number for the invoice it is for; left out, it is for the account as a whole.", { minLength: 1, maxLength: 80 }),
	),
	method: optional(choice({ card: 'Card', ach: 'Bank debit (ACH)', check: 'Check', cash: 'Cash', other: 'Other' }, 'Method', 'How it was paid.')),
	code: optional(text('Failure Code', "The processor's own code for a failure, such as insufficient_funds or R01.", { pattern: '^[A-Za-z0-9_.-]{1,60}$' })),
	will_retry: optional(flag('Will Be Retried', 'Whether the processor itself tries again, so that nobody needs to be told yet.', { default: false })),
	retries: optional(
		whole('Retries', 'How often this debit was tried again already; a bank debit may be tried twice more.', {
			minimum: 0,
			maximum: 20,
			visibility: 'advanced',
		}),
	),
	autopay: optional(flag('Is Autopay', 'Whether it was an automatic payment.', { default: false, visibility: 'advanced' })),
	dispute_reason: optional(choice(DISPUTE_REASONS, 'Dispute Reason', 'Why it is disputed, where somebody said it.', { visibility: 'advanced' })),
	at: optional(instant('Paid or Failed At', 'When it happened; now when left out.', { visibility: 'advanced' })),
	...idempotencyKey,
});

export const output = object({
	...accountOutput,
	payment_ref: text('Payment Reference', "Dunwell's own code of the payment."),
	outcome: choice(
		{ recorded: 'Recorded', status_changed: 'Status changed', unchanged: 'Unchanged', older_ignored: 'Older than what is known, ignored' },
		'Outcome',
		'What the call changed.',
	),
	...duplicateOutput,
	amount: money('Amount', 'The amount of the payment.'),
	amount_text: text('Amount Text', 'The amount as people read it, such as $84.20.'),
	balance_amount: signedMoney('Balance', 'What the account owes now, as far as it is known.'),
	balance_amount_text: text('Balance Text', 'The balance as people read it.'),
	currency: text('Currency', 'The ISO 4217 code of the amounts.'),
	event_raised: flag('Event Raised', 'Whether it raised an event, such as Payment Failed or Balance Paid.'),
	...linkOutput,
});

export default defineAction({
	key: 'record_payment',
	label: 'Record Payment',
	noun: 'Payment',
	description: 'Records that a payment succeeded, failed, was returned or is disputed.',
	summary: 'Record a payment',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/payments',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		payment_ref: 'pay_4d7w2k9s3m',
		outcome: 'recorded',
		duplicate: false,
		amount: 60,
		amount_text: '$60.00',
		balance_amount: 24.2,
		balance_amount_text: '$24.20',
		currency: 'USD',
		event_raised: false,
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ your_reference: 'A-1042', payment: 'P-881', status: 'succeeded', amount: 60, invoice: 'INV-2291', method: 'card', at: '2026-11-24T09:15:00-05:00' },
		{ account_ref: 'acc_7k2m9qd4wx', payment: 'P-882', status: 'failed', amount: 60, method: 'card', code: 'insufficient_funds', will_retry: false },
		{ account_ref: 'acc_7k2m9qd4wx', payment: 'P-883', status: 'returned', amount: 24.2, method: 'ach', code: 'R01', retries: 1 },
		{ account_ref: 'acc_7k2m9qd4wx', payment: 'P-884', status: 'disputed', amount: 60, method: 'card', dispute_reason: 'already_paid' },
	],
	counterExamples: [
		{ value: { your_reference: 'A-1042', status: 'succeeded', amount: 60 }, reason: '"payment" is required' },
		{
			value: { your_reference: 'A-1042', payment: 'P-881', status: 'paid', amount: 60 },
			reason: '"status" must be one of: succeeded, failed, returned, disputed',
		},
		{ value: { your_reference: 'A-1042', payment: 'P-881', status: 'succeeded', amount: -60 }, reason: '"amount" must be 0 or more' },
		{
			value: { your_reference: 'A-1042', payment: 'P-881', status: 'succeeded', amount: 60, at: '2026-11-24' },
			reason: '"at" must be a date and time with offset',
		},
		{
			value: { your_reference: 'A-1042', payment: 'P-881', status: 'succeeded', amount: 60, at: '2026-02-30T09:15:00-05:00' },
			reason: '"at" must be a date and time with offset',
		},
		{
			value: { your_reference: 'A-1042', payment: 'P-881', status: 'failed', amount: 60, card_number: '4242' },
			reason: '"card_number" is not a field of this operation',
		},
	],
	run: (context, value) => context.service.record_payment(value),
});
