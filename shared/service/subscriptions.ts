/** Zaps and flows that listen, and the delivery of events to them. */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import axios from 'axios';
import { Failure } from '../contracts/failure.ts';
import type { Scope, Surface } from '../contracts/operation.ts';
import { operations } from '../operations/registry.ts';
import { audit } from './audit.ts';
import { maskOutput } from './http/masking.ts';
import { iso } from './practice.ts';
import { publicLookup, requirePublicUrl } from './public-address.ts';
import { canonical, newRef, newSecret, sha256 } from './refs.ts';
import { beginThreshold } from './thresholds.ts';
import type { Caller, Deps, SubscribeInput } from './types.ts';

/** Attempts and the wait before each next one, in seconds: about two days in all, as receivers' outages last hours. */
const WAITS = [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 43_200];
/** A receiver that has failed for so long is gone; its Zap is switched on again by a person. */
const DEAD_AFTER_FAILURES = 200;
const TIMEOUT_MS = 20_000;

export async function subscribe(deps: Deps, caller: Caller, type: string, input: SubscribeInput): Promise<{ id: string; secret: string }> {
	if (!(type in operations)) throw new Failure('missing', `There is no event "${type.slice(0, 60)}".`, { code: 'unknown_event' });
	const targetHash = sha256(input.callback_url);
	const filters = canonical(input.filters);
	const secret = newSecret();
	const now = iso(deps.now());
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		// The platforms subscribe again after every edit: the same wish is one subscription, or each event would start two runs.
		const same = (
			await tx
				.selectFrom('subscription')
				.select(['subscription_id', 'filters'])
				.where('practice_id', '=', caller.practiceId)
				.where('type', '=', type)
				.where('test', '=', caller.test)
				.where('target_hash', '=', targetHash)
				.where('removed_at', 'is', null)
				.execute()
		).find((row) => canonical(row.filters) === filters);
		const id = same?.subscription_id ?? newRef('sub');
		if (same)
			await tx
				.updateTable('subscription')
				.set({ secret_hash: sha256(secret), key_id: caller.keyId })
				.where('practice_id', '=', caller.practiceId)
				.where('subscription_id', '=', id)
				.execute();
		else
			await tx
				.insertInto('subscription')
				.values({
					practice_id: caller.practiceId,
					subscription_id: id,
					type,
					test: caller.test,
					target: deps.secrets.seal(`subscription:${caller.practiceId}:${id}`, input.callback_url),
					target_hash: targetHash,
					target_host: new URL(input.callback_url).host,
					filters,
					surface: caller.surface,
					key_id: caller.keyId,
					secret_hash: sha256(secret),
					created_at: now,
				})
				.execute();
		const { amount } = input.filters as { amount?: number };
		if (!same && type === 'balance_over_threshold' && amount !== undefined) await beginThreshold(tx, caller.practiceId, amount);
		await audit(tx, caller.practiceId, [
			{
				at: now,
				actor: `key:${caller.keyId}`,
				kind: same ? 'subscription_renewed' : 'subscription_added',
				subject: id,
				body: { type, host: new URL(input.callback_url).host },
			},
		]);
		return { id: `${caller.practiceId}.${id}`, secret };
	});
}

/** Idempotent and without credentials: Power Automate may send none, and the secret in the address is unguessable. */
export async function unsubscribe(deps: Deps, id: string, secret: string): Promise<void> {
	const [practiceId = '', subscriptionId = ''] = id.split('.');
	if (practiceId === '') return;
	await deps.ledger.practice(practiceId, async (tx) => {
		const removed = await tx
			.updateTable('subscription')
			.set({ removed_at: iso(deps.now()), removed_reason: 'unsubscribed' })
			.where('practice_id', '=', practiceId)
			.where('subscription_id', '=', subscriptionId)
			.where('secret_hash', '=', sha256(secret))
			.where('removed_at', 'is', null)
			.returning('type')
			.executeTakeFirst();
		if (removed)
			await audit(tx, practiceId, [
				{ at: iso(deps.now()), actor: 'subscriber', kind: 'subscription_removed', subject: subscriptionId, body: { type: removed.type } },
			]);
	});
}

