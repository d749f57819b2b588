/** Field groups that several operations share. Not an operation itself: generate.ts leaves this file out. */
import {
	choice,
	date,
	email,
	flag,
	instant,
	list,
	money,
	object,
	optional,
	type Static,
	signedMoney,
	type TSchema,
	Type,
	text,
	whole,
} from '../contracts/schema.ts';
import { HOLD_REASONS, PATIENT_RELATIONS, RECIPIENTS } from '../contracts/words.ts';

/** How an action names the account it is about: our code or the practice's own number. The service asks for one of the two. */
export const accountKey = {
	account_ref: optional(
		text('Account Reference', "Dunwell's own code of the account, from an earlier step. Either this or your reference is needed.", {
			minLength: 1,
			maxLength: 40,
			visibility: 'important',
		}),
	),
	your_reference: optional(
		text('Your Reference', "The practice's own number for the account. Either this or the account reference is needed.", {
			minLength: 1,
			maxLength: 80,
			visibility: 'important',
		}),
	),
};

/** The same where no account is needed: a hold may be on a location, staff work about the practice. */
export const accountWhereNeeded = {
	account_ref: optional(text('Account Reference', "Dunwell's own code of the account, where it is about one.", { minLength: 1, maxLength: 40 })),
	your_reference: optional(text('Your Reference', "The practice's own number for the account, where it is about one.", { minLength: 1, maxLength: 80 })),
};

export const idempotencyKey = {
	idempotency_key: optional(
		text('Idempotency Key', 'The same key makes a repeated call return its first result instead of acting again.', {
			minLength: 1,
			maxLength: 200,
			visibility: 'advanced',
		}),
	),
};

export const recipient = optional(
	choice(RECIPIENTS, 'Recipient', 'Who gets it: the person who owes, or the relative on file whom that person lets be told. Left out, the account says who.', {
		visibility: 'advanced',
	}),
);

export const recipientOutput = {
	recipient: choice(RECIPIENTS, 'Recipient', 'Whom it is for: the person who owes, or the authorised relative, who is told and not asked to pay.'),
};

export const becauseOf = optional(
	text('Because Of', 'The event code of the trigger that led here; the same event leads to the same effect only once.', {
		minLength: 1,
		maxLength: 40,
		visibility: 'important',
	}),
);

/** What is known of one balance, beside whose it is. Shared by Record Balance and the rows of Import Balances. */
export const balanceFields = {
	amount: money('Amount', 'What the patient owes now; it replaces what was known, and 0 means paid.', { visibility: 'important' }),
	currency: optional(text('Currency', "The ISO 4217 code; the practice's own when left out.", { pattern: '^[A-Z]{3}$', visibility: 'advanced' })),
	invoice: optional(
		text('Invoice', "The practice's number for the invoice; left out, the amount is the account's one running balance.", { minLength: 1, maxLength: 80 }),
	),
	original_amount: optional(money('Original Amount', 'What was billed to the patient at first.', { visibility: 'advanced' })),
	due_date: optional(date('Due Date', 'The day by which it should be paid.')),
	first_notice_date: optional(date('First Notice Date', 'The day the patient was first told of it; days overdue count from here.')),
	service_date: optional(date('Service Date', 'The day of the visit.', { visibility: 'advanced' })),
	as_of: optional(instant('As Of', 'When the source knew this amount; now when left out. Older than what is known is ignored.', { visibility: 'advanced' })),
	final_patient_share: optional(flag('Final Patient Share', "Whether insurance is done with it; left out, the practice's rule for its source is used.")),
	disputed: optional(flag('Disputed', 'Whether the patient disputes it.')),
	location: optional(text('Location', 'The practice location.', { options: 'locations', maxLength: 80 })),
	patient_name: optional(text('Patient Name', 'The name of the person who owes.', { patientData: true, maxLength: 120 })),
	email: optional(email('E-mail', 'Where the person gets e-mail.', { patientData: true })),
	phone: optional(text('Phone', "The person's phone number.", { patientData: true, maxLength: 40 })),
	state: optional(text('State', 'The US state or territory where the person lives, two letters.', { pattern: '^[A-Z]{2}$' })),
	zip: optional(text('ZIP Code', 'The ZIP code where the person lives.', { patientData: true, pattern: '^[0-9]{5}(-[0-9]{4})?$' })),
	patient_reference: optional(
		text('Patient Reference', "The practice's own code of the person who received the care, where that is not simply the one who owes.", {
			minLength: 1,
			maxLength: 80,
			visibility: 'advanced',
		}),
	),
	patient_relation: optional(
		choice(PATIENT_RELATIONS, 'Patient Relation', 'Who received the care: the one who owes, a child or another adult. Left out, the one who owes.', {
			visibility: 'advanced',
		}),
	),
	patient_born_on: optional(
		date('Patient Born On', "The child's day of birth; charges from the 18th birthday on are not the guarantor's.", { patientData: true }),
	),
	confidential: optional(
		flag('Is Confidential', 'Whether the one who owes must not learn of this care; such a balance is never told, staff take it.', { visibility: 'advanced' }),
	),
	good_faith_estimate: optional(money('Good Faith Estimate', 'What a self-pay patient was told it would cost.', { visibility: 'advanced' })),
	status_overdue: optional(flag('Is Overdue at Source', 'Whether the billing system itself says overdue.', { visibility: 'advanced' })),
};

