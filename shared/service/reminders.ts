/**
 * Reminders: one intent is one message. A send is: claim the row (conditional update) → decide again on what is true
 * at that moment → call the vendor with our reference, outside any transaction → record. A crash between call and
 * record leaves `sending`, which the sweep turns into `unknown`; an unknown outcome is looked up at the vendor where
 * that is possible and shown to staff where it is not. It is never sent again blindly.
 */
import { sql } from 'kysely';
import { Failure, invalidField } from '../contracts/failure.ts';
import { formatMoney, fromMinor } from '../contracts/money.ts';
import type { OutgoingMessage, SendResult } from '../contracts/provider.ts';
import type { Channel, EventType, ReminderStatus } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import type { Service } from '../operations/registry.ts';
import { startOfDay } from '../rules/index.ts';
import type { Decision, Reason, ReminderDecision, ReminderRequest } from '../rules/types.ts';
import { type Account, findRef, loadAccount } from './accounts.ts';
import { audit } from './audit.ts';
import { compose, hasText } from './compose.ts';
import { hookAddress, markConnection, type OpenConnection, openConnection } from './connections.ts';
import { openWork } from './escalations.ts';
import { raise } from './events.ts';
import { recordFacts } from './facts.ts';
import { newLink } from './links.ts';
import { bodyHash, keyOf, keyReused, once } from './once.ts';
import { accountLink, actorOf, causeOf, iso, localIso, type Practice, readPractice, senderName } from './practice.ts';
import { newRef, sha256Hex } from './refs.ts';
import { optOut } from './replies.ts';
import type { Caller, Deps } from './types.ts';

/** A claim older than this belongs to a process that died: no call to a vendor takes so long. */
const CLAIM_MS = 120_000;
/** How long a call waits for the outcome of the same call that came a moment before. */
const WAIT_FOR_FIRST_MS = 12_000;
const HELP_AFTER_MS = 1000;
/** A vendor that cannot be reached for so long has lost the moment for this message. */
const GIVE_UP_MS = 24 * 3_600_000;
export const PREPARED_HOURS = 24;

const OPEN: readonly ReminderStatus[] = ['scheduled', 'sending', 'awaiting_approval', 'prepared'];
const WENT: readonly ReminderStatus[] = ['sent', 'delivered', 'undelivered', 'unknown', 'sending', 'scheduled', 'prepared', 'awaiting_approval'];

type Row = Awaited<ReturnType<typeof readRow>>;

const readRow = (tx: Tx, practiceId: string, ref: string) => tx.selectFrom('reminder').selectAll().where('practice_id', '=', practiceId).where('reminder_ref', '=', ref).executeTakeFirstOrThrow();

/** The same step of the ladder for the same invoices is one intent, whichever flow, batch or review asks. */
function stepIntent({ facts }: Account, { message = '', days, covers }: ReminderDecision): string {
	// An invoice that is owed anew after it was paid is another debt.
	const debts = covers.map((ref) => `${ref}${facts.invoices.find((invoice) => invoice.ref === ref)?.againSince ?? ''}`);
	return `step:${facts.ref}:${message}:${days}:${sha256Hex(debts.sort().join(',')).slice(0, 32)}`;
}

/* ---------- asking ---------- */

interface Because {
	id: string;
	type: EventType;
	days?: number;
}

export async function because(tx: Tx, caller: Caller, accountRef: string, id: string | undefined): Promise<Because | undefined> {
	if (!id) return undefined;
	const row = await tx.selectFrom('event').select(['event_id', 'type', 'account_ref', 'body']).where('practice_id', '=', caller.practiceId).where('test', '=', caller.test).where('event_id', '=', id).executeTakeFirst();
	if (!row) throw invalidField('because_of', '"because_of" is not an event of this practice. Map the event code of the trigger, or leave it empty.');
	if (row.account_ref && row.account_ref !== accountRef) throw invalidField('because_of', '"because_of" is an event of another account. Map account and event from the same trigger.');
	const days = (row.body as { days_overdue?: number }).days_overdue;
	return { id: row.event_id, type: row.type as EventType, ...(days === undefined ? {} : { days }) };
}

/** The practice's number or our code of an invoice → our code. */
function invoiceRef(account: Account, invoice: string | undefined): string[] | undefined {
	if (invoice === undefined) return undefined;
	const found = account.row.invoices.find((i) => i.invoice_ref === invoice || i.your_reference === invoice);
	if (!found) throw invalidField('invoice', '"invoice" is not an open invoice of this account. Check it, or leave it empty so that the rules choose.');
	return [found.invoice_ref];
}

export interface Asked {
	invoice?: string | undefined;
	message?: string | undefined;
	channel?: Channel | undefined;
}

/** What a call asks of the rules. @throws Failure `invalid` for a message nobody wrote */
export function requestOf(practice: Practice, account: Account, asked: Asked, why?: Because): ReminderRequest {
	if (asked.message !== undefined && !hasText(practice, asked.message)) throw invalidField('message', `There is no message "${asked.message}". Choose one of the list, or leave it empty so that the ladder decides.`);
	const invoices = invoiceRef(account, asked.invoice);
	return {
		...(asked.message ? { message: asked.message } : {}),
		...(asked.channel ? { channel: asked.channel } : {}),
		...(invoices ? { invoices } : {}),
		...(why ? { because: { type: why.type, ...(why.days === undefined ? {} : { days: why.days }) } } : {}),
	};
}

const why = (practice: Practice, reasons: readonly Reason[], at: number | undefined) => ({
	reason_code: reasons[0]?.code ?? '',
	reasons_text: reasons.map((reason) => reason.text).join('\n'),
	next_possible_at: at === undefined ? '' : localIso(at, practice.zone),
	what_would_change_it: reasons.map((reason) => reason.remedy).filter((remedy, i, all) => all.indexOf(remedy) === i).join('\n'),
});
export const whyFields = why;

type SendAnswer = Awaited<ReturnType<Service['send_reminder']>>;

