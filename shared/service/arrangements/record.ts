/** Record Arrangement: a promise to pay, or an installment plan from its proposal to its end. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import { toMinor } from '../../contracts/money.ts';
import type { Static } from '../../contracts/schema.ts';
import type { Tx } from '../../ledger/open.ts';
import type { input as arrangementInput } from '../../operations/record_arrangement.ts';
import type { Service } from '../../operations/registry.ts';
import { localDay } from '../../rules/index.ts';
import type { ArrangementRow, Installment } from '../accounts/rows.ts';
import { type Account, findRef, loadAccount } from '../accounts.ts';
import { audit } from '../audit.ts';
import { once } from '../once.ts';
import { actorOf, causeOf, iso, type Practice, readPractice } from '../practice.ts';
import { newRef } from '../refs.ts';
import { invoiceRef } from '../reminders/ask.ts';
import { cancelWaiting } from '../reminders/plan.ts';
import { reviewAccounts } from '../review/accounts.ts';
import type { Caller, Deps } from '../types.ts';
import { answerOf } from './answer.ts';
import { endRest, isResting } from './rest.ts';
import { installmentsOfPlan } from './split.ts';

type Input = Static<typeof arrangementInput>;

/** A plan that is one of these can still be changed; a broken one is staff's to end or to begin anew. */
const STANDING = ['proposed', 'active', 'grace', 'missed', 'broken', 'open', 'partial'];

export const recordArrangement =
	(deps: Deps, caller: Caller): Service['record_arrangement'] =>
	(input) =>
		once(deps, caller, 'record_arrangement', input, async (tx) => {
			const now = deps.now();
			const practice = await readPractice(tx, caller.practiceId, now);
			const ref = await findRef(tx, caller, input);
			const account = await loadAccount(tx, practice, ref, now, true);
			const standing = find(account, input);
			const terms = termsOf(practice, account, input, standing, now);
			const outcome = outcomeOf(input, standing, terms);
			const arrangement = standing?.arrangement_ref ?? newRef('arr');
			if (outcome !== 'unchanged') {
				await write(tx, practice, account, { ref: arrangement, kind: input.kind, outcome, actor: actorOf(caller) }, terms, standing, now);
				// What waits asks for money that is now due another day.
				if (terms.status === 'active' || terms.status === 'open')
					for (const invoiceRef of terms.covers)
						await cancelWaiting(deps, tx, practice, { invoiceRef, test: caller.test }, input.kind === 'plan' ? 'hold_payment_plan' : 'hold_promise');
				await audit(tx, practice.id, [
					{
						at: iso(now),
						actor: actorOf(caller),
						kind: 'arrangement_recorded',
						subject: ref,
						body: { arrangement_ref: arrangement, kind: input.kind, outcome, ...terms },
					},
				]);
				await reviewAccounts(deps, tx, practice, [ref], {
					raisedBy: `key:${caller.keyId}`,
					causedBy: causeOf(caller),
					actor: actorOf(caller),
					sending: practice.policy.sending,
				});
			}
			return answerOf(deps, tx, practice, account, arrangement, outcome);
		});

/** @throws Failure `missing` for a reference that is no standing arrangement of the account */
function find({ row }: Account, input: Input): ArrangementRow | undefined {
	const standing = row.arrangements.filter((one) => one.kind === input.kind && STANDING.includes(one.status));
	if (input.arrangement_ref === undefined) return standing.at(-1);
	const found = standing.find((one) => one.arrangement_ref === input.arrangement_ref);
	if (found) return found;
	const message = `"arrangement_ref" is no standing ${input.kind} of this account. Take it from an earlier step, or leave it empty.`;
	throw new Failure('missing', message, { code: 'arrangement_not_found', fields: [{ field: 'arrangement_ref', message }] });
}

export interface Terms {
	status: string;
	total_minor: number;
	owed_minor: number;
	installments: Installment[];
	covers: string[];
	extensions: number;
}

const statusOf = (input: Input, standing: ArrangementRow | undefined): string => {
	if (input.status === 'cancelled') return 'cancelled';
	if (input.kind === 'promise') return 'open';
	if (input.status !== undefined) return input.status;
	return standing?.status ?? 'proposed';
};

