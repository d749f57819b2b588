/** Messages that ask for no money: that a dispute was received, and for insurance details. */
import type { HoldReason } from '../contracts/words.ts';
import { DENIAL_CATEGORIES, type DenialCategory } from './denials/categories.ts';
import { isAnswered, LADDER_RANK } from './occasions.ts';
import { reason } from './reasons.ts';
import { byRef, type Scene } from './scene.ts';
import { accountStops } from './speaking.ts';
import type { Step } from './steps.ts';
import type { DisputeFacts, RaisedEvent, ReminderRequest } from './types.ts';

const RECEIVED = 'dispute_received';
const INSURANCE = 'insurance_update';

/** What the dispute itself holds is no reason to keep quiet about having received it. */
const DISPUTE_HOLDS: readonly HoldReason[] = ['dispute', 'gfe_dispute', 'payment_plan', 'promise'];

/** A step that needs no amount, where one is asked for or a dispute waits for its one acknowledgement; undefined else. */
export function plainStep(scene: Scene, request: ReminderRequest | undefined): Step | undefined {
	if (request === undefined) return acknowledgement(scene);
	const { message, because } = request;
	if (message === RECEIVED || message === INSURANCE) return step(scene, message, message === RECEIVED ? unanswered(scene) : []);
	if (message !== undefined || request.invoices !== undefined) return undefined;
	if (because?.type === 'claim_denied') return asksInsurance(scene) ? step(scene, INSURANCE, []) : undefined;
	if (because?.type !== 'payment_disputed') return undefined;
	return acknowledgement(scene) ?? { ...step(scene, RECEIVED, []), stop: reason('already_covered') };
}

function acknowledgement(scene: Scene): Step | undefined {
	const disputes = unanswered(scene);
	return disputes.length === 0 ? undefined : step(scene, RECEIVED, disputes);
}

function unanswered({ plan, facts }: Scene): readonly RaisedEvent[] {
	if (facts.disputes === undefined || !plan.policy.dispute.acknowledge) return [];
	return byRef(facts.disputes)
		.filter((dispute) => !dispute.acknowledged)
		.map((dispute) => disputeEvent(facts.ref, dispute))
		.filter((event) => !isAnswered(facts, event.key));
}

/** The key is that of the event Payment Disputed, whether or not the dispute is one of a payment. */
const disputeEvent = (account: string, { ref }: DisputeFacts): RaisedEvent => ({
	type: 'payment_disputed',
	key: `payment_disputed:${account}:${ref}`,
	amountMinor: 0,
	invoices: [],
	dispute: ref,
	summary: '',
	reasons: [],
});

/** A denied line whose category calls for insurance details, not for money. */
const asksInsurance = ({ facts }: Scene): boolean =>
	facts.claims.some(({ lines }) =>
		lines.some(({ state, category }) => state === 'denied_open' && DENIAL_CATEGORIES[category as DenialCategory]?.patient === 'ask_insurance'),
	);

const step = (scene: Scene, message: string, events: readonly RaisedEvent[]): Step => ({
	message,
	days: 0,
	covers: [],
	occasions: events.map((event) => ({ key: event.key, event })),
	rank: LADDER_RANK,
	asking: { plain: true, stops: accountStops(scene, DISPUTE_HOLDS) },
});
