/** A balance that reached a milestone, or that its source calls overdue. */
import { formatMoney } from '../../contracts/money.ts';
import type { InvoiceView } from '../eligibility.ts';
import { leaf } from '../leaves.ts';
import type { Milestone, Plan } from '../plan.ts';
import type { Scene } from '../scene.ts';
import type { Leaf, RaisedEvent } from '../types.ts';

interface Crossed {
	view: InvoiceView;
	/** undefined: only the source's own status says overdue. */
	step: Milestone | undefined;
}

/** One event for each message that could tell it, for the highest milestone that any of its invoices crossed since the last one. */
export function balanceOverdue(scene: Scene, raised: Record<string, number>): RaisedEvent[] {
	const crossed = newlyCrossed(scene.views);
	if (crossed.every(({ view }) => view.group === crossed[0]?.view.group)) return overdue(scene, crossed, raised);
	const groups = new Set(crossed.map(({ view }) => view.group));
	return [...groups].sort().flatMap((group) =>
		overdue(
			scene,
			crossed.filter(({ view }) => view.group === group),
			raised,
		),
	);
}

function overdue({ plan, facts, trace }: Scene, crossed: readonly Crossed[], raised: Record<string, number>): RaisedEvent[] {
	const amountMinor = crossed.reduce((sum, { view }) => sum + view.owedMinor, 0);
	const leaves: Leaf[] = [];
	const some = leaf(leaves, 'invoices_newly_crossed', '>', 0, crossed.length) === true;
	const enough = leaf(leaves, 'amount_minor', '>=', plan.minimumIn(facts.currency).messageMinor, amountMinor) === true;
	if (!some || !enough) {
		trace.push({ rule: 'balance_overdue', outcome: 'skip', text: some ? 'Too small to raise.' : 'No invoice crossed a new milestone.', leaves });
		return [];
	}
	let top: Milestone | undefined;
	for (const { view, step } of crossed) {
		if (step === undefined) continue;
		raised[view.facts.ref] = step.days;
		if (top === undefined || step.days > top.days) top = step;
	}
	const money = formatMoney(amountMinor, facts.currency);
	const summary =
		top === undefined ? `${money} is overdue, as the billing system says.` : `${money} is unpaid ${top.days} days after ${anchorName(plan, crossed, top)}.`;
	trace.push({ rule: 'balance_overdue', outcome: 'fire', text: summary, leaves });
	return [
		{
			type: 'balance_overdue',
			key: `balance_overdue:${facts.ref}:${crossed.map(mark).sort().join(',')}`,
			amountMinor,
			invoices: crossed.map(({ view }) => view.facts.ref),
			...(top === undefined ? { stage: 'status' } : { days: top.days, message: top.message }),
			summary,
			reasons: crossed.map(({ view, step }) => `${formatMoney(view.owedMinor, facts.currency)}: ${why(view, step)}`),
		},
	];
}

const mark = ({ view: { facts }, step }: Crossed): string =>
	`${facts.ref}${facts.againSince === undefined ? '' : `#${facts.againSince}`}@${step === undefined ? 'status' : step.days}`;

const why = (view: InvoiceView, step: Milestone | undefined): string =>
	step === undefined ? 'the billing system says overdue.' : `${view.age} days since ${view.anchorDay}, the ${step.days} day step is reached.`;

/** The source's status is told once, and not after a milestone has been. */
function newlyCrossed(views: readonly InvoiceView[]): Crossed[] {
	const crossed: Crossed[] = [];
	for (const view of views) {
		if (view.owedMinor === 0 || view.silent) continue;
		const { raisedDays, statusOverdue, statusRaised } = view.facts;
		if (view.step !== undefined && view.step.days > raisedDays) crossed.push({ view, step: view.step });
		else if (statusOverdue === true && statusRaised !== true && raisedDays === 0) crossed.push({ view, step: undefined });
	}
	return crossed;
}

/** A balance without a first notice ages from its due date, whatever the policy prefers. */
const anchorName = (plan: Plan, crossed: readonly Crossed[], top: Milestone): string =>
	plan.policy.anchor === 'first_notice' && crossed.some(({ view, step }) => step === top && view.facts.firstNoticeDate !== undefined)
		? 'the first notice'
		: 'the due date';
