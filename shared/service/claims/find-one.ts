/** The claim that a call is about. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { findRef } from '../accounts.ts';
import type { Caller } from '../types.ts';
import type { StoredClaim } from './record.ts';

export interface Found {
	row: StoredClaim;
	test: boolean;
	yourReference: string;
	location: string;
}

export interface ClaimKey {
	claim_ref?: string;
	claim?: string;
	account_ref?: string;
	your_reference?: string;
	payer?: string;
}

/**
 * By our code, or by the practice's number with its account; locked, and its account before it. Undefined when the
 * number is not known. @throws Failure `missing` for a code that is none, `conflict` when several payers have a claim of the number
 */
export async function findClaim(tx: Tx, caller: Caller, key: ClaimKey): Promise<Found | undefined> {
	if (!key.claim_ref && !key.claim) throw invalidField('claim_ref', 'Give "claim_ref", or "claim" with the account, to say which claim it is about.');
	const account = key.claim_ref ? undefined : await findRef(tx, caller, key);
	let query = tx
		.selectFrom('claim')
		.innerJoin('account', (join) => join.onRef('account.practice_id', '=', 'claim.practice_id').onRef('account.account_ref', '=', 'claim.account_ref'))
		.select(['claim.claim_ref', 'claim.account_ref', 'account.your_reference', 'account.location', 'claim.payer'])
		.where('claim.practice_id', '=', caller.practiceId)
		.where('account.test', '=', caller.test)
		.orderBy('claim.claim_ref');
	if (key.claim_ref) query = query.where('claim.claim_ref', '=', key.claim_ref);
	if (account) query = query.where('claim.account_ref', '=', account).where('claim.your_reference', '=', key.claim ?? '');
	const rows = await query.execute();
	const named = rows.length > 1 && key.payer ? rows.filter((row) => row.payer === key.payer) : rows;
	if (named.length > 1) {
		const message = 'Several payers have a claim with this number. Name it by "claim_ref", from Find Claims, or give the payer.';
		throw new Failure('conflict', message, { code: 'claim_not_unique', fields: [{ field: 'claim', message }] });
	}
	const [one] = named;
	if (!one) {
		if (!key.claim_ref) return undefined;
		const message = `No claim of this practice has this claim_ref${caller.test ? ' among the test accounts (this is a test key)' : ''}. Take it from Claim Denied or Find Claims.`;
		throw new Failure('missing', message, { code: 'claim_not_found', fields: [{ field: 'claim_ref', message }] });
	}
	// As everybody locks them: the account first.
	await tx
		.selectFrom('account')
		.select('account_ref')
		.where('practice_id', '=', caller.practiceId)
		.where('account_ref', '=', one.account_ref)
		.forUpdate()
		.execute();
	const row = await tx
		.selectFrom('claim')
		.selectAll()
		.where('practice_id', '=', caller.practiceId)
		.where('claim_ref', '=', one.claim_ref)
		.forUpdate()
		.executeTakeFirstOrThrow();
	return { row, test: caller.test, yourReference: one.your_reference, location: one.location };
}
