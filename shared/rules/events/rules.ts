/** Rules that an account begins to meet: the practice's own, high-deductible plans, and balances that come again and again. */
import { formatMoney } from '../../contracts/money.ts';
import { unpaidCycles, visitsLeft } from '../cycles.ts';
import { leaf, type Ternary } from '../leaves.ts';
import { newestFact, type Scene } from '../scene.ts';
import type { Leaf, RaisedEvent } from '../types.ts';

interface Rule {
	id: string;
	label: string;
	message: string | undefined;
	holds(scene: Scene, leaves: Leaf[]): Ternary;
}

/** A rule that comes with the product. */
interface BuiltIn extends Rule {
	/** False where nothing it reads is known: it would only fill the trace. */
	applies(scene: Scene): boolean;
}

/** Told by the payer (a 271), never guessed from the size of a deductible. The offer comes with the first notice, in no harsher words. */
const HIGH_DEDUCTIBLE: BuiltIn = {
	id: 'high_deductible',
	label: 'High-deductible plan',
	message: 'plan_offer',
	holds: ({ plan, facts, eligibleMinor }, leaves) => {
		const large = leaf(leaves, 'eligible_minor', '>=', plan.minimumIn(facts.currency).highDeductibleMinor, eligibleMinor) === true;
		const has = leaf(leaves, 'high_deductible', '=', true, facts.highDeductible);
		return large && eligibleMinor > 0 ? has : false;
	},
	applies: ({ plan, facts, eligibleMinor }) =>
		facts.highDeductible === true || (facts.highDeductible === undefined && eligibleMinor >= plan.minimumIn(facts.currency).highDeductibleMinor),
};

/** Whether the offer belongs to the account's first step today, told already or not. */
export const isHighDeductible = (scene: Scene): boolean => HIGH_DEDUCTIBLE.applies(scene) && HIGH_DEDUCTIBLE.holds(scene, []) === true;

/** It asks for a talk, so it has no message. */
const RECURRING: BuiltIn = {
	id: 'recurring',
	label: 'Recurring balance',
	message: undefined,
	holds: (scene, leaves) => {
		const { cycles, visits } = scene.plan.policy.recurring;
		if (leaf(leaves, 'unpaid_cycles', '>=', cycles, unpaidCycles(scene)) === true) return true;
		return leaf(leaves, 'visits_left_unpaid', '>=', visits, visitsLeft(scene));
	},
	applies: ({ facts }) => facts.cycles !== undefined || facts.appointments !== undefined,
};

/**
 * `matched` receives the rules it meets now. Unknown is neither: it raises nothing, and a rule that was met before
 * stays met, so that a fact which comes and goes does not raise it again. What nobody looked at before has not begun.
 */
export function rulesMatched(scene: Scene, matched: string[]): RaisedEvent[] {
	const events: RaisedEvent[] = [];
	for (const rule of rulesOf(scene)) {
		const leaves: Leaf[] = [];
		const holds = rule.holds(scene, leaves);
		const was = scene.facts.matched?.includes(rule.id);
		if (holds ?? was === true) matched.push(rule.id);
		const begins = holds === true && was === false;
		if (begins) events.push(ruleEvent(scene, rule));
		scene.trace.push({ rule: 'rule_matched', outcome: begins ? 'fire' : 'skip', subject: rule.id, text: textOf(rule, holds, begins), leaves });
	}
	return events;
}

/** Rules that are met now, as events. */
export const rulesStanding = (scene: Scene): RaisedEvent[] =>
	rulesOf(scene)
		.filter((rule) => rule.holds(scene, []) === true)
		.map((rule) => ruleEvent(scene, rule));

function rulesOf(scene: Scene): readonly Rule[] {
	const rules: Rule[] = [];
	if (HIGH_DEDUCTIBLE.applies(scene)) rules.push(HIGH_DEDUCTIBLE);
	if (RECURRING.applies(scene)) rules.push(RECURRING);
	return rules.length === 0 ? scene.plan.rules : [...rules, ...scene.plan.rules];
}

function textOf({ label }: Rule, holds: Ternary, begins: boolean): string {
	if (begins) return `The account begins to meet "${label}".`;
	if (holds === undefined) return `Whether it meets "${label}" is not known.`;
	return holds ? `It meets "${label}", as it did.` : `It does not meet "${label}".`;
}

function ruleEvent({ facts, owedMinor, views }: Scene, { id, label, message }: Rule): RaisedEvent {
	return {
		type: 'rule_matched',
		key: `rule_matched:${facts.ref}:${id}:${newestFact(facts)}`,
		amountMinor: owedMinor,
		invoices: views.filter((view) => view.owedMinor > 0).map((view) => view.facts.ref),
		matched: id,
		...(message === undefined ? {} : { message }),
		summary: `The account meets the rule "${label}" with ${formatMoney(owedMinor, facts.currency)} owed.`,
		reasons: [`It began to meet "${label}".`],
	};
}
