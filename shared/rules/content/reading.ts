/**
 * Which US school grade a text needs.
 * English: Flesch-Kincaid grade level (Kincaid, Fishburne, Rogers, Chissom 1975):
 * 0.39 × words per sentence + 11.8 × syllables per word − 15.59.
 * Spanish: Fernández Huerta (1959), as it is used since its correction: 206.84 − 60 × syllables per word − 1.02 × words
 * per sentence, read by the table of school years that came with it. INFLESZ (Barrio-Cantalejo et al. 2008) calls
 * such scores fairly easy from 65 and very easy from 80.
 */
import type { Language } from './language.ts';

/** Score from which a school year suffices. */
const HUERTA: readonly (readonly [score: number, grade: number])[] = [
	[90, 4],
	[80, 5],
	[70, 6],
	[60, 8],
	[50, 10],
	[30, 12],
];
const BEYOND_SCHOOL = 14;

const WORDS = /[\p{L}\p{N}]+(?:['’.,:/-][\p{L}\p{N}]+)*/gu;

/** One decimal in English, whole grades in Spanish; 0 for a text without sentences. */
export function readingGrade(text: string, language: Language): number {
	const sentences = sentencesIn(text);
	const words = sentences.flatMap(wordsIn);
	if (words.length === 0) return 0;
	const perSentence = words.length / sentences.length;
	const perWord = words.reduce((sum, word) => sum + SYLLABLES[language](word.toLowerCase()), 0) / words.length;
	if (language === 'en') return Math.max(0, Math.round((0.39 * perSentence + 11.8 * perWord - 15.59) * 10) / 10);
	const score = 206.84 - 60 * perWord - 1.02 * perSentence;
	return HUERTA.find(([least]) => score >= least)?.[1] ?? BEYOND_SCHOOL;
}

const wordsIn = (text: string): string[] => text.match(WORDS) ?? [];

/** A greeting or a name on a line of its own is no sentence: counted as one it would make any text easy. */
const LEAST_WORDS = 4;
const sentencesIn = (text: string): string[] =>
	text.split(/(?<=[.!?:…])\s+|\n+/u).filter((piece) => wordsIn(piece).length >= (/[.!?…]$/u.test(piece.trim()) ? 1 : LEAST_WORDS));

const SYLLABLES: Record<Language, (word: string) => number> = { en: englishSyllables, es: spanishSyllables };

/** Vowel groups, less the e that is written and not heard. A number counts as one. */
function englishSyllables(word: string): number {
	const silent = (/[^aeiouy]e$/.test(word) && !/[^aeiouy]le$/.test(word)) || /[^aeiouytd]ed$/.test(word) || /[^aeiouycgsxzh]es$/.test(word);
	return Math.max(1, countOf(word, /[aeiouy]+/g) - Number(silent));
}

/** Strong or accented vowels each; i and u only where they join none. The u of que, qui, gue and gui is not heard. */
function spanishSyllables(word: string): number {
	const heard = word.replaceAll(/([qg])u(?=[eiéí])/g, '$1');
	return Math.max(1, countOf(heard, /[aeoáéíóú]/g) + countOf(heard, /(?<![aeoáéíóúiuü])[iuü]+(?![aeoáéíóúiuü])/g));
}

const countOf = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;
