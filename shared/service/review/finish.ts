/** The end of a run: its row, its event, its entry. */
import { audit } from '../audit.ts';
import { categoriesText, deadlinesText } from '../claims/totals.ts';
import { type NewEvent, raise } from '../events.ts';
import { iso, type Practice, readPractice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { itemsText, type Run, reasonsText, summaryOf } from './totals.ts';

export async function finish(deps: Deps, practiceId: string, run: Run): Promise<void> {
	await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId, deps.now());
		await tx
			.updateTable('review')
			.set({ totals: JSON.stringify(run), items: JSON.stringify(run.items) })
			.where('practice_id', '=', practiceId)
			.where('review_ref', '=', run.review_ref)
			.execute();
		await raise(deps, tx, practice, [reviewFinished(practice, run)]);
		await audit(tx, practiceId, [
			{
				at: iso(deps.now()),
				actor: run.actor,
				kind: 'review_finished',
				subject: run.review_ref,
				body: { mode: run.mode, filters: run.filters, ...run.totals, policy_hash: practice.policyHash },
			},
		]);
	});
}

function reviewFinished(practice: Practice, run: Run): NewEvent {
	const { totals } = run;
	return {
		type: 'review_finished',
		key: `review_finished:${run.review_ref}`,
		test: run.test,
		raisedBy: 'review',
		causedBy: run.cause,
		summary: summaryOf(totals),
		reasons: [reasonsText(totals)].filter((text) => text !== ''),
		fields: {
			kind: 'review',
			review_ref: run.review_ref,
			accounts_reviewed: totals.accounts_reviewed,
			due: totals.due,
			would_send: totals.would_send,
			sent: totals.sent,
			held: totals.held,
			events_raised: totals.events_raised,
			work_count: totals.work_count,
			denied_lines: totals.denied_lines,
			denials_by_category_text: categoriesText(totals.categories, practice.currency),
			deadlines_text: deadlinesText(totals.deadlines),
			problems_text: '',
			items: run.items,
			items_text: itemsText(run.items),
		},
	};
}
