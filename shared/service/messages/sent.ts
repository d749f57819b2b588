/** Messages that left, each with its bytes and what it rested on: the consent, the policy and the packs of law in force. */
import { formatMoney, fromMinor } from '../../contracts/money.ts';
import { CHANNELS, type Channel, type Recipient } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import type { Reason } from '../../rules/types.ts';
import { localIso, type Practice } from '../practice.ts';
import { sha256Hex } from '../refs.ts';
import type { Evidence } from './evidence.ts';

export type SentMessage = Awaited<ReturnType<Service['explain_account']>>['messages'][number];

export interface Message {
	output: SentMessage;
	/** The channel's name, for a sentence. */
	how: string;
}

/** Up to 50, the newest first. Until when is told in milliseconds. */
export async function sentMessages(tx: Tx, practice: Practice, ref: string, until: number): Promise<Message[]> {
	const rows = await tx
		.selectFrom('reminder')
		.selectAll()
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', ref)
		.where('sent_at', 'is not', null)
		.where('sent_at', '<=', new Date(until))
		.orderBy('sent_at', 'desc')
		.orderBy('reminder_ref')
		.limit(50)
		.execute();
	return rows.map((row) => {
		const { consent, packs = [] } = (row.evidence ?? {}) as Partial<Evidence>;
		return {
			how: CHANNELS[(row.channel ?? 'sms') as Channel].toLowerCase(),
			output: {
				reminder_ref: row.reminder_ref,
				sent_at: localIso((row.sent_at as Date).getTime(), practice.zone),
				channel: row.channel ?? '',
				recipient: row.recipient as Recipient,
				message: row.message,
				status: row.status,
				amount: fromMinor(row.amount_minor, row.currency),
				amount_text: formatMoney(row.amount_minor, row.currency),
				currency: row.currency,
				invoices_text: row.covers.join(', '),
				digest: row.body_text ? sha256Hex(`${row.subject ?? ''}\n${row.body_text}\n${row.body_html ?? ''}`) : '',
				consent_text: consent === undefined ? '' : consentOf(consent, row.recipient as Recipient),
				policy_hash: row.policy_hash,
				packs_text: packs.join(', '),
				address: row.address ?? '',
				subject: row.subject ?? '',
				text: row.body_text ?? '',
				html: row.body_html ?? '',
			},
		};
	});
}

/** A relative's evidence may name people, and the text goes to flows. */
const consentOf = ({ state, at, evidence }: NonNullable<Evidence['consent']>, recipient: Recipient): string =>
	`${state === 'granted' ? 'Agreed' : 'Ended'} on ${at.slice(0, 10)}${recipient === 'relative' ? '' : ` (${evidence})`}.`;

/** One line without what was written: it stands in flows and terminals. */
export function messageText({ output, how }: Message): string {
	const consent = output.consent_text === '' ? '' : ` Consent: ${output.consent_text}`;
	return `${output.message} by ${how} on ${output.sent_at.slice(0, 10)} at ${output.sent_at.slice(11, 16)}, ${output.amount_text}: ${output.status}.${consent}`;
}

/** What became of the messages of one day, in sentences. */
export async function dayOfReminders(tx: Tx, practice: Practice, ref: string, from: number, until: number): Promise<string[]> {
	const rows = await tx
		.selectFrom('reminder')
		.select(['message', 'channel', 'status', 'sent_at', 'settled_at', 'reasons', 'failure_code'])
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', ref)
		.where((eb) =>
			eb.or([
				eb.and([eb('sent_at', '>=', new Date(from)), eb('sent_at', '<=', new Date(until))]),
				eb.and([eb('sent_at', 'is', null), eb('settled_at', '>=', new Date(from)), eb('settled_at', '<=', new Date(until))]),
			]),
		)
		.orderBy('created_at')
		.limit(20)
		.execute();
	return rows.map((row) => {
		const how = row.channel === null ? '' : ` by ${CHANNELS[row.channel as Channel].toLowerCase()}`;
		if (row.sent_at !== null) return `The message "${row.message}" went out${how} at ${localIso(row.sent_at.getTime(), practice.zone).slice(11, 16)}.`;
		const why = (row.reasons as Reason[]).map((reason) => reason.text).join(' ');
		return `The message "${row.message}"${how} did not go out (${row.status}): ${why === '' ? (row.failure_code ?? 'no reason is recorded') : why}`;
	});
}
