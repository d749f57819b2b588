import { defineAction } from '../contracts/operation.ts';
import { list, object, optional, text, whole } from '../contracts/schema.ts';
import { accountKey, balanceFields, duplicateOutput, idempotencyKey, instantOrEmpty, linkOutput, loose, problemsOutput } from './fields.ts';

/** One row as it must be to be kept. The use case checks each row against it, so that good rows are kept beside bad ones. */
export const row = object({ ...accountKey, ...balanceFields });

export const input = object({
	rows: list(
		loose({ ...accountKey, ...balanceFields }),
		'Rows',
		'One balance in each row, at most 500; a bad row comes back with its reason and the others are kept.',
		{ minItems: 1, maxItems: 500, visibility: 'important' },
	),
	source_name: optional(
		text('Source Name', "What the rows come from, such as the name of the sheet; the practice's answers about a source are kept by this name.", {
			minLength: 1,
			maxLength: 80,
		}),
	),
	...idempotencyKey,
});

export const output = object({
	import_ref: text('Import Reference', "Dunwell's own code of the import; it can be put on hold or undone by it."),
	...duplicateOutput,
	rows_read: whole('Rows Read', 'How many rows came.'),
	created: whole('Created', 'How many balances are new.'),
	updated: whole('Updated', 'How many balances changed.'),
	unchanged: whole('Unchanged', 'How many balances were known already.'),
	paid: whole('Paid', 'How many balances came to zero.'),
	older_ignored: whole('Older Ignored', 'How many rows were older than what is known.'),
	refused: whole('Refused', 'How many rows were refused.'),
	...problemsOutput,
	baseline_text: text('Baseline', 'What a first import found to be overdue already, for which no old reminders go out; empty afterwards.'),
	settles_at: instantOrEmpty('Settles At', 'Until when nothing is sent about these rows, with offset, so that the import can still be undone.'),
	...linkOutput,
});

export default defineAction({
	key: 'import_balances',
	label: 'Import Balances',
	noun: 'Import',
	description: 'Records what many patients owe now, from the rows of a sheet or table.',
	summary: 'Import balances from rows',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/balances/import',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		import_ref: 'imp_2f6k9v4x8m',
		duplicate: false,
		rows_read: 3,
		created: 1,
		updated: 1,
		unchanged: 0,
		paid: 0,
		older_ignored: 0,
		refused: 1,
		problems: [{ position: 'row 3', field: 'amount', message: '"amount" must be 0 or more.' }],
		problems_text: 'row 3: "amount" must be 0 or more.',
		baseline_text: '',
		settles_at: '2026-11-24T10:00:00-05:00',
		link: 'https://dunwell.example/api/imports/imp_2f6k9v4x8m',
	},
	examples: [
		{
			source_name: 'Weekly balances',
			rows: [
				{ your_reference: 'A-1042', invoice: 'INV-2291', amount: 84.2, first_notice_date: '2026-10-25', final_patient_share: true },
				{ your_reference: 'A-1043', amount: 0 },
			],
		},
		// A bad row does not refuse the call: it comes back in `problems`.
		{ rows: [{ your_reference: 'A-1044', amount: -5, due_date: '2026-02-30' }] },
	],
	counterExamples: [
		{ value: { rows: [] }, reason: '"rows" must have at least 1 entries' },
		{ value: { rows: Array.from({ length: 501 }, () => ({ your_reference: 'A-1042', amount: 1 })) }, reason: '"rows" must have at most 500 entries' },
		{ value: { rows: [{ your_reference: 'A-1042', amount: '84.20' }] }, reason: '"rows.0.amount" must be a number' },
		{ value: { rows: [{ your_reference: 'A-1042', balance: 84.2 }] }, reason: '"rows.0.balance" is not a field of this operation' },
		{ value: { source_name: 'Weekly balances' }, reason: '"rows" is required' },
	],
	run: (context, value) => context.service.import_balances(value),
});
