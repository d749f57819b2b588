/** Find Claims: the work list of denials. */
import { sql } from 'kysely';
import { formatMoney, fromMinor, toMinor } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import { denialQueue } from '../../rules/denials/categories.ts';
import { byPriority, denialPriority, type Priority } from '../../rules/denials/priority.ts';
import { adjustmentReason } from '../../rules/denials/reasons.ts';
import { localDay } from '../../rules/index.ts';
import { findRef } from '../accounts.ts';
import { accountLink, readPractice } from '../practice.ts';
import type { Caller, Deps } from '../types.ts';
import { type ClaimState, OPEN_DENIAL, openMinor, type StoredLine, stateOf } from './lines.ts';

type Input = Parameters<Service['find_claims']>[0];
type Answer = Awaited<ReturnType<Service['find_claims']>>;

interface Row {
	claim_ref: string;
	account_ref: string;
	payer: string;
	lines: StoredLine[];
	charge_minor: number;
	rejected: boolean;
	currency: string;
	owner: string | null;
	deadline_on: string | null;
	deadline_rule: string | null;
}

interface Listed {
	row: Row;
	state: ClaimState;
	/** Lines on which there is work; of a claim that stands otherwise all of them. */
	lines: StoredLine[];
	category: string;
	amountMinor: number;
	priority: Priority;
}

const SHOWN = 50;
const OPEN: readonly ClaimState[] = ['denied', 'rejected', 'appealed', 'corrected'];

export const findClaims =
	(deps: Deps, caller: Caller): Service['find_claims'] =>
	(input) =>
		deps.ledger.practice(caller.practiceId, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const account = input.account_ref || input.your_reference ? await findRef(tx, caller, input) : undefined;
			const today = localDay(deps.now(), practice.zone);
			const minimum = input.minimum_amount === undefined ? 0 : (toMinor(input.minimum_amount, practice.currency) ?? 0);
			const found = (await readClaims(tx, caller, input, account))
				.map((row) => listed(row, today))
				.filter((one) => (input.status ? one.state === input.status : OPEN.includes(one.state)))
				.filter((one) => !input.category || one.lines.some((line) => line.category === input.category))
				.filter((one) => one.amountMinor >= minimum)
				.sort((a, b) => byPriority(a.priority, b.priority) || (a.row.claim_ref < b.row.claim_ref ? -1 : 1));
			const total = found.reduce((sum, one) => (one.row.currency === practice.currency ? sum + one.amountMinor : sum), 0);
			const items = found.slice(0, SHOWN).map((one) => itemOf(deps, one));
			return {
				claim_count: found.length,
				total: fromMinor(total, practice.currency),
				total_text: formatMoney(total, practice.currency),
				currency: practice.currency,
				next_deadline_on: found.flatMap(({ row }) => (row.deadline_on && row.deadline_on >= today ? [row.deadline_on] : [])).sort()[0] ?? '',
				items,
				items_text: items.map(lineOf).join('\n').slice(0, 20_000),
				link: deps.config.publicUrl,
			};
		});

async function readClaims(tx: Tx, caller: Caller, input: Input, account: string | undefined): Promise<Row[]> {
	const none = sql`true`;
	const { rows } = await sql<Row>`
		select c.claim_ref, c.account_ref, c.payer, c.lines, c.charge_minor, c.rejected, c.currency, c.owner, c.deadline_on::text as deadline_on, c.deadline_rule
		from claim c join account a on a.practice_id = c.practice_id and a.account_ref = c.account_ref
		where c.practice_id = ${caller.practiceId} and a.test = ${caller.test}
			and ${input.payer ? sql`c.payer = ${input.payer}` : none}
			and ${input.owner ? sql`c.owner = ${input.owner}` : none}
			and ${input.deadline_before ? sql`c.deadline_on < ${input.deadline_before}::date` : none}
			and ${account ? sql`c.account_ref = ${account}` : none}
			and ${input.status ? none : sql`(c.rejected or c.lines @> '[{"state":"denied_open"}]' or c.lines @> '[{"state":"in_appeal"}]' or c.lines @> '[{"state":"corrected"}]')`}
		order by c.claim_ref limit 20000`.execute(tx);
	return rows;
}

function listed(row: Row, today: string): Listed {
	const open = row.lines.filter((line) => OPEN_DENIAL.includes(line.state));
	const lines = open.length > 0 ? open : row.lines;
	const amountMinor = row.rejected ? row.charge_minor : open.length > 0 ? openMinor(row.lines) : row.charge_minor;
	const category = row.rejected ? 'fix_resubmit' : ([...open].sort((a, b) => b.chargeMinor - a.chargeMinor)[0]?.category ?? '');
	return {
		row,
		state: stateOf(row.lines, row.rejected),
		lines,
		category,
		amountMinor,
		priority: denialPriority({ amountMinor, category, ...(row.deadline_on ? { deadlineOn: row.deadline_on } : {}) }, today),
	};
}

function itemOf(deps: Deps, { row, state, lines, category, amountMinor }: Listed): Answer['items'][number] {
	const refusals = lines.flatMap((line) => line.adjustments.filter(({ group, code }) => adjustmentReason(group, code).class === 'denial'));
	return {
		claim_ref: row.claim_ref,
		account_ref: row.account_ref,
		payer: row.payer,
		status: state,
		category,
		amount: fromMinor(amountMinor, row.currency),
		amount_text: formatMoney(amountMinor, row.currency),
		lines_text: lines.map((line) => line.line).join(', '),
		codes_text: [...new Set(refusals.map(({ group, code }) => `${group}-${code}`))].join(', '),
		deadline_on: row.deadline_on ?? '',
		deadline_rule: row.deadline_rule ?? '',
		owner: row.owner ?? '',
		what_to_do_text: category === '' ? '' : denialQueue(category).next,
		link: accountLink(deps, row.account_ref),
	};
}

const lineOf = (item: Answer['items'][number]): string =>
	[
		item.claim_ref,
		item.account_ref,
		item.amount_text,
		[item.status.replaceAll('_', ' '), item.category.replaceAll('_', ' ')].filter((word) => word !== '').join(', '),
		item.deadline_on ? `by ${item.deadline_on} (${item.deadline_rule})` : '',
		item.owner,
	]
		.filter((part) => part !== '')
		.join('  ');
