import { defineAction } from '../contracts/operation.ts';
import { choice, object, optional, text } from '../contracts/schema.ts';
import { duplicateOutput, idempotencyKey, instantOrEmpty, linkOutput } from './fields.ts';

/** What a person may say of finished work. What ends by itself keeps a word of its own, such as paid. */
const OUTCOMES = {
	done: 'Done',
	sent: 'Sent by hand',
	not_sent: 'Was not sent',
	not_needed: 'No longer needed',
	mistake: 'Opened by mistake',
} as const;

export const input = object({
	escalation_ref: optional(
		text('Escalation Reference', "Dunwell's own code of the staff work; either this or the external link is needed.", {
			minLength: 1,
			maxLength: 40,
			visibility: 'important',
		}),
	),
	external_link: optional(
		text('External Link', 'The link or code of the item in the connected tool, as that tool gives it.', { pattern: '^[^ ]+$', visibility: 'important' }),
	),
	outcome: choice(OUTCOMES, 'Outcome', 'How it ended; Sent and Was Not Sent also settle the message that the work is about.', { visibility: 'important' }),
	note: optional(text('Note', 'What was done, for the record.', { freeText: true, minLength: 1, maxLength: 4000 })),
	...idempotencyKey,
});

export const output = object({
	escalation_ref: text('Escalation Reference', "Dunwell's own code of the staff work."),
	status: choice({ resolved: 'Resolved', already_resolved: 'Resolved before' }, 'Status', 'Whether this call ended it.'),
	...duplicateOutput,
	outcome: text('Outcome', 'How it ended; for work resolved before, how it ended then.'),
	resolved_at: instantOrEmpty('Resolved At', 'When it ended, with offset.'),
	closing_in: text('Closing In', 'The connected tool that closes its item too; empty when none holds it.'),
	account_ref: text('Account Reference', "Dunwell's own code of the account; empty when it is about none or several."),
	contact_ref: text('Contact Reference', 'The contact that it recorded, where the work was about a message; else empty.'),
	...linkOutput,
});

export default defineAction({
	key: 'resolve_escalation',
	label: 'Resolve Escalation',
	noun: 'Escalation',
	description: 'Resolves staff work, by its reference or the link of another app.',
	summary: 'Resolve an escalation',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/escalations/resolve',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		escalation_ref: 'esc_5n2c8w6q1d',
		status: 'resolved',
		duplicate: false,
		outcome: 'done',
		resolved_at: '2026-11-25T10:12:40-05:00',
		closing_in: 'Billing team',
		account_ref: 'acc_7k2m9qd4wx',
		contact_ref: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ escalation_ref: 'esc_5n2c8w6q1d', outcome: 'done' },
		{ external_link: 'https://app.example.com/tasks/4711', outcome: 'sent' },
	],
	counterExamples: [
		{ value: { escalation_ref: 'esc_5n2c8w6q1d' }, reason: '"outcome" is required' },
		{ value: { escalation_ref: 'esc_5n2c8w6q1d', outcome: 'closed' }, reason: '"outcome" must be one of: done, sent, not_sent, not_needed, mistake' },
		{ value: { escalation_ref: '', outcome: 'done' }, reason: '"escalation_ref" must not be empty' },
		{ value: { escalation_ref: 'esc_5n2c8w6q1d', outcome: 'done', status: 'resolved' }, reason: '"status" is not a field of this operation' },
	],
	run: (context, value) => context.service.resolve_escalation(value),
});
