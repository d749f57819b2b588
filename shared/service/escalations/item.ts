/** An item of staff work as a connected tool gets it. */
import { formatMoney } from '../../contracts/money.ts';
import type { WorkItem } from '../../contracts/provider.ts';
import { localDay } from '../../rules/index.ts';
import { accountLink, type Practice } from '../practice.ts';
import type { Deps } from '../types.ts';
import { type EscalationReason, type Severity, WHAT_TO_DO } from './words.ts';

export interface WorkRow {
	escalation_ref: string;
	title: string;
	reason: string;
	severity: string;
	account_ref: string | null;
	amount_minor: number;
	currency: string;
	due_at: Date | null;
	owner: string | null;
	taken_at: Date | null;
}

/** By a person; what a route or a rung names is nobody who knows of it yet. */
const isTaken = ({ owner, taken_at: since }: WorkRow): boolean => owner !== null && since !== null;

/** No name but what a person wrote into the title; the due day is the practice's, not UTC's. */
export const itemOf = (deps: Deps, practice: Practice, row: WorkRow, target: string): WorkItem => ({
	reference: row.escalation_ref,
	title: row.title,
	text: [
		WHAT_TO_DO[row.reason as EscalationReason],
		row.amount_minor > 0 ? `Amount: ${formatMoney(row.amount_minor, row.currency)}` : '',
		isTaken(row) ? `Owner: ${row.owner}` : '',
	]
		.filter((line) => line !== '')
		.join('\n'),
	link: row.account_ref ? accountLink(deps, row.account_ref) : deps.config.publicUrl,
	severity: row.severity as Severity,
	...(isTaken(row) ? { taken: true } : {}),
	...(row.due_at ? { dueDate: localDay(row.due_at.getTime(), practice.zone) } : {}),
	target,
});
