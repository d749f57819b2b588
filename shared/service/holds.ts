/** Hold Reminders and Resume Reminders. */
import { sql } from 'kysely';
import { invalidField } from '../contracts/failure.ts';
import { HOLD_REASONS } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import type { Service } from '../operations/registry.ts';
import { startOfDay } from '../rules/index.ts';
import { findRef, loadAccount } from './accounts.ts';
import { audit } from './audit.ts';
import { settleDisputes } from './disputes.ts';
import { endExpired, endHold } from './hold-days.ts';
import { nudge } from './nudge.ts';
import { once } from './once.ts';
import { accountLink, actorOf, iso, type Practice, readPractice } from './practice.ts';
import { newRef } from './refs.ts';
import { cancelWaiting } from './reminders/plan.ts';
import type { Caller, Deps } from './types.ts';

type Scope = 'account' | 'invoice' | 'location' | 'import' | 'practice';

interface Named {
	account_ref?: string;
	your_reference?: string;
	invoice?: string;
	location?: string;
	import_ref?: string;
}

interface Target {
	accountRef?: string;
	target?: string;
}

/** What a scope needs to be said. @throws Failure `invalid` that names the missing field */
async function targetOf(deps: Deps, tx: Tx, practice: Practice, caller: Caller, scope: Scope, named: Named): Promise<Target> {
	if (scope === 'practice') return {};
	if (scope === 'location') {
		if (!named.location) throw invalidField('location', '"location" is needed for a hold on a location.');
		return { target: named.location };
	}
	if (scope === 'import') {
		const found =
			named.import_ref &&
			(await tx
				.selectFrom('import')
				.select('import_id')
				.where('practice_id', '=', practice.id)
				.where('test', '=', caller.test)
				.where('import_id', '=', named.import_ref)
				.executeTakeFirst());
		if (!found) throw invalidField('import_ref', '"import_ref" is needed for a hold on an import: take it from the answer of the import.');
		return { target: found.import_id };
	}
	const accountRef = await findRef(tx, caller, named);
	if (scope === 'account') return { accountRef };
	const account = await loadAccount(tx, practice, accountRef, deps.now());
	const invoice = account.row.invoices.find((i) => i.invoice_ref === named.invoice || i.your_reference === named.invoice);
	if (!named.invoice || !invoice) throw invalidField('invoice', '"invoice" is needed for a hold on one invoice, and must be an open invoice of the account.');
	return { accountRef, target: invoice.invoice_ref };
}

const standing = (tx: Tx, practiceId: string, caller: Caller, scope: Scope, target: Target) => {
	let query = tx
		.selectFrom('hold')
		.selectAll()
		.where('practice_id', '=', practiceId)
		.where('test', '=', caller.test)
		.where('scope', '=', scope)
		.where('released_at', 'is', null);
	query = target.accountRef ? query.where('account_ref', '=', target.accountRef) : query.where('account_ref', 'is', null);
	return target.target ? query.where('target', '=', target.target) : query.where('target', 'is', null);
};

/** Accounts that a hold covers: their due times and waiting reminders change with it. */
async function covered(tx: Tx, practiceId: string, caller: Caller, scope: Scope, target: Target): Promise<string[] | undefined> {
	if (target.accountRef) return [target.accountRef];
	if (scope === 'practice') return undefined;
	const column = scope === 'location' ? 'location' : 'import_id';
	const rows = await tx
		.selectFrom('account')
		.select('account_ref')
		.where('practice_id', '=', practiceId)
		.where('test', '=', caller.test)
		.where(column, '=', target.target ?? '')
		.execute();
	return rows.map((row) => row.account_ref);
}

