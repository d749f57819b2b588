/** Imports: a file or rows into the ledger as one undoable step, with a baseline for what was overdue before we knew it. */
import { sql } from 'kysely';
import type { BalanceFact, Fact } from '../contracts/facts.ts';
import { Failure } from '../contracts/failure.ts';
import type { Tx } from '../ledger/open.ts';
import { blankAccount, blankInvoice } from '../rules/index.ts';
import { audit } from './audit.ts';
import { syncPauses } from './claims/pause.ts';
import { type ClaimDeadline, categoriesText, deadlinesAmong, deadlinesText } from './claims/totals.ts';
import { raise } from './events.ts';
import { type BalanceOutcome, balanceRow, collapse, lockAccounts, recordBalancesIn, recordFacts } from './facts.ts';
import { actorOf, causeOf, iso, localIso, type Practice, readPractice } from './practice.ts';
import { newRef, sha256 } from './refs.ts';
import { cancelWaiting } from './reminders/plan.ts';
import type { Caller, Deps } from './types.ts';

export interface Importing {
	kind: 'balances' | 'aging_report' | 'remittance' | 'acknowledgement';
	sourceName: string;
	/** What the same import is recognised by. */
	digestOf: string;
	facts: readonly Fact[];
	summary: object;
}

export interface Imported {
	importId: string;
	/** The same content was imported before. */
	again: boolean;
	balances: BalanceOutcome[];
	/** Rows of the same invoice that a later row replaced. */
	superseded: number;
	refused: { index: number; field: string; message: string }[];
	changed: number;
	unchanged: number;
	baselineText: string;
	settlesAt: string;
}

const DAY_MS = 86_400_000;

/** Records an import in the caller's transaction. */
export async function importFacts(deps: Deps, tx: Tx, practice: Practice, caller: Caller, what: Importing): Promise<Imported> {
	const now = deps.now();
	await lockAccounts(tx, practice.id, caller.test, what.facts);
	const importId = newRef('imp');
	const digest = sha256(`${what.kind}\n${what.digestOf}`);
	const earlier = await tx
		.selectFrom('import')
		.select(['import_id', 'digest', 'source_name'])
		.where('practice_id', '=', practice.id)
		.where('test', '=', caller.test)
		.where('kind', '=', what.kind)
		.where('undone_at', 'is', null)
		.execute();
	const again = earlier.some((row) => Buffer.from(row.digest).equals(digest));
	const isFirst = (what.kind === 'balances' || what.kind === 'aging_report') && !earlier.some((row) => row.source_name === what.sourceName);
	const settlesAt = now + practice.policy.settle_minutes * 60_000;
	const to = { practiceId: practice.id, test: caller.test, actor: actorOf(caller), importId, ...(settlesAt > now && !again ? { settlesAt } : {}) };

	const balances = what.facts.filter((fact): fact is BalanceFact => fact.kind === 'balance');
	const rows = balances.map((fact, i) => balanceRow(fact, i));
	const baselines = isFirst ? baselineOf(practice, balances, now) : new Map<number, number>();
	for (const row of rows) {
		const days = baselines.get(row.i);
		if (days !== undefined) row.raised_days = days;
		// What a source called overdue before we knew it is no news either.
		if (isFirst && row.status_overdue) row.status_raised = true;
	}
	const { kept, older } = collapse(rows);
	const outcomes: BalanceOutcome[] = [];
	// 2,000 rows a statement: quick, and still small enough for the embedded database's memory.
	for (let from = 0; from < kept.length; from += 2000)
		outcomes.push(
			...(await recordBalancesIn(tx, practice.id, {
				test: to.test,
				actor: to.actor,
				now,
				rows: kept.slice(from, from + 2000),
				importId,
				...(isFirst ? { first: true as const } : {}),
				...('settlesAt' in to ? { settlesAt } : {}),
			})),
		);
	const others = await recordFacts(
		deps,
		tx,
		to,
		what.facts.filter((fact) => fact.kind !== 'balance'),
	);
	await sql`select set_config('dunwell.import_id', '', true)`.execute(tx);

	const refused = outcomes
		.filter((outcome) => outcome.outcome === 'missing' || outcome.outcome === 'other_currency')
		.map((outcome) => ({
			index: outcome.i,
			field: outcome.outcome === 'missing' ? 'account_ref' : 'currency',
			message:
				outcome.outcome === 'missing'
					? 'No account of this practice has this account_ref. Check it, or name the account by your_reference.'
					: 'The account is kept in another currency.',
		}));
	const changed = outcomes.filter((o) => ['created', 'updated', 'paid'].includes(o.outcome)).length + others.changed;
	const unchanged = outcomes.filter((o) => ['unchanged', 'older_ignored'].includes(o.outcome)).length + older.length + others.unchanged;
	const summary = { ...what.summary, changed, unchanged, baseline: baselines.size };
	await tx
		.insertInto('import')
		.values({
			practice_id: practice.id,
			import_id: importId,
			test: caller.test,
			kind: what.kind,
			source_name: what.sourceName,
			digest,
			baseline: isFirst,
			summary: JSON.stringify(summary),
			actor: to.actor,
			at: iso(now),
		})
		.execute();
	await audit(tx, practice.id, [
		{
			at: iso(now),
			actor: to.actor,
			kind: 'import_recorded',
			subject: importId,
			body: { kind: what.kind, digest: digest.toString('hex'), again, first: isFirst, ...summary },
		},
	]);
	// The same file again is no news: nobody is told twice.
	if (!again || changed > 0)
		await raise(deps, tx, practice, [
			importFinished(practice, caller, importId, what, summary, refused, await deadlinesAmong(tx, practice, others.claims, now)),
		]);
	return {
		importId,
		again,
		balances: outcomes,
		superseded: older.length,
		refused,
		changed,
		unchanged,
		baselineText:
			baselines.size > 0
				? `${baselines.size} balances were overdue before this first import: no old reminders go out for them. The next step of each is raised when it is reached.`
				: '',
		settlesAt: localIso(Math.max(settlesAt, now), practice.zone),
	};
}

