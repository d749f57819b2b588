/** The practice's policy and its history: every message names the version that decided it. */
import { sql } from 'kysely';
import { Failure } from '../../contracts/failure.ts';
import type { Policy } from '../../contracts/policy.ts';
import { upgradePolicy } from '../../contracts/policy-upgrade.ts';
import type { Tx } from '../../ledger/open.ts';
import { compilePolicy, startOfDay } from '../../rules/index.ts';
import { checkTexts } from '../messages/own-texts.ts';
import { hasText } from '../messages/sources.ts';
import { dueVersion, policyHash, reviewAll } from '../policy-versions.ts';
import { beginThreshold } from '../thresholds.ts';
import type { Deps } from '../types.ts';
import { type Admin, change, practiceRow } from './admin.ts';
import { BUILTIN_ROUTE } from './routes.ts';

export async function readPolicy(deps: Deps, admin: Admin) {
	return deps.ledger.practice(admin.practiceId, async (tx) => {
		await practiceRow(tx, admin.practiceId);
		const now = deps.now();
		const practice = await tx
			.selectFrom('practice')
			.select(['policy', 'policy_hash', dueVersion(now).as('due')])
			.where('practice_id', '=', admin.practiceId)
			.executeTakeFirstOrThrow();
		const { policy, policy_hash: hash } = practice.due ?? practice;
		const versions = await tx
			.selectFrom('policy_version')
			.select(['policy_hash', 'since', 'actor'])
			.where('practice_id', '=', admin.practiceId)
			.orderBy('since', 'desc')
			.orderBy((eb) => eb('policy_hash', '=', hash), 'desc')
			.limit(20)
			.execute();
		let found = false;
		return {
			policy: upgradePolicy(policy) as Policy,
			policy_hash: hash,
			versions: versions.map((version) => {
				const inForce: boolean = !found && version.policy_hash === hash && version.since.getTime() <= now;
				found ||= inForce;
				const status = inForce ? 'in_force' : version.since.getTime() > now ? 'scheduled' : 'past';
				return { ...version, since: version.since.toISOString(), status };
			}),
		};
	});
}

/**
 * Puts a policy in force at once, or sets it ahead for the day it names. Of one day only the last one set remains.
 * @throws Failure `invalid` that names each part which contradicts another, or each text which may not be sent
 */
export async function writePolicy(deps: Deps, admin: Admin, policy: Policy) {
	const hash = policyHash(policy);
	compilePolicy(policy, hash);
	checkTexts(policy);
	const zone = (await deps.ledger.practice(admin.practiceId, (tx) => practiceRow(tx, admin.practiceId))).time_zone;
	const from = policy.effective_from === undefined ? 0 : startOfDay(policy.effective_from, zone);
	const written = await (from > deps.now() ? schedule(deps, admin, policy, hash, new Date(from)) : replace(deps, admin, policy, hash));
	return { ...written, missing: await deps.ledger.practice(admin.practiceId, (tx) => missingOf(tx, admin.practiceId, policy)) };
}

/** What a policy speaks of and the practice does not have: it is taken all the same, for what is missing may follow. */
async function missingOf(tx: Tx, practiceId: string, policy: Policy): Promise<string[]> {
	const names = async (table: 'route' | 'staff'): Promise<Set<string>> => {
		const rows = await tx
			.selectFrom(table)
			.select(sql<string>`${sql.ref(table)}`.as('name'))
			.where('practice_id', '=', practiceId)
			.execute();
		return new Set(rows.map((row) => row.name));
	};
	const [routes, staff] = [await names('route'), await names('staff')];
	const { escalation, milestones, rules } = policy;
	const steps = [...escalation.rungs, ...escalation.ladders];
	const wanted = [escalation.route, ...steps.flatMap((step) => step.route ?? [])].filter((route) => route !== BUILTIN_ROUTE.route && !routes.has(route));
	const owners = steps.flatMap((step) => step.owner ?? []).filter((owner) => !staff.has(owner));
	const messages = [...milestones, ...rules].flatMap((step) => step.message ?? []).filter((message) => !hasText({ policy }, message));
	return [
		...[...new Set(messages)].map((message) => `The message "${message}" has no text: write it under "texts", such as ${message}.sms.en.`),
		...[...new Set(wanted)].map((route) => `There is no route "${route}": set it with route set, or staff work stays in Dunwell.`),
		...[...new Set(owners)].map((owner) => `There is no staff member "${owner}": add the person with staff set.`),
	];
}

const replace = (deps: Deps, admin: Admin, policy: Policy, hash: string) =>
	change(deps, admin, { kind: 'policy_changed', subject: hash, body: { policy } }, async (tx, at) => {
		const before = await tx.selectFrom('practice').select('policy_hash').where('practice_id', '=', admin.practiceId).forUpdate().executeTakeFirstOrThrow();
		if (before.policy_hash !== hash) {
			await tx
				.updateTable('practice')
				.set({ policy: JSON.stringify(policy), policy_hash: hash })
				.where('practice_id', '=', admin.practiceId)
				.execute();
			await keepVersion(tx, admin, policy, hash, at);
			await reviewAll(tx, admin.practiceId, at);
			await beginThreshold(tx, admin.practiceId, policy.threshold.amount);
		}
		return { policy, policy_hash: hash, changed: before.policy_hash !== hash, status: 'in_force' as const, in_force_from: at.toISOString() };
	});

const schedule = (deps: Deps, admin: Admin, policy: Policy, hash: string, since: Date) =>
	change(deps, admin, { kind: 'policy_scheduled', subject: hash, body: { policy, since: since.toISOString() } }, async (tx) => {
		const others = await tx
			.deleteFrom('policy_version')
			.where('practice_id', '=', admin.practiceId)
			.where('since', '=', since)
			.where('policy_hash', '<>', hash)
			.returning('policy_hash')
			.execute();
		const written = await keepVersion(tx, admin, policy, hash, since);
		return { policy, policy_hash: hash, changed: written || others.length > 0, status: 'scheduled' as const, in_force_from: since.toISOString() };
	});

/** False when it was there already. */
async function keepVersion(tx: Tx, admin: Admin, policy: Policy, hash: string, since: Date): Promise<boolean> {
	const row = await tx
		.insertInto('policy_version')
		.values({ practice_id: admin.practiceId, policy_hash: hash, policy: JSON.stringify(policy), since, actor: admin.actor })
		.onConflict((conflict) => conflict.doNothing())
		.returning('policy_hash')
		.executeTakeFirst();
	return row !== undefined;
}

/** @throws Failure `missing` when no such version waits for its day */
export const unschedulePolicy = (deps: Deps, admin: Admin, hash: string): Promise<void> =>
	change(deps, admin, { kind: 'policy_unscheduled', subject: hash.slice(0, 80) }, async (tx, at) => {
		const rows = await tx
			.deleteFrom('policy_version')
			.where('practice_id', '=', admin.practiceId)
			.where('policy_hash', '=', hash)
			.where('since', '>', at)
			.returning('policy_hash')
			.execute();
		if (rows.length === 0)
			throw new Failure('missing', 'No policy with this digest waits for its day. GET /api/setup/policy lists those that do, as "scheduled".', {
				code: 'policy_not_scheduled',
			});
	});
