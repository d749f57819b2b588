/** What an acknowledgement (277CA) says of a claim, before anybody has decided it. */
import type { AcknowledgementStatus } from '../../contracts/facts.ts';
import { type Outcome, STATUS_CATEGORIES, STATUS_CODES, STATUS_ENTITIES, STATUS_FAMILIES } from './claim-status-data.ts';

const NOT_KNOWN = { outcome: 'unknown', meaning: 'Status not known' } as const;

/** Codes come from files: `toString` is no code of ours. */
const at = <T>(table: Readonly<Record<string, T>>, code: string): T | undefined => (Object.hasOwn(table, code) ? table[code] : undefined);

const categoryRow = (category: string): { outcome: Outcome; meaning: string } =>
	at(STATUS_CATEGORIES, category) ?? (/^[A-Z][0-9]{1,2}$/.test(category) ? at(STATUS_FAMILIES, category.charAt(0)) : undefined) ?? NOT_KNOWN;

/** A category we do not know is `unknown`: staff look. Never throws. */
export const statusOutcome = (category: string): Outcome => categoryRow(category).outcome;

/** One rejected line rejects its claim; what nobody can read comes before good news. */
const GRAVEST: readonly Outcome[] = ['rejected', 'unknown', 'pending', 'finalised', 'accepted'];

/** The status that decides, of all that one acknowledgement carries; of equal ones the first. Undefined of none. */
export function decidingStatus(statuses: readonly AcknowledgementStatus[]): AcknowledgementStatus | undefined {
	let deciding: AcknowledgementStatus | undefined;
	let rank = GRAVEST.length;
	for (const status of statuses) {
		const own = GRAVEST.indexOf(statusOutcome(status.category));
		if (own >= rank) continue;
		deciding = status;
		rank = own;
	}
	return deciding;
}

/** One sentence for staff: what became of the claim, and each thing that is said to be wrong. Never a value of the file. */
export function statusText(statuses: readonly AcknowledgementStatus[]): string {
	const deciding = decidingStatus(statuses);
	if (deciding === undefined) return `${NOT_KNOWN.meaning}.`;
	const details = statuses.filter(({ category }) => statusOutcome(category) === statusOutcome(deciding.category)).map(detail);
	return `${categoryRow(deciding.category).meaning} (${deciding.category}): ${[...new Set(details)].join('; ')}.`;
}

function detail({ status, entity, line }: AcknowledgementStatus): string {
	const about = entity === undefined ? '' : `${at(STATUS_ENTITIES, entity) ?? `entity ${entity}`}: `;
	const where = line === undefined ? '' : `line ${line}, `;
	return `${where}${about}${at(STATUS_CODES, status) ?? `status code ${status}`}`;
}
