import { describe, expect, it } from 'vitest';
import { segmentsOf } from '../../../shared/rules/content/segments.ts';

describe('text messages in parts', () => {
	it.each([
		['', 'GSM-7', 0, 1],
		['a'.repeat(160), 'GSM-7', 160, 1],
		['a'.repeat(161), 'GSM-7', 161, 2],
		['a'.repeat(306), 'GSM-7', 306, 2],
		['a'.repeat(307), 'GSM-7', 307, 3],
		['é'.repeat(160), 'GSM-7', 160, 1],
		['¿¡ñÑüÜ', 'GSM-7', 6, 1],
		['€'.repeat(80), 'GSM-7', 160, 1],
		['€'.repeat(81), 'GSM-7', 162, 2],
		['^{}\\[~]|', 'GSM-7', 16, 1],
		['á'.repeat(70), 'UCS-2', 70, 1],
		['á'.repeat(71), 'UCS-2', 71, 2],
		['á'.repeat(134), 'UCS-2', 134, 2],
		['á'.repeat(135), 'UCS-2', 135, 3],
		['😀'.repeat(35), 'UCS-2', 70, 1],
		['😀'.repeat(36), 'UCS-2', 72, 2],
	])('counts %j', (text, encoding, units, segments) => {
		expect(segmentsOf(text)).toMatchObject({ encoding, units, segments });
	});

	it('does not cut an escape and its character apart: 152 and one of two units leave a septet empty', () => {
		expect(segmentsOf(`${'a'.repeat(152)}€${'a'.repeat(152)}`)).toMatchObject({ units: 306, segments: 3 });
		expect(segmentsOf(`${'a'.repeat(151)}€${'a'.repeat(153)}`)).toMatchObject({ units: 306, segments: 2 });
	});

	it('does not cut a surrogate pair apart', () => {
		expect(segmentsOf(`${'á'.repeat(66)}😀${'á'.repeat(66)}`)).toMatchObject({ units: 134, segments: 3 });
	});

	it('names the characters that made it UCS-2, each once', () => {
		expect(segmentsOf('“Más” información – más').forcedBy).toEqual(['“', 'á', '”', 'ó', '–']);
		expect(segmentsOf('Niño, ¿qué? €5').forcedBy).toEqual([]);
	});
});
