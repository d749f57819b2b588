import { describe, expect, it } from 'vitest';
import type { Context } from '../../shared/contracts/operation.ts';
import type { Static } from '../../shared/contracts/schema.ts';
import checkReminderRules, { type input } from '../../shared/operations/check_reminder_rules.ts';

const SEVEN_IN_PHOENIX = Date.parse('2026-11-24T14:00:00Z');
const NINE_IN_PHOENIX = Date.parse('2026-11-24T16:00:00Z');
const check = (value: Static<typeof input>, now = NINE_IN_PHOENIX) => checkReminderRules.run({ now } as Context, value);
const FINE = { amount: 84.2, days_overdue: 15, channel: 'sms', has_consent: 'yes', insurance_final: 'yes', state: 'AZ', area_code: '602' } as const;

describe('Check Reminder Rules', () => {
	it('answers its first example with its sample at seven in the morning there', async () => {
		expect(await check(checkReminderRules.examples[0] ?? FINE, SEVEN_IN_PHOENIX)).toEqual(checkReminderRules.sample);
	});

	it('lets the same reminder leave at nine', async () => {
		expect(await check(FINE)).toMatchObject({ allowed: true, decision: 'send', message: 'reminder_2', what_would_change_it: '' });
	});

	it.each(['has_consent', 'insurance_final'] as const)('takes %s left out for unknown and holds', async (key) => {
		const { [key]: _left, ...rest } = FINE;
		const answer = await check(rest);
		expect(answer).toMatchObject({ allowed: false, decision: 'hold', next_possible_at: '' });
		expect(answer).toEqual(await check({ ...FINE, [key]: 'unknown' }));
	});

	it.each([
		[{ has_consent: 'no' }, 'hold'],
		[{ insurance_final: 'no' }, 'hold'],
		[{ disputed: true }, 'hold'],
		[{ denied_claim_open: true }, 'hold'],
		[{ on_hold: true }, 'hold'],
		[{ bankruptcy_or_deceased: true }, 'hold'],
		[{ messages_today: 1, messages_last_7_days: 1 }, 'wait'],
		[{ messages_last_7_days: 2 }, 'wait'],
		[{ amount: 0 }, 'hold'],
	] as const)('with %j says %s', async (change, decision) => {
		expect(await check({ ...FINE, ...change })).toMatchObject({ allowed: false, decision });
	});
});
