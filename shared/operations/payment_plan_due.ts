import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { choice, object, optional, signedMoney, text, whole } from '../contracts/schema.ts';
import { ARRANGEMENT_KINDS, dayOrEmpty } from './fields.ts';

const STAGES = {
	due: 'Coming due',
	missed: 'Missed',
	broken: 'Broken',
	kept: 'Promise kept',
	partial: 'Promise kept in part',
} as const;

export const input = object({
	stage: optional(choice(STAGES, 'Stage', 'Only what is coming due, missed, broken or kept.')),
	kind: optional(choice(ARRANGEMENT_KINDS, 'Kind', 'Only payment plans, or only promises.')),
	...accountFilters,
});

export const output = object({
	...eventFields,
	arrangement_ref: text('Arrangement Reference', "Dunwell's own code of the plan or promise."),
	kind: choice(ARRANGEMENT_KINDS, 'Kind', 'Whether it is a payment plan or a promise.'),
	stage: choice(STAGES, 'Stage', 'What became of it.'),
	installment: whole('Installment', 'Which installment it is about, counted from 1; 0 when it is the whole plan.'),
	installment_count: whole('Installment Count', 'How many installments there are; 1 for a promise.'),
	due_on: dayOrEmpty('Due On', 'The day on which it is or was due.'),
	paid_amount: signedMoney('Paid Amount', 'What was paid of the arrangement so far.'),
	paid_amount_text: text('Paid Amount Text', 'The same amount as people read it.'),
	remaining_amount: signedMoney('Remaining Amount', 'What is left of the arrangement.'),
	remaining_amount_text: text('Remaining Amount Text', 'The same amount as people read it.'),
	message: text('Message', 'Short name of the message that belongs to it; empty when none does.'),
	invoices_text: text('Invoices', 'References of the invoices it covers, separated by commas.'),
});

export default defineTrigger({
	key: 'payment_plan_due',
	label: 'Payment Plan Due',
	noun: 'Installment',
	description: 'Triggers when an installment or promise is coming due, missed or broken.',
	summary: 'When a plan payment is due or missed',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, record an active payment plan whose first installment is due tomorrow, then run an account review.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_7d2x5j8n4v',
		event_type: 'payment_plan_due',
		amount: 50,
		amount_text: '$50.00',
		summary: 'An installment of $50.00 is due on 2026-11-27.',
		reasons_text: 'Installment 2 of 4 is due in 3 days.',
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		arrangement_ref: 'arr_6t9q3m1h8s',
		kind: 'plan',
		stage: 'due',
		installment: 2,
		installment_count: 4,
		due_on: '2026-11-27',
		paid_amount: 50,
		paid_amount_text: '$50.00',
		remaining_amount: 150,
		remaining_amount_text: '$150.00',
		message: 'plan_due',
		invoices_text: 'inv_3p8t6n1vcz',
	},
	examples: [{}, { stage: 'missed', kind: 'plan' }],
	counterExamples: [
		{ value: { stage: 'late' }, reason: '"stage" must be one of: due, missed, broken, kept, partial' },
		{ value: { kind: 'loan' }, reason: '"kind" must be one of: plan, promise' },
		{ value: { installment: 2 }, reason: '"installment" is not a field of this operation' },
	],
});
