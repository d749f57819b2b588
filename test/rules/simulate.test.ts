import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_POLICY, type Policy } from '../../shared/contracts/policy.ts';
import { compilePolicy, type InvoiceFacts } from '../../shared/rules/index.ts';
import { documentOf, type SimulatedAccount, simulate, type Tally } from '../../shared/rules/simulate.ts';
import { account, contact, DAY, invoice, NOW, policyWith } from './account.ts';

/** Fresh balances, so that only what a test changes stands against a message. */
const lasting = policyWith({ max_balance_age_hours: 8760 });
const compiled = (policy: Policy, hash = 'h') => compilePolicy(policy, hash);
const span = { from: NOW, to: NOW + 40 * DAY };
const run = (accounts: SimulatedAccount[], a: Policy = lasting, b: Policy = lasting) => simulate(accounts, compiled(a, 'a'), compiled(b, 'b'), span);
/** An invoice whose first notice went out on the day the span begins. */
const fresh = (changes: Partial<InvoiceFacts> = {}) => invoice({ firstNoticeDate: '2026-11-24', ...changes });
const still = (facts = account({ invoices: [fresh()] })): SimulatedAccount => ({ facts, changes: [] });
const sum = (counts: Record<string, number>) => Object.values(counts).reduce((total, one) => total + one, 0);

describe('a simulation', () => {
	test('climbs the whole ladder, and asks staff when it is at its end', () => {
		const { a, accounts, changed, texts } = simulate([still()], compiled(lasting), compiled(lasting), { from: NOW, to: NOW + 60 * DAY });
		expect([accounts, changed]).toEqual([1, 0]);
		expect(a).toEqual({
			due: 3,
			messages: 3,
			reached: 1,
			byChannel: { email: 3 },
			byMessage: { reminder_1: 1, reminder_2: 1, reminder_3: 1 },
			askedMinor: { USD: 25_260 },
			unsent: {},
			delayed: {},
			capHits: {},
			work: { unpaid_45: 1 },
			events: { balance_overdue: 3 },
		});
		expect(texts['unpaid_45']).toBe('$84.20 is unpaid after 45 days');
	});

	test('counts no hold among the caps, whatever it is called', () => {
		const held = account({ invoices: [fresh()], holds: [{ reason: 'capitation', since: NOW - DAY }] });
		expect(run([still(held)]).a.capHits).toEqual({});
		const once = { ...lasting, caps: { ...DEFAULT_POLICY.caps, per_30_days: 1 } };
		expect(run([still()], lasting, once).b.capHits).toEqual({ cap_30_days: 2 });
	});

	test('stops when the source says that it is paid', () => {
		const { a } = run([
			{ facts: account({ invoices: [fresh()] }), changes: [{ at: NOW + 10 * DAY, facts: { invoices: [{ ref: 'inv_1', amountMinor: 0 }] } }] },
		]);
		expect([a.messages, a.byMessage, a.events]).toEqual([1, { reminder_1: 1 }, { balance_overdue: 1, balance_paid: 1 }]);
	});

	test('takes changes in whatever order they are given', () => {
		const changes = [
			{ at: NOW + 12 * DAY, facts: { invoices: [{ ref: 'inv_1', amountMinor: 5000 }] } },
			{ at: NOW + 3 * DAY, facts: { invoices: [{ ref: 'inv_1', amountMinor: 7000 }] } },
			{ at: NOW + 5 * DAY, facts: { invoices: [{ ref: 'inv_2', amountMinor: 3000, firstNoticeDate: '2026-11-24', finalShare: true }] } },
		];
		const [one, other] = [changes, changes.toReversed()].map((list) => run([{ facts: account({ invoices: [fresh()] }), changes: list }]));
		expect(one).toEqual(other);
		// 100.00 at seven days, 80.00 at fifteen and at thirty.
		expect(one?.a.askedMinor).toEqual({ USD: 10_000 + 8000 + 8000 });
	});

	test('shows where two policies part first, and what each of them says then', () => {
		const strict = { ...lasting, minimum: { message: 100, paper: 100, staff: 100 } };
		const { changed, difference, examples } = run([still()], lasting, strict);
		expect([changed, difference.messages, difference.unsent, difference.delayed]).toEqual([1, -3, { below_minimum: 3 }, {}]);
		expect(examples).toEqual([
			{
				account: 'acc_1',
				at: Date.parse('2026-12-01T13:00:00Z'),
				zone: 'America/New_York',
				currency: 'USD',
				a: { did: 'sent', message: 'reminder_1', channel: 'email', amountMinor: 8420, reasons: [] },
				b: {
					did: 'held',
					message: 'reminder_1',
					channel: 'email',
					amountMinor: 8420,
					reasons: [
						{ code: 'below_minimum', text: expect.stringContaining('$84.20') },
						{ code: 'hours', text: expect.any(String) },
					],
				},
			},
		]);
	});

	test('shows staff work that only one policy asks for', () => {
		const { examples } = simulate([still()], compiled(lasting), compiled({ ...lasting, staff_after_days: 20 }), span);
		expect(examples[0]).toMatchObject({
			a: { did: 'not_due' },
			b: { did: 'asked_staff', reasons: [{ code: 'unpaid_20', text: '$84.20 is unpaid after 20 days' }] },
		});
	});

	test('shows as many examples as it is told to, by account', () => {
		const accounts = ['c', 'a', 'b'].map((ref) => still(account({ ref, invoices: [fresh()] })));
		const none = { ...lasting, consent: [], channels: ['fax' as const] };
		const two = simulate(accounts, compiled(lasting), compiled(none), { ...span, examples: 2 });
		expect([two.changed, two.examples.map((example) => example.account)]).toEqual([3, ['a', 'b']]);
		expect(simulate(accounts, compiled(lasting), compiled(none), span).examples).toHaveLength(3);
	});

	test('counts a balance as confirmed for as long as its source went on saying it', () => {
		const facts = account({ invoices: [fresh()] });
		const { a, b } = simulate(
			[{ facts, changes: [], confirmedUntil: { inv_1: NOW + 9 * DAY, other: NOW } }],
			compiled(DEFAULT_POLICY),
			compiled(DEFAULT_POLICY),
			span,
		);
		// The step at seven days leaves, the later ones find a balance that nobody has confirmed for three days.
		expect([a.messages, a.unsent]).toEqual([1, { stale_balance: 2 }]);
		expect(b).toEqual(a);
		expect(simulate([{ facts, changes: [], confirmedUntil: {} }], compiled(DEFAULT_POLICY), compiled(DEFAULT_POLICY), span).a.messages).toBe(0);
	});

	test('does not count days on hold: the ladder goes on where it stood', () => {
		const held = (until?: number): SimulatedAccount => ({
			facts: account({ invoices: [fresh()], holds: [{ reason: 'staff_review', since: NOW + 2 * DAY, ...(until === undefined ? {} : { until }) }] }),
			changes: [],
		});
		const times = (given: SimulatedAccount, other: Policy) =>
			simulate([given], compiled(lasting), compiled(other), { from: NOW, to: NOW + 60 * DAY }).examples.map((example) => example.at);
		// Against a policy that sends nothing the first difference is the first message: ten days of hold later than without.
		const silent = { ...lasting, consent: [], channels: ['fax' as const], staff_after_days: 45 };
		expect(times(still(), silent)).toEqual([Date.parse('2026-12-01T13:00:00Z')]);
		expect(times(held(NOW + 12 * DAY), silent)).toEqual([Date.parse('2026-12-11T13:00:00Z')]);
		expect(times(held(), silent)).toEqual([]);
	});
});

