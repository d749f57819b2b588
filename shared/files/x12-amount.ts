import { exponentOf, toMinor } from '../contracts/money.ts';

/** Minor units of an X12 amount: an optional minus, digits, an optional point. Undefined when it is none, or is finer than the currency. */
export function x12Amount(text: string, currency: string): number | undefined {
	return exponentOf(currency) === 2 ? cents(text) : /[,$]/.test(text) ? undefined : toMinor(text, currency);
}

/** By character, not by pattern: a file has several amounts in every claim, and they were the costliest part of reading one. */
function cents(text: string): number | undefined {
	const start = text.charCodeAt(0) === MINUS ? 1 : 0;
	let minor = 0;
	let digits = 0;
	let decimals = -1;
	for (let index = start; index < text.length; index++) {
		const code = text.charCodeAt(index);
		if (code === POINT && decimals === -1) {
			decimals = 0;
			continue;
		}
		const digit = code - ZERO;
		if (digit < 0 || digit > 9 || (decimals >= 2 && digit !== 0)) return undefined;
		digits++;
		if (decimals < 2) minor = minor * 10 + digit;
		if (decimals !== -1) decimals++;
	}
	if (digits === 0) return undefined;
	if (decimals < 2) minor *= decimals === 1 ? 10 : 100;
	if (!Number.isSafeInteger(minor)) return undefined;
	return start === 1 && minor !== 0 ? -minor : minor;
}

const MINUS = 45;
const POINT = 46;
const ZERO = 48;
