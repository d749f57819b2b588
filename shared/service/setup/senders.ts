/** One sender for each channel: the connection that carries it and the address patients see. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import { object, optional, type Static, text } from '../../contracts/schema.ts';
import { CHANNELS, type Channel } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import { handSenders } from '../messages/hands.ts';
import type { Deps } from '../types.ts';
import { type Admin, change, SHORT_NAME } from './admin.ts';
import { findConnection } from './connections.ts';
import { dialable, MAILBOX } from './settings.ts';

export const senderSchema = object({
	connection: text('Connection', 'The short name of the connection that sends.', { pattern: SHORT_NAME }),
	address: optional(text('Address', 'The number, mailbox or sending service that messages come from.', { maxLength: 254 })),
	name: optional(text('Name', 'The name shown beside the address, where the channel shows one.', { maxLength: 80 })),
});

export function requireChannel(channel: string): Channel {
	if (!Object.hasOwn(CHANNELS, channel))
		throw new Failure('missing', `There is no channel "${channel}". The channels are: ${Object.keys(CHANNELS).join(', ')}.`, { code: 'channel_unknown' });
	return channel as Channel;
}

export async function setSender(deps: Deps, admin: Admin, channelName: string, input: Static<typeof senderSchema>) {
	const channel = requireChannel(channelName);
	const byHand = handSenders(channel).some((name) => name === input.connection);
	// Nobody dials a return address.
	const address = byHand ? (input.address?.trim() ?? '') : senderAddress(channel, input.address?.trim() ?? '', 'address');
	const values = { connection: input.connection, address, name: input.name ?? '' };
	await change(deps, admin, { kind: 'sender_set', subject: channel, body: values }, async (tx, at) => {
		if (!byHand) await requireSending(deps, tx, admin, channel, input.connection);
		await tx
			.insertInto('sender')
			.values({ practice_id: admin.practiceId, channel, ...values })
			.onConflict((conflict) => conflict.columns(['practice_id', 'channel']).doUpdateSet(values))
			.execute();
		// Accounts that waited for this channel are worth another look.
		await tx.updateTable('account').set({ next_review_at: at }).where('practice_id', '=', admin.practiceId).where('owed_minor', '>', 0).execute();
	});
	return { channel, ...values };
}

/** @throws Failure `invalid` when the connection's vendor does not send on the channel */
export async function requireSending(deps: Deps, tx: Tx, admin: Admin, channel: Channel, connection: string): Promise<void> {
	const { vendor } = await findConnection(tx, admin, connection);
	const provider = deps.providers[vendor];
	if (!provider?.send?.channels.includes(channel))
		throw invalidField(
			'connection',
			`The connection "${connection}" (${provider?.label ?? vendor}) cannot send by ${CHANNELS[channel].toLowerCase()}. Choose one that can; GET /api/setup/vendors lists what each does.${handSenders(channel).length > 0 ? ` Without a vendor: ${handSenders(channel).join(' or ')}.` : ''}`,
		);
}

export async function listSenders(deps: Deps, admin: Admin) {
	const items = await deps.ledger.practice(admin.practiceId, (tx) =>
		tx.selectFrom('sender').select(['channel', 'connection', 'address', 'name']).where('practice_id', '=', admin.practiceId).orderBy('channel').execute(),
	);
	return { items };
}

export async function removeSender(deps: Deps, admin: Admin, channel: string): Promise<void> {
	await change(deps, admin, { kind: 'sender_removed', subject: requireChannel(channel) }, async (tx) => {
		const removed = await tx.deleteFrom('sender').where('practice_id', '=', admin.practiceId).where('channel', '=', channel).returning('channel').execute();
		if (removed.length === 0) throw new Failure('missing', `This practice has no sender for ${channel}.`, { code: 'sender_unknown' });
	});
}

/** Numbers become E.164. Names of sending services, sender ids (letters) and short codes stay as they are. @throws Failure `invalid` that names the field */
export function senderAddress(channel: Channel, address: string, field: string): string {
	if (channel === 'email') {
		if (!MAILBOX.test(address)) throw invalidField(field, `"${field}" must be the mailbox that messages come from, such as billing@practice.example.`);
		return address;
	}
	if (channel === 'letter' || channel === 'portal') return address;
	if (address === '') throw invalidField(field, `"${field}" is required: the number that messages come from.`);
	if (channel === 'sms' && (/^[A-Za-z][A-Za-z0-9 ]{1,63}$/.test(address) || /^[0-9]{5,6}$/.test(address))) return address;
	return dialable(address, field);
}
