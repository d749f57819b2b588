/** Money a patient has paid of a share that a reversal took back: it is to be returned, not asked for again. */
import { sql } from 'kysely';
import type { Tx } from '../../ledger/open.ts';
import type { ClaimRow } from './facts.ts';
import { linesBehind } from './facts.ts';
import { BILLABLE } from './lines.ts';

type Known = Pick<ClaimRow, 'your_reference' | 'status_code' | 'invoice' | 'lines' | 'rejected'> & { claim_ref: string };

interface Reversal {
	practiceId: string;
	account: string;
	/** The claim as it was, and as it is now. */
	before: Known & { as_of: Date };
	after: Known;
}

/** Minor units to return, by what was paid for the invoice beyond what is left of the patient's share; 0 when nothing was. */
export async function refundDue(tx: Tx, { practiceId, account, before, after }: Reversal): Promise<number> {
	const others = (await tx
		.selectFrom('claim')
		.select(['claim_ref', 'your_reference', 'status_code', 'invoice', 'lines', 'rejected'])
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', account)
		.where('claim_ref', '<>', before.claim_ref)
		.execute()) as Known[];
	const invoice = before.invoice ?? '';
	const share = (claim: Known) =>
		linesBehind([claim, ...others], invoice).reduce((sum, line) => (BILLABLE.includes(line.state) ? sum + Math.max(0, line.patientMinor) : sum), 0);
	const owedBefore = share(before);
	const paid = Math.min(owedBefore, await paidFor(tx, practiceId, account, invoice, { shareMinor: owedBefore, since: before.as_of }));
	return Math.max(0, paid - share(after));
}

/** By the payments that are known, or by what the source no longer asks for: practices that record balances alone have no payments here. */
async function paidFor(tx: Tx, practiceId: string, account: string, invoice: string, asked: { shareMinor: number; since: Date }): Promise<number> {
	const { rows } = await sql<{ paid: number; amount: number; read_after: boolean }>`
		select i.amount_minor as amount, i.as_of >= ${asked.since} as read_after, coalesce((
			select sum(case when p.invoice in (i.your_reference, i.invoice_ref) or i.your_reference = '' then p.amount_minor else coalesce((
				select sum((x->>'minor')::bigint) from jsonb_array_elements(p.applied) x where x->>'invoice_ref' = i.invoice_ref), 0) end)
			from payment p where p.practice_id = i.practice_id and p.account_ref = i.account_ref and p.status = 'succeeded'), 0)::bigint as paid
		from invoice i where i.practice_id = ${practiceId} and i.account_ref = ${account} and i.your_reference = ${invoice}`.execute(tx);
	const [row] = rows;
	if (!row) return 0;
	const settled = row.read_after ? Math.max(0, asked.shareMinor - Math.max(0, Number(row.amount))) : 0;
	return Math.max(Number(row.paid), settled);
}

/** Staff gave the money back and ended the work about it (`refund:<account>:<claim>`): nothing is left to return. */
export async function refundReturned(tx: Tx, practiceId: string, cause: string): Promise<void> {
	const [, account = '', claim = ''] = /^refund:([^:]+):(.+)$/.exec(cause) ?? [];
	if (claim === '') return;
	await tx
		.updateTable('claim')
		.set({ refund_minor: 0 })
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', account)
		.where('claim_ref', '=', claim)
		.execute();
}

/** A corrected claim asks anew for a share: what was to be returned pays it first. */
export async function offsetRefunds(tx: Tx, practiceId: string, account: string, claimNumber: string, gainedMinor: number): Promise<void> {
	if (gainedMinor <= 0) return;
	const rows = await tx
		.selectFrom('claim')
		.select(['claim_ref', 'refund_minor'])
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', account)
		.where('your_reference', '=', claimNumber)
		.where('refund_minor', '>', 0)
		.orderBy('claim_ref')
		.execute();
	let left = gainedMinor;
	for (const row of rows) {
		const used = Math.min(left, row.refund_minor);
		left -= used;
		if (used > 0)
			await tx
				.updateTable('claim')
				.set({ refund_minor: row.refund_minor - used })
				.where('practice_id', '=', practiceId)
				.where('claim_ref', '=', row.claim_ref)
				.execute();
	}
}