export const sendReminder =
	(deps: Deps, caller: Caller): Service['send_reminder'] =>
	async (input) => {
		if (input.when === 'on_date' && !input.send_on) throw invalidField('send_on', '"send_on" is needed when the reminder is to leave on a date. Give a date such as 2026-12-01.');
		const key = keyOf(caller, input);
		const asked = await deps.ledger.practice(caller.practiceId, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId);
			const first = key === undefined ? undefined : await byKey(tx, caller, key, bodyHash(input));
			if (first) return { ref: first, duplicate: true };
			const ref = await findRef(tx, caller, input);
			// From here on one call at a time for this account: the others find what this one did.
			const account = await loadAccount(tx, practice, ref, deps.now(), true);
			// The key again, now that an equal call which was under way has ended.
			const meanwhile = key === undefined ? undefined : await byKey(tx, caller, key, bodyHash(input));
			if (meanwhile) return { ref: meanwhile, duplicate: true };
			const event = await because(tx, caller, ref, input.because_of);
			const request = requestOf(practice, account, input, event);
			const decision = practice.rules.decide(account.facts, deps.now(), request);
			const intent = key !== undefined ? `key:${key}` : event && event.type !== 'balance_overdue' ? `event:${event.id}` : stepIntent(account, decision.reminder);
			const same = await byIntent(tx, caller, intent);
			if (same && same.status !== 'cancelled' && same.status !== 'failed') return { ref: same.reminder_ref, duplicate: true };
			const before = await sentBefore(tx, caller, account, decision.reminder, request, event);
			if (before) {
				if (key !== undefined) await rememberKey(deps, tx, caller, key, bodyHash(input), before);
				return { ref: before, duplicate: true };
			}
			return { ref: await insert(deps, tx, caller, practice, account, decision, { intent: same ? `${intent}:again:${newRef('try')}` : intent, input, request, event }), duplicate: false };
		});
		if (!asked.duplicate) await dispatch(deps, caller.practiceId, asked.ref);
		await settled(deps, caller.practiceId, asked.ref);
		return answer(deps, caller, asked.ref, asked.duplicate);
	};

const byIntent = (tx: Tx, caller: Caller, intent: string) =>
	tx.selectFrom('reminder').select(['reminder_ref', 'status', 'request']).where('practice_id', '=', caller.practiceId).where('intent_key', '=', `${caller.test ? 'test' : 'live'}:${intent}`).executeTakeFirst();

/** What this key led to before. @throws Failure `conflict` when it came with other content then */
async function byKey(tx: Tx, caller: Caller, key: string, hash: string): Promise<string | undefined> {
	const own = await byIntent(tx, caller, `key:${key}`);
	const other = own ? undefined : await tx.selectFrom('idempotency').select(['body_hash', 'answer']).where('practice_id', '=', caller.practiceId).where('test', '=', caller.test).where('operation', '=', 'send_reminder').where('key', '=', key).executeTakeFirst();
	if (!own && !other) return undefined;
	if ((own ? (own.request as { hash?: string }).hash : other?.body_hash) !== hash) throw keyReused();
	return own ? own.reminder_ref : (other?.answer as { reminder_ref: string }).reminder_ref;
}

/** A call that found its step taken by another keeps that answer: replayed weeks later it must not take the next step. */
async function rememberKey(deps: Deps, tx: Tx, caller: Caller, key: string, hash: string, ref: string): Promise<void> {
	await tx
		.insertInto('idempotency')
		.values({ practice_id: caller.practiceId, test: caller.test, operation: 'send_reminder', key, body_hash: hash, at: iso(deps.now()), answer: JSON.stringify({ reminder_ref: ref }) })
		.onConflict((conflict) => conflict.doNothing())
		.execute();
}

/** The step was taken already, by another flow, a batch or the service itself, or this event led to its reminder before. */
async function sentBefore(tx: Tx, caller: Caller, account: Account, decision: ReminderDecision, request: ReminderRequest, event: Because | undefined): Promise<string | undefined> {
	const taken = decision.verdict === 'hold' && (decision.reasons[0]?.code === 'already_reminded' || decision.reasons[0]?.code === 'not_due');
	const rows = await tx
		.selectFrom('reminder')
		.select(['reminder_ref', 'because_of', 'step_days', 'message', 'covers', 'created_at'])
		.where('practice_id', '=', caller.practiceId)
		.where('account_ref', '=', account.row.account_ref)
		.where('test', '=', caller.test)
		.where('status', 'in', [...WENT])
		.where('step_days', '>', 0)
		.orderBy('created_at', 'desc')
		.limit(20)
		.execute();
	const ofEvent = event && rows.find((row) => row.because_of === event.id);
	if (ofEvent) return ofEvent.reminder_ref;
	// A reminder of what was owed under the same number before it was paid is none of what is owed anew.
	const isOf = (row: (typeof rows)[number], refs: readonly string[]) => account.facts.invoices.some((invoice) => refs.includes(invoice.ref) && row.covers.includes(invoice.ref) && row.created_at.getTime() >= (invoice.againSince ?? 0));
	// Planned or under way: the ladder has not moved yet.
	if (!taken) return decision.days > 0 ? rows.find((row) => row.step_days === decision.days && row.message === decision.message && isOf(row, decision.covers))?.reminder_ref : undefined;
	const wanted = request.invoices ?? account.facts.invoices.filter((invoice) => invoice.amountMinor > 0 && invoice.remindedDays > 0).map((invoice) => invoice.ref);
	return rows.find((row) => row.step_days >= (event?.days ?? 0) && (request.message === undefined || row.message === request.message) && isOf(row, wanted))?.reminder_ref;
}

interface Wish {
	intent: string;
	input: { when?: string; send_on?: string; if_not_sent?: string; idempotency_key?: string };
	request: ReminderRequest;
	event: Because | undefined;
}

async function insert(deps: Deps, tx: Tx, caller: Caller, practice: Practice, account: Account, decision: Decision, wish: Wish): Promise<string> {
	const now = deps.now();
	const { reminder } = decision;
	const notToday = reminder.verdict === 'wait' && wish.input.when === 'only_now';
	const status: ReminderStatus = reminder.verdict === 'hold' || notToday ? 'suppressed' : 'scheduled';
	// A refusal keeps no derived intent: when the reason is gone, the same step may be asked for again.
	const intent = status === 'suppressed' && !wish.intent.startsWith('key:') ? `suppressed:${newRef('try')}` : wish.intent;
	const on = wish.input.when === 'on_date' && wish.input.send_on ? Math.max(startOfDay(wish.input.send_on, practice.zone), now) : now;
	const ref = await insertRow(deps, tx, practice, account, decision, {
		intent: `${account.row.test ? 'test' : 'live'}:${intent}`,
		status,
		sendAt: Math.max(on, reminder.sendAt ?? 0),
		actor: actorOf(caller),
		performedBy: caller.performedBy,
		becauseOf: wish.event?.id,
		sentByCall: true,
		request: { ...wish.request, hash: bodyHash(wish.input) },
	});
	if (status === 'suppressed') await tellNotDelivered(deps, tx, practice, account.row, await readRow(tx, practice.id, ref), 'suppressed', reminder.reasons, causeOf(caller, wish.event?.id));
	return ref;
}

interface NewRow {
	intent: string;
	status: ReminderStatus;
	sendAt: number;
	actor: string;
	performedBy?: string | undefined;
	becauseOf?: string | undefined;
	batch?: string | undefined;
	fallbackOf?: string | undefined;
	expiresAt?: number | undefined;
	/** The call that inserts it sends it at once; the job is for the case that its process ends before. */
	sentByCall?: true;
	request: object;
}

