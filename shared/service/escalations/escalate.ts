/** Escalate: a person or a flow opens staff work. */
import { invalidField } from '../../contracts/failure.ts';
import { toMinor } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import { findRef, loadAccount } from '../accounts.ts';
import { once } from '../once.ts';
import { accountLink, actorOf, causeOf, localIso, type Practice, readPractice } from '../practice.ts';
import type { Caller, Deps } from '../types.ts';
import { assign } from './assign.ts';
import { openWork } from './open.ts';
import { plainTitle } from './words.ts';

export const escalate =
	(deps: Deps, caller: Caller): Service['escalate'] =>
	async (input) => {
		const answer = await once(deps, caller, 'escalate', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const ref = input.account_ref || input.your_reference ? await findRef(tx, caller, input) : undefined;
			const account = ref ? await loadAccount(tx, practice, ref, deps.now()) : undefined;
			if (input.amount !== undefined && toMinor(input.amount, practice.currency) === undefined)
				throw invalidField('amount', `"amount" has more decimals than ${practice.currency} has.`);
			const amountMinor =
				input.amount === undefined
					? (account?.facts.invoices.reduce((sum, invoice) => sum + invoice.amountMinor, 0) ?? 0)
					: (toMinor(input.amount, practice.currency) ?? 0);
			if (input.because_of && !(await isEvent(tx, caller, input.because_of)))
				throw invalidField('because_of', '"because_of" is not an event of this practice. Map the event code of the trigger, or leave it empty.');
			const cause = ['escalate', input.reason, ref ?? 'practice', input.because_of ?? '', input.invoice ?? ''].join(':');
			const opened = await openWork(deps, tx, practice, {
				cause,
				test: caller.test,
				reason: input.reason,
				severity: input.severity ?? 'normal',
				title: plainTitle(input.reason, amountMinor, practice.currency),
				...(input.title ? { ownTitle: input.title } : {}),
				...(input.text ? { note: input.text } : {}),
				...(account ? { accountRef: account.row.account_ref, yourReference: account.row.your_reference, location: account.row.location } : {}),
				amountMinor,
				...(input.route ? { route: input.route } : {}),
				...(input.owner ? { owner: input.owner } : {}),
				...(input.due_date ? { dueDate: input.due_date } : {}),
				actor: actorOf(caller),
				causedBy: causeOf(caller, input.because_of),
			});
			const owner = input.owner ?? opened.owner;
			if (!opened.opened && input.owner) await assign(deps, tx, practice, { ref: opened.ref, owner, actor: actorOf(caller) });
			const status: 'opened' | 'already_open' = opened.opened ? 'opened' : 'already_open';
			return {
				escalation_ref: opened.ref,
				status,
				owner,
				due_at: opened.dueAt ? localIso(opened.dueAt, practice.zone) : '',
				delivered_to: await routeLabel(tx, practice, opened.route),
				link: ref ? accountLink(deps, ref) : deps.config.publicUrl,
			};
		});
		return { ...answer, duplicate: answer.duplicate || answer.status === 'already_open' };
	};

const isEvent = async (tx: Tx, caller: Caller, id: string): Promise<boolean> =>
	(await tx
		.selectFrom('event')
		.select('event_id')
		.where('practice_id', '=', caller.practiceId)
		.where('test', '=', caller.test)
		.where('event_id', '=', id)
		.executeTakeFirst()) !== undefined;

async function routeLabel(tx: Tx, practice: Practice, route: string): Promise<string> {
	const row = await tx.selectFrom('route').select(['label', 'connection']).where('practice_id', '=', practice.id).where('route', '=', route).executeTakeFirst();
	return row?.connection ? row.label : '';
}