/** What is agreed, from the input and what stood before. @throws Failure `invalid` that names the field */
function termsOf(practice: Practice, account: Account, input: Input, standing: ArrangementRow | undefined, now: number): Terms {
	const status = statusOf(input, standing);
	const changesTerms = input.amount !== undefined || input.first_on !== undefined || input.installments !== undefined || input.invoice !== undefined;
	if (standing && (!changesTerms || status === 'cancelled'))
		return {
			status,
			total_minor: standing.total_minor,
			owed_minor: standing.owed_minor,
			installments: standing.installments,
			covers: standing.covers,
			extensions: standing.extensions,
		};
	if (status === 'cancelled') throw new Failure('missing', `The account has no standing ${input.kind} to cancel.`, { code: 'arrangement_not_found' });
	const covers = invoiceRef(account, input.invoice) ?? standing?.covers ?? account.facts.invoices.filter((i) => i.amountMinor > 0).map((i) => i.ref);
	const owed = account.facts.invoices.reduce((sum, invoice) => sum + (covers.includes(invoice.ref) ? invoice.amountMinor : 0), 0);
	const total = totalOf(account, input, standing, owed);
	const first = input.first_on ?? standing?.installments[0]?.due_on;
	if (first === undefined) throw invalidField('first_on', '"first_on" is needed: the day of the promise, or of the first installment.');
	if (first < localDay(now, practice.zone)) throw invalidField('first_on', '"first_on" lies in the past. Give today or a later day.');
	const parts = input.kind === 'promise' ? 1 : (input.installments ?? standing?.installments.length);
	if (parts === undefined) throw invalidField('installments', '"installments" is needed for a plan: how many there are.');
	if (total < parts) throw invalidField('amount', '"amount" is too small for so many installments.');
	return {
		status,
		total_minor: total,
		owed_minor: owed,
		installments: installmentsOfPlan(total, parts, first, input.every ?? 'month'),
		covers,
		extensions: (standing?.extensions ?? 0) + (input.kind === 'promise' && standing && first !== standing.installments[0]?.due_on ? 1 : 0),
	};
}

function totalOf({ row }: Account, input: Input, standing: ArrangementRow | undefined, owed: number): number {
	const given = input.amount === undefined ? undefined : toMinor(input.amount, row.currency);
	if (input.amount !== undefined && given === undefined) throw invalidField('amount', `"amount" has more decimals than ${row.currency} has.`);
	const total = given ?? standing?.total_minor ?? owed;
	if (total <= 0) throw invalidField('amount', 'Nothing is owed that could be promised. Record the balance first.');
	if (total > owed) throw invalidField('amount', '"amount" is more than what is owed. Leave it empty for all that is owed.');
	return total;
}

type Outcome = 'created' | 'extended' | 'updated' | 'unchanged';

function outcomeOf(input: Input, standing: ArrangementRow | undefined, terms: Terms): Outcome {
	if (!standing) return 'created';
	const days = (parts: readonly Installment[]) => JSON.stringify(parts.map(({ due_on, amount_minor }) => [due_on, amount_minor]));
	const same = standing.status === terms.status && standing.total_minor === terms.total_minor && days(standing.installments) === days(terms.installments);
	if (same) return 'unchanged';
	return input.kind === 'promise' && terms.extensions > standing.extensions ? 'extended' : 'updated';
}

interface What {
	ref: string;
	kind: 'plan' | 'promise';
	outcome: Outcome;
	actor: string;
}

async function write(
	tx: Tx,
	practice: Practice,
	{ row }: Account,
	{ ref, kind, outcome, actor }: What,
	terms: Terms,
	standing: ArrangementRow | undefined,
	now: number,
): Promise<void> {
	const practiceId = practice.id;
	const [rested, rests] = [standing !== undefined && isResting(kind, standing.status), isResting(kind, terms.status)];
	if (rested && !rests) await endRest(tx, practice, [ref], iso(now));
	const began = rests && !rested ? { resting_since: iso(now) } : {};
	const values = { ...terms, ...began, installments: JSON.stringify(terms.installments), actor, updated_at: iso(now) };
	if (outcome === 'created')
		await tx
			.insertInto('arrangement')
			.values({
				practice_id: practiceId,
				arrangement_ref: ref,
				account_ref: row.account_ref,
				kind,
				currency: row.currency,
				source: 'api',
				created_at: iso(now),
				...values,
			})
			.execute();
	else
		await tx
			.updateTable('arrangement')
			// New terms begin anew: what was told of the old ones says nothing of these.
			.set({ ...values, ...(terms.installments.every(({ raised }) => raised.length === 0) ? { raised: [] } : {}) })
			.where('practice_id', '=', practiceId)
			.where('arrangement_ref', '=', ref)
			.execute();
	await tx
		.updateTable('account')
		.set({ next_review_at: iso(now) })
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', row.account_ref)
		.execute();
}