export async function listSubscriptions(deps: Deps, caller: Caller): Promise<{ items: object[] }> {
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		const rows = await tx
			.selectFrom('subscription')
			.selectAll()
			.where('practice_id', '=', caller.practiceId)
			.where('test', '=', caller.test)
			.orderBy('created_at')
			.execute();
		return {
			items: rows.map((row) => ({
				id: row.subscription_id,
				event: row.type,
				host: row.target_host,
				surface: row.surface,
				filters: row.filters,
				created_at: row.created_at.toISOString(),
				last_delivery_at: row.last_delivery_at?.toISOString() ?? '',
				last_status: row.last_status ?? 0,
				failures: row.failures,
				removed_at: row.removed_at?.toISOString() ?? '',
				removed_reason: row.removed_reason ?? '',
			})),
		};
	});
}

/** One attempt of one delivery. At least once: the event_id lets a receiver see a repetition. */
export async function deliver(deps: Deps, job: { practice_id: string; delivery_id: string }): Promise<void> {
	const ready = await deps.ledger.practice(job.practice_id, (tx) =>
		tx
			.selectFrom('delivery')
			.innerJoin('subscription', (join) =>
				join.onRef('subscription.practice_id', '=', 'delivery.practice_id').onRef('subscription.subscription_id', '=', 'delivery.subscription_id'),
			)
			.innerJoin('event', (join) => join.onRef('event.practice_id', '=', 'delivery.practice_id').onRef('event.event_id', '=', 'delivery.event_id'))
			.leftJoin('api_key', (join) => join.onRef('api_key.practice_id', '=', 'subscription.practice_id').onRef('api_key.key_id', '=', 'subscription.key_id'))
			.select([
				'delivery.attempts',
				'delivery.status',
				'subscription.subscription_id',
				'subscription.target',
				'subscription.removed_at',
				'subscription.surface',
				'event.event_id',
				'event.type',
				'event.body',
				'api_key.scopes',
			])
			.where('delivery.practice_id', '=', job.practice_id)
			.where('delivery.delivery_id', '=', job.delivery_id)
			.executeTakeFirst(),
	);
	if (ready?.status !== 'pending') return;
	if (ready.removed_at) return settle(deps, job, ready.subscription_id, ready.attempts, { kind: 'dropped', error: 'the subscription was removed' });
	const target = deps.secrets.open(`subscription:${job.practice_id}:${ready.subscription_id}`, ready.target);
	// A digest has the shape of what it gathers.
	const { event_type: type } = ready.body as { event_type: keyof typeof operations };
	const operation = operations[type];
	const body = maskOutput(operation.output, ready.body as object, ready.surface as Surface, (ready.scopes ?? []) as Scope[]);
	const outcome = await post(deps, target, ready.event_id, body);
	await settle(deps, job, ready.subscription_id, ready.attempts + 1, outcome);
}

type Outcome =
	| { kind: 'delivered'; status: number }
	| { kind: 'gone'; status: number }
	| { kind: 'refused'; status: number }
	| { kind: 'retry'; status?: number; error: string; afterSeconds?: number }
	| { kind: 'dropped'; error: string };

/** Names are checked when they are resolved, at every delivery: a public name may point inside later. */
const agentsFor = (allowLoopback: boolean) => {
	const options = { keepAlive: true, maxSockets: 50, timeout: 30_000, lookup: publicLookup({ allowLoopback }) };
	return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) };
};
const agents = { production: agentsFor(false), development: agentsFor(true) };

