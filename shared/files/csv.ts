/** Delimited text: commas, tabs, semicolons or bars, quotes as in RFC 4180. One pass. */
import { Failure } from '../contracts/failure.ts';

const DELIMITERS = [',', '\t', ';', '|'] as const;
const SNIFFED_ROWS = 25;

/**
 * Rows of cells as they stand; blank rows stay, so that row numbers are those a spreadsheet shows.
 * @param isHeader settles which delimiter it is, where one of them makes a header of one of the first rows.
 * @throws Failure `invalid` for a quote that never closes.
 */
export function parseDelimited(source: string, isHeader: (row: readonly string[]) => boolean = () => false): string[][] {
	const text = source.charCodeAt(0) === 0xfeff ? source.slice(1) : source;
	// Excel's own hint, which it hides from the reader of the sheet.
	const hint = /^sep=(.)\r?\n/i.exec(text);
	if (hint) return [[], ...parseRows(text.slice(hint[0].length), hint[1] ?? ',').rows];
	return parseRows(text, sniffDelimiter(text, isHeader)).rows;
}

function sniffDelimiter(text: string, isHeader: (row: readonly string[]) => boolean): string {
	const candidates = DELIMITERS.map((delimiter) => ({ delimiter, ...parseRows(text, delimiter, SNIFFED_ROWS) }))
		.map((candidate) => ({ ...candidate, score: candidate.torn ? 0 : evenness(candidate.rows) }))
		.sort((a, b) => b.score - a.score);
	return (candidates.find(({ rows }) => rows.some(isHeader)) ?? candidates[0])?.delimiter ?? ',';
}

/** The true delimiter splits most rows into the same number of cells; a comma inside addresses or amounts does so in some rows only. */
function evenness(rows: readonly string[][]): number {
	const counts = new Map<number, number>();
	for (const { length } of rows) counts.set(length, (counts.get(length) ?? 0) + 1);
	return Math.max(0, ...[...counts].map(([width, count]) => (width > 1 ? width * count * count : 0)));
}

/** With `limit` only the first rows are read, and an open quote at the end of them is nobody's fault. */
function parseRows(text: string, delimiter: string, limit = Number.POSITIVE_INFINITY): { rows: string[][]; torn: boolean } {
	const rows: string[][] = [];
	let torn = false;
	let row: string[] = [];
	let at = 0;
	while (at < text.length && rows.length < limit) {
		const cell = text[at] === '"' ? quotedCell(text, at, delimiter) : plainCell(text, at, delimiter);
		if (cell === undefined) {
			if (limit !== Number.POSITIVE_INFINITY) return { rows, torn };
			throw new Failure(
				'invalid',
				`The file can not be read: a quotation mark opened in row ${rows.length + 1} never closes. Export the report again, or save it anew from a spreadsheet.`,
				{
					code: 'broken_file',
					fields: [{ field: `row ${rows.length + 1}`, message: 'A quotation mark never closes.' }],
				},
			);
		}
		row.push(cell.value);
		torn ||= cell.torn;
		at = cell.end;
		if (text[at] === delimiter) {
			at++;
			// A delimiter at the very end of the text opens one more, empty cell.
			if (at === text.length) row.push('');
			if (at < text.length) continue;
		}
		rows.push(row);
		row = [];
		if (text[at] === '\r' && text[at + 1] === '\n') at += 2;
		else at++;
	}
	return { rows, torn };
}

interface Cell {
	value: string;
	/** Index of the delimiter or line break behind it, or the end of the text. */
	end: number;
	/** Text stands behind the closing quote: the delimiter is likely another. */
	torn: boolean;
}

function plainCell(text: string, from: number, delimiter: string): Cell {
	let end = from;
	while (end < text.length && text[end] !== delimiter && text[end] !== '\n' && text[end] !== '\r') end++;
	return { value: text.slice(from, end), end, torn: false };
}

/** Doubled quotes are one quote. Text behind the closing quote is kept: some exporters write `"5"" tape" x`. */
function quotedCell(text: string, from: number, delimiter: string): Cell | undefined {
	let value = '';
	let at = from + 1;
	for (;;) {
		const close = text.indexOf('"', at);
		if (close === -1) return undefined;
		value += text.slice(at, close);
		at = close + 1;
		if (text[at] !== '"') break;
		value += '"';
		at++;
	}
	const rest = plainCell(text, at, delimiter);
	return { value: value + rest.value, end: rest.end, torn: rest.value.trim() !== '' };
}