/** Milestones that were passed before today are history; one that is reached today is news. */
function baselineOf(practice: Practice, balances: readonly BalanceFact[], now: number): Map<number, number> {
	const facts = {
		...blankAccount('baseline', practice.currency, practice.zone),
		invoices: balances.map((fact, i) => ({
			...blankInvoice(String(i), Math.max(0, fact.amountMinor), now),
			...(fact.dueDate ? { dueDate: fact.dueDate } : {}),
			...(fact.firstNoticeDate ? { firstNoticeDate: fact.firstNoticeDate } : {}),
		})),
	};
	return new Map(Object.entries(practice.rules.baseline(facts, now - DAY_MS)).map(([i, days]) => [Number(i), days]));
}

function importFinished(
	practice: Practice,
	caller: Caller,
	importId: string,
	what: Importing,
	summary: { changed: number; unchanged: number; baseline: number },
	refused: readonly { message: string }[],
	deadlines: readonly ClaimDeadline[],
) {
	const denied = what.facts.flatMap((fact) => (fact.kind === 'claim' ? fact.lines.filter((line) => line.state === 'denied_open') : []));
	const categories = new Map<string, { lines: number; minor: number }>();
	for (const line of denied) {
		const before = categories.get(line.category ?? 'unclassified') ?? { lines: 0, minor: 0 };
		categories.set(line.category ?? 'unclassified', { lines: before.lines + 1, minor: before.minor + line.chargeMinor });
	}
	return {
		type: 'review_finished' as const,
		key: `import_finished:${importId}`,
		test: caller.test,
		raisedBy: 'import',
		causedBy: causeOf(caller),
		currency: practice.currency,
		summary: `An import finished: ${summary.changed} changed, ${summary.unchanged} unchanged, ${refused.length} refused.`,
		reasons: summary.baseline > 0 ? [`${summary.baseline} balances were overdue before it and raise nothing.`] : [],
		fields: {
			kind: 'import',
			review_ref: importId,
			accounts_reviewed: new Set(what.facts.map((fact) => fact.account.accountRef ?? fact.account.yourReference)).size,
			due: 0,
			would_send: 0,
			sent: 0,
			held: 0,
			events_raised: 0,
			work_count: refused.length,
			denied_lines: denied.length,
			denials_by_category_text: categoriesText(Object.fromEntries(categories), practice.currency),
			deadlines_text: deadlinesText(deadlines),
			problems_text: refused
				.map((problem) => problem.message)
				.join('\n')
				.slice(0, 20_000),
			items: [],
			items_text: '',
		},
	};
}

/**
 * Takes an import back: rows it made go, rows it changed are as before, unless a later fact has changed them since.
 * The audit shows both the import and its undoing.
 */
export async function undoImport(
	deps: Deps,
	caller: Caller,
	importId: string,
): Promise<{ import_ref: string; restored: number; kept: number; cancelled_count: number }> {
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		const row = await tx
			.selectFrom('import')
			.selectAll()
			.where('practice_id', '=', caller.practiceId)
			.where('import_id', '=', importId)
			.where('test', '=', caller.test)
			.forUpdate()
			.executeTakeFirst();
		if (!row) throw new Failure('missing', 'There is no such import. Take the reference from the answer of the import.', { code: 'import_not_found' });
		if (row.undone_at) throw new Failure('conflict', 'This import was undone before.', { code: 'already_undone' });
		const practice = await readPractice(tx, caller.practiceId, deps.now());
		const { rows } = await sql<{
			answer: { restored: number; kept: number; accounts: string[] };
		}>`select undo_import(${caller.practiceId}, ${importId}, ${iso(deps.now())}::timestamptz) as answer`.execute(tx);
		const { restored, kept, accounts } = rows[0]?.answer ?? { restored: 0, kept: 0, accounts: [] };
		const cancelled = await cancelWaiting(deps, tx, practice, { accountRefs: accounts }, 'import_undone');
		await syncPauses(tx, practice, accounts, deps.now());
		await tx
			.updateTable('import')
			.set({ undone_at: iso(deps.now()), undone_by: actorOf(caller) })
			.where('practice_id', '=', caller.practiceId)
			.where('import_id', '=', importId)
			.execute();
		await audit(tx, caller.practiceId, [
			{ at: iso(deps.now()), actor: actorOf(caller), kind: 'import_undone', subject: importId, body: { restored, kept, cancelled } },
		]);
		return { import_ref: importId, restored, kept, cancelled_count: cancelled };
	});
}
