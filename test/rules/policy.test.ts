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
		['consent twice', policyWith({ consent: ['sms', 'sms'] }), one('consent.1', '"sms" is listed twice. Remove one of them.')],
	])('with %s is refused with the field and the cure', (_, policy, expected) => {
		expect(faults(policy)).toEqual(expected);
	});

	test('with several faults names them all', () => {
		expect(faults(policyWith({ milestones: steps(9, 8), channels: ['sms', 'sms'] }))).toMatchObject({
			fields: [{ field: 'milestones.1.days' }, { field: 'channels.1' }],
		});
	});

	test('may let messages arrive until midnight', () => {
		expect(faults(policyWith({ hours: { start: '00:00', end: '24:00', sunday: true } }))).toBe('compiled');
	});
});