test('its result travels in snake_case, with decimals and instants', () => {
	const { from, to, a, examples, texts } = documentOf(run([still()], lasting, { ...lasting, consent: [], channels: ['fax'] }));
	expect([from, to]).toEqual(['2026-11-24T16:00:00.000Z', '2027-01-03T16:00:00.000Z']);
	expect(a).toMatchObject({
		messages: 3,
		by_channel: { email: 3 },
		by_message: { reminder_1: 1, reminder_2: 1, reminder_3: 1 },
		asked: { USD: 252.6 },
		cap_hits: {},
	});
	expect(examples).toEqual([
		{
			account_ref: 'acc_1',
			at: '2026-12-01T13:00:00.000Z',
			zone: 'America/New_York',
			currency: 'USD',
			a: { did: 'sent', message: 'reminder_1', channel: 'email', amount: 84.2, amount_text: '$84.20', reasons: [] },
			b: {
				did: 'held',
				message: 'reminder_1',
				channel: '',
				amount: 84.2,
				amount_text: '$84.20',
				reasons: [{ code: 'no_contact', text: texts['no_contact'] }, expect.anything()],
			},
		},
	]);
	const early = documentOf(simulate([still()], compiled(lasting), compiled({ ...lasting, milestones: [{ days: 3, message: 'reminder_1' }] }), span));
	expect(early.examples[0]?.a).toMatchObject({ did: 'not_due', message: '', channel: '', amount: 0, amount_text: '$0.00' });
});

