/** A policy as version 1 of the format had it, whole: practices may keep such a one in files and in the ledger. */
export const POLICY_1 = {
	version: 1,
	role: 'servicer',
	sending: 'automatic',
	minimum: { message: 2, paper: 5, staff: 30 },
	anchor: 'due_date',
	milestones: [
		{ days: 10, message: 'reminder_1' },
		{ days: 20, message: 'reminder_2' },
	],
	staff_after_days: 40,
	caps: { per_day: 1, per_7_days: 1, per_30_days: 4, voice_per_day: 1, voice_per_7_days: 2 },
	hours: { start: '09:00', end: '20:00', sunday: false },
	channels: ['sms', 'email'],
	fallback: false,
	consent: ['sms', 'voice', 'email'],
	cooldown: { after_payment_days: 5, after_reply_hours: 24 },
	max_balance_age_hours: 48,
	settle_minutes: 0,
	escalation: { route: 'dunwell_only', due_business_days: 3 },
};
