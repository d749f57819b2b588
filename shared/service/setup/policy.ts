/** The practice's policy and its history: every message names the version that decided it. */
import type { Policy } from '../../contracts/policy.ts';
import { compilePolicy } from '../../rules/index.ts';
import { canonical, sha256Hex } from '../refs.ts';
import type { Deps } from '../types.ts';
import { type Admin, change, practiceRow } from './admin.ts';

export const policyHash = (policy: Policy): string => sha256Hex(canonical(policy));

export async function readPolicy(deps: Deps, admin: Admin) {
	return deps.ledger.practice(admin.practiceId, async (tx) => {
		const row = await practiceRow(tx, admin.practiceId);
		const versions = await tx
			.selectFrom('policy_version')
			.select(['policy_hash', 'since', 'actor'])
			.where('practice_id', '=', admin.practiceId)
			.orderBy('since', 'desc')
			.limit(20)
			.execute();
		return {
			policy: row.policy as Policy,
			policy_hash: row.policy_hash,
			versions: versions.map((version) => ({ ...version, since: version.since.toISOString() })),
		};
	});
}

/** @throws Failure `invalid` that names each part which contradicts another */
export async function writePolicy(deps: Deps, admin: Admin, policy: Policy) {
	const hash = policyHash(policy);
	compilePolicy(policy, hash);
	return change(deps, admin, { kind: 'policy_changed', subject: hash, body: { policy } }, async (tx, at) => {
		const before = await tx.selectFrom('practice').select('policy_hash').where('practice_id', '=', admin.practiceId).forUpdate().executeTakeFirstOrThrow();
		if (before.policy_hash !== hash) {
			await tx
				.updateTable('practice')
				.set({ policy: JSON.stringify(policy), policy_hash: hash })
				.where('practice_id', '=', admin.practiceId)
				.execute();
			await tx
				.insertInto('policy_version')
				.values({ practice_id: admin.practiceId, policy_hash: hash, policy: JSON.stringify(policy), since: at, actor: admin.actor })
				.execute();
			// What the old policy thought about when to look again no longer holds.
			await tx.updateTable('account').set({ next_review_at: at }).where('practice_id', '=', admin.practiceId).where('owed_minor', '>', 0).execute();
		}
		return { policy, policy_hash: hash, changed: before.policy_hash !== hash };
	});
}
