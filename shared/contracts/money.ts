/**
 * Money is an integer number of minor units (cents) with an ISO 4217 code inside the product and a
 * decimal number at the edges. Conversion goes through text: 0.29 * 100 is 28.999… in floating point.
 */

/** ISO 4217 currencies whose minor unit is not a hundredth. */
const EXPONENTS: Readonly<Record<string, number>> = {
	BIF: 0,
	CLP: 0,
	DJF: 0,
	GNF: 0,
	JPY: 0,
	KMF: 0,
	KRW: 0,
	MGA: 0,
	PYG: 0,
	RWF: 0,
	UGX: 0,
	VND: 0,
	VUV: 0,
	XAF: 0,
	XOF: 0,
	XPF: 0,
	BHD: 3,
	IQD: 3,
	JOD: 3,
	KWD: 3,
	LYD: 3,
	OMR: 3,
	TND: 3,
};

/** Above this (in minor units) an amount is a typing error, not a debt: 10 million dollars. */
export const MAX_MINOR = 1_000_000_000;

export const exponentOf = (currency: string): number => EXPONENTS[currency] ?? 2;

/**
 * Reads a decimal amount ("84.2", 84.2, "1,084.20", "-3", ".5") into minor units.
 * Returns undefined when the text is not an amount or has more decimals than the currency.
 */
export function toMinor(amount: number | string, currency = 'USD'): number | undefined {
	const text = typeof amount === 'number' ? decimalText(amount) : amount.trim().replaceAll(',', '');
	const match = /^(-?)\$?(\d*)(?:\.(\d*))?$/.exec(text);
	if (!match) return undefined;
	const [, sign, whole = '', fraction = ''] = match;
	if (whole === '' && fraction === '') return undefined;
	const exponent = exponentOf(currency);
	if (fraction.slice(exponent).replaceAll('0', '') !== '') return undefined;
	const minor = Number(`${whole}${fraction.slice(0, exponent).padEnd(exponent, '0')}`);
	if (!Number.isSafeInteger(minor)) return undefined;
	return sign === '-' && minor !== 0 ? -minor : minor;
}

/** 1e21 and 1e-7 print with an exponent, which is not an amount anyone typed. */
const decimalText = (amount: number): string => (Number.isFinite(amount) ? String(amount) : 'not a number');

/** Minor units as the decimal number of the wire: 8420 → 84.2. */
export function fromMinor(minor: number, currency = 'USD'): number {
	return Number(minorText(minor, currency));
}

/** Minor units as plain decimal text: 8420 → "84.20". */
export function minorText(minor: number, currency = 'USD'): string {
	const exponent = exponentOf(currency);
	const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
	const sign = minor < 0 ? '-' : '';
	return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

const SYMBOLS: Readonly<Record<string, string>> = { USD: '$', EUR: '€', GBP: '£' };

/** For people: "$1,084.20", "-$3.00", "CHF 12.50". The same bytes on every platform, unlike Intl's. */
export function formatMoney(minor: number, currency = 'USD'): string {
	// A review writes dozens of amounts: no regular expression and no split here.
	const exponent = exponentOf(currency);
	const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
	const point = digits.length - exponent;
	let whole = digits.slice(0, point);
	for (let i = point - 3; i > 0; i -= 3) whole = `${whole.slice(0, i)},${whole.slice(i)}`;
	const symbol = SYMBOLS[currency] ?? `${currency} `;
	return `${minor < 0 ? '-' : ''}${symbol}${whole}${exponent === 0 ? '' : `.${digits.slice(point)}`}`;
}
