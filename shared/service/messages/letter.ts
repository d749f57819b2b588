/**
 * Letters as one PDF for a printer: US Letter, the recipient where the window of a #10 envelope shows it and nothing else
 * of the letter, tagged for screen readers, each letter on pages of its own with its own numbers.
 * Loading this costs a tenth of a second: callers import it when they print.
 */
import * as pdfkit from 'pdfkit';
import { toBytes } from 'pdfkit/output';
import Helvetica from 'pdfkit/standard-fonts/Helvetica';
import HelveticaBold from 'pdfkit/standard-fonts/HelveticaBold';
import { dateText } from '../../rules/content/dates.ts';
import type { Language } from '../../rules/content/language.ts';
import type { LetterLine } from './evidence.ts';
import { LETTER_WORDS } from './letter-words.ts';
import { printable } from './printable.ts';

pdfkit.registerStdFonts?.(Helvetica, HelveticaBold);

export interface Letter {
	language: Language;
	/** The name it is signed with and the return address, line by line. */
	sender: readonly string[];
	/** As the envelope's window shows it, line by line. */
	recipient: readonly string[];
	/** The practice's number for the account. */
	reference: string;
	/** YYYY-MM-DD */
	day: string;
	text: string;
	lines: readonly LetterLine[];
	/** What it asks for in all; empty for a letter that asks for no money. */
	amount: string;
}

type Document = InstanceType<typeof pdfkit.default>;
type Structure = ReturnType<Document['struct']>;

const LEFT = 72;
const RIGHT = 540;
/** Points from the top: inside the window (2.1 to 3.2 inches of the page), whichever way the sheet slips in its envelope. */
const WINDOW_TOP = 156;
const BODY_TOP = 272;
const FOOT = 742;
const SLIP = 170;
const INK = '#1a1a1a';
const AMOUNT_X = 430;
const DUE_X = 250;

/** @param compress false leaves the text readable in the bytes */
export async function lettersPdf(letters: readonly Letter[], { title, at, compress = true }: { title: string; at: number; compress?: boolean }) {
	const document = new pdfkit.default({
		size: 'LETTER',
		margins: { top: LEFT, bottom: 792 - FOOT + 14, left: LEFT, right: LEFT },
		tagged: true,
		displayTitle: true,
		lang: letters[0]?.language === 'es' ? 'es-US' : 'en-US',
		pdfVersion: '1.7',
		bufferPages: true,
		autoFirstPage: false,
		compress,
		info: { Title: printable(title), Author: printable(letters[0]?.sender[0] ?? ''), CreationDate: new Date(at), Producer: 'Dunwell', Creator: 'Dunwell' },
	});
	const bytes = toBytes(document);
	const root = document.struct('Document', {});
	document.addStructure(root);
	const pages = letters.map((letter) => writeLetter(document, root, letter));
	root.end();
	let first = 0;
	letters.forEach((letter, i) => {
		const count = pages[i] as number;
		numberPages(document, letter, first, count);
		first += count;
	});
	document.end();
	return { pdf: await bytes, pages: first };
}

function writeLetter(document: Document, root: Structure, letter: Letter): number {
	const before = document.bufferedPageRange().count;
	const words = LETTER_WORDS[letter.language];
	document.addPage();
	const section = document.struct('Sect', { lang: letter.language });
	root.add(section);
	const add = (tag: string, write: () => void) => section.add(document.struct(tag, write));
	document.fillColor(INK);
	add('P', () => block(document, letter.sender, 36));
	add('P', () => write(document, dateText(letter.day, letter.language), LEFT, 36, { align: 'right' }));
	add('P', () => block(document, letter.recipient, WINDOW_TOP));
	document.y = BODY_TOP;
	add('H1', () => write(document.font('Helvetica-Bold').fontSize(14), letter.amount === '' ? words.letter : words.statement, LEFT, document.y, {}));
	add('P', () => write(body(document), `${words.account}: ${letter.reference}`, LEFT, document.y + 4, {}));
	for (const paragraph of letter.text.split(/\n{2,}/)) add('P', () => write(body(document), paragraph, LEFT, document.y + 10, {}));
	if (letter.lines.length > 0) writeTable(document, section, letter);
	if (letter.amount !== '') writeSlip(document, section, letter);
	section.end();
	return document.bufferedPageRange().count - before;
}

