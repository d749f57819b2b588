/** What every event carries, on every surface. No array without a text twin; empty text, never null, where nothing is known. */
import { flag, instant, optional, signedMoney, text } from './schema.ts';
import { EVENT_TYPES } from './words.ts';

export const eventFields = {
	event_id: text('Event Code', 'The unique code of this occurrence; use it to recognise a repeated delivery.'),
	event_type: text('Event Type', `What happened: ${EVENT_TYPES.join(', ')}.`),
	occurred_at: instant('Occurred At', 'When it happened.'),
	test: flag('Is Test', 'Whether it came from test data; nothing done on it reaches a patient.'),
	raised_by: text('Raised By', 'What noticed it: review, import, vendor, key or staff.'),
	caused_by: text('Caused By', 'The flow or key whose own call led to it; empty when none did.'),
	account_ref: text('Account Reference', "Dunwell's own code of the account; it identifies nobody outside."),
	your_reference: text('Your Reference', "The practice's number for the account, where the practice chose to share it."),
	location: text('Location', 'The practice location, empty when there is only one.'),
	currency: text('Currency', 'The ISO 4217 code of the amounts.'),
	amount: signedMoney('Amount', 'The amount it is about, in the currency beside it.'),
	amount_text: text('Amount Text', 'The amount as people read it, such as $84.20.'),
	summary: text('Summary', 'One sentence that says what happened.'),
	reasons_text: text('Reasons', 'Why it was raised, in plain words.'),
	can_contact: flag('Can Contact', 'Whether the rules allow a reminder about it.'),
	blocked_reasons_text: text('Blocked Reasons', 'What keeps a reminder back, empty when nothing does.'),
	link: text('Link', 'Where staff see the account.'),
} as const;

/** Filters every trigger about an account offers, so that nobody needs a filter step. */
export const accountFilters = {
	only_when_contactable: optional(flag('Only When a Reminder May Be Sent', 'Leaves out events of accounts that may not be contacted now.', { default: false })),
	minimum_amount: optional(signedMoney('Minimum Amount', 'Leaves out smaller amounts.', { minimum: 0 })),
	location: optional(text('Location', 'Only this practice location.', { options: 'locations', maxLength: 80 })),
	include_own: optional(flag('Include What This Flow Caused', 'Also hears events that its own key caused.', { default: false, visibility: 'advanced' })),
} as const;

export const EVENT_SAMPLE = {
	occurred_at: '2026-11-24T09:30:00-05:00',
	test: false,
	raised_by: 'review',
	caused_by: '',
	account_ref: 'acc_7k2m9qd4wx',
	your_reference: '',
	location: 'Main Street',
	currency: 'USD',
} as const;
