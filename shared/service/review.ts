/** Reviews: what is newly true of accounts, events for it, staff work, and the reminders the policy lets the service send. */
import { setImmediate } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Adjustment } from '../contracts/facts.ts';
import { formatMoney, fromMinor, toMinor } from '../contracts/money.ts';
import { adjustmentReason, isPatientShare } from '../files/carc.ts';
import type { Tx } from '../ledger/open.ts';
import type { Service } from '../operations/registry.ts';
import { daysBetween, localDay } from '../rules/index.ts';
import type { AccountFacts, Decision, RaisedEvent } from '../rules/types.ts';
import { type Account, loadAccounts } from './accounts.ts';
import { audit } from './audit.ts';
import { type NewWork, openWorks, raiseOverdueWork } from './escalations.ts';
import { card, type NewEvent, raise } from './events.ts';
import { keyOf, once } from './once.ts';
import { accountLink, actorOf, causeOf, iso, localIso, type Practice, readPractice } from './practice.ts';
import { newRef } from './refs.ts';
import { batchCause, cancelWaiting, planReminder } from './reminders/plan.ts';
import type { Caller, Deps } from './types.ts';

/**
 * Accounts in one transaction, after `done` in this run. Long enough to be quick, short enough not to keep others
 * waiting. On the embedded database everybody waits for it: what a busy minute leaves to review is taken in small
 * steps, and only a long run, as at night, in larger ones.
 */
const batchSize = ({ ledger }: Deps, done: number): number => (ledger.kind === 'postgres' ? 200 : done < 200 ? 10 : 40);
/** A request must answer before the platforms' 30 seconds are over. */
const REQUEST_MS = 15_000;
/** A queue job goes on for so long, then leaves the rest to the next one. */
const JOB_MS = 45_000;

/** A request goes through the event loop a few times until it is answered. */
const TURNS = 8;

/** The embedded database runs in this thread: without a pause between batches no request would be read until all is reviewed. */
async function letOthers(): Promise<void> {
	for (let turn = 0; turn < TURNS; turn += 1) await setImmediate();
}

export interface Reviewed {
	account: Account;
	decision: Decision;
}

interface How {
	raisedBy: string;
	causedBy?: string;
	/** What becomes of reminders that are due: left to flows, gathered for approval, or sent. */
	sending: 'flows' | 'approval' | 'automatic';
	actor: string;
	batch?: string;
	/** The caller holds the accounts' rows already. */
	locked?: true;
}

/** Reviews accounts in the caller's transaction and writes what follows. */
export async function reviewAccounts(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	refs: readonly string[],
	how: How,
): Promise<{ reviewed: Reviewed[]; events: number; planned: number }> {
	const now = deps.now();
	const reviewed = (await loadAccounts(tx, practice, refs, now, !how.locked)).map((account) => ({
		account,
		decision: practice.rules.decide(account.facts, now),
	}));
	await writeDecisions(tx, practice, reviewed, iso(now));
	const cancelled = new Map<string, number>();
	for (const { account, decision } of reviewed) {
		// What was waiting to be sent asks for an amount that is no longer owed.
		if (decision.events.some((event) => event.type === 'balance_paid'))
			cancelled.set(account.row.account_ref, await cancelWaiting(deps, tx, practice, { accountRef: account.row.account_ref }, 'paid'));
	}
	const events = await raise(
		deps,
		tx,
		practice,
		reviewed.flatMap(({ account, decision }) =>
			decision.events.map((event) => newEvent(deps, practice, account, decision, event, how, cancelled.get(account.row.account_ref) ?? 0)),
		),
	);
	await openReviewWork(deps, tx, practice, reviewed, how);
	const planned = await planReminders(deps, tx, practice, reviewed, how);
	return { reviewed, events: events.length, planned };
}

