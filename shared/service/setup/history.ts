/** The audit chain as the practice reads and proves it. */
import { sql } from 'kysely';
import type { Deps } from '../types.ts';
import { type Admin, change } from './admin.ts';

/** Walks the whole chain again. `ok` false names the first entry that does not fit. */
export async function checkAudit(deps: Deps, admin: Admin) {
	const found = await deps.ledger.practice(admin.practiceId, async (tx) => {
		const { rows } = await sql<{ answer: { entries?: number; seq?: number; problem?: string } }>`select audit_check(${admin.practiceId}) as answer`.execute(tx);
		return rows[0]?.answer ?? {};
	});
	if (found.problem === undefined) return { ok: true, entries: found.entries ?? 0, text: `The chain of ${found.entries ?? 0} entries is whole.` };
	return { ok: false, entries: (found.seq ?? 1) - 1, text: `Entry ${found.seq ?? 0}: ${found.problem}. What comes before it is whole; compare with a backup.` };
}

/** Entries in order; `personal` only where the key may see it, and reading it is itself noted. */
export async function readAudit(deps: Deps, admin: Admin, query: { after?: number; limit?: number; subject?: string }, personal: boolean) {
	const limit = query.limit ?? 100;
	const rows = await deps.ledger.practice(admin.practiceId, (tx) => {
		let select = tx
			.selectFrom('audit')
			.select(['seq', 'at', 'actor', 'kind', 'subject', 'body', 'personal'])
			.where('practice_id', '=', admin.practiceId)
			.where('seq', '>', query.after ?? 0)
			.orderBy('seq')
			.limit(limit);
		if (query.subject !== undefined) select = select.where('subject', '=', query.subject);
		return select.execute();
	});
	if (personal && rows.some((row) => row.personal !== null))
		await change(deps, admin, { kind: 'audit_read', body: { from: rows[0]?.seq, to: rows.at(-1)?.seq } }, async () => undefined);
	return {
		items: rows.map((row) => ({ ...row, seq: Number(row.seq), at: row.at.toISOString(), personal: personal ? row.personal : null })),
		next: rows.length === limit ? String(rows.at(-1)?.seq ?? '') : '',
	};
}
