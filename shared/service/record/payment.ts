/** Record Payment. */
import { invalidField } from '../../contracts/failure.ts';
import { formatMoney, fromMinor, toMinor } from '../../contracts/money.ts';
import type { Service } from '../../operations/registry.ts';
import { findRef, loadAccount } from '../accounts.ts';
import { once } from '../once.ts';
import { recordPayment } from '../payments.ts';
import { accountLink, actorOf, causeOf, iso, readPractice, shown } from '../practice.ts';
import { reviewAccounts } from '../review/accounts.ts';
import type { Caller, Deps } from '../types.ts';

export const recordPaymentUse =
	(deps: Deps, caller: Caller): Service['record_payment'] =>
	(input) =>
		once(deps, caller, 'record_payment', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const currency = input.currency ?? practice.currency;
			const amountMinor = toMinor(input.amount, currency);
			if (amountMinor === undefined) throw invalidField('amount', `"amount" has more decimals than ${currency} has.`);
			const at = input.at ?? iso(deps.now());
			if (Date.parse(at) > deps.now() + 300_000) throw invalidField('at', '"at" lies in the future. Give the moment of the payment.');
			const ref = await findRef(tx, caller, input);
			const done = await recordPayment(
				deps,
				tx,
				{ practiceId: practice.id, test: caller.test, actor: actorOf(caller) },
				{
					kind: 'payment',
					source: 'api',
					account: { accountRef: ref },
					currency,
					asOf: iso(deps.now()),
					payment: input.payment,
					amountMinor,
					status: input.status,
					...(input.invoice ? { invoice: input.invoice } : {}),
					...(input.method ? { method: input.method } : {}),
					...(input.code ? { code: input.code } : {}),
					willRetry: input.will_retry ?? false,
					...(input.retries === undefined ? {} : { retries: input.retries }),
					...(input.dispute_reason ? { disputeReason: input.dispute_reason } : {}),
					autopay: input.autopay ?? false,
					at,
				},
			);
			// Decided at once: a failed payment is news now, and the answer says whether anybody was told.
			const review =
				done.outcome === 'unchanged' || done.outcome === 'older_ignored'
					? undefined
					: await reviewAccounts(deps, tx, practice, [ref], {
							raisedBy: `key:${caller.keyId}`,
							causedBy: causeOf(caller),
							actor: actorOf(caller),
							sending: practice.policy.sending,
						});
			const account = await loadAccount(tx, practice, ref, deps.now());
			const owed = account.facts.invoices.reduce((sum, invoice) => sum + invoice.amountMinor, 0) - account.facts.creditMinor;
			return {
				account_ref: ref,
				your_reference: shown(practice, account.row.your_reference),
				payment_ref: done.payment_ref,
				outcome: done.outcome,
				amount: fromMinor(amountMinor, currency),
				amount_text: formatMoney(amountMinor, currency),
				balance_amount: fromMinor(owed, account.row.currency),
				balance_amount_text: formatMoney(owed, account.row.currency),
				currency,
				event_raised: (review?.events ?? 0) > 0,
				link: accountLink(deps, ref),
			};
		});
