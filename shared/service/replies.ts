/** What patients say back: opt-outs count at once, everything else reaches staff. */
import { CHANNELS, type Channel, type DisputeReason, type Recipient } from '../contracts/words.ts';
import type { Tx } from '../ledger/open.ts';
import { audit } from './audit.ts';
import { openDisputes, standingDispute } from './disputes.ts';
import { openWork } from './escalations/open.ts';
import { raise } from './events.ts';
import { iso, localIso, type Practice } from './practice.ts';
import { newRef } from './refs.ts';
import type { Deps } from './types.ts';

export type Meaning = 'opt_out' | 'opt_in' | 'help' | 'dispute' | 'already_paid' | 'wrong_person' | 'call_me' | 'other';

/** Words people use, in English and Spanish. Only the whole of a short message counts: "stop by" is no opt-out. TCPA per-se words: 47 CFR 64.1200(a)(10). */
const STOP = /^(stop|stopall|quit|end|revoke|opt ?out|cancel|unsubscribe|alto|parar|cancelar|no mas|no más|basta)[.! ]*$/i;
const HELP = /^(help|info|ayuda|informacion|información)[.!? ]*$/i;
const PAID = /\b(already paid|i paid|paid (it|this|already)|ya pagu[eé]|pagado)(?!\p{L})/iu;
const DISPUTE = /\b(dispute|not mine|don'?t owe|do not owe|wrong amount|never (had|received)|no debo|no es m[ií]o|insurance should)\b/i;
const CALL = /\b(call me|please call|ll[aá]m[ae](n)?me)\b/i;
const WRONG = /\b(wrong (number|person)|numero equivocado|número equivocado|not (him|her|me))\b/i;

export function meaningOf(text: string, keyword?: 'stop' | 'start' | 'help'): Meaning {
	if (keyword === 'stop' || STOP.test(text.trim())) return 'opt_out';
	if (keyword === 'start') return 'opt_in';
	if (keyword === 'help' || HELP.test(text.trim())) return 'help';
	if (WRONG.test(text)) return 'wrong_person';
	if (DISPUTE.test(text)) return 'dispute';
	if (PAID.test(text)) return 'already_paid';
	if (CALL.test(text)) return 'call_me';
	return 'other';
}

/** A text or call opt-out ends both: they are one number, and revocation by any means counts (TCPA-REVOKE). */
const together = (channel: Channel): Channel[] => (channel === 'sms' || channel === 'voice' ? ['sms', 'voice'] : [channel]);

/** Revokes consent, cancels what waits on the channel and tells staff. Effective at once; the law's ten business days are the limit, not the aim. */
export async function optOut(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	what: { accountRef: string; recipient?: Recipient; channel: Channel; how: string; actor: string; purpose?: 'billing' | 'all' },
): Promise<void> {
	const { recipient = 'guarantor' } = what;
	const now = iso(deps.now());
	const channels = together(what.channel);
	await tx
		.insertInto('consent')
		.values(
			channels.map((channel) => ({
				practice_id: practice.id,
				account_ref: what.accountRef,
				recipient,
				channel,
				state: 'revoked',
				evidence: what.how,
				purpose: what.purpose ?? 'billing',
				actor: what.actor,
				at: now,
			})),
		)
		.onConflict((conflict) =>
			conflict.columns(['practice_id', 'account_ref', 'recipient', 'channel']).doUpdateSet((eb) => ({
				state: 'revoked',
				evidence: eb.ref('excluded.evidence'),
				purpose: eb.ref('excluded.purpose'),
				actor: eb.ref('excluded.actor'),
				at: eb.ref('excluded.at'),
			})),
		)
		.execute();
	await tx.updateTable('account').set({ next_review_at: now }).where('practice_id', '=', practice.id).where('account_ref', '=', what.accountRef).execute();
	await audit(tx, practice.id, [
		{
			at: now,
			actor: what.actor,
			kind: 'consent_revoked',
			subject: what.accountRef,
			// How a relative ended it may name people: the chain holds its digest alone.
			...(recipient === 'relative' ? { body: { channels, recipient }, personal: { how: what.how } } : { body: { channels, how: what.how } }),
		},
	]);
	await cancelOn(tx, practice.id, { accountRef: what.accountRef, recipient }, channels, now);
	await tell(deps, tx, practice, {
		accountRef: what.accountRef,
		recipient,
		channel: what.channel,
		meaning: 'opt_out',
		done: `Consent for ${channels.map((c) => CHANNELS[c]).join(' and ')} is revoked; nothing more goes out there.`,
		toDo: '',
		raisedBy: what.actor,
	});
}

/** Entries about the guarantor, as nearly all are, say nothing of it. */
const ofRelative = (recipient: Recipient): { recipient?: Recipient } => (recipient === 'relative' ? { recipient } : {});

/** What waits for the channel, or was prepared for another app to send there, must not leave any more. */
async function cancelOn(
	tx: Tx,
	practiceId: string,
	{ accountRef, recipient }: { accountRef: string; recipient: Recipient },
	channels: readonly Channel[],
	now: string,
): Promise<void> {
	const rows = await tx
		.updateTable('reminder')
		.set({ status: 'cancelled', settled_at: now, failure_code: 'opted_out' })
		.where('practice_id', '=', practiceId)
		.where('account_ref', '=', accountRef)
		.where('recipient', '=', recipient)
		.where('channel', 'in', channels)
		.where('status', 'in', ['scheduled', 'awaiting_approval', 'prepared'])
		.returning('reminder_ref')
		.execute();
	await audit(
		tx,
		practiceId,
		rows.map((row) => ({
			at: now,
			actor: 'system',
			kind: 'reminder_cancelled',
			subject: accountRef,
			body: { reminder_ref: row.reminder_ref, reason: 'opted_out' },
		})),
	);
}

/** A message from a patient, whoever of the practice's accounts uses that number or address. */
export async function recordReply(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	reply: { channel: Channel; from: string; text: string; keyword?: 'stop' | 'start' | 'help'; vendor: string },
): Promise<number> {
	const now = iso(deps.now());
	const points = await tx
		.selectFrom('contact_point')
		.innerJoin('account', (join) =>
			join.onRef('account.practice_id', '=', 'contact_point.practice_id').onRef('account.account_ref', '=', 'contact_point.account_ref'),
		)
		.select(['contact_point.account_ref', 'contact_point.recipient'])
		.where('contact_point.practice_id', '=', practice.id)
		.where('contact_point.channel', '=', reply.channel)
		.where('contact_point.address', '=', reply.from)
		.distinct()
		.orderBy('contact_point.account_ref')
		.orderBy('contact_point.recipient')
		.execute();
	const meaning = meaningOf(reply.text, reply.keyword);
	const actor = `vendor:${reply.vendor}`;
	// A number that both use ends both, or is wrong for both; anything else is said once, by the guarantor.
	const ofNumber = meaning === 'opt_out' || meaning === 'wrong_person';
	const heard = points.filter((point, i) => ofNumber || points[i - 1]?.account_ref !== point.account_ref);
	for (const point of heard) {
		const accountRef = point.account_ref;
		const recipient = point.recipient as Recipient;
		await tx
			.updateTable('account')
			.set({ last_reply_at: now, next_review_at: now })
			.where('practice_id', '=', practice.id)
			.where('account_ref', '=', accountRef)
			.execute();
		await audit(tx, practice.id, [
			{
				at: now,
				actor: 'patient',
				kind: 'reply_received',
				subject: accountRef,
				body: { channel: reply.channel, meaning, ...ofRelative(recipient) },
				personal: { text: reply.text },
			},
		]);
		if (meaning === 'opt_out') {
			await optOut(deps, tx, practice, {
				accountRef,
				recipient,
				channel: reply.channel,
				how: `reply by ${CHANNELS[reply.channel].toLowerCase()}`,
				actor: 'patient',
			});
			continue;
		}
		const done = await act(tx, practice, { accountRef, recipient }, meaning, reply.text, now);
		await tell(deps, tx, practice, {
			accountRef,
			recipient,
			channel: reply.channel,
			meaning,
			done,
			toDo: toDo(meaning, recipient),
			raisedBy: actor,
			text: reply.text,
		});
	}
	return heard.length;
}

/** Staff answer whoever wrote. */
const toDo = (meaning: Meaning, recipient: Recipient): string =>
	recipient === 'guarantor' ? TO_DO[meaning] : TO_DO[meaning].replace(/the (patient|guarantor)/, 'the relative');

const TO_DO: Record<Meaning, string> = {
	opt_out: '',
	opt_in: 'Record the new consent with its evidence, if the practice has one.',
	call_me: 'Call the patient.',
	help: 'Answer the patient.',
	dispute: 'Look into the dispute and answer the patient.',
	already_paid: 'Look for the payment, then record it or the balance.',
	wrong_person: 'Find the right number or address of the guarantor.',
	other: 'Read the reply and answer it.',
};

const NOT_MINE = /\b(not mine|no es m[ií]o|don'?t owe|do not owe|no debo)(?!\p{L})/iu;
const WRONG_AMOUNT = /\bwrong amount\b/i;
const INSURANCE = /\binsurance should\b/i;

/** Why, where the words say it; what they do not say is not guessed. */
const disputeReason = (text: string): DisputeReason | undefined =>
	NOT_MINE.test(text) ? 'not_mine' : WRONG_AMOUNT.test(text) ? 'wrong_amount' : INSURANCE.test(text) ? 'insurance_should_pay' : undefined;

/** A dispute pauses what is asked for; a wrong number is not used again. */
async function act(
	tx: Tx,
	practice: Practice,
	{ accountRef, recipient }: { accountRef: string; recipient: Recipient },
	meaning: Meaning,
	text: string,
	now: string,
): Promise<string> {
	if (meaning === 'dispute') {
		await openDisputes(
			tx,
			{ practiceId: practice.id, actor: 'patient' },
			{ accountRef, invoices: [], reason: disputeReason(text), source: 'reply', at: now },
			now,
		);
		const held = await tx
			.selectFrom('hold')
			.select('hold_ref')
			.where('practice_id', '=', practice.id)
			.where('account_ref', '=', accountRef)
			.where('scope', '=', 'account')
			.where('reason', '=', 'dispute')
			.where('released_at', 'is', null)
			.where((eb) => eb.or([eb('until', 'is', null), eb('until', '>', new Date(now))]))
			.executeTakeFirst();
		if (held) return 'The account is on hold until the dispute is settled.';
		await tx
			.insertInto('hold')
			.values({
				practice_id: practice.id,
				hold_ref: newRef('hold'),
				scope: 'account',
				test: (
					await tx.selectFrom('account').select('test').where('practice_id', '=', practice.id).where('account_ref', '=', accountRef).executeTakeFirstOrThrow()
				).test,
				account_ref: accountRef,
				reason: 'dispute',
				actor: 'patient',
				since: now,
			})
			.execute();
		return 'The account is on hold until the dispute is settled.';
	}
	if (meaning === 'wrong_person') {
		await tx
			.updateTable('contact_point')
			.set({ valid: false, invalid_reason: 'wrong person', updated_at: now })
			.where('practice_id', '=', practice.id)
			.where('account_ref', '=', accountRef)
			.where('recipient', '=', recipient)
			.where('channel', 'in', ['sms', 'voice'])
			.execute();
		return 'The number is not used any more.';
	}
	// START brings texts back at the vendor; consent to billing messages is recorded by the practice, with evidence.
	return `No reminder goes out for ${practice.policy.cooldown.after_reply_hours} hours.`;
}

async function tell(
	deps: Deps,
	tx: Tx,
	practice: Practice,
	what: { accountRef: string; recipient: Recipient; channel: Channel; meaning: Meaning; done: string; toDo: string; raisedBy: string; text?: string },
): Promise<void> {
	const account = await tx
		.selectFrom('account')
		.select(['your_reference', 'location', 'test', 'currency', 'owed_minor'])
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', what.accountRef)
		.executeTakeFirstOrThrow();
	const last = await tx
		.selectFrom('reminder')
		.select('reminder_ref')
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', what.accountRef)
		.where('recipient', '=', what.recipient)
		.where('channel', '=', what.channel)
		.where('sent_at', 'is not', null)
		.orderBy('sent_at', 'desc')
		.limit(1)
		.executeTakeFirst();
	const ref = newRef('rpl');
	await raise(deps, tx, practice, [
		{
			type: 'patient_replied',
			key: `reply:${ref}`,
			test: account.test,
			accountRef: what.accountRef,
			yourReference: account.your_reference,
			location: account.location,
			currency: account.currency,
			amountMinor: account.owed_minor,
			raisedBy: what.raisedBy,
			summary: `${WRITER[what.recipient]} ${what.meaning === 'opt_out' ? 'ended messages on a channel.' : 'replied to the practice.'}`,
			reasons: [meaningText(what)],
			canContact: false,
			blocked: [what.done],
			fields: {
				reply_ref: ref,
				reminder_ref: last?.reminder_ref ?? '',
				meaning: what.meaning,
				replied_by: what.recipient,
				channel: what.channel,
				replied_at: localIso(deps.now(), practice.zone),
				done_text: what.done,
				what_to_do_text: what.toDo,
				...(what.text === undefined ? {} : { reply_text: what.text }),
			},
		},
	]);
	if (what.toDo === '') return;
	const dispute = what.meaning === 'dispute' ? await standingDispute(tx, practice.id, what.accountRef) : undefined;
	await openWork(deps, tx, practice, {
		// The review finds the same dispute and the same work.
		cause:
			dispute === undefined
				? `reply:${what.accountRef}:${what.meaning}${what.recipient === 'relative' ? ':relative' : ''}`
				: `dispute:${what.accountRef}:${dispute}`,
		test: account.test,
		reason: what.meaning === 'dispute' ? 'disputed' : 'patient_asked',
		severity: 'normal',
		title: meaningText(what).replace(/\.$/, ''),
		accountRef: what.accountRef,
		yourReference: account.your_reference,
		location: account.location,
		amountMinor: account.owed_minor,
		currency: account.currency,
		...(dispute === undefined ? {} : { dueBusinessDays: practice.policy.dispute.due_business_days }),
		actor: 'patient',
	});
}

const WRITER: Record<Recipient, string> = { guarantor: 'A patient', relative: 'A relative of a patient' };

const meaningText = ({ meaning, recipient }: { meaning: Meaning; recipient: Recipient }): string => {
	if (recipient === 'guarantor') return MEANING_TEXT[meaning];
	return meaning === 'wrong_person' ? "The person says that the number is not the relative's." : MEANING_TEXT[meaning].replace('The patient', 'The relative');
};

const MEANING_TEXT: Record<Meaning, string> = {
	opt_out: 'The patient opted out.',
	opt_in: 'The patient asks for messages again.',
	call_me: 'The patient asks for a call.',
	help: 'The patient asks for help.',
	dispute: 'The patient disputes the balance.',
	already_paid: 'The patient says it is paid.',
	wrong_person: "The person says that the number is not the guarantor's.",
	other: 'The patient wrote something that a person must read.',
};
