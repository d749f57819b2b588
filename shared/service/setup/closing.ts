/** Taking a practice's data away: exported whole, and closed so that nothing of it acts any more. */

import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import { object, text } from '../../contracts/schema.ts';
import { TABLES } from '../../ledger/migrations/0001_ledger.ts';
import { forgetKeys } from '../keys.ts';
import type { Deps } from '../types.ts';
import { type Admin, change, practiceRow, refuseTestKey } from './admin.ts';

/** Bound to this service or still secret when sealed or hashed: worthless or dangerous elsewhere. */
const LEFT_OUT: Readonly<Record<string, readonly string[]>> = {
	api_key: ['hash'],
	connection: ['credentials', 'hook_hash', 'hook_secret', 'tokens', 'refresh_by', 'sign_in_hash', 'sign_in'],
	subscription: ['target', 'target_hash', 'secret_hash'],
	import: ['digest'],
};
/** Machinery, not records: replay memory and links that stop working anyway. */
const NOT_EXPORTED: readonly string[] = ['idempotency', 'vendor_event', 'sending', 'link'];
const PAGE = 500;

/**
 * Every record of the practice, one JSON object a line: {"table": …, "row": …}. Pages are read one after the other,
 * so that a large practice neither fills the memory nor blocks the database.
 */
export function exportPractice(deps: Deps, admin: Admin): ReadableStream<Uint8Array> {
	refuseTestKey(admin);
	const encoder = new TextEncoder();
	const lines = exportLines(deps, admin);
	return new ReadableStream({
		async pull(controller) {
			const { value, done } = await lines.next();
			if (done) controller.close();
			else controller.enqueue(encoder.encode(value));
		},
		async cancel() {
			await lines.return(undefined);
		},
	});
}

async function* exportLines(deps: Deps, admin: Admin): AsyncGenerator<string, void> {
	await change(deps, admin, { kind: 'practice_exported' }, (tx) => practiceRow(tx, admin.practiceId));
	for (const table of TABLES.filter((name) => !NOT_EXPORTED.includes(name))) {
		let after: unknown[] | undefined;
		for (;;) {
			const page = await readPage(deps, admin.practiceId, table, after);
			if (page.length > 0) yield `${page.map((row) => JSON.stringify({ table, row: row.row })).join('\n')}\n`;
			if (page.length < PAGE) break;
			after = page.at(-1)?.at;
		}
	}
}

const keyColumns = new Map<string, string[]>();

/** A page in the order of the primary key, whose values are compared as the row they form. */
async function readPage(deps: Deps, practiceId: string, table: string, after: unknown[] | undefined): Promise<{ row: object; at: unknown[] }[]> {
	return deps.ledger.practice(practiceId, async (tx) => {
		let columns = keyColumns.get(table);
		if (!columns) {
			const { rows } = await sql<{ name: string }>`
				select a.attname as name from pg_index i join pg_attribute a on a.attrelid = i.indrelid and a.attnum = any(i.indkey)
				where i.indrelid = ${`dunwell.${table}`}::regclass and i.indisprimary order by array_position(i.indkey::int[], a.attnum::int)`.execute(tx);
			columns = rows.map((row) => row.name);
			keyColumns.set(table, columns);
		}
		const key = sql.join(columns.map((column) => sql.ref(`t.${column}`)));
		const left = LEFT_OUT[table] ?? [];
		// The values travel as JSON and take the columns' own types from the table.
		const since =
			after === undefined
				? sql`true`
				: sql`(${key}) > (select ${sql.join(columns.map((column) => sql.ref(`k.${column}`)))} from jsonb_populate_record(null::${sql.table(table)}, ${JSON.stringify(Object.fromEntries(columns.map((column, i) => [column, after[i]])))}::jsonb) k)`;
		const { rows } = await sql<{ row: object; at: unknown[] }>`
			select to_jsonb(t) - ${left}::text[] as row, jsonb_build_array(${key}) as at from ${sql.table(table)} t
			where t.practice_id = ${practiceId} and ${since} order by ${key} limit ${PAGE}`.execute(tx);
		return rows;
	});
}

export const closeSchema = object({
	confirm: text('Confirm', "The practice's exact name, so that no other one is closed by mistake.", { minLength: 1, maxLength: 120 }),
});

/**
 * Ends all that a practice does: keys, flows, waiting reminders and the credentials it lent us. Its records stay, for the
 * years they must be kept. It cannot be opened again.
 */
export async function closePractice(deps: Deps, admin: Admin, input: { confirm: string }) {
	refuseTestKey(admin);
	const closed = await change(deps, admin, { kind: 'practice_closed' }, async (tx, at) => {
		const practice = await tx
			.selectFrom('practice')
			.select(['name', 'closed_at'])
			.where('practice_id', '=', admin.practiceId)
			.forUpdate()
			.executeTakeFirstOrThrow();
		if (practice.closed_at !== null) throw new Failure('conflict', 'This practice is closed already.', { code: 'practice_closed' });
		if (practice.name !== input.confirm)
			throw new Failure('invalid', '"confirm" must be the practice\'s exact name. Nothing was closed.', {
				code: 'not_confirmed',
				fields: [{ field: 'confirm', message: '"confirm" must be the practice\'s exact name.' }],
			});
		const own = admin.practiceId;
		await tx.updateTable('practice').set({ closed_at: at }).where('practice_id', '=', own).execute();
		await tx.updateTable('api_key').set({ revoked_at: at }).where('practice_id', '=', own).where('revoked_at', 'is', null).execute();
		await tx
			.updateTable('subscription')
			.set({ removed_at: at, removed_reason: 'practice closed' })
			.where('practice_id', '=', own)
			.where('removed_at', 'is', null)
			.execute();
		await tx.updateTable('delivery').set({ status: 'dropped', next_at: null }).where('practice_id', '=', own).where('status', '=', 'pending').execute();
		const cancelled = await tx
			.updateTable('reminder')
			.set({ status: 'cancelled', settled_at: at })
			.where('practice_id', '=', own)
			.where('status', 'in', ['scheduled', 'prepared', 'awaiting_approval'])
			.returning('reminder_ref')
			.execute();
		await tx.updateTable('account').set({ next_review_at: null }).where('practice_id', '=', own).execute();
		await tx.deleteFrom('sender').where('practice_id', '=', own).execute();
		await tx.deleteFrom('connection').where('practice_id', '=', own).execute();
		return { practice_id: own, closed_at: at.toISOString(), cancelled_reminders: cancelled.length };
	});
	forgetKeys(deps);
	return closed;
}
