import { describe, expect, it } from 'vitest';
import { blankAccount, explain, factsFor, type RelativeFacts } from '../../shared/rules/index.ts';
import { type ReasonCode, reason } from '../../shared/rules/reasons.ts';
import { account, codes, contact, DAY, decide, HOUR, invoice, iso, NOW } from './account.ts';

const relative = (changes: Partial<RelativeFacts> = {}): RelativeFacts => ({
	relation: 'adult_child',
	authorizedAt: NOW - DAY,
	contacts: [contact('email'), contact('sms')],
	zones: ['America/New_York'],
	places: ['NJ'],
	...changes,
});
const TO_RELATIVE = { request: { recipient: 'relative' as const } };

describe('what the trace says of the recipient', () => {
	const traced = (facts: Parameters<typeof decide>[0], run = {}) => decide(facts, run).trace.filter(({ rule }) => rule === 'recipient');

	it('nothing where no relative is on file and none is asked for', () => {
		expect(traced(account())).toEqual([]);
	});

	it('the guarantor, where a relative is on file', () => {
		expect(traced(account({ relative: relative() }))).toEqual([
			{
				rule: 'recipient',
				outcome: 'pass',
				text: 'The message is for the guarantor.',
				leaves: [{ fact: 'recipient', op: '=', expected: 'relative', actual: 'guarantor', ok: false }],
			},
		]);
	});

	it('the relative, with everything that was looked at', () => {
		const until = NOW + DAY;
		expect(traced(account({ relative: relative({ until }) }), TO_RELATIVE)).toEqual([
			{
				rule: 'recipient',
				outcome: 'pass',
				text: 'The message is for the relative, whom the guarantor lets be told.',
				leaves: [
					{ fact: 'recipient', op: '=', expected: 'relative', actual: 'relative', ok: true },
					{ fact: 'relative', op: 'known', expected: undefined, actual: 'adult_child', ok: true },
					{ fact: 'relative_revoked', op: '=', expected: false, actual: false, ok: true },
					{ fact: 'relative_authorized_at', op: '<=', expected: NOW, actual: NOW - DAY, ok: true },
					{ fact: 'relative_until', op: '>', expected: NOW, actual: until, ok: true },
					{ fact: 'guarantor_only_place', op: '=', expected: false, actual: false, ok: true },
				],
			},
		]);
	});

	it('an authorisation that nobody recorded is unknown, not refused', () => {
		const { authorizedAt: _, ...unasked } = relative();
		const [entry] = traced(account({ relative: unasked }), TO_RELATIVE);
		expect([entry?.outcome, entry?.text, entry?.leaves.at(-1)]).toEqual([
			'hold',
			'The guarantor is not known to let the relative be told.',
			{ fact: 'relative_authorized_at', op: '<=', expected: NOW, actual: undefined, ok: undefined },
		]);
	});

	it('why the guarantor gets it again', () => {
		const [entry] = traced(account({ relative: relative({ instead: true, revoked: true }) }));
		expect([entry?.outcome, entry?.text]).toEqual([
			'skip',
			'The guarantor does not let the relative be told any more. The message is for the guarantor again.',
		]);
	});
});

describe('the facts for a message to a relative', () => {
	it('join the zones and places of both in an order of their own', () => {
		const facts = account({ places: ['PA'], relative: relative({ zones: ['America/Chicago', 'America/New_York'], places: ['MN', 'IL'] }) });
		expect(factsFor(facts, 'relative')).toMatchObject({ recipient: 'relative', zones: ['America/Chicago', 'America/New_York'], places: ['IL', 'MN', 'PA'] });
	});

	it('know no place where that of one is unknown', () => {
		const { places: _, ...nowhere } = relative();
		expect(factsFor(account({ relative: nowhere }), 'relative').places).toEqual([]);
		const { places: __, ...unplaced } = account({ relative: relative() });
		expect(factsFor(unplaced, 'relative').places).toEqual([]);
	});

	it('are those of the account for the guarantor, and are not made twice', () => {
		const facts = account({ relative: relative() });
		expect(factsFor(facts, 'guarantor')).toBe(facts);
		const made = factsFor(facts, 'relative');
		expect(factsFor(made, 'relative')).toBe(made);
		expect(factsFor(blankAccount('acc_2', 'USD', 'America/New_York'), 'relative').contacts).toEqual([]);
	});

	it("are the guarantor's own again in the next decision", () => {
		const facts = account({ contacts: [contact('email', { consent: 'revoked' }), contact('sms', { consent: 'revoked' })], relative: relative() });
		expect(decide(facts, TO_RELATIVE).reminder.verdict).toBe('send');
		expect([decide(facts).reminder.verdict, codes(decide(facts))]).toEqual(['hold', ['consent_revoked', 'no_contact']]);
	});
});

describe('nothing of an authorisation is forgotten', () => {
	it('its beginning and its end are looked at when they come', () => {
		const at = (changes: Partial<RelativeFacts>) => iso(decide(account({ relative: relative({ instead: true, ...changes }) })).nextReviewAt);
		expect(at({ until: NOW + HOUR })).toBe(iso(NOW + HOUR));
		expect(at({ authorizedAt: NOW + HOUR })).toBe(iso(NOW + HOUR));
	});

	it('a wrong guarantor holds what a relative is to be told', () => {
		expect(codes(decide(account({ guarantorSigned: false, relative: relative() }), TO_RELATIVE))).toEqual(['wrong_guarantor']);
	});

	it('a restriction and an account-wide hold are both said', () => {
		const facts = account({ holds: [{ reason: 'deceased', since: NOW - DAY }], relative: relative({ revoked: true }) });
		expect(codes(decide(facts, TO_RELATIVE))).toEqual(['hold_deceased', 'relative_revoked']);
	});

	it("an installment of a plan that covers another adult's care is not told", () => {
		const facts = account({
			invoices: [invoice({ patient: { ref: 'pat_2', relation: 'adult' } })],
			plans: [
				{
					ref: 'plan_1',
					status: 'active',
					covers: ['inv_1'],
					brokenRaised: false,
					installments: [{ number: 1, dueOn: '2026-11-26', amountMinor: 4210, paidMinor: 0, raised: [] }],
				},
			],
			relative: relative(),
		});
		expect(decide(facts).reminder).toMatchObject({ verdict: 'send', message: 'plan_due', amountMinor: 4210 });
		expect(decide(facts, TO_RELATIVE).reminder.verdict).toBe('hold');
		expect(codes(decide(facts, TO_RELATIVE))).toContain('relative_not_told');
	});
});

