import { defineSearch } from '../contracts/operation.ts';
import { choice, flag, object, optional, text } from '../contracts/schema.ts';
import { CHANNELS } from '../contracts/words.ts';
import { accountKey, accountOutput, amountOutput, DECISIONS, instantOrEmpty, linkOutput, whyOutput } from './fields.ts';

export const input = object({
	...accountKey,
	invoice: optional(
		text('Invoice', "Only this invoice, by the practice's number or Dunwell's own code; left out, whatever is due.", { minLength: 1, maxLength: 80 }),
	),
	message: optional(text('Message', 'The message to look at; left out, the ladder decides.', { options: 'messages', maxLength: 40 })),
	channel: optional(choice(CHANNELS, 'Channel', 'The channel to look at; left out, the rules decide.')),
});

export const output = object({
	...accountOutput,
	would_send: flag('Would Send', 'Whether it would leave now.'),
	decision: choice(DECISIONS, 'Decision', 'What the rules say of it.'),
	message: text('Message', 'Short name of the message; empty when none is due.'),
	channel: text('Channel', 'The channel that would be used: sms, voice, email, letter, fax or portal; empty when none can be.'),
	language: text('Language', 'Code of the language it would be written in; empty when there is no text.'),
	send_at: instantOrEmpty('Send At', 'When it would leave, with offset; empty when it would not.'),
	...whyOutput,
	...amountOutput('Amount', 'The amount it would ask for.'),
	invoices_text: text('Invoices', 'References of the invoices it would cover, separated by commas.'),
	...linkOutput,
	address: optional(text('Address', 'The phone number or the e-mail address it would go to.', { patientData: true, maxLength: 254 })),
	subject: optional(text('Subject', 'The subject line, for e-mail.', { patientData: true, maxLength: 200 })),
	text: optional(text('Text', 'The text as it would be sent.', { patientData: true, maxLength: 20_000 })),
});

export default defineSearch({
	key: 'preview_reminder',
	label: 'Preview Reminder',
	noun: 'Reminder',
	description: 'Shows what reminder would go out, when and why, without sending it.',
	summary: 'Get a preview of a reminder',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'GET',
	path: '/reminders/preview',
	scope: 'read',
	effect: 'read',
	idempotent: true,
	input,
	output,
	sample: {
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		would_send: false,
		decision: 'wait',
		message: 'reminder_2',
		channel: 'sms',
		language: 'en',
		send_at: '2026-11-25T08:00:00-07:00',
		reason_code: 'hours',
		reasons_text: 'It is before 8:00 where the person lives.',
		next_possible_at: '2026-11-25T08:00:00-07:00',
		what_would_change_it: 'Nothing needs to be done: it can leave at 8:00.',
		amount: 84.2,
		amount_text: '$84.20',
		currency: 'USD',
		invoices_text: 'inv_3p8t6n1vcz',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [{ account_ref: 'acc_7k2m9qd4wx' }, { your_reference: 'A-1042', channel: 'email', message: 'reminder_1' }],
	counterExamples: [
		{ value: { account_ref: 'acc_7k2m9qd4wx', channel: 'pigeon' }, reason: '"channel" must be one of: sms, voice, email, letter, fax, portal' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', message: 2 }, reason: '"message" must be text' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', send: true }, reason: '"send" is not a field of this operation' },
	],
	run: (context, value) => context.service.preview_reminder(value),
});
