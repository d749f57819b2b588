import { describe, expect, test } from 'vitest';
import type { AccountFacts, InvoiceFacts } from '../../shared/rules/index.ts';
import { account, codes, decide, HOUR, invoice, iso, NOW, policyWith } from './account.ts';

type Patient = NonNullable<InvoiceFacts['patient']>;
const child = (changes: Partial<Patient> = {}): Patient => ({ ref: 'pat_1', relation: 'child', bornOn: '2010-05-01', ...changes });
const nobody: Patient = { ref: 'pat_1', relation: 'child' };
const of = (patient: Patient, changes: Partial<InvoiceFacts> = {}): AccountFacts => account({ invoices: [invoice({ patient, ...changes })] });

describe('a child of the guarantor', () => {
	test.each<[string, Patient, Partial<InvoiceFacts>, string | undefined]>([
		['under age', child(), {}, undefined],
		['18 tomorrow, whatever the day of service', child({ bornOn: '2008-11-25' }), {}, undefined],
		['18 today, served yesterday', child({ bornOn: '2008-11-24' }), { serviceDate: '2026-11-23' }, undefined],
		['18 today, served today', child({ bornOn: '2008-11-24' }), { serviceDate: '2026-11-24' }, 'adult_patient'],
		['long an adult, served as a child', child({ bornOn: '2006-01-01' }), { serviceDate: '2023-12-31' }, undefined],
		['long an adult, served as one', child({ bornOn: '2006-01-01' }), { serviceDate: '2024-01-01' }, 'adult_patient'],
		['an adult, and nobody knows when served', child({ bornOn: '2008-11-24' }), {}, 'unknown_service_date'],
		['an adult, served on a day that is none', child({ bornOn: '2008-11-24' }), { serviceDate: '2026-02-30' }, 'unknown_service_date'],
		['without a birthday', nobody, { serviceDate: '2026-01-01' }, 'unknown_birthday'],
		['with a birthday that is none', child({ bornOn: '2010-02-30' }), {}, 'unknown_birthday'],
		['born on a leap day: still a child on 28 February', child({ bornOn: '2008-02-29' }), { serviceDate: '2026-02-28' }, undefined],
		['born on a leap day: an adult on 1 March', child({ bornOn: '2008-02-29' }), { serviceDate: '2026-03-01' }, 'adult_patient'],
	])('%s', (_, patient, changes, code) => {
		const decision = decide(of(patient, changes));
		expect([decision.reminder.verdict, codes(decision)]).toEqual(code === undefined ? ['send', []] : ['hold', [code]]);
	});

	test('of age: the charge is not told to the guarantor, in no event either, and staff move it', () => {
		const decision = decide(of(child({ bornOn: '2008-11-24' }), { serviceDate: '2026-11-24' }));
		expect([decision.events, decision.eligibleMinor, decision.totalMinor]).toEqual([[], 0, 8420]);
		expect(decision.work).toEqual([
			{
				cause: 'adult_patient:acc_1:inv_1',
				reason: 'other',
				title: "Move a charge to the patient's own account: the patient was an adult on the day of service",
				severity: 'normal',
				amountMinor: 8420,
			},
		]);
	});

	test('with an unknown fact holds, is one work item, and the event states the amount', () => {
		const decision = decide(of(nobody));
		expect([decision.events[0]?.amountMinor, decision.work.map((work) => [work.cause, work.title])]).toEqual([
			8420,
			[['unknown_birthday', 'Record the birthday of the patient']],
		]);
		expect(decide(of(child({ bornOn: '2008-11-24' }))).work[0]?.title).toBe('Record the day of service');
	});

	test('is looked at again on the birthday only where the day of service is not known', () => {
		const quiet = { raisedDays: 30, remindedDays: 30, firstNoticeDate: '2026-09-01' };
		const facts = (changes: Partial<InvoiceFacts>) => ({ ...of(child({ bornOn: '2008-12-24' }), { ...quiet, ...changes }), workOpen: true });
		expect(iso(decide(facts({})).nextReviewAt)).toBe('2026-12-24T05:00:00.000Z');
		expect(decide(facts({ serviceDate: '2026-09-01' })).nextReviewAt).toBeUndefined();
	});

	test('the trace names no person and says what it saw', () => {
		const entry = decide(of(child({ bornOn: '2008-11-24' }), { serviceDate: '2026-11-24' })).trace.find(({ rule }) => rule === 'eligibility');
		expect(entry?.text).toBe("The patient was 18 or older on the day of service: the charge is not the guarantor's.");
		expect(entry?.leaves.slice(2, 5)).toEqual([
			{ fact: 'patient_birthday', op: 'known', expected: undefined, actual: 20_781, ok: true },
			{ fact: 'today', op: '<', expected: '2026-11-24', actual: '2026-11-24', ok: false },
			{ fact: 'service_date', op: '<', expected: '2026-11-24', actual: '2026-11-24', ok: false },
		]);
	});
});