describe('whatever the policies and the accounts,', () => {
	const policies = fc
		.record({
			steps: fc.subarray([3, 7, 10, 15, 21, 30], { minLength: 1 }),
			week: fc.integer({ min: 0, max: 4 }),
			month: fc.integer({ min: 0, max: 8 }),
			minimum: fc.constantFrom(0, 50, 200),
			age: fc.constantFrom(72, 8760),
			staff: fc.integer({ min: 20, max: 50 }),
		})
		.map(({ steps, week, month, minimum, age, staff }) =>
			policyWith({
				milestones: steps.map((days, i) => ({ days, message: `reminder_${i + 1}` })),
				caps: { ...DEFAULT_POLICY.caps, per_7_days: week, per_30_days: month },
				minimum: { message: minimum, paper: minimum, staff: minimum },
				max_balance_age_hours: age,
				staff_after_days: staff,
			}),
		);
	const accounts = fc
		.array(
			fc
				.record({
					notice: fc.integer({ min: -35, max: 5 }),
					amount: fc.integer({ min: 1, max: 40_000 }),
					consent: fc.constantFrom('granted' as const, 'revoked' as const, 'unknown' as const),
					paidAfter: fc.option(fc.integer({ min: 0, max: 39 }), { nil: undefined }),
					heldAfter: fc.option(fc.integer({ min: 0, max: 39 }), { nil: undefined }),
					failedAfter: fc.option(fc.integer({ min: 0, max: 39 }), { nil: undefined }),
				})
				.map(({ notice, amount, consent, paidAfter, heldAfter, failedAfter }): SimulatedAccount => {
					const firstNoticeDate = new Date(NOW + notice * DAY).toISOString().slice(0, 10);
					return {
						facts: account({
							invoices: [invoice({ firstNoticeDate, amountMinor: amount })],
							contacts: [contact('email', { consent }), contact('sms', { consent })],
						}),
						changes: [
							...(paidAfter === undefined ? [] : [{ at: NOW + paidAfter * DAY, facts: { invoices: [{ ref: 'inv_1', amountMinor: 0 }] } }]),
							...(heldAfter === undefined
								? []
								: [
										{
											at: NOW + heldAfter * DAY,
											facts: { holds: [{ reason: 'dispute' as const, since: NOW + heldAfter * DAY, until: NOW + (heldAfter + 5) * DAY }] },
										},
									]),
							...(failedAfter === undefined
								? []
								: [
										{
											at: NOW + failedAfter * DAY,
											facts: { payments: [{ ref: 'pay_1', status: 'failed' as const, amountMinor: 500, at: NOW + failedAfter * DAY, raised: false }] },
										},
									]),
						],
						confirmedUntil: { inv_1: NOW + 30 * DAY },
					};
				}),
			{ minLength: 1, maxLength: 4 },
		)
		.map((list) => list.map((one, i) => ({ ...one, facts: { ...one.facts, ref: `acc_${i}` } })));

	test('the same policy twice makes no difference', () => {
		fc.assert(
			fc.property(accounts, policies, (list, policy) => {
				const { a, b, changed, examples, difference } = run(list, policy, policy);
				expect([b, changed, examples]).toEqual([a, 0, []]);
				expect(difference).toEqual({
					due: 0,
					messages: 0,
					reached: 0,
					byChannel: {},
					byMessage: {},
					askedMinor: {},
					unsent: {},
					delayed: {},
					capHits: {},
					work: {},
					events: {},
				});
			}),
			{ numRuns: 60 },
		);
	});

	test('every step that became due was sent once or is unsent for a reason', () => {
		const conserved = (tally: Tally) => {
			expect(tally.due).toBe(tally.messages + sum(tally.unsent));
			expect([sum(tally.byChannel), sum(tally.byMessage)]).toEqual([tally.messages, tally.messages]);
			expect(sum(tally.delayed)).toBeLessThanOrEqual(tally.messages);
			expect(tally.reached).toBeLessThanOrEqual(tally.messages);
		};
		fc.assert(
			fc.property(accounts, policies, policies, (list, one, other) => {
				const { a, b, difference } = run(list, one, other);
				conserved(a);
				conserved(b);
				expect(difference.messages).toBe(b.messages - a.messages);
				expect(sum(difference.unsent)).toBe(sum(b.unsent) - sum(a.unsent));
			}),
			{ numRuns: 60 },
		);
	});

	test('a stricter cap never sends more', () => {
		fc.assert(
			fc.property(accounts, policies, fc.integer({ min: 0, max: 4 }), (list, policy, week) => {
				const stricter = { ...policy, caps: { ...policy.caps, per_7_days: Math.min(week, policy.caps.per_7_days) } };
				const { a, b } = run(list, policy, stricter);
				expect(b.messages).toBeLessThanOrEqual(a.messages);
			}),
			{ numRuns: 60 },
		);
	});

	test('the order of the accounts does not matter', () => {
		fc.assert(
			fc.property(accounts, policies, policies, (list, one, other) => {
				expect(run(list.toReversed(), one, other)).toEqual(run(list, one, other));
			}),
			{ numRuns: 30 },
		);
	});

	test('no account hears more than its caps allow', () => {
		fc.assert(
			fc.property(accounts, policies, (list, policy) => {
				for (const one of list) {
					const { a } = run([one], policy, policy);
					// Forty days hold two windows of thirty at most.
					expect(a.messages).toBeLessThanOrEqual(2 * policy.caps.per_30_days);
					expect(a.messages).toBeLessThanOrEqual(6 * policy.caps.per_7_days);
				}
			}),
			{ numRuns: 40 },
		);
	});
});
