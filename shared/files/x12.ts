/** The envelope of X12 files: delimiters and segments. One pass, linear in the size of the text. */
import { Failure } from '../contracts/failure.ts';
import { exponentOf, toMinor } from '../contracts/money.ts';

export interface Delimiters {
	element: string;
	component: string;
	segment: string;
}

/** `position` counts the segments of the file from 1; `elements[0]` is the segment's id. */
export type Visit = (id: string, elements: readonly string[], position: number, delimiters: Delimiters) => void;

const ISA_LENGTH = 106;
const NOTHING: readonly string[] = [];

export const brokenAt = (id: string, position: number, message: string): Failure =>
	new Failure(
		'invalid',
		`The file can not be read: ${id} at segment ${position} ${message} Nothing was imported; ask the payer or clearinghouse for the file again.`,
		{
			code: 'broken_file',
			fields: [{ field: `${id} at segment ${position}`, message }],
		},
	);

const notX12 = (): Failure =>
	new Failure('invalid', 'The file is not an X12 file: it starts neither with ISA nor with GS or ST. Upload the 835 as the payer or clearinghouse sent it.', {
		code: 'not_x12',
	});

/**
 * Calls `visit` for every segment; only those in `wanted` are split into elements, the others come with none.
 * A file may hold several interchanges, each with delimiters of its own.
 * @throws Failure `invalid` when the text is not X12.
 */
export function readSegments(source: string, wanted: ReadonlySet<string>, visit: Visit): void {
	const text = prepare(source);
	let at = skipBlank(text, 0);
	let delimiters = firstDelimiters(text, at);
	for (let position = 1; at < text.length; position++) {
		if (text.startsWith('ISA', at)) delimiters = interchangeDelimiters(text, at, position);
		const found = text.indexOf(delimiters.segment, at);
		const end = found === -1 ? text.length : found;
		readOne(text.slice(at, end).trimEnd(), wanted, position, delimiters, visit);
		at = skipBlank(text, end + 1);
	}
}

function readOne(segment: string, wanted: ReadonlySet<string>, position: number, delimiters: Delimiters, visit: Visit): void {
	const mark = segment.indexOf(delimiters.element);
	const id = mark === -1 ? segment : segment.slice(0, mark);
	if (!isSegmentId(id)) throw brokenAt('segment', position, 'does not start with a segment name; a delimiter inside a value or a cut file is the usual cause.');
	visit(id, wanted.has(id) ? segment.split(delimiters.element) : NOTHING, position, delimiters);
}

/** Two or three capitals and digits, a capital first. Char codes: this runs once a segment. */
function isSegmentId(id: string): boolean {
	if (id.length < 2 || id.length > 3) return false;
	for (let index = 0; index < id.length; index++) {
		const code = id.charCodeAt(index);
		const capital = code >= 65 && code <= 90;
		if (!capital && (index === 0 || code < 48 || code > 57)) return false;
	}
	return true;
}

/** CR, LF, blanks, and what editors and old transfers leave at either end (byte order mark, Ctrl-Z, NUL). */
function skipBlank(text: string, from: number): number {
	let at = from;
	while (at < text.length && (text.charCodeAt(at) <= 32 || text.charCodeAt(at) === 0xfeff)) at++;
	return at;
}

/** Files wrapped at a fixed width have line breaks inside ISA, hence anywhere; there no line break means anything. */
function prepare(source: string): string {
	const start = skipBlank(source, 0);
	const head = source.slice(start, start + ISA_LENGTH - 1);
	if (!head.startsWith('ISA') || !/[\r\n]/.test(head) || positionOfLastIsaElement(source, start) !== -1) return source;
	return source.replaceAll('\r', '').replaceAll('\n', '');
}

function firstDelimiters(text: string, at: number): Delimiters {
	if (text.startsWith('ISA', at)) return interchangeDelimiters(text, at, 1);
	if (text.startsWith('GS', at) || text.startsWith('ST', at)) return guessDelimiters(text, at);
	throw notX12();
}

/** ISA is 106 characters and declares its delimiters by position; some senders cut its padding, so the elements are counted then. */
function interchangeDelimiters(text: string, at: number, position: number): Delimiters {
	const element = text[at + 3] ?? '';
	const component = text[at + ISA_LENGTH - 3] === element ? at + ISA_LENGTH - 2 : positionOfLastIsaElement(text, at);
	const segment = component === -1 ? undefined : text[component + 1];
	if (segment === undefined) throw brokenAt('ISA', position, 'is cut off: its 16 elements are not all there.');
	// "\r\n" as the terminator: the line feed is skipped as blank.
	return { element, component: text[component] ?? ':', segment };
}

/** Index of ISA16 by counting separators, within one segment's reach; -1 when there are fewer. */
function positionOfLastIsaElement(text: string, at: number): number {
	const element = text[at + 3];
	let seen = 0;
	for (let index = at; index < at + ISA_LENGTH && index < text.length; index++) {
		if (text[index] === '\n' || text[index] === '\r') return -1;
		if (text[index] === element && ++seen === 16) return index + 1;
	}
	return -1;
}

/** Exports without ISA: the separator follows the first name, the terminator stands before the segment after it. */
function guessDelimiters(text: string, at: number): Delimiters {
	const element = text[at + 2] ?? '';
	const next = text.indexOf(text.startsWith('GS', at) ? `ST${element}` : `BPR${element}`, at + 3);
	if (next === -1) throw notX12();
	let last = next - 1;
	while (last > at && (text[last] === '\n' || text[last] === '\r' || text[last] === ' ')) last--;
	const candidate = text[last] ?? '';
	return { element, component: ':', segment: /[A-Za-z0-9]/.test(candidate) ? (text[last + 1] ?? '\n') : candidate };
}

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
