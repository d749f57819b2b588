/** A text that may not go out: one piece of staff work for each text, whoever was to get it. */
import type { Failure } from '../../contracts/failure.ts';
import { CHANNELS, type Channel } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Account } from '../accounts.ts';
import { openWork } from '../escalations/open.ts';
import type { Practice } from '../practice.ts';
import type { Deps } from '../types.ts';

const TEXT_CODES: readonly string[] = ['content', 'text_missing', 'text_broken'];

export const isOfText = (failure: Failure): boolean => TEXT_CODES.includes(failure.code);

export const openTextWork = (
	deps: Deps,
	tx: Tx,
	practice: Practice,
	{ row }: Account,
	of: { message: string; channel: Channel },
	failure: Failure,
): Promise<unknown> =>
	openWork(deps, tx, practice, {
		cause: `text:${of.message}:${of.channel}`,
		test: row.test,
		reason: 'reminder_not_delivered',
		severity: 'high',
		title: `The text "${of.message}" for ${CHANNELS[of.channel].toLowerCase()} may not go out`,
		note: failure.message,
		accounts: [row.account_ref],
		currency: row.currency,
		actor: 'system',
	});
