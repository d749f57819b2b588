/** The envelope of X12 files: delimiters and segments. One pass over text that may come in pieces; what is held is never more than one piece. */
import { Failure } from '../contracts/failure.ts';

export interface Delimiters {
	element: string;
	component: string;
	segment: string;
}

/** `position` counts the segments of the file from 1; `elements[0]` is the segment's id. The array is the reader's: it holds the next segment afterwards. */
export type Visit = (id: string, elements: readonly string[], position: number, delimiters: Delimiters) => void;

export interface SegmentReader {
	/** Visits every segment that is complete; the rest waits for more. */
	push(text: string): void;
	/** Visits what is left: the last terminator is often missing. */
	end(): void;
}

const ISA_LENGTH = 106;
/** A piece shorter than this may hide an ISA or its delimiters: it waits for more. */
const REACH = ISA_LENGTH + 2;
/** What is needed to guess the delimiters of a file without ISA: its first two segments. */
const HEAD = 4096;
/** The longest segments of remittances are about 2,000 characters; without a terminator a file is one segment. */
const LONGEST_SEGMENT = 100_000;
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
	new Failure('invalid', 'The file is not an X12 file: it starts neither with ISA nor with GS or ST. Upload it as the payer or clearinghouse sent it.', {
		code: 'not_x12',
	});

interface Tape {
	text: string;
	at: number;
	/** Segments visited. */
	position: number;
	delimiters: Delimiters | undefined;
	/** The file was wrapped at a fixed width: there no line break means anything. */
	wrapped: boolean;
	wanted: ReadonlySet<string>;
	visit: Visit;
	/** One array for all segments: a file has hundreds of thousands. */
	elements: string[];
}

/**
 * Calls `visit` for every segment; only those in `wanted` are split into elements, the others come with none.
 * A file may hold several interchanges, each with delimiters of its own.
 * @throws Failure `invalid` from push or end when the text is not X12.
 */
export function segmentReader(wanted: ReadonlySet<string>, visit: Visit): SegmentReader {
	const tape: Tape = { text: '', at: 0, position: 0, delimiters: undefined, wrapped: false, wanted, visit, elements: [] };
	return {
		push(text) {
			const more = tape.wrapped ? unwrapped(text) : text;
			tape.text = tape.at < tape.text.length ? tape.text.slice(tape.at) + more : more;
			tape.at = 0;
			read(tape, false);
		},
		end: () => read(tape, true),
	};
}

function read(tape: Tape, isEnd: boolean): void {
	if (tape.delimiters === undefined && !begin(tape, isEnd)) return;
	for (;;) {
		tape.at = skipBlank(tape.text, tape.at);
		if (tape.at >= tape.text.length || (!isEnd && tape.text.length - tape.at < REACH)) return;
		if (!readOne(tape, isEnd)) return;
	}
}

/** False while too little is there to know the delimiters. */
function begin(tape: Tape, isEnd: boolean): boolean {
	tape.at = skipBlank(tape.text, tape.at);
	if (!isEnd && tape.text.length - tape.at < HEAD) return false;
	tape.wrapped = isWrapped(tape.text, tape.at);
	if (tape.wrapped) {
		tape.text = unwrapped(tape.text.slice(tape.at));
		tape.at = 0;
	}
	tape.delimiters = firstDelimiters(tape.text, tape.at);
	return true;
}

/** False when the segment is not complete yet. */
function readOne(tape: Tape, isEnd: boolean): boolean {
	const { text, at } = tape;
	const position = tape.position + 1;
	if (text.startsWith('ISA', at)) tape.delimiters = interchangeDelimiters(text, at, position);
	const delimiters = tape.delimiters as Delimiters;
	const found = text.indexOf(delimiters.segment, at);
	const end = found === -1 ? text.length : found;
	if (end - at > LONGEST_SEGMENT) throw brokenAt('segment', position, `is longer than ${LONGEST_SEGMENT} characters: its terminator is missing.`);
	if (found === -1 && !isEnd) return false;
	visitOne(tape, text.slice(at, end).trimEnd(), position, delimiters);
	tape.position = position;
	tape.at = end + 1;
	return true;
}

function visitOne({ wanted, visit, elements }: Tape, segment: string, position: number, delimiters: Delimiters): void {
	const mark = segment.indexOf(delimiters.element);
	const id = mark === -1 ? segment : segment.slice(0, mark);
	if (!isSegmentId(id)) throw brokenAt('segment', position, 'does not start with a segment name; a delimiter inside a value or a cut file is the usual cause.');
	visit(id, wanted.has(id) ? split(segment, delimiters.element, elements) : NOTHING, position, delimiters);
}

function split(segment: string, separator: string, into: string[]): string[] {
	let count = 0;
	let at = 0;
	for (let mark = segment.indexOf(separator); mark !== -1; mark = segment.indexOf(separator, at)) {
		into[count++] = segment.slice(at, mark);
		at = mark + 1;
	}
	into[count++] = segment.slice(at);
	into.length = count;
	return into;
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

const unwrapped = (text: string): string => text.replaceAll('\r', '').replaceAll('\n', '');

/** Files wrapped at a fixed width have line breaks inside ISA, hence anywhere. */
function isWrapped(text: string, at: number): boolean {
	const head = text.slice(at, at + ISA_LENGTH - 1);
	return head.startsWith('ISA') && /[\r\n]/.test(head) && positionOfLastIsaElement(text, at) === -1;
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
	const followers = text.startsWith('GS', at) ? ['ST'] : ['BPR', 'BHT'];
	const next = followers.map((name) => text.indexOf(`${name}${element}`, at + 3)).find((index) => index !== -1);
	if (next === undefined) throw notX12();
	let last = next - 1;
	while (last > at && (text[last] === '\n' || text[last] === '\r' || text[last] === ' ')) last--;
	const candidate = text[last] ?? '';
	return { element, component: ':', segment: /[A-Za-z0-9]/.test(candidate) ? (text[last + 1] ?? '\n') : candidate };
}
