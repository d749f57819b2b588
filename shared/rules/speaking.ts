/** Of the events of a day, those whose own message may go out: what holds an installment holds its message. */
import { ABSOLUTE_HOLDS, type HoldReason } from '../contracts/words.ts';
import { holdReason, type InvoiceView } from './eligibility.ts';
import { isStaffs, type Occasion } from './occasions.ts';
import type { Scene } from './scene.ts';
import type { Reason } from './types.ts';

export interface Speaking {
	one: Occasion;
	/** Money that no open invoice carries: an installment, or a payment of a plan; 0 where the invoices say the amount. */
	extraMinor: number;
	stops: Reason[];
}

/** Of what speaks, what nothing holds; where all is held, the first with what holds it. */
export function speakingOf(scene: Scene, open: readonly InvoiceView[], occasions: readonly Occasion[], asked: Occasion | undefined, step: boolean): Speaking[] {
	if (occasions.length === 0) return [];
	const all = occasions
		.filter((one) => (one.speaks && !isStaffs(one)) || (one === asked && one.event.type !== 'balance_overdue' && hasWords(one)))
		.map((one) => {
			const extraMinor = extraOf(scene, open, one);
			return { one, extraMinor, stops: extraMinor === 0 ? [] : stopsOf(scene, one, accountStops(scene)) };
		});
	const free = all.filter(({ stops, extraMinor }) => stops.length === 0 && (extraMinor > 0 || open.length > 0));
	return free.length > 0 || step ? free : all.slice(0, 1);
}

/** A rule without a message leaves it to the ladder, even when asked. */
const hasWords = ({ event, speaks }: Occasion): boolean => speaks || event.message !== undefined;

function extraOf({ views }: Scene, open: readonly InvoiceView[], { event }: Occasion): number {
	if (event.plan !== undefined || (event.promise !== undefined && event.stage === 'due')) return event.amountMinor;
	const ofPlan = views.some((view) => view.silent && event.invoices.includes(view.facts.ref));
	return event.type === 'payment_failed' && open.length === 0 && ofPlan ? event.amountMinor : 0;
}

const OWN_HOLDS: readonly HoldReason[] = ['payment_plan', 'promise'];
/** These stand for themselves in every permission, and returned mail only closes a channel. */
const ELSEWHERE: readonly HoldReason[] = [...ABSOLUTE_HOLDS, 'returned_mail'];

/** Holds on the whole account that are no part of an arrangement; the absolute ones stand for themselves. */
export const accountStops = ({ holds, facts }: Scene, besides: readonly HoldReason[] = OWN_HOLDS): Reason[] =>
	holds
		.filter((hold) => hold.invoice === undefined && !ELSEWHERE.includes(hold.reason) && !besides.includes(hold.reason))
		.map((hold) => holdReason(hold, facts.practiceZone));

/** Why an installment may not be told although it is due: holds that a plan or a promise does not explain. */
function stopsOf(scene: Scene, { event }: Occasion, holdReasons: readonly Reason[]): Reason[] {
	const stops = [...holdReasons];
	for (const view of scene.views) {
		if (event.invoices.length > 0 && !event.invoices.includes(view.facts.ref)) continue;
		for (const why of view.why) if (!ARRANGED.includes(why.code) && !stops.some((known) => known.code === why.code)) stops.push(why);
	}
	return stops;
}

const ARRANGED: readonly string[] = ['on_plan', 'plan_broken', 'promised', 'hold_payment_plan', 'hold_promise'];
