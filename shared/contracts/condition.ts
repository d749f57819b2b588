/**
 * A practice's own condition on an account, as a tree of comparisons over a closed list of facts. One level of
 * any-of inside all-of says what forms can show; a fact that is unknown makes its comparison unknown.
 */
import { choice, list, object, type Static, Type } from './schema.ts';

/** Facts a rule may name, with the type of their values. Amounts are decimals in the account's currency. */
export const CONDITION_FACTS = {
	balance: 'What is owed in all',
	eligible: 'What may be asked for',
	oldest_days: 'Age of the oldest unpaid invoice',
	unpaid_invoices: 'Number of unpaid invoices',
	messages_30_days: 'Messages in 30 days',
	delivery_failures: 'Messages that did not arrive in 30 days',
	days_since_payment: 'Days since the last payment',
	unpaid_cycles: 'Statement cycles left unpaid',
	plan_type: 'Type of insurance plan',
	high_deductible: 'High-deductible plan',
	state: 'State of residence',
	location: 'Practice location',
	denied_claim_open: 'A denied claim is open',
	on_plan: 'On a payment plan',
} as const;
export type ConditionFact = keyof typeof CONDITION_FACTS;

export const CONDITION_OPS = { '=': 'is', '<': 'below', '<=': 'at most', '>': 'above', '>=': 'at least' } as const;

const comparison = object(
	{
		fact: choice(CONDITION_FACTS, 'Fact', 'What is compared.'),
		op: choice(CONDITION_OPS, 'Comparison', 'How it is compared.'),
		value: Type.Union([Type.Number(), Type.String({ maxLength: 120 }), Type.Boolean()], { title: 'Value', description: 'With what.' }),
	},
	{ title: 'Comparison', description: 'One fact against one value.' },
);

export const conditionSchema = object(
	{
		all: list(
			object(
				{ any: list(comparison, 'Any of', 'One of them must hold.', { minItems: 1, maxItems: 12 }) },
				{ title: 'Group', description: 'Holds when one of its comparisons does.' },
			),
			'All of',
			'Every group must hold.',
			{ minItems: 1, maxItems: 12 },
		),
	},
	{ title: 'Condition', description: 'When an account meets the rule.' },
);

export type Condition = Static<typeof conditionSchema>;
