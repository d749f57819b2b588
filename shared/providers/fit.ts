/**
 * As much as fits in `limit` when written, cut between characters: half an entity or half an emoji is refused or shown as rubbish.
 * @param write how a character is written at the vendor, such as `&amp;` for `&`
 */
export function fit(words: string, limit: number, write = (sign: string): string => sign): string {
	let out = '';
	let whole = '';
	for (const sign of words) {
		if (whole.length + write(sign).length > limit) return `${out}…`;
		whole += write(sign);
		if (whole.length < limit) out = whole;
	}
	return whole;
}