async function insertRow(deps: Deps, tx: Tx, practice: Practice, account: Account, decision: Decision, row: NewRow): Promise<string> {
	const { reminder } = decision;
	const ref = newRef('rem');
	const inserted = await tx
		.insertInto('reminder')
		.values({
			practice_id: practice.id,
			reminder_ref: ref,
			intent_key: row.intent,
			test: account.row.test,
			account_ref: account.row.account_ref,
			status: row.status,
			channel: reminder.channel ?? null,
			fallback: reminder.fallback ?? null,
			fallback_of: row.fallbackOf ?? null,
			message: reminder.message ?? '',
			step_days: reminder.days,
			covers: reminder.covers,
			amount_minor: reminder.amountMinor,
			currency: account.row.currency,
			language: account.row.language,
			because_of: row.becauseOf ?? null,
			request: JSON.stringify(row.request),
			reasons: JSON.stringify(reminder.reasons),
			decision: JSON.stringify({ trace: decision.trace, verdict: reminder.verdict }),
			policy_hash: practice.policyHash,
			actor: row.actor,
			performed_by: row.performedBy ?? null,
			batch: row.batch ?? null,
			created_at: iso(deps.now()),
			send_at: row.status === 'suppressed' ? null : iso(row.sendAt),
			expires_at: row.expiresAt ? iso(row.expiresAt) : null,
		})
		.onConflict((conflict) => conflict.doNothing())
		.returning('reminder_ref')
		.executeTakeFirst();
	if (!inserted) return (await tx.selectFrom('reminder').select('reminder_ref').where('practice_id', '=', practice.id).where('intent_key', '=', row.intent).executeTakeFirstOrThrow()).reminder_ref;
	const startAfter = Math.max(row.sendAt, row.sentByCall ? deps.now() + CLAIM_MS : 0);
	if (row.status === 'scheduled') await deps.ledger.queue.add(tx, 'send', { practice_id: practice.id, reminder_ref: ref }, startAfter > deps.now() ? { startAfter: new Date(startAfter) } : {});
	await audit(tx, practice.id, [
		{ at: iso(deps.now()), actor: row.actor, kind: `reminder_${row.status}`, subject: account.row.account_ref, body: { reminder_ref: ref, message: reminder.message ?? '', days: reminder.days, amount_minor: reminder.amountMinor, covers: reminder.covers, reasons: reminder.reasons.map((r) => r.code), policy_hash: practice.policyHash } },
	]);
	return ref;
}

/** What a review plans where the policy lets the service send or a person approve. False when the step was planned before. */
export async function planReminder(deps: Deps, tx: Tx, practice: Practice, account: Account, decision: Decision, how: { actor: string; status: 'scheduled' | 'awaiting_approval'; batch: string }): Promise<boolean> {
	const { reminder } = decision;
	const intent = `${account.row.test ? 'test' : 'live'}:${stepIntent(account, reminder)}`;
	const rows = await tx
		.selectFrom('reminder')
		.select(['reminder_ref', 'intent_key', 'status', 'step_days', 'message', 'covers'])
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', account.row.account_ref)
		.where('test', '=', account.row.test)
		.where((eb) => eb.or([eb('intent_key', '=', intent), eb('status', 'in', ['scheduled', 'awaiting_approval', 'prepared'])]))
		.execute();
	const overlaps = (row: { covers: string[] }) => row.covers.some((ref) => reminder.covers.includes(ref));
	const same = rows.find((row) => row.intent_key === intent);
	if (same && same.status !== 'cancelled') return false;
	// A flow, or another app that reserved it, is at this step already.
	if (rows.some((row) => isOpen(row.status) && row.step_days >= reminder.days && overlaps(row))) return false;
	// Of several steps only the latest goes out: an older one that still waits would be a second message about the same money.
	const older = rows.filter((row) => (row.status === 'scheduled' || row.status === 'awaiting_approval') && row.step_days > 0 && overlaps(row)).map((row) => row.reminder_ref);
	if (older.length > 0) await cancelWaiting(deps, tx, practice, { reminderRefs: older }, 'superseded');
	await insertRow(deps, tx, practice, account, decision, { intent: same ? `${intent}:again:${newRef('try')}` : intent, status: how.status, sendAt: deps.now(), actor: how.actor, batch: how.batch, request: {} });
	return true;
}

/** Lets a gathered batch go; each reminder is decided again when it leaves. */
export const approveBatch =
	(deps: Deps, caller: Caller): Service['approve_batch'] =>
	(input) =>
		once(deps, caller, 'approve_batch', input, async (tx) => {
			const { batch } = input;
			const gathered = tx.selectFrom('reminder').select('reminder_ref').where('practice_id', '=', caller.practiceId).where('test', '=', caller.test).where('batch', '=', batch);
			if (!(await gathered.limit(1).executeTakeFirst())) {
				const message = `There is no batch "${batch}"${caller.test ? ' of test accounts (this is a test key)' : ''}. Take its code from the review that asked for approval.`;
				throw new Failure('missing', message, { code: 'batch_not_found', fields: [{ field: 'batch', message }] });
			}
			const now = iso(deps.now());
			const rows = await tx
				.updateTable('reminder')
				.set({ status: 'scheduled', send_at: now })
				.where('practice_id', '=', caller.practiceId)
				.where('test', '=', caller.test)
				.where('batch', '=', batch)
				.where('status', '=', 'awaiting_approval')
				.returning('reminder_ref')
				.execute();
			await deps.ledger.queue.addAll(tx, 'send', rows.map((row) => ({ data: { practice_id: caller.practiceId, reminder_ref: row.reminder_ref } })));
			await tx.updateTable('escalation').set({ status: 'resolved', resolved_at: now, outcome: 'approved' }).where('practice_id', '=', caller.practiceId).where('test', '=', caller.test).where('cause', '=', batchCause(batch)).where('status', '=', 'open').execute();
			await audit(tx, caller.practiceId, [{ at: now, actor: actorOf(caller), kind: 'batch_approved', subject: batch, body: { reminders: rows.length } }]);
			const summary = rows.length === 0 ? 'Nothing in this batch waits any more.' : `${rows.length} reminder${rows.length === 1 ? ' was' : 's were'} approved. Each leaves at the next allowed hour, if the rules still allow it then.`;
			return { batch, approved: rows.length, summary, link: deps.config.publicUrl };
		});

/** Staff work about a batch that waits; approving the batch resolves it. */
export const batchCause = (batch: string): string => `batch:${batch}`;