export const holdReminders =
	(deps: Deps, caller: Caller): Service['hold_reminders'] =>
	(input) =>
		once(deps, caller, 'hold_reminders', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const now = deps.now();
			await endExpired(tx, practice, now);
			const scope = input.scope as Scope;
			const target = await targetOf(deps, tx, practice, caller, scope, input);
			const until = input.until === undefined ? null : startOfDay(input.until, practice.zone);
			if (until !== null && until <= now)
				throw invalidField('until', '"until" lies in the past. Give the first day on which reminders may go on, or leave it empty.');
			const link = target.accountRef ? accountLink(deps, target.accountRef) : deps.config.publicUrl;
			const same = await standing(tx, practice.id, caller, scope, target).where('reason', '=', input.reason).executeTakeFirst();
			if (same && (same.until?.getTime() ?? null) === until)
				return { hold_ref: same.hold_ref, status: 'already_held' as const, scope: input.scope, until: input.until ?? '', cancelled_count: 0, link };
			const ref = same?.hold_ref ?? newRef('hold');
			if (same)
				await tx
					.updateTable('hold')
					.set({ until: until === null ? null : iso(until) })
					.where('practice_id', '=', practice.id)
					.where('hold_ref', '=', ref)
					.execute();
			else
				await tx
					.insertInto('hold')
					.values({
						practice_id: practice.id,
						hold_ref: ref,
						scope,
						test: caller.test,
						account_ref: target.accountRef ?? null,
						target: target.target ?? null,
						reason: input.reason,
						note: input.note ?? null,
						actor: actorOf(caller),
						since: iso(now),
						until: until === null ? null : iso(until),
					})
					.execute();
			const accounts = await covered(tx, practice.id, caller, scope, target);
			const cancelled = await cancelWaiting(
				deps,
				tx,
				practice,
				scope === 'invoice' && target.target
					? { invoiceRef: target.target, test: caller.test }
					: accounts
						? { accountRefs: accounts, test: caller.test }
						: { everything: true, test: caller.test },
				`hold_${input.reason}`,
			);
			await due(tx, practice.id, caller, accounts, iso(now));
			await audit(tx, practice.id, [
				{
					at: iso(now),
					actor: actorOf(caller),
					kind: 'hold_placed',
					subject: target.accountRef ?? ref,
					body: { hold_ref: ref, scope, target: target.target ?? '', reason: input.reason, until: input.until ?? '', cancelled },
					...(input.note ? { personal: { note: input.note } } : {}),
				},
			]);
			return { hold_ref: ref, status: 'placed' as const, scope: input.scope, until: input.until ?? '', cancelled_count: cancelled, link };
		});

async function due(tx: Tx, practiceId: string, caller: Caller, accounts: readonly string[] | undefined, now: string): Promise<void> {
	let query = tx.updateTable('account').set({ next_review_at: now }).where('practice_id', '=', practiceId).where('test', '=', caller.test);
	if (accounts) query = query.where(sql<boolean>`account_ref = any(${[...accounts]})`);
	await query.execute();
}

export const resumeReminders =
	(deps: Deps, caller: Caller): Service['resume_reminders'] =>
	async (input) => {
		const answer = await once(deps, caller, 'resume_reminders', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const now = deps.now();
			await endExpired(tx, practice, now);
			let scope: Scope;
			let target: Target;
			let query = tx.selectFrom('hold').selectAll().where('practice_id', '=', practice.id).where('test', '=', caller.test).where('released_at', 'is', null);
			if (input.hold_ref) {
				const row = await tx
					.selectFrom('hold')
					.selectAll()
					.where('practice_id', '=', practice.id)
					.where('test', '=', caller.test)
					.where('hold_ref', '=', input.hold_ref)
					.executeTakeFirst();
				if (!row) throw invalidField('hold_ref', '"hold_ref" is not a hold of this practice. Take it from the answer of Hold Reminders.');
				scope = row.scope as Scope;
				target = { ...(row.account_ref ? { accountRef: row.account_ref } : {}), ...(row.target ? { target: row.target } : {}) };
				query = query.where('hold_ref', '=', input.hold_ref);
			} else {
				if (!input.scope) throw invalidField('scope', 'Give "hold_ref", or "scope" with what is to go on.');
				scope = input.scope as Scope;
				target = await targetOf(deps, tx, practice, caller, scope, input);
				query = standing(tx, practice.id, caller, scope, target);
			}
			if (input.reason) query = query.where('reason', '=', input.reason);
			const rows = await query.execute();
			for (const row of rows) await endHold(tx, practice, row, iso(now));
			// Staff who let reminders go on have settled what was disputed.
			for (const row of rows)
				if (row.reason === 'dispute' && row.account_ref)
					await settleDisputes(
						tx,
						practice.id,
						{ accountRef: row.account_ref, ...(row.scope === 'invoice' && row.target ? { invoice: row.target } : {}) },
						'settled',
						iso(now),
					);
			const accounts = await covered(tx, practice.id, caller, scope, target);
			await due(tx, practice.id, caller, accounts, iso(now));
			await audit(
				tx,
				practice.id,
				rows.map((row) => ({
					at: iso(now),
					actor: actorOf(caller),
					kind: 'hold_released',
					subject: row.account_ref ?? row.hold_ref,
					body: { hold_ref: row.hold_ref, reason: row.reason, scope: row.scope },
				})),
			);
			const left = target.accountRef
				? (await loadAccount(tx, practice, target.accountRef, now)).row.holds.map((hold) => HOLD_REASONS[hold.reason])
				: (await standing(tx, practice.id, caller, scope, target).execute()).map((hold) => HOLD_REASONS[hold.reason as keyof typeof HOLD_REASONS]);
			return {
				released_count: rows.length,
				still_on_hold: left.length > 0,
				still_on_hold_reasons_text: [...new Set(left)].join(', '),
				next_step_text: left.length > 0 ? 'Another hold still keeps reminders back.' : 'The ladder goes on from where it stood; days on hold do not count.',
				link: target.accountRef ? accountLink(deps, target.accountRef) : deps.config.publicUrl,
			};
		});
		nudge(deps, caller.practiceId);
		return answer;
	};
