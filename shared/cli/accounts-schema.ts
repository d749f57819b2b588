/** A file of accounts: what was known of each at the beginning, and what became known when. */
import { choice, date, flag, instant, list, object, optional, type Static, signedMoney, text, whole } from '../contracts/schema.ts';
import { CHANNELS, DISPUTE_REASONS, HOLD_REASONS, LINE_STATES, PATIENT_RELATIONS, PLAN_STATUSES, PROMISE_STATUSES } from '../contracts/words.ts';

const labels = <T extends string>(words: readonly T[]): Record<T, string> =>
	Object.fromEntries(words.map((word) => [word, word])) as unknown as Record<T, string>;
const ref = text('Reference', 'Names it within the account.', { minLength: 1, maxLength: 100 });
const channel = choice(CHANNELS, 'Channel', 'The channel.');
const raised = flag('Raised', 'An event was raised for it before the beginning.');
const refs = (title: string) => list(ref, title, 'References of invoices.');

const line = object({
	line: whole('Line', 'Its number in the claim.', { minimum: 1 }),
	state: choice(labels(LINE_STATES), 'State', 'Where the line stands.'),
	charge: signedMoney('Charge', 'What was charged.'),
	paid: signedMoney('Paid', 'What the payer paid.'),
	patient: signedMoney('Patient', 'Deductible, coinsurance and copay.'),
	category: optional(text('Category', 'What its denial is about.')),
});

const invoice = object({
	ref,
	amount: optional(signedMoney('Amount', 'What the patient owes now; 0 is paid.')),
	due_date: optional(date('Due Date', 'The due date.')),
	first_notice_date: optional(date('First Notice', 'The day of the first notice to the patient.')),
	service_date: optional(date('Service Date', 'The day of service.')),
	as_of: optional(instant('As Of', 'When the source last confirmed the amount; the beginning, or the change, when left out.')),
	confirmed_until: optional(instant('Confirmed Until', 'Until when the source went on confirming it; to the end of the span when left out.')),
	final_share: optional(flag('Final Share', 'Whether it is the final patient share; unknown when left out, which holds.')),
	disputed: optional(flag('Disputed', 'Whether the patient disputes it.')),
	lines: optional(list(line, 'Lines', 'Service lines of the claim behind it.')),
	raised_days: optional(whole('Raised Days', 'The milestone an event was raised for before the beginning.', { minimum: 0 })),
	reminded_days: optional(whole('Reminded Days', 'The milestone a message was sent for before the beginning.', { minimum: 0 })),
	paused_days: optional(whole('Paused Days', 'Days on hold before the beginning.', { minimum: 0 })),
	again_since: optional(instant('Again Since', 'Since when it is owed anew, after it had been paid.')),
	insurance_since: optional(instant('Insurance Since', 'Since when all that is left of it lies with the payer.')),
	returned_at: optional(instant('Returned At', 'When a payment for it came back.')),
	status_overdue: optional(flag('Status Overdue', 'The source itself says overdue.')),
	confidential: optional(flag('Confidential', 'Care of which the guarantor must not learn from us.')),
	brand: optional(text('Brand', 'The name it goes out under.')),
	on_plan: optional(flag('On Plan', 'A payment plan covers it.')),
	estimate: optional(signedMoney('Estimate', 'What the good faith estimate said.')),
	patient: optional(
		object({
			ref,
			relation: choice(PATIENT_RELATIONS, 'Relation', 'Who received the care.'),
			born_on: optional(date('Born On', 'The date of birth; unknown holds for a child.')),
		}),
	),
});

