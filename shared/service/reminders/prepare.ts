/** What is about to leave: composed, looked over, and kept with its evidence before anybody is called. */
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { OutgoingMessage } from '../../contracts/provider.ts';
import type { Channel } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Decision, ReminderDecision } from '../../rules/types.ts';
import { type Account, personOf } from '../accounts.ts';
import { audit } from '../audit.ts';
import { hookUrl, type OpenConnection, openConnection } from '../connections.ts';
import { openByHand } from '../escalations/by-hand.ts';
import { newLink } from '../links.ts';
import { type Composed, composeToSend } from '../messages/compose.ts';
import { toCompose } from '../messages/context.ts';
import { type Evidence, evidenceOf } from '../messages/evidence.ts';
import type { Carrier } from '../messages/hands.ts';
import { letterLines } from '../messages/statement.ts';
import { iso, type Practice, senderName } from '../practice.ts';
import { sha256Hex } from '../refs.ts';
import { type Pace, takeTurn } from '../turns.ts';
import type { Deps } from '../types.ts';
import { markAnswered, occasionIds } from './occasions.ts';
import { type Row, readRow } from './rows.ts';

export interface Claimed {
	row: Row;
	connection: OpenConnection;
	message: OutgoingMessage;
	practice: Practice;
}

/** Its vendor's account has no turn at this moment. */
export interface Busy {
	pace: Pace;
	/** Until it may have one. */
	waitMs: number;
}

interface Leaving {
	deps: Deps;
	tx: Tx;
	practice: Practice;
	account: Account;
	row: Row;
	decision: Decision;
	channel: Channel;
	/** The account at a vendor whose turn it has. */
	held?: Pace | undefined;
}

/** Composes, chooses the sender and marks the row as being sent. The bytes are kept before they leave. */
export async function prepareCall(leaving: Leaving): Promise<Claimed | Busy> {
	const { deps, tx, practice, row, decision, channel } = leaving;
	const address = addressOf(leaving);
	const sender = await tx.selectFrom('sender').selectAll().where('practice_id', '=', practice.id).where('channel', '=', channel).executeTakeFirst();
	if (!sender) throw new Failure('invalid', `No sender is set up for ${channel}. Set one with: npm run dunwell -- sender set.`, { code: 'channel_not_served' });
	const connection = row.test && !isOwn(practice, address) ? sandbox(deps) : await openConnection(deps, tx, practice.id, sender.connection);
	const { pace } = connection;
	if (pace && pace.account !== leaving.held?.account) {
		const { granted, waitMs } = await takeTurn(tx, pace, 0);
		if (!granted) return { pace, waitMs };
	}
	const { composed, unsubscribe } = await written(leaving);
	await marked(leaving, composed, {
		status: 'sending',
		connection: connection.name,
		vendor: connection.provider.id,
		evidence: evidenceOf(leaving.account, channel, composed, decision),
	});
	const message: OutgoingMessage = {
		reference: row.reminder_ref,
		channel,
		to: address,
		from: sender.address,
		fromName: sender.name || senderName(practice),
		text: composed.text,
		...(composed.subject === undefined ? {} : { subject: composed.subject }),
		...(composed.html === undefined ? {} : { html: composed.html }),
		...(composed.voicemail === undefined ? {} : { voicemail: composed.voicemail }),
		language: composed.language,
		callbackUrl: await hookUrl(deps, tx, practice.id, connection.name),
		...(unsubscribe === '' ? {} : { unsubscribeUrl: unsubscribe }),
		at: iso(deps.now()),
		idempotencyKey: row.reminder_ref,
		...(connection.provider.send?.asksFirst && (await isFirst(leaving, address)) ? { first: true } : {}),
	};
	const claimed = await readRow(tx, practice.id, row.reminder_ref);
	await audited(leaving, composed, connection.provider.id);
	return { row: claimed, connection, message, practice };
}

/** Nothing left for this address of the account before, whatever became of it. */
async function isFirst({ tx, practice, row, channel }: Leaving, address: string): Promise<boolean> {
	const earlier = await tx
		.selectFrom('reminder')
		.select('reminder_ref')
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', row.account_ref)
		.where('channel', '=', channel)
		.where('address', '=', address)
		.where('sent_at', 'is not', null)
		.limit(1)
		.executeTakeFirst();
	return earlier === undefined;
}

/** A message that people carry: it lies ready, in the next print batch or as staff work, until somebody says that it went. */
export async function prepareByHand(leaving: Leaving, carrier: Carrier): Promise<void> {
	const { deps, tx, practice, account, row, decision, channel } = leaving;
	const { composed } = await written(leaving);
	const evidence = evidenceOf(account, channel, composed, decision);
	if (channel === 'letter') evidence.letter = { lines: letterLines(account, decision.reminder, composed.language), reference: account.row.your_reference };
	await marked(leaving, composed, { status: 'prepared', connection: null, vendor: carrier.kind, evidence });
	if (carrier.kind === 'by_hand') await openByHand(deps, tx, practice, await readRow(tx, practice.id, row.reminder_ref), account.row);
	await audited(leaving, composed, carrier.kind);
}

const addressOf = ({ account, decision, channel }: Leaving): string =>
	personOf(account.row, decision.recipient).contacts.find((contact) => contact.channel === channel)?.address ?? '';

