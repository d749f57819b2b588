/**
 * How many parts a text message takes. GSM 03.38 (3GPP TS 23.038, default alphabet and its extension table) counts
 * septets: 160 in one part, 153 in each of several; anything else is sent as UCS-2, 70 and 67 UTF-16 units. A character of
 * two units is never cut in half, so a part may hold one less.
 */

const BASIC = new Set('@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà');
/** Each costs two: an escape goes before it. */
const EXTENSION = new Set('^{}\\[~]|€\f');

export interface Segments {
	encoding: 'GSM-7' | 'UCS-2';
	/** Septets or UTF-16 units. */
	units: number;
	segments: number;
	/** Characters outside GSM-7, each once, in order: what made it UCS-2. */
	forcedBy: string[];
}

/** An empty text is one part: a vendor bills it. */
export function segmentsOf(text: string): Segments {
	const characters = [...text];
	const forcedBy = [...new Set(characters.filter((character) => !BASIC.has(character) && !EXTENSION.has(character)))];
	const gsm = forcedBy.length === 0;
	const sizes = characters.map((character) => (gsm ? (EXTENSION.has(character) ? 2 : 1) : character.length));
	const units = sizes.reduce((sum, size) => sum + size, 0);
	const [whole, part] = gsm ? [160, 153] : [70, 67];
	return { encoding: gsm ? 'GSM-7' : 'UCS-2', units, segments: units <= whole ? 1 : partsOf(sizes, part), forcedBy };
}

function partsOf(sizes: readonly number[], room: number): number {
	let parts = 1;
	let used = 0;
	for (const size of sizes) {
		if (used + size > room) {
			parts += 1;
			used = 0;
		}
		used += size;
	}
	return parts;
}
