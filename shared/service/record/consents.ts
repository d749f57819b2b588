/** Consents as staff or a form record them, each with its evidence: the guarantor's, and the relative's own. */
import { invalidField } from '../../contracts/failure.ts';
import type { Channel, Recipient } from '../../contracts/words.ts';
import { personOf } from '../accounts.ts';
import { actorOf } from '../practice.ts';
import { optOut } from '../replies.ts';
import type { AccountInput, Update } from './account.ts';

const FIELDS = {
	guarantor: { sms_consent: 'sms', email_consent: 'email', voice_consent: 'voice', fax_consent: 'fax', portal_consent: 'portal' },
	relative: { relative_sms_consent: 'sms', relative_voice_consent: 'voice', relative_email_consent: 'email' },
} as const;

/** What a call says of one person's consents. */
interface Said {
	recipient: Recipient;
	answers: { field: string; channel: Channel; wanted: 'yes' | 'no' }[];
	evidence: string | undefined;
	purpose: 'billing' | 'all' | undefined;
	riskNotice: boolean | undefined;
	/** Before the fields' names. */
	prefix: '' | 'relative_';
}

function saidOf(input: AccountInput, recipient: Recipient): Said {
	const answers = Object.entries(FIELDS[recipient]).flatMap(([field, channel]) => {
		const wanted = input[field as keyof AccountInput] as 'yes' | 'no' | undefined;
		return wanted === undefined ? [] : [{ field, channel, wanted }];
	});
	return recipient === 'guarantor'
		? { recipient, answers, evidence: input.consent_evidence, purpose: input.consent_purpose, riskNotice: input.risk_notice, prefix: '' }
		: { recipient, answers, evidence: input.relative_consent_evidence, purpose: undefined, riskNotice: input.relative_risk_notice, prefix: 'relative_' };
}

/** @throws Failure `invalid` for a Yes that nothing proves */
export async function setConsents(update: Update, recipient: Recipient): Promise<void> {
	const { before, changed } = update;
	const said = saidOf(update.input, recipient);
	const proof = `${said.prefix}consent_evidence`;
	if (said.answers.some(({ wanted }) => wanted === 'yes') && !said.evidence)
		throw invalidField(proof, `"${proof}" is needed with every Yes: name the form, column or document that proves it.`);
	for (const { field, channel, wanted } of said.answers) {
		const known = personOf(before.row, recipient).consents.find((c) => c.channel === channel);
		if (known?.state === (wanted === 'yes' ? 'granted' : 'revoked') && (said.purpose === undefined || known.purpose === said.purpose)) continue;
		changed.push(field);
		if (wanted === 'yes') await grant(update, said, channel);
		else await revoke(update, said, channel);
	}
	await setRiskNotice(update, said);
}

async function grant({ tx, practice, caller, before, now }: Update, { recipient, evidence = '', purpose = 'billing' }: Said, channel: Channel): Promise<void> {
	const values = { state: 'granted', evidence, purpose, actor: actorOf(caller), at: now };
	await tx
		.insertInto('consent')
		.values({ practice_id: practice.id, account_ref: before.row.account_ref, recipient, channel, ...values })
		.onConflict((conflict) => conflict.columns(['practice_id', 'account_ref', 'recipient', 'channel']).doUpdateSet(values))
		.execute();
}

const revoke = (
	{ deps, tx, practice, caller, before }: Update,
	{ recipient, evidence = 'recorded by staff', purpose }: Said,
	channel: Channel,
): Promise<void> =>
	optOut(deps, tx, practice, {
		accountRef: before.row.account_ref,
		recipient,
		channel,
		how: evidence,
		actor: actorOf(caller),
		...(purpose === 'all' ? { purpose } : {}),
	});

/** The warning belongs to the channels agreed to in this call; where none was, to all that are agreed to. */
async function setRiskNotice({ tx, practice, before, now, changed }: Update, { recipient, answers, riskNotice, prefix }: Said): Promise<void> {
	if (riskNotice === undefined) return;
	const agreed = answers.filter(({ wanted }) => wanted === 'yes').map(({ channel }) => channel);
	let query = tx
		.updateTable('consent')
		.set({ risk_notice_at: riskNotice ? now : null })
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', before.row.account_ref)
		.where('recipient', '=', recipient)
		.where('state', '=', 'granted')
		.where('risk_notice_at', riskNotice ? 'is' : 'is not', null);
	if (agreed.length > 0) query = query.where('channel', 'in', agreed);
	if ((await query.returning('channel').execute()).length > 0) changed.push(`${prefix}risk_notice`);
}
