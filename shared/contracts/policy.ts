/**
 * A practice's policy: versioned data that decides who is told what, when and how. Amounts are decimals in
 * the practice's currency, times are local to the recipient, days are calendar days in the practice's zone.
 */
import { choice, decimal, flag, list, object, optional, type Static, Type, text, whole } from './schema.ts';
import { CHANNELS } from './words.ts';

const channel = choice(CHANNELS, 'Channel', 'A way to reach the guarantor.');
const clock = (title: string, description: string) => text(title, description, { pattern: '^([01][0-9]|2[0-4]):[0-5][0-9]$' });
const amount = (title: string, description: string) => decimal(title, description, { minimum: 0, maximum: 1_000_000 });
const count = (title: string, description: string, maximum = 1000) => whole(title, description, { minimum: 0, maximum });

export const policySchema = object(
	{
		version: Type.Literal(1, { title: 'Version', description: 'The version of this format.' }),
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
				message: text('Message', 'Short name of the message to send.', { pattern: '^[a-z][a-z0-9_]{0,39}$' }),
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
		escalation: object(
			{
				route: text('Route', 'Short name of the route that staff work takes.', { pattern: '^[a-z][a-z0-9_]{0,39}$' }),
				due_business_days: count('Business days', 'Until the work is due.', 60),
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
