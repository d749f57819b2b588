import { describe, expect, test } from 'vitest';
import { type PlaceEvidence, placesOf } from '../../../shared/rules/index.ts';
import { NYC_AREA_CODES, STATE_AREA_CODES } from '../../../shared/rules/law/place-data.ts';
import { AREA_CODES, STATE_ZONES } from '../../../shared/rules/zone-data.ts';

describe('the places whose law may bind', () => {
	test.each<[string, PlaceEvidence, string[]]>([
		['the state of the address', { state: 'fl' }, ['FL']],
		['a ZIP code alone', { zip: '02139' }, ['MA']],
		['a ZIP code with four more digits', { zip: '58102-1234' }, ['ND']],
		['a state and a ZIP code that contradict both count', { state: 'CA', zip: '55401' }, ['CA', 'MN']],
		['a moved phone adds its state, the practice its own', { state: 'WA', phone: '+1 (617) 555-0100', practiceState: 'or' }, ['MA', 'OR', 'WA']],
		['an area code alone', { phone: '3055550100' }, ['FL']],
		['Manhattan by ZIP code', { zip: '10001' }, ['NY', 'NYC']],
		['Staten Island', { state: 'NY', zip: '10301' }, ['NY', 'NYC']],
		['Far Rockaway', { zip: '11691' }, ['NY', 'NYC']],
		['Glen Oaks is Queens', { zip: '11004' }, ['NY', 'NYC']],
		['Great Neck is Nassau County', { zip: '11021' }, ['NY']],
		['Westchester is not the city', { zip: '10601' }, ['NY']],
		['Buffalo', { state: 'NY', zip: '14201' }, ['NY']],
		['a Brooklyn number in New Jersey', { state: 'NJ', phone: '7185550100' }, ['NJ', 'NY', 'NYC']],
		['New York without a ZIP code may be the city', { state: 'NY' }, ['NY', 'NYC']],
		['a phone alone, the practice in New York', { phone: '2015550100', practiceState: 'NY' }, ['NJ', 'NY', 'NYC']],
		['a practice in New York does not move a patient of New Jersey into the city', { state: 'NJ', practiceState: 'NY' }, ['NJ', 'NY']],
		['a toll-free number says nothing', { state: 'TX', phone: '8885550100' }, ['TX']],
		['a Canadian number names no state', { state: 'VT', phone: '5145550100' }, ['VT']],
		['a practice outside the tables adds nothing', { state: 'VT', practiceState: 'QC' }, ['VT']],
		['the practice alone does not say where the patient is', { practiceState: 'MN' }, []],
		['nothing is known', { state: ' ', zip: '', phone: '' }, []],
		['a state outside the tables', { state: 'ON', phone: '2125550100' }, []],
		['a ZIP code that is none', { state: 'NY', zip: '1000' }, []],
		['a military address', { zip: '09012' }, []],
		['Micronesia', { zip: '96941' }, []],
		['a foreign number lives abroad', { state: 'NY', phone: '+44 20 7946 0000' }, []],
	])('%s', (_, evidence, places) => {
		expect(placesOf(evidence)).toEqual(places);
	});
});

describe('the tables', () => {
	const codes = Object.entries(STATE_AREA_CODES).flatMap(([state, list]) => list.split(' ').map((code) => [code, state] as const));

	test('every state and territory has area codes, and no code stands twice', () => {
		expect(Object.keys(STATE_AREA_CODES).sort()).toEqual(Object.keys(STATE_ZONES).sort());
		expect(new Set(codes.map(([code]) => code)).size).toBe(codes.length);
	});

	test('an area code lies in a zone of its state, and no code of the zones is without a state but those of other countries', () => {
		const zones = new Map(AREA_CODES.flatMap(([of, list]) => list.split(' ').map((code) => [code, of] as const)));
		for (const [code, state] of codes) {
			const odd = zones.get(code)?.every((zone) => !STATE_ZONES[state]?.includes(zone)) ?? true;
			expect([code, state, odd]).toEqual([code, state, false]);
			zones.delete(code);
		}
		expect([...zones.keys()].sort().join(' ')).toBe(
			'204 226 236 242 246 249 250 257 263 264 268 273 284 289 306 343 345 354 365 367 368 382 403 416 418 428 431 437 438 441 450 468 473 474 506 514 519 548 579 581 584 587 604 613 639 647 649 658 664 672 683 705 709 721 742 753 758 767 778 780 782 784 807 809 819 825 829 849 867 868 869 873 876 879 902 905 942',
		);
	});

	test('the codes of New York City are codes of New York', () => {
		for (const code of NYC_AREA_CODES.split(' ')) expect(STATE_AREA_CODES['NY']?.split(' ')).toContain(code);
	});
});
