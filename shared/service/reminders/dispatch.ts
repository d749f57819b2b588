/**
 * The send itself: claim the row (conditional update) → decide again on what is true at that moment → call the vendor
 * with our reference, outside any transaction → record. A crash between call and record leaves `sending`, which the
 * sweep turns into `unknown`: looked up at the vendor where that is possible, shown to staff where it is not, and never
 * sent again blindly.
 */
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { OutgoingMessage, SendResult } from '../../contracts/provider.ts';
import type { Channel, Recipient } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Reason, ReminderRequest } from '../../rules/types.ts';
import { type Account, loadAccount } from '../accounts.ts';
import { audit } from '../audit.ts';
import { connectionBroken, markConnection } from '../connection-status.ts';
import { type OpenConnection, openConnection } from '../connections.ts';
import { recordFacts } from '../facts.ts';
import { carriedIfAsked, carrierOf, waitsForStatement } from '../messages/hands.ts';
import { isOfText, openTextWork } from '../messages/refused.ts';
import { iso, type Practice, readPractice } from '../practice.ts';
import { optOut } from '../replies.ts';
import { type Pace, waitForTurn } from '../turns.ts';
import type { Deps } from '../types.ts';
import { stillToAnswer } from './occasions.ts';
import { contactBad, tellNotDelivered, tryFallback } from './outcome.ts';
import { type Busy, type Claimed, prepareByHand, prepareCall, type Step } from './prepare.ts';
import { GIVE_UP_MS, putOff, type Row, readRow, sendLater } from './rows.ts';
import { askLater } from './statuses.ts';

/** So long a call of Send Reminder waits for a turn at a busy vendor; then the reminder goes when its turn comes. */
const CALL_PATIENCE_MS = 2000;

/** The last part of Send Reminder. Safe to call any number of times at once. */
export async function dispatch(deps: Deps, practiceId: string, ref: string): Promise<void> {
	const taken = await take(deps, practiceId, ref, { inTurn: (work) => work(), patienceMs: () => CALL_PATIENCE_MS });
	if (!taken) return;
	if (!('busyMs' in taken)) return call(deps, taken);
	const at = deps.now() + taken.busyMs;
	await deps.ledger.practice(practiceId, async (tx) => {
		await putOff(tx, practiceId, ref, at);
		await sendLater(deps, tx, practiceId, at);
	});
}

interface Waiting {
	/** Keeps those who stand in the vendor's line as one from standing in it twice at a time. */
	inTurn<T>(work: () => Promise<T>): Promise<T>;
	patienceMs(): number;
}

/**
 * Takes the reminder for this process, in its vendor's turn. undefined: not now, or not any more. `busyMs`: until the
 * vendor may have a turn, which is longer than the patience; nothing was taken.
 */
export async function take(deps: Deps, practiceId: string, ref: string, { inTurn, patienceMs }: Waiting): Promise<Claimed | { busyMs: number } | undefined> {
	await refreshInvoices(deps, practiceId, ref);
	// Decided first and again in its turn: what the rules hold back costs no turn, and what was paid meanwhile is not asked for.
	const first = await claim(deps, practiceId, ref);
	if (!first || !('pace' in first)) return first;
	const busyMs = await inTurn(() => waitForTurn(deps.ledger, practiceId, first.pace, patienceMs()));
	if (busyMs !== undefined) return { busyMs };
	const second = await claim(deps, practiceId, ref, first.pace);
	// Another channel by now, and that is busy too.
	return second && 'pace' in second ? { busyMs: second.waitMs } : second;
}

/** Hands the message over and records what the vendor says. */
export async function call(deps: Deps, claimed: Claimed): Promise<void> {
	const { connection, message, row } = claimed;
	const { send } = connection.provider;
	try {
		if (!send) throw new Failure('invalid', `${connection.provider.label} does not send messages.`);
		await settle(deps, claimed, { ok: await send.message(connection.http, connection.credentials, await withPage(message)) });
	} catch (error) {
		await settle(deps, claimed, {
			failure:
				error instanceof Failure ? error : new Failure('broken', "The sending service's answer was not understood.", { outcomeUnknown: true, cause: error }),
		});
		if (!(error instanceof Failure))
			deps.log.error({ reminder: row.reminder_ref, error: error instanceof Error ? error.name : 'unknown' }, 'a send ended in an unexpected error');
	}
}

