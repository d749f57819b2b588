import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ABSOLUTE_HOLDS, EVENT_TYPES } from '../../shared/contracts/words.ts';
import { restDay } from '../../shared/rules/arrangements.ts';
import { dayNumber, localDayNumber } from '../../shared/rules/calendar.ts';
import { type AccountFacts, compilePolicy, type Decision, localClock, type ReminderRequest } from '../../shared/rules/index.ts';
import { DAY, NOW } from './account.ts';
import { RICH_POLICY, richAccounts } from './rich.ts';

const compiled = compilePolicy(RICH_POLICY, 'h');
const runs = { numRuns: 500 };

const turned = (facts: AccountFacts): AccountFacts => {
	const copy: Record<string, unknown> = { ...facts };
	for (const [key, value] of Object.entries(facts)) if (Array.isArray(value)) copy[key] = value.toReversed();
	copy['plans'] = facts.plans?.map((plan) => ({ ...plan, installments: plan.installments.toReversed() }));
	if (copy['plans'] === undefined) delete copy['plans'];
	return copy as unknown as AccountFacts;
};

/** What time alone must not change unseen: events, work, statuses, and where the account stands. */
const findings = ({ events, work, arrangements, above, matched, raised }: Decision) => ({
	events: events.map((event) => event.key),
	// How long something has lasted is told in the title, and is no new finding.
	work: work.map((item) => [item.cause, item.severity, item.step]),
	arrangements,
	above,
	matched,
	raised,
});

test('the order of any facts never changes a decision', () => {
	fc.assert(
		fc.property(richAccounts, (facts) => {
			const { trace: _, ...decision } = compiled.decide(facts, NOW);
			const { trace: __, ...other } = compiled.decide(turned(facts), NOW);
			expect(other).toEqual(decision);
		}),
		runs,
	);
});

test('between now and the next review time finds nothing new', () => {
	fc.assert(
		fc.property(richAccounts, fc.double({ min: 0, max: 1, noNaN: true }), (facts, share) => {
			const decision = compiled.decide(facts, NOW);
			const end = decision.nextReviewAt ?? NOW + 400 * DAY;
			expect(end).toBeGreaterThan(NOW);
			const later = compiled.decide(facts, Math.floor(NOW + (end - 1 - NOW) * share));
			expect(findings(later)).toEqual(findings(decision));
		}),
		runs,
	);
});

test('an event that was raised and marked is not raised again by another look', () => {
	fc.assert(
		fc.property(richAccounts, (facts) => {
			const first = compiled.decide(facts, NOW);
			const again = compiled.decide(recorded(facts, first), NOW);
			expect(again.events.filter((event) => event.type !== 'balance_paid').map((event) => event.key)).toEqual([]);
		}),
		runs,
	);
});

test('no request gets a message past an absolute hold, a guarantor who did not sign, or outside the hours', () => {
	const requests = fc.oneof(
		fc.constantFrom<ReminderRequest>({}, { message: 'own_words' }, { message: 'dispute_received' }, { message: 'reminder_2' }, { message: 'insurance_update' }),
		fc.record({ because: fc.record({ type: fc.constantFrom(...EVENT_TYPES) }) }),
	);
	fc.assert(
		fc.property(richAccounts, requests, fc.integer({ min: 0, max: 3 * DAY }), (facts, request, later) => {
			const now = NOW + later;
			const { reminder } = compiled.decide(facts, now, request);
			const stands = facts.holds.some(
				(hold) =>
					hold.invoice === undefined && hold.reason !== 'bankruptcy' && ABSOLUTE_HOLDS.includes(hold.reason) && (hold.until === undefined || now < hold.until),
			);
			if (stands || facts.guarantorSigned === false) expect(reminder.verdict).toBe('hold');
			if (reminder.verdict !== 'send' || reminder.channel === 'letter') return;
			for (const zone of facts.zones) {
				expect(localClock(now, zone)).toBeGreaterThanOrEqual(480);
				expect(localClock(now, zone)).toBeLessThan(1260);
			}
		}),
		runs,
	);
});

test('keys of one decision are all different', () => {
	fc.assert(
		fc.property(richAccounts, (facts) => {
			const refs = new Set(facts.payments.map((payment) => payment.ref));
			fc.pre(refs.size === facts.payments.length);
			const keys = compiled.decide(facts, NOW).events.map((event) => event.key);
			expect(new Set(keys).size).toBe(keys.length);
		}),
		runs,
	);
});

test('what is confidential, disputed, on a plan or of an adult child is in no message and in no overdue event', () => {
	fc.assert(
		fc.property(richAccounts, (facts) => {
			const { reminder, events } = compiled.decide(facts, NOW);
			const told = [...reminder.covers, ...events.flatMap((event) => (event.type === 'balance_overdue' ? event.invoices : []))];
			for (const one of facts.invoices) {
				if (one.confidential === true || one.disputed || one.onPlan === true) expect(told).not.toContain(one.ref);
				if (facts.disputes?.some((dispute) => dispute.invoice === one.ref)) expect(told).not.toContain(one.ref);
				if (facts.claims.some((claim) => claim.rejected === true && claim.invoice === one.ref)) expect(told).not.toContain(one.ref);
			}
		}),
		runs,
	);
});

