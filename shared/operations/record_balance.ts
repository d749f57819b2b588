import { defineAction } from '../contracts/operation.ts';
import { choice, date, email, flag, instant, money, object, optional, signedMoney, text } from '../contracts/schema.ts';

/** How an action names the account it is about: our code or the practice's own number. */
export const accountKey = {
	account_ref: optional(text('Account Reference', 'Dunwell\'s own code of the account, from an earlier step. Either this or your reference is needed.', { maxLength: 40, visibility: 'important' })),
	your_reference: optional(text('Your Reference', 'The practice\'s own number for the account. Either this or the account reference is needed.', { minLength: 1, maxLength: 80, visibility: 'important' })),
};

export const idempotencyKey = {
	idempotency_key: optional(text('Idempotency Key', 'The same key makes a repeated call return its first result instead of acting again.', { minLength: 1, maxLength: 200, visibility: 'advanced' })),
};

export const input = object({
	...accountKey,
	amount: money('Amount', 'What the patient owes now; it replaces what was known, and 0 means paid.', { visibility: 'important' }),
	currency: optional(text('Currency', 'The ISO 4217 code; the practice\'s own when left out.', { pattern: '^[A-Z]{3}$', visibility: 'advanced' })),
	invoice: optional(text('Invoice', 'The practice\'s number for the invoice; left out, the amount is the account\'s one running balance.', { minLength: 1, maxLength: 80 })),
	original_amount: optional(money('Original Amount', 'What was billed to the patient at first.', { visibility: 'advanced' })),
	due_date: optional(date('Due Date', 'The day by which it should be paid.')),
	first_notice_date: optional(date('First Notice Date', 'The day the patient was first told of it; days overdue count from here.')),
	service_date: optional(date('Service Date', 'The day of the visit.', { visibility: 'advanced' })),
	as_of: optional(instant('As Of', 'When the source knew this amount; now when left out. Older than what is known is ignored.', { visibility: 'advanced' })),
	final_patient_share: optional(flag('Final Patient Share', 'Whether insurance is done with it; left out, the practice\'s rule for its source is used.')),
	disputed: optional(flag('Disputed', 'Whether the patient disputes it.')),
	location: optional(text('Location', 'The practice location.', { options: 'locations', maxLength: 80 })),
	patient_name: optional(text('Patient Name', 'The name of the person who owes.', { patientData: true, maxLength: 120 })),
	email: optional(email('E-mail', 'Where the person gets e-mail.', { patientData: true })),
	phone: optional(text('Phone', 'The person\'s phone number.', { patientData: true, maxLength: 40 })),
	state: optional(text('State', 'The US state or territory where the person lives, two letters.', { pattern: '^[A-Z]{2}$' })),
	zip: optional(text('ZIP Code', 'The ZIP code where the person lives.', { patientData: true, pattern: '^[0-9]{5}(-[0-9]{4})?$' })),
	...idempotencyKey,
});

export const output = object({
	account_ref: text('Account Reference', 'Dunwell\'s own code of the account.'),
	your_reference: text('Your Reference', 'The practice\'s number for the account, where the practice chose to share it.'),
	invoice_ref: text('Invoice Reference', 'Dunwell\'s own code of the invoice.'),
	outcome: choice({ created: 'Created', updated: 'Updated', unchanged: 'Unchanged', paid: 'Paid', older_ignored: 'Older than what is known, ignored' }, 'Outcome', 'What the call changed.'),
	duplicate: flag('Is Duplicate', 'Whether the same call was made before and this is its first result.'),
	amount: money('Amount', 'What the patient now owes on the invoice.'),
	amount_text: text('Amount Text', 'The amount as people read it, such as $84.20.'),
	previous_amount: signedMoney('Previous Amount', 'What was known before; 0 when nothing was.'),
	currency: text('Currency', 'The ISO 4217 code of the amounts.'),
	link: text('Link', 'Where staff see the account.'),
});

export default defineAction({
	key: 'record_balance',
	label: 'Record Balance',
	noun: 'Balance',
	description: 'Records what a patient owes now.',
	summary: 'Record a balance',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	visibility: 'important',
	method: 'POST',
	path: '/balances',
	scope: 'write',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		invoice_ref: 'inv_3p8t6n1vcz',
		outcome: 'updated',
		duplicate: false,
		amount: 84.2,
		amount_text: '$84.20',
		previous_amount: 120,
		currency: 'USD',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [
		{ your_reference: 'A-1042', amount: 84.2, invoice: 'INV-2291', due_date: '2026-11-10', first_notice_date: '2026-10-25', final_patient_share: true },
		{ account_ref: 'acc_7k2m9qd4wx', amount: 0 },
		{ your_reference: 'A-1042', amount: 0.29 },
	],
	counterExamples: [
		{ value: { your_reference: 'A-1042' }, reason: '"amount" is required' },
		{ value: { your_reference: 'A-1042', amount: -5 }, reason: '"amount" must be 0 or more' },
		{ value: { your_reference: 'A-1042', amount: 10.005 }, reason: '"amount" must have at most 2 decimals' },
		{ value: { your_reference: 'A-1042', amount: 20_000_000 }, reason: '"amount" must be 10000000 or less' },
		{ value: { your_reference: 'A-1042', amount: '84.20' }, reason: '"amount" must be a number' },
		{ value: { your_reference: 'A-1042', amount: 84.2, due_date: '2026-02-30' }, reason: '"due_date" must be a real date' },
		{ value: { your_reference: 'A-1042', amount: 84.2, amout: 1 }, reason: '"amout" is not a field of this operation' },
	],
	run: (context, value) => context.service.record_balance(value),
});
