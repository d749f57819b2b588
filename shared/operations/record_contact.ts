import { defineAction } from '../contracts/operation.ts';
import { choice, instant, object, optional, text, whole } from '../contracts/schema.ts';
import { CHANNELS } from '../contracts/words.ts';
import { accountKey, accountOutput, duplicateOutput, idempotencyKey, instantOrEmpty, linkOutput } from './fields.ts';

export const input = object({
	...accountKey,
	reminder_ref: optional(
		text('Reminder Reference', 'The prepared reminder that this confirms; left out, it is a contact made elsewhere and an account is needed.', {
			minLength: 1,
			maxLength: 40,
			visibility: 'important',
		}),
	),
	outcome: choice(
		{ sent: 'Sent', not_sent: 'Not sent', reached: 'Reached the person', voicemail: 'Left a voicemail' },
		'Outcome',
		'What became of it; Not Sent releases a prepared reminder.',
		{ visibility: 'important' },
	),
	channel: optional(choice(CHANNELS, 'Channel', 'How the person was contacted; needed when no prepared reminder is confirmed.')),
	because_of: optional(
		text('Because Of', 'The event code that a contact made elsewhere answers; no reminder goes out for it any more.', { minLength: 1, maxLength: 40 }),
	),
	invoice: optional(
		text(
			'Invoice',
			"The invoice that a contact made elsewhere was about, by the practice's number or Dunwell's own code; left out, it counts against every debt.",
			{
				minLength: 1,
				maxLength: 80,
				visibility: 'advanced',
			},
		),
	),
	at: optional(instant('Contacted At', 'When it happened; now when left out.')),
	...idempotencyKey,
});

export const output = object({
	...accountOutput,
	contact_ref: text('Contact Reference', "Dunwell's own code of the recorded contact; empty when a reminder was released."),
	reminder_ref: text('Reminder Reference', 'The reminder it confirms; empty when it confirms none.'),
	result: choice(
		{ confirmed: 'Reminder confirmed', released: 'Reminder released', recorded: 'Contact recorded', already_recorded: 'Recorded before' },
		'Result',
		'What the call did.',
	),
	...duplicateOutput,
	contacts_last_7_days: whole('Contacts in 7 Days', 'How many contacts now count against the cap of 7 days.'),
	next_possible_at: instantOrEmpty('Next Possible At', 'When the caps allow the next contact, with offset; empty when they allow it now.'),
	...linkOutput,
});

export default defineAction({
	key: 'record_contact',
	label: 'Record Contact',
	noun: 'Contact',
	description: 'Records a contact made elsewhere, or confirms a prepared reminder.',
	summary: 'Record a contact or confirm a reminder',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/contacts',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		contact_ref: 'con_3h9s5f1z7p',
		reminder_ref: 'rem_8c5h2v7r4t',
		result: 'confirmed',
		duplicate: false,
		contacts_last_7_days: 1,
		next_possible_at: '2026-11-25T08:00:00-05:00',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ reminder_ref: 'rem_8c5h2v7r4t', outcome: 'sent' },
		{ your_reference: 'A-1042', channel: 'voice', outcome: 'voicemail', at: '2026-11-24T10:05:00-05:00' },
		{ account_ref: 'acc_7k2m9qd4wx', channel: 'voice', outcome: 'reached', because_of: 'evt_5x9c2h7m4k', invoice: 'INV-2291' },
	],
	counterExamples: [
		{ value: { reminder_ref: 'rem_8c5h2v7r4t' }, reason: '"outcome" is required' },
		{ value: { reminder_ref: 'rem_8c5h2v7r4t', outcome: 'delivered' }, reason: '"outcome" must be one of: sent, not_sent, reached, voicemail' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', outcome: 'sent', channel: 'sms', at: 'yesterday' }, reason: '"at" must be a date and time with offset' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', outcome: 'sent', channel: 'sms', note: 'called back' }, reason: '"note" is not a field of this operation' },
	],
	run: (context, value) => context.service.record_contact(value),
});