test('one message never joins two brands, or another adult with the guarantor', () => {
	fc.assert(
		fc.property(richAccounts, (facts) => {
			const { covers } = compiled.decide(facts, NOW).reminder;
			const groups = covers.map((ref) => {
				const one = facts.invoices.find((invoice) => invoice.ref === ref);
				return `${one?.brand ?? ''} ${one?.patient?.relation === 'adult' ? one.patient.ref : ''}`;
			});
			expect(new Set(groups).size).toBeLessThanOrEqual(1);
		}),
		runs,
	);
});

test('a message answers only events that no earlier message answered', () => {
	fc.assert(
		fc.property(richAccounts, (facts) => {
			const answered = facts.history.flatMap((contact) => contact.occasions ?? []);
			for (const { key } of compiled.decide(facts, NOW).reminder.occasions) expect(answered).not.toContain(key);
		}),
		runs,
	);
});

test('what a first import finds is no news once it is recorded', () => {
	fc.assert(
		fc.property(richAccounts, (facts) => {
			const { raised, above, matched, statusRaised } = compiled.begin(facts, NOW);
			const begun: AccountFacts = {
				...facts,
				above,
				matched,
				invoices: facts.invoices.map((one) => ({
					...one,
					raisedDays: Math.max(one.raisedDays, raised[one.ref] ?? 0),
					statusRaised: statusRaised.includes(one.ref),
				})),
			};
			const told = compiled.decide(begun, NOW).events.filter((event) => ['balance_overdue', 'balance_over_threshold', 'rule_matched'].includes(event.type));
			expect(told).toEqual([]);
		}),
		runs,
	);
});

/** As the service records it. */
function recorded(facts: AccountFacts, { events, raised, above, matched, arrangements, totalMinor }: Decision): AccountFacts {
	const has = (field: 'payment' | 'appointment' | 'flag' | 'dispute', ref: string): boolean => events.some((event) => event[field] === ref);
	const status = <T extends { ref: string; status: string }>(one: T): T => ({
		...one,
		status: arrangements.find(({ ref }) => ref === one.ref)?.status ?? one.status,
	});
	const ended: AccountFacts = {
		...facts,
		...(facts.plans && { plans: facts.plans.map(status) }),
		...(facts.promises && { promises: facts.promises.map(status) }),
	};
	// What an arrangement that ended hands over: its days, as far as the balance was ageing and no other goes on.
	const rested = ({ ref, firstNoticeDate, dueDate }: AccountFacts['invoices'][number]): number => {
		const [since, anchor] = [restDay(facts, ref), dayNumber(firstNoticeDate ?? dueDate ?? '')];
		if (since === undefined || Number.isNaN(anchor)) return 0;
		return Math.max(0, (restDay(ended, ref) ?? localDayNumber(NOW, facts.practiceZone)) - Math.max(since, anchor));
	};
	const listed = (ref: string): boolean => events.some((event) => event.type === 'balance_overdue' && event.invoices.includes(ref));
	return {
		...facts,
		previousMinor: totalMinor,
		above,
		matched,
		invoices: facts.invoices.map((one) => ({
			...one,
			raisedDays: raised[one.ref] ?? one.raisedDays,
			pausedDays: one.pausedDays + rested(one),
			statusRaised: one.statusRaised === true || listed(one.ref),
		})),
		payments: facts.payments.map((one) => ({ ...one, raised: one.raised || has('payment', one.ref) })),
		claims: facts.claims.map((one) => ({
			...one,
			raisedLines: [...one.raisedLines, ...events.flatMap((event) => (event.claim === one.ref ? (event.lines ?? []) : []))],
		})),
		...(facts.appointments && { appointments: facts.appointments.map((one) => ({ ...one, raised: one.raised || has('appointment', one.ref) })) }),
		...(facts.flags && { flags: facts.flags.map((one) => ({ ...one, raised: one.raised || has('flag', one.ref) })) }),
		...(facts.disputes && { disputes: facts.disputes.map((one) => ({ ...one, raised: one.raised || has('dispute', one.ref) })) }),
		...(facts.plans && {
			plans: facts.plans.map(status).map((plan) => ({
				...plan,
				brokenRaised: plan.brokenRaised || events.some((event) => event.plan === plan.ref && event.stage === 'broken'),
				installments: plan.installments.map((one) => ({
					...one,
					raised: [
						...one.raised,
						...events.flatMap((event) =>
							event.plan !== plan.ref || event.installment !== one.number ? [] : [event.stage === 'missed' ? ('missed' as const) : ('due' as const)],
						),
					],
				})),
			})),
		}),
		...(facts.promises && {
			promises: facts.promises.map(status).map((promise) => ({
				...promise,
				raised: [...promise.raised, ...events.flatMap((event) => (event.promise === promise.ref ? [event.stage as 'due'] : []))],
			})),
		}),
	};
}
