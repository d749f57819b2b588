/** Prepare Reminder (another app sends) and Record Contact (it did, or a contact was made elsewhere). */
import { Failure, invalidField } from '../contracts/failure.ts';
import { formatMoney, fromMinor } from '../contracts/money.ts';
import type { Service } from '../operations/registry.ts';
import { isCap } from '../rules/index.ts';
import type { AccountFacts, ContactFacts } from '../rules/types.ts';
import { findRef, loadAccount, personOf } from './accounts.ts';
import { audit } from './audit.ts';
import { newLink } from './links.ts';
import { composeToSend } from './messages/compose.ts';
import { toCompose } from './messages/context.ts';
import { evidenceOf } from './messages/evidence.ts';
import { isOfText, openTextWork } from './messages/refused.ts';
import { once } from './once.ts';
import { accountLink, actorOf, iso, localIso, readPractice, shown } from './practice.ts';
import { newRef } from './refs.ts';
import { because, invoiceRef, requestOf, whyFields } from './reminders/ask.ts';
import { confirmReminder } from './reminders/confirm.ts';
import { markAnswered } from './reminders/occasions.ts';
import { insertRow, PREPARED_HOURS } from './reminders/rows.ts';
import type { Caller, Deps } from './types.ts';

function carriedElsewhere({ relative, ...facts }: AccountFacts): AccountFacts {
	const served = (contacts: readonly ContactFacts[]) => contacts.map((contact) => ({ ...contact, served: true }));
	return { ...facts, contacts: served(facts.contacts), ...(relative ? { relative: { ...relative, contacts: served(relative.contacts) } } : {}) };
}

export const prepareReminder =
	(deps: Deps, caller: Caller): Service['prepare_reminder'] =>
	(input) =>
		once(deps, caller, 'prepare_reminder', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const now = deps.now();
			const ref = await findRef(tx, caller, input);
			const account = await loadAccount(tx, practice, ref, now, true);
			const event = await because(tx, caller, ref, input.because_of);
			// The other app is the sender, so a channel needs no sender of ours.
			const facts = carriedElsewhere(account.facts);
			const decision = practice.rules.decide(facts, now, requestOf(practice, account, input, event));
			const { reminder } = decision;
			const permission: 'granted' | 'wait' | 'refused' = reminder.verdict === 'send' ? 'granted' : reminder.verdict === 'wait' ? 'wait' : 'refused';
			const answer = {
				permission,
				may_send: permission === 'granted',
				channel: reminder.channel ?? '',
				recipient: decision.recipient,
				message: reminder.message ?? '',
				...whyFields(practice, reminder.reasons, reminder.sendAt ?? reminder.reasons[0]?.until),
				amount: fromMinor(reminder.amountMinor, account.row.currency),
				amount_text: formatMoney(reminder.amountMinor, account.row.currency),
				currency: account.row.currency,
				link: accountLink(deps, ref),
			};
			if (permission !== 'granted' || !reminder.channel || !reminder.message)
				return { ...answer, reminder_ref: '', expires_at: '', language: '', address: '', subject: '', text: '' };
			const { recipient } = decision;
			const asked = { message: reminder.message, channel: reminder.channel, recipient, amountMinor: reminder.amountMinor, covers: reminder.covers };
			const write = (link: string, unsubscribe: string) => composeToSend(practice, toCompose(practice, account, { ...asked, link, unsubscribe }, now));
			// Looked over before anything is reserved, with addresses as long as the real ones.
			const trial = `${deps.config.publicUrl}/api/go/${practice.id}.${'x'.repeat(22)}`;
			try {
				write(practice.settings.pay_link ? trial : '', reminder.channel === 'email' ? trial : '');
			} catch (error) {
				if (!(error instanceof Failure) || !isOfText(error)) throw error;
				await openTextWork(deps, tx, practice, account, asked, error);
				const why = whyFields(practice, [{ code: error.code, text: error.message, remedy: error.message }], undefined);
				return {
					...answer,
					...why,
					permission: 'refused' as const,
					may_send: false,
					reminder_ref: '',
					expires_at: '',
					language: '',
					address: '',
					subject: '',
					text: '',
				};
			}
			const expiresAt = now + PREPARED_HOURS * 3_600_000;
			const reminderRef = await insertRow(deps, tx, practice, account, decision, {
				intent: `${caller.test ? 'test' : 'live'}:prepared:${newRef('try')}`,
				status: 'prepared',
				sendAt: now,
				expiresAt,
				actor: actorOf(caller),
				performedBy: caller.performedBy,
				becauseOf: event?.id,
				request: {},
			});
			const pay = practice.settings.pay_link
				? await newLink(deps, tx, practice.id, { kind: 'pay', accountRef: ref, reminderRef, channel: reminder.channel })
				: '';
			const unsubscribe =
				reminder.channel === 'email' ? await newLink(deps, tx, practice.id, { kind: 'unsubscribe', accountRef: ref, reminderRef, channel: 'email' }) : '';
			const composed = write(pay, unsubscribe);
			const address = personOf(account.row, recipient).contacts.find((contact) => contact.channel === reminder.channel)?.address ?? '';
			await tx
				.updateTable('reminder')
				.set({
					address,
					subject: composed.subject ?? null,
					body_text: composed.text,
					body_html: composed.html ?? null,
					language: composed.language,
					evidence: JSON.stringify(evidenceOf(account, reminder.channel, composed, decision)),
				})
				.where('practice_id', '=', practice.id)
				.where('reminder_ref', '=', reminderRef)
				.execute();
			return {
				...answer,
				reminder_ref: reminderRef,
				expires_at: localIso(expiresAt, practice.zone),
				language: composed.language,
				address,
				subject: composed.subject ?? '',
				text: composed.text,
			};
		});

