import { defineAction } from '../contracts/operation.ts';
import { choice, date, money, object, optional, signedMoney, text, whole } from '../contracts/schema.ts';
import { accountWhereNeeded, dayOrEmpty, duplicateOutput, idempotencyKey, linkOutput } from './fields.ts';

/** What staff may say of a claim. Keys are for ever. */
export const CLAIM_MOVES = {
	denied: 'Denied',
	corrected: 'Corrected and sent again',
	appealed: 'Appealed',
	written_off: 'Written off',
	released_to_patient: 'Released to the patient',
	refunded: 'Refunded to the patient',
} as const;

export const RELEASE_EVIDENCE = {
	abn: 'Advance beneficiary notice (ABN)',
	waiver: 'Signed waiver',
	non_coverage_notice: 'Notice of non-coverage by the plan',
	appeal_decision: "The payer's final decision on an appeal",
} as const;

export const input = object({
	status: choice(CLAIM_MOVES, 'Status', 'What became of the claim or of some of its lines; the status it has already changes only the owner.', {
		visibility: 'important',
	}),
	claim_ref: optional(
		text('Claim Reference', "Dunwell's own code of the claim, from Claim Denied or Find Claims. Either this or the claim number is needed.", {
			minLength: 1,
			maxLength: 40,
			visibility: 'important',
		}),
	),
	claim: optional(
		text('Claim Number', "The practice's own number of the claim, as on the remittance; with the account it belongs to.", { minLength: 1, maxLength: 80 }),
	),
	...accountWhereNeeded,
	lines: optional(
		text('Lines', 'Positions of the service lines, separated by commas; left out, every line for which the status makes sense.', {
			pattern: '^[0-9]{1,3}(, ?[0-9]{1,3})*$',
			maxLength: 200,
		}),
	),
	evidence_kind: optional(choice(RELEASE_EVIDENCE, 'Evidence Kind', 'What entitles the practice to ask the patient; needed to release.')),
	evidence: optional(
		text('Evidence', 'Which document that is and where it is kept, without names of people; needed to release.', { minLength: 3, maxLength: 120 }),
	),
	amount: optional(money('Amount', 'Released: what the patient is to pay of it, all that was denied when left out. Newly denied: the charge.')),
	owner: optional(text('Owner', 'Short name of the staff member or team that works it; left out, it stays as it is.', { pattern: '^[a-z][a-z0-9_]{0,39}$' })),
	code: optional(
		text('Denial Code', "Newly denied: the payer's group and reason code, such as CO-197.", { pattern: '^(CO|PR|OA|PI)-[A-Z0-9]{1,4}$', maxLength: 8 }),
	),
	payer: optional(
		text('Payer', 'Newly denied, for a claim that is not known yet: the payer as its remittances name it.', { options: 'payers', maxLength: 120 }),
	),
	invoice: optional(
		text('Invoice', "Newly denied, for a claim that is not known yet: the practice's number for the invoice behind it.", { minLength: 1, maxLength: 80 }),
	),
	service_date: optional(date('Service Date', 'Newly denied, for a claim that is not known yet: the first day of service.')),
	note: optional(text('Note', 'What staff should know about it.', { freeText: true, minLength: 1, maxLength: 2000 })),
	...idempotencyKey,
});

export const output = object({
	claim_ref: text('Claim Reference', "Dunwell's own code of the claim."),
	account_ref: text('Account Reference', "Dunwell's own code of the account."),
	your_reference: text('Your Reference', "The practice's number for the account, where the practice chose to share it."),
	outcome: choice({ created: 'Created', moved: 'Moved', owner_changed: 'Owner changed', unchanged: 'Unchanged' }, 'Outcome', 'What the call changed.'),
	...duplicateOutput,
	lines_text: text('Lines', 'Positions of the lines that moved, separated by commas; empty when none did.'),
	line_count: whole('Line Count', 'How many lines moved.'),
	states_text: text('States', 'Every line of the claim with its state and amount, one on each line.', { maxLength: 8000 }),
	amount: signedMoney('Patient Amount', "What of this claim is the patient's to pay now."),
	amount_text: text('Patient Amount Text', 'The same amount as people read it.'),
	currency: text('Currency', 'The ISO 4217 code of the amounts.'),
	owner: text('Owner', 'Short name of the staff member or team that works it; empty when nobody has it.'),
	deadline_on: dayOrEmpty('Deadline', "The last day to act, where the payer's own rule is recorded; else empty."),
	warning_text: text('Warning', 'What to look at once more before the patient is asked; empty when there is nothing.'),
	cancelled_count: whole('Cancelled Reminders', 'How many waiting reminders were cancelled, because their amount is no longer right.'),
	...linkOutput,
});

export default defineAction({
	key: 'record_claim_status',
	label: 'Record Claim Status',
	noun: 'Claim Status',
	description: 'Records that a claim was denied, corrected, appealed, written off or released to the patient.',
	summary: 'Record the status of a claim',
	tier: 'extra',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'POST',
	path: '/claims',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		claim_ref: 'clm_6s1x8q4j7b',
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		outcome: 'moved',
		duplicate: false,
		lines_text: '2',
		line_count: 1,
		states_text: '1: adjudicated, $25.00 of the patient\n2: appealed, $145.00',
		amount: 25,
		amount_text: '$25.00',
		currency: 'USD',
		owner: 'denials_team',
		deadline_on: '2027-01-15',
		warning_text: '',
		cancelled_count: 0,
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ status: 'appealed', claim_ref: 'clm_6s1x8q4j7b', lines: '2', owner: 'denials_team' },
		{ status: 'released_to_patient', claim_ref: 'clm_6s1x8q4j7b', lines: '2', evidence_kind: 'abn', evidence: 'ABN of 2026-11-02, document 4471', amount: 145 },
		{ status: 'written_off', claim: '10023-5001', your_reference: '10023' },
		{ status: 'denied', claim: '10023-5002', your_reference: '10023', payer: 'Example Health Plan', code: 'CO-197', amount: 145, invoice: '5002' },
	],
	counterExamples: [
		{ value: { claim_ref: 'clm_6s1x8q4j7b' }, reason: '"status" is required' },
		{ value: { status: 'closed', claim_ref: 'clm_6s1x8q4j7b' }, reason: '"status" must be one of: denied, corrected, appealed' },
		{ value: { status: 'appealed', claim_ref: 'clm_6s1x8q4j7b', lines: 'all' }, reason: '"lines" does not have the expected form' },
		{ value: { status: 'released_to_patient', claim_ref: 'clm_6s1x8q4j7b', evidence: 'x' }, reason: '"evidence" must have at least 3 characters' },
		{ value: { status: 'denied', claim_ref: 'clm_6s1x8q4j7b', code: '197' }, reason: '"code" does not have the expected form' },
	],
	run: (context, value) => context.service.record_claim_status(value),
});
