import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { choice, flag, object, optional, text, whole } from '../contracts/schema.ts';
import { dayOrEmpty } from './fields.ts';

export const input = object({
	payer: optional(text('Payer', 'Only claims of this payer.', { options: 'payers', maxLength: 120 })),
	category: optional(text('Denial Category', 'Only denials of this category, written as the event shows it.', { pattern: '^[a-z][a-z0-9_]{0,39}$' })),
	deliver: optional(
		choice(
			{ at_once: 'At once', daily_digest: 'Once a day' },
			'Deliver',
			"Whether each denial is told at once, or all of a day together at the hour of the practice's policy; the policy's choice when left out.",
		),
	),
	...accountFilters,
});

export const output = object({
	...eventFields,
	claim_ref: text('Claim Reference', "Dunwell's own code of the claim."),
	payer: text('Payer', 'The payer as the remittance names it.'),
	category: text('Denial Category', 'Who can mend it and how, in one short word; the first when lines differ.'),
	codes_text: text('Denial Codes', 'Group and reason codes of the denied lines, such as CO-197, separated by commas.'),
	codes_explained_text: text('Denial Codes Explained', 'What the codes mean, in plain words.'),
	lines_text: text('Denied Lines', 'The denied lines by their position, with code and amount, one on each line.', { maxLength: 8000 }),
	line_count: whole('Denied Line Count', 'How many lines are denied.'),
	line_total: whole('Line Total', 'How many lines the claim has.'),
	what_to_do_text: text('What to Do', 'The usual next step for this denial.'),
	deadline_on: dayOrEmpty('Deadline', "The last day to act, where the payer's own rule is recorded; else empty."),
	deadline_rule: text('Deadline Rule', "Short name of the payer's rule that the deadline comes from; empty without one."),
	is_digest: flag('Is Digest', 'Whether it gathers the denials of a day; then codes and references are empty where they differ.'),
	claim_count: whole('Claim Count', 'How many claims it is about; more than one in a digest only.'),
	card_json: text('Card JSON', 'An Adaptive Card that a flow can post to a chat.', { maxLength: 28_000 }),
});

export default defineTrigger({
	key: 'claim_denied',
	label: 'Claim Denied',
	noun: 'Claim',
	description: 'Triggers when a payer denies or rejects a claim or some of its lines.',
	summary: 'When a claim is denied',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	visibility: 'important',
	hint: 'To see it work now, import a remittance file with a denied line, such as the sample that comes with Dunwell.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_9f3v6p2h8c',
		event_type: 'claim_denied',
		raised_by: 'import',
		amount: 145,
		amount_text: '$145.00',
		summary: 'A payer denied 1 of 3 lines of a claim, $145.00 in all.',
		reasons_text: 'CO-197: authorization or notification is missing. The denied line is not asked of the patient.',
		can_contact: false,
		blocked_reasons_text: 'The denied line is not owed while the denial is open.',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
		claim_ref: 'clm_6s1x8q4j7b',
		payer: 'Example Health Plan',
		category: 'authorization',
		codes_text: 'CO-197',
		codes_explained_text: 'CO-197: authorization or notification is missing.',
		lines_text: 'Line 2: CO-197, $145.00',
		line_count: 1,
		line_total: 3,
		what_to_do_text: 'Ask the payer for a retroactive authorization, then appeal with it.',
		deadline_on: '2027-01-15',
		deadline_rule: 'example_plan',
		is_digest: false,
		claim_count: 1,
		card_json:
			'{"type":"AdaptiveCard","version":"1.4","body":[{"type":"TextBlock","text":"A payer denied 1 of 3 lines of a claim, $145.00 in all.","wrap":true}]}',
	},
	examples: [{}, { deliver: 'daily_digest' }, { payer: 'Example Health Plan', category: 'authorization', minimum_amount: 50 }],
	counterExamples: [
		{ value: { category: 'Prior authorization' }, reason: '"category" does not have the expected form' },
		{ value: { deliver: 'weekly' }, reason: '"deliver" must be one of: at_once, daily_digest' },
		{ value: { payer: 12 }, reason: '"payer" must be text' },
		{ value: { minimum_amount: 20_000_000 }, reason: '"minimum_amount" must be 10000000 or less' },
		{ value: { carc: '197' }, reason: '"carc" is not a field of this operation' },
	],
});
