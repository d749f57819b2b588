/** Invented people at real places: the places matter, since state and ZIP decide hours and law. */

/** Given names; they follow each other in order, so that no pair with a family name comes twice. */
export const GIVEN_NAMES = [
	'Ada',
	'Bruno',
	'Clara',
	'Dario',
	'Elena',
	'Felix',
	'Greta',
	'Hugo',
	'Ines',
	'Jonas',
	'Kira',
	'Luis',
	'Marta',
	'Nico',
	'Olga',
	'Pablo',
] as const;

/** Nobody is called so: a demo must never be taken for a practice's real list. */
export const FAMILY_NAMES = [
	'Sampleton',
	'Testerman',
	'Demofield',
	'Mockridge',
	'Placeholdt',
	'Fictner',
	'Specimenez',
	'Tryoutsky',
	'Dummiston',
	'Exemplar',
	'Inventado',
] as const;

export interface Place {
	location: string;
	state: string;
	zip: string;
	/** Of a phone number 555-01xx, which is kept free for fiction. */
	areaCode: string;
}

export const PLACES: readonly Place[] = [
	{ location: 'Phoenix', state: 'AZ', zip: '85004', areaCode: '602' },
	// Navajo Nation: the one part of Arizona with daylight saving time.
	{ location: 'Phoenix', state: 'AZ', zip: '86515', areaCode: '928' },
	{ location: 'Honolulu', state: 'HI', zip: '96813', areaCode: '808' },
	{ location: 'Indianapolis', state: 'IN', zip: '46204', areaCode: '317' },
	// Gary and Evansville keep Central time, the rest of Indiana Eastern.
	{ location: 'Indianapolis', state: 'IN', zip: '46402', areaCode: '219' },
	{ location: 'Indianapolis', state: 'IN', zip: '47708', areaCode: '812' },
	{ location: 'Boston', state: 'MA', zip: '02139', areaCode: '617' },
	{ location: 'New York', state: 'NY', zip: '10001', areaCode: '212' },
	{ location: 'Miami', state: 'FL', zip: '33130', areaCode: '305' },
	// Florida's panhandle keeps Central time.
	{ location: 'Miami', state: 'FL', zip: '32501', areaCode: '850' },
	{ location: 'Houston', state: 'TX', zip: '77002', areaCode: '713' },
	// El Paso keeps Mountain time.
	{ location: 'Houston', state: 'TX', zip: '79901', areaCode: '915' },
	{ location: 'Los Angeles', state: 'CA', zip: '90012', areaCode: '213' },
	{ location: 'Seattle', state: 'WA', zip: '98101', areaCode: '206' },
	{ location: 'Denver', state: 'CO', zip: '80202', areaCode: '303' },
];
