import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DEFAULT_POLICY } from '../../shared/contracts/policy.ts';
import { ABSOLUTE_HOLDS, CHANNELS, type Channel, HOLD_REASONS, type HoldReason, LINE_STATES } from '../../shared/contracts/words.ts';
import { type AccountFacts, compilePolicy, type InvoiceFacts, localClock, localDay, type PastContact } from '../../shared/rules/index.ts';
import { account, contact, DAY, HOUR, invoice, NOW, policyWith } from './account.ts';

const ZONES = ['America/New_York', 'America/Chicago', 'America/Phoenix', 'America/Los_Angeles', 'Pacific/Honolulu'];
const compiled = compilePolicy(DEFAULT_POLICY, 'h');
const channels = fc.constantFrom(...(Object.keys(CHANNELS) as Channel[]));
const at = fc.integer({ min: NOW - 40 * DAY, max: NOW });

const invoices: fc.Arbitrary<InvoiceFacts[]> = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }).chain((refs) =>
	fc.tuple(
		...refs.map((ref) =>
			fc.record(
				{
					ref: fc.constant(ref),
					amountMinor: fc.integer({ min: 0, max: 90_000 }),
					firstNoticeDate: fc.integer({ min: 0, max: 90 }).map((days) => new Date(NOW - days * DAY).toISOString().slice(0, 10)),
					asOf: fc.integer({ min: NOW - 5 * DAY, max: NOW }),
					finalShare: fc.boolean(),
					disputed: fc.boolean(),
					lines: fc.array(
						fc.record({
							line: fc.integer({ min: 1, max: 9 }),
							state: fc.constantFrom(...LINE_STATES),
							chargeMinor: fc.constant(9000),
							paidMinor: fc.constant(0),
							patientMinor: fc.integer({ min: 0, max: 40_000 }),
						}),
						{ maxLength: 3 },
					),
					raisedDays: fc.constantFrom(0, 7, 15, 30),
					remindedDays: fc.constantFrom(0, 7, 15, 30),
					pausedDays: fc.integer({ min: 0, max: 20 }),
				},
				{ requiredKeys: ['ref', 'amountMinor', 'asOf', 'disputed', 'raisedDays', 'remindedDays', 'pausedDays'] },
			),
		),
	),
);

const accounts: fc.Arbitrary<AccountFacts> = fc.record({
	ref: fc.constant('acc_1'),
	currency: fc.constant('USD'),
	practiceZone: fc.constantFrom(...ZONES),
	zones: fc.uniqueArray(fc.constantFrom(...ZONES), { maxLength: 3 }),
	invoices,
	creditMinor: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50_000 })),
	holds: fc.array(
		fc.record(
			{
				reason: fc.constantFrom(...(Object.keys(HOLD_REASONS) as HoldReason[])),
				invoice: fc.constantFrom('a', 'b'),
				since: at,
				until: fc.integer({ min: NOW - DAY, max: NOW + 9 * DAY }),
			},
			{ requiredKeys: ['reason', 'since'] },
		),
		{ maxLength: 2 },
	),
	contacts: fc.array(fc.record({ channel: channels, valid: fc.boolean(), served: fc.boolean(), consent: fc.constantFrom('granted', 'revoked', 'unknown') }), {
		maxLength: 6,
	}),
	history: fc.array(fc.record({ at, channel: channels }), { maxLength: 4 }),
	payments: fc.constant([]),
	claims: fc.constant([]),
	workOpen: fc.boolean(),
});

const runs = { numRuns: 600 };
const instants = fc.integer({ min: NOW, max: NOW + 400 * DAY });

test('no message, now or scheduled, arrives outside the hours on any clock that the guarantor may live by', () => {
	const willing = fc.record({
		zones: fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 3 }),
		history: fc.array(fc.record({ at, channel: channels }), { maxLength: 8 }),
	});
	fc.assert(
		fc.property(willing, instants, (changes, now) => {
			const { reminder } = compiled.decide(account({ ...changes, invoices: [invoice({ asOf: now })] }), now);
			expect(reminder.verdict).not.toBe('hold');
			const sendAt = reminder.sendAt ?? now;
			for (const zone of changes.zones) {
				expect(localClock(sendAt, zone)).toBeGreaterThanOrEqual(480);
				expect(localClock(sendAt, zone)).toBeLessThan(1260);
			}
		}),
		runs,
	);
});

