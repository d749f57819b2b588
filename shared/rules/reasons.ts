/**
 * Every reason why a message does not go out, in words that a billing manager reads. The codes are a closed
 * list: they travel to flows and stay in the audit, so none is renamed.
 */
import { CHANNELS, type Channel, HOLD_REASONS, type HoldReason } from '../contracts/words.ts';
import { localText } from './calendar.ts';
import type { Reason } from './types.ts';

/** What a sentence may need; a builder takes what it knows to be there. */
export interface ReasonFacts {
	/** Money as text: what there is, and what it takes. */
	amount?: string;
	minimum?: string;
	channels?: readonly Channel[];
	count?: number;
	limit?: number;
	days?: number;
	message?: string;
	/** The id of the pack of law that says so. */
	law?: string;
	/** Whom the message is for, where that is not the guarantor. */
	who?: 'relative';
	/** When it passes by itself, told in the practice's zone. */
	until?: { at: number; zone: string };
}

interface Words {
	text: (facts: ReasonFacts) => string;
	remedy: (facts: ReasonFacts) => string;
	/** The title of the staff work that a fact nobody knows becomes. */
	unknown?: string;
	/** The same without this account's own numbers: what is true of all accounts with the reason. */
	ofMany?: string;
}

const channelNames = ({ channels = [] }: ReasonFacts): string => channels.map((channel) => CHANNELS[channel]).join(', ');
const who = (facts: ReasonFacts): string => facts.who ?? 'guarantor';
/** For a message to the relative, time and place count for both. */
const both = (facts: ReasonFacts, word: 'and' | 'or'): string => (facts.who === undefined ? 'guarantor' : `guarantor ${word} the relative`);
const waits = ({ until }: ReasonFacts): string =>
	until === undefined ? 'The policy allows none at all: change its caps.' : `Nothing to do: it may go out on ${localText(until.at, until.zone)}.`;

const ABSOLUTE: Partial<Record<HoldReason, string>> = {
	bankruptcy: 'Bankruptcy is reported: collecting must stop (11 U.S.C. 362).',
	deceased: 'The guarantor is reported as deceased.',
	qmb: 'The patient is a Qualified Medicare Beneficiary: cost sharing must never be billed.',
	attorney: 'An attorney represents the guarantor.',
	never_bill: 'It is marked as never to be billed.',
	medicaid: 'Medicaid pays for it: the balance must not be billed.',
	workers_comp: "Workers' compensation pays for it: the patient must not be billed.",
	capitation: 'Capitation pays for it: the patient must not be billed.',
};

const holdText = (reason: HoldReason): string => ABSOLUTE[reason] ?? `Reminders are on hold: ${HOLD_REASONS[reason]}.`;
const holdRemedy = (reason: HoldReason, { until }: ReasonFacts): string => {
	if (ABSOLUTE[reason] !== undefined) return 'No message may go out while this hold stands. Staff release it only when the fact turns out to be wrong.';
	return until === undefined
		? 'Release the hold with Resume Reminders when it is settled.'
		: `The hold ends on ${localText(until.at, until.zone)}, or when staff release it with Resume Reminders.`;
};

const holdWords = (reason: HoldReason): Words => ({ text: () => holdText(reason), remedy: (facts) => holdRemedy(reason, facts) });

const HOLDS = Object.fromEntries(Object.keys(HOLD_REASONS).map((reason) => [`hold_${reason}`, holdWords(reason as HoldReason)])) as unknown as Record<
	`hold_${HoldReason}`,
	Words
>;

