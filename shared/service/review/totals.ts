/** What a run has found, as numbers, rows and sentences. */
import { formatMoney, fromMinor } from '../../contracts/money.ts';
import { localDay, textOfMany } from '../../rules/index.ts';
import type { Reason } from '../../rules/types.ts';
import { type ClaimDeadline, deadlinesOf, nearest } from '../claims/totals.ts';
import { accountLink, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import type { Reviewed } from './accounts.ts';
import { oldestDays } from './age.ts';

/** What a run has found so far; kept in the review row, so that a long run goes on in a job where a request stopped. */
export interface Totals {
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
	deadlines: ClaimDeadline[];
	reasons: Record<string, { text: string; count: number }>;
}

export interface Item {
	account_ref: string;
	amount: number;
	amount_text: string;
	days_overdue: number;
	decision: 'send' | 'wait' | 'hold';
	reasons_text: string;
	link: string;
}

export interface Run {
	review_ref: string;
	test: boolean;
	mode: 'report_only' | 'ask_for_approval' | 'send';
	filters: { location?: string; minimum_minor?: number; minimum_days?: number; only_due?: true; plan_type?: string; flagged?: true };
	actor: string;
	cause: string;
	/** The account after which to go on. */
	after: string;
	totals: Totals;
	items: Item[];
}

export const NOTHING: Totals = {
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
	deadlines: [],
	reasons: {},
};

/** Where two accounts have different numbers for one reason, the sentence of neither speaks for both. */
const counted = (before: Totals['reasons'][string] | undefined, { code, text }: Reason): Totals['reasons'][string] =>
	before === undefined ? { text, count: 1 } : { text: before.text === text ? text : (textOfMany(code) ?? text), count: before.count + 1 };

export function add(deps: Deps, practice: Practice, run: Run, done: { reviewed: Reviewed[]; events: number; planned: number }): Run {
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
			for (const reason of reminder.reasons) totals.reasons[reason.code] = counted(totals.reasons[reason.code], reason);
		for (const claim of account.facts.claims)
			for (const line of claim.lines.filter((l) => l.state === 'denied_open')) {
				const category = line.category ?? 'unclassified';
				const before = totals.categories[category] ?? { lines: 0, minor: 0 };
				totals.categories[category] = { lines: before.lines + 1, minor: before.minor + line.chargeMinor };
				totals.denied_lines += 1;
				totals.denied_minor += line.chargeMinor;
			}
		totals.deadlines = nearest([...totals.deadlines, ...deadlinesOf(account.row, localDay(deps.now(), practice.zone))]);
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

export const itemsText = (items: readonly Item[]): string =>
	items
		.map((item) => `${item.account_ref}  ${item.amount_text}  ${item.days_overdue} days  ${item.decision}${item.reasons_text ? `: ${item.reasons_text}` : ''}`)
		.join('\n')
		.slice(0, 20_000);

export const reasonsText = (totals: Totals): string =>
	Object.values(totals.reasons)
		.sort((a, b) => b.count - a.count)
		.map((reason) => `${reason.count}: ${reason.text}`)
		.join('\n')
		.slice(0, 8000);

export const summaryOf = (totals: Totals): string =>
	`${totals.accounts_reviewed} accounts reviewed: ${totals.due} have a reminder due, ${totals.would_send} may go out now, ${totals.held} are held, ${totals.events_raised} events were raised.`;
