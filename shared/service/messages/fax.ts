/**
 * A fax as a PDF page: nothing but the text, which is its own cover. No name, no number of an account and no amount: it lies
 * open beside a shared machine. Large type, because a fax has 100 dots an inch from top to bottom at worst.
 */
import * as pdfkit from 'pdfkit';
import { toBytes } from 'pdfkit/output';
import Helvetica from 'pdfkit/standard-fonts/Helvetica';
import HelveticaBold from 'pdfkit/standard-fonts/HelveticaBold';
import { printable } from './printable.ts';

pdfkit.registerStdFonts?.(Helvetica, HelveticaBold);

const EDGE = 72;
const WIDTH = 612 - 2 * EDGE;

/** The first paragraph is the heading. `at` is the instant of the page; it makes the bytes the same every time. */
export async function faxPdf({ text, language, at, fromName = '' }: { text: string; language: string; at?: string; fromName?: string }): Promise<Uint8Array> {
	const document = new pdfkit.default({
		size: 'LETTER',
		margins: { top: EDGE, bottom: EDGE, left: EDGE, right: EDGE },
		tagged: true,
		displayTitle: true,
		lang: language === 'es' ? 'es-US' : 'en-US',
		pdfVersion: '1.7',
		bufferPages: true,
		autoFirstPage: false,
		compress: true,
		info: { Title: 'Fax', Author: printable(fromName), CreationDate: new Date(at ?? 0), Producer: 'Dunwell', Creator: 'Dunwell' },
	});
	const bytes = toBytes(document);
	const root = document.struct('Document', {});
	document.addStructure(root);
	document.addPage();
	const [heading = '', ...paragraphs] = text.split(/\n{2,}/);
	root.add(document.struct('H1', () => void document.font('Helvetica-Bold').fontSize(20).text(printable(heading), EDGE, EDGE, { width: WIDTH })));
	for (const paragraph of paragraphs)
		root.add(
			document.struct(
				'P',
				() =>
					void document
						.font('Helvetica')
						.fontSize(14)
						.text(printable(paragraph), EDGE, document.y + 16, { width: WIDTH }),
			),
		);
	root.end();
	document.end();
	return bytes;
}