describe('confidential care', () => {
	test('is never told to the guarantor: not in a message, not in an event, only in work', () => {
		const decision = decide(account({ invoices: [invoice({ confidential: true }), invoice({ ref: 'inv_2', amountMinor: 1000 })] }));
		expect([decision.reminder.covers, decision.reminder.amountMinor, decision.events.map((event) => event.amountMinor)]).toEqual([['inv_2'], 1000, [1000]]);
		expect(decision.work).toEqual([
			{
				cause: 'confidential:acc_1:inv_1',
				reason: 'other',
				title: 'Confidential care is unpaid: ask the patient, not the guarantor',
				severity: 'normal',
				amountMinor: 8420,
			},
		]);
		expect(codes(decide(account({ invoices: [invoice({ confidential: true })] })))).toEqual(['confidential']);
	});

	test('an invoice of a known child that is not confidential opens no such work', () => {
		expect(decide(of(child())).work).toEqual([]);
	});
});

describe('a guarantor who did not sign', () => {
	test('is told nothing, whatever is asked', () => {
		const facts = account({ guarantorSigned: false });
		for (const request of [{}, { message: 'own_words' }, { message: 'dispute_received' }, { because: { type: 'payment_failed' as const } }]) {
			const decision = decide(facts, { request });
			expect([decision.reminder.verdict, codes(decision), decision.canContact]).toEqual(['hold', ['wrong_guarantor'], false]);
		}
		expect(decide(facts).work).toEqual([
			{ cause: 'wrong_guarantor:acc_1', reason: 'missing_information', title: 'Find out who signed as guarantor', severity: 'normal', amountMinor: 8420 },
		]);
		expect(decide(facts).trace.find(({ rule }) => rule === 'guarantor')).toEqual({
			rule: 'guarantor',
			outcome: 'hold',
			text: 'Another person than this one signed as guarantor, or nobody did.',
			leaves: [{ fact: 'guarantor_signed', op: '=', expected: true, actual: false, ok: false }],
		});
	});

	test('and owes nothing is no work', () => {
		expect(decide(account({ guarantorSigned: false, invoices: [] })).work).toEqual([]);
		expect(decide(account({ guarantorSigned: true })).reminder.verdict).toBe('send');
	});
});

