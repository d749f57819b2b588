/** Where a person may be reached: numbers and addresses, and the one place they asked for. */
import { sql } from 'kysely';
import { invalidField } from '../../contracts/failure.ts';
import { CHANNELS, type Channel, type Recipient } from '../../contracts/words.ts';
import { e164 } from '../facts.ts';
import type { AccountInput, Update } from './account.ts';

interface Address {
	field: 'phone' | 'email' | 'fax' | 'mailing_address';
	channels: readonly Channel[];
	address: string;
}

/** @throws Failure `invalid` that names a number nobody can dial */
export function addressesOf(input: AccountInput): Address[] {
	return [
		...(input.phone === undefined ? [] : [{ field: 'phone' as const, channels: ['sms', 'voice'] as const, address: number(input.phone, 'phone') }]),
		...(input.email === undefined ? [] : [{ field: 'email' as const, channels: ['email'] as const, address: input.email.trim().toLowerCase() }]),
		...(input.fax === undefined ? [] : [{ field: 'fax' as const, channels: ['fax'] as const, address: number(input.fax, 'fax') }]),
		...(input.mailing_address === undefined
			? []
			: [{ field: 'mailing_address' as const, channels: ['letter'] as const, address: input.mailing_address.trim() }]),
	];
}

export function number(text: string, field: string): string {
	const found = e164(text);
	if (found === undefined) throw invalidField(field, `"${field}" is not a phone number that can be dialled. Give it with area code, such as (212) 555-0100.`);
	return found;
}

export async function setAddresses(update: Update, addresses: readonly Address[]): Promise<void> {
	const { before, changed, input } = update;
	for (const { field, channels, address } of addresses)
		for (const channel of channels) {
			if (before.row.contacts.some((c) => c.channel === channel && c.address === address && c.valid)) continue;
			await point(update, channel, address);
			if (!changed.includes(field)) changed.push(field);
		}
	if (input.fax_requested === undefined || before.row.contacts.find((c) => c.channel === 'fax')?.requested === input.fax_requested) return;
	const { tx, practice, now } = update;
	const done = await sql`update contact_point set requested = ${input.fax_requested}, updated_at = ${now}
		where practice_id = ${practice.id} and account_ref = ${before.row.account_ref} and recipient = 'guarantor' and channel = 'fax'`.execute(tx);
	if (done.numAffectedRows === 0n) throw invalidField('fax_requested', 'No fax number of the account is known. Give "fax" with it.');
	changed.push('fax_requested');
}

export async function point({ tx, practice, before, now }: Update, channel: Channel, address: string, recipient: Recipient = 'guarantor'): Promise<void> {
	await tx
		.insertInto('contact_point')
		.values({ practice_id: practice.id, account_ref: before.row.account_ref, recipient, channel, address, updated_at: now })
		.onConflict((conflict) =>
			conflict.columns(['practice_id', 'account_ref', 'recipient', 'channel']).doUpdateSet({ address, valid: true, invalid_reason: null, updated_at: now }),
		)
		.execute();
}

/** A reasonable wish to be reached in one place alone is kept whatever the rules would prefer (45 CFR 164.522(b)). */
export async function setOnlyChannel(update: Update): Promise<void> {
	const { tx, practice, before, input, now, changed } = update;
	if (input.only_channel === undefined) return;
	const wanted = input.only_channel === 'any' ? undefined : input.only_channel;
	if (before.row.contacts.find((c) => c.only_here)?.channel === wanted) return;
	// Letters and the portal need no address of ours: the place is the practice's own.
	const known = before.row.contacts.some((c) => c.channel === wanted) || (wanted === 'letter' && input.mailing_address !== undefined);
	if ((wanted === 'letter' || wanted === 'portal') && !known) await point(update, wanted, '');
	const rows = await tx
		.updateTable('contact_point')
		.set({ only_here: sql<boolean>`channel = ${wanted ?? ''}`, updated_at: now })
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', before.row.account_ref)
		.where('recipient', '=', 'guarantor')
		.returning('channel')
		.execute();
	if (wanted !== undefined && !rows.some((row) => row.channel === wanted))
		throw invalidField('only_channel', `The account has nothing recorded for: ${CHANNELS[wanted]}. Record the number or address first.`);
	changed.push('only_channel');
}
