import { defineAction } from '../contracts/operation.ts';
import { choice, flag, list, object, optional, text, whole } from '../contracts/schema.ts';
import { duplicateOutput, idempotencyKey, instantOrEmpty, linkOutput, problemsOutput } from './fields.ts';

/** Longest file, in characters: a month of remittances of a large practice is about a tenth of it. */
export const MAX_FILE_CHARACTERS = 12_000_000;

export const input = object({
	kind: choice(
		{ remittance: 'Remittance (X12 835)', acknowledgement: 'Claim acknowledgement (X12 277CA)', aging_report: 'Aging report (CSV)' },
		'Kind',
		'What the file is.',
		{ visibility: 'important' },
	),
	content: text('Content', 'The file itself, as text or encoded as base64.', {
		patientData: true,
		minLength: 1,
		maxLength: MAX_FILE_CHARACTERS,
		visibility: 'important',
	}),
	encoding: optional(
		choice({ utf8: 'Text', base64: 'Base64' }, 'Encoding', 'How the content is given; files of other apps usually come as base64.', { default: 'utf8' }),
	),
	file_name: optional(text('File Name', 'The name under which people know the file.', { freeText: true, minLength: 1, maxLength: 200 })),
	preview_only: optional(flag('Preview Only', 'Reads the file and answers what it would do, without recording anything.', { default: false })),
	...idempotencyKey,
});

export const output = object({
	import_ref: text('Import Reference', "Dunwell's own code of the import; empty for a preview."),
	...duplicateOutput,
	preview: flag('Is Preview', 'Whether nothing was recorded because only a preview was asked for.'),
	rows_read: whole('Rows Read', 'How many rows or claims the file has.'),
	accounts: whole('Account Count', 'How many accounts it is about.'),
	invoices: whole('Invoice Count', 'How many invoices it is about.'),
	claims: whole('Claim Count', 'How many claims it is about.'),
	denied_lines: whole('Denied Lines', 'How many claim lines are denied.'),
	rejected_claims: whole('Rejected Claims', 'How many claims an acknowledgement says were rejected before they were decided.'),
	changed: whole('Changed', 'How many balances and claims it changed or would change.'),
	unchanged: whole('Unchanged', 'How many were known already.'),
	...problemsOutput,
	warnings: list(text('Warning', 'One thing to look at.'), 'Warnings', 'What was taken although something about it is odd.'),
	warnings_text: text('Warnings Text', 'The same warnings as lines of text; empty when there are none.', { maxLength: 20_000 }),
	baseline_text: text('Baseline', 'What a first import found to be overdue already, for which no old reminders go out; empty afterwards.'),
	settles_at: instantOrEmpty('Settles At', 'Until when nothing is sent about it, with offset, so that the import can still be undone; empty for a preview.'),
	...linkOutput,
});

export default defineAction({
	key: 'import_file',
	label: 'Import File',
	noun: 'Import',
	description: 'Reads a remittance, a claim acknowledgement or an aging report and records what it says.',
	summary: 'Import a file',
	tier: 'core',
	surfaces: ['power_automate', 'api'],
	method: 'POST',
	path: '/files',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		import_ref: 'imp_7d3n5y1q9h',
		duplicate: false,
		preview: false,
		rows_read: 200,
		accounts: 60,
		invoices: 200,
		claims: 0,
		denied_lines: 0,
		rejected_claims: 0,
		changed: 198,
		unchanged: 1,
		problems: [{ position: 'row 17', field: 'Due Date', message: 'The date cannot be read. Write it as 2026-11-24.' }],
		problems_text: 'row 17, Due Date: The date cannot be read. Write it as 2026-11-24.',
		warnings: ['2 rows have a negative balance; they are recorded as credits.'],
		warnings_text: '2 rows have a negative balance; they are recorded as credits.',
		baseline_text: '41 balances were overdue already; none of them is asked for at once.',
		settles_at: '2026-11-24T10:00:00-05:00',
		link: 'https://dunwell.example/api/imports/imp_7d3n5y1q9h',
	},
	examples: [
		{ kind: 'aging_report', file_name: 'aging.csv', content: 'Account,Invoice,Balance,First Statement\nA-1042,INV-2291,84.20,2026-10-25\n' },
		{ kind: 'remittance', encoding: 'base64', content: 'SVNBKjAwKg==', preview_only: true },
	],
	counterExamples: [
		{ value: { kind: 'aging_report' }, reason: '"content" is required' },
		{ value: { kind: 'statement', content: 'x' }, reason: '"kind" must be one of: remittance, acknowledgement, aging_report' },
		{ value: { kind: 'remittance', content: '' }, reason: '"content" must not be empty' },
		{ value: { kind: 'remittance', content: 'x', encoding: 'latin1' }, reason: '"encoding" must be one of: utf8, base64' },
		{ value: { kind: 'remittance', content: 'x', preview: true }, reason: '"preview" is not a field of this operation' },
	],
	run: (context, value) => context.service.import_file(value),
});
