/** A simulation's result as it travels: names in snake_case, instants as ISO 8601, money as decimals beside its text. */
import { formatMoney, fromMinor } from '../../contracts/money.ts';
import type { Act, Counts, Example, SimulationResult, Tally, Why } from './types.ts';

export interface TallyDocument {
	due: number;
	messages: number;
	reached: number;
	by_channel: Counts;
	by_message: Counts;
	/** By currency. */
	asked: Counts;
	unsent: Counts;
	delayed: Counts;
	cap_hits: Counts;
	work: Counts;
	events: Counts;
}

export interface ActDocument {
	did: Act['did'];
	message: string;
	channel: string;
	amount: number;
	amount_text: string;
	reasons: Why[];
}

export interface SimulationDocument {
	from: string;
	to: string;
	accounts: number;
	changed: number;
	a: TallyDocument;
	b: TallyDocument;
	/** b less a. */
	difference: TallyDocument;
	/** A sentence for each reason that is counted. */
	texts: Record<string, string>;
	examples: { account_ref: string; at: string; zone: string; currency: string; a: ActDocument; b: ActDocument }[];
}

const iso = (at: number): string => new Date(at).toISOString();

export const documentOf = (result: SimulationResult): SimulationDocument => ({
	from: iso(result.from),
	to: iso(result.to),
	accounts: result.accounts,
	changed: result.changed,
	a: tallyDocument(result.a),
	b: tallyDocument(result.b),
	difference: tallyDocument(result.difference),
	texts: result.texts,
	examples: result.examples.map(exampleDocument),
});

const tallyDocument = ({ due, messages, reached, byChannel, byMessage, askedMinor, unsent, delayed, capHits, work, events }: Tally): TallyDocument => ({
	due,
	messages,
	reached,
	by_channel: byChannel,
	by_message: byMessage,
	asked: Object.fromEntries(Object.entries(askedMinor).map(([currency, minor]) => [currency, fromMinor(minor, currency)])),
	unsent,
	delayed,
	cap_hits: capHits,
	work,
	events,
});

const exampleDocument = ({ account, at, zone, currency, a, b }: Example): SimulationDocument['examples'][number] => ({
	account_ref: account,
	at: iso(at),
	zone,
	currency,
	a: actDocument(a, currency),
	b: actDocument(b, currency),
});

const actDocument = ({ did, message = '', channel, amountMinor = 0, reasons }: Act, currency: string): ActDocument => ({
	did,
	message,
	channel: channel ?? '',
	amount: fromMinor(amountMinor, currency),
	amount_text: formatMoney(amountMinor, currency),
	reasons,
});
