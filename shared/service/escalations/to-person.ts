/**
 * Staff work told to a person by text or e-mail: when it opens, with each rung, and once when it is resolved. What is
 * sent cannot be changed afterwards, so that each message is one of its own and the same thing is said once.
 */
import { Failure } from '../../contracts/failure.ts';
import type { OutgoingMessage, SendResult } from '../../contracts/provider.ts';
import { CHANNELS } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import { firstWorkingMoment } from '../../rules/index.ts';
import { hookUrl, type OpenConnection } from '../connections.ts';
import { iso, type Practice } from '../practice.ts';
import { newRef, sha256Hex } from '../refs.ts';
import { askLater } from '../reminders/statuses.ts';
import type { Deps } from '../types.ts';
import type { WorkRow } from './item.ts';
import type { Task } from './place.ts';
import type { StaffChannel } from './routes.ts';
import { type StaffWords, staffWords } from './staff-words.ts';
import type { Told } from './to-tool.ts';

interface Work extends WorkRow {
	cause: string;
	rung: number;
}

interface Telling {
	deps: Deps;
	practice: Practice;
	row: Work;
	task: Task;
	connection: OpenConnection;
}

/** A text rings: until staff are there it waits, unless the work is urgent. Milliseconds; undefined: it may go now. */
export function waitsUntil({ zone, policy }: Practice, row: { severity: string }, task: Task, now: number): number | undefined {
	const mayRing = task.channel !== 'sms' || task.kind === 'leave' || (row.severity === 'high' && task.kind !== 'close');
	const at = mayRing ? now : firstWorkingMoment(now, zone, policy.closures);
	return at > now ? at : undefined;
}

/** undefined: there is nothing to tell, or it did not arrive when it was told. @throws Failure when the message did not go, or nobody knows whether it did */
export async function tellPerson(telling: Telling): Promise<Told | undefined> {
	const { deps, practice, row, task, connection } = telling;
	const { provider, http, credentials } = connection;
	const { channel, target, sender } = task;
	if (task.kind === 'leave' || channel === null) return undefined;
	if (!provider.send?.channels.includes(channel))
		throw new Failure('invalid', `${provider.label} does not send by ${CHANNELS[channel].toLowerCase()}. Give the route another connection.`);
	if (target === '' || sender === '') throw new Failure('invalid', 'The route names no person or no sender yet. Set it again with both.');
	const words = staffWords(deps, practice, row, task);
	// Work that did not change is no update.
	const said = staffWords(deps, practice, row, { ...task, kind: task.kind === 'close' ? 'close' : 'open' });
	const key = sha256Hex(JSON.stringify([task.connection, channel, target, row.rung, said.subject ?? '', said.text]));
	const { before, reference, callbackUrl } = await deps.ledger.practice(practice.id, (tx) => writeDown(tx, telling, channel, words, key));
	if ('told' in before) return task.kind === 'update' ? undefined : before.told;
	const at = iso(deps.now());
	const addressed = { reference, idempotencyKey: reference, channel, to: target, from: sender, fromName: practice.name, callbackUrl, at };
	const message: OutgoingMessage = { ...addressed, ...words, language: 'en' };
	try {
		const found = before.lost && (await provider.send.find?.(http, credentials, { ...message, attemptedAt: before.lost }).catch(silence));
		return await settle(telling, reference, found || (await provider.send.message(http, credentials, message)));
	} catch (error) {
		const known = error instanceof Failure && !error.outcomeUnknown;
		await change(telling, reference, { status: known ? 'failed' : 'unknown', failure_code: (error instanceof Failure && error.vendorCode) || null });
		throw error;
	}
}

/** Whether it went cannot be seen: of a doubled message and none, none is worse. */
function silence(error: unknown): undefined {
	if (!(error instanceof Failure)) throw error;
	return undefined;
}

type Before = { told: Told | undefined } | { /** When it was tried and nobody knows with what end. */ lost?: string };

/** Kept before the vendor is called: what a crash leaves behind shows what may have gone. */
async function writeDown(
	tx: Tx,
	{ deps, practice, row, task, connection }: Telling,
	channel: StaffChannel,
	{ subject, text }: StaffWords,
	key: string,
): Promise<{ before: Before; reference: string; callbackUrl: string }> {
	const now = iso(deps.now());
	const callbackUrl = await hookUrl(deps, tx, practice.id, task.connection);
	const known = await tx
		.selectFrom('staff_message')
		.select(['message_ref', 'status', 'external_id', 'claimed_at'])
		.where('practice_id', '=', practice.id)
		.where('escalation_ref', '=', row.escalation_ref)
		.where('content_key', '=', key)
		.forUpdate()
		.executeTakeFirst();
	if (!known) {
		const reference = newRef('msg');
		const what = { message_ref: reference, escalation_ref: row.escalation_ref, content_key: key, channel, address: task.target, body_text: text };
		const where = { practice_id: practice.id, connection: task.connection, vendor: connection.provider.id };
		await tx
			.insertInto('staff_message')
			.values({ ...where, ...what, subject: subject ?? null, status: 'sending', created_at: now, claimed_at: now })
			.execute();
		return { before: {}, reference, callbackUrl };
	}
	const { message_ref: reference, status } = known;
	if (status === 'undelivered') return { before: { told: undefined }, reference, callbackUrl };
	if (status === 'sent' || status === 'delivered') return { before: { told: toldAs(known.external_id ?? reference) }, reference, callbackUrl };
	await tx
		.updateTable('staff_message')
		.set({ status: 'sending', claimed_at: now })
		.where('practice_id', '=', practice.id)
		.where('message_ref', '=', reference)
		.execute();
	return { before: status === 'failed' ? {} : { lost: known.claimed_at.toISOString() }, reference, callbackUrl };
}

const toldAs = (externalId: string): Told => ({ external_id: externalId, external_link: null });

async function settle(telling: Telling, reference: string, { externalId, status, rawStatus }: SendResult): Promise<Told> {
	if (status === 'undelivered')
		throw new Failure('invalid', `${telling.connection.provider.label} says of the message to staff: ${rawStatus}.`, { vendorCode: rawStatus });
	const now = iso(telling.deps.now());
	await change(telling, reference, {
		status: status === 'unknown' ? 'sent' : status,
		external_id: externalId,
		raw_status: rawStatus,
		failure_code: null,
		sent_at: now,
		...(status === 'delivered' ? { settled_at: now } : {}),
	});
	return toldAs(externalId);
}

/** What the vendor reported meanwhile stays. */
async function change({ deps, practice, connection }: Telling, reference: string, set: { status: string; [column: string]: unknown }): Promise<void> {
	await deps.ledger.practice(practice.id, async (tx) => {
		await tx
			.updateTable('staff_message')
			.set(set)
			.where('practice_id', '=', practice.id)
			.where('message_ref', '=', reference)
			.where('status', '=', 'sending')
			.execute();
		if (set.status === 'sent') await askLater(deps, tx, practice.id, connection, deps.now());
	});
}
