import { accountFilters, EVENT_SAMPLE, eventFields } from '../contracts/events.ts';
import { defineTrigger } from '../contracts/operation.ts';
import { choice, flag, object, optional, text, whole } from '../contracts/schema.ts';
import { ITEM_SAMPLE, reviewItems } from './fields.ts';

const KINDS = { review: 'Account review', import: 'Import' } as const;

export const input = object({
	kind: optional(choice(KINDS, 'Kind', 'Only account reviews, or only imports.')),
	only_with_work: optional(flag('Only When There Is Work', 'Leaves out those after which no account needs work.', { default: false })),
	include_own: accountFilters.include_own,
});

export const output = object({
	...eventFields,
	kind: choice(KINDS, 'Kind', 'Whether it was an account review or an import.'),
	review_ref: text('Review Reference', "Dunwell's own code of the review or the import."),
	accounts_reviewed: whole('Accounts Reviewed', 'How many accounts were looked at.'),
	due: whole('Accounts Due', 'How many have a reminder due.'),
	would_send: whole('Would Send', 'How many reminders the rules would let leave now.'),
	sent: whole('Sent', 'How many reminders left.'),
	held: whole('Held', 'How many reminders the rules hold.'),
	events_raised: whole('Events Raised', 'How many events it raised.'),
	work_count: whole('Accounts That Need Work', "How many accounts need somebody's work."),
	denied_lines: whole('Denied Lines', 'How many claim lines are denied and open.'),
	denials_by_category_text: text('Denials by Category', 'Denied lines and amounts for each category, one on each line; empty when there are none.', {
		maxLength: 8000,
	}),
	deadlines_text: text('Deadlines', 'Deadlines of the next 30 days, the nearest first; empty when there are none.', { maxLength: 8000 }),
	problems_text: text('Problems Text', 'What was refused and why, as lines of text; empty when nothing was.', { maxLength: 20_000 }),
	...reviewItems,
});

export default defineTrigger({
	key: 'review_finished',
	label: 'Review Finished',
	noun: 'Review',
	description: 'Triggers when a review or import finishes, with totals and the accounts that need work.',
	summary: 'When an account review finishes',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	hint: 'To see it work now, run an account review from another flow, or turn on hearing what this flow caused.',
	input,
	output,
	sample: {
		...EVENT_SAMPLE,
		event_id: 'evt_6q9j3s8b5n',
		event_type: 'review_finished',
		account_ref: '',
		location: '',
		amount: 12_480.5,
		amount_text: '$12,480.50',
		summary: 'A review of 212 accounts found 38 reminders due; 31 may leave and 7 are held.',
		reasons_text: '4 lack a consent, 2 are disputed, 1 reached the cap of 2 messages in 7 days.',
		can_contact: false,
		blocked_reasons_text: '',
		link: 'https://dunwell.example/api/reviews/rev_9k4m7t2x5c',
		kind: 'review',
		review_ref: 'rev_9k4m7t2x5c',
		accounts_reviewed: 212,
		due: 38,
		would_send: 31,
		sent: 0,
		held: 7,
		events_raised: 12,
		work_count: 1,
		denied_lines: 5,
		denials_by_category_text: 'authorization: 3 lines, $435.00\ncoding: 2 lines, $118.40',
		deadlines_text: '',
		problems_text: '',
		items: [ITEM_SAMPLE],
		items_text: 'acc_7k2m9qd4wx: $84.20, 15 days, hold: no consent for text messages is recorded.',
	},
	examples: [{}, { kind: 'import', only_with_work: true }],
	counterExamples: [
		{ value: { kind: 'nightly' }, reason: '"kind" must be one of: review, import' },
		{ value: { only_with_work: 'true' }, reason: '"only_with_work" must be true or false' },
		{ value: { minimum_amount: 5 }, reason: '"minimum_amount" is not a field of this operation' },
	],
});
