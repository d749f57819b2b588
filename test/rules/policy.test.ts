import { describe, expect, test } from 'vitest';
import { Failure } from '../../shared/contracts/failure.ts';
import { DEFAULT_POLICY, type Policy, policySchema } from '../../shared/contracts/policy.ts';
import { parse } from '../../shared/contracts/validate.ts';
import { compilePolicy } from '../../shared/rules/index.ts';
import { policyWith } from './account.ts';

const faults = (policy: Policy): unknown => {
	try {
		compilePolicy(policy, 'h');
	} catch (error) {
		return error instanceof Failure ? { kind: error.kind, code: error.code, fields: error.fields } : error;
	}
	return 'compiled';
};
const one = (field: string, message: string) => ({ kind: 'invalid', code: 'policy_contradicts', fields: [{ field, message }] });
const rule = (id: string, any: Policy['rules'][number]['when']['all'][number]['any']) => ({ id, label: 'Ours', when: { all: [{ any }] } });
const payer = (name: string) => ({ id: 'appeals', payer: name, receipt_days: 5, source: 'contract' });
const steps = (...days: number[]) => days.map((at, index) => ({ days: at, message: `reminder_${index + 1}` }));

describe('a policy', () => {
	test('by default fits its schema and compiles', () => {
		expect(parse(policySchema, DEFAULT_POLICY)).toEqual(DEFAULT_POLICY);
		const compiled = compilePolicy(DEFAULT_POLICY, 'abc');
		expect([compiled.hash, compiled.policy]).toEqual(['abc', DEFAULT_POLICY]);
	});

	test.each<[string, Policy, ReturnType<typeof one>]>([
		[
			'steps that do not rise',
			policyWith({ milestones: steps(7, 30, 15) }),
			one('milestones.2.days', 'Steps must rise: make this more than 30 days, or reorder them.'),
		],
		['the same step twice', policyWith({ milestones: steps(7, 7) }), one('milestones.1.days', 'Steps must rise: make this more than 7 days, or reorder them.')],
		[
			'a step on the day of the notice',
			policyWith({ milestones: steps(0, 7) }),
			one('milestones.0.days', 'The first step must be at 1 day or later: day 0 is the notice itself.'),
		],
		[
			'hours across midnight',
			policyWith({ hours: { start: '21:00', end: '08:00', sunday: true } }),
			one('hours.end', '"08:00" is not after "21:00". The window can not cross midnight: make the end later than the start.'),
		],
		[
			'an empty window',
			policyWith({ hours: { start: '08:00', end: '08:00', sunday: true } }),
			one('hours.end', '"08:00" is not after "08:00". The window can not cross midnight: make the end later than the start.'),
		],
		[
			'a day of more than 24 hours',
			policyWith({ hours: { start: '08:00', end: '24:30', sunday: true } }),
			one('hours.end', 'A day ends at 24:00. Use 24:00 or earlier.'),
		],
		['a channel twice', policyWith({ channels: ['email', 'sms', 'email'] }), one('channels.2', '"email" is listed twice. Remove one of them.')],
		[
			'a rule under a built-in name',
			policyWith({ rules: [rule('recurring', [{ fact: 'balance', op: '>', value: 1 }])] }),
			one('rules.0.id', '"recurring" is the name of a rule that is built in. Choose another.'),
		],
		[
			'two rules of one name',
			policyWith({ rules: [rule('own', [{ fact: 'balance', op: '>', value: 1 }]), rule('own', [{ fact: 'balance', op: '>', value: 2 }])] }),
			one('rules.1.id', '"own" is used twice. Give each a name of its own.'),
		],
		[
			'a word where a number is compared',
			policyWith({
				rules: [
					rule('own', [
						{ fact: 'balance', op: '>', value: 1 },
						{ fact: 'oldest_days', op: '>', value: 'long' },
					]),
				],
			}),
			one('rules.0.when.all.0.any.1.value', '"Age of the oldest unpaid invoice" is compared with a number. Give one.'),
		],
		[
			'a number where a word is compared',
			policyWith({ rules: [rule('own', [{ fact: 'state', op: '=', value: 12 }])] }),
			one('rules.0.when.all.0.any.0.value', '"State of residence" is compared with a text. Give one.'),
		],
		[
			'a number for yes or no',
			policyWith({ rules: [rule('own', [{ fact: 'on_plan', op: '=', value: 1 }])] }),
			one('rules.0.when.all.0.any.0.value', '"On a payment plan" is compared with a yes or no (true or false). Give one.'),
		],
		[
			'an order of words',
			policyWith({ rules: [rule('own', [{ fact: 'plan_type', op: '>', value: 'hdhp' }])] }),
			one('rules.0.when.all.0.any.0.op', '"Type of insurance plan" has no order. Use "=".'),
		],
		[
			'a ladder without a condition',
			policyWith({ escalation: { ...DEFAULT_POLICY.escalation, ladders: [{ id: 'any', when: {}, severity: 'low' }] } }),
			one('escalation.ladders.0.when', 'Give at least one condition, or every account would open this work.'),
		],
		[
			'two ladders of one name',
			policyWith({
				escalation: {
					...DEFAULT_POLICY.escalation,
					ladders: [
						{ id: 'any', when: { days: 1 }, severity: 'low' },
						{ id: 'any', when: { days: 2 }, severity: 'low' },
					],
				},
			}),
			one('escalation.ladders.1.id', '"any" is used twice. Give each a name of its own.'),
		],
		[
			'rungs that do not rise',
			policyWith({
				escalation: {
					...DEFAULT_POLICY.escalation,
					rungs: [
						{ after_business_days: 5, severity: 'high' },
						{ after_business_days: 5, severity: 'high' },
					],
				},
			}),
			one('escalation.rungs', 'Rungs must rise: reorder them by their business days, each once.'),
		],
		[
			'days left that do not fall',
			policyWith({ claims: { ...DEFAULT_POLICY.claims, escalate_days_left: [7, 14] } }),
			one('claims.escalate_days_left', 'Days left must fall, such as 30, 14, 7, 2. Reorder them, each once.'),
		],
		[
			'two payer rules of one name',
			policyWith({ claims: { ...DEFAULT_POLICY.claims, payers: [payer('Aetna'), payer('Cigna')] } }),
			one('claims.payers.1.id', '"appeals" is used twice. Give each a name of its own.'),
		],
		[
			'a plan that breaks within its grace',
			policyWith({ plan: { ...DEFAULT_POLICY.plan, grace_days: 30 } }),
			one('plan.broken_after_days', 'A plan can not break within its 30 days of grace: make this more.'),
		],
		[
			'a cycle that never began',
			policyWith({ statements: { cycle: 'every_28_days', day: 1, merge_within_days: 3 } }),
			one('statements.start', 'A cycle of 28 or 30 days needs the day on which it first began. Give it.'),
		],
		['consent twice', policyWith({ consent: ['sms', 'sms'] }), one('consent.1', '"sms" is listed twice. Remove one of them.')],
	])('with %s is refused with the field and the cure', (_, policy, expected) => {
		expect(faults(policy)).toEqual(expected);
	});

	test('with several faults names them all', () => {
		expect(faults(policyWith({ milestones: steps(9, 8), channels: ['sms', 'sms'] }))).toMatchObject({
			fields: [{ field: 'milestones.1.days' }, { field: 'channels.1' }],
		});
	});

	test('with all that is optional compiles', () => {
		expect(
			faults(
				policyWith({
					rules: [
						rule('own', [
							{ fact: 'state', op: '=', value: 'FL' },
							{ fact: 'on_plan', op: '=', value: true },
						]),
					],
					statements: { cycle: 'every_30_days', day: 1, start: '2026-11-02', merge_within_days: 3 },
					claims: { ...DEFAULT_POLICY.claims, escalate_days_left: [], payers: [payer('*')] },
				}),
			),
		).toBe('compiled');
	});

	test('may let messages arrive until midnight', () => {
		expect(faults(policyWith({ hours: { start: '00:00', end: '24:00', sunday: true } }))).toBe('compiled');
	});
});
