/** What a practice says about itself: shown to patients, or used to reach the practice. */
import { invalidField } from '../../contracts/failure.ts';
import { email, flag, list, object, optional, type Static, Type, text, uri } from '../../contracts/schema.ts';
import { e164 } from '../facts.ts';
import type { PracticeSettings } from '../practice.ts';
import { requirePublicUrl } from '../public-address.ts';
import type { Deps } from '../types.ts';
import { type Admin, change, practiceRow } from './admin.ts';

export const settingsSchema = object(
	{
		callback_phone: optional(text('Callback Phone', 'The number patients call with questions; every message names it.', { maxLength: 40 })),
		pay_link: optional(uri('Pay Link', "Where patients pay: the practice's own page, https.")),
		sender_name: optional(text('Sender Name', 'How messages name the practice; its own name when left out.', { maxLength: 80 })),
		neutral_sender_name: optional(text('Neutral Sender Name', 'A name that tells nothing of the specialty, for channels others may see.', { maxLength: 80 })),
		own_phone: optional(text('Own Phone', 'A phone of the practice; messages of test keys may go there.', { maxLength: 40 })),
		own_mailbox: optional(email('Own Mailbox', 'A mailbox of the practice; messages of test keys may go there.')),
		share_your_reference: optional(flag('Share Your Reference', "Whether events and answers show the practice's own account number to connected apps.")),
		state: optional(text('State', "The state the practice is in, two letters: its law binds beside the patient's.", { pattern: '^([A-Z]{2})?$' })),
		locations: optional(
			list(Type.String({ minLength: 1, maxLength: 80 }), 'Locations', "The practice's locations, as dropdowns show them.", { maxItems: 200 }),
		),
		final_share: optional(
			Type.Record(Type.String({ pattern: '^[A-Za-z0-9 ._-]{1,80}$' }), Type.Boolean(), {
				title: 'Final Patient Share',
				description:
					"For each source (api, a connection, a report's name): whether its amounts are what remains after insurance. A source that is missing here is unknown, and holds.",
			}),
		),
	},
	{ title: 'Settings', description: 'What the practice says about itself.' },
);
/**
 * The same for a change: only what is given changes, and an empty text removes a setting.
 */
export const settingsChangeSchema = object({
	...settingsSchema.properties,
	pay_link: optional(text('Pay Link', "Where patients pay: the practice's own page, https. Empty removes it.", { maxLength: 2000 })),
	own_mailbox: optional(text('Own Mailbox', 'A mailbox of the practice. Empty removes it.', { maxLength: 254 })),
});

export const readSettings = (deps: Deps, admin: Admin): Promise<PracticeSettings> =>
	deps.ledger.practice(admin.practiceId, async (tx) => (await practiceRow(tx, admin.practiceId)).settings as PracticeSettings);

export async function changeSettings(deps: Deps, admin: Admin, input: Static<typeof settingsChangeSchema>): Promise<PracticeSettings> {
	const checked = checkSettings(deps, input);
	const names = Object.keys(checked).sort();
	return change(deps, admin, { kind: 'settings_changed', body: { settings: names }, personal: checked }, async (tx) => {
		const row = await tx.selectFrom('practice').select('settings').where('practice_id', '=', admin.practiceId).forUpdate().executeTakeFirstOrThrow();
		const before = row.settings as PracticeSettings;
		// Sources are answered one after the other: an answer for one does not take back another's.
		const merged = { ...before, ...checked, ...(checked.final_share ? { final_share: { ...before.final_share, ...checked.final_share } } : {}) };
		const settings = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== ''));
		await tx
			.updateTable('practice')
			.set({ settings: JSON.stringify(settings) })
			.where('practice_id', '=', admin.practiceId)
			.execute();
		return settings as PracticeSettings;
	});
}

function checkSettings(deps: Deps, input: Static<typeof settingsChangeSchema>): PracticeSettings {
	const out: PracticeSettings = { ...input };
	for (const field of ['callback_phone', 'own_phone'] as const) if (input[field]) out[field] = dialable(input[field], field);
	if (input.own_mailbox && !MAILBOX.test(input.own_mailbox)) throw invalidField('own_mailbox', '"own_mailbox" must be an e-mail address.');
	if (input.pay_link) {
		try {
			requirePublicUrl(input.pay_link, { allowLoopback: !deps.config.production });
		} catch {
			throw invalidField('pay_link', '"pay_link" must start with https:// and name a public host: patients open it.');
		}
	}
	if (input.locations) out.locations = [...new Set(input.locations.map((name) => name.trim()))].filter((name) => name !== '');
	return out;
}

export const MAILBOX = /^[^\s@<>"]+@[^\s@<>"]+\.[^\s@<>".]+$/;

/** A US number as people write it, or any other with its country code, as E.164. */
export function dialable(phone: string, field: string): string {
	const number = e164(phone);
	if (number === undefined) throw invalidField(field, `"${field}" must be a phone number with area code, such as +1 317 555 0142.`);
	return number;
}
