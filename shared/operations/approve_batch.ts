import { defineAction } from '../contracts/operation.ts';
import { object, text, whole } from '../contracts/schema.ts';
import { duplicateOutput, idempotencyKey, linkOutput } from './fields.ts';

export const input = object({
	batch: text('Batch', 'The code of the batch: the review reference of a review that asked for approval, or the batch that the staff work about it names.', {
		minLength: 1,
		maxLength: 40,
		visibility: 'important',
	}),
	...idempotencyKey,
});

export const output = object({
	batch: text('Batch', 'The code of the batch.'),
	approved: whole('Approved', 'How many reminders were let go by this call; each is decided again when it leaves.'),
	...duplicateOutput,
	summary: text('Summary', 'One sentence that says what was let go.'),
	...linkOutput,
});

export default defineAction({
	key: 'approve_batch',
	label: 'Approve Batch',
	noun: 'Batch',
	description: 'Approves a batch of reminders that a review gathered, so that they leave.',
	summary: 'Approve a batch of reminders',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/batches/approve',
	scope: 'send',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		batch: 'rev_9k4m7t2x5c',
		approved: 31,
		duplicate: false,
		summary: '31 reminders were approved. Each leaves at the next allowed hour, if the rules still allow it then.',
		link: 'https://dunwell.example',
	},
	examples: [{ batch: 'rev_9k4m7t2x5c' }, { batch: 'day_2026-11-24' }],
	counterExamples: [
		{ value: {}, reason: '"batch" is required' },
		{ value: { batch: '' }, reason: '"batch" must not be empty' },
		{ value: { batch: 24 }, reason: '"batch" must be text' },
		{ value: { batch: 'rev_9k4m7t2x5c', approve: true }, reason: '"approve" is not a field of this operation' },
	],
	run: (context, value) => context.service.approve_batch(value),
});
