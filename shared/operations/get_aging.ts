import { defineSearch } from '../contracts/operation.ts';
import { choice, date, list, object, optional, signedMoney, text, whole } from '../contracts/schema.ts';

export const input = object({
	location: optional(text('Location', 'Only this practice location; left out, all of them.', { options: 'locations', maxLength: 80 })),
	currency: optional(text('Currency', "The ISO 4217 code; the practice's own when left out.", { pattern: '^[A-Z]{3}$', visibility: 'advanced' })),
});

/** Conventional aging columns; credits stand apart so that they do not hide what is owed. */
const buckets = {
	account_count: whole('Account Count', 'How many accounts owe something.'),
	days_0_30: signedMoney('0 to 30 Days', 'Owed for 0 to 30 days.'),
	days_31_60: signedMoney('31 to 60 Days', 'Owed for 31 to 60 days.'),
	days_61_90: signedMoney('61 to 90 Days', 'Owed for 61 to 90 days.'),
	days_91_120: signedMoney('91 to 120 Days', 'Owed for 91 to 120 days.'),
	days_121_plus: signedMoney('121 Days and More', 'Owed for 121 days or more.'),
	total: signedMoney('Total Owed', 'The sum of all ages, without credits.'),
	credits: signedMoney('Credits', 'Money of patients that lies unapplied, as a negative amount.'),
};

export const output = object({
	as_of: date('As Of', "The day it is counted for, in the practice's time zone."),
	anchor: choice(
		{ first_notice: 'Day of the first notice to the patient', due_date: 'Due date' },
		'Counted From',
		"From which day a balance ages, by the practice's policy.",
	),
	currency: text('Currency', 'The ISO 4217 code of the amounts.'),
	location: text('Location', 'The practice location that was asked for; empty when all were.'),
	...buckets,
	total_text: text('Total Owed Text', 'The total as people read it.'),
	unknown_age: signedMoney('Unknown Age', 'Owed, but neither a first notice nor a due date is known; a part of the total.'),
	by_location: list(
		object({ location: text('Location', 'The practice location.'), ...buckets }),
		'By Location',
		'The same columns for each practice location.',
		{ maxItems: 200 },
	),
	by_location_text: text('By Location Text', 'The same as lines of text; empty when there is only one location.', { maxLength: 20_000 }),
	aging_text: text('Aging Text', 'The whole table as text, for an e-mail or a chat.', { maxLength: 8000 }),
});

const SAMPLE = {
	account_count: 97,
	days_0_30: 6200,
	days_31_60: 3100.25,
	days_61_90: 1800,
	days_91_120: 900.25,
	days_121_plus: 480,
	total: 12_480.5,
	credits: -35.1,
};

export default defineSearch({
	key: 'get_aging',
	label: 'Get Aging',
	noun: 'Aging Summary',
	description: 'Gets what patients owe by age, for the practice and each location.',
	summary: 'Get the aging of what patients owe',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'GET',
	path: '/aging',
	scope: 'read',
	effect: 'read',
	idempotent: true,
	input,
	output,
	sample: {
		as_of: '2026-11-24',
		anchor: 'first_notice',
		currency: 'USD',
		location: '',
		...SAMPLE,
		total_text: '$12,480.50',
		unknown_age: 0,
		by_location: [{ location: 'Main Street', ...SAMPLE }],
		by_location_text: '',
		aging_text:
			'0 to 30 days: $6,200.00\n31 to 60 days: $3,100.25\n61 to 90 days: $1,800.00\n91 to 120 days: $900.25\n121 days and more: $480.00\nTotal: $12,480.50\nCredits: -$35.10',
	},
	examples: [{}, { location: 'Main Street' }],
	counterExamples: [
		{ value: { location: 3 }, reason: '"location" must be text' },
		{ value: { currency: 'dollars' }, reason: '"currency" does not have the expected form' },
		{ value: { as_of: '2026-11-01' }, reason: '"as_of" is not a field of this operation' },
	],
	run: (context, value) => context.service.get_aging(value),
});
