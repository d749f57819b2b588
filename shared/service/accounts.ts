/** Accounts as the rules see them. */
import { Failure } from '../contracts/failure.ts';
import type { Recipient } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import type { AccountFacts } from '../rules/types.ts';
import { factsOf } from './accounts/facts.ts';
import { lockWithGuarantors, readAccounts } from './accounts/read.ts';
import type { AccountRow, ConsentRow, ContactRow } from './accounts/rows.ts';
import { endExpired } from './hold-days.ts';
import type { Practice } from './practice.ts';
import type { Caller } from './types.ts';

export type { AccountRow, InvoiceRow } from './accounts/rows.ts';

export interface Account {
	row: AccountRow;
	facts: AccountFacts;
}

/**
 * Reads accounts with all that the rules need. `lock` serialises what decides and then acts on an account, so that
 * two flows at once cannot both see a free cap.
 */
export async function loadAccounts(tx: Tx, practice: Practice, refs: readonly string[], now: number, lock = false): Promise<Account[]> {
	if (refs.length === 0) return [];
	if (lock) await lockWithGuarantors(tx, practice.id, refs);
	let rows = await readAccounts(tx, practice, refs, now);
	// A hold that ended by itself leaves its days with the invoices before anything is decided on their age.
	if (rows.some((row) => row.holds.some((hold) => hold.until !== null && Date.parse(hold.until) <= now))) {
		await endExpired(tx, practice, now);
		rows = await readAccounts(tx, practice, refs, now);
	}
	return rows.map((row) => ({ row, facts: factsOf(practice, row, now) }));
}

const NOBODY = { contacts: [], consents: [] };

/** How this person is reached, and what they agreed to: a number's consent is its user's, not the account's. */
export const personOf = (row: AccountRow, recipient: Recipient): { contacts: ContactRow[]; consents: ConsentRow[] } =>
	recipient === 'guarantor' ? row : (row.relative ?? NOBODY);

/** The account an input names. @throws Failure `invalid` when neither key is given, `missing` when it is not this practice's. */
export async function findRef(tx: Tx, caller: Caller, key: { account_ref?: string; your_reference?: string }): Promise<string> {
	if (!key.account_ref && !key.your_reference) {
		const message = 'Give "account_ref" or "your_reference" to say which account it is about.';
		throw new Failure('invalid', message, { code: 'account_required', fields: [{ field: 'account_ref', message }] });
	}
	let query = tx.selectFrom('account').select('account_ref').where('practice_id', '=', caller.practiceId).where('test', '=', caller.test);
	if (key.account_ref) query = query.where('account_ref', '=', key.account_ref);
	if (key.your_reference) query = query.where('your_reference', '=', key.your_reference);
	const row = await query.executeTakeFirst();
	if (row) return row.account_ref;
	const field = key.account_ref ? 'account_ref' : 'your_reference';
	const message = `No account of this practice has this ${field}${caller.test ? ' among the test accounts (this is a test key)' : ''}. Check it, or record a balance for it first.`;
	throw new Failure('missing', message, { code: 'account_not_found', fields: [{ field, message }] });
}

export async function loadAccount(tx: Tx, practice: Practice, ref: string, now: number, lock = false): Promise<Account> {
	const [account] = await loadAccounts(tx, practice, [ref], now, lock);
	if (!account) throw new Failure('missing', 'The account no longer exists.', { code: 'account_not_found' });
	return account;
}
