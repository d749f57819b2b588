import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { object, optional, text, whole } from '../contracts/schema.ts';

/** A trigger's input is its filters: what a subscription asks to hear. */
export const input = object({
	minimum_days: optional(whole('Minimum Days Overdue', 'Only from this milestone on, such as 15.', { minimum: 0, maximum: 730 })),
	...accountFilters,
});

export const output = object({
	...eventFields,
	days_overdue: whole('Days Overdue', 'The milestone that was reached, in days.'),
	message: text('Message', 'Short name of the message the ladder would send.'),
	invoices_text: text('Invoices', 'References of the invoices it covers, separated by commas.'),
	invoice_count: whole('Invoice Count', 'How many invoices it covers.'),
	next_step_text: text('Next Step', 'What the ladder does next, and when.'),
	card_json: text('Card JSON', 'An Adaptive Card that a flow can post to a chat.', { maxLength: 28_000 }),
});

export default defineTrigger({
	key: 'balance_overdue',
	label: 'Balance Overdue',
	noun: 'Balance',
	description: 'Triggers when an unpaid balance reaches a milestone, such as 7, 15 or 30 days.',
	summary: 'When a balance becomes overdue',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	visibility: 'important',
	hint: 'To see it work now, record a balance whose first notice is eight days old, then run an account review.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_5x9c2h7m4k',
		event_type: 'balance_overdue',
		amount: 84.2,
		amount_text: '$84.20',
		summary: 'A balance of $84.20 has been unpaid for 15 days.',
		reasons_text: '15 days since the first notice; insurance is done with it.',
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		days_overdue: 15,
		message: 'reminder_2',
		invoices_text: 'inv_3p8t6n1vcz',
		invoice_count: 1,
		next_step_text: 'A third reminder on 2026-12-09 if it is still unpaid.',
		card_json: '{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","text":"A balance of $84.20 has been unpaid for 15 days.","wrap":true}]}',
	},
	examples: [{}, { minimum_days: 15, only_when_contactable: true, minimum_amount: 25 }],
	counterExamples: [
		{ value: { minimum_days: -1 }, reason: '"minimum_days" must be 0 or more' },
		{ value: { minimum_days: 'many' }, reason: '"minimum_days" must be a whole number' },
	],
});
