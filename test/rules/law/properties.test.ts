import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../../shared/contracts/policy.ts';
import type { Channel } from '../../../shared/contracts/words.ts';
import { type AccountFacts, compilePolicy, localClock, localDay, type PastContact, placesOf, zonesOf } from '../../../shared/rules/index.ts';
import { STATE_ZONES, ZIP_STATES } from '../../../shared/rules/zone-data.ts';
import { account, contact, DAY, HOUR, invoice } from '../account.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const END = Date.parse('2029-01-01T00:00:00Z');
const instants = fc.integer({ min: START, max: END });
const states = fc.constantFrom(...Object.keys(STATE_ZONES));
const zips = fc.constantFrom(...ZIP_STATES.map(([from]) => `${String(from).padStart(3, '0')}01`));
const evidence = fc.record({ state: states, zip: fc.option(zips, { nil: undefined }) });
const caps = { per_day: 50, per_7_days: 50, per_30_days: 50, voice_per_day: 50, voice_per_7_days: 50 };
const night: Policy = {
	...DEFAULT_POLICY,
	hours: { start: '00:00', end: '24:00', sunday: true },
	caps,
	max_balance_age_hours: 8760,
	milestones: [{ days: 1, message: 'one' }],
};
const open = (now: number, changes: Partial<AccountFacts>): AccountFacts =>
	account({
		contacts: [contact('email'), contact('sms'), contact('voice')],
		invoices: [invoice({ asOf: now, firstNoticeDate: localDay(now - 3 * DAY, 'America/New_York'), dueDate: localDay(now - 60 * DAY, 'America/New_York') })],
		...changes,
	});

test('no text and no call arrives outside 8 to 21 in any zone of any state on any date, though the policy would let it', () => {
	const compiled = compilePolicy(night, 'h');
	fc.assert(
		fc.property(evidence, instants, fc.constantFrom<Channel>('sms', 'voice'), (where, now, channel) => {
			const zones = zonesOf(where);
			const places = placesOf(where);
			if (places.includes('MN') && channel === 'voice') return;
			const { reminder } = compiled.decide(open(now, { zones, places }), now, { channel });
			const at = reminder.verdict === 'send' ? now : reminder.sendAt;
			// Guam and Hawaii, or a state and a ZIP code an ocean apart, may have no hour in common.
			if (at === undefined) return expect(reminder.reasons.map((why) => why.code)).toEqual([zones.length === 0 ? 'unknown_zone' : 'no_common_hour']);
			for (const zone of zones) {
				expect(localClock(at, zone)).toBeGreaterThanOrEqual(8 * 60);
				expect(localClock(at, zone)).toBeLessThan(21 * 60);
			}
			if (at > now) expect(compiled.decide(open(at - 1000, { zones, places }), at - 1000, { channel }).reminder.verdict).toBe('wait');
		}),
		{ numRuns: 600 },
	);
});

test('with the conservative preset nothing arrives on a Sunday morning, or before 9, or from 20 on', () => {
	const compiled = compilePolicy({ ...night, packs: { presets: ['conservative'], revoke_all: false } }, 'h');
	fc.assert(
		fc.property(evidence, instants, fc.constantFrom<Channel>('sms', 'email'), (where, now, channel) => {
			const zones = zonesOf(where);
			const { reminder } = compiled.decide(open(now, { zones, places: placesOf(where) }), now, { channel });
			const at = reminder.verdict === 'send' ? now : reminder.sendAt;
			if (at === undefined) return;
			for (const zone of zones) {
				const sunday = new Date(`${localDay(at, zone)}T00:00:00Z`).getUTCDay() === 0;
				expect(localClock(at, zone)).toBeGreaterThanOrEqual((sunday ? 12 : 9) * 60);
				expect(localClock(at, zone)).toBeLessThan(20 * 60);
			}
		}),
		{ numRuns: 400 },
	);
});

interface Ask {
	later: number;
	channel: Channel | undefined;
	invoices: string[] | undefined;
	noted: boolean;
	failed: boolean;
	talked: boolean;
}

/** What a flow may ask for, in any order and however often. */
const asks: fc.Arbitrary<Ask[]> = fc.array(
	fc.record({
		later: fc.integer({ min: 0, max: 30 * HOUR }),
		channel: fc.constantFrom<Channel | undefined>(undefined, 'sms', 'voice', 'email'),
		invoices: fc.constantFrom<string[] | undefined>(undefined, ['a'], ['b'], ['a', 'b']),
		noted: fc.boolean(),
		failed: fc.boolean(),
		talked: fc.boolean(),
	}),
	{ minLength: 10, maxLength: 60 },
);

interface Sent extends PastContact {
	invoices: readonly string[];
}

