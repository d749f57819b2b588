import { defineAction } from '../contracts/operation.ts';
import { choice, flag, instant, money, object, optional, signedMoney, text } from '../contracts/schema.ts';
import { accountKey, accountOutput, duplicateOutput, idempotencyKey, instantOrEmpty, linkOutput } from './fields.ts';

export const input = object({
	...accountKey,
	appointment: text('Appointment', "The practice's number of the appointment; the same number twice is one appointment.", {
		minLength: 1,
		maxLength: 80,
		visibility: 'important',
	}),
	completed_at: instant('Completed At', 'When the appointment was completed.', { visibility: 'important' }),
	amount_due: optional(
		money('Amount Due', 'What it leaves for the patient to pay, after what was collected; left out while nobody knows it.', { visibility: 'important' }),
	),
	copay_due: optional(money('Copay Due', 'The copay that was known at the visit; it is certain without insurance.')),
	copay_collected: optional(money('Copay Collected', 'What was collected of the copay at the visit.')),
	certain: optional(flag('Is Certain', 'Whether insurance is done with the amount; an estimate is never told as a debt. A known copay is certain by itself.')),
	invoice: optional(text('Invoice', "The practice's number for the invoice it is on.", { minLength: 1, maxLength: 80 })),
	currency: optional(text('Currency', "The ISO 4217 code; the practice's own when left out.", { pattern: '^[A-Z]{3}$', visibility: 'advanced' })),
	as_of: optional(instant('As Of', 'When the source knew this; now when left out. Older than what is known is ignored.', { visibility: 'advanced' })),
	...idempotencyKey,
});

export const output = object({
	...accountOutput,
	appointment_ref: text('Appointment Reference', "Dunwell's own code of the appointment."),
	outcome: choice(
		{ created: 'Created', updated: 'Updated', unchanged: 'Unchanged', older_ignored: 'Older than what is known, ignored' },
		'Outcome',
		'What the call changed.',
	),
	...duplicateOutput,
	amount_due: signedMoney('Amount Due', 'What the appointment leaves to pay; 0 while nobody knows it.'),
	amount_due_text: text('Amount Due Text', 'The amount as people read it; empty while nobody knows it.'),
	currency: text('Currency', 'The ISO 4217 code of the amounts.'),
	is_certain: flag('Is Certain', 'Whether the amount is certain.'),
	told_at: instantOrEmpty('Told At', 'From when Appointment Balance Due is raised, with offset; empty while the amount is not certain.'),
	event_raised: flag('Event Raised', 'Whether it raised an event now.'),
	...linkOutput,
});

export default defineAction({
	key: 'record_appointment',
	label: 'Record Appointment',
	noun: 'Appointment',
	description: 'Records a completed appointment and what it leaves to pay.',
	summary: 'Record an appointment',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/appointments',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		appointment_ref: 'apt_5c8n1x4t7j',
		outcome: 'created',
		duplicate: false,
		amount_due: 35,
		amount_due_text: '$35.00',
		currency: 'USD',
		is_certain: true,
		told_at: '2026-11-25T09:10:00-05:00',
		event_raised: false,
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ your_reference: 'A-1042', appointment: 'V-5531', completed_at: '2026-11-24T09:10:00-05:00', copay_due: 35, copay_collected: 0 },
		{ account_ref: 'acc_7k2m9qd4wx', appointment: 'V-5532', completed_at: '2026-11-24T10:10:00-05:00' },
		{ account_ref: 'acc_7k2m9qd4wx', appointment: 'V-5532', completed_at: '2026-11-24T10:10:00-05:00', amount_due: 62.5, certain: true, invoice: 'INV-2291' },
	],
	counterExamples: [
		{ value: { your_reference: 'A-1042', completed_at: '2026-11-24T09:10:00-05:00' }, reason: '"appointment" is required' },
		{ value: { your_reference: 'A-1042', appointment: 'V-5531' }, reason: '"completed_at" is required' },
		{ value: { your_reference: 'A-1042', appointment: 'V-5531', completed_at: '2026-11-24' }, reason: '"completed_at" must be a date and time with offset' },
		{
			value: { your_reference: 'A-1042', appointment: 'V-5531', completed_at: '2026-11-24T09:10:00-05:00', amount_due: -5 },
			reason: '"amount_due" must be 0 or more',
		},
		{
			value: { your_reference: 'A-1042', appointment: 'V-5531', completed_at: '2026-11-24T09:10:00-05:00', diagnosis: 'J30' },
			reason: '"diagnosis" is not a field of this operation',
		},
	],
	run: (context, value) => context.service.record_appointment(value),
});
