import { defineSearch } from '../contracts/operation.ts';
import { choice, date, list, object, optional, text, whole } from '../contracts/schema.ts';
import { CHANNELS, REMINDER_STATUSES } from '../contracts/words.ts';
import { accountOutput, accountWhereNeeded, amountOutput, instantOrEmpty, linkOutput, recipientOutput } from './fields.ts';

export const input = object({
	...accountWhereNeeded,
	status: optional(choice(REMINDER_STATUSES, 'Status', 'Only reminders of this status.', { visibility: 'important' })),
	channel: optional(choice(CHANNELS, 'Channel', 'Only reminders by this channel.')),
	since: optional(date('Since', "Only reminders made on or after this day, in the practice's time zone.")),
});

const item = object({
	reminder_ref: text('Reminder Reference', "Dunwell's own code of the reminder."),
	...accountOutput,
	status: choice(REMINDER_STATUSES, 'Status', 'What became of it.'),
	message: text('Message', 'Short name of the message; contact where it was recorded from elsewhere.'),
	channel: text('Channel', 'How it went or would go; empty when no channel was possible.'),
	...recipientOutput,
	...amountOutput('Amount', 'The amount it asked for.'),
	created_at: instantOrEmpty('Created At', 'When it was made, with offset.'),
	send_at: instantOrEmpty('Send At', 'When it leaves or should have left, with offset; empty when it does not.'),
	sent_at: instantOrEmpty('Sent At', 'When it left, with offset; empty when it did not.'),
	reasons_text: text('Reasons', 'Why it waits or was not sent; empty when nothing kept it.'),
	vendor_code: text('Vendor Code', 'What the sending service calls the problem; empty when there is none.'),
	link: text('Link', 'Where staff see the account.'),
	address: optional(text('Address', 'The number or address it went to.', { patientData: true, maxLength: 254 })),
});

export const output = object({
	count: whole('Count', 'How many there are in all; the items are the first 50 of them.'),
	items: list(item, 'Reminders', 'The newest first, at most 50.', { maxItems: 50 }),
	items_text: text('Reminders Text', 'The same reminders as lines of text; empty when there are none.', { maxLength: 20_000 }),
	...linkOutput,
});

export default defineSearch({
	key: 'find_reminders',
	label: 'Find Reminders',
	noun: 'Reminder',
	description: 'Finds reminders by account, status, channel or day.',
	summary: 'Get reminders',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'GET',
	path: '/reminders/find',
	scope: 'read',
	effect: 'read',
	idempotent: true,
	input,
	output,
	sample: {
		count: 1,
		items: [
			{
				reminder_ref: 'rem_8c5h2v7r4t',
				account_ref: 'acc_7k2m9qd4wx',
				your_reference: '',
				status: 'delivered',
				message: 'reminder_1',
				channel: 'sms',
				recipient: 'guarantor',
				amount: 84.2,
				amount_text: '$84.20',
				currency: 'USD',
				created_at: '2026-11-16T09:02:10-05:00',
				send_at: '2026-11-16T09:02:10-05:00',
				sent_at: '2026-11-16T09:02:11-05:00',
				reasons_text: '',
				vendor_code: '',
				link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
			},
		],
		items_text: '2026-11-16 rem_8c5h2v7r4t: reminder_1 by text message, $84.20, delivered',
		link: 'https://dunwell.example',
	},
	examples: [{ account_ref: 'acc_7k2m9qd4wx' }, { status: 'undelivered', channel: 'sms', since: '2026-11-01' }],
	counterExamples: [
		{ value: { status: 'bounced' }, reason: '"status" must be one of: prepared' },
		{ value: { channel: 'pigeon' }, reason: '"channel" must be one of: sms, voice, email, letter, fax, portal' },
		{ value: { since: '2026-02-30' }, reason: '"since" must be a real date' },
		{ value: { recipient: 'guarantor' }, reason: '"recipient" is not a field of this operation' },
	],
	run: (context, value) => context.service.find_reminders(value),
});