/** Plans what is due, where the policy or the review lets the service send or a person approve. */
async function planReminders(deps: Deps, tx: Tx, practice: Practice, reviewed: readonly Reviewed[], how: How): Promise<number> {
	if (how.sending === 'flows') return 0;
	const status = how.sending === 'approval' ? 'awaiting_approval' : 'scheduled';
	// What reviews of one day gather without being asked is approved together.
	const batch = how.batch ?? `day_${localDay(deps.now(), practice.zone)}`;
	const planned: Reviewed[] = [];
	for (const one of reviewed) {
		const { account, decision } = one;
		if (decision.reminder.verdict === 'send' && (await planReminder(deps, tx, practice, account, decision, { actor: how.actor, status, batch })))
			planned.push(one);
	}
	// Whoever asked for a review has its answer; of what the service gathers by itself somebody must hear.
	if (status === 'awaiting_approval' && how.batch === undefined)
		await openWorks(
			deps,
			tx,
			practice,
			[true, false].flatMap((test) =>
				waitingWork(
					planned.filter(({ account }) => account.row.test === test),
					batch,
					how.actor,
				),
			),
		);
	return planned.length;
}

function waitingWork(planned: readonly Reviewed[], batch: string, actor: string): NewWork[] {
	const [first] = planned;
	if (!first) return [];
	return [
		{
			cause: batchCause(batch),
			test: first.account.row.test,
			reason: 'other',
			severity: 'normal',
			title: `Reminders wait for approval in the batch ${batch}`,
			note: `Look at them, then let them go with Approve Batch: ${batch}.`,
			accounts: planned.map(({ account }) => account.row.account_ref),
			amountMinor: planned.reduce((sum, { decision }) => sum + decision.reminder.amountMinor, 0),
			currency: first.account.row.currency,
			actor,
		},
	];
}

/** Positions, due times and marks of what was raised: set-based, because a periodic review writes thousands. */
async function writeDecisions(tx: Tx, practice: Practice, reviewed: readonly Reviewed[], now: string): Promise<void> {
	const accounts = reviewed.map(({ account, decision }) => ({
		ref: account.row.account_ref,
		owed: decision.totalMinor,
		next: decision.nextReviewAt === undefined ? null : iso(decision.nextReviewAt),
	}));
	await sql`update account set owed_minor = x.owed, next_review_at = x.next, reviewed_at = ${now}
		from jsonb_to_recordset(${JSON.stringify(accounts)}::jsonb) as x(ref text, owed bigint, next timestamptz)
		where practice_id = ${practice.id} and account_ref = x.ref`.execute(tx);
	const raised = reviewed.flatMap(({ decision }) => Object.entries(decision.raised).map(([ref, days]) => ({ ref, days })));
	if (raised.length > 0)
		await sql`update invoice set raised_days = greatest(raised_days, x.days)
			from jsonb_to_recordset(${JSON.stringify(raised)}::jsonb) as x(ref text, days int)
			where practice_id = ${practice.id} and invoice_ref = x.ref`.execute(tx);
	const payments = reviewed.flatMap(({ decision }) => decision.events.flatMap((event) => event.payment ?? []));
	if (payments.length > 0) await sql`update payment set raised = true where practice_id = ${practice.id} and payment_ref = any(${payments})`.execute(tx);
	const claims = reviewed.flatMap(({ decision }) => decision.events.flatMap((event) => (event.claim ? [{ ref: event.claim, lines: event.lines ?? [] }] : [])));
	for (const claim of claims)
		await sql`update claim set raised_lines = (select array(select distinct x from unnest(raised_lines || ${claim.lines}::int[]) x order by x)) where practice_id = ${practice.id} and claim_ref = ${claim.ref}`.execute(
			tx,
		);
}

function newEvent(deps: Deps, practice: Practice, account: Account, decision: Decision, event: RaisedEvent, how: How, cancelled: number): NewEvent {
	return {
		type: event.type,
		key: event.key,
		test: account.row.test,
		accountRef: account.row.account_ref,
		yourReference: account.row.your_reference,
		location: account.row.location,
		currency: account.row.currency,
		amountMinor: event.amountMinor,
		raisedBy: how.raisedBy,
		...(how.causedBy ? { causedBy: how.causedBy } : {}),
		summary: event.summary,
		reasons: event.reasons,
		canContact: decision.canContact,
		blocked: decision.blocked.map((reason) => reason.text),
		fields: fieldsOf(deps, practice, account, decision, event, cancelled),
	};
}