test('whatever asks, in whatever order, no cap is ever passed', () => {
	const asks = fc.array(
		fc.record({
			later: fc.integer({ min: 0, max: 2 * DAY }),
			message: fc.constantFrom(undefined, 'own_words'),
			channel: fc.constantFrom<Channel | undefined>(undefined, 'sms', 'voice', 'email'),
		}),
		{ minLength: 5, maxLength: 40 },
	);
	fc.assert(
		fc.property(asks, fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 2 }), (asked, zones) => {
			const sent: PastContact[] = [];
			let now = NOW;
			for (const { later, message, channel } of asked) {
				now += later;
				const facts = account({
					zones,
					history: sent.toReversed(),
					contacts: [contact('email'), contact('sms'), contact('voice')],
					invoices: [invoice({ asOf: now })],
				});
				const { reminder } = compiled.decide(facts, now, { ...(message === undefined ? {} : { message }), ...(channel === undefined ? {} : { channel }) });
				if (reminder.verdict === 'send' && reminder.channel !== undefined) sent.push({ at: now, channel: reminder.channel });
			}
			for (const { at: moment } of sent) {
				const within = (days: number): number => sent.filter((other) => other.at <= moment && moment - other.at < days * DAY).length;
				expect(within(7)).toBeLessThanOrEqual(2);
				expect(within(30)).toBeLessThanOrEqual(6);
				for (const zone of zones) expect(sent.filter((other) => localDay(other.at, zone) === localDay(moment, zone))).toHaveLength(1);
			}
		}),
		{ numRuns: 150 },
	);
});

test('no channel carries two messages to a guarantor on one day of any clock, though the policy allows fifty', () => {
	const caps = { per_day: 50, per_7_days: 50, per_30_days: 50, voice_per_day: 50, voice_per_7_days: 50 };
	const generous = compilePolicy(policyWith({ caps, channels: ['email', 'sms', 'voice'] }), 'generous');
	const later = fc.array(fc.integer({ min: 0, max: 12 * HOUR }), { minLength: 5, maxLength: 30 });
	fc.assert(
		fc.property(later, fc.uniqueArray(fc.constantFrom(...ZONES), { minLength: 1, maxLength: 2 }), (pauses, zones) => {
			const sent: PastContact[] = [];
			let now = NOW;
			for (const pause of pauses) {
				now += pause;
				const contacts = [contact('email'), contact('sms'), contact('voice')];
				const facts = account({ zones, places: ['PA'], history: sent.toReversed(), contacts, invoices: [invoice({ asOf: now })] });
				const { reminder } = generous.decide(facts, now, { message: 'own_words' });
				if (reminder.verdict === 'send' && reminder.channel !== undefined) sent.push({ at: now, channel: reminder.channel });
			}
			for (const { at: moment, channel } of sent)
				for (const zone of zones)
					expect(sent.filter((other) => other.channel === channel && localDay(other.at, zone) === localDay(moment, zone))).toHaveLength(1);
		}),
		{ numRuns: 150 },
	);
});

test('a message that waits may go out at the time that was named', () => {
	fc.assert(
		fc.property(accounts, (facts) => {
			const { reminder } = compiled.decide(facts, NOW);
			if (reminder.verdict !== 'wait' || reminder.sendAt === undefined) return;
			const fresh = facts.invoices.map((one) => ({ ...one, asOf: reminder.sendAt ?? NOW }));
			const then = compiled.decide({ ...facts, invoices: fresh, holds: facts.holds.filter((hold) => hold.reason === 'import_settling') }, reminder.sendAt);
			expect(then.reminder.reasons.filter((why) => why.until !== undefined && why.code !== 'not_due')).toEqual([]);
		}),
		runs,
	);
});

test('the order of the facts never changes a decision', () => {
	fc.assert(
		fc.property(accounts, (facts) => {
			const turned: AccountFacts = {
				...facts,
				invoices: facts.invoices.toReversed(),
				holds: facts.holds.toReversed(),
				contacts: facts.contacts.toReversed(),
				history: facts.history.toReversed(),
			};
			expect(compiled.decide(turned, NOW)).toEqual(compiled.decide(facts, NOW));
		}),
		runs,
	);
});

