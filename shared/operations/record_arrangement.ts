import { defineAction } from '../contracts/operation.ts';
import { choice, date, list, money, object, optional, text, whole } from '../contracts/schema.ts';
import { PLAN_STATUSES, PROMISE_STATUSES } from '../contracts/words.ts';
import { ARRANGEMENT_KINDS, accountKey, accountOutput, amountOutput, dayOrEmpty, duplicateOutput, idempotencyKey, linkOutput } from './fields.ts';

const STATUSES = { proposed: 'Proposed', active: 'Active', cancelled: 'Cancelled' } as const;

export const input = object({
	...accountKey,
	kind: choice(ARRANGEMENT_KINDS, 'Kind', 'A promise is one amount on one day; a plan is several installments.', { visibility: 'important' }),
	arrangement_ref: optional(
		text('Arrangement Reference', 'The plan or promise to change, from an earlier step; left out, the standing one of the same kind.', {
			minLength: 1,
			maxLength: 40,
		}),
	),
	status: optional(
		choice(
			STATUSES,
			'Status',
			'A plan is proposed until the person agrees; an active one replaces the reminders of what it covers. Left out: proposed for a plan, active for a promise.',
		),
	),
	amount: optional(money('Amount', 'What is promised, or the total of the plan; left out, what is owed now.', { visibility: 'important' })),
	first_on: optional(date('First Due On', 'The day of the promise, or of the first installment.', { visibility: 'important' })),
	installments: optional(
		whole('Installments', 'How many installments the plan has; the remainder of the division is on the first.', { minimum: 2, maximum: 60 }),
	),
	every: optional(choice({ week: 'Week', two_weeks: 'Two weeks', month: 'Month' }, 'Every', 'How far installments lie apart.', { default: 'month' })),
	invoice: optional(
		text('Invoice', "Only this invoice, by the practice's number or Dunwell's own code; left out, everything that is owed now.", {
			minLength: 1,
			maxLength: 80,
		}),
	),
	...idempotencyKey,
});

export const output = object({
	...accountOutput,
	arrangement_ref: text('Arrangement Reference', "Dunwell's own code of the plan or promise."),
	kind: choice(ARRANGEMENT_KINDS, 'Kind', 'Whether it is a payment plan or a promise.'),
	status: choice({ ...PLAN_STATUSES, ...PROMISE_STATUSES }, 'Status', 'Where it stands now.'),
	outcome: choice({ created: 'Created', extended: 'Promise moved', updated: 'Updated', unchanged: 'Unchanged' }, 'Outcome', 'What the call changed.'),
	...duplicateOutput,
	...amountOutput('Amount', 'What is promised, or the total of the plan.'),
	next_due_on: dayOrEmpty('Next Due On', 'The day of the first part that is not paid; empty when all is paid or cancelled.'),
	extensions: whole('Extensions', 'How often the promise was moved.'),
	installments: list(
		object({
			number: whole('Number', 'Counted from 1.'),
			due_on: date('Due On', 'The day on which it is due.'),
			amount: money('Amount', 'What is due on that day.'),
			amount_text: text('Amount Text', 'The amount as people read it.'),
		}),
		'Installments',
		'The parts with their days and amounts.',
		{ maxItems: 60 },
	),
	installments_text: text('Installments Text', 'The same parts as lines of text.', { maxLength: 8000 }),
	...linkOutput,
});

export default defineAction({
	key: 'record_arrangement',
	label: 'Record Arrangement',
	noun: 'Arrangement',
	description: 'Records a promise to pay, or a proposed or active installment plan.',
	summary: 'Record a promise or payment plan',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/arrangements',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		arrangement_ref: 'arr_6t9q3m1h8s',
		kind: 'plan',
		status: 'proposed',
		outcome: 'created',
		duplicate: false,
		amount: 100,
		amount_text: '$100.00',
		currency: 'USD',
		next_due_on: '2026-12-01',
		extensions: 0,
		installments: [
			{ number: 1, due_on: '2026-12-01', amount: 33.34, amount_text: '$33.34' },
			{ number: 2, due_on: '2027-01-01', amount: 33.33, amount_text: '$33.33' },
			{ number: 3, due_on: '2027-02-01', amount: 33.33, amount_text: '$33.33' },
		],
		installments_text: '1: $33.34 on 2026-12-01\n2: $33.33 on 2027-01-01\n3: $33.33 on 2027-02-01',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ your_reference: 'A-1042', kind: 'promise', amount: 84.2, first_on: '2026-12-01' },
		{ account_ref: 'acc_7k2m9qd4wx', kind: 'plan', amount: 100, first_on: '2026-12-01', installments: 3 },
		{ account_ref: 'acc_7k2m9qd4wx', kind: 'plan', arrangement_ref: 'arr_6t9q3m1h8s', status: 'active' },
	],
	counterExamples: [
		{ value: { your_reference: 'A-1042', amount: 84.2 }, reason: '"kind" is required' },
		{ value: { your_reference: 'A-1042', kind: 'loan' }, reason: '"kind" must be one of: plan, promise' },
		{ value: { your_reference: 'A-1042', kind: 'promise', first_on: '2026-02-30' }, reason: '"first_on" must be a real date' },
		{ value: { your_reference: 'A-1042', kind: 'plan', installments: 1 }, reason: '"installments" must be 2 or more' },
		{ value: { your_reference: 'A-1042', kind: 'plan', status: 'broken' }, reason: '"status" must be one of: proposed, active, cancelled' },
		{ value: { your_reference: 'A-1042', kind: 'plan', interest: 5 }, reason: '"interest" is not a field of this operation' },
	],
	run: (context, value) => context.service.record_arrangement(value),
});
