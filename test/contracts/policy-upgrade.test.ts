import { describe, expect, it } from 'vitest';
import { canonical } from '../../shared/contracts/canonical.ts';
import { DEFAULT_POLICY, type Policy, policySchema } from '../../shared/contracts/policy.ts';
import { addedByUpgrade, upgradePolicy } from '../../shared/contracts/policy-upgrade.ts';
import { parse } from '../../shared/contracts/validate.ts';
import { POLICY_1 } from '../kit/policy-1.ts';

describe('a policy of version 1', () => {
	it('becomes one of version 2 that says all it said before', () => {
		const upgraded = parse(policySchema, upgradePolicy(POLICY_1));
		const { version: _, escalation, ...kept } = POLICY_1;
		expect(upgraded).toMatchObject(kept);
		expect(upgraded.escalation).toEqual({ ...escalation, rungs: [], ladders: [] });
	});

	it('begins nothing that the practice never asked for', () => {
		const upgraded = upgradePolicy(POLICY_1) as Policy;
		expect([upgraded.threshold, upgraded.rules, upgraded.statements.cycle, upgraded.claims.payers]).toEqual([
			{ amount: 0, hysteresis_percent: 10 },
			[],
			'none',
			[],
		]);
	});

	it('is not changed twice, and does not change the one it was given', () => {
		const before = canonical(POLICY_1);
		const once = upgradePolicy(POLICY_1);
		expect(upgradePolicy(once)).toEqual(once);
		expect(canonical(POLICY_1)).toBe(before);
	});

	it('names every part that the upgrade adds', () => {
		const { role: _, ...without } = POLICY_1;
		expect(addedByUpgrade(POLICY_1)).toEqual([
			'threshold',
			'appointment',
			'returned_payment_days',
			'plan',
			'promise',
			'dispute',
			'high_deductible',
			'recurring',
			'rules',
			'household',
			'packs',
			'claims',
			'statements',
			'content',
			'closures',
			'escalation.rungs',
			'escalation.ladders',
		]);
		expect(addedByUpgrade(without)).not.toContain('role');
	});

	it('without a role is still refused: nobody may guess which laws bind', () => {
		const { role: _, ...without } = POLICY_1;
		expect(() => parse(policySchema, upgradePolicy(without))).toThrow('"role" is required. Add it.');
	});

	it('with faults of its own keeps them for the schema to name', () => {
		expect(() => parse(policySchema, upgradePolicy({ ...POLICY_1, escalation: 'nobody' }))).toThrow('"escalation" must be an object.');
		expect(() => parse(policySchema, upgradePolicy({ ...POLICY_1, colour: 'blue' }))).toThrow('"colour" is not a field');
	});
});

describe('a policy of today', () => {
	it('stays as it is, but for what an editor wrote into it', () => {
		expect(upgradePolicy(DEFAULT_POLICY)).toEqual(DEFAULT_POLICY);
		expect(upgradePolicy({ $schema: './policy.schema.json', ...DEFAULT_POLICY })).toEqual(DEFAULT_POLICY);
		expect(addedByUpgrade(DEFAULT_POLICY)).toEqual([]);
	});

	it.each([[undefined], [null], [7], ['policy'], [[]], [{}], [{ version: 3 }]])('%j is left for the schema to refuse', (value) => {
		expect(upgradePolicy(value)).toEqual(value);
		expect(addedByUpgrade(value)).toEqual([]);
		expect(() => parse(policySchema, upgradePolicy(value))).toThrow();
	});

	it('names the only version there is, and the kinds of value that a rule may compare with', () => {
		expect(() => parse(policySchema, { ...DEFAULT_POLICY, version: 3 })).toThrow('"version" must be 2.');
		const rule = (value: unknown) => ({ ...DEFAULT_POLICY, rules: [{ id: 'r', label: 'R', when: { all: [{ any: [{ fact: 'balance', op: '>', value }] }] } }] });
		expect(() => parse(policySchema, rule([]))).toThrow('"rules.0.when.all.0.any.0.value" must be a number, or text, or true or false.');
		expect(() => parse(policySchema, rule('x'.repeat(121)))).toThrow('"rules.0.when.all.0.any.0.value" must have at most 120 characters.');
		expect(parse(policySchema, rule(5)).rules[0]?.when.all[0]?.any[0]?.value).toBe(5);
	});
});