/** Waiting reminders that must not leave any more. */
export async function cancelWaiting(deps: Deps, tx: Tx, practice: Practice, what: { accountRef?: string; accountRefs?: readonly string[]; reminderRefs?: readonly string[]; invoiceRef?: string; everything?: true; test?: boolean }, reason: string): Promise<number> {
	let query = tx
		.updateTable('reminder')
		.set({ status: 'cancelled', settled_at: iso(deps.now()), failure_code: reason })
		.where('practice_id', '=', practice.id)
		.where('status', 'in', ['scheduled', 'awaiting_approval', 'prepared']);
	if (what.test !== undefined) query = query.where('test', '=', what.test);
	if (what.accountRef !== undefined) query = query.where('account_ref', '=', what.accountRef);
	if (what.reminderRefs !== undefined) query = query.where(sql<boolean>`reminder_ref = any(${[...what.reminderRefs]})`);
	if (what.accountRefs !== undefined) query = query.where(sql<boolean>`account_ref = any(${[...what.accountRefs]})`);
	if (what.invoiceRef !== undefined) query = query.where(sql<boolean>`covers @> ${[what.invoiceRef]}::text[]`);
	const rows = await query.returning(['reminder_ref', 'account_ref']).execute();
	await audit(tx, practice.id, rows.map((row) => ({ at: iso(deps.now()), actor: 'system', kind: 'reminder_cancelled', subject: row.account_ref, body: { reminder_ref: row.reminder_ref, reason } })));
	return rows.length;
}

/* ---------- sending ---------- */

interface Claimed {
	row: Row;
	connection: OpenConnection;
	message: OutgoingMessage;
	practice: Practice;
}

/** The queue's `send` job and the last part of Send Reminder. Safe to call any number of times at once. */
export async function dispatch(deps: Deps, practiceId: string, ref: string): Promise<void> {
	await refreshInvoices(deps, practiceId, ref);
	const claimed = await claim(deps, practiceId, ref);
	if (!claimed) return;
	const { connection, message } = claimed;
	const { send } = connection.provider;
	try {
		if (!send) throw new Failure('invalid', `${connection.provider.label} does not send messages.`);
		await settle(deps, claimed, { ok: await send.message(connection.http, connection.credentials, message) });
	} catch (error) {
		await settle(deps, claimed, { failure: error instanceof Failure ? error : new Failure('broken', 'The sending service\'s answer was not understood.', { outcomeUnknown: true, cause: error }) });
		if (!(error instanceof Failure)) deps.log.error({ reminder: ref, error: error instanceof Error ? error.name : 'unknown' }, 'a send ended in an unexpected error');
	}
}

/** Reads the invoices again at their source, where that is possible: what was paid an hour ago is not asked for. */
async function refreshInvoices(deps: Deps, practiceId: string, ref: string): Promise<void> {
	const sources = await deps.ledger.practice(practiceId, async (tx) => {
		const rows = await tx
			.selectFrom('reminder')
			.innerJoin('invoice', (join) => join.onRef('invoice.practice_id', '=', 'reminder.practice_id').on(sql<boolean>`invoice.invoice_ref = any(reminder.covers)`))
			.select(['invoice.external_id', 'invoice.connection', 'reminder.test'])
			.where('reminder.practice_id', '=', practiceId)
			.where('reminder.reminder_ref', '=', ref)
			.where('reminder.status', '=', 'scheduled')
			.where('reminder.send_at', '<=', new Date(deps.now()))
			.where('invoice.external_id', 'is not', null)
			.where('invoice.connection', 'is not', null)
			.execute();
		const opened = new Map<string, OpenConnection>();
		for (const { connection } of rows) if (connection && !opened.has(connection)) opened.set(connection, await openConnection(deps, tx, practiceId, connection));
		return rows.map((row) => ({ test: row.test, externalId: row.external_id ?? '', connection: opened.get(row.connection ?? '') }));
	});
	for (const { connection, externalId, test } of sources) {
		const read = connection?.provider.read?.invoice;
		if (!connection || !read) continue;
		try {
			const fact = await read(connection.http, connection.credentials, externalId, iso(deps.now()));
			if (fact) await deps.ledger.practice(practiceId, (tx) => recordFacts(deps, tx, { practiceId, test, actor: `vendor:${connection.provider.id}`, connection: connection.name }, [fact]));
		} catch (error) {
			// The balance's age decides then: too old a balance holds the message.
			if (!(error instanceof Failure)) throw error;
			deps.log.warn({ vendor: connection.provider.id, kind: error.kind }, 'an invoice could not be read again before a send');
		}
	}
}

/** Takes the reminder for this process and decides again on the facts of this moment. undefined: not now, or not any more. */
async function claim(deps: Deps, practiceId: string, ref: string): Promise<Claimed | undefined> {
	return deps.ledger.practice(practiceId, async (tx) => {
		const now = deps.now();
		const practice = await readPractice(tx, practiceId);
		const seen = await tx.selectFrom('reminder').select(['account_ref', 'status', 'send_at']).where('practice_id', '=', practiceId).where('reminder_ref', '=', ref).executeTakeFirst();
		if (seen?.status !== 'scheduled' || (seen.send_at && seen.send_at.getTime() > now)) return undefined;
		const account = await loadAccount(tx, practice, seen.account_ref, now, true);
		const row = await tx.selectFrom('reminder').selectAll().where('practice_id', '=', practiceId).where('reminder_ref', '=', ref).where('status', '=', 'scheduled').forUpdate().executeTakeFirst();
		if (!row || (row.send_at && row.send_at.getTime() > now)) return undefined;
		const asked = row.request as ReminderRequest;
		// Asked for as it was asked, not by the name of the step it was then: the ladder may have moved on, and a step's name would leave out the younger invoices beside it.
		const decision = practice.rules.decide(account.facts, now, { ...asked, ...(row.covers.length > 0 ? { invoices: stillOpen(account, row.covers) } : {}), ...(row.fallback_of && row.channel ? { channel: row.channel as Channel } : {}) });
		const { reminder } = decision;
		if (reminder.verdict === 'wait' && reminder.sendAt !== undefined) {
			await tx.updateTable('reminder').set({ send_at: iso(reminder.sendAt), reasons: JSON.stringify(reminder.reasons) }).where('practice_id', '=', practiceId).where('reminder_ref', '=', ref).execute();
			await deps.ledger.queue.add(tx, 'send', { practice_id: practiceId, reminder_ref: ref }, { startAfter: new Date(reminder.sendAt) });
			return undefined;
		}
		if (reminder.verdict === 'hold' || !reminder.channel) {
			await stop(deps, tx, practice, account, row, reminder.reasons);
			return undefined;
		}
		try {
			return await prepareCall(deps, tx, practice, account, row, decision, reminder.channel);
		} catch (error) {
			// A text with a hole, a sender without an address: nothing may leave, and somebody must hear of it.
			if (!(error instanceof Failure) || error.kind === 'unavailable') throw error;
			await stop(deps, tx, practice, account, row, [{ code: error.code, text: error.message, remedy: error.message }]);
			return undefined;
		}
	});
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
	await audit(tx, practice.id, [{ at: iso(deps.now()), actor: 'system', kind: 'reminder_suppressed', subject: row.account_ref, body: { reminder_ref: row.reminder_ref, reasons: reasons.map((reason) => reason.code) } }]);
	await tellNotDelivered(deps, tx, practice, account.row, row, 'suppressed', reasons, row.because_of ?? row.actor);
}

