/** The languages the product has words in. */
export const LANGUAGES = { en: 'English', es: 'Spanish' } as const;
export type Language = keyof typeof LANGUAGES;

/**
 * The language a guarantor is written to, from the recorded preference and nothing else: neither a surname nor an area code
 * says what somebody reads. `pointer`: the preference is one we have no words in, so one line of Spanish stands below the
 * English for those who read that better.
 */
export function languageFor(preference: string): { language: Language; pointer: boolean } {
	const code = preference
		.trim()
		.toLowerCase()
		.replace(/[-_].*/, '');
	if (code === 'es' || code === 'spanish') return { language: 'es', pointer: false };
	return { language: 'en', pointer: code !== '' && code !== 'en' && code !== 'english' };
}
