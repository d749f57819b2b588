/** Find Reminders. */
import { sql } from 'kysely';
import { formatMoney, fromMinor } from '../../contracts/money.ts';
import { CHANNELS, type Channel, REMINDER_STATUSES, type Recipient, type ReminderStatus } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import { localDay, startOfDay } from '../../rules/index.ts';
import type { Reason } from '../../rules/types.ts';
import { findRef } from '../accounts.ts';
import { instantText, listAnswer, SHOWN } from '../listing.ts';
import { accountLink, type Practice, readPractice, shown } from '../practice.ts';
import type { Caller, Deps } from '../types.ts';

type Input = Parameters<Service['find_reminders']>[0];
type Item = Awaited<ReturnType<Service['find_reminders']>>['items'][number];

export const findReminders =
	(deps: Deps, caller: Caller): Service['find_reminders'] =>
	(input) =>
		deps.ledger.practice(caller.practiceId, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const { rows, count } = await read(tx, practice, caller, input);
			return listAnswer(deps, tx, caller, {
				operation: 'find_reminders',
				count,
				items: rows.map((row) => itemOf(deps, practice, row)),
				codeOf: (item) => item.reminder_ref,
				lineOf: (item) => lineOf(practice, item),
			});
		});

type Row = Awaited<ReturnType<typeof read>>['rows'][number];

async function read(tx: Tx, practice: Practice, caller: Caller, input: Input) {
	let query = tx
		.selectFrom('reminder as r')
		.leftJoin('account as a', (join) => join.onRef('a.practice_id', '=', 'r.practice_id').onRef('a.account_ref', '=', 'r.account_ref'))
		.where('r.practice_id', '=', practice.id)
		.where('r.test', '=', caller.test);
	if (input.account_ref || input.your_reference) query = query.where('r.account_ref', '=', await findRef(tx, caller, input));
	if (input.status) query = query.where('r.status', '=', input.status);
	if (input.channel) query = query.where('r.channel', '=', input.channel);
	if (input.since) query = query.where('r.created_at', '>=', new Date(startOfDay(input.since, practice.zone)));
	const { count } = await query.select(sql<number>`count(*)::int`.as('count')).executeTakeFirstOrThrow();
	const rows = await query.selectAll('r').select('a.your_reference').orderBy('r.created_at', 'desc').orderBy('r.reminder_ref').limit(SHOWN).execute();
	return { rows, count };
}

function itemOf(deps: Deps, practice: Practice, row: Row): Item {
	const at = instantText(practice);
	return {
		reminder_ref: row.reminder_ref,
		account_ref: row.account_ref,
		your_reference: shown(practice, row.your_reference ?? ''),
		status: row.status as ReminderStatus,
		message: row.message,
		channel: row.channel ?? '',
		recipient: row.recipient as Recipient,
		amount: fromMinor(row.amount_minor, row.currency),
		amount_text: formatMoney(row.amount_minor, row.currency),
		currency: row.currency,
		created_at: at(row.created_at),
		send_at: at(row.send_at),
		sent_at: at(row.sent_at),
		reasons_text: (row.reasons as Reason[]).map((reason) => reason.text).join('\n'),
		vendor_code: row.status === 'undelivered' || row.status === 'failed' || row.status === 'unknown' ? (row.failure_code ?? '') : '',
		link: accountLink(deps, row.account_ref),
		address: row.address ?? '',
	};
}

const lineOf = (practice: Practice, item: Item): string =>
	[
		`${localDay(Date.parse(item.created_at), practice.zone)} ${item.reminder_ref}: ${item.message}${item.channel === '' ? '' : ` by ${CHANNELS[item.channel as Channel].toLowerCase()}`}`,
		item.amount_text,
		REMINDER_STATUSES[item.status].toLowerCase(),
	].join(', ');
