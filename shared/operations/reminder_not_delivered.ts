import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { choice, object, optional, text } from '../contracts/schema.ts';
import { CHANNELS } from '../contracts/words.ts';
import { instantOrEmpty, recipientOutput } from './fields.ts';

const PROBLEMS = {
	undelivered: 'Bounced or not delivered',
	failed: 'Refused by the sending service',
	suppressed: 'Held by the rules',
	unknown: 'Outcome unknown',
} as const;

export const input = object({
	problem: optional(choice(PROBLEMS, 'Problem', 'Only reminders with this outcome.')),
	channel: optional(choice(CHANNELS, 'Channel', 'Only reminders of this channel.')),
	...accountFilters,
});

export const output = object({
	...eventFields,
	reminder_ref: text('Reminder Reference', "Dunwell's own code of the reminder."),
	problem: choice(PROBLEMS, 'Problem', 'What became of it; an unknown outcome is never sent again by itself.'),
	...recipientOutput,
	channel: text('Channel', 'The channel it was for: sms, voice, email, letter, fax or portal; empty when none was chosen.'),
	message: text('Message', 'Short name of the message.'),
	covers_text: text('Covers', 'What of the day it answers, such as: Balance Overdue (15 days), Payment Failed. Empty when it answers no event.'),
	sent_at: instantOrEmpty('Sent At', 'When it left, with offset; empty when it did not leave.'),
	vendor_code: text('Vendor Code', "The sending service's own error code; empty when it gave none."),
	contact_point_bad: choice(
		{ yes: 'Yes', no: 'No', unknown: 'Unknown' },
		'Contact Point Is Bad',
		'Whether the number or address is now known not to work and is no longer used.',
	),
	next_step_text: text('Next Step', 'What Dunwell does next, and what staff can do.'),
});

export default defineTrigger({
	key: 'reminder_not_delivered',
	label: 'Reminder Not Delivered',
	noun: 'Reminder',
	description: 'Triggers when a reminder bounces, fails, is held or has an unknown outcome.',
	summary: 'When a reminder is not delivered',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, send a reminder with a test key to the test address that always bounces.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_7m4k1z9d5w',
		event_type: 'reminder_not_delivered',
		raised_by: 'vendor',
		amount: 84.2,
		amount_text: '$84.20',
		summary: 'An e-mail about $84.20 bounced.',
		reasons_text: 'The mailbox does not exist.',
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		reminder_ref: 'rem_8c5h2v7r4t',
		problem: 'undelivered',
		recipient: 'guarantor',
		channel: 'email',
		message: 'reminder_2',
		covers_text: 'Balance Overdue (15 days)',
		sent_at: '2026-11-24T09:28:40-05:00',
		vendor_code: '550',
		contact_point_bad: 'yes',
		next_step_text: 'A text message follows once, because text messages are consented to. Staff can correct the address.',
	},
	examples: [{}, { problem: 'unknown' }, { channel: 'sms', only_when_contactable: true }],
	counterExamples: [
		{ value: { problem: 'bounced' }, reason: '"problem" must be one of: undelivered, failed, suppressed, unknown' },
		{ value: { channel: 'text' }, reason: '"channel" must be one of: sms, voice, email, letter, fax, portal' },
		{ value: { only_when_contactable: 'yes' }, reason: '"only_when_contactable" must be true or false' },
	],
});