/** A fax goes as a page. Outside the transaction: loading what writes a PDF takes a tenth of a second. */
async function withPage(message: OutgoingMessage): Promise<OutgoingMessage> {
	if (message.channel !== 'fax') return message;
	const { faxPdf } = await import('../messages/fax.ts');
	return { ...message, pdf: await faxPdf(message) };
}

/** Reads the invoices again at their source, where that is possible: what was paid an hour ago is not asked for. */
async function refreshInvoices(deps: Deps, practiceId: string, ref: string): Promise<void> {
	const sources = await deps.ledger.practice(practiceId, async (tx) => {
		const rows = await tx
			.selectFrom('reminder')
			.innerJoin('invoice', (join) =>
				join.onRef('invoice.practice_id', '=', 'reminder.practice_id').on(sql<boolean>`invoice.invoice_ref = any(reminder.covers)`),
			)
			.select(['invoice.external_id', 'invoice.connection', 'reminder.test'])
			.where('reminder.practice_id', '=', practiceId)
			.where('reminder.reminder_ref', '=', ref)
			.where('reminder.status', '=', 'scheduled')
			.where('reminder.send_at', '<=', new Date(deps.now()))
			.where('invoice.external_id', 'is not', null)
			.where('invoice.connection', 'is not', null)
			.execute();
		const opened = new Map<string, OpenConnection>();
		for (const { connection } of rows)
			if (connection && !opened.has(connection)) opened.set(connection, await openConnection(deps, tx, practiceId, connection));
		return rows.map((row) => ({ test: row.test, externalId: row.external_id ?? '', connection: opened.get(row.connection ?? '') }));
	});
	for (const { connection, externalId, test } of sources) {
		const read = connection?.provider.read?.invoice;
		if (!connection || !read) continue;
		try {
			const fact = await read(connection.http, connection.credentials, externalId, iso(deps.now()));
			if (fact)
				await deps.ledger.practice(practiceId, (tx) =>
					recordFacts(deps, tx, { practiceId, test, actor: `vendor:${connection.provider.id}`, connection: connection.name }, [fact]),
				);
		} catch (error) {
			// The balance's age decides then: too old a balance holds the message.
			if (!(error instanceof Failure)) throw error;
			deps.log.warn({ vendor: connection.provider.id, kind: error.kind }, 'an invoice could not be read again before a send');
		}
	}
}

