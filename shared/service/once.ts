/** Idempotency keys: the first answer is remembered for 30 days and returned again with `duplicate: true`. */
import { Failure } from '../contracts/failure.ts';
import type { Tx } from '../ledger/open.ts';
import { iso } from './practice.ts';
import { canonical, sha256Hex } from './refs.ts';
import type { Caller, Deps } from './types.ts';

/** Zapier replays whole runs days later, so keys outlive any replay. */
export const KEY_DAYS = 30;

export const keyOf = (caller: Caller, input: { idempotency_key?: string | undefined }): string | undefined => caller.idempotencyKey ?? input.idempotency_key;

/** The same key must come with the same body; the key itself is no part of it. */
export function bodyHash(input: object): string {
	const { idempotency_key: _, ...body } = input as Record<string, unknown>;
	return sha256Hex(canonical(body));
}

export const keyReused = (): Failure =>
	new Failure('conflict', 'This idempotency key was used before with other content. Use a new key for a new call, or send the same content again.', {
		code: 'idempotency_key_reused',
		fields: [{ field: 'idempotency_key', message: 'Use a new key for a new call.' }],
	});

/** Runs `work` in one transaction, once per key. A failure keeps no key: the corrected call may come with the same one. */
export async function once<A extends object>(
	deps: Deps,
	caller: Caller,
	operation: string,
	input: { idempotency_key?: string },
	work: (tx: Tx) => Promise<A>,
): Promise<A & { duplicate: boolean }> {
	const key = keyOf(caller, input);
	return deps.ledger.practice(caller.practiceId, async (tx) => {
		if (key === undefined) return { ...(await work(tx)), duplicate: false };
		const id = { practice_id: caller.practiceId, test: caller.test, operation, key };
		// A second call at the same time waits here for the first one's commit.
		const inserted = await tx
			.insertInto('idempotency')
			.values({ ...id, body_hash: bodyHash(input), at: iso(deps.now()) })
			.onConflict((conflict) => conflict.doNothing())
			.returning('key')
			.executeTakeFirst();
		if (!inserted) {
			const before = await tx
				.selectFrom('idempotency')
				.select(['answer', 'body_hash'])
				.where('practice_id', '=', id.practice_id)
				.where('test', '=', id.test)
				.where('operation', '=', operation)
				.where('key', '=', key)
				.executeTakeFirstOrThrow();
			if (before.body_hash !== bodyHash(input)) throw keyReused();
			return { ...(before.answer as A), duplicate: true };
		}
		const answer = await work(tx);
		await tx
			.updateTable('idempotency')
			.set({ answer: JSON.stringify(answer) })
			.where('practice_id', '=', id.practice_id)
			.where('test', '=', id.test)
			.where('operation', '=', operation)
			.where('key', '=', key)
			.execute();
		return { ...answer, duplicate: false };
	});
}
