import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { choice, flag, instant, object, optional, text } from '../contracts/schema.ts';

const STATUSES = { failed: 'Failed', returned: 'Returned' } as const;

const STAGES = {
	soft: 'May be tried again',
	hard: 'Another way to pay is needed',
	bad_account: 'The bank account does not work',
	unauthorized: 'Stopped or not authorized: never debit again',
	frozen: 'The account is frozen',
	deceased: 'The account holder has died',
	unknown: 'Not known',
} as const;

export const input = object({
	status: optional(choice(STATUSES, 'Payment Status', 'Only payments that failed at once, or only those that came back later.')),
	stage: optional(choice(STAGES, 'Stage', 'Only failures of this kind.')),
	...accountFilters,
});

export const output = object({
	...eventFields,
	payment_ref: text('Payment Reference', "Dunwell's own code of the payment."),
	status: choice(STATUSES, 'Payment Status', 'Whether it failed at once or came back later.'),
	method: text('Payment Method', 'How it was paid: card, ach, check, cash or other; empty when unknown.'),
	code: text('Failure Code', "The processor's own code, such as insufficient_funds or R01; empty when it gave none."),
	code_text: text('Failure Reason', 'What the code means, in plain words.'),
	stage: choice(STAGES, 'Stage', 'What kind of failure it is, which says whether it may be tried again.'),
	what_to_do_text: text('What to Do', 'The usual next step for this failure.'),
	message: text('Message', 'Short name of the message that belongs to it; empty when only staff can act.'),
	autopay: flag('Is Autopay', 'Whether it was an automatic payment.'),
	failed_at: instant('Failed At', 'When the payment failed or came back.'),
	invoices_text: text('Invoices', 'References of the invoices it was for, separated by commas; empty when unknown.'),
});

export default defineTrigger({
	key: 'payment_failed',
	label: 'Payment Failed',
	noun: 'Payment',
	description: 'Triggers when a card, autopay, bank or check payment fails or is returned.',
	summary: 'When a payment fails or is returned',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	visibility: 'important',
	hint: 'To see it work now, record a payment with the status Failed.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_2b8r5t1n6y',
		event_type: 'payment_failed',
		raised_by: 'vendor',
		amount: 60,
		amount_text: '$60.00',
		summary: 'A card payment of $60.00 failed: insufficient funds.',
		reasons_text: 'The card was declined for insufficient funds, and the processor will not try again.',
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		payment_ref: 'pay_4d7w2k9s3m',
		status: 'failed',
		method: 'card',
		code: 'insufficient_funds',
		code_text: 'Insufficient funds',
		stage: 'soft',
		what_to_do_text: 'Ask for another card, or try again on a later day.',
		message: 'payment_failed',
		autopay: true,
		failed_at: '2026-11-24T09:29:12-05:00',
		invoices_text: 'inv_3p8t6n1vcz',
	},
	examples: [{}, { status: 'returned', minimum_amount: 25, location: 'Main Street' }],
	counterExamples: [
		{ value: { status: 'declined' }, reason: '"status" must be one of: failed, returned' },
		{ value: { minimum_amount: -1 }, reason: '"minimum_amount" must be 0 or more' },
		{ value: { minimum_ammount: 5 }, reason: '"minimum_ammount" is not a field of this operation' },
	],
});
