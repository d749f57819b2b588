/** A day as a letter writes it: the same bytes on every platform, unlike Intl's. */
import type { Language } from './language.ts';

const MONTHS: Record<Language, readonly string[]> = {
	en: ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'],
	es: ['enero', 'febrero', 'marzo', 'abril', 'mayo', 'junio', 'julio', 'agosto', 'septiembre', 'octubre', 'noviembre', 'diciembre'],
};

/** "2026-11-30" → "November 30, 2026", "30 de noviembre de 2026". */
export function dateText(day: string, language: Language): string {
	const [year, month, date] = day.split('-').map(Number);
	const name = MONTHS[language][Number(month) - 1];
	return language === 'en' ? `${name} ${date}, ${year}` : `${date} de ${name} de ${year}`;
}
