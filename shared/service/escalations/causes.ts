/**
 * Work whose cause is gone is over without anybody having done it. All such causes stand here, each with the word that
 * remains and why. What only a person can know (an answer given, hardship, a note) is on no list: only a person ends it.
 */
import type { Decision } from '../../rules/types.ts';
import type { Account } from '../accounts.ts';
import type { Practice } from '../practice.ts';
import { causeOfWork, type EscalationReason } from './words.ts';

export interface Reviewed {
	account: Account;
	decision: Decision;
}

/** An open item about one account. */
export interface Item {
	escalation_ref: string;
	cause: string;
	reason: EscalationReason;
	account_ref: string;
	ladder: string | null;
	status: string;
	/** A dispute of the account was resolved after the work was opened, and none is open. */
	dispute_over: boolean;
}

export interface Gone {
	outcome: string;
	why: string;
}

/** What reviews find again as long as it stands, by the first word of its cause. */
const STANDING: Readonly<Record<string, Gone>> = {
	dispute: { outcome: 'dispute_resolved', why: 'The dispute was resolved.' },
	plan_broken: { outcome: 'arranged', why: 'The broken plan was ended, replaced or paid.' },
	promise_moved: { outcome: 'arranged', why: 'The promise was kept, broken or withdrawn.' },
	confidential: { outcome: 'recorded', why: 'The confidential charge is paid or was moved.' },
	adult_patient: { outcome: 'recorded', why: "The charge is paid or was moved to the patient's own account." },
	wrong_guarantor: { outcome: 'recorded', why: 'The guarantor who signed is known now.' },
	refund: { outcome: 'returned', why: 'Nothing is to be returned to the patient any more.' },
	credit: { outcome: 'applied', why: 'The credit was applied or returned.' },
	crossover: { outcome: 'payer_answered', why: 'The next payer answered.' },
	deadline: { outcome: 'denial_worked', why: 'The claim is not denied any more: it was corrected, appealed, written off or released.' },
};

const PAID: Gone = { outcome: 'paid', why: 'Nothing is owed any more.' };

interface Case {
	item: Item;
	one: Reviewed;
	practice: Practice;
	now: number;
}

interface CauseRule extends Gone {
	of(item: Item): boolean;
	gone(found: Case): boolean;
}

const withReason =
	(...reasons: readonly EscalationReason[]) =>
	(item: Item): boolean =>
		reasons.includes(item.reason);

/** The first that speaks of an item decides. */
const RULES: readonly CauseRule[] = [
	{ ...PAID, of: (item) => item.ladder !== null, gone: (found) => isPaid(found) && !opensAgain(found) },
	{
		outcome: 'flag_cleared',
		why: 'The flag was cleared.',
		of: (item) => item.cause.startsWith('flagged:'),
		gone: ({ item, one }) => !(one.account.facts.flags ?? []).some((flag) => item.cause.endsWith(`:${flag.ref}`)),
	},
	{ ...PAID, of: withReason('unpaid_after_reminders', 'payment_failed', 'reminder_not_delivered', 'send_by_hand'), gone: isPaid },
	{ ...PAID, of: (item) => item.reason === 'patient_asked' && item.cause.endsWith(':already_paid'), gone: isPaid },
	{
		outcome: 'denial_worked',
		why: 'No line of the claim is denied any more: it was corrected, appealed, written off or released.',
		of: withReason('claim_denied', 'deadline_near'),
		gone: isDenialWorked,
	},
	{ outcome: 'dispute_resolved', why: 'The dispute was resolved.', of: withReason('disputed'), gone: ({ item }) => item.dispute_over },
];

/** Does the review still find its cause? */
export const isFound = (item: Item, { decision }: Reviewed): boolean =>
	decision.work.some((work) => causeOfWork({ cause: work.cause, ladder: work.ladder ?? '', accountRef: item.account_ref }) === item.cause);

/** Why an item is over; undefined: it is not, as far as a review can tell. */
export function goneOf(found: Case): Gone | undefined {
	const { item, one } = found;
	if (one.decision.work.some((work) => causeOfWork({ cause: work.cause, ladder: work.ladder ?? '', accountRef: item.account_ref }) === item.cause))
		return undefined;
	const standing = STANDING[item.cause.slice(0, Math.max(0, item.cause.indexOf(':')))];
	if (standing) return standing;
	const rule = RULES.find(({ of }) => of(item));
	return rule?.gone(found) ? rule : undefined;
}

function isPaid({ one }: Case): boolean {
	return one.decision.totalMinor <= 0;
}

/** A ladder is silent while its work is open; closed too early it would open again with the next review, and so on for ever. */
function opensAgain({ item, one, practice, now }: Case): boolean {
	const { work } = practice.rules.decide({ ...one.account.facts, openLadders: [] }, now);
	return work.some((again) => again.ladder === item.ladder);
}

/** By the claim that the cause names, else by all of the account. Work about claims that nobody recorded is ended by a person. */
function isDenialWorked({ item: { cause }, one: { account } }: Case): boolean {
	const named = account.row.claims.filter((claim) => cause.includes(claim.claim_ref));
	const claims = named.length > 0 ? named : account.row.claims;
	return claims.length > 0 && claims.every((claim) => !claim.rejected && claim.lines.every((line) => line.state !== 'denied_open'));
}
