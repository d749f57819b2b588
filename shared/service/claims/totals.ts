/** Denials and their deadlines, as a review and an import tell them. */
import { sql } from 'kysely';
import { formatMoney } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import { denialQueue } from '../../rules/denials/categories.ts';
import { localDay } from '../../rules/index.ts';
import type { Practice } from '../practice.ts';
import type { ClaimRow } from './facts.ts';
import { OPEN_DENIAL } from './lines.ts';

export interface ClaimDeadline {
	account_ref: string;
	claim_ref: string;
	payer: string;
	/** YYYY-MM-DD, and the payer rule it follows from. */
	on: string;
	rule: string;
}

type Known = Pick<ClaimRow, 'claim_ref' | 'payer' | 'lines' | 'rejected' | 'deadline_on' | 'deadline_rule'>;

const SHOWN = 50;

/** Deadlines of the account's denials that have not passed. */
export const deadlinesOf = (row: { account_ref: string; claims: readonly Known[] }, today: string): ClaimDeadline[] =>
	row.claims
		.filter(isOpen)
		.flatMap(({ claim_ref, payer, deadline_on: on, deadline_rule: rule }) =>
			on && rule && on >= today ? [{ account_ref: row.account_ref, claim_ref, payer, on, rule }] : [],
		);

const isOpen = ({ rejected, lines }: Known): boolean => rejected || lines.some((line) => OPEN_DENIAL.includes(line.state));

/** Deadlines of claims that were just recorded. */
export async function deadlinesAmong(
	tx: Tx,
	practice: Practice,
	claims: readonly { claim_ref: string; changed: boolean }[],
	now: number,
): Promise<ClaimDeadline[]> {
	const refs = claims.filter(({ changed }) => changed).map(({ claim_ref }) => claim_ref);
	if (refs.length === 0) return [];
	const { rows } = await sql<Known & { account_ref: string }>`
		select account_ref, claim_ref, payer, lines, rejected, deadline_on::text as deadline_on, deadline_rule from claim
		where practice_id = ${practice.id} and claim_ref = any(${refs}) and deadline_on is not null order by deadline_on, claim_ref limit 500`.execute(tx);
	return rows.flatMap((row) => deadlinesOf({ account_ref: row.account_ref, claims: [row] }, localDay(now, practice.zone)));
}

export const nearest = (deadlines: readonly ClaimDeadline[]): ClaimDeadline[] =>
	[...deadlines].sort((a, b) => (a.on < b.on || (a.on === b.on && a.claim_ref < b.claim_ref) ? -1 : 1)).slice(0, SHOWN);

export const deadlinesText = (deadlines: readonly ClaimDeadline[]): string =>
	nearest(deadlines)
		.map(({ on, rule, claim_ref, account_ref, payer }) => `${on} (${rule})  ${claim_ref}  ${account_ref}  ${payer}`)
		.join('\n')
		.slice(0, 8000);

/** The most money first. */
export const categoriesText = (categories: Record<string, { lines: number; minor: number }>, currency: string): string =>
	Object.entries(categories)
		.sort((a, b) => b[1].minor - a[1].minor)
		.map(([category, { lines, minor }]) => `${denialQueue(category).label}: ${lines} ${lines === 1 ? 'line' : 'lines'}, ${formatMoney(minor, currency)}`)
		.join('\n');
