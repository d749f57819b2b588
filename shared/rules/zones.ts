import { AREA_CODES, STATE_ZONES, ZIP_EXCEPTIONS, ZIP_STATES, ZIP_ZONES } from './zone-data.ts';

export interface ZoneEvidence {
	/** Two letters. */
	state?: string | undefined;
	/** Five digits, or nine with or without a dash. */
	zip?: string | undefined;
	/** Any spelling of a number of the North American Numbering Plan, or E.164. */
	phone?: string | undefined;
	/** IANA name. No evidence by itself; plausible beside an area code, which people keep when they move. */
	practiceZone?: string | undefined;
}

const NOWHERE: readonly string[] = [];
const byCode = new Map<string, readonly string[]>();
for (const [zones, codes] of AREA_CODES) for (const code of codes.split(' ')) byCode.set(code, zones);

/**
 * Every IANA zone the recipient may be in: by address and by area code, both when they disagree, so that a
 * message is decent on each clock (12 CFR 1006.6(b)(1) and its comment, copied for every sender). Without an
 * address the practice's own zone counts too. Empty when the zone is unknown: nothing is known, or a part
 * of what is known lies outside the tables (a military address, a foreign number).
 */
export function zonesOf(evidence: ZoneEvidence): readonly string[] {
	const address = addressZones(evidence.state, evidence.zip);
	const phone = phoneZones(evidence.phone);
	if (address === 'unknown' || phone === 'unknown') return NOWHERE;
	if (phone === undefined) return address ?? NOWHERE;
	return union(address ?? (evidence.practiceZone === undefined ? NOWHERE : [evidence.practiceZone]), phone);
}

const union = (a: readonly string[], b: readonly string[]): readonly string[] => (b.every((zone) => a.includes(zone)) ? a : [...new Set([...a, ...b])]);

/** undefined: not given. unknown: given, and no place of the tables. */
type Found = readonly string[] | 'unknown' | undefined;

/** A state and a ZIP code that contradict each other both count: one of them is a typing error. */
function addressZones(state: string | undefined, zip: string | undefined): Found {
	const byState = state === undefined || state.trim() === '' ? undefined : (STATE_ZONES[state.trim().toUpperCase()] ?? 'unknown');
	const found = zip === undefined || zip.trim() === '' ? undefined : zipPlace(zip.trim());
	if (byState === 'unknown' || found === 'unknown') return 'unknown';
	if (found === undefined) return byState;
	return byState === undefined || found.state === state?.trim().toUpperCase() ? found.zones : union(byState, found.zones);
}

function zipPlace(zip: string): { state: string; zones: readonly string[] } | 'unknown' {
	const state = stateOfZip(zip);
	const ofState = state === undefined ? undefined : STATE_ZONES[state];
	if (state === undefined || ofState === undefined) return 'unknown';
	return { state, zones: lookUp(ZIP_ZONES, Math.floor((fiveDigits(zip) as number) / 100)) ?? ofState };
}

/** The state of a ZIP code; `elsewhere` for island states, undefined for text that is none and for military addresses. */
export function stateOfZip(zip: string): string | undefined {
	const code = fiveDigits(zip);
	return code === undefined ? undefined : (lookUp(ZIP_EXCEPTIONS, code) ?? lookUp(ZIP_STATES, Math.floor(code / 100)));
}

/** The five digits of a ZIP code as a number; undefined for text that is none. */
export function fiveDigits(zip: string): number | undefined {
	const code = /^(\d{5})(?:-?\d{4})?$/.exec(zip)?.[1];
	return code === undefined ? undefined : Number(code);
}

const lookUp = <T>(ranges: readonly (readonly [from: number, to: number, value: T])[], number: number): T | undefined =>
	ranges.find(([from, to]) => number >= from && number <= to)?.[2];

/** A toll-free or unassigned code says nothing about a place; a foreign number says that the place is abroad. */
function phoneZones(phone: string | undefined): Found {
	const national = nationalNumber(phone);
	if (national === undefined) return undefined;
	return national === 'abroad' ? 'unknown' : byCode.get(national.slice(0, 3));
}

/** The ten digits of a number of the North American Numbering Plan; undefined for text that is no number. */
export function nationalNumber(phone: string | undefined): string | 'abroad' | undefined {
	const digits = phone?.replace(/\D/g, '') ?? '';
	if (phone === undefined || digits === '') return undefined;
	if (phone.trim().startsWith('+') && !digits.startsWith('1')) return 'abroad';
	const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
	return national.length === 10 ? national : undefined;
}
