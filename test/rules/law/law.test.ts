import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../shared/contracts/policy.ts';
import { dayNumber } from '../../../shared/rules/calendar.ts';
import { type Law, lawBook, lawOf } from '../../../shared/rules/index.ts';
import { NOW, policyWith } from '../account.ts';

const at = (places: string[], day = '2026-11-24', policy: Policy = DEFAULT_POLICY): Law => lawBook(policy).at(places, dayNumber(day));
const ids = (law: Law): string[] => law.packs.map((pack) => pack.split('@')[0] as string);
const clock = (minutes: number): string => `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
const hours = (law: Law, channel: 'sms' | 'voice' | 'email' | 'letter'): string => {
	const { daily, sunday } = law.hours[channel];
	return `${clock(daily.start)}-${clock(daily.end)}, Sunday ${sunday === undefined ? 'closed' : `${clock(sunday.start)}-${clock(sunday.end)}`}`;
};
const wide = (changes: Partial<Policy> = {}): Policy => policyWith({ hours: { start: '06:00', end: '23:00', sunday: true }, consent: [], ...changes });
const conservative = wide({ packs: { presets: ['conservative'], revoke_all: false } });

describe('which packs are in force', () => {
	test.each([
		['NYC-DCWP', ['NY', 'NYC'], '2026-08-31', '2026-09-01'],
		['TCPA-REVOKE-ALL', ['NJ'], '2027-01-30', '2027-01-31'],
		['FL-FCCPA', ['FL'], '2025-05-15', '2025-05-16'],
		['MN-62J', ['MN'], '2024-09-30', '2024-10-01'],
		['WA-MED', ['WA'], '2025-07-26', '2025-07-27'],
		['1557-LANG', ['NJ'], '2025-07-04', '2025-07-05'],
		['TCPA-REVOKE', ['NJ'], '2025-04-10', '2025-04-11'],
		['NSA-PPDR', ['NJ'], '2021-12-31', '2022-01-01'],
		['CA-SB1061', ['CA'], '2024-12-31', '2025-01-01'],
		['NY-CRA', ['NY'], '2023-12-12', '2023-12-13'],
		['CO-HB23-1126', ['CO'], '2023-08-06', '2023-08-07'],
		['REGF-TIME', ['NJ'], '2021-11-29', '2021-11-30'],
		['CFPB-MED', ['NJ'], '2025-07-10', '2025-07-11'],
	])('%s begins on its day and stays', (id, places, before, on) => {
		expect(ids(at(places, before))).not.toContain(id);
		expect(ids(at(places, on))).toContain(id);
		expect(ids(at(places, '2028-12-31'))).toContain(id);
	});

	test('a pack that ended binds on its last day and not after', () => {
		expect([ids(at(['FL'], '2025-05-15')).includes('FL-FCCPA-MAIL'), ids(at(['FL'], '2025-05-16')).includes('FL-FCCPA-MAIL')]).toEqual([true, false]);
		expect(hours(at(['FL'], '2025-05-15', wide()), 'email')).toBe('08:00-21:00, Sunday 08:00-21:00');
		expect(hours(at(['FL'], '2025-05-16', wide()), 'email')).toBe('06:00-23:00, Sunday 06:00-23:00');
	});

	test('TX-SB140 begins on its day, where the preset is on', () => {
		expect(ids(at(['TX'], '2025-08-31', conservative))).not.toContain('TX-SB140');
		expect(ids(at(['TX'], '2025-09-01', conservative))).toContain('TX-SB140');
		expect(ids(at(['TX'], '2025-09-01'))).not.toContain('TX-SB140');
	});

	test.each([
		['FL', ['FL-FCCPA']],
		['MA', ['MA-2IN7', 'MA-HOUSEHOLD']],
		['CA', ['CA-ROSENTHAL', 'CA-SB1061']],
		['MN', ['MN-62J']],
		['ND', ['ND-DELINQ']],
		['NY', ['NY-CRA']],
		['NYC', ['NYC-DCWP']],
		['CO', ['CO-HB23-1126']],
		['WA', ['WA-MED']],
		['TX', []],
	])("%s has its own packs and no other state's", (place, own) => {
		const federal = ids(at(['NJ']));
		expect(ids(at([place])).filter((id) => !federal.includes(id))).toEqual(own);
	});

	test('where nobody knows the place every state binds', () => {
		const all = ids(at([]));
		for (const id of ['FL-FCCPA', 'MA-2IN7', 'CA-ROSENTHAL', 'MN-62J', 'ND-DELINQ', 'NYC-DCWP', 'NY-CRA']) expect(all).toContain(id);
		expect(all).not.toContain('CONSERVATIVE');
		expect(lawBook(DEFAULT_POLICY).at(undefined, dayNumber('2026-11-24'))).toBe(at([]));
	});

	test('a decision carries each with the day of its review', () => {
		expect(at(['FL']).packs).toContain('FL-FCCPA@2026-11-22');
	});

	test('roles: what binds collectors alone does not bind the practice', () => {
		const collector = policyWith({ role: 'debt_collector' });
		expect(ids(at(['NJ']))).not.toContain('REGF-7IN7');
		expect(ids(at(['NJ'], undefined, policyWith({ role: 'servicer' })))).not.toContain('SMS-10DLC');
		expect(ids(at(['NJ'], undefined, collector))).toEqual(expect.arrayContaining(['REGF-7IN7', 'SMS-10DLC', 'REGF-WHO']));
	});

	test('the hospital preset brings its pack', () => {
		const hospital = at(['NJ'], undefined, policyWith({ packs: { presets: ['hospital'], revoke_all: false } }));
		expect(ids(hospital)).toContain('501R-120');
		expect(hospital.notices.filter((notice) => notice.line === 'financial_help').map((notice) => notice.fromStep)).toEqual([0, 2]);
	});

	test("the day is the practice's own", () => {
		const facts = { places: ['NY', 'NYC'], practiceZone: 'America/New_York' };
		expect(ids(lawOf(DEFAULT_POLICY, facts, Date.parse('2026-09-01T03:59:59Z')))).not.toContain('NYC-DCWP');
		expect(ids(lawOf(DEFAULT_POLICY, facts, Date.parse('2026-09-01T04:00:00Z')))).toContain('NYC-DCWP');
	});

	test('the same place and day give the same law, in whatever order the places come', () => {
		expect(at(['NYC', 'NY'])).toBe(at(['NY', 'NYC']));
		expect(at(['NY', 'NYC'], '2026-11-25')).toBe(at(['NY', 'NYC'], '2026-11-24'));
		expect(at(['NJ'])).not.toBe(at(['NY']));
		expect(lawBook(DEFAULT_POLICY)).toBe(lawBook(DEFAULT_POLICY));
	});

	test('the next day on which law changes is known, and whether it matters to who never opted out', () => {
		expect(at(['NJ']).next).toEqual({ day: dayNumber('2027-01-31'), optOuts: true });
		expect(at(['NJ'], '2026-08-01').next).toEqual({ day: dayNumber('2026-09-01'), optOuts: false });
		expect(at(['NJ'], '2027-01-31').next).toBeUndefined();
	});
});

describe('the strictest value wins', () => {
	test.each([
		['NJ, texts', at(['NJ'], undefined, wide()), 'sms', '08:00-21:00, Sunday 08:00-21:00'],
		['Florida, e-mail is excepted', at(['FL'], undefined, wide()), 'email', '06:00-23:00, Sunday 06:00-23:00'],
		['Florida, calls', at(['FL'], undefined, wide()), 'voice', '08:00-21:00, Sunday 08:00-21:00'],
		['California binds e-mail too', at(['CA'], undefined, wide()), 'email', '08:00-21:00, Sunday 08:00-21:00'],
		["a collector's e-mail", at(['NJ'], undefined, wide({ role: 'debt_collector' })), 'email', '08:00-21:00, Sunday 08:00-21:00'],
		['no law gives a letter hours', at([], undefined, wide()), 'letter', '06:00-23:00, Sunday 06:00-23:00'],
		['the preset', at(['NJ'], undefined, conservative), 'email', '09:00-20:00, Sunday 12:00-20:00'],
		['the preset in Texas', at(['TX'], undefined, conservative), 'sms', '09:00-20:00, Sunday 12:00-20:00'],
		[
			"the policy's own hours where they are narrower",
			at(['FL'], undefined, policyWith({ hours: { start: '10:00', end: '17:30', sunday: false } })),
			'sms',
			'10:00-17:30, Sunday closed',
		],
	] as const)('hours: %s', (_, law, channel, expected) => {
		expect(hours(law, channel)).toBe(expected);
	});

	test('channels with the same hours share one object', () => {
		const law = at(['FL'], undefined, wide());
		expect([law.hours.sms === law.hours.voice, law.hours.sms === law.hours.email]).toEqual([true, false]);
	});

	test('consent: what law asks for beside the policy', () => {
		expect([...at(['NJ'], undefined, wide()).consent]).toEqual(['sms', 'voice']);
		expect([...at(['NJ'], undefined, wide({ consent: ['fax'] })).consent]).toEqual(['fax', 'sms', 'voice']);
		expect([...at(['NY', 'NYC'], undefined, wide()).consentInCollections].sort()).toEqual(['email', 'sms', 'voice']);
		expect(at(['NY', 'NYC'], '2026-08-31', wide()).consentInCollections.has('email')).toBe(false);
	});

	test('caps are gathered from every place', () => {
		expect(at(['MA', 'NYC']).caps.map(({ pack, limit, days }) => [pack, limit, days])).toEqual([
			['MA-2IN7', 2, 7],
			['NYC-DCWP', 3, 7],
		]);
		expect(at(['CA']).silences.map(({ pack, days, channels }) => [pack, days, channels])).toEqual([['CA-ROSENTHAL', 7, ['voice']]]);
		expect(at(['NJ'], undefined, policyWith({ role: 'debt_collector' })).caps.map(({ pack, limit }) => [pack, limit])).toEqual([['REGF-7IN7', 7]]);
	});

	test('channels that are closed, and why', () => {
		expect([...at(['MN']).forbidden]).toEqual([['voice', 'recorded_call']]);
		expect([...at(['MN'], '2024-09-30').forbidden]).toEqual([]);
		expect([...at([]).forbidden]).toEqual([['voice', 'unknown_place']]);
		expect([...at(['NJ'], undefined, policyWith({ role: 'debt_collector' })).forbidden]).toEqual([['sms', 'sms_collector']]);
		expect([...at(['NJ']).onRequest]).toEqual(['fax']);
	});

	test('opt-outs reach everything from 31 January 2027, or from when the policy says so', () => {
		expect([at(['NJ'], '2027-01-30').revokeAll, at(['NJ'], '2027-01-31').revokeAll]).toEqual([false, true]);
		expect(at(['NJ'], '2026-01-01', policyWith({ packs: { presets: [], revoke_all: true } })).revokeAll).toBe(true);
	});

	test('what texts must say', () => {
		expect(at(['NJ']).notices.map(({ line, channels, fromStep }) => [line, channels.join(' '), fromStep])).toEqual([
			['opt_out', 'sms email', 0],
			['financial_help', 'email letter portal', 2],
			['language_help', 'email letter', 0],
		]);
	});

	test('when a bill is delinquent, and when it is far above its estimate', () => {
		expect([at(['NJ']).delinquent, at(['ND', 'MN']).delinquent]).toEqual([undefined, { serviceDays: 90, billDays: 45 }]);
		expect([at(['NJ'], '2021-12-31').estimate, at(['NJ']).estimate]).toMatchObject([undefined, { excessMinor: 40_000, days: 120 }]);
	});
});

describe('the trace', () => {
	test('says whose law was read', () => {
		expect(at(['NY', 'NYC']).trace.text).toBe('The law of NY, NYC and of the United States binds.');
		expect(at(['NJ']).trace.leaves[0]).toEqual({ fact: 'places', op: 'known', expected: undefined, actual: 'NJ', ok: true });
	});

	test('says that nobody knows the place', () => {
		const law = lawOf(DEFAULT_POLICY, { practiceZone: 'America/New_York' }, NOW);
		expect([law.trace.text, law.trace.leaves[0]?.ok]).toEqual(['Nobody knows the state: the law of every state binds.', false]);
	});
});
