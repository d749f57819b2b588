import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { instant, object, text } from '../contracts/schema.ts';

export const input = object({ ...accountFilters });

export const output = object({
	...eventFields,
	appointment_ref: text('Appointment Reference', "Dunwell's own code of the appointment."),
	completed_at: instant('Completed At', 'When the appointment was completed.'),
	message: text('Message', 'Short name of the message that belongs to it.'),
	invoices_text: text('Invoices', 'References of the invoices it is on, separated by commas; empty when there is none yet.'),
});

export default defineTrigger({
	key: 'appointment_balance_due',
	label: 'Appointment Balance Due',
	noun: 'Appointment',
	description: 'Triggers when a completed appointment leaves an amount due.',
	summary: 'When an appointment leaves a balance due',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, record an appointment that was completed two days ago with a copay that was not collected.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_4h7s2k9p6d',
		event_type: 'appointment_balance_due',
		amount: 35,
		amount_text: '$35.00',
		summary: 'A completed appointment leaves $35.00 due.',
		reasons_text: 'The amount is certain, and 24 hours have passed since the appointment.',
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		appointment_ref: 'apt_5c8n1x4t7j',
		completed_at: '2026-11-23T09:10:00-05:00',
		message: 'appointment_balance',
		invoices_text: 'inv_3p8t6n1vcz',
	},
	examples: [{}, { minimum_amount: 20, location: 'Main Street' }],
	counterExamples: [
		{ value: { minimum_amount: -1 }, reason: '"minimum_amount" must be 0 or more' },
		{ value: { only_when_contactable: 'yes' }, reason: '"only_when_contactable" must be true or false' },
		{ value: { provider: 'Lee' }, reason: '"provider" is not a field of this operation' },
	],
});
