/** Two policies tried on what the ledger remembers of a practice's past days. */
import { setImmediate } from 'node:timers/promises';
import { type Policy, policySchema } from '../contracts/policy.ts';
import { upgradePolicy } from '../contracts/policy-upgrade.ts';
import { object, optional, type Static, whole } from '../contracts/schema.ts';
import { compilePolicy, localDay, startOfDay } from '../rules/index.ts';
import { documentOf, type Simulation, type SimulationDocument, startSimulation } from '../rules/simulate.ts';
import { policyHash } from './policy-versions.ts';
import { type Practice, readPractice } from './practice.ts';
import { type Admin, change } from './setup/admin.ts';
import { simulatedAccounts } from './timeline/timeline.ts';
import type { Deps } from './types.ts';

const DAY_MS = 86_400_000;
/** Accounts read in one transaction: others must get their turn. */
const BATCH = 100;
/** A request must answer before the platforms' 30 seconds are over. */
const REQUEST_MS = 20_000;

export const simulateSchema = object({
	days: optional(whole('Days', 'How many past days, up to now; 30 when left out.', { minimum: 1, maximum: 365 })),
	policy_a: optional(policySchema),
	policy_b: policySchema,
	limit: optional(whole('Limit', 'How many accounts at most; 2000 when left out.', { minimum: 1, maximum: 20_000 })),
	examples: optional(whole('Examples', 'How many accounts to show; 10 when left out.', { minimum: 1, maximum: 500 })),
});

/** The policies may be of an older version. */
export const upgradeSimulation = (body: unknown): unknown =>
	typeof body === 'object' && body !== null
		? Object.fromEntries(Object.entries(body).map(([name, value]) => [name, /^policy_[ab]$/.test(name) ? upgradePolicy(value) : value]))
		: body;

export interface Simulated extends SimulationDocument {
	days: number;
	policy_hash_a: string;
	policy_hash_b: string;
	/** False when the limit or the time was over before every account was tried. */
	is_complete: boolean;
}

/** `policy_a` is the one in force when it is left out. @throws Failure `invalid` naming parts of a policy that contradict another */
export async function simulatePolicies(deps: Deps, admin: Admin, input: Static<typeof simulateSchema>): Promise<Simulated> {
	const now = deps.now();
	const days = input.days ?? 30;
	const practice = await deps.ledger.practice(admin.practiceId, (tx) => readPractice(tx, admin.practiceId, now));
	const a: Policy = input.policy_a ?? practice.policy;
	const hashes = { a: input.policy_a === undefined ? practice.policyHash : policyHash(a), b: policyHash(input.policy_b) };
	const from = startOfDay(localDay(now - days * DAY_MS, practice.zone), practice.zone);
	const simulation = startSimulation(compilePolicy(a, hashes.a), compilePolicy(input.policy_b, hashes.b), { from, to: now, examples: input.examples ?? 10 });
	const complete = await addAll(deps, admin, practice, simulation, { from, now, limit: input.limit ?? 2000 });
	const document = documentOf(simulation.result());
	const body = { days, policy_hash_a: hashes.a, policy_hash_b: hashes.b, accounts: document.accounts, changed: document.changed };
	await change(deps, admin, { kind: 'policy_simulated', body }, async () => undefined);
	return { days, policy_hash_a: hashes.a, policy_hash_b: hashes.b, is_complete: complete, ...document };
}

/** Whether every account was tried. */
async function addAll(
	deps: Deps,
	admin: Admin,
	practice: Practice,
	simulation: Simulation,
	span: { from: number; now: number; limit: number },
): Promise<boolean> {
	const stopAt = performance.now() + REQUEST_MS;
	let after = '';
	for (let left = span.limit; left > 0; left -= BATCH) {
		const refs = await deps.ledger.practice(admin.practiceId, async (tx) => {
			const found = await tx
				.selectFrom('account')
				.select('account_ref')
				.where('practice_id', '=', admin.practiceId)
				.where('test', '=', admin.test)
				.where('account_ref', '>', after)
				// Who owed nothing and of whom nothing was heard in the span has nothing to differ in.
				.where((eb) => eb.or([eb('owed_minor', '>', 0), eb('updated_at', '>=', new Date(span.from)), eb('next_review_at', 'is not', null)]))
				.orderBy('account_ref')
				.limit(Math.min(BATCH, left))
				.execute();
			const names = found.map((row) => row.account_ref);
			for (const account of await simulatedAccounts(tx, { ...practice, paused: false }, names, span.from, span.now)) simulation.add(account);
			return names;
		});
		after = refs.at(-1) ?? after;
		if (refs.length < Math.min(BATCH, left)) return true;
		if (performance.now() > stopAt) return false;
		await setImmediate();
	}
	return false;
}