/** What every answer about one account begins with. */
export const accountOutput = {
	account_ref: text('Account Reference', "Dunwell's own code of the account."),
	your_reference: text('Your Reference', "The practice's number for the account, where the practice chose to share it."),
};

export const duplicateOutput = { duplicate: flag('Is Duplicate', 'Whether the same call was made before and this is its first result.') };
export const linkOutput = { link: text('Link', 'Where staff see it.') };

/** An amount, its currency and how people read it. */
export const amountOutput = (title: string, description: string) => ({
	amount: signedMoney(title, description),
	amount_text: text(`${title} Text`, 'The same amount as people read it, such as $84.20.'),
	currency: text('Currency', 'The ISO 4217 code of the amounts.'),
});

/**
 * A day or an instant that may be absent in an answer. Answers carry empty text, never null and never a missing
 * key, so that a mapped field does not vanish from a flow; `format` would refuse the empty text.
 */
export const dayOrEmpty = (title: string, description: string) => text(title, description, { maxLength: 10 });
export const instantOrEmpty = (title: string, description: string) => text(title, description, { maxLength: 40 });

/** Why a reminder does not leave now, and what would let it leave. */
export const whyOutput = {
	reason_code: text('Reason Code', 'A stable word for the first reason, such as consent or hours; empty when nothing stops it.'),
	reasons_text: text('Reasons', 'Why it was decided so, in plain words.'),
	next_possible_at: instantOrEmpty('Next Possible At', 'When it could leave by time alone, with offset; empty when time alone changes nothing.'),
	what_would_change_it: text('What Would Change It', 'What somebody can do about it; empty when nothing stops it.'),
};

export const DECISIONS = { send: 'Send now', wait: 'Wait', hold: 'Hold until something changes' } as const;

export const SEVERITIES = { low: 'Low', normal: 'Normal', high: 'High' } as const;

export const FLAG_PURPOSES = { reminder: 'Asks for a reminder', review: 'Asks for staff' } as const;

export const ARRANGEMENT_KINDS = { plan: 'Payment plan', promise: 'Promise' } as const;

/** What staff work is about. */
export const ESCALATION_REASONS = {
	unpaid_after_reminders: 'Unpaid after the reminders',
	payment_failed: 'Payment failed',
	claim_denied: 'Claim denied',
	disputed: 'Disputed by the patient',
	reminder_not_delivered: 'Reminder not delivered',
	patient_asked: 'Patient asked for something',
	missing_information: 'Information is missing',
	financial_hardship: 'Financial hardship',
	deadline_near: 'A deadline is near',
	send_by_hand: 'A message to send by hand',
	other: 'Other',
} as const;