const body = (document: Document): Document => document.font('Helvetica').fontSize(12);

function write(document: Document, text: string, x: number, y: number, options: { align?: 'right'; lineBreak?: boolean }): void {
	document.text(printable(text), x, y, { width: RIGHT - x, ...options });
}

function block(document: Document, lines: readonly string[], top: number): void {
	body(document).fontSize(11);
	lines.forEach((line, i) => {
		write(document, line, LEFT, top + i * 14, { lineBreak: false });
	});
}

/** A page of its own when what follows would not fit on this one. */
function room(document: Document, height: number): void {
	if (document.y + height > FOOT - 14) {
		document.addPage();
		document.y = LEFT;
	}
}

function writeTable(document: Document, section: Structure, { language, lines, amount }: Letter): void {
	const words = LETTER_WORDS[language];
	const table = document.struct('Table', {});
	section.add(table);
	const row = (tag: 'TH' | 'TD', cells: readonly [string, string, string]) => {
		room(document, 18);
		const y = document.y + 4;
		const line = document.struct('TR', {});
		table.add(line);
		body(document)
			.font(tag === 'TH' ? 'Helvetica-Bold' : 'Helvetica')
			.fontSize(11);
		for (const [i, cell] of cells.entries())
			line.add(
				document.struct(tag, () =>
					i === 2
						? write(document, cell, AMOUNT_X, y, { align: 'right', lineBreak: true })
						: write(document, cell, i === 0 ? LEFT : DUE_X, y, { lineBreak: false }),
				),
			);
		line.end();
		document.y = y + 14;
	};
	document.y += 14;
	row('TH', [words.invoice, words.due, words.amount]);
	for (const { reference, due, amount: each } of lines) row('TD', [reference, due, each]);
	if (amount !== '') row('TH', [words.total, '', amount]);
	table.end();
}

/** What comes back with a check: at the foot of the last page, below a line to cut along. */
function writeSlip(document: Document, section: Structure, letter: Letter): void {
	const words = LETTER_WORDS[letter.language];
	room(document, SLIP);
	const top = FOOT - SLIP;
	artifact(document, 'Layout', () => {
		document.lineWidth(0.75).dash(4, { space: 4 }).moveTo(LEFT, top).lineTo(RIGHT, top).stroke(INK).undash();
	});
	const lines = [
		`${words.account}: ${letter.reference}`,
		`${words.amount}: ${letter.amount}`,
		`${words.enclosed}: $ ____________`,
		`${words.payableTo}: ${letter.sender[0] ?? ''}`,
		...letter.sender.slice(1),
	];
	section.add(document.struct('H2', () => write(body(document).font('Helvetica-Bold'), words.slip, LEFT, top + 12, { lineBreak: false })));
	lines.forEach((line, i) => {
		section.add(document.struct('P', () => write(body(document), line, LEFT, top + 34 + i * 17, { lineBreak: false })));
	});
	document.y = FOOT;
}

function numberPages(document: Document, letter: Letter, first: number, count: number): void {
	for (let i = 0; i < count; i += 1) {
		document.switchToPage(first + i);
		// Below the margin, where text would start a page of its own.
		document.page.margins.bottom = 0;
		artifact(document, 'Pagination', () => {
			write(body(document).fontSize(9), LETTER_WORDS[letter.language].page(i + 1, count), LEFT, FOOT + 10, { align: 'right', lineBreak: true });
		});
	}
}

function artifact(document: Document, type: 'Layout' | 'Pagination', draw: () => void): void {
	document.markContent('Artifact', { type });
	draw();
	document.endMarkedContent();
}