export const REASONS = {
	...HOLDS,
	nothing_owed: {
		text: () => 'Nothing is owed.',
		remedy: () => 'Nothing to do.',
	},
	invoice_not_found: {
		text: () => 'The account has no such open invoice.',
		remedy: () => 'Check the invoice, or leave it empty so that the rules choose.',
	},
	credit_balance: {
		text: () => 'A credit on the account covers what is owed.',
		remedy: () => 'Apply the credit or refund it.',
	},
	disputed: {
		text: () => 'The amount is disputed.',
		remedy: () => 'Settle the dispute, then record the balance again.',
	},
	denied_claim: {
		text: () => 'The claim is denied and not settled: what the patient owes is not known yet.',
		remedy: () => 'Work the denial: correct, appeal, write off, or release the amount to the patient.',
	},
	waiting_insurance: {
		text: () => 'Insurance may still change the amount.',
		remedy: () => 'Nothing to do until the payer has answered: record the balance again with the final patient share.',
	},
	unknown_final_share: {
		text: () => 'Nobody has said whether the amount is the final patient share.',
		remedy: () => 'Record the balance with "final patient share" set to yes or no, or set it once for the source.',
		unknown: 'Say whether the amount is the final patient share',
	},
	claim_rejected: {
		text: () => 'The payer rejected the claim before looking at it: what the patient owes is not known yet.',
		remedy: () => 'Correct the claim and send it again within the filing limit.',
	},
	on_plan: {
		text: () => 'A payment plan covers it: its installments are told, not the balance.',
		remedy: () => 'Nothing to do while the plan runs; cancel the plan to ask for the balance again.',
	},
	plan_broken: {
		text: () => 'The payment plan for it is broken.',
		remedy: () => 'Agree on another plan, or cancel this one so that reminders go on.',
	},
	promised: {
		text: () => 'Payment is promised.',
		remedy: ({ until }) =>
			until === undefined ? 'Record the promise again with a real day.' : `Nothing to do: the promise ends on ${localText(until.at, until.zone)}.`,
	},
	returned_payment: {
		text: ({ days }) => `A payment came back less than ${days} days ago.`,
		remedy: waits,
	},
	statement: {
		text: () => 'A statement goes out in a few days: the letter goes with it.',
		remedy: waits,
	},
	confidential: {
		text: () => 'The care is confidential: the guarantor is not told of it.',
		remedy: () => 'Ask the patient how to be reached about it.',
	},
	adult_patient: {
		text: () => "The patient was 18 or older on the day of service: the charge is not the guarantor's.",
		remedy: () => "Move the charge to an account of the patient's own.",
	},
	unknown_birthday: {
		text: () => 'The birthday of the child is not known, so nobody knows whose the charge is.',
		remedy: () => 'Record the birthday of the patient.',
		unknown: 'Record the birthday of the patient',
	},
	unknown_service_date: {
		text: () => 'The patient is an adult by now, and the day of service is not known: nobody knows whose the charge is.',
		remedy: () => 'Record the day of service.',
		unknown: 'Record the day of service',
	},
	wrong_guarantor: {
		text: () => 'Another person than this one signed as guarantor, or nobody did.',
		remedy: () => 'Find out who signed, then record it or move the charges.',
	},
	no_relative: {
		text: () => 'No relative is on file for the account.',
		remedy: () => 'Record the relative and how the guarantor authorised it with Update Account, or send it to the guarantor.',
	},
	relative_not_authorized: {
		text: () => 'The guarantor is not known to let the relative be told.',
		remedy: () => 'Ask the guarantor and record how it was authorised, or send it to the guarantor.',
	},
	relative_expired: {
		text: () => 'The time for which the guarantor let the relative be told is over.',
		remedy: () => 'Ask the guarantor for a new authorisation and record it, or send it to the guarantor.',
	},
	relative_revoked: {
		text: () => 'The guarantor does not let the relative be told any more.',
		remedy: () => 'Send it to the guarantor, or record a new authorisation that the guarantor gave.',
	},
	only_guarantor: {
		text: () => 'The guarantor asked to be reached at one place only: nobody else is told.',
		remedy: () => 'Send it to the guarantor at that place, or record that the request was withdrawn.',
	},
	relative_not_told: {
		text: () => "It is another adult's care: a relative of the guarantor is not told of it.",
		remedy: () => 'Send it to the guarantor by choosing the recipient.',
	},
	staff_first: {
		text: () => 'The bank says that nobody may try this account again: staff look at it before anybody writes.',
		remedy: () => 'Work the payment, then send the message that fits by its name.',
	},
	already_covered: {
		text: () => 'A message that went out already answered this event.',
		remedy: () => 'Nothing to do.',
	},
	event_over: {
		text: () => 'What the event told is no longer so.',
		remedy: () => 'Nothing to do.',
	},
	below_minimum: {
		ofMany: 'What may be asked for is below the smallest balance for a message.',
		text: ({ amount, minimum }) => `${amount} is below the smallest balance for a message (${minimum}).`,
		remedy: () => 'Nothing to do, or lower the minimum in the policy.',
	},
	no_contact: {
		ofMany: 'No channel of the policy has a contact point.',
		text: (facts) => `No way to reach the ${who(facts)} is recorded for: ${channelNames(facts)}.`,
		remedy: (facts) => `Record a phone number or an e-mail address for the ${facts.who ?? 'account'}.`,
	},
	channel_not_served: {
		ofMany: 'No connected service or staff serves the channels that could be used.',
		text: (facts) => `No connected service sends: ${channelNames(facts)}.`,
		remedy: () => 'Connect a sending service for this channel, or put another channel into the policy.',
	},
	contact_invalid: {
		ofMany: 'The known contact points are not valid any more.',
		text: (facts) => `The address or number did not work: ${channelNames(facts)}.`,
		remedy: (facts) => `Ask the ${who(facts)} for a new one and record it.`,
	},
	consent_revoked: {
		ofMany: 'The guarantors opted out of the channels that could be used.',
		text: (facts) => `The ${who(facts)} opted out: ${channelNames(facts)}.`,
		remedy: (facts) => `Use another channel, or record a new consent that the ${who(facts)} gave.`,
	},
	unknown_consent: {
		ofMany: 'No consent to billing messages is recorded.',
		text: (facts) => `No consent to billing messages is recorded: ${channelNames(facts)}.`,
		remedy: () => 'Record the consent with its evidence, or name once per source the column or form that proves it.',
		unknown: 'Record consent to billing messages',
	},
	sms_collector: {
		text: () => 'Carriers forbid text messages of third-party debt collectors.',
		remedy: () => 'Use another channel, or send in the name of the practice if the role in the policy is wrong.',
	},
	hold_returned_mail: {
		text: () => 'Mail came back: no letter goes out. Other channels go on.',
		remedy: () => 'Record the new address, then release the hold with Resume Reminders.',
	},
	recorded_call: {
		text: (facts) => `Where the ${both(facts, 'and')} may be, nobody may dial about medical debt by machine.`,
		remedy: () => 'Use another channel, or let staff call.',
	},
	unknown_place: {
		ofMany: 'The state of the guarantor is not known, and some states forbid the channel.',
		text: (facts) => `The state of the ${both(facts, 'or')} is not known, and some states forbid: ${channelNames(facts)}.`,
		remedy: (facts) => `Record the state and the ZIP code of the ${both(facts, 'and')}.`,
		unknown: 'Record the state and ZIP code',
	},
	only_contact: {
		ofMany: 'The guarantors asked to be reached at another place only.',
		text: (facts) => `The ${who(facts)} asked to be reached at another place only, not by: ${channelNames(facts)}.`,
		remedy: (facts) => `Use the place the ${who(facts)} asked for, or record that the request was withdrawn.`,
	},
	fax_not_requested: {
		text: (facts) => `The ${who(facts)} has not asked for faxes.`,
		remedy: (facts) => `Use another channel, or record the request of the ${who(facts)}.`,
	},
	revoked_elsewhere: {
		ofMany: 'The guarantors opted out, and the opt-out reaches the channels that could be used.',
		text: (facts) => `The ${who(facts)} opted out, and the opt-out reaches: ${channelNames(facts)}.`,
		remedy: (facts) => `Let staff speak with the ${who(facts)}, or record a new consent that the ${who(facts)} gave in place of the opt-out.`,
	},
	below_paper_minimum: {
		ofMany: 'What may be asked for is below the smallest balance for paper.',
		text: ({ amount, minimum }) => `${amount} is below the smallest balance for paper (${minimum}).`,
		remedy: () => 'Use an electronic channel, or lower the minimum in the policy.',
	},
	stale_balance: {
		ofMany: 'The balance was confirmed longer ago than the policy allows.',
		text: ({ count, limit }) => `The balance was confirmed ${count} hours ago, longer than the ${limit} that the policy allows.`,
		remedy: () => 'Record the balance again, or sync the billing source.',
	},
	settling: {
		text: () => 'The balance was imported a moment ago: the practice can still undo it.',
		remedy: waits,
	},
	cooldown_payment: {
		text: ({ days }) => `A payment arrived within the last ${days} days.`,
		remedy: waits,
	},
	cooldown_reply: {
		text: ({ limit }) => `The patient wrote within the last ${limit} hours.`,
		remedy: waits,
	},
	cap_day: {
		ofMany: 'The guarantors heard from the practice as often today as the policy allows.',
		text: ({ count, limit }) => `The guarantor heard from the practice ${times(count)} today; the policy allows ${limit}.`,
		remedy: waits,
	},
	cap_7_days: {
		ofMany: 'The guarantors heard from the practice as often in 7 days as the policy allows.',
		text: ({ count, limit }) => `The guarantor heard from the practice ${times(count)} in 7 days; the policy allows ${limit}.`,
		remedy: waits,
	},
	cap_30_days: {
		ofMany: 'The guarantors heard from the practice as often in 30 days as the policy allows.',
		text: ({ count, limit }) => `The guarantor heard from the practice ${times(count)} in 30 days; the policy allows ${limit}.`,
		remedy: waits,
	},
	channel_day: {
		ofMany: 'The guarantors had a message today by the same channel already.',
		text: (facts) => `The guarantor had a message today by this channel already: ${channelNames(facts)}.`,
		remedy: waits,
	},
	voice_cap_day: {
		ofMany: 'The guarantors were called as often today as the policy allows.',
		text: ({ count, limit }) => `The guarantor was called ${times(count)} today; the policy allows ${limit}.`,
		remedy: waits,
	},
	voice_cap_7_days: {
		ofMany: 'The guarantors were called as often in 7 days as the policy allows.',
		text: ({ count, limit }) => `The guarantor was called ${times(count)} in 7 days; the policy allows ${limit}.`,
		remedy: waits,
	},
	cap_debt: {
		ofMany: 'The guarantors heard of the debt as often as the law allows.',
		text: ({ count, limit, days, law }) => `The guarantor heard of this debt ${times(count)} in ${days} days; the law allows ${limit} (${law}).`,
		remedy: waits,
	},
	silence_conversation: {
		text: ({ days, law }) => `Somebody talked with the guarantor about this debt: no call within ${days} days (${law}).`,
		remedy: waits,
	},
	unknown_zone: {
		text: (facts) => `The time zone of the ${both(facts, 'or')} is not known, so no hour is known to be decent.`,
		remedy: (facts) => `Record the state and the ZIP code of the ${both(facts, 'and')}, or correct them.`,
		unknown: 'Record the state and ZIP code',
	},
	no_common_hour: {
		text: (facts) => `No hour lies inside the window in every time zone that the ${both(facts, 'and')} may be in.`,
		remedy: () => 'Record the ZIP code so that fewer time zones remain, or widen the hours in the policy.',
	},
	hours: {
		text: (facts) => `It is outside the hours for messages where the ${both(facts, 'and')} may be.`,
		remedy: waits,
	},
	unknown_anchor: {
		text: () => 'Neither a first notice nor a due date is recorded, so the balance has no age.',
		remedy: () => 'Record the day of the first notice, or a due date.',
		unknown: 'Record the day of the first notice or a due date',
	},
	not_due: {
		ofMany: 'No step of the ladder is due.',
		text: ({ days }) => (days === undefined ? 'No step of the ladder is due, and none is left.' : `No step of the ladder is due: the next is at ${days} days.`),
		remedy: (facts) => nextStepText(facts) ?? 'Staff take it from here.',
	},
	already_reminded: {
		ofMany: 'The message of the step that is reached went out already.',
		text: ({ days }) => `The ${days} day message went out already.`,
		remedy: (facts) => nextStepText(facts) ?? 'No further step is left on the ladder.',
	},
} as const satisfies Record<string, Words>;