export const recordContact =
	(deps: Deps, caller: Caller): Service['record_contact'] =>
	(input) =>
		once(deps, caller, 'record_contact', input, async (tx) => {
			const practice = await readPractice(tx, caller.practiceId, deps.now());
			const now = deps.now();
			const at = input.at ? Date.parse(input.at) : now;
			if (at > now + 300_000) throw invalidField('at', '"at" lies in the future. Give the moment of the contact.');
			let accountRef: string;
			let contactRef = '';
			let result: 'confirmed' | 'released' | 'recorded' | 'already_recorded';
			if (input.reminder_ref) {
				const row = await tx
					.selectFrom('reminder')
					.selectAll()
					.where('practice_id', '=', practice.id)
					.where('test', '=', caller.test)
					.where('reminder_ref', '=', input.reminder_ref)
					.forUpdate()
					.executeTakeFirst();
				if (!row) throw invalidField('reminder_ref', '"reminder_ref" is not a reminder of this practice. Take it from the answer of Prepare Reminder.');
				accountRef = row.account_ref;
				result = await confirmReminder(deps, tx, practice, row, { outcome: input.outcome, at, actor: actorOf(caller) });
				contactRef = result === 'released' ? '' : row.reminder_ref;
			} else {
				if (!input.channel) throw invalidField('channel', '"channel" is needed for a contact that no prepared reminder reserved.');
				accountRef = await findRef(tx, caller, input);
				const account = await loadAccount(tx, practice, accountRef, now, true);
				if (input.outcome === 'not_sent') throw invalidField('outcome', '"not_sent" releases a prepared reminder: give its "reminder_ref".');
				const event = await because(tx, caller, accountRef, input.because_of);
				const occasions = event ? [event.id] : [];
				contactRef = newRef('rem');
				await tx
					.insertInto('reminder')
					.values({
						practice_id: practice.id,
						reminder_ref: contactRef,
						intent_key: `${caller.test ? 'test' : 'live'}:contact:${contactRef}`,
						test: caller.test,
						account_ref: accountRef,
						status: 'sent',
						channel: input.channel,
						message: 'contact',
						covers: invoiceRef(account, input.invoice) ?? [],
						because_of: event?.id ?? null,
						occasions,
						currency: account.row.currency,
						policy_hash: practice.policyHash,
						actor: actorOf(caller),
						performed_by: caller.performedBy ?? null,
						created_at: iso(now),
						sent_at: iso(at),
						raw_status: input.outcome,
					})
					.execute();
				await markAnswered(tx, practice.id, { account_ref: accountRef, message: 'contact', occasions }, now);
				result = 'recorded';
			}
			await audit(tx, practice.id, [
				{
					at: iso(now),
					actor: actorOf(caller),
					kind: `contact_${result}`,
					subject: accountRef,
					body: { contact_ref: contactRef, outcome: input.outcome, ...(input.channel ? { channel: input.channel } : {}), at: iso(at) },
				},
			]);
			const account = await loadAccount(tx, practice, accountRef, now);
			const week = account.facts.history.filter((contact) => contact.at > now - 7 * 86_400_000).length;
			const decision = practice.rules.decide(account.facts, now);
			const cap = decision.blocked.filter((reason) => isCap(reason.code) && reason.until !== undefined).map((reason) => reason.until ?? 0);
			return {
				account_ref: accountRef,
				your_reference: shown(practice, account.row.your_reference),
				contact_ref: contactRef,
				reminder_ref: input.reminder_ref ?? '',
				result,
				contacts_last_7_days: week,
				next_possible_at: cap.length > 0 ? localIso(Math.max(...cap), practice.zone) : '',
				link: accountLink(deps, accountRef),
			};
		});
