/** Update Account: what is known of the person who owes, how they may be reached, and what they agreed to. */
import { sql } from 'kysely';
import { Failure, invalidField } from '../../contracts/failure.ts';
import type { Static } from '../../contracts/schema.ts';
import type { Recipient } from '../../contracts/words.ts';
import type { Tx } from '../../ledger/open.ts';
import type { Service } from '../../operations/registry.ts';
import type { input as accountInput } from '../../operations/update_account.ts';
import type { ConsentRow } from '../accounts/rows.ts';
import { type Account, findRef, loadAccount } from '../accounts.ts';
import { audit } from '../audit.ts';
import { once } from '../once.ts';
import { accountLink, actorOf, iso, type Practice, readPractice, shown } from '../practice.ts';
import { newRef } from '../refs.ts';
import type { Caller, Deps } from '../types.ts';
import { addressesOf, setAddresses, setOnlyChannel } from './addresses.ts';
import { setConsents } from './consents.ts';
import { setRelative } from './relative.ts';

export type AccountInput = Static<typeof accountInput>;

/** An update under way, and the names of the fields that it changed. */
export interface Update {
	deps: Deps;
	tx: Tx;
	practice: Practice;
	caller: Caller;
	input: AccountInput;
	before: Account;
	now: string;
	changed: string[];
}

const PLAIN_FIELDS = {
	language: 'language',
	location: 'location',
	state: 'state',
	time_zone: 'time_zone',
	plan_type: 'plan_type',
	high_deductible: 'high_deductible',
	patient_name: 'name',
	zip: 'zip',
	guarantor: 'guarantor',
	guarantor_signed: 'guarantor_signed',
	in_collections: 'in_collections',
} as const;

export const updateAccount =
	(deps: Deps, caller: Caller): Service['update_account'] =>
	(input) =>
		once(deps, caller, 'update_account', input, async (tx) => {
			const now = iso(deps.now());
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			if (input.time_zone !== undefined && !zoneExists(input.time_zone))
				throw invalidField('time_zone', '"time_zone" is not a time zone. Give an IANA name such as America/Phoenix.');
			const addresses = addressesOf(input);
			const { ref, created } = await findOrCreate(deps, tx, caller, practice, input);
			const before = await loadAccount(tx, practice, ref, deps.now(), true);
			const update: Update = { deps, tx, practice, caller, input, before, now, changed: [] };
			const values = await setPlain(update, ref);
			await setAddresses(update, addresses);
			await setOnlyChannel(update);
			await setConsents(update, 'guarantor');
			const relative = await setRelative(update);
			const { changed } = update;
			if (changed.length > 0) await sql`update account set next_review_at = ${now} where practice_id = ${practice.id} and account_ref = ${ref}`.execute(tx);
			const after = await loadAccount(tx, practice, ref, deps.now());
			const decision = practice.rules.decide(after.facts, deps.now());
			if (changed.length > 0)
				await audit(tx, practice.id, [
					{
						at: now,
						actor: actorOf(caller),
						kind: created ? 'account_created' : 'account_updated',
						subject: ref,
						body: { fields: changed, ...(input.consent_evidence ? { consent_evidence: input.consent_evidence } : {}) },
						personal: {
							...values,
							...Object.fromEntries(addresses.map(({ field, address }) => [field, address])),
							...(Object.keys(relative).length > 0 ? { relative } : {}),
						},
					},
				]);
			const outcome: 'created' | 'updated' | 'unchanged' = created ? 'created' : changed.length > 0 ? 'updated' : 'unchanged';
			return {
				account_ref: ref,
				your_reference: shown(practice, after.row.your_reference),
				outcome,
				changed_text: changed.join(', '),
				consent_text: consentText(after.row.consents),
				can_contact: decision.canContact,
				blocked_reasons_text: decision.blocked.map((reason) => reason.text).join('\n'),
				link: accountLink(deps, ref),
			};
		});

async function setPlain({ tx, practice, input, before, now, changed }: Update, ref: string): Promise<Record<string, unknown>> {
	const values: Record<string, unknown> = {};
	for (const [field, column] of Object.entries(PLAIN_FIELDS) as [keyof typeof PLAIN_FIELDS, (typeof PLAIN_FIELDS)[keyof typeof PLAIN_FIELDS]][]) {
		const value = input[field];
		if (value === undefined || before.row[column] === value) continue;
		values[column] = value;
		changed.push(field);
	}
	if (changed.length > 0)
		await tx
			.updateTable('account')
			.set({ ...values, updated_at: now, next_review_at: now })
			.where('practice_id', '=', practice.id)
			.where('account_ref', '=', ref)
			.execute();
	return values;
}

const zoneExists = (zone: string): boolean => {
	try {
		new Intl.DateTimeFormat('en-US', { timeZone: zone });
		return true;
	} catch {
		return false;
	}
};

/** A relative's evidence may name people, and the text goes to flows: only staff's own view tells it. */
export const consentText = (consents: readonly ConsentRow[], of: Recipient = 'guarantor'): string =>
	consents.length === 0
		? 'No consent is recorded.'
		: consents
				.map((c) => `${c.channel}: ${c.state === 'granted' ? 'agreed' : 'ended'} on ${c.at.slice(0, 10)}${of === 'relative' ? '' : ` (${c.evidence})`}.`)
				.join('\n');

async function findOrCreate(
	deps: Deps,
	tx: Tx,
	caller: Caller,
	practice: Practice,
	key: { account_ref?: string; your_reference?: string },
): Promise<{ ref: string; created: boolean }> {
	try {
		return { ref: await findRef(tx, caller, key), created: false };
	} catch (error) {
		if (!(error instanceof Failure) || error.kind !== 'missing' || key.account_ref || !key.your_reference) throw error;
		const ref = newRef('acc');
		const now = iso(deps.now());
		await tx
			.insertInto('account')
			.values({
				practice_id: practice.id,
				account_ref: ref,
				test: caller.test,
				your_reference: key.your_reference,
				currency: practice.currency,
				created_at: now,
				updated_at: now,
			})
			.execute();
		return { ref, created: true };
	}
}
