import { defineSearch } from '../contracts/operation.ts';
import { choice, date, flag, list, object, optional, text, whole } from '../contracts/schema.ts';
import { accountWhereNeeded, amountOutput, ESCALATION_REASONS, instantOrEmpty, linkOutput, SEVERITIES } from './fields.ts';

const STATUSES = { open: 'Open', resolved: 'Resolved' } as const;

export const input = object({
	status: optional(choice(STATUSES, 'Status', 'Only work that is open or resolved; open when left out.', { default: 'open', visibility: 'important' })),
	route: optional(text('Route', 'Only work that takes this route.', { options: 'routes', maxLength: 40 })),
	owner: optional(text('Owner', 'Only work of this staff member or team, by short name.', { pattern: '^[a-z][a-z0-9_]{0,39}$' })),
	severity: optional(choice(SEVERITIES, 'Severity', 'Only work of this severity.')),
	reason: optional(choice(ESCALATION_REASONS, 'Reason', 'Only work with this reason.')),
	due_before: optional(date('Due Before', "Only work that is due before this day, in the practice's time zone.")),
	...accountWhereNeeded,
});

const item = object({
	escalation_ref: text('Escalation Reference', "Dunwell's own code of the staff work."),
	status: choice(STATUSES, 'Status', 'Whether it is still to be done.'),
	severity: choice(SEVERITIES, 'Severity', 'How urgent it is.'),
	reason: choice(ESCALATION_REASONS, 'Reason', 'What it is about.'),
	title: text('Work Title', 'One line, without names.', { maxLength: 200 }),
	what_to_do_text: text('What to Do', 'The usual next step.'),
	account_ref: text('Account Reference', "Dunwell's own code of the account; empty when it is about none or several."),
	your_reference: text('Your Reference', "The practice's number for the account, where the practice chose to share it."),
	account_count: whole('Account Count', 'How many accounts it is about.'),
	...amountOutput('Amount', 'The amount it is about.'),
	route: text('Route', 'Short name of the route it took.'),
	owner: text('Owner', 'Short name of the staff member or team; empty when nobody has it.'),
	opened_at: instantOrEmpty('Opened At', 'When it was opened, with offset.'),
	due_at: instantOrEmpty('Due At', 'When it is due, with offset.'),
	overdue: flag('Is Overdue', 'Whether it is open past its due date.'),
	rung: whole('Times Moved Up', 'The rung of the ladder of unworked items it stands on; 0 is none.'),
	delivered_to: text('Delivered To', 'The connected tool that holds it as well; empty when it is in Dunwell only.'),
	delivery_problem_text: text('Delivery Problem', 'Why the connected tool does not hold it; empty when there is no problem.'),
	external_link: text('External Link', 'Where the connected tool shows it; empty when it gives no link.'),
	resolved_at: instantOrEmpty('Resolved At', 'When it ended, with offset; empty while it is open.'),
	outcome: text('Outcome', 'How it ended; empty while it is open.'),
	link: text('Link', 'Where staff see the account.'),
	own_title: optional(text('Own Title', 'The line that staff wrote, where they did.', { patientData: true, maxLength: 200 })),
	note: optional(text('Note', 'What staff should know.', { patientData: true, maxLength: 4000 })),
});

export const output = object({
	count: whole('Count', 'How many there are in all; the items are the first 50 of them.'),
	items: list(item, 'Escalations', 'The most urgent first, then those that are due first, at most 50.', { maxItems: 50 }),
	items_text: text('Escalations Text', 'The same work as lines of text; empty when there is none.', { maxLength: 20_000 }),
	...linkOutput,
});

export default defineSearch({
	key: 'find_escalations',
	label: 'Find Escalations',
	noun: 'Escalation',
	description: 'Finds staff work by status, route, owner, severity or due date.',
	summary: 'Get escalations',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'GET',
	path: '/escalations/find',
	scope: 'read',
	effect: 'read',
	idempotent: true,
	input,
	output,
	sample: {
		count: 1,
		items: [
			{
				escalation_ref: 'esc_5n2c8w6q1d',
				status: 'open',
				severity: 'high',
				reason: 'unpaid_after_reminders',
				title: 'Unpaid after three reminders: $310.75',
				what_to_do_text: 'Call the guarantor: offer help, a plan, or correct what is wrong.',
				account_ref: 'acc_7k2m9qd4wx',
				your_reference: '',
				account_count: 1,
				amount: 310.75,
				amount_text: '$310.75',
				currency: 'USD',
				route: 'billing_team',
				owner: 'billing_team',
				opened_at: '2026-11-17T09:30:00-05:00',
				due_at: '2026-11-19T23:59:59-05:00',
				overdue: true,
				rung: 2,
				delivered_to: 'Billing team',
				delivery_problem_text: '',
				external_link: '',
				resolved_at: '',
				outcome: '',
				link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
			},
		],
		items_text: 'High, due 2026-11-19, esc_5n2c8w6q1d: Unpaid after three reminders: $310.75 (billing_team)',
		link: 'https://dunwell.example',
	},
	examples: [{}, { severity: 'high', due_before: '2026-11-27' }, { status: 'resolved', your_reference: 'A-1042' }],
	counterExamples: [
		{ value: { status: 'closed' }, reason: '"status" must be one of: open, resolved' },
		{ value: { due_before: 'tomorrow' }, reason: '"due_before" must be a real date' },
		{ value: { owner: 'Billing-Team' }, reason: '"owner" does not have the expected form' },
		{ value: { page: 2 }, reason: '"page" is not a field of this operation' },
	],
	run: (context, value) => context.service.find_escalations(value),
});