async function post(deps: Deps, target: string, eventId: string, body: unknown): Promise<Outcome> {
	try {
		requirePublicUrl(target, { allowLoopback: !deps.config.production });
		const response = await axios.post(target, JSON.stringify(body), {
			headers: { 'content-type': 'application/json', 'user-agent': 'Dunwell/0.1', 'dunwell-event-id': eventId },
			timeout: TIMEOUT_MS,
			signal: AbortSignal.timeout(TIMEOUT_MS + 5000),
			maxRedirects: 0,
			proxy: false,
			...(deps.config.production ? agents.production : agents.development),
			responseType: 'text',
			transformResponse: (data: unknown) => data,
			maxContentLength: 100_000,
			validateStatus: () => true,
		});
		const { status } = response;
		if (status >= 200 && status < 300) return { kind: 'delivered', status };
		if (status === 410 || status === 404) return { kind: 'gone', status };
		if (status === 408 || status === 429 || status >= 500) {
			const wait = Number(response.headers['retry-after']);
			return { kind: 'retry', status, error: `answered ${status}`, ...(Number.isFinite(wait) && wait > 0 ? { afterSeconds: Math.min(wait, 86_400) } : {}) };
		}
		return { kind: 'refused', status };
	} catch (error) {
		if (error instanceof Failure && error.kind === 'invalid') return { kind: 'retry', error: 'the address is not public' };
		return { kind: 'retry', error: axios.isAxiosError(error) ? (error.code ?? 'no connection') : 'no connection' };
	}
}

async function settle(
	deps: Deps,
	job: { practice_id: string; delivery_id: string },
	subscriptionId: string,
	attempts: number,
	outcome: Outcome,
): Promise<void> {
	const now = deps.now();
	const status = 'status' in outcome ? (outcome.status ?? null) : null;
	await deps.ledger.practice(job.practice_id, async (tx) => {
		const delivery = tx
			.updateTable('delivery')
			.where('practice_id', '=', job.practice_id)
			.where('delivery_id', '=', job.delivery_id)
			.where('status', '=', 'pending');
		const subscription = tx.updateTable('subscription').where('practice_id', '=', job.practice_id).where('subscription_id', '=', subscriptionId);
		if (outcome.kind === 'delivered') {
			await delivery.set({ status: 'delivered', attempts, last_status: status, delivered_at: iso(now), next_at: null }).execute();
			await subscription.set({ last_delivery_at: iso(now), last_status: status, failures: 0 }).execute();
			return;
		}
		if (outcome.kind === 'gone') {
			await delivery.set({ status: 'dropped', attempts, last_status: status, last_error: 'the receiver is gone', next_at: null }).execute();
			const removed = await subscription
				.set({ last_status: status, removed_at: iso(now), removed_reason: `the receiver answered ${status}` })
				.where('removed_at', 'is', null)
				.returning('type')
				.executeTakeFirst();
			if (removed)
				await audit(tx, job.practice_id, [
					{ at: iso(now), actor: 'subscriber', kind: 'subscription_removed', subject: subscriptionId, body: { type: removed.type, status } },
				]);
			return;
		}
		if (outcome.kind === 'dropped') {
			await delivery.set({ status: 'dropped', last_error: outcome.error, next_at: null }).execute();
			return;
		}
		const wait = outcome.kind === 'retry' ? (outcome.afterSeconds ?? WAITS[attempts - 1]) : undefined;
		const error = outcome.kind === 'retry' ? outcome.error : `answered ${status}`;
		const failing = await subscription
			.set((eb) => ({ last_status: status, failures: eb('failures', '+', 1) }))
			.returning('failures')
			.executeTakeFirst();
		if (wait === undefined || (failing?.failures ?? 0) > DEAD_AFTER_FAILURES) {
			await delivery.set({ status: 'dead', attempts, last_status: status, last_error: error, next_at: null }).execute();
			return;
		}
		const next = now + wait * 1000;
		await delivery.set({ attempts, last_status: status, last_error: error, next_at: iso(next) }).execute();
		await deps.ledger.queue.add(tx, 'deliver', job, { startAfter: new Date(next) });
	});
}

/** Deliveries whose job was lost with its queue: the row is the truth, so they are queued again. */
export async function requeueDeliveries(deps: Deps, practiceId: string): Promise<void> {
	await deps.ledger.practice(practiceId, async (tx) => {
		const late = new Date(deps.now() - 120_000);
		const rows = await tx
			.updateTable('delivery')
			.set({ next_at: iso(deps.now()) })
			.where('practice_id', '=', practiceId)
			.where('status', '=', 'pending')
			.where('next_at', '<', late)
			.returning('delivery_id')
			.execute();
		if (rows.length > 0)
			await deps.ledger.queue.addAll(
				tx,
				'deliver',
				rows.map((row) => ({ data: { practice_id: practiceId, delivery_id: row.delivery_id } })),
			);
	});
}
