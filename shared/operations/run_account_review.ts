import { defineAction } from '../contracts/operation.ts';
import { choice, flag, money, object, optional, text, whole } from '../contracts/schema.ts';
import { duplicateOutput, ITEM_SAMPLE, idempotencyKey, linkOutput, reviewItems } from './fields.ts';

const MODES = { report_only: 'Report only', ask_for_approval: 'Ask for approval', send: 'Send' } as const;

export const input = object({
	mode: optional(
		choice(MODES, 'Mode', 'Whether the review only reports, gathers reminders for a person to approve, or sends what the rules allow.', {
			default: 'report_only',
			visibility: 'important',
		}),
	),
	location: optional(text('Location', 'Only accounts of this practice location.', { options: 'locations', maxLength: 80 })),
	minimum_amount: optional(money('Minimum Amount', 'Only accounts that owe this much or more.')),
	minimum_days: optional(whole('Minimum Days Overdue', 'Only accounts with an invoice this many days overdue or more.', { minimum: 0, maximum: 730 })),
	only_due: optional(flag('Only When Due', 'Only accounts with something due by now; the others are left for when they are.', { default: false })),
	plan_type: optional(
		text('Plan Type', 'Only accounts with this kind of insurance plan, such as ppo or self_pay.', {
			pattern: '^[a-z][a-z0-9_]{0,39}$',
			visibility: 'advanced',
		}),
	),
	flagged: optional(flag('Only When Flagged', 'Only accounts with a standing flag.', { default: false, visibility: 'advanced' })),
	...idempotencyKey,
});

export const output = object({
	review_ref: text('Review Reference', "Dunwell's own code of the review."),
	...duplicateOutput,
	mode: choice(MODES, 'Mode', 'What the review did with the reminders that are due.'),
	accounts_reviewed: whole('Accounts Reviewed', 'How many accounts were looked at.'),
	due: whole('Accounts Due', 'How many have a reminder due.'),
	would_send: whole('Would Send', 'How many reminders the rules would let leave now.'),
	sent: whole('Sent', 'How many reminders left or are on their way.'),
	awaiting_approval: whole('Waiting for Approval', 'How many reminders wait for a person to approve them.'),
	held: whole('Held', 'How many reminders the rules hold.'),
	events_raised: whole('Events Raised', 'How many events it raised.'),
	reasons_text: text('Reasons', 'Why reminders are held, with a count for each reason.', { maxLength: 8000 }),
	summary: text('Summary', 'One sentence that says what the review found.'),
	is_complete: flag('Is Complete', 'Whether every account was looked at in time; if not, the rest follows by itself and Review Finished tells the end.'),
	...reviewItems,
	...linkOutput,
});

export default defineAction({
	key: 'run_account_review',
	label: 'Run Account Review',
	noun: 'Review',
	description: 'Reviews accounts against the rules and reports, gathers or sends what is due.',
	summary: 'Run an account review',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	visibility: 'important',
	method: 'POST',
	path: '/reviews',
	scope: 'send',
	effect: 'write',
	idempotent: true,
	input,
	output,
	sample: {
		review_ref: 'rev_9k4m7t2x5c',
		duplicate: false,
		mode: 'report_only',
		accounts_reviewed: 212,
		due: 38,
		would_send: 31,
		sent: 0,
		awaiting_approval: 0,
		held: 7,
		events_raised: 12,
		reasons_text: '4 lack a consent, 2 are disputed, 1 reached the cap of 2 messages in 7 days.',
		summary: 'A review of 212 accounts found 38 reminders due; 31 may leave and 7 are held.',
		is_complete: true,
		items: [ITEM_SAMPLE],
		items_text: 'acc_7k2m9qd4wx: $84.20, 15 days, hold: no consent for text messages is recorded.',
		link: 'https://dunwell.example/api/reviews/rev_9k4m7t2x5c',
	},
	examples: [
		{ mode: 'report_only' },
		{ mode: 'send', location: 'Main Street', minimum_amount: 25, minimum_days: 15 },
		{ only_due: true, plan_type: 'self_pay', flagged: true },
		{},
	],
	counterExamples: [
		{ value: { mode: 'dry_run' }, reason: '"mode" must be one of: report_only, ask_for_approval, send' },
		{ value: { minimum_amount: -25 }, reason: '"minimum_amount" must be 0 or more' },
		{ value: { minimum_days: 9000 }, reason: '"minimum_days" must be 730 or less' },
		{ value: { minimum_days: 7.5 }, reason: '"minimum_days" must be a whole number' },
		{ value: { limit: 10 }, reason: '"limit" is not a field of this operation' },
	],
	run: (context, value) => context.service.run_account_review(value),
});
