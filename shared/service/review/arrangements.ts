/** What a review finds of payment plans and promises: where they stand now, and what was told of them. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import type { RaisedEvent } from '../../rules/types.ts';
import type { ArrangementRow, Installment } from '../accounts/rows.ts';
import { endRest, isResting } from '../arrangements/rest.ts';
import type { Practice } from '../practice.ts';
import type { Reviewed } from './accounts.ts';

interface Change {
	ref: string;
	kind: 'plan' | 'promise';
	before: string;
	status: string;
	installments: Installment[];
	raised: string[];
}

export async function writeArrangements(tx: Tx, practice: Practice, reviewed: readonly Reviewed[], now: string): Promise<void> {
	const changes = reviewed.flatMap(({ account, decision }) =>
		account.row.arrangements.flatMap((row) => {
			const status = decision.arrangements.find(({ ref }) => ref === row.arrangement_ref)?.status ?? row.status;
			const told = decision.events.filter((event) => (event.plan ?? event.promise) === row.arrangement_ref);
			return status === row.status && told.length === 0 ? [] : [changeOf(row, status, told)];
		}),
	);
	if (changes.length === 0) return;
	const ended = changes.filter(({ kind, before, status }) => isResting(kind, before) && !isResting(kind, status));
	if (ended.length > 0)
		await endRest(
			tx,
			practice,
			ended.map(({ ref }) => ref),
			now,
		);
	await sql`update arrangement set status = x.status, installments = x.installments, raised = x.raised, updated_at = ${now}
		from jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) as x(ref text, status text, installments jsonb, raised text[])
		where practice_id = ${practice.id} and arrangement_ref = x.ref`.execute(tx);
}

function changeOf(row: ArrangementRow, status: string, told: readonly RaisedEvent[]): Change {
	const whole = told.filter((event) => event.installment === undefined).map(({ stage = '' }) => stage);
	return {
		ref: row.arrangement_ref,
		kind: row.kind,
		before: row.status,
		status,
		installments: row.installments.map((part) => {
			const stages = told
				.filter((event) => event.installment === part.number)
				.map((event) => (event.stage === 'coming' ? 'due' : 'missed') as 'due' | 'missed');
			return { ...part, raised: [...new Set([...part.raised, ...stages])] };
		}),
		raised: [...new Set([...row.raised, ...whole])],
	};
}