it('the explanation names the relative', () => {
	const facts = account({ relative: relative() });
	expect(explain(decide(facts, TO_RELATIVE), facts)[1]).toBe('The message "reminder_2" over $84.20 may go out now to the relative by e-mail.');
});

describe('a message for the relative by name', () => {
	const held = (changes: Partial<RelativeFacts> = {}, over: Parameters<typeof account>[0] = {}) =>
		codes(decide(account({ ...over, relative: relative(changes) }), TO_RELATIVE));

	it('never falls to the guarantor', () => {
		expect(codes(decide(account(), TO_RELATIVE))).toEqual(['no_relative', 'no_contact']);
		expect(held({ revoked: true })).toEqual(['relative_revoked']);
		expect(held({ until: NOW })).toEqual(['relative_expired']);
		expect(held({}, { contacts: [contact('email', { only: true })] })).toEqual(['only_guarantor']);
		expect(decide(account({ relative: relative({ revoked: true }) }), TO_RELATIVE).recipient).toBe('relative');
	});

	it("tells of the guarantor's own and the children's care alone", () => {
		const of = (patient?: { ref: string; relation: 'self' | 'child' | 'adult'; bornOn?: string }) => ({
			invoices: [invoice(patient === undefined ? {} : { patient })],
		});
		expect(held({}, { invoices: [invoice({ confidential: true })] })).toEqual(['confidential']);
		expect(held({}, of({ ref: 'p', relation: 'self' }))).toEqual([]);
		expect(held({}, of({ ref: 'p', relation: 'child', bornOn: '2015-05-01' }))).toEqual([]);
		expect(held({}, of({ ref: 'p', relation: 'adult' }))).toEqual(['relative_not_told']);
		// A brand of the practice's own, and care of the guarantor.
		expect(held({}, { invoices: [invoice({ brand: 'North' })] })).toEqual([]);
	});

	it('waits for an hour that is decent for both', () => {
		const facts = account({ relative: relative({ zones: ['America/Los_Angeles'] }) });
		const { reminder } = decide(facts, { ...TO_RELATIVE, now: NOW - HOUR });
		expect([reminder.verdict, iso(reminder.sendAt), reminder.reasons.map((why) => why.text)]).toEqual([
			'wait',
			iso(NOW),
			['It is outside the hours for messages where the guarantor and the relative may be.'],
		]);
	});
});

it.each<[ReasonCode, string, string]>([
	['no_contact', 'No way to reach the relative is recorded for: Text message.', 'Record a phone number or an e-mail address for the relative.'],
	['contact_invalid', 'The address or number did not work: Text message.', 'Ask the relative for a new one and record it.'],
	['consent_revoked', 'The relative opted out: Text message.', 'Use another channel, or record a new consent that the relative gave.'],
	['recorded_call', 'Where the guarantor and the relative may be, nobody may dial about medical debt by machine.', 'Use another channel, or let staff call.'],
	[
		'unknown_place',
		'The state of the guarantor or the relative is not known, and some states forbid: Text message.',
		'Record the state and the ZIP code of the guarantor and the relative.',
	],
	[
		'only_contact',
		'The relative asked to be reached at another place only, not by: Text message.',
		'Use the place the relative asked for, or record that the request was withdrawn.',
	],
	['fax_not_requested', 'The relative has not asked for faxes.', 'Use another channel, or record the request of the relative.'],
	[
		'revoked_elsewhere',
		'The relative opted out, and the opt-out reaches: Text message.',
		'Let staff speak with the relative, or record a new consent that the relative gave in place of the opt-out.',
	],
	[
		'unknown_zone',
		'The time zone of the guarantor or the relative is not known, so no hour is known to be decent.',
		'Record the state and the ZIP code of the guarantor and the relative, or correct them.',
	],
	[
		'no_common_hour',
		'No hour lies inside the window in every time zone that the guarantor and the relative may be in.',
		'Record the ZIP code so that fewer time zones remain, or widen the hours in the policy.',
	],
])('%s is said of the relative', (code, text, remedy) => {
	expect(reason(code, { who: 'relative', channels: ['sms'] })).toMatchObject({ code, text, remedy });
});

it.each<[ReasonCode, string]>([
	['no_relative', 'Record the relative and how the guarantor authorised it with Update Account, or send it to the guarantor.'],
	['relative_not_authorized', 'Ask the guarantor and record how it was authorised, or send it to the guarantor.'],
	['relative_expired', 'Ask the guarantor for a new authorisation and record it, or send it to the guarantor.'],
	['relative_revoked', 'Send it to the guarantor, or record a new authorisation that the guarantor gave.'],
	['only_guarantor', 'Send it to the guarantor at that place, or record that the request was withdrawn.'],
	['relative_not_told', 'Send it to the guarantor by choosing the recipient.'],
])('%s says what to do', (code, remedy) => {
	expect(reason(code).remedy).toBe(remedy);
});
