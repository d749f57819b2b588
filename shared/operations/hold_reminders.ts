import { defineAction } from '../contracts/operation.ts';
import { choice, date, object, optional, text, whole } from '../contracts/schema.ts';
import { dayOrEmpty, duplicateOutput, HOLD_SCOPES, holdTarget, idempotencyKey, linkOutput, STAFF_HOLD_REASONS } from './fields.ts';

export const input = object({
	scope: choice(HOLD_SCOPES, 'Scope', 'What the hold covers.', { visibility: 'important' }),
	reason: choice(STAFF_HOLD_REASONS, 'Reason', 'Why nothing may be sent; some reasons no later choice can lift for a message.', { visibility: 'important' }),
	...holdTarget,
	until: optional(date('Until', 'The first day on which reminders may go on; left out, the hold lasts until it is released.')),
	note: optional(text('Note', 'What staff should know about it.', { freeText: true, minLength: 1, maxLength: 2000 })),
	...idempotencyKey,
});

export const output = object({
	hold_ref: text('Hold Reference', "Dunwell's own code of the hold."),
	status: choice({ placed: 'Placed', already_held: 'On hold already' }, 'Status', 'Whether the hold is new, or the same one stands already.'),
	...duplicateOutput,
	scope: choice(HOLD_SCOPES, 'Scope', 'What the hold covers.'),
	until: dayOrEmpty('Until', 'The first day on which reminders may go on; empty when it lasts until it is released.'),
	cancelled_count: whole('Cancelled Reminders', 'How many waiting reminders were cancelled.'),
	...linkOutput,
});

export default defineAction({
	key: 'hold_reminders',
	label: 'Hold Reminders',
	noun: 'Hold',
	description: 'Holds reminders and cancels those that wait.',
	summary: 'Hold reminders for an account or more',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/holds',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		hold_ref: 'hld_4q8d1m6v9z',
		status: 'placed',
		duplicate: false,
		scope: 'account',
		until: '2026-12-15',
		cancelled_count: 1,
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ scope: 'account', reason: 'promise', account_ref: 'acc_7k2m9qd4wx', until: '2026-12-15' },
		{ scope: 'invoice', reason: 'dispute', your_reference: 'A-1042', invoice: 'INV-2291' },
		{ scope: 'practice', reason: 'staff_review' },
	],
	counterExamples: [
		{ value: { reason: 'dispute', account_ref: 'acc_7k2m9qd4wx' }, reason: '"scope" is required' },
		{ value: { scope: 'everything', reason: 'dispute' }, reason: '"scope" must be one of: account, invoice, location, import, practice' },
		{ value: { scope: 'practice', reason: 'import_settling' }, reason: '"reason" must be one of: bankruptcy' },
		{ value: { scope: 'practice', reason: 'other', until: '2026-11-31' }, reason: '"until" must be a real date' },
		{ value: { scope: 'practice', reason: 'other', days: 10 }, reason: '"days" is not a field of this operation' },
	],
	run: (context, value) => context.service.hold_reminders(value),
});
