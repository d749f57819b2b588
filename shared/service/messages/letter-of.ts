/** A reminder's row as the letter that is printed. */
import { formatMoney } from '../../contracts/money.ts';
import type { Language } from '../../rules/content/language.ts';
import { localDay } from '../../rules/index.ts';
import { type Practice, senderName } from '../practice.ts';
import type { Evidence } from './evidence.ts';
import type { Letter } from './letter.ts';

export interface LetterRow {
	reminder_ref: string;
	address: string | null;
	name: string | null;
	your_reference: string;
	body_text: string | null;
	language: string;
	amount_minor: number;
	currency: string;
	evidence: unknown;
	claimed_at: Date | null;
	created_at: Date;
}

export function letterOf(practice: Practice, row: LetterRow, returnAddress: string): Letter {
	const { letter } = (row.evidence ?? {}) as Partial<Evidence>;
	const name = senderName(practice);
	const to = addressLines(row.address ?? '');
	return {
		language: row.language as Language,
		sender: [name, ...addressLines(returnAddress)],
		// Without an address the practice's own number tells staff whose envelope it is.
		recipient: [row.name ?? '', ...(to.length > 0 ? to : [row.your_reference])].filter((line) => line !== ''),
		reference: row.your_reference,
		day: localDay((row.claimed_at ?? row.created_at).getTime(), practice.zone),
		text: row.body_text ?? '',
		lines: letter?.lines ?? [],
		amount: row.amount_minor > 0 ? formatMoney(row.amount_minor, row.currency) : '',
	};
}

/** "4 Oak Avenue, Phoenix, AZ 85012" as an envelope has it: the street, then city, state and ZIP code. */
export function addressLines(address: string): string[] {
	const given = address
		.split(/\r?\n/)
		.map((line) => line.trim())
		.filter((line) => line !== '');
	if (given.length !== 1) return given;
	const parts = /^(.+?),\s*([^,]+,\s*[A-Za-z]{2},?\s+\d{5}(?:-\d{4})?)$/.exec(given[0] ?? '');
	return parts ? [parts[1] as string, parts[2] as string] : given;
}
