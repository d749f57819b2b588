/** Which version of the policy is in force when. Every version a practice ever had is kept; one set ahead waits for its day. */
import { sql } from 'kysely';
import type { Policy } from '../contracts/policy.ts';
import { upgradePolicy } from '../contracts/policy-upgrade.ts';
import type { Tx } from '../ledger/open.ts';
import { type CompiledPolicy, compilePolicy } from '../rules/index.ts';
import { audit } from './audit.ts';
import { canonical, sha256Hex } from './refs.ts';
import { beginThreshold } from './thresholds.ts';
import type { Deps } from './types.ts';

/** The same content has the same digest, in whatever order its keys stand. */
export const policyHash = (policy: unknown): string => sha256Hex(canonical(policy));

/** Compiling takes microseconds, but a review reads the practice for every batch. */
const compiled = new Map<string, CompiledPolicy>();

export function rulesOf(policy: Policy, hash: string): CompiledPolicy {
	let rules = compiled.get(hash);
	if (!rules) {
		rules = compilePolicy(policy, hash);
		if (compiled.size > 500) compiled.clear();
		compiled.set(hash, rules);
	}
	return rules;
}

/**
 * As SQL, beside a row of `practice`: the version whose day has come since the practice's was set, or null. The
 * switch itself is the tick's, but no message may be decided by yesterday's policy while it is still to come.
 */
export const dueVersion = (now: number) => sql<{ policy: unknown; policy_hash: string; since: string } | null>`(
	select jsonb_build_object('policy', v.policy, 'policy_hash', v.policy_hash, 'since', v.since) from policy_version v
	where v.practice_id = practice.practice_id and v.since <= ${new Date(now)} and v.policy_hash <> practice.policy_hash
		and v.since > (select max(c.since) from policy_version c where c.practice_id = practice.practice_id and c.policy_hash = practice.policy_hash and c.since <= ${new Date(now)})
	order by v.since desc limit 1)`;

export interface Version {
	policy: Policy;
	hash: string;
	/** Milliseconds. */
	since: number;
}

/** The version in force at an instant; undefined before the practice had one. */
export async function versionAt(tx: Tx, practiceId: string, at: number): Promise<Version | undefined> {
	const row = await tx
		.selectFrom('policy_version')
		.innerJoin('practice', 'practice.practice_id', 'policy_version.practice_id')
		.select(['policy_version.policy', 'policy_version.policy_hash', 'policy_version.since'])
		.where('policy_version.practice_id', '=', practiceId)
		.where('policy_version.since', '<=', new Date(at))
		.orderBy('policy_version.since', 'desc')
		// Of two versions of one instant the one that stayed.
		.orderBy(sql`policy_version.policy_hash = practice.policy_hash`, 'desc')
		.limit(1)
		.executeTakeFirst();
	return row && { policy: upgradePolicy(row.policy) as Policy, hash: row.policy_hash, since: row.since.getTime() };
}

/** The policy in force and those that wait for their day. */
export async function standingPolicies(tx: Tx, practiceId: string, now: Date): Promise<Policy[]> {
	const practice = await tx.selectFrom('practice').select('policy').where('practice_id', '=', practiceId).executeTakeFirstOrThrow();
	const ahead = await tx.selectFrom('policy_version').select('policy').where('practice_id', '=', practiceId).where('since', '>', now).execute();
	return [practice, ...ahead].map((row) => upgradePolicy(row.policy) as Policy);
}

/** What the old policy thought about when to look again no longer holds, of accounts and of open staff work. */
export async function reviewAll(tx: Tx, practiceId: string, at: Date): Promise<void> {
	await tx.updateTable('account').set({ next_review_at: at }).where('practice_id', '=', practiceId).where('owed_minor', '>', 0).execute();
	await tx.updateTable('escalation').set({ next_rung_at: at }).where('practice_id', '=', practiceId).where('status', '=', 'open').execute();
}

/** Brings a version that was set ahead into force when its day has come. True when it did. */
export const switchPolicy = (deps: Deps, practiceId: string): Promise<boolean> =>
	deps.ledger.practice(practiceId, async (tx) => {
		const now = new Date(deps.now());
		const row = await tx
			.selectFrom('practice')
			.select(['policy_hash', dueVersion(now.getTime()).as('due')])
			.where('practice_id', '=', practiceId)
			.forUpdate()
			.executeTakeFirst();
		if (!row?.due) return false;
		const { policy, policy_hash: hash, since } = row.due;
		await tx
			.updateTable('practice')
			.set({ policy: JSON.stringify(policy), policy_hash: hash })
			.where('practice_id', '=', practiceId)
			.execute();
		await reviewAll(tx, practiceId, now);
		await beginThreshold(tx, practiceId, (upgradePolicy(policy) as Policy).threshold.amount);
		await audit(tx, practiceId, [
			{
				at: now.toISOString(),
				actor: 'system',
				kind: 'policy_in_force',
				subject: hash,
				body: { since: new Date(since).toISOString(), before: row.policy_hash },
			},
		]);
		return true;
	});