describe('one message for a household', () => {
	const self: Patient = { ref: 'pat_0', relation: 'self' };
	const other: Patient = { ref: 'pat_9', relation: 'adult' };
	const two = (first: Partial<InvoiceFacts>, second: Partial<InvoiceFacts>, changes: Partial<AccountFacts> = {}) =>
		account({ invoices: [invoice({ ref: 'a', ...first }), invoice({ ref: 'b', amountMinor: 1000, ...second })], ...changes });

	test.each<[string, AccountFacts, string[]]>([
		['the guarantor and a child', two({ patient: self }, { patient: child() }), ['a', 'b']],
		['nobody named, and the guarantor', two({}, { patient: self }), ['a', 'b']],
		['two children', two({ patient: child() }, { patient: child({ ref: 'pat_2' }) }), ['a', 'b']],
		['another adult', two({ patient: self }, { patient: other }), ['a']],
		['two other adults', two({ patient: other }, { patient: { ...other, ref: 'pat_8' } }), ['a']],
		['one other adult twice', two({ patient: other }, { patient: other }), ['a', 'b']],
		['two brands', two({ brand: 'north' }, { brand: 'south' }), ['a']],
		['one brand', two({ brand: 'north' }, { brand: 'north', patient: child() }), ['a', 'b']],
		['a brand and none', two({ brand: 'north' }, {}), ['a']],
	])('%s', (_, facts, covers) => {
		expect(decide(facts).reminder).toMatchObject({ verdict: 'send', covers });
	});

	test('a policy that merges nothing tells each patient apart', () => {
		const policy = policyWith({ household: { merge: false } });
		expect(decide(two({ patient: child() }, { patient: child({ ref: 'pat_2' }) }), { policy }).reminder.covers).toEqual(['a']);
		expect(decide(two({ patient: self }, { patient: child() }), { policy }).reminder.covers).toEqual(['a']);
		expect(decide(two({}, { patient: self }), { policy }).reminder.covers).toEqual(['a', 'b']);
		expect(decide(two({ patient: child() }, { patient: child() }), { policy }).reminder.covers).toEqual(['a', 'b']);
	});

	test('the oldest goes first; the other is told another day, when the caps allow', () => {
		const facts = two({ brand: 'north', firstNoticeDate: '2026-11-09' }, { brand: 'south', firstNoticeDate: '2026-10-20' });
		const first = decide(facts).reminder;
		expect([first.covers, first.message]).toEqual([['b'], 'reminder_3']);
		const sent = {
			...facts,
			invoices: facts.invoices.map((one) => (one.ref === 'b' ? { ...one, remindedDays: 30 } : one)),
			history: [{ at: NOW, channel: 'email' as const }],
		};
		const second = decide(sent).reminder;
		expect([second.verdict, second.covers, iso(second.sendAt)]).toEqual(['wait', ['a'], '2026-11-25T13:00:00.000Z']);
	});

	test('each has its own overdue event, answered only by its own message', () => {
		const facts = two({ brand: 'north' }, { brand: 'south' });
		const { events, reminder } = decide(facts);
		expect(events.map(({ key, amountMinor }) => [key, amountMinor])).toEqual([
			['balance_overdue:acc_1:a@15', 8420],
			['balance_overdue:acc_1:b@15', 1000],
		]);
		expect(reminder.occasions).toEqual([{ key: 'balance_overdue:acc_1:a@15', type: 'balance_overdue' }]);
		const raised = facts.invoices.map((one) => ({ ...one, raisedDays: 15, remindedDays: one.ref === 'a' ? 15 : 0 }));
		const pendingEvents = [{ key: 'balance_overdue:acc_1:b@15', type: 'balance_overdue' as const, at: NOW - HOUR, days: 15 }];
		expect(decide({ ...facts, invoices: raised, pendingEvents }).reminder).toMatchObject({
			covers: ['b'],
			occasions: [{ key: 'balance_overdue:acc_1:b@15', type: 'balance_overdue' }],
		});
	});

	test('what happened to one goes before a step of the other', () => {
		const payments = [{ ref: 'pay_1', status: 'failed' as const, amountMinor: 1000, at: NOW, raised: false, invoice: 'b', code: 'expired_card' }];
		expect(decide(two({ brand: 'north' }, { brand: 'south' }, { payments })).reminder).toMatchObject({
			message: 'payment_method_needed',
			covers: ['b'],
			amountMinor: 1000,
		});
	});

	test('an installment of one brand is told though only the other has something open', () => {
		const plans = [
			{
				ref: 'pln_1',
				status: 'active' as const,
				covers: ['b'],
				installments: [{ number: 1, dueOn: '2026-11-10', amountMinor: 500, paidMinor: 0, raised: [] }],
				brokenRaised: false,
			},
		];
		expect(decide(two({ brand: 'north' }, { brand: 'south' }, { plans })).reminder).toMatchObject({ message: 'plan_missed', covers: [], amountMinor: 500 });
		const quiet = two({ brand: 'north', remindedDays: 15 }, { brand: 'south' }, { plans });
		expect(decide(quiet).reminder).toMatchObject({ message: 'plan_missed', covers: [], amountMinor: 500 });
	});

	test('invoices asked for by name are told in their own groups', () => {
		const facts = two({ brand: 'north' }, { brand: 'south' });
		expect(decide(facts, { request: { invoices: ['b'] } }).reminder.covers).toEqual(['b']);
		expect(decide(facts, { request: { invoices: ['a', 'b'], message: 'own_words' } }).reminder.covers).toEqual(['a']);
	});
});
