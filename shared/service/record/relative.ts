/**
 * The one relative on file whom the guarantor lets be told of the account: who, by which authorisation, until when, and
 * how that person is reached. A consent is the relative's own.
 */
import { invalidField } from '../../contracts/failure.ts';
import type { Channel } from '../../contracts/words.ts';
import { localDay, startOfDay } from '../../rules/index.ts';
import type { RelativeRow } from '../accounts/rows.ts';
import { audit } from '../audit.ts';
import { actorOf, iso } from '../practice.ts';
import type { AccountInput, Update } from './account.ts';
import { number, point } from './addresses.ts';
import { setConsents } from './consents.ts';

const DAY_MS = 86_400_000;

const PLAIN = {
	relative_name: 'name',
	relative_relation: 'relation',
	relative_instead: 'instead',
	relative_language: 'language',
	relative_state: 'state',
	relative_zip: 'zip',
} as const;

/** What is known of a person of whom nothing was said. */
const BLANK = { name: '', language: 'en', state: null, zip: null, instead: false, authorized_at: null, evidence: '', until: null, revoked_at: null };

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
	await setConsents(update, 'relative');
	const { relative_consent_evidence } = input;
	return {
		...values,
		...Object.fromEntries(addresses.map(({ field, address }) => [field, address])),
		...(relative_consent_evidence === undefined ? {} : { relative_consent_evidence }),
	};
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
}

/** Another name or another relation is another person: what the guarantor allowed the one is not allowed the other. */
const isAnother = ({ input }: Update, before: RelativeRow): boolean =>
	(input.relative_name !== undefined && before.name !== '' && input.relative_name.trim().toLowerCase() !== before.name.trim().toLowerCase()) ||
	(input.relative_relation !== undefined && input.relative_relation !== before.relation);

function changes(update: Update): { fields: string[]; values: Values } {
	const { input, before, now, practice } = update;
	const { relative } = before.row;
	const fields: string[] = [];
	const values: Record<string, unknown> = relative !== null && isAnother(update, relative) ? { ...BLANK } : {};
	const known: Partial<RelativeRow> = { ...relative, ...values };
	for (const [field, column] of Object.entries(PLAIN) as [keyof typeof PLAIN, (typeof PLAIN)[keyof typeof PLAIN]][]) {
		if (input[field] === undefined || known[column] === input[field]) continue;
		values[column] = input[field];
		fields.push(field);
	}
	const stands = Boolean(known.authorized_at) && !known.revoked_at;
	if (input.relative_authorization !== undefined && !(stands && known.evidence === input.relative_authorization)) {
		// A new authorisation has its own end, or none.
		Object.assign(values, { authorized_at: now, evidence: input.relative_authorization, until: null, revoked_at: null });
		fields.push('relative_authorization');
	}
	if (input.relative_until !== undefined) {
		const until = endOf(input.relative_until, practice.zone);
		const widens = !stands || (known.until && Date.parse(known.until) < Date.parse(until));
		if (widens && input.relative_authorization === undefined)
			throw invalidField(
				'relative_until',
				'"relative_until" goes beyond what the guarantor is known to allow. Give "relative_authorization" with it: how a time so long was authorised.',
			);
		if ('authorized_at' in values || !known.until || Date.parse(known.until) !== Date.parse(until)) fields.push('relative_until');
		values['until'] = until;
	}
	if (input.relative_revoked === true && !known.revoked_at) {
		values['revoked_at'] = now;
		fields.push('relative_revoked');
	}
	return { fields, values: values as Values };
}

/** Through the end of that day: a day and a half on is the next day, however long the clocks make this one. */
const endOf = (day: string, zone: string): string => iso(startOfDay(localDay(startOfDay(day, zone) + 1.5 * DAY_MS, zone), zone));

async function write(update: Update, values: Values): Promise<void> {
	const { tx, practice, before, caller, now } = update;
	const key = { practice_id: practice.id, account_ref: before.row.account_ref };
	const another = before.row.relative !== null && isAnother(update, before.row.relative);
	if (another) await forgetPerson(update);
	const row = { ...values, actor: actorOf(caller), updated_at: now };
	if (before.row.relative === null)
		await tx
			.insertInto('relative')
			.values({ ...key, ...row, relation: values.relation as string })
			.execute();
	else await tx.updateTable('relative').set(row).where('practice_id', '=', key.practice_id).where('account_ref', '=', key.account_ref).execute();
	if (another || values.revoked_at) await release(update);
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
	const rows = await tx
		.updateTable('reminder')
		.set({ status: 'cancelled', settled_at: now, failure_code: 'relative_revoked' })
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', before.row.account_ref)
		.where('recipient', '=', 'relative')
		.where('status', '=', 'prepared')
		.returning('reminder_ref')
		.execute();
	await audit(
		tx,
		practice.id,
		rows.map((row) => ({
			at: now,
			actor: 'system',
			kind: 'reminder_cancelled',
			subject: before.row.account_ref,
			body: { reminder_ref: row.reminder_ref, reason: 'relative_revoked' },
		})),
	);
}
