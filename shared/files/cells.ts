/** Values as people and billing systems write them into reports. Each reader answers undefined for what it does not understand. */
import { MAX_MINOR, toMinor } from '../contracts/money.ts';

/** What a spreadsheet export wraps around a value: blanks, and ="00123", which keeps leading zeros in Excel. */
export const cleanCell = (cell: string): string => {
	const text = cell.trim();
	return text.startsWith('="') && text.endsWith('"') ? text.slice(2, -1).trim() : text;
};

/** Excel's shortened form of a long number: the digits behind are lost. */
export const isShortenedNumber = (text: string): boolean => /^\d(\.\d+)?E\+?\d+$/i.test(text);

/** `$1,084.20`, `(84.20)`, `84.20-`, `84.20 CR`, `-$3`. Commas only between thousands: `84,20` would else become 8,420 dollars. */
export function reportAmount(cell: string, currency: string): number | undefined {
	// Accounting formats print zero as a dash.
	if (/^\$?\s*-$/.test(cell)) return 0;
	const match = /^([-($\s]*)([\d,]*(?:\.\d*)?)\s*(|\)|-|CR|DR)$/i.exec(cell);
	if (!match) return undefined;
	const [, before = '', digits = '', after = ''] = match;
	const sign = SIGNS[`${before.replace(/[$\s]/g, '')}…${after.toUpperCase()}`];
	if (sign === undefined || before.indexOf('$') !== before.lastIndexOf('$')) return undefined;
	if (digits.includes(',') && !/^\d{1,3}(,\d{3})+(\.\d*)?$/.test(digits)) return undefined;
	const minor = toMinor(digits, currency);
	if (minor === undefined || minor > MAX_MINOR) return undefined;
	return minor === 0 ? 0 : sign * minor;
}

/** What stands before and after the digits. Two signs on one amount, as in "-(5.00)", are read differently by different people and are none here. */
const SIGNS: Readonly<Record<string, 1 | -1>> = { '…': 1, '…DR': 1, '-…': -1, '(…)': -1, '…-': -1, '…CR': -1 };

const YES: ReadonlySet<string> = new Set([
	'yes',
	'y',
	'true',
	't',
	'1',
	'x',
	'granted',
	'given',
	'opted in',
	'opt in',
	'opt-in',
	'signed',
	'on file',
	'sí',
	'si',
]);
const NO: ReadonlySet<string> = new Set([
	'no',
	'n',
	'false',
	'f',
	'0',
	'declined',
	'refused',
	'revoked',
	'opted out',
	'opt out',
	'opt-out',
	'stop',
	'do not contact',
	'none',
]);
const BLANK: ReadonlySet<string> = new Set(['', '-', '--', 'n/a', 'na', 'unknown', 'null', '?']);

/** A cell in which nothing is known. */
export const isBlank = (cell: string): boolean => cell.length <= 7 && BLANK.has(cell.toLowerCase());

export function yesNo(cell: string): boolean | undefined {
	const word = cell.toLowerCase();
	return YES.has(word) ? true : NO.has(word) ? false : undefined;
}

/** US numbers into +1 and ten digits, numbers with + as they are; an extension is dropped, since no message reaches it. */
export function phoneNumber(cell: string): string | undefined {
	const text = cell.replace(/\s*(?:x|ext\.?)\s*\d+$/i, '');
	if (!/^\+?[\d\s().-]+$/.test(text)) return undefined;
	const digits = text.replace(/\D/g, '');
	if (text.startsWith('+') && !digits.startsWith('1')) return /^[2-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined;
	const national = digits.length === 11 && digits.startsWith('1') ? digits.slice(1) : digits;
	return /^[2-9]\d{2}[2-9]\d{6}$/.test(national) ? `+1${national}` : undefined;
}

export const emailAddress = (cell: string): string | undefined =>
	cell.length <= 254 && /^[^\s@,;<>"]+@[^\s@,;<>".]+(\.[^\s@,;<>".]+)+$/.test(cell) ? cell : undefined;

const STATES: ReadonlySet<string> = new Set(
	(
		'AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY ' +
		'AS GU MP PR VI'
	).split(' '),
);

export const stateCode = (cell: string): string | undefined => (STATES.has(cell.toUpperCase()) ? cell.toUpperCase() : undefined);

/** Five digits, or nine with a dash. A spreadsheet that took the ZIP for a number has dropped one leading zero. */
export function zipCode(cell: string): string | undefined {
	if (!/^(\d{4,5}|\d{8,9}|\d{5}-\d{4})$/.test(cell)) return undefined;
	const digits = cell.replace('-', '');
	const full = digits.length === 4 || digits.length === 8 ? `0${digits}` : digits;
	return full.length === 9 ? `${full.slice(0, 5)}-${full.slice(5)}` : full;
}

const LANGUAGES: Readonly<Record<string, string>> = {
	arabic: 'ar',
	chinese: 'zh',
	mandarin: 'zh',
	cantonese: 'zh',
	english: 'en',
	french: 'fr',
	german: 'de',
	'haitian creole': 'ht',
	korean: 'ko',
	polish: 'pl',
	portuguese: 'pt',
	russian: 'ru',
	spanish: 'es',
	español: 'es',
	espanol: 'es',
	tagalog: 'tl',
	vietnamese: 'vi',
};

const LANGUAGE_CODES: ReadonlySet<string> = new Set(Object.values(LANGUAGES));

/** Two-letter code of the language; regions (`en-US`) and three-letter codes (`spa`, `eng`) are cut down to it. */
export function languageCode(cell: string): string | undefined {
	const word = cell.toLowerCase();
	const named = LANGUAGES[word];
	if (named !== undefined) return named;
	const code = { eng: 'en', spa: 'es' }[word] ?? word.split(/[-_]/, 1)[0] ?? '';
	return LANGUAGE_CODES.has(code) ? code : undefined;
}
