/** The same twelve rules in the engines a team would else have taken, each in the way its makers recommend for many facts. */
import { createRequire } from 'node:module';
import { type ConditionProperties, Engine, type TopLevelCondition } from 'json-rules-engine';
import type { Check } from '../../shared/rules/index.ts';

const load = createRequire(import.meta.url);

/** Without types of its own. */
const jsonLogic = load('json-logic-js') as { apply(rule: unknown, data: unknown): unknown };

type Account = Record<string, unknown>;

/** Sum of the masks of the rules that hold: rule i sets bit i. */
export type PeerRun = (accounts: readonly Account[]) => Promise<number>;

const OPERATORS = { '=': 'equal', '<': 'lessThan', '<=': 'lessThanInclusive', '>': 'greaterThan', '>=': 'greaterThanInclusive', in: 'in' } as const;

type Condition = TopLevelCondition | ConditionProperties;
type FactCheck = Extract<Check, { fact: string }>;

const factOf = (check: Check): FactCheck => {
	if ('fact' in check && check.op !== 'known') return check;
	throw new Error('The benchmark has no such condition.');
};

function condition(check: Check): Condition {
	if ('all' in check) return { all: check.all.map(condition) } as Condition;
	if ('any' in check) return { any: check.any.map(condition) } as Condition;
	const { fact, op, value } = factOf(check);
	return { fact, operator: OPERATORS[op as keyof typeof OPERATORS], value } as Condition;
}

/** json-rules-engine wants `all` or `any` at the top. */
const topLevel = (check: Check): TopLevelCondition =>
	'fact' in check ? { all: [condition(check) as ConditionProperties] } : (condition(check) as TopLevelCondition);

export function jsonRulesEngine(rules: readonly Check[]): PeerRun {
	const engine = new Engine();
	for (const [index, check] of rules.entries()) engine.addRule({ conditions: topLevel(check), event: { type: String(index) } });
	return async (accounts) => {
		let checksum = 0;
		for (const account of accounts) {
			const { events } = await engine.run({ ...account });
			for (const { type } of events) checksum += 1 << Number(type);
		}
		return checksum;
	};
}

function logic(check: Check): unknown {
	if ('all' in check) return { and: check.all.map(logic) };
	if ('any' in check) return { or: check.any.map(logic) };
	const { fact, op, value } = factOf(check);
	return { [op === '=' ? '===' : op]: [{ var: fact }, value] };
}

export function jsonLogicJs(rules: readonly Check[]): PeerRun {
	const compiled = rules.map(logic);
	return async (accounts) => {
		let checksum = 0;
		for (const account of accounts) for (let i = 0; i < compiled.length; i++) if (jsonLogic.apply(compiled[i], account) === true) checksum += 1 << i;
		return checksum;
	};
}

function expression(check: Check): string {
	if ('all' in check) return `(${check.all.map(expression).join(' and ')})`;
	if ('any' in check) return `(${check.any.map(expression).join(' or ')})`;
	const { fact, op, value } = factOf(check);
	return `${fact} ${op === '=' ? '==' : op} ${JSON.stringify(value)}`;
}

/** One decision table that collects, over many accounts a call: its fastest way. */
const decisionTable = (rules: readonly Check[]): object => ({
	nodes: [
		{ id: 'in', name: 'in', type: 'inputNode' },
		{
			id: 'table',
			name: 'table',
			type: 'decisionTableNode',
			content: {
				hitPolicy: 'collect',
				executionMode: 'loop',
				inputField: 'accounts',
				outputPath: 'hits',
				inputs: [{ id: 'when', name: 'when' }],
				outputs: [{ id: 'bit', name: 'bit', field: 'bit' }],
				rules: rules.map((check, index) => ({ _id: String(index), when: expression(check), bit: String(index) })),
			},
		},
		{ id: 'out', name: 'out', type: 'outputNode' },
	],
	edges: [
		{ id: 'a', type: 'edge', sourceId: 'in', targetId: 'table' },
		{ id: 'b', type: 'edge', sourceId: 'table', targetId: 'out' },
	],
});

const PER_CALL = 1000;

interface Zen {
	ZenEngine: new () => { createDecision(content: Buffer): { evaluate(facts: object): Promise<{ result: unknown }> } };
}

/** The engine itself, without the package that chooses among its builds for every platform: not all registries have all of them. */
const ZEN = '@gorules/zen-engine-linux-x64-gnu';

/** @throws where the engine's build is not for this platform */
export function zenEngine(rules: readonly Check[]): PeerRun {
	const decision = new (load(ZEN) as Zen).ZenEngine().createDecision(Buffer.from(JSON.stringify(decisionTable(rules))));
	return async (accounts) => {
		let checksum = 0;
		for (let from = 0; from < accounts.length; from += PER_CALL) {
			const { result } = await decision.evaluate({ accounts: accounts.slice(from, from + PER_CALL) });
			for (const hits of (result as { hits: { bit: number }[][] }).hits) for (const { bit } of hits) checksum += 1 << bit;
		}
		return checksum;
	};
}
