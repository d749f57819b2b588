/** Making practices, and what the operator sees of all of them. */
import { Failure, invalidField } from '../../contracts/failure.ts';
import { DEFAULT_POLICY } from '../../contracts/policy.ts';
import { object, optional, type Static, text } from '../../contracts/schema.ts';
import { audit } from '../audit.ts';
import { insertKey } from '../keys.ts';
import { policyHash } from '../policy-versions.ts';
import { newRef } from '../refs.ts';
import type { Deps } from '../types.ts';
import { type Admin, change, practiceRow } from './admin.ts';

const words = {
	name: text('Name', "The practice's name, as messages and staff see it.", { minLength: 1, maxLength: 120 }),
	time_zone: text('Time Zone', "The practice's zone by its IANA name, such as America/New_York.", { minLength: 1, maxLength: 60 }),
	currency: text('Currency', 'The ISO 4217 code of its amounts.', { pattern: '^[A-Z]{3}$' }),
};
export const newPracticeSchema = object({ ...words, currency: optional(words.currency) });
export const practiceChangeSchema = object({ name: optional(words.name), time_zone: optional(words.time_zone) });

/**
 * The practice with its first two keys; they are shown this once.
 * @throws Failure `conflict` when `practiceId` is given and taken
 */
export async function createPractice(deps: Deps, actor: string, input: Static<typeof newPracticeSchema>, practiceId = newRef('pr')) {
	requireZone(input.time_zone);
	const currency = input.currency ?? 'USD';
	if (!Intl.supportedValuesOf('currency').includes(currency))
		throw invalidField('currency', '"currency" must be the ISO 4217 code of a currency in use, such as USD.');
	const at = new Date(deps.now());
	const policy = JSON.stringify(DEFAULT_POLICY);
	const hash = policyHash(DEFAULT_POLICY);
	return deps.ledger.practice(practiceId, async (tx) => {
		await tx
			.insertInto('practice')
			.values({ practice_id: practiceId, name: input.name, time_zone: input.time_zone, currency, policy, policy_hash: hash, created_at: at })
			.execute();
		await tx.insertInto('policy_version').values({ practice_id: practiceId, policy_hash: hash, policy, since: at, actor }).execute();
		await tx.insertInto('audit_head').values({ practice_id: practiceId, seq: 0, hash: new Uint8Array() }).execute();
		const live = await insertKey(
			tx,
			practiceId,
			{ mode: 'live', scopes: ['read', 'write', 'send', 'setup'], label: 'First live key', expiresAt: null },
			deps.now(),
		);
		const test = await insertKey(
			tx,
			practiceId,
			{ mode: 'test', scopes: ['read', 'write', 'send', 'contact_details'], label: 'First test key', expiresAt: null },
			deps.now(),
		);
		await audit(tx, practiceId, [
			{
				at: at.toISOString(),
				actor,
				kind: 'practice_created',
				body: { name: input.name, time_zone: input.time_zone, currency, policy_hash: hash, keys: [live.key_id, test.key_id] },
			},
		]);
		return { practice_id: practiceId, name: input.name, time_zone: input.time_zone, currency, keys: [live, test] };
	});
}

export async function readPractice(deps: Deps, admin: Admin) {
	const row = await deps.ledger.practice(admin.practiceId, (tx) => practiceRow(tx, admin.practiceId));
	return {
		practice_id: row.practice_id,
		name: row.name,
		time_zone: row.time_zone,
		currency: row.currency,
		paused: row.paused,
		policy_hash: row.policy_hash,
		created_at: row.created_at.toISOString(),
		closed_at: row.closed_at?.toISOString() ?? '',
	};
}

export async function changePractice(deps: Deps, admin: Admin, input: Static<typeof practiceChangeSchema>) {
	if (input.time_zone !== undefined) requireZone(input.time_zone);
	if (Object.keys(input).length > 0) {
		await change(deps, admin, { kind: 'practice_changed', body: input }, async (tx, at) => {
			await tx.updateTable('practice').set(input).where('practice_id', '=', admin.practiceId).execute();
			// Days overdue are counted in the practice's zone.
			if (input.time_zone !== undefined)
				await tx.updateTable('account').set({ next_review_at: at }).where('practice_id', '=', admin.practiceId).where('owed_minor', '>', 0).execute();
		});
	}
	return readPractice(deps, admin);
}

function requireZone(zone: string): void {
	try {
		new Intl.DateTimeFormat('en', { timeZone: zone });
		// Offsets such as "+05:00" are zones to Intl, but they know no daylight saving time.
		if (/^[A-Z]/i.test(zone)) return;
	} catch {
		// said below
	}
	throw invalidField('time_zone', '"time_zone" must be an IANA name such as America/New_York or America/Phoenix.');
}

/** Every practice by its id, open ones unless asked otherwise. @throws Failure `missing` for an unknown one */
export async function practiceIds(deps: Deps, options: { closed?: boolean } = {}): Promise<string[]> {
	const rows = await deps.ledger.system((tx) => tx.selectFrom('practice').select(['practice_id', 'closed_at']).orderBy('practice_id').execute());
	return rows.filter((row) => options.closed || row.closed_at === null).map((row) => row.practice_id);
}

export async function requirePractice(deps: Deps, practiceId: string): Promise<void> {
	const row = await deps.ledger.system((tx) => tx.selectFrom('practice').select('practice_id').where('practice_id', '=', practiceId).executeTakeFirst());
	if (!row) throw new Failure('missing', 'There is no practice with this id. GET /api/setup/practices lists them.', { code: 'practice_unknown' });
}