const facts = {
	zones: optional(list(text('Zone', 'A zone by its IANA name.'), 'Zones', 'Every zone the recipient may be in; empty is unknown.')),
	places: optional(list(text('Place', 'A state or city whose law may bind, such as NY or NYC.'), 'Places', 'Where law may come from.')),
	invoices: optional(list(invoice, 'Invoices', 'What is owed. In a change: those that changed, with what changed.')),
	credit: optional(signedMoney('Credit', "Money of the patient's that lies unapplied.")),
	holds: optional(
		list(
			object({
				reason: choice(HOLD_REASONS, 'Reason', 'Why.'),
				invoice: optional(ref),
				since: instant('Since', 'From when.'),
				until: optional(instant('Until', 'Until when.')),
			}),
			'Holds',
			'All that stand. In a change: all that stand then.',
		),
	),
	contacts: optional(
		list(
			object({
				channel,
				valid: optional(flag('Valid', 'False after a hard bounce or a wrong number.')),
				served: optional(flag('Served', 'A vendor or staff serves the channel.')),
				consent: choice({ granted: 'Granted', revoked: 'Revoked', unknown: 'Unknown' }, 'Consent', 'Consent to messages about bills.'),
				scope: optional(choice({ billing: 'Billing', all: 'All' }, 'Scope', 'What the consent or its revocation speaks of.')),
				risk_notice: optional(flag('Risk Notice', 'The person was told that the channel is not private.')),
				requested: optional(flag('Requested', 'Fax: the guarantor asked for it.')),
				only: optional(flag('Only', 'Reach the person here and nowhere else.')),
			}),
			'Contacts',
			'Channels by which the guarantor can be reached.',
		),
	),
	history: optional(
		list(
			object({
				at: instant('At', 'When.'),
				channel,
				conversation: optional(flag('Conversation', 'Somebody talked with the person.')),
				failed: optional(flag('Failed', 'It did not arrive.')),
				invoices: optional(refs('Invoices')),
			}),
			'History',
			'Contacts of the 30 days before. In a change: contacts made elsewhere.',
		),
	),
	payments: optional(
		list(
			object({
				ref,
				invoice: optional(ref),
				status: choice({ succeeded: 'Succeeded', failed: 'Failed', returned: 'Returned', disputed: 'Disputed' }, 'Status', 'What became of it.'),
				amount: signedMoney('Amount', 'The amount.'),
				at: instant('At', 'When.'),
				code: optional(text('Code', "The processor's code.")),
				method: optional(choice({ card: 'Card', ach: 'Bank debit', check: 'Check', cash: 'Cash', other: 'Other' }, 'Method', 'How it was paid.')),
				will_retry: optional(flag('Will Retry', 'The vendor itself will try again.')),
				retries: optional(whole('Retries', 'How often it was tried again.', { minimum: 0 })),
				autopay: optional(flag('Autopay', 'An automatic payment.')),
				raised: optional(raised),
			}),
			'Payments',
			'Payments that failed, came back or succeeded.',
		),
	),
	claims: optional(
		list(
			object({
				ref,
				payer: text('Payer', 'The payer.'),
				invoice: optional(ref),
				lines: list(line, 'Lines', 'Its service lines.'),
				deadline_on: optional(date('Deadline', 'Last day to act.')),
				rejected: optional(flag('Rejected', 'Rejected before adjudication.')),
			}),
			'Claims',
			'Claims with their lines.',
		),
	),
	appointments: optional(
		list(
			object({
				ref,
				completed_at: instant('Completed At', 'When it was over.'),
				residual: optional(signedMoney('Residual', 'What it leaves to pay; unknown when left out.')),
				certain: flag('Certain', 'A copay known at the visit, or the payer has adjudicated.'),
				invoice: optional(ref),
				raised: optional(raised),
			}),
			'Appointments',
			'Completed appointments.',
		),
	),
	plans: optional(
		list(
			object({
				ref,
				status: choice(PLAN_STATUSES, 'Status', 'Where it stands.'),
				covers: refs('Covers'),
				installments: list(
					object({
						number: whole('Number', 'Its number.', { minimum: 1 }),
						due_on: date('Due On', 'When it is due.'),
						amount: signedMoney('Amount', 'How much.'),
						paid: optional(signedMoney('Paid', 'How much of it is paid.')),
					}),
					'Installments',
					'In order.',
				),
			}),
			'Plans',
			'Payment plans.',
		),
	),
	promises: optional(
		list(
			object({
				ref,
				status: choice(PROMISE_STATUSES, 'Status', 'Where it stands.'),
				on: date('On', 'The promised day.'),
				amount: signedMoney('Amount', 'How much.'),
				paid: optional(signedMoney('Paid', 'Paid since it was made.')),
				extensions: optional(whole('Extensions', 'How often it was moved.', { minimum: 0 })),
				covers: optional(refs('Covers')),
			}),
			'Promises',
			'Promises to pay.',
		),
	),
	flags: optional(
		list(
			object({
				ref,
				purpose: choice({ reminder: 'Reminder', review: 'Review' }, 'Purpose', 'What is asked for.'),
				priority: choice({ low: 'Low', normal: 'Normal', high: 'High' }, 'Priority', 'How urgent it is.'),
				at: instant('At', 'When.'),
				raised: optional(raised),
			}),
			'Flags',
			'What staff or a tool flagged.',
		),
	),
	disputes: optional(
		list(
			object({
				ref,
				invoice: optional(ref),
				reason: choice(DISPUTE_REASONS, 'Reason', 'Why.'),
				at: instant('At', 'When.'),
				acknowledged: optional(flag('Acknowledged', 'The patient was told that it was received.')),
				raised: optional(raised),
			}),
			'Disputes',
			'What the patient disputes.',
		),
	),
	cycles: optional(
		list(
			object({ closed_on: date('Closed On', 'When it closed.'), unpaid: signedMoney('Unpaid', 'What it left unpaid.') }),
			'Cycles',
			'Statement cycles that have closed.',
		),
	),
	last_payment_at: optional(instant('Last Payment', 'When money last arrived.')),
	last_reply_at: optional(instant('Last Reply', 'When the patient last wrote.')),
	work_open: optional(flag('Work Open', 'Staff work for an unpaid balance is open.')),
	in_collections: optional(flag('In Collections', 'Debt collection procedures have begun.')),
	guarantor_signed: optional(flag('Guarantor Signed', 'False when another person signed, or nobody did.')),
	plan_type: optional(text('Plan Type', 'The type of insurance plan.')),
	high_deductible: optional(flag('High Deductible', 'A high-deductible plan.')),
	location: optional(text('Location', "The practice's location.")),
	next_statement_on: optional(date('Next Statement', 'The next statement.')),
};

export const accountsFileSchema = object(
	{
		version: choice({ 'accounts-1': 'Accounts, version 1' }, 'Version', 'The version of this format.'),
		from: instant('From', 'The beginning: every account is given as it was then.'),
		practice_zone: optional(text('Practice Zone', "The practice's zone by its IANA name; America/New_York when left out.")),
		currency: optional(text('Currency', 'ISO 4217; USD when left out.', { pattern: '^[A-Z]{3}$' })),
		accounts: list(
			object({
				ref,
				...facts,
				changes: optional(list(object({ at: instant('At', 'When it became known.'), ...facts }), 'Changes', 'What became known, and when.')),
			}),
			'Accounts',
			'The accounts.',
			{ maxItems: 200_000 },
		),
	},
	{ title: 'Accounts', description: 'Accounts as they were at an instant, and what became known of them since.' },
);
export type AccountsFile = Static<typeof accountsFileSchema>;
