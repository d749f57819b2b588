import type { Policy } from './policy.ts';

/**
 * Strict, and lawful without any state pack. It stands apart from the schema so that a bundle which decides by
 * it carries no schema builder.
 */
export const DEFAULT_POLICY: Policy = {
	version: 2,
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
	threshold: { amount: 200, hysteresis_percent: 10 },
	appointment: { wait_hours: 24 },
	returned_payment_days: 3,
	plan: { remind_days_before: 3, grace_days: 5, broken_after_missed: 2, broken_after_days: 30 },
	promise: { grace_business_days: 3, max_extensions: 2 },
	dispute: { acknowledge: true, due_business_days: 5 },
	high_deductible: { minimum: 500 },
	recurring: { cycles: 3, months: 12, minimum: 25, unpaid_days: 30, visits: 3 },
	rules: [],
	household: { merge: true },
	packs: { presets: [], revoke_all: false },
	claims: { alert: 'immediate', digest_at: '08:00', crossover_days: 45, escalate_days_left: [30, 14, 7, 2], payers: [] },
	statements: { cycle: 'none', day: 1, merge_within_days: 3 },
	content: { max_segments: 2, reading_grade: 8 },
	closures: [],
	escalation: {
		route: 'dunwell_only',
		due_business_days: 2,
		rungs: [
			{ after_business_days: 2, severity: 'normal' },
			{ after_business_days: 5, severity: 'high' },
			{ after_business_days: 10, severity: 'high' },
		],
		ladders: [],
	},
};
