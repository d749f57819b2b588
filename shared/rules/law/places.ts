/** Where law may come from: the same evidence as for time zones, read for states and cities. */
import { STATE_ZONES } from '../zone-data.ts';
import { fiveDigits, nationalNumber, stateOfZip } from '../zones.ts';
import { NYC_AREA_CODES, NYC_ZIPS, STATE_AREA_CODES } from './place-data.ts';

export interface PlaceEvidence {
	/** Two letters. */
	state?: string | undefined;
	/** Five digits, or nine with or without a dash. */
	zip?: string | undefined;
	/** Any spelling of a number of the North American Numbering Plan, or E.164. */
	phone?: string | undefined;
	/** Two letters: where the practice is. Its law binds it beside the patient's; alone it does not say where the patient is. */
	practiceState?: string | undefined;
}

const UNKNOWN: readonly string[] = [];
const stateOfCode = new Map<string, string>();
for (const [state, codes] of Object.entries(STATE_AREA_CODES)) for (const code of codes.split(' ')) stateOfCode.set(code, state);
const cityCodes = new Set(NYC_AREA_CODES.split(' '));

/**
 * Every state, territory and city (`NYC`) whose law may bind a message, sorted: by address, by area code, and
 * the practice's. Of New Yorkers without a ZIP code nobody knows that they live outside the city. Empty when
 * the place is unknown: nothing but the practice is known, or a part of what is known lies outside the tables.
 */
export function placesOf(evidence: PlaceEvidence): readonly string[] {
	const states = new Set<string>();
	const zip = given(evidence.zip);
	const state = given(evidence.state)?.toUpperCase();
	if (state !== undefined) states.add(state);
	const phone = phonePlace(evidence.phone);
	if (zip !== undefined) states.add(stateOfZip(zip) ?? 'elsewhere');
	if (phone !== undefined) states.add(phone.state);
	if (states.size === 0 || [...states].some((one) => STATE_ZONES[one] === undefined)) return UNKNOWN;
	const practice = given(evidence.practiceState)?.toUpperCase();
	if (practice !== undefined && STATE_ZONES[practice] !== undefined) states.add(practice);
	if (phone?.city === true || (zip === undefined ? (state ?? practice) === 'NY' : inCity(zip))) states.add('NYC');
	return [...states].sort();
}

/** Empty text is as good as absent. */
const given = (text: string | undefined): string | undefined => text?.trim() || undefined;

const inCity = (zip: string): boolean => {
	const code = fiveDigits(zip) as number;
	return NYC_ZIPS.some(([from, to]) => code >= from && code <= to);
};

/** A toll-free, unassigned or Canadian code names no state; a number from elsewhere says that the place is abroad. */
function phonePlace(phone: string | undefined): { state: string; city: boolean } | undefined {
	const national = nationalNumber(phone);
	if (national === undefined) return undefined;
	if (national === 'abroad') return { state: 'elsewhere', city: false };
	const code = national.slice(0, 3);
	const state = stateOfCode.get(code);
	return state === undefined ? undefined : { state, city: cityCodes.has(code) };
}
