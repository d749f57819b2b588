/**
 * Channels that people carry: letters go into a print batch, a fax, a portal message or a single letter becomes staff work
 * with the text ready. They need no vendor.
 */
import type { Channel } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import { lastInitial, nextStatementOn } from '../../rules/content/cycle.ts';
import { localDay, startOfDay } from '../../rules/index.ts';
import { reason } from '../../rules/reasons.ts';
import type { AccountFacts, Reason } from '../../rules/types.ts';
import type { Account } from '../accounts.ts';
import type { Practice } from '../practice.ts';

/** In a sender's place: nobody is called, the text waits for a person. `print` gathers letters into batches. */
export const HAND_SENDERS = { print: 'Print batches of letters', by_hand: 'Staff send it by hand' } as const;
export type HandSender = keyof typeof HAND_SENDERS;

const CARRIED: readonly Channel[] = ['letter', 'fax', 'portal'];

export const isHandSender = (connection: string): connection is HandSender => Object.hasOwn(HAND_SENDERS, connection);

/** `print` is for letters alone: the others have no page to gather. */
export const handSenders = (channel: Channel): HandSender[] => (channel === 'letter' ? ['print', 'by_hand'] : CARRIED.includes(channel) ? ['by_hand'] : []);

/**
 * A channel that is asked for by name and that a person can carry is served, with or without a sender. One that the ladder
 * chooses is served only where the practice set a sender: nobody asked for the work it would make.
 */
export function carriedIfAsked(facts: AccountFacts, asked: Channel | undefined): AccountFacts {
	if (asked === undefined || !CARRIED.includes(asked)) return facts;
	const known = facts.contacts.some((contact) => contact.channel === asked);
	const contacts = facts.contacts.map((contact) => (contact.channel === asked ? { ...contact, served: true } : contact));
	// The practice knows where its patients live: a letter needs no address of ours.
	return { ...facts, contacts: known || asked !== 'letter' ? contacts : [...contacts, { channel: 'letter', valid: true, served: true, consent: 'unknown' }] };
}

export interface Carrier {
	kind: HandSender;
	/** The return address of a letter. */
	address: string;
}

/** Who carries it; undefined when a vendor does, or nobody. */
export async function carrierOf(tx: Tx, practice: Practice, channel: Channel): Promise<Carrier | undefined> {
	if (!CARRIED.includes(channel)) return undefined;
	const sender = await tx
		.selectFrom('sender')
		.select(['connection', 'address'])
		.where('practice_id', '=', practice.id)
		.where('channel', '=', channel)
		.executeTakeFirst();
	if (!sender) return { kind: 'by_hand', address: '' };
	return isHandSender(sender.connection) ? { kind: sender.connection, address: sender.address } : undefined;
}

/** The day of the next statement, where it is still to come: a letter waits and goes with it. */
export function waitsForStatement(practice: Practice, { row }: Account, now: number): { at: number; reason: Reason } | undefined {
	const today = localDay(now, practice.zone);
	const on = nextStatementOn(practice.policy.statements, today, lastInitial(row.name ?? undefined));
	if (on === today) return undefined;
	const at = startOfDay(on, practice.zone);
	return { at, reason: reason('statement', { until: { at, zone: practice.zone } }) };
}