/** The trigger's own fields beside those of every event. */
function fieldsOf(deps: Deps, practice: Practice, account: Account, decision: Decision, event: RaisedEvent, cancelled: number): Record<string, unknown> {
	const money = formatMoney(event.amountMinor, account.row.currency);
	const link = accountLink(deps, account.row.account_ref);
	switch (event.type) {
		case 'balance_overdue':
			return {
				days_overdue: event.days ?? 0,
				message: event.message ?? '',
				invoices_text: event.invoices.join(', '),
				invoice_count: event.invoices.length,
				next_step_text: nextStepText(practice, decision, event.days ?? 0),
				card_json: card(
					event.summary,
					{ Amount: money, 'Days overdue': String(event.days ?? 0), 'May be contacted': decision.canContact ? 'Yes' : 'No' },
					link,
				),
			};
		case 'payment_failed': {
			const payment = account.row.payments.find((p) => p.payment_ref === event.payment);
			return {
				payment_ref: event.payment ?? '',
				status: payment?.status === 'returned' ? 'returned' : 'failed',
				method: payment?.method ?? '',
				code: payment?.code ?? '',
				code_text: event.reasons.join(' '),
				autopay: payment?.autopay ?? false,
				failed_at: payment ? localIso(Date.parse(payment.at), practice.zone) : '',
				invoices_text: payment?.invoice ?? '',
			};
		}
		case 'claim_denied': {
			const claim = account.row.claims.find((c) => c.claim_ref === event.claim);
			const lines = (claim?.lines ?? []).filter((line) => event.lines?.includes(line.line));
			const denials = unique(
				lines.flatMap((line) => line.adjustments.filter((a) => !isPatientShare(a.group, a.code) && adjustmentReason(a.group, a.code).class !== 'contractual')),
			);
			const codes = denials.map((a) => `${a.group}-${a.code}`);
			const categories = lines.map((line) => line.category ?? 'other');
			return {
				claim_ref: event.claim ?? '',
				payer: claim?.payer ?? '',
				category: categories[0] ?? 'other',
				codes_text: codes.join(', '),
				codes_explained_text: denials.map((a) => `${a.group}-${a.code}: ${adjustmentReason(a.group, a.code).label}`).join('\n'),
				lines_text: lines.map((line) => `${line.line}: ${formatMoney(line.chargeMinor, account.row.currency)}`).join('\n'),
				line_count: lines.length,
				line_total: claim?.lines.length ?? 0,
				what_to_do_text: [...new Set(denials.map((a) => adjustmentReason(a.group, a.code).next))].join('\n'),
				deadline_on: '',
				card_json: card(event.summary, { Payer: claim?.payer ?? '', Amount: money, Codes: codes.join(', ') }, link),
			};
		}
		case 'balance_paid':
			return {
				paid_by: paidBy(account),
				paid_at: localIso(deps.now(), practice.zone),
				remaining_amount: 0,
				remaining_amount_text: formatMoney(0, account.row.currency),
				invoices_text: event.invoices.join(', '),
				reminders_sent: account.row.history.length,
				days_to_pay: daysToPay(practice, account),
				cancelled_count: cancelled,
			};
		default:
			return {};
	}
}

const unique = (adjustments: readonly Adjustment[]): Adjustment[] => [...new Map(adjustments.map((a) => [`${a.group}-${a.code}`, a])).values()];

function nextStepText(practice: Practice, decision: Decision, days: number): string {
	const next = practice.policy.milestones.find((milestone) => milestone.days > days);
	if (next) return `The message "${next.message}" at ${next.days} days, if it is still unpaid.`;
	return `Staff work at ${practice.policy.staff_after_days} days, if it is still unpaid.${decision.canContact ? '' : ' No message may go out now.'}`;
}

/** What ended the balance: the newest fact about it. */
function paidBy({ row, facts }: Account): 'payment' | 'credit' | 'recorded' {
	if (facts.creditMinor > 0) return 'credit';
	return row.last_payment_at !== null && Date.parse(row.last_payment_at) >= newestReading(row.invoices) ? 'payment' : 'recorded';
}

const newestReading = (invoices: readonly { as_of: string }[]): number => invoices.reduce((newest, invoice) => Math.max(newest, Date.parse(invoice.as_of)), 0);

/** From the first notice to the fact that ended the balance. */
function daysToPay(practice: Practice, { row }: Account): number {
	const first = row.invoices.flatMap((invoice) => invoice.first_notice_date ?? []).sort()[0];
	const ended = Math.max(newestReading(row.invoices), row.last_payment_at === null ? 0 : Date.parse(row.last_payment_at));
	return first && ended > 0 ? Math.max(0, daysBetween(first, localDay(ended, practice.zone))) : 0;
}

