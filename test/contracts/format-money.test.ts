import { expect, test } from 'vitest';
import { formatMoney } from '../../shared/contracts/money.ts';

test.each([
	[0, 'USD', '$0.00'],
	[5, 'USD', '$0.05'],
	[8420, 'USD', '$84.20'],
	[99_999, 'USD', '$999.99'],
	[100_000, 'USD', '$1,000.00'],
	[123_456_789, 'USD', '$1,234,567.89'],
	[-300, 'USD', '-$3.00'],
	[1250, 'CHF', 'CHF 12.50'],
	[1234, 'JPY', 'JPY 1,234'],
	[1_234_567, 'KWD', 'KWD 1,234.567'],
	[100, 'EUR', '€1.00'],
])('%i minor units of %s read %s', (minor, currency, text) => {
	expect(formatMoney(minor, currency)).toBe(text);
});
