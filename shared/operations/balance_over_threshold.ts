import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { flag, money, object, optional, text, whole } from '../contracts/schema.ts';

const { minimum_amount: _the_amount_itself, ...filters } = accountFilters;

export const input = object({
	amount: optional(
		money('Amount', "The amount above which you want to hear; left out, the practice's own threshold counts.", {
			minimum: 1,
			visibility: 'important',
		}),
	),
	...filters,
});

export const output = object({
	...eventFields,
	threshold: money('Threshold', 'The amount that the balance rose above.'),
	threshold_text: text('Threshold Text', 'The threshold as people read it, such as $200.00.'),
	from_policy: flag('Is the Practice Threshold', "Whether it is the practice's own threshold."),
	invoices_text: text('Invoices', 'References of the invoices it covers, separated by commas.'),
	invoice_count: whole('Invoice Count', 'How many invoices it covers.'),
	days_overdue: whole('Days Overdue', 'Age of the oldest unpaid invoice, in days.'),
});

export default defineTrigger({
	key: 'balance_over_threshold',
	label: 'Balance Over Threshold',
	noun: 'Balance',
	description: 'Triggers when what a patient owes rises above an amount you choose.',
	summary: 'When a balance rises above a threshold',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, record a balance above the amount, then run an account review.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_8m3q6w1z5r',
		event_type: 'balance_over_threshold',
		amount: 236.4,
		amount_text: '$236.40',
		summary: 'The balance rose above $200.00: $236.40 is owed.',
		reasons_text: '$236.40 is above the threshold of $200.00.',
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		threshold: 200,
		threshold_text: '$200.00',
		from_policy: true,
		invoices_text: 'inv_3p8t6n1vcz',
		invoice_count: 1,
		days_overdue: 4,
	},
	examples: [{}, { amount: 500, only_when_contactable: true, location: 'Main Street' }],
	counterExamples: [
		{ value: { amount: 0 }, reason: '"amount" must be 1 or more' },
		{ value: { amount: 99.995 }, reason: '"amount" must have at most 2 decimals' },
		{ value: { amount: '500' }, reason: '"amount" must be a number' },
		{ value: { minimum_amount: 500 }, reason: '"minimum_amount" is not a field of this operation' },
	],
});
