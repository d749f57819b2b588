/**
 * A practice's policy: versioned data that decides who is told what, when and how. Amounts are decimals in
 * the practice's currency, times are local to the recipient, days are calendar days in the practice's zone.
 */
import { conditionSchema } from './condition.ts';
import { choice, date, decimal, flag, list, object, optional, type Static, Type, text, whole } from './schema.ts';
import { CHANNELS } from './words.ts';

const channel = choice(CHANNELS, 'Channel', 'A way to reach the guarantor.');
const clock = (title: string, description: string) => text(title, description, { pattern: '^([01][0-9]|2[0-4]):[0-5][0-9]$' });
const amount = (title: string, description: string) => decimal(title, description, { minimum: 0, maximum: 1_000_000 });
const shortName = (title: string, description: string) => text(title, description, { pattern: '^[a-z][a-z0-9_]{0,39}$' });
const count = (title: string, description: string, maximum = 1000) => whole(title, description, { minimum: 0, maximum });

export const policySchema = object(
	{
		version: Type.Literal(2, { title: 'Version', description: 'The version of this format.' }),
		effective_from: optional(date('Effective From', "The first day, in the practice's zone, on which it is in force; left out, at once.")),
		role: choice(
			{ creditor: 'Practice in its own name', servicer: 'Billing company, accounts not in default', debt_collector: 'Third party after default' },
			'Role',
			'In whose name messages go out; it decides which laws bind.',
		),
		sending: choice({ flows: 'Flows send', approval: 'A person approves a batch', automatic: 'The service sends' }, 'Sending', 'Who lets a reminder leave.'),
		minimum: object(
			{
				message: amount('Smallest balance for a message', 'Below it no text, call or e-mail is sent.'),
				paper: amount('Smallest balance for paper', 'Below it no letter or fax is sent.'),
				staff: amount('Smallest balance for staff work', 'Below it the last step opens no staff work.'),
			},
			{ title: 'Minimum', description: 'Balances too small to ask for.' },
		),
		anchor: choice(
			{ first_notice: 'Day of the first notice to the patient', due_date: 'Due date' },
			'Anchor',
			'From which day a balance ages; first_notice falls back to the due date.',
		),
		milestones: list(
			object({
				days: whole('Days', 'Days after the anchor.', { minimum: 0, maximum: 730 }),
				message: shortName('Message', 'Short name of the message to send.'),
			}),
			'Milestones',
			'The ladder, in rising order of days.',
			{ minItems: 1, maxItems: 12 },
		),
		staff_after_days: whole('Days until staff work', 'An unpaid balance this old becomes staff work.', { minimum: 1, maximum: 730 }),
		caps: object(
			{
				per_day: count('Messages a day', 'Per guarantor, all triggers and channels together.'),
				per_7_days: count('Messages in 7 days', 'Per guarantor, a rolling window.'),
				per_30_days: count('Messages in 30 days', 'Per guarantor, a rolling window.'),
				voice_per_day: count('Calls a day', 'Per guarantor.'),
				voice_per_7_days: count('Calls in 7 days', 'Per guarantor, a rolling window.'),
			},
			{ title: 'Caps', description: 'The most a guarantor hears, whatever asks for it.' },
		),
		hours: object(
			{
				start: clock('From', "First minute a message may arrive, on the recipient's clock."),
				end: clock('Until', 'A message must arrive before this minute.'),
				sunday: flag('Sundays', 'Whether messages may go out on Sundays.'),
			},
			{ title: 'Hours', description: 'When a text or a call may arrive; e-mail keeps them too.' },
		),
		channels: list(channel, 'Channel order', 'The first that is known, consented to and served is used.', { minItems: 1, maxItems: 6 }),
		fallback: flag('Fallback', 'Whether a message that could not be delivered is tried once on the next channel.'),
		consent: list(channel, 'Consent needed', 'Channels that need a recorded consent for billing messages.', { maxItems: 6 }),
		cooldown: object(
			{
				after_payment_days: count('Days after a payment', 'No reminder so soon after money arrived.', 90),
				after_reply_hours: count('Hours after a reply', 'No reminder so soon after the patient wrote.', 720),
			},
			{ title: 'Cooldown', description: 'Silence after something happened.' },
		),
		max_balance_age_hours: whole('Oldest balance', 'A balance not confirmed for so long holds the message.', { minimum: 1, maximum: 8760 }),
		settle_minutes: whole('Minutes after an import', 'Nothing is sent so soon after an import.', { minimum: 0, maximum: 10_080 }),
		threshold: object(
			{
				amount: amount('Threshold', 'What a patient owes above it raises an event; 0 raises none.'),
				hysteresis_percent: whole('Hysteresis', 'Percent the balance must fall below the threshold before it can rise above it again.', {
					minimum: 0,
					maximum: 100,
				}),
			},
			{ title: 'Threshold', description: 'The balance above which staff want to hear.' },
		),
		appointment: object(
			{ wait_hours: count('Hours after the visit', 'Until what is left of a completed appointment is told.', 720) },
			{ title: 'Appointments', description: 'What a completed appointment leaves due.' },
		),
		returned_payment_days: count('Days after a returned payment', 'No further step so soon after a payment came back.', 90),
		plan: object(
			{
				remind_days_before: count('Days before an installment', 'When the coming installment is told; 0 tells none.', 30),
				grace_days: count('Days of grace', 'An installment is missed so many days after it was due.', 60),
				broken_after_missed: whole('Installments missed in a row', 'As many break the plan.', { minimum: 1, maximum: 12 }),
				broken_after_days: whole('Days without payment', 'An installment unpaid for so long breaks the plan.', { minimum: 1, maximum: 365 }),
			},
			{ title: 'Payment plans', description: 'When an installment is told, missed, and the plan broken.' },
		),
		promise: object(
			{
				grace_business_days: count('Business days of grace', 'A promise is broken so many business days after its day.', 30),
				max_extensions: count('Extensions', 'A promise may be moved so often; then staff decide.', 12),
			},
			{ title: 'Promises', description: 'What a promise to pay pauses, and for how long.' },
		),
		dispute: object(
			{
				acknowledge: flag('Acknowledge', 'Whether the patient gets one message that the dispute was received.'),
				due_business_days: count('Business days', 'Until staff must have answered it.', 60),
			},
			{ title: 'Disputes', description: 'What follows when a patient disputes an amount.' },
		),
		high_deductible: object(
			{ minimum: amount('Smallest balance', 'From which a patient with a high-deductible plan is offered a payment plan with the first notice.') },
			{ title: 'High-deductible plans', description: 'Earlier notice and an offer, never harsher words.' },
		),
		recurring: object(
			{
				cycles: whole('Statement cycles', 'Unpaid in so many cycles, a balance is recurring.', { minimum: 2, maximum: 24 }),
				months: whole('Months', 'The cycles are counted over so many months.', { minimum: 1, maximum: 36 }),
				minimum: amount('Smallest balance', 'Smaller ones do not count.'),
				unpaid_days: count('Days after the notice', 'A cycle counts when the balance is still unpaid so many days after its notice.', 365),
				visits: whole('Visits', 'Or when each of the last so many visits left an amount unpaid.', { minimum: 1, maximum: 12 }),
			},
			{ title: 'Recurring balances', description: 'Patients who owe again and again need a talk, not another text.' },
		),
		rules: list(
			object({
				id: shortName('Short name', 'The name of the rule; it travels in the event.'),
				label: text('Label', 'What people call it.', { minLength: 1, maxLength: 80 }),
				when: conditionSchema,
				message: optional(shortName('Message', 'The message that belongs to it; left out, the ladder decides.')),
			}),
			'Own rules',
			'Each raises Rule Matched when an account begins to meet it.',
			{ maxItems: 50 },
		),
		household: object(
			{ merge: flag('One message', 'Whether what a guarantor owes for several people is told in one message, where privacy allows it.') },
			{ title: 'Households', description: 'One guarantor, several patients.' },
		),
		packs: object(
			{
				presets: list(
					choice({ conservative: 'Narrower hours', hospital: 'Nonprofit hospital' }, 'Preset', 'A set of stricter rules.'),
					'Presets',
					'Stricter rules than the law asks for.',
					{ maxItems: 2 },
				),
				revoke_all: flag('Opt-out from everything', 'Whether an opt-out from one kind of message stops every other kind, also before the law says so.'),
			},
			{ title: 'Packs', description: 'Rules of law as dated data; those that bind always apply.' },
		),
		claims: object(
			{
				alert: choice({ immediate: 'At once', daily_digest: 'Once a day' }, 'Alert', 'When staff hear of a denial, where a subscription does not choose.'),
				digest_at: clock('Digest at', "When the daily digest leaves, on the practice's clock."),
				crossover_days: whole('Days to wait for the next payer', 'Then staff ask.', { minimum: 1, maximum: 365 }),
				escalate_days_left: list(
					whole('Days left', 'Before the deadline.', { minimum: 0, maximum: 365 }),
					'Escalate at',
					'Days before a deadline at which the work moves up, falling.',
					{ maxItems: 8 },
				),
				payers: list(
					object({
						id: shortName('Rule', 'The short name of this rule; a deadline is never shown without it.'),
						payer: text('Payer', 'The payer as the remittance names it; * is any other.', { minLength: 1, maxLength: 120 }),
						file_days: optional(whole('Days to file', 'From the day of service.', { minimum: 1, maximum: 1095 })),
						appeal_days: optional(whole('Days to appeal', 'From receipt of the denial.', { minimum: 1, maximum: 1095 })),
						receipt_days: whole('Days until receipt', 'A remittance counts as received so many days after its date.', { minimum: 0, maximum: 30 }),
						source: text('Source', 'The contract or manual that says so.', { minLength: 1, maxLength: 300 }),
					}),
					'Payer rules',
					'Deadlines by payer; without one no deadline is shown.',
					{ maxItems: 200 },
				),
			},
			{ title: 'Claims', description: 'How denials are told and their deadlines kept.' },
		),
		statements: object(
			{
				cycle: choice(
					{
						none: 'No cycle',
						monthly: 'A day of the month',
						every_28_days: 'Every 28 days',
						every_30_days: 'Every 30 days',
						last_name: 'By first letter of the last name',
					},
					'Cycle',
					'When letters are gathered into a print batch.',
				),
				day: whole('Day', 'Of the month, or of the first cycle.', { minimum: 1, maximum: 28 }),
				start: optional(date('Start', 'The first day of a cycle of 28 or 30 days.')),
				merge_within_days: count('Days to a statement', 'A step so near to a statement waits and goes with it.', 14),
			},
			{ title: 'Statements', description: 'When paper goes out.' },
		),
		content: object(
			{
				max_segments: whole('SMS segments', 'The most a text message may take.', { minimum: 1, maximum: 6 }),
				reading_grade: whole('Reading grade', 'The highest US school grade a text may need.', { minimum: 4, maximum: 14 }),
				financial_help: optional(text('Financial help', 'A line about financial assistance, from the second step on.', { maxLength: 300 })),
				language_help: optional(text('Language help', 'The line about free language help (45 CFR 92.11), on e-mail and letters.', { maxLength: 600 })),
				tty: optional(text('TTY', 'The number for text telephones.', { maxLength: 40 })),
			},
			{ title: 'Content', description: 'What a text may be.' },
		),
		closures: list(date('Day', 'A day on which the practice is closed.'), 'Closures', 'Days that are no business days, beside weekends and federal holidays.', {
			maxItems: 100,
		}),
		escalation: object(
			{
				route: shortName('Route', 'Short name of the route that staff work takes.'),
				due_business_days: count('Business days', 'Until the work is due.', 60),
				rungs: list(
					object({
						after_business_days: count('Business days', 'Unworked for so long after it was opened, it moves up.', 60),
						severity: choice({ low: 'Low', normal: 'Normal', high: 'High' }, 'Severity', 'How urgent it is then.'),
						route: optional(shortName('Route', 'Where it goes then; left out, where it was.')),
						owner: optional(shortName('Owner', 'The staff member who owns it then.')),
					}),
					'Rungs',
					'The ladder of work nobody takes, in rising order of days.',
					{ maxItems: 6 },
				),
				ladders: list(
					object({
						id: shortName('Short name', 'The name of the ladder.'),
						when: object(
							{
								minimum_amount: optional(amount('Amount', 'From this balance on.')),
								days: optional(whole('Days', 'From this age on.', { minimum: 0, maximum: 1095 })),
								attempts: optional(whole('Messages', 'After so many messages without payment.', { minimum: 1, maximum: 50 })),
								delivery_failures: optional(whole('Failures', 'After so many messages that did not arrive.', { minimum: 1, maximum: 50 })),
								deadline_days: optional(whole('Days left', 'So many days before a denial deadline.', { minimum: 0, maximum: 365 })),
							},
							{ title: 'When', description: 'All that is given must hold.' },
						),
						severity: choice({ low: 'Low', normal: 'Normal', high: 'High' }, 'Severity', 'How urgent it is.'),
						route: optional(shortName('Route', 'Where it goes; left out, the usual route.')),
						owner: optional(shortName('Owner', 'The staff member who owns it.')),
						due_business_days: optional(count('Business days', 'Until it is due; left out, the usual.', 60)),
					}),
					'Ladders',
					'What opens staff work beside the age of a balance.',
					{ maxItems: 20 },
				),
			},
			{ title: 'Escalation', description: 'Where staff work goes.' },
		),
		texts: optional(
			Type.Record(Type.String({ pattern: '^[a-z][a-z0-9_.]{0,79}$' }), Type.String({ maxLength: 20_000 }), {
				title: 'Texts',
				description: "The practice's own wording, by <message>.<channel>.<part>.<language>.",
			}),
		),
	},
	{ title: 'Policy', description: 'Who may be told what, when and how.' },
);

export type Policy = Static<typeof policySchema>;

export { DEFAULT_POLICY } from './default-policy.ts';
