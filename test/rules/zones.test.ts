import { describe, expect, test } from 'vitest';
import { zonesOf } from '../../shared/rules/index.ts';
import { AREA_CODES, STATE_ZONES, ZIP_STATES, ZIP_ZONES } from '../../shared/rules/zone-data.ts';

const NEW_YORK = 'America/New_York';
const CHICAGO = 'America/Chicago';
const at = (evidence: { state?: string; zip?: string; phone?: string }): readonly string[] => zonesOf({ ...evidence, practiceZone: NEW_YORK });

describe('the zones a recipient may be in', () => {
	test.each([
		['Hawaii', { state: 'HI' }, ['Pacific/Honolulu']],
		['Arizona and the Navajo Nation', { state: 'az' }, ['America/Phoenix', 'America/Denver']],
		['Indiana has two', { state: 'IN' }, ['America/Indiana/Indianapolis', CHICAGO]],
		['Tennessee has two', { state: 'TN' }, [CHICAGO, NEW_YORK]],
		['Knoxville by ZIP is Eastern', { state: 'TN', zip: '37902' }, [NEW_YORK]],
		['Nashville by ZIP is Central', { zip: '37201-1234' }, [CHICAGO]],
		["Chattanooga's neighbours have both", { zip: '37347' }, [CHICAGO, NEW_YORK]],
		['Crab Orchard lies on the Central side of a prefix that is Eastern otherwise', { zip: '37723' }, [NEW_YORK, CHICAGO]],
		['Hyder, Alaska keeps the time of British Columbia', { zip: '99923' }, ['America/Anchorage', 'America/Los_Angeles']],
		['Kenton, Oklahoma that of New Mexico', { state: 'OK', zip: '73946' }, [CHICAGO, 'America/Denver']],
		['Adak', { state: 'AK', zip: '99546' }, ['America/Anchorage', 'America/Adak']],
		['Kentucky has two', { state: 'KY' }, [NEW_YORK, CHICAGO]],
		['Idaho has two', { state: 'ID' }, ['America/Boise', 'America/Los_Angeles']],
		['Oregon has two', { state: 'OR' }, ['America/Los_Angeles', 'America/Boise']],
		['Nebraska has two', { state: 'NE' }, [CHICAGO, 'America/Denver']],
		['Kansas has two', { state: 'KS' }, [CHICAGO, 'America/Denver']],
		['North Dakota has two', { state: 'ND' }, [CHICAGO, 'America/Denver']],
		['South Dakota has two', { state: 'SD' }, [CHICAGO, 'America/Denver']],
		['Michigan has two', { state: 'MI' }, [NEW_YORK, CHICAGO]],
		['Florida has two, Miami one', { state: 'FL', zip: '33101' }, [NEW_YORK]],
		['Port St. Joe and Wewahitchka share a prefix', { zip: '32456' }, [NEW_YORK, CHICAGO]],
		['the counties east of El Paso', { zip: '79851' }, [CHICAGO, 'America/Denver']],
		['Window Rock', { state: 'AZ', zip: '86515' }, ['America/Phoenix', 'America/Denver']],
		['El Paso', { zip: '79901' }, ['America/Denver']],
		['Houston', { state: 'TX', zip: '77001' }, [CHICAGO]],
		['Pensacola', { zip: '32501' }, [CHICAGO]],
		['American Samoa lies in a Hawaiian prefix', { zip: '96799' }, ['Pacific/Pago_Pago']],
		['Saipan', { state: 'MP', zip: '96950' }, ['Pacific/Guam']],
		['a toll-free number says nothing', { state: 'NY', phone: '8005550100' }, [NEW_YORK]],
		['a moved phone adds its zone', { state: 'NY', phone: '+1 (310) 555-0100' }, [NEW_YORK, 'America/Los_Angeles']],
		['a phone of the same zone adds none', { state: 'NY', phone: '13475550100' }, [NEW_YORK]],
		["a phone alone: the practice's own zone is plausible too", { phone: '6025550100' }, [NEW_YORK, 'America/Phoenix']],
		['a state and a ZIP code that contradict both count', { state: 'CA', zip: '10001' }, ['America/Los_Angeles', NEW_YORK]],
		['empty text is not given', { state: ' ', zip: '', phone: '' }, []],
		["the practice's zone alone is no evidence", {}, []],
		['a toll-free number alone is none either', { phone: '8885550100' }, []],
		['a number that is too short says nothing', { state: 'NY', phone: '555' }, [NEW_YORK]],
		['an unknown state', { state: 'ON', phone: '2125550100' }, []],
		['a ZIP code that is none', { state: 'NY', zip: '1000' }, []],
		['a military address is anywhere', { zip: '09012' }, []],
		['an unassigned prefix', { zip: '00001' }, []],
		['Micronesia is not Guam', { zip: '96941' }, []],
		['a foreign number lives abroad', { state: 'NY', phone: '+44 20 7946 0000' }, []],
	])('%s', (_, evidence, zones) => {
		expect(at(evidence)).toEqual(zones);
	});

	test("without the practice's zone a phone alone speaks for itself", () => {
		expect(zonesOf({ phone: '6025550100' })).toEqual(['America/Phoenix']);
	});
});

const NEIGHBOURS: Record<string, string[]> = { AL: [NEW_YORK], OK: ['America/Denver'], AK: ['America/Los_Angeles'] };

describe('the tables', () => {
	test('50 states, the District and five territories', () => {
		expect(Object.keys(STATE_ZONES)).toHaveLength(56);
	});

	test('every zone is one that the runtime knows', () => {
		const zones = new Set([...Object.values(STATE_ZONES), ...AREA_CODES.map(([of]) => of), ...ZIP_ZONES.map(([, , of]) => of)].flat());
		for (const zone of zones) expect(() => new Intl.DateTimeFormat('en-US', { timeZone: zone }), zone).not.toThrow();
	});

	test('no area code stands twice, and each is one', () => {
		const codes = AREA_CODES.flatMap(([, list]) => list.split(' '));
		expect(codes.filter((code, index) => !/^[2-9]\d\d$/.test(code) || codes.indexOf(code) !== index)).toEqual([]);
	});

	test('ZIP prefixes rise, do not overlap and name states of the table', () => {
		let last = -1;
		for (const [from, to, state] of ZIP_STATES) {
			expect(from).toBeGreaterThan(last);
			expect(to).toBeGreaterThanOrEqual(from);
			expect(Object.keys(STATE_ZONES)).toContain(state);
			last = to;
		}
	});

	test("a narrowed prefix has zones of its state, but for towns that keep their neighbours' time", () => {
		for (const [from, , zones] of ZIP_ZONES) {
			const state = ZIP_STATES.find(([low, high]) => from >= low && from <= high)?.[2] ?? '';
			const odd = zones.filter((zone) => !STATE_ZONES[state]?.includes(zone));
			expect([state, odd]).toEqual([state, NEIGHBOURS[state] ?? []]);
		}
	});
});
