import { defineSearch } from '../contracts/operation.ts';
import { choice, date, list, money, object, optional, signedMoney, text, whole } from '../contracts/schema.ts';
import { DENIAL_CATEGORIES } from '../rules/denials/categories.ts';
import { accountWhereNeeded, dayOrEmpty, linkOutput } from './fields.ts';

/** In one word, how a claim stands: by the line that most needs somebody. */
export const CLAIM_STATES = {
	denied: 'Denied',
	rejected: 'Rejected before it was decided',
	appealed: 'Appealed',
	corrected: 'Corrected and sent again',
	crossover: 'With the next payer',
	pending: 'Not decided yet',
	released_to_patient: 'Released to the patient',
	written_off: 'Written off',
	never_bill: 'Never bill the patient',
	adjudicated: 'Decided',
	reversed: 'Taken back by the payer',
} as const;

const categories = Object.fromEntries(Object.entries(DENIAL_CATEGORIES).map(([key, { label }]) => [key, label])) as {
	[K in keyof typeof DENIAL_CATEGORIES]: string;
};

export const input = object({
	status: optional(
		choice(CLAIM_STATES, 'Status', 'Only claims that stand so; left out, all on which there is work: denied, rejected, appealed and corrected.', {
			visibility: 'important',
		}),
	),
	payer: optional(text('Payer', 'Only claims of this payer.', { options: 'payers', maxLength: 120 })),
	category: optional(choice(categories, 'Denial Category', 'Only denials of this category.')),
	deadline_before: optional(date('Deadline Before', 'Only claims whose last day to act lies before this day.')),
	owner: optional(text('Owner', 'Only claims that this staff member or team works.', { pattern: '^[a-z][a-z0-9_]{0,39}$' })),
	minimum_amount: optional(money('Minimum Amount', 'Leaves out claims with less at stake.')),
	...accountWhereNeeded,
});

const item = object({
	claim_ref: text('Claim Reference', "Dunwell's own code of the claim."),
	account_ref: text('Account Reference', "Dunwell's own code of the account."),
	payer: text('Payer', 'The payer as the remittance names it.'),
	status: choice(CLAIM_STATES, 'Status', 'How the claim stands.'),
	category: text('Denial Category', 'Who can mend it and how, in one short word; empty when nothing is denied.'),
	amount: signedMoney('Amount', 'What is at stake: charges of the lines on which there is work, less what was paid.'),
	amount_text: text('Amount Text', 'The amount as people read it.'),
	lines_text: text('Lines', 'Positions of those lines, separated by commas.'),
	codes_text: text('Denial Codes', 'Group and reason codes, separated by commas.'),
	deadline_on: dayOrEmpty('Deadline', "The last day to act, where the payer's own rule is recorded; else empty."),
	deadline_rule: text('Deadline Rule', "Short name of the payer's rule that the deadline comes from; empty without one."),
	owner: text('Owner', 'Short name of the staff member or team that works it; empty when nobody has it.'),
	what_to_do_text: text('What to Do', 'The usual next step.'),
	link: text('Link', 'Where staff see the account.'),
});

export const output = object({
	claim_count: whole('Claim Count', 'How many claims fit.'),
	total: signedMoney('Total at Stake', 'The sum of what is at stake in all of them, without amounts in another currency.'),
	total_text: text('Total Text', 'The total as people read it.'),
	currency: text('Currency', 'The ISO 4217 code of the total.'),
	next_deadline_on: dayOrEmpty('Next Deadline', 'The nearest deadline among them that has not passed; empty when there is none.'),
	items: list(item, 'Claims', 'The first 50, those whose deadline is nearest or that are most worth working first.', { maxItems: 50 }),
	items_text: text('Claims Text', 'The same claims as lines of text.', { maxLength: 20_000 }),
	...linkOutput,
});

export default defineSearch({
	key: 'find_claims',
	label: 'Find Claims',
	noun: 'Claim List',
	description: 'Finds claims by payer, denial category, deadline and owner.',
	summary: 'Get claims to work',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'GET',
	path: '/claims/find',
	scope: 'read',
	effect: 'read',
	idempotent: true,
	input,
	output,
	sample: {
		claim_count: 1,
		total: 145,
		total_text: '$145.00',
		currency: 'USD',
		next_deadline_on: '2027-01-15',
		items: [
			{
				claim_ref: 'clm_6s1x8q4j7b',
				account_ref: 'acc_7k2m9qd4wx',
				payer: 'Example Health Plan',
				status: 'denied',
				category: 'authorization',
				amount: 145,
				amount_text: '$145.00',
				lines_text: '2',
				codes_text: 'CO-197',
				deadline_on: '2027-01-15',
				deadline_rule: 'example_plan',
				owner: 'denials_team',
				what_to_do_text: 'Find the authorization or ask for a retroactive one, then resubmit or appeal.',
				link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
			},
		],
		items_text: 'clm_6s1x8q4j7b  acc_7k2m9qd4wx  $145.00  denied, authorization  by 2027-01-15 (example_plan)  denials_team',
		link: 'https://dunwell.example',
	},
	examples: [{ category: 'authorization', deadline_before: '2026-12-24' }, { owner: 'denials_team' }, { status: 'appealed', payer: 'Example Health Plan' }],
	counterExamples: [
		{ value: { status: 'open' }, reason: '"status" must be one of: denied, rejected, appealed' },
		{ value: { deadline_before: '2026-13-01' }, reason: '"deadline_before" must be a real date' },
		{ value: { owner: 'TEAM' }, reason: '"owner" does not have the expected form' },
		{ value: { carc: '197' }, reason: '"carc" is not a field of this operation' },
	],
	run: (context, value) => context.service.find_claims(value),
});
