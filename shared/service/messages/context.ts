/** What a message to an account needs beside its words: what may be named, and the days it speaks of. */
import type { Channel, Recipient } from '../../contracts/words.ts';
import { kindOf, RELATIVE_NOTICE } from '../../rules/content/texts.ts';
import { factsFor, type Law, lawOf, localDay, mayCallOverdue, mayNameAmount } from '../../rules/index.ts';
import type { AccountFacts } from '../../rules/types.ts';
import type { Account } from '../accounts.ts';
import type { Practice } from '../practice.ts';
import type { ToCompose } from './compose.ts';

export interface Asked {
	message: string;
	channel: Channel;
	/** The relative gets one neutral notice, whatever the message is. */
	recipient: Recipient;
	amountMinor: number;
	/** Invoices by our code. */
	covers: readonly string[];
	link: string;
	unsubscribe: string;
}

export function toCompose(practice: Practice, { row, facts: known }: Account, asked: Asked, now: number): ToCompose {
	const facts = factsFor(known, asked.recipient);
	const toRelative = asked.recipient === 'relative';
	const law = lawOf(practice.policy, facts, now);
	const covered = facts.invoices.filter((invoice) => asked.covers.includes(invoice.ref));
	return {
		message: toRelative ? RELATIVE_NOTICE : asked.message,
		channel: asked.channel,
		language: (toRelative ? row.relative?.language : undefined) ?? row.language,
		amountMinor: asked.amountMinor,
		currency: row.currency,
		// A link made for one message is too long to type: paper names the page itself.
		link: asked.channel === 'letter' ? (practice.settings.pay_link ?? '') : asked.link,
		unsubscribe: asked.unsubscribe,
		riskNotice: mayNameAmount(law, facts, asked.channel),
		lateByLaw: mayCallOverdue(law, covered, localDay(now, practice.zone)),
		dueOn: dueOn(facts, asked.message),
		financialHelp: helps(practice, law, asked),
	};
}

/** From the second word about the same money on, or from the step on that a law asks for. */
function helps({ policy }: Practice, { notices }: Law, { message, channel }: Asked): boolean {
	const step = policy.milestones.findIndex((milestone) => milestone.message === message) + 1;
	const from = notices.filter((notice) => notice.line === 'financial_help' && notice.channels.includes(channel)).map((notice) => notice.fromStep);
	return kindOf(message)?.later === true || step >= Math.min(2, ...from);
}

/** The day the message is about: of the first installment that is not paid, or of the open promise. */
function dueOn(facts: AccountFacts, message: string): string | undefined {
	if (message.startsWith('plan_'))
		return facts.plans
			?.flatMap((plan) => plan.installments)
			.filter((installment) => installment.paidMinor < installment.amountMinor)
			.map((installment) => installment.dueOn)
			.sort()[0];
	if (message.startsWith('promise_'))
		return facts.promises
			?.filter((promise) => promise.status === 'open')
			.map((promise) => promise.on)
			.sort()[0];
	return undefined;
}
