/** What Record Arrangement answers: where the plan or promise stands. */
import { formatMoney, fromMinor } from '../../contracts/money.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import type { Installment } from '../accounts/rows.ts';
import type { Account } from '../accounts.ts';
import { accountLink, type Practice, shown } from '../practice.ts';
import type { Deps } from '../types.ts';

type Answer = Awaited<ReturnType<Service['record_arrangement']>>;

export async function answerOf(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	{ row }: Account,
	ref: string,
	outcome: Answer['outcome'],
): Promise<Omit<Answer, 'duplicate'>> {
	const now = await tx
		.selectFrom('arrangement')
		.selectAll()
		.where('practice_id', '=', practice.id)
		.where('arrangement_ref', '=', ref)
		.executeTakeFirstOrThrow();
	const parts = (now.installments as Installment[]).map((part) => ({
		number: part.number,
		due_on: part.due_on,
		amount: fromMinor(part.amount_minor, now.currency),
		amount_text: formatMoney(part.amount_minor, now.currency),
	}));
	const over = now.status === 'cancelled' || now.status === 'completed' || now.status === 'kept';
	return {
		account_ref: row.account_ref,
		your_reference: shown(practice, row.your_reference),
		arrangement_ref: ref,
		kind: now.kind as Answer['kind'],
		status: now.status as Answer['status'],
		outcome,
		amount: fromMinor(now.total_minor, now.currency),
		amount_text: formatMoney(now.total_minor, now.currency),
		currency: now.currency,
		next_due_on: over ? '' : nextDue(row.arrangements.find((one) => one.arrangement_ref === ref)?.paid_minor ?? 0, now.installments as Installment[]),
		extensions: now.extensions,
		installments: parts,
		installments_text: parts.map((part) => `${part.number}: ${part.amount_text} on ${part.due_on}`).join('\n'),
		link: accountLink(deps, row.account_ref),
	};
}

/** The day of the first part that the money paid so far does not cover. */
function nextDue(paidMinor: number, parts: readonly Installment[]): string {
	let left = paidMinor;
	for (const part of parts) {
		if (left < part.amount_minor) return part.due_on;
		left -= part.amount_minor;
	}
	return '';
}
