/** A coming day, for a preview: by the policy that is in force then, with what is known now. */
import { invalidField } from '../../contracts/failure.ts';
import type { Tx } from '../../ledger/open.ts';
import { localDay, startOfDay } from '../../rules/index.ts';
import type { AccountFacts, ReminderRequest } from '../../rules/types.ts';
import { rulesOf, versionAt } from '../policy-versions.ts';
import { type Practice, readPractice } from '../practice.ts';

export interface Ahead {
	practice: Practice;
	/** Milliseconds: now, or the beginning of the day. */
	at: number;
	/** False: it is now. */
	ahead: boolean;
}

/** @throws Failure `invalid` for a day that is over */
export async function lookAhead(tx: Tx, practiceId: string, on: string | undefined, now: number): Promise<Ahead> {
	const practice = await readPractice(tx, practiceId, now);
	const today = localDay(now, practice.zone);
	if (on === undefined || on === today) return { practice, at: now, ahead: false };
	if (on < today) throw invalidField('on', '"on" lies in the past. Give today or a coming day; Explain Account tells what happened on a past one.');
	const at = startOfDay(on, practice.zone);
	const version = await versionAt(tx, practiceId, at);
	if (version === undefined || version.hash === practice.policyHash) return { practice, at, ahead: true };
	return { practice: { ...practice, policy: version.policy, policyHash: version.hash, rules: rulesOf(version.policy, version.hash) }, at, ahead: true };
}

/** What would happen on the day: at its beginning, or as soon in it as waiting ends. A source that confirms its amounts today will do so then. */
export function decideAhead({ practice, at, ahead }: Ahead, facts: AccountFacts, request: ReminderRequest, now: number) {
	if (!ahead) return practice.rules.decide(facts, at, request);
	const then = { ...facts, invoices: facts.invoices.map((invoice) => ({ ...invoice, asOf: invoice.asOf + (at - now) })) };
	const early = practice.rules.decide(then, at, request);
	const { sendAt } = early.reminder;
	if (sendAt === undefined || localDay(sendAt, practice.zone) !== localDay(at, practice.zone)) return early;
	const later = practice.rules.decide(then, sendAt, request);
	return { ...later, reminder: { ...later.reminder, sendAt } };
}
