import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { choice, instant, object, optional, text } from '../contracts/schema.ts';
import { CHANNELS, RECIPIENTS } from '../contracts/words.ts';

const MEANINGS = {
	opt_out: 'Asks for no more messages',
	opt_in: 'Asks for messages again',
	help: 'Asks for help',
	dispute: 'Disputes the balance',
	already_paid: 'Says it is paid',
	wrong_person: 'Says it is the wrong person',
	call_me: 'Asks for a call',
	other: 'Something else',
} as const;

export const input = object({
	meaning: optional(choice(MEANINGS, 'Meaning', 'Only replies that mean this.')),
	...accountFilters,
});

export const output = object({
	...eventFields,
	reply_ref: text('Reply Reference', "Dunwell's own code of the reply."),
	reminder_ref: text('Reminder Reference', 'The reminder it answers; empty when that is not known.'),
	meaning: choice(MEANINGS, 'Meaning', 'What the reply means.'),
	replied_by: choice(RECIPIENTS, 'Replied By', 'Who wrote: the person who owes, or the authorised relative.'),
	channel: choice(CHANNELS, 'Channel', 'The channel it came by.'),
	replied_at: instant('Replied At', 'When it came.'),
	done_text: text('Done Already', 'What Dunwell did about it, such as ending messages or putting the balance on hold.'),
	what_to_do_text: text('What to Do', 'What is left for staff; empty when nothing is.'),
	reply_text: optional(text('Reply Text', 'What the person wrote.', { patientData: true })),
});

export default defineTrigger({
	key: 'patient_replied',
	label: 'Patient Replied',
	noun: 'Reply',
	description: 'Triggers when a patient opts out, asks for help, disputes or says it is paid.',
	summary: 'When a patient replies',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, answer a test reminder from the phone that the practice registered as its own.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_3x6n9b2g8s',
		event_type: 'patient_replied',
		raised_by: 'vendor',
		amount: 84.2,
		amount_text: '$84.20',
		summary: 'A reply to a text message disputes a balance of $84.20.',
		reasons_text: 'The reply says that the amount is not right.',
		can_contact: false,
		blocked_reasons_text: 'The balance is disputed.',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		reply_ref: 'rpl_1w8k4c6y3f',
		reminder_ref: 'rem_8c5h2v7r4t',
		meaning: 'dispute',
		replied_by: 'guarantor',
		channel: 'sms',
		replied_at: '2026-11-24T09:29:50-05:00',
		done_text: 'Reminders about the balance are on hold.',
		what_to_do_text: 'Look at the invoice and answer the patient.',
	},
	examples: [{}, { meaning: 'dispute' }, { meaning: 'opt_out', location: 'Main Street' }],
	counterExamples: [
		{ value: { meaning: 'STOP' }, reason: '"meaning" must be one of: opt_out' },
		{ value: { include_own: 1 }, reason: '"include_own" must be true or false' },
		{ value: { keyword: 'STOP' }, reason: '"keyword" is not a field of this operation' },
	],
});
