import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { choice, instant, object, optional, text } from '../contracts/schema.ts';
import { FLAG_PURPOSES, SEVERITIES } from './fields.ts';

export const input = object({
	purpose: optional(choice(FLAG_PURPOSES, 'Purpose', 'Only flags that ask for a reminder, or only those that ask for staff.')),
	priority: optional(choice(SEVERITIES, 'Priority', 'Only flags of this priority.')),
	...accountFilters,
});

export const output = object({
	...eventFields,
	flag_ref: text('Flag Reference', "Dunwell's own code of the flag."),
	purpose: choice(FLAG_PURPOSES, 'Purpose', 'Whether it asks for a reminder or for staff.'),
	priority: choice(SEVERITIES, 'Priority', 'How urgent it is.'),
	flagged_by: text('Flagged By', 'The key or staff member that set it.'),
	flagged_at: instant('Flagged At', 'When it was set.'),
	message: text('Message', 'Short name of the message that the ladder would send; empty when none is due.'),
	note_text: optional(text('Note', 'What the person wrote who set it.', { patientData: true })),
});

export default defineTrigger({
	key: 'account_flagged',
	label: 'Account Flagged',
	noun: 'Account',
	description: 'Triggers when staff or a connected tool flags an account.',
	summary: 'When an account is flagged',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, flag an account from another flow, or turn on hearing what this flow caused.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_9r4n7b2k5x',
		event_type: 'account_flagged',
		raised_by: 'key:key_2m6d9s4f7h',
		amount: 84.2,
		amount_text: '$84.20',
		summary: 'An account that owes $84.20 was flagged for review.',
		reasons_text: 'Somebody flagged it for review with high priority.',
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		flag_ref: 'flg_8w3h6v1p4t',
		purpose: 'review',
		priority: 'high',
		flagged_by: 'staff:front_desk',
		flagged_at: '2026-11-24T09:30:00-05:00',
		message: '',
	},
	examples: [{}, { purpose: 'review', priority: 'high' }],
	counterExamples: [
		{ value: { purpose: 'collections' }, reason: '"purpose" must be one of: reminder, review' },
		{ value: { priority: 'urgent' }, reason: '"priority" must be one of: low, normal, high' },
		{ value: { flag: 'vip' }, reason: '"flag" is not a field of this operation' },
	],
});
