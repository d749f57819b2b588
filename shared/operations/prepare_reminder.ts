import { defineAction } from '../contracts/operation.ts';
import { choice, flag, object, optional, text } from '../contracts/schema.ts';
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
	message: optional(text('Message', 'The message to prepare; left out, the ladder decides.', { options: 'messages', maxLength: 40 })),
	channel: optional(choice(CHANNELS, 'Channel', 'The channel the other app sends on; left out, the rules decide.')),
	recipient,
	...idempotencyKey,
});

export const output = object({
	permission: choice({ granted: 'May be sent now', wait: 'Not yet', refused: 'May not be sent' }, 'Permission', 'Whether the other app may send it now.'),
	may_send: flag('May Send', 'Whether the permission is granted; for a filter or a condition.'),
	...duplicateOutput,
	reminder_ref: text('Reminder Reference', "Dunwell's own code of the reminder, for the confirmation; empty unless it may be sent now."),
	expires_at: instantOrEmpty('Expires At', 'Until when it is reserved, with offset; unconfirmed, it is released then and shown to staff.'),
	channel: text('Channel', 'The channel that was chosen: sms, voice, email, letter, fax or portal; empty when none was.'),
	...recipientOutput,
	message: text('Message', 'Short name of the message; empty when none is due.'),
	language: text('Language', 'Code of the language it is written in; empty when there is no text.'),
	...whyOutput,
	...amountOutput('Amount', 'The amount the reminder asks for.'),
	...linkOutput,
	address: optional(text('Address', 'The phone number or the e-mail address to send it to.', { patientData: true, maxLength: 254 })),
	subject: optional(text('Subject', 'The subject line, for e-mail.', { patientData: true, maxLength: 200 })),
	text: optional(text('Text', 'The text to send, to be sent as it is.', { patientData: true, maxLength: 20_000 })),
});

export default defineAction({
	key: 'prepare_reminder',
	label: 'Prepare Reminder',
	noun: 'Reminder',
	description: 'Prepares a reminder for another app to send, if the rules allow it.',
	summary: 'Prepare a reminder for another app',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/reminders/prepare',
	scope: 'send',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		permission: 'granted',
		may_send: true,
		duplicate: false,
		reminder_ref: 'rem_8c5h2v7r4t',
		expires_at: '2026-11-25T09:30:00-05:00',
		channel: 'sms',
		recipient: 'guarantor',
		message: 'reminder_2',
		language: 'en',
		reason_code: '',
		reasons_text: 'The balance is 15 days overdue and text messages are consented to.',
		next_possible_at: '',
		what_would_change_it: '',
		amount: 84.2,
		amount_text: '$84.20',
		currency: 'USD',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ account_ref: 'acc_7k2m9qd4wx', because_of: 'evt_5x9c2h7m4k', channel: 'email' },
		{ your_reference: 'A-1042', message: 'reminder_1' },
		{ account_ref: 'acc_7k2m9qd4wx', recipient: 'relative' },
	],
	counterExamples: [
		{ value: { account_ref: 'acc_7k2m9qd4wx', channel: 'teams' }, reason: '"channel" must be one of: sms, voice, email, letter, fax, portal' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', invoice: 2291 }, reason: '"invoice" must be text' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', when: 'only_now' }, reason: '"when" is not a field of this operation' },
	],
	run: (context, value) => context.service.prepare_reminder(value),
});
