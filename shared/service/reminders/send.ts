/**
 * Send Reminder. One intent is one message: twenty equal calls at once, a replay weeks later and another flow at the
 * same step all find the same reminder.
 */
import { invalidField } from '../../contracts/failure.ts';
import { formatMoney, fromMinor } from '../../contracts/money.ts';
import type { Recipient, ReminderStatus } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import { startOfDay } from '../../rules/index.ts';
import type { Decision, Reason, ReminderDecision, ReminderRequest } from '../../rules/types.ts';
import { type Account, findRef, loadAccount } from '../accounts.ts';
import { carriedIfAsked } from '../messages/hands.ts';
import { bodyHash, keyOf, keyReused } from '../once.ts';
import { accountLink, actorOf, causeOf, iso, localIso, type Practice, readPractice } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Caller, Deps } from '../types.ts';
import { type Because, because, requestOf, whyFields } from './ask.ts';
import { dispatch } from './dispatch.ts';
import { answeredBy, coversText } from './occasions.ts';
import { tellNotDelivered } from './outcome.ts';
import { CLAIM_MS, insertRow, type Row, readRow, stepIntent, WENT } from './rows.ts';
import { lookUp, sweepReminders } from './sweep.ts';

/** How long a call waits for the outcome of the same call that came a moment before. */
const WAIT_FOR_FIRST_MS = 12_000;

const HELP_AFTER_MS = 1000;

type SendAnswer = Awaited<ReturnType<Service['send_reminder']>>;

export const sendReminder =
	(deps: Deps, caller: Caller): Service['send_reminder'] =>
	async (input) => {
		if (input.when === 'on_date' && !input.send_on)
			throw invalidField('send_on', '"send_on" is needed when the reminder is to leave on a date. Give a date such as 2026-12-01.');
		const key = keyOf(caller, input);
		const asked = await deps.ledger.practice(caller.practiceId, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const first = key === undefined ? undefined : await byKey(tx, caller, key, bodyHash(input));
			if (first) return { ref: first, duplicate: true };
			const ref = await findRef(tx, caller, input);
			// From here on one call at a time for this account: the others find what this one did.
			const account = await loadAccount(tx, practice, ref, deps.now(), true);
			// The key again, now that an equal call which was under way has ended.
			const meanwhile = key === undefined ? undefined : await byKey(tx, caller, key, bodyHash(input));
			if (meanwhile) return { ref: meanwhile, duplicate: true };
			const event = await because(tx, caller, ref, input.because_of);
			// Another flow's message of today answers this event with its own: one message names them all.
			const answered = event && (await answeredBy(tx, caller.practiceId, ref, event.id, WENT));
			if (answered) {
				if (key !== undefined) await rememberKey(deps, tx, caller, key, bodyHash(input), answered);
				return { ref: answered, duplicate: true };
			}
			const request = requestOf(practice, account, input, event);
			const decision = practice.rules.decide(carriedIfAsked(account.facts, request.channel), deps.now(), request);
			const intent =
				key !== undefined ? `key:${key}` : event && event.type !== 'balance_overdue' ? `event:${event.id}` : stepIntent(account, decision.reminder);
			const same = await byIntent(tx, caller, intent);
			if (same && same.status !== 'cancelled' && same.status !== 'failed') return { ref: same.reminder_ref, duplicate: true };
			const before = await sentBefore(tx, caller, account, decision.reminder, request, event);
			if (before) {
				if (key !== undefined) await rememberKey(deps, tx, caller, key, bodyHash(input), before);
				return { ref: before, duplicate: true };
			}
			return {
				ref: await insert(deps, tx, caller, practice, account, decision, { intent: same ? `${intent}:again:${newRef('try')}` : intent, input, request, event }),
				duplicate: false,
			};
		});
		if (!asked.duplicate) await dispatch(deps, caller.practiceId, asked.ref);
		await settled(deps, caller.practiceId, asked.ref, asked.duplicate);
		return answer(deps, caller, asked.ref, asked.duplicate);
	};

const byIntent = (tx: Tx, caller: Caller, intent: string) =>
	tx
		.selectFrom('reminder')
		.select(['reminder_ref', 'status', 'request'])
		.where('practice_id', '=', caller.practiceId)
		.where('intent_key', '=', `${caller.test ? 'test' : 'live'}:${intent}`)
		.executeTakeFirst();

/** What this key led to before. @throws Failure `conflict` when it came with other content then */
async function byKey(tx: Tx, caller: Caller, key: string, hash: string): Promise<string | undefined> {
	const own = await byIntent(tx, caller, `key:${key}`);
	const other = own
		? undefined
		: await tx
				.selectFrom('idempotency')
				.select(['body_hash', 'answer'])
				.where('practice_id', '=', caller.practiceId)
				.where('test', '=', caller.test)
				.where('operation', '=', 'send_reminder')
				.where('key', '=', key)
				.executeTakeFirst();
	if (!own && !other) return undefined;
	if ((own ? (own.request as { hash?: string }).hash : other?.body_hash) !== hash) throw keyReused();
	return own ? own.reminder_ref : (other?.answer as { reminder_ref: string }).reminder_ref;
}

