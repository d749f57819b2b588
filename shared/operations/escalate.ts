import { defineAction } from '../contracts/operation.ts';
import { choice, date, money, object, optional, text } from '../contracts/schema.ts';
import { accountWhereNeeded, becauseOf, duplicateOutput, ESCALATION_REASONS, idempotencyKey, instantOrEmpty, linkOutput, SEVERITIES } from './fields.ts';

export const input = object({
	reason: choice(ESCALATION_REASONS, 'Reason', 'What the work is about.', { visibility: 'important' }),
	...accountWhereNeeded,
	because_of: becauseOf,
	invoice: optional(text('Invoice', "The invoice it is about, by the practice's number or Dunwell's own code.", { minLength: 1, maxLength: 80 })),
	severity: optional(choice(SEVERITIES, 'Severity', 'How urgent it is.', { default: 'normal' })),
	route: optional(text('Route', "Where the work goes; left out, the practice's own default.", { options: 'routes', maxLength: 40 })),
	owner: optional(text('Owner', 'Short name of the staff member or team it belongs to; left out, the route decides.', { pattern: '^[a-z][a-z0-9_]{0,39}$' })),
	due_date: optional(date('Due Date', "The day it is due; left out, the practice's own number of business days.")),
	amount: optional(money('Amount', 'The amount it is about; left out, what the account owes.')),
	title: optional(
		text('Work Title', 'One line for staff; left out, one is written from the reason and the amount.', { freeText: true, minLength: 1, maxLength: 200 }),
	),
	text: optional(text('Note', 'What staff should know.', { freeText: true, minLength: 1, maxLength: 4000 })),
	...idempotencyKey,
});

export const output = object({
	escalation_ref: text('Escalation Reference', "Dunwell's own code of the staff work."),
	status: choice({ opened: 'Opened', already_open: 'Open already' }, 'Status', 'Whether it is new, or the same cause is open already.'),
	...duplicateOutput,
	owner: text('Owner', 'Short name of the staff member or team it belongs to; empty when nobody has it.'),
	due_at: instantOrEmpty('Due At', 'When it is due, with offset; empty when it is not.'),
	delivered_to: text('Delivered To', 'The connected tool that holds it as well; empty when it is in Dunwell only.'),
	...linkOutput,
});

export default defineAction({
	key: 'escalate',
	label: 'Escalate',
	noun: 'Escalation',
	description: 'Opens staff work once for each cause, with an owner and a due date.',
	summary: 'Escalate to staff',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/escalations',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		escalation_ref: 'esc_5n2c8w6q1d',
		status: 'opened',
		duplicate: false,
		owner: 'billing_team',
		due_at: '2026-11-27T17:00:00-05:00',
		delivered_to: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ reason: 'claim_denied', account_ref: 'acc_7k2m9qd4wx', because_of: 'evt_9f3v6p2h8c', severity: 'high', route: 'billing_team', due_date: '2026-11-27' },
		{ reason: 'other', your_reference: 'A-1042', amount: 310.75 },
	],
	counterExamples: [
		{ value: { account_ref: 'acc_7k2m9qd4wx' }, reason: '"reason" is required' },
		{ value: { reason: 'angry', account_ref: 'acc_7k2m9qd4wx' }, reason: '"reason" must be one of: unpaid_after_reminders' },
		{ value: { reason: 'other', due_date: '2026-13-01' }, reason: '"due_date" must be a real date' },
		{ value: { reason: 'other', amount: -1 }, reason: '"amount" must be 0 or more' },
		{ value: { reason: 'other', assignee: 'billing_team' }, reason: '"assignee" is not a field of this operation' },
	],
	run: (context, value) => context.service.escalate(value),
});