async function openReviewWork(deps: Deps, tx: Tx, practice: Practice, reviewed: readonly Reviewed[], how: How): Promise<void> {
	const works = new Map<string, NewWork & { accounts: string[]; amountMinor: number }>();
	const today = localDay(deps.now(), practice.zone);
	const items = await itemsOfToday(tx, practice, reviewed, today);
	for (const { account, decision } of reviewed) {
		const { account_ref: ref, test, currency, your_reference: yourReference, location } = account.row;
		for (const work of decision.work) {
			const ofAccount = work.cause.includes(ref);
			const cause = ofAccount ? work.cause : dayCause(work.cause, today);
			const key = `${test}:${cause}`;
			if (items.get(key)?.listed.has(ref)) continue;
			const known = works.get(key);
			if (known) {
				known.accounts.push(ref);
				known.amountMinor += work.amountMinor;
				continue;
			}
			works.set(key, {
				cause,
				test,
				reason: ofAccount ? 'unpaid_after_reminders' : 'missing_information',
				severity: work.severity,
				title: work.title,
				amountMinor: work.amountMinor,
				currency,
				...(ofAccount ? { accountRef: ref, yourReference, location } : {}),
				accounts: [ref],
				actor: how.actor,
			});
		}
	}
	const longer = [...works].flatMap(([key, { accounts, amountMinor }]) => {
		const item = items.get(key);
		return item ? [{ ref: item.ref, accounts, amount: amountMinor }] : [];
	});
	if (longer.length > 0)
		await sql`update escalation set accounts = escalation.accounts || x.accounts, amount_minor = amount_minor + x.amount
			from jsonb_to_recordset(${JSON.stringify(longer)}::jsonb) as x(ref text, accounts text[], amount bigint)
			where practice_id = ${practice.id} and escalation_ref = x.ref`.execute(tx);
	await openWorks(
		deps,
		tx,
		practice,
		[...works].filter(([key]) => !items.has(key)).map(([, work]) => work),
	);
}

/** A fact nobody knows makes one item a day that lists its accounts, not one for each row of an import. */
const dayCause = (cause: string, today: string): string => `${cause}:${today}`;

/** Today's open items for what these accounts lack, by test and cause, and which of the accounts each lists already. Locked, for it will grow. */
async function itemsOfToday(
	tx: Tx,
	practice: Practice,
	reviewed: readonly Reviewed[],
	today: string,
): Promise<Map<string, { ref: string; listed: Set<string> }>> {
	const causes = new Set(
		reviewed.flatMap(({ account, decision }) =>
			decision.work.filter((work) => !work.cause.includes(account.row.account_ref)).map((work) => dayCause(work.cause, today)),
		),
	);
	if (causes.size === 0) return new Map();
	const refs = reviewed.map(({ account }) => account.row.account_ref);
	const { rows } = await sql<{ key: string; ref: string; listed: string[] }>`
		select test || ':' || cause as key, escalation_ref as ref, array(select x from unnest(accounts) x where x = any(${refs})) as listed
		from escalation where practice_id = ${practice.id} and status = 'open' and cause = any(${[...causes]}) order by escalation_ref for update`.execute(tx);
	return new Map(rows.map((row) => [row.key, { ref: row.ref, listed: new Set(row.listed) }]));
}

/** The periodic review of one practice: due accounts only, so its cost follows what happened. */
export async function reviewDue(deps: Deps, job: { practice_id: string }): Promise<number> {
	const stopAt = performance.now() + JOB_MS;
	let count = 0;
	for (;;) {
		const batch = batchSize(deps, count);
		const done = await deps.ledger.practice(job.practice_id, async (tx) => {
			// Rows another process is reviewing are skipped: several services share the work.
			const { rows } = await sql<{
				account_ref: string;
			}>`select account_ref from account where practice_id = ${job.practice_id} and next_review_at <= ${iso(deps.now())}
				order by next_review_at limit ${batch} for update skip locked`.execute(tx);
			if (rows.length === 0) return 0;
			const practice = await readPractice(tx, job.practice_id);
			await reviewAccounts(
				deps,
				tx,
				practice,
				rows.map((row) => row.account_ref),
				{ raisedBy: 'review', locked: true, actor: 'review', sending: practice.policy.sending },
			);
			return rows.length;
		});
		count += done;
		if (done < batch) break;
		await letOthers();
		if (performance.now() > stopAt) {
			await deps.ledger.practice(job.practice_id, (tx) => deps.ledger.queue.add(tx, 'review', job));
			break;
		}
	}
	return count;
}

