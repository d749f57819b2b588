import { defineAction } from '../contracts/operation.ts';
import { choice, flag, object, optional, text } from '../contracts/schema.ts';
import { accountKey, accountOutput, duplicateOutput, FLAG_PURPOSES, idempotencyKey, linkOutput, SEVERITIES } from './fields.ts';

export const input = object({
	...accountKey,
	purpose: choice(FLAG_PURPOSES, 'Purpose', 'Whether the flag asks for a reminder or for staff.', { visibility: 'important' }),
	priority: optional(choice(SEVERITIES, 'Priority', 'How urgent it is.', { default: 'normal' })),
	note: optional(text('Note', 'What the next person should know.', { freeText: true, minLength: 1, maxLength: 2000 })),
	clear: optional(flag('Clear', 'Takes the standing flags of this purpose off instead of setting one.', { default: false })),
	...idempotencyKey,
});

export const output = object({
	...accountOutput,
	flag_ref: text('Flag Reference', "Dunwell's own code of the flag; empty when there was none to clear."),
	status: choice({ flagged: 'Flagged', already_flagged: 'Flagged before', cleared: 'Cleared', not_flagged: 'Was not flagged' }, 'Status', 'What the call did.'),
	...duplicateOutput,
	event_raised: flag('Event Raised', 'Whether it raised Account Flagged.'),
	can_contact: flag('Can Contact', 'Whether the rules allow a reminder.'),
	blocked_reasons_text: text('Blocked Reasons', 'What keeps a reminder back, empty when nothing does.'),
	...linkOutput,
});

export default defineAction({
	key: 'flag_account',
	label: 'Flag Account',
	noun: 'Account',
	description: 'Flags an account for a reminder or for review by staff, or clears the flag.',
	summary: 'Flag an account',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/accounts/flag',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		flag_ref: 'flg_8w3h6v1p4t',
		status: 'flagged',
		duplicate: false,
		event_raised: true,
		can_contact: true,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ your_reference: 'A-1042', purpose: 'review', priority: 'high' },
		{ account_ref: 'acc_7k2m9qd4wx', purpose: 'reminder' },
		{ account_ref: 'acc_7k2m9qd4wx', purpose: 'review', clear: true },
	],
	counterExamples: [
		{ value: { your_reference: 'A-1042' }, reason: '"purpose" is required' },
		{ value: { your_reference: 'A-1042', purpose: 'collections' }, reason: '"purpose" must be one of: reminder, review' },
		{ value: { your_reference: 'A-1042', purpose: 'review', priority: 'urgent' }, reason: '"priority" must be one of: low, normal, high' },
		{ value: { your_reference: 'A-1042', purpose: 'review', clear: 'yes' }, reason: '"clear" must be true or false' },
		{ value: { your_reference: 'A-1042', purpose: 'review', reason: 'moved' }, reason: '"reason" is not a field of this operation' },
	],
	run: (context, value) => context.service.flag_account(value),
});
