import { defineAction } from '../contracts/operation.ts';
import { choice, flag, object, optional, text, whole } from '../contracts/schema.ts';
import { duplicateOutput, HOLD_SCOPES, holdTarget, idempotencyKey, linkOutput, STAFF_HOLD_REASONS } from './fields.ts';

export const input = object({
	hold_ref: optional(
		text('Hold Reference', 'The one hold to release; left out, those of the scope are released.', { minLength: 1, maxLength: 40, visibility: 'important' }),
	),
	scope: optional(choice(HOLD_SCOPES, 'Scope', 'What is to go on; needed when no hold reference is given.', { visibility: 'important' })),
	...holdTarget,
	reason: optional(choice(STAFF_HOLD_REASONS, 'Reason', 'Only holds that were placed for this reason.')),
	...idempotencyKey,
});

export const output = object({
	released_count: whole('Released Holds', 'How many holds were released.'),
	...duplicateOutput,
	still_on_hold: flag('Still on Hold', 'Whether another hold still covers it.'),
	still_on_hold_reasons_text: text('Still on Hold Because', 'The reasons of the holds that remain; empty when none does.'),
	next_step_text: text('Next Step', 'What happens next, and when.'),
	...linkOutput,
});

export default defineAction({
	key: 'resume_reminders',
	label: 'Resume Reminders',
	noun: 'Hold',
	description: 'Releases holds so that reminders go on.',
	summary: 'Resume reminders',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/holds/release',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		released_count: 1,
		duplicate: false,
		still_on_hold: false,
		still_on_hold_reasons_text: '',
		next_step_text: 'The next review looks at the account again; nothing that was cancelled is sent by itself.',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ hold_ref: 'hld_4q8d1m6v9z' },
		{ scope: 'account', account_ref: 'acc_7k2m9qd4wx', reason: 'dispute' },
		{ scope: 'import', import_ref: 'imp_2f6k9v4x8m' },
	],
	counterExamples: [
		{ value: { scope: 'patient', account_ref: 'acc_7k2m9qd4wx' }, reason: '"scope" must be one of: account, invoice, location, import, practice' },
		{ value: { hold_ref: '' }, reason: '"hold_ref" must not be empty' },
		{ value: { hold_ref: 4 }, reason: '"hold_ref" must be text' },
		{ value: { hold_ref: 'hld_4q8d1m6v9z', force: true }, reason: '"force" is not a field of this operation' },
	],
	run: (context, value) => context.service.resume_reminders(value),
});