/** Lets every ask through that the rules let through, and remembers it as the service would. */
function play(policy: Policy, places: string[], asked: readonly Ask[]): Sent[] {
	const compiled = compilePolicy(policy, 'h');
	const sent: Sent[] = [];
	const history: PastContact[] = [];
	let now = Date.parse('2026-10-01T16:00:00Z');
	for (const { later, channel, invoices, noted, failed, talked } of asked) {
		now += later;
		const owed = ['a', 'b'].map((ref) => invoice({ ref, asOf: now, dueDate: '2026-07-01', firstNoticeDate: '2026-07-01' }));
		const facts = open(now, { places, invoices: owed, history: history.toReversed() });
		const { reminder } = compiled.decide(facts, now, {
			message: 'own_words',
			...(channel === undefined ? {} : { channel }),
			...(invoices === undefined ? {} : { invoices }),
		});
		if (reminder.verdict !== 'send' || reminder.channel === undefined) continue;
		const one: Sent = { at: now, channel: reminder.channel, invoices: reminder.covers, failed, conversation: talked && reminder.channel === 'voice' };
		sent.push(one);
		const { invoices: _, ...unnoted } = one;
		history.push(noted ? one : unnoted);
	}
	return sent;
}

const worst = (sent: readonly Sent[], days: number, counts: (one: Sent) => boolean): number =>
	Math.max(0, ...sent.map((one) => sent.filter((other) => counts(other) && other.at <= one.at && one.at - other.at < days * DAY).length));

test('Massachusetts: never more than two texts or calls in 7 days about one debt, whatever asks in whatever order', () => {
	fc.assert(
		fc.property(asks, (asked) => {
			const sent = play({ ...DEFAULT_POLICY, caps, max_balance_age_hours: 8760 }, ['MA'], asked);
			for (const debt of ['a', 'b']) {
				const counts = (one: Sent) => one.invoices.includes(debt) && (one.channel === 'voice' || (one.channel === 'sms' && one.failed !== true));
				expect(worst(sent, 7, counts)).toBeLessThanOrEqual(2);
			}
		}),
		{ numRuns: 60 },
	);
});

test('New York City: never more than three contacts in 7 days about one debt', () => {
	fc.assert(
		fc.property(asks, (asked) => {
			const sent = play({ ...DEFAULT_POLICY, caps, max_balance_age_hours: 8760 }, ['NY', 'NYC'], asked);
			for (const debt of ['a', 'b']) expect(worst(sent, 7, (one) => one.invoices.includes(debt))).toBeLessThanOrEqual(3);
		}),
		{ numRuns: 60 },
	);
});

test('a collector: never more than seven calls in 7 days about one debt, and none on the six days after a talk', () => {
	fc.assert(
		fc.property(asks, (asked) => {
			// Rarely a talk, or the silence after it would leave nothing for the cap to do.
			const only = asked.map((ask, index) => ({
				...ask,
				channel: 'voice' as const,
				later: Math.floor(ask.later / 3),
				talked: ask.talked && index % 20 === 19,
			}));
			const sent = play({ ...DEFAULT_POLICY, caps, role: 'debt_collector', max_balance_age_hours: 8760 }, ['NJ'], only);
			for (const debt of ['a', 'b']) {
				const about = sent.filter((one) => one.invoices.includes(debt));
				expect(worst(about, 7, () => true)).toBeLessThanOrEqual(7);
				for (const talk of about.filter((one) => one.conversation === true)) {
					const dayOf = (at: number) => Date.parse(localDay(at, 'America/New_York')) / DAY;
					expect(about.filter((one) => one.at > talk.at && dayOf(one.at) < dayOf(talk.at) + 7)).toEqual([]);
				}
			}
		}),
		{ numRuns: 60 },
	);
});

test('more places never allow what fewer forbid', () => {
	const compiled = compilePolicy({ ...night, packs: { presets: ['conservative'], revoke_all: false } }, 'h');
	const places = fc.uniqueArray(fc.constantFrom('FL', 'MA', 'CA', 'MN', 'ND', 'NY', 'NYC', 'CO', 'WA', 'TX', 'NJ'), { minLength: 1, maxLength: 4 });
	fc.assert(
		fc.property(places, instants, fc.constantFrom<Channel>('sms', 'voice', 'email'), (some, now, channel) => {
			const verdict = (of: string[]) => compiled.decide(open(now, { places: of }), now, { channel }).reminder.verdict;
			if (verdict(some) === 'send') for (const one of some) expect(verdict([one])).toBe('send');
			if (verdict([]) === 'send') expect(verdict(some)).toBe('send');
		}),
		{ numRuns: 300 },
	);
});