/** Composes, chooses the sender and marks the row as being sent. The bytes are kept before they leave. */
async function prepareCall(deps: Deps, tx: Tx, practice: Practice, account: Account, row: Row, decision: Decision, channel: Channel): Promise<Claimed> {
	const { reminder } = decision;
	const address = account.row.contacts.find((contact) => contact.channel === channel)?.address ?? '';
	const sender = await tx.selectFrom('sender').selectAll().where('practice_id', '=', practice.id).where('channel', '=', channel).executeTakeFirst();
	if (!sender) throw new Failure('invalid', `No sender is set up for ${channel}. Set one with: npm run dunwell -- sender set.`, { code: 'channel_not_served' });
	const connection = row.test && !isOwn(practice, address) ? sandbox(deps) : await openConnection(deps, tx, practice.id, sender.connection);
	const links = { accountRef: row.account_ref, reminderRef: row.reminder_ref, channel };
	const link = practice.settings.pay_link ? await newLink(deps, tx, practice.id, { kind: 'pay', ...links }) : '';
	const unsubscribe = channel === 'email' ? await newLink(deps, tx, practice.id, { kind: 'unsubscribe', ...links }) : '';
	const message = reminder.message ?? row.message;
	const composed = compose(practice, { message, channel, language: account.row.language, amountMinor: reminder.amountMinor, currency: row.currency, link, unsubscribe });
	const now = iso(deps.now());
	const steps = stepsOf(practice, account, reminder, deps.now());
	await tx
		.updateTable('reminder')
		.set({
			status: 'sending',
			message,
			step_days: reminder.days,
			channel,
			fallback: reminder.fallback ?? null,
			address,
			connection: connection.name,
			vendor: connection.provider.id,
			subject: composed.subject ?? null,
			body_text: composed.text,
			body_html: composed.html ?? null,
			language: composed.language,
			covers: reminder.covers,
			amount_minor: reminder.amountMinor,
			reasons: '[]',
			decision: JSON.stringify({ trace: decision.trace, verdict: reminder.verdict, steps }),
			policy_hash: practice.policyHash,
			claimed_at: now,
			claimed_by: deps.processId,
		})
		.where('practice_id', '=', practice.id)
		.where('reminder_ref', '=', row.reminder_ref)
		.execute();
	// The ladder moves with the claim: whatever comes of the call, the step is not asked for again.
	for (const step of steps) await sql`update invoice set reminded_days = greatest(reminded_days, ${step.after}) where practice_id = ${practice.id} and invoice_ref = ${step.ref}`.execute(tx);
	const outgoing: OutgoingMessage = {
		reference: row.reminder_ref,
		channel,
		to: address,
		from: sender.address,
		fromName: sender.name || senderName(practice),
		text: composed.text,
		...(composed.subject === undefined ? {} : { subject: composed.subject }),
		...(composed.html === undefined ? {} : { html: composed.html }),
		language: composed.language,
		callbackUrl: await hookUrl(deps, tx, practice.id, connection),
		...(unsubscribe === '' ? {} : { unsubscribeUrl: unsubscribe }),
		idempotencyKey: row.reminder_ref,
	};
	const claimed = await readRow(tx, practice.id, row.reminder_ref);
	const consent = account.row.consents.find((c) => c.channel === channel);
	// Last: the chain is one queue for the whole practice, and everybody waits for whoever holds it.
	await audit(tx, practice.id, [
		{
			at: now,
			actor: row.actor,
			kind: 'reminder_leaving',
			subject: row.account_ref,
			body: { reminder_ref: row.reminder_ref, channel, vendor: connection.provider.id, amount_minor: reminder.amountMinor, covers: reminder.covers, policy_hash: practice.policyHash, digest: sha256Hex(`${composed.subject ?? ''}\n${composed.text}\n${composed.html ?? ''}`), ...(consent ? { consent: { state: consent.state, evidence: consent.evidence, at: consent.at } } : {}) },
			personal: { address, subject: composed.subject ?? '', text: composed.text },
		},
	]);
	return { row: claimed, connection, message: outgoing, practice };
}

/** A test reaches the practice's own phone and mailbox, and otherwise the outbox that everybody can look at. */
const isOwn = (practice: Practice, address: string): boolean => address !== '' && (address === practice.settings.own_phone || address === practice.settings.own_mailbox?.toLowerCase());

function sandbox(deps: Deps): OpenConnection {
	const provider = deps.providers['sandbox'];
	if (!provider) throw new Failure('broken', 'The sandbox provider is missing.');
	return { name: 'sandbox', provider, credentials: {}, http: { send: () => Promise.reject(new Failure('broken', 'The sandbox calls nobody.')) } };
}

async function hookUrl(deps: Deps, tx: Tx, practiceId: string, connection: OpenConnection): Promise<string> {
	const row = await tx.selectFrom('connection').select(['practice_id', 'connection', 'vendor', 'hook_secret']).where('practice_id', '=', practiceId).where('connection', '=', connection.name).executeTakeFirst();
	return row ? hookAddress(deps, row) : deps.config.publicUrl;
}

type Result = { ok: SendResult } | { failure: Failure };

