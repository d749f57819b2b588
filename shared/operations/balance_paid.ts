import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { choice, instant, object, optional, signedMoney, text, whole } from '../contracts/schema.ts';

const WAYS = { payment: 'By a payment', credit: 'By a credit or an adjustment', recorded: 'By a recorded balance of 0' } as const;

export const input = object({
	paid_by: optional(choice(WAYS, 'Paid By', 'Only balances that ended this way.')),
	...accountFilters,
});

export const output = object({
	...eventFields,
	paid_by: choice(WAYS, 'Paid By', 'How the balance came to zero.'),
	paid_at: instant('Paid At', 'When it came to zero.'),
	remaining_amount: signedMoney('Remaining Amount', 'What is left: 0, or a negative amount when there is a credit.'),
	remaining_amount_text: text('Remaining Amount Text', 'The remaining amount as people read it.'),
	invoices_text: text('Invoices', 'References of the invoices that are now paid, separated by commas.'),
	reminders_sent: whole('Reminders Sent', 'How many reminders were sent about it.'),
	days_to_pay: whole('Days to Pay', 'Days from the first notice; 0 when the first notice is not known.'),
	cancelled_count: whole('Cancelled Reminders', 'How many waiting reminders were cancelled because of it.'),
});

export default defineTrigger({
	key: 'balance_paid',
	label: 'Balance Paid',
	noun: 'Balance',
	description: 'Triggers when a balance is paid or credited to zero.',
	summary: 'When a balance is paid',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, record a balance of 0 for an account that owes something.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_8z5d2r7j3v',
		event_type: 'balance_paid',
		raised_by: 'vendor',
		amount: 84.2,
		amount_text: '$84.20',
		summary: 'A balance of $84.20 was paid.',
		reasons_text: 'A payment brought the balance to zero.',
		can_contact: false,
		blocked_reasons_text: 'Nothing is owed.',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		paid_by: 'payment',
		paid_at: '2026-11-24T09:29:31-05:00',
		remaining_amount: 0,
		remaining_amount_text: '$0.00',
		invoices_text: 'inv_3p8t6n1vcz',
		reminders_sent: 2,
		days_to_pay: 17,
		cancelled_count: 1,
	},
	examples: [{}, { paid_by: 'payment', minimum_amount: 100 }],
	counterExamples: [
		{ value: { paid_by: 'cash' }, reason: '"paid_by" must be one of: payment, credit, recorded' },
		{ value: { location: 7 }, reason: '"location" must be text' },
		{ value: { minimum_amount: 1.005 }, reason: '"minimum_amount" must have at most 2 decimals' },
	],
});
