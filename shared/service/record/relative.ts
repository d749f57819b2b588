/**
 * The one relative on file whom the guarantor lets be told of the account: who, by which authorisation, until when, and
 * how that person is reached. A consent is the relative's own.
 */
import { invalidField } from '../../contracts/failure.ts';
import type { Channel } from '../../contracts/words.ts';
import { localDay, startOfDay } from '../../rules/index.ts';
import type { RelativeRow } from '../accounts/rows.ts';
import { actorOf, iso } from '../practice.ts';
import { optOut } from '../replies.ts';
import type { AccountInput, Update } from './account.ts';
import { number, point } from './addresses.ts';

const DAY_MS = 86_400_000;

const PLAIN = {
	relative_name: 'name',
	relative_relation: 'relation',
	relative_instead: 'instead',
	relative_language: 'language',
	relative_state: 'state',
	relative_zip: 'zip',
} as const;

const CONSENTS = { relative_sms_consent: 'sms', relative_voice_consent: 'voice', relative_email_consent: 'email' } as const;
const CONSENT_FIELDS = Object.keys(CONSENTS) as (keyof typeof CONSENTS)[];

type Values = Partial<Pick<RelativeRow, 'name' | 'relation' | 'instead' | 'language' | 'state' | 'zip' | 'evidence'>> &
	Partial<Record<'authorized_at' | 'until' | 'revoked_at', string | null>>;

/** What was written, for the audit. @throws Failure `invalid` that names what is missing or contradicts */
export async function setRelative(update: Update): Promise<Record<string, unknown>> {
	const { input } = update;
	const addresses = addressesOf(input);
	check(update, addresses.length > 0);
	const { fields, values } = changes(update);
	if (fields.length > 0) await write(update, values);
	update.changed.push(...fields);
	for (const { field, channels, address } of addresses)
		for (const channel of channels) {
			if (update.before.row.relative?.contacts.some((known) => known.channel === channel && known.address === address && known.valid)) continue;
			await point(update, channel, address, 'relative');
			if (!update.changed.includes(field)) update.changed.push(field);
		}
	await setConsents(update);
	return { ...values, ...Object.fromEntries(addresses.map(({ field, address }) => [field, address])) };
}

interface Address {
	field: 'relative_phone' | 'relative_email';
	channels: readonly Channel[];
	address: string;
}

const addressesOf = ({ relative_phone: phone, relative_email: email }: AccountInput): Address[] => [
	...(phone === undefined ? [] : [{ field: 'relative_phone' as const, channels: ['sms', 'voice'] as const, address: number(phone, 'relative_phone') }]),
	...(email === undefined ? [] : [{ field: 'relative_email' as const, channels: ['email'] as const, address: email.trim().toLowerCase() }]),
];

function check({ input, before }: Update, addressed: boolean): void {
	const named = addressed || Object.entries(input).some(([field, value]) => field.startsWith('relative_') && value !== undefined);
	if (!named) return;
	if (before.row.relative === null && input.relative_relation === undefined)
		throw invalidField('relative_relation', '"relative_relation" is needed for the first record of a relative: say what the relative is to the guarantor.');
	if (input.relative_revoked === true && input.relative_authorization !== undefined)
		throw invalidField('relative_revoked', '"relative_revoked" contradicts "relative_authorization". Give one of the two.');
	if (CONSENT_FIELDS.some((field) => input[field] === 'yes') && !input.relative_consent_evidence)
		throw invalidField(
			'relative_consent_evidence',
			'"relative_consent_evidence" is needed with every Yes: name the form or document in which the relative agreed.',
		);
}

/** Another name or another relation is another person: what the guarantor allowed the one is not allowed the other. */
const isAnother = ({ input }: Update, before: RelativeRow): boolean =>
	(input.relative_name !== undefined && before.name !== '' && input.relative_name.trim().toLowerCase() !== before.name.trim().toLowerCase()) ||
	(input.relative_relation !== undefined && input.relative_relation !== before.relation);

