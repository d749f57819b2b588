import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { object, optional, text, whole } from '../contracts/schema.ts';

export const input = object({
	rule: optional(
		text('Rule', "Only this rule: high_deductible, recurring, or the short name of one of the practice's own.", {
			options: 'rules',
			pattern: '^[a-z][a-z0-9_]{0,39}$',
			visibility: 'important',
		}),
	),
	...accountFilters,
});

export const output = object({
	...eventFields,
	rule: text('Rule', 'Short name of the rule.'),
	rule_label: text('Rule Label', 'What people call the rule.'),
	message: text('Message', 'Short name of the message that belongs to it; empty when the ladder decides.'),
	days_overdue: whole('Days Overdue', 'Age of the oldest unpaid invoice, in days.'),
	invoices_text: text('Invoices', 'References of the invoices it is about, separated by commas.'),
});

export default defineTrigger({
	key: 'rule_matched',
	label: 'Rule Matched',
	noun: 'Account',
	description: 'Triggers when an account meets your own rule, such as a high-deductible plan or a recurring balance.',
	summary: 'When an account matches a reminder rule',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, mark an account that owes more than $500 as having a high-deductible plan, then run an account review.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_3k8p1c6w9g',
		event_type: 'rule_matched',
		amount: 640,
		amount_text: '$640.00',
		summary: 'An account with a high-deductible plan owes $640.00.',
		reasons_text: 'The plan has a high deductible, and $640.00 is $500.00 or more.',
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		rule: 'high_deductible',
		rule_label: 'High-deductible plan',
		message: 'plan_offer',
		days_overdue: 0,
		invoices_text: 'inv_3p8t6n1vcz',
	},
	examples: [{}, { rule: 'recurring', minimum_amount: 50 }],
	counterExamples: [
		{ value: { rule: 'High deductible' }, reason: '"rule" does not have the expected form' },
		{ value: { minimum_amount: -1 }, reason: '"minimum_amount" must be 0 or more' },
		{ value: { rules: ['recurring'] }, reason: '"rules" is not a field of this operation' },
	],
});
