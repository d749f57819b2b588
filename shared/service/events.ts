/** Events: raised once per key in the transaction of what they tell about, with a delivery for each subscription that asked. */
import { invalidField } from '../contracts/failure.ts';
import { formatMoney, fromMinor } from '../contracts/money.ts';
import type { EventType } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import { isDigest } from './claims/digest-choice.ts';
import { accountLink, iso, localIso, type Practice } from './practice.ts';
import { newRef } from './refs.ts';
import type { Caller, Deps } from './types.ts';

export interface NewEvent {
	type: EventType;
	/** Same key, same occurrence: only the first is kept. */
	key: string;
	test: boolean;
	accountRef?: string;
	yourReference?: string;
	location?: string;
	currency?: string;
	amountMinor?: number;
	/** review, import, vendor:<id>, key:<id>, staff:<name>. */
	raisedBy: string;
	/** The event that a flow acted on when it made the call that led to this one, else the key of the call. */
	causedBy?: string;
	summary: string;
	reasons?: readonly string[];
	canContact?: boolean;
	blocked?: readonly string[];
	occurredAt?: number;
	/** The trigger's own fields. */
	fields: Record<string, unknown>;
}

/** An Adaptive Card with the sentence, a few facts and a link: what a flow can post to a chat as it is. */
export function card(title: string, facts: Record<string, string>, link: string): string {
	return JSON.stringify({
		type: 'AdaptiveCard',
		$schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
		version: '1.4',
		body: [
			{ type: 'TextBlock', text: title, wrap: true, weight: 'Bolder' },
			{
				type: 'FactSet',
				facts: Object.entries(facts)
					.filter(([, value]) => value !== '')
					.map(([name, value]) => ({ title: name, value })),
			},
		],
		actions: [{ type: 'Action.OpenUrl', title: 'Open in Dunwell', url: link }],
	});
}

/** The body as subscribers and the polling twin both see it. */
export function bodyOf(deps: Deps, practice: Practice, event: NewEvent, id: string): Record<string, unknown> {
	const currency = event.currency ?? practice.currency;
	const minor = event.amountMinor ?? 0;
	return {
		event_id: id,
		event_type: event.type,
		occurred_at: localIso(event.occurredAt ?? deps.now(), practice.zone),
		test: event.test,
		raised_by: event.raisedBy,
		caused_by: event.causedBy ?? '',
		account_ref: event.accountRef ?? '',
		your_reference: practice.settings.share_your_reference ? (event.yourReference ?? '') : '',
		location: event.location ?? '',
		currency,
		amount: fromMinor(minor, currency),
		amount_text: formatMoney(minor, currency),
		summary: event.summary,
		reasons_text: (event.reasons ?? []).join('\n'),
		can_contact: event.canContact ?? false,
		blocked_reasons_text: (event.blocked ?? []).join('\n'),
		link: event.accountRef ? accountLink(deps, event.accountRef) : deps.config.publicUrl,
		...event.fields,
	};
}

/** Raises events and queues their deliveries. Returns the ids of those that are new. */
export async function raise(deps: Deps, tx: Tx, practice: Practice, events: readonly NewEvent[]): Promise<string[]> {
	if (events.length === 0) return [];
	const rows = events.map((event) => {
		const id = newRef('evt');
		return {
			practice_id: practice.id,
			event_id: id,
			type: event.type,
			key: event.key,
			test: event.test,
			account_ref: event.accountRef ?? null,
			amount_minor: event.amountMinor ?? 0,
			raised_by: event.raisedBy,
			caused_by: event.causedBy ?? '',
			occurred_at: iso(event.occurredAt ?? deps.now()),
			body: JSON.stringify(bodyOf(deps, practice, event, id)),
		};
	});
	const inserted = await tx
		.insertInto('event')
		.values(rows)
		.onConflict((conflict) => conflict.doNothing())
		.returning(['event_id', 'type', 'test', 'caused_by', 'body'])
		.execute();
	if (inserted.length > 0) await queueDeliveries(deps, tx, practice, inserted);
	return inserted.map((row) => row.event_id);
}