export type ReasonCode = keyof typeof REASONS;

const CAPS: ReadonlySet<string> = new Set<ReasonCode>(['cap_day', 'cap_7_days', 'cap_30_days', 'channel_day', 'voice_cap_day', 'voice_cap_7_days', 'cap_debt']);

/** Whether a reason is that the guarantor has heard enough for now. */
export const isCap = (code: string): boolean => CAPS.has(code);

const times = (count: number | undefined): string => (count === 1 ? 'once' : `${count} times`);
const nextStepText = ({ until }: ReasonFacts): string | undefined => until && `Nothing to do: the next step is due on ${localText(until.at, until.zone)}.`;

export function reason(code: ReasonCode, facts: ReasonFacts = {}): Reason {
	const words: Words = REASONS[code];
	return {
		code,
		text: words.text(facts),
		remedy: words.remedy(facts),
		...(facts.until === undefined ? {} : { until: facts.until.at }),
		...(words.unknown === undefined ? {} : { unknownFact: true }),
	};
}

/** What is true of every account with the reason, where the sentence of one names its own numbers; undefined where it names none or none is written. */
export const textOfMany = (code: string): string | undefined => (REASONS as Record<string, Words>)[code]?.ofMany;

/** The title of the staff work that an unknown fact becomes; undefined for a reason that is no unknown fact. */
export const unknownTitle = (code: string): string | undefined => (REASONS as Record<string, Words>)[code]?.unknown;
