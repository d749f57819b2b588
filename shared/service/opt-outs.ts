/** An opt-out that a vendor knows of by itself: whoever has the address is written to no more, patient or staff. */
import type { Channel, Recipient } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import { stopRoutes } from './escalations/stopped.ts';
import { addressOf } from './facts.ts';
import type { Practice } from './practice.ts';
import { optOut } from './replies.ts';
import type { Deps } from './types.ts';

export interface VendorOptOut {
	vendor: string;
	connection: string;
	channel: Channel;
	/** As the vendor writes it. */
	address: string;
	/** The vendor's word for it. */
	how: string;
}

/** Answers whether anybody has the address. */
export async function hearOptOut(deps: Deps, tx: Tx, practice: Practice, told: VendorOptOut): Promise<boolean> {
	const { vendor, connection, channel } = told;
	const address = addressOf(channel, told.address);
	const accounts = await tx
		.selectFrom('contact_point')
		.select(['account_ref', 'recipient'])
		.where('practice_id', '=', practice.id)
		.where('channel', '=', channel)
		.where('address', '=', address)
		.execute();
	for (const { account_ref: accountRef, recipient } of accounts)
		await optOut(deps, tx, practice, { accountRef, recipient: recipient as Recipient, channel, how: `${vendor}: ${told.how}`, actor: 'patient' });
	const stopped = await stopRoutes(deps, tx, practice, { connection, address, actor: `vendor:${vendor}` });
	return accounts.length > 0 || stopped;
}