export async function sweepWork(deps: Deps, practiceId: string): Promise<void> {
	await deps.ledger.practice(practiceId, async (tx) => raiseOverdueWork(deps, tx, await readPractice(tx, practiceId)));
}

/** What a run has found so far; kept in the review row, so that a long run goes on in a job where a request stopped. */
interface Totals {
	accounts_reviewed: number;
	due: number;
	would_send: number;
	sent: number;
	awaiting_approval: number;
	held: number;
	events_raised: number;
	work_count: number;
	denied_lines: number;
	denied_minor: number;
	categories: Record<string, { lines: number; minor: number }>;
	reasons: Record<string, { text: string; count: number }>;
}

interface Item {
	account_ref: string;
	amount: number;
	amount_text: string;
	days_overdue: number;
	decision: 'send' | 'wait' | 'hold';
	reasons_text: string;
	link: string;
}

interface Run {
	review_ref: string;
	test: boolean;
	mode: 'report_only' | 'ask_for_approval' | 'send';
	filters: { location?: string; minimum_minor?: number; minimum_days?: number };
	actor: string;
	cause: string;
	/** The account after which to go on. */
	after: string;
	totals: Totals;
	items: Item[];
}

const NOTHING: Totals = {
	accounts_reviewed: 0,
	due: 0,
	would_send: 0,
	sent: 0,
	awaiting_approval: 0,
	held: 0,
	events_raised: 0,
	work_count: 0,
	denied_lines: 0,
	denied_minor: 0,
	categories: {},
	reasons: {},
};

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
			const refs = (await query.execute()).map((row) => row.account_ref);
			if (refs.length === 0) return { refs, next: current };
			const practice = await readPractice(tx, practiceId);
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

/** Age of the oldest unpaid invoice by the policy's anchor, without days on hold; 0 when none has an age. */
export function oldestDays(practice: Practice, { invoices, holds }: Pick<AccountFacts, 'invoices' | 'holds'>, now: number): number {
	const standing = holds.filter((hold) => hold.since <= now && (hold.until === undefined || hold.until > now));
	const ages = invoices
		.filter((invoice) => invoice.amountMinor > 0)
		.map((invoice) => {
			const anchor = practice.policy.anchor === 'first_notice' ? (invoice.firstNoticeDate ?? invoice.dueDate) : invoice.dueDate;
			const stopped = standing.filter((hold) => hold.invoice === undefined || hold.invoice === invoice.ref).map((hold) => hold.since);
			return anchor ? daysBetween(anchor, localDay(Math.min(now, ...stopped), practice.zone)) - invoice.pausedDays : 0;
		});
	return Math.max(0, ...ages);
}

function add(deps: Deps, practice: Practice, run: Run, done: { reviewed: Reviewed[]; events: number; planned: number }): Run {
	const totals: Totals = structuredClone(run.totals);
	const items = [...run.items];
	totals.accounts_reviewed += done.reviewed.length;
	totals.events_raised += done.events;
	if (run.mode === 'send') totals.sent += done.planned;
	if (run.mode === 'ask_for_approval') totals.awaiting_approval += done.planned;
	for (const { account, decision } of done.reviewed) {
		const { reminder } = decision;
		const isDue = reminder.message !== undefined && reminder.reasons[0]?.code !== 'not_due' && reminder.reasons[0]?.code !== 'already_reminded';
		if (isDue) totals.due += 1;
		if (reminder.verdict === 'send') totals.would_send += 1;
		else if (isDue && reminder.verdict === 'hold') totals.held += 1;
		if (decision.work.length > 0) totals.work_count += 1;
		if (reminder.verdict !== 'send' && decision.totalMinor > 0)
			for (const reason of reminder.reasons) totals.reasons[reason.code] = { text: reason.text, count: (totals.reasons[reason.code]?.count ?? 0) + 1 };
		for (const claim of account.facts.claims)
			for (const line of claim.lines.filter((l) => l.state === 'denied_open')) {
				const category = line.category ?? 'other';
				const before = totals.categories[category] ?? { lines: 0, minor: 0 };
				totals.categories[category] = { lines: before.lines + 1, minor: before.minor + line.chargeMinor };
				totals.denied_lines += 1;
				totals.denied_minor += line.chargeMinor;
			}
		if (decision.work.length === 0 && !isDue) continue;
		const amountMinor = reminder.amountMinor > 0 ? reminder.amountMinor : decision.totalMinor;
		items.push({
			account_ref: account.row.account_ref,
			amount: fromMinor(amountMinor, account.row.currency),
			amount_text: formatMoney(amountMinor, account.row.currency),
			days_overdue: oldestDays(practice, account.facts, deps.now()),
			decision: reminder.verdict,
			reasons_text: reminder.reasons.map((reason) => reason.text).join(' '),
			link: accountLink(deps, account.row.account_ref),
		});
	}
	return { ...run, totals, items: items.sort((a, b) => b.amount - a.amount).slice(0, 50) };
}

