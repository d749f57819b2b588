import { defineSearch } from '../contracts/operation.ts';
import { choice, date, flag, money, object, optional, text, whole } from '../contracts/schema.ts';
import { CHANNELS } from '../contracts/words.ts';
import { checkReminderRules } from '../rules/check.ts';
import { DECISIONS, instantOrEmpty } from './fields.ts';

const KNOWN = { yes: 'Yes', no: 'No', unknown: 'Unknown' } as const;

/** Facts a flow has at hand, from any sheet or system: no account of Dunwell's is needed and none is looked at. */
export const input = object({
	amount: money('Amount', 'What the patient owes now.', { visibility: 'important' }),
	days_overdue: optional(whole('Days Overdue', 'Days since the patient was first told of it.', { minimum: 0, maximum: 3650, visibility: 'important' })),
	channel: optional(choice(CHANNELS, 'Channel', 'How the reminder would go out; left out, by e-mail or text message.', { visibility: 'important' })),
	has_consent: optional(
		choice(KNOWN, 'Has Consent', 'Whether the person agreed to billing messages on this channel.', { default: 'unknown', visibility: 'important' }),
	),
	insurance_final: optional(
		choice(KNOWN, 'Insurance Is Final', "Whether insurance is done with it, so that the amount is the patient's own share.", {
			default: 'unknown',
			visibility: 'important',
		}),
	),
	state: optional(text('State', 'The US state or territory where the person lives, two letters.', { pattern: '^[A-Z]{2}$' })),
	area_code: optional(text('Area Code', 'The first three digits of the phone number.', { pattern: '^[2-9][0-9]{2}$' })),
	time_zone: optional(
		text('Time Zone', "The IANA name of the person's time zone, such as America/Phoenix, where it is known for sure.", {
			pattern: '^[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+){0,2}$',
			maxLength: 60,
		}),
	),
	due_date: optional(date('Due Date', 'The day by which it should have been paid; used when days overdue is left out.')),
	messages_today: optional(whole('Messages Today', 'How many messages the person got today.', { minimum: 0, maximum: 100, default: 0 })),
	messages_last_7_days: optional(whole('Messages in 7 Days', 'How many messages the person got in the last 7 days.', { minimum: 0, maximum: 100, default: 0 })),
	disputed: optional(flag('Disputed', 'Whether the patient disputes it.', { default: false })),
	denied_claim_open: optional(flag('Denied Claim Is Open', 'Whether a denial of its claim is still being worked on.', { default: false })),
	on_hold: optional(flag('Is on Hold', 'Whether staff put it on hold.', { default: false })),
	bankruptcy_or_deceased: optional(flag('Bankrupt or Deceased', 'Whether the person is in bankruptcy or has died.', { default: false })),
	currency: optional(text('Currency', 'The ISO 4217 code; US dollars when left out.', { pattern: '^[A-Z]{3}$', default: 'USD', visibility: 'advanced' })),
});

export const output = object({
	allowed: flag('Is Allowed', 'Whether a reminder may leave now.'),
	decision: choice(DECISIONS, 'Decision', 'What the rules say of it.'),
	message: text('Message', 'Short name of the message that the usual ladder would send; empty when none is due.'),
	reasons_text: text('Reasons', 'Why it was decided so, in plain words.'),
	next_possible_at: instantOrEmpty('Next Possible At', 'When it could leave by time alone, in UTC; empty when time alone changes nothing.'),
	what_would_change_it: text('What Would Change It', 'What somebody can do about it; empty when nothing stops it.'),
});

export default defineSearch({
	key: 'check_reminder_rules',
	label: 'Check Reminder Rules',
	noun: 'Rule Check',
	description: 'Checks whether a reminder may go out now by the usual rules, without recording anything.',
	summary: 'Check the reminder rules',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/rules/check',
	scope: 'read',
	effect: 'read',
	idempotent: true,
	pure: true,
	input,
	output,
	sample: {
		allowed: false,
		decision: 'wait',
		message: 'reminder_2',
		reasons_text: 'It is outside the hours for messages where the guarantor may be.',
		next_possible_at: '2026-11-24T15:00:00.000Z',
		what_would_change_it: 'Nothing to do: it may go out on 2026-11-24 08:00 (America/Phoenix).',
	},
	examples: [
		{ amount: 84.2, days_overdue: 15, channel: 'sms', has_consent: 'yes', insurance_final: 'yes', state: 'AZ', area_code: '602' },
		{ amount: 84.2, due_date: '2026-11-09', has_consent: 'unknown' },
		{ amount: 310.75, days_overdue: 45, channel: 'email', has_consent: 'yes', insurance_final: 'yes', state: 'IN', disputed: true },
	],
	counterExamples: [
		{ value: { days_overdue: 15 }, reason: '"amount" is required' },
		{ value: { amount: -84.2, days_overdue: 15 }, reason: '"amount" must be 0 or more' },
		{ value: { amount: 84.2, days_overdue: 1.5 }, reason: '"days_overdue" must be a whole number' },
		{ value: { amount: 84.2, has_consent: true }, reason: '"has_consent" must be text' },
		{ value: { amount: 84.2, due_date: '2026-02-30' }, reason: '"due_date" must be a real date' },
		{ value: { amount: 84.2, area_code: '6' }, reason: '"area_code" does not have the expected form' },
		{ value: { amount: 84.2, phone: 'any' }, reason: '"phone" is not a field of this operation' },
	],
	// A form that leaves a question open has not answered it: unknown holds, it never lets a message through.
	run: async (context, value) =>
		checkReminderRules({ ...value, has_consent: value.has_consent ?? 'unknown', insurance_final: value.insurance_final ?? 'unknown' }, context.now),
});