/** Records what the vendor said. */
async function settle(deps: Deps, { row, connection, practice }: Claimed, result: Result): Promise<void> {
	await deps.ledger.practice(practice.id, async (tx) => {
		const now = iso(deps.now());
		const update = (values: object) => tx.updateTable('reminder').set(values).where('practice_id', '=', practice.id).where('reminder_ref', '=', row.reminder_ref).where('status', 'in', ['sending', 'unknown']).returning('reminder_ref').executeTakeFirst();
		const entry = (kind: string, body: object) => audit(tx, practice.id, [{ at: now, actor: `vendor:${connection.provider.id}`, kind, subject: row.account_ref, body: { reminder_ref: row.reminder_ref, ...body } }]);
		if ('ok' in result) {
			const { externalId, status, rawStatus } = result.ok;
			const updated = await update({ status: status === 'unknown' ? 'sent' : status, sent_at: now, external_id: externalId, raw_status: rawStatus, failure_code: null, ...(status === 'delivered' || status === 'undelivered' ? { settled_at: now } : {}) });
			if (updated) await entry('reminder_sent', { external_id: externalId, raw_status: rawStatus });
			if (updated && connection.name !== 'sandbox') await markConnection(deps, tx, practice.id, connection.name, 'working', '');
			return;
		}
		const { failure } = result;
		const account = await loadAccount(tx, practice, row.account_ref, deps.now(), true);
		if (failure.outcomeUnknown || failure.kind === 'broken') {
			await update({ status: 'unknown', settled_at: now, failure_code: failure.code });
			await entry('reminder_unknown', { code: failure.code });
			await tellNotDelivered(deps, tx, practice, account.row, await readRow(tx, practice.id, row.reminder_ref), 'unknown', [{ code: 'outcome_unknown', text: failure.message, remedy: '' }], row.because_of ?? row.actor);
			return;
		}
		if ((failure.kind === 'limited' || failure.kind === 'unavailable') && deps.now() - row.created_at.getTime() < GIVE_UP_MS) {
			// Nothing was taken: it waits its turn, and is decided again then.
			const next = deps.now() + (failure.retryAfterSeconds ?? 300) * 1000;
			await update({ status: 'scheduled', send_at: iso(next), claimed_at: null, claimed_by: null, failure_code: failure.code });
			await lowerStep(tx, practice.id, row);
			await deps.ledger.queue.add(tx, 'send', { practice_id: practice.id, reminder_ref: row.reminder_ref }, { startAfter: new Date(next) });
			await entry('reminder_postponed', { code: failure.code });
			return;
		}
		await update({ status: 'failed', settled_at: now, failure_code: failure.vendorCode ?? failure.code, raw_status: failure.code });
		await entry('reminder_failed', { code: failure.code, vendor_code: failure.vendorCode ?? '' });
		if (failure.code === 'opted_out' && row.channel) await optOut(deps, tx, practice, { accountRef: row.account_ref, channel: row.channel as Channel, how: `${connection.provider.label} says opted out`, actor: `vendor:${connection.provider.id}` });
		if (failure.code === 'invalid_recipient' && row.channel) await contactBad(tx, practice.id, row, failure.vendorCode ?? failure.code, now);
		if (failure.kind === 'auth' || failure.kind === 'denied') await connectionBroken(deps, tx, practice, connection, failure);
		const failed = await readRow(tx, practice.id, row.reminder_ref);
		const fallback = await tryFallback(deps, tx, practice, failed);
		await tellNotDelivered(deps, tx, practice, account.row, failed, 'failed', [{ code: failure.code, text: failure.message, remedy: '' }], row.because_of ?? row.actor, fallback);
	});
}

/** The one case in which a claimed step is taken back: the vendor surely never took the message. */
async function lowerStep(tx: Tx, practiceId: string, row: Row): Promise<void> {
	const { steps = [] } = row.decision as { steps?: Step[] };
	for (const step of steps) await sql`update invoice set reminded_days = ${step.before} where practice_id = ${practiceId} and invoice_ref = ${step.ref} and reminded_days = ${step.after}`.execute(tx);
}

/** How far the message moves each invoice it covers: to its own step, not to that of an older one beside it. */
interface Step {
	ref: string;
	before: number;
	after: number;
}

function stepsOf(practice: Practice, account: Account, reminder: ReminderDecision, now: number): Step[] {
	if (reminder.days <= 0) return [];
	const reached = practice.rules.baseline(account.facts, now);
	return account.facts.invoices
		.filter((invoice) => reminder.covers.includes(invoice.ref))
		.map((invoice) => ({ ref: invoice.ref, before: invoice.remindedDays, after: Math.max(invoice.remindedDays, Math.min(reminder.days, reached[invoice.ref] ?? 0)) }));
}

async function contactBad(tx: Tx, practiceId: string, row: Row, reason: string, now: string): Promise<void> {
	const channels = row.channel === 'sms' || row.channel === 'voice' ? ['sms', 'voice'] : [row.channel ?? ''];
	await tx.updateTable('contact_point').set({ valid: false, invalid_reason: reason, updated_at: now }).where('practice_id', '=', practiceId).where('account_ref', '=', row.account_ref).where('channel', 'in', channels).where('address', '=', row.address ?? '').execute();
}

/** Every message would fail the same way: staff hear once, by name of the connection. */
async function connectionBroken(deps: Deps, tx: Tx, practice: Practice, connection: OpenConnection, failure: Failure): Promise<void> {
	if (failure.code === 'opted_out') return;
	await markConnection(deps, tx, practice.id, connection.name, 'broken', failure.message);
	await openWork(deps, tx, practice, { cause: `connection:${connection.name}`, test: false, reason: 'reminder_not_delivered', severity: 'high', title: `The connection to ${connection.provider.label} is broken`, note: failure.message, actor: 'system' });
}

/** The next channel, once, as the policy allows; decided again when its turn comes. */
async function tryFallback(deps: Deps, tx: Tx, practice: Practice, row: Row): Promise<boolean> {
	if (!row.fallback || row.fallback_of || !practice.policy.fallback) return false;
	const ref = newRef('rem');
	const inserted = await tx
		.insertInto('reminder')
		.values({
			practice_id: practice.id,
			reminder_ref: ref,
			intent_key: `fallback:${row.reminder_ref}`,
			test: row.test,
			account_ref: row.account_ref,
			status: 'scheduled',
			channel: row.fallback,
			fallback_of: row.reminder_ref,
			message: row.message,
			// Not a step of its own: the step was taken by the message that failed.
			step_days: 0,
			covers: row.covers,
			amount_minor: row.amount_minor,
			currency: row.currency,
			language: row.language,
			because_of: row.because_of,
			request: JSON.stringify({ message: row.message, channel: row.fallback, repeat: true }),
			policy_hash: practice.policyHash,
			actor: row.actor,
			created_at: iso(deps.now()),
			send_at: iso(deps.now()),
		})
		.onConflict((conflict) => conflict.doNothing())
		.returning('reminder_ref')
		.executeTakeFirst();
	if (inserted) await deps.ledger.queue.add(tx, 'send', { practice_id: practice.id, reminder_ref: ref });
	return inserted !== undefined;
}

/* ---------- telling ---------- */

const PROBLEM_TEXT = { undelivered: 'was not delivered', failed: 'was refused by the sending service', suppressed: 'is held by the rules', unknown: 'has an unknown outcome' } as const;

