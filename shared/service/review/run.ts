/** A run over the accounts that somebody asked for, with its filters: a request does what it can, a job the rest. */
import { sql } from 'kysely';
import { toMinor } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import { loadAccounts } from '../accounts.ts';
import { keyOf, once } from '../once.ts';
import { actorOf, causeOf, iso, type Practice, readPractice } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Caller, Deps } from '../types.ts';
import { reviewAccounts } from './accounts.ts';
import { oldestDays } from './age.ts';
import { reviewDue } from './due.ts';
import { finish } from './finish.ts';
import { batchSize, JOB_MS, letOthers, REQUEST_MS } from './pace.ts';
import { add, itemsText, NOTHING, type Run, reasonsText, summaryOf } from './totals.ts';

/** Reviews the next accounts of a run until none is left or the time is over. */
async function goOn(deps: Deps, practiceId: string, run: Run, milliseconds: number): Promise<{ run: Run; complete: boolean }> {
	const stopAt = performance.now() + milliseconds;
	let current = run;
	for (;;) {
		const batch = batchSize(deps, current.totals.accounts_reviewed);
		const step = await deps.ledger.practice(practiceId, async (tx) => {
			let query = tx
				.selectFrom('account')
				.select('account_ref')
				.where('practice_id', '=', practiceId)
				.where('test', '=', run.test)
				.where('account_ref', '>', current.after)
				.where((eb) => eb.or([eb('owed_minor', '>', 0), eb('next_review_at', 'is not', null), eb('reviewed_at', 'is', null)]))
				.orderBy('account_ref')
				.limit(batch);
			if (run.filters.location !== undefined) query = query.where('location', '=', run.filters.location);
			if (run.filters.plan_type !== undefined) query = query.where('plan_type', '=', run.filters.plan_type);
			if (run.filters.only_due) query = query.where('next_review_at', '<=', new Date(deps.now()));
			if (run.filters.flagged)
				query = query.where(
					sql<boolean>`exists (select from flag f where f.practice_id = account.practice_id and f.account_ref = account.account_ref and f.cleared_at is null)`,
				);
			const refs = (await query.execute()).map((row) => row.account_ref);
			if (refs.length === 0) return { refs, next: current };
			const practice = await readPractice(tx, practiceId, deps.now());
			const sending = run.mode === 'send' ? 'automatic' : run.mode === 'ask_for_approval' ? 'approval' : 'flows';
			const wanted = await matching(deps, tx, practice, refs, run);
			const done = await reviewAccounts(deps, tx, practice, wanted, {
				raisedBy: 'review',
				causedBy: run.cause,
				actor: run.actor,
				sending,
				batch: run.review_ref,
			});
			return { refs, next: add(deps, practice, { ...current, after: refs.at(-1) ?? current.after }, done) };
		});
		current = step.next;
		if (step.refs.length < batch) return { run: current, complete: true };
		if (performance.now() > stopAt) return { run: current, complete: false };
		await letOthers();
	}
}

/** The filters that need the rules' view of an account: amounts and days. */
async function matching(deps: Deps, tx: Tx, practice: Practice, refs: readonly string[], run: Run): Promise<string[]> {
	const { minimum_minor: minor, minimum_days: days } = run.filters;
	if (minor === undefined && days === undefined) return [...refs];
	return (await loadAccounts(tx, practice, refs, deps.now()))
		.filter(({ facts }) => minor === undefined || facts.invoices.reduce((sum, invoice) => sum + invoice.amountMinor, 0) >= minor)
		.filter(({ facts }) => days === undefined || oldestDays(practice, facts, deps.now()) >= days)
		.map(({ row }) => row.account_ref);
}

export const runAccountReview =
	(deps: Deps, caller: Caller): Service['run_account_review'] =>
	async (input) => {
		const started = await once(deps, caller, 'run_account_review', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const run: Run = {
				review_ref: newRef('rev'),
				test: caller.test,
				mode: input.mode ?? 'report_only',
				filters: {
					...(input.location === undefined ? {} : { location: input.location }),
					...(input.minimum_amount === undefined ? {} : { minimum_minor: toMinor(input.minimum_amount, practice.currency) ?? 0 }),
					...(input.minimum_days === undefined ? {} : { minimum_days: input.minimum_days }),
					...(input.only_due ? { only_due: true as const } : {}),
					...(input.plan_type === undefined ? {} : { plan_type: input.plan_type }),
					...(input.flagged ? { flagged: true as const } : {}),
				},
				actor: actorOf(caller),
				cause: causeOf(caller),
				after: '',
				totals: NOTHING,
				items: [],
			};
			await tx
				.insertInto('review')
				.values({
					practice_id: caller.practiceId,
					review_ref: run.review_ref,
					test: caller.test,
					mode: run.mode,
					filters: JSON.stringify(run.filters),
					totals: JSON.stringify(run),
					items: '[]',
					actor: run.actor,
					at: iso(deps.now()),
				})
				.execute();
			return { run };
		});
		if (started.duplicate && keyOf(caller, input) !== undefined) {
			const row = await deps.ledger.practice(caller.practiceId, (tx) =>
				tx
					.selectFrom('review')
					.select('totals')
					.where('practice_id', '=', caller.practiceId)
					.where('review_ref', '=', started.run.review_ref)
					.executeTakeFirstOrThrow(),
			);
			return answerOf(deps, row.totals as Run, true, true);
		}
		const { run, complete } = await goOn(deps, caller.practiceId, started.run, REQUEST_MS);
		if (complete) await finish(deps, caller.practiceId, run);
		else await goOnLater(deps, caller.practiceId, run);
		return answerOf(deps, run, complete, false);
	};

/** A job takes the rest, from where the run stands. */
const goOnLater = (deps: Deps, practiceId: string, run: Run): Promise<void> =>
	deps.ledger.practice(practiceId, async (tx) => {
		await tx
			.updateTable('review')
			.set({ totals: JSON.stringify(run) })
			.where('practice_id', '=', practiceId)
			.where('review_ref', '=', run.review_ref)
			.execute();
		await deps.ledger.queue.add(tx, 'review', { practice_id: practiceId, review_ref: run.review_ref });
	});

function answerOf(deps: Deps, run: Run, complete: boolean, duplicate: boolean): Awaited<ReturnType<Service['run_account_review']>> {
	const { totals } = run;
	return {
		review_ref: run.review_ref,
		duplicate,
		mode: run.mode,
		accounts_reviewed: totals.accounts_reviewed,
		due: totals.due,
		would_send: totals.would_send,
		sent: totals.sent,
		awaiting_approval: totals.awaiting_approval,
		held: totals.held,
		events_raised: totals.events_raised,
		reasons_text: reasonsText(totals),
		summary: summaryOf(totals),
		is_complete: complete,
		items: run.items,
		items_text: itemsText(run.items),
		link: deps.config.publicUrl,
	};
}

/** The queue's `review` job: a run that a request could not end, or the practice's due accounts. */
export async function reviewJob(deps: Deps, job: { practice_id: string; review_ref?: string }): Promise<void> {
	if (!job.review_ref) {
		await reviewDue(deps, job);
		return;
	}
	const row = await deps.ledger.practice(job.practice_id, (tx) =>
		tx
			.selectFrom('review')
			.select('totals')
			.where('practice_id', '=', job.practice_id)
			.where('review_ref', '=', job.review_ref ?? '')
			.executeTakeFirst(),
	);
	if (!row) return;
	const { run, complete } = await goOn(deps, job.practice_id, row.totals as Run, JOB_MS);
	if (complete) return finish(deps, job.practice_id, run);
	await goOnLater(deps, job.practice_id, run);
}