/** Decides again on the facts of this moment, and takes the reminder for this process if its vendor is free or the turn is held. */
async function claim(deps: Deps, practiceId: string, ref: string, held?: Pace): Promise<Claimed | Busy | undefined> {
	return deps.ledger.practice(practiceId, async (tx) => {
		const now = deps.now();
		const practice = await readPractice(tx, practiceId, deps.now());
		const seen = await tx
			.selectFrom('reminder')
			.select(['account_ref', 'status', 'send_at'])
			.where('practice_id', '=', practiceId)
			.where('reminder_ref', '=', ref)
			.executeTakeFirst();
		if (seen?.status !== 'scheduled' || (seen.send_at && seen.send_at.getTime() > now)) return undefined;
		const account = await loadAccount(tx, practice, seen.account_ref, now, true);
		const row = await tx
			.selectFrom('reminder')
			.selectAll()
			.where('practice_id', '=', practiceId)
			.where('reminder_ref', '=', ref)
			.where('status', '=', 'scheduled')
			.forUpdate()
			.executeTakeFirst();
		if (!row || (row.send_at && row.send_at.getTime() > now)) return undefined;
		const asked = row.request as ReminderRequest;
		// Asked for as it was asked, not by the name of the step it was then: the ladder may have moved on, and a step's name would leave out the younger invoices beside it.
		const pendingEvents = [...(account.facts.pendingEvents ?? []), ...(await stillToAnswer(tx, practiceId, row.occasions))];
		const decision = practice.rules.decide(carriedIfAsked({ ...account.facts, pendingEvents }, asked.channel), now, {
			...asked,
			...(row.covers.length > 0 ? { invoices: stillOpen(account, row.covers) } : {}),
			...(row.fallback_of && row.channel ? { channel: row.channel as Channel } : {}),
		});
		const { reminder } = decision;
		if (reminder.verdict === 'wait' && reminder.sendAt !== undefined) {
			await postpone(deps, tx, row, reminder.sendAt, reminder.reasons);
			return undefined;
		}
		if (reminder.verdict === 'hold' || !reminder.channel) {
			await stop(deps, tx, practice, account, row, reminder.reasons);
			return undefined;
		}
		const { channel } = reminder;
		try {
			const leaving = { deps, tx, practice, account, row, decision, channel, held };
			const carrier = await carrierOf(tx, practice, channel);
			if (carrier === undefined) return await prepareCall(leaving);
			const statement = carrier.kind === 'print' ? waitsForStatement(practice, account, now) : undefined;
			if (statement) await postpone(deps, tx, row, statement.at, [statement.reason]);
			else await prepareByHand(leaving, carrier);
			return undefined;
		} catch (error) {
			// A text with a hole, a sender without an address: nothing may leave, and somebody must hear of it.
			if (!(error instanceof Failure) || error.kind === 'unavailable') throw error;
			await stop(deps, tx, practice, account, row, [{ code: error.code, text: error.message, remedy: error.message }]);
			if (isOfText(error)) await openTextWork(deps, tx, practice, account, { message: reminder.message ?? row.message, channel }, error);
			return undefined;
		}
	});
}

async function postpone(deps: Deps, tx: Tx, row: Row, at: number, reasons: readonly Reason[]): Promise<void> {
	await tx
		.updateTable('reminder')
		.set({ send_at: iso(at), reasons: JSON.stringify(reasons) })
		.where('practice_id', '=', row.practice_id)
		.where('reminder_ref', '=', row.reminder_ref)
		.execute();
	await sendLater(deps, tx, row.practice_id, at);
}

const stillOpen = (account: Account, covers: readonly string[]): string[] => {
	const open = covers.filter((ref) => account.facts.invoices.some((invoice) => invoice.ref === ref));
	// All of them gone: ask for the first by name, so that the rules say that it is not owed instead of choosing others.
	return open.length > 0 ? open : covers.slice(0, 1);
};

async function stop(deps: Deps, tx: Tx, practice: Practice, account: Account, row: Row, reasons: readonly Reason[]): Promise<void> {
	await tx
		.updateTable('reminder')
		.set({
			status: 'suppressed',
			settled_at: iso(deps.now()),
			reasons: JSON.stringify(reasons),
			failure_code: reasons[0]?.code ?? null,
			// When the reason is gone, the same step may be asked for again; a caller's own key keeps its answer.
			...(/^(live|test):key:/.test(row.intent_key) ? {} : { intent_key: `suppressed:${row.reminder_ref}` }),
		})
		.where('practice_id', '=', practice.id)
		.where('reminder_ref', '=', row.reminder_ref)
		.execute();
	await audit(tx, practice.id, [
		{
			at: iso(deps.now()),
			actor: 'system',
			kind: 'reminder_suppressed',
			subject: row.account_ref,
			body: { reminder_ref: row.reminder_ref, reasons: reasons.map((reason) => reason.code) },
		},
	]);
	await tellNotDelivered(deps, tx, practice, account.row, row, 'suppressed', reasons, row.because_of ?? row.actor);
}

type Result = { ok: SendResult } | { failure: Failure };

