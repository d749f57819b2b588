/** A message whose channel no vendor serves: it lies ready, staff send it, and resolving the work records the contact. */
import { formatMoney } from '../../contracts/money.ts';
import { CHANNELS, type Channel } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Practice } from '../practice.ts';
import type { Row } from '../reminders/rows.ts';
import type { Deps } from '../types.ts';
import { openWork } from './open.ts';
import type { OpenedWork } from './words.ts';

/** Opens the work for a reminder whose row is `prepared` without an end, its text kept. Once per reminder. */
export const openByHand = (
	deps: Deps,
	tx: Tx,
	practice: Practice,
	row: Row,
	account: { account_ref: string; your_reference: string; location: string },
): Promise<OpenedWork> =>
	openWork(deps, tx, practice, {
		cause: `by_hand:${row.reminder_ref}`,
		test: row.test,
		reason: 'send_by_hand',
		severity: 'normal',
		title: `${CHANNELS[row.channel as Channel]} to send by hand${row.amount_minor > 0 ? `: ${formatMoney(row.amount_minor, row.currency)}` : ''}`,
		accountRef: account.account_ref,
		yourReference: account.your_reference,
		location: account.location,
		amountMinor: row.amount_minor,
		currency: row.currency,
		actor: 'system',
	});
