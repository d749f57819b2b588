import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { choice, object, optional, text } from '../contracts/schema.ts';
import { ESCALATION_REASONS, instantOrEmpty, SEVERITIES } from './fields.ts';

const CHANGES = { opened: 'Opened', moved_up: 'Moved up', overdue: 'Missed its due date' } as const;

export const input = object({
	change: optional(choice(CHANGES, 'Change', 'Only work that was opened, moved up or missed its due date.')),
	severity: optional(choice(SEVERITIES, 'Severity', 'Only work of this severity.')),
	reason: optional(choice(ESCALATION_REASONS, 'Reason', 'Only work with this reason.')),
	...accountFilters,
});

export const output = object({
	...eventFields,
	escalation_ref: text('Escalation Reference', "Dunwell's own code of the staff work."),
	change: choice(CHANGES, 'Change', 'What happened to it.'),
	what_changed_text: text('What Changed', 'What is different now and why, such as a higher severity or another route; empty when it is new.'),
	reason: choice(ESCALATION_REASONS, 'Reason', 'What it is about.'),
	severity: choice(SEVERITIES, 'Severity', 'How urgent it is.'),
	title: text('Work Title', 'One line for a task or a ticket, without names.', { maxLength: 200 }),
	what_to_do_text: text('What to Do', 'The usual next step.'),
	owner: text('Owner', 'Short name of the staff member it belongs to; empty when nobody has it.'),
	due_at: instantOrEmpty('Due At', 'When it is due, with offset; empty when it is not.'),
	route: text('Route', 'Short name of the route it took.'),
	delivered_to: text('Delivered To', 'The connected tool that holds it as well; empty when it is in Dunwell only.'),
	card_json: text('Card JSON', 'An Adaptive Card that a flow can post to a chat.', { maxLength: 28_000 }),
});

export default defineTrigger({
	key: 'escalation_raised',
	label: 'Escalation Raised',
	noun: 'Escalation',
	description: 'Triggers when staff work opens, moves up or misses its due date.',
	summary: 'When an escalation is raised',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	visibility: 'important',
	hint: 'To see it work now, use the action Escalate with another key, or turn on hearing what this flow caused.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_4t7p1m9x6k',
		event_type: 'escalation_raised',
		amount: 310.75,
		amount_text: '$310.75',
		summary: 'A balance of $310.75 is unpaid after every reminder and is now staff work.',
		reasons_text: '45 days since the first notice; three reminders were sent.',
		can_contact: false,
		blocked_reasons_text: 'Every reminder of the ladder was sent.',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		escalation_ref: 'esc_5n2c8w6q1d',
		change: 'opened',
		what_changed_text: '',
		reason: 'unpaid_after_reminders',
		severity: 'normal',
		title: 'Unpaid after three reminders: $310.75',
		what_to_do_text: 'Call the guarantor and offer a payment plan.',
		owner: 'billing_team',
		due_at: '2026-11-27T17:00:00-05:00',
		route: 'dunwell_only',
		delivered_to: '',
		card_json: '{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","text":"Unpaid after three reminders: $310.75","wrap":true}]}',
	},
	examples: [{}, { change: 'overdue', severity: 'high' }, { reason: 'claim_denied', minimum_amount: 100 }],
	counterExamples: [
		{ value: { severity: 'urgent' }, reason: '"severity" must be one of: low, normal, high' },
		{ value: { change: true }, reason: '"change" must be text' },
		{ value: { minimum_amount: -100 }, reason: '"minimum_amount" must be 0 or more' },
	],
});