function changes(update: Update): { fields: string[]; values: Values } {
	const { input, before, now, practice } = update;
	const { relative } = before.row;
	const fields: string[] = [];
	const values: Record<string, unknown> = {};
	for (const [field, column] of Object.entries(PLAIN) as [keyof typeof PLAIN, (typeof PLAIN)[keyof typeof PLAIN]][]) {
		if (input[field] === undefined || relative?.[column] === input[field]) continue;
		values[column] = input[field];
		fields.push(field);
	}
	if (relative !== null && isAnother(update, relative)) Object.assign(values, { authorized_at: null, evidence: '', until: null, revoked_at: null });
	const stands = relative !== null && relative.authorized_at !== null && relative.revoked_at === null && !('authorized_at' in values);
	if (input.relative_authorization !== undefined && !(stands && relative.evidence === input.relative_authorization)) {
		// A new authorisation has its own end, or none.
		Object.assign(values, { authorized_at: now, evidence: input.relative_authorization, until: null, revoked_at: null });
		fields.push('relative_authorization');
	}
	if (input.relative_until !== undefined) {
		// Through the end of that day: a day and a half on is the next day, however long the clocks make this one.
		const until = iso(startOfDay(localDay(startOfDay(input.relative_until, practice.zone) + 1.5 * DAY_MS, practice.zone), practice.zone));
		if (relative?.until === null || relative === null || Date.parse(relative.until) !== Date.parse(until)) fields.push('relative_until');
		values['until'] = until;
	}
	if (input.relative_revoked === true && relative?.revoked_at == null) {
		values['revoked_at'] = now;
		fields.push('relative_revoked');
	}
	return { fields, values: values as Values };
}

async function write(update: Update, values: Values): Promise<void> {
	const { tx, practice, before, caller, now } = update;
	const key = { practice_id: practice.id, account_ref: before.row.account_ref };
	if (before.row.relative !== null && isAnother(update, before.row.relative)) await forgetPerson(update);
	const row = { ...values, actor: actorOf(caller), updated_at: now };
	if (before.row.relative === null)
		await tx
			.insertInto('relative')
			.values({ ...key, ...row, relation: values.relation as string })
			.execute();
	else await tx.updateTable('relative').set(row).where('practice_id', '=', key.practice_id).where('account_ref', '=', key.account_ref).execute();
	if (values.revoked_at || values.authorized_at === null) await release(update);
}

/** What the one agreed to, the other did not; what the one refused on a number stays refused there. */
async function forgetPerson({ tx, practice, before }: Update): Promise<void> {
	const ref = before.row.account_ref;
	await tx.deleteFrom('contact_point').where('practice_id', '=', practice.id).where('account_ref', '=', ref).where('recipient', '=', 'relative').execute();
	await tx
		.deleteFrom('consent')
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', ref)
		.where('recipient', '=', 'relative')
		.where('state', '=', 'granted')
		.execute();
	before.row.relative = before.row.relative && {
		...before.row.relative,
		contacts: [],
		consents: before.row.relative.consents.filter((c) => c.state === 'revoked'),
	};
}

/** What another app holds ready for the relative is not decided again when it leaves. */
async function release({ tx, practice, before, now }: Update): Promise<void> {
	await tx
		.updateTable('reminder')
		.set({ status: 'cancelled', settled_at: now, failure_code: 'relative_revoked' })
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', before.row.account_ref)
		.where('recipient', '=', 'relative')
		.where('status', '=', 'prepared')
		.execute();
}

async function setConsents(update: Update): Promise<void> {
	const { input, before, changed } = update;
	for (const field of CONSENT_FIELDS) {
		const wanted = input[field];
		const channel = CONSENTS[field];
		const state = wanted === 'yes' ? 'granted' : 'revoked';
		const known = before.row.relative?.consents.find((consent) => consent.channel === channel);
		if (wanted === undefined || (known?.state === state && (wanted === 'no' || input.relative_risk_notice === undefined))) continue;
		changed.push(field);
		if (wanted === 'yes') await grant(update, channel);
		else await revoke(update, channel);
	}
}

async function grant({ tx, practice, caller, input, before, now }: Update, channel: Channel): Promise<void> {
	const values = {
		state: 'granted',
		evidence: input.relative_consent_evidence ?? '',
		purpose: 'billing',
		risk_notice_at: input.relative_risk_notice === true ? now : null,
		actor: actorOf(caller),
		at: now,
	};
	await tx
		.insertInto('consent')
		.values({ practice_id: practice.id, account_ref: before.row.account_ref, recipient: 'relative', channel, ...values })
		.onConflict((conflict) => conflict.columns(['practice_id', 'account_ref', 'recipient', 'channel']).doUpdateSet(values))
		.execute();
}

const revoke = ({ deps, tx, practice, caller, input, before }: Update, channel: Channel): Promise<void> =>
	optOut(deps, tx, practice, {
		accountRef: before.row.account_ref,
		recipient: 'relative',
		channel,
		how: input.relative_consent_evidence ?? 'recorded by staff',
		actor: actorOf(caller),
	});
