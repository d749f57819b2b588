/** What the letters of a standard PDF font can write: Windows-1252, every letter of English and Spanish among them. */

const BEYOND_LATIN_1 = new Set('€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ');

const writes = (character: string): boolean => /[\n\u0020-\u007e\u00a0-\u00ff]/.test(character) || BEYOND_LATIN_1.has(character);

/** A letter that the font lacks is written without its marks ("Nguyễn" → "Nguyen"), as a person would type it; anything else becomes a question mark, so that no gap hides. */
export const printable = (text: string): string => [...text.normalize('NFC')].map((character) => (writes(character) ? character : plain(character))).join('');

function plain(character: string): string {
	const base = character.normalize('NFD').charAt(0);
	return base !== character && writes(base) ? base : '?';
}