const itemsText = (items: readonly Item[]): string =>
	items
		.map((item) => `${item.account_ref}  ${item.amount_text}  ${item.days_overdue} days  ${item.decision}${item.reasons_text ? `: ${item.reasons_text}` : ''}`)
		.join('\n')
		.slice(0, 20_000);
const reasonsText = (totals: Totals): string =>
	Object.values(totals.reasons)
		.sort((a, b) => b.count - a.count)
		.map((reason) => `${reason.count}: ${reason.text}`)
		.join('\n')
		.slice(0, 8000);
const summaryOf = (totals: Totals): string =>
	`${totals.accounts_reviewed} accounts reviewed: ${totals.due} have a reminder due, ${totals.would_send} may go out now, ${totals.held} are held, ${totals.events_raised} events were raised.`;

async function finish(deps: Deps, practiceId: string, run: Run): Promise<void> {
	await deps.ledger.practice(practiceId, async (tx) => {
		const practice = await readPractice(tx, practiceId);
		await tx
			.updateTable('review')
			.set({ totals: JSON.stringify(run), items: JSON.stringify(run.items) })
			.where('practice_id', '=', practiceId)
			.where('review_ref', '=', run.review_ref)
			.execute();
		await raise(deps, tx, practice, [reviewFinished(run)]);
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

function reviewFinished(run: Run): NewEvent {
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
			denials_by_category_text: Object.entries(totals.categories)
				.sort((a, b) => b[1].minor - a[1].minor)
				.map(([category, { lines, minor }]) => `${category}: ${lines} ${lines === 1 ? 'line' : 'lines'}, ${formatMoney(minor)}`)
				.join('\n'),
			deadlines_text: '',
			problems_text: '',
			items: run.items,
			items_text: itemsText(run.items),
		},
	};
}

export const runAccountReview =
	(deps: Deps, caller: Caller): Service['run_account_review'] =>
	async (input) => {
		const started = await once(deps, caller, 'run_account_review', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId);
			const run: Run = {
				review_ref: newRef('rev'),
				test: caller.test,
				mode: input.mode ?? 'report_only',
				filters: {
					...(input.location === undefined ? {} : { location: input.location }),
					...(input.minimum_amount === undefined ? {} : { minimum_minor: toMinor(input.minimum_amount, practice.currency) ?? 0 }),
					...(input.minimum_days === undefined ? {} : { minimum_days: input.minimum_days }),
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
		else
			await deps.ledger.practice(caller.practiceId, async (tx) => {
				await tx
					.updateTable('review')
					.set({ totals: JSON.stringify(run) })
					.where('practice_id', '=', caller.practiceId)
					.where('review_ref', '=', run.review_ref)
					.execute();
				await deps.ledger.queue.add(tx, 'review', { practice_id: caller.practiceId, review_ref: run.review_ref });
			});
		return answerOf(deps, run, complete, false);
	};

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
	await deps.ledger.practice(job.practice_id, async (tx) => {
		await tx
			.updateTable('review')
			.set({ totals: JSON.stringify(run) })
			.where('practice_id', '=', job.practice_id)
			.where('review_ref', '=', run.review_ref)
			.execute();
		await deps.ledger.queue.add(tx, 'review', job);
	});
}