/** Which things a hold covers. */
export const HOLD_SCOPES = {
	account: 'One account',
	invoice: 'One invoice',
	location: 'One location',
	import: 'What one import brought',
	practice: 'The whole practice',
} as const;

const { import_settling: _set_by_imports_alone, ...staffHoldReasons } = HOLD_REASONS;
/** The reasons a person or a flow may give. */
export const STAFF_HOLD_REASONS = staffHoldReasons;

/** What a hold or its release is about; the service asks for the one that the scope needs. */
export const holdTarget = {
	...accountWhereNeeded,
	invoice: optional(
		text('Invoice', "The practice's number for the invoice or Dunwell's own code, where the scope is one invoice.", { minLength: 1, maxLength: 80 }),
	),
	location: optional(text('Location', 'The practice location, where the scope is one location.', { options: 'locations', maxLength: 80 })),
	import_ref: optional(
		text('Import Reference', 'The code of the import, where the scope is one import.', { minLength: 1, maxLength: 40, visibility: 'advanced' }),
	),
};

/** One account that a review or an import looked at: the rows of `items`, at most 50. */
export const reviewItem = object({
	account_ref: text('Account Reference', "Dunwell's own code of the account."),
	amount: signedMoney('Amount', 'What may be asked for now.'),
	amount_text: text('Amount Text', 'The amount as people read it.'),
	days_overdue: whole('Days Overdue', 'Age of the oldest unpaid invoice, in days.'),
	decision: choice(DECISIONS, 'Decision', 'What the rules say of a reminder.'),
	reasons_text: text('Reasons', 'Why, in plain words.'),
	link: text('Link', 'Where staff see the account.'),
});

/** The first rows of a review, as line items and as text for an e-mail or a chat. */
export const reviewItems = {
	items: list(reviewItem, 'Accounts', 'The first 50 accounts that need work, the largest amounts first.', { maxItems: 50 }),
	items_text: text('Accounts Text', 'The same accounts as lines of text.', { maxLength: 20_000 }),
};

export const ITEM_SAMPLE = {
	account_ref: 'acc_7k2m9qd4wx',
	amount: 84.2,
	amount_text: '$84.20',
	days_overdue: 15,
	decision: 'hold',
	reasons_text: 'No consent for text messages is recorded.',
	link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
} as const;

/** A row, a position in a file or an account that was refused, and the remedy. Never the refused value. */
export const problem = object({
	position: text('Position', 'Where it is, such as row 12.', { maxLength: 120 }),
	field: text('Field', 'The field or column to correct; empty when it is the whole row.', { maxLength: 120 }),
	message: text('Message', 'What is wrong and what to do.'),
});

export const problemsOutput = {
	problems: list(problem, 'Problems', 'What was refused, with a reason each; everything else was kept.'),
	problems_text: text('Problems Text', 'The same problems as lines of text; empty when there are none.', { maxLength: 20_000 }),
};

const LIMITS = new Set(['minimum', 'maximum', 'minLength', 'maxLength', 'pattern', 'format', 'multipleOfPrecision', 'default']);

/**
 * The same properties with their types alone: no limits, none required. For rows of a batch, where one bad row
 * must come back with its reason instead of refusing the other 499; the use case checks each row against the
 * strict schema. Types and unknown fields are still refused: those are the same mistake in every row.
 */
export function loose<P extends Record<string, TSchema>>(properties: P) {
	const out: Record<string, TSchema> = {};
	for (const [key, property] of Object.entries(properties)) {
		const kept = Object.entries(property as object).filter(([name]) => !LIMITS.has(name));
		out[key] = optional(Type.Unsafe<unknown>(Object.fromEntries(kept)));
	}
	return Type.Unsafe<{ [K in keyof P]?: Static<P[K]> }>(object(out, { title: 'Row', description: 'One balance.' }));
}
