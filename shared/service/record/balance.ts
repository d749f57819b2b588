/** Record Balance: one round trip. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import { formatMoney, fromMinor } from '../../contracts/money.ts';
import type { Service } from '../../operations/registry.ts';
import { type BalanceOutcome, balanceArgument, balanceRow } from '../facts.ts';
import { nudge } from '../nudge.ts';
import { bodyHash, keyOf, keyReused } from '../once.ts';
import { accountLink, actorOf } from '../practice.ts';
import type { Caller, Deps } from '../types.ts';
import { balanceFact } from './fact.ts';

/** What a call needs of its practice and what hardly ever changes: read once in a while, so that recording stays one round trip. */
interface Basics {
	currency: string;
	shareReference: boolean;
	at: number;
}
const BASICS_MS = 5000;
const basicsOf = new WeakMap<object, Map<string, Basics>>();

async function basics(deps: Deps, practiceId: string): Promise<Basics> {
	const cache = basicsOf.get(deps.ledger) ?? new Map<string, Basics>();
	basicsOf.set(deps.ledger, cache);
	const known = cache.get(practiceId);
	if (known && performance.now() - known.at < BASICS_MS) return known;
	const row = await deps.ledger.practice(practiceId, (tx) =>
		tx.selectFrom('practice').select(['currency', 'settings']).where('practice_id', '=', practiceId).executeTakeFirstOrThrow(),
	);
	const fresh: Basics = {
		currency: row.currency,
		shareReference: (row.settings as { share_your_reference?: boolean }).share_your_reference === true,
		at: performance.now(),
	};
	cache.set(practiceId, fresh);
	return fresh;
}

export const recordBalance =
	(deps: Deps, caller: Caller): Service['record_balance'] =>
	async (input) => {
		const practice = await basics(deps, caller.practiceId);
		const now = deps.now();
		const row = balanceRow(balanceFact(input, practice, 'api', now), 0);
		const key = keyOf(caller, input);
		const hash = key === undefined ? '' : bodyHash(input);
		const answer = await deps.ledger.call<{ rows?: BalanceOutcome[]; replay?: BalanceOutcome[]; same_body?: boolean }>(
			'record_balances',
			caller.practiceId,
			balanceArgument({
				test: caller.test,
				actor: actorOf(caller),
				now,
				rows: [row],
				...(key === undefined ? {} : { idempotency: { operation: 'record_balance', key, bodyHash: hash } }),
			}),
		);
		if (answer.replay && !answer.same_body) throw keyReused();
		const outcome = (answer.rows ?? answer.replay)?.[0];
		if (!outcome) throw new Failure('broken', 'The balance could not be recorded.');
		refuse(outcome, caller);
		if (answer.rows && outcome.outcome !== 'unchanged' && outcome.outcome !== 'older_ignored') nudge(deps, caller.practiceId);
		return {
			account_ref: outcome.account_ref ?? '',
			your_reference: practice.shareReference ? (outcome.your_reference ?? '') : '',
			invoice_ref: outcome.invoice_ref ?? '',
			outcome: outcome.outcome as 'created',
			duplicate: answer.replay !== undefined,
			amount: fromMinor(outcome.amount_minor, outcome.currency),
			amount_text: formatMoney(outcome.amount_minor, outcome.currency),
			previous_amount: fromMinor(outcome.previous_minor, outcome.currency),
			currency: outcome.currency,
			link: accountLink(deps, outcome.account_ref ?? ''),
		};
	};

function refuse(outcome: BalanceOutcome, caller: Caller): void {
	if (outcome.outcome === 'missing') {
		const message = `No account of this practice has this account_ref${caller.test ? ' among the test accounts (this is a test key)' : ''}. Check it, or name the account by your_reference.`;
		throw new Failure('missing', message, { code: 'account_not_found', fields: [{ field: 'account_ref', message }] });
	}
	if (outcome.outcome === 'other_currency')
		throw invalidField('currency', 'The account is kept in another currency. Amounts of different currencies are never added: use another account.');
}
