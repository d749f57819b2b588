/** What stays with a message that left: the texts it was made of, the consent and the law in force. Never the words themselves: they lie beside. */
import type { Channel, Recipient } from '../../contracts/words.ts';
import type { Decision } from '../../rules/types.ts';
import { type Account, personOf } from '../accounts.ts';
import type { Composed } from './compose.ts';

export interface Evidence {
	/** Ids and hashes of the texts, and their language. */
	text: { parts: Composed['texts']; language: string };
	consent?: { state: string; evidence: string; at: string };
	recipient: Recipient;
	/** To a relative: how and when the guarantor allowed it. */
	authorization?: { relation: string; evidence: string; at: string };
	/** Packs of law, by id and day of review. */
	packs: readonly string[];
	/** A letter: what its table says, line by line. */
	letter?: { lines: LetterLine[]; reference: string };
}

/** One invoice of a statement, as it is printed. */
export interface LetterLine {
	reference: string;
	due: string;
	amount: string;
}

export function evidenceOf({ row }: Account, channel: Channel, composed: Composed, decision: Decision): Evidence {
	const { recipient } = decision;
	const consent = personOf(row, recipient).consents.find((known) => known.channel === channel);
	const { relative } = row;
	return {
		text: { parts: composed.texts, language: composed.language },
		...(consent ? { consent: { state: consent.state, evidence: consent.evidence, at: consent.at } } : {}),
		recipient,
		...(recipient === 'relative' && relative?.authorized_at
			? { authorization: { relation: relative.relation, evidence: relative.evidence, at: relative.authorized_at } }
			: {}),
		packs: decision.packs,
	};
}
