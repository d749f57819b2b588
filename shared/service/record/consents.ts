/** Consents as staff or a form record them, each with its evidence. */
import { invalidField } from '../../contracts/failure.ts';
import type { Channel } from '../../contracts/words.ts';
import { actorOf } from '../practice.ts';
import { optOut } from '../replies.ts';
import type { Update } from './account.ts';

const CONSENT_FIELDS = { sms_consent: 'sms', email_consent: 'email', voice_consent: 'voice', fax_consent: 'fax', portal_consent: 'portal' } as const;
const FIELDS = Object.keys(CONSENT_FIELDS) as (keyof typeof CONSENT_FIELDS)[];

/** @throws Failure `invalid` for a Yes that nothing proves */
export async function setConsents(update: Update): Promise<void> {
	const { input, before, changed } = update;
	if (FIELDS.some((field) => input[field] === 'yes') && !input.consent_evidence)
		throw invalidField('consent_evidence', '"consent_evidence" is needed with every Yes: name the form, column or document that proves it.');
	for (const field of FIELDS) {
		const wanted = input[field];
		if (wanted === undefined) continue;
		const channel = CONSENT_FIELDS[field];
		const state = wanted === 'yes' ? 'granted' : 'revoked';
		const known = before.row.consents.find((c) => c.channel === channel);
		if (known?.state === state && (input.consent_purpose === undefined || known.purpose === input.consent_purpose)) continue;
		changed.push(field);
		if (state === 'granted') await grant(update, channel);
		else await revoke(update, channel);
	}
	await setRiskNotice(update);
}

async function grant({ tx, practice, caller, input, before, now }: Update, channel: Channel): Promise<void> {
	const values = {
		state: 'granted',
		evidence: input.consent_evidence ?? '',
		purpose: input.consent_purpose ?? 'billing',
		actor: actorOf(caller),
		at: now,
	};
	await tx
		.insertInto('consent')
		.values({ practice_id: practice.id, account_ref: before.row.account_ref, channel, ...values })
		.onConflict((conflict) => conflict.columns(['practice_id', 'account_ref', 'recipient', 'channel']).doUpdateSet(values))
		.execute();
}

const revoke = ({ deps, tx, practice, caller, input, before }: Update, channel: Channel): Promise<void> =>
	optOut(deps, tx, practice, {
		accountRef: before.row.account_ref,
		channel,
		how: input.consent_evidence ?? 'recorded by staff',
		actor: actorOf(caller),
		...(input.consent_purpose === 'all' ? { purpose: 'all' } : {}),
	});

/** The warning belongs to the channels agreed to in this call; where none was, to all that are agreed to. */
async function setRiskNotice({ tx, practice, input, before, now, changed }: Update): Promise<void> {
	if (input.risk_notice === undefined) return;
	const agreed = FIELDS.filter((field) => input[field] === 'yes').map((field): Channel => CONSENT_FIELDS[field]);
	let query = tx
		.updateTable('consent')
		.set({ risk_notice_at: input.risk_notice ? now : null })
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', before.row.account_ref)
		.where('recipient', '=', 'guarantor')
		.where('state', '=', 'granted')
		.where('risk_notice_at', input.risk_notice ? 'is' : 'is not', null);
	if (agreed.length > 0) query = query.where('channel', 'in', agreed);
	if ((await query.returning('channel').execute()).length > 0) changed.push('risk_notice');
}
