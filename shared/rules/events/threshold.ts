/** A balance that rose above an amount somebody chose, and has not fallen back far enough to rise again. */
import { formatMoney } from '../../contracts/money.ts';
import { leaf } from '../leaves.ts';
import { newestFact, type Scene } from '../scene.ts';
import type { Leaf, RaisedEvent } from '../types.ts';

/**
 * `above` receives the thresholds it is above now. An account that nobody looked at before raises nothing: what it
 * owes may have been owed for months.
 */
export function overThreshold(scene: Scene, above: number[]): RaisedEvent[] {
	const events: RaisedEvent[] = [];
	for (const threshold of thresholdsOf(scene)) {
		const was = scene.facts.above?.includes(threshold);
		const is = was === true ? !fellBack(scene, threshold) : scene.owedMinor > threshold;
		if (is) above.push(threshold);
		const leaves: Leaf[] = [];
		leaf(leaves, 'owed_minor', '>', threshold, scene.owedMinor);
		const rose = leaf(leaves, 'was_above', '=', false, was) === true && is;
		const event = rose ? thresholdEvent(scene, threshold) : undefined;
		if (event !== undefined) events.push(event);
		scene.trace.push({
			rule: 'balance_over_threshold',
			outcome: rose ? 'fire' : 'skip',
			text: event?.summary ?? (is ? 'It is above the threshold, as it was.' : 'It is not above the threshold.'),
			leaves,
		});
	}
	return events;
}

/** Those it is above now, as events: to tell whether an earlier one still stands. */
export const thresholdsAbove = (scene: Scene): RaisedEvent[] =>
	thresholdsOf(scene)
		.filter((threshold) => scene.owedMinor > threshold)
		.map((threshold) => thresholdEvent(scene, threshold));

function thresholdsOf({ plan, facts }: Scene): readonly number[] {
	const own = plan.minimumIn(facts.currency).thresholdMinor;
	if (facts.thresholds === undefined || facts.thresholds.length === 0) return own > 0 ? [own] : [];
	return [...new Set(own > 0 ? [own, ...facts.thresholds] : facts.thresholds)].sort((a, b) => a - b);
}

/** The balance hangs around an amount for weeks: only a real fall lets it rise above it again. */
const fellBack = ({ plan, owedMinor }: Scene, threshold: number): boolean => owedMinor * 100 <= threshold * (100 - plan.policy.threshold.hysteresis_percent);

function thresholdEvent({ facts, owedMinor, views }: Scene, thresholdMinor: number): RaisedEvent {
	const [money, limit] = [formatMoney(owedMinor, facts.currency), formatMoney(thresholdMinor, facts.currency)];
	return {
		type: 'balance_over_threshold',
		key: `balance_over_threshold:${facts.ref}:${thresholdMinor}:${newestFact(facts)}`,
		amountMinor: owedMinor,
		invoices: views.filter((view) => view.owedMinor > 0).map((view) => view.facts.ref),
		message: 'balance_threshold',
		thresholdMinor,
		summary: `${money} is owed, more than ${limit}.`,
		reasons: [`What is owed rose above ${limit}.`],
	};
}
