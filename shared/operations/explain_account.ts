import { defineSearch } from '../contracts/operation.ts';
import { choice, date, instant, list, object, optional, text } from '../contracts/schema.ts';
import { accountKey, accountOutput, amountOutput, DECISIONS, instantOrEmpty, linkOutput } from './fields.ts';

export const input = object({
	...accountKey,
	on: optional(date('On', 'The day to explain, at its end, by the policy in force then; now when left out.')),
});

const reason = object({
	code: text('Reason Code', 'A stable word for the reason, such as consent or hours.'),
	text: text('Reason', 'The reason in plain words.'),
	what_would_change_it: text('What Would Change It', 'What somebody can do about it.'),
});

const rule = object({
	rule: text('Rule', "The rule's own name."),
	outcome: choice(
		{ pass: 'Lets it through', hold: 'Holds', deny: 'Forbids', wait: 'Waits', fire: 'Raises an event', skip: 'Does not apply' },
		'Outcome',
		'What the rule said.',
	),
	text: text('Text', 'What it saw, in plain words.'),
});

const message = object({
	reminder_ref: text('Reminder Reference', "Dunwell's own code of the reminder."),
	sent_at: instant('Sent At', 'When it left, with offset.'),
	channel: text('Channel', 'The channel: sms, voice, email, letter, fax or portal; empty when it is not known.'),
	message: text('Message', 'Short name of the message.'),
	status: text('Status', 'What became of it.'),
	...amountOutput('Amount', 'The amount it asked for.'),
	invoices_text: text('Invoices', 'References of the invoices it covered, separated by commas.', { maxLength: 8000 }),
	digest: text('Digest', 'The SHA-256 digest of the bytes sent, in hexadecimal; empty when another app or a person sent it.', { maxLength: 64 }),
	consent_text: text('Consent', 'The consent it rested on, with its evidence; empty when the channel needed none.'),
	policy_hash: text('Policy Hash', 'The digest of the policy that decided it.', { maxLength: 80 }),
	packs_text: text('Packs of Law', 'The packs of law in force for it, with the day each was reviewed; empty when none bound.', { maxLength: 8000 }),
	address: optional(text('Address', 'Where it went.', { patientData: true, maxLength: 254 })),
	subject: optional(text('Subject', 'The subject line, as it was sent.', { patientData: true, maxLength: 500 })),
	text: optional(text('Text', 'The text, as it was sent.', { patientData: true, maxLength: 20_000 })),
	html: optional(text('HTML', 'The formatted text, as it was sent.', { patientData: true, maxLength: 200_000 })),
});

export const output = object({
	...accountOutput,
	explained_at: instant('Explained At', 'The moment that is explained.'),
	decision: choice(DECISIONS, 'Decision', 'What the rules say of a reminder at that moment.'),
	explanation_text: text('Explanation', 'Why the account did or did not get a message, as sentences.', { maxLength: 8000 }),
	reasons: list(reason, 'Reasons', 'What stops a reminder, the first being the strongest.', { maxItems: 50 }),
	reasons_text: text('Reasons Text', 'The same reasons as lines of text; empty when nothing stops it.', { maxLength: 8000 }),
	next_possible_at: instantOrEmpty('Next Possible At', 'When it could leave by time alone, with offset; empty when time alone changes nothing.'),
	what_would_change_it: text('What Would Change It', 'What somebody can do about it; empty when nothing stops it.'),
	...amountOutput('Amount', 'What a reminder could ask for at that moment.'),
	last_reminder_ref: text('Last Reminder Reference', "Dunwell's own code of the last reminder up to then; empty when there is none."),
	last_reminder_at: instantOrEmpty('Last Reminder At', 'When the last reminder left, with offset; empty when none did.'),
	last_reminder_channel: text('Last Reminder Channel', 'The channel of the last reminder; empty when there is none.'),
	last_reminder_status: text('Last Reminder Status', 'What became of the last reminder; empty when there is none.'),
	last_reminder_digest: text('Last Reminder Digest', 'The SHA-256 digest of the bytes sent, in hexadecimal; empty when there is none.', { maxLength: 64 }),
	messages: list(message, 'Messages', 'The messages sent up to then, the newest first.', { maxItems: 50 }),
	messages_text: text('Messages Text', 'The same messages as lines of text, without their words.', { maxLength: 20_000 }),
	consent_text: text('Consent', 'The consent in force and its evidence, in plain words.'),
	policy_hash: text('Policy Hash', 'The digest that identifies the policy in force.', { maxLength: 80 }),
	policy_since: instant('Policy Since', 'Since when that policy was in force, with offset.'),
	packs_text: text('Packs of Law', 'The packs of law in force for the account, with the day each was reviewed; empty when none bound.', { maxLength: 8000 }),
	rules: list(rule, 'Rules', 'Each rule that was looked at and what it said, in order.', { maxItems: 200 }),
	rules_text: text('Rules Text', 'The same rules as lines of text.', { maxLength: 40_000 }),
	...linkOutput,
	last_reminder_text: optional(text('Last Reminder Text', 'The text of the last reminder, as it was sent.', { patientData: true, maxLength: 20_000 })),
});

