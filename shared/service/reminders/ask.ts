/** What a call asks of the rules, and why the rules say no, in the words of the answer. */
import { invalidField } from '../../contracts/failure.ts';
import type { Channel, EventType, Recipient } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Reason, ReminderRequest } from '../../rules/types.ts';
import type { Account } from '../accounts.ts';
import { hasText } from '../messages/sources.ts';
import { localIso, type Practice } from '../practice.ts';
import type { Caller } from '../types.ts';

export interface Because {
	id: string;
	key: string;
	type: EventType;
	days?: number;
}

export async function because(tx: Tx, caller: Caller, accountRef: string, id: string | undefined): Promise<Because | undefined> {
	if (!id) return undefined;
	const row = await tx
		.selectFrom('event')
		.select(['event_id', 'key', 'type', 'account_ref', 'body'])
		.where('practice_id', '=', caller.practiceId)
		.where('test', '=', caller.test)
		.where('event_id', '=', id)
		.executeTakeFirst();
	if (!row) throw invalidField('because_of', '"because_of" is not an event of this practice. Map the event code of the trigger, or leave it empty.');
	if (row.account_ref && row.account_ref !== accountRef)
		throw invalidField('because_of', '"because_of" is an event of another account. Map account and event from the same trigger.');
	const days = row.type === 'balance_overdue' ? (row.body as { days_overdue?: number }).days_overdue : undefined;
	return { id: row.event_id, key: row.key, type: row.type as EventType, ...(days === undefined ? {} : { days }) };
}

/** The practice's number or our code of an invoice → our code. */
export function invoiceRef(account: Account, invoice: string | undefined): string[] | undefined {
	if (invoice === undefined) return undefined;
	const found = account.row.invoices.find((i) => i.invoice_ref === invoice || i.your_reference === invoice);
	if (!found) throw invalidField('invoice', '"invoice" is not an open invoice of this account. Check it, or leave it empty so that the rules choose.');
	return [found.invoice_ref];
}

export interface Asked {
	invoice?: string | undefined;
	message?: string | undefined;
	channel?: Channel | undefined;
	recipient?: Recipient | undefined;
}

/** What a call asks of the rules. @throws Failure `invalid` for a message nobody wrote */
export function requestOf(practice: Practice, account: Account, asked: Asked, why?: Because): ReminderRequest {
	if (asked.message !== undefined && !hasText(practice, asked.message))
		throw invalidField('message', `There is no message "${asked.message}". Choose one of the list, or leave it empty so that the ladder decides.`);
	const invoices = invoiceRef(account, asked.invoice);
	return {
		...(asked.message ? { message: asked.message } : {}),
		...(asked.channel ? { channel: asked.channel } : {}),
		...(asked.recipient ? { recipient: asked.recipient } : {}),
		...(invoices ? { invoices } : {}),
		...(why ? { because: { type: why.type, key: why.key, ...(why.days === undefined ? {} : { days: why.days }) } } : {}),
	};
}

export const whyFields = (practice: Practice, reasons: readonly Reason[], at: number | undefined) => ({
	reason_code: reasons[0]?.code ?? '',
	reasons_text: reasons.map((reason) => reason.text).join('\n'),
	next_possible_at: at === undefined ? '' : localIso(at, practice.zone),
	what_would_change_it: reasons
		.map((reason) => reason.remedy)
		.filter((remedy, i, all) => all.indexOf(remedy) === i)
		.join('\n'),
});
