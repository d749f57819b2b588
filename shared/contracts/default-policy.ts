import type { Policy } from './policy.ts';

/**
 * Strict, and lawful without any state pack. It stands apart from the schema so that a bundle which decides by
 * it carries no schema builder.
 */
export const DEFAULT_POLICY: Policy = {
	version: 1,
	role: 'creditor',
	sending: 'flows',
	minimum: { message: 1, paper: 5, staff: 25 },
	anchor: 'first_notice',
	milestones: [
		{ days: 7, message: 'reminder_1' },
		{ days: 15, message: 'reminder_2' },
		{ days: 30, message: 'reminder_3' },
	],
	staff_after_days: 45,
	caps: { per_day: 1, per_7_days: 2, per_30_days: 6, voice_per_day: 1, voice_per_7_days: 3 },
	hours: { start: '08:00', end: '21:00', sunday: true },
	channels: ['email', 'sms', 'letter'],
	fallback: true,
	consent: ['sms', 'voice', 'email', 'fax', 'portal'],
	cooldown: { after_payment_days: 3, after_reply_hours: 48 },
	max_balance_age_hours: 72,
	settle_minutes: 30,
	escalation: { route: 'dunwell_only', due_business_days: 2 },
};
