/** Whom facts are about: the account they name, made when it is seen for the first time. */
import type { AccountHint } from '../contracts/facts.ts';
import type { Tx } from '../ledger/open.ts';
import { iso } from './practice.ts';
import { newRef } from './refs.ts';
import type { Deps } from './types.ts';

/** Into which practice facts go, by whom, and by which import. */
export interface Recording {
	practiceId: string;
	test: boolean;
	actor: string;
	importId?: string;
	settlesAt?: number;
	connection?: string;
}

/** The account of a fact, made on first sight. */
export async function accountOf(deps: Deps, tx: Tx, to: Recording, hint: AccountHint, currency: string): Promise<string> {
	if (hint.accountRef) return hint.accountRef;
	const now = iso(deps.now());
	const inserted = await tx
		.insertInto('account')
		.values({
			practice_id: to.practiceId,
			account_ref: newRef('acc'),
			test: to.test,
			your_reference: hint.yourReference ?? '',
			name: hint.name ?? null,
			currency,
			location: hint.location ?? '',
			state: hint.state ?? null,
			zip: hint.zip ?? null,
			time_zone: null,
			plan_type: null,
			high_deductible: null,
			settles_at: to.settlesAt ? iso(to.settlesAt) : null,
			next_review_at: now,
			import_id: to.importId ?? null,
			created_at: now,
			updated_at: now,
		})
		.onConflict((conflict) => conflict.doNothing())
		.returning('account_ref')
		.executeTakeFirst();
	if (inserted) return inserted.account_ref;
	const row = await tx
		.selectFrom('account')
		.select('account_ref')
		.where('practice_id', '=', to.practiceId)
		.where('test', '=', to.test)
		.where('your_reference', '=', hint.yourReference ?? '')
		.executeTakeFirstOrThrow();
	return row.account_ref;
}
