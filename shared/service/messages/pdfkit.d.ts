/** The part of pdfkit that letters use; the package carries no types. */
declare module 'pdfkit' {
	interface Structure {
		add(child: Structure | (() => void)): Structure;
		end(): void;
	}
	interface TextOptions {
		width?: number;
		align?: 'left' | 'right' | 'center';
		lineBreak?: boolean;
		height?: number;
	}
	export default class PDFDocument {
		constructor(options: {
			size: 'LETTER';
			margins: { top: number; bottom: number; left: number; right: number };
			tagged: boolean;
			displayTitle: boolean;
			lang: string;
			pdfVersion: '1.7';
			bufferPages: boolean;
			autoFirstPage: boolean;
			compress: boolean;
			info: { Title: string; Author: string; CreationDate: Date; Producer: string; Creator: string };
		});
		x: number;
		y: number;
		readonly page: { margins: { bottom: number } };
		addPage(): this;
		switchToPage(page: number): this;
		bufferedPageRange(): { start: number; count: number };
		font(name: 'Helvetica' | 'Helvetica-Bold'): this;
		fontSize(size: number): this;
		fillColor(color: string): this;
		text(text: string, x?: number, y?: number, options?: TextOptions): this;
		heightOfString(text: string, options?: TextOptions): number;
		moveTo(x: number, y: number): this;
		lineTo(x: number, y: number): this;
		lineWidth(width: number): this;
		dash(length: number, options: { space: number }): this;
		undash(): this;
		stroke(color?: string): this;
		struct(type: string, options: { lang?: string; alt?: string } | (() => void) | readonly (() => void)[], children?: () => void): Structure;
		addStructure(structure: Structure): this;
		markContent(tag: string, options?: { type?: string }): this;
		endMarkedContent(): this;
		end(): void;
	}
	/** Only where the package is bundled for a process without its files: fonts are read by name elsewhere. */
	export const registerStdFonts: ((...fonts: readonly object[]) => void) | undefined;
}
declare module 'pdfkit/output' {
	import type PDFDocument from 'pdfkit';
	export function toBytes(document: PDFDocument): Promise<Uint8Array>;
}
declare module 'pdfkit/standard-fonts/*' {
	const font: object;
	export default font;
}