async function tellNotDelivered(deps: Deps, tx: Tx, practice: Practice, account: { account_ref: string; your_reference: string; location: string; test: boolean }, row: Row, problem: keyof typeof PROBLEM_TEXT, reasons: readonly Reason[], causedBy: string, fallback = false): Promise<void> {
	const contactPoint = row.channel && row.address ? await tx.selectFrom('contact_point').select('valid').where('practice_id', '=', practice.id).where('account_ref', '=', row.account_ref).where('channel', '=', row.channel).executeTakeFirst() : undefined;
	const next = fallback ? `It is tried once by ${row.fallback}.` : problem === 'unknown' ? 'It is not sent again by itself. Dunwell asks the sending service where it can; staff check whether the patient got it.' : problem === 'suppressed' ? reasons.map((reason) => reason.remedy).filter((text) => text !== '').join(' ') : 'Find a working number or address and record it.';
	await raise(deps, tx, practice, [
		{
			type: 'reminder_not_delivered',
			key: `reminder:${row.reminder_ref}:${problem}`,
			test: row.test,
			accountRef: row.account_ref,
			yourReference: account.your_reference,
			location: account.location,
			currency: row.currency,
			amountMinor: row.amount_minor,
			raisedBy: problem === 'suppressed' ? 'rules' : `vendor:${row.vendor ?? ''}`,
			causedBy,
			summary: `A reminder${row.amount_minor > 0 ? ` about ${formatMoney(row.amount_minor, row.currency)}` : ''} ${PROBLEM_TEXT[problem]}.`,
			reasons: reasons.map((reason) => reason.text),
			canContact: false,
			blocked: problem === 'suppressed' ? reasons.map((reason) => reason.text) : [],
			fields: {
				reminder_ref: row.reminder_ref,
				problem,
				channel: row.channel ?? '',
				message: row.message,
				sent_at: row.sent_at ? localIso(row.sent_at.getTime(), practice.zone) : '',
				vendor_code: problem === 'suppressed' ? '' : (row.failure_code ?? ''),
				contact_point_bad: contactPoint ? (contactPoint.valid ? 'no' : 'yes') : 'unknown',
				next_step_text: next,
			},
		},
	]);
	if (problem === 'unknown' || (problem !== 'suppressed' && !fallback))
		await openWork(deps, tx, practice, {
			cause: `reminder:${row.reminder_ref}`,
			test: row.test,
			reason: 'reminder_not_delivered',
			severity: 'normal',
			title: `A reminder ${PROBLEM_TEXT[problem]}`,
			accountRef: row.account_ref,
			yourReference: account.your_reference,
			location: account.location,
			amountMinor: row.amount_minor,
			currency: row.currency,
			actor: 'system',
			causedBy,
		});
}

/** What a vendor says later of a message: forward only, and a final word stays, but for a delivery that turns out to have bounced. */
export async function applyDelivery(deps: Deps, tx: Tx, practice: Practice, vendor: string, event: { externalId: string; reference?: string; status: 'sent' | 'delivered' | 'undelivered' | 'unknown'; rawStatus: string; code?: string }): Promise<boolean> {
	let query = tx.selectFrom('reminder').selectAll().where('practice_id', '=', practice.id).where('vendor', '=', vendor).forUpdate();
	query = event.reference ? query.where((eb) => eb.or([eb('external_id', '=', event.externalId), eb('reminder_ref', '=', event.reference ?? '')])) : query.where('external_id', '=', event.externalId);
	const row = await query.executeTakeFirst();
	if (!row) return false;
	const from = row.status as ReminderStatus;
	const to = event.status;
	const allowed = (to === 'sent' && (from === 'sending' || from === 'unknown')) || (to === 'delivered' && (from === 'sending' || from === 'unknown' || from === 'sent')) || (to === 'undelivered' && ['sending', 'unknown', 'sent', 'delivered'].includes(from));
	if (!allowed) {
		await tx.updateTable('reminder').set({ raw_status: event.rawStatus }).where('practice_id', '=', practice.id).where('reminder_ref', '=', row.reminder_ref).execute();
		return true;
	}
	const now = iso(deps.now());
	await tx
		.updateTable('reminder')
		.set({ status: to, raw_status: event.rawStatus, external_id: row.external_id ?? event.externalId, sent_at: row.sent_at ?? row.claimed_at ?? now, ...(to === 'sent' ? {} : { settled_at: now }), ...(event.code ? { failure_code: event.code } : {}) })
		.where('practice_id', '=', practice.id)
		.where('reminder_ref', '=', row.reminder_ref)
		.execute();
	await audit(tx, practice.id, [{ at: now, actor: `vendor:${vendor}`, kind: `reminder_${to}`, subject: row.account_ref, body: { reminder_ref: row.reminder_ref, raw_status: event.rawStatus, ...(event.code ? { code: event.code } : {}) } }]);
	if (to !== 'undelivered') return true;
	const account = await loadAccount(tx, practice, row.account_ref, deps.now());
	await contactBad(tx, practice.id, row, event.code ?? event.rawStatus, now);
	const failed = await readRow(tx, practice.id, row.reminder_ref);
	const fallback = await tryFallback(deps, tx, practice, failed);
	await tellNotDelivered(deps, tx, practice, account.row, failed, 'undelivered', [{ code: 'undelivered', text: `The sending service reports "${event.rawStatus}"${event.code ? ` (${event.code})` : ''}.`, remedy: '' }], row.because_of ?? row.actor, fallback);
	return true;
}

/* ---------- after a crash ---------- */

/** Claims of processes that are gone become `unknown`; unknown ones are looked up at the vendor; reservations end. */
export async function sweepReminders(deps: Deps, practiceId: string): Promise<void> {
	const now = deps.now();
	const { lost, unknown, missed } = await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId);
		// One process owns the embedded database: every claim that is not its own is of a process that ended.
		const stale = deps.ledger.kind === 'embedded' ? sql<boolean>`(claimed_by <> ${deps.processId} or claimed_at < ${iso(now - CLAIM_MS)})` : sql<boolean>`claimed_at < ${iso(now - CLAIM_MS)}`;
		const rows = await tx.updateTable('reminder').set({ status: 'unknown', settled_at: iso(now), failure_code: 'process_ended' }).where('practice_id', '=', practiceId).where('status', '=', 'sending').where(stale).returningAll().execute();
		for (const row of rows) {
			const account = await loadAccount(tx, practice, row.account_ref, now);
			await audit(tx, practiceId, [{ at: iso(now), actor: 'system', kind: 'reminder_unknown', subject: row.account_ref, body: { reminder_ref: row.reminder_ref, code: 'process_ended' } }]);
			await tellNotDelivered(deps, tx, practice, account.row, row, 'unknown', [{ code: 'outcome_unknown', text: 'The service stopped while the sending service was being called.', remedy: '' }], row.because_of ?? row.actor);
		}
		const expired = await tx.updateTable('reminder').set({ status: 'cancelled', settled_at: iso(now), failure_code: 'not_confirmed' }).where('practice_id', '=', practiceId).where('status', '=', 'prepared').where('expires_at', '<', new Date(now)).returningAll().execute();
		for (const row of expired) {
			await audit(tx, practiceId, [{ at: iso(now), actor: 'system', kind: 'reminder_released', subject: row.account_ref, body: { reminder_ref: row.reminder_ref, reason: 'not_confirmed' } }]);
			await openWork(deps, tx, practice, { cause: `prepared:${row.reminder_ref}`, test: row.test, reason: 'reminder_not_delivered', severity: 'normal', title: 'A prepared reminder was not confirmed', accountRef: row.account_ref, amountMinor: row.amount_minor, currency: row.currency, actor: 'system' });
		}
		const open = await tx.selectFrom('reminder').selectAll().where('practice_id', '=', practiceId).where('status', '=', 'unknown').where('settled_at', '>', new Date(now - GIVE_UP_MS)).limit(50).execute();
		// A job that was lost with its queue: the row is the truth, so it is queued again.
		const late = await tx.selectFrom('reminder').select('reminder_ref').where('practice_id', '=', practiceId).where('status', '=', 'scheduled').where('send_at', '<', new Date(now - 2 * CLAIM_MS)).limit(500).execute();
		return { lost: rows.length, unknown: open, missed: late.map((row) => row.reminder_ref) };
	});
	if (lost > 0) deps.log.warn({ practice: practiceId, count: lost }, 'reminders with an unknown outcome after a process ended');
	if (missed.length > 0) await deps.ledger.practice(practiceId, (tx) => deps.ledger.queue.addAll(tx, 'send', missed.map((ref) => ({ data: { practice_id: practiceId, reminder_ref: ref } }))));
	for (const row of unknown) await lookUp(deps, practiceId, row);
}

