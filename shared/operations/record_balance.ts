import { defineAction } from '../contracts/operation.ts';
import { choice, flag, money, object, signedMoney, text } from '../contracts/schema.ts';
import { accountKey, balanceFields, idempotencyKey } from './fields.ts';

export const input = object({ ...accountKey, ...balanceFields, ...idempotencyKey });

export const output = object({
	account_ref: text('Account Reference', "Dunwell's own code of the account."),
	your_reference: text('Your Reference', "The practice's number for the account, where the practice chose to share it."),
	invoice_ref: text('Invoice Reference', "Dunwell's own code of the invoice."),
	outcome: choice(
		{ created: 'Created', updated: 'Updated', unchanged: 'Unchanged', paid: 'Paid', older_ignored: 'Older than what is known, ignored' },
		'Outcome',
		'What the call changed.',
	),
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
