/** Find Escalations. */
import { sql } from 'kysely';
import { formatMoney, fromMinor } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import { SEVERITIES } from '../../operations/fields.ts';
import type { Service } from '../../operations/registry.ts';
import { localDay, startOfDay } from '../../rules/index.ts';
import { findRef } from '../accounts.ts';
import { instantText, listAnswer, SHOWN } from '../listing.ts';
import { accountLink, type Practice, readPractice, shown } from '../practice.ts';
import type { Caller, Deps } from '../types.ts';
import { type EscalationReason, isAsked, type Severity, titleWithoutNames, WHAT_TO_DO } from './words.ts';

type Input = Parameters<Service['find_escalations']>[0];
type Item = Awaited<ReturnType<Service['find_escalations']>>['items'][number];

export const findEscalations =
	(deps: Deps, caller: Caller): Service['find_escalations'] =>
	(input) =>
		deps.ledger.practice(caller.practiceId, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const rows = await read(tx, practice, caller, input);
			return listAnswer(deps, tx, caller, {
				operation: 'find_escalations',
				count: rows[0]?.total ?? 0,
				items: rows.map((row) => itemOf(deps, practice, row)),
				codeOf: (item) => item.escalation_ref,
				lineOf: (item) => lineOf(practice, item),
			});
		});

type Row = Awaited<ReturnType<typeof read>>[number];

async function read(tx: Tx, practice: Practice, caller: Caller, input: Input) {
	let query = tx
		.selectFrom('escalation as e')
		.leftJoin('account as a', (join) => join.onRef('a.practice_id', '=', 'e.practice_id').onRef('a.account_ref', '=', 'e.account_ref'))
		.selectAll('e')
		.select(['a.your_reference', sql<number>`(count(*) over ())::int`.as('total'), sql<number>`cardinality(e.accounts)`.as('account_count')])
		.where('e.practice_id', '=', practice.id)
		.where('e.test', '=', caller.test)
		.where('e.status', '=', input.status ?? 'open');
	if (input.route) query = query.where('e.route', '=', input.route);
	if (input.owner) query = query.where('e.owner', '=', input.owner);
	if (input.severity) query = query.where('e.severity', '=', input.severity);
	if (input.reason) query = query.where('e.reason', '=', input.reason);
	if (input.due_before) query = query.where('e.due_at', '<', new Date(startOfDay(input.due_before, practice.zone)));
	if (input.account_ref || input.your_reference) {
		const ref = await findRef(tx, caller, input);
		query = query.where(sql<boolean>`(e.account_ref = ${ref} or ${ref} = any(e.accounts))`);
	}
	return query
		.orderBy(sql`array_position(array['high', 'normal', 'low'], e.severity)`)
		.orderBy(sql`e.due_at asc nulls last`)
		.orderBy('e.escalation_ref')
		.limit(SHOWN)
		.execute();
}

function itemOf(deps: Deps, practice: Practice, row: Row): Item {
	const at = instantText(practice);
	return {
		escalation_ref: row.escalation_ref,
		status: row.status as 'open' | 'resolved',
		severity: row.severity as Severity,
		reason: row.reason as EscalationReason,
		title: titleWithoutNames(row),
		what_to_do_text: WHAT_TO_DO[row.reason as EscalationReason],
		account_ref: row.account_ref ?? '',
		your_reference: shown(practice, row.your_reference ?? ''),
		account_count: row.account_count,
		amount: fromMinor(row.amount_minor, row.currency),
		amount_text: formatMoney(row.amount_minor, row.currency),
		currency: row.currency,
		route: row.route,
		owner: row.owner ?? '',
		opened_at: at(row.opened_at),
		due_at: at(row.due_at),
		overdue: row.status === 'open' && row.due_at !== null && row.due_at.getTime() < deps.now(),
		rung: row.rung,
		delivered_to: row.delivered_to ?? '',
		delivery_problem_text: row.delivery_error ?? '',
		external_link: row.external_link ?? '',
		resolved_at: at(row.resolved_at),
		outcome: row.outcome ?? '',
		link: row.account_ref ? accountLink(deps, row.account_ref) : deps.config.publicUrl,
		own_title: isAsked(row.cause) ? row.title : '',
		note: row.note ?? '',
	};
}

const lineOf = (practice: Practice, item: Item): string =>
	`${SEVERITIES[item.severity]}, ${item.due_at === '' ? 'no due date' : `due ${localDay(Date.parse(item.due_at), practice.zone)}`}, ${item.escalation_ref}: ${item.title}${item.owner === '' ? '' : ` (${item.owner})`}`;