/** A call that found its step taken by another keeps that answer: replayed weeks later it must not take the next step. */
async function rememberKey(deps: Deps, tx: Tx, caller: Caller, key: string, hash: string, ref: string): Promise<void> {
	await tx
		.insertInto('idempotency')
		.values({
			practice_id: caller.practiceId,
			test: caller.test,
			operation: 'send_reminder',
			key,
			body_hash: hash,
			at: iso(deps.now()),
			answer: JSON.stringify({ reminder_ref: ref }),
		})
		.onConflict((conflict) => conflict.doNothing())
		.execute();
}

/** The step was taken already, by another flow, a batch or the service itself, or this event led to its reminder before. */
async function sentBefore(
	tx: Tx,
	caller: Caller,
	account: Account,
	decision: ReminderDecision,
	request: ReminderRequest,
	event: Because | undefined,
): Promise<string | undefined> {
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
	const isOf = (row: (typeof rows)[number], refs: readonly string[]) =>
		account.facts.invoices.some(
			(invoice) => refs.includes(invoice.ref) && row.covers.includes(invoice.ref) && row.created_at.getTime() >= (invoice.againSince ?? 0),
		);
	// Planned or under way: the ladder has not moved yet.
	if (!taken)
		return decision.days > 0
			? rows.find((row) => row.step_days === decision.days && row.message === decision.message && isOf(row, decision.covers))?.reminder_ref
			: undefined;
	const wanted =
		request.invoices ?? account.facts.invoices.filter((invoice) => invoice.amountMinor > 0 && invoice.remindedDays > 0).map((invoice) => invoice.ref);
	return rows.find((row) => row.step_days >= (event?.days ?? 0) && (request.message === undefined || row.message === request.message) && isOf(row, wanted))
		?.reminder_ref;
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
	if (status === 'suppressed')
		await tellNotDelivered(
			deps,
			tx,
			practice,
			account.row,
			await readRow(tx, practice.id, ref),
			'suppressed',
			reminder.reasons,
			causeOf(caller, wish.event?.id),
		);
	return ref;
}

/** Waits until the first of several equal calls has ended. */
async function settled(deps: Deps, practiceId: string, ref: string, again: boolean): Promise<void> {
	const stopAt = performance.now() + WAIT_FOR_FIRST_MS;
	let helped = false;
	let lookedUp = false;
	for (;;) {
		const row = await deps.ledger.practice(practiceId, (tx) => readRow(tx, practiceId, ref));
		const moving =
			row.status === 'sending' ||
			(row.status === 'scheduled' && (row.send_at?.getTime() ?? 0) <= deps.now() && deps.now() - row.created_at.getTime() < WAIT_FOR_FIRST_MS);
		const dead =
			row.status === 'sending' &&
			(deps.now() - (row.claimed_at?.getTime() ?? 0) > CLAIM_MS || (deps.ledger.kind === 'embedded' && row.claimed_by !== deps.processId));
		if (dead) return sweepReminders(deps, practiceId);
		// Whoever asks again wants to know; another process may have given it up this moment and not have asked the vendor yet.
		if (again && row.status === 'unknown' && !lookedUp) {
			lookedUp = true;
			await lookUp(deps, practiceId, row);
			continue;
		}
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

export async function answer(deps: Deps, caller: Caller, ref: string, duplicate: boolean): Promise<SendAnswer> {
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		const practice = await readPractice(tx, caller.practiceId, deps.now());
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
			recipient: row.recipient as Recipient,
			covers_text: await coversText(tx, practice.id, row.occasions),
			send_at: at && (went || status === 'scheduled') ? localIso(at.getTime(), practice.zone) : '',
			...whyFields(practice, reasons, status === 'suppressed' ? until : undefined),
			amount: fromMinor(row.amount_minor, row.currency),
			amount_text: formatMoney(row.amount_minor, row.currency),
			currency: row.currency,
			link: accountLink(deps, row.account_ref),
		};
	});
}

function reasonsOf(row: Row): Reason[] {
	// The stable word is ours and stands in raw_status; the vendor's own number is for the text.
	if (row.status === 'failed')
		return [
			{
				code: row.raw_status ?? 'failed',
				text: `The sending service refused it (${row.failure_code ?? 'no code'}).`,
				remedy: 'See Reminder Not Delivered for what is done about it.',
			},
		];
	if (row.status === 'unknown' || row.status === 'sending')
		return [
			{
				code: 'outcome_unknown',
				text: 'No answer came from the sending service, so it may have left or not.',
				remedy: "It is not sent again by itself. Dunwell asks the sending service where it can; staff check with the patient's record.",
			},
		];
	return row.reasons as Reason[];
}
