/** A decision in plain sentences: what is owed, what was decided and why; and, for who wants to know, each rule that looked. */
import { formatMoney } from '../contracts/money.ts';
import { CHANNELS } from '../contracts/words.ts';
import { localText } from './calendar.ts';
import type { AccountFacts, Decision, Trace } from './types.ts';

/** Names no person: references, amounts, days and rules only. Instants are told in the practice's zone. */
export function explain(decision: Decision, facts: AccountFacts): string[] {
	const money = (minor: number): string => formatMoney(minor, facts.currency);
	return [
		`${money(decision.totalMinor)} is owed; ${money(decision.eligibleMinor)} of it may be asked for now.`,
		verdictText(decision, facts),
		...decision.reminder.reasons.map((why) => `${why.text} ${why.remedy}`),
		...decision.events.map((event) => `Event: ${event.summary}`),
		...decision.work.map((work) => `Staff work: ${work.title}.`),
		decision.nextReviewAt === undefined
			? 'Time alone changes nothing here.'
			: `It is looked at again on ${localText(decision.nextReviewAt, facts.practiceZone)}.`,
	];
}

function verdictText({ reminder, recipient }: Pick<Decision, 'reminder' | 'recipient'>, facts: AccountFacts): string {
	const what = `The message${reminder.message === undefined ? '' : ` "${reminder.message}"`} over ${formatMoney(reminder.amountMinor, facts.currency)}`;
	const by = reminder.channel === undefined ? '' : ` by ${CHANNELS[reminder.channel].toLowerCase()}`;
	const how = `${recipient === 'relative' ? ' to the relative' : ''}${by}`;
	if (reminder.verdict === 'send') return `${what} may go out now${how}.`;
	if (reminder.sendAt !== undefined) return `${what} may go out${how} on ${localText(reminder.sendAt, facts.practiceZone)}.`;
	return 'No message goes out.';
}

const OUTCOMES: Record<Trace['outcome'], string> = { pass: 'passes', hold: 'holds', deny: 'forbids', wait: 'waits', fire: 'fires', skip: 'does not apply' };

/** Every rule and what it said, in the order in which they looked. */
export const explainRules = (decision: Decision): string[] => decision.trace.map(traceText);

const traceText = ({ rule, outcome, subject, text }: Trace): string =>
	`Rule ${rule}${subject === undefined ? '' : ` (${subject})`} ${OUTCOMES[outcome]}: ${text}`;
