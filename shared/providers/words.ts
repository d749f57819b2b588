/** Tables of vendors' words, written by what they mean to us. */

/** `{ sent: 'queued sending' }` is `{ queued: 'sent', sending: 'sent' }`. */
export const byWord = <T extends string>(meanings: Partial<Record<T, string>>): Record<string, T> =>
	Object.fromEntries(
		Object.entries<string>(meanings as Record<T, string>).flatMap(([meaning, words]) => words.split(/\s+/).map((word) => [word, meaning as T])),
	);