/** Asks the vendor what became of a message; silence and doubt leave it unknown. */
async function lookUp(deps: Deps, practiceId: string, row: Row): Promise<void> {
	if (!row.connection || row.connection === 'sandbox' || !row.channel || !row.address) return;
	try {
		const { connection, from } = await deps.ledger.practice(practiceId, async (tx) => ({
			connection: await openConnection(deps, tx, practiceId, row.connection ?? ''),
			from: (await tx.selectFrom('sender').select('address').where('practice_id', '=', practiceId).where('channel', '=', row.channel ?? '').executeTakeFirst())?.address ?? '',
		}));
		const found = await connection.provider.send?.find?.(connection.http, connection.credentials, {
			reference: row.reminder_ref,
			channel: row.channel as Channel,
			to: row.address,
			from,
			text: row.body_text ?? '',
			...(row.subject ? { subject: row.subject } : {}),
			language: row.language,
			callbackUrl: deps.config.publicUrl,
			idempotencyKey: row.reminder_ref,
			attemptedAt: (row.claimed_at ?? row.created_at).toISOString(),
		});
		if (!found) return;
		await deps.ledger.practice(practiceId, async (tx) => {
			await tx.updateTable('reminder').set({ external_id: found.externalId }).where('practice_id', '=', practiceId).where('reminder_ref', '=', row.reminder_ref).where('external_id', 'is', null).execute();
			await applyDelivery(deps, tx, await readPractice(tx, practiceId), connection.provider.id, { externalId: found.externalId, reference: row.reminder_ref, status: found.status === 'unknown' ? 'sent' : found.status, rawStatus: found.rawStatus });
		});
	} catch (error) {
		if (!(error instanceof Failure)) throw error;
	}
}

/* ---------- answering ---------- */

/** Waits until the first of several equal calls has ended. */
async function settled(deps: Deps, practiceId: string, ref: string): Promise<void> {
	const stopAt = performance.now() + WAIT_FOR_FIRST_MS;
	let helped = false;
	for (;;) {
		const row = await deps.ledger.practice(practiceId, (tx) => readRow(tx, practiceId, ref));
		const moving = row.status === 'sending' || (row.status === 'scheduled' && (row.send_at?.getTime() ?? 0) <= deps.now() && deps.now() - row.created_at.getTime() < WAIT_FOR_FIRST_MS);
		const dead = row.status === 'sending' && (deps.now() - (row.claimed_at?.getTime() ?? 0) > CLAIM_MS || (deps.ledger.kind === 'embedded' && row.claimed_by !== deps.processId));
		if (dead) return sweepReminders(deps, practiceId);
		if (!moving || performance.now() > stopAt) return;
		// Planned and due, but no worker came: this caller does it instead of waiting for one.
		if (row.status === 'scheduled' && !helped && performance.now() > stopAt - WAIT_FOR_FIRST_MS + HELP_AFTER_MS) {
			helped = true;
			await dispatch(deps, practiceId, ref);
			continue;
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

const STATUS_ANSWER: Record<ReminderStatus, SendAnswer['status']> = {
	prepared: 'scheduled',
	awaiting_approval: 'scheduled',
	scheduled: 'scheduled',
	sending: 'unknown',
	sent: 'sent',
	delivered: 'sent',
	undelivered: 'sent',
	failed: 'suppressed',
	suppressed: 'suppressed',
	cancelled: 'suppressed',
	unknown: 'unknown',
};

async function answer(deps: Deps, caller: Caller, ref: string, duplicate: boolean): Promise<SendAnswer> {
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		const practice = await readPractice(tx, caller.practiceId);
		const row = await readRow(tx, caller.practiceId, ref);
		const went = row.status === 'sent' || row.status === 'delivered' || row.status === 'undelivered';
		const status = STATUS_ANSWER[row.status as ReminderStatus];
		const reasons = reasonsOf(row);
		const at = row.sent_at ?? row.send_at;
		const until = reasons.find((reason) => reason.until !== undefined)?.until;
		return {
			status: duplicate && (went || status === 'scheduled') ? 'duplicate' : went && row.test && row.vendor === 'sandbox' ? 'test' : status,
			was_sent: went && !duplicate,
			duplicate,
			reminder_ref: row.reminder_ref,
			channel: row.channel ?? '',
			send_at: at && (went || status === 'scheduled') ? localIso(at.getTime(), practice.zone) : '',
			...why(practice, reasons, status === 'suppressed' ? until : undefined),
			amount: fromMinor(row.amount_minor, row.currency),
			amount_text: formatMoney(row.amount_minor, row.currency),
			currency: row.currency,
			link: accountLink(deps, row.account_ref),
		};
	});
}

function reasonsOf(row: Row): Reason[] {
	// The stable word is ours and stands in raw_status; the vendor's own number is for the text.
	if (row.status === 'failed') return [{ code: row.raw_status ?? 'failed', text: `The sending service refused it (${row.failure_code ?? 'no code'}).`, remedy: 'See Reminder Not Delivered for what is done about it.' }];
	if (row.status === 'unknown' || row.status === 'sending')
		return [{ code: 'outcome_unknown', text: 'No answer came from the sending service, so it may have left or not.', remedy: 'It is not sent again by itself. Dunwell asks the sending service where it can; staff check with the patient\'s record.' }];
	return row.reasons as Reason[];
}

export const isOpen = (status: string): boolean => (OPEN as readonly string[]).includes(status);
export { insertRow as insertReminder };
