import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { instant, object, text } from '../contracts/schema.ts';

export const input = object({ ...accountFilters });

export const output = object({
	...eventFields,
	dispute_ref: text('Dispute Reference', "Dunwell's own code of the dispute."),
	payment_ref: text('Payment Reference', "Dunwell's own code of the payment."),
	method: text('Payment Method', 'How it was paid: card, ach, check, cash or other; empty when unknown.'),
	code: text('Dispute Code', "The processor's own code for it; empty when it gave none."),
	dispute_reason: text('Dispute Reason', 'Why it is disputed, in plain words; empty when nobody said.'),
	disputed_at: instant('Disputed At', 'When it was disputed.'),
	invoices_text: text('Invoices', 'References of the invoices it was for, separated by commas; empty when unknown.'),
	what_to_do_text: text('What to Do', 'What staff do next.'),
});

export default defineTrigger({
	key: 'payment_disputed',
	label: 'Payment Disputed',
	noun: 'Payment',
	description: 'Triggers when a payment is disputed.',
	summary: 'When a payment is disputed',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, record a payment with the status Disputed.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_1z6b9v3f8q',
		event_type: 'payment_disputed',
		raised_by: 'vendor:stripe',
		amount: 60,
		amount_text: '$60.00',
		summary: 'A payment of $60.00 is disputed.',
		reasons_text: 'The payment is disputed; nothing of it is asked for until that is settled.',
		can_contact: false,
		blocked_reasons_text: 'The payment is disputed.',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		dispute_ref: 'dsp_2r5k8w3m6y',
		payment_ref: 'pay_4d7w2k9s3m',
		method: 'card',
		code: 'product_not_received',
		dispute_reason: '',
		disputed_at: '2026-11-24T09:29:12-05:00',
		invoices_text: 'inv_3p8t6n1vcz',
		what_to_do_text: 'Answer the processor with the proof of service before its deadline, or accept the dispute.',
	},
	examples: [{}, { minimum_amount: 25 }],
	counterExamples: [
		{ value: { minimum_amount: -1 }, reason: '"minimum_amount" must be 0 or more' },
		{ value: { include_own: 1 }, reason: '"include_own" must be true or false' },
		{ value: { reason: 'fraud' }, reason: '"reason" is not a field of this operation' },
	],
});