/** Records what the vendor said. */
async function settle(deps: Deps, { row, connection, practice }: Claimed, result: Result): Promise<void> {
	await deps.ledger.practice(practice.id, async (tx) => {
		const now = iso(deps.now());
		const update = (values: object) =>
			tx
				.updateTable('reminder')
				.set(values)
				.where('practice_id', '=', practice.id)
				.where('reminder_ref', '=', row.reminder_ref)
				.where('status', 'in', ['sending', 'unknown'])
				.returning('reminder_ref')
				.executeTakeFirst();
		const entry = (kind: string, body: object) =>
			audit(tx, practice.id, [
				{ at: now, actor: `vendor:${connection.provider.id}`, kind, subject: row.account_ref, body: { reminder_ref: row.reminder_ref, ...body } },
			]);
		if ('ok' in result) {
			const { externalId, status, rawStatus } = result.ok;
			const updated = await update({
				status: status === 'unknown' ? 'sent' : status,
				sent_at: now,
				external_id: externalId,
				raw_status: rawStatus,
				failure_code: null,
				...(status === 'delivered' || status === 'undelivered' ? { settled_at: now } : {}),
			});
			if (updated) await entry('reminder_sent', { external_id: externalId, raw_status: rawStatus });
			if (updated && (status === 'sent' || status === 'unknown')) await askLater(deps, tx, practice.id, connection, deps.now());
			if (updated && connection.name !== 'sandbox') await markConnection(deps, tx, practice.id, connection.name, 'working', '');
			return;
		}
		const { failure } = result;
		const account = await loadAccount(tx, practice, row.account_ref, deps.now(), true);
		if (failure.outcomeUnknown || failure.kind === 'broken') {
			await update({ status: 'unknown', settled_at: now, failure_code: failure.code });
			await entry('reminder_unknown', { code: failure.code });
			await tellNotDelivered(
				deps,
				tx,
				practice,
				account.row,
				await readRow(tx, practice.id, row.reminder_ref),
				'unknown',
				[{ code: 'outcome_unknown', text: failure.message, remedy: '' }],
				row.because_of ?? row.actor,
			);
			return;
		}
		if ((failure.kind === 'limited' || failure.kind === 'unavailable') && deps.now() - row.created_at.getTime() < GIVE_UP_MS) {
			// Nothing was taken: it waits its turn, and is decided again then.
			const next = deps.now() + (failure.retryAfterSeconds ?? 300) * 1000;
			await update({ status: 'scheduled', send_at: iso(next), claimed_at: null, claimed_by: null, failure_code: failure.code });
			await lowerStep(tx, practice.id, row);
			await sendLater(deps, tx, practice.id, next);
			await entry('reminder_postponed', { code: failure.code });
			return;
		}
		await update({ status: 'failed', settled_at: now, failure_code: failure.vendorCode ?? failure.code, raw_status: failure.code });
		await entry('reminder_failed', { code: failure.code, vendor_code: failure.vendorCode ?? '' });
		if (failure.code === 'opted_out' && row.channel)
			await optOut(deps, tx, practice, {
				accountRef: row.account_ref,
				recipient: row.recipient as Recipient,
				channel: row.channel as Channel,
				how: `${connection.provider.label} says opted out`,
				actor: `vendor:${connection.provider.id}`,
			});
		if (row.channel && (failure.code === 'invalid_recipient' || failure.code === 'not_textable'))
			await contactBad(tx, practice.id, row, failure.vendorCode ?? failure.code, now, failure.code === 'not_textable');
		if ((failure.kind === 'auth' || failure.kind === 'denied') && failure.code !== 'opted_out')
			await connectionBroken(deps, tx, practice, connection, failure, 'reminder_not_delivered');
		const failed = await readRow(tx, practice.id, row.reminder_ref);
		const fallback = await tryFallback(deps, tx, practice, failed);
		await tellNotDelivered(
			deps,
			tx,
			practice,
			account.row,
			failed,
			'failed',
			[{ code: failure.code, text: failure.message, remedy: '' }],
			row.because_of ?? row.actor,
			fallback,
		);
	});
}

/** The one case in which a claimed step is taken back: the vendor surely never took the message. */
async function lowerStep(tx: Tx, practiceId: string, row: Row): Promise<void> {
	const { steps = [] } = row.decision as { steps?: Step[] };
	for (const step of steps)
		await sql`update invoice set reminded_days = ${step.before} where practice_id = ${practiceId} and invoice_ref = ${step.ref} and reminded_days = ${step.after}`.execute(
			tx,
		);
}