export default defineSearch({
	key: 'explain_account',
	label: 'Explain Account',
	noun: 'Explanation',
	description: 'Explains why an account did or did not get a message, now or on a date.',
	summary: 'Get the explanation of an account',
	tier: 'core',
	surfaces: ['zapier', 'power_automate', 'api'],
	method: 'GET',
	path: '/accounts/explain',
	scope: 'read',
	effect: 'read',
	idempotent: true,
	input,
	output,
	sample: {
		account_ref: 'acc_7k2m9qd4wx',
		your_reference: '',
		explained_at: '2026-11-24T09:30:00-05:00',
		decision: 'hold',
		explanation_text:
			'The balance of $84.20 is 15 days overdue, so the second reminder is due. It is held because no consent for text messages is recorded and no e-mail address is known.',
		reasons: [{ code: 'consent', text: 'No consent for text messages is recorded.', what_would_change_it: 'Record the consent with its evidence.' }],
		reasons_text: 'No consent for text messages is recorded.',
		next_possible_at: '',
		what_would_change_it: 'Record the consent with its evidence.',
		amount: 84.2,
		amount_text: '$84.20',
		currency: 'USD',
		last_reminder_ref: 'rem_1t5g8w3k6n',
		last_reminder_at: '2026-11-16T09:02:11-05:00',
		last_reminder_channel: 'letter',
		last_reminder_status: 'sent',
		last_reminder_digest: '9f2b6d0c4e81a7353b9d5f60c2e8471ad6035f9be17c48a2d0b36e95f7814ca3',
		messages: [
			{
				reminder_ref: 'rem_1t5g8w3k6n',
				sent_at: '2026-11-16T09:02:11-05:00',
				channel: 'letter',
				message: 'reminder_1',
				status: 'sent',
				amount: 84.2,
				amount_text: '$84.20',
				currency: 'USD',
				invoices_text: 'inv_5n8t2c7rkq',
				digest: '9f2b6d0c4e81a7353b9d5f60c2e8471ad6035f9be17c48a2d0b36e95f7814ca3',
				consent_text: '',
				policy_hash: '51c7e02ab94d',
				packs_text: 'TCPA-CONSENT@2026-11-22',
			},
		],
		messages_text: 'reminder_1 by letter on 2026-11-16 at 09:02, $84.20: sent.',
		consent_text: 'Text messages: not known. E-mail: not known. Phone calls: no.',
		policy_hash: '51c7e02ab94d',
		policy_since: '2026-10-01T00:00:00-04:00',
		packs_text: 'TCPA-CONSENT@2026-11-22',
		rules: [{ rule: 'consent', outcome: 'hold', text: 'Text message: consent is not known.' }],
		rules_text: 'consent: holds. Text message: consent is not known.',
		link: 'https://dunwell.example/api/accounts/acc_7k2m9qd4wx',
	},
	examples: [{ account_ref: 'acc_7k2m9qd4wx' }, { your_reference: 'A-1042', on: '2026-11-16' }],
	counterExamples: [
		{ value: { account_ref: 'acc_7k2m9qd4wx', on: '2026-02-29' }, reason: '"on" must be a real date' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', on: 'yesterday' }, reason: '"on" must be a real date' },
		{ value: { account_ref: 7 }, reason: '"account_ref" must be text' },
		{ value: { account_ref: 'acc_7k2m9qd4wx', verbose: 'true' }, reason: '"verbose" is not a field of this operation' },
	],
	run: (context, value) => context.service.explain_account(value),
});
