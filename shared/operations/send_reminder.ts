import { defineAction } from '../contracts/operation.ts';
import { choice, date, flag, object, optional, text } from '../contracts/schema.ts';
import { CHANNELS } from '../contracts/words.ts';
import {
	accountKey,
	amountOutput,
	becauseOf,
	duplicateOutput,
	idempotencyKey,
	instantOrEmpty,
	linkOutput,
	recipient,
	recipientOutput,
	whyOutput,
} from './fields.ts';

export const input = object({
	...accountKey,
	because_of: becauseOf,
	invoice: optional(
		text('Invoice', "Only this invoice, by the practice's number or Dunwell's own code; left out, whatever is due.", { minLength: 1, maxLength: 80 }),
	),
	message: optional(text('Message', 'The message to send; left out, the ladder decides.', { options: 'messages', maxLength: 40 })),
	channel: optional(choice(CHANNELS, 'Channel', 'The channel to use; left out, the rules decide.')),
	recipient,
	when: optional(
		choice(
			{ now_or_next_allowed: 'Now or at the next allowed hour', only_now: 'Only now', on_date: 'On a date' },
			'When',
			'When it may leave; it never leaves outside the allowed hours.',
			{ default: 'now_or_next_allowed' },
		),
	),
	send_on: optional(date('Send On', 'The day on which it leaves, when it is to leave on a date.')),
	if_not_sent: optional(
		choice({ continue: 'Continue with the reasons', stop: 'Stop this run' }, 'If Not Sent', 'What the flow does when the rules hold the reminder.', {
			default: 'continue',
		}),
	),
	...idempotencyKey,
});

export const output = object({
	status: choice(
		{
			sent: 'Sent',
			scheduled: 'Scheduled',
			suppressed: 'Not sent: the rules forbid it',
			duplicate: 'Sent before',
			unknown: 'Outcome unknown',
			test: 'Test: went to the outbox',
		},
		'Status',
		'What became of the reminder.',
	),
	was_sent: flag('Was Sent', 'Whether a message left because of this call.'),
	...duplicateOutput,
	reminder_ref: text('Reminder Reference', "Dunwell's own code of the reminder; empty when there is none."),
	channel: text('Channel', 'The channel that was chosen: sms, voice, email, letter, fax or portal; empty when none was.'),
	...recipientOutput,
	send_at: instantOrEmpty('Send At', 'When it left or will leave, with offset; empty when it does not.'),
	covers_text: text('Covers', 'What of the day it answers, such as: Balance Overdue (15 days), Payment Failed. Empty when it answers no event.'),
	...whyOutput,
	...amountOutput('Amount', 'The amount the reminder asks for.'),
	...linkOutput,
});

export default defineAction({
	key: 'send_reminder',
	label: 'Send Reminder',
	noun: 'Reminder',
	description: 'Sends a balance reminder, if the rules allow it, or says why not.',
	summary: 'Send a reminder',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	visibility: 'important',
	method: 'POST',
	path: '/reminders',
	scope: 'send',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		status: 'scheduled',
		was_sent: false,
		duplicate: false,
		reminder_ref: 'rem_8c5h2v7r4t',
		channel: 'sms',
		recipient: 'guarantor',
		send_at: '2026-11-25T08:00:00-07:00',
		covers_text: 'Balance Overdue (15 days), Payment Failed',
		reason_code: 'hours',
		reasons_text: 'It is before 8:00 where the person lives.',
		next_possible_at: '2026-11-25T08:00:00-07:00',
		what_would_change_it: 'Nothing needs to be done: it leaves by itself at 8:00.',
		amount: 84.2,
		amount_text: '$84.20',
		currency: 'USD',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ account_ref: 'acc_7k2m9qd4wx', because_of: 'evt_5x9c2h7m4k' },
		{ account_ref: 'acc_7k2m9qd4wx', message: 'reminder_2', channel: 'sms', when: 'only_now', if_not_sent: 'stop' },
		{ your_reference: 'A-1042', when: 'on_date', send_on: '2026-12-01' },
		{ account_ref: 'acc_7k2m9qd4wx', recipient: 'relative', channel: 'email' },
	],
	counterExamples: [
		{ value: { account_ref: 'acc_7k2m9qd4wx', channel: 'whatsapp' }, reason: '"channel" must be one of: sms, voice, email, letter, fax, portal' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', when: 'on_date', send_on: '2026-02-30' }, reason: '"send_on" must be a real date' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', recipient: 'spouse' }, reason: '"recipient" must be one of: guarantor, relative' },
		{ value: { account_ref: 42 }, reason: '"account_ref" must be text' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', text: 'Please pay' }, reason: '"text" is not a field of this operation' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', when: 'immediately' }, reason: '"when" must be one of: now_or_next_allowed, only_now, on_date' },
	],
	run: (context, value) => context.service.send_reminder(value),
});
