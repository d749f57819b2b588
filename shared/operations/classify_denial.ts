import { defineSearch } from '../contracts/operation.ts';
import { choice, date, decimal, flag, money, object, optional, text, whole } from '../contracts/schema.ts';
import { classifyDenial } from '../rules/denials/classify.ts';
import { dayOrEmpty } from './fields.ts';

const GROUPS = {
	CO: 'CO: contractual obligation',
	PR: 'PR: patient responsibility',
	OA: 'OA: other adjustment',
	PI: 'PI: payer initiated',
	CR: 'CR: correction (older files)',
} as const;

/** What the codes of a remittance say, from any sheet or system: no claim of Dunwell's is needed and none is looked at. */
export const input = object({
	group: choice(GROUPS, 'Group', 'The group code that stands before the reason code, such as CO in CO-197.', { visibility: 'important' }),
	reason_code: text('Reason Code', 'The claim adjustment reason code (CARC), such as 197.', { pattern: '^[A-Za-z0-9]{1,4}$', visibility: 'important' }),
	remark_codes: optional(
		text('Remark Codes', 'The remittance advice remark codes (RARC), separated by commas, such as N290, MA130.', {
			pattern: '^[MNmn][Aa]?[0-9]{1,4}([ ,;]+[MNmn][Aa]?[0-9]{1,4}){0,19}$',
			maxLength: 200,
			visibility: 'important',
		}),
	),
	amount: optional(money('Amount', 'The denied amount; the priority follows from it.', { visibility: 'important' })),
	received_on: optional(date('Received On', 'The day the denial was received; days to appeal count from here, and codes are read as of that day.')),
	service_date: optional(date('Service Date', 'The day of service; days to file count from here.')),
	appeal_days: optional(whole('Days to Appeal', "The payer's days to appeal, from receipt.", { minimum: 1, maximum: 1095 })),
	file_days: optional(whole('Days to File', "The payer's days to send a claim, from the day of service.", { minimum: 1, maximum: 1095 })),
	currency: optional(text('Currency', 'The ISO 4217 code; US dollars when left out.', { pattern: '^[A-Z]{3}$', default: 'USD', visibility: 'advanced' })),
});

export const output = object({
	category: text('Category', 'Who can mend it and how, in one short word; the same as in Claim Denied.'),
	category_text: text('Category Text', 'The category in words.'),
	meaning: text('Meaning', 'What the codes mean, in plain words.'),
	what_to_do: text('What to Do', 'The usual next step.'),
	patient_may_be_billed: choice(
		{ yes: 'Yes', no: 'No', after_release: 'After staff release it, with evidence' },
		'Patient May Be Billed',
		'Whether this amount may be asked of the patient.',
	),
	patient_text: text('Patient Text', 'Why, in plain words.'),
	evidence_needed: text('Evidence Needed', 'What staff need before they release it; empty otherwise.'),
	deadline_on: dayOrEmpty('Deadline', 'The last day to act by the days given; empty where they were not given.'),
	deadline_kind: choice({ appeal: 'Appeal', file: 'Send the claim', none: 'None' }, 'Deadline Kind', 'What has to be done by then.'),
	deadline_text: text('Deadline Text', 'The deadline in words, and where it comes from.'),
	days_left: whole('Days Left', 'Calendar days until the deadline, negative when it has passed; 0 without one.'),
	is_urgent: flag('Is Urgent', 'Whether fewer than 7 days are left.'),
	priority: decimal('Priority', 'The amount times the share that work on this category usually brings back; larger comes first.'),
	known_code: flag('Is Known Code', 'Whether the reason code is in the table and was in force; otherwise staff must read the remittance.'),
});

export default defineSearch({
	key: 'classify_denial',
	label: 'Classify Denial',
	noun: 'Denial',
	description: 'Says what a denial means, what to do and whether the patient may be billed, from its codes alone.',
	summary: 'Classify a denial',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/rules/denials',
	scope: 'read',
	effect: 'read',
	idempotent: true,
	pure: true,
	input,
	output,
	sample: {
		category: 'authorization',
		category_text: 'Authorization',
		meaning: 'CO-197: Authorization missing.',
		what_to_do: 'Find the authorization or ask for a retroactive one, then resubmit or appeal.',
		patient_may_be_billed: 'no',
		patient_text: 'No: the group CO puts nothing on the patient.',
		evidence_needed: '',
		deadline_on: '2027-02-18',
		deadline_kind: 'appeal',
		deadline_text: 'Appeal by 2027-02-18, by the days given.',
		days_left: 86,
		is_urgent: false,
		priority: 72.5,
		known_code: true,
	},
	examples: [
		{ group: 'CO', reason_code: '197', amount: 145, received_on: '2026-11-20', appeal_days: 90 },
		{ group: 'PR', reason_code: '204', amount: 88.4 },
		{ group: 'CO', reason_code: '16', remark_codes: 'N290, MA130', amount: 62, service_date: '2026-10-03', file_days: 180 },
	],
	counterExamples: [
		{ value: { reason_code: '197' }, reason: '"group" is required' },
		{ value: { group: 'CO' }, reason: '"reason_code" is required' },
		{ value: { group: 'XX', reason_code: '197' }, reason: '"group" must be one of: CO, PR, OA, PI, CR' },
		{ value: { group: 'CO', reason_code: 'CO-197' }, reason: '"reason_code" does not have the expected form' },
		{ value: { group: 'CO', reason_code: '16', remark_codes: 'N290 and more' }, reason: '"remark_codes" does not have the expected form' },
		{ value: { group: 'CO', reason_code: '197', appeal_days: 0 }, reason: '"appeal_days" must be 1 or more' },
		{ value: { group: 'CO', reason_code: '197', received_on: '2026-02-30' }, reason: '"received_on" must be a real date' },
		{ value: { group: 'CO', reason_code: '197', claim: 'any' }, reason: '"claim" is not a field of this operation' },
	],
	run: async (context, value) => classifyDenial(value, context.now),
});