async function queueDeliveries(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	events: readonly { event_id: string; type: string; test: boolean; caused_by: string; body: unknown }[],
): Promise<void> {
	const types = [...new Set(events.map((event) => event.type))];
	const subscriptions = await tx
		.selectFrom('subscription')
		.select(['subscription_id', 'type', 'test', 'filters'])
		.where('practice_id', '=', practice.id)
		.where('type', 'in', types)
		.where('removed_at', 'is', null)
		.execute();
	const heard = await whoHeard(
		tx,
		practice.id,
		events.map((event) => event.caused_by),
	);
	const now = iso(deps.now());
	const deliveries = events.flatMap((event) =>
		subscriptions
			.filter((s) => s.type === event.type && s.test === event.test && passes(event.body as Record<string, unknown>, s.filters as Record<string, unknown>))
			.filter((s) => !heard.has(`${event.caused_by}:${s.subscription_id}`) || (s.filters as { include_own?: boolean }).include_own === true)
			.map((s) => ({
				practice_id: practice.id,
				delivery_id: newRef('dlv'),
				subscription_id: s.subscription_id,
				event_id: event.event_id,
				created_at: now,
				// Without a time it waits for the day's digest.
				next_at: isDigest(practice, event.type, s.filters as Record<string, unknown>) ? null : now,
			})),
	);
	if (deliveries.length === 0) return;
	await tx
		.insertInto('delivery')
		.values(deliveries)
		.onConflict((conflict) => conflict.doNothing())
		.execute();
	await deps.ledger.queue.addAll(
		tx,
		'deliver',
		deliveries.filter((d) => d.next_at !== null).map((d) => ({ data: { practice_id: practice.id, delivery_id: d.delivery_id } })),
	);
}

/**
 * Which subscription heard which of these causes. A flow that acted on an event does not hear what it caused itself: it
 * would answer itself for ever. All flows of a practice share one key, so the key says nothing about which flow it was.
 */
async function whoHeard(tx: Tx, practiceId: string, causes: readonly string[]): Promise<Set<string>> {
	const events = [...new Set(causes.filter((cause) => cause.startsWith('evt_')))];
	if (events.length === 0) return new Set();
	const rows = await tx
		.selectFrom('delivery')
		.select(['event_id', 'subscription_id'])
		.where('practice_id', '=', practiceId)
		.where('event_id', 'in', events)
		.execute();
	return new Set(rows.map((row) => `${row.event_id}:${row.subscription_id}`));
}

/** Filters by their names: `minimum_*` compares, `include_own` and `deliver` say how and not what, `only_when_contactable` asks, every other one must equal the field of its name. */
export function passes(body: Record<string, unknown>, filters: Record<string, unknown>): boolean {
	// Each hears of its own amount alone; whoever chose none hears of the practice's.
	if (body['event_type'] === 'balance_over_threshold' && filters['amount'] === undefined && body['from_policy'] !== true) return false;
	return Object.entries(filters).every(([name, wanted]) => {
		switch (name) {
			case 'include_own':
			case 'deliver':
				return true;
			case 'only_when_contactable':
				return wanted !== true || body['can_contact'] === true;
			case 'minimum_amount':
				return Math.abs(Number(body['amount'])) >= Number(wanted);
			case 'minimum_days':
				return Number(body['days_overdue']) >= Number(wanted);
			case 'amount':
				return body['threshold'] === wanted;
			case 'only_with_work':
				return wanted !== true || Number(body['work_count']) > 0;
			default:
				return wanted === '' || body[name] === wanted;
		}
	});
}

/** The polling twin. Newest first without `after`; else what came after that event, oldest first. */
export async function listEvents(
	deps: Deps,
	caller: Caller,
	type: string,
	query: { after?: string; limit: number; filters: Record<string, unknown> },
): Promise<{ items: object[]; next: string }> {
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		const after = query.after
			? await tx.selectFrom('event').select('seq').where('practice_id', '=', caller.practiceId).where('event_id', '=', query.after).executeTakeFirst()
			: undefined;
		// From a place that is not known everything would come again, for ever.
		if (query.after && !after) throw invalidField('after', '"after" is not an event of this practice. Leave it out to begin with the newest.');
		const items: object[] = [];
		let edge = after?.seq;
		let last = query.after ?? '';
		// Filters are applied here, page by page, so that a rare event is found behind many others.
		for (let page = 0; page < 20 && items.length < query.limit; page += 1) {
			let select = tx
				.selectFrom('event')
				.select(['event_id', 'seq', 'body'])
				.where('practice_id', '=', caller.practiceId)
				.where('type', '=', type)
				.where('test', '=', caller.test)
				.limit(200);
			select = after
				? select.where('seq', '>', edge ?? 0).orderBy('seq', 'asc')
				: edge === undefined
					? select.orderBy('seq', 'desc')
					: select.where('seq', '<', edge).orderBy('seq', 'desc');
			const rows = await select.execute();
			for (const row of rows) {
				if (items.length >= query.limit) break;
				edge = row.seq;
				if (after || last === '') last = row.event_id;
				if (passes(row.body as Record<string, unknown>, query.filters)) items.push(row.body as object);
			}
			if (rows.length < 200) break;
		}
		return { items, next: last };
	});
}