async function written({ deps, tx, practice, account, row, decision, channel }: Leaving): Promise<{ composed: Composed; unsubscribe: string }> {
	const { reminder } = decision;
	const links = { accountRef: row.account_ref, reminderRef: row.reminder_ref, channel };
	const link = practice.settings.pay_link && channel !== 'letter' ? await newLink(deps, tx, practice.id, { kind: 'pay', ...links }) : '';
	const unsubscribe = channel === 'email' ? await newLink(deps, tx, practice.id, { kind: 'unsubscribe', ...links }) : '';
	const { recipient } = decision;
	const asked = { message: reminder.message ?? row.message, channel, recipient, amountMinor: reminder.amountMinor, covers: reminder.covers, link, unsubscribe };
	return { composed: composeToSend(practice, toCompose(practice, account, asked, deps.now())), unsubscribe };
}

interface Marks {
	status: 'sending' | 'prepared';
	connection: string | null;
	vendor: string;
	evidence: Evidence;
}

async function marked(leaving: Leaving, composed: Composed, marks: Marks): Promise<void> {
	const { deps, tx, practice, account, row, decision, channel } = leaving;
	const { reminder } = decision;
	const steps = stepsOf(practice, account, reminder, deps.now());
	const occasions = [...new Set([...(await occasionIds(tx, practice.id, row.test, reminder)), ...row.occasions])];
	await tx
		.updateTable('reminder')
		.set({
			status: marks.status,
			message: reminder.message ?? row.message,
			step_days: reminder.days,
			channel,
			recipient: decision.recipient,
			fallback: reminder.fallback ?? null,
			address: addressOf(leaving),
			connection: marks.connection,
			vendor: marks.vendor,
			subject: composed.subject ?? null,
			body_text: composed.text,
			body_html: composed.html ?? null,
			language: composed.language,
			covers: reminder.covers,
			occasions,
			amount_minor: reminder.amountMinor,
			reasons: '[]',
			decision: JSON.stringify({ trace: decision.trace, verdict: reminder.verdict, steps }),
			evidence: JSON.stringify(marks.evidence),
			policy_hash: practice.policyHash,
			claimed_at: iso(deps.now()),
			claimed_by: deps.processId,
		})
		.where('practice_id', '=', practice.id)
		.where('reminder_ref', '=', row.reminder_ref)
		.execute();
	await markAnswered(tx, practice.id, { account_ref: row.account_ref, message: reminder.message ?? row.message, occasions }, deps.now());
	// The ladder moves with the claim: whatever comes of the call, the step is not asked for again.
	for (const step of steps)
		await sql`update invoice set reminded_days = greatest(reminded_days, ${step.after}) where practice_id = ${practice.id} and invoice_ref = ${step.ref}`.execute(
			tx,
		);
}

/** Last of all: the chain is one queue for the whole practice, and everybody waits for whoever holds it. */
async function audited(leaving: Leaving, composed: Composed, vendor: string): Promise<void> {
	const { deps, tx, practice, account, row, decision, channel } = leaving;
	const { consent, text, recipient, authorization } = evidenceOf(account, channel, composed, decision);
	const named = { ...(consent ? { consent } : {}), ...(authorization ? { authorization } : {}) };
	await audit(tx, practice.id, [
		{
			at: iso(deps.now()),
			actor: row.actor,
			kind: 'reminder_leaving',
			subject: row.account_ref,
			body: {
				reminder_ref: row.reminder_ref,
				channel,
				vendor,
				amount_minor: decision.reminder.amountMinor,
				covers: decision.reminder.covers,
				policy_hash: practice.policyHash,
				digest: sha256Hex(`${composed.subject ?? ''}\n${composed.text}\n${composed.html ?? ''}`),
				text,
				...(recipient === 'relative' ? { recipient } : named),
			},
			// How a relative was allowed and agreed may name people: the chain holds its digest alone.
			personal: { address: addressOf(leaving), subject: composed.subject ?? '', text: composed.text, ...(recipient === 'relative' ? named : {}) },
		},
	]);
}

/** A test reaches the practice's own phone and mailbox, and otherwise the outbox that everybody can look at. */
const isOwn = (practice: Practice, address: string): boolean =>
	address !== '' && (address === practice.settings.own_phone || address === practice.settings.own_mailbox?.toLowerCase());

function sandbox(deps: Deps): OpenConnection {
	const provider = deps.providers['sandbox'];
	if (!provider) throw new Failure('broken', 'The sandbox provider is missing.');
	return { name: 'sandbox', provider, credentials: {}, http: { send: () => Promise.reject(new Failure('broken', 'The sandbox calls nobody.')) } };
}

/** How far the message moves each invoice it covers: to its own step, not to that of an older one beside it. */
export interface Step {
	ref: string;
	before: number;
	after: number;
}

function stepsOf(practice: Practice, account: Account, reminder: ReminderDecision, now: number): Step[] {
	if (reminder.days <= 0) return [];
	const reached = practice.rules.baseline(account.facts, now);
	return account.facts.invoices
		.filter((invoice) => reminder.covers.includes(invoice.ref))
		.map((invoice) => ({
			ref: invoice.ref,
			before: invoice.remindedDays,
			after: Math.max(invoice.remindedDays, Math.min(reminder.days, reached[invoice.ref] ?? 0)),
		}));
}
