/** Explain Account: what the rules say of an account now, or said of it on a past day by the policy in force then. */
import { Failure } from '../contracts/failure.ts';
import { formatMoney, fromMinor } from '../contracts/money.ts';
import type { Tx } from '../ledger/open.ts';
import type { Service } from '../operations/registry.ts';
import { explain, explainRules, localDay, startOfDay } from '../rules/index.ts';
import { type Account, findRef, loadAccount, personOf } from './accounts.ts';
import { reads } from './lookups.ts';
import { dayOfReminders, type Message, messageText, sentMessages } from './messages/sent.ts';
import { rulesOf, type Version, versionAt } from './policy-versions.ts';
import { accountLink, localIso, type Practice, readPractice, shown } from './practice.ts';
import { consentText } from './record/account.ts';
import { whyFields } from './reminders/ask.ts';
import { accountAt } from './timeline/timeline.ts';
import type { Caller, Deps } from './types.ts';

const DAY_MS = 86_400_000;

/** The moment that is explained, and how it is known. */
interface Moment {
	at: number;
	/** The past is read from what was remembered of it, a coming day from what is known now. */
	kind: 'now' | 'past' | 'ahead';
}

/** A past day is explained at its end, when all of it had happened; a coming one at noon, between the usual hours. */
function momentOf(on: string | undefined, zone: string, now: number): Moment {
	const today = localDay(now, zone);
	if (on === undefined || on === today) return { at: now, kind: 'now' };
	const start = startOfDay(on, zone);
	// A day and a half on is the next day, however long the clocks make this one.
	return on > today ? { at: start + DAY_MS / 2, kind: 'ahead' } : { at: startOfDay(localDay(start + 1.5 * DAY_MS, zone), zone) - 1, kind: 'past' };
}

export const explainAccount =
	(deps: Deps, caller: Caller): Service['explain_account'] =>
	(input) =>
		deps.ledger.practice(caller.practiceId, async (tx) => {
			const now = deps.now();
			const current = await readPractice(tx, caller.practiceId, now);
			const ref = await findRef(tx, caller, input);
			const moment = momentOf(input.on, current.zone, now);
			const version = await versionOf(tx, current, moment);
			const practice: Practice = { ...current, policy: version.policy, policyHash: version.hash, rules: rulesOf(version.policy, version.hash) };
			const account = await accountOf(tx, practice, ref, moment, now);
			const decision = practice.rules.decide(account.facts, moment.at, input.recipient === undefined ? undefined : { recipient: input.recipient });
			const messages = await sentMessages(tx, practice, ref, Math.min(moment.at, now));
			const { reminder } = decision;
			const { currency } = account.row;
			const why = whyFields(practice, reminder.reasons, reminder.sendAt ?? reminder.reasons.find((reason) => reason.until !== undefined)?.until);
			const sentences = [...(await preface(tx, practice, ref, moment, version)), ...explain(decision, account.facts), lastText(messages[0])];
			await reads(deps, tx, caller, 'explain_account', ref);
			return {
				account_ref: ref,
				your_reference: shown(practice, account.row.your_reference),
				explained_at: localIso(moment.at, practice.zone),
				decision: reminder.verdict,
				recipient: decision.recipient,
				explanation_text: sentences.join('\n').slice(0, 8000),
				reasons: reminder.reasons.slice(0, 50).map((reason) => ({ code: reason.code, text: reason.text, what_would_change_it: reason.remedy })),
				reasons_text: why.reasons_text.slice(0, 8000),
				next_possible_at: why.next_possible_at,
				what_would_change_it: why.what_would_change_it,
				amount: fromMinor(decision.eligibleMinor, currency),
				amount_text: formatMoney(decision.eligibleMinor, currency),
				currency,
				...lastFields(messages[0]),
				messages: messages.map((message) => message.output),
				messages_text: messages
					.map((message) => messageText(message))
					.join('\n')
					.slice(0, 20_000),
				consent_text: consentText(personOf(account.row, decision.recipient).consents, decision.recipient),
				policy_hash: practice.policyHash,
				policy_since: localIso(version.since, practice.zone),
				packs_text: decision.packs.join(', '),
				rules: decision.trace.slice(0, 200).map((entry) => ({ rule: entry.rule, outcome: entry.outcome, text: entry.text })),
				rules_text: explainRules(decision).join('\n').slice(0, 40_000),
				link: accountLink(deps, ref),
				last_reminder_text: messages[0]?.output.text ?? '',
			};
		});

/** @throws Failure `missing` for a day before the practice had a policy */
async function versionOf(tx: Tx, practice: Practice, { at, kind }: Moment): Promise<Version> {
	const version = await versionAt(tx, practice.id, at);
	if (version === undefined)
		throw new Failure('missing', 'The practice was not set up on that day, so nothing was decided then. Choose a later day.', { code: 'before_the_practice' });
	// Stored before there was a history, or of another instant: today's is the one that decides today.
	return kind === 'now' && version.hash !== practice.policyHash ? { ...version, policy: practice.policy, hash: practice.policyHash } : version;
}

const accountOf = (tx: Tx, practice: Practice, ref: string, { at, kind }: Moment, now: number): Promise<Account> =>
	kind === 'past' ? accountAt(tx, practice, ref, at, now) : loadAccount(tx, practice, ref, now);

async function preface(tx: Tx, practice: Practice, ref: string, { at, kind }: Moment, version: Version): Promise<string[]> {
	if (kind === 'now') return [];
	const day = localDay(at, practice.zone);
	if (kind === 'ahead') return [`${day} lies ahead: this is what holds at noon if nothing changes until then.`];
	const { created_at: known } = await tx
		.selectFrom('account')
		.select('created_at')
		.where('practice_id', '=', practice.id)
		.where('account_ref', '=', ref)
		.executeTakeFirstOrThrow();
	const since = localDay(known.getTime(), practice.zone);
	return [
		`At the end of ${day}, by the policy in force since ${localDay(version.since, practice.zone)}:`,
		...(since > day ? [`Nothing was known of the account yet: it was first recorded on ${since}.`] : []),
		...(await dayOfReminders(tx, practice, ref, startOfDay(day, practice.zone), at)),
	];
}

const lastText = (last: Message | undefined): string =>
	last === undefined ? 'No message has gone out.' : `The last message went out on ${last.output.sent_at.slice(0, 10)} by ${last.how}: ${last.output.status}.`;

const lastFields = (last: Message | undefined) => ({
	last_reminder_ref: last?.output.reminder_ref ?? '',
	last_reminder_at: last?.output.sent_at ?? '',
	last_reminder_channel: last?.output.channel ?? '',
	last_reminder_status: last?.output.status ?? '',
	last_reminder_digest: last?.output.digest ?? '',
});
