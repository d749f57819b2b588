/** Which message the ladder, an event or a request would send now, and whether it may. */
import { plainStep } from './acknowledgement.ts';
import { dayNumber, instantOf } from './calendar.ts';
import type { InvoiceView } from './eligibility.ts';
import { leaf } from './leaves.ts';
import { occasionsOf } from './occasions.ts';
import { type Permission, permissionFor, type Scope } from './permission.ts';
import { reason } from './reasons.ts';
import type { Scene } from './scene.ts';
import { type Step, stepFor } from './steps.ts';
import type { Leaf, RaisedEvent, Reason, ReminderDecision, ReminderRequest } from './types.ts';

/**
 * `whole` is the permission for everything of the account: it stands for the reminder too where that covers
 * all there is to ask for.
 */
export function decideReminder(
	scope: Scope,
	scene: Scene,
	whole: Permission,
	wish: ReminderRequest | undefined,
	events: readonly RaisedEvent[],
): ReminderDecision {
	const { views } = scene;
	const request = wish ?? {};
	const named = request.invoices;
	const wanted = named === undefined ? views : views.filter((view) => named.includes(view.facts.ref));
	if (named !== undefined && wanted.length < new Set(named).size) return refused(scene, reason('invoice_not_found'));
	const plain = plainStep(scene, wish);
	if (plain !== undefined) return plain.stop === undefined ? asked(scope, scene, plain, request) : refused(scene, plain.stop, plain.message);
	const open = wanted.filter((view) => view.eligibleMinor > 0);
	const step = stepFor(scene, open, occasionsOf(scene, events, request.because), request);
	if (step.stop !== undefined && (open.length > 0 || FINAL.includes(step.stop.code))) return refused(scene, step.stop, step.message);
	if (open.length === 0 && step.asking.extraMinor === undefined) return nothingOpen(scope, scene, step, wanted, whole, request);
	const everything = step.covers.length === views.filter((view) => view.eligibleMinor > 0).length;
	const alone = request.channel === undefined && Object.keys(step.asking).length === 0;
	return everything && alone ? decided(scene, step, whole) : asked(scope, scene, step, request);
}

/** What the request itself is about is over: that nothing is open besides does not matter. */
const FINAL: readonly string[] = ['already_covered', 'event_over', 'staff_first'];

const asked = (scope: Scope, scene: Scene, step: Step, request: ReminderRequest): ReminderDecision =>
	decided(scene, step, permissionFor(scope, step.covers, { ...step.asking, channel: request.channel }));

/** Nothing may be asked for: the invoices say why. */
function nothingOpen(scope: Scope, scene: Scene, step: Step, wanted: readonly InvoiceView[], whole: Permission, request: ReminderRequest): ReminderDecision {
	const everything = wanted.length === scene.views.length && request.channel === undefined;
	return decided(scene, step, everything ? whole : permissionFor(scope, wanted, { channel: request.channel }));
}

function refused({ trace }: Scene, why: Reason, message?: string): ReminderDecision {
	trace.push({ rule: 'reminder', outcome: 'hold', text: why.text, leaves: [], ...(why.until === undefined ? {} : { until: why.until }) });
	return { verdict: 'hold', days: 0, amountMinor: 0, covers: [], occasions: [], reasons: [why], ...(message === undefined ? {} : { message }) };
}

function decided(scene: Scene, step: Step, permission: Permission): ReminderDecision {
	const { trace, now } = scene;
	const { amountMinor, channel, fallback } = permission;
	const statement = statementWait(scene, step, permission);
	const at = statement?.until === undefined || permission.at === undefined ? permission.at : Math.max(permission.at, statement.until);
	const verdict = at === undefined ? 'hold' : at > now ? 'wait' : 'send';
	if (verdict !== 'hold') noteOccasions(scene, step);
	const reasons = [...permission.stops, ...(statement === undefined ? [] : [statement]), ...permission.waits];
	trace.push({
		rule: 'reminder',
		outcome: verdict === 'send' ? 'pass' : verdict,
		text: reasons[0]?.text ?? 'It may go out now.',
		leaves: [],
		...(verdict === 'wait' && at !== undefined ? { until: at } : {}),
	});
	return {
		verdict,
		days: step.days,
		amountMinor,
		covers: amountMinor > 0 ? step.covers.map((view) => view.facts.ref) : [],
		occasions: verdict === 'hold' ? [] : step.occasions.map(({ key, event }) => ({ key, type: event.type })),
		reasons,
		...(step.message === undefined ? {} : { message: step.message }),
		...(channel === undefined ? {} : { channel }),
		...(fallback === undefined ? {} : { fallback }),
		...(verdict === 'wait' && at !== undefined ? { sendAt: at } : {}),
	};
}

/** One message for everything of the day: which events it answers, in the order of their weight. */
function noteOccasions({ trace }: Scene, { occasions }: Step): void {
	if (occasions.length === 0) return;
	const leaves: Leaf[] = [];
	leaf(leaves, 'events_answered', '>', 0, occasions.length);
	const names = occasions.map(({ event }) => event.type.replaceAll('_', ' ')).join(', ');
	trace.push({
		rule: 'occasions',
		outcome: 'pass',
		text: `The message answers ${occasions.length === 1 ? 'one event' : `${occasions.length} events`}: ${names}.`,
		leaves,
	});
}

/** A letter so near to a statement would arrive beside it: it goes with it. */
function statementWait({ plan, facts, today }: Scene, { days }: Step, { channel }: Permission): Reason | undefined {
	if (channel !== 'letter' || days === 0 || facts.nextStatementOn === undefined) return undefined;
	const day = dayNumber(facts.nextStatementOn);
	if (!(day > today && day - today <= plan.policy.statements.merge_within_days)) return undefined;
	return reason('statement', { until: { at: instantOf(day, 0, facts.practiceZone), zone: facts.practiceZone } });
}