test('the ladder never moves back and never passes the age', () => {
	fc.assert(
		fc.property(accounts, fc.array(fc.integer({ min: 0, max: 12 * DAY }), { maxLength: 8 }), (facts, steps) => {
			let current = facts;
			let now = NOW;
			for (const step of steps) {
				now += step;
				const { raised, events, reminder } = compiled.decide(current, now);
				for (const [ref, days] of Object.entries(raised)) {
					const before = current.invoices.find((one) => one.ref === ref);
					expect(days).toBeGreaterThan(before?.raisedDays ?? Number.POSITIVE_INFINITY);
					expect(days).toBeLessThanOrEqual((now - Date.parse(before?.firstNoticeDate ?? '')) / DAY);
				}
				expect(events.filter((event) => event.type === 'balance_overdue')).toHaveLength(Object.keys(raised).length > 0 ? 1 : 0);
				for (const ref of reminder.verdict === 'send' ? reminder.covers : [])
					expect(reminder.days).toBeGreaterThan(current.invoices.find((one) => one.ref === ref)?.remindedDays ?? -1);
				current = {
					...current,
					invoices: current.invoices.map((one) => ({
						...one,
						raisedDays: raised[one.ref] ?? one.raisedDays,
						remindedDays: reminder.covers.includes(one.ref) && reminder.verdict === 'send' ? reminder.days : one.remindedDays,
					})),
				};
			}
		}),
		{ numRuns: 200 },
	);
});

test('money is conserved: never more is asked for than is owed', () => {
	fc.assert(
		fc.property(accounts, (facts) => {
			const { eligibleMinor, totalMinor, reminder, events } = compiled.decide(facts, NOW);
			const sum = facts.invoices.reduce((total, one) => total + one.amountMinor, 0);
			expect(totalMinor).toBe(Math.max(0, sum - facts.creditMinor));
			expect(eligibleMinor).toBeGreaterThanOrEqual(0);
			expect(reminder.amountMinor).toBeLessThanOrEqual(eligibleMinor);
			for (const amount of [eligibleMinor, ...events.map((event) => event.amountMinor)]) {
				expect(Number.isSafeInteger(amount)).toBe(true);
				expect(amount).toBeLessThanOrEqual(totalMinor);
			}
			const free = compiled.decide({ ...facts, creditMinor: 0 }, NOW);
			expect(free.eligibleMinor - eligibleMinor).toBeGreaterThanOrEqual(0);
			expect(free.eligibleMinor - eligibleMinor).toBeLessThanOrEqual(facts.creditMinor);
		}),
		runs,
	);
});

test('nothing goes out past a hold, a refusal or an unknown fact', () => {
	fc.assert(
		fc.property(accounts, (facts) => {
			const { reminder, canContact, blocked } = compiled.decide(facts, NOW);
			const held = facts.holds.filter(
				(hold) => !['import_settling', 'returned_mail'].includes(hold.reason) && hold.since <= NOW && (hold.until === undefined || NOW < hold.until),
			);
			if (held.some((hold) => hold.invoice === undefined)) expect(reminder.verdict).toBe('hold');
			if (held.some((hold) => hold.invoice === undefined && ABSOLUTE_HOLDS.includes(hold.reason))) expect(canContact).toBe(false);
			expect(canContact).toBe(blocked.every((why) => why.until !== undefined && !why.code.startsWith('hold_')));
			if (reminder.verdict !== 'send') return;
			for (const ref of reminder.covers) {
				const covered = facts.invoices.find((one) => one.ref === ref);
				expect(covered?.disputed).toBe(false);
				expect(covered?.finalShare === true || (covered?.lines?.length ?? 0) > 0).toBe(true);
				expect(held.filter((hold) => hold.invoice === ref)).toEqual([]);
			}
			const usable = facts.contacts.some(
				(one) =>
					one.channel === reminder.channel &&
					one.valid &&
					one.served &&
					(one.consent === 'granted' || (one.consent === 'unknown' && reminder.channel === 'letter')),
			);
			expect(usable).toBe(true);
		}),
		runs,
	);
});

test('between now and the next review time changes nothing', () => {
	fc.assert(
		fc.property(accounts, fc.double({ min: 0, max: 1, noNaN: true }), (facts, share) => {
			const decision = compiled.decide(facts, NOW);
			const end = decision.nextReviewAt ?? NOW + 300 * DAY;
			expect(end).toBeGreaterThan(NOW);
			const later = compiled.decide(facts, Math.floor(NOW + (end - 1 - NOW) * share));
			expect(later.raised).toEqual(decision.raised);
			expect(later.events).toHaveLength(decision.events.length);
			expect(later.work.filter((work) => work.cause.startsWith('unpaid'))).toHaveLength(decision.work.filter((work) => work.cause.startsWith('unpaid')).length);
		}),
		runs,
	);
});
